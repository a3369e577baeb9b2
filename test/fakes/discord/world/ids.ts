// Snowflakes and times as Discord writes them (Reference, Snowflakes; ISO8601 Date/Time).
const epoch = 1_420_070_400_000n

/** Ids that always ascend, also when the clock stands still or goes back. */
export class Snowflakes {
  #last = 0n

  constructor(readonly now: () => number) {}

  next(): string {
    const wanted = (BigInt(Math.floor(this.now())) - epoch) << 22n
    this.#last = wanted > this.#last ? wanted : this.#last + 1n
    return String(this.#last)
  }
}

/** Epoch ms at which it was made. */
export function timeOf(id: string): number {
  return Number((BigInt(id) >> 22n) + epoch)
}

/** «2026-01-31T12:00:00.000000+00:00». */
export function iso(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000+00:00")
}

/** Snowflakes by age. */
export function byId(a: { id: string }, b: { id: string }): number {
  return older(a.id, b.id) ? -1 : a.id === b.id ? 0 : 1
}

export function older(a: string, b: string): boolean {
  return BigInt(a) < BigInt(b)
}
