// Lines that sum up what users of ours think of messages: when each is to change, and that it does, also after a restart (docs/adr/0009).
import type { AnyAdapter } from "../../adapter/define.js"
import type { Clock } from "../clock.js"
import type { Directory } from "../directory.js"
import type { IdMint } from "../ids.js"
import type { Log } from "../log.js"
import { maySay, reactionMeans, type ReactionMeans, type ReactionMode } from "./means.js"
import type { RoomRow } from "../rooms/model.js"
import type { Registry } from "../rooms/registry.js"
import type { Sender } from "../sender.js"
import type { Store } from "../store.js"

/** Between two changes of one line, in ms. */
export const lineGapMs = 5000
/** Lines that are looked at in one go. */
const page = 100
const mostAtStart = 100_000

export interface LineParts {
  store: Store
  directory: Directory
  registry: Registry
  ids: IdMint
  adapter: AnyAdapter
  sender: Sender
  mode: ReactionMode
  clock: Clock
  log: Log
}

interface Look {
  /** Asked for again meanwhile. */
  again: boolean
  busy: boolean
  timer?: unknown
}

export class ReactionLines {
  /** Rooms with lines that are to change. */
  readonly #looks = new Map<number, Look>()
  #stopped = false

  constructor(private readonly parts: LineParts) {}

  meansOf(room: RoomRow): ReactionMeans {
    const { mode, adapter, directory } = this.parts
    // An account with a name is of the configuration.
    const shared = directory.accounts.get(room.accountId)?.tag !== ""
    return reactionMeans(mode, adapter.capabilities, room, shared)
  }

  /** What was left undone before the restart. */
  async start(): Promise<void> {
    if (this.parts.adapter.capabilities.react?.as !== "bot") return
    const stale = await this.parts.store.staleLines(null, mostAtStart)
    for (const room of new Set(stale.map((one) => one.room))) this.check(room)
  }

  stop(): void {
    this.#stopped = true
    for (const { timer } of this.#looks.values()) this.parts.clock.clear(timer)
    this.#looks.clear()
  }

  /** What is thought of something in this room may have changed, or a line is done. */
  check(room: number): void {
    if (this.#stopped || !this.parts.registry.byId(room)) return
    const look = this.#looks.get(room) ?? { again: false, busy: false }
    this.#looks.set(room, look)
    if (look.busy) {
      look.again = true
      return
    }
    this.parts.clock.clear(look.timer)
    delete look.timer
    void this.#look(room, look)
  }

  async #look(room: number, look: Look): Promise<void> {
    look.busy = true
    let next: number | undefined
    try {
      do {
        look.again = false
        next = await this.#refresh(room)
      } while (look.again && !this.#stopped)
    } catch (error) {
      this.parts.log.warn({ err: error, room }, "a summary of reactions could not be brought up to date; trying again")
      next = lineGapMs
    }
    look.busy = false
    if (this.#stopped || next === undefined) this.#looks.delete(room)
    else look.timer = this.parts.clock.set(() => this.check(room), next)
  }

  /** In how many ms there is more to do; undefined: when something happens. */
  async #refresh(id: number): Promise<number | undefined> {
    const { store, registry, clock } = this.parts
    let next: number | undefined
    const stale = await store.staleLines(id, page)
    for (const { message, at } of stale) {
      const room = registry.byId(id)
      // Once the account may write there again, the next reaction brings it up to date.
      if (!room || this.#stopped || !maySay(room)) return undefined
      // A clock that was put back makes nobody wait.
      const wait = Math.min(at + lineGapMs - clock.now(), lineGapMs)
      if (at > 0 && wait > 0) next = Math.min(next ?? wait, wait)
      else await this.#renew(room, message)
    }
    return stale.length === page ? (next ?? lineGapMs) : next
  }

  /** From the ids to the store call without an await, from there to the lane as well: rows of a lane are in the order of their ids. */
  async #renew(room: RoomRow, message: string): Promise<void> {
    const { store, sender, registry, ids, clock, adapter } = this.parts
    const { reply, retract } = adapter.capabilities
    const lane = sender.lane(registry.conversation(room))
    lane.reserve()
    try {
      const row = await store.refreshLine({
        room: room.id,
        message,
        row: ids.next(),
        line: ids.next(),
        now: clock.now(),
        wanted: this.meansOf(room).wanted,
        points: reply !== undefined,
        retractMs: retract ? (retract.withinSeconds ?? Infinity) * 1000 : null,
      })
      if (row) lane.push(row)
    } finally {
      lane.unreserve()
      lane.run()
    }
  }
}
