// The parts of one network, put together: who knows whom is said here and nowhere else.
import { AuditLog } from "./admin/audit-log.js"
import { Desk } from "./admin/desk.js"
import { Gate } from "./admin/gate.js"
import { Limits, unlimited } from "./admin/limits.js"
import { RuleBook } from "./admin/rules.js"
import { Accounts } from "./accounts.js"
import { carriageOf } from "./inward.js"
import { Asides } from "./asides/asides.js"
import { Avatars } from "./faces/avatars.js"
import type { Agreements } from "./bridges/agreements.js"
import { BridgeDesk } from "./bridges/desk.js"
import { foreignBridges } from "./bridges/foreign.js"
import { peerOf } from "./bridges/peer.js"
import { unbridged } from "./bridges/ports.js"
import { Side } from "./bridges/side.js"
import { Carrying } from "./carried/carrying.js"
import { Logins } from "./carried/logins.js"
import { isCarried } from "./carried/names.js"
import { ReplyWindows } from "./carried/windows.js"
import { clock } from "./clock.js"
import { ForeignCommands } from "./commands/foreign.js"
import { Commitment } from "./commitment.js"
import { ConfiguredAccounts } from "./configured.js"
import { People } from "./consent/people.js"
import { Contacts } from "./contacts.js"
import { Delivery } from "./delivery.js"
import { DirectCatchUp } from "./direct-catchup.js"
import { Directory } from "./directory.js"
import { Guests } from "./identity/guests.js"
import { identities } from "./identity/identities.js"
import { Inbound } from "./inbound.js"
import { Lru } from "./lru.js"
import { meansOf } from "./means.js"
import type { BareJid, FullJid } from "./model.js"
import { Outbound } from "./outbound.js"
import type { NetworkParts } from "./parts.js"
import { Pictures } from "./faces/pictures.js"
import type { Face, Utterance } from "./ports.js"
import { Exporter } from "./personal/export.js"
import { Preferences } from "./personal/preferences.js"
import { tellUser } from "./personal/telling.js"
import { Tongues } from "./personal/tongues.js"
import { Presences } from "./presence.js"
import { Registrar } from "./registrar.js"
import { Registry } from "./rooms/registry.js"
import { Rooms } from "./rooms/rooms.js"
import { Sender } from "./sender.js"
import { Turnstile } from "./turnstile.js"
import { Typing } from "./typing.js"
import { inLanguage } from "./words/words.js"
import { words } from "./words/words.js"

/** What the parts need of the whole. */
export interface Edges {
  /** The XMPP side; it is there before anything runs. */
  face(): Face
  /** The way of a message to one person. Throws `Refusal`. */
  direct(said: Utterance): Promise<void>
}

export type Assembly = ReturnType<typeof assemble>

export function assemble(parts: NetworkParts, { face, direct }: Edges) {
  const { adapter, store, ids, log } = parts
  /** When a resource was last seen to leave, epoch ms. */
  const gone = new Lru<FullJid, number>(50_000)
  const typing = new Typing(adapter.capabilities.typing?.lastsSeconds)
  const directory = new Directory(store)
  const preferences = parts.preferences ?? new Preferences(store)
  const tongues = new Tongues(preferences)
  const audit = new AuditLog({ store, ids, network: parts.id, log })
  const rules = new RuleBook({ store, network: parts.id })
  const limits = new Limits(parts.limits ?? (() => unlimited))
  const gate = new Gate({ rules, limits, network: parts.id, name: adapter.network.name })
  /** Modules add theirs (`foreign.add`) before the network starts. */
  const foreign = new ForeignCommands({ network: parts.id, log, isShutOut: (person) => rules.verdict("foreign", person) === "block" })
  const guests: Guests = new Guests({
    ...{ network: parts.id, store, directory, face, log },
    accounts: { live: (account) => accounts.live(account), soonLive: (account, ms) => accounts.soonLive(account, ms) },
    registry: () => registry,
    ...(parts.clock && { clock: parts.clock }),
  })
  const registry: Registry = new Registry({
    ...{ store, directory, network: parts.id, configured: parts.configured },
    isIn: (link, room) => guests.membership.isIn(link, room),
  })
  const bridges = parts.exchange ?? unbridged
  const delivery: Delivery = new Delivery({
    ...{ store, directory, registry, face, log, ids, network: parts.id },
    clock: parts.clock ?? clock,
    maxBytes: adapter.capabilities.download?.maxBytes ?? Number.POSITIVE_INFINITY,
    bridges,
    ...(parts.media && { media: parts.media }),
    live: (account) => accounts.live(account),
  })
  const carriage = carriageOf(parts.media, adapter.capabilities)
  const presences = new Presences(adapter.capabilities.tells?.includes("presence") ?? false)
  const inbound: Inbound = new Inbound({
    store,
    directory,
    ids,
    delivery,
    presences,
    face,
    rooms: () => rooms.inbound,
    asides: () => asides,
    people: () => people,
    logins: () => logins,
    heard: (link, legacyId, at) => windows.heard(link, legacyId, at),
    capabilities: adapter.capabilities,
    carriage,
    network: parts.id,
    log,
  })
  const accounts: Accounts = new Accounts({
    ...parts,
    directory,
    delivery,
    language: (user) => tongues.of(user),
    foreign,
    face,
    emit: (account, event) => inbound.emit(account, event),
    isOff: () => gate.isOff,
    connecting: (account) => {
      for (const link of directory.linksOfAccount(account)) presences.begin(link)
      missed.connecting(account)
      if (!isCarried(directory.accounts.get(account))) rooms.connecting(account)
    },
    up: (account) => {
      sender.up(account)
      delivery.up(account)
      missed.up(account)
      asides.up(account)
      avatars.up(account)
      if (isCarried(directory.accounts.get(account))) return
      rooms.up(account)
      parts.agreements?.changed()
      if (!directory.ownerOf(account)) people.shared.up(account)
    },
  })
  const pictures = new Pictures({ store, accounts, log, ...(parts.shrink && { shrink: parts.shrink }) })
  const avatars = new Avatars({ network: parts.id, store, directory, registry, accounts, pictures, face, log })
  const missed = new DirectCatchUp({ store, directory, accounts, inbound, capabilities: adapter.capabilities, log })
  const configured = new ConfiguredAccounts({
    ...parts,
    directory,
    accounts,
    replaced: (account) => rooms.keeper.dropAccount(account),
  })
  const sender: Sender = new Sender({
    ...{ ...meansOf(parts, registry, accounts, face), delivery },
    reacted: (room) => asides.lines.check(room),
  })
  const commitment = new Commitment({
    store,
    ids,
    delivery,
    sender,
    log,
    goneAt: (resource) => gone.get(resource) ?? 0,
    canRetract: adapter.capabilities.retract !== undefined,
  })
  const order = new Turnstile()
  const asides = new Asides({
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
  const rooms: Rooms = new Rooms({
    network: parts.id,
    name: adapter.network.name,
    adapter,
    capabilities: adapter.capabilities,
    configured: parts.configured,
    preferences,
    store,
    ids,
    log,
    directory,
    registry,
    guests,
    delivery,
    sender,
    accounts,
    commitment,
    typing,
    carriage,
    asides,
    pictures,
    bridges,
    gate,
    wantAvatar: (account, legacyId) => avatars.want(account, legacyId),
    direct,
    face,
  })
  parts.exchange?.join(peerOf(parts, { registry, commitment, sender, order: rooms.order, asides, avatars, face }))
  const outbound = new Outbound({
    store,
    directory,
    ids,
    adapter,
    commitment,
    sender,
    order,
    chosenBy: (said, through) => asides.chosenBy(said, through),
  })
  const contacts = new Contacts({
    store,
    directory,
    accounts,
    face,
    network: parts.id,
    name: adapter.network.name,
    capabilities: adapter.capabilities,
    isMutual: (link, legacyId) => people.consents.isMutual(link, legacyId),
    notAgreed: () => people.consents.notAgreed(),
  })
  const identity = identities({
    ...parts,
    ...{ directory, registry, delivery, accounts, preferences, foreign, face, rules, audit },
    language: (user) => tongues.of(user),
    unlink: (link) => registrar.unlink(link),
    proved: ({ jid, identity: person }) => void logins.proven(jid, person ?? ""),
    besides: (person) =>
      logins.waits(person) ? words("They also get your private chats, to read and to answer in your name.") : undefined,
  })
  const now = (): number => (parts.clock ?? clock).now()
  const people: People = new People({
    ...parts,
    ...{ directory, delivery, sender, accounts, face, rules, audit, foreign, redemption: identity.redemption, now },
    language: (user) => tongues.of(user),
    tell: (link, event) => inbound.tell(link, event),
  })
  const mayTie = (user: BareJid, owner: string): boolean =>
    parts.mayRegister(user) && rules.verdict("jid", user) !== "block" && rules.verdict("foreign", owner) !== "block"
  const { name } = adapter.network
  const windows = new ReplyWindows({
    ...{ store, name, clock: parts.clock ?? clock, hours: adapter.capabilities.logins?.replyHours },
    changed: (link, legacyId) => {
      const contact = directory.contact(link, legacyId)
      if (contact) face().presenceChanged(link, contact)
    },
  })
  const logins: Logins = new Logins({
    ...{ network: parts.id, name, domain: parts.domain, store, directory, delivery, accounts, face, ids, log, audit, mayTie, now },
    taken: parts.configured.map(({ tag }) => tag),
    language: (user) => tongues.of(user),
    tied: (link) => windows.begin(link),
  })
  const carrying = new Carrying({ ...parts, directory, accounts, logins, mayTie })
  identity.redemption.on("carried", carrying.redeem)
  const bridgeDesk = parts.agreements && takePart(parts.agreements)
  function takePart(agreements: Agreements): BridgeDesk {
    const side = new Side({
      ...parts,
      ...{ directory, registry, accounts, rules, audit },
      isAdmin: (user) => parts.isAdmin?.(user) ?? false,
      visible: (user) => rooms.visible(user),
      view: (user, legacyId, tag) => rooms.view(user, legacyId, tag, true),
      emit: async (account, event) => rooms.inbound.emit(account, event),
      say: (user, text) => face().say(user, inLanguage(text, tongues.of(user))),
    })
    agreements.join(side)
    const { onNew } = rooms.keeper
    rooms.keeper.onNew = (room) => {
      onNew(room)
      agreements.changed()
    }
    foreign.add(...foreignBridges(side, agreements, identity.redemption))
    return new BridgeDesk(side, agreements)
  }
  const exporter = new Exporter({
    ...{ store, preferences, network: parts.id },
    ...(parts.media && { media: parts.media }),
    slot: (file) => face().slot(file, { legacyId: "", tag: "", room: false }),
    tell: (link, text) => tellUser({ store, directory, delivery, ids, now }, link, text),
    now,
  })
  const registrar: Registrar = new Registrar({
    ...parts,
    roomsOf: (account) => registry.ofAccount(account),
    directory,
    accounts,
    enrolment: identity.enrolment,
    face,
    forget: (link) => {
      sender.forget(link)
      delivery.forget(link.id)
      presences.forget(link)
      guests.unlinked(link)
      windows.forget(link)
      // The account and its rooms are not theirs.
      if (link.role === "guest") return
      avatars.forget(link.accountId)
      rooms.keeper.dropAccount(link.accountId)
    },
  })
  const desk = new Desk({
    ...{ network: parts.id, store, directory, registry, accounts, registrar, delivery, sender, rules, audit, ids, face, gate, now },
    wanted: (account) => configured.isWanted(account),
  })

  return {
    typing,
    audit,
    rules,
    gate,
    desk,
    foreign,
    guests,
    redemption: identity.redemption,
    preferences,
    exporter,
    tongues,
    directory,
    registry,
    delivery,
    presences,
    accounts,
    avatars,
    missed,
    configured,
    sender,
    asides,
    rooms,
    outbound,
    people,
    logins,
    carrying,
    windows,
    bridgeDesk,
    contacts,
    registrar,
    gone,
  }
}
