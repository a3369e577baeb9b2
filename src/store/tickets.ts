// One-time codes, by their keyed hash, and what redeeming one for an identity makes.
import type { BareJid, Link } from "../core/model.js"
import type { ConsentStore, OpenTicket } from "../core/consent/store.js"
import type { IdentityStore, NewProof, NewTicket, Proof, StoredTicket } from "../core/identity/store.js"
import { all, get, run, type Call } from "./call.js"
import { openDirect } from "./conversations.js"
import { queue } from "./rows.js"
import { links } from "./users.js"

const day = 24 * 60 * 60_000

const open = "uses_left > 0 AND expires_at > ?"

export function* putTicket({ hash, kind, network, user, subject, uses, expiresAt, now }: NewTicket): Call<void> {
  if (user !== null) yield* run("INSERT INTO gateway_user (jid, created_at) VALUES (?, ?) ON CONFLICT (jid) DO NOTHING", user, now)
  yield* run(
    `INSERT INTO ticket (hash, kind, network, user_id, subject, uses_left, expires_at)
     VALUES (?, ?, ?, (SELECT id FROM gateway_user WHERE jid = ?), ?, ?, ?)`,
    ...[hash, kind, network, user, subject, uses, expiresAt],
  )
}

export function* findTicket(hashes: readonly string[], now: number): Call<StoredTicket | undefined> {
  for (const hash of hashes) {
    const found = yield* get<StoredTicket>(
      `SELECT t.hash, t.kind, t.network, u.jid AS "user", t.subject FROM ticket t LEFT JOIN gateway_user u ON u.id = t.user_id
       WHERE t.hash = ? AND ${open}`,
      hash,
      now,
    )
    if (found) return found
  }
  return undefined
}

export function* takeTicket(hash: string, now: number): Call<boolean> {
  const taken = yield* run(`UPDATE ticket SET uses_left = uses_left - 1 WHERE hash = ? AND ${open}`, hash, now)
  return taken > 0
}

export function* revokeTickets({ user, kind, network }: Parameters<IdentityStore["revokeTickets"]>[0]): Call<void> {
  yield* run(
    `DELETE FROM ticket WHERE user_id = (SELECT id FROM gateway_user WHERE jid = ?) AND (? IS NULL OR kind = ?) AND (? IS NULL OR network = ?)`,
    ...[user, kind ?? null, kind ?? null, network ?? null, network ?? null],
  )
}

export function* openTickets({ user, kind, network, now }: Parameters<ConsentStore["openTickets"]>[0]): Call<OpenTicket[]> {
  return yield* all<OpenTicket>(
    `SELECT t.hash, t.subject, t.uses_left AS uses, t.expires_at AS "expiresAt" FROM ticket t JOIN gateway_user u ON u.id = t.user_id
     WHERE u.jid = ? AND t.kind = ? AND t.network = ? AND t.uses_left > 0 AND t.expires_at > ? ORDER BY t.expires_at, t.hash`,
    ...[user, kind, network, now],
  )
}

export function* dropTicket(user: BareJid, hash: string): Call<boolean> {
  return (yield* run("DELETE FROM ticket WHERE hash = ? AND user_id = (SELECT id FROM gateway_user WHERE jid = ?)", hash, user)) > 0
}

/** Expired and used up ones, and users of whom nothing else is left. */
export function* pruneTickets(now: number, limit: number): Call<number> {
  const tickets = yield* run(
    "DELETE FROM ticket WHERE hash IN (SELECT hash FROM ticket WHERE expires_at <= ? OR uses_left <= 0 LIMIT ?)",
    now,
    limit,
  )
  if (tickets >= limit) return tickets
  const users = yield* run(
    `DELETE FROM gateway_user WHERE id IN (SELECT u.id FROM gateway_user u WHERE u.created_at < ? AND u.prefs = '{}'
       AND NOT EXISTS (SELECT 1 FROM link l WHERE l.user_id = u.id) AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.user_id = u.id) LIMIT ?)`,
    now - day,
    limit - tickets,
  )
  return tickets + users
}

export function* proveIdentity(proof: NewProof): Call<Proof> {
  const { hash, account, identity, now } = proof
  const ticket = yield* get<{ userId: number; jid: BareJid }>(
    `SELECT u.id AS "userId", u.jid FROM ticket t JOIN gateway_user u ON u.id = t.user_id WHERE t.hash = ? AND t.kind = 'identity' AND t.${open}`,
    hash,
    now,
  )
  if (!ticket) return { outcome: "void" }
  const { userId } = ticket
  const of = yield* get<{ network: string }>("SELECT network FROM account WHERE id = ?", account)
  if (!of) throw new Error(`There is no account ${account}.`)
  const { network } = of
  const other = yield* get("SELECT 1 FROM link WHERE network = ? AND identity = ? AND user_id <> ? LIMIT 1", network, identity, userId)
  if (other && !proof.shared) return { outcome: "taken" }
  const known = yield* get<Link>(`${links} WHERE l.account_id = ? AND l.user_id = ? AND l.identity = ?`, account, userId, identity)
  if (!known && !(yield* tie(proof, userId, network))) return { outcome: "many" }
  yield* takeTicket(hash, now)
  const link = yield* get<Link>(`${links} WHERE l.account_id = ? AND l.user_id = ? AND l.identity = ?`, account, userId, identity)
  if (!link) throw new Error("A link was not stored.")
  const conversation = yield* openDirect(account, link.id, "")
  const row = yield* queue("in", conversation.id, proof.notice, null)
  return { outcome: known ? "known" : "linked", link, conversation, row }
}

/** False: the user is too many already. */
function* tie({ account, identity, tag, taken, most, now }: NewProof, user: number, network: string): Call<boolean> {
  const count = yield* get<{ n: number }>(
    "SELECT count(*) AS n FROM link WHERE account_id = ? AND user_id = ? AND identity IS NOT NULL",
    account,
    user,
  )
  if ((count?.n ?? 0) >= most) return false
  // As whom the configuration has let them in until now, they go on, by the same addresses.
  const vacant = yield* run(
    "UPDATE link SET identity = ? WHERE account_id = ? AND user_id = ? AND role = 'guest' AND identity IS NULL",
    identity,
    account,
    user,
  )
  if (vacant > 0) return true
  for (let n = 1; ; n++) {
    const name = n === 1 ? tag : `${tag}-${n}`
    if (n > 1 && taken.includes(name)) continue
    const added = yield* run(
      `INSERT INTO link (user_id, account_id, network, tag, role, identity, created_at) VALUES (?, ?, ?, ?, 'guest', ?, ?)
       ON CONFLICT (user_id, network, tag) DO NOTHING`,
      ...[user, account, network, name, identity, now],
    )
    if (added > 0) return true
  }
}
