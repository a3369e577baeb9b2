// One room on the network: who is in it, what it is called, what was said.
import { AdapterError, type Limits, type ReactionChange, type Role, type Room as RoomInfo } from "xferry"
import type { Rich } from "./content.js"

export type RoomKind = NonNullable<RoomInfo["kind"]>

/** What a room knows of one who is in it; `role` may also say that they are not. */
export interface Seat {
  role: Role
  title?: string
  /** What they are called here. */
  name?: string
}

export interface Post extends Rich {
  id: string
  /** A person, an account, or the room itself. */
  from: string
  at: number
  text: string
  reply?: string
  quote?: string
  key?: string
  revision?: string
  retracted?: true
  /** Of each person the set, as `history` tells it; or counts. */
  reactions?: ReactionChange[]
}

export interface HistoryQuery {
  after?: string | undefined
  before?: string | undefined
  limit: number
}

const crowdId = /^m(0|[1-9]\d*)$/

export class Room {
  kind: RoomKind = "group"
  name: string | undefined
  topic: string | undefined
  slowSeconds: number | undefined
  archived: boolean | undefined
  limits: Limits | undefined
  /** File name of its picture. */
  avatar: string | null = null
  readonly pinned = new Set<string>()
  /** When who sent last, for the slow mode. */
  readonly lastSent = new Map<string, number>()
  #lastId: number
  #crowd = 0
  readonly #seats = new Map<string, Seat>()
  #posts: Post[] = []
  readonly #byId = new Map<string, Post>()

  /** What is in another room has that one's members. */
  constructor(
    public id: string,
    readonly parent: Room | undefined,
    private readonly firstId: number,
    private readonly keep: number,
  ) {
    this.#lastId = firstId - 1
  }

  // ---- who is there

  get seats(): Map<string, Seat> {
    return this.parent?.seats ?? this.#seats
  }

  /** How many plain members there are besides: m0, m1, … They cost nothing until they are named. */
  get crowd(): number {
    return this.parent?.crowd ?? this.#crowd
  }

  set crowd(count: number) {
    this.#crowd = count
  }

  inCrowd(id: string): boolean {
    const [, digits] = crowdId.exec(id) ?? []
    return digits !== undefined && Number(digits) < this.crowd
  }

  /** Undefined: never heard of here. */
  seat(id: string): Seat | undefined {
    return this.seats.get(id) ?? (this.inCrowd(id) ? { role: "member" } : undefined)
  }

  role(id: string): Role {
    return this.seat(id)?.role ?? "none"
  }

  /** Nobody speaks in a container or in what is limited; in a channel and in what is closed only those who lead it. */
  maySend(id: string): boolean {
    const role = this.role(id)
    if (!isIn(role) || role === "muted") return false
    if (this.kind === "container" || this.limits?.send === false) return false
    return (this.kind !== "channel" && this.archived !== true) || leads(role)
  }

  get memberCount(): number {
    let count = this.crowd
    for (const [id, { role }] of this.seats) count += (isIn(role) ? 1 : 0) - (this.inCrowd(id) ? 1 : 0)
    return count
  }

  /** Those who are in, the named ones first, from the `from`th place on; places of those who are not in are empty. */
  *members(from: number): Iterable<{ place: number; id: string; seat: Seat }> {
    let place = 0
    for (const [id, seat] of this.seats) {
      if (place >= from && isIn(seat.role)) yield { place, id, seat }
      place++
    }
    for (place = Math.max(place, from); place < this.seats.size + this.crowd; place++) {
      const id = `m${place - this.seats.size}`
      if (!this.seats.has(id)) yield { place, id, seat: { role: "member" } }
    }
  }

  get info(): RoomInfo {
    const { id, kind, parent, name, topic, slowSeconds, archived, limits, memberCount } = this
    return {
      id,
      kind,
      memberCount,
      ...(parent && { parent: parent.id }),
      ...(name !== undefined && { name }),
      ...(topic !== undefined && { topic }),
      ...(slowSeconds !== undefined && { slowSeconds }),
      ...(archived !== undefined && { archived }),
      ...(limits !== undefined && { limits }),
    }
  }

  // ---- what was said

  nextId(): string {
    return String(++this.#lastId)
  }

  /** A script chose the id itself: ours go on above it. */
  useId(id: string): void {
    const number = Number(id)
    if (Number.isSafeInteger(number) && number > this.#lastId) this.#lastId = number
  }

  /** An id that is known is not kept a second time. */
  add(post: Post): void {
    if (this.#byId.has(post.id)) return
    this.#posts.push(post)
    this.#byId.set(post.id, post)
    if (this.#posts.length <= this.keep * 2) return
    for (const { id } of this.#posts.splice(0, this.#posts.length - this.keep)) this.#byId.delete(id)
  }

  post(id: string): Post | undefined {
    const post = this.#byId.get(id)
    return post?.retracted ? undefined : post
  }

  get posts(): Post[] {
    return this.#posts.filter(({ retracted }) => !retracted)
  }

  /** Oldest first: the first ones after `after`, else the last ones (before `before`). `more`: further on in that direction. */
  page({ after, before, limit }: HistoryQuery): { posts: Post[]; more: boolean } {
    const start = after === undefined ? 0 : this.#placeAfter(after)
    const end = before === undefined ? this.#posts.length : this.#placeAfter(before) - (this.#byId.has(before) ? 1 : 0)
    const step = after === undefined ? -1 : 1
    const posts: Post[] = []
    for (let i = step > 0 ? start : end - 1; i >= start && i < end; i += step) {
      const post = this.#posts[i]!
      if (post.retracted) continue
      if (posts.length === limit) return { posts: step > 0 ? posts : posts.reverse(), more: true }
      posts.push(post)
    }
    return { posts: step > 0 ? posts : posts.reverse(), more: false }
  }

  /** The room gets another id, and message ids begin anew. */
  move(to: string): void {
    this.id = to
    this.#lastId = this.firstId - 1
    this.#posts = []
    this.#byId.clear()
    this.pinned.clear()
  }

  get lastId(): number {
    return this.#lastId
  }

  #placeAfter(id: string): number {
    const known = this.#byId.get(id)
    if (known !== undefined) return this.#posts.lastIndexOf(known) + 1
    const number = Number(id)
    if (!Number.isFinite(number)) throw new AdapterError("gone", "There is no such message.")
    const place = this.#posts.findIndex((post) => Number(post.id) > number)
    return place < 0 ? this.#posts.length : place
  }
}

export const isIn = (role: Role): boolean => role !== "none" && role !== "banned"
export const leads = (role: Role): boolean => role === "owner" || role === "admin"
