// What the gateway and its contacts answer: discovery, registration, commands, addresses, cards.
import assert from "node:assert/strict"
import { after, before, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { Refusal } from "#src/core/ports.js"
import { verification } from "#src/xmpp/features/caps.js"
import { domain, orchard, romeo, Stage } from "../support/component-kit.js"

let stage: Stage
before(async () => (stage = await Stage.open()))
after(() => stage.close())
beforeEach(() => {
  stage.service.links = []
  stage.service.rosters.clear()
  stage.service.calls.length = 0
})

const get = (payload: string, to = domain, from = orchard): Promise<Element> =>
  stage.server.ask(`<iq type='get' from='${from}' to='${to}'>${payload}</iq>`)
const set = (payload: string, to = domain, from = orchard): Promise<Element> =>
  stage.server.ask(`<iq type='set' from='${from}' to='${to}'>${payload}</iq>`)
const info = (node = ""): string => `<query xmlns='http://jabber.org/protocol/disco#info'${node && ` node='${node}'`}/>`
const items = (node = ""): string => `<query xmlns='http://jabber.org/protocol/disco#items'${node && ` node='${node}'`}/>`
const commandsNode = "http://jabber.org/protocol/commands"

function errorOf(el: Element): [string | undefined, string | undefined, string] {
  const error = el.getChild("error")
  const [condition, ...rest] = error?.getChildElements() ?? []
  return [error?.attrs.type, condition?.getName(), rest.find((child) => child.getName() === "text")?.getText() ?? ""]
}
const features = (el: Element): string[] =>
  el
    .getChild("query")
    ?.getChildren("feature")
    .map((one) => one.attrs.var ?? "") ?? []

test("the gateway is a gateway, by either of its names", async () => {
  for (const to of [domain, `gateway@${domain}`]) {
    const answer = await get(info(), to)
    assert.equal(answer.attrs.from, to)
    assert.deepEqual(answer.getChild("query")?.getChild("identity")?.attrs, { category: "gateway", type: "sms", name: "Sms" })
    for (const feature of [
      "jabber:iq:register",
      "jabber:iq:gateway",
      commandsNode,
      "urn:xmpp:ping",
      "jabber:iq:version",
      "vcard-temp",
      "jid\\20escaping",
      "http://jabber.org/protocol/caps",
    ])
      assert.ok(features(answer).includes(feature), feature)
  }
})

test("a contact can what its network can", async () => {
  const link = stage.service.tie(romeo)
  stage.service.know(link, "5")
  const answer = await get(info(), `5@${domain}`)
  assert.equal(answer.getChild("query")?.getChild("identity")?.attrs.category, "client")
  for (const feature of ["urn:xmpp:receipts", "urn:xmpp:message-correct:0", "http://jabber.org/protocol/chatstates"])
    assert.ok(features(answer).includes(feature), feature)
  assert.ok(!features(answer).includes("jabber:iq:register"))
})

test("a machine among the contacts says so", async () => {
  stage.service.know(stage.service.tie(romeo), "6", { kind: "bot" })
  assert.equal((await get(info(), `6@${domain}`)).getChild("query")?.getChild("identity")?.attrs.type, "bot")
})

test("the caps of a presence are the hash of what their node answers", async () => {
  const link = stage.service.tie(romeo)
  stage.service.know(link, "5", { name: "Juliet" })
  for (const from of [domain, `5@${domain}`]) {
    stage.server.send(`<presence type='probe' from='${romeo}' to='${from}'/>`)
    const presence = await stage.server.expect(
      `<presence from='${from}' to='${romeo}'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='*' ver='*'/></presence>`,
    )
    const { node, ver } = presence.getChild("c")?.attrs ?? {}
    const answer = await get(info(`${node}#${ver}`), from)
    const query = answer.getChild("query")
    assert.equal(query?.attrs.node, `${node}#${ver}`)
    const identities = query
      .getChildren("identity")
      .map(({ attrs: { category = "", type = "", name } }) => ({ category, type, ...(name && { name }) }))
    assert.equal(verification({ identities, features: features(answer) }), ver)
  }
  assert.equal(errorOf(await get(info("urn:xferry#unknown")))[1], "item-not-found")
})

test("items: commands for everybody, contacts for their owner", async () => {
  const strangers = await get(items())
  assert.deepEqual(
    strangers
      .getChild("query")
      ?.getChildren("item")
      .map((item) => item.attrs.node),
    [commandsNode],
  )
  stage.service.know(stage.service.tie(romeo), "A", { name: "Juliet" })
  const own = (await get(items("contacts"))).getChild("query")?.getChildren("item") ?? []
  assert.deepEqual(
    own.map((item) => [item.attrs.jid, item.attrs.name]),
    [[`^a@${domain}`, "Juliet"]],
  )
  const names = async (): Promise<(string | undefined)[]> =>
    (await get(items(commandsNode)))
      .getChild("query")
      ?.getChildren("item")
      .map((item) => item.attrs.node) ?? []
  assert.ok((await names()).includes("unregister"))
  stage.service.links = []
  assert.deepEqual(await names(), ["register", "rooms", "help"])
  assert.equal((await get(info("register"))).getChild("query")?.getChild("identity")?.attrs.type, "command-node")
})

test("ping, version, last activity", async () => {
  assert.equal((await get("<ping xmlns='urn:xmpp:ping'/>")).attrs.type, "result")
  assert.equal((await get("<query xmlns='jabber:iq:version'/>")).getChild("query")?.getChildText("name"), "xferry")
  assert.match((await get("<query xmlns='jabber:iq:last'/>")).getChild("query")?.attrs.seconds ?? "", /^\d+$/)
})

test("what nobody handles is refused, malformed requests too; results and errors are never answered", async () => {
  assert.deepEqual(errorOf(await get("<query xmlns='jabber:iq:time'/>")).slice(0, 2), ["cancel", "service-unavailable"])
  assert.equal(errorOf(await get("<a xmlns='x'/><b xmlns='x'/>"))[1], "bad-request")
  assert.equal(errorOf(await get("<ping xmlns='urn:xmpp:ping'/>", `#room@${domain}`))[1], "registration-required")
  stage.server.send(`<iq type='result' id='spoof' from='example.test' to='${domain}'/>`)
  stage.server.send(
    `<iq type='error' id='spoof' from='example.test' to='${domain}'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  )
  stage.server.send(`<message type='error' id='spoof' from='${orchard}' to='5@${domain}'><body>x</body></message>`)
  stage.server.send(`<presence type='error' id='spoof' from='${orchard}' to='5@${domain}'/>`)
  await stage.sync()
  stage.server.refute((el) => el.attrs.id === "spoof")
})

test("who speaks for our own domain is not heard", async () => {
  stage.service.tie(domain)
  stage.server.send(`<message id='echo' type='chat' from='5@${domain}' to='6@${domain}'><body>x</body></message>`)
  stage.server.send(`<iq id='echo' type='get' from='5@${domain}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  await stage.sync()
  stage.server.refute((el) => el.attrs.id === "echo")
  assert.deepEqual(stage.service.said, [])
})

test("a contact is there for its own users only", async () => {
  assert.deepEqual(errorOf(await get(info(), `5@${domain}`)).slice(0, 2), ["auth", "registration-required"])
  stage.service.tie(romeo)
  assert.equal(errorOf(await get(info(), `5!work@${domain}`))[1], "item-not-found")
  assert.equal(errorOf(await get("<vCard xmlns='vcard-temp'/>", `5@${domain}`))[1], "item-not-found")
})

// ---- registration
const register = (inner = ""): string => `<query xmlns='jabber:iq:register'>${inner}</query>`
const token = (value: string): string =>
  register(`<x xmlns='jabber:x:data' type='submit'><field var='token'><value>${value}</value></field></x>`)

test("the registration form, for clients new and old", async () => {
  const query = (await get(register())).getChild("query")
  assert.equal(query?.getChild("registered"), undefined)
  assert.ok(query?.getChild("password"))
  assert.match(query?.getChildText("instructions") ?? "", /token/)
  const field = query
    ?.getChild("x", "jabber:x:data")
    ?.getChildren("field")
    .find((one) => one.attrs.var === "token")
  assert.equal(field?.attrs.type, "text-private")
  assert.deepEqual(stage.service.calls, [], "looking is not registering")
})

test("register, look, change the token, remove", async () => {
  const refused = errorOf(await set(token("bad")))
  assert.deepEqual(refused, ["modify", "not-acceptable", "The network does not know this token."])
  assert.equal(errorOf(await set(token("")))[1], "not-acceptable")
  assert.equal((await set(token("good"))).attrs.type, "result")
  const shown = await get(register())
  assert.ok(shown.getChild("query")?.getChild("registered"))
  assert.doesNotMatch(shown.toString(), /good/)
  assert.equal((await set(register("<password>good</password>"))).attrs.type, "result", "old clients")
  assert.equal(errorOf(await set(register("<remove/><password/>")))[1], "bad-request")
  assert.equal((await set(register("<remove/>"))).attrs.type, "result")
  assert.deepEqual(stage.service.calls, [`register ${romeo} good`, `register ${romeo} good`, `unregister ${romeo}`])
  assert.equal(errorOf(await set(register("<remove/>")))[1], "registration-required")
})

test("whoever registers finds the gateway in the roster", async () => {
  await set(token("good"))
  await stage.server.expect(
    `<presence type='subscribe' from='${domain}' to='${romeo}'><nick xmlns='http://jabber.org/protocol/nick'>Sms</nick></presence>`,
  )
  await stage.server.expect(`<presence from='${domain}' to='${romeo}'><c xmlns='http://jabber.org/protocol/caps'/></presence>`)
})

test("who may not register is told so when asking for the form", async () => {
  const { login } = stage.service
  stage.service.login = () => Promise.reject(new Refusal("not-allowed", "This gateway is not open to you."))
  const answer = errorOf(await get(register()))
  stage.service.login = login
  assert.deepEqual(answer, ["cancel", "not-allowed", "This gateway is not open to you."])
})

test("a login of several steps is left to the command", async () => {
  const { login } = stage.service
  stage.service.login = async (ask) => {
    await ask({ title: "1", fields: [{ name: "token", label: "Token" }] })
    return (await ask({ title: "2", fields: [{ name: "code", label: "Code" }] })).code ?? ""
  }
  const [type, condition, text] = errorOf(await set(token("x")))
  stage.service.login = login
  assert.deepEqual([type, condition], ["modify", "not-acceptable"])
  assert.match(text, /several steps.*«register»/)
})

// ---- ad-hoc commands
const execute = (node: string, attrs = "", inner = "", from = orchard): Promise<Element> =>
  set(`<command xmlns='${commandsNode}' node='${node}' ${attrs}>${inner}</command>`, domain, from)
const submit = (name: string, value: string): string =>
  `<x xmlns='jabber:x:data' type='submit'><field var='${name}'><value>${value}</value></field></x>`
const commandOf = (el: Element): Element => el.getChild("command") ?? assert.fail(el.toString())
const specific = (el: Element): string | undefined =>
  el
    .getChild("error")
    ?.getChildElements()
    .find((child) => child.getNS() === commandsNode)
    ?.getName()

test("a command in several steps", async () => {
  const form = commandOf(await execute("register", "action='execute'"))
  assert.equal(form.attrs.status, "executing")
  assert.equal(form.getChild("actions")?.attrs.execute, "next")
  assert.equal(form.getChild("x")?.getChildText("title"), "Sms account")
  const session = `sessionid='${form.attrs.sessionid}'`
  assert.equal(specific(await execute("register", session)), "bad-payload")
  assert.equal(specific(await execute("register", `${session} action='prev'`)), "bad-action")
  assert.equal(specific(await execute("register", `${session} action='jump'`)), "malformed-action")
  assert.equal(specific(await execute("register", session, submit("token", "good"), "juliet@example.test/x")), "bad-sessionid")
  assert.equal(specific(await execute("status", session, submit("token", "good"))), "bad-sessionid")
  const done = commandOf(await execute("register", `${session} action='next'`, submit("token", "good")))
  assert.deepEqual(
    [done.attrs.status, done.getChild("note")?.attrs.type, done.getChildText("note")],
    ["completed", "info", "You are registered."],
  )
  const late = await execute("register", session, submit("token", "good"))
  assert.deepEqual([errorOf(late)[1], specific(late)], ["not-allowed", "session-expired"])
})

test("a command is cancelled, fails with a note, or is not for everybody", async () => {
  const form = commandOf(await execute("register"))
  const cancelled = commandOf(await execute("register", `sessionid='${form.attrs.sessionid}' action='cancel'`))
  assert.equal(cancelled.attrs.status, "canceled")
  assert.equal(specific(await execute("register", `sessionid='${form.attrs.sessionid}'`)), "session-expired")
  const again = commandOf(await execute("register"))
  const failed = commandOf(await execute("register", `sessionid='${again.attrs.sessionid}'`, submit("token", "bad")))
  assert.deepEqual([failed.attrs.status, failed.getChild("note")?.attrs.type], ["completed", "error"])
  assert.equal(errorOf(await execute("status"))[1], "registration-required")
  assert.equal(errorOf(await execute("reboot"))[1], "item-not-found")
  assert.equal(specific(await execute("register", "sessionid='no-such'")), "bad-sessionid")
})

test("of too many sessions the oldest gives way", async () => {
  const ids: (string | undefined)[] = []
  for (let i = 0; i < 6; i++) ids.push(commandOf(await execute("register")).attrs.sessionid)
  assert.equal(specific(await execute("register", `sessionid='${ids[0]}'`)), "session-expired")
  for (const id of ids.slice(1))
    assert.equal(commandOf(await execute("register", `sessionid='${id}' action='cancel'`)).attrs.status, "canceled")
})

// ---- jabber:iq:gateway, cards, nick
test("jabber:iq:gateway asks and converts", async () => {
  const gateway = (inner = ""): string => `<query xmlns='jabber:iq:gateway'>${inner}</query>`
  assert.equal((await get(gateway())).getChild("query")?.getChildText("desc"), "Type a @username or a number.")
  assert.equal(errorOf(await set(gateway("<prompt>@nurse</prompt>")))[1], "registration-required")
  stage.service.tie(romeo)
  stage.service.strangers.set("@nurse", { id: 9, legacyId: "N 9", name: "Nurse", username: "nurse", kind: "person", profile: {} })
  assert.equal((await set(gateway("<prompt> @nurse </prompt>"))).getChild("query")?.getChildText("jid"), `^n\\209@${domain}`)
  assert.equal(errorOf(await set(gateway("<prompt>@nobody</prompt>")))[2], "Nobody on Sms is «@nobody».")
  assert.equal(errorOf(await set(gateway("<prompt/>")))[1], "bad-request")
})

test("cards and nicks of contacts", async () => {
  const link = stage.service.tie(romeo)
  stage.service.know(link, "5", {
    name: "Juliet <3",
    username: "juliet",
    profile: { url: "https://sms.example/juliet", note: "Hi", language: "it" },
  })
  const card = (await get("<vCard xmlns='vcard-temp'/>", `5@${domain}`)).getChild("vCard", "vcard-temp")
  assert.deepEqual(
    ["FN", "NICKNAME", "URL", "DESC"].map((tag) => card?.getChildText(tag)),
    ["Juliet <3", "juliet", "https://sms.example/juliet", "Hi\nlanguage: it"],
  )
  const node = (name: string): string => `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${name}'/></pubsub>`
  const vcard4 = (await get(node("urn:xmpp:vcard4"), `5@${domain}`))
    .getChild("pubsub")
    ?.getChild("items")
    ?.getChild("item")
    ?.getChild("vcard", "urn:ietf:params:xml:ns:vcard-4.0")
  assert.equal(vcard4?.getChild("fn")?.getChildText("text"), "Juliet <3")
  assert.ok((await get("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>", `5@${domain}`)).getChild("vcard")?.getChild("note"))
  const nick = (await get(node("http://jabber.org/protocol/nick"), `5@${domain}`)).getChild("pubsub")?.getChild("items")?.getChild("item")
  assert.equal(nick?.getChildText("nick"), "Juliet <3")
  assert.equal(errorOf(await get(node("urn:xmpp:avatar:metadata"), `5@${domain}`))[1], "item-not-found")
  assert.equal(errorOf(await set("<vCard xmlns='vcard-temp'/>", `5@${domain}`))[1], "forbidden")
  assert.equal((await get("<vCard xmlns='vcard-temp'/>")).getChild("vCard")?.getChildText("FN"), "Sms")
})

test("register by chat, with a receipt for each line", async () => {
  const say = (body: string): void =>
    stage.server.send(
      `<message type='chat' id='${body}' from='${orchard}' to='gateway@${domain}'><body>${body}</body><request xmlns='urn:xmpp:receipts'/></message>`,
    )
  const heard = async (pattern: RegExp): Promise<Element> =>
    stage.server.expect(
      (el) =>
        el.name === "message" &&
        el.attrs.to === orchard &&
        el.attrs.from === `gateway@${domain}` &&
        pattern.test(el.getChildText("body") ?? ""),
    )
  say("Hello")
  await stage.server.expect(`<message from='gateway@${domain}' to='${orchard}'><received xmlns='urn:xmpp:receipts' id='Hello'/></message>`)
  await heard(/only these words: register, rooms, help/)
  say("Register")
  await heard(/Token\?/)
  say("good")
  await heard(/delete your last message/)
  await heard(/^You are registered\.$/)
  assert.deepEqual(stage.service.calls, [`register ${romeo} good`])
})
