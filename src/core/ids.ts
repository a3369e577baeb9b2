// Ids of messages, rows and stanzas: time-ordered, so that index inserts are append-like, and unpredictable (XEP-0313 §Security).
import { randomFillSync } from "node:crypto"

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz" // ascending in ASCII: text order is time order
const timeChars = 9 // 45 bits of milliseconds
const sequenceChars = 2 // 1,024 ids within one millisecond keep their order
const randomChars = 14 // 70 bits
/** Some networks take at most 25 characters as idempotency key. */
export const idLength = timeChars + sequenceChars + randomChars

const pool = Buffer.allocUnsafe(randomChars * 256)
let used = pool.length

function base32(value: number, chars: number): string {
  let text = ""
  for (let i = 0; i < chars; i++) {
    text = alphabet.charAt(value % 32) + text
    value = Math.floor(value / 32)
  }
  return text
}

function random(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let text = ""
  for (const end = used + randomChars; used < end; used++) text += alphabet.charAt((pool[used] ?? 0) & 31)
  return text
}

/** Mints strictly ascending ids, also over clock jumps and restarts: `floor` is the greatest id of the store. */
export class IdMint {
  #time = 0
  #sequence = 0
  #prefix = ""
  readonly #clock: () => number

  constructor(floor = "", clock: () => number = Date.now) {
    this.#clock = clock
    this.#time = timeOf(floor)
    this.#sequence = 1023 // the floor's own sequence number is spent
    this.#prefix = base32(this.#time, timeChars)
  }

  /** 25 characters of lower-case base32. */
  next(): string {
    const now = this.#clock()
    if (now > this.#time) this.#step(now)
    else if (++this.#sequence > 1023) this.#step(this.#time + 1)
    return this.#prefix + base32(this.#sequence, sequenceChars) + random()
  }

  #step(time: number): void {
    this.#time = time
    this.#sequence = 0
    this.#prefix = base32(time, timeChars)
  }
}

/** When an id was minted, epoch ms: exact to the millisecond unless the clock went back. */
export function timeOf(id: string): number {
  let time = 0
  for (const char of id.slice(0, timeChars)) time = time * 32 + Math.max(0, alphabet.indexOf(char))
  return time
}
