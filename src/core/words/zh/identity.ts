// Chinese: who users are on the network, and codes.
export const identity: Readonly<Record<string, string>> = {
  "Show who you are on {network}": "证明您在 {network} 上的身份",
  "Done: {network} knows you now.": "完成：{network} 已认识您。",
  "This gateway has no codes.": "本网关不使用验证码。",
  "Only people can be tied to an XMPP address.": "只有真人可以与 XMPP 地址关联。",
  "Nothing was changed, and the code is void.": "未作任何更改，验证码已作废。",
  "{jid} wants to be tied to your account here: they will see the rooms that you see, and write there. Only go on if that is your own XMPP address. To go on, say: link {code} yes":
    "{jid} 请求与您在此处的账号关联：对方将看到您能看到的聊天室，并可在其中发言。只有当那是您自己的 XMPP 地址时才继续。要继续，请说：link {code} yes",
  "Yes, that is me": "是的，那是我",
  No: "否",
  "You are {person} on {network} now. Rooms that they are in are open to you: write «rooms» to see them.":
    "您现在是 {network} 上的 {person}。其所在的聊天室已对您开放：发送“rooms”查看。",
  "Your account here is tied to another XMPP address already. Say «unlink» to end that first.":
    "您在此处的账号已与另一个 XMPP 地址关联。请先说“unlink”解除。",
  "You are {jid} in XMPP now. To end that, say «unlink».": "您现在是 XMPP 中的 {jid}。要解除，请说“unlink”。",
  "Ends the tie of this account to an XMPP address.": "解除此账号与 XMPP 地址的关联。",
  "Your account is tied to no XMPP address here.": "您的账号在这里没有关联任何 XMPP 地址。",
  "Your account is not tied to {jids} any more.": "您的账号已不再与 {jids} 关联。",
  "You are too many people on {network} already.": "您在 {network} 上关联的身份已经太多。",
  "Hands in a code.": "提交验证码。",
  "Ties this account to an XMPP address, with the code that the gateway gave there.":
    "用网关在 XMPP 那边给出的验证码，将此账号与 XMPP 地址关联。",
  "Hello! Through me people of XMPP and you can write to each other. Say «help» to see what I can do.":
    "您好！通过我，您可以与 XMPP 上的人互相写信。说“help”看看我能做什么。",
  "Register with the gateway in XMPP first: it gives you a code. Then say here: link CODE":
    "请先在 XMPP 中向网关注册：它会给您一个验证码。然后在这里说：link 验证码",
  "Too many wrong codes. Try again in {minutes} minutes.": "错误的验证码太多，请在 {minutes} 分钟后再试。",
  "This code is not valid, or not any more. Ask for a new one.": "此验证码无效或已失效，请获取新的验证码。",
  "This code is not valid, or not any more. In XMPP you are {jids}.": "此验证码无效或已失效。您在 XMPP 中是 {jids}。",
  "The code was not handed in in time, and is void now.": "验证码未及时提交，现已作废。",
  "Tells who stands behind a name from XMPP: say it in answer to a message, or with the name.":
    "告诉您来自 XMPP 的名字背后是谁：回复一条消息时使用，或附上名字。",
  "Say this in a group where people of XMPP are.": "请在有 XMPP 用户的群组中说。",
  "Say this in answer to a message, or with a name: whois NAME": "请在回复消息时说，或附上名字：whois 名字",
  "Nobody of XMPP has said that.": "这不是 XMPP 上的人说的。",
  "Nobody of XMPP is called that here.": "这里没有来自 XMPP 的人叫这个名字。",
  "{nick} is {jid} in XMPP.": "{nick} 在 XMPP 上是 {jid}。",
  "{nick} is a person of {domain} in XMPP.": "{nick} 是 XMPP 服务器 {domain} 上的用户。",
  "Register with {network}": "注册 {network}",
  "With an account of your own, or by showing who you are to one that the gateway has already.":
    "使用您自己的账号，或向网关已有的账号证明您的身份。",
  Account: "账号",
  "{name}: I show who I am": "{name}：我来证明身份",
  "An account of my own": "我自己的账号",
  "Show first who you are on {network}: write «register» to this gateway, or use its command for it.":
    "请先证明您在 {network} 上的身份：向本网关发送“register”，或使用相应命令。",
  "You are tied to several accounts. What is only there because of the one you choose will be deleted. This cannot be undone.":
    "您关联了多个账号。仅因您所选的那个而存在的内容将被删除，且无法恢复。",
  "my own account": "我自己的账号",
  "Which?": "哪一个？",
  "all of them": "全部",
  "You are not tied to it any more; what was there because of it was deleted.": "已解除关联；因它而存在的内容已删除。",
  "There is no such room on {network}, or you are not in it there.": "{network} 上没有这个聊天室，或您不在其中。",
  "Whether you may be in this room cannot be asked of {network} now. Try again later.":
    "目前无法向 {network} 询问您是否可以在此聊天室中，请稍后再试。",
}
