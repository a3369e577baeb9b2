// What consent needs of the store, one function a transaction; part of the `Store` port (../store.ts).
import type { BareJid, Consent, Conversation, InOp, OutboxRow, OutOp, RosterEntry } from "../model.js"
import type { NewContact, NewRow } from "../store.js"

/** What a user of an account and one foreign person are to each other. Times are epoch ms. */
export interface Tie {
  link: number
  /** What the user allows. */
  consent: Consent
  /** The person wants nothing from the user. */
  refused: boolean
  /** When the person last chose this user; 0: never; -1: whoever they had chosen is gone. */
  pickedAt: number
}

/** All of it happens, or nothing. */
export interface ConsentChange {
  link: number
  legacyId: string
  /** To be inserted or updated; null: as it is known. */
  contact: NewContact | null
  /** Only if it is one of these now («none»: also who is not in the list). */
  if?: readonly Consent[]
  /** «was»: what it was before it was blocked. */
  to: Consent | "was"
  /** Absent: stays. */
  refused?: boolean
  /** The person means this user from now on; not if something of theirs waits until they have said whom they mean. */
  pickedAt?: number
  /** Only who has not asked, or was not turned away, since then; from now on they have. */
  notAskedSince?: number
  /** Turned away: they may not ask at once again. */
  turnedAway?: true
  /** The subscription begins anew: nothing was offered, nobody sees anybody. */
  anew?: true
  /** Hash of a one-time code that is used up with it. */
  ticket?: string
  /** What the person is told, in the lane of their talk with the user. */
  there?: NewRow<OutOp>
  /** What the user is told, in the lane of their talk with the gateway. */
  here?: NewRow<InOp>
  now: number
}

export type ConsentChanged =
  | {
      outcome: "changed"
      before: Consent
      entry: RosterEntry
      there?: { conversation: Conversation; row: OutboxRow<OutOp> }
      here?: { conversation: Conversation; row: OutboxRow<InOp> }
    }
  /** It is none of `if`, or they have asked already. */
  | { outcome: "unchanged" }
  /** The code is used up or has expired. */
  | { outcome: "void" }

/** An event that waits for the person to say whom they mean; as JSON. */
export interface Held {
  id: string
  event: string
  /** When it came, epoch ms. */
  at: number
}

export interface OpenTicket {
  hash: string
  subject: string
  uses: number
  /** Epoch ms. */
  expiresAt: number
}

export interface ConsentStore {
  // ---- store/consent.ts
  /** Of this person with all users of the account, in order of their links. */
  ties(account: number, legacyId: string): Promise<Tie[]>
  /** Link of the direct conversation of this account with this person that has this message; undefined: none. */
  linkOfMessage(of: { account: number; legacyUser: string; legacyId: string }): Promise<number | undefined>
  /** Everybody who is blocked on this network. */
  blockedContacts(network: string): Promise<{ link: number; legacyId: string }[]>
  /** Those who have asked this link's user. */
  requests(link: number): Promise<RosterEntry[]>
  /** Everybody with whom users of shared accounts of this network have to do. */
  peopleOfGuests(network: string): Promise<{ account: number; legacyId: string }[]>
  changeConsent(change: ConsentChange): Promise<ConsentChanged>
  /** The person chooses this user. False: they are no longer tied. */
  pick(of: { link: number; legacyId: string; at: number }): Promise<boolean>
  // ---- store/held.ts
  /** «full»: as many as `most` wait already. «known»: this one does. */
  hold(held: Held & { account: number; legacyUser: string; legacyId: string; most: number }): Promise<"held" | "known" | "full">
  /** In the order they came. */
  heldOf(account: number, legacyUser: string): Promise<Held[]>
  /** Whose events wait. */
  heldPeople(account: number): Promise<string[]>
  /** A held message is another now, or (null) was taken back. False: it does not wait. */
  changeHeld(of: { account: number; legacyUser: string; legacyId: string; event: string | null }): Promise<boolean>
  heldMessage(of: { account: number; legacyUser: string; legacyId: string }): Promise<Held | undefined>
  dropHeld(ids: readonly string[]): Promise<void>
  // ---- store/tickets.ts
  /** Open codes of this kind of a user, the one that expires first first. */
  openTickets(of: { user: BareJid; kind: string; network: string; now: number }): Promise<OpenTicket[]>
  /** False: there is no such code of theirs. */
  dropTicket(user: BareJid, hash: string): Promise<boolean>
}
