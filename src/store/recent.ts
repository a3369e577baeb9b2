// What the network has of a room's newest messages, to be compared with what it says it has.
import type { Store } from "../core/store.js"
import { all, type Call } from "./call.js"

export function* recentMessages(room: number, limit: number): Call<Awaited<ReturnType<Store["recentMessages"]>>> {
  const rows = yield* all<{ legacyId: string; at: number; ours: number; retracted: number }>(
    // Of an edit the entry is about the message, but is not it: each is met once, where it came.
    `SELECT m.legacy_id AS "legacyId", m.at, m.digest IS NOT NULL AS ours, m.retracted_at IS NOT NULL AS retracted
     FROM archive a JOIN message m ON m.id = a.message_id
     WHERE a.conversation_id = ? AND a.id = a.message_id AND m.legacy_id IS NOT NULL AND (a.kind = 2 OR m.retracted_at IS NOT NULL)
     ORDER BY a.pos DESC LIMIT ?`,
    room,
    limit,
  )
  return rows.reverse().map(({ legacyId, at, ours, retracted }) => ({ legacyId, at, ours: ours === 1, retracted: retracted === 1 }))
}
