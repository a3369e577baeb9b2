// Rows towards XMPP that wait for their file: it is there, it never will be, or it is late (docs/adr/0009).
import { settled } from "../core/inward.js"
import type { InOp, OutboxRow } from "../core/model.js"
import type { RoomOp } from "../core/rooms/model.js"
import type { Store } from "../core/store.js"
import { entryById, isArchived, kinds } from "./archive.js"
import { get, run, type Call } from "./call.js"
import { copyOut } from "./copies.js"
import { show } from "./room-rows.js"
import { putAside, queue, rowColumns, toRow, type StoredRow } from "./rows.js"
import { nextFileId, remember, shownOf } from "./shown.js"
import { fileOf, type Saying } from "./stanzas.js"

/** A row whose operation waits. Undefined: wiped, or the message was taken back meanwhile; then it is gone. */
function* waiting(id: string): Call<{ row: OutboxRow; op: Saying; room: number | undefined } | undefined> {
  const stored = yield* get<StoredRow>(`SELECT ${rowColumns} FROM outbox WHERE id = ?`, id)
  if (!stored) return undefined
  const row = toRow(stored)
  const taken = yield* get("SELECT 1 FROM message WHERE id = ? AND retracted_at IS NOT NULL", row.messageId)
  const op = row.op as Saying
  const room = conversationOf(row)
  if (!taken) return { row, op, room: isArchived(op) ? room : undefined }
  yield* run("DELETE FROM outbox WHERE id = ?", id)
  return undefined
}

function conversationOf({ lane }: Pick<OutboxRow, "lane">): number {
  return Number(lane.slice(lane.indexOf(":") + 1))
}

/** The row, and its entry in the archive unless that was taken back meanwhile. */
function* rewrite(id: string, op: Saying, room: number | undefined): Call<void> {
  yield* run("UPDATE outbox SET op = ? WHERE id = ?", JSON.stringify(op), id)
  if (room === undefined) return
  yield* run(
    `UPDATE archive SET kind = ${kinds.message}, op = ? WHERE id = ? AND conversation_id = ? AND kind >= ${kinds.message}`,
    JSON.stringify(op),
    op.id,
    room,
  )
}

export function* settleFile({ row: id, file }: Parameters<Store["settleFile"]>[0]): Call<InOp | null> {
  const found = yield* waiting(id)
  if (!found) return null
  const op = { ...found.op, ...settled(file) }
  yield* rewrite(id, op, found.room)
  return op
}

export function* postponeFile({
  row: id,
  text,
  late,
}: Parameters<Store["postponeFile"]>[0]): Call<Awaited<ReturnType<Store["postponeFile"]>>> {
  const found = yield* waiting(id)
  if (!found) return null
  const { row, op, room } = found
  const { messageId } = row
  const message = messageId ?? op.id
  const shown = yield* shownOf(message)
  const stanza = nextFileId(message, shown)
  const file = fileOf(op)
  const { rich: _, ...told } = { ...op, text }
  yield* rewrite(id, told, room)
  if (messageId !== null) {
    const key = shown.find((one) => one.id === op.id)?.file ?? ""
    yield* remember(message, [...shown, { id: stanza, file: key }])
  }
  const { reply: _reply, pos: _pos, ...rest } = op as Saying & { reply?: unknown; pos?: number }
  // It has no place in the archive before it is there.
  const waits = { ...rest, id: stanza, text: "", ...(file && { rich: { file } }) } as InOp
  return { op: told, late: yield* putAside(conversationOf(row), { id: late, op: waits }, messageId) }
}

export function* showLate({ row: late, id, file, now, copies }: Parameters<Store["showLate"]>[0]): Call<OutboxRow<InOp> | null> {
  const found = yield* waiting(late)
  if (!found) return null
  const { row, room } = found
  const op = { ...found.op, ...settled(file) }
  yield* run("DELETE FROM outbox WHERE id = ?", late)
  // An edit took it out meanwhile.
  if (row.messageId !== null && !(yield* shownOf(row.messageId)).some((one) => one.id === op.id)) return null
  // Said long before anybody was there: it has its place already (unless that was too long ago by now), and nobody is told.
  if (room !== undefined && ("pos" in op || (yield* entryById(room, op.id)))) {
    yield* rewrite(late, op, room)
    return null
  }
  if (room !== undefined) {
    const shown = yield* show(room, { id, op: op as RoomOp }, row.messageId, now)
    if (copies) yield* copyOut(room, shown, copies)
    return shown
  }
  return yield* queue<InOp>("in", conversationOf(row), { id, op }, row.messageId)
}
