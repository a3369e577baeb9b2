// From the network to XMPP: an event is committed with the stanza that will tell of it, then acknowledged.
import type { Capabilities, Contact, FileRef, NetworkEvent, Reply } from "../adapter/contract.js"
import type { Asides } from "./asides/asides.js"
import { avatarKey } from "./faces/picture.js"
import { inline, longestNote, short } from "./short.js"
import type { NewContact, NewEvent, NewRow, Store } from "./store.js"
import type { Delivery } from "./delivery.js"
import type { Directory } from "./directory.js"
import type { IdMint } from "./ids.js"
import { isCarried } from "./carried/names.js"
import type { Logins } from "./carried/logins.js"
import { answers, stanzasOf, type Carriage } from "./inward.js"
import type { Log } from "./log.js"
import { Lru } from "./lru.js"
import type { ContactRow, DirectOp, Link } from "./model.js"
import type { People } from "./consent/people.js"
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
  asides: () => Asides
  logins: () => Pick<Logins, "changed" | "route">
  /** Somebody has written to this link's user. */
  heard(link: Link, legacyId: string, at: number): void
  people: () => Pick<People, "consents" | "shared" | "isShutOut">
  network: string
  capabilities: Pick<Capabilities, "history">
  carriage: Carriage
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
  readonly #albums = new Albums()

  constructor(private readonly parts: InboundParts) {}

  /** `Host.emit` of one account: resolves once the event is committed. */
  async emit(account: number, event: NetworkEvent): Promise<void> {
    const { directory, log, rooms, people, logins } = this.parts
    if (event.type === "login") return logins().changed(account, event)
    const inRoom = rooms().emit(account, event)
    if (inRoom) return inRoom
    if (event.type === "contact") await rooms().contact(event.contact)
    const person = personOf(event)
    if (person !== undefined && people().isShutOut(person))
      return log.debug({ person }, "somebody whom an administrator has shut out is passed over")
    const login = loginOf(event)
    const of = login === undefined ? account : logins().route(account, login)?.id
    if (of === undefined) return log.debug({ type: event.type }, "of a carried login that nobody has")
    const link = directory.ownerOf(of)
    return link ? this.tell(link, event) : people().shared.emit(of, event)
  }

  /** To this user, who is known to be meant. Resolves once it is committed. Has its place in the order of the chat when it returns. */
  async tell(link: Link, event: NetworkEvent): Promise<void> {
    const { directory, log, face, presences, people } = this.parts
    const person = personOf(event)
    if (person !== undefined && people().consents.isBlocked(link, person))
      return log.debug({ person }, "somebody whom the user has blocked is passed over")
    switch (event.type) {
      case "message":
      case "edit":
        // What the account itself said came from here: its author has it already.
        if (event.own === true && !this.#isCarried(link)) return log.debug({ id: event.id }, "own echo dropped")
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
      case "reactions":
      case "read":
      case "delivered":
      case "previews":
        return this.#beside(link, event)
      default:
        log.debug({ type: event.type }, "an event of this kind is passed over")
    }
  }

  #isCarried({ accountId }: Link): boolean {
    return isCarried(this.parts.directory.accounts.get(accountId))
  }

  #live(link: Link, event: Told): Promise<void> {
    const legacyUser = chatOf(event)
    return this.#order.enter(`${link.id} ${legacyUser}`, async (through) => {
      const gate = this.gate(link, legacyUser)
      if (gate) await gate
      const { asides, directory } = this.parts
      const answerable = asides().answerable(directory.knownDirect(link.id, legacyUser)?.id, event, this.#isCarried(link))
      if (answerable) await answerable
      await this.accept(link, event, undefined, through)
    })
  }

  /** About something that was said. What the account itself thinks of it, or has read, came from here. */
  async #beside(link: Link, event: Event<"reactions" | "read" | "delivered" | "previews">): Promise<void> {
    const { log, asides } = this.parts
    const from = "from" in event ? event.from : "change" in event && "from" in event.change ? event.change.from : undefined
    if (!("user" in event.chat) || ("own" in event && event.own === true) || (from && asides().isSelf(link.accountId, from)))
      return log.debug({ type: event.type }, "the account's own doing is passed over")
    const legacyUser = event.chat.user
    return this.#order.enter(`${link.id} ${legacyUser}`, async () => {
      const gate = this.gate(link, legacyUser)
      if (gate) await gate
      if (event.type === "previews") return asides().previews.tell({ link: link.id, legacyUser }, event)
      await (event.type === "reactions" ? asides().reactions.accept(link, event) : asides().markers.accept(link, event))
    })
  }

  /**
   * In the chat's order, or while `gate` holds it up. `cursor`: default the event's id, unless what was missed before it is still to be
   * fetched. `through` is called when the event has its place in the store's order. False: it was known.
   */
  async accept(link: Link, event: Told, cursor?: string | null, through = nothing): Promise<boolean> {
    if (event.type !== "retract") {
      const isNew = await this.#said(link, event, cursor, through)
      if (event.type !== "notice") await this.parts.asides().noted(link, chatOf(event), event)
      return isNew
    }
    const told = event.ids.map((id) => this.#takenBack(link, chatOf(event), id))
    through()
    return (await Promise.all(told)).includes(true)
  }

  async #takenBack(link: Link, legacyUser: string, legacyId: string): Promise<boolean> {
    const { ids, store, delivery } = this.parts
    const [id, at] = [ids.next(), Date.now()]
    const row = { id: ids.next(), op: { k: "retract" as const, id, target: "", at } }
    // Their other clients are not ours: what they take back there, they do not know here.
    const own = this.#isCarried(link) && { own: true as const }
    const told = await store.acceptRetraction({ link: link.id, legacyUser, legacyId, at, row, ...own })
    if (told) delivery.add(told.conversation, told.row)
    return told !== null
  }

  /** Where a network keeps what was said, the last message of each chat is kept in mind: what comes after it may be missed. */
  #cursor(event: Said, conversation: number | undefined): string | null {
    const isCounted = event.type === "message" && this.parts.capabilities.history?.direct === true
    return isCounted && !(conversation !== undefined && this.behind.has(conversation)) ? event.id : null
  }

  async #said(link: Link, event: Said, cursor: string | null | undefined, through: () => void): Promise<boolean> {
    const { directory, ids, store, delivery, face, network, carriage } = this.parts
    const own = event.type !== "notice" && event.own === true
    // Who says it is the user: no contact of theirs.
    const from = own ? undefined : event.type === "notice" ? event.by : event.from
    const legacyUser = chatOf(event)
    const goesOn = this.#albums.goesOn(`${link.id} ${legacyUser}`, event)
    const answered = event.type === "message" && !goesOn ? event.reply : undefined
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
      sender: own ? link.jid : (from?.id ?? ""),
      ...(own && { own }),
      at: event.at.getTime(),
      ...rowsOf(opsOf(event, id, known ? undefined : from?.name, carriage, goesOn), ids),
      replyTo: answered?.id ?? null,
      allFiles: carriage !== undefined && event.type === "edit" && event.body.files !== undefined,
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
    if (event.type === "message" && !own) this.parts.heard(link, legacyUser, event.at.getTime())
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

/** Of which carried login it tells. */
function loginOf(event: NetworkEvent): string | undefined {
  if ("chat" in event) return "user" in event.chat ? event.chat.login : undefined
  return event.type === "contact" ? event.login : undefined
}

/** Whose direct chat it is about, or whom it tells of. */
function personOf(event: NetworkEvent): string | undefined {
  if ("chat" in event) return "user" in event.chat ? event.chat.user : undefined
  return event.type === "presence" ? event.from.id : event.type === "contact" ? event.contact.id : undefined
}

function chatOf(event: Told): string {
  const from = event.type === "notice" || event.type === "retract" ? event.by : event.from
  return "user" in event.chat ? event.chat.user : (from?.id ?? "")
}

/**
 * One operation a stanza; the store fills in what is edited and what is answered. `nick`: who speaks for the first time is named (XEP-0172
 * §4.2), for the roster may come to know it later. `goesOn`: part of an album that was begun before.
 */
function opsOf(event: Said, id: string, nick: string | undefined, carriage: Carriage, goesOn: boolean): DirectOp[] {
  const at = event.at.getTime()
  if (event.type === "notice") return [{ k: "message", id, text: `ℹ ${event.text}`, at }]
  const own = event.own === true && { own: "there" as const }
  const stanzas = stanzasOf(id, event.body, carriage, goesOn).map((said) => ({ ...said, ...own }))
  if (event.type === "edit")
    return stanzas.map((said) => ({ ...said, at, ...(said.rich?.file ? { k: "message" } : { k: "edit", target: "" }) }))
  const answering = event.reply && !goesOn ? answers(stanzas) : undefined
  return stanzas.map((said, i) => ({
    k: "message",
    ...said,
    at,
    ...(nick !== undefined && i === 0 && { nick }),
    ...(event.reply && said === answering && { reply: { id: "", own: false, ...quoteOf(event.reply) } }),
  }))
}

/** What the network told of what is answered: the part that is meant, or all of it. */
export function quoteOf({ quote, text }: Pick<Reply, "quote" | "text">): { text?: string } {
  const told = quote ?? text
  return told === undefined ? {} : { text: short(told, longestNote) }
}

/** Rows for operations that are one message: the last, and those before it. */
export function rowsOf<Op>(ops: readonly Op[], ids: IdMint): { row: NewRow<Op>; before?: NewRow<Op>[] } {
  const rows = ops.map((op) => ({ id: ids.next(), op }))
  const row = rows.pop()
  if (!row) throw new Error("a message without a stanza")
  return { row, ...(rows.length > 0 && { before: rows }) }
}

/** Parts of an album come one by one: what is said of all of it (where it is from, what it answers) is said once. */
export class Albums {
  /** The last album of each chat. `first`: its first part, which the network may tell again. */
  readonly #last = new Lru<string, { group: string; first: string }>(1000)

  /** True: another part of this album was the last that was said there. That it is forgotten in a restart costs a line. */
  goesOn(chat: string, event: Said): boolean {
    if (event.type !== "message") return false
    const { group, id } = event
    const last = this.#last.get(chat)
    if (group !== undefined && last?.group === group) return last.first !== id
    if (group === undefined) this.#last.delete(chat)
    else this.#last.set(chat, { group, first: id })
    return false
  }
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
    ...(contact.avatar !== undefined && { avatar: slim(contact.avatar) }),
  }
}

/** What is needed to fetch it. Of one whose address would fill pages nothing is kept: it is as if there were none. */
function slim(file: FileRef | null): FileRef | null {
  if (file === null || file.ref.length > longestNote || (file.stableId?.length ?? 0) > longestNote) return null
  const { name, mime, ref, stableId, bytes } = file
  return { name: short(name), mime: short(mime), ref, ...(stableId !== undefined && { stableId }), ...(bytes !== undefined && { bytes }) }
}

function shortened(name: string | undefined): string | undefined {
  return name === undefined ? undefined : inline(name) || undefined
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
    (next.avatar === undefined || known.avatar?.key === avatarKey(next.avatar)) &&
    (known.profile === next.profile || JSON.stringify(known.profile) === JSON.stringify(next.profile))
  return same ? undefined : next
}
