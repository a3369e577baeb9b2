// Events of rooms, from the network to all who are there: in the room's order, committed, then told.
import type { Contact, NetworkEvent } from "../../adapter/contract.js"
import { Albums, asNew, quoteOf, rowsOf } from "../inbound.js"
import { answers, awaited, stanzasOf, type Carriage } from "../inward.js"
import { inline, short } from "../short.js"
import type { NewContact } from "../store.js"
import { settled } from "../asides/settled.js"
import { Turnstile } from "../turnstile.js"
import type { Access } from "./access.js"
import { named } from "./named.js"
import type { RoomKeeper } from "./keeper.js"
import { type Acting, Members } from "./members.js"
import type { RoomReactions } from "./reactions.js"
import type { RoomOp, RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"
import type { NewParticipant, NewRoomEvent } from "./store.js"
import { subjectOf } from "./subject.js"

type Event<K extends NetworkEvent["type"]> = Extract<NetworkEvent, { type: K }>
type Said = Event<"message" | "edit" | "notice">

export interface InboundParts extends RoomParts {
  keeper: RoomKeeper
  access: Access
}

/** How an event came: now, from a page that was missed, or from before the archive begins. */
export interface How {
  /** Default: the event's id, unless what was missed before it is still to be fetched. */
  cursor?: string | null
  older?: boolean
  live: boolean
}

/** Events wait for one another without bound: that they are not acknowledged yet is the back-pressure. */
const unbounded = Number.POSITIVE_INFINITY

const nothing = (): void => undefined

export class RoomInbound {
  /** Rooms of which a gap is still to be fetched: what is said there now does not move the cursor past it. */
  readonly behind = new Set<number>()
  /** Rooms that the account is just changing, and the user of ours who wants it so. */
  readonly acting = new Map<number, Acting>()
  /** What must be fetched before the next event of this room is accepted. */
  gate: (room: RoomRow) => Promise<void> | undefined = () => undefined
  /** Set once, when the rest of the room's halves is made. */
  reactions: RoomReactions | undefined
  readonly #order = new Turnstile(unbounded)
  /** Own messages of a room wait behind one another, not before those of other people. */
  readonly #echoes = new Turnstile(unbounded)
  readonly #albums = new Albums()
  readonly members: Members

  constructor(private readonly parts: InboundParts) {
    this.members = new Members(parts, this.acting)
  }

  /** Resolves once the event is committed. Undefined: it is not about rooms. */
  emit(account: number, event: NetworkEvent): Promise<void> | undefined {
    if ("chat" in event) return "room" in event.chat ? this.#inRoom(account, event.chat.room, event) : undefined
    switch (event.type) {
      case "room":
        return this.#inOrder(account, event.room.id, () => this.#room(account, event))
      case "member":
        return this.#inOrder(account, event.room, async () => {
          const room = this.#present(account, event.room)
          if (room) await this.parts.guests.member(room, event)
          if (room?.kind === "container") await this.#below(room, event)
          else if (room) await this.members.member(room, event)
        })
      case "moved":
        if (event.from === event.to) return Promise.resolve()
        return this.#inOrder(account, event.from, () => this.#inOrder(account, event.to, () => this.#moved(account, event)))
      case "gone":
        return this.#inOrder(account, event.room, async () => {
          const room = this.#present(account, event.room)
          if (room) await this.parts.keeper.gone(room, event.why)
        })
      case "access":
        return this.#access(account, event)
      default:
        return undefined
    }
  }

  /** What is so in a container is so in all its rooms; nobody is in one of them only because they came. */
  async #below(container: RoomRow, event: Event<"member">): Promise<void> {
    const { accountId } = container
    if (this.members.isAccount(container, event.member.contact)) return this.parts.access.changed(accountId, container)
    const rooms = await this.members.roomsOf(container, event.member.contact)
    await Promise.all(
      rooms.map((room) =>
        this.#inOrder(accountId, room.legacyId, async () => {
          if (this.parts.registry.byId(room.id) === room) await this.members.member(room, event)
        }),
      ),
    )
  }

  /** A person's name changed, in whatever rooms they are known. */
  contact(contact: Contact): Promise<void> {
    return this.members.renamed(asNew(contact, this.parts.network))
  }

  /** `work` has its place in the room's order: later work waits until it calls `through`, or ends. */
  #inOrder<T>(account: number, legacyId: string, work: (through: () => void) => Promise<T>): Promise<T> {
    return this.#order.enter(`${account} ${legacyId}`, work)
  }

  #find(account: number, legacyId: string): RoomRow | undefined {
    return this.parts.registry.find(account, legacyId)
  }

  /** Not by a former id: what is told of that is of the past. */
  #present(account: number, legacyId: string): RoomRow | undefined {
    const room = this.#find(account, legacyId)
    return room?.legacyId === legacyId ? room : undefined
  }

  async #inRoom(account: number, legacyId: string, event: Extract<NetworkEvent, { chat: unknown }>): Promise<void> {
    switch (event.type) {
      case "message":
      case "edit":
      case "notice":
      case "retract": {
        if ("own" in event && event.own === true) return this.#own(account, legacyId, event)
        // Nobody says who took it back: perhaps a user of ours, whose call is still under way.
        if (event.type === "retract" && event.by === undefined) return this.#own(account, legacyId, event)
        return this.#live(account, legacyId, event)
      }
      case "typing": {
        const room = this.#find(account, legacyId)
        if (room) await this.members.typing(room, event)
        return
      }
      case "reactions":
        return this.#reacted(account, legacyId, event)
      case "previews":
        return this.#inOrder(account, legacyId, async () => {
          const gate = this.#gateOf(account, legacyId)
          if (gate) await gate
          const room = this.#present(account, legacyId)
          if (room) await this.parts.asides.previews.tell({ room: room.id }, event)
        })
      default:
        this.parts.log.debug({ type: event.type }, "an event of this kind in a room is passed over")
    }
  }

  /** What the account itself thinks is known by the calls that are under way, or was said on another of its devices. */
  async #reacted(account: number, legacyId: string, event: Event<"reactions">): Promise<void> {
    const room = this.#present(account, legacyId)
    if (!room) return this.parts.log.debug({ type: event.type }, "an event of an unknown room is passed over")
    const own = event.own === true || ("from" in event.change && this.members.isAccount(room, event.change.from))
    const accept = (): Promise<void> =>
      this.#inOrder(account, legacyId, async () => {
        const gate = this.#gateOf(account, legacyId)
        if (gate) await gate
        if (this.#present(account, legacyId) === room) await this.reactions?.tell(room, event.id, event.change, own)
      })
    if (!own) return accept()
    return this.#echoes.enter(`${account} ${legacyId}`, async () => {
      await settled(this.parts.sender.settled(room.id))
      await accept()
    })
  }

  /** Said by the account itself, here or on another of its devices. Other people's messages never wait for it. */
  #own(account: number, legacyId: string, event: Event<"message" | "edit" | "retract">): Promise<void> {
    const room = this.#find(account, legacyId)
    return this.#echoes.enter(`${account} ${legacyId}`, async () => {
      if (!room || (await this.isForeign(room, event))) await this.#live(account, legacyId, event)
    })
  }

  /** False: the echo of a call under way. What is not known to be waits for the calls begun before it, for they tell its id. */
  async isForeign(room: RoomRow, event: Event<"message" | "edit" | "retract">): Promise<boolean> {
    const { sender } = this.parts
    // By it users of ours speak, and nobody else: it began here, and the room sees it by the call, also where its answer was lost.
    if (event.type !== "retract" && event.from.kind === "webhook") return false
    if ("key" in event && event.key !== undefined && sender.isSending(room.id, event.key)) return false
    await settled(sender.settled(room.id))
    return true
  }

  #live(account: number, legacyId: string, event: Said | Event<"retract">): Promise<void> {
    return this.#inOrder(account, legacyId, async (through) => {
      const gate = this.#gateOf(account, legacyId)
      if (gate) await gate
      const answerable = this.parts.asides.answerable(this.#find(account, legacyId)?.id, event)
      if (answerable) await answerable
      await this.accept(account, legacyId, event, { live: true }, through)
    })
  }

  #gateOf(account: number, legacyId: string): Promise<void> | undefined {
    const room = this.#find(account, legacyId)
    return room && this.gate(room)
  }

  /** In the room's order, or while `gate` holds it up. `through` is called when the event has its place in the store's order. False: it was known. */
  async accept(account: number, legacyId: string, event: Said | Event<"retract">, how: How, through = nothing): Promise<boolean> {
    const known = this.#find(account, legacyId)
    if (known && known.legacyId !== legacyId) return this.#late(known, event, through)
    let room = known
    // Whoever hears somebody speak in a room is in it. Of all else there is nothing to know in a room that one is not in.
    if (event.type === "message" && known?.state !== "open") room = await this.#open(account, legacyId, event)
    if (!room) {
      this.parts.log.debug({ type: event.type }, "an event of an unknown room is passed over")
      return false
    }
    if (event.type !== "retract") {
      // What needs nothing more is committed at once: what is told after it must not overtake it.
      const naming = this.#named(room, event)
      const said = naming instanceof Promise ? await naming : naming
      const isNew = await this.#commit(room, this.#saidBy(room, said, how), through)
      if (event.type !== "notice") await this.reactions?.noted(room, event, how.older === true)
      return isNew
    }
    const commits = event.ids.map((id) => this.#commit(room, this.#retracted(room, event, id), nothing))
    through()
    const isNew = (await Promise.all(commits)).includes(true)
    this.reactions?.lookAgain(room)
    return isNew
  }

  #named<E extends Said>(room: RoomRow, event: E): E | Promise<E> {
    if (event.type === "notice" || !event.body.spans?.some(({ kind }) => kind === "mention")) return event
    const isAccount = (id: string): boolean => this.members.isAccount(room, { id })
    return named(event.body, room, { ...this.parts, isAccount }).then((body) => ({ ...event, body }))
  }

  /** Said before the room moved: its ids are of another count, so that it is not to be known again. */
  async #late(room: RoomRow, event: Said | Event<"retract">, through: () => void): Promise<boolean> {
    if (event.type !== "message" && event.type !== "notice") return false
    // As in `accept`: what needs nothing more has its place at once.
    const naming = this.#named(room, event)
    const named = naming instanceof Promise ? await naming : naming
    const said = this.#saidBy(room, named, { live: true, cursor: null })
    return this.#commit(room, { ...said, kind: "plain", legacyId: "", replyTo: null }, through)
  }

  /** Opened with what is known; the rest is asked for meanwhile, then it is told of. */
  async #open(account: number, legacyId: string, { from }: Event<"message">): Promise<RoomRow> {
    const { keeper, accounts, log } = this.parts
    const name = from.kind === "room" && from.id === legacyId ? from.name : undefined
    const opened = await keeper.put(account, { legacyId, ...(name !== undefined && { name }) })
    const { room } = opened
    const introduce = async (): Promise<void> => {
      const live = accounts.live(account)
      // The account may be out of it again when the answer is there.
      if (live?.session.room) await keeper.store(account, await live.session.room(room.legacyId, live.signal), "as-is")
    }
    void introduce()
      .catch((error: unknown) => log.info({ err: error }, "a new room could not be asked about"))
      .finally(() => {
        if (this.parts.registry.byId(room.id) === room && room.state === "open") keeper.tell(opened)
      })
    return room
  }

  /** From the store call to `delivery.add` without another await: rows of a lane are added in the order of their ids. */
  async #commit(room: RoomRow, event: NewRoomEvent, through: () => void): Promise<boolean> {
    const { store, delivery, bridges } = this.parts
    const copies = event.older ? undefined : bridges.others(room.id)
    const committed = store.acceptRoomEvent(copies ? { ...event, copies } : event)
    if (event.cursor !== null) room.cursor = event.cursor
    through()
    const { outcome, met, row } = await committed
    // Who is new is there before their first message.
    if (met) this.members.tell(room, met)
    if (row) delivery.add(room.id, row)
    bridges.poke(copies)
    if (event.older && outcome === "accepted" && [...(event.before ?? []), event.row].some(({ op }) => awaited(op)))
      delivery.openLate(room.id)
    if (met && met.former !== null && event.by) await this.members.renamed(event.by.contact)
    return outcome === "accepted"
  }

  #saidBy(room: RoomRow, event: Said, { live, older = false, cursor }: How): NewRoomEvent {
    const { ids, network, carriage } = this.parts
    const id = ids.next()
    const goesOn = this.#albums.goesOn(String(room.id), event)
    const person = event.type === "notice" ? undefined : event.from
    const at = event.at.getTime()
    const isMessage = event.type === "message"
    const moves = isMessage && !older && !this.behind.has(room.id)
    return {
      ...this.#common(room, id, person && by(person, network, live, event.type === "notice" ? undefined : event.nick)),
      heard: live && person !== undefined,
      kind: event.type === "notice" ? "plain" : event.type,
      legacyId: event.type === "notice" ? "" : event.id,
      revision: event.type === "notice" ? null : (event.revision ?? null),
      handle: isMessage ? (event.handle ?? null) : null,
      at,
      replyTo: isMessage && !goesOn ? (event.reply?.id ?? null) : null,
      ...rowsOf(opsOf(event, id, carriage, goesOn), ids),
      allFiles: carriage !== undefined && event.type === "edit" && event.body.files !== undefined,
      cursor: cursor === undefined ? (moves ? event.id : null) : cursor,
      older,
      ...(older && isMessage && event.reactions && { reactions: this.reactions?.ofOld(event.reactions) ?? [] }),
    }
  }

  #retracted(room: RoomRow, event: Event<"retract">, legacyId: string): NewRoomEvent {
    const { ids, network } = this.parts
    const id = ids.next()
    const at = Date.now()
    const why = event.why === undefined ? {} : { why: short(event.why) }
    const op: RoomOp = { k: "retracted", id, pos: 0, by: null, target: "", at, moderated: false, ...why }
    return {
      ...this.#common(room, id, event.by && by(event.by, network, false)),
      heard: false,
      kind: "retract",
      legacyId,
      at,
      row: { id: ids.next(), op },
    }
  }

  #common(room: RoomRow, messageId: string, person: NewParticipant | undefined): Omit<NewRoomEvent, "heard" | "kind" | "row" | "at"> {
    const sender = person?.contact.legacyId ?? ""
    const rest = { legacyId: "", revision: null, handle: null, replyTo: null, cursor: null, older: false }
    return { room: room.id, by: person ?? null, now: Date.now(), messageId, sender, ...rest }
  }

  /** Told by the network or found in its list. Another topic is a line in the room's order. */
  async #room(account: number, { room: info, by: who }: Event<"room">): Promise<void> {
    const { keeper, ids, network, accounts, store } = this.parts
    if (this.#find(account, info.id) && !this.#present(account, info.id)) return
    const stored = await keeper.store(account, info)
    const { room, isNew, former } = stored
    if (!isNew && former && subjectOf(former) !== subjectOf(room)) {
      const id = ids.next()
      const at = Date.now()
      const isOurs = who === undefined || who.id === accounts.live(account)?.session.self.id
      const voice = isOurs ? (this.acting.get(room.id)?.voice ?? null) : null
      const op: RoomOp = { k: "subject", id, by: voice, text: subjectOf(room), at }
      const person = who && !voice ? by(who, network, false) : undefined
      const event = { ...this.#common(room, id, person), heard: false, kind: "plain" as const, at }
      // A nick, for it becomes part of an address.
      const met = person && (await store.meetParticipant(room.id, person, at))
      if (met) this.members.tell(room, met)
      await keeper.put(account, { legacyId: room.legacyId, facts: { topicAt: at, topicBy: voice?.nick ?? met?.participant.nick } })
      await this.#commit(room, { ...event, row: { id: ids.next(), op } }, nothing)
    }
    keeper.tell(stored, who)
  }

  async #moved(account: number, { from, to }: Event<"moved">): Promise<void> {
    const { keeper, sender } = this.parts
    await this.#gateOf(account, from)
    const room = this.#find(account, from)
    // What the network says to calls under way is about the old ids.
    if (room && room.legacyId !== to) await settled(sender.settled(room.id))
    await keeper.moved(account, from, to)
  }

  async #access(account: number, { room: legacyId, user }: Event<"access">): Promise<void> {
    const { accounts, access, guests } = this.parts
    const room = legacyId === undefined ? undefined : this.#find(account, legacyId)
    if (legacyId === undefined || room) guests.access(account, room, user)
    // Of all others only the account's own rights are known of.
    if (user !== undefined && user !== accounts.live(account)?.session.self.id) return
    if (legacyId === undefined || room) access.changed(account, room)
    return Promise.resolve()
  }
}

/** `live`: who speaks now is there; of what is long past nobody can tell. */
function by(contact: Contact, network: string, live: boolean, nick?: string): NewParticipant {
  const known: NewContact = asNew(contact, network)
  return { contact: known, ...(live && { present: true }), ...(nick !== undefined && { name: inline(nick) }) }
}

/** One operation a stanza. The store fills in who, where and what it is about. `goesOn`: part of an album that was begun before. */
function opsOf(event: Said, id: string, carriage: Carriage, goesOn: boolean): RoomOp[] {
  const said = { k: "said" as const, id, pos: 0, by: null, at: event.at.getTime() }
  if (event.type === "notice") return [{ ...said, text: `ℹ ${event.text}` }]
  const stanzas = stanzasOf(id, event.body, carriage, goesOn)
  if (event.type === "edit") return stanzas.map((one) => ({ ...said, ...one, replaces: "" }))
  const { reply } = event
  const answering = reply && !goesOn ? answers(stanzas) : undefined
  return stanzas.map((one) => ({
    ...said,
    ...one,
    ...(reply &&
      one === answering && { reply: { id: "", ...(reply.author !== undefined && { nick: short(reply.author) }), ...quoteOf(reply) } }),
  }))
}
