// What waits towards the network, carried out: one operation is one call; and what follows from it.
import type { Body, MessageRef, Reply, Send, Speaker } from "../adapter/contract.js"
import type { AnySession } from "../adapter/define.js"
import { AdapterError } from "../adapter/errors.js"
import { bare } from "./address.js"
import { quote } from "./flatten.js"
import type { BareJid, Conversation, InOp, OutboxRow, OutOp, Voiced } from "./model.js"
import type { RoomOp } from "./rooms/model.js"
import type { NewRow } from "./store.js"
import { withMentions } from "./styling/mentions.js"
import { read } from "./styling/read.js"
import type { SenderParts } from "./turns.js"

/** What the network calls it. */
export interface Sent {
  legacyId: string
  handle: string | null
}

type CallParts = Pick<SenderParts, "store" | "registry" | "fits" | "formatting" | "pictureOf">
type Written = Pick<Body, "text" | "spans">

/** Null: nothing to record. Throws what the adapter throws. */
export async function carryOut(
  parts: CallParts,
  conversation: Conversation,
  { session, signal }: { session: AnySession; signal: AbortSignal },
  { id, op }: OutboxRow<OutOp>,
): Promise<Sent | null> {
  const { store, registry } = parts
  const { legacyId, linkId } = conversation
  // A room may have moved since it was said.
  const chat = linkId === null ? { room: registry.byId(conversation.id)?.legacyId ?? legacyId } : { user: legacyId }
  if (op.k === "send") {
    // What an edit adds to a message that was refused meanwhile would be a tail without its head.
    if (op.ordinal > 0 && op.origin.action !== op.message && !(await store.findPart(op.message, 0))) throw neverDelivered()
    const body = await bodyOf(parts, conversation, op)
    const picture = op.as && (await parts.pictureOf?.(bare(op.origin.to) as BareJid))
    const sent = await session.send({ chat, key: id, ...body, ...speaker(op.as, picture) }, signal)
    return { legacyId: sent.id, handle: sent.handle ?? null }
  }
  const part = await store.findPart(op.message, op.ordinal)
  // What is not there need not be taken back.
  if (!part && op.k === "retract") return null
  if (!part) throw neverDelivered()
  if (op.k === "settle") return null
  const message = ref(part)
  if (op.k === "edit") {
    const body = await written(parts, conversation, op.text)
    const revision = (await session.edit?.({ chat, message, body, ...speaker(op.as) }, signal))?.revision
    return revision === undefined ? null : { legacyId: revision, handle: null }
  }
  const { reflect } = op.origin
  const why = reflect?.k === "retracted" && reflect.why !== undefined && { why: reflect.why }
  try {
    await session.retract?.({ chat, message, ...why, ...speaker(op.as) }, signal)
  } catch (error) {
    // What is there no more need not be taken back either.
    if (!(error instanceof AdapterError && error.kind === "gone")) throw error
  }
  return null
}

/** With what is answered; quoted where the network knows nothing of it. */
async function bodyOf(
  parts: CallParts,
  conversation: Conversation,
  { text, reply, as }: Extract<OutOp, { k: "send" }>,
): Promise<Pick<Send, "body" | "reply">> {
  const { store, fits, formatting } = parts
  const body = await written(parts, conversation, text)
  if (reply === undefined) return { body }
  const part = await store.findPart(reply, 0)
  // Whoever speaks as somebody may have to say what is answered: not every network lets them point to it.
  const answered = part && !as ? undefined : await store.roomMessage(conversation.id, reply)
  const said = answered?.retracted === true ? "" : (answered?.text ?? "")
  if (part) return { body, reply: { ...ref(part), ...told(said, answered?.nick ?? null) } }
  const quoted = behind(read(quote(said), formatting), body)
  return { body: fits(quoted) ? quoted : body }
}

/** As the network takes it: what the user typed stays in the outbox. */
async function written({ store, fits, formatting }: CallParts, { id, linkId }: Conversation, text: string): Promise<Written> {
  const body = read(text, formatting)
  if (linkId !== null || !formatting.includes("mention")) return body
  const named = await withMentions(body, async (nick) => {
    const one = await store.participant(id, { nick })
    return one?.present === true ? (one.contact ?? undefined) : undefined
  })
  // An id may be longer than a nick.
  return named === body || fits(named) ? named : body
}

function behind(head: Written, body: Written): Written {
  const by = head.text.length
  const spans = [...(head.spans ?? []), ...(body.spans ?? []).map((span) => ({ ...span, start: span.start + by, end: span.end + by }))]
  return { text: head.text + body.text, ...(spans.length > 0 && { spans }) }
}

function told(text: string, author: string | null): Pick<Reply, "text" | "author"> {
  return { ...(text !== "" && { text }), ...(author !== null && { author }) }
}

function speaker(as: Voiced | undefined, avatarUrl?: string): { as?: Speaker } {
  return as ? { as: { ...as, ...(avatarUrl !== undefined && { avatarUrl }) } } : {}
}

/** What follows when the network has all of it: everybody in the room sees it, or its author gets a receipt. */
export function consequence({ origin }: OutOp, id: string): NewRow<InOp> | null {
  if (origin.reflect) return { id, op: origin.reflect }
  return origin.receipt ? { id, op: { k: "receipt", id, of: origin.of, to: origin.to } } : null
}

/** What was taken back and the network kept stays taken back in the room. */
export function takenBack({ k, id: target }: RoomOp, id: string, why: string, at: number): NewRow<RoomOp> | null {
  if (k === "retracted") return null
  return { id, op: { k: "retracted", id, pos: 0, by: null, target, at, moderated: true, why } }
}

function ref({ legacyId, handle }: Sent): MessageRef {
  return { id: legacyId, ...(handle !== null && { handle }) }
}

function neverDelivered(): AdapterError {
  return new AdapterError("gone", "The message this changes was never delivered.")
}
