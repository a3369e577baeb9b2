// Lanes towards XMPP: rows are written in order, and go when the fence says that the server has them (docs/adr/0004).
import type { Store } from "./store.js"
import type { Directory } from "./directory.js"
import type { Clock } from "./clock.js"
import { awaited } from "./inward.js"
import { Lane } from "./lane.js"
import { Shares, type Origin, type SharesParts } from "./files/shares.js"
import type { BareJid, DirectOp, FullJid, InOp, Link, OutboxRow } from "./model.js"
import type { Bounce, Face, Outgoing } from "./ports.js"
import type { Log } from "./log.js"
import type { RoomOp, RoomRow } from "./rooms/model.js"
import type { Registry } from "./rooms/registry.js"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** When a bounced stanza is tried again, doubling from `first` to `most`, and how long it is kept (docs/adr/0004), in ms. */
const table: Record<Exclude<Bounce, "drop">, { first: number; most: number; patience: number }> = {
  later: { first: minute, most: hour, patience: day },
  // Presence is what brings these back; the tries are for users whose presence we are not told.
  "when-present": { first: hour, most: day, patience: 7 * day },
  unreachable: { first: day, most: day, patience: 30 * day },
}

/** To a user who is there something may come back so often before it waits. */
const triesAtOnce = 3

interface Pending {
  lane: InLane
  /** Written to the stream that is up, not yet fenced. */
  written: boolean
}

/** Whom a lane leads to: a user, from a contact or the gateway; or all who are in a room, of whom nothing comes back. */
type Addressee = { link: Link; legacyId: string; room?: undefined } | { room: RoomRow; link?: undefined }

/** `clean`: every row in memory was written, so that a new one can be written without looking at the others. */
type InLane = Lane<InOp> & {
  to?: Addressee | undefined
  busy?: boolean
  clean?: boolean
  held?: boolean
  timer?: NodeJS.Timeout | undefined
  /** The first row waits for its file. */
  wait?: unknown
}

export interface DeliveryParts extends Omit<SharesParts, "originOf" | "changed" | "add" | "store" | "face"> {
  store: Store
  directory: Directory
  registry: Registry
  face: () => Face
}

export class Delivery {
  readonly #lanes = new Map<number, InLane>()
  readonly #held = new Set<InLane>()
  readonly #pending = new Map<string, Pending>()
  /** Who is there, with which resources, as far as presence told since the stream came up. */
  readonly #here = new Map<BareJid, Set<FullJid>>()
  readonly #store: Store
  readonly #directory: Directory
  readonly #registry: Registry
  readonly #face: () => Face
  readonly #log: Log
  readonly #clock: Clock
  readonly #shares: Shares
  #done: string[] = []
  #stopped = false

  constructor(parts: DeliveryParts) {
    this.#store = parts.store
    this.#clock = parts.clock
    this.#shares = new Shares({
      ...parts,
      originOf: async (conversation) => {
        const to = await this.#addressee(conversation)
        return to && this.#originOf(to)
      },
      changed: (conversation, row, op) => this.#changed(conversation, row, op),
      add: (conversation, row) => this.add(conversation, row),
    })
    this.#directory = parts.directory
    this.#registry = parts.registry
    this.#face = parts.face
    this.#log = parts.log
  }

  /** A lane that was found in the store at start-up. */
  open(name: string): void {
    const lane: InLane = new Lane<InOp>(this.#store, name, true)
    this.#lanes.set(lane.conversation, lane)
  }

  /** Late files of a conversation (`late:<conversation>`) that were found in the store at start-up. */
  openLate(conversation: number): void {
    void this.#shares
      .open(conversation)
      .catch((error: unknown) => this.#log.warn({ err: error, conversation }, "files that are late could not be read"))
  }

  /** A row that was just committed to `in:<conversation>`, with those before it. */
  add(conversation: number, row: OutboxRow<InOp>): void {
    for (const other of row.before ?? []) this.add(conversation, other)
    const lane = this.#lane(conversation)
    const spilled = lane.spilled
    lane.push(row)
    const mayGo = lane.clean === true && !spilled && lane.held !== true && !lane.spilled && !awaited(row.op)
    if (mayGo && this.#face().online && lane.to) this.#writeRow(lane, lane.to, row)
    else this.#run(lane)
  }

  /** The account is up (again): its files can be fetched. */
  up(account: number): void {
    this.#shares.up(account)
  }

  /** What a row says is another now, for its file is there or late; null: the row is gone. */
  #changed(conversation: number, id: string, op: InOp | null): void {
    const lane = this.#lanes.get(conversation)
    const row = lane?.rows.find((one) => one.id === id)
    if (!lane || !row) return
    if (op) row.op = op
    else lane.remove(id)
    this.#run(lane)
  }

  streamUp(): void {
    this.#shares.streamUp()
    for (const lane of this.#lanes.values()) this.#run(lane)
  }

  streamDown(): void {
    this.#here.clear()
    for (const pending of this.#pending.values()) {
      pending.written = false
      pending.lane.clean = false
    }
  }

  delivered(rowIds: readonly string[]): void {
    for (const id of rowIds) {
      const pending = this.#pending.get(id)
      if (!pending) continue
      this.#pending.delete(id)
      pending.lane.remove(id)
      if (this.#done.push(id) === 1) setImmediate(() => void this.#flush())
      if (pending.lane.idle) this.#lanes.delete(pending.lane.conversation)
      else if (pending.lane.spilled && pending.lane.rows.length === 0) this.#run(pending.lane)
    }
  }

  bounced(outgoing: Outgoing, bounce: Bounce): void {
    void this.#bounced(outgoing, bounce).catch((error: unknown) =>
      this.#log.warn({ err: error, row: outgoing.rowId }, "a bounced stanza could not be kept"),
    )
  }

  /** The user is there (again): what was held for them goes out. */
  userPresent(user: BareJid, resource: FullJid): void {
    this.#here.set(user, (this.#here.get(user) ?? new Set<FullJid>()).add(resource))
    for (const lane of this.#held) {
      if (lane.to?.link?.jid !== user) continue
      for (const row of lane.rows) row.due = 0
      this.#release(lane)
    }
  }

  userLeft(user: BareJid, resource: FullJid): void {
    const resources = this.#here.get(user)
    if (resources?.delete(resource) && resources.size === 0) this.#here.delete(user)
  }

  /** Forgets a link's lanes: its rows are gone from the store. */
  forget(link: number): void {
    this.#shares.forgetLink(link)
    for (const lane of this.#lanes.values()) if (lane.to?.link?.id === link) this.#drop(lane)
  }

  /** Forgets a room's lane: its rows are gone from the store. */
  forgetRoom(conversation: number): void {
    this.#shares.forget(conversation)
    const lane = this.#lanes.get(conversation)
    if (lane) this.#drop(lane)
  }

  /** What waited for the room `gone` waits for the room `into` now, in the order of both. */
  merged(gone: number, into: number): void {
    this.forgetRoom(gone)
    this.forgetRoom(into)
    this.open(`in:${into}`)
    this.openLate(into)
    this.#run(this.#lane(into))
  }

  #drop(lane: InLane): void {
    clearTimeout(lane.timer)
    this.#clock.clear(lane.wait)
    this.#held.delete(lane)
    for (const row of lane.rows) this.#pending.delete(row.id)
    // Who still prepares it finds nothing to write.
    lane.rows.length = 0
    this.#lanes.delete(lane.conversation)
  }

  /** No file is fetched any more; those under way are taken up after the restart. */
  halt(): void {
    this.#shares.stop()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#shares.stop()
    for (const lane of this.#lanes.values()) {
      clearTimeout(lane.timer)
      this.#clock.clear(lane.wait)
    }
    await this.#flush()
  }

  async #flush(): Promise<void> {
    const rows = this.#done
    this.#done = []
    if (rows.length === 0) return
    try {
      await this.#store.delivered(rows)
    } catch (error) {
      // They stay on disk and are written once more after a restart, with the same ids.
      this.#log.warn({ err: error, rows: rows.length }, "delivered rows could not be removed")
    }
  }

  #lane(conversation: number): InLane {
    const known = this.#lanes.get(conversation)
    if (known) return known
    const lane: InLane = new Lane<InOp>(this.#store, `in:${conversation}`, false)
    this.#lanes.set(conversation, lane)
    return lane
  }

  /** Writes what can be written. Never two at once for a lane. */
  #run(lane: InLane): void {
    if (lane.busy || this.#stopped || !this.#face().online || lane.held) return
    if (lane.to && lane.rows.length > 0) return this.#write(lane)
    lane.busy = true
    void this.#prepare(lane)
      .catch((error: unknown) => {
        this.#log.warn({ err: error, lane: lane.name }, "a lane could not be read; trying again")
        this.#hold(lane, Date.now() + 1000)
      })
      .finally(() => {
        lane.busy = false
        if (lane.held || this.#lanes.get(lane.conversation) !== lane) return
        if (lane.to && lane.rows.length > 0) this.#run(lane)
        else if (lane.idle || !lane.to) this.#drop(lane)
      })
  }

  async #prepare(lane: InLane): Promise<void> {
    lane.to ??= await this.#addressee(lane.conversation)
    // Nobody: the link or room was removed meanwhile, and its rows with it.
    if (!lane.to || lane.rows.length > 0) return
    await lane.load()
    if (lane.to.link && this.#here.has(lane.to.link.jid)) for (const row of lane.rows) row.due = 0
  }

  async #addressee(id: number): Promise<Addressee | undefined> {
    const room = this.#registry.byId(id)
    if (room) return { room }
    const conversation = await this.#directory.conversation(id)
    const link = conversation && this.#directory.links.get(conversation.linkId ?? 0)
    return link && { link, legacyId: conversation.legacyId }
  }

  #write(lane: InLane): void {
    const { to } = lane
    if (!to) return
    const now = Date.now()
    lane.clean = false
    for (const row of lane.rows) {
      if (!this.#face().online) return
      if (this.#pending.get(row.id)?.written) continue
      if (row.due > now) return this.#hold(lane, row.due)
      if (awaited(row.op)) return this.#await(lane, to, row)
      this.#writeRow(lane, to, row)
    }
    lane.clean = true
  }

  /** The lane waits for this row's file; those behind it are fetched meanwhile. */
  #await(lane: InLane, to: Addressee, row: OutboxRow<InOp>): void {
    const origin = this.#originOf(to)
    for (const other of lane.rows) if (awaited(other.op)) this.#shares.begin(lane.conversation, other, origin)
    this.#clock.clear(lane.wait)
    const left = this.#shares.left(row.id)
    if (left <= 0) this.#shares.postpone(row.id)
    lane.wait = this.#clock.set(() => this.#run(lane), Math.max(left, 1000))
  }

  #originOf({ room, ...person }: Addressee): Origin {
    if (!room) {
      const { link, legacyId } = person as Exclude<Addressee, { room: RoomRow }>
      return { account: link.accountId, legacyId, tag: link.tag, room: false, link: link.id }
    }
    const { accountId: account, legacyId } = room
    const tag = this.#directory.ownerOf(account)?.tag ?? this.#directory.accounts.get(account)?.tag ?? ""
    return { account, legacyId, tag, room: true }
  }

  #writeRow(lane: InLane, to: Addressee, { id: rowId, op, attempts, attemptedAt }: OutboxRow<InOp>): void {
    this.#pending.set(rowId, { lane, written: true })
    if (to.room) return this.#face().rooms.write(rowId, op as RoomOp | Extract<DirectOp, { k: "error" }>, to.room)
    const { link, legacyId } = to
    const outgoing: Outgoing = { rowId, op: op as DirectOp, to: link.jid, legacyId, tag: link.tag }
    if (attemptedAt !== null) outgoing.returned = { times: attempts, since: attemptedAt }
    this.#face().write(outgoing)
  }

  #hold(lane: InLane, until: number): void {
    lane.held = true
    lane.clean = false
    this.#held.add(lane)
    clearTimeout(lane.timer)
    // Looked at once an hour at least: a timer of more than 24 days would fire at once.
    lane.timer = setTimeout(() => this.#release(lane), Math.min(Math.max(until - Date.now(), 0), hour))
    lane.timer.unref()
  }

  #release(lane: InLane): void {
    clearTimeout(lane.timer)
    lane.held = false
    this.#held.delete(lane)
    this.#run(lane)
  }

  async #bounced(outgoing: Outgoing, bounce: Bounce): Promise<void> {
    const pending = this.#pending.get(outgoing.rowId)
    if (pending) pending.written = false
    const row = pending?.lane.rows.find(({ id }) => id === outgoing.rowId)
    if (bounce === "drop") {
      this.#log.info({ row: outgoing.rowId, kind: outgoing.op.k }, "the user's server refused a stanza for good; dropped")
      if (row) this.delivered([outgoing.rowId])
      return
    }
    const now = Date.now()
    const { first, most, patience } = table[bounce]
    const { times, since } = outgoing.returned ?? { times: 0, since: now }
    if (now - since > patience) {
      this.#log.warn({ row: outgoing.rowId, kind: outgoing.op.k }, "a stanza came back for too long; given up")
      if (row) this.delivered([row.id])
      return
    }
    // One of several clients was lost with what it had not acknowledged (XEP-0198): the others are there, and no presence will come.
    const atOnce = bounce === "when-present" && times < triesAtOnce && this.#here.has(outgoing.to)
    const link = pending?.lane.to?.link ?? this.#directory.linksOf(outgoing.to).find(({ tag }) => tag === outgoing.tag)
    if (!link) return
    const conversation = pending?.lane.conversation ?? (await this.#directory.direct(link, outgoing.legacyId)).id
    const back = {
      id: outgoing.rowId,
      lane: `in:${conversation}`,
      messageId: null,
      op: outgoing.op,
      state: "queued" as const,
      attempts: times + 1,
      attemptedAt: since,
      due: atOnce ? now : now + Math.min(first * 2 ** times, most),
      error: bounce,
    }
    const lane = this.#lane(conversation)
    lane.to ??= { link, legacyId: outgoing.legacyId }
    if (row) Object.assign(row, back, { messageId: row.messageId })
    else lane.insert(back)
    this.#hold(lane, back.due)
    await this.#store.restore(back)
  }
}
