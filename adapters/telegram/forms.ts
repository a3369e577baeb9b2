// As what a file goes to Telegram: which method takes it, and what is tried next if Telegram refuses. Pure.
import type { FileInfo } from "xferry"

export type Form = "photo" | "video" | "animation" | "audio" | "voice" | "video_note" | "sticker" | "document"

/** Bot API, sendPhoto: 10 MB, sides 10,000 in total, ratio 20. */
const photoBytes = 10_000_000
const photoSides = 10_000
const photoRatio = 20
/** Stickers that are larger Telegram refuses (core.telegram.org/stickers): 512 kB static, 256 kB video, 64 kB animated. */
const stickerBytes = 512_000

const pictures = new Set(["image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/webp", "image/bmp"])
const voices = new Set([
  "audio/ogg",
  "audio/opus",
  "audio/vorbis",
  "application/ogg",
  "audio/mpeg",
  "audio/mp3",
  "audio/mp4",
  "audio/m4a",
  "audio/x-m4a",
])
const music = new Set(["audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac"])
const films = new Set(["video/mp4", "video/mpeg4", "video/x-m4v"])
const stickers = new Set(["image/webp", "video/webm", "application/x-tgsticker", "application/x-tgs"])

/** The first is what it is; the last, a document, Telegram takes whatever it is. */
export function formsOf(file: FileInfo): Form[] {
  const form = formOf(file)
  switch (form) {
    case "sticker":
      return bareMime(file) === "image/webp" ? ["sticker", "photo", "document"] : ["sticker", "document"]
    case "voice":
      return music.has(bareMime(file)) ? ["voice", "audio", "document"] : ["voice", "document"]
    case "video_note":
      return ["video_note", "video", "document"]
    case "document":
      return ["document"]
    default:
      return [form, "document"]
  }
}

function formOf(file: FileInfo): Form {
  const { kind, bytes = 0 } = file
  const mime = bareMime(file)
  if (kind === "sticker" && stickers.has(mime) && bytes <= stickerBytes) return "sticker"
  if (kind === "voice" && voices.has(mime)) return "voice"
  if (kind === "video-note" && films.has(mime)) return "video_note"
  if (mime === "image/gif" || (kind === "animation" && films.has(mime))) return "animation"
  if (pictures.has(mime)) return fitsPhoto(file) ? "photo" : "document"
  if (films.has(mime)) return "video"
  // Opus in Ogg is played in place as a voice message, and as a document not at all.
  if (mime === "audio/ogg" || mime === "audio/opus") return "voice"
  return music.has(mime) ? "audio" : "document"
}

function fitsPhoto({ bytes = 0, width, height }: FileInfo): boolean {
  if (bytes > photoBytes) return false
  if (!width || !height) return true
  return width + height <= photoSides && Math.max(width, height) / Math.min(width, height) <= photoRatio
}

/** Without parameters («audio/ogg; codecs=opus»). */
export function bareMime({ mime }: Pick<FileInfo, "mime">): string {
  return (mime.split(";")[0] ?? "").trim().toLowerCase()
}

/** As what several go in one album: documents and sounds only with their like (Bot API, sendMediaGroup). */
export function albumForms(files: readonly FileInfo[]): ("photo" | "video" | "audio" | "document")[] {
  const forms = files.map((file) => formsOf(file)[0] ?? "document")
  if (forms.every((form) => form === "photo" || form === "video")) return forms
  if (forms.every((form) => form === "audio")) return forms
  return files.map(() => "document")
}

/** What has no caption gets its text beside it. */
export function hasCaption(form: Form): boolean {
  return form !== "sticker" && form !== "video_note"
}

/**
 * What Telegram says where another form may do: it is no picture for it, no sticker, or this person takes no voice
 * messages (core.telegram.org/api/errors; tdlib/telegram-bot-api, Client.cpp). Rights of the chat are no such reason.
 */
export const misfit =
  /PHOTO_(?!S?_?FORBIDDEN)\w+|IMAGE_PROCESS_FAILED|photo (?:is )?too (?:big|large)|VOICE_MESSAGES_FORBIDDEN|VIDEO_(?:CONTENT_TYPE_INVALID|FILE_INVALID)|voice messages|video messages|STICKER_\w+|MEDIA_(?:INVALID|TYPE_INVALID)|wrong (?:type of (?:the )?(?:file|web page)|sticker|remote file)|type of file mismatch|file must be|wrong file|unsupported|EXTERNAL_URL_INVALID|(?:video|photo|animation|audio) (?:has|must|should)/i
