// The archive: pages as XEP-0313 and XEP-0059 ask for them, against a plain list; its numbers; retention.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "../support/property.js"
import { now, rows } from "./fixture.js"
import { archived, person, roomWorld, takenBack, texts, told, type RoomWorld } from "./room-kit.js"

/** Messages «0», «1» … a second apart, by three people in turn. */
async function filled(count: number): Promise<RoomWorld & { ids: string[] }> {
  const w = await roomWorld()
  const ids: string[] = []
  const events = Array.from({ length: count }, (_, i) => told(w.room, `${i}`, `${i}`, { by: person(`p${i % 3}`), at: now + i * 1000 }))
  for (const event of events) ids.push(event.messageId)
  await Promise.all(events.map((event) => w.store.acceptRoomEvent(event)))
  return { ...w, ids }
}

describe("archivePage", () => {
  it("pages through 5,000 messages in both directions without gap or repetition", async () => {
    const { store, room, ids } = await filled(5000)
    const forward: string[] = []
    for (let after: string | undefined; ;) {
      const page = await store.archivePage({ room, limit: 300, fromEnd: false, ...(after !== undefined && { after }) })
      assert.deepEqual([page.index, page.count, page.last], [forward.length, 5000, 5000])
      forward.push(...page.entries.map(({ id }) => id))
      if (page.complete) break
      after = page.entries.at(-1)?.id
    }
    assert.deepEqual(forward, ids)
    const backward: string[] = []
    for (let before: string | undefined; ;) {
      const page = await store.archivePage({ room, limit: 300, fromEnd: true, ...(before !== undefined && { before }) })
      backward.unshift(...page.entries.map(({ id }) => id))
      assert.equal(page.index, 5000 - backward.length)
      if (page.complete) break
      before = page.entries[0]?.id
    }
    assert.deepEqual(backward, ids)
  })

  it("gives an empty page for an empty archive, and for what matches nothing", async () => {
    const { store, room } = await roomWorld()
    const empty = { entries: [], complete: true, unknown: false, count: 0, index: 0, last: 0 }
    assert.deepEqual(await store.archivePage({ room, limit: 10, fromEnd: true }), empty)
    assert.equal(await store.archiveEdges(room), null)
    await store.acceptRoomEvent(told(room, "1", "one"))
    assert.deepEqual(await store.archivePage({ room, limit: 10, fromEnd: false, start: now + 1 }), { ...empty, last: 1 })
    assert.deepEqual(await store.archivePage({ room, limit: 10, fromEnd: false, end: now - 1 }), { ...empty, last: 1 })
    assert.deepEqual(await store.archivePage({ room, limit: 10, fromEnd: false, by: "nobody" }), { ...empty, last: 1 })
  })

  it("says which ids it does not know, also those of another room", async () => {
    const { store, room, account, ids } = await filled(3)
    const other = (await store.putRoom(account, { legacyId: "-2" })).room.id
    const strange = told(other, "1", "elsewhere")
    await store.acceptRoomEvent(strange)
    const query = { room, limit: 10, fromEnd: false }
    for (const wrong of [
      { after: "x" },
      { before: "x" },
      { ids: [ids[0] ?? "", "x"] },
      { after: strange.messageId },
      { ids: [strange.messageId] },
    ]) {
      const page = await store.archivePage({ ...query, ...wrong })
      assert.deepEqual([page.unknown, page.entries], [true, []], JSON.stringify(wrong))
    }
    const some = await store.archivePage({ ...query, ids: [ids[2] ?? "", ids[0] ?? ""], start: now + 10_000, limit: 1 })
    assert.deepEqual([texts(some.entries.map(({ op }) => op)), some.complete, some.count], [["0", "2"], true, 2])
    const none = await store.archivePage({ ...query, limit: 0 })
    assert.deepEqual([none.entries, none.count, none.complete], [[], 3, false], "how many there are")
    const last = await store.archivePage({ ...query, after: ids[2] ?? "" })
    assert.deepEqual([last.entries, last.complete, last.count], [[], true, 3])
  })

  it("each entry is what was shown, in its place", async () => {
    const { store, room, ids } = await filled(2)
    const { entries } = await store.archivePage({ room, limit: 10, fromEnd: false })
    const juliet = await store.participant(room, { contact: "p1" })
    assert.deepEqual(entries[1], {
      ...{ id: ids[1], pos: 2, at: now + 1000 },
      op: { k: "said", id: ids[1], pos: 2, by: { nick: "p1", occupant: juliet?.id }, text: "1", at: now + 1000 },
    })
    assert.deepEqual(await store.archiveEdges(room), { first: { id: ids[0], at: now }, last: { id: ids[1], at: now + 1000 } })
  })

  it("is right for any query", async () => {
    const { store, room, ids } = await filled(40)
    // Some taken back, one of them by a moderator, a notice, and late ones.
    for (const [i, id] of ["3", "17", "18"].entries())
      await store.acceptRoomEvent(takenBack(room, id, { by: person(i === 0 ? "p0" : "p2"), at: now + 40_000 }))
    for (const at of [5_000, 39_500]) await store.acceptRoomEvent(told(room, `late${at}`, `late${at}`, { at: now + at, now: now + 50_000 }))
    const everything = (await store.archivePage({ room, limit: 1000, fromEnd: false })).entries
    assert.equal(everything.length, 45)
    const occupants = ["p0", "p1", "p2"].map(async (contact) => (await store.participant(room, { contact }))?.id ?? "")
    const people = await Promise.all(occupants)
    const anyId = fc.constantFrom(...ids, ...everything.slice(-5).map(({ id }) => id))
    const time = fc.integer({ min: -2, max: 45 }).map((s) => now + s * 1000 + 500 * (s % 2))
    const query = fc.record(
      {
        after: anyId,
        before: anyId,
        start: time,
        end: time,
        by: fc.constantFrom(...people),
        live: fc.boolean(),
        limit: fc.nat(50),
        fromEnd: fc.boolean(),
      },
      { requiredKeys: ["limit", "fromEnd"] },
    )
    await fc.assert(
      fc.asyncProperty(query, async (asked) => {
        const filtered = everything.filter(
          ({ at, op }) =>
            at >= (asked.start ?? 0) &&
            at <= (asked.end ?? Infinity) &&
            (asked.by === undefined || (op.k === "said" && op.by?.occupant === asked.by)) &&
            (asked.live !== true || (op.k === "said" && op.retracted === undefined)),
        )
        const place = (id: string | undefined) => everything.find((entry) => entry.id === id)?.pos
        const between = filtered.filter(({ pos }) => pos > (place(asked.after) ?? -1) && pos < (place(asked.before) ?? Infinity))
        const page = asked.fromEnd ? between.slice(Math.max(0, between.length - asked.limit)) : between.slice(0, asked.limit)
        const first = page[0]
        assert.deepEqual(await store.archivePage({ room, ...asked }), {
          entries: page,
          complete: page.length === between.length,
          unknown: false,
          count: filtered.length,
          index: first ? filtered.indexOf(first) : 0,
          last: 45,
        })
      }),
      { numRuns: 400 },
    )
  })
})

describe("places and times", () => {
  it("times never descend, though the true ones may, and none is in the future", async () => {
    const { store, room } = await roomWorld()
    for (const [i, at] of [now, now - 300_000, now + 60_000, now + 1].entries())
      await store.acceptRoomEvent(told(room, `${i}`, `${i}`, { at, now: now + i }))
    const { entries } = await store.archivePage({ room, limit: 9, fromEnd: false })
    assert.deepEqual(
      entries.map(({ at }) => at - now),
      [0, 0, 2, 3],
    )
    assert.deepEqual(
      entries.map(({ op }) => op.at - now),
      // What came in one go is a millisecond apart.
      [0, -300_000, 60_000, 3],
    )
  })

  it("what is older than the archive goes before its first, and nobody is told", async () => {
    const { store, room } = await roomWorld()
    await store.acceptRoomEvent(told(room, "10", "ten"))
    for (const [id, at] of [
      ["9", now - 1],
      ["8", now + 5],
      ["7", now - 9],
    ] as const) {
      const { row, outcome } = await store.acceptRoomEvent(told(room, id, id, { at, older: true, heard: false }))
      assert.deepEqual([row, outcome], [null, "accepted"])
    }
    assert.equal((await store.acceptRoomEvent(told(room, "9", "nine", { older: true }))).outcome, "duplicate")
    await store.acceptRoomEvent(told(room, "11", "eleven"))
    const { entries, last } = await store.archivePage({ room, limit: 9, fromEnd: false })
    assert.deepEqual(
      entries.map(({ pos, at }) => [pos, at - now]),
      [
        [-2, -9],
        [-1, -2],
        [0, -1],
        [1, 0],
        [2, 0],
      ],
    )
    assert.equal(last, 2)
    assert.equal((await store.laneRows(`in:${room}`, "", 9)).length, 2)
  })
})

describe("pruneArchive", () => {
  it("takes the oldest, as many as told, of each room, and no place is given twice", async () => {
    const { store, room, account } = await filled(10)
    const other = (await store.putRoom(account, { legacyId: "-2" })).room.id
    await store.acceptRoomEvent(told(other, "1", "young", { at: now + 9000 }))
    const before = now + 5000
    assert.equal(await store.pruneArchive(before, 3, now), 3)
    assert.deepEqual(texts(await archived(store, room)), ["3", "4", "5", "6", "7", "8", "9"])
    assert.equal(await store.pruneArchive(before, 3, now), 2)
    assert.equal(await store.pruneArchive(before, 3, now), 0)
    const page = await store.archivePage({ room, limit: 2, fromEnd: false })
    assert.deepEqual([page.count, page.index, texts(page.entries.map(({ op }) => op))], [5, 0, ["5", "6"]])
    // All of it, and life goes on.
    assert.equal(await store.pruneArchive(now + 8999.5, 100, now), 4)
    assert.equal(await store.pruneArchive(now + 9001, 100, now), 2)
    assert.equal(await store.pruneArchive(now + 9001, 100, now), 0)
    const empty = await store.archivePage({ room, limit: 5, fromEnd: false })
    assert.deepEqual([empty.entries, empty.count, empty.complete, empty.last], [[], 0, true, 10])
    assert.equal(await store.archiveEdges(room), null)
    await store.acceptRoomEvent(told(room, "11", "next", { at: now + 11_000 }))
    assert.deepEqual(
      (await store.archivePage({ room, limit: 5, fromEnd: false })).entries.map(({ pos }) => pos),
      [11],
    )
    assert.equal(texts(await archived(store, other)).length, 0)
  })
})

it("a room may be kept for fewer days than all others, and not for more", async () => {
  const day = 86_400_000
  const { store, room, account } = await roomWorld()
  const at = now - 10 * day
  const shorter = (await store.putRoom(account, { legacyId: "-2", facts: { archiveDays: 5 } })).room.id
  const longer = (await store.putRoom(account, { legacyId: "-3", facts: { archiveDays: 15 } })).room.id
  const left = async () => Promise.all([room, shorter, longer].map(async (one) => (await archived(store, one)).length))
  for (const one of [room, shorter, longer])
    for (const id of ["1", "2"]) await store.acceptRoomEvent(told(one, id, "old", { at: at + Number(id), now: at + Number(id) }))
  assert.equal(await store.pruneArchive(now - 12 * day, 9, now), 2)
  assert.deepEqual(await left(), [2, 0, 2])
  assert.equal(await store.pruneArchive(now - 8 * day, 9, now), 4)
  assert.deepEqual(await left(), [0, 0, 0])
})

it("uses its indexes", async () => {
  const { path } = await roomWorld()
  const plans: Record<string, RegExp> = {
    "SELECT id FROM archive WHERE conversation_id = ? AND pos BETWEEN ? AND ? AND kind >= ? ORDER BY pos DESC LIMIT ?":
      /^SEARCH archive USING PRIMARY KEY \(conversation_id=\? AND pos>\? AND pos<\?\)$/,
    "SELECT pos FROM archive WHERE conversation_id = ? AND pos BETWEEN ? AND ? AND kind >= ? AND occupant = ? ORDER BY pos LIMIT ?":
      /COVERING INDEX archive_occupant \(conversation_id=\? AND occupant=\? AND pos>\? AND pos<\?\)$/,
    "SELECT count(*) FROM archive WHERE conversation_id = ? AND pos BETWEEN ? AND ? AND kind < 2 AND kind IN (0, 1)":
      /COVERING INDEX archive_rest \(conversation_id=\? AND kind=\? AND pos>\? AND pos<\?\)$/,
    "SELECT pos FROM archive WHERE conversation_id = ? AND at >= ? ORDER BY at, pos LIMIT 1": /COVERING INDEX archive_at/,
    "SELECT id FROM archive WHERE message_id = ? AND kind > 0 ORDER BY pos LIMIT 1": /archive_message/,
    "SELECT op FROM archive WHERE id = ? AND conversation_id = ? AND kind > 0": /sqlite_autoindex_archive_1/,
  }
  for (const [sql, expected] of Object.entries(plans)) {
    const plan = rows<{ detail: string }>(path, `EXPLAIN QUERY PLAN ${sql.replaceAll("?", "1")}`).map(({ detail }) => detail)
    assert.equal(plan.length, 1, `${sql}: ${plan.join("; ")}`)
    assert.match(plan[0] ?? "", expected)
  }
})
