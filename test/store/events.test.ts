// From the network to XMPP: once each, with contact, roster, conversation and the adapter's position in one commit.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { isNewer } from "#src/store/events.js"
import { contact, count, edit, event, mint, now, origin, romeo, rows, sealed, sent, world, open } from "./fixture.js"

describe("acceptEvent", () => {
  it("makes what it needs: contact, roster row, conversation, message, row, state", async () => {
    const store = await open()
    const made = await store.register({ network: "sms", jid: romeo, legacyId: "bot", sealed, now })
    assert(made.outcome === "created")
    const w = { account: made.account.id, link: made.link.id }
    const first = event(w, { contact: contact(), state: { key: "offset", sealed } })
    const result = await store.acceptEvent(first)
    assert.equal(result.outcome, "accepted")
    assert.equal(result.firstSeen, true)
    assert.equal(result.entry?.contact.name, "Juliet")
    assert.deepEqual(result.row, {
      id: first.row.id,
      lane: `in:${result.conversation}`,
      messageId: first.messageId,
      op: first.row.op,
      state: "queued",
      attempts: 0,
      attemptedAt: null,
      due: 0,
      error: null,
    })
    assert.deepEqual(await store.laneRows(`in:${result.conversation}`, "", 9), [result.row])
    assert.deepEqual([...((await store.getState(w.account, "offset")) ?? [])], [...sealed])
    assert.deepEqual((await store.conversation(result.conversation))?.legacyId, "juliet")

    const second = await store.acceptEvent(event(w, { legacyId: "101", conversation: result.conversation }))
    assert.deepEqual(
      [second.outcome, second.firstSeen, second.conversation, second.entry?.contact.name],
      ["accepted", false, result.conversation, "Juliet"],
    )
    const third = await store.acceptEvent(event(w, { legacyId: "102", conversation: result.conversation, roster: false }))
    assert.deepEqual([third.outcome, third.firstSeen, third.entry], ["accepted", false, null])
  })

  it("takes a message once, and moves the position past a duplicate", async () => {
    const w = await world()
    assert.equal((await w.store.acceptEvent(event(w))).outcome, "accepted")
    const again = await w.store.acceptEvent(event(w, { state: { key: "offset", sealed: new Uint8Array([5]) } }))
    assert.deepEqual([again.outcome, again.row, again.conversation], ["duplicate", null, w.conversation])
    assert.deepEqual([...((await w.store.getState(w.account, "offset")) ?? [])], [5])
    assert.equal((await w.store.laneRows(`in:${w.conversation}`, "", 9)).length, 1)
    assert.equal((await w.store.acceptEvent(event(w, { legacyUser: "nurse" }))).outcome, "accepted", "ids are a conversation's own")
  })

  it("knows the parts of what we sent", async () => {
    const w = await world()
    const id = mint.next()
    const part = (ordinal: number) => ({ id: mint.next(), op: { k: "send" as const, message: id, ordinal, text: "x", origin: origin(id) } })
    await sent(w, "7", { messageId: id, parts: 2, rows: [part(0), part(1)] })
    assert.equal((await w.store.acceptEvent(event(w, { legacyId: "7" }))).outcome, "duplicate")
    assert.equal((await w.store.acceptEvent(event(w, { legacyId: "7.1" }))).outcome, "duplicate")
    const change = await w.store.acceptEvent(edit(w, "1", { legacyId: "7.1" }))
    assert(change.row?.op.k === "edit")
    assert.equal(change.row.op.target, id)
  })

  it("a message id used twice is an error, not a duplicate", async () => {
    const w = await world()
    const first = event(w)
    await w.store.acceptEvent(first)
    await assert.rejects(w.store.acceptEvent(event(w, { messageId: first.messageId, legacyId: "101" })), /UNIQUE/)
  })

  it("brings back a contact that retention took", async () => {
    const w = await world()
    const result = await w.store.acceptEvent(event(w))
    assert.deepEqual([result.firstSeen, result.entry?.contact.name], [true, null])
  })

  it("plain rows are always new and leave no message", async () => {
    const w = await world()
    for (let i = 0; i < 2; i++) assert.equal((await w.store.acceptEvent(event(w, { kind: "plain" }))).outcome, "accepted")
    assert.deepEqual([count(w.path, "outbox"), count(w.path, "message")], [2, 0])
  })
})

describe("edits from the network", () => {
  it("lead to the message, each revision once", async () => {
    const w = await world()
    const first = event(w)
    await w.store.acceptEvent(first)
    const one = await w.store.acceptEvent(edit(w, "9"))
    assert(one.row?.op.k === "edit")
    assert.deepEqual([one.row.op.target, one.row.messageId], [first.messageId, first.messageId])
    assert.deepEqual(
      (await w.store.laneRows(`in:${w.conversation}`, "", 9)).map(({ op }) => op),
      [first.row.op, one.row.op],
    )
    for (const stale of ["9", "8"]) assert.equal((await w.store.acceptEvent(edit(w, stale))).outcome, "duplicate", stale)
    assert.equal((await w.store.acceptEvent(edit(w, "10"))).outcome, "accepted", "numbers are compared as numbers")
    assert.equal((await w.store.acceptEvent(edit(w, null))).outcome, "accepted")
    assert.equal((await w.store.acceptEvent(edit(w, "10"))).outcome, "duplicate", "an unknown revision forgets none")
    assert.equal(count(w.path, "message"), 4, "the message, and each correction, by which clients may name it")
    assert.equal((await w.store.directMessage(w.link, "juliet", one.row.op.id))?.id, first.messageId)
  })

  it("of a message never seen are messages", async () => {
    const w = await world()
    const late = edit(w, "3")
    const { row } = await w.store.acceptEvent(late)
    assert.deepEqual(row?.op, { k: "message", id: late.messageId, text: "at 3", at: now })
    assert.equal((await w.store.acceptEvent(event(w))).outcome, "duplicate", "its first version comes too late")
    assert.equal((await w.store.acceptEvent(edit(w, "3"))).outcome, "duplicate")
    assert.deepEqual(rows(w.path, "SELECT id, revision FROM message"), [{ id: late.messageId, revision: "3" }])
  })

  it("revisions are numbers of any length or ascending texts", () => {
    const cases: [string | null, string | null, boolean][] = [
      ["10", "9", true],
      ["9", "10", false],
      ["9", "9", false],
      ["123456789012345678901", "123456789012345678900", true],
      ["2026-02-01T00:00:00Z", "2026-01-31T23:59:59Z", true],
      ["2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", false],
      ["1700000001-a", "1700000000-b", true],
      ["1700000000-a", "1700000001-b", false],
      ["1700000000-a", "1700000000-b", true],
      ["1700000000-a", "1700000000-a", false],
      ["a", "b", false],
      [null, "1", true],
      ["1", null, true],
    ]
    for (const [revision, known, expected] of cases) assert.equal(isNewer(revision, known), expected, `${revision} after ${known}`)
  })
})
