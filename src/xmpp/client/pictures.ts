// The faces of our occupants: asked for by the hash that their presence tells (XEP-0153), kept in memory, bounded.
import { createHash } from "node:crypto"
import type { Speaker } from "../../adapter/contract.js"
import { imageType, largestShown, type Picture } from "../../core/faces/picture.js"
import { Lru } from "../../core/lru.js"
import type { StanzaPort } from "./port.js"

/** Of so many occupants. */
const most = 300
const fetchMs = 15_000

export interface Face extends Picture {
  /** SHA-1 in hex. */
  hash: string
}

export class Pictures {
  /** By occupant. */
  readonly #faces = new Lru<string, { from: string; face: Face | undefined }>(most)
  readonly #under = new Set<string>()

  constructor(private readonly port: Pick<StanzaPort, "fetch">) {}

  of(jid: string): Face | undefined {
    return this.#faces.get(jid)?.face
  }

  /** What is known now; what is new is fetched meanwhile, then `there` is called. */
  want(jid: string, { picture, avatarUrl }: Speaker, signal: AbortSignal, there: () => void): Face | undefined {
    const from = picture?.id ?? avatarUrl
    if (from === undefined) return this.of(jid)
    const known = this.#faces.get(jid)
    if (known?.from === from || this.#under.has(jid) || this.#under.size >= most) return known?.face
    this.#under.add(jid)
    const late = AbortSignal.any([signal, AbortSignal.timeout(fetchMs)])
    const bytes = picture ? picture.load(late) : this.#fetch(avatarUrl ?? "", late)
    void bytes
      .then((all) => {
        this.#faces.set(jid, { from, face: faceOf(all) })
        if (!signal.aborted) there()
      })
      // A face is no reason for anything to fail; another try comes with another word.
      .catch(() => undefined)
      .finally(() => this.#under.delete(jid))
    return known?.face
  }

  async #fetch(url: string, signal: AbortSignal): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of (await this.port.fetch(url, largestShown, signal)).body) {
      size += chunk.length
      if (size > largestShown) break
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }
}

function faceOf(bytes: Uint8Array): Face | undefined {
  const mime = imageType(bytes)
  if (mime === undefined || bytes.length > largestShown) return undefined
  return { mime, bytes, hash: createHash("sha1").update(bytes).digest("hex") }
}
