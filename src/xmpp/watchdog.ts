// Notices a half-open connection: after 30 s of silence it asks twice, 10 s each, then calls the connection dead.
import type { Timers } from "./timers.js"

export interface WatchdogOptions {
  timers: Timers
  /** When something was last heard, by `timers.now()`. */
  heard(): number
  /** Provokes an answer. */
  ask(): void
  dead(silentMs: number): void
  /** Nothing can be heard because we do not listen. */
  deaf(): boolean
  silentMs?: number
  answerMs?: number
}

const TRIES = 2

export class Watchdog {
  private timer: unknown
  private asked = 0
  private askedAt = 0

  constructor(private readonly options: WatchdogOptions) {}

  start(): void {
    this.stop()
    this.asked = 0
    this.arm(this.options.silentMs ?? 30_000)
  }

  stop(): void {
    if (this.timer !== undefined) this.options.timers.clear(this.timer)
    this.timer = undefined
  }

  private arm(ms: number): void {
    this.timer = this.options.timers.set(() => this.look(), ms)
  }

  private look(): void {
    const { timers, heard, ask, dead, deaf, silentMs = 30_000, answerMs = 10_000 } = this.options
    const quiet = timers.now() - heard()
    if (deaf() || (this.asked > 0 ? heard() >= this.askedAt : quiet < silentMs)) {
      this.asked = 0
      this.arm(deaf() ? silentMs : Math.max(1, silentMs - quiet))
    } else if (this.asked < TRIES) {
      this.asked += 1
      this.askedAt = timers.now()
      ask()
      this.arm(answerMs)
    } else {
      dead(quiet)
    }
  }
}
