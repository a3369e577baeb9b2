// What rooms need of the store, one function a transaction; part of the `Store` port (../store.ts).
import type { Role } from "../../adapter/contract.js"
import type { Account, BareJid, FullJid, InOp, Link, OutboxRow } from "../model.js"
import type { Known, NewContact, NewRow } from "../store.js"
import type { NewReactions } from "../asides/store.js"
import type { ArchivePage, ArchiveQuery, Participant, RoomFacts, RoomKind, RoomOp, RoomRow, StoredOccupant } from "./model.js"

/** Absent fields are unknown and stay as they are; `facts` are merged key by key, an explicit undefined removes. */
export interface NewRoom {
  legacyId: string
  kind?: RoomKind
  parentId?: number | null
  name?: string
  topic?: string
  facts?: { [K in keyof RoomFacts]?: RoomFacts[K] | undefined }
  /** Default «open»: who tells of a room is in it. «as-is»: nothing was told of that. With any but «open» no room is made: it rejects. */
  state?: RoomRow["state"] | "as-is"
}

/** A foreign person in a room. */
export interface NewParticipant {
  contact: NewContact
  /** What the room calls them, if it is not the contact's name. */
  name?: string | null
  /** Undefined: unknown, stays; of a new one «member». */
  role?: Role
  title?: string | null
  present?: boolean
}

/** What was found or made, and what is new of it. `former`: the nick until now, if it changed. */
export interface Met {
  participant: Participant
  isNew: boolean
  former: string | null
  /** Role, title, name, picture or presence differ from what was stored. */
  changed: boolean
}

export interface NewRoomEvent {
  room: number
  /** Who speaks or acts; null: nobody, the room itself. */
  by: NewParticipant | null
  /** The speaker is heard now: counts for who is shown. */
  heard: boolean
  now: number
  /** `message`: dedupe by legacy id. `edit`: by revision. `retract`: what is known and not yet retracted. `plain`: always new. */
  kind: "message" | "edit" | "retract" | "plain"
  messageId: string
  /** Of `retract` what is taken back. */
  legacyId: string
  revision: string | null
  handle: string | null
  /** Legacy id of the sender, «» for none. */
  sender: string
  at: number
  /** Legacy id of what is answered; the store puts stanza id, nick and text into the op's `reply`; if it is unknown, what the network told of it is quoted before the text. */
  replyTo: string | null
  /**
   * The row of `in:<conversation>`; archived in the same commit unless it is a subject. The store fills in `by` (when `by` above is set),
   * `pos`, of an edit `replaces`, of a retraction `target` and `moderated`. An edit of a message nobody knows becomes a message.
   * The text, or of a message without any the last file.
   */
  row: NewRow<RoomOp>
  /** Its files, each a stanza before it, in order. Of an edit only those are told that are not known yet. */
  before?: NewRow<RoomOp>[]
  /** Of an edit: the network told all the files the message has now, so that what is not among them is gone. */
  allFiles?: boolean
  /** Of what is older: what was thought of it; of all else that is told by itself. */
  reactions?: Pick<NewReactions, "step" | "by" | "row" | "stanza">[]
  /** New cursor; null: stays. */
  cursor: string | null
  /** True: older than the archive; goes before its first, and no row is queued. Of several the newest comes first. */
  older: boolean
  /** Other legs of the room's bridge, where it is to be told as well. */
  copies?: readonly number[]
}

export interface RoomStore {
  // ---- store/rooms.ts
  loadRooms(network: string): Promise<{ rooms: RoomRow[]; aliases: { accountId: number; legacyId: string; room: number }[] }>
  putRoom(account: number, room: NewRoom): Promise<{ room: RoomRow; isNew: boolean }>
  /**
   * The network gave the room another id, and message ids start anew: the row takes the new id, the old becomes an alias, stored messages
   * lose their legacy ids. A room that was already made for the new id is merged: its archive and messages go behind.
   */
  moveRoom(room: number, to: string): Promise<{ room: RoomRow; merged: number | null }>
  /** Wipes the room: participants, occupants, lanes; archive and messages, which nobody finds any more, with `sweep`. */
  removeRoom(room: number): Promise<void>
  // ---- store/participants.ts
  /** Who is to be shown: present ones; users of ours and admins first, then who was heard of last. */
  participants(room: number, limit: number): Promise<Participant[]>
  /** Foreign people whom the group has banned, as far as the network told. */
  banned(room: number, limit: number): Promise<Participant[]>
  participant(room: number, who: { nick: string } | { contact: string } | { user: BareJid }): Promise<Participant | undefined>
  /** Finds or makes the foreign person's participant, with contact row and a nick (nick.ts) nobody has. */
  meetParticipant(room: number, who: NewParticipant, now: number): Promise<Met>
  /** A user of ours takes a nick. `taken`: somebody else has it. */
  takeNick(room: number, user: BareJid, nick: string, role: Role, now: number): Promise<Met | "taken">
  /** Rooms of the network, of whatever account, where this foreign person is known, in order of id. */
  roomsWith(network: string, contact: string): Promise<number[]>
  /** All rooms where this contact is known; new nicks where the name changed. */
  renameContact(contact: NewContact, now: number): Promise<Met[]>
  // ---- store/occupants.ts
  loadOccupants(network: string): Promise<StoredOccupant[]>
  putOccupant(occupant: StoredOccupant): Promise<void>
  dropOccupants(gone: readonly { room: number; full: FullJid }[]): Promise<void>
  // ---- store/archive.ts
  archivePage(query: ArchiveQuery): Promise<ArchivePage>
  /** First and last of the archive; null: it is empty. */
  archiveEdges(room: number): Promise<{ first: { id: string; at: number }; last: { id: string; at: number } } | null>
  /** Deletes up to `limit` entries older than `before` (epoch ms), or than the room's own, shorter `archiveDays` at `now`; resolves how many. */
  pruneArchive(before: number, limit: number, now: number): Promise<number>
  // ---- store/room-events.ts
  acceptRoomEvent(event: NewRoomEvent): Promise<{ outcome: "accepted" | "duplicate"; row: OutboxRow<InOp> | null; met: Met | null }>
  /** What the room sees though the network has not answered yet. Null: it was seen already. */
  reflect(room: number, messageId: string, row: NewRow<RoomOp>, copies?: readonly number[]): Promise<OutboxRow<InOp> | null>
  /** The newest messages of the room that the network has, oldest first; of a message in parts the first. */
  recentMessages(room: number, limit: number): Promise<Known[]>
  /** The message a stanza id (archive) names: its author and whether it was retracted. */
  roomMessage(room: number, stanzaId: string): Promise<RoomMessage | undefined>
  // ---- store/users.ts
  /** The link of a user to an account of the configuration, made when it is first needed. `tag` is the account's. */
  guestLink(guest: { account: number; jid: BareJid; now: number }): Promise<Link>
  /** An account of the configuration: made or renewed; `sealed` as the login gave it. */
  putConfiguredAccount(account: { network: string; tag: string; legacyId: string; sealed: Uint8Array }): Promise<Account>
}

export interface RoomMessage {
  id: string
  /** Full JID of ours, or legacy id. */
  sender: string
  /** Who said it, as the room saw them. */
  nick: string | null
  text: string
  at: number
  parts: number
  sent: number
  /** As of `StoredMessage`. */
  files: number
  retracted: boolean
}
