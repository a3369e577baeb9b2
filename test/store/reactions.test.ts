// Reactions as rows: of whom they are, and what becomes of them when two messages turn out to be one.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { InOp } from "#src/core/model.js"
import type { ReactionStep } from "#src/core/asides/store.js"
import { action, event, mint, now, origin, rows, sent, world, type World } from "./fixture.js"
import { roomWorld, told } from "./room-kit.js"

function react(w: World, legacyId: string, step: ReactionStep) {
  const where = { link: w.link, legacyUser: "juliet" }
  return w.store.acceptReactions({ where, legacyId, step, by: null, own: false, now, row: mint.next(), stanza: mint.next() })
}

/** Undefined: nothing is told. */
function emojiIn(row: { op: InOp } | null): string[] | undefined {
  return row?.op.k === "reactions" ? row.op.emoji.toSorted() : undefined
}

describe("reactions", () => {
  it("of people whose ids look like ours, or like nobody's, are theirs", async () => {
    const w = await world()
    const message = await sent(w, "7")
    for (const actor of ["@juliet:verona.example", "=x", ""]) assert.ok((await react(w, "7", { actor, set: ["👍"] })).row)
    assert.deepEqual(await w.store.ourReactions(message, "x@y" as never), [], "none is of a user of ours")
    assert.ok((await react(w, "7", { counts: [{ emoji: "👍", count: 2 }] })).row, "what is only counted is another")
    assert.ok((await react(w, "7", { actor: "@juliet:verona.example", set: [] })).row)
    assert.deepEqual(rows(w.path, "SELECT actor, count FROM reaction ORDER BY actor"), [
      { actor: "", count: 2 },
      { actor: "=", count: 1 },
      { actor: "==x", count: 1 },
    ])
  })

  it("of the echo of a further part become those of its message, also what that has already", async () => {
    const w = await world()
    const message = mint.next()
    const part = (ordinal: number) => ({
      id: mint.next(),
      op: { k: "send" as const, message, ordinal, text: `part ${ordinal}`, origin: origin(message) },
    })
    const said = action(w.conversation, { messageId: message, parts: 2, rows: [part(0), part(1)] })
    await w.store.acceptAction(said)
    const done = (row: string, ordinal: number, legacyId: string) =>
      w.store.completeSend({
        ...{ row, conversation: w.conversation, message, ordinal, sent: { legacyId, handle: null } },
        ...{ consequence: null, next: null, now },
      })
    const [first, second] = said.rows
    await done(first.id, 0, "1")
    await react(w, "1", { actor: "juliet", set: ["👍"] })
    // The network tells of the second part before its call has an answer.
    await w.store.acceptEvent(event(w, { legacyId: "2" }))
    await react(w, "2", { actor: "juliet", set: ["👍", "🎉"] })
    await done(second?.id ?? "", 1, "2")
    assert.deepEqual(await w.store.findPart(message, 1), { legacyId: "2", handle: null })
    assert.deepEqual(rows(w.path, "SELECT message_id AS message, part, emoji FROM reaction ORDER BY emoji, part"), [
      { message, part: "2", emoji: "🎉" },
      { message, part: "", emoji: "👍" },
      { message, part: "2", emoji: "👍" },
    ])
    assert.deepEqual(emojiIn((await react(w, "1", { actor: "juliet", set: [] })).row), undefined, "she still thinks it of the second")
    assert.deepEqual(emojiIn((await react(w, "2", { actor: "juliet", remove: "👍" })).row), ["🎉"])
  })

  it("of several parts are told as one set; each part keeps its own", async () => {
    const w = await world()
    const message = mint.next()
    const said = action(w.conversation, { messageId: message })
    await w.store.acceptAction(said)
    const parts = ["8", "9"].map((legacyId) => ({ legacyId, handle: null }))
    const done = { row: said.rows[0].id, conversation: w.conversation, message, ordinal: 0, sent: { legacyId: "7", handle: null, parts } }
    await w.store.completeSend({ ...done, consequence: null, next: null, now })
    const thinks = async (legacyId: string, step: ReactionStep) => emojiIn((await react(w, legacyId, step)).row)
    assert.deepEqual(await thinks("7", { actor: "juliet", set: ["👍"] }), ["👍"])
    assert.deepEqual(await thinks("8", { actor: "juliet", set: ["🔥"] }), ["🔥", "👍"].sort())
    assert.equal(await thinks("8", { actor: "juliet", set: ["🔥"] }), undefined, "the same again")
    assert.equal(await thinks("9", { actor: "juliet", add: "👍" }), undefined, "she thinks so already")
    assert.deepEqual(await thinks("8", { actor: "juliet", set: [] }), ["👍"])
    assert.equal(await thinks("7", { actor: "juliet", set: [] }), undefined, "and still of the third")
    assert.deepEqual(await thinks("9", { actor: "juliet", remove: "👍" }), [])
    // A moderator takes away what is thought of one picture.
    await react(w, "7", { actor: "juliet", set: ["👍"] })
    await react(w, "8", { actor: "juliet", set: ["🔥"] })
    assert.deepEqual(await thinks("8", { cleared: true }), ["👍"])
    // Counts are of all together.
    await react(w, "7", { counts: [{ emoji: "👀", count: 2 }] })
    const { row } = await react(w, "9", { counts: [{ emoji: "👀", count: 3 }] })
    assert.match(row && "text" in row.op ? row.op.text : "", /👀\s*5/)
    // A part that is taken back takes with it what was thought of it.
    await react(w, "8", { actor: "juliet", set: ["🎉"] })
    await w.store.acceptRetraction({
      ...{ link: w.link, legacyUser: "juliet", legacyId: "8", at: now },
      row: { id: mint.next(), op: { k: "retract", id: mint.next(), target: "", at: now } },
    })
    assert.deepEqual(await thinks("7", { actor: "juliet", add: "😂" }), ["😂", "👍"].sort())
  })
})

describe("choices", () => {
  it("of a room that is merged into another are that one's", async () => {
    const w = await roomWorld()
    const { room: young } = await w.store.putRoom(w.account, { legacyId: "-1001", name: "Verona!" })
    await w.store.acceptRoomEvent(told(young.id, "1", "Tea?"))
    const offered = { as: "poll" as const, text: "Tea?", options: [{ id: "y", text: "Yes" }] }
    await w.store.offer({ where: { room: young.id }, legacyId: "1", offered })
    await w.store.moveRoom(w.room, "-1001")
    assert.deepEqual(
      (await w.store.offered({ room: w.room }, 9)).map(({ text }) => text),
      ["Tea?"],
    )
  })
})
