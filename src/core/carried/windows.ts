// How long one may still answer: some networks let a carried login answer only for some hours after the other has last written.
import type { Clock } from "../clock.js"
import type { ContactRow, Link } from "../model.js"
import type { Presence } from "../ports.js"
import type { Store } from "../store.js"
import { words } from "../words/words.js"

const hour = 60 * 60_000
/** People of whom it is known when they wrote; of others nothing is said. */
const most = 50_000

type State = "open" | "closing" | "closed"

export interface WindowParts {
  store: Pick<Store, "lastHeard">
  clock: Clock
  /** Absent: one may always answer. */
  hours: number | undefined
  /** Name of the network. */
  name: string
  /** The contact's presence says something else now. */
  changed(link: Link, legacyId: string): void
}

interface Heard {
  link: Link
  legacyId: string
  at: number
  told: State
}

export class ReplyWindows {
  readonly #heard = new Map<string, Heard>()
  /** Links of which it is known who has written lately. */
  readonly #known = new Set<number>()
  #timer: unknown
  #due = Number.POSITIVE_INFINITY
  #stopped = false

  constructor(private readonly parts: WindowParts) {}

  /** Reads who has written to this link's user lately. */
  async load(link: Link): Promise<void> {
    const { hours, store, clock } = this.parts
    if (hours === undefined) return
    for (const { legacyId, at } of await store.lastHeard(link.accountId, clock.now() - hours * hour, most)) this.heard(link, legacyId, at)
    this.#known.add(link.id)
  }

  /** Nobody has written to this link's user yet. */
  begin(link: Link): void {
    this.#known.add(link.id)
  }

  heard(link: Link, legacyId: string, at: number): void {
    if (this.parts.hours === undefined) return
    const key = keyOf(link, legacyId)
    const known = this.#heard.get(key)
    if (known && known.at >= at) return
    const next = { link, legacyId, at, told: this.#stateAt(at) }
    this.#heard.delete(key)
    this.#heard.set(key, next)
    if (this.#heard.size > most) this.#heard.delete(this.#heard.keys().next().value ?? "")
    if (this.#known.has(link.id) && next.told === "open" && known?.told !== "open") this.parts.changed(link, legacyId)
    this.#schedule(next)
  }

  forget(link: Link): void {
    this.#known.delete(link.id)
    for (const [key, one] of this.#heard) if (one.link.id === link.id) this.#heard.delete(key)
  }

  stop(): void {
    this.#stopped = true
    this.parts.clock.clear(this.#timer)
  }

  /** Undefined: there is nothing to say, or it is not known yet. */
  of(link: Link, contact: Pick<ContactRow, "legacyId">, maySend: boolean): Presence | undefined {
    const { hours, name } = this.parts
    const network = { network: name }
    if (!maySend)
      return {
        show: "away",
        status: words(
          "You can only read here: the gateway is not allowed to answer for you. Allow it in the settings of {network}.",
          network,
        ),
      }
    if (hours === undefined || !this.#known.has(link.id)) return undefined
    const known = this.#heard.get(keyOf(link, contact.legacyId))
    const state = known ? this.#stateAt(known.at) : "closed"
    if (state === "open") return undefined
    if (state === "closing")
      return {
        show: "available",
        status: words("You can answer for less than an hour: {network} allows it for {hours} hours after they have written.", {
          ...network,
          hours,
        }),
      }
    return {
      show: "away",
      status: words("From here you can answer again once they have written: {network} allows it for {hours} hours.", { ...network, hours }),
    }
  }

  #stateAt(at: number): State {
    const { hours = 0, clock } = this.parts
    const left = at + hours * hour - clock.now()
    return left <= 0 ? "closed" : left <= hour ? "closing" : "open"
  }

  /** When it is another state. */
  #next({ at, told }: Heard): number {
    const { hours = 0 } = this.parts
    if (told === "closed") return Number.POSITIVE_INFINITY
    return at + hours * hour - (told === "open" ? hour : 0)
  }

  #schedule(one: Heard): void {
    const due = this.#next(one)
    if (due >= this.#due || this.#stopped) return
    this.#due = due
    const { clock } = this.parts
    clock.clear(this.#timer)
    // A moment later, so that it is past; and a timer of weeks would fire at once.
    this.#timer = clock.set(() => this.#look(), Math.min(Math.max(due - clock.now(), 0) + 1000, 24 * hour))
  }

  #look(): void {
    this.#due = Number.POSITIVE_INFINITY
    for (const [key, one] of this.#heard) {
      const now = this.#stateAt(one.at)
      const isNew = now !== one.told
      one.told = now
      if (now === "closed") this.#heard.delete(key)
      else this.#schedule(one)
      if (isNew && this.#known.has(one.link.id)) this.parts.changed(one.link, one.legacyId)
    }
  }
}

function keyOf({ id }: Link, legacyId: string): string {
  return `${id} ${legacyId}`
}
