// The rooms of a network, and how accounts are told of what happens there.
import { AdapterError, type Member } from "xferry"
import type { Account } from "./account.js"
import type { NewRich, Rich } from "./content.js"
import type { LoopEvent, Person } from "./protocol.js"
import type { RoomMessage } from "./room-protocol.js"
import { isIn, Room, type Post } from "./room.js"

/** What rooms need of the network around them. */
export interface World {
  account(id: string): Account
  isAccount(id: string): boolean
  person(id: string): Person
  /** Throws «gone» for who is not there. */
  knownPerson(id: string): void
  now(): number
  revision(): string
  /** What a driver says beside a text. */
  rich(said: NewRich): Rich
  readonly firstId: number
  readonly keep: number
}

export class RoomHall {
  /** True: what is said, edited, retracted or noticed in rooms while no gateway listens is not kept for it: only `history` has it. */
  missed = false
  /** True: the network brings a gateway its own messages too, with their keys, before it answers the send. */
  echo = false
  protected readonly rooms = new Map<string, Room>()
  /** Former ids of rooms, and present ones. */
  protected readonly moved = new Map<string, string>()
  /** Last message ids of rooms that were forgotten: ids go on. */
  readonly #lastIds = new Map<string, number>()
  #count = 0

  constructor(readonly world: World) {}

  // ---- which there are

  /** Throws an `AdapterError` where there is none: «retry» where it moved, for who asks is about to be told. */
  get(id: string): Room {
    const room = this.rooms.get(id)
    if (room !== undefined) return room
    if (this.moved.has(id)) throw new AdapterError("retry", "This room has moved.", { retryAfterMs: 50, blocks: "chat" })
    throw new AdapterError("gone", "There is no such room (any more).")
  }

  /** Of the nameless crowd, or somebody who was seen in a room. */
  isMember(id: string): boolean {
    return [...this.rooms.values()].some((room) => room.seat(id) !== undefined)
  }

  all(): Iterable<Room> {
    return this.rooms.values()
  }

  /** An id nobody has used. */
  newId(): string {
    let id
    do id = `room${++this.#count}`
    while (this.rooms.has(id) || this.moved.has(id))
    return id
  }

  inside(room: Room): Room[] {
    return [...this.rooms.values()].filter(({ parent }) => parent === room)
  }

  protected withInside(room: Room): Room[] {
    return [room, ...this.inside(room).flatMap((child) => this.withInside(child))]
  }

  protected open(id: string, parent: Room | undefined): Room {
    const room = new Room(id, parent, this.#lastIds.get(id) ?? this.world.firstId, this.world.keep)
    this.rooms.set(id, room)
    this.moved.delete(id)
    return room
  }

  protected forget(room: Room): void {
    this.#lastIds.set(room.id, room.lastId + 1)
    this.rooms.delete(room.id)
  }

  // ---- as gateways are told

  messageOf(room: Room, { retracted: _, from, key, ...post }: Post, { id }: Account): RoomMessage {
    const own = from === id && { own: true as const, ...(key !== undefined && { key }) }
    return { type: "message", room: room.id, from: this.face(room, from), ...post, ...own }
  }

  memberOf(room: Room, user: string): Member {
    const { role = "none", title, name } = room.seat(user) ?? {}
    return { contact: this.face(room, user), role, ...(title !== undefined && { title }), ...(name !== undefined && { name }) }
  }

  face(room: Room, id: string): Person {
    if (id === room.id) return { id, name: room.name ?? id, kind: "room" }
    return this.world.isAccount(id) ? { id, name: id } : this.world.person(id)
  }

  /** To every account in the room; `what` may depend on whom it is for. */
  tell(room: Room, what: LoopEvent | ((account: Account) => LoopEvent | undefined)): void {
    for (const [id, { role }] of room.seats) {
      if (!isIn(role) || !this.world.isAccount(id)) continue
      const account = this.world.account(id)
      const event = typeof what === "function" ? what(account) : what
      if (event !== undefined && (account.attached || !this.missed || !said.has(event.type))) account.mailbox.push(event)
    }
  }

  /** Ids of messages go on. */
  reset(): void {
    for (const room of this.rooms.values()) this.forget(room)
    this.moved.clear()
    this.missed = this.echo = false
  }

  protected tellOf(room: Room, by: string | undefined): void {
    this.tell(room, { type: "room", info: room.info, ...(by !== undefined && { by: this.face(room, by) }) })
  }

  protected post(room: Room, id: string): Post {
    const post = room.post(id)
    if (post === undefined) throw new AdapterError("gone", "There is no such message.")
    return post
  }
}

/** What `missed` is about. */
const said = new Set<LoopEvent["type"]>(["message", "edit", "retract", "notice"])
