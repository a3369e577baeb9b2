// Hands events to the core in order, several at a time, and acknowledges the longest row of them that is committed.
import type { LoopEvent } from "./protocol.js"

interface Slot {
  n: number
  done: boolean
}

export interface PumpParts {
  /** Resolves when the event is committed. */
  emit(event: LoopEvent): Promise<void>
  ack(n: number): void
  /** An event could not be committed: nothing after it may be acknowledged. */
  fail(error: unknown): void
}

export class Pump {
  #early: { n: number; event: LoopEvent }[] | undefined = []
  #slots: Slot[] = []
  #stopped = false

  constructor(private readonly parts: PumpParts) {}

  event(n: number, event: LoopEvent): void {
    if (this.#stopped) return
    if (this.#early !== undefined) return void this.#early.push({ n, event })
    const slot = { n, done: false }
    this.#slots.push(slot)
    this.parts.emit(event).then(
      () => this.#committed(slot),
      (error: unknown) => this.#failed(error),
    )
  }

  /** Until now events were only collected: the core has its session first. */
  start(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const { n, event } of early) this.event(n, event)
  }

  stop(): void {
    this.#stopped = true
  }

  #committed(slot: Slot): void {
    slot.done = true
    if (this.#stopped) return
    let last: number | undefined
    while (this.#slots[0]?.done) last = this.#slots.shift()!.n
    if (last !== undefined) this.parts.ack(last)
  }

  #failed(error: unknown): void {
    if (this.#stopped) return
    this.#stopped = true
    this.parts.fail(error)
  }
}
