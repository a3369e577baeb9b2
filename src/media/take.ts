// A file of a user's: fetched from where it is shown, decrypted if the admin allows it, and ready for the network.
import type { Upload } from "../adapter/contract.js"
import { AdapterError } from "../adapter/errors.js"
import type { Linked } from "../core/content.js"
import { readableSize } from "../core/files/size.js"
import { FileRefused, type Taken, type Taking } from "../core/files/media.js"
import { decrypt, parseLink, tagBytes } from "./aesgcm.js"
import type { Allowed } from "./allowed.js"
import { detect, kindOf, mimeOf } from "./detect.js"
import { safeFetch, type Fetched, type Resolve } from "./fetch.js"
import { cleanName, nameInDisposition, nameInUrl, withEnding } from "./name.js"
import type { Paces } from "./pace.js"
import { openFile, SpoolFull, TooLarge, type Spool, type SpoolFile } from "./spool.js"

export interface TakeParts {
  spool: Spool
  allowed: Allowed
  /** Bytes that one file may have, whatever the network takes. */
  maxBytes: number
  aesgcm: boolean
  resolve?: Resolve
  paces?: Paces
}

/** As `Media.take`. */
export async function takeFile(file: Linked, how: Taking, parts: TakeParts): Promise<Taken> {
  const most = Math.min(how.maxBytes, parts.maxBytes)
  const isLocked = /^aesgcm:/i.test(file.url)
  if (isLocked && !parts.aesgcm)
    throw new FileRefused("encrypted", "It is encrypted, and this gateway does not decrypt files. Send it without encryption.")
  try {
    if (file.bytes !== undefined && file.bytes > most + tagBytes) throw new TooLarge(most, file.bytes)
    const { spooled, fetched } = isLocked
      ? await unlocked(file.url, most, how.signal, parts)
      : await plain(file.url, most, how.signal, parts)
    try {
      return await taken(file, spooled, fetched, isLocked)
    } catch (error) {
      spooled.release()
      throw error
    }
  } catch (error) {
    throw how.signal.aborted ? how.signal.reason : told(error)
  }
}

interface Got {
  spooled: SpoolFile
  fetched: Fetched
}

async function plain(url: string, maxBytes: number, signal: AbortSignal, { spool, ...parts }: TakeParts): Promise<Got> {
  const fetched = await safeFetch(url, { ...parts, maxBytes, signal })
  return { fetched, spooled: await spool.write(fetched.body, maxBytes) }
}

async function unlocked(link: string, maxBytes: number, signal: AbortSignal, parts: TakeParts): Promise<Got> {
  const locked = parseLink(link)
  const { spooled, fetched } = await plain(locked.url, maxBytes + tagBytes, signal, parts)
  try {
    return { fetched, spooled: await decrypt(spooled, locked, parts.spool) }
  } finally {
    spooled.release()
  }
}

async function taken(file: Linked, spooled: SpoolFile, { mime: served, disposition }: Fetched, isLocked: boolean): Promise<Taken> {
  if (spooled.bytes === 0) throw new FileRefused("unavailable", "It is empty.")
  const announced = file.hashes?.["sha-256"]
  // Of an encrypted one some clients tell the hash of what is on the server, others of what is in it; its tag was right.
  if (announced !== undefined && !isLocked && !sameHash(announced, spooled.sha256))
    throw new FileRefused("unavailable", "What is at its address is not what was announced.")
  const found = await detect(spooled.path)
  const mime = mimeOf(found, file.mime, isLocked ? undefined : served)
  const kind = kindOf(mime, file.kind)
  const name = cleanName(file.name ?? nameInDisposition(disposition) ?? nameInUrl(file.url), "file")
  const { seconds, alt, spoiler } = file
  const [width, height] = [found.width ?? file.width, found.height ?? file.height]
  const upload: Upload = {
    name: withEnding(name, found.extension),
    mime,
    bytes: spooled.bytes,
    ...(kind !== undefined && { kind }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(seconds !== undefined && { seconds }),
    ...(alt !== undefined && { alt }),
    ...(spoiler !== undefined && { spoiler }),
    ...(!isLocked && { url: file.url }),
    open: (signal) => openFile(spooled.path, signal),
  }
  return { upload, release: () => spooled.release() }
}

function sameHash(a: string, b: string): boolean {
  return Buffer.from(a, "base64").equals(Buffer.from(b, "base64"))
}

function told(error: unknown): unknown {
  if (error instanceof TooLarge) {
    const size = error.bytes === undefined ? "It is larger than what can be carried" : `It has ${readableSize(error.bytes)}`
    return new FileRefused("too-large", `${size}; ${readableSize(error.most)} is the most.`, { cause: error })
  }
  // Others will have gone through by then.
  if (error instanceof SpoolFull)
    return new AdapterError("retry", "The gateway has no room for it at the moment.", { blocks: "message", cause: error })
  if (error instanceof FileRefused || error instanceof AdapterError) return error
  return new AdapterError("retry", "The gateway could not fetch it.", { blocks: "message", cause: error })
}
