// What a network tells of a room: stored once, with who said it, its place in the archive and the row for those who are there.
import { fileId, messageOf, wordsOf } from "../core/inward.js"
import type { InOp, OutboxRow } from "../core/model.js"
import type { Participant, RoomOp, Voice } from "../core/rooms/model.js"
import type { Met, NewRoomEvent, RoomMessage } from "../core/rooms/store.js"
import type { NewRow, Store } from "../core/store.js"
import { bury, entryById, entryOf, opOf } from "./archive.js"
import { get, run, type Call } from "./call.js"
import { copyOut } from "./copies.js"
import { byLegacyId, isNewer, losePart } from "./events.js"
import { meet } from "./participants.js"
import { toldWith } from "./previews.js"
import { isLine } from "./reaction-lines.js"
import { reactedLongAgo } from "./reactions.js"
import { isShown, markRetracted, rootOf, show, showRetraction } from "./room-rows.js"
import { noConversation } from "./rows.js"
import { isUsual, pointTo, remember, shownOf } from "./shown.js"
import { asNew, following, quoting, revise, shownBy, together } from "./stanzas.js"

type Accepted = Awaited<ReturnType<Store["acceptRoomEvent"]>>
type Said = Extract<RoomOp, { k: "said" }>
type Retracted = Extract<RoomOp, { k: "retracted" }>
type Told = { row: OutboxRow<InOp> | null } | "duplicate"

/** What a reply tells of the message it answers, UTF-16 units. */
const quoted = 200

export function* acceptRoomEvent(event: NewRoomEvent): Call<Accepted> {
  const room = yield* get<{ cursor: string | null }>("SELECT cursor FROM conversation WHERE id = ? AND link_id IS NULL", event.room)
  if (!room) throw noConversation(event.room)
  const met = event.by && (yield* meet(event.room, event.by, event.now, event.heard ? event.at : null))
  // Also with a duplicate: the position moves past it.
  if (event.cursor !== null && event.cursor !== room.cursor)
    yield* run("UPDATE conversation SET cursor = ? WHERE id = ?", event.cursor, event.room)
  const told = yield* tell(event, met)
  if (told !== "duplicate") {
    if (event.copies) yield* copyOut(event.room, told.row, event.copies)
    return { outcome: "accepted", row: told.row, met }
  }
  if (!met?.isNew) return { outcome: "duplicate", row: null, met }
  // Nobody comes by what is known: it is the account's own, said for a user of ours.
  yield* run("DELETE FROM participant WHERE id = ?", met.participant.id)
  return { outcome: "duplicate", row: null, met: null }
}

function* tell(event: NewRoomEvent, met: Met | null): Call<Told> {
  const op = met ? { ...event.row.op, by: voiceOf(met.participant) } : event.row.op
  const row = { ...event.row, op }
  if (op.k === "said" && (event.kind === "edit" || event.kind === "message")) {
    const by = met ? voiceOf(met.participant) : op.by
    const said = [...(event.before ?? []), row].map((one) => ({ id: one.id, op: { ...(one.op as Said), by } }))
    return yield* event.kind === "edit" ? edit({ ...event, row }, said) : message(event, said)
  }
  if (op.k === "retracted" && event.kind === "retract") return yield* retract(event, { ...row, op })
  const before = (event.before ?? []).map((one) => ({ id: one.id, op: { ...one.op, by: op.by } }))
  return yield* showAll(event, [...before, row], null)
}

export function voiceOf({ nick, id, name }: Participant): Voice {
  return { nick, occupant: id, ...(name !== null && name !== nick && { name }) }
}

/** With what a reply answers, as the room saw it. */
function* answering({ replyTo, room, messageId }: NewRoomEvent, rows: readonly NewRow<Said>[]): Call<NewRow<Said>[]> {
  if (replyTo === null) return [...rows]
  const answered = yield* byLegacyId(replyTo, room)
  const first = answered && (yield* entryOf(answered.id))
  // It cannot be pointed to: what the network told of it stands before the text.
  if (!first) return quoting(rows, messageId)
  const last = (yield* entryOf(answered.id, "last")) ?? first
  const [{ by }, newest] = [opOf(first), opOf(last)]
  return rows.map(({ id, op }) => {
    if (!op.reply && rows.some((other) => other.op.reply)) return { id, op }
    // The network may tell which part of it is answered.
    const text = (op.reply?.text ?? wordsOf(newest)).slice(0, quoted).replace(/[\ud800-\udbff]$/, "")
    return { id, op: { ...op, reply: { id: first.id, ...(by && { nick: by.nick }), ...(text !== "" && { text }) } } }
  })
}

function* message(event: NewRoomEvent, told: readonly NewRow<Said>[]): Call<Told> {
  if (!(yield* insert(event))) return "duplicate"
  const { messageId } = event
  const rows = yield* answering(event, told)
  const shown = shownBy(rows)
  if (!isUsual(messageId, shown)) yield* remember(messageId, shown)
  yield* toldWith(messageId, rows)
  // An archive that grows backwards takes what is about a message before it.
  if (event.older && event.reactions) yield* reactedLongAgo(event, yield* pointTo(messageId))
  return yield* showAll(event, rows, messageId)
}

/** In order; of what is older than the archive, which grows backwards, the last is the first. */
function* showAll(
  { room, now, older }: NewRoomEvent,
  rows: readonly NewRow<RoomOp>[],
  about: string | null,
): Call<{ row: OutboxRow<InOp> | null }> {
  const queued: OutboxRow<InOp>[] = []
  for (const row of older ? rows.toReversed() : rows) {
    const one = yield* show(room, row, about, now, older)
    if (one) queued.push(one)
  }
  return { row: together(queued) }
}

/** False: the network's id is known in this room already. */
function* insert({ messageId, room, legacyId, handle, sender, at, revision }: NewRoomEvent): Call<boolean> {
  const id = legacyId === "" ? null : legacyId
  return (
    (yield* run(
      `INSERT INTO message (id, conversation_id, legacy_id, handle, sender, at, revision) SELECT ?, ?, ?, ?, ?, ?, ?
       WHERE NOT EXISTS (SELECT 1 FROM message_part p WHERE p.legacy_id = ? AND p.conversation_id = ?)
       ON CONFLICT (legacy_id, conversation_id) WHERE legacy_id IS NOT NULL DO NOTHING`,
      messageId,
      room,
      id,
      handle,
      sender,
      at,
      revision,
      id,
      room,
    )) === 1
  )
}

function* edit(event: NewRoomEvent, told: readonly NewRow<Said>[]): Call<Told> {
  const { room, messageId } = event
  const known = yield* byLegacyId(event.legacyId, room)
  // Never seen, or long pruned: its newest version is a message to the room.
  if (!known) return yield* message(event, asNew(messageId, told.map(whole)))
  if (known.retractedAt !== null || !isNewer(event.revision, known.revision) || (yield* isLine(known.id))) return "duplicate"
  yield* run("UPDATE message SET revision = COALESCE(?, revision) WHERE id = ?", event.revision, known.id)
  // What a user of ours showed is one stanza, as their client made it: only its text is another.
  const rows = known.ours === 1 ? told.filter(({ op }) => !op.rich?.file) : told
  const { files, text, gone, shown } = revise(known.id, yield* shownOf(known.id), rows, event.allFiles === true && known.ours === 0)
  if (known.ours === 0) yield* remember(known.id, shown)
  yield* toldWith(known.id, rows)
  const changed: NewRow<RoomOp>[] = files.map(whole)
  if (text?.isNew === true) changed.push({ id: text.row.id, op: { ...whole(text.row).op, id: known.id } })
  else if (text) {
    const seen = yield* entryOf(known.id)
    const original = seen && opOf(seen)
    // XEP-0308 §4: also an edit of an edit names the first message, by the id that everybody saw.
    const replaces = original ? (original.xmppId ?? original.id) : (known.xmppId ?? known.id)
    changed.push({ id: text.row.id, op: { ...text.row.op, replaces } })
  }
  const lost = event.older ? [] : yield* takeBack(event, known.ours === 1 ? [] : gone)
  const { row } = yield* showAll(event, changed, known.id)
  return { row: together([...(row ? (row.before ?? []) : []), ...(row ? [row] : []), ...lost]) }
}

/** Stanzas of a message whose rest stays. */
function* takeBack({ room, now, row, messageId }: NewRoomEvent, gone: readonly string[]): Call<OutboxRow<InOp>[]> {
  const { by, at } = row.op
  const ops = gone.map((target, i): Retracted => {
    return { k: "retracted", id: `${messageId}.r${i + 1}`, pos: 0, by, target, at, moderated: false }
  })
  const queued: OutboxRow<InOp>[] = []
  for (const one of following(row.id, ops)) {
    const shown = yield* showRetraction(room, one, now, true)
    if (shown) queued.push(shown)
  }
  return queued
}

/** An edit of what nobody has seen is no edit. */
function whole({ id, op }: NewRow<Said>): NewRow<Said> {
  const { replaces: _, ...rest } = op
  return { id, op: rest }
}

/**
 * A message of several parts is retracted when its first part is: it bears the message's head and id. Of any other part only the part
 * goes, which the room is not told: its stanza stays, for the rest of it is still there.
 */
function* retract(event: NewRoomEvent, row: NewRow<Extract<RoomOp, { k: "retracted" }>>): Call<Told> {
  const { room, legacyId, now } = event
  const known = yield* byLegacyId(legacyId, room)
  if (!known || known.retractedAt !== null) return "duplicate"
  if (yield* losePart(known, room)) return { row: null }
  yield* markRetracted(room, known.id, row.op.at)
  const seen = yield* entryOf(known.id)
  const author = event.by?.contact.legacyId ?? event.sender
  const op = { ...row.op, target: seen?.id ?? known.id, moderated: author === "" || author !== known.sender }
  // A user of ours took it back, the room saw so, and now the network tells of it: once is enough.
  if (!seen || (yield* isShown(room, op))) return "duplicate"
  if (!event.older) return { row: yield* showRetraction(room, { ...row, op }, now) }
  yield* bury(room, op, { message: known.id })
  return { row: null }
}

export function* reflect(room: number, messageId: string, row: NewRow<RoomOp>, copies?: readonly number[]): Call<OutboxRow<InOp> | null> {
  // Refused meanwhile, or the room was wiped.
  if (!(yield* get("SELECT 1 FROM message m JOIN conversation v ON v.id = m.conversation_id WHERE m.id = ? AND v.id = ?", messageId, room)))
    return null
  const shown = yield* showOnce(room, messageId, row, row.op.at)
  if (copies) yield* copyOut(room, shown, copies)
  return shown
}

/** What a user said, unless the room has seen it. */
export function* showOnce(room: number, action: string, row: NewRow<RoomOp>, now: number): Call<OutboxRow<InOp> | null> {
  const { op } = row
  if (yield* isShown(room, op)) return null
  if (op.k === "retracted") return yield* showRetraction(room, { ...row, op }, now)
  const message = yield* rootOf(action)
  // Taken back before anybody saw it.
  if (op.k === "said" && (yield* get("SELECT 1 FROM message WHERE id = ? AND retracted_at IS NOT NULL", message))) return null
  if (op.k !== "said" || !op.others) return yield* show(room, row, message, now)
  const rows = apart(message, { id: row.id, op })
  // What has its author's id stands for all of it, text or not.
  yield* remember(
    message,
    shownBy(rows).map((one) => (one.id === message ? { id: message } : one)),
  )
  const queued: OutboxRow<InOp>[] = []
  for (const one of rows) {
    const told = yield* show(room, one, message, now)
    if (told) queued.push(told)
  }
  return together(queued)
}

/** Each file a stanza, then the rest, as what comes from the network. */
function apart(message: string, { id, op: { others = [], ...said } }: NewRow<Said>): NewRow<RoomOp>[] {
  const { xmppId: _, reply: _reply, rich: _rich, ...common } = said
  const files = others.map((file, i): Said => ({ ...common, id: fileId(message, i + 1), text: "", rich: { file } }))
  const [first = said, ...rest] = [...files, said]
  return [{ id, op: first }, ...following(id, rest)]
}

interface MessageRow {
  id: string
  sender: string
  at: number
  parts: number
  files: number
  sent: number
  retractedAt: number | null
}

export function* roomMessage(room: number, stanzaId: string): Call<RoomMessage | undefined> {
  const entry = yield* entryById(room, stanzaId)
  const id = entry?.message ?? (yield* rootOf(messageOf(stanzaId)))
  const row = yield* get<MessageRow>(
    `SELECT id, sender, at, parts, files, retracted_at AS "retractedAt",
       (CASE WHEN legacy_id IS NULL THEN 0 ELSE 1 + COALESCE((SELECT max(ordinal) FROM message_part WHERE message_id = message.id), 0) END) AS sent
     FROM message WHERE id = ? AND conversation_id = ?`,
    id,
    room,
  )
  const first = entry && opOf((yield* entryOf(entry.message)) ?? entry)
  const meant = entry && opOf(entry)
  // Of several files the one that is pointed to; else what it says now.
  const last = meant && "rich" in meant && meant.rich?.file ? meant : entry && opOf((yield* entryOf(entry.message, "last")) ?? entry)
  const [nick, text] = [first?.by?.nick ?? null, last ? wordsOf(last) : ""]
  if (row) {
    const { retractedAt, ...known } = row
    return { ...known, nick, text, retracted: retractedAt !== null }
  }
  // A notice, or longer ago than messages are kept: it can be quoted, no more.
  if (first?.k !== "said") return undefined
  return { id, sender: "", nick, text, at: first.at, parts: 0, sent: 0, files: 0, retracted: first.retracted !== undefined }
}
