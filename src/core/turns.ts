// What lanes and their scheduler know of each other.
import type { Registry } from "./rooms/registry.js"
import type { AnySession } from "../adapter/define.js"
import type { Store } from "./store.js"
import type { Delivery } from "./delivery.js"
import type { IdMint } from "./ids.js"
import type { Log } from "./log.js"
import type { Conversation } from "./model.js"

export interface SenderParts {
  registry: Registry
  store: Store
  ids: IdMint
  delivery: Delivery
  log: Log
  /** Name of the network, for sentences. */
  network: string
  idempotent: boolean
  session(account: number): { session: AnySession; signal: AbortSignal } | undefined
  loggedOut(account: number, text: string): void
}

/** What an account's lanes share. */
export interface Turns {
  account: number
  running: number
  ready: Set<Runnable>
  blockedUntil: number
  /** Counts successes: a row that fails while others succeed is poison. */
  successes: number
  timer?: NodeJS.Timeout | undefined
}

/** A lane, to who gives it its turns. */
export interface Runnable {
  readonly conversation: Conversation
  /** One call with all that follows from it. Never rejects. */
  step(): Promise<void>
  /** Asks for another turn if there is something to do. */
  ready(): void
}

/** Who gives turns, to a lane. */
export interface Scheduler {
  readonly parts: SenderParts
  readonly stopped: boolean
  pump(turns: Turns): void
  forgetLane(lane: Runnable): void
}
