// What an account missed while it was away: its list of rooms, then of each what was said, taken back or changed there meanwhile.
import { fill, Gates, logFailure, page, skewMs, type Live, type Source } from "../catchup.js"
import type { RoomInbound } from "./inbound.js"
import type { RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"

/** Rooms of one account that are looked at side by side. */
const parallel = 4
/** Messages that are fetched of a room that is new. */
const backfill = 100
const lookBack = 100

export class CatchUp {
  readonly #gates: Gates<RoomRow>
  /** Rooms without any history of theirs yet; nothing waits for them. */
  readonly #new: Gates<RoomRow>
  readonly #source: Source<RoomRow>

  constructor(private readonly parts: RoomParts & { inbound: RoomInbound }) {
    const { accounts, log, inbound, store, capabilities } = parts
    this.#gates = new Gates({ accounts, log, what: "what was missed in a room" })
    this.#new = new Gates({ accounts, log, what: "what was said before in a new room" })
    this.#source = {
      lookBack,
      maxPage: capabilities.history?.maxPage,
      ref: (room) => ({ room: room.legacyId }),
      known: (room, limit) => store.recentMessages(room.id, limit),
      isForeign: (room, item) => inbound.isForeign(room, item),
      take: (room, event, cursor) => inbound.accept(room.accountId, room.legacyId, event, { live: false, cursor }),
    }
    inbound.gate = (room) => this.#gates.wait(room)
  }

  /** A session is about to be made: from its first event on there may be a gap. */
  connecting(account: number): void {
    if (this.parts.capabilities.history === undefined) return
    for (const room of this.parts.registry.ofAccount(account)) {
      if (room.state !== "open" || !this.#hasGap(room) || !hasHistory(room)) continue
      this.parts.inbound.behind.add(room.id)
      this.#gates.shut(room)
    }
  }

  /** The session is up. Never rejects; what fails is tried again with the next session. */
  up(account: number): void {
    const live = this.parts.accounts.live(account)
    if (!live) return
    if (this.parts.capabilities.history) {
      const rooms = this.parts.registry.ofAccount(account).filter(({ state }) => state === "open")
      this.#gates.queue(account, rooms.filter(({ id }) => this.parts.inbound.behind.has(id))) // prettier-ignore
      this.#new.queue(account, rooms.filter((room) => !this.#hasGap(room) && hasHistory(room))) // prettier-ignore
    }
    const work = async (): Promise<void> => {
      await this.#gates.drain(account, live, parallel, (room) => this.#catchUp(room, live))
      await this.#list(account, live)
      await this.#new.drain(account, live, parallel, (room) => this.#older(room, live))
    }
    void work().catch((error: unknown) => logFailure(this.parts.log, error, "the rooms of an account could not be listed"))
    live.signal.addEventListener("abort", () => this.#gates.release(account), { once: true })
  }

  /** A room is new to us: what was said there before is fetched in the background. */
  opened(room: RoomRow): void {
    const live = this.parts.accounts.live(room.accountId)
    if (!live || !this.parts.capabilities.history || !hasHistory(room)) return
    if (this.#new.add(room)) return
    this.#new.queue(room.accountId, [room])
    void this.#new.drain(room.accountId, live, parallel, (one) => this.#older(one, live))
  }

  async #catchUp(room: RoomRow, live: Live): Promise<void> {
    if (room.cursor === null) await this.#first(room, live)
    else if (!(await fill(this.#source, room, live))) return
    this.parts.inbound.behind.delete(room.id)
  }

  /** Where nobody has spoken yet, nothing is missing; but of a bridge the other legs wait to hear the first word. */
  #hasGap({ id, cursor }: RoomRow): boolean {
    return cursor !== null || this.parts.bridges.since(id) !== undefined
  }

  /** Nobody had spoken in this leg of a bridge: what was said since it is one was missed, what was said before is history. */
  async #first(room: RoomRow, live: Live): Promise<void> {
    const { inbound, bridges } = this.parts
    const { accountId, legacyId } = room
    const since = (bridges.since(room.id) ?? Number.POSITIVE_INFINITY) - skewMs
    const { items } = await page(this.#source, room, live, {})
    const before = items.filter(({ at }) => at.getTime() < since)
    for (const item of before.toReversed()) await inbound.accept(accountId, legacyId, item, { live: false, older: true, cursor: null })
    for (const item of items.slice(before.length)) {
      if (item.own === true && !(await inbound.isForeign(room, item))) continue
      await inbound.accept(accountId, legacyId, item, { live: false, cursor: item.id })
    }
  }

  /** All rooms of the account, containers before what is in them. */
  async #list(account: number, { session, signal }: Live): Promise<void> {
    if (this.parts.capabilities.rooms === undefined || !session.rooms) return
    const parents: (string | undefined)[] = [undefined]
    const seen = new Set<string>()
    for (const parent of parents) {
      let cursor: string | undefined
      do {
        const page = await session.rooms({ ...(parent !== undefined && { parent }), ...(cursor !== undefined && { cursor }) }, signal)
        for (const room of page.items) {
          if (seen.has(room.id)) continue
          seen.add(room.id)
          // Whoever lists what is in a room need not say where it is.
          const placed = parent === undefined || room.parent !== undefined ? room : { ...room, parent }
          await this.parts.inbound.emit(account, { type: "room", room: placed })
          if (room.kind === "container") parents.push(room.id)
        }
        cursor = page.next
      } while (cursor !== undefined && !signal.aborted)
    }
  }

  /** What was last said before we knew the room: newest first, for each goes before the archive's beginning. */
  async #older(room: RoomRow, live: Live): Promise<void> {
    const { inbound, capabilities } = this.parts
    if (capabilities.history?.older !== true) return
    let before: string | undefined
    for (let fetched = 0; fetched < backfill;) {
      const { items, more } = await page(this.#source, room, live, before === undefined ? {} : { before })
      for (const item of items.reverse()) {
        const cursor = room.cursor === null ? item.id : null
        await inbound.accept(room.accountId, room.legacyId, item, { live: false, older: true, cursor })
      }
      fetched += items.length
      const first = items.at(-1)?.id
      if (!more || first === undefined || first === before) return
      before = first
    }
  }
}

/** Nobody talks in a container, and of some rooms the network tells nothing to this account. */
function hasHistory({ kind, facts }: RoomRow): boolean {
  return kind !== "container" && facts.limits?.history !== false
}
