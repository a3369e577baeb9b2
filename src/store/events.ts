// What the network tells us: stored once, with its stanza-to-be, the person it came from and the adapter's position.
import type { InOp, OutboxRow, RosterEntry } from "../core/model.js"
import { get, run, type Call } from "./call.js"
import { meet } from "./contacts.js"
import { openDirect } from "./conversations.js"
import { noConversation, queue } from "./rows.js"
import { setState } from "./state.js"
import type { NewEvent } from "../core/store.js"

interface Accepted {
  outcome: "accepted" | "duplicate"
  conversation: number
  row: OutboxRow<InOp> | null
  entry: RosterEntry | null
  firstSeen: boolean
}

export function* acceptEvent(event: NewEvent): Call<Accepted> {
  const conversation = event.conversation ?? (yield* openDirect(event.account, event.link, event.legacyUser)).id
  const met = yield* meet(event.link, event.legacyUser, event.contact, event.roster, event.now)
  // Also with a duplicate: the position moves past it.
  if (event.state) yield* setState(event.account, event.state.key, event.state.sealed)
  if (event.cursor !== null) yield* run("UPDATE conversation SET cursor = ? WHERE id = ?", event.cursor, conversation)
  const row = event.kind === "edit" ? yield* edit(event, conversation) : yield* utterance(event, conversation)
  return { outcome: row ? "accepted" : "duplicate", conversation, row, ...met }
}

function* utterance(event: NewEvent, conversation: number): Call<OutboxRow<InOp> | null> {
  if (event.kind === "plain") return yield* queue("in", conversation, event.row, null)
  return (yield* insert(event, conversation)) ? yield* queue("in", conversation, event.row, event.messageId) : null
}

/** False: the network's id is known in this conversation already. */
function* insert(event: NewEvent, conversation: number): Call<boolean> {
  const legacyId = event.legacyId === "" ? null : event.legacyId
  const added = yield* run(
    `INSERT INTO message (id, conversation_id, chat_id, legacy_id, handle, sender, at, revision)
     SELECT ?, v.id, v.id, ?, ?, ?, ?, ? FROM conversation v
     WHERE v.id = ? AND NOT EXISTS (SELECT 1 FROM message_part p WHERE p.legacy_id = ? AND p.conversation_id = v.id)
     ON CONFLICT (legacy_id, conversation_id) WHERE legacy_id IS NOT NULL DO NOTHING`,
    event.messageId,
    legacyId,
    event.handle,
    event.sender,
    event.at,
    event.revision,
    conversation,
    legacyId,
  )
  if (added === 1) return true
  if (!(yield* get("SELECT 1 FROM conversation WHERE id = ?", conversation))) throw noConversation(conversation)
  return false
}

function* edit(event: NewEvent, conversation: number): Call<OutboxRow<InOp> | null> {
  const edited = yield* byLegacyId(event.legacyId, conversation)
  const { op, id } = event.row
  if (!edited) {
    // Never seen, or long pruned: its newest version is a message to the user.
    yield* insert(event, conversation)
    const whole: InOp = op.k === "edit" ? { k: "message", id: event.messageId, text: op.text, at: op.at } : op
    return yield* queue("in", conversation, { id, op: whole }, event.messageId)
  }
  if (edited.retractedAt !== null || !isNewer(event.revision, edited.revision)) return null
  yield* run("UPDATE message SET revision = COALESCE(?, revision) WHERE id = ?", event.revision, edited.id)
  return yield* queue("in", conversation, { id, op: op.k === "edit" ? { ...op, target: edited.id } : op }, edited.id)
}

export interface KnownMessage {
  id: string
  revision: string | null
  sender: string
  xmppId: string | null
  retractedAt: number | null
  /** 1: said by a user of ours. */
  ours: number
}

const known = `m.id, m.revision, m.sender, m.xmpp_id AS "xmppId", m.retracted_at AS "retractedAt", m.digest IS NOT NULL AS ours`

/** A message by the network's id of any of its parts. */
export function* byLegacyId(legacyId: string, conversation: number): Call<KnownMessage | undefined> {
  return (
    (yield* get<KnownMessage>(`SELECT ${known} FROM message m WHERE m.legacy_id = ? AND m.conversation_id = ?`, legacyId, conversation)) ??
    (yield* get<KnownMessage>(
      `SELECT ${known} FROM message_part p JOIN message m ON m.id = p.message_id WHERE p.legacy_id = ? AND p.conversation_id = ?`,
      legacyId,
      conversation,
    ))
  )
}

/** Revisions are numbers, alone or before a «-» (epoch times, counters), or texts that ascend (ISO 8601). An unknown one counts as new. */
export function isNewer(revision: string | null, known: string | null): boolean {
  if (revision === null || known === null) return true
  const [a, b] = [counted(revision), counted(known)]
  if (a === undefined || b === undefined) return revision > known
  // Two edits within one tick of the network's clock differ in what follows it.
  return a === b ? revision !== known : a > b
}

function counted(revision: string): bigint | undefined {
  const [digits] = /^\d+$|^\d{5,}(?=-)/.exec(revision) ?? [] // four digits before a «-» are a year
  return digits === undefined ? undefined : BigInt(digits)
}
