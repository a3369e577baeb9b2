// How often something was done for or by somebody within an hour: what is pleasant once is a nuisance a hundred times.

const hourMs = 3_600_000
/** So many are counted at a time; beyond that all begin anew. */
const mostCounted = 10_000

export class Ration {
  readonly #counts = new Map<string, { since: number; count: number }>()

  /** `now`: epoch ms. */
  constructor(private readonly now: () => number = Date.now) {}

  /** Which one of this hour it is, from 1. */
  next(whose: string): number {
    const now = this.now()
    const known = this.#counts.get(whose)
    if (known && now - known.since < hourMs) return (known.count += 1)
    if (this.#counts.size > mostCounted) this.#counts.clear()
    this.#counts.set(whose, { since: now, count: 1 })
    return 1
  }
}
