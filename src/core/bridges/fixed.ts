// Bridges of the configuration: made, changed and ended as the file says, each room as soon as the gateway is in it.
import { backoffMs } from "../errors.js"
import type { Log } from "../log.js"
import type { Account } from "../model.js"
import { Refusal } from "../ports.js"
import type { RoomRow } from "../rooms/model.js"
import type { Agreements } from "./agreements.js"
import type { Bridge, BridgeOptions, LegOptions } from "./model.js"
import type { Side } from "./side.js"

export interface FixedLeg {
  network: string
  /** Name in the configuration; absent: the network's only one. */
  account?: string
  /** The network's id. */
  room: string
  password?: string
  options: LegOptions
}

/** A bridge as the configuration names it. */
export interface FixedBridge {
  name: string
  legs: readonly FixedLeg[]
  options: BridgeOptions
}

const consent = "configuration"
/** Rooms that are not there are looked for so often, in ms; the network is asked for each less and less. */
const lookMs = 10_000

interface Missing {
  tries: number
  /** Epoch ms. */
  next: number
  told: string
}

export class FixedBridges {
  #wanted: readonly FixedBridge[] | undefined
  #running: Promise<void> = Promise.resolve()
  #isDue = false
  #stopped = false
  #timer: NodeJS.Timeout | undefined
  readonly #missing = new Map<string, Missing>()
  /** Passwords with which rooms were entered in this run. */
  readonly #passwords = new Map<string, string>()

  constructor(
    private readonly agreements: Agreements,
    private readonly log: Log,
  ) {}

  /** The configuration is this now. Resolves when what can be done at once is done; never rejects. */
  follow(wanted: readonly FixedBridge[]): Promise<void> {
    const isFirst = this.#wanted === undefined
    this.#wanted = wanted
    for (const missing of this.#missing.values()) missing.next = 0
    if (isFirst && wanted.length === 0 && !this.agreements.exchange.bridges().some(({ origin }) => origin === "config"))
      return Promise.resolve()
    return this.look(true)
  }

  /** `all`: also where nothing was missing. */
  look(all = false): Promise<void> {
    if (this.#stopped || !this.#wanted || (!all && this.#missing.size === 0)) return Promise.resolve()
    // One look at a time, and one more for all that came meanwhile.
    if (this.#isDue) return this.#running
    this.#isDue = true
    this.#running = this.#running.then(async () => {
      this.#isDue = false
      clearTimeout(this.#timer)
      if (this.#stopped) return
      await this.#carryOut().catch((error: unknown) => this.log.error({ err: error }, "the bridges of the configuration could not be made"))
      if (this.#missing.size === 0 || this.#stopped) return
      this.#timer = setTimeout(() => void this.look(), lookMs)
      this.#timer.unref()
    })
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #carryOut(): Promise<void> {
    const wanted = this.#wanted ?? []
    const { exchange } = this.agreements
    for (const bridge of exchange.bridges())
      if (bridge.origin === "config" && !wanted.some(({ name }) => name === bridge.name)) await this.agreements.end(bridge, consent)
    const keys = new Set(wanted.flatMap((one) => one.legs.map((leg) => keyOf(one, leg))))
    for (const key of this.#missing.keys()) if (!keys.has(key)) this.#missing.delete(key)
    for (const one of wanted) await this.#one(one)
  }

  async #one(wanted: FixedBridge): Promise<void> {
    const { exchange } = this.agreements
    const { name, options } = wanted
    let bridge = exchange.bridges().find((one) => one.origin === "config" && one.name === name)
    if (!bridge) {
      const made = await exchange.make({ name, options, origin: "config", legs: [] })
      if (made === "taken") return
      bridge = made
    }
    if (JSON.stringify(bridge.options) !== JSON.stringify(options)) bridge = (await exchange.change(bridge.id, { options })) ?? bridge
    // First what is to go: nothing more is said there.
    for (const { conversation } of bridge.legs) {
      const spot = this.agreements.spot(conversation)
      const isWanted = spot && wanted.legs.some((leg) => this.#isThis(leg, spot.side, spot.room))
      // Of a network that is not there (any more) nobody can tell; nothing comes to it.
      if (spot && !isWanted) await this.agreements.removeLeg(bridge, conversation, consent)
    }
    for (const leg of wanted.legs) await this.#leg(wanted, bridge.id, leg)
  }

  #isThis({ network, account, room }: FixedLeg, side: Side, row: RoomRow): boolean {
    if (network !== side.network || side.account(account)?.id !== row.accountId) return false
    const ids = [row.legacyId, ...side.registry.formerIds(row)].map((id) => id.toLowerCase())
    return ids.includes(room.toLowerCase())
  }

  async #leg(wanted: FixedBridge, bridge: number, leg: FixedLeg): Promise<void> {
    const { exchange } = this.agreements
    const key = keyOf(wanted, leg)
    const room = await this.#roomOf(key, leg)
    if (typeof room === "string") return this.#miss(key, wanted, leg, room)
    const known = exchange.of(room.id)
    const side = this.agreements.side(leg.network)
    if (known?.bridge.id !== bridge) {
      const spot = side && { side, room }
      const wrong = known ? `it is in the bridge «${known.bridge.name}» already` : spot && this.#objection(spot)
      if (wrong !== undefined) return this.#miss(key, wanted, leg, wrong)
      const done = await exchange.addLeg(bridge, { conversation: room.id, options: leg.options, consentBy: consent, now: Date.now() })
      if (!done || done === "taken") return this.#miss(key, wanted, leg, "it cannot be part of it now")
      side?.note(consent, "bridge leg added", { bridge, room: room.legacyId, name: wanted.name })
      this.#said(done, room.id)
    } else if (JSON.stringify(known.leg.options) !== JSON.stringify(leg.options)) await exchange.changeLeg(room.id, leg.options)
    if (this.#missing.delete(key))
      this.log.info({ bridge: wanted.name, network: leg.network, room: leg.room }, "a room of a bridge is there now")
  }

  #objection(spot: { side: Side; room: RoomRow }): string | undefined {
    if (this.agreements.sameInBridge(spot)) return "it is in a bridge already, by another account"
    return this.agreements.objection(spot)?.message
  }

  #said(bridge: Bridge, room: number): void {
    if (bridge.legs.length > 1) this.agreements.announce(bridge, bridge.legs.length === 2 ? undefined : room)
  }

  /** A string: why there is none yet. */
  async #roomOf(key: string, leg: FixedLeg): Promise<RoomRow | string> {
    const side = this.agreements.side(leg.network)
    if (!side) return "this network is not running"
    const account = side.account(leg.account)
    if (!account) return "its account is not logged in yet"
    const found = side.registry.find(account.id, leg.room) ?? side.registry.find(account.id, leg.room.toLowerCase())
    const isNewPassword = leg.password !== undefined && this.#passwords.has(key) && this.#passwords.get(key) !== leg.password
    if (leg.password !== undefined && !isNewPassword) this.#passwords.set(key, leg.password)
    if (found?.state === "open" && !isNewPassword) return found
    if (!side.isLive(account.id)) return "its account is not connected yet"
    if (Date.now() < (this.#missing.get(key)?.next ?? 0)) return this.#missing.get(key)?.told ?? ""
    return this.#open(side, account, leg, key)
  }

  async #open(side: Side, account: Account, { room, password }: FixedLeg, key: string): Promise<RoomRow | string> {
    const missing = this.#missing.get(key)
    if (missing) missing.tries++
    if (missing) missing.next = Date.now() + Math.max(lookMs / 2, backoffMs(missing.tries))
    if (password !== undefined) this.#passwords.set(key, password)
    if (!side.canEnter) {
      const known = await side.known(account.id, room)
      return known?.state === "open" ? known : "the account is not in this room, or there is no such room"
    }
    try {
      const entered = await side.enter(account, room, password)
      const isSame = [entered.legacyId, ...side.registry.formerIds(entered)].some((id) => id.toLowerCase() === room.toLowerCase())
      return isSame ? entered : `the network calls it «${entered.legacyId}»: write that`
    } catch (error) {
      if (error instanceof Refusal) return error.message
      throw error
    }
  }

  /** Once for each reason. */
  #miss(key: string, { name }: FixedBridge, { network, room }: FixedLeg, why: string): void {
    const known = this.#missing.get(key)
    if (known?.told === why) return
    this.#missing.set(key, { tries: known?.tries ?? 0, next: known?.next ?? 0, told: why })
    this.log.warn(
      { bridge: name, network, room, reason: why },
      "a room of a bridge of the configuration is not there yet; it is looked for again and again",
    )
  }
}

function keyOf({ name }: FixedBridge, { network, account = "", room }: FixedLeg): string {
  return JSON.stringify([name, network, account, room])
}
