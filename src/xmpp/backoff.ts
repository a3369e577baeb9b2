// How long to wait before the next connection: doubling with full jitter, and no memory loss by a server that accepts and kills.
import type { Timers } from "./timers.js"

export interface BackoffOptions {
  random: () => number
  timers: Pick<Timers, "now">
  /** Ceiling of the first wait, ms. */
  firstMs?: number
  /** Highest ceiling, ms. */
  mostMs?: number
  /** A stream up for that long was a good one: the next outage starts anew. */
  stableMs?: number
}

/** No wait is shorter, whatever the dice say. */
const LEAST_MS = 100
/** For faults that only a person or another process can mend: `conflict`, `not-authorized`, `host-unknown`. */
const SLOW_MS = 30_000

export class Backoff {
  private failures = 0
  private upSince: number | undefined

  constructor(private readonly options: BackoffOptions) {}

  up(): void {
    this.upSince = this.options.timers.now()
  }

  /** The wait in ms. `slow`: 30 to 60 s, so that two processes with one domain never fight. */
  next(slow = false): number {
    const { random, timers, firstMs = 1000, mostMs = 60_000, stableMs = 30_000 } = this.options
    if (this.upSince !== undefined && timers.now() - this.upSince >= stableMs) this.failures = 0
    this.upSince = undefined
    if (slow) return Math.round(SLOW_MS * (1 + random()))
    const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(this.failures, 30))
    this.failures += 1
    return Math.max(LEAST_MS, Math.round(ceiling * random()))
  }
}
