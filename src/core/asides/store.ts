// What reactions, markers and choices need of the store, one function a transaction; part of the `Store` port (store.ts).
import type { BareJid, InOp, OutboxRow, OutOp } from "../model.js"
import type { Page } from "../content.js"
import type { Met, NewParticipant } from "../rooms/store.js"

/** As the network told it, in words. `actor`: legacy id. */
export type ReactionStep =
  | { actor: string; set: string[] }
  | { actor: string; add?: string; remove?: string }
  /** Without persons. */
  | { counts: { emoji: string; count: number }[] }
  /** All of everybody, or of this emoji. */
  | { cleared: true; emoji?: string }

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
  /** Other legs of the room's bridge, where it is to be told as well. */
  copies?: readonly number[]
}

/** What is to become of the line that sums up what users of ours think of a message. */
export interface LineRefresh {
  room: number
  message: string
  /** Ids of the row, and of the line itself if it is new. */
  row: string
  line: string
  now: number
  /** Whether there is to be one; `native`: what the account shows by itself, so that a line may be needless. False: none any more. */
  wanted: false | "always" | { native: { max?: number; allowed?: readonly string[] } }
  /** The network can point to the message; else it is quoted. */
  points: boolean
  /** How long a line can be taken back, in ms; null: not at all. */
  retractMs: number | null
}

/** A line that is not as it should be. `at`: when it was last changed, epoch ms. */
export interface StaleLine {
  message: string
  room: number
  at: number
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
  // ---- store/reaction-lines.ts
  /** Of one room, or of all; oldest message first. */
  staleLines(room: number | null, limit: number): Promise<StaleLine[]>
  /** Queues what makes the line as it should be. Null: it is, or something of it is still under way, and it stays stale. */
  refreshLine(refresh: LineRefresh): Promise<OutboxRow<OutOp> | null>
  // ---- store/previews.ts
  /** Pages that a message names, found after it was said. Null: there is no such message of other people, or clients know of them. */
  acceptPreviews(told: {
    where: NewReactions["where"]
    legacyId: string
    pages: Page[]
    /** Epoch ms. */
    at: number
    /** Of the row; of several the ids come right behind it. */
    row: string
  }): Promise<{ conversation: number; row: OutboxRow<InOp> } | null>
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
