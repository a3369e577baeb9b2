// What users may ask of bridges, at one network's gateway (`BridgeService`).
import type { BareJid } from "../model.js"
import { Refusal } from "../ports.js"
import type { RoomRow } from "../rooms/model.js"
import { words, type Said, type Words } from "../words/words.js"
import { codeText, notBridged, type Agreements } from "./agreements.js"
import { fault } from "./bounds.js"
import type { Bridge, BridgeOptions, Leg, LegOptions } from "./model.js"
import { nameOf, type Side } from "./side.js"

/** A bridge as one user is shown it. */
export interface BridgeTold {
  bridge: Bridge
  legs: { room: string; network: string; by: string; state: RoomRow["state"] | "unknown" }[]
}

/** Who may has been asked in each of these. Throws `Refusal`. */
export interface BridgeService {
  may(user: BareJid): boolean
  /** The room that the user means; undefined: none that is known. */
  find(user: BareJid, text: string): Promise<RoomRow | undefined>
  /** A room of this network that is a leg. From memory. */
  byId(room: number): RoomRow | undefined
  /** As `find`, where the network lets it the gateway comes into the room first. Throws `item-not-found`. */
  room(user: BareJid, text: string): Promise<RoomRow>
  /** The words to go on with: the code for the other side, or how who runs the room agrees first. */
  offer(user: BareJid, room: RoomRow): Promise<Said>
  /** By a code of the other side. */
  redeem(user: BareJid, room: RoomRow, code: string): Promise<Said>
  list(user: BareJid): Promise<BridgeTold[]>
  end(user: BareJid, room: RoomRow): Promise<Said>
  /** `forbidden`, `item-not-found`. */
  options(user: BareJid, room: RoomRow): Promise<{ bridge: Bridge; leg: Leg }>
  change(user: BareJid, room: RoomRow, options: BridgeOptions, leg: LegOptions): Promise<void>
  /** The gateway knows the room's password from now on, and comes in with it. */
  password(user: BareJid, text: string, password: string): Promise<Said>
  /** The network lets the gateway into rooms that it is told of. */
  readonly canEnter: boolean
}

export class BridgeDesk implements BridgeService {
  constructor(
    private readonly side: Side,
    private readonly agreements: Agreements,
  ) {}

  get canEnter(): boolean {
    return this.side.canEnter
  }

  may(user: BareJid): boolean {
    return this.agreements.may(user, this.side)
  }

  #must(user: BareJid): void {
    if (!this.may(user))
      throw new Refusal("not-allowed", words("This gateway does not let {jid} make bridges. Ask its administrator.", { jid: user }), "auth")
  }

  find(user: BareJid, text: string): Promise<RoomRow | undefined> {
    return this.side.find(user, text)
  }

  byId(room: number): RoomRow | undefined {
    return this.side.registry.byId(room)
  }

  async room(user: BareJid, text: string): Promise<RoomRow> {
    this.#must(user)
    const known = await this.side.find(user, text)
    if (known?.state === "open") return known
    const account = this.side.entrance(user)
    if (!account) throw new Refusal("item-not-found", words("There is no such room for you. Write «rooms» to see them all."))
    const there = this.side.registry.find(account.id, text.trim().toLowerCase())
    if (there?.state === "open") return there
    this.agreements.visits.admit(user)
    const room = await this.side.enter(account, text.trim())
    const wrong = this.agreements.objection({ side: this.side, room })
    if (!wrong) this.agreements.visits.begin(user, room, () => this.side.leave(room))
    else if (!this.agreements.exchange.of(room.id)) await this.side.leave(room)
    if (wrong) throw wrong
    this.side.note(user, "room entered for a bridge", { room: room.legacyId })
    return room
  }

  async offer(user: BareJid, room: RoomRow): Promise<Said> {
    this.#must(user)
    const spot = { side: this.side, room }
    if (await this.side.runs(room, { user })) return codeText(room, await this.agreements.issue(spot, { user }, user))
    const code = await this.agreements.ask(spot, user)
    return words(
      "An owner or admin of {room} has to agree. They say there: /bridge {code} (in a room of XMPP «!bridge {code}»). Then you get the code for the other side here.",
      { room: nameOf(room), code },
    )
  }

  async redeem(user: BareJid, room: RoomRow, code: string): Promise<Said> {
    this.#must(user)
    if (!(await this.side.runs(room, { user }))) {
      this.side.note(user, "bridge refused", { room: room.legacyId })
      throw this.#notTheirs(room, code)
    }
    try {
      return await this.agreements.redeem(await this.agreements.find(code, user), { side: this.side, room }, { user })
    } catch (error) {
      if (error instanceof Refusal) this.side.note(user, "bridge refused", { room: room.legacyId, reason: error.error.text })
      throw error
    }
  }

  #notTheirs(room: RoomRow, code?: string): Refusal {
    const fill = { room: nameOf(room), code: code ?? "" }
    const text: Words =
      code === undefined
        ? words("You do not run {room}, as far as this gateway can tell.", fill)
        : words(
            "You do not run {room}, as far as this gateway can tell. Whoever does agrees there, as owner or admin, by saying: /bridge {code} (in a room of XMPP «!bridge {code}»).",
            fill,
          )
    return new Refusal("forbidden", text, "auth")
  }

  async list(user: BareJid): Promise<BridgeTold[]> {
    const { exchange } = this.agreements
    const all = this.side.isAdmin(user)
    const seen = await this.side.seen(user)
    const mine = ({ legs }: Bridge): boolean =>
      legs.some(
        ({ conversation, consentBy }) => consentBy === user || seen.has(conversation) || (all && this.side.registry.byId(conversation)),
      )
    return exchange
      .bridges()
      .filter((bridge) => mine(bridge) || (all && bridge.legs.length === 0))
      .map((bridge) => ({ bridge, legs: bridge.legs.map((leg) => this.#told(leg)) }))
  }

  #told({ conversation, consentBy }: Leg): BridgeTold["legs"][number] {
    const spot = this.agreements.spot(conversation)
    if (!spot) return { room: String(conversation), network: "?", by: consentBy, state: "unknown" }
    return { room: nameOf(spot.room), network: spot.side.name, by: consentBy, state: spot.room.state }
  }

  /** Whoever runs the room now, or agreed for it, or administers the network. */
  async #mustRun(user: BareJid, room: RoomRow): Promise<{ bridge: Bridge; leg: Leg }> {
    const known = this.agreements.exchange.of(room.id)
    if (!known) throw notBridged(room)
    const isTheirs = known.leg.consentBy === user || this.side.isAdmin(user)
    if (!isTheirs && !(await this.side.runs(room, { user }))) {
      this.side.note(user, "bridge refused", { room: room.legacyId })
      throw this.#notTheirs(room)
    }
    return known
  }

  async end(user: BareJid, room: RoomRow): Promise<Said> {
    await this.#mustRun(user, room)
    return this.agreements.part({ side: this.side, room }, user)
  }

  options(user: BareJid, room: RoomRow): Promise<{ bridge: Bridge; leg: Leg }> {
    return this.#mustRun(user, room)
  }

  async change(user: BareJid, room: RoomRow, options: BridgeOptions, leg: LegOptions): Promise<void> {
    const { bridge } = await this.#mustRun(user, room)
    const wrong = fault({ ...options, ...(leg.name !== undefined && { name: leg.name }) }) ?? fault(options)
    if (wrong) throw new Refusal("not-acceptable", wrong, "modify")
    await this.agreements.change(bridge, room.id, options, leg, user)
  }

  async password(user: BareJid, text: string, password: string): Promise<Said> {
    this.#must(user)
    const account = this.side.entrance(user)
    if (!account) throw new Refusal("feature-not-implemented", words("Rooms of {network} have no passwords.", { network: this.side.name }))
    const known = (await this.side.find(user, text)) ?? this.side.registry.find(account.id, text.trim().toLowerCase())
    if (known && this.agreements.exchange.of(known.id)) await this.#mustRun(user, known)
    else this.agreements.visits.admit(user)
    const room = await this.side.enter(account, known?.legacyId ?? text.trim(), password)
    if (!this.agreements.exchange.of(room.id)) this.agreements.visits.begin(user, room, () => this.side.leave(room))
    this.side.note(user, "room password", { room: room.legacyId })
    return words("The gateway is in {room}, and keeps the password for when it comes again.", { room: nameOf(room) })
  }
}
