// Clients that are in rooms: kept, so that they still are after a restart or a crash.
import type { FullJid } from "../core/model.js"
import type { StoredOccupant } from "../core/rooms/model.js"
import { all, run, type Call } from "./call.js"

export function* loadOccupants(network: string): Call<StoredOccupant[]> {
  return yield* all<StoredOccupant>(
    `SELECT o.conversation_id AS room, o.full_jid AS "full", u.jid AS "user", o.via, o.tag, o.joined_at AS "joinedAt"
     FROM account a JOIN conversation v ON v.account_id = a.id JOIN occupant o ON o.conversation_id = v.id JOIN gateway_user u ON u.id = o.user_id
     WHERE a.network = ? ORDER BY o.conversation_id, o.joined_at, o.full_jid`,
    network,
  )
}

export function* putOccupant({ room, full, user, via, tag, joinedAt }: StoredOccupant): Call<void> {
  const added = yield* run(
    `INSERT INTO occupant (conversation_id, full_jid, user_id, via, tag, joined_at)
     SELECT v.id, ?, u.id, ?, ?, ? FROM conversation v JOIN gateway_user u ON u.jid = ? WHERE v.id = ? AND v.link_id IS NULL
     ON CONFLICT (conversation_id, full_jid) DO UPDATE SET via = excluded.via, tag = excluded.tag, joined_at = excluded.joined_at`,
    full,
    via,
    tag ?? null,
    joinedAt,
    user,
    room,
  )
  if (added === 0) throw new Error(`There is no room ${room}, or no user ${user}.`)
}

export function* dropOccupants(gone: readonly { room: number; full: FullJid }[]): Call<void> {
  for (const { room, full } of gone) yield* run("DELETE FROM occupant WHERE conversation_id = ? AND full_jid = ?", room, full)
}
