// A driver in TypeScript: plays the foreign side over the control socket.
import { connect } from "node:net"
import { parseAddress, toNet } from "./address.js"
import { Lines } from "./lines.js"
import type { Order } from "./ops.js"
import type { SentRecord } from "./sent.js"

type FromServer = { seq?: number; ok?: unknown; error?: string; sent?: SentRecord; welcome?: object }

export class Driver {
  /** What the network tells of what gateways sent, after `ask({ op: "subscribe" })`. */
  onSent: (record: SentRecord) => void = () => undefined
  /** An order without an answer was refused. */
  onRefused: (sentence: string) => void = (sentence) => {
    throw new Error(sentence)
  }
  readonly #lines: Lines
  readonly #pending = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  #seq = 0

  private constructor(where: string, welcomed: () => void, failed: (error: Error) => void) {
    const hungUp = (): void => {
      const error = new Error(`The loopback network at ${where} is not there.`)
      failed(error)
      for (const { reject } of this.#pending.values()) reject(error)
      this.#pending.clear()
    }
    this.#lines = new Lines(connect(toNet(parseAddress(where))), {
      line: (value) => this.#take(value as FromServer, welcomed),
      bad: (error) => failed(error as Error),
      closed: hungUp,
    })
    this.#lines.write({ hello: "driver" })
  }

  /**
   * @example
   * const driver = await Driver.connect("127.0.0.1:5299")
   * const { id } = await driver.ask({ op: "say", account: "romeo", from: "juliet", text: "Ay me!" })
   */
  static async connect(where: string): Promise<Driver> {
    return new Promise((resolve, reject) => {
      const driver: Driver = new Driver(where, () => resolve(driver), reject)
    })
  }

  /** Without an answer: for many at once. */
  post(order: Order): void {
    this.#lines.write(order)
  }

  /** Resolves with the answer (see docs/adapter/loopback.md), rejects with the network's sentence. */
  async ask<T = unknown>(order: Order): Promise<T> {
    const seq = ++this.#seq
    this.#lines.write({ ...order, seq })
    return new Promise<T>((resolve, reject) => this.#pending.set(seq, { resolve: resolve, reject }))
  }

  close(): void {
    this.#lines.end()
  }

  #take({ seq, ok, error, sent, welcome }: FromServer, welcomed: () => void): void {
    if (sent !== undefined) return this.onSent(sent)
    if (welcome !== undefined) return welcomed()
    const pending = seq === undefined ? undefined : this.#pending.get(seq)
    if (pending === undefined) return error === undefined ? undefined : this.onRefused(error)
    this.#pending.delete(seq!)
    if (error === undefined) pending.resolve(ok)
    else pending.reject(new Error(error))
  }
}
