// What we said and have not seen come back yet: a room's reflection is its word that it has it, and where in its order.
import type { Element } from "@xmpp/xml"
import { AdapterError } from "../../adapter/errors.js"
import { Lru } from "../../core/lru.js"
import { StanzaError } from "../iq.js"
import { resourceOf } from "../jid.js"
import type { Xml } from "../stanza.js"
import { toRoom } from "./speech.js"
import type { Occupant } from "./occupant.js"
import type { StanzaPort } from "./port.js"

/** A room has to show what it took within so long, in ms. */
const reflectMs = 30_000
const remembered = 2000

/** As the room has it. `id`: its stanza id, or ours where it gives none. */
export interface Reflected {
  id: string
  at: number
}

interface Pending {
  occupant: Occupant
  resolve(reflected: Reflected): void
  reject(error: Error): void
}

export class Utterances {
  readonly #pending = new Map<string, Pending>()
  readonly #said = new Lru<string, Reflected>(remembered)
  /** Written, and never seen come back: when first (epoch ms). */
  readonly #lost = new Lru<string, number>(remembered)

  constructor(
    private readonly room: string,
    private readonly port: Pick<StanzaPort, "send">,
    /** Looks into the room's archive for what was said since; what is found there is told by `arrived`. */
    private readonly look: (since: number) => Promise<void>,
  ) {}

  /** Resolves when the room has it. Rejects with `StanzaError` as the room refused it, or with `AdapterError`. */
  async say(occupant: Occupant, id: string, inner: Xml, signal: AbortSignal): Promise<Reflected> {
    const since = this.#lost.get(id)
    if (since !== undefined && !this.#said.get(id)) await this.look(since)
    const known = this.#said.get(id)
    if (known) return known
    if (signal.aborted) throw new AdapterError("retry", `It was not sent to ${this.room}.`)
    if (!this.port.send(toRoom(occupant.jid, this.room, id, inner)))
      throw new AdapterError("retry", "There is no connection to the XMPP server.")
    this.#lost.set(id, since ?? Date.now())
    occupant.spokeAt = Date.now()
    return new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer)
        signal.removeEventListener("abort", stop)
        this.#pending.delete(id)
      }
      const fail = (error: Error): void => {
        over()
        reject(error)
      }
      const unknown = (): void => fail(new AdapterError("unknown-outcome", `${this.room} did not show in time what was said.`))
      const timer = setTimeout(unknown, reflectMs)
      const stop = unknown
      signal.addEventListener("abort", stop, { once: true })
      this.#pending.set(id, {
        occupant,
        reject: fail,
        resolve: (reflected) => {
          over()
          resolve(reflected)
        },
      })
    })
  }

  /** A message that one of us said came back. */
  reflected(stanza: Element, reflected: Reflected): void {
    const origin = stanza.getChild("origin-id", "urn:xmpp:sid:0")?.attrs["id"]
    const nick = resourceOf(stanza.attrs["from"] ?? "")
    const told = [stanza.attrs["id"], origin].find((id) => id !== undefined && this.#pending.has(id))
    // Some rooms give what they show ids of their own: then it is the first that this occupant still waits for.
    const id = told ?? [...this.#pending].find(([, { occupant }]) => occupant.nick === nick)?.[0]
    if (id !== undefined) this.arrived(id, reflected)
    else if (stanza.attrs["id"] !== undefined) this.arrived(stanza.attrs["id"], reflected)
  }

  /** The room has it. */
  arrived(id: string, reflected: Reflected): void {
    this.isIt(id, reflected)
    this.#lost.delete(id)
    this.#pending.get(id)?.resolve(this.#said.get(id) ?? reflected)
  }

  /** Everybody in a room sees our ids: what comes first with one is what we said, and what comes later with it another's word. */
  isIt(id: string, reflected: Reflected): boolean {
    const known = this.#said.get(id)
    if (!known) this.#said.set(id, reflected)
    return known === undefined || known.id === reflected.id
  }

  /** A message of type error, to one of us. */
  refused(stanza: Element): void {
    const { id = "", to } = stanza.attrs
    const pending = this.#pending.get(id)
    if (!pending || pending.occupant.jid !== to) return
    this.#lost.delete(id)
    pending.reject(StanzaError.of(stanza))
  }

  /** Nothing of it will be seen any more. */
  end(error: AdapterError): void {
    for (const { reject } of [...this.#pending.values()]) reject(error)
  }
}
