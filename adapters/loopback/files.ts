// The files of a network, in memory: what people show, and what gateways send.
import { createHash, type Hash } from "node:crypto"
import { AdapterError, type FileInfo, type FileRef } from "xferry"
import { richOf, type LoopExtra, type NewFile, type NewRich, type Rich, type SentFile } from "./content.js"

/** What there is of a file: bytes, or a number of bytes that are made up when asked for. */
interface Held {
  mime: string
  bytes: number
  content: readonly Uint8Array[] | undefined
}

interface Upload {
  hash: Hash
  content: Uint8Array[]
  bytes: number
}

/** Bytes of files that are kept: the oldest go. */
const maxHeld = 256 * 1024 * 1024
/** Files that gateways may be sending at once. */
const maxUploads = 1000
/** What a gateway is given of a file at once. */
export const maxChunk = 256 * 1024

/** What a gateway sent, as the log has it. `sha256`: hex. */
export interface SentFileRecord extends FileInfo {
  ref: string
  bytes: number
  sha256: string
}

export class Files {
  readonly #held = new Map<string, Held>()
  readonly #uploads = new Map<string, Upload>()
  #bytes = 0
  #count = 0

  /** `first`: refs of a network that must not repeat them after a restart begin higher. */
  constructor(private readonly first: number) {}

  /** A file of the foreign side. */
  put({ base64, bytes = 1024, sized = true, gone = false, ...info }: NewFile): FileRef {
    const content = base64 === undefined ? undefined : [Buffer.from(base64, "base64")]
    const held = { mime: info.mime, bytes: content?.[0]?.length ?? bytes, content }
    const ref = this.#ref()
    if (!gone) this.#hold(ref, held)
    return { ...(defined(info) as FileInfo), ...(sized && { bytes: held.bytes }), ref }
  }

  /** What a driver says beside a text. */
  rich({ spans, files, extras, group }: NewRich): Rich {
    return richOf({
      spans: spans?.map((span) => defined(span) as NonNullable<Rich["spans"]>[number]),
      files: files?.map((file) => this.put(file)),
      extras: extras?.map((extra) => {
        if (extra.type !== "preview" || !extra.image) return defined(extra) as LoopExtra
        return { ...(defined(extra) as LoopExtra & { type: "preview" }), image: this.put(extra.image) }
      }),
      group,
    })
  }

  /** A part of a file that a gateway sends; `upload`: of one that was begun. Returns its id. */
  append(base64: string, upload = this.#ref()): string {
    let begun = this.#uploads.get(upload)
    if (!begun) {
      const [oldest] = this.#uploads.keys()
      if (oldest !== undefined && this.#uploads.size >= maxUploads) this.#uploads.delete(oldest)
      this.#uploads.set(upload, (begun = { hash: createHash("sha256"), content: [], bytes: 0 }))
    }
    const chunk = Buffer.from(base64, "base64")
    begun.hash.update(chunk)
    begun.content.push(chunk)
    begun.bytes += chunk.length
    return upload
  }

  /** The file is part of a message now. Throws where its bytes never came. */
  finish({ upload, ...info }: SentFile): SentFileRecord {
    const begun = this.#uploads.get(upload)
    if (!begun) throw new AdapterError("rejected", "There is no such file.")
    this.#uploads.delete(upload)
    this.#hold(upload, { mime: info.mime, bytes: begun.bytes, content: begun.content })
    return { ...info, ref: upload, bytes: begun.bytes, sha256: begun.hash.digest("hex") }
  }

  /** For a driver. Throws «gone». */
  whole(ref: string): string {
    const held = this.#held.get(ref)
    if (!held) throw new AdapterError("gone", "There is no such file (any more).")
    return Buffer.from(partOf(held, 0, held.bytes)).toString("base64")
  }

  /** Bytes from `offset` on, `maxChunk` of them at most. Throws «gone». */
  read(ref: string, offset: number): { base64: string; bytes: number; mime: string } {
    const held = this.#held.get(ref)
    if (!held) throw new AdapterError("gone", "There is no such file (any more).")
    const { bytes, mime } = held
    return { base64: Buffer.from(partOf(held, offset, Math.min(bytes, offset + maxChunk))).toString("base64"), bytes, mime }
  }

  reset(): void {
    this.#held.clear()
    this.#uploads.clear()
    this.#bytes = 0
  }

  #ref(): string {
    return `file-${this.first}-${++this.#count}`
  }

  #hold(ref: string, held: Held): void {
    this.#held.set(ref, held)
    this.#bytes += sizeOf(held)
    for (const [oldest, old] of this.#held) {
      if (this.#bytes <= maxHeld || oldest === ref) return
      this.#held.delete(oldest)
      this.#bytes -= sizeOf(old)
    }
  }
}

/** As the log and other gateways are told: `ref` is what they can download. */
export function asRef({ sha256: _, ...file }: SentFileRecord): FileRef {
  return file
}

/** Bytes that are made up: no two near each other alike, the same for everybody. */
export function madeUp(start: number, end: number): Uint8Array {
  const out = new Uint8Array(Math.max(0, end - start))
  for (let i = 0; i < out.length; i++) out[i] = ((start + i) * 31 + ((start + i) >>> 8) * 7) & 0xff
  return out
}

const sizeOf = ({ content, bytes }: Held): number => (content ? bytes : 0)

function partOf({ content }: Held, start: number, end: number): Uint8Array {
  if (!content) return madeUp(start, end)
  const parts: Uint8Array[] = []
  let at = 0
  for (const chunk of content) {
    if (at < end && at + chunk.length > start) parts.push(chunk.subarray(Math.max(0, start - at), end - at))
    at += chunk.length
  }
  return Buffer.concat(parts)
}

const defined = (fields: object): object => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
