// From XMPP to the network: acceptance, resends, edits.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { OutOp } from "#src/core/model.js"
import { action, balcony, count, mint, now, origin, receiptRow, rows, sent, world, type World } from "./fixture.js"

const out = (w: World) => w.store.laneRows(`out:${w.conversation}`, "", 99)
const into = (w: World) => w.store.laneRows(`in:${w.conversation}`, "", 99)
const send = (message: string, ordinal: number, text: string): { id: string; op: OutOp } => ({
  id: mint.next(),
  op: { k: "send", message, ordinal, text, origin: origin(message) },
})

describe("acceptAction", () => {
  it("stores the message with its rows, the head started if asked", async () => {
    const w = await world()
    const id = mint.next()
    const parts = [send(id, 0, "one"), send(id, 1, "two")]
    assert.deepEqual(
      await w.store.acceptAction(action(w.conversation, { messageId: id, rows: parts, parts: 2, startHead: true, xmppId: "s1" })),
      { outcome: "accepted" },
    )
    const lane = await out(w)
    assert.deepEqual(
      lane.map(({ op }) => op),
      parts.map(({ op }) => op),
    )
    assert.deepEqual(
      lane.map(({ state, attempts, attemptedAt, messageId }) => [state, attempts, attemptedAt, messageId]),
      [
        ["sending", 1, now, id],
        ["queued", 0, null, id],
      ],
    )
    assert.deepEqual(await w.store.findMessage(w.conversation, "s1"), {
      id,
      conversation: w.conversation,
      xmppId: "s1",
      sender: balcony,
      digest: "d1",
      at: now,
      target: null,
      parts: 2,
      sent: 0,
      files: 0,
    })
    assert.equal(await w.store.findMessage(w.conversation, ""), undefined)
    assert.equal(await w.store.findMessage(w.conversation + 1, "s1"), undefined)
  })

  it("drops a resend, and repeats its receipt once all parts are sent", async () => {
    const w = await world()
    const first = action(w.conversation, { xmppId: "s1" })
    await w.store.acceptAction(first)
    const again = () => action(w.conversation, { xmppId: "s1", receipt: receiptRow("s1"), sender: "romeo@montague.example/garden" })
    assert.deepEqual(await w.store.acceptAction(again()), { outcome: "resend", message: first.messageId, settled: false })
    assert.equal((await into(w)).length, 0)
    await w.store.completeSend({
      row: first.rows[0].id,
      conversation: w.conversation,
      message: first.messageId,
      ordinal: 0,
      sent: { legacyId: "7", handle: null },
      consequence: null,
      next: null,
      now,
    })
    const resend = again()
    assert.deepEqual(await w.store.acceptAction(resend), { outcome: "resend", message: first.messageId, settled: true })
    assert.deepEqual(
      (await into(w)).map(({ id, op }) => ({ id, op })),
      [resend.receipt],
    )
    assert.equal(count(w.path, "message"), 1)
  })

  it("takes anything else with the same id for a new message", async () => {
    const w = await world()
    await w.store.acceptAction(action(w.conversation, { xmppId: "1" }))
    for (const over of [
      { digest: "d2" },
      { resendSince: now + 1, digest: "d2" },
      { sameResource: true, sender: "romeo@montague.example/garden", digest: "d2" },
      { sender: "other@montague.example/balcony", digest: "d2" },
    ])
      assert.equal((await w.store.acceptAction(action(w.conversation, { xmppId: "1", ...over }))).outcome, "accepted", JSON.stringify(over))
    assert.equal(
      (await w.store.acceptAction(action(w.conversation, { xmppId: "1" }))).outcome,
      "accepted",
      "only the newest row with the id counts",
    )
    assert.equal((await w.store.acceptAction(action(w.conversation, { xmppId: "" }))).outcome, "accepted")
    assert.equal(
      (await w.store.acceptAction(action(w.conversation, { xmppId: "" }))).outcome,
      "accepted",
      "without an id nothing is a resend",
    )
  })

  it("stores an edit as a message of its own that leads to the one it edits", async () => {
    const w = await world()
    const id = await sent(w, "7", { xmppId: "s1" })
    const op: OutOp = { k: "edit", message: id, ordinal: 0, text: "better", origin: origin("e") }
    const change = action(w.conversation, { xmppId: "s2", target: id, parts: 3, rows: [{ id: mint.next(), op }] })
    await w.store.acceptAction(change)
    assert.equal((await w.store.findMessage(w.conversation, "s1"))?.parts, 3)
    assert.deepEqual(await w.store.findMessage(w.conversation, "s2"), await w.store.findMessage(w.conversation, "s1"))
    assert.deepEqual(await w.store.acceptAction({ ...change, messageId: mint.next() }), {
      outcome: "resend",
      message: change.messageId,
      settled: false,
    })
    const back = action(w.conversation, { xmppId: "s3", target: id, rows: [{ id: mint.next(), op }] })
    await w.store.acceptAction(back)
    assert.deepEqual(await w.store.acceptAction({ ...back, messageId: mint.next() }), {
      outcome: "resend",
      message: back.messageId,
      settled: false,
    })
  })

  it("an edit is settled with the message it edits", async () => {
    const w = await world()
    const first = action(w.conversation, { xmppId: "s1" })
    await w.store.acceptAction(first)
    const row = first.rows[0]
    const change = action(w.conversation, {
      xmppId: "s2",
      target: first.messageId,
      rows: [],
      amend: [{ id: row.id, op: { ...row.op, text: "better" } as OutOp }],
    })
    await w.store.acceptAction(change)
    assert.deepEqual(
      (await out(w)).map(({ op }) => op.k === "send" && op.text),
      ["better"],
    )
    assert.deepEqual(await w.store.acceptAction(change), { outcome: "resend", message: change.messageId, settled: false })
    await w.store.completeSend({
      row: row.id,
      conversation: w.conversation,
      message: first.messageId,
      ordinal: 0,
      sent: { legacyId: "7", handle: null },
      consequence: null,
      next: null,
      now,
    })
    assert.deepEqual(await w.store.acceptAction(change), { outcome: "resend", message: change.messageId, settled: true })
  })

  it("amends and drops waiting rows, but not one that was started: then nothing is stored", async () => {
    const w = await world()
    const id = mint.next()
    const [head, second] = [send(id, 0, "one"), send(id, 1, "two")]
    await w.store.acceptAction(action(w.conversation, { messageId: id, rows: [head, second], parts: 2 }))
    await w.store.acceptAction(
      action(w.conversation, {
        target: id,
        parts: 1,
        rows: [],
        amend: [{ id: head.id, op: { ...head.op, text: "only" } as OutOp }],
        drop: [second.id],
      }),
    )
    assert.deepEqual(
      (await out(w)).map(({ op }) => op.k === "send" && op.text),
      ["only"],
    )
    await w.store.startSend(head.id, now)
    await assert.rejects(
      w.store.acceptAction(action(w.conversation, { target: id, rows: [], amend: [{ id: head.id, op: head.op }] })),
      /being sent/,
    )
    await assert.rejects(w.store.acceptAction(action(w.conversation, { target: id, parts: 5, rows: [], drop: [head.id] })), /being sent/)
    assert.deepEqual([count(w.path, "message"), (await out(w)).length], [2, 1])
    assert.equal(rows<{ parts: number }>(w.path, "SELECT parts FROM message WHERE id = ?", id)[0]?.parts, 1)
  })
})
