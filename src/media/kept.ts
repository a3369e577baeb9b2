// Files that our own HTTP server serves: on disk under their id, for a time, and no more than there is room for.
import { randomBytes } from "node:crypto"
import { mkdirSync } from "node:fs"
import { chmod, open, readdir, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import type { FileStore } from "../core/files/store.js"
import type { KeptFile } from "../core/files/media.js"
import type { FileSource } from "../http/files.js"
import type { Signer } from "../http/signature.js"
import type { SpoolFile } from "./spool.js"

export interface KeptOptions {
  folder: string
  store: FileStore
  signer: Signer
  /** Without a slash at its end. */
  publicUrl: string
  quotaBytes: number
  keepMs: number
}

const dropLimit = 200

export class Kept implements FileSource {
  private constructor(private readonly options: KeptOptions) {}

  /** What a kill left half done is put right: files that nobody knows are removed, and files that are not there forgotten. */
  static async open(options: KeptOptions): Promise<Kept> {
    const { folder, store } = options
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const known = new Map((await store.keptFiles()).map((file) => [file.id, file]))
    for (const name of await readdir(folder)) {
      const file = known.get(name)
      if (file && (await stat(join(folder, name))).size === file.bytes) known.delete(name)
      else await rm(join(folder, name), { recursive: true, force: true })
    }
    if (known.size > 0) await store.forgetKept([...known.keys()])
    const kept = new Kept(options)
    await kept.prune()
    return kept
  }

  get folder(): string {
    return this.options.folder
  }

  get signer(): Signer {
    return this.options.signer
  }

  find(id: string): Promise<KeptFile | undefined> {
    return this.options.store.keptFile(id)
  }

  /** Whether there can be room for it at all. */
  takes(bytes: number): boolean {
    return bytes <= this.options.quotaBytes
  }

  /** Takes the file from the spool. Resolves with its address, and until when it is served (epoch ms). */
  async keep(file: SpoolFile, { name, mime }: { name: string; mime: string }): Promise<{ url: string; expiresAt: number }> {
    const { folder, store, signer, publicUrl, keepMs } = this.options
    const kept: KeptFile = { id: randomBytes(16).toString("hex"), name, mime, bytes: file.bytes, expiresAt: Date.now() + keepMs }
    // Clients are told of it for good: it has to outlast a power cut as their message does.
    await flush(file.path)
    await rename(file.path, join(folder, kept.id))
    await chmod(join(folder, kept.id), 0o600)
    file.release()
    try {
      await store.keepFile(kept)
    } catch (error) {
      // It is tried again under another id: a disk that is full must not get fuller with each try.
      await rm(join(folder, kept.id), { force: true })
      throw error
    }
    await this.prune()
    return { url: publicUrl + signer.path(kept), expiresAt: kept.expiresAt }
  }

  /** Removes what is past its time, and the oldest while there is too much. */
  async prune(): Promise<void> {
    const { folder, store, quotaBytes } = this.options
    for (;;) {
      const dropped = await store.dropKept(Date.now(), quotaBytes, dropLimit)
      for (const id of dropped) await rm(join(folder, id), { force: true })
      if (dropped.length < dropLimit) return
    }
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, "r+")
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
