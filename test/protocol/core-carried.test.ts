// Logins that an account carries: whose they are, their chats as contacts, own words from elsewhere, rights, the end and the way back.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { carrying, loopback } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, type Play } from "../support/core-kit.js"
import { answer, chat, codeFor, command, juliet, prove, romeo, sharedPlay } from "../support/identity-kit.js"

let play: Play
beforeEach(async () => {
  play = await sharedPlay({ adapter: loopback(carrying) as unknown as AnyAdapter })
  play.network.person({ id: "4711", name: "Romeo M." })
  play.network.person({ id: "77", name: "Mercutio" })
})
afterEach(() => play.close())

const links = (): unknown[] =>
  play.rows(
    "SELECT u.jid, l.tag, l.role, a.login FROM link l JOIN gateway_user u ON u.id = l.user_id JOIN account a ON a.id = l.account_id ORDER BY l.id",
  )
const carry = (more: { id?: string; active?: boolean; maySend?: boolean; owner?: string } = {}): Promise<void> => {
  play.network.carry({ account: "main", id: "L1", owner: "4711", ...more })
  return play.drained("main")
}
const mercutio = `77!me@${domain}`
const from = (jid: string, body: RegExp) => play.server.expect((el) => el.attrs["from"] === jid && body.test(el.getChildText("body") ?? ""))
const say = (text: string, more: object = {}): Promise<string> => {
  const id = play.network.say({ account: "main", from: "77", text, login: "L1", ...more })
  return play.drained("main").then(() => id)
}
const send = (to: string, id: string, inner: string): void =>
  play.server.send(`<message from='${romeo}' to='${to}' type='chat' id='${id}'>${inner}</message>`)

const grant = (ns: string): void =>
  play.server.send(
    `<message from='example.test' to='${domain}'><privilege xmlns='${ns}'><perm access='message' type='outgoing'/></privilege></message>`,
  )
/** The server is asked what it is. */
async function software(name: string): Promise<void> {
  const { attrs } = await play.server.expect("<iq type='get' to='example.test'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
  play.server.send(
    `<iq type='result' from='example.test' to='${domain}' id='${attrs["id"]}'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im' name='${name}'/></query></iq>`,
  )
}

/** Romeo has shown who he is, and his login is connected. */
async function tied(): Promise<void> {
  await prove(play, romeo, "4711")
  await carry()
  await from(domain, /Your private chats on Loopback come here from now on/)
}

describe("whose login it is", () => {
  test("of the user who has shown to be its owner: also if they show it later", async () => {
    await carry()
    await play.told("send", 1)
    assert.match(play.network.sent.list({ kind: "send", to: "4711" })[0]?.text ?? "", /send «carry» to lo\.example\.test/)
    assert.deepEqual(links(), [])
    await say("For nobody yet.")
    const code = await codeFor(play, romeo)
    assert.match(await command(play, "4711", "link", code), /They also get your private chats[\s\S]*romeo@example\.test wants/)
    await command(play, "4711", "link", `${code} yes`)
    await from(domain, /Your private chats on Loopback come here from now on/)
    assert.deepEqual(links(), [
      { jid: "romeo@example.test", tag: "main", role: "guest", login: null },
      { jid: "romeo@example.test", tag: "me", role: "owner", login: "L1" },
    ])
    await say("Good morrow.")
    await from(mercutio, /^Good morrow\.$/)
    assert.ok(!play.bodies().includes("For nobody yet."))
  })

  test("by a code that its owner hands in, and nobody else", async () => {
    const shown = await chat(play, romeo, "carry")
    const [, code = ""] = /link ([a-z2-7]{10,})/.exec(shown) ?? []
    assert.match(await command(play, "4711", "link", `${code} yes`), /not connected with this gateway yet/)
    await carry()
    assert.match(await command(play, "77", "link", `${code} yes`), /not connected with this gateway yet/)
    assert.match(await command(play, "4711", "link", code), /wants your private chats here: they will read them, and answer in your name/)
    assert.match(await command(play, "77", "link", `${code} yes`), /not valid/)
    assert.match(await command(play, "4711", "link", `${code} yes`), /come to romeo@example\.test in XMPP/)
    assert.match(await answer(play, romeo), /come here/)
    assert.deepEqual(links(), [{ jid: "romeo@example.test", tag: "me", role: "owner", login: "L1" }])
    // Used up; and what somebody has is nobody else's.
    assert.match(await command(play, "4711", "link", `${code} yes`), /not valid/)
    const other = /link ([a-z2-7]{10,})/.exec(await chat(play, juliet, "carry"))?.[1] ?? ""
    assert.match(await command(play, "4711", "link", `${other} yes`), /tied to an XMPP address already/)
  })

  test("carried by the user's own account it needs a code, too; the account's end is its end", async () => {
    await play.register(romeo)
    play.network.carry({ account: "romeo", id: "L2", owner: "4711" })
    await play.drained("romeo")
    assert.equal(links().length, 1)
    const which = await chat(play, romeo, "carry")
    assert.match(which, /your own \(romeo\)/)
    const code = /link ([a-z2-7]{10,})/.exec(await chat(play, romeo, "1"))?.[1] ?? ""
    const told = await play.network.desk.say({ account: "romeo", from: "4711", name: "link", argument: `${code} yes` })
    assert.match(told.text, /come to romeo@example\.test/)
    assert.equal(links().length, 2)
    await play.unregister("romeo@example.test")
    assert.deepEqual(links(), [])
    assert.deepEqual(play.rows("SELECT id FROM account WHERE tag = ''"), [])
  })

  test("whoever has ended the tie is not tied again by proof alone", async () => {
    await tied()
    assert.match(await chat(play, romeo, "unregister"), /me/)
    await chat(play, romeo, "me")
    await chat(play, romeo, "yes")
    await play.sync()
    assert.equal(links().length, 1)
    await carry({ id: "L9" })
    assert.equal(links().length, 1)
    const code = /link ([a-z2-7]{10,})/.exec(await chat(play, romeo, "carry"))?.[1] ?? ""
    assert.match(await command(play, "4711", "link", `${code} yes`), /come to romeo/)
    assert.equal(links().length, 2)
  })
})

describe("its chats", () => {
  test("are contacts, and what the user says, changes and takes back is said through the login", async () => {
    await tied()
    const heard = await say("Good morrow.")
    await from(mercutio, /^Good morrow\.$/)
    send(mercutio, "s1", "<body>Is the day so young?</body><request xmlns='urn:xmpp:receipts'/>")
    await play.receipt("s1")
    const [sent] = await play.told("send", 1, { to: "77" })
    assert.equal(sent?.login, "L1")
    assert.equal(sent?.as, undefined)
    send(mercutio, "s2", "<body>Is the day so old?</body><replace xmlns='urn:xmpp:message-correct:0' id='s1'/>")
    assert.equal((await play.told("edit", 1))[0]?.login, "L1")
    send(mercutio, "s3", `<composing xmlns='http://jabber.org/protocol/chatstates'/>`)
    assert.equal((await play.told("typing", 1))[0]?.login, "L1")
    const body = play.server.received.find((el) => el.getChildText("body") === "Good morrow.")
    assert.ok(body?.getChild("markable"), "somebody gets to know whether it was read")
    send(mercutio, "s4", `<displayed xmlns='urn:xmpp:chat-markers:0' id='${body?.attrs["id"]}'/>`)
    assert.deepEqual(
      (await play.told("read", 1)).map(({ id, login }) => [id, login]),
      [[heard, "L1"]],
    )
    send(mercutio, "s5", `<reactions xmlns='urn:xmpp:reactions:0' id='${body?.attrs["id"]}'><reaction>👍</reaction></reactions>`)
    const refused = await play.server.expect("<message type='error' id='s5'/>")
    assert.match(refused.toString(), /no reactions/)
    send(mercutio, "s6", "<retract xmlns='urn:xmpp:message-retract:1' id='s1'/>")
    assert.equal((await play.told("retract", 1))[0]?.login, "L1")
    play.server.send(`<presence from='${romeo}' to='${domain}'/>`)
    await play.sync()
    play.network.typing({ account: "main", from: "77", login: "L1" })
    await play.server.expect(`<message from='${mercutio}'><composing/></message>`)
    // What is said to the account itself is another chat.
    assert.deepEqual(play.rows("SELECT legacy_id FROM conversation WHERE legacy_id = '77'").length, 1)
  })

  test("without the right to answer: a clear sentence, and no call", async () => {
    await tied()
    await say("Good morrow.")
    await carry({ maySend: false })
    await from(domain, /you can only read now/)
    send(mercutio, "s1", "<body>Ay me!</body>")
    const refused = await play.server.expect("<message type='error' id='s1'/>")
    assert.match(refused.toString(), /you can only read here: the gateway is not allowed to answer for you/)
    await carry()
    await from(domain, /You can answer in your private chats on Loopback again/)
    send(mercutio, "s2", "<body>Ay me!</body><request xmlns='urn:xmpp:receipts'/>")
    await play.receipt("s2")
    assert.equal(play.network.sent.list({ kind: "send", to: "77" }).length, 1)
  })

  test("what the network refuses says why", async () => {
    await tied()
    await say("Good morrow.")
    play.network.fault({ kind: "denied", text: "Answers are possible within 24 hours after they last wrote." })
    send(mercutio, "s1", "<body>Ay me!</body>")
    const refused = await play.server.expect("<message type='error' id='s1'/>")
    assert.match(refused.toString(), /Answers are possible within 24 hours/)
  })

  test("the end of the login: contacts are away and say why; what waits goes when it is back", async () => {
    await tied()
    await say("Good morrow.")
    play.server.send(`<presence from='${romeo}' to='${mercutio}' type='subscribe'/>`)
    await play.sync()
    await carry({ active: false })
    await from(domain, /do not come here any more/)
    const away = await play.server.expect(`<presence from='${mercutio}' type='unavailable'/>`)
    assert.match(away.toString(), /not connected with the gateway any more/)
    assert.match(await chat(play, romeo, "status"), /Your account is not connected with the gateway any more/)
    send(mercutio, "s1", "<body>Where art thou?</body><request xmlns='urn:xmpp:receipts'/>")
    await play.sync()
    assert.equal(play.network.sent.list({ kind: "send", to: "77" }).length, 0)
    await carry({ id: "L2" })
    await from(domain, /come here again/)
    await play.receipt("s1")
    assert.equal(play.network.sent.list({ kind: "send", to: "77" })[0]?.login, "L2")
  })

  test("over a restart all of it goes on", async () => {
    await tied()
    await say("Good morrow.")
    await play.away(() => void play.network.say({ account: "main", from: "77", text: "Art thou there?", login: "L1" }), "main")
    await from(mercutio, /^Art thou there\?$/)
    send(mercutio, "s1", "<body>Here.</body><request xmlns='urn:xmpp:receipts'/>")
    await play.receipt("s1")
    assert.equal(play.bodies().filter((body) => /from now on|come here again/.test(body)).length, 1)
  })
})

describe("what the user says elsewhere", () => {
  test("without the server's leave: told by the contact, marked; changes and the end of it likewise", async () => {
    await tied()
    await say("Good morrow.")
    const id = await say("Is the day so young?", { own: true })
    const told = await from(mercutio, /^You, on Loopback: Is the day so young\?$/)
    play.network.edit({ account: "main", from: "77", id, text: "Is it?", own: true, login: "L1" })
    const edited = await from(mercutio, /^You, on Loopback: Is it\?$/)
    assert.equal(edited.getChild("replace")?.attrs["id"], told.attrs["id"])
    play.network.retract({ account: "main", from: "77", ids: [id], own: true, login: "L1" })
    await play.server.expect(`<message from='${mercutio}'><retract id='${told.attrs["id"]}'/></message>`)
    // Told twice by the network: one message.
    await say("Is the day so young?", { own: true, id })
    await play.sync()
    assert.equal(play.bodies().filter((body) => /so young/.test(body)).length, 1)
  })

  test("what was said here and is changed or taken back there answers to it", async () => {
    await tied()
    await say("Good morrow.")
    send(mercutio, "s1", "<body>Ay me!</body><request xmlns='urn:xmpp:receipts'/>")
    await play.receipt("s1")
    const [{ id = "" } = {}] = await play.told("send", 1, { to: "77" })
    play.network.edit({ account: "main", from: "77", id, text: "Ay me, sad hours!", own: true, login: "L1" })
    const edited = await from(mercutio, /changed this message to: Ay me, sad hours!$/)
    assert.equal(edited.getChild("reply")?.attrs["id"], "s1")
    play.network.retract({ account: "main", from: "77", ids: [id], own: true, login: "L1" })
    const gone = await from(mercutio, /took this message back/)
    assert.equal(gone.getChild("reply")?.attrs["id"], "s1")
  })

  test("with the server's leave: in the user's own name; the copy that comes back is nobody's word", async () => {
    await tied()
    grant("urn:xmpp:privilege:2")
    const id = await say("Is the day so young?", { own: true })
    await software("Prosody")
    const outer = await play.server.expect("<message to='example.test'><privilege xmlns='urn:xmpp:privilege:2'/></message>")
    const said = outer.getChild("privilege")?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message", "jabber:client")
    assert.deepEqual(
      [said?.attrs["from"], said?.attrs["to"], said?.getChildText("body")],
      ["romeo@example.test", mercutio, "Is the day so young?"],
    )
    play.server.send(
      `<message from='romeo@example.test' to='${mercutio}' type='chat' id='${said?.attrs["id"]}'><body>Is the day so young?</body></message>`,
    )
    // By an unknown person, who is a contact with a name then.
    await play.server.expect(`<presence from='${mercutio}' type='subscribe'/>`)
    // From their client the user can change it as any of theirs.
    send(mercutio, "s2", `<body>Is it young?</body><replace xmlns='urn:xmpp:message-correct:0' id='${said?.attrs["id"]}'/>`)
    const [edit] = await play.told("edit", 1)
    assert.deepEqual([edit?.id, edit?.text, edit?.login], [id, "Is it young?", "L1"])
    assert.equal(play.network.sent.list({ kind: "send", to: "77" }).length, 0)
    // What they answer to it is an answer to the user's own.
    await say("But new struck nine.", { reply: id })
    const reply = await from(mercutio, /But new struck nine/)
    assert.deepEqual(
      [reply.getChild("reply")?.attrs["id"], reply.getChild("reply")?.attrs["to"]],
      [said?.attrs["id"], "romeo@example.test"],
    )
  })

  test("a server that tells the user's clients nothing: they get the copy itself", async () => {
    await tied()
    grant("urn:xmpp:privilege:2")
    await say("Is the day so young?", { own: true })
    await software("ejabberd")
    const outer = await play.server.expect("<message to='example.test'><privilege xmlns='urn:xmpp:privilege:2'/></message>")
    const copy = outer.getChild("privilege")?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message", "jabber:client")
    assert.deepEqual([copy?.attrs["from"], copy?.attrs["to"]], ["romeo@example.test", "romeo@example.test"])
    const said = copy
      ?.getChild("sent", "urn:xmpp:carbons:2")
      ?.getChild("forwarded", "urn:xmpp:forward:0")
      ?.getChild("message", "jabber:client")
    assert.deepEqual(
      [said?.attrs["from"], said?.attrs["to"], said?.getChildText("body")],
      ["romeo@example.test", mercutio, "Is the day so young?"],
    )
    assert.ok(copy?.getChild("private", "urn:xmpp:carbons:2") && copy.getChild("no-copy", "urn:xmpp:hints"))
  })

  test("a server that grants it and then refuses: it comes by the contact", async () => {
    await tied()
    play.server.send(`<presence from='${romeo}' to='${domain}'/>`)
    grant("urn:xmpp:privilege:1")
    await say("Is the day so young?", { own: true })
    await software("Prosody")
    const outer = await play.server.expect("<message to='example.test'><privilege xmlns='urn:xmpp:privilege:1'/></message>")
    play.server.send(
      `<message type='error' from='example.test' to='${domain}' id='${outer.attrs["id"]}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
    )
    await from(mercutio, /^You, on Loopback: Is the day so young\?$/)
  })

  test("the echo of what is said here is not said again, even before its call has ended", async () => {
    await tied()
    await say("Good morrow.")
    // Carried out, but not answered: only the next try tells what it is called.
    play.network.fault({ kind: "unknown-outcome", processed: true })
    send(mercutio, "s1", "<body>Ay me!</body><request xmlns='urn:xmpp:receipts'/>")
    const [{ id = "" } = {}] = await play.told("send", 1, { to: "77" })
    const echo = say("Ay me!", { own: true, id })
    await play.receipt("s1")
    await echo
    await play.sync()
    assert.equal(play.bodies().filter((body) => /Ay me/.test(body)).length, 0)
  })
})
