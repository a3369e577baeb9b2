// What lanes and their scheduler know of each other.
import type { Said } from "./words/words.js"
import type { Body, Capabilities, FileInfo } from "../adapter/contract.js"
import type { AnySession } from "../adapter/define.js"
import type { Bridging } from "./bridges/ports.js"
import type { Clock } from "./clock.js"
import type { Delivery } from "./delivery.js"
import type { PictureAddress } from "./faces/address.js"
import type { IdMint } from "./ids.js"
import type { Log } from "./log.js"
import type { Media } from "./files/media.js"
import type { Conversation } from "./model.js"
import type { Registry } from "./rooms/registry.js"
import type { Store } from "./store.js"
import type { Formatting } from "./styling/read.js"
import type { Takes, Takings } from "./files/takings.js"

export interface SenderParts {
  store: Store
  ids: IdMint
  delivery: Pick<Delivery, "add">
  registry: Pick<Registry, "byId">
  log: Log
  /** Name of the network, for sentences. */
  network: string
  /** "own": but for what is said as somebody. */
  idempotent: boolean | "own"
  formatting: Formatting
  /** What the account may think of a message. */
  react?: Capabilities["react"]
  /** What was said in direct chats can be asked for later. */
  keepsDirect: boolean
  /** In a measure of the network's own (`Adapter.length`), for what is added to a text at the last moment. */
  fits(body: Pick<Body<FileInfo>, "text" | "spans" | "files">): boolean
  media?: Media
  /** Of files, in this conversation; null: none. */
  takes(conversation: Conversation): Takes
  bridges?: Bridging
  /** Where the network finds the picture of who speaks. */
  pictureOf?: PictureAddress
  session(account: number): { session: AnySession; signal: AbortSignal } | undefined
  /** Whether the account is connected, and if not a sentence why. */
  state(account: number): { up: boolean; text: Said }
  loggedOut(account: number, text: string): void
  /** What users of ours think of something in this conversation may have changed, or the line that sums it up. */
  reacted?(conversation: number): void
  clock?: Clock
}

/** What an account's lanes share. */
export interface Turns {
  account: number
  running: number
  ready: Set<Runnable>
  /** The same of calls with files: they have a number of their own, and let the others by. */
  showing: number
  readyToShow: Set<Runnable>
  blockedUntil: number
  /** Counts successes: a row that fails while others succeed is poison. */
  successes: number
  timer?: NodeJS.Timeout | undefined
}

/** A lane, to who gives it its turns. */
export interface Runnable {
  readonly conversation: Conversation
  /** What is next has files. */
  readonly shows: boolean
  /** One call with all that follows from it. Never rejects. */
  step(): Promise<void>
  /** Asks for another turn if there is something to do. */
  ready(): void
}

/** A room's lane, to who keeps an eye on what waits there. */
export interface Waiting {
  readonly conversation: Conversation
  /** Id of the first row in memory; undefined: rows wait on disk, if any do. */
  readonly first: string | undefined
  /** Nothing waits. */
  readonly idle: boolean
  /** The row of this id still waits: neither done nor being given up. */
  awaits(row: string): boolean
}

/** Who gives turns, to a lane. */
export interface Scheduler {
  readonly parts: SenderParts
  readonly takings: Takings
  readonly stopped: boolean
  pump(turns: Turns): void
  forgetLane(lane: Runnable): void
  /** Something was said in a room, or was found there at start-up; the network may not answer in time. */
  watch(lane: Waiting): void
  /** The network took something that was said in the room. */
  answered(room: number): void
}
