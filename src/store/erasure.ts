// A foreign person wants nothing to be kept of them: what there is goes, in one transaction.
import type { AdminStore } from "../core/admin/store.js"
import { takeOut } from "./archive.js"
import { all, run, type Call } from "./call.js"
import { wipeConversations } from "./rooms.js"

type Erased = Awaited<ReturnType<AdminStore["eraseForeign"]>>

export function* eraseForeign(network: string, legacyId: string): Call<Erased> {
  const places = yield* all<{ id: string; room: number }>(
    `SELECT p.id, p.conversation_id AS room FROM participant p JOIN contact c ON c.id = p.contact_id WHERE c.network = ? AND c.legacy_id = ?`,
    network,
    legacyId,
  )
  let words = 0
  for (const { id } of places) {
    const said = yield* all<{ id: string }>("SELECT id FROM archive WHERE occupant = ?", id)
    for (const entry of said) yield* takeOut(entry.id)
    words += said.length
    yield* run("DELETE FROM participant WHERE id = ?", id)
  }
  const rosters = yield* all<{ link: number }>(
    "DELETE FROM roster WHERE contact_id IN (SELECT id FROM contact WHERE network = ? AND legacy_id = ?) RETURNING link_id AS link",
    network,
    legacyId,
  )
  const ofNetwork = "account_id IN (SELECT id FROM account WHERE network = ?)"
  const chats = yield* all<{ id: number }>(
    `SELECT id FROM conversation WHERE link_id IS NOT NULL AND legacy_id = ? AND ${ofNetwork}`,
    legacyId,
    network,
  )
  yield* wipeConversations(`link_id IS NOT NULL AND legacy_id = ? AND ${ofNetwork}`, [legacyId, network])
  yield* run(
    `DELETE FROM reaction WHERE actor = ? AND message_id IN (
       SELECT m.id FROM message m JOIN conversation v ON v.id = m.conversation_id WHERE v.${ofNetwork})`,
    legacyId.startsWith("@") ? `=${legacyId}` : legacyId,
    network,
  )
  yield* run("DELETE FROM contact WHERE network = ? AND legacy_id = ?", network, legacyId)
  return {
    links: rosters.map(({ link }) => link),
    rooms: [...new Set(places.map(({ room }) => room))],
    words,
    chats: chats.map(({ id }) => id),
  }
}
