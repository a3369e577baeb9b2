// The nouns of the core: users, accounts, links, contacts, conversations (docs/adr/0001). Those of rooms: rooms/model.ts.
import type { CopyOf } from "./bridges/ports.js"
import type { Marked, Page, Rich } from "./content.js"
import type { AvatarState } from "./faces/picture.js"
import type { RoomOp } from "./rooms/model.js"
import type { Words } from "./words/words.js"

declare const brand: unique symbol
/** `local@domain`, as the server normalised it. */
export type BareJid = string & { readonly [brand]: "bare" }
/** A bare or full JID as a stanza's `from` carries it. */
export type FullJid = string & { readonly [brand]: "full" }

/** `active`: may connect. `logged-out`: the network refused the credential. `conflict`: another process uses it. */
export type AccountState = "active" | "logged-out" | "conflict"

/** One login on a network. `sealed` is the adapter's secret, encrypted (store/seal.ts). */
export interface Account {
  id: number
  network: string
  legacyId: string
  sealed: Uint8Array | null
  state: AccountState
  reason: string | null
  /** Name in the configuration («» for an account that a user registered): the tag of all its links. */
  tag: string
  /** The account whose session carries this login (carried/**); absent or null: it has a session of its own. */
  carrier?: number | null
  /** What the network calls a carried login now; null: it is not connected. */
  login?: string | null
  /** Of a carried login: its owner lets us answer. */
  maySend?: boolean
}

/** A user's tie to an account. `tag` is empty for the user's first link on a network. */
export interface Link {
  id: number
  userId: number
  jid: BareJid
  accountId: number
  network: string
  tag: string
  role: "owner" | "guest"
  /** Since when, epoch ms. */
  since?: number
  /** Legacy id of the foreign person that the user has proven to be; null of an owner, and of a guest whom the configuration lets in. */
  identity?: string | null
}

/** Ties that users have made themselves: who is a guest by the configuration alone has registered nothing. */
export function isRegistered({ role, identity }: Pick<Link, "role" | "identity">): boolean {
  return role === "owner" || typeof identity === "string"
}

/** A foreign person, one row per network. */
export interface ContactRow {
  id: number
  legacyId: string
  name: string | null
  username: string | null
  kind: "person" | "bot" | "room" | "webhook"
  profile: Record<string, string>
  /** Absent: the network told nothing of it. */
  avatar?: AvatarState
}

/** `asked`: we sent a subscription request. The others as in the user's roster (RFC 6121 §2.1.2.5). */
export type Subscription = "none" | "asked" | "to" | "from" | "both"

/**
 * Whether user and contact write to each other. `asked`: the contact would like to; `none`: they do not (any more); `blocked`: the user wants
 * nothing from the contact. An account of one's own is for whoever writes to it: «both».
 */
export type Consent = "none" | "asked" | "both" | "blocked"

/** What a link calls and allows a contact. */
export interface RosterEntry {
  contact: ContactRow
  consent: Consent
  subscription: Subscription
  name: string | null
}

/** Rooms are all but `direct`; a `container` (a forum, a guild) holds other rooms and has no talk of its own. */
export type ConversationKind = "direct" | "group" | "channel" | "topic" | "container"

/** One flow with one order. Direct ones have a link; of them `legacyId` «» is the gateway's own talk with the user. */
export interface Conversation {
  id: number
  accountId: number
  linkId: number | null
  legacyId: string
  kind: ConversationKind
}

export type OutboxState = "queued" | "sending" | "dead"

/**
 * One durable effect, in a lane: `in:<conversation>` towards XMPP, `out:<conversation>` towards the network, or `late:<conversation>`: for
 * its file no lane waits (any more), it goes behind all that is in `in:` when the file is there; what is in the archive already stays there.
 */
export interface OutboxRow<Op = InOp | OutOp> {
  /** Ours (core/ids.ts); time-ordered: rows of a lane go in order of id. */
  id: string
  lane: string
  messageId: string | null
  op: Op
  state: OutboxState
  attempts: number
  /** Epoch ms of the last attempt. */
  attemptedAt: number | null
  /** Epoch ms before which it is not tried. */
  due: number
  error: string | null
  /** Other stanzas of the same message, committed with this one, in order: they go before it. Not stored here, each has its row. */
  before?: OutboxRow<Op>[]
}

/** A stanza error as data (RFC 6120 §8.3). `text` is for people, in English; `said` is the same for all languages. */
export interface Refused {
  type: "auth" | "cancel" | "modify" | "wait"
  condition: string
  text: string
  said?: Words
}

/** Towards XMPP. Ids are stanza ids; times epoch ms. No JID of our own domain is stored. */
export type InOp = DirectOp | RoomOp

/** What is answered in a direct chat: `id` as the user's clients know it. `own`: the user had said it. */
export interface DirectReply {
  id: string
  own: boolean
  text?: string
}

/** It is the user who says it, elsewhere on the network. Of what changes or takes back something: where that was said, on the network too or in XMPP. */
export type Own = "there" | "here"

export type DirectOp =
  | { k: "message"; id: string; text: string; at: number; nick?: string; rich?: Rich; reply?: DirectReply; own?: Own }
  | { k: "edit"; id: string; target: string; text: string; at: number; rich?: Rich; own?: Own }
  /** All that this person thinks of it now (XEP-0444). */
  | { k: "reactions"; id: string; target: string; emoji: string[]; at: number }
  /** A page that the message names, found after it was said (XEP-0422 around XEP-0511). */
  | { k: "preview"; id: string; target: string; page: Page; at: number }
  /** XEP-0333, XEP-0184: how far this person has got. */
  | { k: "marker"; id: string; target: string; what: "received" | "displayed"; at: number }
  | { k: "retract"; id: string; target: string; at: number; own?: Own }
  | { k: "receipt"; id: string; of: string; to: FullJid }
  | { k: "error"; id: string; of: string; to: FullJid; error: Refused; excerpt: string }

/** Which utterance an operation carries out, and whom to tell. `last`: with this one the utterance is done. */
export interface Origin {
  /** Message id of the utterance; for an edit not the message it edits. */
  action: string
  /** Stanza id («» if it had none) and full JID of who said it. */
  of: string
  to: FullJid
  last: boolean
  /** A receipt (XEP-0184) is due when it is done. */
  receipt: boolean
  /** Of a room's utterance, with `last`: what all who are there then see, if they have not seen it yet. */
  reflect?: RoomOp
  /** It repeats what was said elsewhere: nobody here is told what becomes of it. */
  copy?: CopyOf
  /** It is the gateway's own word to the person: nobody is told what becomes of it. */
  quiet?: true
  /** It is nobody's utterance, but the line that sums up what users of ours think of this message: nobody is told what becomes of it. */
  sums?: string
}

/** Who says it, where the network lets an account speak as others. `id`: occupant id. `own`: the account is theirs alone. */
export interface Voiced {
  id: string
  name: string
  own?: boolean
}

/** Reactions are told by a line of the account's, too, or by that alone (reaction-lines.ts). */
export type LineUse = "also" | "only"

/** Towards the network: one operation is one call. `message` and `ordinal` name the part it makes or changes. */
export type OutOp =
  /** `text` as the user typed it: it is converted when the call is made. `reply`: message id of what is answered. */
  | {
      k: "send"
      message: string
      ordinal: number
      text: string
      origin: Origin
      reply?: string
      as?: Voiced
      marked?: Marked
      /** Nobody's telephone is to ring for it. */
      silent?: boolean
    }
  | { k: "edit"; message: string; ordinal: number; text: string; origin: Origin; as?: Voiced; marked?: Marked }
  /** All that this user thinks of it now. */
  | { k: "react"; message: string; ordinal: number; emoji: string[]; origin: Origin; as?: Voiced; line?: LineUse }
  /** Chooses of what the message offers (a poll, buttons), by the ids of its options. */
  | { k: "interact"; message: string; ordinal: number; choose: string[]; origin: Origin; as?: Voiced }
  /** `whole`: with this one all of the message is taken back. */
  | { k: "retract"; message: string; ordinal: number; origin: Origin; whole?: boolean; as?: Voiced }
  /** No call: an edit that was folded into rows before this one is done when they are. */
  | { k: "settle"; message: string; ordinal: number; origin: Origin }
