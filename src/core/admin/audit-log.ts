// The audit log as it is written: acts gather while a commit is under way and go with the next.
import type { IdMint } from "../ids.js"
import type { Log } from "../log.js"
import { Lru } from "../lru.js"
import type { Store } from "../store.js"
import type { Act, Audit } from "./ports.js"
import type { StoredAct } from "./store.js"

/** Acts that wait in memory; somebody who tries a door ten thousand times a second is logged so often and no more. */
const mostWaiting = 1000
/** The same act of the same actor is written so often within so many ms: a door that is tried for days fills no disk. */
const perActor = { acts: 60, ms: 60_000 }
/** UTF-16 units of the detail of one act. */
const mostDetail = 2000

export class AuditLog implements Audit {
  #waiting: StoredAct[] = []
  #lost = 0
  #writing: Promise<void> | undefined
  readonly #lately = new Lru<string, { since: number; count: number }>(5000)

  constructor(private readonly parts: { store: Pick<Store, "addActs" | "acts">; ids: IdMint; network: string; log: Log }) {}

  note({ actor, act, detail }: Act): void {
    const { ids, log } = this.parts
    log.info({ actor, act, ...detail }, "audit")
    if (this.#waiting.length >= mostWaiting || this.#isTooMany(`${act} ${actor}`)) {
      this.#lost++
      return
    }
    this.#waiting.push({ id: ids.next(), at: Date.now(), actor, act, detail: JSON.stringify(detail).slice(0, mostDetail) })
    this.#writing ??= this.#write()
  }

  #isTooMany(key: string): boolean {
    const now = Date.now()
    const known = this.#lately.get(key)
    const isOver = !known || Math.abs(now - known.since) >= perActor.ms
    const lately = isOver ? { since: now, count: 0 } : known
    lately.count++
    if (isOver) this.#lately.set(key, lately)
    return lately.count > perActor.acts
  }

  /** Newest first. */
  async list(query: { before?: string; about?: string; limit: number }): Promise<StoredAct[]> {
    await this.#writing
    return this.parts.store.acts({ before: "", ...query, network: this.parts.network })
  }

  /** Resolves when all that was noted is on disk. */
  async flushed(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    const { store, network, log } = this.parts
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const acts = this.#waiting
      this.#waiting = []
      try {
        await store.addActs(network, acts)
      } catch (error) {
        log.error({ err: error, acts: acts.length }, "acts could not be written into the audit log")
      }
      if (this.#lost > 0) log.warn({ acts: this.#lost }, "so many acts at once that these are not in the audit log")
      this.#lost = 0
    }
    this.#writing = undefined
  }
}
