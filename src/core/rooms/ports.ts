// Rooms between the core and its XMPP side: what XEP-0045 needs to know and to do. Types only; errors are `Refusal`.
import type { Capabilities, Manage, Role } from "../../adapter/contract.js"
import type { Marked } from "../content.js"
import type { BareJid, DirectOp, FullJid, Link } from "../model.js"
import type { Avatar } from "../faces/picture.js"
import type { Quoting } from "../ports.js"
import type { ArchivePage, ArchiveQuery, Participant, RoomOp, RoomRow, StoredOccupant } from "./model.js"

/** XEP-0045 §5.2 and §5.1. */
export type Affiliation = "owner" | "admin" | "member" | "none" | "outcast"
export type MucRole = "moderator" | "participant" | "visitor" | "none"

/** A room as one user sees it, and what they may do there now. */
export interface RoomView {
  room: RoomRow
  /** The user's tie to the room's account; its tag is part of the room's address. */
  link: Link
  affiliation: Affiliation
  /** `visitor`: no voice, in a read-only channel or because the account may not write. */
  role: Exclude<MucRole, "none">
  /** Network ∧ limits of the room. */
  capabilities: Capabilities
  /** What the account may do on the network, as far as is known. */
  can: ReadonlySet<Manage["do"]>
}

export interface RoomUtterance {
  view: RoomView
  from: FullJid
  speaker: Participant
  /** The stanza's id («» if it has none). */
  xmppId: string
  text: string
  /** XEP-0308: id of the message this one replaces, as clients know it. */
  replaces?: string
  /** XEP-0461: id of the message this one answers: a stanza id of the room, or what its author's client called it. */
  reply?: string
  /** As in a direct chat (`Utterance`). */
  quoting?: Quoting
  marked?: Marked
}

/** XEP-0444: all that a user thinks of a message now. `target`: a stanza id of the room. */
export interface RoomReacting extends Pick<RoomUtterance, "view" | "from" | "speaker" | "xmppId"> {
  target: string
  emoji: string[]
}

export type RoomArchiveQuery = Omit<ArchiveQuery, "room">

export interface MemberPage {
  members: { contact: { id: string; name?: string }; role: Role; nick?: string; title?: string }[]
  next?: string
}

/** Awaited unless said otherwise; throws `Refusal` with the stanza error that the user is to get. */
export interface RoomService {
  /** All that the user may see, in order of id. Containers too. */
  visible(user: BareJid): Promise<RoomView[]>
  /** By the address's id (also a former one) and tag. `registration-required`, `item-not-found`, `forbidden` (not for them). `ask`: rights are asked of the network anew, for a join. */
  view(user: BareJid, legacyId: string, tag: string, ask?: boolean): Promise<RoomView>
  /** From memory: the room of an id that a row or occupant names. */
  byId(room: number): RoomRow | undefined
  children(view: RoomView): Promise<RoomView[]>
  parent(view: RoomView): Promise<RoomView | undefined>
  /** Users who may see the room, with their link: for invitations, bookmarks and destroyed rooms. From memory. */
  linksOf(room: RoomRow): readonly Link[]
  /** Undefined: the room has none, or it cannot be had now. Never rejects. Asking makes its hash a fact of the room. */
  avatar(room: RoomRow): Promise<Avatar | undefined>
  // ---- who is there
  /** Clients that had joined when the gateway last ran: loaded before the stream is up. From memory, taken once. */
  takeOccupants(): (StoredOccupant & { tag: string })[]
  /** The nick is the user's from now on, in all their clients. `conflict`. */
  takeNick(view: RoomView, nick: string): Promise<{ participant: Participant; former: string | null }>
  /** Resolves when the client's stay is stored. */
  joined(occupant: StoredOccupant): Promise<void>
  /** Not awaited. */
  left(gone: readonly { room: number; full: FullJid }[]): void
  /** Whom to show: at most `limit`, the most interesting first. */
  faces(room: RoomRow, limit: number): Promise<Participant[]>
  participant(room: RoomRow, who: { nick: string } | { contact: string } | { user: BareJid }): Promise<Participant | undefined>
  /** One page of the network's list, or of what we know where the network has none. */
  members(view: RoomView, cursor?: string): Promise<MemberPage>
  // ---- messages
  archive(room: RoomRow, query: RoomArchiveQuery): Promise<ArchivePage>
  archiveEdges(room: RoomRow): Promise<{ first: { id: string; at: number }; last: { id: string; at: number } } | null>
  /** Resolves when it is committed. */
  say(said: RoomUtterance): Promise<void>
  /** XEP-0424 by its author, XEP-0425 by a moderator. `target`: stanza id. Resolves when it is committed. */
  retract(what: {
    view: RoomView
    from: FullJid
    speaker: Participant
    xmppId: string
    target: string
    moderate: boolean
    why?: string
  }): Promise<void>
  /** Resolves when it is committed. */
  react(reacting: RoomReacting): Promise<void>
  /** XEP-0333: the user has read all up to this message of the room. Not awaited. */
  displayed(view: RoomView, upTo: string): void
  /** A private message (XEP-0045 §7.5) to a foreign participant: goes the way of a direct message. */
  whisper(what: { view: RoomView; from: FullJid; to: Participant; xmppId: string; text: string; marked?: Marked }): Promise<void>
  typing(view: RoomView, active: boolean): void
  // ---- changes, each carried out by the network before it resolves
  manage(view: RoomView, what: Manage): Promise<{ room?: RoomRow; link?: string }>
  /** The account joins a room by what the network calls it, or makes a new one. Undefined: it takes a while. For owners of the account. */
  begin(link: Link, what: { do: "join"; room: string } | { do: "create"; name: string }): Promise<RoomRow | undefined>
  /** The user is invited once more, for they ask for it. Not awaited. */
  invite(view: RoomView): void
  /** The room's archive is kept for so many days; undefined: as the gateway keeps all others. For owners of the account. `forbidden`. */
  keepFor(view: RoomView, days: number | undefined): Promise<void>
  /** Leaves the group on the network (or destroys it, where the account can) and forgets the room. */
  abandon(view: RoomView, destroy: boolean): Promise<void>
}

export type RoomChange =
  /** The account is in a new room. */
  | { k: "new"; by?: string }
  /** One user asks to be invited. */
  | { k: "offered"; link: Link }
  /** Name, topic, limits or other facts. */
  | { k: "info" }
  | { k: "participant"; participant: Participant; former: string | null; isNew: boolean }
  | { k: "left"; participant: Participant; why: "left" | "kicked" | "banned"; by?: string }
  /** What users may do may have changed: views are to be asked again. */
  | { k: "access"; /** Only of theirs. */ user?: BareJid }
  /** A proven person may not be in the room any more; «closed»: what the room is was changed, not who they are. `by`: who did it. */
  | { k: "lost"; link: Link; why: "left" | "kicked" | "banned" | "closed" | "unlinked"; by?: string }
  /** The account is out of the room; `wiped`: its users cannot enter any more. */
  | { k: "gone"; why: "removed" | "deleted" | "abandoned"; links: readonly Link[] }
  /** `from`: the former legacy id; `merged`: row of a room that is now part of this one. */
  | { k: "moved"; from: string; merged: number | null }
  | { k: "typing"; participant: Participant; active: boolean }

/** The XMPP side of rooms, as the core uses it. Nothing is awaited. */
export interface RoomFace {
  /** A durable operation to all who are in the room; an error to its author alone. Later `Service.delivered` names the row, also if nobody is there. */
  write(rowId: string, op: RoomOp | Extract<DirectOp, { k: "error" }>, room: RoomRow): void
  changed(room: RoomRow, change: RoomChange): void
}
