// Files under way, on disk: written as they come, never held in memory. What a former process left is removed at the start.
import { createHash, randomBytes } from "node:crypto"
import { mkdirSync, rmSync } from "node:fs"
import { open, rm, type FileHandle } from "node:fs/promises"
import { join } from "node:path"

/** A file has more bytes than it may; `bytes` as far as known. */
export class TooLarge extends Error {
  constructor(
    readonly most: number,
    readonly bytes?: number,
  ) {
    super("the file is too large")
  }
}

/** No room on disk, or all that files under way may take is taken. */
export class SpoolFull extends Error {}

export interface SpoolFile {
  readonly path: string
  readonly bytes: number
  /** Base64. */
  readonly sha256: string
  /** Once; later calls do nothing. */
  release(): void
}

/** Bytes that a reader of a file is handed at once, and that are read ahead of it. */
const chunkBytes = 64 * 1024

export class Spool {
  #used = 0
  /** Removals under way. */
  readonly #ending = new Set<Promise<unknown>>()

  private constructor(
    private readonly folder: string,
    private readonly most: number,
  ) {}

  /** Of one process alone: the lock on the database sees to that. Throws if the folder cannot be made. */
  static open(folder: string, most: number): Spool {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return new Spool(folder, most)
  }

  get used(): number {
    return this.#used
  }

  /** Rejects with `TooLarge`, `SpoolFull`, or as the source does. Nothing is left then. */
  async write(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<SpoolFile> {
    const path = this.path()
    const hash = createHash("sha256")
    let bytes = 0
    const file = await open(path, "wx", 0o600).catch(noRoom)
    try {
      for await (const chunk of source) {
        if (bytes + chunk.length > maxBytes) throw new TooLarge(maxBytes)
        if (this.#used + chunk.length > this.most) throw new SpoolFull("too many files are under way")
        bytes += chunk.length
        this.#used += chunk.length
        hash.update(chunk)
        await writeAll(file, chunk).catch(noRoom)
      }
    } catch (error) {
      await file.close()
      this.#remove(path, bytes)
      throw error
    }
    await file.close()
    return this.#made(path, bytes, hash.digest("base64"))
  }

  /** A file that somebody else wrote to `path()`. */
  adopt(path: string, bytes: number, sha256: string): SpoolFile {
    this.#used += bytes
    return this.#made(path, bytes, sha256)
  }

  path(): string {
    return join(this.folder, randomBytes(16).toString("hex"))
  }

  /** When all that was released is gone. */
  async idle(): Promise<void> {
    await Promise.all(this.#ending)
  }

  #made(path: string, bytes: number, sha256: string): SpoolFile {
    let released = false
    const release = (): void => {
      if (!released) this.#remove(path, bytes)
      released = true
    }
    return { path, bytes, sha256, release }
  }

  #remove(path: string, bytes: number): void {
    this.#used -= bytes
    const ending = rm(path, { force: true })
      .catch(() => undefined)
      .finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }
}

/** The bytes of a file on disk, read as they are asked for. Rejects if it is not there. */
export async function openFile(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  signal.throwIfAborted()
  const file = await open(path, "r")
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    signal.removeEventListener("abort", stop)
    return (closed ??= file.close())
  }
  let fail: (reason: unknown) => void = () => undefined
  const stop = (): void => {
    fail(signal.reason)
    void close()
  }
  signal.addEventListener("abort", stop, { once: true })
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = (reason) => controller.error(reason)
      },
      async pull(controller) {
        if (closed) return
        const buffer = new Uint8Array(chunkBytes)
        const { bytesRead } = await file.read(buffer, 0, chunkBytes)
        if (closed) return
        if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead))
        await close()
        controller.close()
      },
      cancel: close,
    },
    { highWaterMark: 1 },
  )
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
}

function noRoom(error: NodeJS.ErrnoException): never {
  if (error.code === "ENOSPC" || error.code === "EDQUOT") throw new SpoolFull("the disk is full", { cause: error })
  throw error
}
