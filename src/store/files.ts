// Where files of the networks were put, and what our own HTTP server serves.
import type { Attached } from "../core/content.js"
import type { KeptFile } from "../core/files/media.js"
import { all, get, run, type Call } from "./call.js"

const columns = `id, name, mime, bytes, expires_at AS "expiresAt"`

export function* sharedFile(network: string, stableId: string, now: number): Call<Attached | undefined> {
  const row = yield* get<{ attached: string }>(
    "SELECT attached FROM file WHERE network = ? AND stable_id = ? AND expires_at > ?",
    network,
    stableId,
    now,
  )
  return row && (JSON.parse(row.attached) as Attached)
}

export function* putSharedFile(file: { network: string; stableId: string; attached: Attached; expiresAt: number }): Call<void> {
  yield* run(
    `INSERT INTO file (network, stable_id, attached, expires_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (network, stable_id) DO UPDATE SET attached = excluded.attached, expires_at = excluded.expires_at`,
    file.network,
    file.stableId,
    JSON.stringify(file.attached),
    file.expiresAt,
  )
}

export function* keepFile({ id, name, mime, bytes, expiresAt }: KeptFile): Call<void> {
  yield* run("INSERT INTO kept (id, name, mime, bytes, expires_at) VALUES (?, ?, ?, ?, ?)", id, name, mime, bytes, expiresAt)
}

export function* keptFile(id: string): Call<KeptFile | undefined> {
  return yield* get<KeptFile>(`SELECT ${columns} FROM kept WHERE id = ?`, id)
}

export function* keptFiles(): Call<KeptFile[]> {
  return yield* all<KeptFile>(`SELECT ${columns} FROM kept ORDER BY expires_at`)
}

export function* dropKept(now: number, most: number, limit: number): Call<string[]> {
  const sum = (yield* get<{ bytes: number }>("SELECT COALESCE(sum(bytes), 0) AS bytes FROM kept"))?.bytes ?? 0
  const oldest = yield* all<KeptFile>(`SELECT ${columns} FROM kept ORDER BY expires_at LIMIT ?`, limit)
  const doomed: string[] = []
  let left = sum
  for (const { id, bytes, expiresAt } of oldest) {
    if (expiresAt > now && left <= most) break
    doomed.push(id)
    left -= bytes
  }
  yield* forgetKept(doomed)
  return doomed
}

export function* forgetKept(ids: readonly string[]): Call<void> {
  for (const id of ids) {
    yield* run("DELETE FROM kept WHERE id = ?", id)
    // Its address leads nowhere now. An id is hex: nothing in it has a meaning in a pattern.
    yield* run("DELETE FROM file WHERE attached LIKE ?", `%/${id}%`)
  }
}

export function* pruneShared(now: number, limit: number): Call<number> {
  return yield* run(
    `DELETE FROM file WHERE (network, stable_id) IN (SELECT network, stable_id FROM file WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
    now,
    limit,
  )
}
