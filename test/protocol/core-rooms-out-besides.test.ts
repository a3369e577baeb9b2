// Retractions, private words, typing; who leaves in the middle of it; a stream that was down.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { standard, type SentRecord } from "xferry-adapter-loopback"
import type { Play, PlayOptions } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"
import { mercutio, romeo, TalkStage, variant, without } from "../support/talk-stage.js"

let stage: TalkStage
let play: Play
let room: string
afterEach(() => play.close())

async function own(options?: PlayOptions): Promise<void> {
  stage = await TalkStage.own(options)
  ;({ play, room } = stage)
}

async function shared(options?: PlayOptions): Promise<void> {
  stage = await TalkStage.shared(options)
  ;({ play, room } = stage)
}

describe("taking back", () => {
  const parts = { send: { ...standard.send, maxChars: 10 } }

  test("one's own message, all parts of it", async () => {
    await own({ adapter: variant(parts) })
    const said = await play.roomSaid(romeo, room, "one two three four")
    await play.muc.answered(romeo, room, stage.retract(romeo, stanzaId(said)))
    const sent = await play.told("send", 2)
    assert.deepEqual(
      (await play.told("retract", 2)).map(({ id }) => id),
      sent.map(({ id }) => id),
    )
    assert.deepEqual(stage.archived(), [
      { k: "said", text: "" },
      { k: "retracted", text: null },
    ])
    // Once is enough.
    stage.retract(romeo, stanzaId(said))
    await play.roomSaid(romeo, room, "five")
    assert.equal(stage.archived().length, 3)
    await play.empty("SELECT id FROM outbox")
  })

  test("one's own message by what its client called it; nobody else's so", async () => {
    await shared()
    const said = await play.roomSaid(romeo, room, "Hm")
    const id = said.attrs["id"]!
    assert.notEqual(id, stanzaId(said))
    assert.equal((await stage.refusal(mercutio, stage.retract(mercutio, id))).condition, "item-not-found")
    const told = await play.muc.answered(romeo, room, stage.retract(romeo, id))
    assert.equal(told.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"], stanzaId(said))
    assert.equal((await play.told("retract", 1)).length, 1)
  })

  test("a moderator somebody else's, with the reason; nobody else", async () => {
    await own()
    const hers = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(romeo, room, "Ay me")
    assert.equal((await stage.refusal(romeo, stage.retract(romeo, stanzaId(heard)))).condition, "forbidden")
    const done = await stage.moderate(romeo, stanzaId(heard))
    assert.equal(done.attrs["type"], "result", done.toString())
    const [record] = await play.told("retract", 1)
    assert.deepEqual([record?.id, record?.text], [hers, "rude"])
    const unknown = await stage.moderate(romeo, "unknown")
    assert.ok(unknown.getChild("error")?.getChild("item-not-found"), unknown.toString())
  })

  test("not what is too old, and nothing where the network cannot", async () => {
    await own({ adapter: variant({ retract: { withinSeconds: -1 } }) })
    const said = await play.roomSaid(romeo, room, "one")
    assert.equal((await stage.refusal(romeo, stage.retract(romeo, stanzaId(said)))).condition, "not-allowed")
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(romeo, room, "Ay me")
    assert.ok((await stage.moderate(romeo, stanzaId(heard))).getChild("error")?.getChild("feature-not-implemented"))
    await play.close()
    await own({ adapter: without("retract") })
    const other = await play.roomSaid(romeo, room, "one")
    assert.equal((await stage.refusal(romeo, stage.retract(romeo, stanzaId(other)))).condition, "feature-not-implemented")
    assert.deepEqual(play.network.sent.list({ kind: "retract" }), [])
  })

  test("what the network keeps all the same is told to who wanted it back, and stays", async () => {
    await own()
    const said = await play.roomSaid(romeo, room, "one")
    play.network.fault({ kind: "denied", on: "retract", text: "It stays." })
    const id = stage.retract(romeo, stanzaId(said))
    assert.deepEqual(await stage.refusal(romeo, id), { condition: "forbidden", text: "It stays." })
    assert.deepEqual(stage.archived(), [{ k: "said", text: "one" }])
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
    assert.deepEqual(await stage.texts(1), ["three"])
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
