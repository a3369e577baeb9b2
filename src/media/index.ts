// Files in both directions, of all networks: one spool, one converter, one shelf; each network has places of its own to transfer.
import { setMaxListeners } from "node:events"
import { join } from "node:path"
import { AdapterError } from "../adapter/errors.js"
import type { Attached } from "../core/content.js"
import type { FileStore } from "../core/files/store.js"
import type { Log } from "../core/log.js"
import type { Media, Sharing } from "../core/files/media.js"
import type { Shrink } from "../core/faces/pictures.js"
import type { FileSource } from "../http/files.js"
import type { Signer } from "../http/signature.js"
import { Allowed } from "./allowed.js"
import { Converter } from "./converter.js"
import type { Resolve } from "./fetch.js"
import { Gate } from "./gate.js"
import { Kept } from "./kept.js"
import type { FilesOptions } from "./options.js"
import type { Paces } from "./pace.js"
import { again, shareFile, type ShareParts } from "./share.js"
import { shrinker } from "./shrink.js"
import { Spool } from "./spool.js"
import { takeFile, type TakeParts } from "./take.js"

export type { Resolve } from "./fetch.js"
export { filesDefaults, type FilesOptions } from "./options.js"

export interface MediaParts extends FilesOptions {
  store: FileStore
  log: Log
  /** Where our own HTTP server is found, and what signs its addresses. Absent: there is none. */
  serve?: { publicUrl: string; signer: Signer }
  /** Default: DNS. */
  resolve?: Resolve
  paces?: Paces
}

export interface MediaService {
  /** What our own HTTP server serves. */
  readonly files: FileSource | undefined
  /** Pictures of people and rooms. */
  readonly shrink: Shrink
  /** Of one network, always the same; `stop` ends what it has under way. */
  of(network: string): Media
  /** Removes what is past its time. */
  prune(): Promise<void>
  /** After all networks'. */
  stop(): Promise<void>
}

const pruneLimit = 500

/** The folder cannot be used; the sentence says why, and what to do. */
export class FilesError extends Error {
  constructor(folder: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException
    super(`files.folder ${folder} cannot be used (${code ?? message}). Change its owner, or name another folder.`, { cause })
    this.name = "FilesError"
  }
}

/** What a former process left is removed first. Rejects with `FilesError`, or as the store. */
export async function openMedia(parts: MediaParts): Promise<MediaService> {
  try {
    return await open(parts)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new FilesError(parts.folder, error)
  }
}

async function open(parts: MediaParts): Promise<MediaService> {
  const { folder, store, log, serve, quotaBytes, keepMs, transfers } = parts
  const spool = Spool.open(join(folder, "spool"), parts.spoolBytes)
  const kept = serve && (await Kept.open({ folder: join(folder, "kept"), store, ...serve, quotaBytes, keepMs }))
  const networks = new Map<string, Media>()
  const converter = new Converter(log)
  const take: TakeParts = { ...parts, spool, allowed: new Allowed(parts.allowPrivate) }
  const share: ShareParts = { ...parts, spool, converter, kept }
  return {
    files: kept,
    shrink: shrinker({ spool, converter, log }),
    of(network) {
      const media = networks.get(network) ?? new NetworkMedia(network, transfers, take, share)
      networks.set(network, media)
      return media
    },
    async prune() {
      await kept?.prune()
      while ((await store.pruneShared(Date.now(), pruneLimit)) === pruneLimit);
    },
    async stop() {
      converter.stop()
      await spool.idle()
    },
  }
}

class NetworkMedia implements Media {
  readonly #inward: Gate
  readonly #outward: Gate
  /** By stable id: whoever wants the same file waits for the first. */
  readonly #sharing = new Map<string, Promise<Attached>>()
  readonly #under = new Set<Promise<unknown>>()
  readonly #end = new AbortController()

  constructor(
    private readonly network: string,
    transfers: number,
    private readonly takeParts: TakeParts,
    private readonly shareParts: ShareParts,
  ) {
    setMaxListeners(0, this.#end.signal)
    this.#inward = new Gate(transfers)
    this.#outward = new Gate(transfers)
  }

  get decrypts(): boolean {
    return this.takeParts.aesgcm
  }

  async share(file: Attached, how: Sharing): Promise<Attached> {
    const { source } = file
    if (file.url !== undefined || file.failed !== undefined) return file
    if (!source) return { ...file, failed: "The network does not give it away." }
    const id = source.stableId
    if (id === undefined) return this.#share(file, source, how)
    for (;;) {
      const known = await this.shareParts.store.sharedFile(this.network, id, Date.now())
      if (known) return again(known, file)
      const other = this.#sharing.get(id)
      if (!other) break
      // Why it failed may be the other's own matter; the next of those who wait tries.
      const shared = await other.catch(() => undefined)
      how.signal.throwIfAborted()
      if (shared) return shared.url === undefined ? { ...file, failed: shared.failed ?? "It could not be fetched." } : again(shared, file)
    }
    const mine = this.#share(file, source, how).finally(() => this.#sharing.delete(id))
    mine.catch(() => undefined)
    this.#sharing.set(id, mine)
    return mine
  }

  #share(file: Attached, source: NonNullable<Attached["source"]>, how: Sharing): Promise<Attached> {
    return this.#within(how.signal, this.#inward, (signal) =>
      shareFile(file, source, { ...how, network: this.network, signal }, this.shareParts),
    )
  }

  take(...[file, how]: Parameters<Media["take"]>): ReturnType<Media["take"]> {
    return this.#within(how.signal, this.#outward, (signal) => takeFile(file, { ...how, signal }, this.takeParts))
  }

  /** Ends with the caller's signal or with us, whichever comes first. */
  #within<T>(theirs: AbortSignal, gate: Gate, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ours = this.#end.signal
    // By hand: `AbortSignal.any` keeps each of its signals as long as the one that lives longest (Node 20).
    const either = new AbortController()
    const stop = (): void => either.abort(theirs.aborted ? theirs.reason : ours.reason)
    // A session's signal is that of all its transfers.
    setMaxListeners(0, theirs)
    if (theirs.aborted || ours.aborted) stop()
    theirs.addEventListener("abort", stop, { once: true })
    ours.addEventListener("abort", stop, { once: true })
    const working = gate
      .enter(either.signal, () => work(either.signal))
      .finally(() => {
        theirs.removeEventListener("abort", stop)
        ours.removeEventListener("abort", stop)
        this.#under.delete(working)
      })
    this.#under.add(working)
    return working
  }

  async stop(): Promise<void> {
    this.#end.abort(new AdapterError("retry", "The gateway stops.", { blocks: "message" }))
    await Promise.allSettled(this.#under)
  }
}
