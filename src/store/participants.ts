// Who is in a room: foreign people and users of ours, each with a nick and an occupant id that stay.
import { randomBytes } from "node:crypto"
import type { Role } from "../adapter/contract.js"
import type { BareJid, ContactRow } from "../core/model.js"
import { fold } from "../core/rooms/nick.js"
import type { Participant } from "../core/rooms/model.js"
import type { Met, NewParticipant } from "../core/rooms/store.js"
import type { NewContact, Store } from "../core/store.js"
import { avatarColumns, avatarJoin, isNewAvatar, noAvatar, takeAvatar, type AvatarRow } from "./avatar-rows.js"
import { all, get, run, type Call } from "./call.js"
import { upsert } from "./contacts.js"
import { freeNick, isFree } from "./nicks.js"
import { noConversation } from "./rows.js"

interface Row extends AvatarRow {
  id: string
  room: number
  nick: string
  /** What the room alone calls them, and what the nick was made of. */
  own: string | null
  named: string
  contactName: string | null
  contact: string | null
  user: BareJid | null
  role: Role
  title: string | null
  seenAt: number
  present: number
}

type Plain = Omit<Row, keyof AvatarRow>

const columns = `p.id, p.conversation_id AS room, p.nick, p.name AS own, p.named, c.name AS "contactName", c.legacy_id AS contact, u.jid AS "user",
  p.role, p.title, p.seen_at AS "seenAt", p.present, ${avatarColumns}`
const joined = `LEFT JOIN contact c ON c.id = p.contact_id LEFT JOIN gateway_user u ON u.id = p.user_id ${avatarJoin}`

function toParticipant(row: Row): Participant {
  const [{ own, named: _, contactName, present, ...rest }, avatar] = takeAvatar(row)
  return { ...rest, name: own ?? contactName, present: present === 1, ...(avatar && { avatar }) }
}

export function* participants(room: number, limit: number): Call<Participant[]> {
  const found = new Map<string, Row>()
  for (const more of ["p.user_id IS NOT NULL AND", "p.role IN ('owner', 'admin') AND", ""]) {
    if (found.size >= limit) break
    // Who was found before is met again: a page of the last question must be longer by as many.
    const rows = yield* all<Row>(
      `SELECT ${columns} FROM participant p ${joined} WHERE p.conversation_id = ? AND ${more} p.present = 1 ORDER BY p.seen_at DESC LIMIT ?`,
      room,
      limit + found.size,
    )
    for (const row of rows) if (found.size < limit || found.has(row.id)) found.set(row.id, found.get(row.id) ?? row)
  }
  return [...found.values()].map(toParticipant)
}

export function* banned(room: number, limit: number): Call<Participant[]> {
  const rows = yield* all<Row>(
    `SELECT ${columns} FROM participant p ${joined} WHERE p.conversation_id = ? AND p.role = 'banned' AND p.user_id IS NULL ORDER BY p.nick LIMIT ?`,
    room,
    limit,
  )
  return rows.map(toParticipant)
}

function* find(where: string, ...params: (string | number)[]): Call<Row | undefined> {
  return yield* get<Row>(`SELECT ${columns} FROM participant p ${joined} WHERE ${where}`, ...params)
}

export function* participant(room: number, who: Parameters<Store["participant"]>[1]): Call<Participant | undefined> {
  const row = yield* "nick" in who
    ? find("p.conversation_id = ? AND p.nick_key = ? AND p.nick = ?", room, fold(who.nick), who.nick)
    : "user" in who
      ? find("p.conversation_id = ? AND p.user_id = (SELECT id FROM gateway_user WHERE jid = ?)", room, who.user)
      : find(
          `p.conversation_id = ? AND p.contact_id =
             (SELECT k.id FROM conversation v JOIN account a ON a.id = v.account_id JOIN contact k ON k.network = a.network AND k.legacy_id = ? WHERE v.id = ?)`,
          room,
          who.contact,
          room,
        )
  return row && toParticipant(row)
}

/** `pictured`: the network tells of another picture than before. */
type Known = Pick<ContactRow, "id" | "name" | "username" | "kind"> & { profile: string; avatar: string | null; pictured?: boolean }

/** The contact's row, written only if something is new. */
function* storedContact(contact: NewContact, now: number): Call<Known> {
  const known = yield* get<Known>(
    "SELECT id, name, username, kind, profile, avatar FROM contact WHERE network = ? AND legacy_id = ?",
    contact.network,
    contact.legacyId,
  )
  const username = contact.username?.replace(/^@/, "") ?? null
  const profile = JSON.stringify(contact.profile)
  const pictured = isNewAvatar(contact.avatar, known?.avatar)
  const same =
    known !== undefined &&
    !pictured &&
    (contact.name === null || contact.name === known.name) &&
    (username === null || username === known.username) &&
    contact.kind === known.kind &&
    (profile === "{}" || profile === known.profile)
  if (same) return known
  const id = yield* upsert(contact, now)
  const named = { name: contact.name ?? known?.name ?? null, username: username ?? known?.username ?? null }
  return { id, ...named, kind: contact.kind, profile, avatar: known?.avatar ?? null, pictured }
}

export function* meetParticipant(room: number, who: NewParticipant, now: number): Call<Met> {
  if (!(yield* get("SELECT 1 FROM conversation WHERE id = ? AND link_id IS NULL", room))) throw noConversation(room)
  return yield* meet(room, who, now)
}

/** The same in a room that is known to be. `heard`: they speak at this time, epoch ms. */
export function* meet(room: number, who: NewParticipant, now: number, heard: number | null = null): Call<Met> {
  const contact = yield* storedContact(who.contact, now)
  const known = yield* find("p.contact_id = ? AND p.conversation_id = ?", contact.id, room)
  const own = who.name === undefined ? (known?.own ?? null) : who.name
  const name = own ?? contact.name
  const named = { name, username: contact.username, legacyId: who.contact.legacyId }
  if (!known) {
    const nick = yield* freeNick(room, named, null)
    const row: Plain = {
      ...{ id: newOccupantId(), room, nick, own, named: name ?? "", contactName: contact.name, contact: who.contact.legacyId, user: null },
      ...{ role: who.role ?? "member", title: who.title ?? null, seenAt: heard ?? 0, present: who.present === false ? 0 : 1 },
    }
    yield* insert(row, contact.id, null)
    return {
      participant: toParticipant((yield* find("p.id = ?", row.id)) ?? { ...row, ...noAvatar }),
      isNew: true,
      former: null,
      changed: true,
    }
  }
  const renamed = known.named !== (name ?? "")
  const next: Row = {
    ...known,
    nick: renamed ? yield* freeNick(room, named, known.id) : known.nick,
    own,
    named: name ?? "",
    contactName: contact.name,
    role: who.role ?? known.role,
    title: who.title === undefined ? known.title : who.title,
    seenAt: Math.max(known.seenAt, heard ?? 0),
    // Who speaks is there.
    present: heard !== null && who.present === undefined ? 1 : who.present === undefined ? known.present : Number(who.present),
  }
  const met = yield* change(known, next)
  return contact.pictured === true ? { ...met, changed: true } : met
}

function* change(known: Row, next: Row): Call<Met> {
  const shown = ({ nick, own, contactName, role, title, present }: Row) => JSON.stringify([nick, own ?? contactName, role, title, present])
  // The contact's row may have the new name already; `named` is the one that was shown.
  const changed = shown(known) !== shown(next) || known.named !== next.named
  if (changed || known.own !== next.own)
    yield* run(
      "UPDATE participant SET nick = ?, nick_key = ?, name = ?, named = ?, role = ?, title = ?, seen_at = ?, present = ? WHERE id = ?",
      next.nick,
      fold(next.nick),
      next.own,
      next.named,
      next.role,
      next.title,
      next.seenAt,
      next.present,
      known.id,
    )
  else if (known.seenAt !== next.seenAt) yield* run("UPDATE participant SET seen_at = ? WHERE id = ?", next.seenAt, known.id)
  return { participant: toParticipant(next), isNew: false, former: next.nick === known.nick ? null : known.nick, changed }
}

function* insert(row: Plain, contact: number | null, user: number | null): Call<void> {
  yield* run(
    "INSERT INTO participant (id, conversation_id, nick, nick_key, contact_id, user_id, name, named, role, title, seen_at, present) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    row.id,
    row.room,
    row.nick,
    fold(row.nick),
    contact,
    user,
    row.own,
    row.named,
    row.role,
    row.title,
    row.seenAt,
    row.present,
  )
}

/** 120 random bits: nobody can tell from it who it is, nor that two rooms know the same person (XEP-0421 §4). */
function newOccupantId(): string {
  return randomBytes(15).toString("base64url")
}

export function* takeNick(room: number, user: BareJid, nick: string, role: Role, now: number): Call<Met | "taken"> {
  if (!(yield* get("SELECT 1 FROM conversation WHERE id = ? AND link_id IS NULL", room))) throw noConversation(room)
  const known = yield* find("p.conversation_id = ? AND p.user_id = (SELECT id FROM gateway_user WHERE jid = ?)", room, user)
  if (!(yield* isFree(room, nick, known?.id ?? null))) return "taken"
  if (known) return yield* change(known, { ...known, nick, named: nick, role, seenAt: Math.max(known.seenAt, now), present: 1 })
  const found = yield* get<{ id: number }>("SELECT id FROM gateway_user WHERE jid = ?", user)
  if (!found) throw new Error(`There is no user ${user}.`)
  const row: Plain = {
    ...{ id: newOccupantId(), room, nick, own: null, named: nick, contactName: null, contact: null, user },
    ...{ role, title: null, seenAt: now, present: 1 },
  }
  yield* insert(row, null, found.id)
  return { participant: toParticipant({ ...row, ...noAvatar }), isNew: true, former: null, changed: true }
}

/** In whatever rooms the contact is. */
export function* participantsOf(contact: number): Call<Participant[]> {
  const rows = yield* all<Row>(`SELECT ${columns} FROM participant p ${joined} WHERE p.contact_id = ? ORDER BY p.conversation_id`, contact)
  return rows.map(toParticipant)
}

export function* roomsWith(network: string, contact: string): Call<number[]> {
  const rows = yield* all<{ room: number }>(
    `SELECT p.conversation_id AS room FROM contact c JOIN participant p ON p.contact_id = c.id
     WHERE c.network = ? AND c.legacy_id = ? ORDER BY p.conversation_id`,
    network,
    contact,
  )
  return rows.map(({ room }) => room)
}

export function* renameContact(contact: NewContact, now: number): Call<Met[]> {
  const met: Met[] = []
  // The first room that is looked at stores it, but all of them show it.
  const rooms = yield* roomsWith(contact.network, contact.legacyId)
  const pictured = rooms.length > 0 && (yield* storedContact(contact, now)).pictured === true
  for (const room of rooms) {
    const one = yield* meet(room, { contact }, now)
    if (one.changed || pictured) met.push({ ...one, changed: true })
  }
  return met
}
