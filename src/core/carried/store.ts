// What carried logins need of the store, one function a transaction; part of the `Store` port (../store.ts).
import type { Account, BareJid, Conversation, InOp, Link, OutboxRow } from "../model.js"
import type { NewRow } from "../store.js"

/** A login that an account carries is so from now on. */
export interface LoginChange {
  network: string
  carrier: number
  /** The account's stable name (names.ts). */
  name: string
  /** What the network calls it now; null: it is not connected. */
  login: string | null
  maySend: boolean
  /** Whose it is, where that was shown: they are tied to it, if nobody is. */
  user: BareJid | null
  /** Names that the user's link to it cannot have. */
  taken: readonly string[]
  /** Hash of the one-time code by which it was shown; used up with it. */
  ticket?: string
  /** What its user is told in their talk with the gateway, if it has one then. */
  notice: NewRow<InOp> | null
  now: number
}

export type LoginChanged =
  | {
      outcome: "changed"
      account: Account
      /** Nobody had heard of it. */
      isNew: boolean
      link: Link | null
      /** `link` is new. */
      tied: boolean
      told?: { conversation: Conversation; row: OutboxRow<InOp> }
    }
  /** The carrier is gone. */
  | { outcome: "gone" }
  /** The code is used up or has expired; nothing has happened. */
  | { outcome: "void" }
  /** Somebody else is tied to it; nothing has happened. */
  | { outcome: "taken" }

export interface CarriedStore {
  // ---- store/carried.ts
  putLogin(change: LoginChange): Promise<LoginChanged>
  /** When the people of this account's direct chats last said something, as far as that is later than `since` (epoch ms); the newest of so many. */
  lastHeard(account: number, since: number, limit: number): Promise<{ legacyId: string; at: number }[]>
}
