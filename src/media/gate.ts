// So many at once, the others in the order they came.
import { AdapterError } from "../adapter/errors.js"

export class Gate {
  #inside = 0
  readonly #waiting = new Set<() => void>()

  /** More than `most` may not wait: whoever is turned away comes again. */
  constructor(
    private readonly places: number,
    private readonly most = 10_000,
  ) {}

  get inside(): number {
    return this.#inside
  }

  /** Rejects when `signal` ends the wait. */
  async enter<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    // Whoever leaves hands its place to the next, so that nobody new can come before.
    if (this.#inside < this.places) this.#inside++
    else await this.#wait(signal)
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.most) throw new AdapterError("retry", "Too many files at once.", { blocks: "message" })
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", give)
        resolve()
      }
      const give = (): void => {
        this.#waiting.delete(enter)
        reject(signal.reason as Error)
      }
      signal.addEventListener("abort", give, { once: true })
      this.#waiting.add(enter)
    })
  }

  #leave(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next)
      return next()
    }
    this.#inside--
  }
}
