// What the rest of the core needs of bridges, and they of one network. Types, and the absence of all bridges.
import type { Adapter, Capabilities } from "../../adapter/contract.js"
import type { Commitment } from "../commitment.js"
import type { Picture } from "../faces/picture.js"
import type { ReactionMeans } from "../asides/means.js"
import type { Registry } from "../rooms/registry.js"
import type { RoomRow } from "../rooms/model.js"
import type { Sender } from "../sender.js"
import type { Turnstile } from "../turnstile.js"

/** Of which utterance of another leg an operation is the copy. */
export interface CopyOf {
  /** Conversation, and stanza id there. */
  from: number
  of: string
  /** Who said it: a legacy id, or a user of ours. */
  person?: { contact: string } | { user: string }
  /** Nobody is to be called by it. */
  mute?: true
}

/** How rooms tell bridges what is said in them. Nothing is awaited, nothing throws. */
export interface Bridging {
  /** The other legs of this conversation's bridge; undefined: it is in none. One look into a Map. */
  others(conversation: number): readonly number[] | undefined
  /** When this conversation became a leg, epoch ms; undefined: it is none. */
  since(conversation: number): number | undefined
  /** Something was committed for these legs, or what they waited for is there. */
  poke(legs: readonly number[] | undefined): void
  /** Somebody came to a room, or went. */
  moved(conversation: number, nick: string, how: "joined" | "left"): void
  /** Somebody was banned from a room; a legacy id. */
  banned(conversation: number, person: string): void
  /** A copy could not be sent in this conversation; `why` is a sentence. */
  refused(conversation: number, copy: CopyOf, why: string): void
  /** The address of the picture of who speaks; undefined: they have none that a network could fetch. */
  pictureOf(copy: CopyOf): Promise<string | undefined>
  /** The room `gone` is now part of `into`, or is no more. */
  changed(gone: number, into?: number): void
}

export const unbridged: Bridging = {
  others: () => undefined,
  since: () => undefined,
  poke: () => undefined,
  moved: () => undefined,
  banned: () => undefined,
  refused: () => undefined,
  pictureOf: () => Promise.resolve(undefined),
  changed: () => undefined,
}

/** One network, as bridges use it. */
export interface Peer {
  /** Id and name of the network. */
  network: string
  name: string
  adapter: Pick<Adapter<never, never, Capabilities>, "length" | "capabilities">
  registry: Pick<Registry, "byId" | "conversation">
  commitment: Commitment
  sender: Pick<Sender, "concerns" | "takings">
  /** Of what is said in rooms, by id of the conversation. */
  order: Turnstile
  reactionMeans(room: RoomRow): ReactionMeans
  /** Of a foreign person, or a user of ours; for other networks. */
  picture(room: RoomRow, person: NonNullable<CopyOf["person"]>): Promise<Picture | undefined>
  publish?(picture: Picture): string
}
