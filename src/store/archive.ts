// The archive of rooms. Places have no gaps and times never descend, so that a page and its numbers cost the same in any archive.
import { awaited } from "../core/inward.js"
import type { ArchiveEntry, ArchivePage, ArchiveQuery, RoomFacts, RoomOp } from "../core/rooms/model.js"
import type { Store } from "../core/store.js"
import { all, get, run, type Call } from "./call.js"

export type Archived = Exclude<RoomOp, { k: "subject" }>

/** Of `archive.kind`: taken out, a retraction or tombstone, a message, a message whose file is being fetched. */
export const kinds = { out: 0, rest: 1, message: 2, waiting: 3 } as const

export interface StoredEntry {
  id: string
  pos: number
  at: number
  op: string
  message: string
}

export const entryColumns = `id, pos, at, op, message_id AS message`

export function opOf({ op, pos }: Pick<StoredEntry, "op" | "pos">): Archived {
  return { ...(JSON.parse(op) as Archived), pos }
}

export function isArchived(op: { k: string }): op is Archived {
  return (op.k === "said" || op.k === "retracted" || op.k === "reactions" || op.k === "preview") && !("only" in op)
}

/**
 * Adds to the end, or with `older` before the beginning. An entry's time is its operation's, but never before that of the entry before it,
 * nor in the future (`now`, epoch ms): so times are places. `message`: the one this is about. Returns the operation with its place.
 */
export function* append<Op extends Archived>(room: number, told: Op, message: string, now: number, older = false): Call<Op> {
  const edge = yield* get<{ pos: number; at: number }>(
    `SELECT pos, at FROM archive WHERE conversation_id = ? ORDER BY pos ${older ? "ASC" : "DESC"} LIMIT 1`,
    room,
  )
  const pos = edge ? edge.pos + (older ? -1 : 1) : 1
  const op = { ...told, at: apart(told.at, edge?.at, older) }
  const at = older ? Math.min(op.at, edge?.at ?? now) : Math.max(Math.min(op.at, now), edge?.at ?? 0)
  yield* run(
    "INSERT INTO archive (conversation_id, pos, id, message_id, at, kind, occupant, op) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    room,
    pos,
    op.id,
    op.k === "said" ? message : op.id,
    at,
    op.k === "said" ? (awaited(op) && !older ? kinds.waiting : kinds.message) : kinds.rest,
    op.k === "said" ? (op.by?.occupant ?? null) : null,
    JSON.stringify(op),
  )
  return { ...op, pos }
}

/**
 * Clients sort by time, and a network's clock may have but one second: what came in one go keeps its order in time as well, a millisecond
 * apart. What is older by more than that (fetched later, or waited) keeps its own time.
 */
const oneGoMs = 60_000

function apart(at: number, neighbour: number | undefined, older: boolean): number {
  if (neighbour === undefined) return at
  const behind = older ? at - neighbour : neighbour - at
  return behind >= 0 && behind < oneGoMs ? neighbour + (older ? -1 : 1) : at
}

/** By stanza id. */
export function* entryById(room: number, id: string): Call<StoredEntry | undefined> {
  return yield* get<StoredEntry>(`SELECT ${entryColumns} FROM archive WHERE id = ? AND conversation_id = ? AND kind > 0`, id, room)
}

/** What its room saw of a message: at first (itself), or at last (its newest edit). A file only where there was no text. */
export function* entryOf(message: string, which: "first" | "last" = "first"): Call<StoredEntry | undefined> {
  // The message's id alone: with the room's as well, SQLite would read the room's whole archive.
  return yield* get<StoredEntry>(
    `SELECT ${entryColumns} FROM archive WHERE message_id = ? AND kind > 0 ORDER BY id LIKE '%.f%', ${which === "first" ? "pos" : "CASE WHEN id LIKE '%.f%' THEN pos ELSE -pos END"} LIMIT 1`,
    message,
  )
}

/** Takes an entry out that nobody is to see: its place stays. */
export function* takeOut(id: string): Call<void> {
  yield* run(`UPDATE archive SET kind = ${kinds.out}, occupant = NULL, message_id = id, op = '{}' WHERE id = ?`, id)
}

/** Which entries: of a message and all its edits, of its text alone without its files, or the one of this id. */
type Which = { message: string } | { text: string } | { id: string }

/** Leaves tombstones (XEP-0424 §5). */
export function* bury(room: number, by: Extract<Archived, { k: "retracted" }>, which: Which): Call<void> {
  const [column, value] =
    "message" in which
      ? ["message_id", which.message]
      : "id" in which
        ? ["id", which.id]
        : ["id NOT LIKE '%.f%' AND message_id", which.text]
  const entries = yield* all<StoredEntry>(`SELECT ${entryColumns} FROM archive WHERE ${column} = ? AND kind >= ${kinds.message}`, value)
  for (const found of entries) {
    const { reply: _, rich: _rich, ...op } = opOf(found) as Extract<Archived, { k: "said" }>
    const { id, xmppId, at, moderated, why } = by
    const retracted = { id: xmppId ?? id, by: by.by, at, moderated, ...(why !== undefined && { why }) }
    yield* run(
      `UPDATE archive SET kind = ${kinds.rest}, op = ? WHERE conversation_id = ? AND pos = ?`,
      JSON.stringify({ ...op, text: "", retracted }),
      room,
      found.pos,
    )
  }
}

interface Edges {
  first: number
  last: number
}

/** As far as it can be read. With `first` > `last` nothing can yet. */
function* edges(room: number): Call<Edges | undefined> {
  const row = yield* get<{ first: number | null; last: number | null; waits: number | null }>(
    `SELECT (SELECT min(pos) FROM archive WHERE conversation_id = ?) AS first, (SELECT max(pos) FROM archive WHERE conversation_id = ?) AS last,
       (SELECT min(pos) FROM archive WHERE conversation_id = ? AND kind = ${kinds.waiting}) AS waits`,
    room,
    room,
    room,
  )
  const { first, last, waits } = row ?? { first: null, last: null, waits: null }
  // Who is in the room has not been told of what comes after it either: the lane waits as well.
  return first === null || last === null ? undefined : { first, last: waits === null ? last : waits - 1 }
}

export function* archivePage(query: ArchiveQuery): Call<ArchivePage> {
  const { room, after, before, afterId, beforeId, by, limit, fromEnd } = query
  const whole = yield* edges(room)
  const nothing: ArchivePage = { entries: [], complete: true, unknown: false, count: 0, index: 0, last: whole?.last ?? 0 }
  if (query.ids) return yield* byIds(room, query.ids, nothing)
  const [newer, older] = [yield* placeOf(room, after), yield* placeOf(room, before)]
  const [low, high] = [yield* placeOf(room, afterId), yield* placeOf(room, beforeId)]
  if (newer === undefined || older === undefined || low === undefined || high === undefined) return { ...nothing, unknown: true }
  if (!whole || whole.first > whole.last) return nothing
  const span = yield* between(query, whole)
  if (low !== null) span.first = Math.max(span.first, low + 1)
  if (high !== null) span.last = Math.min(span.last, high - 1)
  const from = Math.max(span.first, newer === null ? -Infinity : newer + 1)
  const to = Math.min(span.last, older === null ? Infinity : older - 1)
  const count = yield* countIn(query, span)
  if (from > to) return { ...nothing, count }
  // One more than asked for tells whether there are more.
  const matching = `FROM archive WHERE conversation_id = ? AND pos BETWEEN ? AND ? AND kind >= ?`
  const order = `ORDER BY pos ${fromEnd ? "DESC" : "ASC"} LIMIT ?`
  const params = [room, from, to, lowest(query)]
  const rows = yield* by === undefined
    ? all<StoredEntry>(`SELECT ${entryColumns} ${matching} ${order}`, ...params, limit + 1)
    : all<StoredEntry>(
        `SELECT ${entryColumns} FROM archive WHERE conversation_id = ? AND pos IN (SELECT pos ${matching} AND occupant = ? ${order}) ${order}`,
        room,
        ...params,
        by,
        limit + 1,
        limit + 1,
      )
  const page = rows.slice(0, limit)
  if (fromEnd) page.reverse()
  const start = page[0]
  const index = start ? yield* countIn(query, { first: span.first, last: start.pos - 1 }) : 0
  return { ...nothing, entries: page.map(toEntry), complete: rows.length <= limit, count, index }
}

function toEntry(stored: StoredEntry): ArchiveEntry {
  return { id: stored.id, pos: stored.pos, at: stored.at, op: opOf(stored) }
}

function lowest({ live }: ArchiveQuery): number {
  return live === true ? kinds.message : kinds.rest
}

/** Null: nothing was asked for. Undefined: not in the archive. */
function* placeOf(room: number, id: string | undefined): Call<number | null | undefined> {
  if (id === undefined) return null
  return (yield* get<{ pos: number }>("SELECT pos FROM archive WHERE id = ? AND conversation_id = ?", id, room))?.pos
}

/** Places that the filters by time leave; `first` > `last` if none. */
function* between({ room, start, end }: ArchiveQuery, { first, last }: Edges): Call<Edges> {
  const at = "SELECT pos FROM archive WHERE conversation_id = ? AND at"
  const none = { first: last + 1, last }
  if (start !== undefined) {
    const row = yield* get<{ pos: number }>(`${at} >= ? ORDER BY at, pos LIMIT 1`, room, start)
    if (!row) return none
    first = row.pos
  }
  if (end !== undefined) {
    const row = yield* get<{ pos: number }>(`${at} <= ? ORDER BY at DESC, pos DESC LIMIT 1`, room, end)
    if (!row) return none
    last = Math.min(last, row.pos)
  }
  return { first, last }
}

/** How many match between two places, both included: by arithmetic, less what is not asked for. */
function* countIn(query: ArchiveQuery, { first, last }: Edges): Call<number> {
  if (first > last) return 0
  const { room, by, live } = query
  const where = "FROM archive WHERE conversation_id = ? AND pos BETWEEN ? AND ?"
  if (by !== undefined) {
    const only = live === true ? `AND kind = ${kinds.message}` : ""
    return (yield* get<{ n: number }>(`SELECT count(*) AS n ${where} AND occupant = ? ${only}`, room, first, last, by))?.n ?? 0
  }
  const out = live === true ? `${kinds.out}, ${kinds.rest}` : kinds.out
  const without = yield* get<{ n: number }>(`SELECT count(*) AS n ${where} AND kind < 2 AND kind IN (${out})`, room, first, last)
  return last - first + 1 - (without?.n ?? 0)
}

function* byIds(room: number, ids: string[], nothing: ArchivePage): Call<ArchivePage> {
  const found: StoredEntry[] = []
  for (const id of new Set(ids)) {
    const one = yield* entryById(room, id)
    if (!one) return { ...nothing, unknown: true }
    found.push(one)
  }
  found.sort((a, b) => a.pos - b.pos)
  return { ...nothing, entries: found.map(toEntry), count: found.length }
}

export function* archiveEdges(room: number): Call<Awaited<ReturnType<Store["archiveEdges"]>>> {
  const whole = yield* edges(room)
  const edge = (order: string) =>
    get<{ id: string; at: number }>(
      `SELECT id, at FROM archive WHERE conversation_id = ? AND pos <= ? AND kind > 0 ORDER BY pos ${order} LIMIT 1`,
      room,
      whole?.last ?? 0,
    )
  const [first, last] = [yield* edge("ASC"), yield* edge("DESC")]
  return first && last ? { first, last } : null
}

const day = 24 * 60 * 60_000

/** `before`: of rooms that have no shorter time of their own (`RoomFacts.archiveDays`). */
export function* pruneArchive(before: number, limit: number, now: number): Call<number> {
  let deleted = 0
  for (const { id, first, last, facts } of yield* all<{ id: number; first: number; last: number; facts: string }>(
    `SELECT * FROM (SELECT v.id, v.facts, (SELECT max(pos) FROM archive a WHERE a.conversation_id = v.id) AS last,
       (SELECT at FROM archive a WHERE a.conversation_id = v.id ORDER BY pos LIMIT 1) AS first
     FROM conversation v WHERE v.link_id IS NULL) AS edges WHERE first < ? OR (first IS NOT NULL AND facts LIKE '%"archiveDays":%')`,
    before,
  )) {
    const { archiveDays } = JSON.parse(facts) as RoomFacts
    // What the administrator keeps is the most: a room can only say less.
    const until = archiveDays === undefined ? before : Math.max(before, now - archiveDays * day)
    if (first >= until) continue
    if (deleted >= limit) break
    deleted += yield* run(
      `DELETE FROM archive WHERE conversation_id = ? AND pos < ? AND pos IN
         (SELECT pos FROM archive WHERE conversation_id = ? AND at < ? ORDER BY at, pos LIMIT ?)`,
      id,
      last,
      id,
      until,
      limit - deleted,
    )
    // The last one keeps its place, so that none is given twice.
    if (deleted >= limit) break
    const kept = yield* get<{ id: string }>(
      `SELECT id FROM archive WHERE conversation_id = ? AND pos = ? AND at < ? AND kind > 0`,
      id,
      last,
      until,
    )
    if (!kept) continue
    yield* takeOut(kept.id)
    deleted++
  }
  return deleted
}
