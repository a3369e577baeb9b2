// What is kept of a user as a person: preferences, an export of all there is, and its end.
import type { Exported, ExportKind, PersonalStore } from "../core/personal/store.js"
import type { BareJid } from "../core/model.js"
import { all, get, type Call } from "./call.js"

export function* preferences(): Call<{ jid: BareJid; prefs: string }[]> {
  return yield* all<{ jid: BareJid; prefs: string }>("SELECT jid, prefs FROM gateway_user WHERE prefs <> '{}' ORDER BY id")
}

export function* setPreferences({ jid, prefs }: Parameters<PersonalStore["setPreferences"]>[0]): Call<boolean> {
  const [row] = yield* all<{ id: number }>("UPDATE gateway_user SET prefs = ? WHERE jid = ? RETURNING id", prefs, jid)
  return row !== undefined
}

export function* exportUser(jid: BareJid): Call<{ since: number; links: Exported[] } | undefined> {
  const user = yield* get<{ id: number; since: number }>(`SELECT id, created_at AS since FROM gateway_user WHERE jid = ?`, jid)
  if (!user) return undefined
  const links = yield* all<Exported>(
    `SELECT l.id, l.network, l.tag, l.role, l.identity, l.created_at AS "since", CASE WHEN l.role = 'owner' THEN a.legacy_id END AS "account",
       CASE WHEN l.role = 'owner' THEN a.state END AS "state"
     FROM link l JOIN account a ON a.id = l.account_id WHERE l.user_id = ? ORDER BY l.id`,
    user.id,
  )
  return { since: user.since, links }
}

export function* eraseUser(jid: BareJid): Call<boolean> {
  const [row] = yield* all<{ id: number }>(
    "DELETE FROM gateway_user WHERE jid = ? AND NOT EXISTS (SELECT 1 FROM link l WHERE l.user_id = gateway_user.id) RETURNING id",
    jid,
  )
  return row !== undefined
}

/** Each starts behind the key of the last row; keys are what the tables are ordered by, so that a page costs what is on it. */
export function* exportPage({ link, kind, after, limit }: Parameters<PersonalStore["exportPage"]>[0]): Call<{
  items: Exported[]
  next?: string
}> {
  const of = yield* get<{ account: number; user: number; jid: string; role: string }>(
    'SELECT l.account_id AS account, l.user_id AS "user", u.jid, l.role FROM link l JOIN gateway_user u ON u.id = l.user_id WHERE l.id = ?',
    link,
  )
  if (!of) return { items: [] }
  const rows = yield* page(kind, { ...of, link, limit }, after === "" ? undefined : (JSON.parse(after) as (string | number)[]))
  const last = rows.at(-1)
  return {
    items: rows.map(({ k1: _, k2: __, k3: ___, ...item }) => item),
    ...(last && rows.length === limit && { next: JSON.stringify([last.k1, last.k2, last.k3].filter((key) => key !== undefined)) }),
  }
}

interface Of {
  link: number
  account: number
  user: number
  jid: string
  role: string
  limit: number
}

type Keyed = Exported & { k1: string | number; k2?: string | number; k3?: string | number }

function* page(kind: ExportKind, of: Of, after: (string | number)[] | undefined): Call<Keyed[]> {
  const { link, account, user, jid, role, limit } = of
  if (kind === "contacts")
    return yield* all<Keyed>(
      `SELECT r.contact_id AS k1, c.legacy_id AS "id", COALESCE(r.name, c.name) AS name, c.username, r.consent, r.subscription
       FROM roster r JOIN contact c ON c.id = r.contact_id WHERE r.link_id = ? AND r.contact_id > ? ORDER BY r.contact_id LIMIT ?`,
      ...[link, after?.[0] ?? 0, limit],
    )
  if (kind === "rooms")
    // Of somebody else's account only where the user has been.
    return yield* all<Keyed>(
      `SELECT v.id AS k1, v.legacy_id AS "id", v.kind, v.name, v.state, p.nick
       FROM conversation v LEFT JOIN participant p ON p.conversation_id = v.id AND p.user_id = ?
       WHERE v.account_id = ? AND v.link_id IS NULL AND v.id > ? AND (? = 'owner' OR p.id IS NOT NULL) ORDER BY v.id LIMIT ?`,
      ...[user, account, after?.[0] ?? 0, role, limit],
    )
  if (kind === "messages")
    return yield* all<Keyed>(
      `SELECT v.id AS k1, m.id AS k2, v.legacy_id AS "with", m.sender, m.at, m.legacy_id AS "id", m.xmpp_id AS "stanza",
         m.retracted_at AS "retracted", m.target
       FROM conversation v JOIN message m ON m.chat_id = v.id
       WHERE v.link_id = ? AND (v.id > ? OR (v.id = ? AND m.id > ?)) ORDER BY v.id, m.id LIMIT ?`,
      ...[link, after?.[0] ?? 0, after?.[0] ?? 0, after?.[1] ?? "", limit],
    )
  return yield* all<Keyed>(
    `SELECT r.message_id AS k1, r.part AS k2, r.emoji AS k3, v.legacy_id AS "in", m.legacy_id AS "message", r.emoji, r.at
     FROM reaction r JOIN message m ON m.id = r.message_id JOIN conversation v ON v.id = m.conversation_id
     WHERE r.actor = ? AND v.account_id = ? AND (v.link_id IS NULL OR v.link_id = ?) AND (r.message_id, r.part, r.emoji) > (?, ?, ?)
     ORDER BY r.message_id, r.part, r.emoji LIMIT ?`,
    ...[`@${jid}`, account, link, after?.[0] ?? "", after?.[1] ?? "", after?.[2] ?? "", limit],
  )
}
