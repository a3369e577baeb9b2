// Five thousand messages paged both ways while new ones arrive: all of them, each once, in order.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { ArchiveReader } from "../support/archive-reader.js"
import { Play } from "../support/core-kit.js"
import { brief } from "../support/room-stage.js"

const romeo = "romeo@example.test/orchard"
const many = 5000
/** Years ago: what is said meanwhile is newer. */
const start = Date.parse("2026-01-01T00:00:00Z")

let play: Play
let room: string
let archive: ArchiveReader
let extra = 0

before(async () => {
  play = await Play.open()
  await play.register("romeo@example.test")
  room = await play.room({ members: ["juliet"] })
  archive = new ArchiveReader(play.server, romeo, room)
  for (let i = 0; i < many; i++) play.network.rooms.say({ room: "g1", from: "juliet", text: `${i}`, at: start + i })
  await play.network.account("romeo").mailbox.drained()
})
after(() => play.close())

/** Somebody goes on talking. */
const meanwhile = (): unknown => play.network.rooms.say({ room: "g1", from: "juliet", text: `new ${extra++}` })

test("forwards, to the end of what was there and what came meanwhile", async () => {
  const texts: (string | null)[] = []
  let page = await archive.page({ set: "<max>100</max>" })
  for (;;) {
    assert.equal(page.index, texts.length)
    texts.push(...page.texts)
    if (page.complete) break
    assert.equal(page.texts.length, 100)
    if (texts.length < many) meanwhile()
    else await play.drained()
    page = await archive.page({ set: `<max>100</max><after>${page.last}</after>` })
  }
  assert.equal(page.count, texts.length)
  assert.equal(extra, 49)
  const wanted = [...Array.from({ length: many }, (_, i) => `${i}`), ...Array.from({ length: extra }, (_, i) => `new ${i}`)]
  assert.deepEqual(texts, wanted)
})

test("backwards, from an end that moves on", async () => {
  await play.drained()
  const already = extra
  const texts: (string | null)[] = []
  let page = await archive.page({ set: "<max>100</max><before/>" })
  for (;;) {
    texts.unshift(...page.texts)
    if (page.complete) break
    meanwhile()
    page = await archive.page({ set: `<max>100</max><before>${page.first}</before>` })
  }
  assert.equal(page.index, 0)
  assert.equal(texts.length, many + already)
  assert.deepEqual(
    texts.slice(0, many),
    Array.from({ length: many }, (_, i) => `${i}`),
  )
})

test("more than a page is cut to a hundred, nothing asked for is fifty", async () => {
  assert.equal((await archive.page({ set: "<max>5000</max>" })).results.length, 100)
  const usual = await archive.page()
  assert.deepEqual([usual.results.length, usual.complete, usual.index], [50, false, 0])
  const half = await archive.page({ fields: { start: "2026-01-01T00:00:02.500Z", end: "2026-01-01T00:00:04.999Z" }, set: "<max>1</max>" })
  assert.deepEqual([half.texts, half.count], [["2500"], 2500])
})

test("a page is told whole, and its end after it, also while the room talks", async () => {
  await play.join(romeo, room, "Romeo", "<history maxstanzas='0'/>")
  const pages = Array.from({ length: 10 }, () => archive.page({ set: "<max>100</max>" }))
  const words = Array.from({ length: 5 }, meanwhile)
  for (const page of await Promise.all(pages)) assert.equal(page.texts.join(), Array.from({ length: 100 }, (_, i) => i).join())
  assert.equal(words.length, 5)
  for (let i = extra - 5; i < extra; i++) assert.equal(brief(await play.muc.heard(romeo, room, `new ${i}`)), `juliet: new ${i}`)
})
