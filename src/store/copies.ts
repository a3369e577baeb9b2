// What is said in one leg of a bridge waits for each of the others (`copy:<conversation>`), committed with the original (docs/adr/0010).
import type { Counterpart, NextCopy } from "../core/bridges/store.js"
import { messageOf } from "../core/inward.js"
import type { InOp, OutboxRow } from "../core/model.js"
import type { RoomOp } from "../core/rooms/model.js"
import type { Store } from "../core/store.js"
import { entryById, entryOf, opOf } from "./archive.js"
import { all, get, run, type Call } from "./call.js"
import { roomMessage } from "./room-events.js"

/** What a row of such a lane says: which archived stanza is to be told, or, of what nobody said, the thing itself. */
interface Waiting {
  k: "copy"
  from: number
  about: string
  id?: string
  op?: RoomOp
}

function isCopied(op: InOp): op is RoomOp {
  return (op.k === "said" && op.only === undefined) || op.k === "retracted" || op.k === "reactions"
}

/**
 * A row of the room's, as it was just queued, for these other legs. The ids keep the order: «-» comes before the «.» of rows that follow one
 * (stanzas.ts).
 */
export function* copyOut(room: number, queued: OutboxRow<InOp> | null, legs: readonly number[]): Call<void> {
  if (!queued) return
  for (const { id, op, messageId } of [...(queued.before ?? []), queued]) {
    if (!isCopied(op)) continue
    const about = "target" in op ? op.target : op.k === "said" && op.replaces !== undefined ? (messageId ?? op.id) : op.id
    for (const leg of legs) yield* put(leg, `${id}-${leg}`, { k: "copy", from: room, about, id: op.id })
  }
}

function* put(leg: number, row: string, waiting: Waiting): Call<void> {
  yield* run(
    "INSERT INTO outbox (id, lane, op) SELECT ?, ?, ? FROM bridge_leg WHERE conversation_id = ?",
    row,
    `copy:${leg}`,
    JSON.stringify(waiting),
    leg,
  )
}

export function* tellLegs(...[legs, op]: Parameters<Store["tellLegs"]>): Call<void> {
  for (const { conversation, row } of legs) yield* put(conversation, row, { k: "copy", from: conversation, about: row, op })
}

export function* dropCopy(row: string): Call<void> {
  yield* run("DELETE FROM outbox WHERE id = ?", row)
}

export function* legsWithCopies(): Call<number[]> {
  const lanes = yield* all<{ lane: string }>("SELECT DISTINCT lane FROM outbox WHERE lane > 'copy:' AND lane < 'copy;'")
  return lanes.map(({ lane }) => Number(lane.slice("copy:".length)))
}

export function* nextCopy(leg: number): Call<NextCopy | undefined> {
  const row = yield* get<{ id: string; op: string }>("SELECT id, op FROM outbox WHERE lane = ? ORDER BY id LIMIT 1", `copy:${leg}`)
  if (!row) return undefined
  const { from, about, id, op: told } = JSON.parse(row.op) as Waiting
  const entry = id === undefined ? undefined : yield* entryById(from, id)
  const op = told ?? (entry ? opOf(entry) : null)
  const isNew = op?.k === "said" && op.replaces === undefined
  const targets = isNew ? [] : yield* counterparts(from, about, leg)
  return { row: row.id, from, op, about, targets, reply: yield* answered(from, about, op, leg), person: op && (yield* personOf(op)) }
}

/** A correction answers what its message answered. */
function* answered(from: number, about: string, op: RoomOp | null, leg: number): Call<Counterpart | null> {
  if (op?.k !== "said") return null
  const first = op.reply || op.replaces === undefined ? undefined : yield* entryById(from, about)
  const said = first ? opOf(first) : op
  const id = said.k === "said" ? said.reply?.id : undefined
  return id === undefined ? null : ((yield* counterparts(from, id, leg)).at(-1) ?? null)
}

function* personOf({ by }: Pick<RoomOp, "by">): Call<NextCopy["person"]> {
  if (!by) return null
  const row = yield* get<{ contact: string | null; user: string | null }>(
    `SELECT c.legacy_id AS contact, u.jid AS user FROM participant p LEFT JOIN contact c ON c.id = p.contact_id
     LEFT JOIN gateway_user u ON u.id = p.user_id WHERE p.id = ?`,
    by.occupant,
  )
  const { contact, user } = row ?? { contact: null, user: null }
  if (contact !== null) return { contact }
  return user === null ? null : { user }
}

/** What stands in the leg for a stanza of another: what it is a copy of, if that was said there; else its copies. */
function* counterparts(from: number, stanza: string, leg: number): Call<Counterpart[]> {
  const known = yield* get<{ root: string | null }>(
    "SELECT copy_of AS root FROM message WHERE id = ? AND conversation_id = ?",
    messageOf(stanza),
    from,
  )
  const root = known?.root ?? stanza
  const original = yield* counterpart(leg, root, false)
  if (original) return [original]
  const copies = yield* all<{ id: string }>("SELECT id FROM message WHERE copy_of = ? AND conversation_id = ? ORDER BY id", root, leg)
  const found: Counterpart[] = []
  for (const { id } of copies) {
    const one = yield* counterpart(leg, id, true)
    if (one) found.push(one)
  }
  return found
}

function* counterpart(leg: number, stanza: string, isCopy: boolean): Call<Counterpart | undefined> {
  const message = yield* roomMessage(leg, stanza)
  if (!message) return undefined
  const entry = (yield* entryById(leg, stanza)) ?? (yield* entryOf(message.id))
  return { ...message, stanza: entry?.id ?? message.id, isCopy, by: entry ? opOf(entry).by : null }
}
