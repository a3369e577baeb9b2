// Rows towards the XMPP users of a room: archived and queued in one step, once each.
import { awaited } from "../core/inward.js"
import type { InOp, OutboxRow } from "../core/model.js"
import type { RoomOp } from "../core/rooms/model.js"
import type { NewRow } from "../core/store.js"
import { append, bury, entryById, entryOf, isArchived, opOf } from "./archive.js"
import { get, run, type Call } from "./call.js"
import { putAside, queue } from "./rows.js"
import { shownOf } from "./shown.js"
import { following, together } from "./stanzas.js"

type Retraction = Extract<RoomOp, { k: "retracted" }>

/** Message that an utterance's edits lead to: an edit is about the message it edits. */
export function* rootOf(message: string): Call<string> {
  let root = message
  for (;;) {
    const row = yield* get<{ target: string }>("SELECT target FROM message WHERE id = ? AND target < id", root)
    if (!row) return root
    root = row.target
  }
}

/** Archives and queues what a room sees. `message`: the one it is about; for a retraction what is taken back is found by its target. */
export function* show(
  room: number,
  { id, op }: NewRow<RoomOp>,
  message: string | null,
  now: number,
  older = false,
): Call<OutboxRow<InOp> | null> {
  const placed = isArchived(op) ? yield* append(room, op, message ?? op.id, now, older) : op
  if (!older) return yield* queue<InOp>("in", room, { id, op: placed }, message)
  // Nobody is told of it, but who reads the archive is to find its file.
  if (awaited(op)) yield* putAside(room, { id, op: placed }, message)
  return null
}

/** The room has this already, or what makes it needless. */
export function* isShown(room: number, op: RoomOp): Call<boolean> {
  if (yield* entryById(room, op.id)) return true
  if (op.k === "said" && op.replaces === undefined) return (yield* entryOf(op.id)) !== undefined
  if (op.k !== "retracted") return false
  const target = yield* entryById(room, op.target)
  return target !== undefined && "retracted" in opOf(target)
}

/** Shows a retraction and leaves tombstones of what it takes back: of the whole message, stanza by stanza, or with `alone` of the target only. */
export function* showRetraction(room: number, row: NewRow<Retraction>, now: number, alone = false): Call<OutboxRow<InOp> | null> {
  const { op } = row
  const target = yield* entryById(room, op.target)
  if (!target) return yield* show(room, row, null, now)
  const shown = yield* shownOf(target.message)
  const several = shown.length > 1
  const one = target.message === target.id ? (several ? { text: target.id } : { message: target.id }) : { id: target.id }
  yield* bury(room, op, alone ? one : { message: target.message })
  if (alone || !several) return yield* show(room, row, null, now)
  const [first, ...more] = shown.map(({ id }, i): Retraction => ({ ...op, target: id, ...(i > 0 && { id: `${op.id}.r${i}` }) }))
  const queued: OutboxRow<InOp>[] = []
  for (const next of [{ id: row.id, op: first ?? op }, ...following(row.id, more)]) {
    const told = yield* show(room, next, null, now)
    if (told) queued.push(told)
  }
  return together(queued)
}

/** The network has taken it back. */
export function* markRetracted(room: number, message: string, at: number): Call<void> {
  yield* run("UPDATE message SET retracted_at = COALESCE(retracted_at, ?) WHERE id = ? AND conversation_id = ?", at, message, room)
  // What was thought of it has nothing to stand by.
  yield* run("UPDATE reaction_line SET stale = 1 WHERE message_id = ?", message)
}
