// The clock and its timers, replaceable in tests.

export interface Clock {
  /** Runs once after `ms`. The handle is for `clear`. */
  set(run: () => void, ms: number): unknown
  clear(timer: unknown): void
  /** Epoch ms. */
  now(): number
}

export const clock: Clock = {
  set: (run, ms) => setTimeout(run, ms).unref(),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
  now: () => Date.now(),
}
