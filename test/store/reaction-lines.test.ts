// The line that sums up reactions, in the store: stale with what changes it, one operation at a time, and nobody's message.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { LineRefresh } from "#src/core/asides/store.js"
import type { OutboxRow, OutOp } from "#src/core/model.js"
import type { NewAction, NewRow } from "#src/core/store.js"
import { balcony, mint, now, rows } from "./fixture.js"
import { archived, done, edited, roomWorld, spoken, takenBack, told, type RoomWorld } from "./room-kit.js"

interface Reacted extends RoomWorld {
  message: string
}

async function reactedWorld(): Promise<Reacted> {
  const world = await roomWorld()
  const message = mint.next()
  await world.store.acceptRoomEvent(told(world.room, "1", "Ay me!", { messageId: message }))
  return { ...world, message }
}

let time = 0

/** Romeo's set, as the network took it. */
async function react({ store, room, message }: Reacted, emoji: string[], line = true): Promise<void> {
  const said: NewAction = spoken(room)
  const origin = { action: said.messageId, of: "", to: balcony, last: true, receipt: false }
  const row: NewRow<OutOp> = { id: mint.next(), op: { k: "react", message, ordinal: 0, emoji, origin, ...(line && { line: "only" }) } }
  await store.acceptAction({ ...said, target: message, rows: [row] })
  await store.completeSend({
    row: row.id,
    conversation: room,
    message,
    ordinal: 0,
    sent: null,
    consequence: null,
    next: null,
    now: now + ++time,
  })
}

function refresh({ store, room, message }: Reacted, more: Partial<LineRefresh> = {}): Promise<OutboxRow<OutOp> | null> {
  const ids = { row: mint.next(), line: mint.next() }
  return store.refreshLine({ room, message, ...ids, now: now + 1, wanted: "always", points: true, retractMs: 1000, ...more })
}

const stale = async ({ store, room }: Reacted): Promise<number> => (await store.staleLines(room, 10)).length

describe("refreshLine", () => {
  it("makes, changes and takes back one line, one operation at a time", async () => {
    const world = await reactedWorld()
    const { store, room, message } = world
    assert.equal(await refresh(world), null, "nobody has reacted")
    await react(world, ["👍"])
    assert.deepEqual(await store.staleLines(null, 10), [{ message, room, at: 0 }])
    const first = await refresh(world)
    assert.ok(first?.op.k === "send")
    assert.deepEqual([first.op.text, first.op.reply, first.op.origin.sums, first.lane], ["👍 romeo", message, message, `out:${room}`])
    assert.equal(await stale(world), 0)
    await react(world, ["👍", "❤"])
    assert.equal(await refresh(world), null, "the first is under way")
    assert.equal(await stale(world), 1)
    await done(store, room, first, "9")
    const second = await refresh(world)
    assert.deepEqual(second?.op.k === "edit" && [second.op.message, second.op.text], [first.op.message, "👍 romeo · ❤ romeo"])
    await done(store, room, second as OutboxRow<OutOp>, "9")
    await react(world, [])
    const late = await refresh(world, { now: now + 5000, wanted: false })
    assert.deepEqual(late?.op.k === "edit" && late.op.text, "No reactions any more", "too old to be taken back")
    await done(store, room, late as OutboxRow<OutOp>, "9")
    await react(world, ["👍"])
    await done(store, room, (await refresh(world)) as OutboxRow<OutOp>, "9")
    await react(world, [])
    const last = await refresh(world)
    assert.equal(last?.op.k, "retract")
    await done(store, room, last, "9")
    await react(world, ["👍"])
    const anew = await refresh(world)
    assert.ok(anew?.op.k === "send" && anew.op.message !== first.op.message)
    assert.equal((await archived(store, room)).length, 1, "what she said, and nothing else")
  })

  it("is needless where the account's own reaction tells all", async () => {
    const world = await reactedWorld()
    await react(world, ["👍"])
    const wanted = { native: { max: 1, allowed: ["👍"] } }
    assert.equal(await refresh(world, { wanted }), null)
    await react(world, ["👍", "❤"])
    const row = await refresh(world, { wanted })
    assert.deepEqual(row?.op.k === "send" && row.op.text, "👍 romeo · ❤ romeo")
  })

  it("a network without replies gets what is answered as a quotation", async () => {
    const world = await reactedWorld()
    await react(world, ["👍"])
    const row = await refresh(world, { points: false })
    assert.deepEqual(row?.op.k === "send" && [row.op.text, row.op.reply], ["> Ay me!\n👍 romeo", undefined])
  })

  it("is there only where a reaction asked for it", async () => {
    const world = await reactedWorld()
    await react(world, ["👍"], false)
    assert.equal(await stale(world), 0)
  })
})

describe("a line", () => {
  it("is nobody's message: its echo, its edits and its end are not told", async () => {
    const world = await reactedWorld()
    const { store, room } = world
    await react(world, ["👍"])
    await done(store, room, (await refresh(world)) as OutboxRow<OutOp>, "9")
    for (const event of [told(room, "9", "👍 romeo"), edited(room, "9", "👍 nobody", "5"), takenBack(room, "9")])
      assert.equal((await store.acceptRoomEvent(event)).outcome, "duplicate")
    assert.equal((await archived(store, room)).length, 1)
    // It was taken away: what changes next makes another.
    await react(world, ["❤"])
    assert.equal((await refresh(world))?.op.k, "send")
  })

  it("goes when its message is taken back, and when a moderator clears what is thought", async () => {
    const world = await reactedWorld()
    const { store, room } = world
    await react(world, ["👍"])
    await done(store, room, (await refresh(world)) as OutboxRow<OutOp>, "9")
    const cleared = { where: { room }, legacyId: "1", step: { cleared: true as const }, by: null, own: false, now, row: mint.next(), stanza: mint.next() } // prettier-ignore
    await store.acceptReactions(cleared)
    assert.equal(await stale(world), 1)
    assert.equal((await refresh(world))?.op.k, "retract")
    const other = await reactedWorld()
    await react(other, ["👍"])
    await done(other.store, other.room, (await refresh(other)) as OutboxRow<OutOp>, "9")
    await other.store.acceptRoomEvent(takenBack(other.room, "1"))
    assert.equal((await refresh(other))?.op.k, "retract")
  })

  it("that could not be sent, or is gone, is made anew", async () => {
    const world = await reactedWorld()
    const { store, room } = world
    const fail = (row: OutboxRow<OutOp> | null, gone: boolean): Promise<unknown> =>
      store.failSend({
        ...{ rows: [row?.id ?? ""], conversation: room, message: row?.op.message ?? "", consequence: null, next: null },
        ...{ now, dead: false, error: "no", gone },
      })
    await react(world, ["👍"])
    await fail(await refresh(world), false)
    await react(world, ["❤"])
    await done(store, room, (await refresh(world)) as OutboxRow<OutOp>, "9")
    await react(world, ["👍"])
    await fail(await refresh(world), true)
    await react(world, ["🎭"])
    assert.equal((await refresh(world))?.op.k, "send")
    assert.equal(rows(world.path, "SELECT 1 FROM message WHERE sender = ''").length, 2)
  })
})
