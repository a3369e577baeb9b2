// A clock that stands still until the test moves it: time-outs of minutes without waiting.
import type { Timers } from "#src/xmpp/timers.js"

interface Due {
  at: number
  run: () => void
}

export class ManualTimers implements Timers {
  private time = 0
  private readonly due = new Set<Due>()

  set(run: () => void, ms: number): unknown {
    const due = { at: this.time + ms, run }
    this.due.add(due)
    return due
  }

  clear(timer: unknown): void {
    this.due.delete(timer as Due)
  }

  now(): number {
    return this.time
  }

  /** Waits still to come, in ms from now, shortest first. */
  get pending(): number[] {
    return [...this.due].map((due) => due.at - this.time).sort((a, b) => a - b)
  }

  /** Runs what falls due, in order, timers set on the way included. */
  advance(ms: number): void {
    const until = this.time + ms
    for (;;) {
      const next = [...this.due].filter((due) => due.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.due.delete(next)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = until
  }
}
