// A session of the gateway: what was dispatched to it, by number, for as long as it can be resumed.
import { randomBytes } from "node:crypto"
import type { GatewayBot } from "./ground.js"

export interface Payload {
  op: number
  d: unknown
  s: number | null
  t: string | null
  /** A test let it loose: not checked, and what the client makes of it is the test's question. */
  wild?: boolean
}

/** Where a session's payloads go as long as somebody listens. */
export interface Listener {
  send(payload: Payload): void
}

export class Session {
  readonly id = randomBytes(16).toString("hex")
  /** Sequence of the last dispatch. */
  last = 0
  listener: Listener | undefined
  /** Epoch ms since when nobody listens. */
  since: number | undefined
  #kept: Payload[] = []

  constructor(
    readonly bot: GatewayBot,
    readonly intents: number,
    /** So many events are kept for a resume. */
    private readonly keep: number,
  ) {}

  dispatch(t: string, d: unknown, wild = false): void {
    // As it is now: the world goes on changing its objects.
    const payload = { op: 0, d: structuredClone(d), s: ++this.last, t, wild }
    this.#kept.push(payload)
    if (this.#kept.length > this.keep) this.#kept.shift()
    this.listener?.send(payload)
  }

  /** Everything after this number, in order. Undefined: some of it is no longer kept. */
  after(sequence: number): Payload[] | undefined {
    const missed = this.#kept.filter(({ s }) => s !== null && s > sequence)
    if (missed.length !== this.last - sequence) return undefined
    // An earlier resume's end is not what was missed.
    return missed.filter(({ t }) => t !== "RESUMED")
  }
}
