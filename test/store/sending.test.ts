// The lane towards the network: its rows, their ends, and what follows from them.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { OutOp } from "#src/core/model.js"
import { action, count, edit, errorRow, event, mint, now, origin, receiptRow, rows, sent, world, type World } from "./fixture.js"

const out = (w: World) => w.store.laneRows(`out:${w.conversation}`, "", 99)
const into = (w: World) => w.store.laneRows(`in:${w.conversation}`, "", 99)
const send = (message: string, ordinal: number, text: string): { id: string; op: OutOp } => ({
  id: mint.next(),
  op: { k: "send", message, ordinal, text, origin: origin(message) },
})

describe("completeSend", () => {
  it("records the id, queues the consequence and starts the next row in one go", async () => {
    const w = await world()
    const [a, b] = [action(w.conversation), action(w.conversation)]
    await w.store.acceptAction(a)
    await w.store.acceptAction(b)
    const receipt = receiptRow()
    await w.store.completeSend({
      row: a.rows[0].id,
      conversation: w.conversation,
      message: a.messageId,
      ordinal: 0,
      sent: { legacyId: "7", handle: "h" },
      consequence: receipt,
      next: b.rows[0].id,
      now: now + 5,
    })
    assert.deepEqual(await w.store.findPart(a.messageId, 0), { legacyId: "7", handle: "h" })
    assert.equal(await w.store.findPart(b.messageId, 0), undefined)
    assert.deepEqual(
      (await out(w)).map(({ id, state, attempts, attemptedAt }) => [id, state, attempts, attemptedAt]),
      [[b.rows[0].id, "sending", 1, now + 5]],
    )
    assert.deepEqual(
      (await into(w)).map(({ op }) => op),
      [receipt.op],
    )
  })

  it("keeps further parts, and forgets one that was retracted", async () => {
    const w = await world()
    const id = mint.next()
    await sent(w, "7", { messageId: id, parts: 3, rows: [send(id, 0, "a"), send(id, 1, "b"), send(id, 2, "c")] })
    assert.deepEqual(await w.store.findPart(id, 2), { legacyId: "7.2", handle: null })
    const retract: OutOp = { k: "retract", message: id, ordinal: 2, origin: origin(id) }
    const shorter = action(w.conversation, { target: id, parts: 2, rows: [{ id: mint.next(), op: retract }] })
    await w.store.acceptAction(shorter)
    await w.store.completeSend({
      row: shorter.rows[0].id,
      conversation: w.conversation,
      message: id,
      ordinal: 2,
      sent: null,
      consequence: null,
      next: null,
      now,
    })
    assert.equal(await w.store.findPart(id, 2), undefined)
    assert.deepEqual(await w.store.findPart(id, 1), { legacyId: "7.1", handle: null })
  })

  it("keeps what else the network made of a part, apart from the parts after it", async () => {
    const w = await world()
    const id = mint.next()
    const parts = [send(id, 0, "a"), send(id, 1, "b")] as const
    await w.store.acceptAction(action(w.conversation, { messageId: id, parts: 2, rows: [...parts] }))
    const common = { conversation: w.conversation, message: id, consequence: null, next: null, now }
    // An echo that was faster.
    assert.equal((await w.store.acceptEvent(event(w, { legacyId: "8", sender: "bot" }))).outcome, "accepted")
    const further = [
      { legacyId: "8", handle: null },
      { legacyId: "9", handle: "h" },
    ]
    await w.store.completeSend({ ...common, row: parts[0].id, ordinal: 0, sent: { legacyId: "7", handle: null, parts: further } })
    assert.deepEqual(await w.store.furtherOf(id, 0), further)
    assert.equal(count(w.path, "message"), 1)
    const chat = await w.store.conversation(w.conversation)
    const known = () => w.store.directMessage(chat?.linkId ?? 0, chat?.legacyId ?? "", id)
    assert.equal((await known())?.sent, 1, "the second part is still to be sent")
    assert.equal(await w.store.findPart(id, 1), undefined)
    await w.store.completeSend({ ...common, row: parts[1].id, ordinal: 1, sent: { legacyId: "10", handle: null } })
    assert.equal((await known())?.sent, 2)
    assert.deepEqual(await w.store.findPart(id, 1), { legacyId: "10", handle: null })
    assert.deepEqual(await w.store.furtherOf(id, 1), [])
    for (const legacyId of ["8", "9"]) assert.equal((await w.store.acceptEvent(event(w, { legacyId, sender: "bot" }))).outcome, "duplicate")
    const retract: OutOp = { k: "retract", message: id, ordinal: 0, origin: origin(id) }
    const back = action(w.conversation, { target: id, parts: 2, rows: [{ id: mint.next(), op: retract }] })
    await w.store.acceptAction(back)
    await w.store.completeSend({ ...common, row: back.rows[0].id, ordinal: 0, sent: null })
    assert.deepEqual(await w.store.furtherOf(id, 0), [])
  })

  for (const ordinal of [0, 1])
    it(`takes over what came as an echo of part ${ordinal}`, async () => {
      const w = await world()
      const id = mint.next()
      const parts = [send(id, 0, "a"), send(id, 1, "b")] as const
      await w.store.acceptAction(action(w.conversation, { messageId: id, parts: 2, rows: [...parts] }))
      const echo = event(w, { legacyId: "7", sender: "bot" })
      assert.equal((await w.store.acceptEvent(echo)).outcome, "accepted")
      const done = {
        row: parts[ordinal]?.id ?? "",
        conversation: w.conversation,
        message: id,
        ordinal,
        sent: { legacyId: "7", handle: null },
        consequence: receiptRow(),
        next: null,
        now,
      }
      await w.store.completeSend(done)
      assert.deepEqual(await w.store.findPart(id, ordinal), { legacyId: "7", handle: null })
      assert.deepEqual(
        (await into(w)).map((row) => row.id),
        [done.consequence.id],
        "the echo is not told to its author",
      )
      assert.equal(count(w.path, "message"), 1)
      assert.equal((await w.store.acceptEvent({ ...echo, messageId: mint.next() })).outcome, "duplicate")
    })

  it("a network that gives one id to two parts does not stop the lane", async () => {
    const w = await world()
    const id = mint.next()
    const parts = [send(id, 0, "a"), send(id, 1, "b")] as const
    await w.store.acceptAction(action(w.conversation, { messageId: id, parts: 2, rows: [...parts] }))
    for (const ordinal of [1, 0])
      await w.store.completeSend({
        row: parts[ordinal]?.id ?? "",
        conversation: w.conversation,
        message: id,
        ordinal,
        sent: { legacyId: "7", handle: null },
        consequence: null,
        next: null,
        now,
      })
    assert.deepEqual(await w.store.findPart(id, 0), { legacyId: "7", handle: null })
    assert.equal((await out(w)).length, 0)
  })

  it("records the revision of an own edit, so that its echo is known", async () => {
    const w = await world()
    const id = await sent(w, "7")
    const change = action(w.conversation, {
      target: id,
      rows: [{ id: mint.next(), op: { k: "edit", message: id, ordinal: 0, text: "b", origin: origin(id) } }],
    })
    await w.store.acceptAction(change)
    await w.store.completeSend({
      row: change.rows[0].id,
      conversation: w.conversation,
      message: id,
      ordinal: 0,
      sent: { legacyId: "12", handle: null },
      consequence: null,
      next: null,
      now,
    })
    assert.deepEqual(await w.store.findPart(id, 0), { legacyId: "7", handle: null })
    assert.equal((await w.store.acceptEvent(edit(w, "12", { legacyId: "7" }))).outcome, "duplicate")
    assert.equal((await w.store.acceptEvent(edit(w, "13", { legacyId: "7" }))).outcome, "accepted")
  })
})

describe("failSend", () => {
  it("forgets a message of which nothing was sent, so that it can be said again", async () => {
    const w = await world()
    const [a, b] = [action(w.conversation, { xmppId: "s1" }), action(w.conversation)]
    await w.store.acceptAction(a)
    await w.store.acceptAction(b)
    const consequence = errorRow()
    await w.store.failSend({
      rows: [a.rows[0].id],
      conversation: w.conversation,
      message: a.messageId,
      consequence,
      next: b.rows[0].id,
      now,
      dead: false,
      error: "gone",
    })
    assert.deepEqual(
      (await out(w)).map(({ id, state }) => [id, state]),
      [[b.rows[0].id, "sending"]],
    )
    assert.deepEqual(
      (await into(w)).map(({ op }) => op),
      [consequence.op],
    )
    assert.equal((await w.store.acceptAction(action(w.conversation, { xmppId: "s1" }))).outcome, "accepted")
  })

  it("keeps a message of which a part was sent", async () => {
    const w = await world()
    const id = mint.next()
    const [first, second] = [send(id, 0, "a"), send(id, 1, "b")]
    await w.store.acceptAction(action(w.conversation, { messageId: id, xmppId: "s1", parts: 2, rows: [first, second] }))
    await w.store.completeSend({
      row: first.id,
      conversation: w.conversation,
      message: id,
      ordinal: 0,
      sent: { legacyId: "7", handle: null },
      consequence: null,
      next: null,
      now,
    })
    await w.store.failSend({
      rows: [second.id],
      conversation: w.conversation,
      message: id,
      consequence: null,
      next: null,
      now,
      dead: false,
      error: "gone",
    })
    assert.deepEqual(await w.store.acceptAction(action(w.conversation, { xmppId: "s1" })), {
      outcome: "resend",
      message: id,
      settled: false,
    })
  })

  it("forgets an edit with the waiting message that it had changed", async () => {
    const w = await world()
    const first = action(w.conversation, { xmppId: "s1" })
    await w.store.acceptAction(first)
    const row = first.rows[0]
    const change = action(w.conversation, { xmppId: "s2", target: first.messageId, rows: [], amend: [{ id: row.id, op: row.op }] })
    await w.store.acceptAction(change)
    await w.store.failSend({
      rows: [row.id],
      conversation: w.conversation,
      message: change.messageId,
      consequence: null,
      next: null,
      now,
      dead: false,
      error: "gone",
    })
    assert.equal(count(w.path, "message"), 0)
  })

  it("keeps dead rows apart, with the reason", async () => {
    const w = await world()
    const a = action(w.conversation)
    await w.store.acceptAction(a)
    await w.store.failSend({
      rows: [a.rows[0].id],
      conversation: w.conversation,
      message: a.messageId,
      consequence: errorRow(),
      next: null,
      now,
      dead: true,
      error: "a bug",
    })
    assert.deepEqual(await out(w), [])
    assert.deepEqual(rows(w.path, "SELECT state, error FROM outbox WHERE id = ?", a.rows[0].id), [{ state: "dead", error: "a bug" }])
    assert.equal(count(w.path, "message"), 1)
    assert.deepEqual(
      (await w.store.openLanes()).map(({ lane }) => lane),
      [`in:${w.conversation}`],
    )
    assert.equal((await w.store.backlog(w.account)).dead, 1)
  })
})

describe("lanes", () => {
  it("are read in order and in pages, and opened where something waits", async () => {
    const w = await world()
    const said = [action(w.conversation), action(w.conversation), action(w.conversation)]
    for (const each of said) await w.store.acceptAction(each)
    const other = await w.store.openDirect(w.account, w.link, "nurse")
    const row = receiptRow()
    await w.store.say(other.id, row)
    const ids = said.map((each) => each.rows[0].id)
    assert.deepEqual(
      (await w.store.laneRows(`out:${w.conversation}`, "", 2)).map(({ id }) => id),
      ids.slice(0, 2),
    )
    assert.deepEqual(
      (await w.store.laneRows(`out:${w.conversation}`, ids[1] ?? "", 2)).map(({ id }) => id),
      ids.slice(2),
    )
    assert.deepEqual(await w.store.openLanes(), [
      { lane: `out:${w.conversation}`, first: ids[0] },
      { lane: `in:${other.id}`, first: row.id },
    ])
    assert.deepEqual(await w.store.backlog(w.account), { out: 3, in: 1, oldest: ids[0], dead: 0 })
    assert.deepEqual(await w.store.backlog(w.account + 1), { out: 0, in: 0, oldest: null, dead: 0 })
  })

  it("a row keeps the time of its first attempt, and attempts as told", async () => {
    const w = await world()
    const a = action(w.conversation)
    await w.store.acceptAction(a)
    const { id } = a.rows[0]
    await w.store.startSend(id, now)
    await w.store.startSend(id, now + 9)
    assert.deepEqual(
      (await out(w)).map((r) => [r.state, r.attempts, r.attemptedAt]),
      [["sending", 2, now]],
    )
    await w.store.reschedule(id, { attempts: 1, due: now + 50, error: "flood" })
    assert.deepEqual(
      (await out(w)).map((r) => [r.state, r.attempts, r.attemptedAt, r.due, r.error]),
      [["queued", 1, now, now + 50, "flood"]],
    )
  })

  it("what was delivered goes, and comes back after a bounce", async () => {
    const w = await world()
    const { row } = await w.store.acceptEvent(event(w))
    assert(row)
    assert.deepEqual(await into(w), [row])
    await w.store.delivered([row.id, "unknown"])
    assert.deepEqual(await into(w), [])
    const back = { ...row, attempts: 1, attemptedAt: now, due: now + 60_000, error: "later" }
    await w.store.restore({ ...back, messageId: null })
    assert.deepEqual(await into(w), [{ ...back, messageId: null }])
    await w.store.restore({ ...back, attempts: 2 })
    assert.deepEqual(
      (await into(w)).map(({ attempts }) => attempts),
      [2],
    )
  })
})
