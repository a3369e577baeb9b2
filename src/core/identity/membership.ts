// What proven people may do in the rooms of a shared account, as the network last said: in memory whole, and in the store.
import type { Role } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import type { Accounts } from "../accounts.js"
import type { Log } from "../log.js"
import type { Link } from "../model.js"
import type { RoomRow } from "../rooms/model.js"
import { Lru } from "../lru.js"
import type { IdentityStore } from "./store.js"

/** An answer is believed so long without asking again, in ms. */
export const freshMs = 5 * 60_000
/** Where the network cannot be asked, what it last said counts so long, in ms. */
export const graceMs = 60 * 60_000
/** Whoever joins or speaks waits so long for an answer, in ms. */
export const patienceMs = 5000

/** A question is asked again so often at once, if what it is about changes meanwhile. */
const mostAgain = 3

/** `at`: when it was asked, epoch ms. `doubted`: it may have changed since. */
export interface Known {
  role: Role
  maySend: boolean
  at: number
  doubted?: true
}

export interface MembershipParts {
  network: string
  store: Pick<IdentityStore, "loadAccess" | "putAccess">
  accounts: Pick<Accounts, "live" | "soonLive">
  log: Log
  /** Not unlinked meanwhile. */
  isTied(link: Link): boolean
  /** Epoch ms. */
  now(): number
}

/** Who is tied as a person the network knows. */
export type Proven = Link & { identity: string }

export function isProven(link: Link): link is Proven {
  return typeof link.identity === "string"
}

export class Membership {
  /** By link and room: of those who may be there. */
  readonly #granted = new Map<number, Map<number, Known>>()
  /** When it was last said that somebody may not be there: asked again soon, but not each time. */
  readonly #denied = new Lru<string, Known>(20_000)
  readonly #asking = new Map<string, Promise<Known | undefined>>()
  /** Questions under way whose answer may be of the time before a change. */
  readonly #overtaken = new Set<string>()

  constructor(private readonly parts: MembershipParts) {}

  async load(): Promise<void> {
    for (const { link, room, role, maySend, at } of await this.parts.store.loadAccess(this.parts.network))
      this.#of(link).set(room, { role, maySend, at, doubted: true })
  }

  #of(link: number): Map<number, Known> {
    const rooms = this.#granted.get(link) ?? new Map<number, Known>()
    this.#granted.set(link, rooms)
    return rooms
  }

  /** From memory; undefined: nothing is known. */
  known(link: Link, room: RoomRow): Known | undefined {
    return this.#granted.get(link.id)?.get(room.id) ?? this.#denied.get(keyOf(link, room))
  }

  /** As far as is known. */
  isIn(link: Link, room: RoomRow): boolean {
    return this.#granted.get(link.id)?.has(room.id) ?? false
  }

  /** Rooms in which the link is, as far as is known. */
  roomsOf(link: Link): Iterable<number> {
    return this.#granted.get(link.id)?.keys() ?? []
  }

  /** What counts now: an answer younger than `maxAge`, else a new one, else the last for a while. Undefined: unknown, which is no access. */
  async current(link: Proven, room: RoomRow, maxAge = freshMs): Promise<Known | undefined> {
    const known = this.known(link, room)
    if (known && this.#age(known) < maxAge) return known
    return (await this.#patiently(link, room)) ?? this.#lasting(link, room)
  }

  /** As `current`, without asking. */
  #lasting(link: Proven, room: RoomRow): Known | undefined {
    const known = this.known(link, room)
    return known && Math.abs(this.parts.now() - known.at) < graceMs ? known : undefined
  }

  #age({ at, doubted }: Known): number {
    return doubted ? Number.POSITIVE_INFINITY : Math.abs(this.parts.now() - at)
  }

  async #patiently(link: Proven, room: RoomRow): Promise<Known | undefined> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), patienceMs)))
    return Promise.race([this.ask(link, room), late]).finally(() => clearTimeout(timer))
  }

  /** One question at a time, shared by all who have it. Undefined: no answer. Never rejects. */
  ask(link: Proven, room: RoomRow): Promise<Known | undefined> {
    const key = keyOf(link, room)
    const under = this.#asking.get(key)
    if (under) return under
    const asking = this.#question(link, room)
      .catch((error: unknown) => {
        const { log } = this.parts
        log.info(
          { err: error instanceof AdapterError ? error.message : error, room: room.legacyId },
          "what somebody may do in a room could not be asked",
        )
        return undefined
      })
      .finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  async #question(link: Proven, room: RoomRow): Promise<Known | undefined> {
    const { accounts, now } = this.parts
    for (let i = 0; i < mostAgain; i++) {
      const live = await accounts.soonLive(link.accountId, patienceMs)
      if (!live?.session.access) return undefined
      this.#overtaken.delete(keyOf(link, room))
      const answer = await live.session.access({ room: room.legacyId, user: link.identity }, live.signal).catch((error: unknown) => {
        // It knows no such person there.
        if (error instanceof AdapterError && error.kind === "gone") return { role: "none" as const, maySend: false }
        throw error
      })
      if (this.#overtaken.delete(keyOf(link, room))) continue
      return this.#put(link, room, { role: answer.role, maySend: answer.maySend, at: now() })
    }
    return undefined
  }

  /** The network tells it by itself. Resolves when it is committed. */
  async told(link: Link, room: RoomRow, known: Known): Promise<void> {
    this.#overtake(link, room)
    await this.#put(link, room, known)
  }

  async #put(link: Link, room: RoomRow, known: Known): Promise<Known> {
    if (!this.parts.isTied(link)) return known
    if (mayEnter(known)) this.#of(link.id).set(room.id, known)
    else {
      this.#granted.get(link.id)?.delete(room.id)
      this.#denied.set(keyOf(link, room), known)
    }
    const { role, maySend, at } = known
    await this.parts.store.putAccess({ link: link.id, room: room.id, role, maySend, at })
    return known
  }

  /** It may have changed: what is known counts only where it cannot be asked. */
  doubt(link: Link, room: RoomRow): void {
    this.#overtake(link, room)
    const granted = this.#granted.get(link.id)
    const known = granted?.get(room.id)
    if (known) granted?.set(room.id, { ...known, doubted: true })
    this.#denied.delete(keyOf(link, room))
  }

  #overtake(link: Link, room: RoomRow): void {
    const key = keyOf(link, room)
    if (this.#asking.has(key)) this.#overtaken.add(key)
  }

  forget(link: Link): void {
    this.#granted.delete(link.id)
  }

  forgetRoom(room: number): void {
    for (const rooms of this.#granted.values()) rooms.delete(room)
  }
}

export function mayEnter({ role }: Pick<Known, "role">): boolean {
  return role !== "none" && role !== "banned"
}

export function maySpeak({ role, maySend }: Known): boolean {
  return maySend && role !== "muted"
}

function keyOf({ id }: Link, room: RoomRow): string {
  return `${id} ${room.id}`
}
