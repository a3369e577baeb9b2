// How far the updates of a bot have been taken: kept lazily, because the core recognises what comes twice.
import type { Update } from "node-telegram-bot-api"
import type { Host } from "xferry"

const key = "offset"
/**
 * After a week without updates Telegram starts counting at a random number (Bot API, Update), and another Bot API server
 * counts differently from the start: a remembered number must then not be compared with new ones.
 */
const validMs = 3 * 24 * 60 * 60 * 1000
/** Telegram repeats at most the last answer (100 updates); whatever is further back is a new count. */
const repeatable = 1000

/** One bot's place in the stream of updates. Numbers are `update_id`s, times epoch ms. */
export class Position {
  readonly #state: Host["state"]
  readonly #root: string
  #next: number | undefined
  #at = 0
  /** Updates passed since the last save. */
  unsaved = 0

  private constructor(state: Host["state"], root: string) {
    this.#state = state
    this.#root = root
  }

  static async load(state: Host["state"], root: string): Promise<Position> {
    const position = new Position(state, root)
    const [next, at, savedRoot] = ((await state.get(key)) ?? "").split(" ")
    if (savedRoot === root && /^\d+$/.test(next ?? "")) {
      position.#next = Number(next)
      position.#at = Number(at)
    }
    return position
  }

  /** For getUpdates: what is below is confirmed by asking. Undefined: from the oldest that is unconfirmed. */
  get offset(): number | undefined {
    return Date.now() - this.#at < validMs ? this.#next : undefined
  }

  isNew({ update_id: id }: Update): boolean {
    const next = this.offset
    return next === undefined || id >= next || id < next - repeatable
  }

  /** To be called when all of these are committed. */
  pass(updates: readonly Update[]): void {
    const last = updates.at(-1)
    if (!last) return
    this.#next = last.update_id + 1
    this.#at = Date.now()
    this.unsaved += updates.length
  }

  async save(): Promise<void> {
    if (this.unsaved === 0) return
    await this.#state.set(key, `${this.#next} ${this.#at} ${this.#root}`)
    this.unsaved = 0
  }
}
