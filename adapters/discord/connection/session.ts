// The gateway session of one bot between two connections: kept so that Discord repeats what was not committed.
import type { Host } from "xferry"
import { list, number, object, text } from "../loose.js"

const key = "gateway"
/** Lazily: what comes again after a crash is recognised by the core. Milliseconds. */
const saveMs = 1000

/** One shard's session. `sequence`: of the last event that was committed, and all before it. */
export interface Resumable {
  id: string
  /** Undefined: where a new session would begin, too. */
  url: string | undefined
  sequence: number
}

/** All shards' sessions: they are resumed together or not at all. */
export class SavedSessions {
  readonly #shards = new Map<number, Resumable>()
  #count = 0
  #dirty = false
  #saving: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  private constructor(
    private readonly state: Host["state"],
    /** Sessions are worth something only where and for what they were begun: another server or other intents begin anew. */
    private readonly terms: string,
  ) {}

  /** `terms`: server and intents. */
  static async load(state: Host["state"], terms: string): Promise<SavedSessions> {
    const sessions = new SavedSessions(state, terms)
    const saved = object(parsed(await state.get(key)))
    if (saved["terms"] !== terms) return sessions
    for (const [index, entry] of list(saved["shards"]).entries()) {
      const id = text(entry["id"])
      if (id !== undefined) sessions.#shards.set(index, { id, url: text(entry["url"]), sequence: number(entry["sequence"]) ?? 0 })
    }
    sessions.#count = number(saved["count"]) ?? 0
    if (sessions.#shards.size !== sessions.#count) sessions.#shards.clear()
    return sessions
  }

  /** How many shards can be resumed: all or none. */
  get count(): number {
    return this.#shards.size > 0 && this.#shards.size === this.#count ? this.#count : 0
  }

  get(shard: number): Resumable | undefined {
    return this.#shards.get(shard)
  }

  /** A new session of one of `count` shards. Undefined: it cannot be resumed. */
  begin(shard: number, count: number, session: Resumable | undefined): void {
    if (count !== this.#count) this.#shards.clear()
    this.#count = count
    if (session) this.#shards.set(shard, session)
    else this.#shards.delete(shard)
    this.#changed(0)
  }

  /** Everything up to `sequence` is committed. */
  commit(shard: number, sequence: number): void {
    const session = this.#shards.get(shard)
    if (!session) return
    this.#shards.set(shard, { ...session, sequence })
    this.#changed(saveMs)
  }

  /** The next connection begins anew. */
  forget(): void {
    this.#shards.clear()
    this.#count = 0
    this.#changed(0)
  }

  /** Writes what is not written yet. Rejects where the state cannot be written. */
  async save(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#dirty) {
      this.#dirty = false
      const shards = Array.from({ length: this.#count }, (_, index) => this.#shards.get(index) ?? null)
      const value = this.count === 0 ? null : JSON.stringify({ terms: this.terms, count: this.#count, shards })
      this.#saving = this.#saving.catch(() => undefined).then(() => this.state.set(key, value))
    }
    await this.#saving
  }

  #changed(afterMs: number): void {
    this.#dirty = true
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      // What cannot be written now is written with the next commit, or at the end.
      this.save().catch(() => (this.#dirty = true))
    }, afterMs).unref()
  }
}

function parsed(saved: string | undefined): unknown {
  try {
    return JSON.parse(saved ?? "null")
  } catch {
    return undefined
  }
}
