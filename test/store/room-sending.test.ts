// What users say in rooms: reflected once, in the network's order, whatever is faster.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { RoomOp } from "#src/core/rooms/model.js"
import type { OutOp } from "#src/core/model.js"
import type { NewRow } from "#src/core/store.js"
import { balcony, count, errorRow, mint, now, rows } from "./fixture.js"
import { archived, done, lane, orchard, person, roomWorld, said, say, spoken, takenBack, texts, told, type RoomWorld } from "./room-kit.js"

describe("completeSend", () => {
  it("archives and queues the reflection with the network's id, after the last part", async () => {
    const { store, room } = await roomWorld()
    const long = spoken(room, "long", { texts: 2 })
    await store.acceptAction(long)
    assert.deepEqual(await archived(store, room), [], "not before the network has it")
    assert.equal(await done(store, room, long.rows[0], "1"), null)
    const row = await done(store, room, long.rows[1] as NewRow<OutOp>, "2")
    const op = { ...long.reflect, pos: 1 }
    assert.deepEqual([row?.op, row?.lane, row?.state], [op, `in:${room}`, "queued"])
    assert.deepEqual(await lane(store, room), [op])
    assert.deepEqual(await archived(store, room), [op])
    assert.deepEqual(await store.roomMessage(room, long.messageId), {
      ...{ id: long.messageId, sender: balcony, nick: "romeo", text: "long", at: now, parts: 2, sent: 2, files: 0, retracted: false },
    })
  })

  it("the network's order is the room's", async () => {
    const { store, room } = await roomWorld()
    const mine = spoken(room, "mine")
    await store.acceptAction(mine)
    await store.acceptRoomEvent(told(room, "1", "theirs"))
    await done(store, room, mine.rows[0], "2")
    assert.deepEqual(texts(await archived(store, room)), ["theirs", "mine"])
  })

  it("is silent where the room has seen it already", async () => {
    const { store, room } = await roomWorld()
    const mine = spoken(room, "mine")
    await store.acceptAction(mine)
    const row = await store.reflect(room, mine.messageId, { id: mint.next(), op: mine.reflect })
    assert(row?.op.k === "said" && row.op.pos === 1)
    assert.equal(await store.reflect(room, mine.messageId, { id: mint.next(), op: mine.reflect }), null)
    assert.equal(await done(store, room, mine.rows[0], "1"), null)
    assert.deepEqual(texts(await lane(store, room)), ["mine"])
    assert.equal((await store.findPart(mine.messageId, 0))?.legacyId, "1")
    assert.equal(await store.reflect(room, "unknown", { id: mint.next(), op: said("unknown", "x") }), null, "refused meanwhile")
  })

  it("nor is an edit shown twice", async () => {
    const { store, room } = await roomWorld()
    const first = await say(store, room, "1", "frist")
    const edit = spoken(room, "first", { target: first, op: { replaces: "x" } })
    await store.acceptAction(edit)
    assert((await store.reflect(room, edit.messageId, { id: mint.next(), op: edit.reflect })) !== null)
    assert.equal(await done(store, room, edit.rows[0], "r2"), null)
    assert.deepEqual(texts(await archived(store, room)), ["frist", "first"])
  })

  it("an edit is about the message, also an edit of an edit", async () => {
    const { store, room } = await roomWorld()
    const first = await say(store, room, "1", "frist", { xmppId: "x1" })
    const fix = async (text: string) => {
      const edit = spoken(room, text, { target: first, op: { replaces: "x1" } })
      await store.acceptAction(edit)
      await done(store, room, edit.rows[0], null)
      return edit
    }
    await fix("first")
    const last = await fix("First")
    const message = await store.roomMessage(room, last.messageId)
    assert.deepEqual([message?.id, message?.text, message?.sender], [first, "First", balcony])
    assert.equal((await store.findMessage(room, last.xmppId))?.id, first)
    const { row } = await store.acceptRoomEvent(takenBack(room, "1", { by: person("boss") }))
    assert(row?.op.k === "retracted" && row.op.target === first && row.op.moderated)
    assert.deepEqual(texts(await archived(store, room)), ["", "", "", "retracted"])
  })
})

describe("an echo that was faster than the call's answer", () => {
  async function echoed(w: RoomWorld, parts = 1) {
    const mine = spoken(w.room, "mine", { texts: parts })
    await w.store.acceptAction(mine)
    const echo = told(w.room, "1", "romeo: mine", { by: person("bot") })
    const { row } = await w.store.acceptRoomEvent(echo)
    return { mine, echo, row: row?.id ?? "" }
  }

  it("goes, with its place in the archive, if it was not delivered", async () => {
    const w = await roomWorld()
    const { mine, echo } = await echoed(w)
    await w.store.acceptRoomEvent(told(w.room, "2", "next"))
    await done(w.store, w.room, mine.rows[0], "1")
    assert.deepEqual(texts(await lane(w.store, w.room)), ["next", "mine"])
    const page = await w.store.archivePage({ room: w.room, limit: 9, fromEnd: false })
    assert.deepEqual([texts(page.entries.map(({ op }) => op)), page.count, page.entries[1]?.pos], [["next", "mine"], 2, 3])
    assert.equal(await w.store.roomMessage(w.room, echo.messageId), undefined)
    assert.deepEqual((await w.store.archiveEdges(w.room))?.first.id, page.entries[0]?.id)
    assert.deepEqual(rows(w.path, "SELECT 1 FROM archive WHERE op LIKE '%romeo: mine%'"), [])
  })

  it("stays as the one entry if clients have it, and stands for the message", async () => {
    const w = await roomWorld()
    const { mine, echo, row } = await echoed(w)
    await w.store.delivered([row])
    assert.equal(await done(w.store, w.room, mine.rows[0], "1"), null)
    assert.deepEqual(texts(await archived(w.store, w.room)), ["romeo: mine"])
    assert.deepEqual(await lane(w.store, w.room), [])
    assert.equal(await w.store.reflect(w.room, mine.messageId, { id: mint.next(), op: mine.reflect }), null)
    const message = await w.store.roomMessage(w.room, echo.messageId)
    assert.deepEqual([message?.id, message?.sender], [mine.messageId, balcony])
    const reply = await w.store.acceptRoomEvent(told(w.room, "2", "yes", { replyTo: "1" }))
    assert(reply.row?.op.k === "said" && reply.row.op.reply?.id === echo.messageId, "by the id that clients know")
    const edit = await w.store.acceptRoomEvent(told(w.room, "1", "mine!", { kind: "edit", revision: "2" }))
    assert(edit.row?.op.k === "said" && edit.row.op.replaces === echo.messageId)
  })

  it("gives way if the room had seen the message before, or the echo is of a part", async () => {
    for (const parts of [1, 2]) {
      const w = await roomWorld()
      const { mine, row } = await echoed(w, parts)
      await w.store.delivered([row])
      if (parts === 1) await w.store.reflect(w.room, mine.messageId, { id: mint.next(), op: mine.reflect })
      for (const [i, each] of mine.rows.entries()) await done(w.store, w.room, each, `${i + 1}`)
      assert.deepEqual(texts(await archived(w.store, w.room)), ["mine"], `${parts}`)
    }
  })
})

describe("failSend", () => {
  const retraction = (target: string): NewRow<RoomOp> => {
    const id = mint.next()
    return { id: mint.next(), op: { k: "retracted", id, pos: 0, by: null, target, at: now, moderated: true, why: "refused" } }
  }
  const fail = (w: RoomWorld, said_: ReturnType<typeof spoken>) => {
    const taken = retraction(said_.messageId)
    return w.store.failSend({
      rows: said_.rows.map(({ id }) => id),
      conversation: w.room,
      message: said_.messageId,
      consequence: errorRow(),
      next: null,
      now,
      dead: false,
      error: "no",
      retraction: taken,
    })
  }

  it("takes back what the room saw already, and keeps the message for it", async () => {
    const w = await roomWorld()
    const mine = spoken(w.room, "mine")
    await w.store.acceptAction(mine)
    await w.store.reflect(w.room, mine.messageId, { id: mint.next(), op: mine.reflect })
    const row = await fail(w, mine)
    assert(row?.op.k === "retracted" && row.op.pos === 2)
    assert.deepEqual(
      (await lane(w.store, w.room)).map(({ k }) => k as string),
      ["said", "retracted", "error"],
    )
    const [tomb] = await archived(w.store, w.room)
    assert(tomb?.k === "said" && tomb.text === "" && tomb.retracted?.why === "refused")
    assert.equal((await w.store.roomMessage(w.room, mine.messageId))?.retracted, true)
  })

  it("says nothing to a room that saw nothing, and forgets the message", async () => {
    const w = await roomWorld()
    const mine = spoken(w.room, "mine")
    await w.store.acceptAction(mine)
    assert.equal(await fail(w, mine), null)
    assert.deepEqual(
      (await lane(w.store, w.room)).map(({ k }) => k as string),
      ["error"],
    )
    assert.deepEqual([count(w.path, "message"), count(w.path, "archive")], [0, 0])
    assert.equal(await w.store.reflect(w.room, mine.messageId, { id: mint.next(), op: mine.reflect }), null)
  })

  it("of an edit takes back the edit alone", async () => {
    const w = await roomWorld()
    const first = await say(w.store, w.room, "1", "first")
    const edit = spoken(w.room, "worse", { target: first, op: { replaces: "x" } })
    await w.store.acceptAction(edit)
    await w.store.reflect(w.room, edit.messageId, { id: mint.next(), op: edit.reflect })
    await fail(w, edit)
    assert.deepEqual(texts(await archived(w.store, w.room)), ["first", "", "retracted"])
    assert.equal((await w.store.roomMessage(w.room, first))?.retracted, false)
  })
})

describe("a resend", () => {
  const again = (xmppId: string, over: Parameters<typeof spoken>[2] = {}) => {
    const id = mint.next()
    return { xmppId, receipt: { id, op: { ...said("?", "?"), only: orchard } }, ...over }
  }

  it("of what the room has seen is reflected to that client alone", async () => {
    const w = await roomWorld()
    const mine = spoken(w.room, "mine")
    await w.store.acceptAction(mine)
    const early = await w.store.acceptAction(spoken(w.room, "mine", again(mine.xmppId)))
    assert.deepEqual(early, { outcome: "resend", message: mine.messageId, settled: false }, "its reflection is still to come")
    await done(w.store, w.room, mine.rows[0], "1")
    const late = await w.store.acceptAction(spoken(w.room, "mine", again(mine.xmppId, { sender: orchard })))
    assert(late.outcome === "resend" && late.settled)
    assert.deepEqual(late.again?.op, { ...mine.reflect, pos: 1, only: orchard })
    assert.equal((await archived(w.store, w.room)).length, 1)
    assert.deepEqual(texts(await lane(w.store, w.room)), ["mine", "mine"])
    assert.equal(count(w.path, "message"), 1)
  })

  it("of what was taken back is not said again", async () => {
    const w = await roomWorld()
    const mine = spoken(w.room, "mine")
    await w.store.acceptAction(mine)
    await done(w.store, w.room, mine.rows[0], "1")
    await w.store.acceptRoomEvent(takenBack(w.room, "1"))
    const late = await w.store.acceptAction(spoken(w.room, "mine", again(mine.xmppId)))
    assert.deepEqual(late, { outcome: "resend", message: mine.messageId, settled: true })
  })

  it("is known although another user gave the same id since", async () => {
    const w = await roomWorld()
    const mine = spoken(w.room, "mine", { xmppId: "1" })
    await w.store.acceptAction(mine)
    const other = spoken(w.room, "theirs", { xmppId: "1", sender: "tybalt@capulet.example/x" })
    assert.equal((await w.store.acceptAction(other)).outcome, "accepted")
    assert.equal((await w.store.acceptAction(spoken(w.room, "mine", { xmppId: "1" }))).outcome, "resend")
    assert.equal((await w.store.findMessage(w.room, "1"))?.id, other.messageId)
    assert.equal((await w.store.findMessage(w.room, "1", "romeo@montague.example" as never))?.id, mine.messageId)
  })
})

describe("a user takes their message back", () => {
  const takeBack = (w: RoomWorld, target: string, parts: number) => {
    const id = mint.next()
    const reflect: RoomOp = {
      k: "retracted",
      id,
      pos: 0,
      by: { nick: "romeo", occupant: "o-romeo" },
      target,
      at: now,
      moderated: false,
      xmppId: "r1",
    }
    const rows_ = Array.from({ length: parts }, (_, ordinal): NewRow<OutOp> => {
      const last = ordinal === parts - 1
      const origin = { action: id, of: "r1", to: balcony, last, receipt: false, ...(last && { reflect }) }
      return { id: mint.next(), op: { k: "retract", message: target, ordinal, origin } }
    })
    return { ...spoken(w.room, "", { messageId: id, xmppId: "r1", digest: "r", rows: rows_ }), op: reflect }
  }

  it("the room sees it when the network has taken back the last part", async () => {
    const w = await roomWorld()
    const long = spoken(w.room, "long", { texts: 2 })
    await w.store.acceptAction(long)
    for (const [i, row] of long.rows.entries()) await done(w.store, w.room, row, `${i}`)
    const back = takeBack(w, long.messageId, 2)
    await w.store.acceptAction(back)
    assert.equal((await w.store.roomMessage(w.room, long.messageId))?.retracted, false)
    await done(w.store, w.room, back.rows[0], null)
    const row = await done(w.store, w.room, back.rows[1] as NewRow<OutOp>, null)
    assert.deepEqual(row?.op, { ...back.op, pos: 2, at: now + 1 })
    const [tomb] = await archived(w.store, w.room)
    assert(tomb?.k === "said" && tomb.text === "" && tomb.retracted?.id === "r1", "by the id that everybody saw")
    assert.equal((await w.store.roomMessage(w.room, long.messageId))?.retracted, true)
    assert.equal((await w.store.acceptRoomEvent(takenBack(w.room, "0"))).outcome, "duplicate")
  })

  it("and once only, if the network tells of it before it answers, or answers late", async () => {
    for (const order of ["told", "reflected"]) {
      const w = await roomWorld()
      const first = await say(w.store, w.room, "1", "mine")
      const back = takeBack(w, first, 1)
      await w.store.acceptAction(back)
      if (order === "reflected") assert((await w.store.reflect(w.room, back.op.id, { id: mint.next(), op: back.op })) !== null)
      const told_ = await w.store.acceptRoomEvent(takenBack(w.room, "1", { by: null, sender: "" }))
      assert.equal(told_.outcome, order === "told" ? "accepted" : "duplicate")
      assert.equal(await done(w.store, w.room, back.rows[0], null), null)
      assert.deepEqual(texts(await archived(w.store, w.room)), ["", "retracted"], order)
    }
  })

  it("what the network lost before anybody saw it is never shown", async () => {
    const w = await roomWorld()
    const long = spoken(w.room, "long", { texts: 2 })
    await w.store.acceptAction(long)
    await done(w.store, w.room, long.rows[0], "1")
    assert.equal((await w.store.acceptRoomEvent(takenBack(w.room, "1"))).outcome, "duplicate")
    assert.equal(await done(w.store, w.room, long.rows[1] as NewRow<OutOp>, "2"), null)
    assert.deepEqual(await archived(w.store, w.room), [])
  })
})

it("say archives what is said to a room, and sends an error to its author alone", async () => {
  const { store, room } = await roomWorld()
  const id = mint.next()
  await store.say(room, { id: mint.next(), op: said(id, "ℹ away") })
  await store.say(room, errorRow())
  assert.deepEqual(texts(await archived(store, room)), ["ℹ away"])
  assert.equal((await lane(store, room)).length, 2)
})
