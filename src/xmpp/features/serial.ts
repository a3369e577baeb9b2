// One after the other for each user, side by side for different ones: presences and roster changes must not overtake each other.

export class Serial {
  readonly #tails = new Map<string, Promise<void>>()

  constructor(private readonly failed: (error: unknown) => void) {}

  /** Runs `task` after what was queued under `key` before. Resolves when it is done, or has failed. */
  run(key: string, task: () => Promise<void>): Promise<void> {
    const tail = (this.#tails.get(key) ?? Promise.resolve()).then(task).catch(this.failed)
    this.#tails.set(key, tail)
    return tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
  }

  /** Resolves when all that is queued now is done. */
  async idle(): Promise<void> {
    await Promise.all(this.#tails.values())
  }
}
