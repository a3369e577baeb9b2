// Where a message is, and what of it was given up: for those who ask, and administrators.
import type { AdminStore, DeadRow, Whereabouts } from "../core/admin/store.js"
import type { BareJid, OutboxRow, OutOp } from "../core/model.js"
import { all, get, run, type Call } from "./call.js"
import { rowColumns, toRow, type StoredRow } from "./rows.js"

/** Rows told of one message. */
const mostRows = 50

export function* whereabouts({ network, id, by, limit }: Parameters<AdminStore["whereabouts"]>[0]): Call<Whereabouts[]> {
  const columns = `m.id AS message, m.conversation_id AS conversation, v.link_id IS NULL AS room, v.legacy_id AS "legacyChat", m.sender, m.at,
    m.legacy_id AS "legacyId", m.parts, m.retracted_at IS NOT NULL AS retracted,
    (m.legacy_id IS NOT NULL) + (SELECT count(*) FROM message_part p WHERE p.message_id = m.id AND p.further = 0) AS sent`
  const from = `FROM message m JOIN conversation v ON v.id = m.conversation_id JOIN account a ON a.id = v.account_id
    WHERE a.network = ? AND (? IS NULL OR m.sender = ? OR (m.sender >= ? AND m.sender < ?))`
  const mine = [network, by, by, `${by ?? ""}/`, `${by ?? ""}0`]
  // Three look-ups in three indexes; the last has none by the network's id alone, for that is unique only in its conversation.
  const found = yield* all<Omit<Whereabouts, "rows">>(
    `SELECT ${columns} ${from} AND (m.id = ? OR m.id IN (SELECT x.id FROM message x WHERE x.xmpp_id = ?)
       OR m.id IN (SELECT l.id FROM message l WHERE l.legacy_id = ? LIMIT 100)) ORDER BY m.id DESC LIMIT ?`,
    ...[...mine, id, id, id, limit],
  )
  const result: Whereabouts[] = []
  for (const one of found) {
    const rows = yield* all<Whereabouts["rows"][number]>(
      "SELECT lane, state, attempts, due, error FROM outbox WHERE lane IN (?, ?, ?) AND message_id = ? ORDER BY id LIMIT ?",
      ...[`out:${one.conversation}`, `in:${one.conversation}`, `late:${one.conversation}`, one.message, mostRows],
    )
    result.push({ ...one, room: Boolean(one.room), retracted: Boolean(one.retracted), rows })
  }
  return result
}

export function* lastSaid(network: string, by: BareJid): Call<string | undefined> {
  const last = yield* get<{ id: string }>(
    // Of no use is an index for this: whoever asks has just said something.
    `SELECT m.id FROM (SELECT * FROM message ORDER BY id DESC LIMIT 20000) m JOIN conversation v ON v.id = m.conversation_id JOIN account a ON a.id = v.account_id
     WHERE a.network = ? AND m.digest IS NOT NULL AND m.sender >= ? AND m.sender < ? ORDER BY m.id DESC LIMIT 1`,
    ...[network, `${by}/`, `${by}0`],
  )
  return last?.id
}

export function* deadRows(network: string, limit: number): Call<DeadRow[]> {
  const rows = yield* all<StoredRow>(
    `SELECT ${rowColumns} FROM outbox WHERE state = 'dead' AND lane IN (
       SELECT 'out:' || v.id FROM conversation v JOIN account a ON a.id = v.account_id WHERE a.network = ?) ORDER BY id LIMIT ?`,
    network,
    limit,
  )
  return rows.map((row) => {
    const { id, lane, op, error, attempts } = toRow(row) as OutboxRow<OutOp>
    return { id, lane, op, error, attempts }
  })
}

export function* reviveRow(row: string, id: string): Call<OutboxRow<OutOp> | null> {
  const revived = yield* get<StoredRow>(
    `UPDATE outbox SET id = ?, state = 'queued', attempts = 0, attempted_at = NULL, due = 0, error = NULL
     WHERE id = ? AND state = 'dead' RETURNING ${rowColumns}`,
    id,
    row,
  )
  return revived ? (toRow(revived) as OutboxRow<OutOp>) : null
}

export function* dropDead(row: string): Call<boolean> {
  return (yield* run("DELETE FROM outbox WHERE id = ? AND state = 'dead'", row)) > 0
}

export function* userSince(jid: BareJid): Call<number | undefined> {
  return (yield* get<{ since: number }>("SELECT created_at AS since FROM gateway_user WHERE jid = ?", jid))?.since
}
