// Rows that wait for a file: settled, late, taken back, wiped; and the stanzas by which a message is known.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Attached } from "#src/core/content.js"
import { fileId } from "#src/core/inward.js"
import type { InOp } from "#src/core/model.js"
import type { RoomOp } from "#src/core/rooms/model.js"
import type { NewRow } from "#src/core/store.js"
import { event, mint, now, rows, world, type World } from "./fixture.js"
import { archived, done, lane, person, roomWorld, said, say, spoken, takenBack, texts, told, type RoomWorld } from "./room-kit.js"

const file: Attached = { name: "a.jpg", mime: "image/jpeg", kind: "image", bytes: 1000, source: { ref: "r1", stableId: "s1" } }
const other: Attached = { ...file, name: "b.jpg", source: { ref: "r2", stableId: "s2" } }
const there = (one: Attached): Attached => ({ ...one, url: `https://files.example/${one.name}`, sha256: "x" })

const saying = (id: string, one: Attached, number = 1): NewRow<InOp> => ({
  id: mint.next(),
  op: { k: "message", id: fileId(id, number), text: "", at: now, rich: { file: one } },
})
const showing = (id: string, one: Attached, number = 1): NewRow<RoomOp> => ({
  id: mint.next(),
  op: said(fileId(id, number), "", now, { rich: { file: one } }),
})

/** A message of a person with a file and a caption, in a direct chat. */
async function shown(w: World, legacyId = "1"): Promise<{ id: string; file: string; text: string; conversation: number }> {
  const id = mint.next()
  const before = saying(id, file)
  const row: NewRow<InOp> = { id: mint.next(), op: { k: "message", id, text: "caption", at: now } }
  const accepted = await w.store.acceptEvent(event(w, { messageId: id, legacyId, before: [before], row }))
  assert.deepEqual(
    accepted.row?.before?.map((one) => one.id),
    [before.id],
    "those before it come with the last",
  )
  return { id, file: before.id, text: row.id, conversation: accepted.conversation }
}

const directLane = async (w: World, conversation: number): Promise<InOp[]> =>
  (await w.store.laneRows(`in:${conversation}`, "", 99)).map(({ op }) => op as InOp)

async function inRoom(w: RoomWorld, legacyId: string, text = "caption", over: object = {}): Promise<{ id: string; file: string }> {
  const id = mint.next()
  const before = showing(id, file)
  const row = { id: mint.next(), op: said(id, text) }
  await w.store.acceptRoomEvent(told(w.room, legacyId, text, { messageId: id, before: [before], row, ...over }))
  return { id, file: before.id }
}

describe("a file in a direct chat", () => {
  it("is settled once: the row tells of it, without where it came from", async () => {
    const w = await world()
    const one = await shown(w)
    const op = await w.store.settleFile({ row: one.file, file: there(file) })
    assert.ok(op?.k === "message" && op.rich?.file?.url === "https://files.example/a.jpg" && op.rich.file.source === undefined)
    assert.deepEqual((await directLane(w, one.conversation))[0], op)
  })

  it("that can not be had is told of in words", async () => {
    const w = await world()
    const one = await shown(w)
    const op = await w.store.settleFile({ row: one.file, file: { ...file, failed: "it is gone." } })
    assert.ok(op?.k === "message")
    assert.equal(op.text, "[image: a.jpg, 1 kB] could not be fetched: it is gone.")
  })

  it("that is late waits in a lane of its own, and comes behind what was said meanwhile, under another id", async () => {
    const w = await world()
    const one = await shown(w)
    const late = mint.next()
    const postponed = await w.store.postponeFile({ row: one.file, text: "on its way", late })
    assert.ok(postponed?.op.k === "message" && postponed.op.text === "on its way" && postponed.op.rich === undefined)
    assert.equal(postponed.late.lane, `late:${one.conversation}`)
    const shownLate = await w.store.showLate({ row: late, id: mint.next(), file: there(file), now })
    assert.ok(shownLate?.op.k === "message" && shownLate.op.id === fileId(one.id, 2))
    const ops = await directLane(w, one.conversation)
    assert.deepEqual(
      ops.map((op) => op.k === "message" && op.id),
      [fileId(one.id, 1), one.id, fileId(one.id, 2)],
    )
    assert.deepEqual(await w.store.laneRows(`late:${one.conversation}`, "", 9), [])
    const row = { id: mint.next(), op: { k: "retract" as const, id: mint.next(), target: "", at: now } }
    const back = await w.store.acceptRetraction({ link: w.link, legacyUser: "juliet", legacyId: "1", at: now, row })
    const taken = [...(back?.row.before ?? []), ...(back ? [back.row] : [])]
    assert.deepEqual(
      taken.map(({ op }) => op.k === "retract" && op.target),
      [fileId(one.id, 1), one.id, fileId(one.id, 2)],
    )
    assert.deepEqual(
      taken.map(({ id }) => id),
      taken.map(({ id }) => id).sort(),
      "in order of their ids",
    )
  })

  it("of a message that was taken back goes nowhere", async () => {
    const w = await world()
    const [one, two] = [await shown(w, "1"), await shown(w, "2")]
    const late = mint.next()
    await w.store.postponeFile({ row: two.file, text: "on its way", late })
    for (const legacyId of ["1", "2"]) {
      const row = { id: mint.next(), op: { k: "retract" as const, id: mint.next(), target: "", at: now } }
      await w.store.acceptRetraction({ link: w.link, legacyUser: "juliet", legacyId, at: now, row })
    }
    assert.equal(await w.store.settleFile({ row: one.file, file: there(file) }), null)
    assert.equal(await w.store.showLate({ row: late, id: mint.next(), file: there(file), now }), null)
    assert.ok(!(await directLane(w, one.conversation)).some((op) => op.k === "message" && op.rich?.file))
    assert.deepEqual(rows(w.path, "SELECT lane FROM outbox WHERE lane LIKE 'late:%'"), [])
  })

  it("that an edit took out while it was late goes nowhere", async () => {
    const w = await world()
    const one = await shown(w)
    const late = mint.next()
    await w.store.postponeFile({ row: one.file, text: "on its way", late })
    const row: NewRow<InOp> = { id: mint.next(), op: { k: "edit", id: mint.next(), target: "", text: "caption", at: now } }
    await w.store.acceptEvent(event(w, { kind: "edit", legacyId: "1", revision: "2", row, allFiles: true }))
    assert.equal(await w.store.showLate({ row: late, id: mint.next(), file: there(file), now }), null)
    assert.ok(!(await directLane(w, one.conversation)).some((op) => op.k === "message" && op.rich?.file))
    assert.deepEqual(rows(w.path, "SELECT lane FROM outbox WHERE lane LIKE 'late:%'"), [])
  })

  it("is wiped with its user", async () => {
    const w = await world()
    const [one, two] = [await shown(w, "1"), await shown(w, "2")]
    const late = mint.next()
    await w.store.postponeFile({ row: two.file, text: "on its way", late })
    await w.store.unregister(w.link)
    assert.equal(await w.store.settleFile({ row: one.file, file: there(file) }), null)
    assert.equal(await w.store.showLate({ row: late, id: mint.next(), file: there(file), now }), null)
    assert.deepEqual(rows(w.path, "SELECT lane FROM outbox"), [])
  })

  it("leads to its message: by any id that clients give back", async () => {
    const w = await world()
    const one = await shown(w)
    for (const id of [one.id, fileId(one.id, 1), fileId(one.id, 9), `${one.id}.2`])
      assert.equal((await w.store.directMessage(w.link, "juliet", id))?.id, one.id, id)
    assert.equal(await w.store.directMessage(w.link, "juliet", `${mint.next()}.f1`), undefined)
  })

  it("of an edit of an unknown message is shown as the message is", async () => {
    const w = await world()
    const id = mint.next()
    const text: NewRow<InOp> = { id: mint.next(), op: { k: "edit", id, target: "", text: "caption", at: now } }
    const { row } = await w.store.acceptEvent(
      event(w, { kind: "edit", messageId: id, before: [saying(id, file)], row: text, allFiles: true }),
    )
    assert.deepEqual(
      [...(row?.before ?? []), ...(row ? [row] : [])].map(({ op }) => op.k === "message" && op.id),
      [fileId(id, 1), id],
    )
  })
})

describe("a file in a room", () => {
  it("keeps its place: nobody reads beyond it until it is there", async () => {
    const w = await roomWorld()
    await w.store.acceptRoomEvent(told(w.room, "1", "before"))
    const one = await inRoom(w, "2")
    await w.store.acceptRoomEvent(told(w.room, "3", "after"))
    const early = await w.store.archivePage({ room: w.room, limit: 9, fromEnd: true })
    assert.deepEqual([texts(early.entries.map(({ op }) => op)), early.count, early.last], [["before"], 1, 1])
    const until = await w.store.archivePage({ room: w.room, limit: 9, fromEnd: false, end: now + 60_000 })
    assert.equal(until.count, 1)
    assert.deepEqual((await w.store.archiveEdges(w.room))?.last, (await w.store.archiveEdges(w.room))?.first)
    await w.store.settleFile({ row: one.file, file: there(file) })
    const ops = await archived(w.store, w.room)
    assert.deepEqual(texts(ops), ["before", "", "caption", "after"])
    assert.ok(ops[1]?.k === "said" && ops[1].rich?.file?.url !== undefined && ops[1].pos === 2)
  })

  it("that waits first of all leaves an archive that is still empty", async () => {
    const w = await roomWorld()
    await inRoom(w, "1")
    const page = await w.store.archivePage({ room: w.room, limit: 9, fromEnd: false })
    assert.deepEqual([page.entries, page.count, page.complete, page.last], [[], 0, true, 0])
    assert.equal(await w.store.archiveEdges(w.room), null)
  })

  it("that was taken back while it was fetched leaves a tombstone only", async () => {
    const w = await roomWorld()
    const one = await inRoom(w, "1")
    await w.store.acceptRoomEvent(takenBack(w.room, "1"))
    assert.equal(await w.store.settleFile({ row: one.file, file: there(file) }), null)
    const ops = await archived(w.store, w.room)
    assert.ok(ops.every((op) => op.k === "retracted" || (op.k === "said" && op.text === "" && op.retracted && !op.rich)))
    assert.deepEqual(
      (await lane(w.store, w.room)).flatMap((op) => (op.k === "retracted" ? [op.target] : [])),
      [fileId(one.id, 1), one.id],
    )
  })

  it("moves with a room that is merged into another, late or not", async () => {
    const w = await roomWorld()
    const { room: young } = await w.store.putRoom(w.account, { legacyId: "-2" })
    await w.store.acceptRoomEvent(told(w.room, "1", "old"))
    const merged = { ...w, room: young.id }
    const [one, two] = [await inRoom(merged, "1"), await inRoom(merged, "2")]
    const late = mint.next()
    await w.store.postponeFile({ row: one.file, text: "on its way", late })
    await w.store.moveRoom(w.room, "-2")
    assert.deepEqual(texts(await archived(w.store, w.room)), ["old", "on its way", "caption"])
    await w.store.settleFile({ row: two.file, file: there(file) })
    const row = await w.store.showLate({ row: late, id: mint.next(), file: there(file), now })
    assert.equal(row?.lane, `in:${w.room}`)
    const ops = await archived(w.store, w.room)
    assert.deepEqual(texts(ops), ["old", "on its way", "caption", "", "caption", ""])
    assert.deepEqual(
      ops.map(({ k, ...op }) => k === "said" && "pos" in op && op.pos),
      [1, 2, 3, 4, 5, 6],
    )
  })

  it("of long ago goes before the archive, in the order of its message, and nobody waits for it", async () => {
    const w = await roomWorld()
    await w.store.acceptRoomEvent(told(w.room, "9", "now"))
    const one = await inRoom(w, "1", "caption", { older: true, at: now - 90_000, heard: false })
    assert.deepEqual(texts(await archived(w.store, w.room)), ["", "caption", "now"])
    const before = await lane(w.store, w.room)
    assert.equal(await w.store.showLate({ row: one.file, id: mint.next(), file: there(file), now }), null)
    const ops = await archived(w.store, w.room)
    assert.deepEqual(texts(ops), ["", "caption", "now"])
    assert.ok(ops[0]?.k === "said" && ops[0].rich?.file?.url !== undefined)
    assert.deepEqual(await lane(w.store, w.room), before)
    assert.deepEqual(rows(w.path, "SELECT lane FROM outbox WHERE lane LIKE 'late:%'"), [])
  })

  it("of what is too old for the archive by now goes nowhere", async () => {
    const w = await roomWorld()
    await w.store.acceptRoomEvent(told(w.room, "2", "now"))
    const before = await lane(w.store, w.room)
    const past = now - 90_000
    const id = mint.next()
    const row = { id: mint.next(), op: said(fileId(id, 1), "", past, { rich: { file } }) }
    await w.store.acceptRoomEvent(told(w.room, "1", "", { messageId: id, row, older: true, at: past, heard: false }))
    assert.equal(await w.store.pruneArchive(now - 1000, 9, now), 1)
    const [late] = await w.store.laneRows(`late:${w.room}`, "", 9)
    assert.equal(await w.store.showLate({ row: late?.id ?? "", id: mint.next(), file: there(file), now }), null)
    assert.deepEqual(await lane(w.store, w.room), before)
    assert.deepEqual(texts(await archived(w.store, w.room)), ["now"])
    assert.deepEqual(rows(w.path, "SELECT lane FROM outbox WHERE lane LIKE 'late:%'"), [])
  })

  it("of what the account itself said is the echo: the message is there once, known as clients saw it", async () => {
    const w = await roomWorld()
    const mine = spoken(w.room, "mine")
    await w.store.acceptAction(mine)
    const echo = await inRoom(w, "1", "", { by: person("bot"), sender: "bot" })
    const waiting = await w.store.laneRows(`in:${w.room}`, "", 9)
    await w.store.settleFile({ row: echo.file, file: there(file) })
    await w.store.delivered(waiting.map(({ id }) => id))
    await done(w.store, w.room, mine.rows[0], "1")
    const retraction = await w.store.acceptRoomEvent(takenBack(w.room, "1", { by: null, sender: "" }))
    assert.ok(retraction.row)
    const gone = [...(retraction.row.before ?? []), retraction.row].map(({ op }) => op.k === "retracted" && op.target)
    assert.deepEqual(gone, [fileId(echo.id, 1), echo.id])
  })

  it("is what a reply points to where there is no text, and is named in words", async () => {
    const w = await roomWorld()
    const id = mint.next()
    await w.store.acceptRoomEvent(told(w.room, "1", "", { messageId: id, before: [showing(id, file)], row: showing(id, other, 2) }))
    const { row } = await w.store.acceptRoomEvent(told(w.room, "2", "nice", { replyTo: "1" }))
    assert.ok(row?.op.k === "said")
    assert.deepEqual(row.op.reply, { id: fileId(id, 1), nick: "juliet", text: "[image: a.jpg, 1 kB]" })
    assert.equal((await w.store.roomMessage(w.room, fileId(id, 2)))?.text, "[image: b.jpg, 1 kB]")
  })

  it("is no part of what a user of ours said when the network tells of an edit of that", async () => {
    const w = await roomWorld()
    const id = await say(w.store, w.room, "1", "mine")
    const event = told(w.room, "1", "mine!", { kind: "edit", revision: "2", allFiles: true })
    const { row } = await w.store.acceptRoomEvent({ ...event, before: [showing(event.messageId, file)] })
    assert.equal(row?.before, undefined)
    assert.ok(row?.op.k === "said" && row.op.text === "mine!" && row.op.replaces !== undefined && row.op.replaces !== fileId(id, 1))
  })
})
