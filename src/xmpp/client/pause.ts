// Waiting for something to change, without a promise for each change.

export const nothing = (): void => undefined

export class Pause {
  readonly #waiting = new Set<() => void>()

  /** Until `over` is called, or the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go)
        signal.removeEventListener("abort", go)
        resolve()
      }
      this.#waiting.add(go)
      signal.addEventListener("abort", go, { once: true })
    })
  }

  over(): void {
    for (const go of [...this.#waiting]) go()
  }
}
