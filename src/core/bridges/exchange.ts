// Bridges of all networks: which conversations repeat each other, and the lanes by which what is said in one comes to the others (docs/adr/0010).
import type { IdMint } from "../ids.js"
import type { Log } from "../log.js"
import { Lru } from "../lru.js"
import type { RoomOp, RoomRow } from "../rooms/model.js"
import type { Store } from "../store.js"
import { Copier } from "./copier.js"
import { CopyLane } from "./lane.js"
import { Loops } from "./loops.js"
import type { Bridge, BridgeOptions, Leg, LegOptions } from "./model.js"
import type { Bridging, CopyOf, Peer } from "./ports.js"
import type { NewLeg } from "./store.js"

export interface ExchangeParts {
  store: Store
  ids: IdMint
  log: Log
}

interface Known {
  bridge: Bridge
  leg: Leg
  others: readonly number[]
}

/** The same is not said again within this time, in ms. */
const quietMs = 10 * 60_000
const mostTold = 1000

export class Exchange implements Bridging {
  readonly #bridges = new Map<number, Bridge>()
  readonly #legs = new Map<number, Known>()
  readonly #lanes = new Map<number, CopyLane>()
  readonly #loops = new Map<number, Loops>()
  readonly #peers: Peer[] = []
  readonly #told = new Lru<string, number>(mostTold)
  readonly #copier: Copier
  #running = false
  /** Somebody was banned in a leg of a bridge that wants bans to be so everywhere. */
  onBan: (conversation: number, person: string) => void = () => undefined
  /** A room is gone, and its leg with it. */
  onLost: (bridge: Bridge) => void = () => undefined

  constructor(private readonly parts: ExchangeParts) {
    this.#copier = new Copier({ ...parts, exchange: this })
  }

  // ---- beginning and end

  /** A network takes part; one that was put together anew takes the place of what it was. */
  join(peer: Peer): void {
    const at = this.#peers.findIndex(({ network }) => network === peer.network)
    if (at === -1) this.#peers.push(peer)
    else this.#peers[at] = peer
  }

  /** Before any network starts. */
  async load(): Promise<void> {
    for (const bridge of await this.parts.store.loadBridges()) this.#put(bridge)
  }

  /** The networks know their rooms: what waits from before goes on. */
  async start(): Promise<void> {
    this.#running = true
    this.poke(await this.parts.store.legsWithCopies())
  }

  /** What waits then waits on disk. */
  async stop(): Promise<void> {
    this.#running = false
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()))
  }

  // ---- what there is

  others(conversation: number): readonly number[] | undefined {
    return this.#legs.get(conversation)?.others
  }

  since(conversation: number): number | undefined {
    return this.#legs.get(conversation)?.leg.consentAt
  }

  bridges(): Bridge[] {
    return [...this.#bridges.values()]
  }

  bridge(id: number): Bridge | undefined {
    return this.#bridges.get(id)
  }

  /** The bridge that a conversation is a leg of. */
  of(conversation: number): { bridge: Bridge; leg: Leg } | undefined {
    return this.#legs.get(conversation)
  }

  /** The network and room of a leg. Undefined: its network is not configured (any more), or the room is gone. */
  place(conversation: number): { peer: Peer; room: RoomRow } | undefined {
    for (const peer of this.#peers) {
      const room = peer.registry.byId(conversation)
      if (room) return { peer, room }
    }
    return undefined
  }

  loops(bridge: number): Loops {
    const known = this.#loops.get(bridge) ?? new Loops()
    this.#loops.set(bridge, known)
    return known
  }

  // ---- changes: each is stored, then known

  /** Who may is the caller's to know. `taken`: one of the conversations is a leg already. */
  async make(bridge: { name: string; options?: BridgeOptions; origin: string; legs: NewLeg[] }): Promise<Bridge | "taken"> {
    const made = await this.parts.store.makeBridge({ ...bridge, now: Date.now() })
    return made === "taken" ? made : this.#put(made)
  }

  async addLeg(bridge: number, leg: NewLeg): Promise<Bridge | "taken" | undefined> {
    const done = await this.parts.store.addLeg(bridge, leg)
    return done === undefined || done === "taken" ? done : this.#put(done)
  }

  /** Resolves the bridge without it; undefined: it was none. */
  async removeLeg(conversation: number): Promise<Bridge | undefined> {
    const done = await this.parts.store.removeLeg(conversation)
    this.#legs.delete(conversation)
    return done && this.#put(done)
  }

  async remove(bridge: number): Promise<void> {
    await this.parts.store.removeBridge(bridge)
    for (const { conversation } of this.#bridges.get(bridge)?.legs ?? []) this.#legs.delete(conversation)
    this.#bridges.delete(bridge)
    this.#loops.delete(bridge)
  }

  async change(bridge: number, change: { name?: string; options?: BridgeOptions }): Promise<Bridge | undefined> {
    const done = await this.parts.store.changeBridge(bridge, change)
    return done && this.#put(done)
  }

  async changeLeg(conversation: number, options: LegOptions): Promise<Bridge | undefined> {
    const done = await this.parts.store.changeLeg(conversation, options)
    return done && this.#put(done)
  }

  #put(bridge: Bridge): Bridge {
    for (const { conversation } of this.#bridges.get(bridge.id)?.legs ?? []) this.#legs.delete(conversation)
    this.#bridges.set(bridge.id, bridge)
    const hears = bridge.legs.filter(({ options }) => options.way !== "in")
    const takes = bridge.legs.filter(({ options }) => options.way !== "out")
    for (const leg of bridge.legs) {
      const others = hears.includes(leg) ? takes.filter((other) => other !== leg).map(({ conversation }) => conversation) : []
      this.#legs.set(leg.conversation, { bridge, leg, others })
    }
    return bridge
  }

  changed(gone: number, into?: number): void {
    const known = this.#legs.get(gone)
    if (!known) return
    const { bridge } = known
    const stays = into === undefined || this.#legs.has(into)
    const rest = bridge.legs.filter(({ conversation }) => conversation !== gone)
    this.#put({ ...bridge, legs: stays ? rest : [...rest, { ...known.leg, conversation: into }] })
    this.#legs.delete(gone)
    void this.#lanes.get(gone)?.stop()
    this.#lanes.delete(gone)
    if (stays) this.onLost({ ...bridge, legs: rest })
    if (into !== undefined) this.poke([into])
  }

  // ---- what is told

  poke(legs: readonly number[] | undefined): void {
    if (!this.#running) return
    for (const leg of legs ?? []) this.#lane(leg).poke()
  }

  #lane(leg: number): CopyLane {
    const known = this.#lanes.get(leg)
    if (known) return known
    const step = (): ReturnType<Copier["step"]> => this.#copier.step(leg)
    const lane = new CopyLane(leg, step, () => this.#copier.passOver(leg), this.parts.log)
    this.#lanes.set(leg, lane)
    return lane
  }

  moved(conversation: number, nick: string, how: "joined" | "left"): void {
    const known = this.#legs.get(conversation)
    if (known?.bridge.options.joins !== true) return
    const room = this.place(conversation)
    const where = room ? `${room.room.name ?? room.room.legacyId} (${room.peer.name})` : "the other room"
    void this.tell(known.others, `ℹ ${nick} ${how === "joined" ? "joined" : "left"} ${where}.`)
  }

  banned(conversation: number, person: string): void {
    if (this.#legs.get(conversation)?.bridge.options.bans === true) this.onBan(conversation, person)
  }

  refused(conversation: number, { from, of }: CopyOf, why: string): void {
    const key = `${conversation} ${from} ${why}`
    const now = Date.now()
    if (now - (this.#told.get(key) ?? -Infinity) < quietMs) return
    this.#told.set(key, now)
    const there = this.place(conversation)
    const where = there ? `${there.room.name ?? there.room.legacyId} (${there.peer.name})` : "another room of its bridge"
    void this.tell([from], `⚠ Not delivered to ${where}: ${why}`, of)
  }

  /** The account itself says something in these legs. Never rejects. `answers`: stanza id there. */
  async tell(legs: readonly number[], text: string, answers?: string): Promise<void> {
    const { ids, store, log } = this.parts
    const id = ids.next()
    const op: RoomOp = { k: "said", id, pos: 0, by: null, text, at: Date.now(), ...(answers !== undefined && { reply: { id: answers } }) }
    try {
      await store.tellLegs(
        legs.map((conversation) => ({ conversation, row: `${id}-${conversation}` })),
        op,
      )
      this.poke(legs)
    } catch (error) {
      log.warn({ err: error }, "a note could not be told to the legs of a bridge")
    }
  }

  /** The same in rooms that are perhaps no legs any more, behind all that was said there before. Never rejects. */
  async say(conversations: readonly number[], text: string): Promise<void> {
    const said = conversations.map((conversation) =>
      this.#copier
        .say(conversation, text)
        .catch((error: unknown) => this.parts.log.info({ err: error, conversation }, "the end of a bridge could not be told in a room")),
    )
    await Promise.all(said)
  }

  pictureOf(copy: CopyOf): Promise<string | undefined> {
    return this.#copier.pictureOf(copy)
  }
}
