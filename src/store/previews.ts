// Pages that a message names: which of them clients were told of, and those that were found only later.
import { createHash } from "node:crypto"
import type { Rich } from "../core/content.js"
import { pagesIn } from "../core/extras.js"
import type { InOp, OutboxRow } from "../core/model.js"
import type { Store } from "../core/store.js"
import type { NewRow } from "../core/store.js"
import { get, run, type Call } from "./call.js"
import { byLegacyId } from "./events.js"
import { conversationOf, directName, entryOfMessage } from "./reactions.js"
import { show } from "./room-rows.js"
import { queue } from "./rows.js"
import { following, together } from "./stanzas.js"

/** Of one message, however often it is edited. */
const most = 20

/** The id of the stanza that tells of a page by itself. It leads to the message, like that of a correction, and is there where clients know the page. */
function idOf(message: string, url: string): string {
  return `${message}.p${createHash("sha256").update(url).digest("base64url").slice(0, 16)}`
}

/** False: it was told before, or enough were. */
function* isNew(message: string, url: string): Call<boolean> {
  const { n } = (yield* get<{ n: number }>(
    "SELECT count(*) AS n FROM message WHERE id > ? AND id < ?",
    `${message}.p`,
    `${message}.q`,
  )) ?? { n: 0 }
  if (n >= most) return false
  const added = yield* run(
    `INSERT INTO message (id, conversation_id, sender, at, target) SELECT ?, conversation_id, sender, at, id FROM message WHERE id = ?
     ON CONFLICT DO NOTHING`,
    idOf(message, url),
    message,
  )
  return added === 1
}

/** Clients are told of these with the message itself, or with its edit. */
export function* toldWith(message: string, rows: readonly NewRow<InOp>[]): Call<void> {
  for (const { op } of rows)
    for (const { url } of pagesIn("rich" in op ? (op.rich as Rich | undefined)?.extras : [])) yield* isNew(message, url)
}

export function* acceptPreviews(told: Parameters<Store["acceptPreviews"]>[0]): Call<{ conversation: number; row: OutboxRow<InOp> } | null> {
  const { where, legacyId, pages, row, at } = told
  const conversation = yield* conversationOf(where)
  const known = conversation === undefined ? undefined : yield* byLegacyId(legacyId, conversation)
  if (conversation === undefined || !known || known.retractedAt !== null || known.ours === 1) return null
  const target = "room" in where ? (yield* entryOfMessage(conversation, known.id))?.id : yield* directName(known)
  if (target === undefined) return null
  const ops: InOp[] = []
  for (const page of pages) {
    if (!(yield* isNew(known.id, page.url))) continue
    const common = { k: "preview" as const, id: idOf(known.id, page.url), target, page, at }
    ops.push("room" in where ? { ...common, pos: 0, by: null } : common)
  }
  const queued: OutboxRow<InOp>[] = []
  for (const one of following(row, ops)) {
    const { op } = one
    const shown =
      op.k === "preview" && "pos" in op
        ? yield* show(conversation, { id: one.id, op }, known.id, at)
        : yield* queue<InOp>("in", conversation, one, known.id)
    if (shown) queued.push(shown)
  }
  const all = together(queued)
  return all && { conversation, row: all }
}
