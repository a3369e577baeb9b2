// Chinese: people's own accounts, for which the gateway answers.
export const carried: Readonly<Record<string, string>> = {
  "Your account is not connected with the gateway any more: connect it again in the settings of {network}.":
    "您的账号已不再与网关连接：请在 {network} 的设置中重新连接。",
  "They also get your private chats, to read and to answer in your name.": "对方还会收到您的私聊，可以阅读并以您的名义回复。",
  "Your own account on {network}": "您自己的 {network} 账号",
  "First connect your account with {bot} in the settings of {network}. Then hand in this code there, from the same account:":
    "请先在 {network} 的设置中将您的账号与 {bot} 连接，然后在那里用同一账号提交此验证码：",
  "Done: your private chats on {network} come here.": "完成：您在 {network} 上的私聊会转到这里。",
  "There is no account here with which you could connect yours: register one of your own first.":
    "这里没有可供您连接的账号：请先注册一个您自己的账号。",
  "With which account of the gateway do you connect it?": "您要用网关的哪个账号来连接？",
  "your own ({name})": "您自己的（{name}）",
  "«{name}»": "“{name}”",
  "Your private chats here come to {jid} in XMPP from now on. To end that, disconnect the gateway in your settings here.":
    "从现在起，您在这里的私聊会转到 XMPP 上的 {jid}。要结束，请在这里的设置中断开网关。",
  "{jid} wants your private chats here: they will read them, and answer in your name. Only go on if that is your own XMPP address. To go on, say: link {code} yes":
    "{jid} 请求接收您在这里的私聊：对方将阅读这些私聊，并以您的名义回复。只有当那是您自己的 XMPP 地址时才继续。要继续，请说：link {code} yes",
  "Your account is tied to an XMPP address already. Who that is can end it there, with «unregister».":
    "您的账号已与一个 XMPP 地址关联。该地址的主人可以在那边用“unregister”解除。",
  "Your account is not connected with this gateway yet: connect it in the settings of {network}, then hand in the code again.":
    "您的账号尚未与本网关连接：请在 {network} 的设置中连接，然后重新提交验证码。",
  "Your private chats here can come to you in XMPP. From there, send «carry» to {domain}: you get a code. Then say here: link CODE":
    "您在这里的私聊可以转到您的 XMPP。请从那边向 {domain} 发送“carry”，您会得到验证码。然后在这里说：link 验证码",
  "Your private chats on {network} do not come here any more: your account is not connected with the gateway. Connect it again in the settings of {network}.":
    "您在 {network} 上的私聊不再转到这里：您的账号未与网关连接。请在 {network} 的设置中重新连接。",
  "You can only read them: allow the gateway to answer for you in the settings of {network}.":
    "您只能阅读：请在 {network} 的设置中允许网关代您回复。",
  "Your private chats on {network} come here again.": "您在 {network} 上的私聊又会转到这里。",
  "You can answer in your private chats on {network} again.": "您又可以回复在 {network} 上的私聊了。",
  "In your private chats on {network} you can only read now: the gateway is not allowed to answer for you any more. Allow it in the settings of {network}.":
    "您在 {network} 上的私聊现在只能阅读：网关不再获准代您回复。请在 {network} 的设置中允许。",
  "Your private chats on {network} come here from now on: people who write to you there are contacts, and what you write to them is said by you.":
    "从现在起，您在 {network} 上的私聊会转到这里：在那里给您写信的人会成为联系人，您写给他们的话以您本人的名义发出。",
  "You can only read here: the gateway is not allowed to answer for you. Allow it in the settings of {network}.":
    "您在这里只能阅读：网关未获准代您回复。请在 {network} 的设置中允许。",
  "Not sent, you can only read here: the gateway is not allowed to answer for you. Allow it in the settings of {network}.":
    "未发送，您在这里只能阅读：网关未获准代您回复。请在 {network} 的设置中允许。",
  "You can answer for less than an hour: {network} allows it for {hours} hours after they have written.":
    "您还有不到一小时可以回复：{network} 只允许在对方来信后的 {hours} 小时内回复。",
  "From here you can answer again once they have written: {network} allows it for {hours} hours.":
    "等对方再次来信后，您才能从这里回复：{network} 允许在 {hours} 小时内回复。",
  "Use your own account": "使用您自己的账号",
  "Brings you the private chats of your own account, if you have connected it with the gateway in the network's settings.":
    "如果您已在该网络的设置中将自己的账号与网关连接，则把该账号的私聊转给您。",
}
