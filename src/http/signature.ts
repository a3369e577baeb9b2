// Addresses of files that we serve: nobody can make one up, and each tells itself until when it is good.
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto"

/** Path below the public address. */
export const filePath = "/file/"

export interface Named {
  /** 32 hex digits. */
  id: string
  name: string
  /** Epoch ms. */
  expiresAt: number
}

export class Signer {
  readonly #keys: readonly Buffer[]

  /** The first of the secrets signs, all are good: so a changed one makes nothing unreachable. At least one. */
  constructor(secrets: readonly Uint8Array[]) {
    this.#keys = secrets.map((secret) => Buffer.from(hkdfSync("sha256", secret, "", "addresses of files", 32)))
  }

  /** `/file/<id>/<until>-<signature>/<name>`: the name comes last, for clients go by its ending. */
  path({ id, name, expiresAt }: Named): string {
    const until = Math.ceil(expiresAt / 1000).toString(36)
    const [key] = this.#keys
    if (!key) throw new Error("There is no key to sign with.")
    const safe = encodeURIComponent(name).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    return `${filePath}${id}/${until}-${sign(key, id, until).toString("base64url")}/${safe}`
  }

  /** Of what follows `/file/`: whose address this is, if it is good. */
  idOf(rest: string, now: number): string | undefined {
    const [, id, until, signature] = /^([0-9a-f]{32})\/([0-9a-z]{1,11})-([\w-]{22})(?:\/|$)/.exec(rest) ?? []
    if (id === undefined || until === undefined || signature === undefined) return undefined
    const given = Buffer.from(signature, "base64url")
    if (given.length !== 16 || !this.#keys.some((key) => timingSafeEqual(sign(key, id, until), given))) return undefined
    return parseInt(until, 36) * 1000 > now ? id : undefined
  }
}

function sign(key: Buffer, id: string, until: string): Buffer {
  return createHmac("sha256", key).update(`${id}/${until}`).digest().subarray(0, 16)
}
