// Bridges in the store: legs of one bridge at most, what waits for a leg in the order in which it was shown, and what stands there for what.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import type { NewRoomEvent } from "#src/core/rooms/store.js"
import type { RoomOp } from "#src/core/rooms/model.js"
import type { NewAction } from "#src/core/store.js"
import { mint, now, world, type World } from "./fixture.js"

interface Square extends World {
  a: number
  b: number
  c: number
}

async function square(): Promise<Square> {
  const it = await world()
  const room = async (legacyId: string): Promise<number> => (await it.store.putRoom(it.account, { legacyId })).room.id
  return { ...it, a: await room("a"), b: await room("b"), c: await room("c") }
}

const leg = (conversation: number) => ({ conversation, consentBy: "romeo@montague.example", now })

function event(room: number, text: string, more: Partial<NewRoomEvent> = {}): NewRoomEvent {
  const id = mint.next()
  const op: RoomOp = { k: "said", id, pos: 0, by: null, text, at: now }
  const contact = { network: "sms", legacyId: "juliet", name: "Juliet", username: null, kind: "person" as const, profile: {} }
  return {
    ...{ room, by: { contact }, heard: true, now, kind: "message", messageId: id, legacyId: text, revision: null, handle: null },
    ...{ sender: "juliet", at: now, replyTo: null, row: { id: mint.next(), op }, cursor: null, older: false },
    ...more,
  }
}

/** The copy of what waits first for a leg, as the core commits it. */
function copyOf(conversation: number, copy: NonNullable<NewAction["copy"]>, messageId = mint.next()): NewAction {
  return {
    ...{ conversation, messageId, xmppId: "", sender: "Juliet (A)@p1.bridge.invalid/copy", digest: "d", now, resendSince: 0 },
    ...{ sameResource: false, target: null, parts: 1, rows: [], startHead: false, receipt: null, amend: [], drop: [], copy },
  }
}

describe("bridges", () => {
  test("are made, changed and ended; a room is a leg of one", async () => {
    const { store, a, b, c } = await square()
    const made = await store.makeBridge({ name: "square", origin: "config", now, legs: [leg(a), leg(b)], options: { joins: true } })
    assert.ok(made !== "taken")
    assert.deepEqual([made.name, made.options, made.legs.map(({ conversation }) => conversation)], ["square", { joins: true }, [a, b]])
    assert.equal(await store.makeBridge({ name: "other", origin: "config", now, legs: [leg(c), leg(b)] }), "taken")
    assert.equal((await store.loadBridges()).length, 1)
    assert.equal(await store.addLeg(made.id, leg(a)), "taken")
    assert.equal(await store.addLeg(made.id + 1, leg(c)), undefined)
    assert.equal(await store.addLeg(made.id, leg(99_999)), undefined)
    await store.addLeg(made.id, { ...leg(c), options: { way: "in" } })
    await store.changeLeg(b, { relay: "single" })
    await store.changeBridge(made.id, { name: "plaza", options: {} })
    const [now1] = await store.loadBridges()
    assert.deepEqual([now1?.name, now1?.options], ["plaza", {}])
    assert.deepEqual(
      now1?.legs.map(({ options, consentBy }) => [options, consentBy]),
      [{}, { relay: "single" }, { way: "in" }].map((options) => [options, "romeo@montague.example"]),
    )
    assert.equal((await store.removeLeg(c))?.legs.length, 2)
    assert.equal(await store.removeLeg(c), undefined)
    await store.removeBridge(made.id)
    assert.deepEqual(await store.loadBridges(), [])
  })

  test("what is shown in one leg waits for the others, in that order, with what it is about", async () => {
    const { store, a, b, c } = await square()
    await store.makeBridge({ name: "square", origin: "config", now, legs: [leg(a), leg(b)] })
    const first = event(a, "Hark", { copies: [b, c] })
    await store.acceptRoomEvent(first)
    await store.acceptRoomEvent(event(a, "Hark", { copies: [b] })) // known
    await store.acceptRoomEvent(event(a, "not for others"))
    const edited = event(a, "Hark", { kind: "edit", revision: "2", copies: [b] })
    edited.row.op = { ...(edited.row.op as Extract<RoomOp, { k: "said" }>), text: "Hark!", replaces: "" }
    await store.acceptRoomEvent(edited)
    // The third is no leg.
    assert.deepEqual(await store.legsWithCopies(), [b])
    const next = await store.nextCopy(b)
    assert.deepEqual(
      [next?.from, next?.about, next?.op?.k, next?.targets, next?.person],
      [a, first.messageId, "said", [], { contact: "juliet" }],
    )
    const message = mint.next()
    const copy = { row: next?.row ?? "", of: next?.about ?? "" }
    assert.equal((await store.acceptAction(copyOf(b, copy, message))).outcome, "accepted")
    // Twice is once.
    assert.equal((await store.acceptAction(copyOf(b, copy))).outcome, "resend")
    const edit = await store.nextCopy(b)
    assert.deepEqual([edit?.about, edit?.targets.map(({ id, isCopy }) => [id, isCopy])], [first.messageId, [[message, true]]])
    await store.dropCopy(edit?.row ?? "")
    assert.equal(await store.nextCopy(b), undefined)
  })

  test("what is done to a copy leads to the original, and to the other copies", async () => {
    const { store, a, b, c } = await square()
    await store.makeBridge({ name: "square", origin: "config", now, legs: [leg(a), leg(b), leg(c)] })
    const hark = event(a, "Hark", { copies: [b, c] })
    await store.acceptRoomEvent(hark)
    const copies = new Map<number, string>()
    for (const one of [b, c]) {
      const message = mint.next()
      copies.set(one, message)
      await store.acceptAction(copyOf(one, { row: (await store.nextCopy(one))?.row ?? "", of: hark.messageId }, message))
      const op: RoomOp = { k: "said", id: message, pos: 0, by: { nick: "Juliet (A)", occupant: "p1" }, text: "Hark", at: now }
      await store.reflect(one, message, { id: mint.next(), op })
    }
    const inB = copies.get(b) ?? ""
    const op: RoomOp = { k: "reactions", id: mint.next(), pos: 0, by: null, target: inB, emoji: ["🌹"], at: now }
    await store.reflect(b, inB, { id: mint.next(), op }, [a, c])
    const toA = await store.nextCopy(a)
    assert.deepEqual(
      toA?.targets.map(({ id, isCopy, by }) => [id, isCopy, by?.nick]),
      [[hark.messageId, false, "Juliet"]],
    )
    const toC = await store.nextCopy(c)
    assert.deepEqual(
      toC?.targets.map(({ id, isCopy, by }) => [id, isCopy, by?.nick]),
      [[copies.get(c), true, "Juliet (A)"]],
    )
  })

  test("rows that follow one another keep their order, and what a leg leaves goes with it", async () => {
    const { store, a, b } = await square()
    const made = await store.makeBridge({ name: "square", origin: "config", now, legs: [leg(a), leg(b)] })
    assert.ok(made !== "taken")
    const shown = event(a, "caption", { copies: [b] })
    const id = shown.messageId
    const file = (n: number): RoomOp => ({
      ...{ k: "said", id: `${id}.f${n}`, pos: 0, by: null, text: "", at: now },
      rich: { file: { name: `${n}.png`, mime: "image/png", url: `https://x.example/${n}` } },
    })
    const [one, two] = [mint.next(), mint.next()]
    shown.row.id = mint.next()
    shown.before = [
      { id: one, op: file(1) },
      { id: two, op: file(2) },
    ]
    await store.acceptRoomEvent(shown)
    const gone = event(a, "", { kind: "retract", legacyId: "caption", copies: [b] })
    gone.row.op = { k: "retracted", id: mint.next(), pos: 0, by: null, target: "", at: now, moderated: false }
    await store.acceptRoomEvent(gone)
    await store.tellLegs([{ conversation: b, row: `${mint.next()}-${b}` }], { k: "said", id: "n", pos: 0, by: null, text: "ℹ", at: now })
    const abouts: string[] = []
    for (let next = await store.nextCopy(b); next; next = await store.nextCopy(b)) {
      abouts.push(`${next.op?.k} ${next.about.replace(id, "")}`.trim())
      await store.dropCopy(next.row)
      if (abouts.length === 6) break
    }
    assert.deepEqual(abouts, ["said .f1", "said .f2", "said", "retracted .f1", "retracted .f2", "retracted"])
    await store.removeLeg(b)
    assert.deepEqual(await store.legsWithCopies(), [])
  })

  test("a room that moves into another stays a leg; one that is wiped is none, and nothing waits for it", async () => {
    const { store, a, b, c } = await square()
    const made = await store.makeBridge({ name: "square", origin: "config", now, legs: [leg(a), leg(b)] })
    assert.ok(made !== "taken")
    await store.acceptRoomEvent(event(b, "from b", { copies: [a] }))
    await store.acceptRoomEvent(event(a, "to b", { copies: [b] }))
    // b's new id was taken for another room, c: the elder takes in the younger; here the leg is the elder.
    await store.moveRoom(b, "c")
    assert.equal((await store.nextCopy(b))?.from, a)
    const [kept] = await store.loadBridges()
    assert.deepEqual(
      kept?.legs.map(({ conversation }) => conversation),
      [a, b],
    )
    assert.equal(await store.removeLeg(c), undefined)
    await store.removeRoom(b)
    assert.deepEqual(
      (await store.loadBridges())[0]?.legs.map(({ conversation }) => conversation),
      [a],
    )
    assert.deepEqual(await store.legsWithCopies(), [a])
    assert.equal((await store.nextCopy(a))?.op?.k, "said", "what was said there before is still told")
  })
})
