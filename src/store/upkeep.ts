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
  const participants = yield* pruneParticipants(before.contacts, limit - messages)
  if (messages + participants >= limit) return messages + participants
  const contacts = yield* run(
    `DELETE FROM contact WHERE id IN (SELECT id FROM contact WHERE updated_at < ? AND ${unknownToAll} LIMIT ?)`,
    before.contacts,
    limit - messages - participants,
  )
  return messages + participants + contacts
}

/** Foreign people who left and were not heard since, once the archive has nothing of theirs. */
function* pruneParticipants(before: number, limit: number): Call<number> {
  return yield* run(
    `DELETE FROM participant WHERE id IN (SELECT p.id FROM participant p WHERE p.present = 0 AND p.contact_id IS NOT NULL AND p.seen_at < ?
       AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.conversation_id = p.conversation_id AND a.occupant = p.id) LIMIT ?)`,
    before,
    limit,
  )
}

/** Messages that are looked through for each row that may be deleted: most are of other conversations. */
const perRow = 10

/** Takes away what is left of conversations that were removed. The messages are read once, for all of them (see the note in migrations/0001.ts). */
export function* sweep(limit: number): Call<boolean> {
  const doomed = yield* get<{ id: number; after: string }>(
    `SELECT conversation_id AS id, after FROM wiped ORDER BY after, conversation_id LIMIT 1`,
  )
  if (!doomed) return false
  const { id, after } = doomed
  const entries = yield* run(
    `DELETE FROM archive WHERE conversation_id = ? AND pos IN (SELECT pos FROM archive WHERE conversation_id = ? ORDER BY pos LIMIT ?)`,
    id,
    id,
    limit,
  )
  if (entries >= limit) return true
  const page = yield* get<{ last: string | null }>(
    `SELECT max(id) AS last FROM (SELECT id FROM message WHERE id > ? ORDER BY id LIMIT ?) AS page`,
    after,
    limit * perRow,
  )
  const last = page?.last ?? null
  if (last === null) yield* run(`DELETE FROM wiped WHERE conversation_id = ?`, id)
  else {
    yield* run(`DELETE FROM message WHERE id > ? AND id <= ? AND conversation_id IN (SELECT conversation_id FROM wiped)`, after, last)
    yield* run(`UPDATE wiped SET after = ? WHERE after = ?`, last, after)
  }
  return true
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
