// A network that is slow or away: the room's users see each other all the same, are told so once, and nothing is ever shown twice.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Play, type PlayOptions } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"
import { quickClock } from "../support/quick-clock.js"

const romeo = "romeo@example.test/orchard"
const mercutio = "mercutio@example.test/street"
const away = /^ℹ Loopback does not answer at the moment/

let play: Play
let room: string
afterEach(() => play.close())

async function open(options: PlayOptions = {}): Promise<void> {
  play = await Play.open({ ...options, seams: { clock: quickClock }, accounts: { main: { "*": ["*"] } } })
  room = await play.room({ account: "main", members: ["juliet"] }, "main")
  await play.join(romeo, room, "Romeo")
  await play.join(mercutio, room, "Mercutio")
}

interface Entry {
  id: string
  text: string | null
  target: string | null
}

const archived = (): Entry[] =>
  play.rows(
    "SELECT id, CASE op ->> '$.k' WHEN 'said' THEN op ->> '$.text' END AS text, op ->> '$.target' AS target FROM archive WHERE kind > 0 ORDER BY pos",
  )

/** Everything a client heard, once for each stanza id. */
function heard(to: string): string[] {
  const seen = new Map<string, string>()
  for (const el of play.server.received) {
    if (el.name !== "message" || el.attrs["type"] !== "groupchat" || el.attrs["to"] !== to) continue
    const text = el.getChildText("body")
    if (text !== null) seen.set(stanzaId(el), text)
  }
  return [...seen.values()]
}

describe("while the network does not answer", () => {
  beforeEach(() => open())

  test("what is said is seen in the order it was said, the room says why, and the network gets it later, once", async () => {
    play.network.fault({ kind: "hang" })
    const ids = ["one", "two", "three"].map((text) => play.roomSay(romeo, room, text))
    const seen = []
    for (const id of ids) seen.push(stanzaId(await play.muc.answered(mercutio, room, id)))
    assert.deepEqual(play.network.sent.list({}), [])
    const texts = archived().map(({ text }) => text ?? "")
    assert.deepEqual(
      texts.filter((text) => !away.test(text)),
      ["one", "two", "three"],
    )
    assert.equal(texts.filter((text) => away.test(text)).length, 1)
    play.network.account("main").cut()
    await play.told("send", 3)
    assert.deepEqual(
      play.network.sent.list({}).map(({ text }) => text),
      ["Romeo: one", "Romeo: two", "Romeo: three"],
    )
    // What comes now comes behind it, and nothing came twice.
    await play.roomSaid(romeo, room, "four")
    assert.deepEqual(
      heard(mercutio).filter((text) => !away.test(text)),
      ["one", "two", "three", "four"],
    )
    for (const [i, id] of ids.entries()) {
      const mine = play.server.received.filter((el) => el.attrs["id"] === id && el.attrs["to"] === romeo)
      assert.deepEqual(mine.map(stanzaId), [seen[i]])
    }
    assert.deepEqual(play.rows("SELECT id FROM message WHERE xmpp_id IS NOT NULL AND legacy_id IS NULL"), [])
    await play.empty("SELECT id FROM outbox")
  })

  test("a refusal that comes later is told to the author and taken back before everybody", async () => {
    play.network.fault({ kind: "retry", retryAfterMs: 800 })
    play.network.fault({ kind: "rejected", text: "No such words." })
    const id = play.roomSay(romeo, room, "Zounds")
    const seen = stanzaId(await play.muc.answered(mercutio, room, id))
    const error = await play.muc.answered(romeo, room, id, "error")
    assert.equal(error.getChild("error")?.getChildText("text"), "No such words.")
    const back = await play.server.expect((el) => el.attrs["to"] === mercutio && el.getChild("retract") !== undefined)
    assert.equal(back.getChild("retract")?.attrs["id"], seen)
    assert.equal(
      archived().some(({ text }) => text === "Zounds"),
      false,
    )
    assert.equal(archived().at(-1)?.target, seen)
    // When it is said again, it is another message.
    await play.roomSaid(romeo, room, "Zounds", { id })
    assert.deepEqual(
      (await play.told("send", 1)).map(({ text }) => text),
      ["Romeo: Zounds"],
    )
    await play.empty("SELECT id FROM outbox")
  })

  test("corrections and retractions are seen as well, and what never left is taken back without the network", async () => {
    play.network.fault({ kind: "hang" })
    const hung = play.roomSay(romeo, room, "one")
    const waits = play.roomSay(romeo, room, "two")
    await play.muc.answered(mercutio, room, hung)
    const second = stanzaId(await play.muc.answered(mercutio, room, waits))
    const correction = play.roomSay(romeo, room, "One", { replaces: hung })
    const corrected = await play.muc.answered(mercutio, room, correction)
    assert.equal(corrected.getChild("replace")?.attrs["id"], hung)
    play.server.send(
      `<message from='${romeo}' to='${room}' type='groupchat' id='back'><retract id='${second}' xmlns='urn:xmpp:message-retract:1'/></message>`,
    )
    await play.muc.answered(mercutio, room, "back")
    play.network.account("main").cut()
    await play.roomSaid(romeo, room, "three")
    await play.told("send", 2)
    assert.deepEqual(
      play.network.sent.list({}).map(({ kind, text }) => `${kind} ${text}`),
      ["send Romeo: one", "edit Romeo: One", "send Romeo: three"],
    )
    assert.deepEqual(
      archived().flatMap(({ text }) => (text === null || away.test(text) ? [] : text)),
      ["one", "", "One", "three"],
    )
    await play.empty("SELECT id FROM outbox")
  })

  test("it is said again only after the network has answered", async () => {
    play.network.fault({ kind: "hang" })
    for (const text of ["one", "two"]) await play.muc.answered(mercutio, room, play.roomSay(romeo, room, text))
    await play.muc.answered(mercutio, room, play.roomSay(mercutio, room, "three"))
    assert.equal(heard(romeo).filter((text) => away.test(text)).length, 1)
    assert.ok(archived().findIndex(({ text }) => away.test(text ?? "")) === 1, JSON.stringify(archived()))
  })
})

test("what waits at a start and is old is seen at once; where the account is down the room is told why", async () => {
  let refuse = false
  const plain = loopback(standard) as AnyAdapter
  const adapter: AnyAdapter = {
    ...plain,
    connect: (...args) => (refuse ? Promise.reject(new Error("no route")) : plain.connect(...args)),
  }
  await open({ adapter })
  refuse = true
  play.network.fault({ kind: "hang", times: 2 })
  const id = play.roomSay(romeo, room, "one")
  await play.sync()
  await play.stop()
  assert.deepEqual(archived(), [])
  await play.start()
  const entry = await play.join(romeo, room, "Romeo")
  const late = entry.history.find((el) => el.attrs["id"] === id) ?? (await play.muc.answered(romeo, room, id))
  assert.equal(late.getChildText("body"), "one")
  const isNotice = (el: Element): boolean => away.test(el.getChildText("body") ?? "")
  const notice = entry.history.find(isNotice) ?? (await play.server.expect(isNotice))
  assert.match(notice.getChildText("body") ?? "", /Not connected to Loopback/)
  refuse = false
})
