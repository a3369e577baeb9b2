// What messages of the network offer to choose from: polls and buttons that are still open.
import type { NewReactions, Offered } from "../core/asides/store.js"
import { all, get, run, type Call } from "./call.js"
import { byLegacyId } from "./events.js"
import { conversationOf } from "./reactions.js"

/** Of one conversation so many are kept; nobody looks for older ones. */
const most = 50

export function* offer({
  where,
  legacyId,
  offered,
}: {
  where: NewReactions["where"]
  legacyId: string
  offered: Offered | null
}): Call<void> {
  const conversation = yield* conversationOf(where)
  const known = conversation === undefined ? undefined : yield* byLegacyId(legacyId, conversation)
  if (conversation === undefined || !known) return
  if (!offered || known.retractedAt !== null) return void (yield* run("DELETE FROM choice WHERE message_id = ?", known.id))
  yield* run(
    `INSERT INTO choice (message_id, conversation_id, offered) VALUES (?, ?, ?)
     ON CONFLICT (message_id) DO UPDATE SET offered = excluded.offered`,
    known.id,
    conversation,
    JSON.stringify(offered),
  )
  yield* run(
    `DELETE FROM choice WHERE conversation_id = ? AND message_id <= (SELECT message_id FROM choice WHERE conversation_id = ?
       ORDER BY message_id DESC LIMIT 1 OFFSET ${most})`,
    conversation,
    conversation,
  )
}

interface Row {
  message: string
  offered: string
}

const columns = "c.message_id AS message, c.offered"
/** What was taken back offers nothing. */
const there = "JOIN message m ON m.id = c.message_id AND m.retracted_at IS NULL"

export function* offered(where: NewReactions["where"], limit: number): Call<({ message: string } & Offered)[]> {
  const conversation = yield* conversationOf(where)
  if (conversation === undefined) return []
  const rows = yield* all<Row>(
    `SELECT ${columns} FROM choice c ${there} WHERE c.conversation_id = ? ORDER BY c.message_id DESC LIMIT ?`,
    conversation,
    limit,
  )
  return rows.map(read).filter(({ closed }) => closed !== true)
}

export function* offeredBy(where: NewReactions["where"], message: string): Call<Offered | undefined> {
  const conversation = yield* conversationOf(where)
  if (conversation === undefined) return undefined
  const row = yield* get<Row>(
    `SELECT ${columns} FROM choice c ${there} WHERE c.message_id = ? AND c.conversation_id = ?`,
    message,
    conversation,
  )
  return row && read(row)
}

function read({ message, offered }: Row): { message: string } & Offered {
  return { message, ...(JSON.parse(offered) as Offered) }
}
