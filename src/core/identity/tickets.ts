// One-time codes: made here, shown once, redeemed on the other side. Only a keyed hash is kept.
import { createHmac, hkdfSync, randomInt } from "node:crypto"
import type { BareJid } from "../model.js"
import { Refusal } from "../ports.js"
import { words } from "../words/words.js"
import type { IdentityStore } from "./store.js"
import { Tries } from "./tries.js"

/**
 * `identity`: who redeems it is the user. `invite`: who redeems it becomes a contact of the user. `bridge`: whoever issued it agrees to
 * a bridge with the place where it is redeemed. `carried`: whose carried login it is.
 */
export type TicketKind = "identity" | "invite" | "bridge" | "carried"

export interface Ticket {
  kind: TicketKind
  /** Network (of the configuration) that issued it. */
  network: string
  /** Null: issued by a foreign person. */
  user: BareJid | null
  /** JSON of whoever issued it. */
  subject: unknown
}

/** A code that is good, with no use of it used up yet. */
export interface FoundTicket extends Ticket {
  /** By which the store knows it. */
  readonly hash: string
  /** As it was said; not to be logged. */
  readonly code: string
}

export interface Tickets {
  /** The code: 10 or more characters of a-z and 2-7 without look-alikes, letters in any case are the same code. `forMs`: how long it is good. */
  issue(ticket: Ticket & { uses: number; forMs: number }): Promise<string>
  /**
   * Uses up one use. `by`: who tries, for the limit on tries («<network> <legacy id>», or a bare JID): five wrong ones in ten minutes, then
   * none for an hour. Throws `Refusal`: unknown, expired and used up are one answer.
   */
  redeem(code: string, by: string, kinds: readonly TicketKind[]): Promise<Ticket>
  /** As `redeem`, and counted as that, but nothing is used up: for whom the use and its effect are one transaction (`takeTicket`). */
  find(code: string, by: string, kinds: readonly TicketKind[]): Promise<FoundTicket>
  /** Uses up one use of what was found. Throws `Refusal` if somebody was faster. */
  take(found: FoundTicket): Promise<void>
  /** All of the user's that are open are void: `revoke`, or one of this kind (of this network). */
  revoke(user: BareJid, kind?: TicketKind, network?: string): Promise<void>
  /** By which the store knows a code that was just issued. */
  hashOf(code: string): string
}

/** No 0, 1, 8, 9 and no i, l, o: nobody mistakes one for another. Eleven of them are 52 bits, twelve 57. */
const alphabet = "abcdefghjkmnpqrstuvwxyz234567"
const length = 12

export interface TicketParts {
  store: Pick<IdentityStore, "putTicket" | "findTicket" | "takeTicket" | "revokeTickets">
  /** The gateway's secret keys, the current one first: codes of the time before a change of keys stay good. */
  keys: readonly Uint8Array[]
  /** Epoch ms. */
  now?: () => number
}

export class KeyedTickets implements Tickets {
  readonly #store: TicketParts["store"]
  readonly #keys: readonly Uint8Array[]
  readonly #now: () => number
  readonly #tries: Tries

  constructor({ store, keys, now = Date.now }: TicketParts) {
    this.#store = store
    this.#keys = keys.map((key) => new Uint8Array(hkdfSync("sha256", key, "", "xferry tickets", 32)))
    this.#now = now
    this.#tries = new Tries(now)
  }

  async issue({ kind, network, user, subject, uses, forMs }: Ticket & { uses: number; forMs: number }): Promise<string> {
    const code = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("")
    const now = this.#now()
    const ticket = { kind, network, user, uses, now, hash: this.hashOf(code), subject: JSON.stringify(subject), expiresAt: now + forMs }
    await this.#store.putTicket(ticket)
    return code
  }

  async redeem(code: string, by: string, kinds: readonly TicketKind[]): Promise<Ticket> {
    const found = await this.find(code, by, kinds)
    await this.take(found)
    const { kind, network, user, subject } = found
    return { kind, network, user, subject }
  }

  async find(code: string, by: string, kinds: readonly TicketKind[]): Promise<FoundTicket> {
    const wait = this.#tries.wait(by)
    if (wait > 0)
      throw new Refusal(
        "policy-violation",
        words("Too many wrong codes. Try again in {minutes} minutes.", { minutes: Math.ceil(wait / 60_000) }),
        "wait",
      )
    // Counted first: many tries at once are as many tries.
    this.#tries.wrong(by)
    // The comparison is by a keyed hash: how long it takes tells nothing of a code.
    const found = await this.#store.findTicket(this.#hashes(code), this.#now())
    if (!found || !kinds.includes(found.kind)) throw invalid()
    this.#tries.right(by)
    const { hash, kind, network, user, subject } = found
    return { hash, code, kind, network, user, subject: JSON.parse(subject) as unknown }
  }

  async take({ hash }: FoundTicket): Promise<void> {
    if (!(await this.#store.takeTicket(hash, this.#now()))) throw invalid()
  }

  async revoke(user: BareJid, kind?: TicketKind, network?: string): Promise<void> {
    await this.#store.revokeTickets({ user, ...(kind && { kind }), ...(network !== undefined && { network }) })
  }

  hashOf(code: string): string {
    return this.#hashes(code)[0] ?? ""
  }

  /** With each key. What is no code of ours is hashed as well: it takes as long. */
  #hashes(code: string): string[] {
    const text = code.toLowerCase().replace(/[\s-]/g, "").slice(0, 64)
    return this.#keys.map((key) => createHmac("sha256", key).update(text).digest("hex"))
  }
}

export function invalid(): Refusal {
  return new Refusal("item-not-found", words("This code is not valid, or not any more. Ask for a new one."))
}
