// Retention, and what the gateway must know at its start.
import { all, get, run, type Call } from "./call.js"
import { unknownToAll } from "./users.js"

export function* lastId(): Call<string> {
  const row = yield* get<{ id: string | null }>(
    `SELECT max(id) AS id FROM (SELECT max(id) AS id FROM message UNION ALL SELECT max(id) FROM outbox UNION ALL SELECT max(id) FROM archive) AS ids`,
  )
  return row?.id ?? ""
}

export function* prune(before: { messages: number; contacts: number }, limit: number): Call<number> {
  const messages = yield* pruneMessages(before.messages, limit)
  if (messages >= limit) return messages
  const contacts = yield* run(
    `DELETE FROM contact WHERE id IN (SELECT id FROM contact WHERE updated_at < ? AND ${unknownToAll} LIMIT ?)`,
    before.contacts,
    limit - messages,
  )
  return messages + contacts
}

/** From the oldest id on until one is young: `at` has no index, but ids ascend with time. */
function* pruneMessages(before: number, limit: number): Call<number> {
  const waiting = new Set(
    (yield* all<{ id: string }>("SELECT DISTINCT message_id AS id FROM outbox WHERE message_id IS NOT NULL")).map(({ id }) => id),
  )
  let deleted = 0
  let after = ""
  while (deleted < limit) {
    const page = yield* all<{ id: string; at: number }>("SELECT id, at FROM message WHERE id > ? ORDER BY id LIMIT ?", after, limit)
    for (const { id, at } of page) {
      if (at >= before || waiting.has(id) || deleted >= limit) continue
      yield* run("DELETE FROM message WHERE id = ?", id)
      deleted++
    }
    const last = page.at(-1)
    if (!last || page.length < limit || last.at >= before) break
    after = last.id
  }
  return deleted
}

export function* schemaVersion(): Call<number> {
  return (yield* get<{ version: number }>("SELECT max(version) AS version FROM schema_version"))?.version ?? 0
}
