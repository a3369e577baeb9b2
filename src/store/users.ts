// Users, accounts and the links between them.
import type { Account, Link, RosterEntry } from "../core/model.js"
import { all, get, run, type Call } from "./call.js"
import { roster } from "./contacts.js"
import { openDirect } from "./conversations.js"
import { wipeConversations } from "./rooms.js"
import { queue } from "./rows.js"
import type { Registration, Store } from "../core/store.js"

const accountColumns = `id, network, legacy_id AS "legacyId", sealed, state, reason, tag`
/** With what is said of one that another carries. */
export const accountOf = `${accountColumns}, carrier_id AS carrier, login, may_send AS "maySend"`
export type AccountRow = Omit<Account, "maySend"> & { maySend: number }
export const links = `SELECT l.id, l.user_id AS "userId", u.jid, l.account_id AS "accountId", l.network, l.tag, l.role, l.identity, l.created_at AS since FROM link l JOIN gateway_user u ON u.id = l.user_id`

export function* loadNetwork(network: string): Call<{ accounts: Account[]; links: Link[] }> {
  const accounts = yield* all<AccountRow>(`SELECT ${accountOf} FROM account WHERE network = ? ORDER BY id`, network)
  return {
    accounts: accounts.map((account) => ({ ...account, maySend: account.maySend === 1 })),
    links: yield* all<Link>(`${links} WHERE l.network = ? ORDER BY l.id`, network),
  }
}

export function* register({ network, jid, legacyId, sealed, now }: Registration): Call<Awaited<ReturnType<Store["register"]>>> {
  const known = yield* get<{ id: number; tag: string }>(
    "SELECT id, tag FROM account WHERE network = ? AND legacy_id = ?",
    network,
    legacyId,
  )
  if (known && known.tag !== "") return { outcome: "taken" } // an account of the configuration is no user's
  if (known && (yield* get(`${links} WHERE l.account_id = ? AND u.jid <> ? LIMIT 1`, known.id, jid))) return { outcome: "taken" }
  const former = yield* get<Link>(`${links} WHERE u.jid = ? AND l.network = ? AND l.tag = ''`, jid, network)
  const renewed = former !== undefined && former.accountId === known?.id
  let formerRoster: RosterEntry[] = []
  if (former && !renewed) {
    formerRoster = yield* roster(former.id)
    yield* wipe(former, true)
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

/** Everything that is only there because of this link: with an owner's the account and its rooms, with a guest's their place in its rooms. */
function* wipe({ id, userId, accountId, role }: Link, userStays = false): Call<void> {
  const contacts = yield* all<{ id: number }>("SELECT contact_id AS id FROM roster WHERE link_id = ?", id)
  const goes = role === "owner" && !(yield* get("SELECT 1 FROM link WHERE account_id = ? AND id <> ?", accountId, id))
  if (role === "guest") yield* leaveTies(id, accountId)
  if (goes) for (const carried of yield* carriedBy(accountId)) yield* wipe(carried)
  yield* run("DELETE FROM roster WHERE link_id = ?", id)
  if (goes) yield* wipeConversations("link_id = ? OR (account_id = ? AND link_id IS NULL)", [id, accountId])
  else {
    yield* wipeConversations("link_id = ?", [id])
    const rooms = "SELECT id FROM conversation WHERE account_id = ? AND link_id IS NULL"
    // As another person they may still be there.
    const stays = yield* get("SELECT 1 FROM link WHERE account_id = ? AND user_id = ? AND id <> ?", accountId, userId, id)
    for (const table of stays ? [] : ["participant", "occupant"])
      yield* run(`DELETE FROM ${table} WHERE user_id = ? AND conversation_id IN (${rooms})`, userId, accountId)
  }
  yield* run("DELETE FROM link WHERE id = ?", id)
  if (goes) yield* dropAccount(accountId, userId)
  // What they want, and their codes, go with them; not with one account in favour of another.
  if (!userStays)
    yield* run("DELETE FROM gateway_user WHERE id = ? AND NOT EXISTS (SELECT 1 FROM link l WHERE l.user_id = gateway_user.id)", userId)
  for (const contact of contacts) yield* run(`DELETE FROM contact WHERE id = ? AND ${unknownToAll}`, contact.id)
}

/** Links to what this account carries. */
function* carriedBy(account: number): Call<Link[]> {
  return yield* all<Link>(`${links} JOIN account a ON a.id = l.account_id WHERE a.carrier_id = ?`, account)
}

/** The network may tell of a carried login again: of who stays, that they want it no more is kept in mind. */
function* dropAccount(account: number, user: number): Call<void> {
  const kept = yield* run(
    "UPDATE account SET state = 'logged-out' WHERE id = ? AND carrier_id IS NOT NULL AND EXISTS (SELECT 1 FROM link WHERE user_id = ?)",
    account,
    user,
  )
  if (kept === 0) yield* run("DELETE FROM account WHERE id = ?", account)
}

/** A contact whom nobody has in a roster, in a conversation or in a room. */
export const unknownToAll = `NOT EXISTS (SELECT 1 FROM roster r WHERE r.contact_id = contact.id)
  AND NOT EXISTS (SELECT 1 FROM participant p WHERE p.contact_id = contact.id)
  AND NOT EXISTS (SELECT 1 FROM conversation v JOIN account a ON a.id = v.account_id
    WHERE v.legacy_id = contact.legacy_id AND v.link_id IS NOT NULL AND a.network = contact.network)`

export function* setAccountState({ account, state, reason, notice }: Parameters<Store["setAccountState"]>[0]): Call<void> {
  yield* run("UPDATE account SET state = ?, reason = ? WHERE id = ?", state, reason, account)
  if (!notice) return
  const { id } = yield* openDirect(account, notice.link, "")
  yield* queue("in", id, notice.row, null)
}

export function* guestLink({ account, jid, now }: Parameters<Store["guestLink"]>[0]): Call<Link> {
  const known = yield* get<Link>(`${links} WHERE l.account_id = ? AND u.jid = ? ORDER BY l.id`, account, jid)
  if (known) return known
  const of = yield* get<{ network: string; tag: string }>("SELECT network, tag FROM account WHERE id = ?", account)
  if (!of || of.tag === "") throw new Error(`There is no account ${account} of the configuration.`)
  yield* run("INSERT INTO gateway_user (jid, created_at) VALUES (?, ?) ON CONFLICT (jid) DO NOTHING", jid, now)
  yield* run(
    `INSERT INTO link (user_id, account_id, network, tag, role, created_at) SELECT id, ?, ?, ?, 'guest', ? FROM gateway_user WHERE jid = ?`,
    account,
    of.network,
    of.tag,
    now,
    jid,
  )
  return (yield* get<Link>(`${links} WHERE l.account_id = ? AND u.jid = ?`, account, jid)) as Link
}

export function* putConfiguredAccount({ network, tag, legacyId, sealed }: Parameters<Store["putConfiguredAccount"]>[0]): Call<Account> {
  if (tag === "") throw new Error("An account of the configuration has a name.")
  const known = yield* get<{ id: number; tag: string; owner: string | null }>(
    `SELECT a.id, a.tag, (SELECT u.jid FROM link l JOIN gateway_user u ON u.id = l.user_id WHERE l.account_id = a.id AND l.role = 'owner') AS owner
     FROM account a WHERE a.network = ? AND a.legacy_id = ?`,
    network,
    legacyId,
  )
  if (known && known.owner !== null)
    throw new Error(`The account ${legacyId} is ${known.owner}'s own. They must unregister it before the configuration can use it.`)
  const other = yield* get<{ id: number }>(
    "SELECT id FROM account WHERE network = ? AND tag = ? AND legacy_id <> ?",
    network,
    tag,
    legacyId,
  )
  // The name stands for another account now. The former one keeps its history under a name that no configuration can give.
  if (other) yield* rename(other.id, tag, `${tag} (formerly ${other.id})`)
  const account = yield* get<Account>(
    `INSERT INTO account (network, legacy_id, sealed, state, tag) VALUES (?, ?, ?, 'active', ?)
     ON CONFLICT (network, legacy_id) DO UPDATE SET sealed = excluded.sealed, state = 'active', reason = NULL RETURNING ${accountColumns}`,
    network,
    legacyId,
    sealed,
    tag,
  )
  if (!account) throw new Error(`The account ${legacyId} was not stored.`)
  if (account.tag !== tag) yield* rename(account.id, account.tag, tag)
  return { ...account, tag }
}

/** What a user's further links have behind the name, they keep. */
function* rename(account: number, from: string, tag: string): Call<void> {
  yield* run("UPDATE account SET tag = ? WHERE id = ?", tag, account)
  yield* run("UPDATE link SET tag = ? || substr(tag, ?) WHERE account_id = ? AND role = 'guest'", tag, from.length + 1, account)
}

/** Whoever meant this user when they wrote is to say anew whom they mean: it is for nobody else. */
function* leaveTies(link: number, account: number): Call<void> {
  const others = "SELECT l.id FROM link l WHERE l.account_id = ? AND l.id <> ?"
  yield* run(
    `UPDATE roster SET picked_at = -1 WHERE link_id IN (${others}) AND contact_id IN (
       SELECT g.contact_id FROM roster g WHERE g.link_id = ? AND g.consent = 'both'
         AND NOT EXISTS (SELECT 1 FROM roster o WHERE o.contact_id = g.contact_id AND o.picked_at > g.picked_at AND o.link_id IN (${others})))`,
    ...[account, link, link, account, link],
  )
}
