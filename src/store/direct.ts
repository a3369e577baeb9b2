// Direct chats as something that can be missed and taken back: which there are, what the network has of them, what is retracted there.
import { messageOf } from "../core/inward.js"
import type { InOp, OutboxRow } from "../core/model.js"
import type { Store } from "../core/store.js"
import { all, get, run, type Call } from "./call.js"
import { byLegacyId, losePart } from "./events.js"
import { findMessage } from "./messages.js"
import { rootOf } from "./room-rows.js"
import { queue } from "./rows.js"
import { shownOf } from "./shown.js"
import { following, together } from "./stanzas.js"

export function* directChats(link: number, limit: number): Call<Awaited<ReturnType<Store["directChats"]>>> {
  return yield* all(
    `SELECT v.id, v.account_id AS "accountId", v.link_id AS "linkId", v.legacy_id AS "legacyId", v.kind, v.cursor FROM conversation v
     WHERE v.link_id = ? AND v.cursor IS NOT NULL ORDER BY (SELECT max(m.id) FROM message m WHERE m.chat_id = v.id) DESC LIMIT ?`,
    link,
    limit,
  )
}

export function* recentDirect(conversation: number, limit: number): Call<Awaited<ReturnType<Store["recentDirect"]>>> {
  const rows = yield* all<{ legacyId: string; at: number; ours: number; retracted: number }>(
    `SELECT legacy_id AS "legacyId", at, digest IS NOT NULL AS ours, retracted_at IS NOT NULL AS retracted FROM message
     WHERE chat_id = ? AND legacy_id IS NOT NULL ORDER BY id DESC LIMIT ?`,
    conversation,
    limit,
  )
  return rows.reverse().map(({ legacyId, at, ours, retracted }) => ({ legacyId, at, ours: ours === 1, retracted: retracted === 1 }))
}

function* chatWith(link: number, legacyUser: string): Call<number | undefined> {
  return (yield* get<{ id: number }>("SELECT id FROM conversation WHERE legacy_id = ? AND link_id = ?", legacyUser, link))?.id
}

export function* acceptRetraction({
  link,
  legacyUser,
  legacyId,
  at,
  own,
  row,
}: Parameters<Store["acceptRetraction"]>[0]): Call<{ conversation: number; row: OutboxRow<InOp> } | null> {
  const conversation = yield* chatWith(link, legacyUser)
  const known = conversation === undefined ? undefined : yield* byLegacyId(legacyId, conversation)
  if (conversation === undefined || !known || known.retractedAt !== null) return null
  // Of any part but the first only the part goes: its message is still there.
  if (yield* losePart(known, conversation)) return null
  yield* run("UPDATE message SET retracted_at = ? WHERE id = ?", at, known.id)
  // XEP-0424: who did not say it cannot take it back, and the contact did not say what our user did.
  if (known.ours === 1 && !own) return null
  if (known.here === 1) {
    const target = known.xmppId ?? known.id
    return { conversation, row: yield* queue<InOp>("in", conversation, { id: row.id, op: { ...row.op, target, own: "here" } }, known.id) }
  }
  const [{ id: first } = { id: known.id }, ...more] = yield* shownOf(known.id)
  const op: InOp = { ...row.op, ...(known.ours === 1 && { own: "there" }) }
  const rest = more.map(({ id }, i): InOp => ({ ...op, id: `${op.id}.r${i + 1}`, target: id }))
  const queued: OutboxRow<InOp>[] = []
  for (const one of [{ id: row.id, op: { ...op, target: first } }, ...following(row.id, rest)])
    queued.push(yield* queue<InOp>("in", conversation, one, known.id))
  const told = together(queued)
  return told && { conversation, row: told }
}

export function* directMessage(link: number, legacyUser: string, stanzaId: string): Call<Awaited<ReturnType<Store["directMessage"]>>> {
  const conversation = yield* chatWith(link, legacyUser)
  if (conversation === undefined) return undefined
  const id = (yield* findMessage(conversation, stanzaId))?.id ?? (yield* rootOf(messageOf(stanzaId)))
  const row = yield* get<{ sender: string; at: number; parts: number; sent: number; retractedAt: number | null }>(
    `SELECT sender, at, parts, retracted_at AS "retractedAt",
       (CASE WHEN legacy_id IS NULL THEN 0 ELSE 1 + COALESCE((SELECT max(ordinal) FROM message_part WHERE message_id = message.id), 0) END) AS sent
     FROM message WHERE id = ? AND conversation_id = ?`,
    id,
    conversation,
  )
  if (!row) return undefined
  const { retractedAt, ...message } = row
  return { id, conversation, ...message, retracted: retractedAt !== null }
}
