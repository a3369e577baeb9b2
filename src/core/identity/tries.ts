// How often somebody may try a code: five wrong ones in ten minutes, then none for an hour. Memory only.
import { Lru } from "../lru.js"

const most = 5
const withinMs = 10 * 60_000
const barMs = 60 * 60_000

export class Tries {
  /** Times of wrong ones, epoch ms, ascending. */
  readonly #wrong = new Lru<string, readonly number[]>(10_000)

  /** `now`: epoch ms. */
  constructor(private readonly now: () => number) {}

  /** For how many ms nothing more may be tried; 0: it may. */
  wait(by: string): number {
    const last = this.#wrong.get(by)?.[most - 1]
    return last === undefined ? 0 : Math.max(0, last + barMs - this.now())
  }

  wrong(by: string): void {
    const now = this.now()
    const lately = (this.#wrong.get(by) ?? []).filter((at) => now - at < withinMs)
    this.#wrong.set(by, [...lately, now])
  }

  /** The last try was none. */
  right(by: string): void {
    this.#wrong.set(by, (this.#wrong.get(by) ?? []).slice(0, -1))
  }
}
