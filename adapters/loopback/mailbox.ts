// The events of one account, in order, each kept until the gateway has committed it.
import type { Ear, LoopEvent } from "./protocol.js"

interface Entry {
  n: number
  event: LoopEvent
}

const fleeting = (event: LoopEvent): boolean => event.type === "typing" || event.type === "presence"

export class Mailbox {
  #entries: Entry[] = []
  /** Index of the oldest entry not acknowledged, and of the next to hand out. */
  #first = 0
  #next = 0
  #count = 0
  #ear: Ear | undefined
  #window = 0
  #drained: (() => void)[] = []

  /** Events not acknowledged. */
  get size(): number {
    return this.#entries.length - this.#first
  }

  /** Nobody is told today that somebody was typing yesterday: without a listener such events are dropped. */
  push(event: LoopEvent): void {
    if (this.#ear === undefined && fleeting(event)) return
    this.#entries.push({ n: ++this.#count, event })
    this.#handOut()
  }

  /** From the oldest event not acknowledged on; at most `window` at a time. */
  attach(ear: Ear, window: number): void {
    this.#ear = ear
    this.#window = window
    this.#handOut()
  }

  detach(): void {
    this.#ear = undefined
    this.#entries = this.#entries.slice(this.#first).filter(({ event }) => !fleeting(event))
    this.#first = this.#next = 0
    this.#tell()
  }

  ack(n: number): void {
    while (this.#first < this.#next && this.#entries[this.#first]!.n <= n) this.#first++
    if (this.#first > 1024 && this.#first * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#first)
      this.#next -= this.#first
      this.#first = 0
    }
    this.#handOut()
    this.#tell()
  }

  clear(): void {
    this.#entries = []
    this.#first = this.#next = 0
    this.#tell()
  }

  /** Resolves as soon as nothing waits for its acknowledgement. */
  async drained(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#drained.push(resolve))
  }

  #handOut(): void {
    while (this.#ear !== undefined && this.#next < this.#entries.length && this.#next - this.#first < this.#window) {
      const { n, event } = this.#entries[this.#next++]!
      this.#ear.event(n, event)
    }
  }

  #tell(): void {
    if (this.size > 0 || this.#drained.length === 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
