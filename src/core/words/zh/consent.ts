// Chinese: who may write with whom through a shared account.
export const consent: Readonly<Record<string, string>> = {
  "You have blocked this person. Write «unblock» to {domain} to end that.": "您已屏蔽此人。向 {domain} 发送“unblock”可解除。",
  "This person has asked to write with you. Accept their request first, or write «accept» to {domain}.":
    "此人请求与您通信。请先接受其请求，或向 {domain} 发送“accept”。",
  "Not sent: on {network} you can write to those who have agreed to it. Write «invite» to {domain} for a link: whoever follows it can write with you.":
    "未发送：在 {network} 上您只能给已同意的人写信。向 {domain} 发送“invite”获取链接：打开它的人就可以与您通信。",
  "{jid} has agreed: you can write with them here. To choose whom you write to, say: to {jid}":
    "{jid} 已同意：您可以在这里与其通信。要选择收信人，请说：to {jid}",
  "{jid} does not write with you here any more.": "{jid} 不再在这里与您通信。",
  "{name} does not write with you any more.": "{name} 不再与您通信。",
  "Not delivered: whoever said that does not write with you here any more. Say «to» to see who does.":
    "未送达：说那句话的人已不再在这里与您通信。说“to”查看可以通信的人。",
  "Not delivered: this account belongs to a gateway to XMPP, and nobody there has agreed to write with you on {network} yet. Say «help» to see how to begin.":
    "未送达：此账号属于通往 XMPP 的网关，那边还没有人同意在 {network} 上与您通信。说“help”查看如何开始。",
  "Not delivered: first say for whom your messages are, and then this one again. Say «to» to choose.":
    "未送达：请先说明消息是给谁的，再重新发送。说“to”进行选择。",
  "For whom is this? It waits until you have chosen; what you say then goes to the same.":
    "这是给谁的？它会等到您选择为止；之后您说的话也会发给同一人。",
  "{count} of your messages were not delivered: you did not say for whom they were.": "您有 {count} 条消息未送达：您没有说明是给谁的。",
  "You can also say: {lines}": "您也可以说：{lines}",
}
