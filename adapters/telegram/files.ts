// The files of a Telegram message, as what they are: photos, videos, voice notes, stickers …
import type { Audio, Message, PaidMedia, PhotoSize, Sticker, Video } from "node-telegram-bot-api"
import type { FileInfo, FileRef } from "xferry"
import { count, known as given, list, trying, word } from "./loose.js"

/** What all of Telegram's files have. `file_id` is valid for this bot alone, and contains nothing secret; `file_unique_id` is the same for everybody. */
interface Held {
  file_id: string
  file_unique_id: string
  file_size?: number
  file_name?: string
  mime_type?: string
  width?: number
  height?: number
  duration?: number
}
type Rows = { readonly [K in keyof Message]?: (value: NonNullable<Message[K]>, message: Message) => FileRef[] }

/** The first field that is present counts: some contents fill an older field too (an animation also `document`). */
const rows: Rows = {
  animation: (it, message) => [held(it, message, "animation", "video/mp4")],
  live_photo: (it, message) => [...photo(message.photo ?? it.photo, message), held(it, message, "video", "video/mp4")],
  photo: (sizes, message) => photo(sizes, message),
  video: (it, message) => [held(it, message, "video", "video/mp4")],
  // Bot API, VideoNote: `length` is the diameter.
  video_note: (it, message) => [held({ ...it, width: it.length, height: it.length }, message, "video-note", "video/mp4")],
  voice: (it, message) => [held(it, message, "voice", "audio/ogg")],
  audio: (it, message) => [{ ...held(it, message, "audio", "audio/mpeg"), ...titled(it) }],
  document: (it, message) => [held(it, message, undefined, "application/octet-stream")],
  sticker: (it, message) => [stickerOf(it, message)],
  paid_media: (it, message) => list(it.paid_media).flatMap((each) => paid(each, message)),
  rich_message: (it, { message_id, date, chat }) => inBlocks(it.blocks, { message_id, date, chat }),
  game: (it, message) => (it.animation ? [held(it.animation, message, "animation", "video/mp4")] : photo(it.photo, message)),
}

/** In the order in which Telegram shows them; none: the message has no file, or none that can be understood. */
export function filesOf(message: Message): FileRef[] {
  const field = (Object.keys(rows) as (keyof Message)[]).find((key) => message[key] !== undefined)
  return field === undefined ? [] : trying(() => filesIn(field, message).filter(({ ref }) => typeof ref === "string" && ref !== ""), [])
}

function filesIn<K extends keyof Message>(field: K, message: Message): FileRef[] {
  const row: Rows[K] = rows[field]
  const value = message[field]
  return value === undefined ? [] : (row?.(value, message) ?? [])
}

/** The largest one; Telegram lists the sizes of a photo in ascending order, but does not promise it. */
export function largest(sizes: readonly PhotoSize[] | undefined): PhotoSize | undefined {
  return list(sizes).reduce<PhotoSize | undefined>((best, size) => (best && area(best) >= area(size) ? best : size), undefined)
}

function area({ width, height }: PhotoSize): number {
  return (count(width) ?? 0) * (count(height) ?? 0)
}

function photo(sizes: readonly PhotoSize[] | undefined, message: Message): FileRef[] {
  const size = largest(sizes)
  return size ? [held(size, message, "image", "image/jpeg")] : []
}

/** A sticker as such, or as the picture of a custom emoji. */
export function stickerOf(it: Sticker, message?: Message): FileRef {
  const mime = it.is_animated === true ? "application/x-tgsticker" : it.is_video === true ? "video/webm" : "image/webp"
  const emoji = word(it.emoji)
  return { ...held(it, message, "sticker", mime), ...(emoji !== undefined && { alt: emoji }) }
}

function paid(media: PaidMedia, message: Message): FileRef[] {
  const { photo: sizes, video, live_photo: live } = media as { photo?: PhotoSize[]; video?: Video; live_photo?: Held }
  return [
    ...photo(sizes, message),
    ...(video ? [held(video, message, "video", "video/mp4")] : []),
    ...(live ? [held(live, message, "video", "video/mp4")] : []),
  ]
}

/** Blocks of a rich message are pictures, sounds or hold other blocks. */
function inBlocks(blocks: unknown, base: Message, depth = 8): FileRef[] {
  if (!Array.isArray(blocks) || depth === 0) return []
  return (blocks as Record<string, unknown>[]).flatMap((block) => {
    const { photo, video, animation, audio, voice_note: voice, blocks: inner, items } = block as Partial<Message> & Record<string, unknown>
    const own = { ...base, ...given({ photo, video, animation, audio, voice: voice as Message["voice"] }) }
    const below = list(items as { blocks: unknown }[] | undefined).flatMap((item) => inBlocks(item.blocks, base, depth - 1))
    return [...filesOf(own), ...inBlocks(inner, base, depth - 1), ...below]
  })
}

function titled({ performer, title }: Audio): Pick<FileInfo, "alt"> {
  const text = [word(performer), word(title)].filter(Boolean).join(" – ")
  return text === "" ? {} : { alt: text }
}

const extensions: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
  "video/mp4": "mp4",
  "video/webm": "webm",
  "audio/ogg": "ogg",
  "audio/mpeg": "mp3",
  "audio/mp4": "m4a",
  "application/x-tgsticker": "tgs",
}

function held(it: Held, message: Message | undefined, kind: FileInfo["kind"], otherwise: string): FileRef {
  const mime = word(it.mime_type)?.toLowerCase() ?? otherwise
  const [bytes, width, height, seconds] = [it.file_size, it.width, it.height, it.duration].map(count)
  const stableId = word(it.file_unique_id)
  return {
    name: word(it.file_name) ?? nameFor(kind ?? "file", mime, message),
    mime,
    ref: it.file_id,
    ...(kind !== undefined && { kind }),
    ...(stableId !== undefined && { stableId }),
    ...(bytes !== undefined && { bytes }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(seconds !== undefined && { seconds }),
    ...(message?.has_media_spoiler === true && { spoiler: true }),
  }
}

/** What has no name gets its kind and, in UTC, its date for one; stickers are the same whenever they come. */
function nameFor(kind: string, mime: string, message: Message | undefined): string {
  const at = kind === "sticker" || !message ? "" : `-${new Date(message.date * 1000).toISOString().slice(0, 19).replaceAll(/[T:]/g, "-")}`
  const extension = extensions[mime]
  return `${kind === "image" ? "photo" : kind}${at}${extension === undefined ? "" : `.${extension}`}`
}
