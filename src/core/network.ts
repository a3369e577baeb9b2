// One configured network: its links, accounts and lanes, as the XMPP side sees them (ports.ts, `Service`).
import type { Ask } from "../adapter/contract.js"
import { AdapterError } from "../adapter/errors.js"
import { Accounts } from "./accounts.js"
import { carriageOf } from "./inward.js"
import { Asides } from "./asides/asides.js"
import { Avatars } from "./faces/avatars.js"
import { clock } from "./clock.js"
import { Commitment } from "./commitment.js"
import { ConfiguredAccounts } from "./configured.js"
import { Contacts } from "./contacts.js"
import { Delivery } from "./delivery.js"
import { DirectCatchUp } from "./direct-catchup.js"
import { Directory } from "./directory.js"
import { Inbound } from "./inbound.js"
import { Lru } from "./lru.js"
import { meansOf } from "./means.js"
import type { BareJid, ContactRow, FullJid, Link, RosterEntry, Subscription } from "./model.js"
import { Outbound } from "./outbound.js"
import type { NetworkParts } from "./parts.js"
import type { Avatar } from "./faces/picture.js"
import { Pictures } from "./faces/pictures.js"
import {
  Refusal,
  type Bounce,
  type Chosen,
  type Face,
  type OpenChoice,
  type Outgoing,
  type Presence,
  type Reacting,
  type Retraction,
  type Service,
  type Utterance,
} from "./ports.js"
import { Presences } from "./presence.js"
import { Registrar } from "./registrar.js"
import { Registry } from "./rooms/registry.js"
import { Rooms } from "./rooms/rooms.js"
import { Sender } from "./sender.js"
import { Turnstile } from "./turnstile.js"
import { Typing } from "./typing.js"

export class Network implements Service {
  readonly id: string
  readonly name: string
  readonly discoType: string
  readonly domain: string
  readonly capabilities
  readonly rooms: Rooms
  readonly #directory: Directory
  readonly #registry: Registry
  readonly #accounts: Accounts
  readonly #asides: Asides
  readonly #avatars: Avatars
  readonly #configured: ConfiguredAccounts
  readonly #contacts: Contacts
  readonly #delivery: Delivery
  readonly #sender: Sender
  readonly #outbound: Outbound
  readonly #missed: DirectCatchUp
  readonly #presences: Presences
  readonly #registrar: Registrar
  readonly #typing: Typing
  readonly #parts: NetworkParts
  /** When a resource was last seen to leave, epoch ms. */
  readonly #gone = new Lru<FullJid, number>(50_000)
  #face: Face | undefined

  constructor(parts: NetworkParts) {
    const { adapter, store, ids, log } = parts
    this.#parts = parts
    this.id = parts.id
    this.name = adapter.network.name
    this.discoType = adapter.network.discoType
    this.domain = parts.domain
    this.capabilities = adapter.capabilities
    this.#typing = new Typing(adapter.capabilities.typing?.lastsSeconds)
    const face = (): Face => this.#wired()
    const directory = (this.#directory = new Directory(store))
    const registry = (this.#registry = new Registry({ store, directory, network: parts.id, configured: parts.configured }))
    const delivery = (this.#delivery = new Delivery({
      ...{ store, directory, registry, face, log, ids, network: parts.id },
      clock: parts.clock ?? clock,
      maxBytes: adapter.capabilities.download?.maxBytes ?? Number.POSITIVE_INFINITY,
      ...(parts.media && { media: parts.media }),
      live: (account) => this.#accounts.live(account),
    }))
    const carriage = carriageOf(parts.media, adapter.capabilities)
    const presences = (this.#presences = new Presences(adapter.capabilities.tells?.includes("presence") ?? false))
    const inbound = new Inbound({
      store,
      directory,
      ids,
      delivery,
      presences,
      face,
      rooms: () => this.rooms.inbound,
      asides: () => this.#asides,
      capabilities: adapter.capabilities,
      carriage,
      network: parts.id,
      log,
    })
    const accounts = (this.#accounts = new Accounts({
      ...parts,
      directory,
      delivery,
      face,
      emit: (account, event) => inbound.emit(account, event),
      connecting: (account) => {
        const owner = directory.ownerOf(account)
        if (owner) presences.begin(owner)
        this.#missed.connecting(account)
        this.rooms.connecting(account)
      },
      up: (account) => {
        this.#sender.up(account)
        delivery.up(account)
        this.#missed.up(account)
        this.#asides.up(account)
        this.#avatars.up(account)
        this.rooms.up(account)
      },
    }))
    const pictures = new Pictures({ store, accounts, log, ...(parts.shrink && { shrink: parts.shrink }) })
    this.#avatars = new Avatars({ network: parts.id, store, directory, registry, accounts, pictures, face, log })
    this.#missed = new DirectCatchUp({ store, directory, accounts, inbound, capabilities: adapter.capabilities, log })
    this.#configured = new ConfiguredAccounts({
      ...parts,
      directory,
      accounts,
      replaced: (account) => this.rooms.keeper.dropAccount(account),
    })
    const sender = (this.#sender = new Sender({
      ...{ ...meansOf(parts, registry, accounts, face), delivery },
      reacted: (room) => this.#asides.lines.check(room),
    }))
    const commitment = new Commitment({
      store,
      ids,
      delivery,
      sender,
      log,
      goneAt: (resource) => this.#gone.get(resource) ?? 0,
      canRetract: adapter.capabilities.retract !== undefined,
    })
    const order = new Turnstile()
    this.#asides = new Asides({
      store,
      directory,
      registry,
      ids,
      adapter,
      delivery,
      commitment,
      sender,
      session: (account) => accounts.live(account),
      state: (account) => accounts.state(account),
      order,
      log,
      mode: parts.reactions ?? "both",
      clock: parts.clock ?? clock,
    })
    this.rooms = new Rooms({
      network: parts.id,
      name: this.name,
      adapter,
      capabilities: adapter.capabilities,
      configured: parts.configured,
      store,
      ids,
      log,
      directory,
      registry,
      delivery,
      sender,
      accounts,
      commitment,
      typing: this.#typing,
      carriage,
      asides: this.#asides,
      pictures,
      wantAvatar: (account, legacyId) => this.wantAvatar(account, legacyId),
      direct: (said) => this.accept(said),
      face,
    })
    this.#outbound = new Outbound({
      store,
      directory,
      ids,
      adapter,
      commitment,
      sender,
      order,
      chosenBy: (said, through) => this.#asides.chosenBy(said, through),
    })
    this.#contacts = new Contacts({
      store,
      directory,
      accounts,
      face,
      network: parts.id,
      name: this.name,
      capabilities: adapter.capabilities,
    })
    this.#registrar = new Registrar({
      ...parts,
      directory,
      accounts,
      face,
      forget: (link) => {
        sender.forget(link)
        delivery.forget(link.id)
        presences.forget(link)
        this.#avatars.forget(link.accountId)
        this.rooms.keeper.dropAccount(link.accountId)
      },
    })
  }

  /** Ties the knot between the core and its XMPP side. Before `load`. */
  wire(face: Face): void {
    this.#face = face
  }

  #wired(): Face {
    if (!this.#face) throw new Error("the network has no XMPP side yet")
    return this.#face
  }

  /** Reads links and accounts and starts their sessions. `lanes`: what the store holds for all networks. */
  async start(lanes: readonly { lane: string }[]): Promise<void> {
    await this.#directory.load(this.id)
    await this.rooms.load()
    for (const { lane } of lanes) {
      const id = Number(lane.slice(lane.indexOf(":") + 1))
      const room = this.#registry.byId(id)
      const conversation = room ? this.#registry.conversation(room) : await this.#directory.conversation(id)
      if (!conversation || (!room && !this.#directory.links.has(conversation.linkId ?? 0))) continue // another network's
      if (lane.startsWith("out:")) this.#sender.lane(conversation, true)
      else if (lane.startsWith("late:")) this.#delivery.openLate(id)
      else this.#delivery.open(lane)
    }
    await this.#asides.lines.start()
    this.#accounts.startAll((account) => this.#configured.isWanted(account))
    this.#configured.start()
    if (this.#wired().online) this.#delivery.streamUp()
  }

  /** Ends the sessions: nothing is sent or acknowledged any more, while the stream may still drain. */
  async stop(): Promise<void> {
    this.#delivery.halt()
    this.#typing.stopAll()
    this.#asides.lines.stop()
    this.#sender.stop()
    await this.#configured.stop()
    await this.#accounts.stop()
  }

  /** After the stream has ended: writes down what the server has. */
  close(): Promise<void> {
    return this.#delivery.stop()
  }

  // ---- users
  // Of guests only `rooms` knows: they have registered nothing.
  linksOf(user: BareJid): readonly Link[] {
    return this.#directory.linksOf(user).filter(({ role }) => role === "owner")
  }

  allLinks(): Iterable<Link> {
    return [...this.#directory.links.values()].filter(({ role }) => role === "owner")
  }

  linkState(link: Link): { up: boolean; text: string } {
    return this.#accounts.state(link.accountId)
  }

  backlog(link: Link): Promise<{ out: number; in: number; oldest: string | null; dead: number }> {
    return this.#parts.store.backlog(link.accountId)
  }

  register(user: BareJid, ask: Ask): Promise<{ link: Link; text: string }> {
    return this.#registrar.register(user, ask)
  }

  unregister(user: BareJid): Promise<boolean> {
    return this.#registrar.unregister(user)
  }

  // ---- contacts
  roster(link: Link): Promise<RosterEntry[]> {
    return this.#parts.store.roster(link.id)
  }

  rosterEntry(link: Link, legacyId: string): Promise<RosterEntry | undefined> {
    return this.#parts.store.rosterEntry(link.id, legacyId)
  }

  resolve(link: Link, text: string): Promise<ContactRow> {
    return this.#contacts.resolve(link, text)
  }

  offer(link: Link, contact: ContactRow): Promise<void> {
    return this.#contacts.offer(link, contact)
  }

  setSubscription(link: Link, contact: ContactRow, subscription: Subscription): Promise<void> {
    return this.#parts.store.setSubscription(link.id, contact.id, subscription)
  }

  avatar(account: number, legacyId: string): Promise<Avatar | undefined> {
    return this.#avatars.of(account, legacyId)
  }

  wantAvatar(account: number, legacyId: string): void {
    this.#avatars.want(account, legacyId)
  }

  presenceOf(link: Link, contact: ContactRow): Presence {
    return this.#presences.of(link, contact, this.linkState(link))
  }

  // ---- messages
  async accept(said: Utterance): Promise<void> {
    this.#typing.stop(`${said.link.id} ${said.legacyId}`) // the message ends it
    this.#mustBeLoggedIn(said.link)
    const arrived = performance.now()
    await this.#outbound.accept(said, () =>
      this.#directory.knownDirect(said.link.id, said.legacyId) ? undefined : this.#contacts.meet(said.link, said.legacyId, arrived),
    )
  }

  async retract(what: Retraction): Promise<void> {
    this.#mustBeLoggedIn(what.link)
    await this.#outbound.retract(what)
  }

  async react(reacting: Reacting): Promise<void> {
    this.#mustBeLoggedIn(reacting.link)
    await this.#asides.reactions.react(reacting)
  }

  choices(where: Chosen): Promise<OpenChoice[]> {
    return this.#asides.choices.open(where)
  }

  choose(where: Chosen, message: string, options: readonly string[]): Promise<string> {
    return this.#asides.choices.choose(where, message, options)
  }

  displayed(link: Link, legacyId: string, upTo: string): void {
    this.#asides.displayed(link, legacyId, upTo)
  }

  #mustBeLoggedIn({ accountId }: Link): void {
    const { account, text } = this.#accounts.describe(accountId)
    if (account?.state === "logged-out")
      throw new Refusal("registration-required", `Not sent, the login is no longer valid: ${text} Register again to go on.`, "auth")
  }

  typing(link: Link, legacyId: string, active: boolean): void {
    if (this.capabilities.typing === undefined) return
    this.#typing.heard(`${link.id} ${legacyId}`, active, (now) => this.#tellTyping(link, legacyId, now))
  }

  #tellTyping(link: Link, legacyId: string, active: boolean): void {
    const live = this.#accounts.live(link.accountId)
    // Ephemeral: a failure is nobody's concern.
    live?.session.typing?.({ chat: { user: legacyId }, active }, live.signal).catch((error: unknown) => {
      this.#parts.log.debug({ err: error instanceof AdapterError ? error.message : error }, "typing was not told")
    })
  }

  // ---- what became of what was written
  delivered(rowIds: readonly string[]): void {
    this.#delivery.delivered(rowIds)
  }

  bounced(outgoing: Outgoing, bounce: Bounce): void {
    this.#delivery.bounced(outgoing, bounce)
  }

  streamUp(): void {
    this.#delivery.streamUp()
  }

  streamDown(): void {
    this.#delivery.streamDown()
  }

  userPresence(from: FullJid, available: boolean): void {
    const slash = from.indexOf("/")
    const user = (slash === -1 ? from : from.slice(0, slash)) as BareJid
    if (available) return this.#delivery.userPresent(user, from)
    this.#gone.set(from, Date.now())
    this.#delivery.userLeft(user, from)
  }
}
