// The archive of rooms (XEP-0313, XEP-0059), on a real store: filters, ids, tombstones, errors.
import assert from "node:assert/strict"
import { afterEach, beforeEach, test } from "node:test"
import { Turns } from "#src/xmpp/muc/turns.js"
import { ArchiveReader, errorOf, nsMam } from "../support/archive-reader.js"
import { Play } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"

const romeo = "romeo@example.test/orchard"
const mercutio = "mercutio@other.test/phone"

let play: Play
let room: string
let archive: ArchiveReader

beforeEach(async () => {
  play = await Play.open()
  await play.register("romeo@example.test")
  room = await play.room({ members: ["juliet", "nurse"] })
  archive = new ArchiveReader(play.server, romeo, room)
})
afterEach(() => play.close())

/** Said on the network; resolves when it is archived. */
async function said(...words: [string, string, number?][]): Promise<string[]> {
  const ids = words.map(([from, text, at]) => play.network.rooms.say({ room: "g1", from, text, ...(at !== undefined && { at }) }))
  await play.drained()
  return ids
}

const uids = async (): Promise<string[]> => (await archive.page()).results.map(({ uid }) => uid)

test("an archive without anything in it", async () => {
  assert.deepEqual(await archive.page(), {
    results: [],
    texts: [],
    complete: true,
    first: undefined,
    last: undefined,
    index: undefined,
    count: 0,
  })
  assert.deepEqual((await archive.page({ set: "<max>10</max><before/>" })).count, 0)
  const metadata = await archive.get(`<metadata xmlns='${nsMam}'/>`)
  assert.equal(metadata.getChild("metadata", nsMam)?.getChildElements().length, 0)
  assert.deepEqual(await archive.refused({ set: "<after>none</after>" }), ["cancel", "item-not-found"])
})

test("what is in it is told in order, as everybody in the room saw it, to who has not joined", async () => {
  const at = Date.parse("2026-01-02T03:04:05.678Z")
  await said(["juliet", "one", at], ["nurse", "two", at + 1], ["juliet", "three", at + 2])
  const { results, complete, first, last, index, count } = await archive.page()
  assert.deepEqual(
    results.map(({ text, stamp, message }) => [message.attrs["from"], text, stamp]),
    [
      [`${room}/juliet`, "one", "2026-01-02T03:04:05.678Z"],
      [`${room}/nurse`, "two", "2026-01-02T03:04:05.679Z"],
      [`${room}/juliet`, "three", "2026-01-02T03:04:05.680Z"],
    ],
  )
  for (const { uid, message } of results) {
    const mark = message.getChild("stanza-id", "urn:xmpp:sid:0")
    assert.deepEqual(mark?.attrs, { xmlns: "urn:xmpp:sid:0", id: uid, by: room })
    assert.ok(message.getChild("occupant-id", "urn:xmpp:occupant-id:0")?.attrs["id"])
    assert.ok(message.attrs["id"])
  }
  assert.deepEqual([complete, first, last, index, count], [true, results[0]?.uid, results[2]?.uid, 0, 3])
  const metadata = (await archive.get(`<metadata xmlns='${nsMam}'/>`)).getChild("metadata", nsMam)
  assert.deepEqual(metadata?.getChild("start")?.attrs, { id: first, timestamp: "2026-01-02T03:04:05.678Z" })
  assert.deepEqual(metadata?.getChild("end")?.attrs, { id: last, timestamp: "2026-01-02T03:04:05.680Z" })
})

test("the form names every field, and none is required", async () => {
  const x = (await archive.get(`<query xmlns='${nsMam}'/>`)).getChild("query", nsMam)?.getChild("x", "jabber:x:data")
  assert.equal(x?.attrs["type"], "form")
  assert.deepEqual(
    x?.getChildren("field").map(({ attrs }) => [attrs["var"], attrs["type"]]),
    [
      ["FORM_TYPE", "hidden"],
      ["with", "jid-single"],
      ["start", "text-single"],
      ["end", "text-single"],
      ["before-id", "text-single"],
      ["after-id", "text-single"],
      ["ids", "list-multi"],
    ],
  )
  assert.ok(!x?.toString().includes("required"))
  assert.ok(x?.toString().includes("<open/>"))
})

test("pages: first, next, last, previous, a count alone", async () => {
  await said(...Array.from({ length: 7 }, (_, i): [string, string] => ["juliet", `${i}`]))
  const ids = await uids()
  const one = await archive.page({ set: "<max>3</max>" })
  assert.deepEqual([one.texts, one.index, one.count, one.complete], [["0", "1", "2"], 0, 7, false])
  const two = await archive.page({ set: `<max>3</max><after>${one.last}</after>` })
  assert.deepEqual([two.texts, two.index, two.count, two.complete], [["3", "4", "5"], 3, 7, false])
  const three = await archive.page({ set: `<max>3</max><after>${two.last}</after>` })
  assert.deepEqual([three.texts, three.index, three.count, three.complete], [["6"], 6, 7, true])
  const none = await archive.page({ set: `<max>3</max><after>${three.last}</after>` })
  assert.deepEqual([none.texts, none.first, none.last, none.count, none.complete], [[], undefined, undefined, 7, true])

  const end = await archive.page({ set: "<max>3</max><before/>" })
  assert.deepEqual([end.texts, end.index, end.complete], [["4", "5", "6"], 4, false])
  const middle = await archive.page({ set: `<max>3</max><before>${end.first}</before>` })
  assert.deepEqual([middle.texts, middle.index, middle.complete], [["1", "2", "3"], 1, false])
  const start = await archive.page({ set: `<max>3</max><before>${middle.first}</before>` })
  assert.deepEqual([start.texts, start.index, start.complete], [["0"], 0, true])

  const count = await archive.page({ set: "<max>0</max>" })
  assert.deepEqual([count.texts, count.first, count.count, count.complete], [[], undefined, 7, false])
  const exact = await archive.page({ set: "<max>7</max>" })
  assert.deepEqual([exact.texts.length, exact.complete], [7, true])
  const between = await archive.page({ set: `<after>${ids[1]}</after><before>${ids[5]}</before><max>2</max>` })
  assert.deepEqual(between.texts, ["3", "4"])

  assert.deepEqual(await archive.refused({ set: "<after>nothing</after>" }), ["cancel", "item-not-found"])
  assert.deepEqual(await archive.refused({ set: "<before>nothing</before>" }), ["cancel", "item-not-found"])
  assert.deepEqual(await archive.refused({ set: "<max>some</max>" }), ["modify", "bad-request"])
  assert.deepEqual(await archive.refused({ set: "<max>-1</max>" }), ["modify", "bad-request"])
  assert.deepEqual(await archive.refused({ set: "<index>3</index>" }), ["cancel", "feature-not-implemented"])
})

test("a flipped page has the same messages and the same ends", async () => {
  await said(["juliet", "0"], ["juliet", "1"], ["juliet", "2"], ["juliet", "3"])
  const plain = await archive.page({ set: "<max>3</max><before/>" })
  const flipped = await archive.page({ set: "<max>3</max><before/>", flip: true })
  assert.deepEqual(flipped.texts, ["3", "2", "1"])
  assert.deepEqual([flipped.first, flipped.last, flipped.index], [plain.first, plain.last, plain.index])
})

test("single messages, and those between two that are known", async () => {
  await said(...Array.from({ length: 6 }, (_, i): [string, string] => ["juliet", `${i}`]))
  const ids = await uids()
  const some = await archive.page({ fields: { ids: [ids[4]!, ids[1]!, ids[4]!] } })
  assert.deepEqual([some.texts, some.count, some.index, some.complete], [["1", "4"], 2, 0, true])
  const limited = await archive.page({ fields: { ids: ids }, set: "<max>2</max><before/>" })
  assert.deepEqual([limited.texts, limited.count, limited.index, limited.complete], [["4", "5"], 6, 4, false])

  const after = await archive.page({ fields: { "after-id": ids[2]! } })
  assert.deepEqual([after.texts, after.count, after.index], [["3", "4", "5"], 3, 0])
  const between = { "after-id": ids[0]!, "before-id": ids[5]! }
  const page = await archive.page({ fields: between, set: "<max>2</max>" })
  assert.deepEqual([page.texts, page.count, page.index, page.complete], [["1", "2"], 4, 0, false])
  const next = await archive.page({ fields: between, set: `<max>2</max><after>${page.last}</after>` })
  assert.deepEqual([next.texts, next.count, next.index, next.complete], [["3", "4"], 4, 2, true])

  for (const field of ["ids", "after-id", "before-id"])
    assert.deepEqual(await archive.refused({ fields: { [field]: "unknown" } }), ["cancel", "item-not-found"], field)
  assert.deepEqual(await archive.refused({ fields: { ids: ["a"], "after-id": ids[0]! } }), ["modify", "bad-request"])
})

test("times are to the millisecond, and finer ones are rounded into the span", async () => {
  const at = Date.parse("2026-01-02T03:04:05.100Z")
  await said(["juliet", "a", at], ["juliet", "b", at + 1], ["juliet", "c", at + 2])
  const texts = async (fields: Record<string, string>): Promise<string> => (await archive.page({ fields })).texts.join("")
  assert.equal(await texts({ start: "2026-01-02T03:04:05.101Z" }), "bc")
  assert.equal(await texts({ start: "2026-01-02T03:04:05.1000001Z" }), "bc")
  assert.equal(await texts({ end: "2026-01-02T03:04:05.101Z" }), "ab")
  assert.equal(await texts({ end: "2026-01-02T03:04:05.1009Z" }), "a")
  assert.equal(await texts({ start: "2026-01-02T05:04:05.101+02:00", end: "2026-01-01T22:04:05.101-05:00" }), "b")
  assert.equal(await texts({ start: "2026-01-02T03:04:05Z", end: "2026-01-02T03:04:06Z" }), "abc")
  assert.equal(await texts({ start: "2026-01-02T03:04:06Z" }), "")
  assert.equal(await texts({ start: "2026-01-02T03:04:06Z", end: "2026-01-02T03:04:05Z" }), "")
  const filtered = await archive.page({ fields: { start: "2026-01-02T03:04:05.101Z" }, set: "<max>1</max>" })
  assert.deepEqual([filtered.index, filtered.count, filtered.complete], [0, 2, false])
  for (const bad of ["yesterday", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-01-02 03:04:05Z"])
    assert.deepEqual(await archive.refused({ fields: { start: bad } }), ["modify", "bad-request"], bad)
})

test("forms that say what cannot be", async () => {
  assert.deepEqual(await archive.refused({ fields: { "{urn:example}fulltext": "x" } }), ["cancel", "feature-not-implemented"])
  assert.deepEqual(await archive.refused({ fields: { "include-groupchat": "true" } }), ["cancel", "feature-not-implemented"])
  assert.deepEqual(await archive.refused({ fields: { FORM_TYPE: "urn:xmpp:mam:1" } }), ["modify", "bad-request"])
  assert.deepEqual(await archive.refused({ fields: { start: ["2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"] } }), [
    "modify",
    "bad-request",
  ])
  assert.deepEqual(await archive.refused({ fields: { ids: Array.from({ length: 201 }, (_, i) => `${i}`) } }), [
    "modify",
    "policy-violation",
  ])
  const prefs = await archive.get(`<prefs xmlns='${nsMam}'/>`)
  assert.deepEqual(errorOf(prefs), ["cancel", "service-unavailable"])
})

test("with: a nick, the room, one's own address; people's addresses are for moderators", async () => {
  await play.join(romeo, room, "Romeo")
  await said(["juliet", "hail"], ["nurse", "madam"])
  await play.roomSaid(romeo, room, "my lady")
  const texts = async (jid: string): Promise<(string | null)[]> => (await archive.page({ fields: { with: jid } })).texts
  assert.deepEqual(await texts(`${room}/juliet`), ["hail"])
  assert.deepEqual(await texts(`${room}/Romeo`), ["my lady"])
  assert.deepEqual(await texts(`${room}/nobody`), [])
  assert.deepEqual(await texts(room), ["hail", "madam", "my lady"])
  assert.deepEqual(await texts("romeo@example.test"), ["my lady"])
  assert.deepEqual(await texts("juliet@lo.example.test"), ["hail"])
  assert.deepEqual(await texts(mercutio), [])
  assert.deepEqual(await texts("#other@lo.example.test"), [])
  assert.deepEqual(await archive.refused({ fields: { with: "a b@c d" } }), ["modify", "jid-malformed"])
  const { results } = await archive.page({ fields: { with: `${room}/Romeo` } })
  const item = results[0]?.message.getChild("x", "http://jabber.org/protocol/muc#user")?.getChild("item")
  assert.equal(item?.attrs["jid"], "romeo@example.test")
})

test("who is no moderator learns nobody's address", async () => {
  play.network.rooms.make({ room: "g1", accounts: [{ id: "romeo", role: "member" }] })
  await play.drained()
  await play.join(romeo, room, "Romeo")
  await said(["juliet", "hail"])
  await play.roomSaid(romeo, room, "my lady")
  assert.deepEqual((await archive.page({ fields: { with: "juliet@lo.example.test" } })).texts, [])
  assert.deepEqual((await archive.page({ fields: { with: `${room}/juliet` } })).texts, ["hail"])
  const { results } = await archive.page()
  assert.deepEqual(
    results.map(({ message }) => message.getChild("x", "http://jabber.org/protocol/muc#user")),
    [undefined, undefined],
  )
})

test("one's own messages keep the id that their client gave; corrections, replies and retractions are entries", async () => {
  await play.join(romeo, room, "Romeo")
  const [hail] = await said(["juliet", "hail"])
  const [first] = await uids()
  const mine = await play.roomSaid(romeo, room, "who is there", { id: "mine-1", reply: first! })
  await play.roomSaid(romeo, room, "who is this", { id: "mine-2", replaces: "mine-1" })
  play.network.rooms.say({ room: "g1", from: "nurse", text: "madam!", reply: hail! })
  await play.drained()
  const page = await archive.page()
  const [, own, edit, answer] = page.results.map(({ message }) => message)
  assert.equal(own?.attrs["id"], "mine-1")
  assert.equal(page.results[1]?.uid, stanzaId(mine))
  assert.equal(own?.getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], first)
  assert.equal(edit?.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], "mine-1")
  assert.equal(answer?.getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], first)
  assert.equal(answer?.getChild("reply")?.attrs["to"], `${room}/juliet`)

  play.network.rooms.retract({ room: "g1", ids: [hail!], by: "juliet" })
  await play.drained()
  const after = await archive.page()
  assert.deepEqual(
    after.results.map(({ uid }) => uid).slice(0, 4),
    page.results.map(({ uid }) => uid),
  )
  const tomb = after.results[0]?.message
  const retraction = after.results[4]?.message
  assert.equal(tomb?.getChild("body"), undefined)
  assert.ok(tomb?.getChild("retracted", "urn:xmpp:message-retract:1")?.attrs["stamp"])
  assert.ok(!tomb?.toString().includes("hail"))
  assert.equal(retraction?.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"], first)
  assert.equal(tomb?.getChild("retracted")?.attrs["id"], retraction?.attrs["id"])
})

test("a former address of the room is answered from there", async () => {
  await said(["juliet", "hail"])
  play.network.rooms.move({ room: "g1", to: "g2" })
  await play.drained()
  assert.deepEqual((await archive.page()).texts, ["hail"])
  const now = new ArchiveReader(play.server, romeo, play.roomJid("g2"))
  const { results } = await now.page({ fields: { with: `${play.roomJid("g2")}/juliet` } })
  assert.equal(results[0]?.message.attrs["from"], `${play.roomJid("g2")}/juliet`)
  assert.equal(stanzaId(results[0].message), (await uids())[0])
  assert.deepEqual((await archive.page({ fields: { with: `${room}/juliet` } })).texts, ["hail"])
})

test("who may not see the room gets nothing of its archive", async () => {
  await said(["juliet", "hail"])
  const strange = new ArchiveReader(play.server, mercutio, room)
  assert.deepEqual(await strange.refused(), ["auth", "registration-required"])
  assert.deepEqual(errorOf(await strange.get(`<metadata xmlns='${nsMam}'/>`)), ["auth", "registration-required"])
  assert.deepEqual(errorOf(await strange.get(`<query xmlns='${nsMam}'/>`)), ["auth", "registration-required"])
  const nowhere = new ArchiveReader(play.server, romeo, play.roomJid("g9"))
  assert.deepEqual(await nowhere.refused(), ["cancel", "item-not-found"])
})

test("one user's questions are answered one after the other, and only so many", async () => {
  const turns = new Turns(2)
  const order: string[] = []
  let open!: () => void
  const gate = new Promise<void>((resolve) => (open = resolve))
  const one = turns.take("a", async () => {
    await gate
    order.push("one")
  })
  const two = turns.take("a", () => {
    order.push("two")
    return Promise.reject(new Error("broken"))
  })
  await assert.rejects(
    turns.take("a", () => Promise.resolve()),
    /too much/,
  )
  await turns.take("b", () => Promise.resolve(order.push("other")))
  open()
  await one
  await assert.rejects(two, /broken/)
  assert.equal(await turns.take("a", () => Promise.resolve(3)), 3)
  assert.deepEqual(order, ["other", "one", "two"])
})
