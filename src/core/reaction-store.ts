// What reactions, markers and choices need of the store, one function a transaction; part of the `Store` port (store.ts).
import type { BareJid, InOp, OutboxRow } from "./model.js"
import type { Met, NewParticipant } from "./rooms/store.js"

/** As the network told it, in words. `actor`: legacy id. */
export type ReactionStep =
  | { actor: string; set: string[] }
  | { actor: string; add?: string; remove?: string }
  /** Without persons. */
  | { counts: { emoji: string; count: number }[] }

export interface NewReactions {
  /** A direct chat by its person, or a room. */
  where: { link: number; legacyUser: string } | { room: number }
  /** Legacy id of the message. */
  legacyId: string
  step: ReactionStep
  /** In a room: who reacts; null: nobody in particular. */
  by: NewParticipant | null
  /** By the account itself: what it just did for users of ours is no news. */
  own: boolean
  now: number
  /** Ids of the row and of its stanza. */
  row: string
  stanza: string
  /** Goes before the archive, and no row is queued. */
  older?: boolean
}

/** What a message offers to choose from. */
export interface Offered {
  as: "poll" | "buttons"
  /** The question, shortened. */
  text: string
  options: { id: string; text: string; url?: string }[]
  multiple?: boolean
  closed?: boolean
}

export interface ReactionStore {
  // ---- store/reactions.ts
  /** `known`: there is such a message. `row` null: nothing is new. */
  acceptReactions(told: NewReactions): Promise<{ known: boolean; conversation: number; row: OutboxRow<InOp> | null; met: Met | null }>
  /** What users of ours other than this one think of a message, newest first. */
  ourReactions(message: string, except: BareJid): Promise<string[]>
  // ---- store/markers.ts
  /** Somebody has got, or read, all up to this message. `row` null: it is about nothing that the user's clients know. The store fills in `target`. */
  acceptMarker(told: {
    link: number
    legacyUser: string
    legacyId: string
    row: { id: string; op: Extract<InOp, { k: "marker" }> }
  }): Promise<{ known: boolean; conversation: number; row: OutboxRow<InOp> | null }>
  // ---- store/choices.ts
  /** What a message of the network offers from now on; null: nothing any more. Of a message that is unknown nothing is kept. */
  offer(offer: { where: NewReactions["where"]; legacyId: string; offered: Offered | null }): Promise<void>
  /** Newest first; without those that are closed. */
  offered(where: NewReactions["where"], limit: number): Promise<({ message: string } & Offered)[]>
  /** Undefined: it offers nothing, or nothing any more. */
  offeredBy(where: NewReactions["where"], message: string): Promise<Offered | undefined>
}
