// What proven people may do in rooms, as the network last said, and who said what there.
import type { Granted, IdentityStore } from "../core/identity/store.js"
import { bare } from "../core/address.js"
import { messageOf } from "../core/inward.js"
import { all, get, run, type Call } from "./call.js"

export function* loadAccess(network: string): Call<Granted[]> {
  const rows = yield* all<Omit<Granted, "maySend"> & { maySend: number }>(
    `SELECT a.link_id AS link, a.conversation_id AS room, a.role, a.may_send AS "maySend", a.checked_at AS at
     FROM access a JOIN link l ON l.id = a.link_id WHERE l.network = ?`,
    network,
  )
  return rows.map((row) => ({ ...row, maySend: row.maySend === 1 }))
}

export function* putAccess({ link, room, role, maySend, at }: Granted): Call<void> {
  if (role === "none" || role === "banned") {
    yield* run("DELETE FROM access WHERE link_id = ? AND conversation_id = ?", link, room)
    return
  }
  // From their own rows: an answer that comes when link or room was wiped brings nothing back.
  yield* run(
    `INSERT INTO access (link_id, conversation_id, role, may_send, checked_at)
     SELECT l.id, v.id, ?, ?, ? FROM link l JOIN conversation v ON v.account_id = l.account_id WHERE l.id = ? AND v.id = ?
     ON CONFLICT (link_id, conversation_id) DO UPDATE SET role = excluded.role, may_send = excluded.may_send, checked_at = excluded.checked_at`,
    ...[role, maySend ? 1 : 0, at, link, room],
  )
}

export function* authorOf(room: number, legacyId: string): Call<Awaited<ReturnType<IdentityStore["authorOf"]>>> {
  const said = yield* get<{ sender: string; copyOf: string | null }>(
    `SELECT sender, copy_of AS "copyOf" FROM message WHERE (conversation_id = ? AND legacy_id = ?)
       OR id = (SELECT message_id FROM message_part WHERE legacy_id = ? AND conversation_id = ?)`,
    ...[room, legacyId, legacyId, room],
  )
  if (!said) return undefined
  if (said.copyOf !== null) {
    const copyOf = yield* get<{ room: number; sender: string }>(
      "SELECT conversation_id AS room, sender FROM message WHERE id = ?",
      messageOf(said.copyOf),
    )
    return { sender: "", nick: null, ...(copyOf && { copyOf }) }
  }
  const of = yield* get<{ nick: string }>(
    `SELECT p.nick FROM participant p JOIN gateway_user u ON u.id = p.user_id WHERE p.conversation_id = ? AND u.jid = ?`,
    room,
    bare(said.sender),
  )
  return { sender: said.sender, nick: of?.nick ?? null }
}
