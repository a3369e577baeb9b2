// Who lets whom write to whom: consent of users, refusals of foreign people, whom they mean.
import type { ConsentChange, ConsentChanged, ConsentStore, Tie } from "../core/consent/store.js"
import type { Consent, Conversation, RosterEntry } from "../core/model.js"
import { all, get, run, type Call } from "./call.js"
import { addToRoster, roster, rosterEntry, upsert } from "./contacts.js"
import { openDirect } from "./conversations.js"
import { byLegacyId } from "./events.js"
import { queue } from "./rows.js"
import { takeTicket } from "./tickets.js"

/** Rows of one person's ties that anybody could choose among. */
const mostTies = 200

export function* ties(account: number, legacyId: string): Call<Tie[]> {
  const rows = yield* all<Omit<Tie, "refused"> & { refused: number }>(
    `SELECT r.link_id AS link, r.consent, r.refused, r.picked_at AS "pickedAt" FROM account a JOIN contact c ON c.network = a.network AND c.legacy_id = ?
     JOIN roster r ON r.contact_id = c.id JOIN link l ON l.id = r.link_id AND l.account_id = a.id WHERE a.id = ? ORDER BY r.link_id LIMIT ?`,
    ...[legacyId, account, mostTies],
  )
  return rows.map((row) => ({ ...row, refused: row.refused === 1 }))
}

export function* linkOfMessage({ account, legacyUser, legacyId }: Parameters<ConsentStore["linkOfMessage"]>[0]): Call<number | undefined> {
  const chats = yield* all<{ id: number; link: number }>(
    "SELECT id, link_id AS link FROM conversation WHERE legacy_id = ? AND account_id = ? AND link_id IS NOT NULL ORDER BY id LIMIT ?",
    ...[legacyUser, account, mostTies],
  )
  for (const { id, link } of chats) if (yield* byLegacyId(legacyId, id)) return link
  return undefined
}

export function* blockedContacts(network: string): Call<{ link: number; legacyId: string }[]> {
  return yield* all(
    `SELECT r.link_id AS link, c.legacy_id AS "legacyId" FROM roster r JOIN link l ON l.id = r.link_id JOIN contact c ON c.id = r.contact_id
     WHERE l.network = ? AND r.consent = 'blocked'`,
    network,
  )
}

export function* requests(link: number): Call<RosterEntry[]> {
  return (yield* roster(link)).filter(({ consent }) => consent === "asked")
}

export function* peopleOfGuests(network: string): Call<{ account: number; legacyId: string }[]> {
  return yield* all(
    `SELECT DISTINCT l.account_id AS account, c.legacy_id AS "legacyId" FROM link l JOIN roster r ON r.link_id = l.id JOIN contact c ON c.id = r.contact_id
     WHERE l.network = ? AND l.role = 'guest'`,
    network,
  )
}

interface Now {
  contact: number
  consent: Consent
  was: Consent | null
  askedAt: number
}

function* now(link: number, legacyId: string): Call<Now | undefined> {
  return yield* get<Now>(
    `SELECT r.contact_id AS contact, r.consent, r.was, r.asked_at AS "askedAt" FROM link l JOIN contact c ON c.network = l.network AND c.legacy_id = ?
     JOIN roster r ON r.link_id = l.id AND r.contact_id = c.id WHERE l.id = ?`,
    legacyId,
    link,
  )
}

export function* changeConsent(change: ConsentChange): Call<ConsentChanged> {
  const { link, legacyId, notAskedSince } = change
  const of = yield* get<{ account: number; role: string; network: string }>(
    "SELECT account_id AS account, role, network FROM link WHERE id = ?",
    link,
  )
  if (!of) return { outcome: "unchanged" }
  const known = yield* now(link, legacyId)
  const before = known?.consent ?? (of.role === "owner" ? "both" : "none")
  if (change.if && !change.if.includes(before)) return { outcome: "unchanged" }
  if (notAskedSince !== undefined && known && known.askedAt > notAskedSince) return { outcome: "unchanged" }
  if (change.ticket !== undefined && !(yield* takeTicket(change.ticket, change.now))) return { outcome: "void" }
  const told =
    change.contact ?? (known ? null : { network: of.network, legacyId, name: null, username: null, kind: "person" as const, profile: {} })
  const contact = told ? yield* upsert(told, change.now) : (known as Now).contact
  yield* addToRoster(link, contact)
  // Who asked before they were blocked has been answered.
  const was = known?.was === "both" || of.role === "owner" ? "both" : "none"
  const to = change.to === "was" ? was : change.to
  const pickedAt = change.pickedAt === undefined ? null : yield* turnTo(contact, of.account, legacyId, change.pickedAt)
  yield* run(
    `UPDATE roster SET consent = ?, was = ?, refused = COALESCE(?, refused), picked_at = COALESCE(?, picked_at), asked_at = COALESCE(?, asked_at),
       subscription = COALESCE(?, subscription) WHERE link_id = ? AND contact_id = ?`,
    ...[to, to !== "blocked" ? null : before === "blocked" ? (known?.was ?? null) : before],
    ...[change.refused === undefined ? null : change.refused ? 1 : 0, pickedAt],
    ...[
      notAskedSince !== undefined || change.turnedAway ? change.now : null,
      change.anew && !(before === "both" && to === "both") ? "none" : null,
      link,
      contact,
    ],
  )
  return { outcome: "changed", before, ...(yield* tell(change, of.account)) }
}

function* tell(
  { link, legacyId, there, here }: ConsentChange,
  account: number,
): Call<Omit<Extract<ConsentChanged, { outcome: "changed" }>, "outcome" | "before">> {
  const entry = yield* rosterEntry(link, legacyId)
  if (!entry) throw new Error(`A contact of the link ${link} was not stored.`)
  const open = function* (of: string): Call<Conversation> {
    return yield* openDirect(account, link, of)
  }
  const [person, gateway] = [there && (yield* open(legacyId)), here && (yield* open(""))]
  return {
    entry,
    ...(there && person && { there: { conversation: person, row: yield* queue("out", person.id, there, null) } }),
    ...(here && gateway && { here: { conversation: gateway, row: yield* queue("in", gateway.id, here, null) } }),
  }
}

/** Null: something waits for whom they mean, and that is not this one. What happens in one tick of the clock happens one after the other. */
function* turnTo(contact: number, account: number, legacyId: string, at: number, anyway = false): Call<number | null> {
  if (!anyway && (yield* get("SELECT 1 FROM held WHERE account_id = ? AND legacy_user = ? LIMIT 1", account, legacyId))) return null
  const last = yield* get<{ at: number | null }>("SELECT max(picked_at) AS at FROM roster WHERE contact_id = ?", contact)
  return Math.max(at, (last?.at ?? 0) + 1)
}

export function* pick({ link, legacyId, at }: Parameters<ConsentStore["pick"]>[0]): Call<boolean> {
  const known = yield* now(link, legacyId)
  if (known?.consent !== "both") return false
  const pickedAt = yield* turnTo(known.contact, 0, legacyId, at, true)
  yield* run("UPDATE roster SET refused = 0, picked_at = ? WHERE link_id = ? AND contact_id = ?", pickedAt, link, known.contact)
  return true
}
