// Who is in which room, as the parts of the MUC service know it of each other. Types only.
import type { BareJid, FullJid } from "../../core/model.js"
import type { Participant, RoomOp, RoomRow } from "../../core/rooms/model.js"
import type { RoomView } from "../../core/rooms/ports.js"
import type { Xml } from "../stanza.js"

/** A client that is in a room. */
export interface Occupant {
  full: FullJid
  user: BareJid
  /** Address it joined by, without nick: a former address of the room goes on being served. */
  address: string
  /** What the user may do there; renewed when rights change. */
  view: RoomView
  /** The user's nick in the room, the same for all their clients. */
  participant: Participant
}

/** All rooms of one network. The registry of who is in; what it tells others is written at once. */
export interface Hall {
  /** Undefined: this client has not joined. */
  occupant(room: number, full: string): Occupant | undefined
  occupants(room: number): readonly Occupant[]
  /** The room's JID as this user's own link knows it. */
  addressOf(room: RoomRow, tag: string): string | null
  /** A stanza to every client in the room. `inner` is serialised once; `nick`: whom it is from, undefined: the room itself. */
  broadcast(
    room: number,
    stanza: { name: "message" | "presence"; attrs: Readonly<Record<string, string>>; nick?: string; inner: Xml | undefined },
  ): void
  /** Takes clients out and tells everybody: XEP-0045's status codes, `reason`, `destroy` as in its examples. Nothing happens for who is not in. */
  remove(
    room: number,
    who: (occupant: Occupant) => boolean,
    how: { status?: readonly number[]; reason?: string; actor?: string; destroy?: { jid?: string; reason?: string } },
  ): void
}

/** One operation as the content of a message of the room; `address` is the room's JID for whom it is for. */
export interface Rendered {
  /** Nick it is from; undefined: the room itself. */
  nick: string | undefined
  id: string
  inner: Xml
}

export type RenderRoomOp = (op: RoomOp, address: string) => Rendered
