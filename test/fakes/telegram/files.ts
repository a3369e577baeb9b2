// The files that the fake holds: given by tests, or uploaded by a bot; and the pictures of people and custom emoji.
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { PhotoSize, Sticker } from "node-telegram-bot-api"
import { Refused } from "./bot.js"

export interface Given {
  name?: string
  mime?: string
  /** What is in it; or only how much, of some pattern. */
  bytes?: Uint8Array
  size?: number
}

export interface Held {
  file_id: string
  file_unique_id: string
  file_size: number
}

interface Kept extends Held {
  path: string
  bytes?: Uint8Array
}

/** tdlib/telegram-bot-api, Client.h. */
const maxDownload = 20 << 20
const block = 64 * 1024

export class FileStore {
  readonly #kept: Kept[] = []
  /** Of people, by their number. */
  readonly faces = new Map<number, PhotoSize[]>()
  readonly customEmoji = new Map<string, Sticker>()
  /** No content is handed out before. */
  open: Promise<unknown> = Promise.resolve()
  /** How often content was asked for. */
  asked = 0
  /** With `--local`: the server's folder, in which each bot has one of its own. */
  local: string | undefined

  add({ name = "file", bytes, size = bytes?.length ?? 0 }: Given): Held {
    const number = this.#kept.length + 1
    const extension = /\.\w{1,5}$/.exec(name)?.[0] ?? ""
    const held = { file_id: `AgADfile-${number}`, file_unique_id: `AQADu-${number}`, file_size: size }
    this.#kept.push({ ...held, path: `documents/file_${number}${extension}`, ...(bytes && { bytes }) })
    return held
  }

  /** As getFile answers. */
  async file(id: unknown, token: string): Promise<Held & { file_path: string }> {
    const kept = this.#kept.find(({ file_id }) => file_id === id)
    if (!kept) throw new Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    const { path, bytes: _, ...held } = kept
    if (this.local === undefined) {
      if (kept.file_size > maxDownload) throw new Refused(400, "Bad Request: file is too big")
      return { ...held, file_path: path }
    }
    await mkdir(join(this.local, token, "documents"), { recursive: true })
    const file_path = join(this.local, token, path)
    await writeFile(file_path, Buffer.concat([...contentOf(kept)]))
    return { ...held, file_path }
  }

  /** What is served under this path; with `--local` nothing is. */
  at(path: string): { size: number; chunks: Iterable<Uint8Array> } | undefined {
    const kept = this.local === undefined ? this.#kept.find((one) => one.path === path) : undefined
    return kept && { size: kept.file_size, chunks: contentOf(kept) }
  }

  /** What a test gave, or a bot uploaded. */
  bytesOf(id: string): Uint8Array | undefined {
    const kept = this.#kept.find(({ file_id }) => file_id === id)
    return kept && Buffer.concat([...contentOf(kept)])
  }

  /** Three sizes, as Telegram makes them of every profile photo. */
  face(person: { id: number }, bytes: Uint8Array | null): void {
    if (bytes === null) this.faces.delete(person.id)
    else this.faces.set(person.id, sizesOf(this, bytes, [160, 320, 640]))
  }
}

export function sizesOf(files: FileStore, bytes: Uint8Array | undefined, sides: readonly number[], given: Given = {}): PhotoSize[] {
  return sides.map((width) => ({ ...files.add({ ...given, ...(bytes && { bytes }), name: "photo.jpg" }), width, height: width }))
}

function* contentOf({ bytes, file_size: size }: Kept): Generator<Uint8Array> {
  if (bytes) return void (yield bytes)
  const pattern = Buffer.alloc(block, "xferry ")
  for (let left = size; left > 0; left -= block) yield pattern.subarray(0, Math.min(block, left))
}
