// What scripts make happen in them: every change is told to the accounts that are there.
import type { Limits, Room as RoomInfo } from "xferry"
import { changeOf, reacted, type NewReaction } from "./asides.js"
import type { NewRich, Rich } from "./content.js"
import type { LoopEvent } from "./protocol.js"
import { RoomHall } from "./room-hall.js"
import type { MemberChange } from "./room-protocol.js"
import { isIn, type Post, type Room, type RoomKind, type Seat } from "./room.js"

export interface RoomFields {
  name?: string | undefined
  topic?: string | undefined
  slowSeconds?: number | undefined
  archived?: boolean | undefined
  limits?: Limits | undefined
}
/** As scripts give it: absent stays as it is. */
type SeatFields = { [K in keyof Seat]?: Seat[K] | undefined }
type Newcomer = string | ({ id: string } & SeatFields)

export interface NewRoom extends RoomFields {
  room: string
  /** Default «group», or «topic» in a parent that is a group. */
  kind?: RoomKind | undefined
  parent?: string | undefined
  /** Accounts and people who are in it from the start; default role «member». */
  accounts?: readonly Newcomer[] | undefined
  members?: readonly Newcomer[] | undefined
  /** So many members besides: m0, m1, … */
  crowd?: number | undefined
  by?: string | undefined
}

export interface RoomSaid extends NewRich {
  room: string
  /** A person; an account of ours: said on another of its devices; the room's own id: said by the room (an anonymous admin, a channel). */
  from: string
  text: string
  id?: string | undefined
  at?: number | undefined
  reply?: string | undefined
  quote?: string | undefined
  key?: string | undefined
}

interface Retraction {
  room: string
  ids: string[]
  by?: string | undefined
  why?: string | undefined
  /** As of an edit. */
  asked?: string | undefined
}

export class Rooms extends RoomHall {
  // ---- rooms

  /** Makes a room, or changes one that is there. */
  make(made: NewRoom): RoomInfo {
    const known = this.rooms.get(made.room)
    if (known !== undefined) {
      if (made.crowd !== undefined) known.crowd = made.crowd
      for (const account of (made.accounts ?? []).map(newcomer)) {
        const there = isIn(known.role(account.id))
        if (!there) this.add({ ...account, room: made.room, by: made.by })
        else if (account.role !== undefined && account.role !== known.role(account.id))
          this.member({ ...account, room: made.room, user: account.id, change: "changed", by: made.by })
      }
      for (const person of made.members ?? []) this.#sit(known, newcomer(person))
      return this.change(made)
    }
    const parent = made.parent === undefined ? undefined : this.get(made.parent)
    const room = this.open(made.room, parent)
    room.kind = made.kind ?? (parent?.kind === "group" ? "topic" : "group")
    room.crowd = made.crowd ?? 0
    Object.assign(room, given(made))
    for (const account of made.accounts ?? []) this.#sit(room, { ...newcomer(account), id: this.world.account(newcomer(account).id).id })
    for (const person of made.members ?? []) this.#sit(room, newcomer(person))
    this.tellOf(room, made.by)
    return room.info
  }

  /** Renames, closes (`archived`), reopens … */
  change({ room: id, by, ...fields }: RoomFields & { room: string; by?: string | undefined }): RoomInfo {
    const room = this.get(id)
    Object.assign(room, given(fields))
    this.tellOf(room, by)
    return room.info
  }

  /** The group gets another id; ids of messages begin anew. A room that is there already under that id goes on, with the group's members. */
  move({ room: id, to }: { room: string; to: string }): void {
    const room = this.get(id)
    const ahead = this.rooms.get(to)
    this.forget(room)
    this.moved.set(id, to)
    this.moved.delete(to)
    if (ahead === undefined) {
      room.move(to)
      this.rooms.set(to, room)
    } else for (const [user, seat] of room.seats) ahead.seats.set(user, seat)
    this.tell(ahead ?? room, { type: "moved", from: id, to })
  }

  /** With all that is in it. */
  delete({ room: id }: { room: string }): void {
    const room = this.get(id)
    for (const child of this.inside(room)) this.delete({ room: child.id })
    this.tell(room, { type: "gone", room: id, why: "deleted" })
    this.forget(room)
  }

  // ---- members

  /** An account of ours comes into the room. */
  add({
    account,
    id = account ?? "",
    ...more
  }: { room: string; account?: string; id?: string; by?: string | undefined } & SeatFields): void {
    this.member({ ...more, user: this.world.account(id).id, change: "joined" })
  }

  /** An account of ours is put out of the room. */
  remove({ account, ...more }: { room: string; account: string; by?: string | undefined }): void {
    this.member({ ...more, user: account, change: "kicked" })
  }

  /** Somebody comes, goes, is put out, or is something else from now on; for accounts of ours too. */
  member(changed: { room: string; user: string; change: MemberChange; by?: string | undefined } & SeatFields): void {
    const { room: id, user, change, by, ...seat } = changed
    const room = this.get(id)
    const before = room.role(user)
    if (change === "left" || change === "kicked") seat.role = "none"
    if (change === "banned") seat.role = "banned"
    if (change === "joined") seat.role ??= "member"
    this.#sit(room, { ...seat, id: user })
    const account = this.world.isAccount(user) ? this.world.account(user) : undefined
    const face = by === undefined ? {} : { by: this.face(room, by) }
    if (account !== undefined && isIn(room.role(user)) && !isIn(before)) {
      for (const info of this.withInside(room)) account.mailbox.push({ type: "room", info: info.info, ...face })
    }
    const event: LoopEvent = { type: "member", room: room.id, member: this.memberOf(room, user), change, ...face }
    this.tell(room, event)
    if (account === undefined) return
    if (isIn(before) && !isIn(room.role(user))) {
      for (const { id } of this.withInside(room).reverse()) account.mailbox.push({ type: "gone", room: id, why: "removed" })
    } else if (change === "changed") account.mailbox.push({ type: "access", room: room.id })
  }

  /** Rights changed: `account` (default: every account in the room) is to ask again. */
  access({ room, account, user }: { room?: string | undefined; account?: string | undefined; user?: string | undefined }): void {
    const event: LoopEvent = { type: "access", ...(room !== undefined && { room }), ...(user !== undefined && { user }) }
    if (account !== undefined) this.world.account(account).mailbox.push(event)
    else if (room !== undefined) this.tell(this.get(room), event)
  }

  // ---- messages

  /** Returns the message's id. An id used before is delivered once more. Who speaks and was never seen here is a member. */
  say(said: RoomSaid): string {
    const room = this.get(said.room)
    const { from, text, reply, quote, key, at = this.world.now() } = said
    if (said.id !== undefined) room.useId(said.id)
    const post: Post = {
      id: said.id ?? room.nextId(),
      from,
      at,
      text,
      ...this.world.rich(said),
      ...(reply !== undefined && { reply }),
      ...(quote !== undefined && { quote }),
      ...(key !== undefined && { key }),
    }
    if (from !== room.id && room.seat(from) === undefined) this.#sit(room, { id: from })
    room.add(post)
    this.tell(room, (account) => this.messageOf(room, post, account))
    return post.id
  }

  /** What an account of ours said by its gateway: the others are told. */
  posted(room: Room, post: Post): void {
    room.add(post)
    this.tell(room, (account) => (account.id === post.from && !this.echo ? undefined : this.messageOf(room, post, account)))
  }

  /** Returns the revision. `asked`: the account whose gateway asked for it: it has its answer, and is told nothing. */
  edit(
    edit: {
      room: string
      id: string
      text: string
      at?: number | undefined
      revision?: string | undefined
      asked?: string | undefined
      /** As it is sent, else as a driver says it. */
      sent?: Rich | undefined
    } & NewRich,
  ): string {
    const room = this.get(edit.room)
    const { id, text, asked, at = this.world.now(), revision = this.world.revision() } = edit
    const post = this.post(room, id)
    const rich = edit.sent ?? this.world.rich(edit)
    delete post.spans
    delete post.extras
    Object.assign(post, { text, revision, ...rich })
    const from = this.face(room, post.from)
    this.tell(room, ({ id: account }) => {
      if (account === asked) return undefined
      const own = account === post.from && { own: true as const }
      return { type: "edit", room: room.id, from, id, at, revision, text, ...rich, ...own }
    })
    return revision
  }

  retract({ room: id, ids, by, why, asked }: Retraction): void {
    const room = this.get(id)
    for (const post of ids.map((one) => this.post(room, one))) post.retracted = true
    const more = { ...(by !== undefined && { by: this.face(room, by) }), ...(why !== undefined && { why }) }
    this.tell(room, ({ id: account }) => {
      if (account === asked) return undefined
      return { type: "retract", room: room.id, ids, ...more, ...(account === by && { own: true as const }) }
    })
  }

  /** Somebody thinks something of a message; `asked`: by the gateway of this account, which is not told (with `echo`, as its own). */
  react(told: { room: string; from?: string | undefined; id: string; asked?: string | undefined } & NewReaction): void {
    const room = this.get(told.room)
    const post = this.post(room, told.id)
    const { from = room.id, asked } = told
    const change = changeOf(told, this.face(room, from))
    post.reactions = reacted(post.reactions ?? [], change)
    this.tell(room, ({ id: account }) => {
      if (account === asked && !this.echo) return undefined
      return { type: "reactions", room: room.id, id: post.id, change, ...(account === from && { own: true as const }) }
    })
  }

  typing({ room: id, from, active = true }: { room: string; from: string; active?: boolean | undefined }): void {
    const room = this.get(id)
    const event: LoopEvent = { type: "typing", room: id, from: this.face(room, from), active }
    this.tell(room, (account) => (account.id === from ? undefined : event))
  }

  /** Something happened that the room shows: a pin, a boost. */
  notice({
    room: id,
    text,
    by,
    at = this.world.now(),
  }: {
    room: string
    text: string
    by?: string | undefined
    at?: number | undefined
  }): void {
    const room = this.get(id)
    this.tell(room, { type: "notice", room: id, at, text, ...(by !== undefined && { by: this.face(room, by) }) })
  }

  #sit(room: Room, { id, ...seat }: { id: string } & SeatFields): void {
    room.seats.set(id, { ...(room.seat(id) ?? { role: "member" }), ...given(seat) })
  }
}

const newcomer = (one: Newcomer): { id: string } & SeatFields => (typeof one === "string" ? { id: one } : one)

const fieldNames = ["name", "topic", "slowSeconds", "archived", "limits", "role", "title"] as const

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** The fields that are to change. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== undefined && (fieldNames as readonly string[]).includes(name)),
  ) as Given<T>
}
