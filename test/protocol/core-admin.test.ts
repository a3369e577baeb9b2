// What administrators do at run time, by chat and by ad-hoc command (XEP-0133): users, lists, dead letters, on and off, limits.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { AdapterError } from "#src/adapter/errors.js"
import { within } from "../support/deadline.js"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"

const boss = "boss@example.test/desk"
const romeo = "romeo@example.test/orchard"
const nsCommands = "http://jabber.org/protocol/commands"
const nsAdmin = "http://jabber.org/protocol/admin"

/** Of one person the network takes nothing while this is so. */
const broken = { on: false, meet: (): void => undefined, met: Promise.resolve() }
broken.met = new Promise((resolve) => (broken.meet = resolve))

function moody(): AnyAdapter {
  const inner = loopback(standard) as unknown as AnyAdapter
  const connect: AnyAdapter["connect"] = async (...all) => {
    const session = await inner.connect(...all)
    const send: typeof session.send = (op, signal) => {
      if (!broken.on || !("user" in op.chat) || op.chat.user !== "nurse") return session.send(op, signal)
      broken.meet()
      throw new AdapterError("retry", "The nurse sleeps.", { retryAfterMs: 1, blocks: "message" })
    }
    return new Proxy(session, { get: (of, key) => (key === "send" ? send : (Reflect.get(of, key, of) as unknown)) })
  }
  return { ...inner, connect }
}

let play: Play
before(async () => {
  play = await Play.open({
    adapter: moody(),
    admins: ["boss@example.test"],
    limits: { messagesPerMinute: 100, perConversation: 3, firstDay: 0, maxChars: 50 },
  })
  play.network.person({ id: "juliet", name: "Juliet" })
  await play.register("romeo@example.test")
})
after(() => play.close())

/** Says a line to the gateway; resolves with the first answer that is new. */
async function tell(line: string, from = boss): Promise<string> {
  const since = play.server.received.length
  play.server.send(`<message from='${from}' to='${domain}' type='chat' id='${Math.random()}'><body>${line}</body></message>`)
  const answer = await play.server.expect(
    (el) => play.server.received.indexOf(el) >= since && el.is("message") && el.attrs.to === from && el.getChild("body") !== undefined,
  )
  return answer.getChildText("body") ?? ""
}

async function command(node: string, from = boss, session = "", values: Record<string, string[]> = {}): Promise<Element> {
  const fields = Object.entries(values).map(
    ([name, list]) => `<field var='${name}'>${list.map((one) => `<value>${one}</value>`).join("")}</field>`,
  )
  const form = session === "" ? "" : `<x xmlns='jabber:x:data' type='submit'>${fields.join("")}</x>`
  const answer = await play.server.ask(
    `<iq type='set' from='${from}' to='${domain}'><command xmlns='${nsCommands}' node='${node}'${session && ` sessionid='${session}'`}>${form}</command></iq>`,
  )
  return answer.getChild("command", nsCommands) ?? answer
}

async function errorOf(id: string): Promise<[string | undefined, string | undefined, string | null | undefined]> {
  const error = (await play.server.expect(`<message type='error' id='${id}'/>`)).getChild("error")
  return [error?.attrs["type"], error?.getChildElements()[0]?.getName(), error?.getChildText("text")]
}

test("who is no administrator gets none of it, by chat or command", async () => {
  for (const line of ["users", "shut-out *", "announce hi", "network off", "audit", "retry all", "erase-person juliet"])
    assert.equal(await tell(line, romeo), "Only administrators may do that.")
  const refused = await command(`${nsAdmin}#announce`, romeo)
  assert.equal(refused.attrs["type"], "error")
  const list = await play.server.ask(
    `<iq type='get' from='${romeo}' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#items' node='${nsCommands}'/></iq>`,
  )
  assert.ok(!list.toString().includes(nsAdmin))
})

test("users are listed, as a table too", async () => {
  assert.match(await tell("users"), /Users: 1\.\nromeo@example\.test: romeo, owner, connected/)
  const answer = await command(`${nsAdmin}#get-registered-users-list`)
  assert.equal(answer.attrs["status"], "completed")
  assert.equal(answer.getChild("x", "jabber:x:data")?.getChild("item")?.getChild("field")?.getChildText("value"), "romeo@example.test")
})

test("whoever is shut out gets errors for all they send, until the rule is forgotten", async () => {
  const blacklist = await command(`${nsAdmin}#edit-blacklist`)
  assert.equal(blacklist.attrs["status"], "executing")
  const done = await command(`${nsAdmin}#edit-blacklist`, boss, blacklist.attrs["sessionid"], { blacklistjids: ["romeo@example.test"] })
  assert.match(done.toString(), /The list has 1 entries now/)
  assert.deepEqual((await errorOf(play.say(romeo, "juliet", "let me in"))).slice(0, 2), ["auth", "not-allowed"])
  const ping = await play.server.ask(`<iq type='get' from='${romeo}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  assert.equal(ping.attrs["type"], "error")
  // It is kept.
  await play.away(() => undefined)
  assert.deepEqual((await errorOf(play.say(romeo, "juliet", "let me in"))).slice(0, 2), ["auth", "not-allowed"])
  assert.match(await tell("shut-out example.test"), /would shut out yourself/)
  assert.match(await tell("rules"), /Shut out: romeo@example.test \(boss@example.test/)
  assert.match(await tell("forget-rule romeo@example.test"), /on no list any more/)
  await play.receipt(play.say(romeo, "juliet", "here I am"))
  const log = await tell("audit blacklist")
  assert.equal(log, "Nothing is written there.")
  assert.match(
    await tell("audit romeo@example.test"),
    /boss@example\.test: rule forgotten \{"scope":"jid","pattern":"romeo@example\.test"\}/,
  )
})

test("a faster talker is told when to come back, a longer one how much is taken", async () => {
  const long = await errorOf(play.say(romeo, "juliet", "x".repeat(51)))
  assert.deepEqual(long, [
    "modify",
    "policy-violation",
    "Not sent: 51 characters are more than the 50 that this gateway takes in one message.",
  ])
  const ids = ["a", "b", "c", "d"].map((text) => play.say(romeo, "juliet", text))
  // One of the three was used before, and comes back by and by.
  const [type, condition, text] = await errorOf(ids[3] ?? "")
  assert.deepEqual([type, condition], ["wait", "policy-violation"])
  assert.match(text ?? "", /Send it again in \d+ s\./)
})

test("what the network would not take though it took all else can be tried again", async () => {
  for (const id of ["nurse", "tybalt"]) play.network.person({ id, name: id })
  broken.on = true
  const id = play.say(romeo, "nurse", "Nurse!")
  await within(broken.met, 15_000, "the first failure")
  await play.receipt(play.say(romeo, "tybalt", "Ho!"))
  assert.deepEqual((await errorOf(id)).slice(0, 1), ["wait"])
  const listed = await tell("dead-letters")
  assert.match(listed, /^\S+: send of romeo@example\.test\/orchard, .* after 5 attempts: The nurse sleeps\.$/)
  broken.on = false
  assert.match(await tell("retry all"), /Done with 1 letters/)
  await play.receipt(id)
  assert.equal(await tell("dead-letters"), "There are no dead letters.")
})

test("the network is switched off and on, and stays so over restarts", async () => {
  assert.match(await tell("network off"), /is off/)
  const id = play.say(romeo, "juliet", "anybody?")
  assert.deepEqual((await errorOf(id)).slice(0, 2), ["wait", "service-unavailable"])
  await play.stop()
  await play.start()
  assert.match(await tell("users"), /not connected|switched off/i)
  assert.match(await tell("network on"), /is on again/)
  await play.network.account("romeo").whenAttached()
})

test("everybody hears an announcement; where a message is, only its author and administrators", async () => {
  assert.match(await tell("announce The show begins."), /1 users are told/)
  await play.server.expect((el) => el.attrs.to === "romeo@example.test" && el.getChildText("body") === "The show begins.")
  const [sent] = play.network.sent.list({ kind: "send" }).slice(-1)
  assert.match(
    await tell(`where ${sent?.id}`),
    new RegExp(`by romeo@example.test/orchard, chat with juliet\\.\nThe network has it as ${sent?.id}\\.`),
  )
  assert.match(await tell(`where ${sent?.id}`, "paris@example.test/hall"), /not yours/)
})

test("a person is erased: words, places, contacts", async () => {
  await play.room({ room: "g1" })
  play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me!" })
  await play.drained()
  const id = "erase-person juliet"
  await tell(id)
  assert.match(await tell("yes"), /Erased: 1 messages in 1 rooms, 1 chats, 1 contacts/)
  await play.empty("SELECT 1 FROM contact WHERE legacy_id = 'juliet'")
  await play.empty("SELECT 1 FROM archive WHERE op LIKE '%Ay me%'")
})

test("a user is removed with all that is theirs", async () => {
  const begun = await command(`${nsAdmin}#delete-user`)
  const asked = await command(`${nsAdmin}#delete-user`, boss, begun.attrs["sessionid"], { accountjids: ["Romeo@example.test"] })
  const done = await command(`${nsAdmin}#delete-user`, boss, asked.attrs["sessionid"], { sure: ["yes"] })
  assert.match(done.toString(), /romeo@example\.test was removed/)
  await play.empty("SELECT 1 FROM link")
})
