// What the core needs of a store, one function a transaction (docs/adr/0003); src/store implements it.
import type { AdminStore } from "./admin/store.js"
import type { FileRef } from "../adapter/contract.js"
import type {
  Account,
  AccountState,
  BareJid,
  ContactRow,
  Conversation,
  InOp,
  Link,
  OutOp,
  OutboxRow,
  RosterEntry,
  Subscription,
} from "./model.js"
import type { Attached } from "./content.js"
import type { BridgeStore } from "./bridges/store.js"
import type { CarriedStore } from "./carried/store.js"
import type { ConsentStore } from "./consent/store.js"
import type { FileStore } from "./files/store.js"
import type { IdentityStore } from "./identity/store.js"
import type { ReactionStore } from "./asides/store.js"
import type { PersonalStore } from "./personal/store.js"
import type { AvatarStore } from "./faces/store.js"
import type { RoomOp } from "./rooms/model.js"
import type { RoomStore } from "./rooms/store.js"

/** What the network has of a conversation, or had. `ours`: said by a user of ours. */
export interface Known {
  legacyId: string
  /** Epoch ms. */
  at: number
  ours: boolean
  retracted: boolean
}

export interface NewRow<Op> {
  id: string
  op: Op
}

/** A message, edit or other utterance of an XMPP user, with the operations that carry it out. */
export interface NewAction {
  conversation: number
  messageId: string
  /** Stanza id («» if none), full JID and digest decide whether this is a resend (core/outbound.ts). */
  xmppId: string
  sender: string
  digest: string
  /** Epoch ms. */
  now: number
  /** A row with this xmpp id counts as the same stanza only if it is at least this young … */
  resendSince: number
  /** … and from this very resource, for ids too short to be random. */
  sameResource: boolean
  /** Message this one edits; null: a message of its own. */
  target: string | null
  /** Number of parts the message has from now on. */
  parts: number
  /** Of a message of its own: so many of them, at its beginning, hold files. */
  files?: number
  rows: NewRow<OutOp>[]
  /** The lane is idle: the first row is written as `sending`, attempted now. */
  startHead: boolean
  /** Written into `in:<conversation>` instead of all else if this is a resend whose parts are all sent. */
  receipt: NewRow<InOp> | null
  /** Rows never attempted that this edit supersedes: changed in place. */
  amend: { id: string; op: OutOp }[]
  /** Rows never attempted that fall away. */
  drop: string[]
  /** It repeats `of` (a stanza id) of another leg of a bridge, null: nothing new does; `row` gives way to it. Where that is gone already, nothing happens: `resend`. */
  copy?: { row: string | null; of: string | null }
}

export interface NewEvent {
  account: number
  link: number
  /** Known conversation, or the foreign person to make one with. */
  conversation: number | null
  legacyUser: string
  /** To be inserted or updated; null: unchanged since the core last stored it. */
  contact: NewContact | null
  /** Adds a roster row when there is none. */
  roster: boolean
  now: number
  /** `message`: dedupe by legacy id. `edit`: dedupe by revision. `plain`: always a new row. */
  kind: "message" | "edit" | "plain"
  messageId: string
  legacyId: string
  revision: string | null
  handle: string | null
  /** Sender: the foreign id; the user's bare JID with `own`. */
  sender: string
  /** It was said by the user, elsewhere on the network. */
  own?: true
  at: number
  /**
   * The row of `in:<conversation>`: the text, or of a message without any the last file. For an edit of a message we know, `target` in the op
   * is filled in by the store. Ids of stanzas: inward.ts.
   */
  row: NewRow<InOp>
  /** Its files, each a stanza before it, in order. Of an edit only those are told that are not known yet. */
  before?: NewRow<InOp>[]
  /** Of an edit: the network told all the files the message has now, so that what is not among them is gone. */
  allFiles?: boolean
  /** Legacy id of what is answered; the store puts id and author into the op's `reply`; if it is unknown, what the network told of it is quoted before the text. */
  replyTo?: string | null
  /** Adapter's position in the network's stream, stored in the same commit. */
  state: { key: string; sealed: Uint8Array } | null
  /** New cursor of the chat: what comes after it was missed. Null: stays. */
  cursor: string | null
}

export interface NewContact {
  network: string
  legacyId: string
  name: string | null
  username: string | null
  kind: ContactRow["kind"]
  profile: Record<string, string>
  /** Null: has none. Absent: unknown, stays. */
  avatar?: FileRef | null
}

export interface Registration {
  network: string
  jid: BareJid
  legacyId: string
  sealed: Uint8Array
  now: number
}

export interface StoredMessage {
  id: string
  conversation: number
  xmppId: string
  sender: string
  digest: string
  at: number
  target: string | null
  /** Parts it has when all is sent, and those that the network has now. */
  parts: number
  sent: number
  /** Parts at its beginning that hold files; the text may be the caption of the last. */
  files: number
}

export interface DirectMessage {
  id: string
  conversation: number
  /** Full JID of our user, or legacy id. */
  sender: string
  at: number
  parts: number
  sent: number
  retracted: boolean
}

/** Every function is one transaction, durable when its promise resolves; calls take effect in the order they were made. */
export interface Store
  extends
    IdentityStore,
    PersonalStore,
    RoomStore,
    ReactionStore,
    FileStore,
    AvatarStore,
    BridgeStore,
    AdminStore,
    ConsentStore,
    CarriedStore {
  // ---- users.ts
  loadNetwork(network: string): Promise<{ accounts: Account[]; links: Link[] }>
  /** `taken`: the account belongs to another user. `replaced`: the user's former account of this network was wiped. */
  register(
    registration: Registration,
  ): Promise<
    { outcome: "taken" } | { outcome: "created" | "renewed" | "replaced"; account: Account; link: Link; formerRoster: RosterEntry[] }
  >
  /** Deletes link, account (if nobody else is linked), conversations, outbox rows, contacts nobody else has, and the user without any link. */
  unregister(link: number): Promise<void>
  /** Optionally with a notice to the account's owner, in the gateway's own conversation. */
  setAccountState(change: {
    account: number
    state: AccountState
    reason: string | null
    notice: { link: number; row: NewRow<InOp>; now: number } | null
  }): Promise<void>
  // ---- contacts.ts
  roster(link: number): Promise<RosterEntry[]>
  rosterEntry(link: number, legacyId: string): Promise<RosterEntry | undefined>
  /** By username, case-insensitively and without «@», among the link's roster. */
  findContact(link: number, username: string): Promise<ContactRow | undefined>
  /** Inserts or updates the contact and its roster row. */
  putContact(link: number, contact: NewContact, now: number): Promise<RosterEntry>
  setSubscription(link: number, contact: number, subscription: Subscription): Promise<void>
  // ---- conversations.ts
  /** Finds or makes the direct conversation of a link with a foreign person («»: with the gateway). */
  openDirect(account: number, link: number, legacyId: string): Promise<Conversation>
  conversation(id: number): Promise<Conversation | undefined>
  // ---- messages.ts
  /**
   * `again`: of a room's resend, the row that says it to this client again; its receipt's op (k «said», with `only`) is filled in from the
   * archive. A room's resend is settled when the room has seen it.
   */
  acceptAction(
    action: NewAction,
  ): Promise<{ outcome: "accepted" } | { outcome: "resend"; message: string; settled: boolean; again?: OutboxRow<InOp> }>
  acceptEvent(event: NewEvent): Promise<{
    outcome: "accepted" | "duplicate"
    conversation: number
    row: OutboxRow<InOp> | null
    entry: RosterEntry | null
    firstSeen: boolean
  }>
  /**
   * The network took back a message of a direct chat. Null: there is nothing to tell: it is unknown, known to be taken back, one part of
   * several, or was said by our user, whose own clients do not take that from somebody else. The store fills in `target`.
   */
  acceptRetraction(retraction: {
    link: number
    legacyUser: string
    legacyId: string
    /** Epoch ms. */
    at: number
    /** What our user said is told of as well. */
    own?: true
    row: NewRow<Extract<InOp, { k: "retract" }>>
  }): Promise<{ conversation: number; row: OutboxRow<InOp> } | null>
  /** The message of a direct chat that a stanza id names: ours by what its client called it, else by our own id; edits lead to what they edit. */
  directMessage(link: number, legacyUser: string, stanzaId: string): Promise<DirectMessage | undefined>
  /** Direct chats of a link that have a cursor, those used last first. */
  directChats(link: number, limit: number): Promise<(Conversation & { cursor: string })[]>
  /** The network's id is that of a message of this conversation, or of a part of one. */
  knows(conversation: number, legacyId: string): Promise<boolean>
  /** The newest messages of a direct chat that the network has, oldest first. */
  recentDirect(conversation: number, limit: number): Promise<Known[]>
  /** Puts a row of the gateway's own into a conversation's `in:` lane. */
  say(conversation: number, row: NewRow<InOp>): Promise<void>
  /** The newest message of the conversation with this stanza id, in a room `by` this user; edits lead to the message they edit. */
  findMessage(conversation: number, xmppId: string, by?: BareJid): Promise<StoredMessage | undefined>
  /** The network's ids of one part. */
  findPart(message: string, ordinal: number): Promise<{ legacyId: string; handle: string | null } | undefined>
  /** Further messages that the network made of this part, in order. */
  furtherOf(message: string, ordinal: number): Promise<{ legacyId: string; handle: string | null }[]>
  // ---- waiting.ts
  /** The file of a row of `in:` is there (`url`), or never will be (`failed`): row and archive tell so. Null: wiped or taken back meanwhile, there is no row any more. */
  settleFile(settled: { row: string; file: Attached }): Promise<InOp | null>
  /** The lane waits no longer: the row tells that (`text`), and its file goes on waiting as the row `late` of `late:<conversation>`, with a stanza id of its own. Null: as above. */
  postponeFile(postponed: { row: string; text: string; late: string }): Promise<{ op: InOp; late: OutboxRow<InOp> } | null>
  /** The file of a row of `late:` is there, or never will be: it goes, as the row `id`, behind all that is in `in:`. Null: as above. */
  showLate(settled: { row: string; id: string; file: Attached; now: number; copies?: readonly number[] }): Promise<OutboxRow<InOp> | null>
  // ---- outbox.ts
  /** Lanes with rows that are not dead, with the id of their first row. */
  openLanes(): Promise<{ lane: string; first: string }[]>
  /** Rows of a lane in order, after `after` («» from the start), dead ones left out. */
  laneRows(lane: string, after: string, limit: number): Promise<OutboxRow[]>
  /** Marks a row as attempted, before the call goes out: one attempt more; `attemptedAt` keeps the first one's time. */
  startSend(row: string, now: number): Promise<void>
  /**
   * The network has it: records its id, deletes the row, and in the same commit queues the consequence and starts the next row.
   * For an edit or retraction `sent` is null, or its `legacyId` is the new revision. A row that was wiped meanwhile: nothing happens.
   * A room's consequence is archived; resolves its row as queued, or null if there is none because the room saw it already (`reflect`).
   */
  completeSend(done: {
    row: string
    conversation: number
    message: string
    ordinal: number
    sent: { legacyId: string; handle: string | null; parts?: { legacyId: string; handle: string | null }[] } | null
    consequence: NewRow<InOp> | null
    next: string | null
    now: number
    /** What the network said to a choice, for its author alone. */
    answer?: NewRow<InOp>
    /** Cursor of the chat, if it has none yet: the answer to the first message may be missed as well. */
    cursor?: string
    /** Legs to which the consequence is copied. */
    copies?: readonly number[]
  }): Promise<OutboxRow<InOp> | null>
  /**
   * Given up: deletes the rows, queues the error for the sender; the message row goes if no part of it was sent and no room saw it.
   * `retraction`: queued and archived as well if the room saw the message already; resolves that row, or null.
   */
  failSend(failed: {
    rows: string[]
    conversation: number
    message: string
    consequence: NewRow<InOp> | null
    next: string | null
    now: number
    dead: boolean
    error: string
    /** What was to be changed is not there any more. */
    gone?: boolean
    retraction?: NewRow<RoomOp> | null
    /** Legs to which the retraction is copied. */
    copies?: readonly number[]
  }): Promise<OutboxRow<InOp> | null>
  /** Not now. `attempts` is stored as given: waits of a chat or account cost none. */
  reschedule(row: string, change: { attempts: number; due: number; error: string | null }): Promise<void>
  /** The server has these; the rows go. */
  delivered(rows: readonly string[]): Promise<void>
  /** A bounce came after the fence: the row is back. */
  restore(row: OutboxRow<InOp>): Promise<void>
  /** What waits, for `status` and metrics. */
  backlog(account: number): Promise<{ out: number; in: number; oldest: string | null; dead: number }>
  // ---- state.ts
  getState(account: number, key: string): Promise<Uint8Array | undefined>
  setState(account: number, key: string, sealed: Uint8Array | null): Promise<void>
  /** Every sealed value, for key rotation: `where` is the name the seal is bound to. */
  sealedValues(): Promise<{ where: string; sealed: Uint8Array }[]>
  reseal(values: { where: string; sealed: Uint8Array }[]): Promise<void>
  // ---- upkeep
  /** The greatest id ever minted, so that the clock of ids never goes back. «» in an empty store. */
  lastId(): Promise<string>
  /** Deletes up to `limit` rows past their time; resolves how many. Epoch ms. */
  prune(before: { messages: number; contacts: number }, limit: number): Promise<number>
  /** Takes away up to `limit` archive entries, and about ten times as many messages, of what was removed. False: nothing was left. */
  sweep(limit: number): Promise<boolean>
  schemaVersion(): Promise<number>
  /** Waits for what was called, checkpoints, closes. */
  close(): Promise<void>
}
