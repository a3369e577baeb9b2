// Presence of foreign people, in memory only: session down, last heard, or simply there.
import type { NetworkEvent } from "../adapter/contract.js"
import { Lru } from "./lru.js"
import type { ContactRow, Link } from "./model.js"
import type { Presence } from "./ports.js"

type Heard = Extract<NetworkEvent, { type: "presence" }>
const shows = { online: "available", away: "away", busy: "dnd", offline: "unavailable" } as const

export class Presences {
  /** By link and contact: of one person, two accounts may be told different things. */
  readonly #heard = new Lru<string, Presence>(100_000)
  readonly #tells: boolean

  /** `tells`: the network reports presence at all. */
  constructor(tells: boolean) {
    this.#tells = tells
  }

  /** True: it differs from what was known. */
  heard(link: Link, contact: ContactRow, event: Heard): boolean {
    const key = `${link.id} ${contact.id}`
    const next: Presence = { show: shows[event.show], ...(event.status !== undefined && { status: event.status }) }
    const old = this.#heard.get(key)
    this.#heard.set(key, next)
    return old?.show !== next.show || old.status !== next.status
  }

  of(link: Link, contact: ContactRow, state: { up: boolean; text: string }): Presence {
    if (!state.up) return { show: "unavailable", status: state.text }
    if (!this.#tells) return { show: "available" }
    return this.#heard.get(`${link.id} ${contact.id}`) ?? { show: "away" }
  }
}
