// Pictures of rooms: fetched from the network when somebody asks for them, kept in memory for a while. Their hashes are facts of the room.
import { createHash } from "node:crypto"
import type { FileRef } from "../../adapter/contract.js"
import type { RoomKeeper } from "./keeper.js"
import type { RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"
import { imageType } from "../picture.js"
import type { RoomAvatar } from "./ports.js"

/** Bytes of a picture: in base64 it still fits into one stanza everywhere. */
const largest = 64 * 1024
const kept = 64
const patienceMs = 30_000

export class Avatars {
  /** The most recently asked for last. */
  readonly #known = new Map<string, RoomAvatar>()
  readonly #asking = new Map<string, Promise<RoomAvatar | undefined>>()
  /** Too large, or no picture: not asked for again. */
  readonly #useless = new Set<string>()

  constructor(private readonly parts: Pick<RoomParts, "accounts" | "registry" | "log"> & { keeper: RoomKeeper }) {}

  /** Undefined: there is none, or it cannot be had now. Never rejects. */
  of(room: RoomRow): Promise<RoomAvatar | undefined> {
    const { avatar } = room.facts
    if (!avatar) return Promise.resolve(undefined)
    const key = `${room.accountId} ${keyOf(avatar.file)}`
    if (this.#useless.has(key)) return Promise.resolve(undefined)
    const known = this.#known.get(key)
    if (known) {
      this.#keep(key, known)
      return this.#note(room, avatar.file, known)
    }
    let asking = this.#asking.get(key)
    if (!asking) {
      asking = this.#fetch(room, avatar.file, key)
        .catch((error: unknown) => {
          this.parts.log.debug({ reason: String(error), room: room.id }, "a room's picture could not be fetched")
          return undefined
        })
        .finally(() => this.#asking.delete(key))
      this.#asking.set(key, asking)
    }
    return asking.then((found) => found && this.#note(room, avatar.file, found))
  }

  async #fetch(room: RoomRow, file: FileRef, key: string): Promise<RoomAvatar | undefined> {
    const live = this.parts.accounts.live(room.accountId)
    if (!live?.session.download) return undefined
    const signal = AbortSignal.any([live.signal, AbortSignal.timeout(patienceMs)])
    const bytes = await read((await live.session.download(file, signal)).stream)
    const mime = bytes && imageType(bytes)
    if (!bytes || !mime) {
      this.#useless.add(key)
      return undefined
    }
    const avatar = { mime, bytes, hash: createHash("sha1").update(bytes).digest("hex") }
    this.#keep(key, avatar)
    return avatar
  }

  #keep(key: string, avatar: RoomAvatar): void {
    this.#known.delete(key)
    this.#known.set(key, avatar)
    for (const [oldest] of this.#known) if (this.#known.size > kept) this.#known.delete(oldest)
  }

  /** The hash is known from now on, and told, unless the room has another picture by now. */
  async #note(room: RoomRow, file: FileRef, avatar: RoomAvatar): Promise<RoomAvatar> {
    const { keeper, registry, log } = this.parts
    const now = room.facts.avatar
    if (!now || now.hash === avatar.hash || keyOf(now.file) !== keyOf(file) || registry.byId(room.id) !== room) return avatar
    const facts = { avatar: { file: now.file, hash: avatar.hash } }
    await keeper
      .put(room.accountId, { legacyId: room.legacyId, state: "as-is", facts })
      .then((stored) => keeper.tell(stored))
      .catch((error: unknown) => log.warn({ err: error, room: room.id }, "the hash of a room's picture could not be stored"))
    return avatar
  }
}

/** The same for the same picture, as far as the network tells. */
export function keyOf({ stableId, ref }: FileRef): string {
  return stableId ?? ref
}

/** Undefined: too much. */
async function read(stream: ReadableStream<Uint8Array>): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop early cancels the stream.
  for await (const chunk of stream) {
    length += chunk.length
    if (length > largest) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
