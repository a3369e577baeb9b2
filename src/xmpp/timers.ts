// The clock and the timers of the link, replaceable in tests.

export interface Timers {
  /** Runs once after `ms`. The handle is for `clear`. */
  set(run: () => void, ms: number): unknown
  clear(timer: unknown): void
  /** Milliseconds of a clock that never goes back. */
  now(): number
}

export const nodeTimers: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
  now: () => performance.now(),
}
