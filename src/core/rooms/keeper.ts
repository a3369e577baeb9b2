// What becomes of rooms themselves: opened, renamed, moved, gone. Stored first, then in memory, then told.
import type { Contact, Room } from "../../adapter/contract.js"
import type { Link } from "../model.js"
import { avatarKey } from "../faces/picture.js"
import { inline, longestNote, short } from "../short.js"
import { sweep } from "../sweep.js"
import type { RoomFacts, RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"
import type { NewRoom } from "./store.js"

type KeeperParts = Pick<RoomParts, "store" | "registry" | "directory" | "delivery" | "sender" | "face" | "log" | "bridges">

export interface Stored {
  room: RoomRow
  /** It was not there, or the account was out of it. */
  isNew: boolean
  /** As it was. */
  former: Readonly<RoomRow> | undefined
}

export class RoomKeeper {
  /** Called when a room is new, before it is told of. */
  onNew: (room: RoomRow) => void = () => undefined

  /** What is told of these does not count any more. */
  readonly #removing = new Set<RoomRow>()
  /** Rooms that are just being stored, by account and id: what is in one may be told of before it is there. */
  readonly #storing = new Map<string, Room>()

  constructor(private readonly parts: KeeperParts) {}

  /** The account is in this room and knows so much of it. Tells nobody. */
  async put(account: number, room: NewRoom): Promise<Stored> {
    const { store, registry } = this.parts
    const known = registry.find(account, room.legacyId)
    // A former id still means this room.
    const result = await store.putRoom(account, { ...room, legacyId: known?.legacyId ?? room.legacyId })
    const former = known && { ...known, facts: known.facts }
    return { room: registry.put(result.room), isNew: result.isNew || (former?.state === "gone" && result.room.state === "open"), former }
  }

  /** As `put`, with what the network says of it; its parent is opened if it is not known yet. */
  async store(account: number, room: Room, state: NonNullable<NewRoom["state"]> = "open"): Promise<Stored> {
    const key = `${account} ${room.id}`
    this.#storing.set(key, room)
    try {
      return await this.put(account, { ...(await this.#asNew(account, room)), state })
    } finally {
      if (this.#storing.get(key) === room) this.#storing.delete(key)
    }
  }

  /** `store` and `tell` in one. */
  async told(account: number, room: Room, by?: Contact): Promise<RoomRow> {
    const stored = await this.store(account, room)
    this.tell(stored, by)
    return stored.room
  }

  /** Tells of what is new or changed. */
  tell({ room, isNew, former }: Stored, by?: Contact): void {
    const face = this.parts.face().rooms
    if (isNew) {
      this.onNew(room)
      face.changed(room, { k: "new", ...(by && { by: inline(by.name ?? by.id) }) })
    } else if (former && shown(former) !== shown(room)) face.changed(room, { k: "info" })
  }

  /** What the account itself may do there, as it was just asked. */
  async asked(room: RoomRow, self: RoomFacts["self"]): Promise<void> {
    const { store, registry } = this.parts
    const result = await store.putRoom(room.accountId, { legacyId: room.legacyId, facts: { self }, state: "as-is" })
    registry.put(result.room)
  }

  /** Its archive is kept for so many days; undefined: as the gateway keeps all others. */
  async keepFor(room: RoomRow, days: number | undefined): Promise<void> {
    this.tell(await this.put(room.accountId, { legacyId: room.legacyId, facts: { archiveDays: days }, state: "as-is" }))
  }

  /** The network gave the room another id. Nothing happens where that is known already. */
  async moved(account: number, from: string, to: string): Promise<void> {
    const { store, registry, directory, delivery, sender, face, bridges } = this.parts
    const room = registry.find(account, from)
    if (!room) {
      if (!registry.find(account, to)) this.tell(await this.put(account, { legacyId: to }))
      return
    }
    if (room.legacyId === to) return
    const former = room.legacyId
    const result = await store.moveRoom(room.id, to)
    if (result.merged !== null) registry.merge(room, result.merged)
    registry.put(result.room)
    if (result.merged !== null) {
      delivery.merged(result.merged, room.id)
      sender.merged(result.merged, registry.conversation(room))
      bridges.changed(result.merged, room.id)
    }
    directory.remember(registry.conversation(room))
    face().rooms.changed(room, { k: "moved", from: former, merged: result.merged })
  }

  /** The account is out of the room, and out of all that belong to it. What is archived stays. */
  async gone(room: RoomRow, why: "removed" | "deleted"): Promise<void> {
    const { store, registry, face } = this.parts
    for (const child of registry.children(room)) await this.gone(child, why)
    if (room.state === "gone" || this.#removing.has(room)) return
    const result = await store.putRoom(room.accountId, { legacyId: room.legacyId, state: "gone" })
    registry.put(result.room)
    face().rooms.changed(room, { k: "gone", why, links: registry.linksOf(room) })
  }

  /** Wipes the room, with all that belong to it. */
  async remove(room: RoomRow): Promise<void> {
    const { registry, store, log } = this.parts
    for (const child of registry.children(room)) await this.remove(child)
    const links = registry.linksOf(room)
    this.#removing.add(room)
    try {
      await store.removeRoom(room.id)
    } finally {
      this.#removing.delete(room)
    }
    this.#drop(room, links)
    void sweep(store, log)
  }

  /** The account is gone from the store, and its rooms with it. Before its links are forgotten. */
  dropAccount(account: number): void {
    const { registry } = this.parts
    const rooms = registry.ofAccount(account).map((room) => ({ room, links: registry.linksOf(room) }))
    for (const { room, links } of rooms) this.#drop(room, links)
  }

  #drop(room: RoomRow, links: readonly Link[]): void {
    const { registry, delivery, sender, face, bridges } = this.parts
    registry.remove(room)
    delivery.forgetRoom(room.id)
    sender.forgetRoom(room.id)
    bridges.changed(room.id)
    face().rooms.changed(room, { k: "gone", why: "abandoned", links })
  }

  async #asNew(account: number, room: Room): Promise<NewRoom> {
    const { id, kind, parent, name, topic, memberCount, slowSeconds, archived, limits, avatar } = room
    const had = this.parts.registry.find(account, id)?.facts.avatar
    const facts: NewRoom["facts"] = {
      ...(memberCount !== undefined && { memberCount }),
      ...(slowSeconds !== undefined && { slowSeconds }),
      ...(archived !== undefined && { archived }),
      ...(limits !== undefined && { limits }),
      // Where to fetch it may change with every time it is told of; the picture is the same.
      ...(avatar === null && { avatar: undefined }),
      ...(avatar && {
        avatar: { file: avatar, ...(had?.hash !== undefined && avatarKey(had.file) === avatarKey(avatar) && { hash: had.hash }) },
      }),
    }
    return {
      legacyId: id,
      ...(kind !== undefined && { kind }),
      ...(parent !== undefined && { parentId: parent === null ? null : await this.#parent(account, parent) }),
      ...(name !== undefined && { name: inline(name) }),
      ...(topic !== undefined && { topic: short(topic, longestNote) }),
      ...(Object.keys(facts).length > 0 && { facts }),
    }
  }

  async #parent(account: number, legacyId: string): Promise<number> {
    const known = this.parts.registry.find(account, legacyId)
    if (known && known.state === "open") return known.id
    // What it is counts from the first: a container is announced to nobody and has no history.
    const { kind, name } = this.#storing.get(`${account} ${legacyId}`) ?? {}
    const opened = await this.put(account, { legacyId, ...(kind && { kind }), ...(name !== undefined && { name: inline(name) }) })
    this.tell(opened)
    return opened.room.id
  }
}

/** All of a room that anybody is shown; how many there are, whoever asks is told. */
function shown({ legacyId: _, cursor: __, facts: { self: ___, memberCount: ____, avatar, ...facts }, ...rest }: RoomRow): string {
  const picture = avatar && [avatarKey(avatar.file), avatar.hash]
  return JSON.stringify([rest.kind, rest.parentId, rest.name, rest.topic, rest.state, Object.entries(facts).sort(), picture])
}
