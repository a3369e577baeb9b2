// Where the files of recent messages are: so that most are fetched without asking for the message again.
import type { Json } from "../loose.js"
import { Bounded } from "../world/bounded.js"
import { heldBy } from "./read.js"

const most = 5000
/** Of addresses that do not say when they expire. */
const trustedMs = 12 * 3_600_000
/** A download takes a while. */
const marginMs = 60_000

export class Addresses {
  readonly #known = new Bounded<string, { url: string; until: number }>(most)

  constructor(private readonly clock: () => number = Date.now) {}

  /** Learns from a message that came or was asked for. Returns what it learned, by `ref`. */
  learn(message: Json): ReadonlyMap<string, string> {
    const held = heldBy(message)
    for (const { file, url } of held) this.#known.set(file.ref, { url, until: this.#expiry(url) })
    return new Map(held.map(({ file, url }) => [file.ref, url]))
  }

  /** Undefined: unknown, or no longer valid. */
  get(ref: string): string | undefined {
    const known = this.#known.get(ref)
    return known && known.until - marginMs > this.clock() ? known.url : undefined
  }

  /** Signed Attachment CDN URLs: `ex` is a hex number of seconds. */
  #expiry(url: string): number {
    const ex = /[?&]ex=([0-9a-f]{6,12})(?:&|$)/i.exec(url)?.[1]
    return ex === undefined ? this.clock() + trustedMs : Number.parseInt(ex, 16) * 1000
  }
}
