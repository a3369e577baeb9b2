// Files as tests want them: a world of addresses with bytes behind them, a shelf for the network's files, and gates before both.
import { createHash } from "node:crypto"
import type { FileInfo } from "#src/adapter/contract.js"
import type { Attached, Linked } from "#src/core/content.js"
import { FileRefused, type Media, type Sharing, type Taken, type Taking } from "#src/core/files/media.js"

export interface WorldFile {
  bytes: Uint8Array
  mime: string
  info?: Partial<FileInfo>
}

export class FakeMedia implements Media {
  /** What is to be had, by address; an error is thrown when it is taken. */
  readonly world = new Map<string, WorldFile | Error>()
  /** Addresses asked for, and those whose files were given back, in order. */
  readonly asked: string[] = []
  readonly released: string[] = []
  /** Refs that were shared, in order. */
  readonly shared: string[] = []
  /** What `share` put somewhere, by its address. */
  readonly shelf = new Map<string, Uint8Array>()
  /** What is at every other address. */
  otherwise: (url: string) => WorldFile | undefined = () => undefined
  /** Awaited before a file is taken or shared: a gate. */
  beforeTake: (file: Linked, how: Taking) => Promise<void> | void = () => undefined
  beforeShare: (file: Attached, how: Sharing) => Promise<void> | void = () => undefined
  decrypts = false
  stopped = false

  /** A file that can be fetched from now on; returns its address. */
  put(name: string, text: string | Uint8Array, mime = "application/octet-stream", info: Partial<FileInfo> = {}): string {
    const url = `https://upload.example.test/${encodeURIComponent(name)}`
    this.world.set(url, { bytes: typeof text === "string" ? Buffer.from(text) : text, mime, info })
    return url
  }

  async take(file: Linked, how: Taking): Promise<Taken> {
    this.asked.push(file.url)
    await this.beforeTake(file, how)
    how.signal.throwIfAborted()
    const found = this.world.get(file.url) ?? this.otherwise(file.url)
    if (found === undefined) throw new FileRefused("unavailable", "There is no such file.")
    if (found instanceof Error) throw found
    const { bytes, mime, info } = found
    if (bytes.length > how.maxBytes)
      throw new FileRefused("too-large", `It has ${bytes.length} bytes, and at most ${how.maxBytes} can be sent.`)
    const name = decodeURIComponent(new URL(file.url).pathname.split("/").at(-1) ?? "")
    const { url: _, hashes: __, ...known } = file
    let open = true
    return {
      upload: {
        ...{ name, mime, ...info, ...known, bytes: bytes.length },
        open: (signal) => {
          signal.throwIfAborted()
          if (!open) return Promise.reject(new Error("the file was released"))
          return Promise.resolve(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream() as ReadableStream<Uint8Array>)
        },
      },
      release: () => {
        if (!open) throw new Error(`${file.url} was released twice`)
        open = false
        this.released.push(file.url)
      },
    }
  }

  async share(file: Attached, how: Sharing): Promise<Attached> {
    if (!file.source) return file
    this.shared.push(file.source.ref)
    await this.beforeShare(file, how)
    how.signal.throwIfAborted()
    const { stream } = await how.download({ ...file, ref: file.source.ref }, how.signal)
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const url = `https://upload.example.test/${this.shelf.size + 1}/${encodeURIComponent(file.name)}`
    this.shelf.set(url, bytes)
    return { ...file, bytes: bytes.length, url, sha256: createHash("sha256").update(bytes).digest("base64") }
  }

  stop(): Promise<void> {
    this.stopped = true
    return Promise.resolve()
  }
}
