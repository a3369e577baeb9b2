// The parts of one network, put together: who knows whom is said here and nowhere else.
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
import type { FullJid } from "./model.js"
import { Outbound } from "./outbound.js"
import type { NetworkParts } from "./parts.js"
import { Pictures } from "./faces/pictures.js"
import type { Face, Utterance } from "./ports.js"
import { Presences } from "./presence.js"
import { Registrar } from "./registrar.js"
import { Registry } from "./rooms/registry.js"
import { Rooms } from "./rooms/rooms.js"
import { Sender } from "./sender.js"
import { Turnstile } from "./turnstile.js"
import { Typing } from "./typing.js"

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
  const registry = new Registry({ store, directory, network: parts.id, configured: parts.configured })
  const delivery: Delivery = new Delivery({
    ...{ store, directory, registry, face, log, ids, network: parts.id },
    clock: parts.clock ?? clock,
    maxBytes: adapter.capabilities.download?.maxBytes ?? Number.POSITIVE_INFINITY,
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
    capabilities: adapter.capabilities,
    carriage,
    network: parts.id,
    log,
  })
  const accounts: Accounts = new Accounts({
    ...parts,
    directory,
    delivery,
    face,
    emit: (account, event) => inbound.emit(account, event),
    connecting: (account) => {
      const owner = directory.ownerOf(account)
      if (owner) presences.begin(owner)
      missed.connecting(account)
      rooms.connecting(account)
    },
    up: (account) => {
      sender.up(account)
      delivery.up(account)
      missed.up(account)
      asides.up(account)
      avatars.up(account)
      rooms.up(account)
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
    store,
    ids,
    log,
    directory,
    registry,
    delivery,
    sender,
    accounts,
    commitment,
    typing,
    carriage,
    asides,
    pictures,
    wantAvatar: (account, legacyId) => avatars.want(account, legacyId),
    direct,
    face,
  })
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
  })
  const registrar = new Registrar({
    ...parts,
    directory,
    accounts,
    face,
    forget: (link) => {
      sender.forget(link)
      delivery.forget(link.id)
      presences.forget(link)
      avatars.forget(link.accountId)
      rooms.keeper.dropAccount(link.accountId)
    },
  })

  return {
    typing,
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
    contacts,
    registrar,
    gone,
  }
}
