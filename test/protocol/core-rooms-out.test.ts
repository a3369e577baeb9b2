// What users say in rooms: to the network and back to the room, with corrections and answers, and everything that is refused.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { afterEach, describe, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { NetworkEvent } from "#src/adapter/contract.js"
import type { AnyAdapter, AnySession } from "#src/adapter/define.js"
import type { Play, PlayOptions } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"
import { mercutio, phone, romeo, TalkStage, variant, without } from "../support/talk-stage.js"

const plain = loopback(standard) as AnyAdapter

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

/** Its echoes bear no key, as with networks that have none. */
const keyless: AnyAdapter = {
  ...plain,
  connect: async (secret, options, host) => {
    const bare = <E extends NetworkEvent>(event: E): E => ({ ...event, key: undefined })
    const session = (await plain.connect(secret, options, { ...host, emit: (event) => host.emit(bare(event)) })) as AnySession
    const history: AnySession["history"] = async (query, signal) => {
      const page = (await session.history?.(query, signal)) ?? { items: [], more: false }
      return { ...page, items: page.items.map(bare) }
    }
    return { ...session, history }
  },
}

describe("saying", () => {
  test("is reflected when the network has it, by the sender's id and ours", async () => {
    await own()
    const said = await play.roomSaid(romeo, room, "She speaks")
    assert.deepEqual(await stage.texts(1), ["She speaks"])
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
      stage.archivedTexts(),
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
    assert.deepEqual(await stage.texts(3), ["Romeo: Good morrow", "Mercutio: Signior ", "Romeo, bon jour"])
    assert.deepEqual(
      (await play.told("edit", 1)).map(({ text }) => text),
      ["Romeo: Good day"],
    )
    // Here everybody has a nick.
    assert.deepEqual(stage.archivedTexts(), ["Good morrow", "Signior Romeo, bon jour", "Good day"])
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
    assert.deepEqual(await stage.refusal(romeo, id), { condition: "not-acceptable", text: "No such words." })
    await play.roomSaid(mercutio, room, "Peace")
    assert.deepEqual(stage.archivedTexts(), ["Peace"])
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
    assert.deepEqual(await stage.texts(2), ["Romeo: Good morrow", "Mercutio: Well met"])
    await play.sync()
    assert.equal(play.server.received.filter((el) => el.attrs["to"] === mercutio && el.attrs["id"] === id).length, 1)
    await play.empty("SELECT id FROM outbox")
  })

  for (const how of ["with its key", "without a key"])
    test(`its echo ${how} is no other message: neither at once, nor in the history after a restart in the middle of a call`, async () => {
      await own(how === "with its key" ? {} : { adapter: keyless })
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
      const found = stage.archivedTexts()
      assert.deepEqual([...found].sort(), ["four", "one", "three", "two"])
      assert.deepEqual(found.slice(0, 2), ["one", "two"])
      // By who said it, not by the account that carried it.
      const speakers = play.rows<{ nick: string }>("SELECT DISTINCT op ->> '$.by.nick' AS nick FROM archive WHERE kind > 0 ORDER BY nick")
      assert.deepEqual(speakers.map(({ nick }) => nick), ["Romeo", "juliet"]) // prettier-ignore
    })

  test("without a voice, out of the group, or with the account logged out nothing is said", async () => {
    await own()
    play.network.rooms.member({ room: "g1", user: "romeo", change: "changed", role: "muted" })
    await play.drained()
    await play.server.expect((el) => el.name === "presence" && el.attrs["to"] === romeo && /visitor/.test(el.toString()))
    assert.equal((await stage.refusal(romeo, play.roomSay(romeo, room, "I"))).condition, "forbidden")
    play.network.rooms.member({ room: "g1", user: "romeo", change: "changed", role: "member" })
    await play.server.expect((el) => el.name === "presence" && el.attrs["to"] === romeo && /participant/.test(el.toString()))
    await play.roomSaid(romeo, room, "am heard")
    play.network.account("romeo").logOut()
    await play.server.expect((el) => el.name === "message" && (el.getChildText("body") ?? "").includes("no longer valid"))
    assert.equal((await stage.refusal(romeo, play.roomSay(romeo, room, "again"))).condition, "registration-required")
    assert.deepEqual(stage.archivedTexts(), ["am heard"])
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
    assert.deepEqual(await stage.texts(2), ["Romeo: teh", "Mercutio: ✎ mine"])
  })

  test("too late for the network it is a new message, for everybody", async () => {
    await own({ adapter: variant({ edit: { withinSeconds: -1 } }) })
    const first = await play.roomSaid(romeo, room, "teh")
    const second = await play.roomSaid(romeo, room, "the", { replaces: first.attrs["id"]! })
    assert.equal(second.getChildText("body"), "✎ the")
    assert.equal(second.getChild("replace"), undefined)
    assert.deepEqual(await stage.texts(2), ["teh", "✎ the"])
  })

  test("what still waits changes where it waits, and the room sees both", async () => {
    await own()
    play.network.fault({ kind: "retry", retryAfterMs: 200 })
    const first = play.roomSay(romeo, room, "one")
    const second = play.roomSay(romeo, room, "tow")
    await play.roomSaid(romeo, room, "two", { replaces: second })
    assert.deepEqual(await stage.texts(2), ["one", "two"])
    assert.deepEqual(stage.archivedTexts(), ["one", "tow", "two"])
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
    assert.deepEqual(await stage.texts(1), ["> Ay me\nMercutio: Hm"])
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
    assert.deepEqual(await stage.texts(2), ["> ℹ Pinned\nI see", "> Ay me\nShe speaks"])
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
    assert.deepEqual(await stage.texts(2), ["teh", "✎ the"])
    assert.equal((await stage.refusal(romeo, stage.retract(romeo, stanzaId(said)))).condition, "item-not-found")
  })
})
