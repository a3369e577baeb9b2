// How far somebody on the network has got: told by the newest message of our user's that is not beyond it.
import type { InOp } from "../core/model.js"
import type { Store } from "../core/store.js"
import { get, type Call } from "./call.js"
import { byLegacyId } from "./events.js"
import { conversationOf } from "./reactions.js"
import { queue } from "./rows.js"

type Told = Parameters<Store["acceptMarker"]>[0]

export function* acceptMarker({ legacyId, row, ...where }: Told): Call<Awaited<ReturnType<Store["acceptMarker"]>>> {
  const conversation = yield* conversationOf(where)
  const known = conversation === undefined ? undefined : yield* byLegacyId(legacyId, conversation)
  if (conversation === undefined || !known) return { known: false, conversation: conversation ?? 0, row: null }
  const newest = yield* get<{ id: string; xmppId: string }>(
    `SELECT id, xmpp_id AS "xmppId" FROM message WHERE chat_id = ? AND id <= ? AND digest IS NOT NULL AND xmpp_id IS NOT NULL
       AND target IS NULL AND legacy_id IS NOT NULL ORDER BY id DESC LIMIT 1`,
    conversation,
    known.id,
  )
  if (!newest) return { known: true, conversation, row: null }
  const op: InOp = { ...row.op, target: newest.xmppId }
  return { known: true, conversation, row: yield* queue<InOp>("in", conversation, { id: row.id, op }, newest.id) }
}
