// One network's side of what is agreed upon bridges: which room is meant, who runs it, and how the gateway comes into it.
import type { NetworkEvent } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import type { Accounts } from "../accounts.js"
import { roomJid } from "../address.js"
import type { Audit, Rules } from "../admin/ports.js"
import type { Directory } from "../directory.js"
import { refusedBy } from "../errors.js"
import { isProven } from "../identity/membership.js"
import type { Account, BareJid } from "../model.js"
import type { NetworkParts } from "../parts.js"
import { Refusal } from "../ports.js"
import { begin } from "../rooms/begin.js"
import type { RoomRow } from "../rooms/model.js"
import type { RoomView } from "../rooms/ports.js"
import type { Registry } from "../rooms/registry.js"
import { words, type Said } from "../words/words.js"

/** Who agrees: a user of ours, or a person of the network, by the session of this account. */
export type Asker = { user: BareJid } | { person: string; account: number }

/** A session that is about to come up, and an answer of the network's, are waited for so long, in ms. */
const patienceMs = 10_000

export interface SideParts extends Pick<NetworkParts, "id" | "domain" | "adapter" | "options" | "configured" | "log"> {
  directory: Directory
  registry: Registry
  accounts: Pick<Accounts, "live" | "soonLive" | "state" | "describe">
  rules: Rules
  audit: Audit
  isAdmin(user: BareJid): boolean
  /** Rooms that the user sees; and one of them, with what the account may do there asked anew. */
  visible(user: BareJid): Promise<RoomView[]>
  view(user: BareJid, legacyId: string, tag: string): Promise<RoomView>
  emit(account: number, event: NetworkEvent): Promise<void>
  /** Something for a user who is perhaps not registered. */
  say(user: BareJid, text: Said): void
}

export class Side {
  constructor(private readonly parts: SideParts) {}

  get network(): string {
    return this.parts.id
  }

  get name(): string {
    return this.parts.adapter.network.name
  }

  get domain(): string {
    return this.parts.domain
  }

  /** The same for the same network, however often it is configured. */
  get kind(): string {
    return `${this.parts.adapter.network.id} ${JSON.stringify(this.parts.options)}`
  }

  get registry(): Registry {
    return this.parts.registry
  }

  isAdmin(user: BareJid): boolean {
    return this.parts.isAdmin(user)
  }

  say(user: BareJid, text: Said): void {
    this.parts.say(user, text)
  }

  note(actor: string, act: string, detail: Readonly<Record<string, string | number | boolean | null>>): void {
    this.parts.audit.note({ actor, act, detail: { network: this.network, ...detail } })
  }

  /** Accounts of the configuration that are known. */
  #own(): Account[] {
    const { directory, configured } = this.parts
    return configured.flatMap(({ tag }) => [...directory.accounts.values()].filter((account) => account.tag === tag))
  }

  /** Of this name in the configuration; undefined: the only one. */
  account(tag: string | undefined): Account | undefined {
    const own = this.#own()
    return tag === undefined ? (own.length === 1 ? own[0] : undefined) : own.find((account) => account.tag === tag)
  }

  isConfigured({ accountId }: RoomRow): boolean {
    return this.#own().some(({ id }) => id === accountId)
  }

  /** The gateway's account can come into a room that it is told of. */
  get canEnter(): boolean {
    return this.parts.adapter.capabilities.manage?.can.includes("join") === true && this.#own().length > 0
  }

  /** The account by which a user may have the gateway come into a room; of one whose rooms are open to users only administrators say where it goes. */
  entrance(user: BareJid): Account | undefined {
    const account = this.canEnter ? this.account(undefined) : undefined
    const settings = this.parts.configured.find(({ tag }) => tag === account?.tag)
    return settings?.isOpen === true && !this.isAdmin(user) ? undefined : account
  }

  addressOf({ legacyId, accountId }: RoomRow): string {
    return roomJid(this.domain, legacyId, this.parts.directory.accounts.get(accountId)?.tag ?? "") ?? legacyId
  }

  /** The room that the user means, by address, by the network's id of it, or by name: one that they see, or administer. Undefined: none. */
  async find(user: BareJid, text: string): Promise<RoomRow | undefined> {
    const { directory, registry } = this.parts
    const wanted = text
      .trim()
      .replace(/^xmpp:/i, "")
      .toLowerCase()
    const seen = (await this.parts.visible(user)).map(({ room, link }) => ({
      room,
      address: roomJid(this.domain, room.legacyId, link.tag),
    }))
    const own = this.isAdmin(user) ? this.#own() : []
    const more = own.flatMap(({ id, tag }) =>
      registry
        .ofAccount(id)
        .map((room) => ({ room, address: roomJid(this.domain, room.legacyId, directory.accounts.get(id)?.tag ?? tag) })),
    )
    const all = [...seen, ...more]
    const isAddress = ({ room, address }: (typeof all)[number]): boolean =>
      address?.toLowerCase() === wanted ||
      address?.slice(0, -this.domain.length - 1).toLowerCase() === wanted ||
      room.legacyId.toLowerCase() === wanted
    const addressed = all.find(isAddress)
    if (addressed) return addressed.room
    const named = new Set(all.filter(({ room }) => room.name?.toLowerCase() === wanted).map(({ room }) => room))
    if (named.size > 1) throw new Refusal("conflict", words("Several rooms have this name. Use the address; «rooms» lists them."))
    return [...named][0]
  }

  /** Rooms that a user may have to do with bridges of: for lists. */
  async seen(user: BareJid): Promise<Set<number>> {
    return new Set((await this.parts.visible(user)).map(({ room }) => room.id))
  }

  /** The account comes into a room. Throws `Refusal`. */
  async enter(account: Account, text: string, password?: string): Promise<RoomRow> {
    const { adapter, accounts, registry, log, emit } = this.parts
    const { capabilities, network } = adapter
    const room = await begin(
      { accounts, capabilities, name: network.name, registry, log, emit },
      { role: "owner", accountId: account.id },
      { do: "join", room: text, ...(password !== undefined && { password }) },
    )
    if (room) return room
    throw new Refusal(
      "remote-server-timeout",
      words("{network} has not let the gateway in yet. Try again later.", { network: network.name }),
      "wait",
    )
  }

  /** By the network's id: one that is known, or that the account is in without having been told of it. */
  async known(account: number, legacyId: string): Promise<RoomRow | undefined> {
    const { registry, accounts, emit, log } = this.parts
    const found = registry.find(account, legacyId)
    if (found?.state === "open") return found
    const live = accounts.live(account)
    if (!live?.session.room) return found
    try {
      await emit(account, { type: "room", room: await live.session.room(legacyId, live.signal) })
    } catch (error) {
      log.debug(
        { room: legacyId, reason: error instanceof AdapterError ? error.message : String(error) },
        "a room could not be asked about",
      )
    }
    return registry.find(account, legacyId)
  }

  isLive(account: number): boolean {
    return this.parts.accounts.live(account) !== undefined
  }

  /** The gateway was there for a bridge alone. Never rejects. */
  async leave(room: RoomRow): Promise<void> {
    const { accounts, emit, log, registry, adapter } = this.parts
    const isForBridges = this.canEnter && this.isConfigured(room) && registry.linksOf(room).length === 0
    const live = accounts.live(room.accountId)
    if (!isForBridges || room.state === "gone" || !live?.session.manage || adapter.capabilities.manage?.can.includes("leave") !== true)
      return
    try {
      await live.session.manage({ room: room.legacyId, do: "leave" }, live.signal)
      await emit(room.accountId, { type: "gone", room: room.legacyId, why: "removed" })
    } catch (error) {
      log.info({ room: room.legacyId, reason: String(error) }, "a room whose bridge has ended could not be left")
    }
  }

  /** Whether they are owner or admin of the room, as the network says now; or of this network's accounts. Throws `Refusal` where it cannot be asked. */
  async runs(room: RoomRow, who: Asker): Promise<boolean> {
    if ("person" in who) return who.account === room.accountId && this.#leads(room, who.person)
    const { user } = who
    if (this.parts.rules.verdict("jid", user) === "block") return false
    if (this.isAdmin(user) && this.isConfigured(room)) return true
    for (const link of this.parts.directory.linksOf(user).filter(({ accountId }) => accountId === room.accountId)) {
      if (isProven(link) && (await this.#leads(room, link.identity))) return true
      if (link.role === "owner" && (await this.parts.view(user, room.legacyId, link.tag)).affiliation === "owner") return true
    }
    return false
  }

  async #leads({ accountId, legacyId }: RoomRow, user: string): Promise<boolean> {
    const { accounts, rules } = this.parts
    const { name } = this
    if (rules.verdict("foreign", user) === "block") return false
    const live = await accounts.soonLive(accountId, patienceMs)
    if (!live)
      throw new Refusal(
        "remote-server-timeout",
        accounts.state(accountId).text || words("{network} cannot be asked now.", { network: name }),
        "wait",
      )
    if (!live.session.access)
      throw new Refusal(
        "feature-not-implemented",
        words("{network} does not say who runs a room: only an administrator of this gateway can agree for it.", { network: name }),
      )
    try {
      const { role } = await live.session.access({ room: legacyId, user }, AbortSignal.any([live.signal, AbortSignal.timeout(patienceMs)]))
      return role === "owner" || role === "admin"
    } catch (error) {
      if (error instanceof AdapterError && error.kind === "gone") return false
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(condition, text, type)
    }
  }

  /** Why no bridge may be made of the room, whoever runs it; undefined: it may. `own`: domains of this gateway. */
  objection(room: RoomRow, own: ReadonlySet<string>): Refusal | undefined {
    const { rules } = this.parts
    if (rules.verdict("service", room.legacyId.toLowerCase()) === "block")
      return new Refusal(
        "not-allowed",
        words("The administrator of this gateway lets no bridge lead to {room}.", { room: room.legacyId }),
        "auth",
      )
    if (room.kind === "container")
      return new Refusal(
        "not-acceptable",
        words("{room} is a place for rooms: nothing is said there. Name one of its rooms.", { room: nameOf(room) }),
        "modify",
      )
    if (room.state === "gone")
      return new Refusal("item-not-found", words("The gateway's account is not in {room} any more.", { room: nameOf(room) }))
    if (own.has(room.legacyId.slice(room.legacyId.lastIndexOf("@") + 1).toLowerCase()))
      return new Refusal(
        "not-acceptable",
        words("{room} is a room of this gateway itself. Use the room's own network.", { room: room.legacyId }),
        "modify",
      )
    return undefined
  }

  /** Not awaited. */
  ban(room: RoomRow, person: string): void {
    const { accounts, log, adapter } = this.parts
    const live = accounts.live(room.accountId)
    if (adapter.capabilities.manage?.can.includes("ban") !== true || !live?.session.manage) return
    live.session.manage({ room: room.legacyId, do: "ban", user: person }, live.signal).then(
      () => this.note("gateway", "ban mirrored", { room: room.legacyId, person }),
      (error: unknown) =>
        log.info(
          { room: room.legacyId, person, reason: String(error) },
          "somebody who was banned in one leg of a bridge could not be banned in another",
        ),
    )
  }
}

export function nameOf({ name, legacyId }: RoomRow): string {
  return name ?? legacyId
}
