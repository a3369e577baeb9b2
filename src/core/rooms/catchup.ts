// What an account missed while it was away: its list of rooms, then of each what was said, taken back or changed there meanwhile.
import type { MessageEvent } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import type { How, RoomInbound } from "./inbound.js"
import type { RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"

type Live = NonNullable<ReturnType<RoomParts["accounts"]["live"]>>

/** Rooms of one account that are looked at side by side. */
const parallel = 4
/** Messages that are asked for at once, and fetched of a room that is new. */
const pageSize = 100
const backfill = 100
/** So many of the last messages are looked at again: they may have been taken back or changed. */
const lookBack = 100
/** Pages fetched of one room; where more was missed, the rest comes with the next session. */
const mostPages = 100
/** Clocks differ: ours dates what we said, the network's what others said, in ms. */
const skewMs = 2 * 60_000
/** What is told while an account connects waits so long for the connection, in ms: an adapter may wait for its events to be taken. */
const connectMs = 2000

interface HistoryPage {
  items: MessageEvent[]
  more: boolean
}

interface Gate {
  promise: Promise<void>
  open: () => void
}

export class CatchUp {
  /** Rooms whose events wait until what was missed is stored. */
  readonly #gates = new Map<number, Gate>()
  /** Of each account, rooms still to be looked at; whose events wait come first. */
  readonly #queues = new Map<number, Set<RoomRow>>()
  /** Rooms without any history of theirs yet. */
  readonly #new = new Map<number, Set<RoomRow>>()

  constructor(private readonly parts: RoomParts & { inbound: RoomInbound }) {
    parts.inbound.gate = (room) => this.#gate(room)
  }

  /** A session is about to be made: from its first event on there may be a gap. */
  connecting(account: number): void {
    if (this.parts.capabilities.history === undefined) return
    for (const room of this.parts.registry.ofAccount(account)) {
      if (room.state !== "open" || room.cursor === null) continue
      this.parts.inbound.behind.add(room.id)
      if (this.#gates.has(room.id)) continue
      let open = (): void => undefined
      const promise = new Promise<void>((resolve) => (open = resolve))
      this.#gates.set(room.id, { promise, open })
    }
  }

  /** The session is up. Never rejects; what fails is tried again with the next session. */
  up(account: number): void {
    const live = this.parts.accounts.live(account)
    if (!live) return
    if (this.parts.capabilities.history) {
      const rooms = this.parts.registry.ofAccount(account).filter(({ state }) => state === "open")
      this.#queues.set(account, new Set(rooms.filter(({ id }) => this.parts.inbound.behind.has(id))))
      this.#new.set(account, new Set(rooms.filter(({ cursor }) => cursor === null)))
    }
    const work = async (): Promise<void> => {
      await this.#drain(account, live, this.#queues, (room) => this.#catchUp(room, live))
      await this.#list(account, live)
      await this.#drain(account, live, this.#new, (room) => this.#older(room, live))
    }
    void work().catch((error: unknown) => this.#failed(error, "the rooms of an account could not be listed"))
    live.signal.addEventListener("abort", () => this.#release(account), { once: true })
  }

  /** A room is new to us: what was said there before is fetched in the background. */
  opened(room: RoomRow): void {
    const live = this.parts.accounts.live(room.accountId)
    if (!live || !this.parts.capabilities.history) return
    const waiting = this.#new.get(room.accountId)
    if (waiting) return void waiting.add(room)
    this.#new.set(room.accountId, new Set([room]))
    void this.#drain(room.accountId, live, this.#new, (one) => this.#older(one, live))
  }

  #gate(room: RoomRow): Promise<void> | undefined {
    const gate = this.#gates.get(room.id)
    if (!gate) return undefined
    const queue = this.#queues.get(room.accountId)
    if (queue?.has(room)) this.#queues.set(room.accountId, new Set([room, ...queue]))
    if (this.parts.accounts.live(room.accountId)) return gate.promise
    const timer = setTimeout(() => this.parts.accounts.live(room.accountId) ?? this.#open(room), connectMs)
    return gate.promise.finally(() => clearTimeout(timer))
  }

  #open(room: RoomRow): void {
    this.#gates.get(room.id)?.open()
    this.#gates.delete(room.id)
  }

  /** The session ended: nothing waits for it any more. */
  #release(account: number): void {
    for (const room of this.parts.registry.ofAccount(account)) this.#open(room)
  }

  /** Takes rooms out of an account's set until it is empty, several at a time. */
  async #drain(account: number, live: Live, sets: Map<number, Set<RoomRow>>, work: (room: RoomRow) => Promise<void>): Promise<void> {
    const next = (): RoomRow | undefined => {
      const [room] = sets.get(account) ?? []
      if (room) sets.get(account)?.delete(room)
      return room
    }
    const worker = async (): Promise<void> => {
      for (let room = next(); room && !live.signal.aborted; room = next()) {
        await work(room).catch((error: unknown) =>
          this.#failed(error, "what was missed in a room could not be fetched; the next session tries again"),
        )
        this.#open(room)
      }
    }
    await Promise.all(Array.from({ length: parallel }, worker))
    if (sets.get(account)?.size === 0) sets.delete(account)
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

  /** All pages after what is stored, beginning a little before its end; what they lack was taken back. */
  async #catchUp(room: RoomRow, live: Live): Promise<void> {
    const { store, inbound } = this.parts
    // Before the first page is asked for: what is said from now on may not be in it.
    const known = await store.recentMessages(room.id, lookBack)
    const old = new Set(known.map(({ legacyId }) => legacyId))
    // Where more was missed than was fetched, newer messages are known than the cursor's: the gap begins there.
    const anchor = old.has(room.cursor ?? "") ? known.find(({ ours }) => !ours) : undefined
    const seen = new Set<string>()
    let since = anchor?.at ?? Number.POSITIVE_INFINITY
    let after = anchor?.legacyId ?? room.cursor
    for (let pages = 0; pages < mostPages && after !== null; pages++) {
      const { items, more } = await this.#page(room, live, { after })
      for (const item of items) {
        since = Math.min(since, item.at.getTime())
        seen.add(item.id)
        await this.#missed(room, item, { live: false, cursor: old.has(item.id) ? null : item.id })
      }
      const last = items.at(-1)?.id
      if (more && last !== undefined && last !== after) {
        after = last
        continue
      }
      // Ids do not tell what comes first. Times do, but what we said is dated by our own clock.
      const gone = known.filter(({ legacyId, at, ours }) => at > since + (ours ? skewMs : 0) && !seen.has(legacyId))
      if (gone.length > 0) await this.#takenBack(room, gone.map(({ legacyId }) => legacyId)) // prettier-ignore
      inbound.behind.delete(room.id)
      return
    }
  }

  async #page(room: RoomRow, { session, signal }: Live, where: { after?: string; before?: string }): Promise<HistoryPage> {
    const limit = Math.min(pageSize, this.parts.capabilities.history?.maxPage ?? pageSize)
    // Declared, hence there.
    return (await session.history?.({ chat: { room: room.legacyId }, ...where, limit }, signal)) ?? { items: [], more: false }
  }

  async #missed(room: RoomRow, item: MessageEvent, how: How): Promise<void> {
    const { inbound } = this.parts
    if (item.own === true && !(await inbound.isForeign(room, item))) return
    const isNew = await inbound.accept(room.accountId, room.legacyId, item, how)
    if (isNew || item.own === true || item.revision === undefined) return
    const { chat, from, id, at, revision, body } = item
    await inbound.accept(room.accountId, room.legacyId, { type: "edit", chat, from, id, at, revision, body }, { live: false })
  }

  async #takenBack(room: RoomRow, ids: string[]): Promise<void> {
    const { inbound } = this.parts
    await inbound.accept(room.accountId, room.legacyId, { type: "retract", chat: { room: room.legacyId }, ids }, { live: false })
  }

  /** What was last said before we knew the room: newest first, for each goes before the archive's beginning. */
  async #older(room: RoomRow, live: Live): Promise<void> {
    const { inbound, capabilities } = this.parts
    if (capabilities.history?.older !== true) return
    let before: string | undefined
    for (let fetched = 0; fetched < backfill;) {
      const { items, more } = await this.#page(room, live, before === undefined ? {} : { before })
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

  #failed(error: unknown, text: string): void {
    const { log } = this.parts
    if (error instanceof AdapterError) log.info({ reason: error.message }, text)
    else log.warn({ err: error }, text)
  }
}
