// Rooms on a real file: events of the network and utterances of users, as the core hands them to the store.
import type { NewParticipant, NewRoomEvent } from "#src/core/rooms/store.js"
import type { RoomOp } from "#src/core/rooms/model.js"
import type { FullJid, OutOp } from "#src/core/model.js"
import type { NewAction, NewRow, Store } from "#src/core/store.js"
import { action, balcony, contact, mint, now, romeo, world, type World } from "./fixture.js"

export interface RoomWorld extends World {
  room: number
}

/** A room of romeo's own bot, empty. */
export async function roomWorld(): Promise<RoomWorld> {
  const made = await world()
  const { room } = await made.store.putRoom(made.account, { legacyId: "-1", name: "Verona" })
  return { ...made, room: room.id }
}

export function person(legacyId = "juliet", over: Partial<NewParticipant> = {}, name: string | null = legacyId): NewParticipant {
  return { contact: contact({ legacyId, name, username: `${legacyId}_u` }), ...over }
}

export type SaidOp = Extract<RoomOp, { k: "said" }>
export type RetractedOp = Extract<RoomOp, { k: "retracted" }>

export function said(id: string, text: string, at = now, over: Partial<SaidOp> = {}): SaidOp {
  return { k: "said", id, pos: 0, by: null, text, at, ...over }
}

/** A message of a foreign person. */
export function told(room: number, legacyId: string, text: string, over: Partial<NewRoomEvent> = {}): NewRoomEvent {
  const messageId = over.messageId ?? mint.next()
  const at = over.at ?? now
  return {
    room,
    by: person(),
    heard: true,
    now: Math.max(now, at),
    kind: "message",
    messageId,
    legacyId,
    revision: null,
    handle: null,
    sender: over.by === undefined ? "juliet" : (over.by?.contact.legacyId ?? ""),
    at,
    replyTo: null,
    row: { id: mint.next(), op: said(messageId, text, at) },
    cursor: null,
    older: false,
    ...over,
  }
}

export function edited(
  room: number,
  legacyId: string,
  text: string,
  revision: string | null,
  over: Partial<NewRoomEvent> = {},
): NewRoomEvent {
  return told(room, legacyId, text, { kind: "edit", revision, ...over })
}

export function takenBack(room: number, legacyId: string, over: Partial<NewRoomEvent> = {}): NewRoomEvent {
  const id = over.messageId ?? mint.next()
  const op: RoomOp = { k: "retracted", id, pos: 0, by: null, target: "", at: now, moderated: false }
  return told(room, legacyId, "", { kind: "retract", messageId: id, row: { id: mint.next(), op }, heard: false, ...over })
}

/** What romeo says in the room: an utterance whose last call reflects it. */
export function spoken(
  room: number,
  text = "hello",
  over: Partial<NewAction> & { op?: Partial<SaidOp>; texts?: number } = {},
): NewAction & { reflect: SaidOp; rows: [NewRow<OutOp>, ...NewRow<OutOp>[]] } {
  const { op, texts = 1, ...rest } = over
  const messageId = rest.messageId ?? mint.next()
  const xmppId = rest.xmppId ?? mint.next()
  const message = rest.target ?? messageId
  const reflect = said(messageId, text, now, { by: { nick: "romeo", occupant: "o-romeo" }, xmppId, ...op })
  const rows = Array.from({ length: texts }, (_, ordinal): NewRow<OutOp> => {
    const last = ordinal === texts - 1
    const origin = { action: messageId, of: xmppId, to: balcony, last, receipt: false, ...(last && { reflect }) }
    return {
      id: mint.next(),
      op: { k: rest.target === undefined || rest.target === null ? "send" : "edit", message, ordinal, text, origin },
    }
  })
  return { ...action(room, { messageId, xmppId, rows, parts: texts, ...rest }), reflect }
}

/** The network has taken a row; resolves the row that the room sees. */
export function done(store: Store, room: number, row: NewRow<OutOp>, legacyId: string | null): ReturnType<Store["completeSend"]> {
  const { reflect } = row.op.origin
  return store.completeSend({
    row: row.id,
    conversation: room,
    message: row.op.message,
    ordinal: row.op.ordinal,
    sent: legacyId === null ? null : { legacyId, handle: null },
    consequence: reflect ? { id: mint.next(), op: reflect } : null,
    next: null,
    now,
  })
}

/** Romeo says something and the network takes it. */
export async function say(store: Store, room: number, legacyId: string, text = "hello", op: Partial<SaidOp> = {}): Promise<string> {
  const utterance = spoken(room, text, { op })
  await store.acceptAction(utterance)
  for (const row of utterance.rows) await done(store, room, row, legacyId)
  return utterance.messageId
}

export async function archived(store: Store, room: number): Promise<RoomOp[]> {
  return (await store.archivePage({ room, limit: 1000, fromEnd: false })).entries.map(({ op }) => op)
}

export async function lane(store: Store, room: number): Promise<RoomOp[]> {
  return (await store.laneRows(`in:${room}`, "", 1000)).map(({ op }) => op as RoomOp)
}

export function texts(ops: readonly RoomOp[]): string[] {
  return ops.map((op) => (op.k === "said" ? op.text : op.k))
}

export const orchard = `${romeo}/orchard` as FullJid
