// Pictures of people, and of chats that speak: asked for when somebody is first met, and then rarely; nothing waits for it.
import type { ChatFullInfo, PhotoSize } from "node-telegram-bot-api"
import type { FileRef, Host, NetworkEvent } from "xferry"
import type { Calls } from "./calls.js"
import { count, list } from "./loose.js"
import { Lru } from "./lru.js"
import { isPerson } from "./places.js"
import { redact } from "./redact.js"

/** As many are remembered; who is forgotten is merely asked for again. */
const remembered = 2000
const waiting = 100
const againMs = 24 * 60 * 60 * 1000
/** Pixels: what is shown beside a name, and still fits into a stanza. */
const side = 160

export class Faces {
  /** When it was asked for, epoch ms, and what was told. */
  readonly #asked = new Lru<string, { at: number; told?: string | null }>(remembered)
  readonly #queue: string[] = []
  #busy = false

  constructor(
    private readonly calls: Calls,
    private readonly host: Host,
  ) {}

  /** Somebody spoke. */
  met(events: readonly NetworkEvent[]): void {
    for (const event of events) {
      if (event.type !== "message" && event.type !== "edit") continue
      const { id } = event.from
      const asked = this.#asked.get(id)
      if ((asked && Date.now() - asked.at < againMs) || this.#queue.length >= waiting || id === String(this.calls.me.id)) continue
      this.#asked.set(id, { ...asked, at: Date.now() })
      this.#queue.push(id)
    }
    if (!this.#busy) void this.#work()
  }

  /** Undefined: it cannot be found out. Never rejects. */
  async of(id: string, signal: AbortSignal): Promise<FileRef | null | undefined> {
    const { api } = this.calls
    try {
      if (isPerson(id)) {
        const { photos } = await api.getUserProfilePhotos({ user_id: Number(id), limit: 1 }, signal)
        if (!Array.isArray(photos)) return undefined
        return profilePicture(photos[0] ?? [])
      }
      // Of who signs the id has a mark behind the chat's.
      return chatPicture(await api.getChat({ chat_id: Number(id.split(".")[0]) }, signal))
    } catch (error) {
      this.host.log.debug({ reason: redact(String(error)) }, "a picture could not be asked for")
      return undefined
    }
  }

  /** One after the other: it is nobody's first concern. */
  async #work(): Promise<void> {
    this.#busy = true
    for (let id = this.#queue.shift(); id !== undefined && !this.host.signal.aborted; id = this.#queue.shift()) {
      const avatar = await this.of(id, this.host.signal)
      const key = avatar && (avatar.stableId ?? avatar.ref)
      if (avatar === undefined || this.host.signal.aborted || this.#asked.get(id)?.told === key) continue
      this.#asked.set(id, { at: Date.now(), ...(key !== undefined && { told: key }) })
      await this.host
        .emit({ type: "contact", contact: { id, avatar } })
        .catch((error: unknown) => this.host.log.debug({ reason: redact(String(error)) }, "a picture was not told"))
    }
    this.#busy = false
  }
}

/** Of the sizes of a photo the smallest that is large enough. */
function profilePicture(sizes: readonly PhotoSize[]): FileRef | null {
  const enough = (size: PhotoSize): boolean => (count(size.width) ?? 0) >= side
  const sorted = [...list(sizes)].sort((a, b) => (count(a.width) ?? 0) - (count(b.width) ?? 0))
  const best = sorted.find(enough) ?? sorted.at(-1)
  return best ? picture(best.file_id, best.file_unique_id) : null
}

/** The small one has 160 × 160 pixels (Bot API, ChatPhoto). */
export function chatPicture({ photo }: Pick<ChatFullInfo, "photo">): FileRef | null {
  return photo ? picture(photo.small_file_id, photo.small_file_unique_id) : null
}

function picture(ref: string, stableId: string): FileRef {
  return { name: "photo.jpg", mime: "image/jpeg", kind: "image", ref, stableId }
}
