// A network's file: fetched, made into what clients can show, and put where they fetch it.
import type { ReadableStreamReadResult } from "node:stream/web"
import type { FileRef } from "../adapter/contract.js"
import { AdapterError } from "../adapter/errors.js"
import type { Attached } from "../core/content.js"
import { readableSize } from "../core/files/size.js"
import type { FileStore } from "../core/files/store.js"
import type { Sharing } from "../core/files/media.js"
import type { Converter } from "./converter.js"
import { detect, kindOf, mimeOf } from "./detect.js"
import type { Kept } from "./kept.js"
import { cleanName, withEnding } from "./name.js"
import { flowing, paces, within, type Paces } from "./pace.js"
import { put } from "./put.js"
import { SpoolFull, TooLarge, type Spool, type SpoolFile } from "./spool.js"

export interface ShareParts {
  spool: Spool
  converter: Converter
  /** Undefined: we serve nothing ourselves. */
  kept: Kept | undefined
  store: FileStore
  prefer: "upload" | "http"
  /** Bytes that one file may have, whatever the network gives. */
  maxBytes: number
  paces?: Paces
}

/** What an upload service holds is taken to be there for so long, ms: some keep files for a week only. */
const uploadedMs = 24 * 60 * 60_000
/** Pictures smaller than this, in bytes, are shown at once by every client. */
const worthThumbnail = 16_000

/** As `Media.share`, of a file that has a source and was not put anywhere. */
export async function shareFile(
  file: Attached,
  source: NonNullable<Attached["source"]>,
  how: Sharing,
  parts: ShareParts,
): Promise<Attached> {
  const most = Math.min(how.maxBytes, parts.maxBytes)
  if (file.bytes !== undefined && file.bytes > most) return failed(file, sizes(file.bytes, most))
  let spooled: SpoolFile | undefined
  try {
    const got = await fetched(file, source, most, how, parts)
    spooled = got.spooled
    if (spooled.bytes === 0) return failed(file, "It is empty.")
    const made = await shown(file, got, parts)
    spooled = made.spooled
    const thumbnail = await previewOf(made.attached, spooled, parts)
    const attached: Attached = { ...made.attached, bytes: spooled.bytes, sha256: spooled.sha256, ...(thumbnail && { thumbnail }) }
    const { url, until } = await place(attached, spooled, how, parts)
    const done = { ...attached, url }
    if (source.stableId !== undefined)
      await parts.store.putSharedFile({ network: how.network, stableId: source.stableId, attached: done, expiresAt: until })
    return done
  } catch (error) {
    if (how.signal.aborted) throw how.signal.reason
    if (error instanceof TooLarge) return failed(file, sizes(error.bytes, error.most))
    if (error instanceof AdapterError && ["rejected", "gone", "denied", "unsupported"].includes(error.kind))
      return failed(file, error.message)
    if (error instanceof AdapterError && error.kind === "retry") throw error
    const why = error instanceof SpoolFull ? "The gateway has no room for it at the moment." : "It could not be fetched."
    throw new AdapterError("retry", why, { blocks: "message", cause: error })
  } finally {
    spooled?.release()
  }
}

/** What was found out of it once, with what this message says of it. */
export function again(known: Attached, { alt, spoiler, source }: Attached): Attached {
  const { alt: _alt, spoiler: _spoiler, source: _source, ...rest } = known
  const { thumbnail, ...bare } = rest
  return {
    ...bare,
    ...(thumbnail && !spoiler && { thumbnail }),
    ...(alt !== undefined && { alt }),
    ...(spoiler !== undefined && { spoiler }),
    ...(source && { source }),
  }
}

interface Got {
  spooled: SpoolFile
  served: string | undefined
}

async function fetched(
  file: Attached,
  source: NonNullable<Attached["source"]>,
  most: number,
  how: Sharing,
  { spool, paces: limits = paces }: ShareParts,
): Promise<Got> {
  const { url: _url, sha256: _sha, thumbnail: _thumbnail, failed: _failed, source: _source, ...info } = file
  const ref: FileRef = { ...info, ...source }
  const end = new AbortController()
  const stop = (): void => end.abort(how.signal.reason)
  how.signal.addEventListener("abort", stop, { once: true })
  const late = setTimeout(
    () => end.abort(new AdapterError("retry", "The network does not answer.", { blocks: "message" })),
    limits.downloadMs,
  )
  try {
    const { stream, bytes, mime } = await within(end.signal, how.download(ref, end.signal))
    clearTimeout(late)
    if (bytes !== undefined && bytes > most) {
      stream.cancel().catch(() => undefined)
      throw new TooLarge(most, bytes)
    }
    const { body, cut } = chunks(stream)
    return { spooled: await spool.write(flowing(body, cut, limits, end.signal), most), served: mime }
  } catch (error) {
    // What the network still sends is of no use.
    end.abort(error)
    throw error
  } finally {
    clearTimeout(late)
    how.signal.removeEventListener("abort", stop)
  }
}

/** The stream is ended with its reader, however that ends; `cut` ends it also while a read is waited for. */
function chunks(stream: ReadableStream<Uint8Array>): { body: AsyncIterable<Uint8Array>; cut: (error: Error) => void } {
  const reader = stream.getReader()
  let ended: Error | undefined
  let reject: ((error: Error) => void) | undefined
  const next = (): Promise<ReadableStreamReadResult<Uint8Array>> =>
    new Promise((resolve, refuse) => {
      if (ended) return refuse(ended)
      reject = refuse
      reader.read().then(resolve, refuse)
    })
  const body = async function* (): AsyncGenerator<Uint8Array> {
    let done = false
    try {
      for (;;) {
        const read = await next()
        done = read.done
        if (read.done) return
        yield read.value
      }
    } finally {
      if (!done) reader.cancel().catch(() => undefined)
    }
  }
  const cut = (error: Error): void => {
    ended ??= error
    reject?.(error)
  }
  return { body: body(), cut }
}

/** Type, size and name by what it is; a drawing becomes a picture. */
async function shown(
  file: Attached,
  { spooled, served }: Got,
  { spool, converter }: ShareParts,
): Promise<{ attached: Attached; spooled: SpoolFile }> {
  const found = await detect(spooled.path)
  const mime = mimeOf(found, file.mime, served)
  if (isDrawing(file, mime)) {
    const path = spool.path()
    const made = await converter.sticker(spooled.path, path)
    if (made) {
      spooled.release()
      const { width, height, bytes, sha256 } = made
      const name = cleanName(file.name, "sticker").replace(/(\.[A-Za-z0-9]{1,10})?$/, ".webp")
      return { attached: { ...file, name, mime: made.mime, width, height }, spooled: spool.adopt(path, bytes, sha256) }
    }
  }
  const kind = kindOf(mime, file.kind)
  const { kind: _kind, ...rest } = file
  const [width, height] = [found.width ?? file.width, found.height ?? file.height]
  const attached: Attached = {
    ...rest,
    name: withEnding(cleanName(file.name, "file"), found.extension),
    mime,
    ...(kind !== undefined && { kind }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
  return { attached, spooled }
}

/** Lottie, packed (`.tgs`) or not: no XMPP client shows it. */
function isDrawing({ kind, mime, name }: Attached, found: string): boolean {
  if (mime === "application/x-tgsticker" || /\.tgs$/i.test(name)) return true
  return kind === "sticker" && /^application\/(gzip|json|x-gzip|x-tgsticker|(vnd\.)?lottie\+json)$/.test(found)
}

async function previewOf(
  { kind, mime, spoiler }: Attached,
  { path, bytes }: SpoolFile,
  { converter }: ShareParts,
): Promise<Attached["thumbnail"]> {
  // What is hidden must not be seen in small.
  if (spoiler || kind === "sticker" || bytes < worthThumbnail || !/^image\/(jpeg|png|webp|gif|avif)$/.test(mime)) return undefined
  return converter.hash(path)
}

interface Place {
  url: string
  /** It is surely there until then, epoch ms. */
  until: number
}

async function place(file: Attached, spooled: SpoolFile, how: Sharing, { kept, prefer }: ShareParts): Promise<Place> {
  const { name, mime } = file
  const own = kept?.takes(spooled.bytes)
    ? async (): Promise<Place> => {
        const { url, expiresAt } = await kept.keep(spooled, { name, mime })
        const now = Date.now()
        return { url, until: now + (expiresAt - now) / 2 }
      }
    : undefined
  if (own && prefer === "http") return own()
  try {
    const slot = await how.slot({ name, mime, bytes: spooled.bytes })
    if (slot) {
      await put(spooled.path, { bytes: spooled.bytes, mime }, slot, how.signal)
      return { url: slot.get, until: Date.now() + uploadedMs }
    }
  } catch (error) {
    if (!own || how.signal.aborted) throw error
    return own()
  }
  if (own) return own()
  throw new AdapterError("rejected", "The XMPP server has no place for files.")
}

function sizes(bytes: number | undefined, most: number): string {
  const size = bytes === undefined ? "It is larger than what can be carried" : `It has ${readableSize(bytes)}`
  return `${size}; ${readableSize(most)} is the most.`
}

function failed(file: Attached, why: string): Attached {
  return { ...file, failed: why }
}
