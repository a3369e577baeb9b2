// Who may enter a room and what they may do there: links, the configuration, and what the network says of the account's and the user's own rights.
import type { Capabilities, Limits, Manage } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import type { Account, BareJid, Link } from "../model.js"
import type { ConfiguredAccount } from "../parts.js"
import { Refusal } from "../ports.js"
import { isProven, mayEnter, maySpeak, type Proven } from "../identity/membership.js"
import type { RoomKeeper } from "./keeper.js"
import type { RoomFacts, RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"
import type { RoomView } from "./ports.js"
import { words } from "../words/words.js"

/** What was asked is believed so long, in ms. */
const freshMs = 5 * 60_000
/** For guests who join as well: who joins without end must not make the gateway's account ask without end. */
const guestMs = 5000
/** A person who joins waits so long for the network's answer, in ms; then what was last known counts. */
const patienceMs = 3000

/** What everybody may do with their own membership. */
const own: readonly Manage["do"][] = ["leave", "join"]

export class Access {
  /** Questions under way, by room. */
  readonly #asking = new Map<number, Promise<boolean>>()
  /** What is to be said waits for these, by link and room. */
  readonly #gates = new Map<string, Promise<void>>()

  constructor(private readonly parts: Omit<RoomParts, "sender" | "delivery" | "ids" | "adapter"> & { keeper: RoomKeeper }) {}

  /** All that the user may see, in order of id. */
  async visible(user: BareJid): Promise<RoomView[]> {
    const { directory, registry, configured } = this.parts
    const views: RoomView[] = []
    for (const link of directory.linksOf(user)) {
      if (link.role === "owner") views.push(...registry.ofAccount(link.accountId).map((room) => this.viewOf(link, room)))
      else if (isProven(link) && this.#settingsOf(link)?.join === "proven") views.push(...(await this.#visibleTo(link)))
    }
    for (const { tag, join } of configured) {
      const account = join === "proven" ? undefined : this.#configured(tag)
      const open = account ? registry.ofAccount(account.id).filter((room) => registry.mayEnter(user, room)) : []
      if (!account || open.length === 0) continue
      const link = await this.#guest(user, account)
      views.push(...open.map((room) => this.viewOf(link, room)))
    }
    return views.sort((a, b) => a.room.id - b.room.id)
  }

  /** Throws `Refusal`: registration-required, item-not-found, forbidden. `ask`: the network is asked anew first. */
  async view(user: BareJid, legacyId: string, tag: string, ask = false): Promise<RoomView> {
    const { registry, name } = this.parts
    const { link, room } = await this.#find(user, legacyId, tag)
    if (isProven(link) && this.#settingsOf(link)?.join === "proven") await this.#admit(link, room, ask ? guestMs : freshMs)
    const isFresh = link.role === "guest" && Date.now() - (room.facts.self?.at ?? 0) < guestMs
    if (ask && !isFresh) await this.ask(room)
    else this.touch(room)
    // It may have gone while the network was asked.
    if (registry.byId(room.id) !== room)
      throw new Refusal("item-not-found", words("There is no such room on {network}.", { network: name }))
    return this.viewOf(link, room)
  }

  async #find(user: BareJid, legacyId: string, tag: string): Promise<{ link: Link; room: RoomRow }> {
    const { directory, registry, configured, name } = this.parts
    const unknown = () => new Refusal("item-not-found", words("There is no such room on {network}.", { network: name }))
    const link = directory.linksOf(user).find((one) => one.tag === tag && one.role === "owner")
    if (link) {
      const room = registry.find(link.accountId, legacyId)
      if (!room) throw unknown()
      return { link, room }
    }
    const proven = directory.linksOf(user).find((one) => one.tag === tag && isProven(one))
    const settings = proven ? this.#settingsOf(proven) : configured.find((one) => one.tag === tag)
    if (settings?.join === "proven") {
      const room = proven && registry.find(proven.accountId, legacyId)
      if (!proven)
        throw new Refusal(
          "registration-required",
          words("Show first who you are on {network}: write «register» to this gateway, or use its command for it.", { network: name }),
          "auth",
        )
      // Who may not enter does not learn whether it exists.
      if (!room || !registry.mayEnter(user, room)) throw this.notYours()
      return { link: proven, room }
    }
    if (!settings) {
      if (tag !== "") throw unknown()
      throw new Refusal(
        "registration-required",
        words("Register with {network} first: its rooms are those of your account there.", { network: name }),
        "auth",
      )
    }
    const account = this.#configured(tag)
    const room = account && registry.find(account.id, legacyId)
    const may = room ? registry.mayEnter(user, room) : settings.mayEnter(user, legacyId)
    // Who may not enter does not learn whether it exists.
    if (!may) throw new Refusal("forbidden", words("The administrator of this gateway has not opened this room to you."), "auth")
    if (!account || !room) throw unknown()
    return { link: await this.#guest(user, account), room }
  }

  /** To a proven person: it is none of theirs, or there is none. */
  notYours(): Refusal {
    const { name } = this.parts
    return new Refusal("forbidden", words("There is no such room on {network}, or you are not in it there.", { network: name }), "auth")
  }

  #settingsOf({ accountId }: Link): ConfiguredAccount | undefined {
    const tag = this.parts.directory.accounts.get(accountId)?.tag
    return this.parts.configured.find((one) => one.tag === tag && tag !== "")
  }

  /** Throws `Refusal` unless the network lets them be there; whoever is in the room is told of what is new. */
  async #admit(link: Proven, room: RoomRow, maxAge: number): Promise<void> {
    const { guests, registry, name } = this.parts
    // A container is asked for nothing: it is there for whoever may be in one of its rooms.
    if (room.kind === "container") {
      if (!registry.below(room).some((one) => registry.isOpenTo(link, one))) throw this.notYours()
      return
    }
    const before = guests.membership.known(link, room)
    const now = await guests.membership.current(link, room, maxAge)
    if (now) guests.settle({ link, room }, before, now)
    if (!now)
      throw new Refusal(
        "remote-server-timeout",
        words("Whether you may be in this room cannot be asked of {network} now. Try again later.", { network: name }),
        "wait",
      )
    if (!mayEnter(now)) throw this.notYours()
  }

  /** What must be known before something is said in a room; undefined: it is. Shared by all that is said meanwhile, so that its order stays. */
  gate({ link, room }: RoomView): Promise<void> | undefined {
    if (!isProven(link) || this.#settingsOf(link)?.join !== "proven") return undefined
    const key = `${link.id} ${room.id}`
    const under = this.#gates.get(key)
    if (under) return under
    const known = this.parts.guests.membership.known(link, room)
    if (known && !known.doubted && mayEnter(known) && Math.abs(this.parts.guests.now() - known.at) < freshMs) return undefined
    const gate = this.#admit(link, room, freshMs).finally(() => this.#gates.delete(key))
    this.#gates.set(key, gate)
    return gate
  }

  /** Rooms where a proven person is, as far as is known; of the others some are asked about, a few at a time and each not often. */
  async #visibleTo(link: Proven): Promise<RoomView[]> {
    const { registry, guests } = this.parts
    const all = registry.ofAccount(link.accountId).filter((room) => registry.mayEnter(link.jid, room))
    await guests.look(
      link,
      all.filter((room) => room.kind !== "container" && room.state === "open"),
    )
    const seen = new Set(all.filter((room) => registry.isOpenTo(link, room)))
    for (const room of [...seen]) for (let up = registry.parent(room); up && !seen.has(up); up = registry.parent(up)) seen.add(up)
    return [...seen].map((room) => this.viewOf(link, room))
  }

  #configured(tag: string): Account | undefined {
    for (const account of this.parts.directory.accounts.values()) if (account.tag === tag) return account
    return undefined
  }

  /** The view of a user whose right to it is known. From memory. */
  viewOf(link: Link, room: RoomRow): RoomView {
    const { capabilities: network } = this.parts
    const { facts } = room
    const mine = this.#standing(link, room)
    const self = network.access === undefined ? undefined : facts.self
    const runs = link.role === "owner" && (self?.role === "owner" || self?.role === "admin") && room.state === "open"
    const can = this.#can(link, room, runs)
    const mute =
      room.state === "gone" ||
      room.kind === "container" ||
      // Who may open it again may write without doing so.
      (facts.archived === true && !(runs && can.includes("reopen"))) ||
      facts.limits?.send === false ||
      self?.maySend === false ||
      self?.role === "muted" ||
      mine === "none" ||
      mine === "visitor"
    return {
      room,
      link,
      affiliation: runs ? "owner" : mine === "none" ? "none" : "member",
      role: mute ? "visitor" : runs ? "moderator" : "participant",
      capabilities: this.#reacting(narrowed(network, facts.limits), room),
      can: new Set(can),
    }
  }

  /** Of a proven person, as far as is known; undefined: it is the account's rights alone that count. */
  #standing(link: Link, room: RoomRow): "participant" | "visitor" | "none" | undefined {
    if (!isProven(link) || room.kind === "container" || this.#settingsOf(link)?.join !== "proven") return undefined
    const known = this.parts.guests.membership.known(link, room)
    if (!known || !mayEnter(known) || !this.parts.registry.mayEnter(link.jid, room)) return "none"
    return maySpeak(known) ? "participant" : "visitor"
  }

  /** What the account cannot react with a line of its own can hold. */
  #reacting({ react: _, ...rest }: Capabilities, room: RoomRow): Capabilities {
    const { accepts } = this.parts.asides.lines.meansOf(room)
    return { ...rest, ...(accepts && { react: accepts }) }
  }

  #can(link: Link, room: RoomRow, runs: boolean): readonly Manage["do"][] {
    const { capabilities } = this.parts
    const all = narrowed(capabilities, room.facts.limits).manage?.can ?? []
    if (link.role !== "owner" || room.state === "gone") return []
    // Where the network does not say what the account may do, it says so when it is tried.
    return runs || capabilities.access === undefined ? all : all.filter((what) => own.includes(what))
  }

  /** Asks the network in the background if the last answer is old. */
  touch(room: RoomRow): void {
    if (this.#canAsk(room) && Date.now() - (room.facts.self?.at ?? 0) > freshMs) void this.#asked(room)
  }

  /** The account's rights may have changed: asked anew, then told. Without `room`: in all rooms of the account; of a container: there and below. */
  changed(account: number, room: RoomRow | undefined): void {
    const { registry } = this.parts
    if (room && room.kind !== "container") {
      // What is being asked may be answered as it was before.
      const before = this.#asking.get(room.id) ?? Promise.resolve(true)
      void before.then(() => (this.#canAsk(room) ? this.#asked(room) : false)).then((told) => told || this.#tell(room))
      return
    }
    // Asked when somebody needs it: an account may be in thousands.
    for (const each of room ? [room, ...registry.below(room)] : registry.ofAccount(account)) {
      if (each.facts.self) each.facts = { ...each.facts, self: { ...each.facts.self, at: 0 } }
      this.#tell(each)
    }
  }

  /** Asks the network what the account itself may do in the room. Resolves in `patienceMs` at most; a failure leaves what was known. */
  async ask(room: RoomRow): Promise<void> {
    if (!this.#canAsk(room)) return
    let timer: NodeJS.Timeout | undefined
    await Promise.race([this.#asked(room), new Promise((resolve) => (timer = setTimeout(resolve, patienceMs)))])
    clearTimeout(timer)
  }

  #canAsk(room: RoomRow): boolean {
    return this.parts.capabilities.access !== undefined && room.state === "open"
  }

  /** One question at a time, shared by all who have it. True: the answer was new, and it was told. Never rejects. */
  #asked(room: RoomRow): Promise<boolean> {
    const known = this.#asking.get(room.id)
    if (known) return known
    const asking = this.#question(room)
      .then((differs) => {
        if (differs) this.#tell(room)
        return differs
      })
      .catch((error: unknown) => {
        this.parts.log.debug({ err: error instanceof AdapterError ? error.message : error }, "a room's rights could not be asked")
        return false
      })
      .finally(() => this.#asking.delete(room.id))
    this.#asking.set(room.id, asking)
    return asking
  }

  /** True: the answer differs from what was known. */
  async #question(room: RoomRow): Promise<boolean> {
    const live = this.parts.accounts.live(room.accountId)
    if (!live?.session.access) return false
    const { role, maySend } = await live.session.access({ room: room.legacyId, user: live.session.self.id }, live.signal)
    const before: RoomFacts["self"] = room.facts.self
    if (this.parts.registry.byId(room.id) !== room) return false
    await this.parts.keeper.asked(room, { role, maySend, at: Date.now() })
    return before?.role !== role || before.maySend !== maySend
  }

  #tell(room: RoomRow): void {
    if (this.parts.registry.byId(room.id) === room) this.parts.face().rooms.changed(room, { k: "access" })
  }

  async #guest(user: BareJid, account: { id: number; tag: string }): Promise<Link> {
    const { directory, store } = this.parts
    const known = directory.linksOf(user).find((one) => one.accountId === account.id && one.tag === account.tag)
    if (known) return known
    const link = await store.guestLink({ account: account.id, jid: user, now: Date.now() })
    const meanwhile = directory.links.get(link.id)
    if (!meanwhile) directory.add(link)
    return meanwhile ?? link
  }
}

/** Network ∧ room: a limit takes away or narrows, it never adds. */
export function narrowed(network: Capabilities, limits: Limits | undefined): Capabilities {
  if (!limits) return network
  const result: Record<string, unknown> = { ...network }
  for (const [key, limit] of Object.entries(limits)) {
    const has = result[key]
    if (has === undefined || limit === undefined) continue
    // Of `send` the shape stays: whether one has a voice is the role's to say.
    if (limit === false) {
      if (key !== "send") delete result[key]
    } else result[key] = Array.isArray(has) ? limit : { ...has, ...limit }
  }
  return result as unknown as Capabilities
}
