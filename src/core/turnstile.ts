// Lets utterances of one conversation through in the order they came, though preparing one may take longer than the next.
import { Refusal } from "./ports.js"
import { words } from "./words/words.js"

export class Turnstile {
  /** Of each key, who came last and is not through yet. */
  readonly #tails = new Map<string, Promise<void>>()
  readonly #waiting = new Map<string, number>()

  /** More than `most` may not wait for one another: who floods a conversation that is not ready yet would hold up everybody else. */
  constructor(private readonly most = 256) {}

  /**
   * `work` calls `through` once its place in the order is fixed; until then later work with the same key waits. Without anybody
   * before it, it starts at once. Throws `Refusal` where too many wait.
   */
  async enter<T>(key: string, work: (through: () => void) => Promise<T>): Promise<T> {
    const waiting = (this.#waiting.get(key) ?? 0) + 1
    if (waiting > this.most)
      throw new Refusal("resource-constraint", words("Too many messages at once. Please send this one again in a while."), "wait")
    this.#waiting.set(key, waiting)
    let open = (): void => undefined
    const mine = new Promise<void>((resolve) => (open = resolve))
    const before = this.#tails.get(key)
    this.#tails.set(key, mine)
    let gone = false
    const through = (): void => {
      if (gone) return
      gone = true
      this.#leave(key, mine)
      open()
    }
    if (before) await before
    try {
      return await work(through)
    } finally {
      through()
    }
  }

  #leave(key: string, mine: Promise<void>): void {
    if (this.#tails.get(key) === mine) this.#tails.delete(key)
    const left = (this.#waiting.get(key) ?? 1) - 1
    if (left === 0) this.#waiting.delete(key)
    else this.#waiting.set(key, left)
  }
}
