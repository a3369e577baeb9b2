// What proving an identity needs of the store, one function a transaction; part of the `Store` port (../store.ts).
import type { Role } from "../../adapter/contract.js"
import type { BareJid, Conversation, InOp, Link, OutboxRow } from "../model.js"
import type { NewRow } from "../store.js"
import type { TicketKind } from "./tickets.js"

/** Times are epoch ms. */
export interface NewTicket {
  hash: string
  kind: TicketKind
  network: string
  user: BareJid | null
  /** JSON. */
  subject: string
  uses: number
  expiresAt: number
  now: number
}

export interface StoredTicket {
  hash: string
  kind: TicketKind
  network: string
  user: BareJid | null
  subject: string
}

/** Who redeems the code is `identity` on `account`. */
export interface NewProof {
  hash: string
  account: number
  /** The account's name, tag of the user's first link to it; further ones have `-2` and so on behind it, but none of `taken`. */
  tag: string
  taken: readonly string[]
  identity: string
  /** Another user may be the same person. */
  shared: boolean
  /** So many people one user may be on one account. */
  most: number
  /** What the user is told in the chat with the gateway. */
  notice: NewRow<InOp>
  now: number
}

export type Proof =
  /** `known`: the user had proven it before. `row`: the notice, in the lane of `conversation`. */
  | { outcome: "linked" | "known"; link: Link; conversation: Conversation; row: OutboxRow<InOp> }
  /** Used up or expired meanwhile. */
  | { outcome: "void" }
  /** Somebody else is that person; or this user is too many. The ticket stays as it was. */
  | { outcome: "taken" }
  | { outcome: "many" }

/** What a proven person may do in a room, as the network last said. */
export interface Granted {
  link: number
  room: number
  role: Role
  maySend: boolean
  /** Epoch ms. */
  at: number
}

export interface IdentityStore {
  // ---- store/tickets.ts
  putTicket(ticket: NewTicket): Promise<void>
  /** The first of these that is good now. */
  findTicket(hashes: readonly string[], now: number): Promise<StoredTicket | undefined>
  /** Uses up one use. False: there was none left. */
  takeTicket(hash: string, now: number): Promise<boolean>
  /** All that are open of this user; `kind` and `network` narrow it. */
  revokeTickets(of: { user: BareJid; kind?: TicketKind; network?: string }): Promise<void>
  /** Deletes up to `limit` of what is expired, used up, or left of users who never came in; resolves how many. */
  pruneTickets(now: number, limit: number): Promise<number>
  /** The link, the notice and the ticket's use, in one. */
  proveIdentity(proof: NewProof): Promise<Proof>
  // ---- store/access.ts
  /** What is known of all rooms of the network, of those who may be there. */
  loadAccess(network: string): Promise<Granted[]>
  /** Of who may not be there nothing is kept. */
  putAccess(granted: Granted): Promise<void>
  /** Who said the message of this room that the network calls so: a full JID of ours, or a foreign id. Undefined: nobody we know. `copyOf`: it repeats what was said in this other room, by whom; then `sender` is «». */
  authorOf(
    room: number,
    legacyId: string,
  ): Promise<{ sender: string; nick: string | null; copyOf?: { room: number; sender: string } } | undefined>
}
