// What users say in rooms: to the network and back to the room, with corrections, answers, retractions, and everything that is refused.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { afterEach, beforeEach, describe, test } from "node:test"
import { loopback, standard, type SentRecord } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Play, type PlayOptions } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"

const romeo = "romeo@example.test/orchard"
const phone = "romeo@example.test/phone"
const mercutio = "mercutio@example.test/street"

let play: Play
let room: string
afterEach(() => play.close())

/** Of romeo's own account. */
async function own(options: PlayOptions = {}): Promise<void> {
  play = await Play.open(options)
  await play.register(romeo)
  room = await play.room({ members: ["juliet"] })
  await play.join(romeo, room, "Romeo")
}

/** Of an account of the configuration: romeo and mercutio share it. */
async function shared(options: PlayOptions = {}): Promise<void> {
  play = await Play.open({ ...options, accounts: { main: { "*": ["*"] } } })
  room = await play.room({ account: "main", members: ["juliet"] }, "main")
  await play.join(romeo, room, "Romeo")
  await play.join(mercutio, room, "Mercutio")
}

const variant = (change: object): AnyAdapter => loopback({ ...standard, ...change })
const without = (...keys: (keyof typeof standard)[]): AnyAdapter =>
  loopback(Object.fromEntries(Object.entries(standard).filter(([key]) => !(keys as string[]).includes(key))) as typeof standard)

async function texts(count: number): Promise<(string | undefined)[]> {
  return (await play.told("send", count)).map(({ text }) => text)
}

/** The error that comes for this stanza. */
async function refusal(to: string, id: string): Promise<{ condition: string; text: string }> {
  const answer = await play.muc.answered(to, room, id, "error")
  const error = answer.getChild("error")
  const [condition, text] = error?.getChildElements() ?? []
  return { condition: condition?.name ?? "", text: text?.getText() ?? "" }
}

function retract(from: string, target: string, id: string = randomUUID()): string {
  play.server.send(
    `<message from='${from}' to='${room}' type='groupchat' id='${id}'><retract id='${target}' xmlns='urn:xmpp:message-retract:1'/></message>`,
  )
  return id
}

function moderate(from: string, target: string): Promise<Element> {
  return play.server.ask(
    `<iq type='set' from='${from}' to='${room}'><moderate id='${target}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/><reason>rude</reason></moderate></iq>`,
  )
}

const archived = (): { k: string; text: string | null }[] =>
  play.rows("SELECT op ->> '$.k' AS k, op ->> '$.text' AS text FROM archive WHERE kind > 0 ORDER BY pos")

describe("saying", () => {
  test("is reflected when the network has it, by the sender's id and ours", async () => {
    await own()
    const said = await play.roomSaid(romeo, room, "She speaks")
    assert.deepEqual(await texts(1), ["She speaks"])
    assert.deepEqual(play.rows("SELECT id, xmpp_id, legacy_id FROM message"), [
      { id: stanzaId(said), xmpp_id: said.attrs["id"], legacy_id: "1" },
    ])
    await play.empty("SELECT id FROM outbox")
  })

  test("the order of arrival is kept, also past corrections and answers that must be looked up", async () => {
    await own()
    const first = await play.roomSaid(romeo, room, "0")
    const ids = Array.from({ length: 12 }, (_, i) =>
      play.roomSay(
        romeo,
        room,
        String(i + 1),
        i % 3 === 1 ? { reply: stanzaId(first) } : i % 3 === 2 ? { replaces: first.attrs["id"]! } : {},
      ),
    )
    for (const id of ids) await play.muc.answered(romeo, room, id)
    assert.deepEqual(
      archived().map(({ text }) => text),
      Array.from({ length: 13 }, (_, i) => String(i)),
    )
    const told = play.network.sent.list({}).map(({ text }) => text)
    assert.deepEqual(
      told,
      Array.from({ length: 13 }, (_, i) => String(i)),
    )
  })

  test("of several users the network reads who speaks, also in corrections and in long texts once", async () => {
    await shared({ adapter: variant({ send: { ...standard.send, maxChars: 20 } }) })
    const first = await play.roomSaid(romeo, room, "Good morrow")
    await play.roomSaid(mercutio, room, "Signior Romeo, bon jour")
    await play.roomSaid(romeo, room, "Good day", { replaces: first.attrs["id"]! })
    assert.deepEqual(await texts(3), ["Romeo: Good morrow", "Mercutio: Signior ", "Romeo, bon jour"])
    assert.deepEqual(
      (await play.told("edit", 1)).map(({ text }) => text),
      ["Romeo: Good day"],
    )
    // Here everybody has a nick.
    assert.deepEqual(
      archived().map(({ text }) => text),
      ["Good morrow", "Signior Romeo, bon jour", "Good day"],
    )
  })

  test("where the network speaks under their names the text stays as it is", async () => {
    await shared({ adapter: variant({ send: { ...standard.send, impersonate: "name" } }) })
    await play.roomSaid(mercutio, room, "Signior Romeo")
    const [record] = await play.told("send", 1)
    assert.equal(record?.text, "Signior Romeo")
    assert.equal(record.as, "Mercutio")
  })

  test("what the network refuses is told to its author alone, and nobody saw it", async () => {
    await shared()
    play.network.fault({ kind: "rejected", text: "No such words." })
    const id = play.roomSay(romeo, room, "Zounds")
    assert.deepEqual(await refusal(romeo, id), { condition: "not-acceptable", text: "No such words." })
    await play.roomSaid(mercutio, room, "Peace")
    assert.deepEqual(
      archived().map(({ text }) => text),
      ["Peace"],
    )
    assert.equal(
      play.server.received.some((el) => el.attrs["to"] === mercutio && el.attrs["id"] === id),
      false,
    )
    await play.empty("SELECT id FROM outbox")
  })

  test("said again after a reconnect it is the same message, said again to that client alone", async () => {
    await shared()
    const id = randomUUID()
    const said = await play.roomSaid(romeo, room, "Good morrow", { id })
    await play.roomSaid(mercutio, room, "Well met")
    const again = await play.roomSaid(romeo, room, "Good morrow", { id })
    assert.equal(stanzaId(again), stanzaId(said))
    assert.deepEqual(await texts(2), ["Romeo: Good morrow", "Mercutio: Well met"])
    await play.sync()
    assert.equal(play.server.received.filter((el) => el.attrs["to"] === mercutio && el.attrs["id"] === id).length, 1)
    await play.empty("SELECT id FROM outbox")
  })

  test("its echo is no other message: neither at once, nor in the history after a restart in the middle of a call", async () => {
    await own()
    play.network.rooms.echo = true
    await play.roomSaid(romeo, room, "one")
    play.network.rooms.say({ room: "g1", from: "juliet", text: "two" })
    await play.muc.heard(romeo, room, "two")
    play.network.fault({ kind: "hang", processed: true })
    play.roomSay(romeo, room, "three")
    await play.told("send", 2)
    await play.away(() => void play.network.rooms.say({ room: "g1", from: "juliet", text: "four" }))
    await play.told("repeat", 1)
    await play.drained()
    await play.empty("SELECT id FROM outbox")
    const found = archived().map(({ text }) => text)
    assert.deepEqual([...found].sort(), ["four", "one", "three", "two"])
    assert.deepEqual(found.slice(0, 2), ["one", "two"])
  })

  test("without a voice, out of the group, or with the account logged out nothing is said", async () => {
    await own()
    play.network.rooms.member({ room: "g1", user: "romeo", change: "changed", role: "muted" })
    await play.drained()
    await play.server.expect((el) => el.name === "presence" && el.attrs["to"] === romeo && /visitor/.test(el.toString()))
    assert.equal((await refusal(romeo, play.roomSay(romeo, room, "I"))).condition, "forbidden")
    play.network.rooms.member({ room: "g1", user: "romeo", change: "changed", role: "member" })
    await play.server.expect((el) => el.name === "presence" && el.attrs["to"] === romeo && /participant/.test(el.toString()))
    await play.roomSaid(romeo, room, "am heard")
    play.network.account("romeo").logOut()
    await play.server.expect((el) => el.name === "message" && (el.getChildText("body") ?? "").includes("no longer valid"))
    assert.equal((await refusal(romeo, play.roomSay(romeo, room, "again"))).condition, "registration-required")
    assert.deepEqual(
      archived().map(({ text }) => text),
      ["am heard"],
    )
  })
})

describe("correcting", () => {
  test("changes the network's message; only one's own, by any of one's clients", async () => {
    await shared()
    await play.join(phone, room, "Romeo")
    const first = await play.roomSaid(romeo, room, "teh")
    const corrected = await play.roomSaid(phone, room, "the", { replaces: first.attrs["id"]! })
    assert.equal(corrected.getChild("replace")?.attrs["id"], first.attrs["id"])
    // Corrects the correction: it is about the first.
    const twice = await play.roomSaid(phone, room, "The", { replaces: corrected.attrs["id"]! })
    assert.equal(twice.getChild("replace")?.attrs["id"], first.attrs["id"])
    const foreign = await play.roomSaid(mercutio, room, "mine", { replaces: first.attrs["id"]! })
    assert.equal(foreign.getChild("replace"), undefined)
    assert.equal(foreign.getChildText("body"), "✎ mine")
    assert.deepEqual(
      (await play.told("edit", 2)).map(({ id, text }) => ({ id, text })),
      [
        { id: "1", text: "Romeo: the" },
        { id: "1", text: "Romeo: The" },
      ],
    )
    assert.deepEqual(await texts(2), ["Romeo: teh", "Mercutio: ✎ mine"])
  })

  test("too late for the network it is a new message, for everybody", async () => {
    await own({ adapter: variant({ edit: { withinSeconds: -1 } }) })
    const first = await play.roomSaid(romeo, room, "teh")
    const second = await play.roomSaid(romeo, room, "the", { replaces: first.attrs["id"]! })
    assert.equal(second.getChildText("body"), "✎ the")
    assert.equal(second.getChild("replace"), undefined)
    assert.deepEqual(await texts(2), ["teh", "✎ the"])
  })

  test("what still waits changes where it waits, and the room sees both", async () => {
    await own()
    play.network.fault({ kind: "retry", retryAfterMs: 200 })
    const first = play.roomSay(romeo, room, "one")
    const second = play.roomSay(romeo, room, "tow")
    await play.roomSaid(romeo, room, "two", { replaces: second })
    assert.deepEqual(await texts(2), ["one", "two"])
    assert.deepEqual(
      archived().map(({ text }) => text),
      ["one", "tow", "two"],
    )
    await play.muc.answered(romeo, room, first)
    await play.empty("SELECT id FROM outbox")
  })
})

describe("answering", () => {
  test("points the network to what is answered: what they said, and what we said", async () => {
    await own()
    const hers = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(romeo, room, "Ay me")
    const said = await play.roomSaid(romeo, room, "She speaks", { reply: stanzaId(heard) })
    const reply = said.getChild("reply", "urn:xmpp:reply:0")
    assert.equal(reply?.attrs["id"], stanzaId(heard))
    // By what its author's client called it.
    await play.roomSaid(romeo, room, "O speak again", { reply: said.attrs["id"]! })
    const records = await play.told("send", 2)
    assert.deepEqual(
      records.map(({ text, reply: to }) => [text, to]),
      [
        ["She speaks", hers],
        ["O speak again", records[0]?.id],
      ],
    )
  })

  test("quotes where the network knows no answers, before who speaks", async () => {
    await shared({ adapter: without("reply") })
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(mercutio, room, "Ay me")
    await play.roomSaid(mercutio, room, "Hm", { reply: stanzaId(heard) })
    assert.deepEqual(await texts(1), ["> Ay me\nMercutio: Hm"])
  })

  test("quotes what only the room knows, and what has lost its id", async () => {
    await own()
    play.network.rooms.notice({ room: "g1", text: "Pinned" })
    const notice = await play.muc.heard(romeo, room, "ℹ Pinned")
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(romeo, room, "Ay me")
    await play.roomSaid(romeo, room, "I see", { reply: stanzaId(notice) })
    play.network.rooms.move({ room: "g1", to: "g2" })
    await play.drained()
    await play.roomSaid(romeo, room, "She speaks", { reply: stanzaId(heard) })
    assert.deepEqual(await texts(2), ["> ℹ Pinned\nI see", "> Ay me\nShe speaks"])
    assert.deepEqual(
      (await play.told("send", 2)).map(({ room: to }) => to),
      ["g1", "g2"],
    )
  })

  test("and what has lost its id is neither corrected nor taken back as if it were there", async () => {
    await own()
    const said = await play.roomSaid(romeo, room, "teh")
    play.network.rooms.move({ room: "g1", to: "g2" })
    await play.drained()
    await play.roomSaid(romeo, room, "the", { replaces: said.attrs["id"]! })
    assert.deepEqual(await texts(2), ["teh", "✎ the"])
    assert.equal((await refusal(romeo, retract(romeo, stanzaId(said)))).condition, "item-not-found")
  })
})

describe("taking back", () => {
  const parts = { send: { ...standard.send, maxChars: 10 } }

  test("one's own message, all parts of it", async () => {
    await own({ adapter: variant(parts) })
    const said = await play.roomSaid(romeo, room, "one two three four")
    await play.muc.answered(romeo, room, retract(romeo, stanzaId(said)))
    const sent = await play.told("send", 2)
    assert.deepEqual(
      (await play.told("retract", 2)).map(({ id }) => id),
      sent.map(({ id }) => id),
    )
    assert.deepEqual(archived(), [
      { k: "said", text: "" },
      { k: "retracted", text: null },
    ])
    // Once is enough.
    retract(romeo, stanzaId(said))
    await play.roomSaid(romeo, room, "five")
    assert.equal(archived().length, 3)
    await play.empty("SELECT id FROM outbox")
  })

  test("a moderator somebody else's, with the reason; nobody else", async () => {
    await own()
    const hers = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(romeo, room, "Ay me")
    assert.equal((await refusal(romeo, retract(romeo, stanzaId(heard)))).condition, "forbidden")
    const done = await moderate(romeo, stanzaId(heard))
    assert.equal(done.attrs["type"], "result", done.toString())
    const [record] = await play.told("retract", 1)
    assert.deepEqual([record?.id, record?.text], [hers, "rude"])
    const unknown = await moderate(romeo, "unknown")
    assert.ok(unknown.getChild("error")?.getChild("item-not-found"), unknown.toString())
  })

  test("not what is too old, and nothing where the network cannot", async () => {
    await own({ adapter: variant({ retract: { withinSeconds: -1 } }) })
    const said = await play.roomSaid(romeo, room, "one")
    assert.equal((await refusal(romeo, retract(romeo, stanzaId(said)))).condition, "not-allowed")
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(romeo, room, "Ay me")
    assert.ok((await moderate(romeo, stanzaId(heard))).getChild("error")?.getChild("feature-not-implemented"))
    await play.close()
    await own({ adapter: without("retract") })
    const other = await play.roomSaid(romeo, room, "one")
    assert.equal((await refusal(romeo, retract(romeo, stanzaId(other)))).condition, "feature-not-implemented")
    assert.deepEqual(play.network.sent.list({ kind: "retract" }), [])
  })

  test("what the network keeps all the same is told to who wanted it back, and stays", async () => {
    await own()
    const said = await play.roomSaid(romeo, room, "one")
    play.network.fault({ kind: "denied", on: "retract", text: "It stays." })
    const id = retract(romeo, stanzaId(said))
    assert.deepEqual(await refusal(romeo, id), { condition: "forbidden", text: "It stays." })
    assert.deepEqual(archived(), [{ k: "said", text: "one" }])
  })
})

describe("besides", () => {
  test("a private word to one of theirs goes the way of a direct message; not from the gateway's account", async () => {
    await own()
    play.network.person({ id: "juliet", name: "Juliet" })
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    await play.muc.heard(romeo, room, "Ay me")
    play.server.send(`<message from='${romeo}' to='${room}/Juliet' type='chat' id='w1'><body>psst</body></message>`)
    const [record] = await play.told("send", 1)
    assert.deepEqual([record?.to, record?.text], ["juliet", "psst"])
    await play.close()
    await shared()
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(romeo, room, "Ay me")
    const nick = (heard.attrs["from"] ?? "").split("/")[1]
    play.server.send(`<message from='${romeo}' to='${room}/${nick}' type='chat' id='w2'><body>psst</body></message>`)
    const refused = await play.server.expect((el) => el.attrs["id"] === "w2" && el.attrs["type"] === "error")
    assert.ok(refused.getChild("error")?.getChild("not-allowed"), refused.toString())
    assert.deepEqual(play.network.sent.list({}), [])
  })

  test("typing is told, and ends", async () => {
    await own()
    const state = (name: string): void =>
      play.server.send(
        `<message from='${romeo}' to='${room}' type='groupchat'><${name} xmlns='http://jabber.org/protocol/chatstates'/></message>`,
      )
    state("composing")
    await play.told("typing", 1)
    state("paused")
    const told = await play.told("typing", 2)
    assert.deepEqual(
      told.map(({ room: where, active }: SentRecord) => [where, active]),
      [
        ["g1", true],
        ["g1", false],
      ],
    )
  })

  test("whoever leaves the gateway leaves nothing behind, whatever was under way in rooms", async () => {
    await own()
    play.network.fault({ kind: "hang" })
    play.roomSay(romeo, room, "one")
    play.roomSay(romeo, room, "two")
    await play.empty("SELECT 1 WHERE (SELECT count(*) FROM outbox) < 2 OR NOT EXISTS (SELECT 1 FROM outbox WHERE state = 'sending')")
    await play.sync()
    assert.equal((await play.unregister(romeo)).attrs["type"], "result")
    assert.deepEqual(play.rows("SELECT * FROM outbox"), [])
    assert.deepEqual(play.rows("SELECT * FROM conversation"), [])
    await play.register(romeo)
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    await play.drained()
    await play.join(romeo, room, "Romeo")
    await play.roomSaid(romeo, room, "three")
    assert.deepEqual(await texts(1), ["three"])
  })
})

describe("a stream that is down", () => {
  beforeEach(() => own())

  test("what was not confirmed is written again, in order and with the same ids", async () => {
    await play.server.down()
    for (const text of ["one", "two", "three"]) play.network.rooms.say({ room: "g1", from: "juliet", text })
    await play.drained()
    const from = play.server.received.length
    await play.server.up()
    await play.muc.heard(romeo, room, "three")
    const heard = play.server.received.slice(from).flatMap((el) => (el.attrs["to"] === romeo ? (el.getChildText("body") ?? []) : []))
    assert.deepEqual(heard, ["one", "two", "three"])
    await play.empty("SELECT id FROM outbox")
  })
})
