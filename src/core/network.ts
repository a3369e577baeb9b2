// One configured network: its links, accounts and lanes, as the XMPP side sees them (ports.ts, `Service`).
import type { Administration, Process } from "./admin/ports.js"
import { AdapterError } from "../adapter/errors.js"
import type { Capabilities } from "../adapter/contract.js"
import { acceptable } from "./asides/reactions.js"
import { assemble, type Assembly } from "./assembly.js"
import { throughLogins } from "./carried/means.js"
import { isCarried, type Carried } from "./carried/names.js"
import type { BridgeService } from "./bridges/desk.js"
import type { AskUser } from "./commands/ask.js"
import type { PeopleService } from "./consent/ports.js"
import { isRegistered, type BareJid, type ContactRow, type FullJid, type Link, type RosterEntry, type Subscription } from "./model.js"
import type { NetworkParts } from "./parts.js"
import type { Prefs } from "./personal/preferences.js"
import type { Avatar } from "./faces/picture.js"
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
import type { Rooms } from "./rooms/rooms.js"
import type { Said } from "./words/words.js"
import { words } from "./words/words.js"

export class Network implements Service {
  readonly id: string
  readonly name: string
  readonly discoType: string
  readonly domain: string
  readonly capabilities
  readonly rooms: Rooms
  readonly #throughLogins: Capabilities
  readonly #all: Assembly
  readonly #parts: NetworkParts
  #face: Face | undefined

  constructor(parts: NetworkParts) {
    const { adapter } = parts
    this.#parts = parts
    this.id = parts.id
    this.name = adapter.network.name
    this.discoType = adapter.network.discoType
    this.domain = parts.domain
    this.capabilities = adapter.capabilities
    this.#throughLogins = throughLogins(adapter.capabilities)
    this.#all = assemble(parts, { face: () => this.#wired(), direct: (said) => this.accept(said) })
    this.rooms = this.#all.rooms
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
    await this.#all.rules.load()
    await this.#all.directory.load(this.id)
    await this.rooms.load()
    await this.#all.guests.membership.load()
    await this.#all.people.load()
    for (const { id } of this.#all.directory.carried.all())
      for (const link of this.#all.directory.linksOfAccount(id)) await this.#all.windows.load(link)
    for (const { lane } of lanes) {
      const id = Number(lane.slice(lane.indexOf(":") + 1))
      const room = this.#all.registry.byId(id)
      const conversation = room ? this.#all.registry.conversation(room) : await this.#all.directory.conversation(id)
      if (!conversation || (!room && !this.#all.directory.links.has(conversation.linkId ?? 0))) continue // another network's
      if (lane.startsWith("out:")) this.#all.sender.lane(conversation, true)
      else if (lane.startsWith("late:")) this.#all.delivery.openLate(id)
      else if (lane.startsWith("in:")) this.#all.delivery.open(lane)
    }
    await this.#all.asides.lines.start()
    this.#all.accounts.startAll((account) => this.#all.configured.isWanted(account))
    this.#all.configured.start()
    if (this.#wired().online) this.#all.delivery.streamUp()
  }

  /** Ends the sessions: nothing is sent or acknowledged any more, while the stream may still drain. */
  async stop(): Promise<void> {
    this.#all.delivery.halt()
    this.#all.typing.stopAll()
    this.#all.guests.stop()
    this.#all.windows.stop()
    this.#all.asides.lines.stop()
    this.#all.sender.stop()
    await this.#all.configured.stop()
    await this.#all.accounts.stop()
  }

  /** After the stream has ended: writes down what the server has. */
  close(): Promise<void> {
    return this.#all.delivery.stop()
  }

  get bridges(): BridgeService | undefined {
    return this.#all.bridgeDesk
  }

  // ---- users
  barred(user: BareJid): Refusal | undefined {
    return this.#all.gate.barred(user)
  }

  get admin(): Administration {
    return this.#all.desk
  }

  get process(): Process | undefined {
    return this.#parts.process
  }

  /** What the configuration says of who may be where is another now. */
  reviewed(): void {
    for (const { tag } of this.#parts.configured)
      for (const account of this.#all.directory.accounts.values())
        if (account.tag === tag)
          for (const room of this.#all.registry.ofAccount(account.id)) this.#wired().rooms.changed(room, { k: "access" })
  }

  isAdmin(user: BareJid): boolean {
    return this.#parts.isAdmin?.(user) ?? false
  }

  language(user: BareJid, heard?: string): string {
    return this.#all.tongues.of(user, heard)
  }

  preferences(user: BareJid): Prefs {
    return this.#all.preferences.of(user)
  }

  setPreferences(user: BareJid, change: Partial<Prefs>): Promise<boolean> {
    return this.#all.preferences.set(user, change)
  }

  get networks(): readonly string[] {
    return this.#parts.household?.names ?? [this.name]
  }

  exportData(user: BareJid): Promise<{ url: string } | { messages: number }> {
    return this.#all.exporter.deliver(user, this.#all.directory.linksOf(user)[0])
  }

  async eraseUser(user: BareJid): Promise<string[]> {
    if (this.#parts.household) return this.#parts.household.erase(user)
    return (await this.forget(user)) ? [this.name] : []
  }

  /** Ends all ties of the user to this network, those by the configuration too. */
  forget(user: BareJid): Promise<boolean> {
    return this.#all.registrar.forget(user)
  }

  // Of guests by the configuration alone only `rooms` knows: they have registered nothing.
  linksOf(user: BareJid): readonly Link[] {
    return this.#all.directory.linksOf(user).filter(isRegistered)
  }

  allLinks(): Iterable<Link> {
    return [...this.#all.directory.links.values()].filter(isRegistered)
  }

  linkState(link: Link): { up: boolean; text: Said } {
    return this.#all.accounts.state(link.accountId)
  }

  backlog(link: Link): Promise<{ out: number; in: number; oldest: string | null; dead: number }> {
    return this.#parts.store.backlog(link.accountId)
  }

  register(user: BareJid, ask: AskUser): Promise<{ link: Link; text: Said }> {
    return this.#all.registrar.register(user, ask)
  }

  carry(user: BareJid, ask: AskUser): Promise<{ link: Link; text: Said }> {
    return this.#all.carrying.carry(user, ask)
  }

  unregister(user: BareJid, tag?: string): Promise<boolean> {
    return this.#all.registrar.unregister(user, tag).finally(() => this.#all.preferences.reload(user))
  }

  // ---- contacts
  roster(link: Link): Promise<RosterEntry[]> {
    return this.#parts.store.roster(link.id)
  }

  rosterEntry(link: Link, legacyId: string): Promise<RosterEntry | undefined> {
    return this.#parts.store.rosterEntry(link.id, legacyId)
  }

  resolve(link: Link, text: string): Promise<ContactRow> {
    return this.#all.contacts.resolve(link, text)
  }

  offer(link: Link, contact: ContactRow): Promise<void> {
    return this.#all.contacts.offer(link, contact)
  }

  setSubscription(link: Link, contact: ContactRow, subscription: Subscription): Promise<void> {
    return this.#parts.store.setSubscription(link.id, contact.id, subscription)
  }

  get people(): PeopleService {
    return this.#all.people
  }

  avatar(account: number, legacyId: string): Promise<Avatar | undefined> {
    return this.#all.avatars.of(account, legacyId)
  }

  wantAvatar(account: number, legacyId: string): void {
    this.#all.avatars.want(account, legacyId)
  }

  presenceOf(link: Link, contact: ContactRow): Presence {
    const state = this.linkState(link)
    const carried = this.#carried(link)
    const window = carried && state.up ? this.#all.windows.of(link, contact, carried.maySend !== false) : undefined
    return window ?? this.#all.presences.of(link, contact, state)
  }

  // ---- messages
  async accept(said: Utterance): Promise<void> {
    this.#all.typing.stop(`${said.link.id} ${said.legacyId}`) // the message ends it
    this.#all.gate.say(said.link, said.legacyId, said.text)
    this.#mustBeLoggedIn(said.link)
    const arrived = performance.now()
    await this.#all.outbound.accept(
      said,
      () =>
        this.#all.people.consents.admit(said.link, said.legacyId) ??
        (this.#all.directory.knownDirect(said.link.id, said.legacyId)
          ? undefined
          : this.#all.contacts.meet(said.link, said.legacyId, arrived)),
    )
  }

  async retract(what: Retraction): Promise<void> {
    this.#mustBeLoggedIn(what.link, false)
    await this.#all.outbound.retract(what)
  }

  async react(reacting: Reacting): Promise<void> {
    this.#all.gate.say(reacting.link, reacting.legacyId)
    this.#mustBeLoggedIn(reacting.link)
    await this.#all.people.consents.admit(reacting.link, reacting.legacyId)
    // Throws where there are none through a login.
    if (this.#carried(reacting.link)) acceptable(reacting.emoji, this.#throughLogins.react, this.name)
    await this.#all.asides.reactions.react(reacting)
  }

  choices(where: Chosen): Promise<OpenChoice[]> {
    return this.#all.asides.choices.open(where)
  }

  async choose(where: Chosen, message: string, options: readonly string[]): Promise<string> {
    if ("link" in where) await this.#all.people.consents.admit(where.link, where.legacyId)
    return this.#all.asides.choices.choose(where, message, options)
  }

  displayed(link: Link, legacyId: string, upTo: string): void {
    if (!this.#all.preferences.of(link.jid).read) return
    void this.#whereMutual(link, legacyId, () => this.#all.asides.displayed(link, legacyId, upTo))
  }

  /** Whoever does not write with the user learns nothing of them. Never rejects. */
  async #whereMutual(link: Link, legacyId: string, work: () => void): Promise<void> {
    try {
      if (await this.#all.people.consents.isMutual(link, legacyId)) work()
    } catch (error) {
      this.#parts.log.warn({ err: error }, "it could not be looked up who writes with whom")
    }
  }

  #carried({ accountId }: Link): Carried | undefined {
    const account = this.#all.directory.accounts.get(accountId)
    return isCarried(account) ? account : undefined
  }

  capabilitiesOf(link: Link): Capabilities {
    return this.#carried(link) ? this.#throughLogins : this.capabilities
  }

  #mustBeLoggedIn(link: Link, saying = true): void {
    const { accountId } = link
    if (saying && this.#carried(link)?.maySend === false)
      throw new Refusal(
        "forbidden",
        words("Not sent, you can only read here: the gateway is not allowed to answer for you. Allow it in the settings of {network}.", {
          network: this.name,
        }),
        "auth",
      )
    const { account, text } = this.#all.accounts.describe(accountId)
    if (account?.state === "logged-out")
      throw new Refusal(
        "registration-required",
        words("Not sent, the login is no longer valid: {text} Register again to go on.", { text }),
        "auth",
      )
  }

  typing(link: Link, legacyId: string, active: boolean): void {
    if (this.capabilities.typing === undefined || !this.#all.preferences.of(link.jid).typing) return
    this.#all.typing.heard(`${link.id} ${legacyId}`, active, (now) => {
      void this.#whereMutual(link, legacyId, () => this.#tellTyping(link, legacyId, now))
    })
  }

  #tellTyping(link: Link, legacyId: string, active: boolean): void {
    const live = this.#all.accounts.live(link.accountId)
    // Ephemeral: a failure is nobody's concern.
    live?.session.typing?.({ chat: { user: legacyId }, active }, live.signal).catch((error: unknown) => {
      this.#parts.log.debug({ err: error instanceof AdapterError ? error.message : error }, "typing was not told")
    })
  }

  // ---- what became of what was written
  delivered(rowIds: readonly string[]): void {
    this.#all.delivery.delivered(rowIds)
  }

  bounced(outgoing: Outgoing, bounce: Bounce): void {
    this.#all.delivery.bounced(outgoing, bounce)
  }

  streamUp(): void {
    this.#all.delivery.streamUp()
  }

  streamDown(): void {
    this.#all.delivery.streamDown()
  }

  userPresence(from: FullJid, available: boolean): void {
    const slash = from.indexOf("/")
    const user = (slash === -1 ? from : from.slice(0, slash)) as BareJid
    if (available) return this.#all.delivery.userPresent(user, from)
    this.#all.gone.set(from, Date.now())
    this.#all.delivery.userLeft(user, from)
  }
}
