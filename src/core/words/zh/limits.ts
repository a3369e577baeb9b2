// Chinese: limits and rules of the administrators.
export const limits: Readonly<Record<string, string>> = {
  "Not sent: {chars} characters are more than the {max} that this gateway takes in one message.":
    "未发送：{chars} 个字符超过了本网关单条消息的上限 {max} 个。",
  "Not sent: you are writing faster than this gateway allows. Send it again in {seconds} s.":
    "未发送：您发送得太快。请在 {seconds} 秒后重新发送。",
  "There are {most} rules already. Remove some first.": "已有 {most} 条规则，请先删除一些。",
}
