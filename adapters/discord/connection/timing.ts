// How long the gateway connection waits for what, in milliseconds.
export interface Timing {
  /** Not up (again) for so long: the core is told, and tries anew. */
  giveUp: number
  /** RESUME without a sign that it was accepted. */
  resume: number
  /** Gateway, Resuming: before the next try after an invalid session, at random between the two. */
  invalid: readonly [least: number, most: number]
  /** Between two IDENTIFY of one bucket (Gateway, Session Start Limit). */
  identify: number
  /** First wait after a fault; it doubles. */
  firstWait: number
  mostWait: number
  /** Up for so long, a connection was a good one: the next fault counts as the first. */
  good: number
  /** For the servers that READY announced. */
  announced: number
  /** For the world by REST, after a resume. */
  load: number
}

export const usual: Timing = {
  giveUp: 60_000,
  resume: 20_000,
  invalid: [1000, 5000],
  identify: 5000,
  firstWait: 250,
  mostWait: 10_000,
  good: 10_000,
  announced: 10_000,
  load: 30_000,
}
