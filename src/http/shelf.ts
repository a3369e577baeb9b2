// Pictures that the world may fetch, each at an address that only who knows the picture can know. In memory, bounded.
import { createHash } from "node:crypto"
import type { Picture } from "../core/faces/picture.js"

/** Bytes kept over all. */
const mostBytes = 32 << 20
/** Path below the public address. */
export const shelfPath = "/avatar/"

const endings = { "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp" } as const

export class Shelf {
  /** By name; the one that was asked for longest ago first. */
  readonly #pictures = new Map<string, Picture>()
  readonly #names = new WeakMap<Picture, string>()
  #bytes = 0

  constructor(private readonly most = mostBytes) {}

  /** Puts the picture there, or keeps it there. Returns its path. */
  put(picture: Picture): string {
    let name = this.#names.get(picture)
    if (name === undefined) {
      const hash = createHash("sha256").update(picture.bytes).digest("base64url")
      name = `${hash}.${endings[picture.mime]}`
      this.#names.set(picture, name)
    }
    if (!this.#touch(name)) {
      this.#pictures.set(name, picture)
      this.#bytes += picture.bytes.length
      for (const [oldest, { bytes }] of this.#pictures) {
        if (this.#bytes <= this.most || this.#pictures.size === 1) break
        this.#pictures.delete(oldest)
        this.#bytes -= bytes.length
      }
    }
    return shelfPath + name
  }

  /** Undefined: nothing (any more) has this name. */
  get(name: string): Picture | undefined {
    return this.#touch(name)
  }

  #touch(name: string): Picture | undefined {
    const known = this.#pictures.get(name)
    if (!known) return undefined
    this.#pictures.delete(name)
    this.#pictures.set(name, known)
    return known
  }
}
