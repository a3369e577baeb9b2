// What is told beside the talk goes into its lane in the order of the store's commits, also if many come in one.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { IdMint } from "#src/core/ids.js"
import { Markers, type MarkerParts } from "#src/core/asides/markers.js"
import type { Link, OutboxRow, InOp } from "#src/core/model.js"
import { Reactions, type ReactionParts } from "#src/core/asides/reactions.js"
import { RoomReactions } from "#src/core/rooms/reactions.js"
import type { RoomRow } from "#src/core/rooms/model.js"
import { LogBook } from "../support/link-kit.js"

/** A store that hands out the outcomes of one commit together, as the real one does; and a lane that is told of rows. */
function commit() {
  const ids = new IdMint()
  const waiting: (() => void)[] = []
  const added: string[] = []
  const stored = (id: string): Promise<{ known: true; conversation: number; row: OutboxRow<InOp>; met: null }> =>
    new Promise((resolve) => {
      const row = { id } as OutboxRow<InOp>
      waiting.push(() => resolve({ known: true, conversation: 1, row, met: null }))
    })
  const delivery = { add: (_: number, row: OutboxRow<InOp>) => void added.push(row.id) }
  return {
    ids,
    delivery,
    added,
    store: {
      acceptReactions: ({ row }: { row: string }) => stored(row),
      acceptMarker: ({ row }: { row: { id: string } }) => stored(row.id),
    },
    /** Another row of the same lane, of a later call: a receipt, say. */
    async other(): Promise<void> {
      const { row } = await stored(ids.next())
      delivery.add(1, row)
    },
    async settle(): Promise<void> {
      for (const one of waiting) one()
      await new Promise(setImmediate)
    },
  }
}

const link = { id: 1, accountId: 1 } as Link
const set = { from: { id: "juliet" }, set: [{ text: "👍" }] }

describe("rows of one commit", () => {
  it("a reaction in a direct chat", async () => {
    const one = commit()
    const reactions = new Reactions({ ...one, calls: () => Promise.resolve() } as unknown as ReactionParts)
    const told = reactions.tell(link, "juliet", "1", set)
    const other = one.other()
    await one.settle()
    await Promise.all([told, other])
    assert.deepEqual(one.added, one.added.toSorted())
    assert.equal(one.added.length, 2)
  })

  it("a reaction in a room", async () => {
    const one = commit()
    const bridges = { others: () => undefined, poke: () => undefined }
    const parts = { ...one, members: { tell: () => undefined }, bridges, sender: {}, network: "lo" }
    const reactions = new RoomReactions(parts as unknown as ConstructorParameters<typeof RoomReactions>[0])
    const told = reactions.tell({ id: 1 } as RoomRow, "1", set)
    const other = one.other()
    await one.settle()
    await Promise.all([told, other])
    assert.deepEqual(one.added, one.added.toSorted())
    assert.equal(one.added.length, 2)
  })

  it("a marker", async () => {
    const one = commit()
    const markers = new Markers({ ...one, log: new LogBook() } as unknown as MarkerParts)
    const told = markers.accept(link, { type: "read", chat: { user: "juliet" }, from: { id: "juliet" }, upTo: "1" })
    const other = one.other()
    await one.settle()
    await Promise.all([told, other])
    assert.deepEqual(one.added, one.added.toSorted())
    assert.equal(one.added.length, 2)
  })
})
