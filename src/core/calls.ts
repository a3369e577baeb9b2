// What waits towards the network, carried out: one operation is one call; and what follows from it.
import type { MessageRef, Send } from "../adapter/contract.js"
import type { AnySession } from "../adapter/define.js"
import { AdapterError } from "../adapter/errors.js"
import { quote } from "./flatten.js"
import type { Conversation, InOp, OutboxRow, OutOp } from "./model.js"
import type { RoomOp } from "./rooms/model.js"
import type { NewRow } from "./store.js"
import type { SenderParts } from "./turns.js"

/** What the network calls it. */
export interface Sent {
  legacyId: string
  handle: string | null
}

type CallParts = Pick<SenderParts, "store" | "registry" | "fits">

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
    const body = await bodyOf(parts, conversation.id, op)
    const sent = await session.send({ chat, key: id, ...body, ...(op.as && { as: op.as }) }, signal)
    return { legacyId: sent.id, handle: sent.handle ?? null }
  }
  const part = await store.findPart(op.message, op.ordinal)
  // What is not there need not be taken back.
  if (!part && op.k === "retract") return null
  if (!part) throw neverDelivered()
  if (op.k === "settle") return null
  const message = ref(part)
  if (op.k === "edit") {
    const revision = (await session.edit?.({ chat, message, body: { text: op.text } }, signal))?.revision
    return revision === undefined ? null : { legacyId: revision, handle: null }
  }
  const { reflect } = op.origin
  await session.retract?.({ chat, message, ...(reflect?.k === "retracted" && reflect.why !== undefined && { why: reflect.why }) }, signal)
  return null
}

/** With what is answered; quoted where the network knows nothing of it. */
async function bodyOf(
  { store, fits }: CallParts,
  room: number,
  { text, reply }: Extract<OutOp, { k: "send" }>,
): Promise<Pick<Send, "body" | "reply">> {
  if (reply === undefined) return { body: { text } }
  const part = await store.findPart(reply, 0)
  if (part) return { body: { text }, reply: ref(part) }
  const quoted = quote((await store.roomMessage(room, reply))?.text ?? "") + text
  return { body: { text: fits(quoted) ? quoted : text } }
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
