// Files in a test: the real service on a real store, a network that gives bytes, and a server that takes them.
import { createHash, randomBytes } from "node:crypto"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { Attached } from "#src/core/content.js"
import { FileRefused, type Sharing } from "#src/core/files/media.js"
import type { Store } from "#src/core/store.js"
import { startHttp, Signer, type HttpServer } from "#src/http/index.js"
import { filesDefaults, openMedia, type MediaParts, type MediaService } from "#src/media/index.js"
import { openStore } from "#src/store/index.js"
import { within } from "./deadline.js"
import { tempDir } from "./paths.js"
import { startWeb, type Web } from "./web.js"

export const silent = { debug() {}, info() {}, warn() {}, error() {} }
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64")

export interface MediaStage {
  media: MediaService
  store: Store
  folder: string
  http: HttpServer
  /** Where the upload service takes and gives; by path. */
  uploads: Web & { taken: Map<string, Buffer> }
  /** The same store and folder, as after a restart. */
  again(more?: Partial<MediaParts>): Promise<void>
  close(): Promise<void>
}

export async function mediaStage(more: Partial<MediaParts> = {}, own = true): Promise<MediaStage> {
  const folder = tempDir("media")
  const store = await openStore({ path: join(folder, "gateway.db") })
  const http = await startHttp({ host: "127.0.0.1", port: 0, log: silent })
  const taken = new Map<string, Buffer>()
  const uploads = await startWeb((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      taken.set(request.url ?? "", Buffer.concat(chunks))
      response.writeHead(201).end()
    })
  })
  const signer = new Signer([randomBytes(32)])
  const open = async (extra: Partial<MediaParts>): Promise<MediaService> => {
    const serve = own && { serve: { publicUrl: `http://127.0.0.1:${http.port}`, signer } }
    const media = await openMedia({ ...filesDefaults(join(folder, "gateway.db")), store, log: silent, ...serve, ...more, ...extra })
    if (media.files) http.serve(media.files)
    return media
  }
  const stage: MediaStage = {
    media: await open({}),
    store,
    folder: join(folder, "gateway.db.files"),
    http,
    uploads: Object.assign(uploads, { taken }),
    async again(extra = {}) {
      await stage.media.stop()
      stage.media = await open(extra)
    },
    async close() {
      await stage.media.stop()
      await http.stop()
      await uploads.close()
      await store.close()
    },
  }
  return stage
}

/** A stream that hands out `bytes` in chunks, and no faster than it is read. */
export function streamOf(bytes: Uint8Array, chunk = 65_536): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.subarray(at, (at += chunk)))
      },
    },
    { highWaterMark: 0 },
  )
}

/** Resolves when nothing is left in the spool: what is done with is removed in the background. */
export async function emptied({ folder }: Pick<MediaStage, "folder">): Promise<void> {
  const left = async (): Promise<void> => {
    while (readdirSync(join(folder, "spool")).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await within(left(), 20_000, "the spool to be empty")
}

let slots = 0
/** A network that has these bytes, and room for them at the stage's upload service. */
export function sharing({ uploads }: MediaStage, bytes: Uint8Array, more: Partial<Sharing> = {}): Sharing {
  return {
    network: "sms",
    download: () => Promise.resolve({ stream: streamOf(bytes), bytes: bytes.length }),
    maxBytes: 100_000_000,
    slot: ({ name }) => {
      const url = `http://127.0.0.1:${uploads.port}/${++slots}/${encodeURIComponent(name)}`
      return Promise.resolve({ put: url, get: url, headers: { Authorization: "Bearer x" } })
    },
    signal: new AbortController().signal,
    ...more,
  }
}

export const attached = (more: Partial<Attached> = {}): Attached => ({
  name: "a.bin",
  mime: "application/octet-stream",
  source: { ref: "r" },
  ...more,
})

export function refused(why: FileRefused["why"]): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof FileRefused)) throw error
    if (error.why !== why) throw new Error(`refused as ${error.why} instead of ${why}: ${error.message}`)
    return true
  }
}

export async function read(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
