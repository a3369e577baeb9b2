// Lets utterances of one conversation through in the order they came, though preparing one may take longer than the next.

export class Turnstile {
  readonly #tails = new Map<string, Promise<void>>()

  /** `work` calls `through` once its place in the order is fixed; until then later work with the same key waits. Without anybody before it, it starts at once. */
  async enter<T>(key: string, work: (through: () => void) => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    let through = (): void => undefined
    const mine = new Promise<void>((resolve) => (through = resolve))
    this.#tails.set(key, mine)
    if (before) await before
    try {
      return await work(through)
    } finally {
      through()
      if (this.#tails.get(key) === mine) this.#tails.delete(key)
    }
  }
}
