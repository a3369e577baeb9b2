// Reactions as rows: of whom they are, and what becomes of them when two messages turn out to be one.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { ReactionStep } from "#src/core/asides/store.js"
import { action, event, mint, now, origin, rows, sent, world, type World } from "./fixture.js"
import { roomWorld, told } from "./room-kit.js"

function react(w: World, legacyId: string, step: ReactionStep) {
  const where = { link: w.link, legacyUser: "juliet" }
  return w.store.acceptReactions({ where, legacyId, step, by: null, own: false, now, row: mint.next(), stanza: mint.next() })
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
    assert.deepEqual(rows(w.path, "SELECT message_id AS message, emoji FROM reaction ORDER BY emoji"), [
      { message, emoji: "🎉" },
      { message, emoji: "👍" },
    ])
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
