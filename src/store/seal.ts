// Encryption at rest of credentials and adapter state: AES-256-GCM, bound to the place where a value is stored. Pure functions.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto"
import { parseKeys as readKeys } from "../config/keys.js"
import type { Store } from "../core/store.js"

// version 1 | key id 4 | iv 12 | tag 16 | ciphertext
const formatVersion = 1
const ivAt = 5
const tagAt = ivAt + 12
const textAt = tagAt + 16

/** The message names a key by its id, never by its bytes. */
export class SealError extends Error {
  constructor(text: string) {
    super(text)
    this.name = "SealError"
  }
}

/** Where an account's secret is stored: the name its seal is bound to. */
export function accountSeal(network: string, legacyId: string): string {
  return `account:${network}:${legacyId}`
}

/** Where an adapter's value is stored. */
export function stateSeal(network: string, legacyId: string, key: string): string {
  return `state:${network}:${legacyId}:${key}`
}

/** Keys of a key file or variable: one a line, in base64 or hex, the current one first, former ones after it. Throws SealError. */
export function parseKeys(text: string): Buffer[] {
  const keys = readKeys(text)
  if (typeof keys === "string") throw new SealError(`The secret key ${keys}`)
  return keys
}

/** Hex; may be shown. */
export function keyId(key: Uint8Array): string {
  return createHash("sha256").update("xferry key id\0").update(key).digest("hex").slice(0, 8)
}

/**
 * Seals under the first key, opens what any of them sealed.
 *
 * @example
 * const sealer = new Sealer(parseKeys(text))
 * const sealed = sealer.seal("a token", accountSeal("sms", "4711"))
 */
export class Sealer {
  /** Id of the key that seals. */
  readonly current: string
  readonly #keys = new Map<string, Uint8Array>()

  /** Keys of 32 bytes, the current one first. */
  constructor(keys: readonly Uint8Array[]) {
    if (keys.length === 0 || keys.some((key) => key.length !== 32))
      throw new SealError("A secret key must be 32 bytes. Make one with: openssl rand -base64 32")
    for (const key of keys) this.#keys.set(keyId(key), key)
    this.current = keyId(keys[0] as Uint8Array)
  }

  seal(text: string, where: string): Uint8Array {
    const head = Buffer.from([formatVersion, ...Buffer.from(this.current, "hex")])
    const iv = randomBytes(12)
    const cipher = createCipheriv("aes-256-gcm", this.#keyFor(this.current, where), iv).setAAD(aad(head, where))
    const sealed = [cipher.update(text, "utf8"), cipher.final()]
    // A copy of its own memory: a slice of Node's buffer pool would drag the whole pool along to the store's thread.
    return Uint8Array.from(Buffer.concat([head, iv, cipher.getAuthTag(), ...sealed]))
  }

  /** Throws SealError: unknown key, or not what was sealed for this place. */
  open(sealed: Uint8Array, where: string): string {
    const id = sealedWith(sealed)
    if (id === undefined) throw new SealError(`The sealed value ${where} is damaged.`)
    if (!this.#keys.has(id))
      throw new SealError(
        `${where} was sealed with the key ${id}, which is not among those given (${[...this.#keys.keys()].join(", ")}). Add it on a line below the current key.`,
      )
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#keyFor(id, where), sealed.subarray(ivAt, tagAt), { authTagLength: 16 })
      decipher.setAAD(aad(sealed.subarray(0, ivAt), where)).setAuthTag(sealed.subarray(tagAt, textAt))
      return Buffer.concat([decipher.update(sealed.subarray(textAt)), decipher.final()]).toString("utf8")
    } catch {
      throw new SealError(`The sealed value ${where} does not open with the key ${id}: it was changed, or moved here from another place.`)
    }
  }

  /** A key a place, so that the limit of 2^32 random ivs a key (NIST SP 800-38D §8.3) is each place's own and out of reach. */
  #keyFor(id: string, where: string): Buffer {
    return createHmac("sha256", this.#keys.get(id) as Uint8Array)
      .update(where)
      .digest()
  }
}

function aad(head: Uint8Array, where: string): Buffer {
  return Buffer.concat([head, Buffer.from(where, "utf8")])
}

/** Id of the key, undefined if these are not sealed bytes. */
export function sealedWith(sealed: Uint8Array): string | undefined {
  if (sealed.length < textAt || sealed[0] !== formatVersion) return undefined
  return Buffer.from(sealed.subarray(1, ivAt)).toString("hex")
}

/** Seals everything anew that is not under the current key, in one transaction. Afterwards the former keys may be put away. */
export async function rotate(store: Pick<Store, "sealedValues" | "reseal">, sealer: Sealer): Promise<{ total: number; resealed: number }> {
  const values = await store.sealedValues()
  const old = values.filter(({ sealed }) => sealedWith(sealed) !== sealer.current)
  await store.reseal(old.map(({ where, sealed }) => ({ where, sealed: sealer.seal(sealer.open(sealed, where), where) })))
  return { total: values.length, resealed: old.length }
}
