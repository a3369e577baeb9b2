// Proven people in the rooms of shared accounts: who is there is put out when the network does not let them be there any more.
import type { NetworkEvent } from "../../adapter/contract.js"
import type { Directory } from "../directory.js"
import type { FullJid, Link } from "../model.js"
import type { Face } from "../ports.js"
import type { RoomRow } from "../rooms/model.js"
import type { Registry } from "../rooms/registry.js"
import type { RoomChange } from "../rooms/ports.js"
import { clock as realClock, type Clock } from "../clock.js"
import { isProven, mayEnter, maySpeak, Membership, type Known, type MembershipParts, type Proven } from "./membership.js"
import { Watch, type Pair } from "./watch.js"

type Why = Extract<RoomChange, { k: "lost" }>["why"]
type MemberEvent = Extract<NetworkEvent, { type: "member" }>

/** In lists an answer is good for so long, ms; that much is asked for one list, so much of it at once; and the list waits so long, ms. */
const lookMs = 30 * 60_000
const mostLooks = 40
const looksAtOnce = 4
const lookPatienceMs = 3000

export interface GuestParts extends Omit<MembershipParts, "isTied" | "now"> {
  directory: Directory
  registry: () => Registry
  clock?: Clock
  face: () => Face
}

export class Guests {
  readonly membership: Membership
  readonly #watch: Watch
  /** Whose rooms are just asked about. */
  readonly #looking = new Map<number, Promise<unknown>>()

  constructor(private readonly parts: GuestParts) {
    const { directory, clock = realClock } = parts
    this.membership = new Membership({ ...parts, isTied: ({ id }) => directory.links.has(id), now: () => clock.now() })
    this.#watch = new Watch(clock, (pair) => this.recheck(pair, "left"))
  }

  /** A client is in the room, as whoever its address says. */
  joined(room: RoomRow, user: Link["jid"], tag: string, full: FullJid): void {
    const link = this.parts.directory.linksOf(user).find((one) => one.accountId === room.accountId && one.tag === tag)
    if (link && isProven(link)) this.#watch.joined(link, room, full)
    else this.#watch.left(room.id, full)
  }

  /** As far as is known. Others than proven people are not ours to judge. */
  mayStay(room: RoomRow, user: Link["jid"], tag: string): boolean {
    const link = this.parts.directory.linksOf(user).find((one) => one.accountId === room.accountId && one.tag === tag)
    return !link || !isProven(link) || this.parts.registry().isOpenTo(link, room)
  }

  left(room: number, full: FullJid): void {
    this.#watch.left(room, full)
  }

  /** The session is up (again): what changed meanwhile was told to nobody. */
  up(account: number): void {
    this.#doubt(account, () => true, "left")
  }

  /** Epoch ms. */
  now(): number {
    return (this.parts.clock ?? realClock).now()
  }

  /** Asks about rooms of which nothing is known lately; resolves after a moment, what comes later is there the next time. */
  async look(link: Proven, rooms: readonly RoomRow[]): Promise<void> {
    const { membership } = this
    const unknown = rooms.filter((room) => {
      const known = membership.known(link, room)
      return !known || known.doubted || Math.abs(this.now() - known.at) > lookMs
    })
    if (unknown.length === 0) return
    // Those least known first, so that all have their turn.
    const queue = unknown.sort((a, b) => (membership.known(link, a)?.at ?? 0) - (membership.known(link, b)?.at ?? 0)).slice(0, mostLooks)
    const worker = async (): Promise<void> => {
      for (let room = queue.shift(); room; room = queue.shift()) await this.recheck({ link, room }, "left")
    }
    const looking =
      this.#looking.get(link.id) ?? Promise.all(Array.from({ length: looksAtOnce }, worker)).finally(() => this.#looking.delete(link.id))
    this.#looking.set(link.id, looking)
    let timer: NodeJS.Timeout | undefined
    await Promise.race([looking, new Promise<void>((resolve) => (timer = setTimeout(resolve, lookPatienceMs)))])
    clearTimeout(timer)
  }

  stop(): void {
    this.#watch.stop()
  }

  /** Somebody came, went or was changed, in a room or in all of a container. Resolves when what follows at once is committed. */
  async member(room: RoomRow, { member, change, by }: MemberEvent): Promise<void> {
    const links = this.#linksOf(room.accountId, member.contact.id)
    if (links.length === 0) return
    const rooms = this.#all(room)
    if (change === "joined" || change === "changed")
      return this.#doubt(room.accountId, (pair) => links.includes(pair.link) && rooms.includes(pair.room), "left", links, rooms)
    const at = this.now()
    const role = change === "banned" ? "banned" : "none"
    for (const link of links)
      for (const one of rooms) {
        if (!this.membership.known(link, one)) continue
        await this.membership.told(link, one, { role, maySend: false, at })
        this.#lost({ link, room: one }, change, by && (by.name ?? by.id))
      }
  }

  /** Rights may have changed: of one person or of all, in a room, in a container, or everywhere. */
  access(account: number, room: RoomRow | undefined, user: string | undefined): void {
    const links = user === undefined ? undefined : this.#linksOf(account, user)
    const rooms = room && this.#all(room)
    const isMeant = ({ link, room: one }: Pair): boolean => (links?.includes(link) ?? true) && (rooms?.includes(one) ?? true)
    this.#doubt(account, isMeant, user === undefined ? "closed" : "left", links, rooms)
  }

  #all(room: RoomRow): RoomRow[] {
    return room.kind === "container" ? [room, ...this.parts.registry().below(room)] : [room]
  }

  #linksOf(account: number, identity: string): Proven[] {
    return this.parts.directory
      .linksOfAccount(account)
      .filter(isProven)
      .filter((link) => link.identity === identity)
  }

  /** What is known does not count any more where it can be asked; of those who are in a room it is asked soon. */
  #doubt(account: number, isMeant: (pair: Pair) => boolean, why: Why, links?: readonly Proven[], rooms?: readonly RoomRow[]): void {
    const { directory, registry } = this.parts
    for (const link of links ?? directory.linksOfAccount(account).filter(isProven)) {
      const known = rooms ?? [...this.membership.roomsOf(link)].flatMap((id) => registry().byId(id) ?? [])
      for (const room of known) this.membership.doubt(link, room)
    }
    for (const pair of this.#watch.pairs((one) => one.link.accountId === account && isMeant(one)))
      this.#watch.soon(pair, () => this.recheck(pair, why))
  }

  /** Asks; who may not be there any more is put out, who got or lost their voice is told. Never rejects. */
  async recheck({ link, room }: Pair, why: Why): Promise<void> {
    const before = this.membership.known(link, room)
    const now = await this.membership.ask(link, room)
    if (now) this.settle({ link, room }, before, now, why)
  }

  /** An answer is here. */
  settle(pair: Pair, before: Known | undefined, now: Known, why: Why = "left"): void {
    if (!mayEnter(now)) this.#lost(pair, now.role === "banned" ? "banned" : why)
    else if (!before || maySpeak(before) !== maySpeak(now)) this.parts.face().rooms.changed(pair.room, { k: "access", user: pair.link.jid })
  }

  #lost({ link, room }: Pair, why: Why, by?: string): void {
    if (this.parts.registry().byId(room.id) !== room) return
    this.parts.face().rooms.changed(room, { k: "lost", link, why, ...(by !== undefined && { by }) })
  }

  /** The link ends. Before it is forgotten. */
  unlinked(link: Link): void {
    for (const pair of this.#watch.pairs((one) => one.link.id === link.id)) this.#lost(pair, "unlinked")
    this.membership.forget(link)
  }
}
