// Fault switches: what may go wrong between a bot and Telegram, on demand or by a seeded dice.

/**
 * - `reset-before`, `hang`, `500`, `502-html`, `html-200`, `429`, `error`: the call is *not* carried out.
 * - `reset-after`, `hang-after`, `502-after`, `cut`: it *is* carried out, and the answer is lost (the duplicate trap).
 * - `slow`: carried out and answered, `ms` later. `empty`: getUpdates answers «nothing» at once.
 */
export type FaultKind =
  | "reset-before"
  | "reset-after"
  | "hang"
  | "hang-after"
  | "500"
  | "502-html"
  | "502-after"
  | "html-200"
  | "429"
  | "error"
  | "cut"
  | "slow"
  | "empty"

export interface Fault {
  kind: FaultKind
  /** Seconds; for `429`. */
  retryAfter?: number
  /** For `error`: what Telegram says. */
  code?: number
  description?: string
  /** For `slow`. */
  ms?: number
  /** How often; default once. */
  times?: number
}

export interface RandomFaults {
  seed: number
  /** Of each request, from 0 to 1. */
  probability: number
  kinds: Fault[]
  /** Default: all methods. */
  methods?: string[]
}

export class Faults {
  readonly #queued: { method: string; fault: Fault; left: number }[] = []
  #random: { options: RandomFaults; next: () => number } | undefined
  /** How many faults were played, by kind. */
  readonly played = new Map<FaultKind, number>()

  /** The next call of `method` («*»: of any) fails so; several wait in line. */
  next(method: string, fault: Fault): void {
    this.#queued.push({ method, fault, left: fault.times ?? 1 })
  }

  /** From now on calls fail by chance; null: no longer. */
  random(options: RandomFaults | null): void {
    this.#random = options === null ? undefined : { options, next: dice(options.seed) }
  }

  clear(): void {
    this.#queued.length = 0
    this.#random = undefined
  }

  /** @internal The fault for a call that has just come in. */
  take(method: string): Fault | undefined {
    const fault = this.#fromQueue(method) ?? this.#byChance(method)
    if (fault) this.played.set(fault.kind, (this.played.get(fault.kind) ?? 0) + 1)
    return fault
  }

  #fromQueue(method: string): Fault | undefined {
    const i = this.#queued.findIndex((waiting) => waiting.method === method || waiting.method === "*")
    const found = this.#queued[i]
    if (!found) return undefined
    if (--found.left <= 0) this.#queued.splice(i, 1)
    return found.fault
  }

  #byChance(method: string): Fault | undefined {
    if (!this.#random) return undefined
    const { options, next } = this.#random
    if (options.methods && !options.methods.includes(method)) return undefined
    if (next() >= options.probability) return undefined
    return options.kinds[Math.floor(next() * options.kinds.length)]
  }
}

/** A small seeded generator (linear congruential, Numerical Recipes), so that a failing run can be repeated. */
function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
