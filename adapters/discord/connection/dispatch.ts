// What the gateway tells, one after the other: translated in order, told to the core in order, acknowledged when committed.
import type { Host, NetworkEvent } from "xferry"
import { isObject, type Json } from "../loose.js"
import type { Handlers } from "../types.js"
import { redact } from "./redact.js"
import { assertSound } from "./sound.js"

export interface Dispatch {
  shard: number
  t: string
  /** Undefined: the server does not count. */
  s: number | undefined
  d: unknown
}

export interface DispatcherParts {
  /** Of each part that wants to hear, the most basic first: what the second tells may need what the first learned. */
  handlers: readonly Handlers[]
  host: Pick<Host, "emit" | "log" | "signal">
  /** Everything of this shard up to `sequence` is committed. */
  committed(shard: number, sequence: number): void
  /** The core could not commit an event. */
  failed(error: unknown): void
  /** True: too much waits here, nothing more should come for now. */
  pressure(on: boolean): void
  /** It was translated and told to the core, which has not necessarily committed it. */
  handled(dispatch: Dispatch): void
}

/** Events told to the core and not committed yet. */
const mostUncommitted = 300
/** Dispatches that wait for translation: above the one nothing more is read, below the other again. */
const manyWaiting = 1000
const fewWaiting = 200
/** Kinds of which it is remembered that they were logged. */
const mostKinds = 500

interface Pending {
  sequence: number | undefined
  left: number
}

export class Dispatcher {
  #queue: Dispatch[] = []
  readonly #pending = new Map<number, Pending[]>()
  readonly #logged = new Set<string>()
  #uncommitted = 0
  #room: (() => void) | undefined
  #held = true
  #running = false
  #pressed = false
  #stopped = false

  constructor(private readonly parts: DispatcherParts) {}

  push(dispatch: Dispatch): void {
    if (this.#stopped) return
    this.#queue.push(dispatch)
    if (!this.#pressed && this.#queue.length > manyWaiting) this.parts.pressure((this.#pressed = true))
    this.#run()
  }

  /** Until this is called, what comes is kept. `first` is told before it. */
  release(first: readonly NetworkEvent[] = []): void {
    this.#held = false
    this.tell(first)
    this.#run()
  }

  /** What was learned otherwise. */
  tell(events: readonly NetworkEvent[]): void {
    this.#tell({ shard: 0, s: undefined }, events)
  }

  /** Tells nothing more, forgets what waits. */
  stop(): void {
    this.#stopped = true
    this.#queue = []
    this.#room?.()
  }

  #run(): void {
    if (this.#running || this.#held || this.#stopped) return
    this.#running = true
    this.#work().catch((error: unknown) => this.parts.failed(error))
  }

  async #work(): Promise<void> {
    for (let next = 0; !this.#over;) {
      const dispatch = this.#queue[next++]
      if (!dispatch) {
        this.#queue = []
        this.#running = false
        return
      }
      // Taking from the front of a long array is slow; cutting it off now and then is not.
      if (next >= fewWaiting) {
        this.#queue.splice(0, next)
        next = 0
      }
      if (this.#pressed && this.#queue.length - next < fewWaiting) this.parts.pressure((this.#pressed = false))
      const events = await this.#translate(dispatch)
      if (this.#over) return
      this.#tell(dispatch, events)
      this.parts.handled(dispatch)
      while (this.#uncommitted >= mostUncommitted && !this.#over) await new Promise<void>((resolve) => (this.#room = resolve))
    }
  }

  get #over(): boolean {
    return this.#stopped || this.parts.host.signal.aborted
  }

  async #translate({ t, d }: Dispatch): Promise<NetworkEvent[]> {
    const wanted = this.parts.handlers.flatMap((handlers) => (Object.hasOwn(handlers, t) ? (handlers[t] ?? []) : []))
    if (wanted.length === 0)
      this.#once(`unused ${t}`, () => this.parts.host.log.debug({ kind: t.slice(0, 60) }, "events of this kind are left out"))
    else if (!isObject(d) && d !== null && d !== undefined) {
      this.#once(`shape ${t}`, () => this.parts.host.log.warn({ kind: t }, "events of this kind have no data that can be read"))
      return []
    }
    const events: NetworkEvent[] = []
    for (const handler of wanted) {
      try {
        for (const event of await handler((d ?? {}) as Json)) {
          assertSound(event)
          events.push(event)
        }
      } catch (error) {
        // What breaks the translation must not stop what is behind it.
        const fault = redact(String(error))
        this.#once(`fault ${t} ${fault}`, () => this.parts.host.log.warn({ kind: t, fault }, "an event could not be understood"))
      }
    }
    return events
  }

  #tell({ shard, s }: Pick<Dispatch, "shard" | "s">, events: readonly NetworkEvent[]): void {
    const pending = this.#pending.get(shard) ?? []
    this.#pending.set(shard, pending)
    const last = pending.at(-1)
    // What tells nothing is done with what came before it: there may be any number of these while one event waits.
    if (last && events.length === 0) {
      last.sequence = s ?? last.sequence
      return
    }
    const entry: Pending = { sequence: s, left: events.length }
    pending.push(entry)
    for (const event of events) {
      if (this.#over) return
      this.#uncommitted++
      this.parts.host.emit(event).then(
        () => {
          this.#uncommitted--
          entry.left--
          this.#settle(shard, pending)
          this.#room?.()
        },
        (error: unknown) => {
          this.#uncommitted--
          if (!this.#over) this.parts.failed(error)
        },
      )
    }
    this.#settle(shard, pending)
  }

  #settle(shard: number, pending: Pending[]): void {
    const open = pending.findIndex(({ left }) => left > 0)
    const done = pending.splice(0, open === -1 ? pending.length : open)
    const sequence = done.findLast((entry) => entry.sequence !== undefined)?.sequence
    if (sequence !== undefined) this.parts.committed(shard, sequence)
  }

  #once(kind: string, log: () => void): void {
    if (this.#logged.has(kind) || this.#logged.size >= mostKinds) return
    this.#logged.add(kind)
    log()
  }
}
