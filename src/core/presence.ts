// Presence of foreign people, in memory only (design.md §2): session down, last heard, or simply there.
import type { NetworkEvent } from "../adapter/contract.js"
import { Lru } from "./lru.js"
import type { Presence } from "./ports.js"

type Heard = Extract<NetworkEvent, { type: "presence" }>
const shows = { online: "available", away: "away", busy: "dnd", offline: "unavailable" } as const

export class Presences {
  readonly #heard = new Lru<number, Presence>(100_000)
  readonly #tells: boolean

  /** `tells`: the network reports presence at all. */
  constructor(tells: boolean) {
    this.#tells = tells
  }

  /** True: it differs from what was known. */
  heard(contact: number, event: Heard): boolean {
    const next: Presence = { show: shows[event.show], ...(event.status !== undefined && { status: event.status }) }
    const old = this.#heard.get(contact)
    this.#heard.set(contact, next)
    return old?.show !== next.show || old.status !== next.status
  }

  of(contact: number, state: { up: boolean; text: string }): Presence {
    if (!state.up) return { show: "unavailable", status: state.text }
    if (!this.#tells) return { show: "available" }
    return this.#heard.get(contact) ?? { show: "away" }
  }
}
