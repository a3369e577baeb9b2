// Presence of foreign people, in memory only: session down, last heard, or simply there.
import type { Said } from "./words/words.js"
import type { NetworkEvent } from "../adapter/contract.js"
import { Lru } from "./lru.js"
import type { ContactRow, Link } from "./model.js"
import type { Presence } from "./ports.js"

type Heard = Extract<NetworkEvent, { type: "presence" }>
const shows = { online: "available", away: "away", busy: "dnd", offline: "unavailable" } as const

export class Presences {
  /** By link and contact: of one person, two accounts may be told different things. */
  readonly #heard = new Lru<string, Presence>(100_000)
  /** By link: sessions of its account so far. */
  readonly #sessions = new Map<number, number>()
  readonly #tells: boolean

  /** `tells`: the network reports presence at all. */
  constructor(tells: boolean) {
    this.#tells = tells
  }

  /** A session begins: the network tells anew who is there, and who is not it may not mention. */
  begin(link: Link): void {
    this.#sessions.set(link.id, (this.#sessions.get(link.id) ?? 0) + 1)
  }

  forget(link: Link): void {
    this.#sessions.delete(link.id)
  }

  #key(link: Link, contact: ContactRow): string {
    return `${link.id}.${this.#sessions.get(link.id) ?? 0} ${contact.id}`
  }

  /** True: it differs from what was known. */
  heard(link: Link, contact: ContactRow, event: Heard): boolean {
    const key = this.#key(link, contact)
    const next: Presence = { show: shows[event.show], ...(event.status !== undefined && { status: event.status }) }
    const old = this.#heard.get(key)
    this.#heard.set(key, next)
    return old?.show !== next.show || old.status !== next.status
  }

  of(link: Link, contact: ContactRow, state: { up: boolean; text: Said }): Presence {
    if (!state.up) return { show: "unavailable", status: state.text }
    if (!this.#tells) return { show: "available" }
    return this.#heard.get(this.#key(link, contact)) ?? { show: "away" }
  }
}
