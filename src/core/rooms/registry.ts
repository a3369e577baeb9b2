// All rooms of one network, in memory: by row, by account and id (former ids too), and who is tied to them.
import type { Directory } from "../directory.js"
import type { BareJid, Conversation, Link } from "../model.js"
import type { ConfiguredAccount } from "../parts.js"
import type { Store } from "../store.js"
import type { RoomRow } from "./model.js"

interface RegistryParts {
  store: Store
  directory: Directory
  network: string
  configured: readonly ConfiguredAccount[]
  /** Whether a proven person may be in a room, as far as is known. Absent: nobody is proven. */
  isIn?(link: Link, room: RoomRow): boolean
}

const nobody: readonly Link[] = []

/** A room has one `RoomRow` object for as long as it is known: it is changed in place, so that whoever holds it sees its present state. */
export class Registry {
  readonly #rooms = new Map<number, RoomRow>()
  /** By account and id, former ids too. */
  readonly #byAddress = new Map<string, RoomRow>()
  readonly #former = new Map<number, Set<string>>()
  readonly #children = new Map<number, Set<RoomRow>>()
  readonly #byAccount = new Map<number, Set<RoomRow>>()

  constructor(private readonly parts: RegistryParts) {}

  async load(): Promise<void> {
    const { rooms, aliases } = await this.parts.store.loadRooms(this.parts.network)
    for (const room of rooms) this.put(room)
    for (const { room, legacyId } of aliases) this.#alias(room, legacyId)
  }

  byId(room: number): RoomRow | undefined {
    return this.#rooms.get(room)
  }

  /** By its present id or a former one. */
  find(account: number, legacyId: string): RoomRow | undefined {
    return this.#byAddress.get(`${account} ${legacyId}`)
  }

  /** Of one account, in order of id. */
  ofAccount(account: number): RoomRow[] {
    return [...(this.#byAccount.get(account) ?? [])].sort((a, b) => a.id - b.id)
  }

  children(room: RoomRow): RoomRow[] {
    return [...(this.#children.get(room.id) ?? [])].sort((a, b) => a.id - b.id)
  }

  /** All rooms below, however deep. */
  below(room: RoomRow): RoomRow[] {
    const found = new Set<RoomRow>()
    const look = (parent: RoomRow): void => {
      for (const child of this.#children.get(parent.id) ?? []) {
        if (child === room || found.has(child)) continue
        found.add(child)
        look(child)
      }
    }
    look(room)
    return [...found]
  }

  parent(room: RoomRow): RoomRow | undefined {
    return room.parentId === null ? undefined : this.#rooms.get(room.parentId)
  }

  /** Ids the room had before, which are still served. */
  formerIds(room: RoomRow): string[] {
    return [...(this.#former.get(room.id) ?? [])]
  }

  /** The room as lanes know it. */
  conversation({ id, accountId, legacyId, kind }: RoomRow): Conversation {
    return { id, accountId, linkId: null, legacyId, kind }
  }

  /** Takes over what the store says. Returns the object that everybody holds. A new `legacyId` makes the former one an alias. */
  put(next: RoomRow): RoomRow {
    const known = this.#rooms.get(next.id)
    const room = known ?? next
    const former = known?.legacyId ?? next.legacyId
    if (known) {
      this.#detach(known)
      Object.assign(known, next)
    }
    this.#rooms.set(room.id, room)
    this.#alias(room.id, former)
    this.#former.get(room.id)?.delete(room.legacyId)
    this.#byAddress.set(`${room.accountId} ${room.legacyId}`, room)
    add(this.#byAccount, room.accountId, room)
    if (room.parentId !== null) add(this.#children, room.parentId, room)
    return room
  }

  /** `merged` is now part of `room`: its children and former ids are the room's. */
  merge(room: RoomRow, merged: number): void {
    const gone = this.#rooms.get(merged)
    if (!gone) return
    const former = [gone.legacyId, ...this.formerIds(gone)].filter((id) => id !== room.legacyId)
    const children = this.children(gone)
    this.remove(gone)
    for (const legacyId of former) this.#alias(room.id, legacyId)
    for (const child of children) this.put({ ...child, parentId: room.id })
    this.#byAddress.set(`${room.accountId} ${room.legacyId}`, room)
  }

  remove(room: RoomRow): void {
    if (this.#rooms.get(room.id) !== room) return
    this.#detach(room)
    this.#rooms.delete(room.id)
    for (const legacyId of [room.legacyId, ...this.formerIds(room)])
      if (this.#byAddress.get(`${room.accountId} ${legacyId}`) === room) this.#byAddress.delete(`${room.accountId} ${legacyId}`)
    this.#former.delete(room.id)
  }

  /** Users who may see the room, with their link, as far as they are tied to its account already. */
  linksOf(room: RoomRow): readonly Link[] {
    const { directory } = this.parts
    const links = directory.linksOfAccount(room.accountId)
    if (links.length === 0) return nobody
    return links.filter((link) => this.isOpenTo(link, room))
  }

  /** As far as is known: it is the link's own, the configuration opens it, or the network has said so. */
  isOpenTo(link: Link, room: RoomRow): boolean {
    if (link.role === "owner") return true
    if (!this.mayEnter(link.jid, room)) return false
    return this.#settings(room)?.join !== "proven" || (this.parts.isIn?.(link, room) ?? false)
  }

  /** Whether the configuration lets this user into a room of one of its accounts. With `join: proven` that is not enough. */
  mayEnter(jid: BareJid, room: RoomRow): boolean {
    return this.#settings(room)?.mayEnter(jid, room.legacyId, ...this.#alsoNamed(room)) ?? false
  }

  #settings({ accountId }: RoomRow): ConfiguredAccount | undefined {
    const tag = this.parts.directory.accounts.get(accountId)?.tag
    return this.parts.configured.find((one) => one.tag === tag)
  }

  /** Former ids of the room, then the rooms it belongs to. */
  #alsoNamed(room: RoomRow): string[] {
    const names = this.formerIds(room)
    const seen = new Set([room.id])
    for (let up = this.parent(room); up && !seen.has(up.id); up = this.parent(up)) {
      seen.add(up.id)
      names.push(up.legacyId, ...this.formerIds(up))
    }
    return names
  }

  #alias(room: number, legacyId: string): void {
    const row = this.#rooms.get(room)
    if (!row || row.legacyId === legacyId) return
    add(this.#former, room, legacyId)
    const key = `${row.accountId} ${legacyId}`
    // A room that has the id now goes before one that had it.
    if (this.#byAddress.get(key)?.legacyId !== legacyId) this.#byAddress.set(key, row)
  }

  #detach(room: RoomRow): void {
    take(this.#byAccount, room.accountId, room)
    if (room.parentId !== null) take(this.#children, room.parentId, room)
  }
}

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key)
  if (set) set.add(value)
  else map.set(key, new Set([value]))
}

function take<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key)
  if (set?.delete(value) && set.size === 0) map.delete(key)
}
