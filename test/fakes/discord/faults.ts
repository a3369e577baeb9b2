// Fault switches of the REST side: what may go wrong between a bot and Discord, on demand, every so often, or by a seeded dice.

/**
 * - `reset-before`, `hang`, `500`, `502-html`, `html-200`, `429`, `429-global`, `error`: the request is *not* carried out.
 * - `reset-after`, `hang-after`, `502-after`, `cut`: it *is* carried out, and the answer is lost (the duplicate trap). `cut`: in its middle.
 * - `slow`: carried out and answered, `ms` later.
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
  | "429-global"
  | "error"
  | "cut"
  | "slow"

export interface Fault {
  kind: FaultKind
  /** Seconds, may have a fraction; for `429` and `429-global`. Default 1. */
  retryAfter?: number
  /** For `429`: whose limit it is. Default «user». */
  scope?: "user" | "shared"
  /** For `error`: HTTP status, and what Discord says. */
  status?: number
  code?: number
  message?: string
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
  /** Default: all requests. */
  matches?: Match
}

/** Method and path below /api/vN, as in «POST /channels/:id/messages»: «:id» is one part of the path. «*» alone: any. */
export type Match = string | RegExp

interface Waiting {
  matches: (request: string) => boolean
  fault: Fault
  left: number
}

export class Faults {
  readonly #queued: Waiting[] = []
  readonly #each: { every: number; count: number; waiting: Waiting }[] = []
  #random: { options: RandomFaults; matches: (request: string) => boolean; next: () => number } | undefined
  /** How many faults were played, by kind. */
  readonly played = new Map<FaultKind, number>()

  /** The next matching request fails so; several wait in line. */
  next(match: Match, fault: Fault): void {
    this.#queued.push({ matches: matcher(match), fault, left: fault.times ?? 1 })
  }

  /** Every n-th matching request fails so, until `clear`, or `times` over. */
  each(n: number, match: Match, fault: Fault): void {
    this.#each.push({ every: n, count: 0, waiting: { matches: matcher(match), fault, left: fault.times ?? Infinity } })
  }

  /** From now on requests fail by chance; null: no longer. */
  random(options: RandomFaults | null): void {
    this.#random = options === null ? undefined : { options, matches: matcher(options.matches ?? "*"), next: dice(options.seed) }
  }

  clear(): void {
    this.#queued.length = 0
    this.#each.length = 0
    this.#random = undefined
  }

  /** @internal The fault for a request that has just come in; `path` without the version and the query. */
  take(method: string, path: string): Fault | undefined {
    const request = `${method} ${path}`
    const fault = this.#fromQueue(request) ?? this.#bySequence(request) ?? this.#byChance(request)
    if (fault) this.played.set(fault.kind, (this.played.get(fault.kind) ?? 0) + 1)
    return fault
  }

  #fromQueue(request: string): Fault | undefined {
    const i = this.#queued.findIndex(({ matches }) => matches(request))
    const found = this.#queued[i]
    if (!found) return undefined
    if (--found.left <= 0) this.#queued.splice(i, 1)
    return found.fault
  }

  #bySequence(request: string): Fault | undefined {
    for (const each of this.#each) {
      if (each.waiting.left <= 0 || !each.waiting.matches(request) || ++each.count % each.every !== 0) continue
      each.waiting.left--
      return each.waiting.fault
    }
    return undefined
  }

  #byChance(request: string): Fault | undefined {
    if (!this.#random?.matches(request)) return undefined
    const { options, next } = this.#random
    return next() < options.probability ? options.kinds[Math.floor(next() * options.kinds.length)] : undefined
  }
}

function matcher(match: Match): (request: string) => boolean {
  if (match instanceof RegExp) return (request) => match.test(request)
  if (match === "*") return () => true
  const pattern = new RegExp(`^${match.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+")}$`)
  return (request) => pattern.test(request)
}

/** A small seeded generator (linear congruential, Numerical Recipes), so that a failing run can be repeated. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
