// `aesgcm:` links (XEP-0454): the key stands in the fragment; nothing is handed on before the tag at the end was found right.
import { createDecipheriv, createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { open, rm } from "node:fs/promises"
import { FileRefused } from "../core/files/media.js"
import type { Spool, SpoolFile } from "./spool.js"

export interface Locked {
  /** Where the encrypted bytes are. */
  url: string
  iv: Buffer
  key: Buffer
}

export const tagBytes = 16

/** Throws `FileRefused` for a fragment that is no key: 12 bytes of IV (16 of older clients) and 32 of key, in hex (§3). */
export function parseLink(link: string): Locked {
  const [address = "", fragment = ""] = link.split("#", 2)
  if (!/^([0-9a-f]{88}|[0-9a-f]{96})$/i.test(fragment))
    throw new FileRefused("encrypted", "Its address lacks the key it was encrypted with.")
  const secret = Buffer.from(fragment, "hex")
  const at = secret.length - 32
  return { url: address.replace(/^aesgcm:/i, "https:"), iv: secret.subarray(0, at), key: secret.subarray(at) }
}

/** Rejects with `FileRefused` if it was tampered with; then nothing is left of it. The encrypted file is the caller's to release. */
export async function decrypt(file: SpoolFile, { iv, key }: Locked, spool: Spool): Promise<SpoolFile> {
  const spoilt = (cause?: unknown): FileRefused =>
    new FileRefused("encrypted", "It cannot be decrypted: the key is wrong, or it was changed.", { cause })
  const end = file.bytes - tagBytes
  if (end < 0) throw spoilt()
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes })
  decipher.setAuthTag(await tail(file.path, end))
  const path = spool.path()
  const hash = createHash("sha256")
  const out = await open(path, "wx", 0o600)
  try {
    const put = async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk)
      for (let at = 0; at < chunk.length;) at += (await out.write(chunk, at)).bytesWritten
    }
    if (end > 0)
      for await (const chunk of createReadStream(file.path, { end: end - 1 }) as AsyncIterable<Buffer>) await put(decipher.update(chunk))
    try {
      await put(decipher.final())
    } catch (error) {
      throw spoilt(error)
    }
  } catch (error) {
    await out.close()
    await rm(path, { force: true })
    throw error
  }
  await out.close()
  return spool.adopt(path, end, hash.digest("base64"))
}

async function tail(path: string, at: number): Promise<Buffer> {
  const file = await open(path, "r")
  try {
    return (await file.read(Buffer.alloc(tagBytes), 0, tagBytes, at)).buffer
  } finally {
    await file.close()
  }
}
