// What bridges need of the store, one function a transaction; part of the `Store` port (../store.ts).
import type { RoomMessage } from "../rooms/store.js"
import type { RoomOp, Voice } from "../rooms/model.js"
import type { Bridge, BridgeOptions, LegOptions } from "./model.js"

/** One leg that agreed to be part of a bridge. */
export interface NewLeg {
  conversation: number
  options?: LegOptions
  consentBy: string
  now: number
}

/** What stands in a leg for what was said, or thought, in another: the original, or a copy of ours. */
export interface Counterpart extends RoomMessage {
  /** Id by which clients know it. */
  stanza: string
  /** It is a copy; else it was said here. */
  isCopy: boolean
  /** Who said it, as this room saw them. */
  by: Voice | null
}

/** What is to be told in a leg next. */
export interface NextCopy {
  /** Id of its row. */
  row: string
  /** Conversation where it was said; for a notice of the gateway's own the leg itself. */
  from: number
  /** Null: it is not there any more. */
  op: RoomOp | null
  /** Stanza id of what it is about: itself, or what it corrects, takes back or reacts to. */
  about: string
  /** What stands for that here, oldest first: a correction may have become a further message. */
  targets: Counterpart[]
  /** What stands here for what it answers. */
  reply: Counterpart | null
  /** Who says it: legacy id, or a user of ours. */
  person: { contact: string } | { user: string } | null
}

export interface BridgeStore {
  // ---- store/bridges.ts
  loadBridges(): Promise<Bridge[]>
  /** Also without legs, which may follow. A conversation is a leg of one bridge at most: `taken`. */
  makeBridge(bridge: { name: string; options?: BridgeOptions; origin: string; now: number; legs: NewLeg[] }): Promise<Bridge | "taken">
  /** `taken`: it is a leg already. Undefined: there is no such bridge, or no such room. */
  addLeg(bridge: number, leg: NewLeg): Promise<Bridge | "taken" | undefined>
  /** What still was to be told there is not any more. Resolves the bridge without it, or undefined: it was none. */
  removeLeg(conversation: number): Promise<Bridge | undefined>
  removeBridge(bridge: number): Promise<void>
  /** Absent fields stay as they are. */
  changeBridge(bridge: number, change: { name?: string; options?: BridgeOptions }): Promise<Bridge | undefined>
  changeLeg(conversation: number, options: LegOptions): Promise<Bridge | undefined>
  // ---- store/copies.ts
  /** The first of a leg; undefined: nothing. */
  nextCopy(conversation: number): Promise<NextCopy | undefined>
  /** It is not told. */
  dropCopy(row: string): Promise<void>
  /** Tells something in these legs that nobody said. `about`: stanza id of what it answers there. */
  tellLegs(legs: readonly { conversation: number; row: string }[], op: Extract<RoomOp, { k: "said" }>): Promise<void>
  /** Legs where something waits. */
  legsWithCopies(): Promise<number[]>
}
