// All rooms of a network that somebody is in: who is there, what they are told, in which order (XEP-0045 §7).
import type { BareJid, FullJid } from "../../core/model.js"
import type { Participant, RoomRow } from "../../core/rooms/model.js"
import type { Affiliation, MucRole, RoomView } from "../../core/rooms/ports.js"
import { alone } from "../payload/chat-state.js"
import type { ChatState } from "../payload/draft.js"
import { addressed, el, escapeAttribute, join, textEl, type Xml } from "../stanza.js"
import type { Context } from "../types.js"
import { occupantId, portrait, standing, userX, type Item } from "./items.js"
import { Floor, type Stay } from "./stay.js"
import type { Hall } from "./types.js"

/** What a client misses while the stream is down, so many presences of each room. */
const mostMissed = 300

type Removal = Parameters<Hall["remove"]>[2]

export interface HallParts {
  context: Context
  /** `<c/>` and the like of a foreign person. */
  person(participant: Participant): Xml
  /** Rows whose stanzas will not be written any more: their occupant is gone. */
  dropped(tokens: readonly string[]): void
}

export class RoomHall implements Hall {
  readonly #floors = new Map<number, Floor>()
  /** By full JID and the address it joined by. */
  readonly #byAddress = new Map<string, Stay>()
  readonly #parts: HallParts
  #clock = 0
  /** Changes of people in rooms that nobody of ours was in, counted: who is just entering one has not heard of them. */
  unheard = 0

  constructor(parts: HallParts) {
    this.#parts = parts
  }

  // ---- who is there
  occupant(room: number, full: string): Stay | undefined {
    return this.#floors.get(room)?.stays.get(full as FullJid)
  }

  occupants(room: number): readonly Stay[] {
    return [...(this.#floors.get(room)?.stays.values() ?? [])]
  }

  addressOf(room: RoomRow, tag: string): string | null {
    return this.#parts.context.roomJid(room.legacyId, tag)
  }

  /** Who speaks to this address of a room. */
  find(full: string, address: string): Stay | undefined {
    return this.#byAddress.get(`${full}\n${address}`)
  }

  floor(room: number): Floor | undefined {
    return this.#floors.get(room)
  }

  floors(): Iterable<Floor> {
    return this.#floors.values()
  }

  /** In every room. */
  staysOf(full: FullJid): Stay[] {
    return [...this.#floors.values()].flatMap(({ stays }) => stays.get(full) ?? [])
  }

  enter(stay: Stay): Floor {
    const { room } = stay.view
    let floor = this.#floors.get(room.id)
    if (!floor) this.#floors.set(room.id, (floor = new Floor(room)))
    floor.stays.set(stay.full, stay)
    this.#byAddress.set(`${stay.full}\n${stay.address}`, stay)
    return floor
  }

  /** The client joined again, by another address of the same room, maybe as another person: it has one place there, and is told that it left the other. */
  readdress(stay: Stay, address: string, view: RoomView): void {
    if (stay.address === address) return
    this.#farewell(stay, userX({ affiliation: stay.view.affiliation, role: "none", jid: stay.full }, [110]))
    this.#byAddress.delete(`${stay.full}\n${stay.address}`)
    stay.address = address
    stay.view = view
    this.#byAddress.set(`${stay.full}\n${address}`, stay)
  }

  #forget(floor: Floor, stay: Stay): void {
    floor.stays.delete(stay.full)
    this.#byAddress.delete(`${stay.full}\n${stay.address}`)
    this.#parts.dropped(stay.held?.flatMap(({ token }) => token ?? []) ?? [])
    if (floor.stays.size === 0 && this.#floors.get(floor.room.id) === floor) this.#floors.delete(floor.room.id)
  }

  /** After what is under way in the room; at once if nothing is. */
  inTurn(floor: Floor, task: () => void | Promise<void>): void {
    const failed = (error: unknown): void =>
      this.#parts.context.log.error({ err: error, room: floor.room.id }, "something could not be told to a room: this is a bug")
    if (!floor.tail) {
      try {
        const under = task()
        if (under) this.#follow(floor, under.catch(failed))
      } catch (error) {
        failed(error)
      }
    } else this.#follow(floor, floor.tail.then(task).catch(failed))
  }

  #follow(floor: Floor, tail: Promise<void>): void {
    floor.tail = tail
    void tail.then(() => {
      if (floor.tail === tail) floor.tail = undefined
    })
  }

  // ---- what they are told
  broadcast(room: number, { name, attrs, nick, inner }: Parameters<Hall["broadcast"]>[1]): void {
    const write = addressed(name, attrs, inner)
    for (const stay of this.#floors.get(room)?.stays.values() ?? []) this.put(stay, write(this.from(stay, nick), stay.to), name)
  }

  from({ address }: Stay, nick: string | undefined): Xml {
    return escapeAttribute(nick === undefined ? address : `${address}/${nick}`)
  }

  /** After history and subject, if the client has not seen them yet. */
  put(stay: Stay, xml: Xml, kind: "message" | "presence"): void {
    const { context } = this.#parts
    if (stay.held) stay.held.push({ kind, xml, pos: undefined, token: undefined })
    else if (context.link.online) context.send(xml)
    else if (kind === "presence" && stay.missed.push(xml) > mostMissed) stay.missed.shift()
  }

  /** A presence whose item depends on who sees it: moderators see JIDs, the user's own clients that it is theirs. */
  #show(
    floor: Floor,
    attrs: Readonly<Record<string, string>>,
    nick: string,
    shape: {
      before?: Xml
      item: Item
      jid?: string | ((viewer: Stay) => string | undefined)
      own?: BareJid
      status?: readonly number[]
      after?: Xml
    },
    except?: Stay,
  ): void {
    const { item, jid, own, status = [], before, after } = shape
    const writers = new Map<string, ReturnType<typeof addressed>>()
    for (const stay of floor.stays.values()) {
      if (stay === except) continue
      const mine = stay.user === own
      const seen = mine || stay.moderates ? (typeof jid === "function" ? jid(stay) : jid) : undefined
      const key = `${mine} ${seen}`
      let write = writers.get(key)
      if (!write) {
        const x = userX({ ...item, jid: seen }, mine ? [110, ...status].sort((a, b) => a - b) : status)
        writers.set(key, (write = addressed("presence", attrs, before, x, after)))
      }
      this.put(stay, write(this.from(stay, nick), stay.to), "presence")
    }
  }

  /** XEP-0085: to who is there now; nobody waits for it. */
  state(room: number, { id, nick }: Participant, state: ChatState): void {
    const floor = this.#floors.get(room)
    if (!floor) return
    const write = addressed("message", { type: "groupchat" }, alone(state), occupantId(id))
    this.inTurn(floor, () => {
      for (const stay of floor.stays.values()) if (!stay.held) this.#parts.context.send(write(this.from(stay, nick), stay.to))
    })
  }

  // ---- foreign participants
  showFace(floor: Floor, participant: Participant): void {
    const gone = floor.faces.show(participant)
    if (gone) this.#hide(floor, gone, {})
    this.#show(floor, {}, participant.nick, this.#face(participant))
  }

  /** What only this client is told. */
  faceTo(stay: Stay, participant: Participant): void {
    const { item, jid, after } = this.#face(participant)
    const x = userX({ ...item, jid: stay.moderates ? jid(stay) : undefined })
    this.#parts.context.send(addressed("presence", {}, x, after)(this.from(stay, participant.nick), stay.to))
  }

  /** `jid`: the contact's as the viewer knows it. Lists of affiliations name it too: a client takes who has none for somebody else. */
  #face(participant: Participant): { item: Item; jid: (viewer: Stay) => string | undefined; after: Xml } {
    const { contact, role } = participant
    return {
      item: standing(role),
      jid: ({ view }) => (contact === null ? undefined : (this.#parts.context.contactJid(contact, view.link.tag) ?? undefined)),
      after: join([portrait(participant), this.#parts.person(participant)]),
    }
  }

  renameFace(floor: Floor, participant: Participant, former: string): void {
    floor.faces.renew(participant)
    const { item, jid, after } = this.#face(participant)
    this.#show(floor, { type: "unavailable" }, former, {
      item: { ...item, nick: participant.nick },
      jid,
      status: [303],
      after: occupantId(participant.id),
    })
    this.#show(floor, {}, participant.nick, { item, jid, after })
  }

  renewFace(floor: Floor, participant: Participant): void {
    floor.faces.renew(participant)
    this.#show(floor, {}, participant.nick, this.#face(participant))
  }

  /** `status`: 307, 301; none for who left, or is merely not shown any more. */
  dropFace(floor: Floor, id: string, how: Pick<Removal, "status" | "actor" | "reason">): void {
    const gone = floor.faces.drop(id)
    if (gone) this.#hide(floor, gone, how)
  }

  #hide(floor: Floor, participant: Participant, { status = [], actor, reason }: Pick<Removal, "status" | "actor" | "reason">): void {
    const { affiliation } = status.includes(301) ? { affiliation: "outcast" as const } : standing(participant.role)
    this.#show(floor, { type: "unavailable" }, participant.nick, {
      item: { affiliation, role: "none", actor, reason },
      jid: this.#face(participant).jid,
      status,
      after: occupantId(participant.id),
    })
  }

  // ---- users of ours
  /** What the client shows of itself from now on. */
  setShown(stay: Stay, shown: Xml): void {
    stay.shown = shown
    stay.shownAt = ++this.#clock
  }

  /** The user's presence to everybody in the room. */
  showUser(floor: Floor, user: BareJid, how: { except?: Stay; status?: readonly number[] } = {}): void {
    const stay = floor.latest(user)
    if (stay) this.#show(floor, {}, stay.participant.nick, { ...this.#self(stay), ...(how.status && { status: how.status }) }, how.except)
  }

  /** The user's presence to one client; with `status` it is that client's own. */
  userTo(viewer: Stay, stay: Stay, status: readonly number[], id = ""): void {
    const { before, item, after, jid } = this.#self(stay)
    const sees = viewer.moderates || viewer.user === stay.user
    const x = userX({ ...item, ...(sees && { jid: viewer.user === stay.user ? viewer.full : jid }) }, status)
    const write = addressed("presence", id === "" ? {} : { id }, before, x, after)
    this.#parts.context.send(write(this.from(viewer, stay.participant.nick), viewer.to))
  }

  selfTo(stay: Stay, status: readonly number[]): void {
    this.userTo(stay, stay, status)
  }

  #self(stay: Stay): { before: Xml; item: Item; jid: string; own: BareJid; after: Xml } {
    const { affiliation, role } = stay.view
    return { before: stay.shown, item: { affiliation, role }, jid: stay.full, own: stay.user, after: portrait(stay.participant) }
  }

  /** All clients of the user change at once (XEP-0045 §7.6). `adapted`: who asked for another nick than this. */
  renameUser(floor: Floor, user: BareJid, participant: Participant, adapted?: Stay): void {
    const stay = floor.latest(user)
    if (!stay) return
    const former = stay.participant.nick
    const { item, jid } = this.#self(stay)
    this.#show(floor, { type: "unavailable" }, former, {
      item: { ...item, nick: participant.nick },
      jid,
      own: user,
      status: [303],
      after: occupantId(participant.id),
    })
    for (const one of floor.of(user)) one.participant = participant
    this.showUser(floor, user, adapted ? { except: adapted } : {})
    if (adapted) this.userTo(adapted, stay, [110, 210])
  }

  /** What the user may do has changed. */
  setView(floor: Floor, user: BareJid, view: RoomView): void {
    const stay = floor.latest(user)
    if (!stay) return
    const { assumed } = stay
    const { affiliation, role } = stay.view
    // They may be there as another person as well.
    for (const one of floor.of(user)) if (one.view.link.id === view.link.id) Object.assign(one, { view, assumed: false })
    if (assumed) return
    if (view.affiliation !== affiliation || view.role !== role) this.showUser(floor, user)
  }

  // ---- the stream
  /** What was missed is told now. */
  streamUp(): void {
    for (const { stays } of this.#floors.values()) {
      for (const { missed } of stays.values()) for (const xml of missed.splice(0)) this.#parts.context.send(xml)
    }
  }

  /** Operations are written again by the core; what else is held stays. */
  streamDown(): void {
    for (const { stays } of this.#floors.values()) {
      for (const stay of stays.values()) stay.held = stay.held?.filter(({ token }) => token === undefined)
    }
  }

  /** The service ends: everybody is out, and told only that (§11.2). */
  close(): void {
    for (const { room, stays } of [...this.#floors.values()]) {
      const gone = [...stays.values()]
      for (const stay of gone) {
        const { affiliation } = stay.view
        this.#farewell(stay, userX({ affiliation, role: "none", jid: stay.full }, [110, 332]))
      }
      this.#parts.context.service.rooms.left(gone.map(({ full }) => ({ room: room.id, full })))
    }
    this.#floors.clear()
    this.#byAddress.clear()
  }

  // ---- the end of a stay
  remove(room: number, who: (occupant: Stay) => boolean, how: Removal): void {
    const floor = this.#floors.get(room)
    if (!floor) return
    const gone = [...floor.stays.values()].filter(who)
    if (gone.length === 0) return
    for (const stay of gone) {
      const { destroy } = how
      // XEP-0045 §10.9: of a destroyed room everybody is told only of their own end, which has no status code.
      const status = destroy ? (how.status ?? []) : [110, ...(how.status ?? [])].sort((a, b) => a - b)
      const end = destroy && el("destroy", { jid: destroy.jid }, destroy.reason !== undefined && textEl("reason", destroy.reason))
      this.#farewell(stay, userX({ ...this.#leaving(stay, how), jid: stay.full }, status, end))
      this.#forget(floor, stay)
    }
    this.#parts.context.service.rooms.left(gone.map(({ full }) => ({ room, full })))
    if (how.destroy) return
    const users = new Map(gone.map((stay) => [stay.user, stay]))
    for (const stay of users.values()) this.#left(floor, stay, this.#leaving(stay, how), how.status ?? [])
  }

  /** A client leaves by itself (§7.14). `note`: what it says at that. */
  leave(room: number, stay: Stay, note?: Xml): void {
    const floor = this.#floors.get(room)
    if (floor?.stays.get(stay.full) !== stay) return
    const item: Item = { affiliation: stay.view.affiliation, role: "none" }
    this.#farewell(stay, userX({ ...item, jid: stay.full }, [110]), note)
    this.#forget(floor, stay)
    this.#parts.context.service.rooms.left([{ room, full: stay.full }])
    this.#left(floor, stay, item, [], note)
  }

  #leaving({ view }: Stay, { status = [], actor, reason, destroy }: Removal): Item {
    const affiliation: Affiliation = status.includes(301)
      ? "outcast"
      : destroy || status.includes(321) || status.includes(322)
        ? "none"
        : view.affiliation
    const role: MucRole = "none"
    return { affiliation, role, actor, reason }
  }

  #farewell(stay: Stay, x: Xml, note?: Xml): void {
    const write = addressed("presence", { type: "unavailable" }, note, x, occupantId(stay.participant.id))
    this.#parts.context.send(write(this.from(stay, stay.participant.nick), stay.to))
  }

  /** The others are told when the last client goes; before that, if another one's presence now counts. */
  #left(floor: Floor, stay: Stay, item: Item, status: readonly number[], note?: Xml): void {
    const rest = floor.latest(stay.user)
    if (rest) {
      if (rest.shownAt < stay.shownAt && rest.shown !== stay.shown) this.showUser(floor, stay.user)
      return
    }
    this.#show(floor, { type: "unavailable" }, stay.participant.nick, {
      ...(note && { before: note }),
      item,
      jid: stay.full,
      status,
      after: occupantId(stay.participant.id),
    })
  }
}
