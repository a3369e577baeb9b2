// Files that cannot be carried over, and what is played, as readable lines.
import type { FileInfo } from "xferry"
import { flag, type Json, number, object, text } from "../loose.js"

/** Message Activity Types. */
const activities: Readonly<Record<number, string>> = {
  1: "[Invitation to play",
  2: "[Invitation to watch",
  3: "[Invitation to listen",
  5: "[Asks to join the game",
}

/** Seconds as «1:05». */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const tail = String(whole % 60).padStart(2, "0")
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`
}

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB"]
  let [value, unit] = [count, 0]
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1]
  return `${unit === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`
}

/** Of one that has no address, or belongs to no message that could be named. */
export function attachmentLine(file: Json, isVoice: boolean): string {
  const name = text(file["title"]) || text(file["filename"]) || ""
  const kind = isVoice ? "Voice message" : wordOf(text(file["content_type"]) ?? "")
  const seconds = number(file["duration_secs"])
  const size = number(file["size"])
  const hidden = (text(file["filename"]) ?? "").startsWith("SPOILER_") || ((number(file["flags"]) ?? 0) & (1 << 3)) !== 0
  const facts = [
    kind,
    ...(!isVoice && name !== "" ? [name] : []),
    ...(seconds !== undefined ? [clock(seconds)] : []),
    ...(size !== undefined && size >= 0 && !isVoice ? [bytes(size)] : []),
    ...(hidden ? ["hidden as a spoiler"] : []),
  ]
  const words = text(file["description"])?.trim()
  const address = text(file["url"]) ?? text(file["proxy_url"])
  return [`[${facts.join(", ")}]`, ...(words ? [words] : []), ...(address ? [address] : [])].join(" ")
}

function wordOf(type: string): string {
  if (type.startsWith("image/gif")) return "Animation"
  if (type.startsWith("image/")) return "Picture"
  if (type.startsWith("video/")) return "Video"
  return type.startsWith("audio/") ? "Audio" : "File"
}

const words: Readonly<Record<NonNullable<FileInfo["kind"]>, string>> = {
  image: "Picture",
  video: "Video",
  audio: "Audio",
  voice: "Voice message",
  "video-note": "Video message",
  animation: "Animation",
  sticker: "Sticker",
}

/** For quotations of a message that has no text. */
export function fileLine({ kind, name, alt }: FileInfo): string {
  const word = kind === undefined ? "File" : words[kind]
  return `[${kind === "voice" ? word : `${word}, ${alt ?? name}`}]`
}

export function activityLine(message: Json): string | undefined {
  const kind = number(object(message["activity"])["type"])
  if (kind === undefined) return undefined
  const name = text(object(message["application"])["name"])
  return `${activities[kind] ?? "[Activity"}${name ? `: ${name}` : ""}]`
}

/** Reads whether a picture is hidden, in components. */
export function mediaLine(item: Json, kind: string): string | undefined {
  const media = object(item["media"] ?? item["file"])
  const address = text(media["url"]) ?? text(item["url"])
  const name = text(item["name"])
  const words = text(item["description"])?.trim()
  if (!address && !name && !words) return undefined
  const facts = [kind, ...(name ? [name] : []), ...(flag(item["spoiler"]) ? ["hidden as a spoiler"] : [])]
  return [`[${facts.join(", ")}]`, ...(words ? [words] : []), ...(address && !address.startsWith("attachment:") ? [address] : [])].join(" ")
}
