// Chinese: refusals and sentences of the XMPP side.
export const stanzas: Readonly<Record<string, string>> = {
  "Nobody talks here: this is a place for other rooms. Join one of those.": "这里没有人发言：这是其他聊天室的分区。请加入其中一个。",
  "Nobody talks here: this is a place for other rooms. Join one of those: {rooms}.":
    "这里没有人发言：这是其他聊天室的分区。请加入其中一个：{rooms}。",
  "Only a moderator of the room may do that.": "只有聊天室的主持人可以这样做。",
  "Only an admin of the room may do that.": "只有聊天室的管理员可以这样做。",
  "{jid} invites you to a room.": "{jid} 邀请您进入一个聊天室。",
  "{jid} invites you to {room}.": "{jid} 邀请您进入 {room}。",
  "{jid} was added to the group on {network}.": "已将 {jid} 加入 {network} 上的群组。",
  "{network} lets nobody be added from here. Send them this link, by which they can join: {link}":
    "{network} 不允许从这里添加成员。请把此链接发给对方，对方可凭它加入：{link}",
  "Your message was encrypted with {method}, which ends at this gateway: nobody on {network} could read it, so it was not sent. Turn encryption off in this chat and send it again.":
    "您的消息使用 {method} 加密，而这种加密到本网关为止：{network} 上没有人能读懂它，因此未发送。请在此聊天中关闭加密后重新发送。",
  "a method unknown to the gateway": "网关不认识的方式",
  "«{text}» is no contact of {network}.": "“{text}”不是 {network} 的联系人。",
  "Say whom to block.": "请说明要屏蔽谁。",
  "At most {most} at a time.": "每次最多 {most} 个。",
  "A report is of spam or of abuse.": "举报须注明是垃圾信息还是滥用行为。",
  "You, on {network}: took this message back.": "您（在 {network} 上）撤回了这条消息。",
  "You, on {network}, changed this message to:": "您（在 {network} 上）将这条消息改为：",
  "You, on {network}:": "您（在 {network} 上）：",
}
