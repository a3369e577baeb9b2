// Pictures of rooms: fetched from the network when somebody asks for them. Their hashes are facts of the room.
import type { FileRef } from "../../adapter/contract.js"
import { avatarKey, type Avatar } from "../faces/picture.js"
import type { Pictures } from "../faces/pictures.js"
import { Lru } from "../lru.js"
import type { RoomKeeper } from "./keeper.js"
import type { RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"

export class Avatars {
  /** Too large, or no picture: not asked for again. By room and what the network calls it. */
  readonly #useless = new Lru<string, true>(2000)

  constructor(private readonly parts: Pick<RoomParts, "registry" | "log"> & { keeper: RoomKeeper; pictures: Pictures }) {}

  /** Undefined: there is none, or it cannot be had now. Never rejects. */
  async of(room: RoomRow): Promise<Avatar | undefined> {
    const { avatar } = room.facts
    if (!avatar) return undefined
    const key = `${room.id} ${avatarKey(avatar.file)}`
    if (this.#useless.get(key)) return undefined
    const kept = avatar.hash === undefined ? undefined : await this.parts.pictures.kept(avatar.hash)
    if (kept) return kept
    const found = await this.parts.pictures.fetch({ account: room.accountId, file: avatar.file })
    if (found === "useless") this.#useless.set(key, true)
    return found === undefined || found === "useless" ? undefined : this.#note(room, avatar.file, found)
  }

  /** The hash is known from now on, and told, unless the room has another picture by now. */
  async #note(room: RoomRow, file: FileRef, avatar: Avatar): Promise<Avatar> {
    const { keeper, registry, log } = this.parts
    const { hash } = avatar.info
    const now = room.facts.avatar
    if (!now || now.hash === hash || avatarKey(now.file) !== avatarKey(file) || registry.byId(room.id) !== room) return avatar
    const facts = { avatar: { file: now.file, hash } }
    await keeper
      .put(room.accountId, { legacyId: room.legacyId, state: "as-is", facts })
      .then((stored) => keeper.tell(stored))
      .catch((error: unknown) => log.warn({ err: error, room: room.id }, "the hash of a room's picture could not be stored"))
    return avatar
  }
}
