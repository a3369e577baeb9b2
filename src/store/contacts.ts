// Foreign people, and what a link calls and allows them.
import type { ContactRow, RosterEntry, Subscription } from "../core/model.js"
import { avatarColumns, avatarJoin, takeAvatar, type AvatarRow } from "./avatar-rows.js"
import { all, get, run, type Call } from "./call.js"
import type { NewContact } from "../core/store.js"

interface EntryRow extends AvatarRow {
  id: number
  legacyId: string
  name: string | null
  username: string | null
  kind: ContactRow["kind"]
  profile: string
  consent: RosterEntry["consent"]
  subscription: Subscription
  rosterName: string | null
}

const columns = `c.id, c.legacy_id AS "legacyId", c.name, c.username, c.kind, c.profile, r.consent, r.subscription, r.name AS "rosterName",
  ${avatarColumns}`
const ofRoster = `SELECT ${columns} FROM roster r JOIN contact c ON c.id = r.contact_id ${avatarJoin} WHERE r.link_id = ?`

function toEntry(row: EntryRow): RosterEntry {
  const [{ consent, subscription, rosterName, profile, ...rest }, avatar] = takeAvatar(row)
  const contact = { ...rest, profile: JSON.parse(profile) as Record<string, string>, ...(avatar && { avatar }) }
  return { contact, consent, subscription, name: rosterName }
}

export function* roster(link: number): Call<RosterEntry[]> {
  const rows = yield* all<EntryRow>(`${ofRoster} ORDER BY c.id`, link)
  return rows.map(toEntry)
}

export function* rosterEntry(link: number, legacyId: string): Call<RosterEntry | undefined> {
  const row = yield* get<EntryRow>(
    `SELECT ${columns} FROM link l JOIN contact c ON c.network = l.network AND c.legacy_id = ? JOIN roster r ON r.link_id = l.id AND r.contact_id = c.id
     ${avatarJoin} WHERE l.id = ?`,
    legacyId,
    link,
  )
  return row && toEntry(row)
}

export function* findContact(link: number, username: string): Call<ContactRow | undefined> {
  // Usernames change hands: who was heard of last has it.
  const row = yield* get<EntryRow>(
    `${ofRoster} AND lower(c.username) = lower(?) ORDER BY c.updated_at DESC LIMIT 1`,
    link,
    username.replace(/^@/, ""),
  )
  return row && toEntry(row).contact
}

/** Of everybody who has the contact in their list. */
export function* rosterEntries(contact: number): Call<{ link: number; entry: RosterEntry }[]> {
  const rows = yield* all<EntryRow & { link: number }>(
    `SELECT r.link_id AS link, ${columns} FROM roster r JOIN contact c ON c.id = r.contact_id ${avatarJoin} WHERE r.contact_id = ? ORDER BY r.link_id`,
    contact,
  )
  return rows.map(({ link, ...row }) => ({ link, entry: toEntry(row) }))
}

/** What is null or empty is unknown and stays as it was (contract: absent fields). */
export function* upsert({ network, legacyId, name, username, kind, profile, avatar }: NewContact, now: number): Call<number> {
  const row = yield* get<{ id: number }>(
    `INSERT INTO contact (network, legacy_id, name, username, kind, profile, avatar, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (network, legacy_id) DO UPDATE SET name = COALESCE(excluded.name, contact.name), username = COALESCE(excluded.username, contact.username),
       kind = excluded.kind, profile = CASE excluded.profile WHEN '{}' THEN contact.profile ELSE excluded.profile END,
       avatar = COALESCE(excluded.avatar, contact.avatar), updated_at = excluded.updated_at
     RETURNING id`,
    network,
    legacyId,
    name,
    username?.replace(/^@/, "") ?? null,
    kind,
    JSON.stringify(profile),
    avatar === undefined ? null : JSON.stringify(avatar),
    now,
  )
  if (!row) throw new Error(`The contact ${legacyId} was not stored.`)
  return row.id
}

/** True if the row is new. */
export function* addToRoster(link: number, contact: number): Call<boolean> {
  return (
    (yield* run(
      // Who writes to an account of somebody's own may; on a shared one both sides agree first.
      `INSERT INTO roster (link_id, contact_id, consent) SELECT id, ?, CASE role WHEN 'owner' THEN 'both' ELSE 'none' END FROM link WHERE id = ?
       ON CONFLICT (link_id, contact_id) DO NOTHING`,
      contact,
      link,
    )) === 1
  )
}

export function* putContact(link: number, contact: NewContact, now: number): Call<RosterEntry> {
  return (yield* meet(link, contact.legacyId, contact, true, now)).entry as RosterEntry
}

/** A foreign person turns up at a link: what is told of them is stored. `entry`: null unless asked for or there is something new. */
export function* meet(
  link: number,
  legacyId: string,
  contact: NewContact | null,
  inRoster: boolean,
  now: number,
): Call<{ entry: RosterEntry | null; firstSeen: boolean }> {
  if (!contact && !inRoster) return { entry: null, firstSeen: false }
  if (!contact) {
    const entry = yield* rosterEntry(link, legacyId)
    if (entry) return { entry, firstSeen: false }
  }
  const id = contact ? yield* upsert(contact, now) : yield* known(link, legacyId, now)
  const firstSeen = inRoster && (yield* addToRoster(link, id))
  return { entry: (yield* rosterEntry(link, legacyId)) ?? null, firstSeen }
}

/** The contact's id; a row that retention took meanwhile comes back without a name. */
function* known(link: number, legacyId: string, now: number): Call<number> {
  const row = yield* get<{ network: string; id: number | null }>(
    "SELECT l.network, c.id FROM link l LEFT JOIN contact c ON c.network = l.network AND c.legacy_id = ? WHERE l.id = ?",
    legacyId,
    link,
  )
  if (!row) throw new Error(`There is no link ${link}.`)
  return row.id ?? (yield* upsert({ network: row.network, legacyId, name: null, username: null, kind: "person", profile: {} }, now))
}

export function* setSubscription(link: number, contact: number, subscription: Subscription): Call<void> {
  yield* run("UPDATE roster SET subscription = ? WHERE link_id = ? AND contact_id = ?", subscription, link, contact)
}
