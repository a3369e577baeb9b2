// Back-pressure towards the server: when too many messages wait for their commit, nothing more is read.
import type { Link } from "../types.js"

/** So many may wait; reading goes on at half of it. */
const highWater = 500

export class Pressure {
  #pending = 0
  #paused = false

  constructor(private readonly link: Link) {}

  /** Counts until the work has ended, whichever way. */
  while(work: Promise<unknown>): void {
    this.#pending += 1
    if (!this.#paused && this.#pending >= highWater) {
      this.#paused = true
      this.link.pause()
    }
    const settled = (): void => {
      this.#pending -= 1
      if (this.#paused && this.#pending <= highWater / 2) {
        this.#paused = false
        this.link.resume()
      }
    }
    work.then(settled, settled)
  }
}
