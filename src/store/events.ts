// What the network tells us: stored once, with its stanza-to-be, the person it came from and the adapter's position.
import type { InOp, OutboxRow, RosterEntry } from "../core/model.js"
import { get, run, type Call } from "./call.js"
import { meet } from "./contacts.js"
import { openDirect } from "./conversations.js"
import { toldWith } from "./previews.js"
import { noConversation, queue } from "./rows.js"
import { setState } from "./state.js"
import { isUsual, pointTo, remember, shownOf } from "./shown.js"
import { asNew, following, quoting, revise, rowsOf, shownBy, together, type Saying } from "./stanzas.js"
import type { NewEvent, NewRow } from "../core/store.js"

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
  if (!(yield* insert(event, conversation))) return null
  return yield* first(event, conversation, rowsOf(event))
}

/** What is shown of a message at first. */
function* first(event: NewEvent, conversation: number, told: readonly NewRow<InOp>[]): Call<OutboxRow<InOp> | null> {
  const { messageId } = event
  const rows = yield* answering(event, conversation, told)
  const shown = shownBy(rows)
  if (!isUsual(messageId, shown)) yield* remember(messageId, shown)
  yield* toldWith(messageId, rows)
  return yield* all(conversation, rows, messageId)
}

function* all(conversation: number, rows: readonly NewRow<InOp>[], message: string): Call<OutboxRow<InOp> | null> {
  const queued: OutboxRow<InOp>[] = []
  for (const row of rows) queued.push(yield* queue("in", conversation, row, message))
  return together(queued)
}

/** With what a reply answers, by the id that the user's clients know. */
function* answering({ replyTo, messageId }: NewEvent, conversation: number, rows: readonly NewRow<InOp>[]): Call<NewRow<InOp>[]> {
  const answered = replyTo === undefined || replyTo === null ? undefined : yield* byLegacyId(replyTo, conversation)
  if (!answered) return quoting(rows as NewRow<Saying>[], messageId)
  const own = answered.ours === 1
  const id = own ? (answered.xmppId ?? answered.id) : yield* pointTo(answered.id)
  return rows.map((row) => {
    const { op } = row
    if (op.k !== "message" || !op.reply) return row
    // What was taken back is not said again.
    const text = answered.retractedAt === null ? op.reply.text : undefined
    return { id: row.id, op: { ...op, reply: { id, own, ...(text !== undefined && { text }) } } }
  })
}

/** False: the network's id is known in this conversation already. */
function* insert(event: NewEvent, conversation: number): Call<boolean> {
  const legacyId = event.legacyId === "" ? null : event.legacyId
  const added = yield* run(
    `INSERT INTO message (id, conversation_id, chat_id, legacy_id, handle, sender, at, revision, xmpp_id, digest)
     SELECT ?, v.id, v.id, ?, ?, ?, ?, ?, ?, ? FROM conversation v
     WHERE v.id = ? AND NOT EXISTS (SELECT 1 FROM message_part p WHERE p.legacy_id = ? AND p.conversation_id = v.id)
     ON CONFLICT (legacy_id, conversation_id) WHERE legacy_id IS NOT NULL DO NOTHING`,
    event.messageId,
    legacyId,
    event.handle,
    event.sender,
    event.at,
    event.revision,
    // As if the user had said it here: they can change it, take it back, and others answer to it.
    ...(event.own ? [event.messageId, elsewhere] : [null, null]),
    conversation,
    legacyId,
  )
  if (added === 1) return true
  if (!(yield* get("SELECT 1 FROM conversation WHERE id = ?", conversation))) throw noConversation(conversation)
  return false
}

function* edit(event: NewEvent, conversation: number): Call<OutboxRow<InOp> | null> {
  const edited = yield* byLegacyId(event.legacyId, conversation)
  const told = rowsOf(event)
  if (!edited) {
    // Never seen, or long pruned: its newest version is a message to the user.
    yield* insert(event, conversation)
    return yield* first(event, conversation, asNew(event.messageId, told.map(whole)))
  }
  if (edited.retractedAt !== null || !isNewer(event.revision, edited.revision)) return null
  yield* run("UPDATE message SET revision = COALESCE(?, revision) WHERE id = ?", event.revision, edited.id)
  const target = edited.id
  const { files, text, gone, shown } = revise(target, yield* shownOf(target), told, event.allFiles === true)
  yield* remember(target, shown)
  yield* toldWith(target, told)
  const rows: NewRow<InOp>[] = [...files]
  if (text) {
    const { id, op } = text.isNew ? whole(text.row) : text.row
    const here = event.own === true && edited.here === 1
    if (here && op.k === "edit") rows.push({ id, op: { ...op, target: edited.xmppId ?? target, own: "here" } })
    else rows.push({ id, op: op.k === "edit" ? { ...op, target } : { ...op, id: target } })
    // Clients may name the message by its correction (XEP-0444 §4, XEP-0461 §3).
    if (!text.isNew) yield* named(event, conversation, op.id, target)
  }
  const back = gone.map((id, i): InOp => ({ k: "retract", id: `${event.messageId}.r${i + 1}`, target: id, at: event.at }))
  return yield* all(conversation, [...rows, ...following(event.row.id, back)], target)
}

/** A stanza id that leads to the message it corrects. */
function* named({ sender, at }: NewEvent, conversation: number, id: string, target: string): Call<void> {
  yield* run("INSERT INTO message (id, conversation_id, sender, at, target) VALUES (?, ?, ?, ?, ?)", id, conversation, sender, at, target)
}

/** An edit of what nobody has seen is no edit. */
function whole({ id, op }: NewRow<InOp>): NewRow<InOp> {
  if (op.k !== "edit") return { id, op }
  const { target: _, ...rest } = op
  return { id, op: { ...rest, k: "message" } }
}

/** Digest of what a user of ours has said elsewhere on the network. */
const elsewhere = "own"

export interface KnownMessage {
  id: string
  revision: string | null
  sender: string
  xmppId: string | null
  retractedAt: number | null
  /** 1: said by a user of ours. */
  ours: number
  /** 1: by them in XMPP. */
  here: number
  /** Legacy id of the part that was meant; «»: the first. */
  part: string
}

const known = `m.id, m.revision, m.sender, m.xmpp_id AS "xmppId", m.retracted_at AS "retractedAt", m.digest IS NOT NULL AS ours, m.digest IS NOT NULL AND m.digest <> '${elsewhere}' AS here`

/** A message by the network's id of any of its parts. */
export function* byLegacyId(legacyId: string, conversation: number): Call<KnownMessage | undefined> {
  return (
    (yield* get<KnownMessage>(
      `SELECT ${known}, '' AS part FROM message m WHERE m.legacy_id = ? AND m.conversation_id = ?`,
      legacyId,
      conversation,
    )) ??
    (yield* get<KnownMessage>(
      `SELECT ${known}, p.legacy_id AS part FROM message_part p JOIN message m ON m.id = p.message_id WHERE p.legacy_id = ? AND p.conversation_id = ?`,
      legacyId,
      conversation,
    ))
  )
}

/** False: it is the first part, or all of the message. What was thought of the part goes with it. */
export function* losePart({ id, part }: KnownMessage, conversation: number): Call<boolean> {
  if (part === "") return false
  yield* run("DELETE FROM message_part WHERE legacy_id = ? AND conversation_id = ?", part, conversation)
  yield* run("DELETE FROM reaction WHERE message_id = ? AND part = ?", id, part)
  return true
}

export function* knows(conversation: number, legacyId: string): Call<boolean> {
  return (yield* byLegacyId(legacyId, conversation)) !== undefined
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
