// Rooms of one network, as the XMPP side sees them (ports.ts, `RoomService`): what is known of them, and where the rest is done.
import type { Manage } from "../../adapter/contract.js"
import type { BareJid, FullJid, Link } from "../model.js"
import type { Avatar } from "../faces/picture.js"
import { Refusal } from "../ports.js"
import { Access } from "./access.js"
import { Avatars } from "./avatars.js"
import { CatchUp } from "./catchup.js"
import { RoomInbound } from "./inbound.js"
import { RoomKeeper } from "./keeper.js"
import { RoomManagement } from "./manage.js"
import type { ArchivePage, Participant, RoomRow, StoredOccupant } from "./model.js"
import type { RoomParts } from "./parts.js"
import type { MemberPage, RoomArchiveQuery, RoomReacting, RoomService, RoomUtterance, RoomView } from "./ports.js"
import { RoomReactions } from "./reactions.js"
import { begin } from "./begin.js"
import { Roll } from "./roll.js"
import { RoomTalk } from "./talk.js"
import { words } from "../words/words.js"

export class Rooms implements RoomService {
  readonly inbound: RoomInbound
  readonly keeper: RoomKeeper
  readonly #access: Access
  readonly #avatars: Avatars
  readonly #catchUp: CatchUp
  readonly #talk: RoomTalk
  readonly #reactions: RoomReactions
  readonly #management: RoomManagement
  readonly #roll: Roll
  #occupants: StoredOccupant[] = []

  constructor(private readonly parts: RoomParts) {
    this.keeper = new RoomKeeper(parts)
    const more = { ...parts, keeper: this.keeper }
    this.#access = new Access(more)
    this.#avatars = new Avatars(more)
    this.inbound = new RoomInbound({ ...more, access: this.#access })
    this.#catchUp = new CatchUp({ ...more, inbound: this.inbound })
    this.#roll = new Roll({ ...parts, members: this.inbound.members })
    this.keeper.onNew = (room) => this.#catchUp.opened(room)
    this.#talk = new RoomTalk({ ...more, access: this.#access })
    this.#reactions = new RoomReactions({ ...more, access: this.#access, members: this.inbound.members, order: this.#talk.order })
    this.inbound.reactions = this.#reactions
    this.#management = new RoomManagement({ ...more, access: this.#access, inbound: this.inbound })
  }

  /** Of what is said in rooms. */
  get order(): RoomTalk["order"] {
    return this.#talk.order
  }

  /** Before the stream is up and before any session. */
  async load(): Promise<void> {
    await this.parts.registry.load()
    this.#occupants = await this.parts.store.loadOccupants(this.parts.network)
  }

  /** A session of the account is about to be made. */
  connecting(account: number): void {
    this.#catchUp.connecting(account)
  }

  /** The session of an account is up: what it missed is made up for, in the background. */
  up(account: number): void {
    this.#catchUp.up(account)
    this.parts.guests.up(account)
  }

  // ---- what there is
  visible(user: BareJid): Promise<RoomView[]> {
    return this.#access.visible(user)
  }

  view(user: BareJid, legacyId: string, tag: string, ask?: boolean): Promise<RoomView> {
    return this.#access.view(user, legacyId, tag, ask)
  }

  byId(room: number): RoomRow | undefined {
    return this.parts.registry.byId(room)
  }

  children({ link, room }: RoomView): Promise<RoomView[]> {
    const children = this.parts.registry.children(room).filter((child) => this.#maySee(link, child))
    return Promise.resolve(children.map((child) => this.#access.viewOf(link, child)))
  }

  parent({ link, room }: RoomView): Promise<RoomView | undefined> {
    const parent = this.parts.registry.parent(room)
    return Promise.resolve(parent && this.#maySee(link, parent) ? this.#access.viewOf(link, parent) : undefined)
  }

  #maySee(link: Link, room: RoomRow): boolean {
    // A place for rooms is seen by whoever sees one of them.
    const { registry } = this.parts
    return [room, ...(room.kind === "container" ? registry.below(room) : [])].some((one) => registry.isOpenTo(link, one))
  }

  linksOf(room: RoomRow): readonly Link[] {
    return this.parts.registry.linksOf(room)
  }

  avatar(room: RoomRow): Promise<Avatar | undefined> {
    return this.#avatars.of(room)
  }

  // ---- who is there
  takeOccupants(): (StoredOccupant & { tag: string })[] {
    const { registry, directory, guests } = this.parts
    const taken = this.#occupants
    this.#occupants = []
    return taken.map((one) => {
      const room = registry.byId(one.room)
      const tag = one.tag ?? directory.accounts.get(room?.accountId ?? 0)?.tag ?? ""
      if (room) guests.joined(room, one.user, tag, one.full)
      return { ...one, tag }
    })
  }

  async takeNick({ room, link, affiliation }: RoomView, nick: string): Promise<{ participant: Participant; former: string | null }> {
    const role = affiliation === "owner" || affiliation === "admin" ? affiliation : "member"
    const met = await this.parts.store.takeNick(room.id, link.jid, nick, role, Date.now())
    if (met === "taken") throw new Refusal("conflict", words("Somebody else in this room has this nick."))
    return { participant: met.participant, former: met.former }
  }

  async joined(occupant: StoredOccupant): Promise<void> {
    const { guests, store } = this.parts
    const { user, tag, full } = occupant
    const room = this.byId(occupant.room)
    if (room) guests.joined(room, user, tag ?? "", full)
    await store.putOccupant(occupant)
    // What was told while that was stored found nobody to put out.
    if (!room || guests.mayStay(room, user, tag ?? "")) return
    this.left([{ room: room.id, full }])
    throw this.#access.notYours()
  }

  left(gone: readonly { room: number; full: FullJid }[]): void {
    for (const { room, full } of gone) this.parts.guests.left(room, full)
    this.parts.store
      .dropOccupants(gone)
      .catch((error: unknown) => this.parts.log.warn({ err: error, clients: gone.length }, "who left could not be stored"))
  }

  async faces(room: RoomRow, limit: number): Promise<Participant[]> {
    await this.#roll.read(room)
    return this.parts.store.participants(room.id, limit)
  }

  participant(room: RoomRow, who: { nick: string } | { contact: string } | { user: BareJid }): Promise<Participant | undefined> {
    return this.parts.store.participant(room.id, who)
  }

  members(view: RoomView, cursor?: string): Promise<MemberPage> {
    return this.#management.members(view, cursor)
  }

  // ---- messages
  archive(room: RoomRow, query: RoomArchiveQuery): Promise<ArchivePage> {
    return this.parts.store.archivePage({ ...query, room: room.id })
  }

  archiveEdges(room: RoomRow): ReturnType<RoomService["archiveEdges"]> {
    return this.parts.store.archiveEdges(room.id)
  }

  async say(said: RoomUtterance): Promise<void> {
    this.#mayTalk(said.view, said.text)
    this.#access.touch(said.view.room)
    const gate = this.#access.gate(said.view)
    if (gate) await gate
    return this.#talk.say(said)
  }

  retract(what: Parameters<RoomService["retract"]>[0]): Promise<void> {
    const gate = this.#access.gate(what.view)
    return gate ? gate.then(() => this.#talk.retract(what)) : this.#talk.retract(what)
  }

  async react(reacting: RoomReacting): Promise<void> {
    this.#mayTalk(reacting.view)
    this.#access.touch(reacting.view.room)
    const gate = this.#access.gate(reacting.view)
    if (gate) await gate
    return this.#reactions.react(reacting)
  }

  #mayTalk({ link, room }: RoomView, text?: string): void {
    this.parts.gate?.say(link, `room ${room.id}`, text)
  }

  displayed(view: RoomView, upTo: string): void {
    if (!this.parts.preferences.of(view.link.jid).read) return
    this.parts.asides.displayedIn(view, upTo)
  }

  whisper(what: Parameters<RoomService["whisper"]>[0]): Promise<void> {
    return this.#talk.whisper(what)
  }

  typing(view: RoomView, active: boolean): void {
    if (!this.parts.preferences.of(view.link.jid).typing) return
    this.#talk.typing(view, active)
  }

  // ---- changes
  begin(...[link, what]: Parameters<RoomService["begin"]>): ReturnType<RoomService["begin"]> {
    return begin({ ...this.parts, emit: async (account, event) => this.inbound.emit(account, event) }, link, what)
  }

  invite({ room, link }: RoomView): void {
    this.parts.face().rooms.changed(room, { k: "offered", link })
  }

  manage(view: RoomView, what: Manage): Promise<{ room?: RoomRow; link?: string }> {
    return this.#management.manage(view, what)
  }

  async keepFor({ link, room }: RoomView, days: number | undefined): Promise<void> {
    if (link.role !== "owner")
      throw new Refusal("forbidden", words("How long it is kept is for the administrator of this gateway to say."), "auth")
    if (this.parts.registry.byId(room.id) !== room) throw new Refusal("item-not-found", words("There is no such room any more."))
    await this.keeper.keepFor(room, days)
  }

  abandon(view: RoomView, destroy: boolean): Promise<void> {
    return this.#management.abandon(view, destroy)
  }
}
