// What waits towards the network, carried out: one operation is one call, but to take back what the network made several of.
import type { Body, MessageRef, Reply, Send, Speaker, Upload } from "../adapter/contract.js"
import type { AnySession } from "../adapter/define.js"
import { AdapterError } from "../adapter/errors.js"
import { bare } from "./address.js"
import type { Linked } from "./content.js"
import { quote } from "./flatten.js"
import type { Marked, Whom } from "./content.js"
import type { BareJid, Conversation, InOp, Origin, OutboxRow, OutOp, Voiced } from "./model.js"
import { authorOf, towards } from "./asides/reactions.js"
import type { RoomOp } from "./rooms/model.js"
import { linkedInstead, withLinks } from "./files/showing.js"
import type { NewRow } from "./store.js"
import { resolved, withMentions } from "./styling/mentions.js"
import { read } from "./styling/read.js"
import { measured, written as styled } from "./styling/written.js"
import type { Gathered, Refused } from "./files/takings.js"
import type { SenderParts } from "./turns.js"

/** What the network calls it. */
export interface Sent {
  legacyId: string
  handle: string | null
  /** Further messages that it made of the call. */
  parts?: Pick<Sent, "legacyId" | "handle">[]
  /** What it says to a choice, for who made it. */
  answer?: string
}

type CallParts = Pick<SenderParts, "store" | "registry" | "fits" | "formatting" | "pictureOf" | "react" | "bridges">
type Written = Pick<Body, "text" | "spans">

/** Null: nothing to record. Throws what the adapter throws. */
export async function carryOut(
  parts: CallParts,
  conversation: Conversation,
  { session, signal }: { session: AnySession; signal: AbortSignal },
  { id, op }: OutboxRow<OutOp>,
  gathered: Gathered,
): Promise<Sent | null> {
  const { store, registry } = parts
  const { legacyId, linkId } = conversation
  // A room may have moved since it was said.
  const chat = linkId === null ? { room: registry.byId(conversation.id)?.legacyId ?? legacyId } : { user: legacyId }
  if (op.k === "send") {
    // What an edit adds to a message that was refused meanwhile would be a tail without its head.
    if (op.ordinal > 0 && op.origin.action !== op.message && !(await store.findPart(op.message, 0))) throw neverDelivered()
    const { refused, ...said } = await shownOf(parts, conversation, op, gathered)
    const picture = op.as && (await pictureOf(parts, op.origin))
    const sent = await session.send({ chat, key: id, ...said, ...speaker(op.as, picture), ...(op.silent && { silent: true }) }, signal)
    const { parts: further = [] } = sent
    return {
      ...known(sent),
      ...(further.length > 0 && { parts: further.map(known) }),
      ...(refused.length > 0 && { answer: linkedInstead(refused) }),
    }
  }
  const part = await store.findPart(op.message, op.ordinal)
  // What is not there need not be taken back.
  if (!part && op.k === "retract") return null
  if (!part) throw neverDelivered()
  if (op.k === "settle") return null
  const message = ref(part)
  if (op.k === "edit") {
    const body = await written(parts, conversation, op)
    const revision = (await session.edit?.({ chat, message, body, ...speaker(op.as) }, signal))?.revision
    return revision === undefined ? null : { legacyId: revision, handle: null }
  }
  if (op.k === "react") {
    if (op.line === "only") return null
    await session.react?.({ chat, message, emoji: await setOf(parts, conversation, op), ...speaker(op.as) }, signal)
    return null
  }
  if (op.k === "interact") {
    const answer = await session.interact?.({ chat, message, choose: op.choose, ...speaker(op.as) }, signal)
    return answer === undefined ? null : { legacyId: "", handle: null, answer }
  }
  const { reflect } = op.origin
  const why = reflect?.k === "retracted" && reflect.why !== undefined && { why: reflect.why }
  for (const one of [part, ...(await store.furtherOf(op.message, op.ordinal))]) {
    try {
      await session.retract?.({ chat, message: ref(one), ...why, ...speaker(op.as) }, signal)
    } catch (error) {
      // What is there no more need not be taken back either.
      if (!(error instanceof AdapterError && error.kind === "gone")) throw error
    }
  }
  return null
}

function pictureOf({ pictureOf: ours, bridges }: CallParts, { to, copy }: Origin): Promise<string | undefined> | undefined {
  return copy && ours ? bridges?.pictureOf(copy) : ours?.(bare(to) as BareJid)
}

function known({ id, handle }: MessageRef): Pick<Sent, "legacyId" | "handle"> {
  return { legacyId: id, handle: handle ?? null }
}

/** Where the account has but one set for all our users, theirs is in it. */
async function setOf(
  { store, registry, react = {} }: CallParts,
  { id }: Conversation,
  op: Extract<OutOp, { k: "react" }>,
): Promise<string[]> {
  if (react.as !== "bot") return op.emoji
  const limits = registry.byId(id)?.facts.limits?.react
  const theirs = await store.ourReactions(op.message, authorOf(op))
  return towards(op, theirs, { ...react, ...(limits !== false && limits) })
}

/** With its files; what the network does not take is in the text, as a link. */
async function shownOf(
  parts: CallParts,
  conversation: Conversation,
  op: Extract<OutOp, { k: "send" }>,
  { uploads, refused }: Gathered,
): Promise<Pick<Send, "body" | "reply"> & { refused: readonly Refused[] }> {
  const { extras, files: all = [] } = op.marked ?? {}
  const linked = (files: readonly Linked[]): typeof op => (files.length === 0 ? op : { ...op, text: withLinks(op.text, files) })
  const said = await bodyOf(parts, conversation, linked(refused.map(({ file }) => file)), uploads)
  const body: Send["body"] = { ...said.body, ...(uploads.length > 0 && { files: uploads }), ...(extras && { extras }) }
  if (uploads.length === 0 || refused.length === 0 || parts.fits(body)) return { ...said, body, refused }
  // No room for addresses under what can be shown.
  const why = "There is no room for it beside the others."
  const rest = all.filter((file) => !refused.some((one) => one.file.url === file.url)).map((file) => ({ file, why }))
  return { ...(await bodyOf(parts, conversation, linked(all))), refused: [...refused, ...rest] }
}

/** With what is answered; quoted where the network knows nothing of it. */
async function bodyOf(
  parts: CallParts,
  conversation: Conversation,
  { text, marked, reply, as, origin }: Extract<OutOp, { k: "send" }>,
  files: Body<Upload>["files"] = [],
): Promise<Pick<Send, "body" | "reply">> {
  const { store, formatting } = parts
  // Beside files there may be less room.
  const fits = (body: Written): boolean => parts.fits({ ...body, files })
  const body = await written({ ...parts, fits }, conversation, { text, marked, origin })
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
async function written(
  { store, fits, formatting }: Pick<CallParts, "store" | "fits" | "formatting">,
  { id, linkId, legacyId }: Conversation,
  { text, marked, origin }: { text: string; marked?: Marked | undefined; origin: Origin },
): Promise<Written> {
  const said = styled(text, formatting, marked)
  const body = measured(said)
  if (!formatting.includes("mention") || origin.copy?.mute) return body
  const whoIs = async (whom: Whom): Promise<string | undefined> => {
    if (linkId !== null) return "contact" in whom && whom.contact === legacyId ? legacyId : undefined
    const one = await store.participant(id, whom)
    return one?.present === true ? (one.contact ?? undefined) : undefined
  }
  const told = await resolved(said, whoIs)
  const named = linkId === null ? await withMentions(told, (nick) => whoIs({ nick })) : told
  // An id may be longer than a nick.
  return fits(named) ? named : body
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

/** The network drops it if it has it already. */
export function isKeyed({ idempotent }: Pick<SenderParts, "idempotent">, op: OutOp): boolean {
  return idempotent === "own" ? !("as" in op && op.as) : idempotent
}

/** What follows when the network has all of it: everybody in the room sees it, or its author gets a receipt. */
export function consequence({ origin }: OutOp, id: string): NewRow<InOp> | null {
  if (origin.reflect) return { id, op: origin.reflect }
  return origin.receipt ? { id, op: { k: "receipt", id, of: origin.of, to: origin.to } } : null
}

/** What the network says to a choice, to its author alone. `ids`: of the row, of the stanza. */
export function answerTo({ origin }: OutOp, answer: string, [row, id]: [string, string], inRoom: boolean, at: number): NewRow<InOp> {
  const text = `ℹ ${answer}`
  return { id: row, op: inRoom ? { k: "said", id, pos: 0, by: null, text, at, only: origin.to } : { k: "message", id, text, at } }
}

/** What was taken back and the network kept stays taken back in the room. */
export function takenBack({ k, id: target }: RoomOp, id: string, why: string, at: number): NewRow<RoomOp> | null {
  // Of what was thought its author alone is told: clients go back to what it was (XEP-0444 §4.3).
  if (k === "retracted" || k === "reactions") return null
  return { id, op: { k: "retracted", id, pos: 0, by: null, target, at, moderated: true, why } }
}

function ref({ legacyId, handle }: Sent): MessageRef {
  return { id: legacyId, ...(handle !== null && { handle }) }
}

function neverDelivered(): AdapterError {
  return new AdapterError("gone", "The message this changes was never delivered.")
}
