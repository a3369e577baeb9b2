// Users, accounts and the links between them.
import type { Account, Link, RosterEntry } from "../core/model.js"
import { all, get, run, type Call } from "./call.js"
import { roster } from "./contacts.js"
import { openDirect } from "./conversations.js"
import { queue } from "./rows.js"
import type { Registration, Store } from "../core/store.js"

const accountColumns = `id, network, legacy_id AS "legacyId", sealed, state, reason`
const links = `SELECT l.id, l.user_id AS "userId", u.jid, l.account_id AS "accountId", l.network, l.tag, l.role FROM link l JOIN gateway_user u ON u.id = l.user_id`

export function* loadNetwork(network: string): Call<{ accounts: Account[]; links: Link[] }> {
  return {
    accounts: yield* all<Account>(`SELECT ${accountColumns} FROM account WHERE network = ? ORDER BY id`, network),
    links: yield* all<Link>(`${links} WHERE l.network = ? ORDER BY l.id`, network),
  }
}

export function* register({ network, jid, legacyId, sealed, now }: Registration): Call<Awaited<ReturnType<Store["register"]>>> {
  const known = yield* get<{ id: number }>("SELECT id FROM account WHERE network = ? AND legacy_id = ?", network, legacyId)
  if (known && (yield* get(`${links} WHERE l.account_id = ? AND u.jid <> ? LIMIT 1`, known.id, jid))) return { outcome: "taken" }
  const former = yield* get<Link>(`${links} WHERE u.jid = ? AND l.network = ? AND l.tag = ''`, jid, network)
  const renewed = former !== undefined && former.accountId === known?.id
  let formerRoster: RosterEntry[] = []
  if (former && !renewed) {
    formerRoster = yield* roster(former.id)
    yield* wipe(former)
  }
  const account = yield* get<Account>(
    `INSERT INTO account (network, legacy_id, sealed, state) VALUES (?, ?, ?, 'active')
     ON CONFLICT (network, legacy_id) DO UPDATE SET sealed = excluded.sealed, state = 'active', reason = NULL RETURNING ${accountColumns}`,
    network,
    legacyId,
    sealed,
  )
  if (!account) throw new Error(`The account ${legacyId} was not stored.`)
  if (!renewed) {
    yield* run("INSERT INTO gateway_user (jid, created_at) VALUES (?, ?) ON CONFLICT (jid) DO NOTHING", jid, now)
    yield* run(
      "INSERT INTO link (user_id, account_id, network, role, created_at) SELECT id, ?, ?, 'owner', ? FROM gateway_user WHERE jid = ?",
      account.id,
      network,
      now,
      jid,
    )
  }
  const link = (yield* get<Link>(`${links} WHERE l.account_id = ? AND u.jid = ?`, account.id, jid)) as Link
  return { outcome: renewed ? "renewed" : former ? "replaced" : "created", account, link, formerRoster }
}

export function* unregister(link: number): Call<void> {
  const found = yield* get<Link>(`${links} WHERE l.id = ?`, link)
  if (found) yield* wipe(found)
}

/** Everything that is only there because of this link. */
function* wipe({ id, userId, accountId }: Link): Call<void> {
  const contacts = yield* all<{ id: number }>(
    `SELECT contact_id AS id FROM roster WHERE link_id = ?
     UNION SELECT c.id FROM conversation v JOIN link l ON l.id = v.link_id JOIN contact c ON c.network = l.network AND c.legacy_id = v.legacy_id WHERE v.link_id = ?`,
    id,
    id,
  )
  const mine = "SELECT id FROM conversation WHERE link_id = ?"
  yield* run(
    `DELETE FROM outbox WHERE lane IN (SELECT 'in:' || id FROM (${mine}) AS i UNION ALL SELECT 'out:' || id FROM (${mine}) AS o)`,
    id,
    id,
  )
  // Reads the whole table, once (0.2 s with a million messages): see the note in migrations/0001.ts.
  yield* run(`DELETE FROM message WHERE conversation_id IN (${mine})`, id)
  yield* run("DELETE FROM conversation WHERE link_id = ?", id)
  yield* run("DELETE FROM link WHERE id = ?", id)
  yield* run("DELETE FROM account WHERE id = ? AND NOT EXISTS (SELECT 1 FROM link l WHERE l.account_id = account.id)", accountId)
  yield* run("DELETE FROM gateway_user WHERE id = ? AND NOT EXISTS (SELECT 1 FROM link l WHERE l.user_id = gateway_user.id)", userId)
  for (const contact of contacts) yield* run(`DELETE FROM contact WHERE id = ? AND ${unknownToAll}`, contact.id)
}

/** A contact whom nobody has in a roster or in a conversation. */
export const unknownToAll = `NOT EXISTS (SELECT 1 FROM roster r WHERE r.contact_id = contact.id) AND NOT EXISTS
  (SELECT 1 FROM conversation v JOIN account a ON a.id = v.account_id WHERE v.legacy_id = contact.legacy_id AND a.network = contact.network)`

export function* setAccountState({ account, state, reason, notice }: Parameters<Store["setAccountState"]>[0]): Call<void> {
  yield* run("UPDATE account SET state = ?, reason = ? WHERE id = ?", state, reason, account)
  if (!notice) return
  const { id } = yield* openDirect(account, notice.link, "")
  yield* queue("in", id, notice.row, null)
}
export function* guestLink(..._: Parameters<Store["guestLink"]>): Call<Awaited<ReturnType<Store["guestLink"]>>> {
  throw new Error("not yet")
}
export function* putConfiguredAccount(
  ..._: Parameters<Store["putConfiguredAccount"]>
): Call<Awaited<ReturnType<Store["putConfiguredAccount"]>>> {
  throw new Error("not yet")
}
