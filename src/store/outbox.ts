// The lanes: what waits, what goes out, what comes back.
import type { InOp, OutboxRow } from "../core/model.js"
import { all, get, run, type Call } from "./call.js"
import { rowColumns, start, toRow, type StoredRow } from "./rows.js"
import type { Store } from "../core/store.js"

export function* openLanes(): Call<{ lane: string; first: string }[]> {
  return yield* all(`SELECT lane, min(id) AS first FROM outbox WHERE state <> 'dead' GROUP BY lane ORDER BY min(id)`)
}

export function* laneRows(lane: string, after: string, limit: number): Call<OutboxRow[]> {
  const rows = yield* all<StoredRow>(
    `SELECT ${rowColumns} FROM outbox WHERE lane = ? AND id > ? AND state <> 'dead' ORDER BY id LIMIT ?`,
    lane,
    after,
    limit,
  )
  return rows.map(toRow)
}

export function* startSend(row: string, now: number): Call<void> {
  yield* start(row, now)
}

export function* reschedule(row: string, { attempts, due, error }: { attempts: number; due: number; error: string | null }): Call<void> {
  yield* run("UPDATE outbox SET state = 'queued', attempts = ?, due = ?, error = ? WHERE id = ?", attempts, due, error, row)
}

export function* delivered(rows: readonly string[]): Call<void> {
  for (const row of rows) yield* run("DELETE FROM outbox WHERE id = ?", row)
}

/** Also for a row that is still there: what the core knows of it wins. After an unregistration nothing comes back. */
export function* restore({ id, lane, messageId, op, state, attempts, attemptedAt, due, error }: OutboxRow<InOp>): Call<void> {
  yield* run(
    `INSERT INTO outbox (id, lane, message_id, op, state, attempts, attempted_at, due, error) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? FROM conversation WHERE id = ?
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, attempted_at = excluded.attempted_at, due = excluded.due, error = excluded.error`,
    id,
    lane,
    messageId,
    JSON.stringify(op),
    state,
    attempts,
    attemptedAt,
    due,
    error,
    Number(lane.slice(lane.indexOf(":") + 1)),
  )
}

export function* backlog(account: number): Call<Awaited<ReturnType<Store["backlog"]>>> {
  const counted = yield* get<{ out: number; in: number; oldest: string | null; dead: number }>(
    `SELECT count(*) FILTER (WHERE o.state <> 'dead' AND o.lane = 'out:' || v.id) AS "out", count(*) FILTER (WHERE o.state <> 'dead' AND o.lane = 'in:' || v.id) AS "in",
       min(o.id) FILTER (WHERE o.state <> 'dead') AS oldest, count(*) FILTER (WHERE o.state = 'dead') AS dead
     FROM conversation v JOIN outbox o ON o.lane IN ('out:' || v.id, 'in:' || v.id) WHERE v.account_id = ?`,
    account,
  )
  return counted ?? { out: 0, in: 0, oldest: null, dead: 0 }
}
