// Guilds that READY announced and that have not come yet.
import type { Snowflake } from "../places.js"

/** Guilds that are down at Discord do not come: nobody waits longer for them, in ms. */
const patienceMs = 10_000

export class Settling {
  readonly #pending = new Set<Snowflake>()
  readonly #waiting = new Set<() => void>()
  /** Nothing is awaited. */
  #over = false

  begin(guilds: Iterable<Snowflake>): void {
    this.#over = false
    for (const guild of guilds) this.#pending.add(guild)
    if (this.#pending.size === 0) this.end()
  }

  awaits(guild: Snowflake): boolean {
    return this.#pending.has(guild)
  }

  came(guild: Snowflake): void {
    if (this.#pending.delete(guild) && this.#pending.size === 0) this.end()
  }

  end(): void {
    this.#over = true
    this.#pending.clear()
    for (const go of this.#waiting) go()
  }

  /** Resolves when all are there, after a while if not, or when `signal` says so. */
  async settled(signal: AbortSignal): Promise<void> {
    if (this.#over || signal.aborted) return
    let go!: () => void
    const done = new Promise<void>((resolve) => (go = resolve))
    const timer = setTimeout(() => this.end(), patienceMs)
    this.#waiting.add(go)
    signal.addEventListener("abort", go, { once: true })
    await done
    clearTimeout(timer)
    this.#waiting.delete(go)
    signal.removeEventListener("abort", go)
  }
}
