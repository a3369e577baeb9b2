// Who agrees to what: bridges made of the consents of their sides, changed and ended by whoever runs one of them. One for all networks.
import type { ConsentStore } from "../consent/store.js"
import { invalid, type FoundTicket, type Tickets } from "../identity/tickets.js"
import type { Log } from "../log.js"
import { Lru } from "../lru.js"
import type { BareJid } from "../model.js"
import { Refusal } from "../ports.js"
import type { RoomRow } from "../rooms/model.js"
import { words, type Words } from "../words/words.js"
import type { Exchange } from "./exchange.js"
import { FixedBridges } from "./fixed.js"
import { mostLegs, type Bridge, type BridgeOptions, type LegOptions } from "./model.js"
import { nameOf, type Asker, type Side } from "./side.js"
import { Visits } from "./visits.js"

/** A code is good so long, in ms. */
export const codeMs = 15 * 60_000
/** Codes that one user may have open. */
const mostCodes = 20
/** Bans that are just mirrored: what a network tells of them is no news. */
const mostBans = 1000

/** What a code stands for: the consent of one side; or a question whether who says it in this room runs it, asked by a user. */
export type Subject = { leg: number; who: Asker } | { prove: number; user: BareJid }

/** A room, with its network. */
export interface Spot {
  side: Side
  room: RoomRow
}

export interface AgreementParts {
  exchange: Exchange
  /** Absent: no codes, hence bridges of the configuration alone. */
  tickets?: Tickets
  store: Pick<ConsentStore, "openTickets">
  log: Log
  /** By the configuration: who may begin with bridges at all. */
  mayBridge(user: BareJid): boolean
}

export class Agreements {
  readonly visits: Visits
  /** Bridges of the configuration. */
  readonly fixed: FixedBridges
  readonly #sides = new Map<string, Side>()
  readonly #bans = new Lru<string, true>(mostBans)

  constructor(private readonly parts: AgreementParts) {
    const { exchange } = parts
    this.visits = new Visits((room) => exchange.of(room.id) !== undefined)
    this.fixed = new FixedBridges(this, parts.log)
    exchange.onBan = (conversation, person) => this.#banned(conversation, person)
    exchange.onLost = (bridge) => void this.#lost(bridge)
  }

  /** An account is up, or a room is new: what waited for it goes on. */
  changed(): void {
    void this.fixed.look()
  }

  async stop(): Promise<void> {
    this.visits.stop()
    await this.fixed.stop()
  }

  get exchange(): Exchange {
    return this.parts.exchange
  }

  join(side: Side): void {
    this.#sides.set(side.network, side)
  }

  side(network: string): Side | undefined {
    return this.#sides.get(network)
  }

  may(user: BareJid, side: Side): boolean {
    return this.parts.tickets !== undefined && (side.isAdmin(user) || this.parts.mayBridge(user))
  }

  spot(conversation: number): Spot | undefined {
    for (const side of this.#sides.values()) {
      const room = side.registry.byId(conversation)
      if (room) return { side, room }
    }
    return undefined
  }

  /** «Verona (Network)». */
  called({ side, room }: Spot): string {
    return `${nameOf(room)} (${side.name})`
  }

  #titles(conversations: readonly number[]): string {
    return conversations
      .flatMap((one) => this.spot(one) ?? [])
      .map((spot) => this.called(spot))
      .join(", ")
  }

  /** Why the room can be part of no bridge; undefined: it can. */
  objection({ side, room }: Spot): Refusal | undefined {
    return side.objection(room, new Set([...this.#sides.values()].map(({ domain }) => domain)))
  }

  // ---- codes

  /** The consent of a side, as a code for the other. Who may has been asked. Throws `Refusal`. */
  async issue(spot: Spot, who: Asker, user: BareJid): Promise<string> {
    const wrong = this.objection(spot)
    if (wrong) throw wrong
    const known = this.exchange.of(spot.room.id)
    if (known?.bridge.origin === "config") throw fixed()
    return this.#code(spot, user, { leg: spot.room.id, who })
  }

  /** Whoever says this code in the room, and runs it, agrees; `user` gets the code for the other side. Throws `Refusal`. */
  async ask(spot: Spot, user: BareJid): Promise<string> {
    const wrong = this.objection(spot)
    if (wrong) throw wrong
    return this.#code(spot, user, { prove: spot.room.id, user })
  }

  async #code({ side, room }: Spot, user: BareJid, subject: Subject): Promise<string> {
    const { store } = this.parts
    const tickets = this.#tickets()
    const query = { user, kind: "bridge" as const, network: side.network, now: Date.now() }
    if ((await store.openTickets(query)).length >= mostCodes)
      throw new Refusal("resource-constraint", words("You have too many open codes. Try again later."), "wait")
    side.note(user, "bridge code issued", { room: room.legacyId })
    return tickets.issue({ kind: "bridge", network: side.network, user, subject, uses: 1, forMs: codeMs })
  }

  #tickets(): Tickets {
    const { tickets } = this.parts
    if (!tickets) throw new Refusal("feature-not-implemented", words("This gateway has no codes."))
    return tickets
  }

  /** By a user of ours. Throws `Refusal`; unknown, expired and used up are one answer. */
  find(code: string, user: BareJid): Promise<FoundTicket> {
    return this.#tickets().find(code, user, ["bridge"])
  }

  /** It can be said again by nobody. */
  async void(ticket: FoundTicket): Promise<void> {
    await this.#tickets().take(ticket)
  }

  /** The other side agrees: who may has been asked. Throws `Refusal`. */
  async redeem(ticket: FoundTicket, here: Spot, who: Asker): Promise<Words> {
    const subject = ticket.subject as Partial<Subject & { who: Asker }> | null
    if (subject && "prove" in subject && typeof subject.prove === "number")
      return this.#proven(ticket, subject as { prove: number; user: BareJid }, here, who)
    const leg = subject && "leg" in subject ? subject.leg : undefined
    const there = leg === undefined ? undefined : this.spot(leg)
    if (!subject?.who || !there) throw invalid()
    const wrong = this.objection(here) ?? this.objection(there)
    if (wrong) throw wrong
    if (!(await there.side.runs(there.room, subject.who)))
      throw new Refusal("forbidden", words("Whoever gave this code does not run the other room any more."), "auth")
    const bridge = this.#target(here, there)
    await this.void(ticket)
    return bridge
      ? this.#grow(bridge, here, there, { [here.room.id]: who, [there.room.id]: subject.who })
      : this.#begin(here, there, who, subject.who)
  }

  async #proven(ticket: FoundTicket, { prove, user }: { prove: number; user: BareJid }, here: Spot, who: Asker): Promise<Words> {
    if (prove !== here.room.id || !("person" in who)) throw invalid()
    await this.void(ticket)
    const code = await this.issue(here, who, user)
    here.side.note(actorOf(who), "bridge agreed to", { room: here.room.legacyId, user })
    here.side.say(user, codeText(here.room, code))
    return words("Agreed: {jid} has the code for the other side now.", { jid: user })
  }

  /** The bridge that one of them is in already; undefined: a new one is to be made. Throws `Refusal`. */
  #target(here: Spot, there: Spot): Bridge | undefined {
    const [ours, theirs] = [here, there].map(({ room }) => this.exchange.of(room.id)?.bridge)
    if (here.room.id === there.room.id) throw new Refusal("conflict", words("That is the same room: the code is for another one."))
    if (ours && theirs && ours.id === theirs.id) throw new Refusal("conflict", words("These rooms are bridged with each other already."))
    if (ours && theirs) throw new Refusal("conflict", words("Both rooms are in bridges already. End one of them first, with «unbridge»."))
    const bridge = ours ?? theirs
    if (bridge?.origin === "config") throw fixed()
    if (bridge && bridge.legs.length >= mostLegs)
      throw new Refusal("resource-constraint", words("A bridge has at most {most} rooms.", { most: mostLegs }))
    const [fresh, other] = ours ? [there, here] : [here, there]
    for (const spot of bridge ? bridge.legs.flatMap(({ conversation }) => this.spot(conversation) ?? []) : [other])
      if (isSame(spot, fresh)) throw twice(fresh)
    for (const spot of bridge ? [fresh] : [fresh, other]) if (this.sameInBridge(spot)) throw twice(spot)
    return bridge
  }

  /** The same room by another account is a leg already, of whatever bridge: all would come twice. */
  sameInBridge(spot: Spot): Bridge | undefined {
    return this.exchange
      .bridges()
      .find(({ legs }) => legs.some(({ conversation }) => conversation !== spot.room.id && isSame(this.spot(conversation), spot)))
  }

  async #begin(here: Spot, there: Spot, who: Asker, other: Asker): Promise<Words> {
    const now = Date.now()
    const spots = [there, here]
    const legs = [
      { conversation: there.room.id, consentBy: actorOf(other), now },
      { conversation: here.room.id, consentBy: actorOf(who), now },
    ]
    const name = spots.map(({ room }) => nameOf(room).slice(0, 50)).join(" – ")
    const made = await this.exchange.make({ name, origin: actorOf(other), legs })
    if (made === "taken") throw new Refusal("conflict", words("One of these rooms has become part of a bridge just now."))
    for (const { side, room } of spots) side.note(actorOf(who), "bridge made", { bridge: made.id, room: room.legacyId, with: name })
    this.announce(made)
    return words("Done: what is said in {here} is seen in {there} from now on, and the other way.", {
      here: this.called(here),
      there: this.called(there),
    })
  }

  async #grow(bridge: Bridge, here: Spot, there: Spot, consents: Record<number, Asker>): Promise<Words> {
    const fresh = this.exchange.of(here.room.id) ? there : here
    const who = consents[fresh.room.id]
    const done = await this.exchange.addLeg(bridge.id, { conversation: fresh.room.id, consentBy: who ? actorOf(who) : "", now: Date.now() })
    if (done === undefined || done === "taken")
      throw new Refusal("conflict", words("One of these rooms has become part of a bridge just now."))
    for (const { conversation } of done.legs)
      this.#note(conversation, who ? actorOf(who) : "", "bridge leg added", { bridge: bridge.id, leg: fresh.room.legacyId })
    this.announce(done, fresh.room.id)
    return words("Done: {room} is part of the bridge {name} now.", { room: this.called(fresh), name: done.name })
  }

  #note(conversation: number, actor: string, act: string, detail: Readonly<Record<string, string | number | null>>): void {
    this.spot(conversation)?.side.note(actor, act, detail)
  }

  /** Told in all legs, each of the others. `fresh`: this one is new to the others. */
  announce({ legs }: Bridge, fresh?: number): void {
    const ids = legs.map(({ conversation }) => conversation)
    for (const conversation of ids) {
      const others = this.#titles(ids.filter((one) => one !== conversation))
      if (others === "") continue
      const text =
        fresh === undefined || fresh === conversation
          ? `ℹ This room is bridged with ${others} from now on: what is said in one is seen in all.`
          : `ℹ ${this.#titles([fresh])} is part of this bridge from now on.`
      void this.exchange.tell([conversation], text)
    }
  }

  // ---- changes and ends: who may has been asked

  /** One side goes; of two the bridge ends. Throws `Refusal`. */
  async part(spot: Spot, by: string): Promise<Words> {
    const known = this.exchange.of(spot.room.id)
    if (!known) throw notBridged(spot.room)
    if (known.bridge.origin === "config") throw fixed()
    await this.removeLeg(known.bridge, spot.room.id, by)
    return words("{room} is in no bridge any more.", { room: this.called(spot) })
  }

  /** Of a bridge of the configuration also the last but one. */
  async removeLeg(bridge: Bridge, conversation: number, by: string): Promise<void> {
    const rest = bridge.legs.filter((leg) => leg.conversation !== conversation)
    if (rest.length < 2 && bridge.origin !== "config") return this.end(bridge, by)
    const title = this.#titles([conversation])
    await this.exchange.removeLeg(conversation)
    for (const leg of bridge.legs) this.#note(leg.conversation, by, "bridge leg removed", { bridge: bridge.id, room: title })
    await this.exchange.say([conversation], "ℹ This room is not bridged any more.")
    await this.exchange.tell(
      rest.map((leg) => leg.conversation),
      `ℹ ${title} is not part of this bridge any more.`,
    )
    await this.#leave([conversation])
  }

  async end(bridge: Bridge, by: string): Promise<void> {
    const ids = bridge.legs.map(({ conversation }) => conversation)
    await this.exchange.remove(bridge.id)
    for (const one of ids) this.#note(one, by, "bridge ended", { bridge: bridge.id, name: bridge.name })
    await this.exchange.say(ids, "ℹ This room is not bridged any more.")
    await this.#leave(ids)
  }

  async #leave(conversations: readonly number[]): Promise<void> {
    for (const one of conversations) {
      const spot = this.spot(one)
      if (spot) await spot.side.leave(spot.room)
    }
  }

  async change(bridge: Bridge, conversation: number, options: BridgeOptions, leg: LegOptions, by: string): Promise<void> {
    if (bridge.origin === "config") throw fixed()
    await this.exchange.change(bridge.id, { options })
    await this.exchange.changeLeg(conversation, leg)
    for (const one of bridge.legs) this.#note(one.conversation, by, "bridge options", { bridge: bridge.id })
  }

  async #lost(bridge: Bridge): Promise<void> {
    if (bridge.origin === "config" || bridge.legs.length > 1) return
    await this.end(bridge, "gateway").catch((error: unknown) =>
      this.parts.log.warn({ err: error }, "a bridge with one room left could not be ended"),
    )
  }

  /** Ids of people are one network's. */
  #banned(conversation: number, person: string): void {
    const from = this.spot(conversation)
    if (!from || this.#bans.get(`${conversation} ${person}`)) return
    for (const { conversation: other } of this.exchange.of(conversation)?.bridge.legs ?? []) {
      const spot = this.spot(other)
      if (other === conversation || spot?.side.network !== from.side.network) continue
      this.#bans.set(`${other} ${person}`, true)
      spot.side.ban(spot.room, person)
    }
  }
}

export function actorOf(who: Asker): string {
  return "user" in who ? who.user : `foreign ${who.person}`
}

export function codeText(room: RoomRow, code: string): Words {
  return words(
    "{room} agrees to a bridge. The code for the other side, for {minutes} minutes: {code}\nWho runs the other room says there: /bridge {code} (in a room of XMPP «!bridge {code}»; where a menu has the commands of the gateway, it is there). A user of this gateway can as well write to the gateway of that network: bridge ROOM {code}\nHand it to nobody else: whoever has it can bridge a room of theirs with this one.",
    { room: nameOf(room), minutes: codeMs / 60_000, code },
  )
}

function isSame(one: Spot | undefined, other: Spot): boolean {
  if (!one || one.side.kind !== other.side.kind || one.room.legacyId !== other.room.legacyId) return false
  return one.room.id !== other.room.id
}

function twice({ room }: Spot): Refusal {
  return new Refusal("conflict", words("{room} is in a bridge already, by another account of this gateway.", { room: nameOf(room) }))
}

export function fixed(): Refusal {
  return new Refusal("not-allowed", words("This bridge is of the gateway's configuration: its administrator changes it there."), "auth")
}

export function notBridged(room: RoomRow): Refusal {
  return new Refusal("item-not-found", words("{room} is in no bridge.", { room: nameOf(room) }))
}
