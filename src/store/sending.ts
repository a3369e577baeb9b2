// The end of a call to the network, done or given up: its row gives way to the consequence in one commit.
import type { InOp, OutboxRow, OutOp } from "../core/model.js"
import type { RoomOp } from "../core/rooms/model.js"
import { entryById, entryOf, takeOut } from "./archive.js"
import { all, get, run, type Call } from "./call.js"
import { copyOut } from "./copies.js"
import { loseLine, touchLine } from "./reaction-lines.js"
import { recordReaction } from "./reactions.js"
import { showOnce } from "./room-events.js"
import { markRetracted, showRetraction } from "./room-rows.js"
import { queue, start } from "./rows.js"
import { remember, shownOf } from "./shown.js"
import type { NewRow, Store } from "../core/store.js"

type Done = Parameters<Store["completeSend"]>[0]
type Failed = Parameters<Store["failSend"]>[0]

export function* completeSend(done: Done): Call<OutboxRow<InOp> | null> {
  const gone = yield* get<{ op: string }>("DELETE FROM outbox WHERE id = ? RETURNING op", done.row)
  if (!gone) return null // wiped while the call was under way: the user has left
  const op = JSON.parse(gone.op) as OutOp
  const { k, origin } = op
  if (k === "send" && done.sent) {
    yield* recordPart(done, done.sent)
    yield* recordFurther(done, done.sent)
  }
  if (done.cursor !== undefined)
    yield* run("UPDATE conversation SET cursor = ? WHERE id = ? AND cursor IS NULL", done.cursor, done.conversation)
  if (k === "edit" && done.sent) yield* run("UPDATE message SET revision = ? WHERE id = ?", done.sent.legacyId, done.message)
  if (op.k === "retract") {
    const parts = "message_part WHERE message_id = ? AND ordinal = ?"
    const which = `message_id = ? AND part IN (SELECT legacy_id FROM ${parts})`
    yield* run(`DELETE FROM reaction WHERE ${which}`, done.message, done.message, done.ordinal)
    yield* run(`DELETE FROM ${parts}`, done.message, done.ordinal)
    if (op.whole === true || origin.reflect?.k === "retracted") yield* markRetracted(done.conversation, done.message, done.now)
  }
  if (op.k === "react") {
    yield* recordReaction(done.message, origin.to, op.emoji, done.now)
    yield* touchLine(done.message, op.line !== undefined)
  }
  if (done.answer) yield* queue("in", done.conversation, done.answer, null)
  const follows = yield* follow(done, origin.action)
  if (done.copies) yield* copyOut(done.conversation, follows, done.copies)
  return follows
}

function* recordPart({ message, conversation, ordinal }: Done, { legacyId, handle }: NonNullable<Done["sent"]>): Call<void> {
  if (ordinal === 0) {
    // One statement where no echo was faster: nearly always.
    const first = yield* run(
      `UPDATE message SET legacy_id = ?, handle = ? WHERE id = ?
       AND NOT EXISTS (SELECT 1 FROM message o WHERE o.legacy_id = ? AND o.conversation_id = ? AND o.id <> message.id)
       AND NOT EXISTS (SELECT 1 FROM message_part p WHERE p.legacy_id = ? AND p.conversation_id = ?)`,
      legacyId,
      handle,
      message,
      legacyId,
      conversation,
      legacyId,
      conversation,
    )
    if (first === 1) return
  }
  yield* takeOver(message, conversation, legacyId, ordinal === 0 ? "" : legacyId)
  if (ordinal === 0) yield* run("UPDATE message SET legacy_id = ?, handle = ? WHERE id = ?", legacyId, handle, message)
  else {
    yield* run("DELETE FROM message_part WHERE message_id = ? AND ordinal = ?", message, ordinal)
    yield* run(
      "INSERT INTO message_part (legacy_id, conversation_id, message_id, ordinal, handle) SELECT ?, conversation_id, id, ?, ? FROM message WHERE id = ?",
      legacyId,
      ordinal,
      handle,
      message,
    )
  }
}

function* recordFurther({ message, conversation, ordinal }: Done, { legacyId: first, parts = [] }: NonNullable<Done["sent"]>): Call<void> {
  let further = 0
  for (const { legacyId, handle } of parts) {
    if (legacyId === first) continue
    yield* takeOver(message, conversation, legacyId, legacyId, true)
    yield* run(
      `INSERT INTO message_part (legacy_id, conversation_id, message_id, ordinal, further, handle)
       SELECT ?, conversation_id, id, ?, ?, ? FROM message WHERE id = ?`,
      legacyId,
      ordinal,
      ++further,
      handle,
      message,
    )
  }
}

/**
 * What came from the network with this id was the echo of the call: it is the same message, and if it was not delivered yet it never will be.
 * `part`: as which its reactions are the message's (`reaction.part`). `isFurther`: it is not all of what was said.
 */
function* takeOver(message: string, conversation: number, legacyId: string, part: string, isFurther = false): Call<void> {
  const echo = yield* get<{ id: string }>(
    "SELECT id FROM message WHERE legacy_id = ? AND conversation_id = ? AND id <> ?",
    legacyId,
    conversation,
    message,
  )
  yield* run("DELETE FROM message_part WHERE legacy_id = ? AND conversation_id = ?", legacyId, conversation)
  if (!echo) return
  const waited = yield* run(
    "DELETE FROM outbox WHERE lane IN (?, ?) AND message_id = ?",
    `in:${conversation}`,
    `late:${conversation}`,
    echo.id,
  )
  yield* takeOverEntries(message, conversation, echo.id, waited > 0 || isFurther)
  // Of several parts another may have it already.
  yield* run(
    `UPDATE reaction SET message_id = ?, part = ? WHERE message_id = ?
     AND NOT EXISTS (SELECT 1 FROM reaction r WHERE r.message_id = ? AND r.actor = reaction.actor AND r.part = ? AND r.emoji = reaction.emoji)`,
    message,
    part,
    echo.id,
    message,
    part,
  )
  yield* run(
    "UPDATE reaction_line SET message_id = ? WHERE message_id = ? AND NOT EXISTS (SELECT 1 FROM reaction_line l WHERE l.message_id = ?)",
    message,
    echo.id,
    message,
  )
  yield* run("DELETE FROM message WHERE id = ?", echo.id)
}

/** In a room's archive the message is there once: as what clients have seen already, if they saw all of it. */
function* takeOverEntries(message: string, room: number, echo: string, isPartial: boolean): Call<void> {
  const entries = yield* all<{ id: string }>("SELECT id FROM archive WHERE message_id = ? AND kind > 0", echo)
  if (entries.length === 0) return
  const whole = yield* get("SELECT 1 FROM message WHERE id = ? AND parts = 1", message)
  if (isPartial || !whole || (yield* entryOf(message))) {
    for (const { id } of entries) yield* takeOut(id)
    return
  }
  yield* run("UPDATE archive SET message_id = ? WHERE message_id = ?", message, echo)
  yield* remember(message, yield* shownOf(echo))
}

export function* failSend(failed: Failed): Call<OutboxRow<InOp> | null> {
  const messages = new Set<string>()
  let changed = 0
  for (const id of failed.rows) {
    const row = failed.dead
      ? yield* get<{ messageId: string }>(
          `UPDATE outbox SET state = 'dead', error = ? WHERE id = ? RETURNING message_id AS "messageId"`,
          failed.error,
          id,
        )
      : yield* get<{ messageId: string }>(`DELETE FROM outbox WHERE id = ? RETURNING message_id AS "messageId"`, id)
    if (!row) continue
    changed++
    messages.add(row.messageId)
  }
  if (changed === 0) return null // wiped, see completeSend
  if (failed.gone === true) yield* loseLine(failed.message)
  // Before the error: its author's client finds there what is taken back.
  const retraction = failed.retraction ? yield* takeBack(failed, failed.retraction) : null
  // The utterance given up, and the one whose waiting rows it had changed: when said again, it is to be sent again.
  if (failed.dead) for (const id of messages) yield* run("UPDATE message SET digest = 'dead' WHERE id = ?", id)
  else for (const id of messages.add(failed.message)) yield* forgetUnsent(id, failed.conversation)
  yield* follow(failed, failed.message)
  if (failed.copies) yield* copyOut(failed.conversation, retraction, failed.copies)
  return retraction
}

/** What the room saw though the network never took it. */
function* takeBack({ conversation, now }: Failed, row: NewRow<RoomOp>): Call<OutboxRow<InOp> | null> {
  const { op } = row
  if (op.k !== "retracted") return null
  const seen = yield* entryById(conversation, op.target)
  if (!seen) return null
  const isWhole = seen.message === seen.id
  if (isWhole) yield* markRetracted(conversation, seen.message, now)
  return yield* showRetraction(conversation, { ...row, op }, now, !isWhole)
}

function* forgetUnsent(message: string, conversation: number): Call<void> {
  if ((yield* all("SELECT 1 FROM outbox WHERE lane = ? AND message_id = ? LIMIT 1", `out:${conversation}`, message)).length > 0) return
  yield* run(
    `DELETE FROM message WHERE id = ? AND legacy_id IS NULL AND NOT EXISTS (SELECT 1 FROM message_part p WHERE p.message_id = message.id)
     AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.id = message.id)`,
    message,
  )
}

/** `action`: the utterance that is done. In a room its consequence is for all, unless they have seen it. */
function* follow({ consequence, conversation, message, next, now }: Done | Failed, action: string): Call<OutboxRow<InOp> | null> {
  let row: OutboxRow<InOp> | null = null
  if (consequence) {
    const { id, op } = consequence
    row = isForRoom(op) ? yield* showOnce(conversation, action, { id, op }, now) : yield* queue("in", conversation, consequence, message)
  }
  if (next !== null) yield* start(next, now)
  return row
}

function isForRoom(op: InOp): op is RoomOp {
  return op.k === "said" || op.k === "retracted" || op.k === "subject" || op.k === "reactions"
}
