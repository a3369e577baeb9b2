// Rooms: conversations without a link. Found or made, moved to another id, wiped.
import type { RoomFacts, RoomRow } from "../core/rooms/model.js"
import type { NewRoom } from "../core/rooms/store.js"
import type { Store } from "../core/store.js"
import { all, get, run, type Call } from "./call.js"
import { merge } from "./room-merge.js"
import { noConversation } from "./rows.js"
import { unknownToAll } from "./users.js"

const columns = `v.id, v.account_id AS "accountId", v.legacy_id AS "legacyId", v.kind, v.parent_id AS "parentId", v.name, v.topic, v.facts, v.state, v.cursor`

type Row = Omit<RoomRow, "facts"> & { facts: string }

function toRoom({ facts, ...row }: Row): RoomRow {
  return { ...row, facts: JSON.parse(facts) as RoomFacts }
}

export function* roomById(id: number): Call<RoomRow> {
  const row = yield* get<Row>(`SELECT ${columns} FROM conversation v WHERE v.id = ? AND v.link_id IS NULL`, id)
  if (!row) throw noConversation(id)
  return toRoom(row)
}

function* roomOf(account: number, legacyId: string): Call<RoomRow | undefined> {
  const row = yield* get<Row>(
    `SELECT ${columns} FROM conversation v WHERE v.legacy_id = ? AND v.account_id = ? AND v.link_id IS NULL`,
    legacyId,
    account,
  )
  return row && toRoom(row)
}

export function* loadRooms(network: string): Call<Awaited<ReturnType<Store["loadRooms"]>>> {
  const rows = yield* all<Row>(
    `SELECT ${columns} FROM account a JOIN conversation v ON v.account_id = a.id WHERE a.network = ? AND v.link_id IS NULL ORDER BY v.id`,
    network,
  )
  const aliases = yield* all<{ accountId: number; legacyId: string; room: number }>(
    `SELECT r.account_id AS "accountId", r.legacy_id AS "legacyId", r.conversation_id AS room
     FROM room_alias r JOIN account a ON a.id = r.account_id WHERE a.network = ? ORDER BY r.legacy_id`,
    network,
  )
  return { rooms: rows.map(toRoom), aliases }
}

export function* putRoom(account: number, room: NewRoom): Call<Awaited<ReturnType<Store["putRoom"]>>> {
  const known = yield* roomOf(account, room.legacyId)
  if (known) return { room: yield* update(known, room), isNew: false }
  // What is told of a former id is old: the room has moved on.
  const moved = yield* get<{ id: number }>(
    "SELECT conversation_id AS id FROM room_alias WHERE legacy_id = ? AND account_id = ?",
    room.legacyId,
    account,
  )
  if (moved) return { room: yield* roomById(moved.id), isNew: false }
  // Removed while this was on its way.
  if (room.state !== undefined && room.state !== "open") throw new Error(`There is no room ${room.legacyId}.`)
  const made = yield* get<{ id: number }>(
    `INSERT INTO conversation (account_id, legacy_id, kind, parent_id, name, topic, facts, state)
     SELECT id, ?, ?, ?, ?, ?, ?, ? FROM account WHERE id = ? RETURNING id`,
    room.legacyId,
    room.kind ?? "group",
    room.parentId ?? null,
    room.name ?? null,
    room.topic ?? null,
    JSON.stringify(room.facts ?? {}),
    room.state ?? "open",
    account,
  )
  if (!made) throw new Error(`There is no account ${account}.`)
  return { room: yield* roomById(made.id), isNew: true }
}

function* update(known: RoomRow, told: NewRoom): Call<RoomRow> {
  const next: RoomRow = {
    ...known,
    kind: told.kind ?? known.kind,
    parentId: told.parentId === undefined ? known.parentId : told.parentId,
    name: told.name ?? known.name,
    topic: told.topic ?? known.topic,
    // Through JSON an explicit undefined goes.
    facts: JSON.parse(JSON.stringify({ ...known.facts, ...told.facts })) as RoomFacts,
    state: told.state === "as-is" ? known.state : (told.state ?? "open"),
  }
  if (JSON.stringify(next) === JSON.stringify(known)) return known
  yield* run(
    "UPDATE conversation SET kind = ?, parent_id = ?, name = ?, topic = ?, facts = ?, state = ? WHERE id = ?",
    next.kind,
    next.parentId,
    next.name,
    next.topic,
    JSON.stringify(next.facts),
    next.state,
    known.id,
  )
  return next
}

export function* moveRoom(room: number, to: string): Call<Awaited<ReturnType<Store["moveRoom"]>>> {
  const former = yield* roomById(room)
  if (former.legacyId === to) return { room: former, merged: null }
  yield* forgetIds(room)
  const other = yield* roomOf(former.accountId, to)
  if (other) yield* merge(former, other)
  yield* run("DELETE FROM room_alias WHERE legacy_id = ? AND account_id = ?", to, former.accountId)
  yield* run(
    `INSERT INTO room_alias (legacy_id, account_id, conversation_id) VALUES (?, ?, ?)
     ON CONFLICT (legacy_id, account_id) DO UPDATE SET conversation_id = excluded.conversation_id`,
    former.legacyId,
    former.accountId,
    room,
  )
  yield* run("UPDATE conversation SET legacy_id = ?, cursor = ? WHERE id = ?", to, other?.cursor ?? null, room)
  return { room: yield* roomById(room), merged: other?.id ?? null }
}

/** Ids of messages start anew. Reads one index of all messages, once in a room's life (12 ms beside a million messages). */
function* forgetIds(room: number): Call<void> {
  yield* run(
    `UPDATE message SET legacy_id = NULL, handle = NULL, revision = NULL
     WHERE id IN (SELECT id FROM message WHERE conversation_id = ? AND legacy_id IS NOT NULL)`,
    room,
  )
  yield* run("DELETE FROM message_part WHERE conversation_id = ?", room)
}

export function* removeRoom(room: number): Call<void> {
  yield* wipeConversations("id = ? AND link_id IS NULL", [room])
}

/** Conversations with all that is theirs (archive and messages: by `sweep`, upkeep.ts), and the contacts whom then nobody knows. `where`: of `conversation`. */
export function* wipeConversations(where: string, params: (string | number)[]): Call<void> {
  const mine = `SELECT id FROM conversation WHERE ${where}`
  const contacts = yield* all<{ id: number }>(
    `SELECT contact_id AS id FROM participant WHERE conversation_id IN (${mine}) AND contact_id IS NOT NULL
     UNION SELECT c.id FROM conversation v JOIN account a ON a.id = v.account_id JOIN contact c ON c.network = a.network AND c.legacy_id = v.legacy_id
     WHERE v.link_id IS NOT NULL AND v.id IN (${mine})`,
    ...params,
    ...params,
  )
  yield* run(
    `DELETE FROM outbox WHERE lane IN (SELECT 'in:' || id FROM (${mine}) AS i UNION ALL SELECT 'out:' || id FROM (${mine}) AS o
       UNION ALL SELECT 'late:' || id FROM (${mine}) AS l UNION ALL SELECT 'copy:' || id FROM (${mine}) AS c)`,
    ...params,
    ...params,
    ...params,
    ...params,
  )
  // Of these there may be a million: nobody finds them any more, and `sweep` takes them away in small steps.
  yield* run(`INSERT INTO wiped (conversation_id) ${mine}`, ...params)
  yield* run(`DELETE FROM conversation WHERE ${where}`, ...params)
  for (const { id } of contacts) yield* run(`DELETE FROM contact WHERE id = ? AND ${unknownToAll}`, id)
}
