// Writing and reading outbox rows, as several concerns need it.
import type { InOp, OutboxRow, OutboxState, OutOp } from "../core/model.js"
import { run, type Call } from "./call.js"
import type { NewRow } from "../core/store.js"

export interface StoredRow {
  id: string
  lane: string
  messageId: string | null
  op: string
  state: OutboxState
  attempts: number
  attemptedAt: number | null
  due: number
  error: string | null
}

export const rowColumns = `id, lane, message_id AS "messageId", op, state, attempts, attempted_at AS "attemptedAt", due, error`

export function toRow({ op, ...row }: StoredRow): OutboxRow {
  return { ...row, op: JSON.parse(op) as InOp | OutOp }
}

/** Appends a row to a lane of a conversation. `startedAt`: written as attempted then (epoch ms). */
export function* queue<Op extends InOp | OutOp>(
  direction: "in" | "out",
  conversation: number,
  { id, op }: NewRow<Op>,
  messageId: string | null,
  startedAt: number | null = null,
): Call<OutboxRow<Op>> {
  const lane = `${direction}:${conversation}`
  const state = startedAt === null ? "queued" : "sending"
  const attempts = startedAt === null ? 0 : 1
  // From the conversation's own row: a row in a lane whose conversation was wiped would wait for ever.
  const added = yield* run(
    "INSERT INTO outbox (id, lane, message_id, op, state, attempts, attempted_at) SELECT ?, ?, ?, ?, ?, ?, ? FROM conversation WHERE id = ?",
    id,
    lane,
    messageId,
    JSON.stringify(op),
    state,
    attempts,
    startedAt,
    conversation,
  )
  if (added === 0) throw noConversation(conversation)
  return { id, lane, messageId, op, state, attempts, attemptedAt: startedAt, due: 0, error: null }
}

/** A row of `late:<conversation>`: no lane waits for its file. */
export function* putAside(conversation: number, { id, op }: NewRow<InOp>, messageId: string | null): Call<OutboxRow<InOp>> {
  const lane = `late:${conversation}`
  yield* run("INSERT INTO outbox (id, lane, message_id, op) VALUES (?, ?, ?, ?)", id, lane, messageId, JSON.stringify(op))
  return { id, lane, messageId, op, state: "queued", attempts: 0, attemptedAt: null, due: 0, error: null }
}

/** The row goes out now. The first attempt's time is kept: patience, and a search for what may have been sent, count from there. */
export function* start(row: string, now: number): Call<void> {
  yield* run(
    "UPDATE outbox SET state = 'sending', attempts = attempts + 1, attempted_at = COALESCE(attempted_at, ?) WHERE id = ?",
    now,
    row,
  )
}

export function noConversation(id: number): Error {
  return new Error(`There is no conversation ${id}.`)
}
