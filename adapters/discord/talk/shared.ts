// One piece of work for all who want its outcome at the same time.
import { setMaxListeners } from "node:events"

export class Shared<T> {
  readonly #running = new Map<string, Promise<T>>()

  /** Whoever gives up waiting leaves the work to the others: it must end by a signal of its own. */
  async run(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const running = this.#running.get(key) ?? this.#start(key, work)
    let stop!: () => void
    const stopped = new Promise<never>((_resolve, reject) => {
      stop = () => reject(signal.reason as Error)
    })
    // As many wait as speak at the same time: that is no leak.
    setMaxListeners(0, signal)
    signal.addEventListener("abort", stop, { once: true })
    try {
      return await Promise.race([running, stopped])
    } finally {
      signal.removeEventListener("abort", stop)
    }
  }

  #start(key: string, work: () => Promise<T>): Promise<T> {
    const running = work().finally(() => this.#running.delete(key))
    running.catch(() => undefined) // nobody may wait any more
    this.#running.set(key, running)
    return running
  }
}
