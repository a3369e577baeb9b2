// Which proven people are in which rooms now, and when what they may do there is to be asked again. Memory only.
import type { Clock } from "../clock.js"
import type { FullJid } from "../model.js"
import type { RoomRow } from "../rooms/model.js"
import type { Proven } from "./membership.js"

/** Everybody who is in a room is asked about after so long, in ms, a fifth more or less. */
export const intervalMs = 10 * 60_000
const jitter = 0.2
/** So many questions a second, of one network; with more people than that the interval grows. */
const perTick = 5
const tickMs = 1000
/** Questions under way at once, where something has changed. */
const atOnce = 4

export interface Pair {
  link: Proven
  room: RoomRow
}

interface Watched extends Pair {
  clients: Set<FullJid>
  /** Epoch ms. */
  due: number
}

export class Watch {
  /** By link and room, roughly in order of when they are due. */
  readonly #pairs = new Map<string, Watched>()
  /** By room and client. */
  readonly #byClient = new Map<string, string>()
  readonly #urgent = new Map<string, () => Promise<void>>()
  #working = 0
  #timer: unknown

  /** `check` never rejects. */
  constructor(
    private readonly clock: Clock,
    private readonly check: (pair: Pair) => Promise<void>,
  ) {}

  joined(link: Proven, room: RoomRow, full: FullJid): void {
    // By another address it was there as somebody else.
    this.left(room.id, full)
    const key = keyOf(link, room)
    const known = this.#pairs.get(key)
    this.#byClient.set(`${room.id} ${full}`, key)
    if (known) known.clients.add(full)
    else this.#put(key, { link, room, clients: new Set([full]), due: 0 })
    this.#tick()
  }

  left(room: number, full: FullJid): void {
    const client = `${room} ${full}`
    const key = this.#byClient.get(client)
    if (key === undefined) return
    this.#byClient.delete(client)
    const pair = this.#pairs.get(key)
    if (pair?.clients.delete(full) && pair.clients.size === 0) this.#pairs.delete(key)
  }

  /** Those who are in a room now. */
  pairs(which: (pair: Pair) => boolean): Pair[] {
    return [...this.#pairs.values()].filter(which)
  }

  /** `work` soon, a few at a time; once, however often it is wanted until then. */
  soon({ link, room }: Pair, work: () => Promise<void>): void {
    this.#urgent.set(keyOf(link, room), work)
    while (this.#working < atOnce && this.#urgent.size > 0) void this.#work()
  }

  async #work(): Promise<void> {
    this.#working += 1
    for (const [key, work] of this.#urgent) {
      this.#urgent.delete(key)
      await work()
    }
    this.#working -= 1
  }

  stop(): void {
    this.clock.clear(this.#timer)
    this.#timer = undefined
    this.#pairs.clear()
    this.#byClient.clear()
    this.#urgent.clear()
  }

  #put(key: string, pair: Watched): void {
    pair.due = this.clock.now() + intervalMs * (1 - jitter + 2 * jitter * Math.random())
    this.#pairs.delete(key)
    this.#pairs.set(key, pair)
  }

  #tick(): void {
    if (this.#timer !== undefined || this.#pairs.size === 0) return
    this.#timer = this.clock.set(() => {
      this.#timer = undefined
      let left = perTick
      const now = this.clock.now()
      for (const [key, pair] of this.#pairs) {
        if (left-- === 0 || pair.due > now) break
        this.#put(key, pair)
        void this.check(pair)
      }
      this.#tick()
    }, tickMs)
  }
}

function keyOf(link: Proven, room: RoomRow): string {
  return `${link.id} ${room.id}`
}
