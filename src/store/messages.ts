// What XMPP users say: accepted with the operations that carry it out, found again by its stanza id.
import type { InOp, OutboxRow } from "../core/model.js"
import type { NewAction, NewRow, Store, StoredMessage } from "../core/store.js"
import { entryById, entryOf, isArchived, opOf } from "./archive.js"
import { all, get, run, type Call } from "./call.js"
import { show } from "./room-rows.js"
import { noConversation, queue } from "./rows.js"

const columns = `id, conversation_id AS conversation, xmpp_id AS "xmppId", sender, digest, at, target, parts, files`

/** Rows of ours always have these two; those from the network have neither. */
type Row = Omit<StoredMessage, "xmppId" | "digest" | "sent"> & { xmppId: string | null; digest: string | null }

/** `by`: only of this user (bare JID): in a room several clients may give one id. */
function* newest(conversation: number, xmppId: string, by?: string): Call<Row | undefined> {
  const rows = yield* all<Row>(
    `SELECT ${columns} FROM message WHERE xmpp_id = ? AND conversation_id = ? ORDER BY id DESC LIMIT ?`,
    xmppId,
    conversation,
    by === undefined ? 1 : 50,
  )
  return by === undefined ? rows[0] : rows.find(({ sender }) => bare(sender) === by)
}

function bare(jid: string): string {
  return jid.split("/", 1)[0] ?? jid
}

function isResend(row: Row, { digest, resendSince, sameResource, sender }: NewAction): boolean {
  if (row.digest !== digest || row.at < resendSince) return false
  return sameResource ? row.sender === sender : bare(row.sender) === bare(sender)
}

export function* acceptAction(action: NewAction): Call<Awaited<ReturnType<Store["acceptAction"]>>> {
  const { conversation, messageId, xmppId, now, target, copy } = action
  // Told already, or wiped.
  if (copy && copy.row !== null && (yield* run("DELETE FROM outbox WHERE id = ?", copy.row)) === 0)
    return { outcome: "resend", message: messageId, settled: false }
  const before = xmppId === "" ? undefined : yield* newest(conversation, xmppId, bare(action.sender))
  if (before && isResend(before, action)) {
    const resend = yield* again(before, action)
    if (resend) return resend
  }
  const added = yield* run(
    `INSERT INTO message (id, conversation_id, chat_id, sender, xmpp_id, digest, at, target, parts, files, copy_of)
     SELECT ?, id, CASE WHEN link_id IS NULL THEN NULL ELSE id END, ?, ?, ?, ?, ?, ?, ?, ? FROM conversation WHERE id = ?`,
    messageId,
    action.sender,
    xmppId === "" ? null : xmppId,
    action.digest,
    now,
    target,
    action.parts,
    action.files ?? 0,
    copy?.of ?? null,
    conversation,
  )
  if (added === 0) throw noConversation(conversation)
  if (target !== null) yield* run("UPDATE message SET parts = ? WHERE id = ? AND conversation_id = ?", action.parts, target, conversation)
  for (const { id, op } of action.amend)
    if ((yield* run(`UPDATE outbox SET op = ? WHERE id = ? AND ${neverSent}`, JSON.stringify(op), id)) === 0) throw tooLate(id)
  for (const id of action.drop) if ((yield* run(`DELETE FROM outbox WHERE id = ? AND ${neverSent}`, id)) === 0) throw tooLate(id)
  let startedAt = action.startHead ? now : null
  for (const row of action.rows) {
    yield* queue("out", conversation, row, messageId, startedAt)
    startedAt = null
  }
  return { outcome: "accepted" }
}

type Outcome = Awaited<ReturnType<Store["acceptAction"]>>

/** Undefined: to be sent after all. */
function* again(before: Row, { receipt, conversation }: NewAction): Call<Outcome | undefined> {
  if (receipt?.op.k === "said") return yield* sayAgain(before, { id: receipt.id, op: receipt.op })
  const settled = yield* isSettled(before)
  if (settled && receipt) yield* queue("in", conversation, receipt, before.id)
  return { outcome: "resend", message: before.id, settled }
}

/** A room reflected it already: the one client that asks again gets it again. Else the reflection is still to come. */
function* sayAgain({ id: message, conversation }: Row, { id, op }: NewRow<Extract<InOp, { k: "said" }>>): Call<Outcome | undefined> {
  const seen = (yield* entryById(conversation, message)) ?? (yield* entryOf(message))
  const said = seen && opOf(seen)
  if (said?.k !== "said") return { outcome: "resend", message, settled: false }
  // By the room itself, for the network had refused it: its author says it anew.
  const { retracted } = said
  if (retracted?.by === null && retracted.moderated && (yield* get("SELECT 1 FROM message WHERE id = ? AND legacy_id IS NULL", message)))
    return undefined
  if (retracted || op.only === undefined) return { outcome: "resend", message, settled: true }
  const row: OutboxRow<InOp> = yield* queue<InOp>("in", conversation, { id, op: { ...said, only: op.only } }, message)
  return { outcome: "resend", message, settled: true, again: row }
}

const neverSent = "state = 'queued' AND attempts = 0"

/** The core decides what is superseded from its memory; if a row left meanwhile, changing it would change nothing. */
function tooLate(id: string): Error {
  return new Error(`The row ${id} is being sent, or gone.`)
}

/** Nothing of it waits and every part has an id of the network's. An edit is settled with the message it edits. */
function* isSettled({ id, conversation, target, parts }: Row): Call<boolean> {
  if (yield* get("SELECT 1 FROM outbox WHERE lane = ? AND message_id = ? LIMIT 1", `out:${conversation}`, id)) return false
  if (target !== null) {
    const edited = yield* get<Row>(`SELECT ${columns} FROM message WHERE id = ?`, target)
    return edited !== undefined && (yield* isSettled(edited))
  }
  const sent = yield* get<{ n: number }>(
    `SELECT (SELECT count(*) FROM message WHERE id = ? AND legacy_id IS NOT NULL)
          + (SELECT count(*) FROM message_part WHERE message_id = ? AND ordinal < ? AND further = 0) AS n`,
    id,
    id,
    parts,
  )
  return sent !== undefined && sent.n >= parts
}

export function* findMessage(conversation: number, xmppId: string, by?: string): Call<StoredMessage | undefined> {
  let row = xmppId === "" ? undefined : yield* newest(conversation, xmppId, by)
  while (row && row.target !== null) row = yield* get<Row>(`SELECT ${columns} FROM message WHERE id = ? AND id < ?`, row.target, row.id)
  if (!row) return undefined
  const sent = yield* get<{ n: number }>(
    `SELECT (CASE WHEN legacy_id IS NULL THEN 0 ELSE 1 + COALESCE((SELECT max(ordinal) FROM message_part WHERE message_id = ?), 0) END) AS n
     FROM message WHERE id = ?`,
    row.id,
    row.id,
  )
  return { ...row, xmppId: row.xmppId ?? "", digest: row.digest ?? "", sent: sent?.n ?? 0 }
}

export function* findPart(message: string, ordinal: number): Call<{ legacyId: string; handle: string | null } | undefined> {
  const [table, where, params]: [string, string, (string | number)[]] =
    ordinal === 0
      ? ["message", "id = ? AND legacy_id IS NOT NULL", [message]]
      : ["message_part", "message_id = ? AND ordinal = ? AND further = 0", [message, ordinal]]
  return (yield* all<{ legacyId: string; handle: string | null }>(
    `SELECT legacy_id AS "legacyId", handle FROM ${table} WHERE ${where}`,
    ...params,
  ))[0]
}

export function* furtherOf(message: string, ordinal: number): Call<{ legacyId: string; handle: string | null }[]> {
  return yield* all(
    `SELECT legacy_id AS "legacyId", handle FROM message_part WHERE message_id = ? AND ordinal = ? AND further > 0 ORDER BY further`,
    message,
    ordinal,
  )
}

export function* say(conversation: number, row: NewRow<InOp>): Call<void> {
  const { id, op } = row
  if (isArchived(op)) yield* show(conversation, { id, op }, null, op.at)
  else yield* queue("in", conversation, row, null)
}
