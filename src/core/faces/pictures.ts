// Pictures that networks hold: fetched few at a time, looked at, kept in the store by their hash.
import { createHash } from "node:crypto"
import type { FileRef } from "../../adapter/contract.js"
import type { AnySession } from "../../adapter/define.js"
import { AdapterError } from "../../adapter/errors.js"
import type { Accounts } from "../accounts.js"
import type { Log } from "../log.js"
import { Lru } from "../lru.js"
import { avatarKey, imageType, largestShown, type Avatar } from "./picture.js"
import type { Store } from "../store.js"

/** Fetched at once, and waiting for that. Beyond, the one that waits longest is given up: it is asked for again when it is next shown. */
const parallel = 4
const mostWaiting = 2000
/** One fetch may take so long, ms. */
const patienceMs = 30_000
/** What could not be had is not asked for again so soon, ms: if it may come right by itself, and if only something new can help. */
const soonMs = 60_000
const lateMs = 60 * 60_000
/** Bytes of pictures in the store, of all networks. */
export const mostKept = 256 << 20
/** Bytes that are read at most of what must be made smaller first. */
const largestRead = 4 << 20

/** Makes a picture small enough, of a kind that every client shows; undefined: it is none, or it cannot be done. */
export type Shrink = (bytes: Uint8Array, most: number) => Promise<{ bytes: Uint8Array; width: number; height: number } | undefined>

export interface Wanted {
  account: number
  file: FileRef
  /** Where it is to be had if not by `file` any more: what the network tells when it is asked anew. */
  again?: (session: AnySession, signal: AbortSignal) => Promise<FileRef | null | undefined>
}

interface Waiting {
  wanted: Wanted
  settle(found: Avatar | "useless" | undefined): void
}

export interface PicturesParts {
  store: Pick<Store, "picture" | "putPicture">
  accounts: Pick<Accounts, "live">
  log: Log
  shrink?: Shrink
}

export class Pictures {
  readonly #asking = new Map<string, Promise<Avatar | "useless" | undefined>>()
  readonly #waiting: Waiting[] = []
  /** Until when (epoch ms) it is no use to ask, by account and place. */
  readonly #failed = new Lru<string, number>(5000)
  #running = 0

  constructor(private readonly parts: PicturesParts) {}

  /** By its hash, from the store alone. Never rejects. */
  kept(hash: string): Promise<Avatar | undefined> {
    return this.parts.store.picture(hash, Date.now()).catch((error: unknown) => {
      this.parts.log.warn({ err: error }, "a picture could not be read")
      return undefined
    })
  }

  /** As `get`, and kept. Never rejects. */
  async fetch(wanted: Wanted): Promise<Avatar | "useless" | undefined> {
    const found = await this.get(wanted)
    if (found === undefined || found === "useless") return found
    await this.parts.store
      .putPicture(found, Date.now(), mostKept)
      .catch((error: unknown) => this.parts.log.warn({ err: error }, "a picture could not be kept"))
    return found
  }

  /** From the network; kept by nobody yet. `useless`: there it is, but it cannot be shown. Undefined: it cannot be had now. Never rejects. */
  get(wanted: Wanted): Promise<Avatar | "useless" | undefined> {
    const { account, file } = wanted
    const key = `${account} ${avatarKey(file)}`
    const known = this.#asking.get(key)
    if (known) return known
    if ((this.#failed.get(place(wanted)) ?? 0) > Date.now()) return Promise.resolve(undefined)
    const asking = new Promise<Avatar | "useless" | undefined>((settle) => {
      this.#waiting.push({ wanted, settle })
      if (this.#waiting.length > mostWaiting) this.#waiting.shift()?.settle(undefined)
      this.#next()
    }).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  #next(): void {
    if (this.#running >= parallel) return
    // The newest first: somebody may be waiting for it, and who was on screen before has gone by.
    const next = this.#waiting.pop()
    if (!next) return
    this.#running++
    void this.#tried(next.wanted)
      .then((found) => next.settle(found))
      .finally(() => {
        this.#running--
        this.#next()
      })
  }

  async #tried(wanted: Wanted): Promise<Avatar | "useless" | undefined> {
    const { accounts, log } = this.parts
    const live = accounts.live(wanted.account)
    if (!live?.session.download) return undefined
    const signal = AbortSignal.any([live.signal, AbortSignal.timeout(patienceMs)])
    try {
      return await this.#read(live.session, wanted, signal)
    } catch (error) {
      // The session is over: the next one is asked.
      if (live.signal.aborted) return undefined
      log.debug({ reason: String(error) }, "a picture could not be fetched")
      const again =
        error instanceof AdapterError && error.kind === "retry" ? (error.retryAfterMs ?? soonMs) : isFinal(error) ? lateMs : soonMs
      this.#failed.set(place(wanted), Date.now() + again)
      return undefined
    }
  }

  async #read(session: AnySession, { file, again }: Wanted, signal: AbortSignal): Promise<Avatar | "useless"> {
    try {
      return await this.#download(session, file, signal)
    } catch (error) {
      if (!again || !isFinal(error)) throw error
      const now = await again(session, signal)
      if (!now || now.ref === file.ref) throw error
      return await this.#download(session, now, signal)
    }
  }

  async #download(session: AnySession, file: FileRef, signal: AbortSignal): Promise<Avatar | "useless"> {
    const { shrink } = this.parts
    const answer = await session.download?.(file, signal)
    if (!answer) return "useless"
    const bytes = await read(answer.stream, shrink ? largestRead : largestShown, signal)
    if (!bytes) return "useless"
    const mime = imageType(bytes)
    if (mime && bytes.length <= largestShown) return asAvatar(bytes, mime)
    const small = mime && (await shrink?.(bytes, largestShown))
    const kind = small && small.bytes.length <= largestShown ? imageType(small.bytes) : undefined
    return small && kind ? asAvatar(small.bytes, kind, small) : "useless"
  }
}

function place({ account, file }: Wanted): string {
  return `${account} ${file.ref}`
}

function isFinal(error: unknown): boolean {
  return error instanceof AdapterError && error.kind !== "retry" && error.kind !== "unknown-outcome"
}

function asAvatar(data: Uint8Array, mime: string, size?: { width: number; height: number }): Avatar {
  const hash = createHash("sha1").update(data).digest("hex")
  return { info: { hash, mime, bytes: data.length, ...(size && { width: size.width, height: size.height }) }, data }
}

/** Undefined: more than `most` bytes. Rejects when the signal comes, whatever the stream does. */
async function read(stream: ReadableStream<Uint8Array>, most: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  let stop: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new AdapterError("retry", "It took too long."))
    signal.addEventListener("abort", stop)
  })
  aborted.catch(() => undefined)
  if (signal.aborted) stop()
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), aborted])
      if (done) return Buffer.concat(chunks)
      length += value.length
      if (length > most) return undefined
      chunks.push(value)
    }
  } finally {
    signal.removeEventListener("abort", stop)
    void reader.cancel().catch(() => undefined)
  }
}
