// From the network to XMPP: an event is committed with the stanza that will tell of it, then acknowledged.
import type { Capabilities, Contact, NetworkEvent } from "../adapter/contract.js"
import { longestNote, short } from "./short.js"
import type { NewContact, NewEvent, Store } from "./store.js"
import type { Delivery } from "./delivery.js"
import type { Directory } from "./directory.js"
import { flatten } from "./flatten.js"
import type { IdMint } from "./ids.js"
import type { Log } from "./log.js"
import type { ContactRow, InOp, Link } from "./model.js"
import type { Face } from "./ports.js"
import type { Presences } from "./presence.js"
import type { RoomInbound } from "./rooms/inbound.js"
import { Turnstile } from "./turnstile.js"

export interface InboundParts {
  store: Store
  directory: Directory
  ids: IdMint
  delivery: Delivery
  presences: Presences
  face: () => Face
  rooms: () => Pick<RoomInbound, "emit" | "contact">
  network: string
  capabilities: Pick<Capabilities, "history">
  log: Log
}

type Event<K extends NetworkEvent["type"]> = Extract<NetworkEvent, { type: K }>
type Said = Event<"message" | "edit" | "notice">
type Told = Said | Event<"retract">

const nothing = (): void => undefined

export class Inbound {
  /** Direct chats of which a gap is still to be fetched: what is said there now does not move the cursor past it. */
  readonly behind = new Set<number>()
  /** What must be fetched before the next event of this chat is accepted. */
  gate: (link: Link, legacyUser: string) => Promise<void> | undefined = () => undefined
  /** Without bound: that events are not acknowledged yet is the back-pressure. */
  readonly #order = new Turnstile(Number.POSITIVE_INFINITY)

  constructor(private readonly parts: InboundParts) {}

  /** `Host.emit` of one account: resolves once the event is committed. */
  async emit(account: number, event: NetworkEvent): Promise<void> {
    const { directory, log, face, presences, rooms } = this.parts
    const inRoom = rooms().emit(account, event)
    if (inRoom) return inRoom
    if (event.type === "contact") await rooms().contact(event.contact)
    const link = directory.ownerOf(account)
    if (!link) {
      // Who writes to an account of the configuration writes to nobody in particular.
      if (event.type === "message") log.info({ id: event.id }, "a direct message to an account without an owner was dropped")
      return
    }
    switch (event.type) {
      case "message":
      case "edit":
        // What the account itself said came from here: its author has it already.
        if (event.own === true) return log.debug({ id: event.id }, "own echo dropped")
        return this.#live(link, event)
      case "notice":
      case "retract":
        return this.#live(link, event)
      case "typing":
        if ("user" in event.chat) face().typing(link, event.chat.user, event.active)
        return
      case "presence": {
        const contact = (await directory.roster(link)).get(event.from.id)
        if (contact && presences.heard(link, contact, event)) face().presenceChanged(link, contact)
        return
      }
      case "contact":
        return this.#contact(link, event.contact)
      default:
        log.debug({ type: event.type }, "an event of this kind is passed over")
    }
  }

  #live(link: Link, event: Told): Promise<void> {
    const legacyUser = chatOf(event)
    return this.#order.enter(`${link.id} ${legacyUser}`, async (through) => {
      const gate = this.gate(link, legacyUser)
      if (gate) await gate
      await this.accept(link, event, undefined, through)
    })
  }

  /**
   * In the chat's order, or while `gate` holds it up. `cursor`: default the event's id, unless what was missed before it is still to be
   * fetched. `through` is called when the event has its place in the store's order. False: it was known.
   */
  async accept(link: Link, event: Told, cursor?: string | null, through = nothing): Promise<boolean> {
    if (event.type !== "retract") return this.#said(link, event, cursor, through)
    const told = event.ids.map((id) => this.#takenBack(link, chatOf(event), id))
    through()
    return (await Promise.all(told)).includes(true)
  }

  async #takenBack(link: Link, legacyUser: string, legacyId: string): Promise<boolean> {
    const { ids, store, delivery } = this.parts
    const [id, at] = [ids.next(), Date.now()]
    const row = { id: ids.next(), op: { k: "retract" as const, id, target: "", at } }
    const told = await store.acceptRetraction({ link: link.id, legacyUser, legacyId, at, row })
    if (told) delivery.add(told.conversation, told.row)
    return told !== null
  }

  /** Where a network keeps what was said, the last message of each chat is kept in mind: what comes after it may be missed. */
  #cursor(event: Said, conversation: number | undefined): string | null {
    const isCounted = event.type === "message" && this.parts.capabilities.history?.direct === true
    return isCounted && !(conversation !== undefined && this.behind.has(conversation)) ? event.id : null
  }

  async #said(link: Link, event: Said, cursor: string | null | undefined, through: () => void): Promise<boolean> {
    const { directory, ids, store, delivery, face, network } = this.parts
    const from = event.type === "notice" ? event.by : event.from
    const legacyUser = chatOf(event)
    const now = Date.now()
    const id = ids.next()
    const known = directory.knownDirect(link.id, legacyUser)
    const contact = from && changed(directory.contact(link, from.id), from, network)
    const committed = store.acceptEvent({
      account: link.accountId,
      link: link.id,
      conversation: known?.id ?? null,
      legacyUser,
      contact: contact ?? (known ? null : asNew(from ?? { id: legacyUser }, network, directory.contact(link, legacyUser))),
      roster: !known,
      now,
      messageId: id,
      sender: from?.id ?? "",
      at: event.at.getTime(),
      row: { id: ids.next(), op: opOf(event, id, known ? undefined : from?.name) },
      state: null,
      cursor: cursor === undefined ? this.#cursor(event, known?.id) : cursor,
      ...identity(event),
    })
    through()
    const result = await committed
    if (!known)
      directory.remember({ id: result.conversation, accountId: link.accountId, linkId: link.id, legacyId: legacyUser, kind: "direct" })
    if (result.entry) {
      directory.rememberContact(link, result.entry.contact)
      if (result.firstSeen || contact) face().contactChanged(link, result.entry)
    }
    if (result.row) delivery.add(result.conversation, result.row)
    return result.outcome === "accepted"
  }

  async #contact(link: Link, contact: Contact): Promise<void> {
    const { directory, store, face, network } = this.parts
    const fresh = changed(directory.contact(link, contact.id), contact, network)
    if (!fresh) return
    const entry = await store.putContact(link.id, fresh, Date.now())
    directory.rememberContact(link, entry.contact)
    face().contactChanged(link, entry)
  }
}

function chatOf(event: Told): string {
  const from = event.type === "notice" || event.type === "retract" ? event.by : event.from
  return "user" in event.chat ? event.chat.user : (from?.id ?? "")
}

/** `nick`: who speaks for the first time is named (XEP-0172 §4.2), for the roster may come to know it later. */
function opOf(event: Said, id: string, nick: string | undefined): InOp {
  const at = event.at.getTime()
  if (event.type === "message") return { k: "message", id, text: flatten(event.body, event.reply), at, ...(nick !== undefined && { nick }) }
  // The store fills in what is edited.
  if (event.type === "edit") return { k: "edit", id, target: "", text: flatten(event.body), at }
  return { k: "message", id, text: `ℹ ${event.text}`, at }
}

/** By what the store knows it again. A notice has no id: it is new each time it is told. */
function identity(event: Said): Pick<NewEvent, "kind" | "legacyId" | "revision" | "handle"> {
  if (event.type === "notice") return { kind: "plain", legacyId: "", revision: null, handle: null }
  if (event.type === "edit") return { kind: "edit", legacyId: event.id, revision: event.revision, handle: null }
  return { kind: "message", legacyId: event.id, revision: event.revision ?? null, handle: event.handle ?? null }
}

/** An absent field is unknown: it stays as it was. */
export function asNew(contact: Contact, network: string, known?: ContactRow): NewContact {
  return {
    network,
    legacyId: contact.id,
    name: shortened(contact.name) ?? known?.name ?? null,
    username: shortened(contact.username) ?? known?.username ?? null,
    kind: contact.kind ?? known?.kind ?? "person",
    profile: contact.profile ? brief(contact.profile) : (known?.profile ?? {}),
  }
}

function shortened(name: string | undefined): string | undefined {
  return name === undefined ? undefined : short(name)
}

function brief(profile: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(profile).map(([key, text]) => [key, short(text, longestNote)]))
}

/** Undefined: nothing is new against what was stored last. */
function changed(known: ContactRow | undefined, contact: Contact, network: string): NewContact | undefined {
  const next = asNew(contact, network, known)
  const same =
    known?.name === next.name &&
    known.username === next.username &&
    known.kind === next.kind &&
    (known.profile === next.profile || JSON.stringify(known.profile) === JSON.stringify(next.profile))
  return same ? undefined : next
}
