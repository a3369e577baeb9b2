// A room that was made twice, as it is when it changes its id, becomes one: the younger's goes behind the elder's.
import type { InOp } from "../core/model.js"
import type { RoomRow } from "../core/rooms/model.js"
import { all, get, run, type Call } from "./call.js"
import { renick } from "./nicks.js"

/** Everything of `gone` goes to `room`, and its row goes. */
export function* merge(room: RoomRow, gone: RoomRow): Call<void> {
  const [to, from] = [room.id, gone.id]
  const ends = yield* get<{ last: number | null; first: number | null; at: number | null }>(
    `SELECT (SELECT max(pos) FROM archive WHERE conversation_id = ?) AS last, (SELECT max(at) FROM archive WHERE conversation_id = ?) AS at,
            (SELECT min(pos) FROM archive WHERE conversation_id = ?) AS first`,
    to,
    to,
    from,
  )
  const { last, first, at } = ends ?? { last: null, first: null, at: null }
  const shift = last === null || first === null ? 0 : last + 1 - first
  yield* run(
    "UPDATE archive SET conversation_id = ?, pos = pos + ?, at = CASE WHEN at < ? THEN ? ELSE at END WHERE conversation_id = ?",
    to,
    shift,
    at ?? 0,
    at ?? 0,
    from,
  )
  yield* run("UPDATE message SET conversation_id = ? WHERE conversation_id = ?", to, from)
  yield* run("UPDATE message_part SET conversation_id = ? WHERE conversation_id = ?", to, from)
  yield* run("UPDATE choice SET conversation_id = ? WHERE conversation_id = ?", to, from)
  yield* moveLanes(to, from, shift)
  yield* moveLeg(to, from)
  yield* moveParticipants(to, from)
  yield* run(
    "INSERT INTO occupant (conversation_id, full_jid, user_id, via, joined_at) SELECT ?, full_jid, user_id, via, joined_at FROM occupant WHERE conversation_id = ? ON CONFLICT (conversation_id, full_jid) DO NOTHING",
    to,
    from,
  )
  yield* run("UPDATE room_alias SET conversation_id = ? WHERE conversation_id = ?", to, from)
  yield* run("UPDATE conversation SET parent_id = ? WHERE parent_id = ? AND id <> ?", to, from, to)
  yield* run("DELETE FROM conversation WHERE id = ?", from)
  // Told last is true.
  yield* run(
    "UPDATE conversation SET kind = ?, name = COALESCE(?, name), topic = COALESCE(?, topic), facts = ?, state = ? WHERE id = ?",
    gone.kind,
    gone.name,
    gone.topic,
    JSON.stringify({ ...room.facts, ...gone.facts }),
    gone.state,
    to,
  )
}

function* moveLanes(to: number, from: number, shift: number): Call<void> {
  for (const way of ["out", "late"]) yield* run("UPDATE outbox SET lane = ? WHERE lane = ?", `${way}:${to}`, `${way}:${from}`)
  for (const { id, op } of yield* all<{ id: string; op: string }>("SELECT id, op FROM outbox WHERE lane = ?", `in:${from}`)) {
    const moved = JSON.parse(op) as InOp
    if ("pos" in moved) moved.pos += shift
    yield* run("UPDATE outbox SET lane = ?, op = ? WHERE id = ?", `in:${to}`, JSON.stringify(moved), id)
  }
}

/** One room is one leg: if both are, the elder stays. What was to be told of the younger's stanzas is told of where they are now. */
function* moveLeg(to: number, from: number): Call<void> {
  yield* run(
    "UPDATE bridge_leg SET conversation_id = ? WHERE conversation_id = ? AND NOT EXISTS (SELECT 1 FROM bridge_leg WHERE conversation_id = ?)",
    to,
    from,
    to,
  )
  yield* run("UPDATE outbox SET lane = ? WHERE lane = ?", `copy:${to}`, `copy:${from}`)
  for (const { id, op } of yield* all<{ id: string; op: string }>("SELECT id, op FROM outbox WHERE lane > 'copy:' AND lane < 'copy;'")) {
    const waiting = JSON.parse(op) as { from: number }
    if (waiting.from === from) yield* run("UPDATE outbox SET op = ? WHERE id = ?", JSON.stringify({ ...waiting, from: to }), id)
  }
}

/** Who is known in both keeps nick and occupant id of the elder; of the others a nick that is taken there changes. */
function* moveParticipants(to: number, from: number): Call<void> {
  const twice = yield* all<{ gone: string; stays: string; seenAt: number; present: number }>(
    `SELECT a.id AS gone, b.id AS stays, CASE WHEN a.seen_at > b.seen_at THEN a.seen_at ELSE b.seen_at END AS "seenAt", a.present
     FROM participant a JOIN participant b ON b.conversation_id = ? AND (b.contact_id = a.contact_id OR b.user_id = a.user_id)
     WHERE a.conversation_id = ?`,
    to,
    from,
  )
  for (const { gone, stays, seenAt, present } of twice) {
    yield* run("UPDATE archive SET occupant = ? WHERE conversation_id = ? AND occupant = ?", stays, to, gone)
    yield* run("UPDATE participant SET seen_at = ?, present = ? WHERE id = ?", seenAt, present, stays)
    yield* run("DELETE FROM participant WHERE id = ?", gone)
  }
  for (const { id } of yield* all<{ id: string }>("SELECT id FROM participant WHERE conversation_id = ? ORDER BY seen_at", from))
    yield* renick(id, to)
}
