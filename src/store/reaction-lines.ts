// The line that sums up what users of ours think of a message, where the account speaks for several: one a message, edited as that changes.
import { quote } from "../core/flatten.js"
import type { FullJid, OutboxRow, Origin, OutOp } from "../core/model.js"
import type { LineRefresh, StaleLine } from "../core/asides/store.js"
import { isToldBy, lineOf, nobody, type Thought } from "../core/asides/tally.js"
import { all, get, run, type Call } from "./call.js"
import { roomMessage } from "./room-events.js"
import { queue } from "./rows.js"

/** Reactions that one line is made of. */
const mostThoughts = 2000

export function* staleLines(room: number | null, limit: number): Call<StaleLine[]> {
  const [where, params]: [string, number[]] = room === null ? ["", []] : ["AND m.conversation_id = ?", [room]]
  return yield* all<StaleLine>(
    `SELECT l.message_id AS message, m.conversation_id AS room, l.at FROM reaction_line l JOIN message m ON m.id = l.message_id
     WHERE l.stale = 1 ${where} ORDER BY l.message_id LIMIT ?`,
    ...params,
    limit,
  )
}

/** What is thought of the message changed, or it was taken back. With `make` it is to have a line from now on. */
export function* touchLine(message: string, make = false): Call<void> {
  if (make)
    yield* run("INSERT INTO reaction_line (message_id, stale) SELECT id, 1 FROM message WHERE id = ? ON CONFLICT DO NOTHING", message)
  yield* run("UPDATE reaction_line SET stale = 1 WHERE message_id = ?", message)
}

/** The account says it of itself: nobody in the room is to hear it as a message. */
export function* isLine(message: string): Call<boolean> {
  return (yield* get("SELECT 1 FROM reaction_line WHERE line_id = ?", message)) !== undefined
}

/** It is not there any more: the next is a new one. */
export function* loseLine(line: string): Call<void> {
  yield* run("UPDATE reaction_line SET line_id = NULL WHERE line_id = ?", line)
}

interface Known {
  /** Null: there is none. */
  line: string | null
  text: string
  retractedAt: number | null
  /** Of the line; null: it is not there (any more). */
  shownAt: number | null
}

export function* refreshLine(refresh: LineRefresh): Call<OutboxRow<OutOp> | null> {
  const { room, message, now } = refresh
  const known = yield* get<Known>(
    `SELECT l.line_id AS line, l.text, m.retracted_at AS "retractedAt", s.at AS "shownAt" FROM reaction_line l JOIN message m ON m.id = l.message_id
     LEFT JOIN message s ON s.id = l.line_id AND s.legacy_id IS NOT NULL AND s.retracted_at IS NULL
     WHERE l.message_id = ? AND m.conversation_id = ?`,
    message,
    room,
  )
  if (!known) return null
  if (known.line !== null && (yield* isUnderWay(room, known.line))) return null
  const before = known.shownAt === null ? "" : known.text
  const text = yield* wantedText(refresh, known)
  const op = text === before ? undefined : yield* opOf(refresh, known, text)
  yield* run("UPDATE reaction_line SET stale = 0 WHERE message_id = ?", message)
  if (!op) return null
  yield* run("UPDATE reaction_line SET line_id = ?, text = ?, at = ? WHERE message_id = ?", op.message, text, now, message)
  return yield* queue<OutOp>("out", room, { id: refresh.row, op }, op.message)
}

function* isUnderWay(room: number, line: string): Call<boolean> {
  const sql = "SELECT 1 FROM outbox WHERE lane = ? AND message_id = ? AND state <> 'dead' LIMIT 1"
  return (yield* get(sql, `out:${room}`, line)) !== undefined
}

/** «»: none. */
function* wantedText({ room, message, wanted }: LineRefresh, { retractedAt, shownAt }: Known): Call<string> {
  if (wanted === false || retractedAt !== null) return ""
  const thoughts = yield* all<Thought>(
    `SELECT p.nick AS name, r.actor, r.emoji FROM reaction r
     LEFT JOIN gateway_user u ON u.jid = substr(r.actor, 2) LEFT JOIN participant p ON p.user_id = u.id AND p.conversation_id = ?
     WHERE r.message_id = ? AND r.actor LIKE '@%' ORDER BY r.at, r.actor, r.emoji LIMIT ?`,
    room,
    message,
    mostThoughts,
  )
  // What is there once stays while anybody thinks anything: a line that comes and goes is worse than one too many.
  const needless = wanted !== "always" && shownAt === null && isToldBy(thoughts, wanted.native)
  return needless ? "" : lineOf(thoughts)
}

function* opOf(refresh: LineRefresh, { line, shownAt }: Known, text: string): Call<OutOp> {
  const { room, message, now, points, retractMs } = refresh
  const origin = (action: string): Origin => ({ action, of: "", to: "" as FullJid, last: true, receipt: false, sums: message })
  const quoted = points ? "" : quote((yield* roomMessage(room, message))?.text ?? "")
  // Names are no styling.
  const said = { text: quoted + (text === "" ? nobody : text), ...(points && { marked: { unstyled: true } }) }
  if (line !== null && shownAt !== null) {
    const common = { message: line, ordinal: 0, origin: origin(line) }
    const isInTime = retractMs !== null && now - shownAt < retractMs
    return text === "" && isInTime ? { k: "retract", ...common, whole: true } : { k: "edit", ...common, ...said }
  }
  const id = refresh.line
  yield* run("INSERT INTO message (id, conversation_id, sender, at) SELECT ?, id, '', ? FROM conversation WHERE id = ?", id, now, room)
  return { k: "send", message: id, ordinal: 0, ...said, silent: true, origin: origin(id), ...(points && { reply: message }) }
}
