// The core's side as tests need it: records what an adapter emits and logs, and commits only what it is told to.
import { inspect } from "node:util"
import type { Body, Host, NetworkEvent } from "../contract.js"

export class TestHost implements Host {
  /** What was committed, in order of arrival. */
  readonly events: NetworkEvent[] = []
  /** Everything logged, as text. */
  readonly logged: string[] = []
  /** What was emitted after `close`. */
  readonly late: NetworkEvent[] = []
  readonly commands: Host["commands"] = []
  readonly log: Host["log"]
  readonly state: Host["state"]
  /** Decides over an event: what it returns is what `emit` returns. An event counts as committed once that resolved. */
  commit: (event: NetworkEvent) => Promise<void> = () => Promise.resolve()
  readonly #abort = new AbortController()
  readonly #waiting = new Set<() => unknown>()

  /** `memory`: what a host of an earlier session of this account left in `state`. */
  constructor(
    readonly memory = new Map<string, string>(),
    private readonly deadlineMs = 10_000,
  ) {
    const keep = (fields: object, text: string): void => void this.logged.push(`${text} ${inspect(fields, { depth: 8 })}`)
    this.log = { debug: keep, info: keep, warn: keep }
    this.state = {
      get: (key) => Promise.resolve(memory.get(key)),
      set: (key, value) => Promise.resolve(void (value === null ? memory.delete(key) : memory.set(key, value))),
    }
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  async emit(event: NetworkEvent): Promise<void> {
    if (this.signal.aborted) this.late.push(event)
    const committed = this.commit(event)
    for (const look of this.#waiting) look()
    await committed
    this.events.push(event)
    for (const look of this.#waiting) look()
  }

  run(): Promise<Body> {
    return Promise.resolve({ text: "" })
  }

  /** The session is to end. */
  close(): void {
    this.#abort.abort()
    for (const look of this.#waiting) look()
  }

  /** The first committed event that `wanted` says yes to, past or to come. */
  async event(what: string, wanted: (event: NetworkEvent) => boolean): Promise<NetworkEvent> {
    await this.until(what, () => this.events.some(wanted))
    return this.events.find(wanted)!
  }

  /** Resolves when `condition` holds; it is looked at again after each event. */
  async until(what: string, condition: () => boolean): Promise<void> {
    let look!: () => unknown
    const seen = new Promise<void>((resolve, reject) => {
      look = () => (condition() ? resolve() : this.signal.aborted && reject(new Error(`The session was closed before ${what}.`)))
    })
    this.#waiting.add(look)
    look()
    await within(seen, this.deadlineMs, what).finally(() => this.#waiting.delete(look))
  }
}

/** Rejects after `ms` with a sentence on what was waited for. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms} ms in vain for ${what}.`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
