// The faces of the commands in the language of who asks: ad-hoc commands, forms, chat, errors.
import assert from "node:assert/strict"
import { after, before, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { domain, orchard, romeo, Stage } from "../support/component-kit.js"

const commandsNode = "http://jabber.org/protocol/commands"

let stage: Stage
before(async () => (stage = await Stage.open()))
after(() => stage.close())
beforeEach(() => {
  stage.service.links = []
  stage.service.rosters.clear()
})

const ask = (type: "get" | "set", payload: string, lang = "zh-CN", to = domain): Promise<Element> =>
  stage.server.ask(`<iq type='${type}' from='${orchard}' to='${to}'${lang && ` xml:lang='${lang}'`}>${payload}</iq>`)
const execute = (node: string, attrs = "", inner = "", lang = "zh-CN"): Promise<Element> =>
  ask("set", `<command xmlns='${commandsNode}' node='${node}' ${attrs}>${inner}</command>`, lang)
const commandOf = (el: Element): Element => el.getChild("command") ?? assert.fail(el.toString())
const form = (fields: Record<string, string>): string =>
  `<x xmlns='jabber:x:data' type='submit'>${Object.entries(fields)
    .map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
    .join("")}</x>`
const noteOf = (command: Element): string => command.getChildText("note") ?? ""
const errorText = (el: Element): [string, string] => {
  const text = el.getChild("error")?.getChild("text")
  return [text?.attrs["xml:lang"] ?? "", text?.getText() ?? ""]
}

test("commands are listed and described by title, in the language of the request", async () => {
  stage.service.tie(romeo)
  const names = async (lang: string): Promise<Record<string, string>> => {
    const answer = await ask("get", `<query xmlns='http://jabber.org/protocol/disco#items' node='${commandsNode}'/>`, lang)
    const items = answer.getChild("query")?.getChildren("item") ?? []
    return Object.fromEntries(items.map(({ attrs: { node = "", name = "" } }) => [node, name]))
  }
  assert.equal((await names("zh"))["contacts"], "联系人")
  assert.equal((await names("en"))["contacts"], "Contacts")
  assert.equal((await names("tlh"))["contacts"], "Contacts")
  const info = await ask("get", "<query xmlns='http://jabber.org/protocol/disco#info' node='unregister'/>")
  assert.equal(info.getChild("query")?.getChild("identity")?.attrs.name, "注销")
})

test("§4.1: a session keeps the language of its first request, whichever element says it", async () => {
  stage.service.tie(romeo)
  const first = commandOf(await execute("unregister", "xml:lang='zh'", "", "en"))
  assert.equal(first.attrs["xml:lang"], "zh")
  const x = first.getChild("x")
  assert.equal(x?.getChildText("title"), "从 Sms 注销")
  const field = x?.getChild("field")
  assert.equal(field?.attrs.label, "全部删除吗？")
  assert.deepEqual(
    field?.getChildren("option").map((option) => [option.attrs.label, option.getChildText("value")]),
    [
      ["否", "no"],
      ["是", "yes"],
    ],
    "what is submitted is the same in all languages",
  )
  const done = commandOf(await execute("unregister", `sessionid='${first.attrs.sessionid}'`, form({ sure: "no" }), "en"))
  assert.equal(noteOf(done), "未作任何更改。")
})

test("many of one kind come as a table beside the sentence", async () => {
  const link = stage.service.tie(romeo)
  stage.service.know(link, "5", { name: "Juliet <&>", username: "juliet" })
  const done = commandOf(await execute("contacts"))
  assert.match(noteOf(done), /^Juliet <&> \(@juliet\): 5@/)
  const x = done.getChild("x")
  assert.equal(x?.attrs.type, "result")
  assert.deepEqual(
    x
      ?.getChild("reported")
      ?.getChildren("field")
      .map(({ attrs }) => [attrs.var, attrs.type, attrs.label]),
    [
      ["name", "text-single", "名称"],
      ["username", "text-single", "用户名"],
      ["jid", "jid-single", "地址"],
    ],
  )
  assert.deepEqual(
    x
      ?.getChild("item")
      ?.getChildren("field")
      .map((field) => [field.attrs.var, field.getChildText("value")]),
    [
      ["name", "Juliet <&>"],
      ["username", "juliet"],
      ["jid", `5@${domain}`],
    ],
  )
})

test("a form says what is so now, and is filled in as it is", async () => {
  stage.service.tie(romeo)
  const first = commandOf(await execute("preferences"))
  const language = first
    .getChild("x")
    ?.getChildren("field")
    .find(({ attrs }) => attrs.var === "language")
  assert.equal(language?.attrs.type, "list-single")
  assert.equal(language.getChildText("value"), "auto")
  const filled = form({ language: "auto", whois: "yes", read: "yes", typing: "no", invitations: "yes" })
  const done = commandOf(await execute("preferences", `sessionid='${first.attrs.sessionid}' action='complete'`, filled))
  assert.match(noteOf(done), /告知他人您正在输入（typing）：否/)
  assert.equal(stage.service.wants.get(romeo)?.typing, false)
})

test("errors say in which language they are", async () => {
  assert.deepEqual(errorText(await execute("nothing")), ["zh", "没有这个命令。"])
  assert.deepEqual(errorText(await execute("nothing", "", "", "")), ["en", "There is no such command."])
  assert.match(errorText(await execute("contacts"))[1], /您尚未注册 Sms/)
  const unknown = await ask("get", "<query xmlns='jabber:iq:version'/>", "zh", `a\\20\\20b!!!@${domain}`)
  assert.equal(errorText(unknown)[0], "zh")
})

test("a message that cannot be sent comes back with the reason in its own language", async () => {
  stage.server.send(`<message from='${orchard}' to='5@${domain}' type='chat' id='zh1' xml:lang='zh'><body>早上好</body></message>`)
  const error = await stage.server.expect(`<message type='error' id='zh1'/>`)
  assert.match(errorText(error)[1], /您尚未注册 Sms/)
})

test("the registration form and its refusals", async () => {
  const shown = await ask("get", "<query xmlns='jabber:iq:register'/>")
  assert.equal(shown.attrs.type, "result")
  stage.service.tie(romeo)
  const again = await ask("get", "<query xmlns='jabber:iq:register'/>")
  assert.match(again.getChild("query")?.getChildText("instructions") ?? "", /^您已注册。/)
  const empty = await ask("set", "<query xmlns='jabber:iq:register'><password/></query>")
  assert.deepEqual(errorText(empty), ["zh", "请填写：Token。"])
})

test("by chat, in the language of the message or of its body", async () => {
  const say = (body: string): void => stage.server.send(`<message from='${orchard}' to='${domain}' type='chat'>${body}</message>`)
  const heard = (text: string): Promise<Element> =>
    stage.server.expect(`<message from='${domain}' to='${orchard}'><body>${text}</body></message>`)
  say("<body xml:lang='zh'>cancel</body>")
  await heard("没有可取消的操作。")
  say("<body>cancel</body>")
  await heard("There is nothing to cancel.")
})
