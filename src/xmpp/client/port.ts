// What the network of other services' rooms has of the stream of its own domain: stanzas to and from its occupants, and where files go.
import type { Element } from "@xmpp/xml"
import type { Upload } from "../../adapter/contract.js"
import type { Fetched } from "../../media/fetch.js"
import type { Slot, SlotRequest } from "../../core/ports.js"
import { domainOf, localOf } from "../jid.js"
import { stanzaError, type Xml } from "../stanza.js"
import type { IqRequest, Link } from "../types.js"
import { putUpload } from "./put.js"

/** Localparts that begin with it are occupants'; core/address.ts gives nobody else such an address. */
export const mark = "~"

/** Who has the port: one at a time. */
export interface Guest {
  stanza(el: Element): void
  /** The stream has ended; a new one finds another guest. */
  down(text: string): void
}

export interface StanzaPort {
  readonly domain: string
  readonly online: boolean
  /** False: there is no stream. */
  send(xml: Xml): boolean
  /** As `Link.iq`. */
  iq(request: IqRequest): Promise<Element>
  /** While too much of this is under way, nothing more is read from the stream. */
  while(work: Promise<unknown>): void
  /** From a public address only. Rejects with `FileRefused`, `AdapterError` or `TooLarge` (media/fetch.ts). */
  fetch(url: string, maxBytes: number, signal: AbortSignal): Promise<Fetched>
  /** Puts a file where the world fetches it; resolves with its address. Rejects with `AdapterError`. */
  place(file: Upload, signal: AbortSignal): Promise<string>
  /** Returns how to leave. */
  attach(guest: Guest): () => void
  /** Resolves once there is a stream. Rejects with the signal's reason. */
  untilOnline(signal: AbortSignal): Promise<void>
}

/** What the XMPP side of the domain gives. */
export interface PortWiring {
  link: Pick<Link, "online" | "send" | "iq">
  while(work: Promise<unknown>): void
  slot(file: SlotRequest): Promise<Slot | undefined>
}

export class OccupantPort implements StanzaPort {
  #wiring: PortWiring | undefined
  #guest: Guest | undefined
  readonly #waiting = new Set<() => void>()

  constructor(
    readonly domain: string,
    readonly fetch: StanzaPort["fetch"],
  ) {}

  // ---- the side of the stream

  wire(wiring: PortWiring): void {
    this.#wiring = wiring
  }

  /** True: the stanza is for an occupant, and nobody else's. */
  takes(el: Element): boolean {
    const { to = "", from = "" } = el.attrs
    if (!to.startsWith(mark) || !localOf(to).startsWith(mark)) return false
    // Nobody else can speak for our own domain.
    if (domainOf(to) !== this.domain || from === "" || domainOf(from) === this.domain) return true
    if (this.#guest) this.#guest.stanza(el)
    else this.#refuse(el)
    return true
  }

  /** RFC 6120 §8.2.3: whoever asks gets an answer. */
  #refuse(el: Element): void {
    if (el.name !== "iq") return
    const text = "Nobody of this address is in a room now."
    const answer = stanzaError(el, { type: "cancel", condition: "service-unavailable", text })
    if (answer) this.send(answer)
  }

  up(): void {
    for (const go of [...this.#waiting]) go()
  }

  down(text: string): void {
    this.#guest?.down(text)
  }

  // ---- the side of the network

  get online(): boolean {
    return this.#wiring?.link.online === true
  }

  send(xml: Xml): boolean {
    return this.#wiring?.link.send(xml) ?? false
  }

  iq(request: IqRequest): Promise<Element> {
    if (!this.#wiring) return Promise.reject(new Error("the port is not wired"))
    return this.#wiring.link.iq(request)
  }

  while(work: Promise<unknown>): void {
    this.#wiring?.while(work)
  }

  async place(file: Upload, signal: AbortSignal): Promise<string> {
    return putUpload(file, (slot) => this.#wiring?.slot(slot) ?? Promise.resolve(undefined), signal)
  }

  attach(guest: Guest): () => void {
    this.#guest = guest
    return () => {
      if (this.#guest === guest) this.#guest = undefined
    }
  }

  untilOnline(signal: AbortSignal): Promise<void> {
    if (this.online) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => () => {
        this.#waiting.delete(go)
        signal.removeEventListener("abort", stop)
        settle()
      }
      const go = end(resolve)
      const stop = end(() => reject(signal.reason as Error))
      if (signal.aborted) return stop()
      this.#waiting.add(go)
      signal.addEventListener("abort", stop, { once: true })
    })
  }
}
