// Stanzas that come back: matched to what was written, and what is to be done by the table of docs/adr/0004.
import type { Bounce, Outgoing } from "../../core/ports.js"
import { StanzaError } from "../iq.js"
import { bareOf } from "../jid.js"
import type { Incoming } from "../types.js"

/** Fenced stanzas that are still known, for a bounce that comes late. */
const kept = 10_000

export class Bounces {
  /** By stanza id, from and to. */
  readonly #outgoing = new Map<string, Outgoing>()
  /** Rows not yet fenced → key. */
  readonly #open = new Map<string, string>()
  readonly #fenced = new Set<string>()

  /** `from`: bare JID of the contact that the stanza was written for; it went to `to`. */
  written(outgoing: Outgoing, from: string, to: string = outgoing.to): void {
    const { op, rowId } = outgoing
    const key = keyOf(op.id, from, to)
    this.#fenced.delete(key)
    this.#outgoing.set(key, outgoing)
    this.#open.set(rowId, key)
  }

  fenced(rowIds: readonly string[]): void {
    for (const rowId of rowIds) {
      const key = this.#open.get(rowId)
      if (key === undefined) continue
      this.#open.delete(rowId)
      this.#fenced.add(key)
      if (this.#fenced.size <= kept) continue
      for (const oldest of this.#fenced) {
        this.#fenced.delete(oldest)
        this.#outgoing.delete(oldest)
        break
      }
    }
  }

  /** The stream ended: what was not fenced is written again, under the same key. */
  reset(): void {
    for (const key of this.#open.values()) this.#outgoing.delete(key)
    this.#open.clear()
  }

  /** A message of type error. Undefined: it is about nothing of ours, or one of several clients had something to say. */
  match({ el, id, from, fromBare, to }: Incoming): { outgoing: Outgoing; bounce: Bounce } | undefined {
    // The second and further stanzas of a long text are the same row.
    const key = [id, id.replace(/\.\d+$/, "")].map((one) => keyOf(one, bareOf(to), fromBare)).find((one) => this.#outgoing.has(one))
    const outgoing = key === undefined ? undefined : this.#outgoing.get(key)
    if (key === undefined || !outgoing) return undefined
    const { op } = outgoing
    const addressed: string[] = op.k === "receipt" ? [op.to, fromBare] : [fromBare]
    // A server answers in the name that was written to; a full JID that was not is a client, and others may have the message.
    if (!addressed.includes(from)) return undefined
    this.#outgoing.delete(key)
    this.#fenced.delete(key)
    this.#open.delete(outgoing.rowId)
    return { outgoing, bounce: bounceOf(StanzaError.of(el)) }
  }
}

function keyOf(id: string, from: string, to: string): string {
  return `${id}\n${from}\n${to}`
}

const noUser = new Set(["item-not-found", "gone", "remote-server-not-found"])
const notNow = new Set(["service-unavailable", "recipient-unavailable"])

export function bounceOf({ type, condition }: Pick<StanzaError, "type" | "condition">): Bounce {
  if (type === "wait" || condition === "resource-constraint" || condition === "remote-server-timeout") return "later"
  if (notNow.has(condition)) return "when-present"
  return noUser.has(condition) ? "unreachable" : "drop"
}
