// Several networks in one gateway without XMPP, on one real store, with a bridge over a room of each: what is said in one is to come to the others.
import { randomUUID } from "node:crypto"
import { EventEmitter, once } from "node:events"
import { join } from "node:path"
import { getNetwork, loopback, standard, type Network as Loop, type SentQuery, type SentRecord } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Exchange } from "#src/core/bridges/exchange.js"
import type { Bridge, BridgeOptions, LegOptions } from "#src/core/bridges/model.js"
import type { Media } from "#src/core/files/media.js"
import { IdMint } from "#src/core/ids.js"
import type { BareJid, FullJid } from "#src/core/model.js"
import { Network } from "#src/core/network.js"
import type { Face } from "#src/core/ports.js"
import type { RoomUtterance, RoomView } from "#src/core/rooms/ports.js"
import type { Participant } from "#src/core/rooms/model.js"
import type { Store } from "#src/core/store.js"
import { openStore } from "#src/store/index.js"
import type { Component } from "#src/xmpp/component.js"
import { within } from "./deadline.js"
import { LogBook } from "./link-kit.js"
import { tempDir } from "./paths.js"
import { RoomRecorder } from "./room-recorder.js"

const nothing = (): void => undefined

export interface BridgeSettings {
  /** Adapter of each leg, by a name that is its network's id, too. Default of «undefined»: the standard one. */
  legs: Readonly<Record<string, AnyAdapter | undefined>>
  options?: BridgeOptions
  legOptions?: Readonly<Record<string, LegOptions>>
  media?: Media
  store?(store: Store): Store
}

/** One network with its room «g», where the account «bot» and whoever speaks are. */
export class Side {
  recorder = new RoomRecorder()
  network!: Network
  readonly #sent = new EventEmitter()

  constructor(
    readonly id: string,
    readonly loop: Loop,
    readonly adapter: AnyAdapter,
  ) {
    loop.sent.listen(() => this.#sent.emit("sent"))
    loop.person({ id: `bot-${id}`, name: "Bot" })
  }

  /** A person of this network says something in its room; the message's id. */
  say(text: string, more: Partial<Parameters<Loop["rooms"]["say"]>[0]> = {}): string {
    return this.loop.rooms.say({ room: "g", from: "juliet", text, ...more })
  }

  /** The network was told so much, by kind. */
  async told(kind: SentRecord["kind"], count: number, more: SentQuery = {}): Promise<SentRecord[]> {
    for (;;) {
      const found = this.loop.sent.list({ ...more, kind })
      if (found.length >= count) return found
      await within(once(this.#sent, "sent"), 5000, `${count} × ${kind} on ${this.id}, there are ${JSON.stringify(this.loop.sent.list())}`)
    }
  }

  /** Resolves when it is so, which is looked at whenever the network was told something. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await within(once(this.#sent, "sent"), 5000, `what is to be on ${this.id}: ${JSON.stringify(this.lines())}`)
  }

  /** All it was told, in short: «send Juliet (A): Hark». */
  lines(): string[] {
    return this.loop.sent.list({ room: "g" }).map(({ kind, as, text, emoji }) => {
      const what = kind === "react" ? (emoji ?? []).join(" ") : (text ?? "")
      return `${kind}${as === undefined ? "" : ` as ${as}`}${what === "" ? "" : `: ${what}`}`
    })
  }

  async view(user: BareJid): Promise<RoomView> {
    return this.network.rooms.view(user, "g", "")
  }

  /** A user of ours says something in the room as XMPP clients see it. */
  async userSays(text: string, more: Partial<RoomUtterance> = {}): Promise<void> {
    const view = await this.view(owner)
    const { participant } = await this.network.rooms.takeNick(view, "Romeo")
    await this.network.rooms.say({ view, from: `${owner}/x` as FullJid, speaker: participant, xmppId: randomUUID(), text, ...more })
  }

  async user(): Promise<{ view: RoomView; speaker: Participant; from: FullJid }> {
    const view = await this.view(owner)
    const { participant } = await this.network.rooms.takeNick(view, "Romeo")
    return { view, speaker: participant, from: `${owner}/x` as FullJid }
  }
}

export const owner = "romeo@example.test" as BareJid

export class BridgeCore {
  readonly log = new LogBook()
  readonly path = join(tempDir("bridge"), "gateway.db")
  readonly sides = new Map<string, Side>()
  store!: Store
  exchange!: Exchange
  bridge!: Bridge
  readonly #names = new Map<string, string>()

  private constructor(private readonly settings: BridgeSettings) {
    for (const [id, adapter] of Object.entries(settings.legs)) {
      const name = randomUUID()
      this.#names.set(id, name)
      const made = adapter ?? loopback(standard)
      const called = { ...made, network: { ...made.network, name: id.toUpperCase() } } as AnyAdapter
      this.sides.set(id, new Side(id, getNetwork(name), called))
    }
  }

  static async open(settings: BridgeSettings): Promise<BridgeCore> {
    const core = new BridgeCore(settings)
    await core.start()
    const legs = []
    for (const side of core.sides.values()) {
      const account = `bot-${side.id}`
      await side.network.register(owner, () => Promise.resolve({ name: account, password: "p" }))
      await side.loop.account(account).whenAttached()
      side.loop.person({ id: "juliet", name: "Juliet" })
      side.loop.rooms.make({ room: "g", name: `Room ${side.id}`, accounts: [{ id: account, role: "admin" }], members: ["juliet"] })
      await core.drained(side.id)
      const { room } = await side.view(owner)
      const options = settings.legOptions?.[side.id]
      legs.push({ conversation: room.id, consentBy: "configuration", now: Date.now(), ...(options && { options }) })
    }
    const made = await core.exchange.make({
      name: "square",
      origin: "config",
      legs,
      ...(settings.options && { options: settings.options }),
    })
    if (made === "taken") throw new Error("taken")
    core.bridge = made
    return core
  }

  /** Also again, on what the last one left. */
  async start(): Promise<void> {
    const { log, settings } = this
    const opened = await openStore({ path: this.path, log })
    this.store = settings.store?.(opened) ?? opened
    const ids = new IdMint(await opened.lastId())
    const vault = {
      seal: (_: unknown, text: string) => Buffer.from(text),
      open: (_: unknown, sealed: Uint8Array) => Buffer.from(sealed).toString(),
    }
    this.exchange = new Exchange({ store: this.store, ids, log })
    await this.exchange.load()
    const lanes = await this.store.openLanes()
    for (const side of this.sides.values()) {
      const options = { network: this.#names.get(side.id), window: 256 }
      const parts = { id: side.id, domain: `${side.id}.example.test`, adapter: side.adapter, options, configured: [], vault, ids, log }
      const { exchange, store } = this
      const media = settings.media && { media: settings.media }
      const network = new Network({ ...parts, ...media, exchange, store, mayRegister: () => true })
      side.network = network
      side.recorder = new RoomRecorder()
      const face: Face = {
        online: true,
        rooms: { write: (rowId) => queueMicrotask(() => network.delivered([rowId])), changed: nothing },
        ...{
          write: nothing,
          typing: nothing,
          contactChanged: nothing,
          say: nothing,
          consentChanged: nothing,
          linkChanged: nothing,
          presenceChanged: nothing,
          avatarChanged: nothing,
          linkRemoved: nothing,
        },
        pictureOf: () => Promise.resolve(undefined),
        slot: () => Promise.resolve(undefined),
      }
      side.recorder.seam({ face } as Component)
      network.wire(face)
      await network.start(lanes)
    }
    await this.exchange.start()
  }

  side(id: string): Side {
    const side = this.sides.get(id)
    if (!side) throw new Error(`there is no leg ${id}`)
    return side
  }

  conversation(id: string): number {
    const at = [...this.sides.keys()].indexOf(id)
    return this.bridge.legs[at]?.conversation ?? 0
  }

  /** The core has committed all that this network told it. */
  async drained(id: string): Promise<void> {
    const account = this.side(id).loop.account(`bot-${id}`)
    await account.whenAttached()
    await within(account.mailbox.drained(), 5000, `what ${id} told to be committed`)
  }

  /** Nothing waits in any lane any more; each answer of the store's is a reason to look again. */
  async quiet(): Promise<void> {
    const end = performance.now() + 10_000
    for (;;) {
      const lanes = await this.store.openLanes()
      if (lanes.length === 0) return
      if (performance.now() > end) throw new Error(`still waiting: ${JSON.stringify(lanes)}`)
    }
  }

  async stop(): Promise<void> {
    await this.exchange.stop()
    for (const { network } of this.sides.values()) await network.stop()
    for (const { network } of this.sides.values()) await network.close()
    await this.store.close()
  }
}

/** Plays with a bridge, whatever comes of it. */
export async function bridged(settings: BridgeSettings, play: (core: BridgeCore) => Promise<void>): Promise<void> {
  const core = await BridgeCore.open(settings)
  try {
    await play(core)
  } finally {
    await core.stop()
  }
}
