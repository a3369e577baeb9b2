// Logins that accounts carry: as accounts of their own, tied to whoever has shown that they are theirs.
import type { LoginChange, LoginChanged } from "../core/carried/store.js"
import type { Account, Link } from "../core/model.js"
import { all, get, run, type Call } from "./call.js"
import { openDirect } from "./conversations.js"
import { queue } from "./rows.js"
import { takeTicket } from "./tickets.js"
import { accountOf, links, type AccountRow } from "./users.js"

export function* putLogin(change: LoginChange): Call<LoginChanged> {
  const { network, carrier, name, login, maySend, user, ticket, notice, now } = change
  const known = yield* get<{ id: number; state: string }>(
    "SELECT id, state FROM account WHERE network = ? AND legacy_id = ?",
    network,
    name,
  )
  const before = known && (yield* linkOf(known.id))
  if (ticket !== undefined && before && before.jid !== user) return { outcome: "taken" }
  if (ticket !== undefined && !(yield* takeTicket(ticket, now))) return { outcome: "void" }
  const row = yield* get<AccountRow>(
    `INSERT INTO account (network, legacy_id, state, carrier_id, login, may_send) SELECT c.network, ?, 'active', c.id, ?, ? FROM account c
     WHERE c.id = ? AND c.network = ?
     ON CONFLICT (network, legacy_id) DO UPDATE SET login = excluded.login, may_send = excluded.may_send
     RETURNING ${accountOf}`,
    ...[name, login, maySend ? 1 : 0, carrier, network],
  )
  if (!row) return { outcome: "gone" }
  // Whoever has ended the tie is tied again by a code alone.
  const mayTie = !before && user !== null && (row.state !== "logged-out" || ticket !== undefined)
  if (mayTie) yield* tie(row.id, change, user)
  if (mayTie) yield* run("UPDATE account SET state = 'active', reason = NULL WHERE id = ?", row.id)
  const link = before ?? (mayTie ? yield* linkOf(row.id) : undefined) ?? null
  const account: Account = { ...row, maySend, ...(mayTie && { state: "active" as const, reason: null }) }
  const changed = { outcome: "changed" as const, account, isNew: known === undefined, link, tied: mayTie }
  if (!notice || !link) return changed
  const conversation = yield* openDirect(account.id, link.id, "")
  return { ...changed, told: { conversation, row: yield* queue("in", conversation.id, notice, null) } }
}

function linkOf(account: number): Call<Link | undefined> {
  return get<Link>(`${links} WHERE l.account_id = ? AND l.role = 'owner'`, account)
}

function* tie(account: number, { network, taken, now }: LoginChange, user: string): Call<void> {
  yield* run("INSERT INTO gateway_user (jid, created_at) VALUES (?, ?) ON CONFLICT (jid) DO NOTHING", user, now)
  for (let n = 1; ; n++) {
    const tag = n === 1 ? "me" : `me-${n}`
    if (taken.includes(tag)) continue
    const added = yield* run(
      `INSERT INTO link (user_id, account_id, network, tag, role, created_at) SELECT id, ?, ?, ?, 'owner', ? FROM gateway_user WHERE jid = ?
       ON CONFLICT (user_id, network, tag) DO NOTHING`,
      ...[account, network, tag, now, user],
    )
    if (added > 0) return
  }
}

export function* lastHeard(account: number, since: number, limit: number): Call<{ legacyId: string; at: number }[]> {
  return yield* all(
    `SELECT v.legacy_id AS "legacyId", max(m.at) AS at FROM conversation v JOIN message m ON m.chat_id = v.id
     WHERE v.account_id = ? AND v.link_id IS NOT NULL AND m.digest IS NULL AND m.target IS NULL AND m.at > ?
     GROUP BY v.legacy_id ORDER BY max(m.at) DESC LIMIT ?`,
    ...[account, since, limit],
  )
}
