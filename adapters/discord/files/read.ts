// The files of a message: attachments, stickers, pictures in embeds and in what bots lay out.
import type { FileInfo, FileRef } from "xferry"
import { flag, id, type Json, list, number, object, text } from "../loose.js"
import { kindOf, mimeOf, nameIn } from "./kinds.js"
import { addressIn, type Held, heldRef, mediaUrl, stickerFile, type Where, whereOf } from "./refs.js"

/** Message Flags. */
const voiceMessage = 1 << 13
/** Attachment Flags. */
const isSpoiler = 1 << 3
const isAnimated = 1 << 5
/** Media in what a bot lays out: 40 components in one message, 10 items in a gallery. */
const most = 100
const deepest = 6
const mostSide = 1_000_000

export function isVoice(message: Json): boolean {
  return ((number(message["flags"]) ?? 0) & voiceMessage) !== 0
}

/** Undefined: it has no address, or nobody could ask for it again. `voice`: the message is a voice message. */
export function attachmentFile(raw: Json, where: Where | undefined, voice: boolean): Held | undefined {
  const key = id(raw["id"])
  const url = addressIn(raw["url"]) ?? addressIn(raw["proxy_url"])
  if (where === undefined || key === undefined || url === undefined) return undefined
  const given = (text(raw["filename"]) || nameIn(url) || "file").slice(-255)
  const filename = given.replace(/^(SPOILER_)+/, "") || given
  const mime = mimeOf(filename, text(raw["content_type"]))
  const flags = number(raw["flags"]) ?? 0
  const kind = voice ? "voice" : mime.startsWith("image/") && (flags & isAnimated) !== 0 ? "animation" : kindOf(mime)
  const file: FileRef = {
    ...infoOf(raw, titled(text(raw["title"]), filename), mime, kind),
    ...numbered("bytes", raw["size"], Number.MAX_SAFE_INTEGER),
    ...((given !== filename || (flags & isSpoiler) !== 0 || flag(raw["spoiler"])) && { spoiler: true }),
    ...heldRef(where, url, key),
  }
  return { file, url }
}

/** The name as it was before the server made it fit for an address: without its ending. */
function titled(title: string | undefined, filename: string): string {
  const ending = /\.\w{1,10}$/.exec(filename)?.[0] ?? ""
  if (!title?.trim()) return filename
  return title.toLowerCase().endsWith(ending.toLowerCase()) ? title : `${title}${ending}`
}

function infoOf(raw: Json, name: string, mime: string, kind: FileInfo["kind"] | undefined): FileInfo {
  const alt = text(raw["description"])?.trim()
  const seconds = number(raw["duration_secs"])
  return {
    name: name.replace(/\p{Cc}/gu, " "),
    mime,
    ...(kind !== undefined && { kind }),
    ...numbered("width", raw["width"], mostSide),
    ...numbered("height", raw["height"], mostSide),
    ...(seconds !== undefined && seconds > 0 && seconds < 1e8 && { seconds }),
    ...(alt && { alt }),
  }
}

function numbered<K extends "bytes" | "width" | "height">(key: K, value: unknown, limit: number): Partial<Record<K, number>> {
  const read = number(value)
  return (
    read !== undefined && Number.isInteger(read) && read >= (key === "bytes" ? 0 : 1) && read <= limit ? { [key]: read } : {}
  ) as Partial<Record<K, number>>
}

/** Full stickers are in messages of old, and of other servers. */
export function stickerFiles(message: Json): FileRef[] {
  return stickersOf(message).flatMap((sticker) => {
    const key = id(sticker["id"])
    return key === undefined ? [] : [stickerFile(key, text(sticker["name"]) ?? "", number(sticker["format_type"]))]
  })
}

export function stickersOf(message: Json): Json[] {
  const items = list(message["sticker_items"])
  return items.length > 0 ? items : list(message["stickers"])
}

/** A picture that somebody linked to, as Discord holds it. Undefined: Discord does not hold it. */
export function embeddedFile(media: unknown, where: Where | undefined): Held | undefined {
  const raw = object(media)
  if (where === undefined || (addressIn(raw["proxy_url"]) === undefined && id(raw["attachment_id"]) === undefined)) return undefined
  // What was uploaded is there as it was; of what was linked to only a copy is Discord's.
  const url = (id(raw["attachment_id"]) === undefined ? undefined : addressIn(raw["url"])) ?? mediaUrl(raw)
  if (url === undefined) return undefined
  const name = nameIn(text(raw["url"]) ?? url).slice(-100) || "picture"
  const told = mimeOf(name, text(raw["content_type"]))
  const mime = told === "application/octet-stream" ? "image/jpeg" : told
  const info = infoOf({ width: raw["width"], height: raw["height"] }, name, mime, kindOf(mime))
  return { file: { ...info, ...heldRef(where, url, id(raw["attachment_id"])) }, url }
}

/** Component Reference: a picture beside a text, a gallery's item, a file. `item`: what the media is in. */
export function componentFile(item: Json, where: Where | undefined): Held | undefined {
  const held = embeddedFile(item["media"] ?? item["file"], where)
  if (!held) return undefined
  const { mime, kind: _, ...file } = held.file
  const given = text(item["name"]) || file.name
  // A file is named by its type; nothing else is known of it.
  const kind = number(item["type"]) === 13 ? kindOf(mimeOf(given, text(object(item["file"])["content_type"]))) : kindOf(mime)
  const alt = text(item["description"])?.trim()
  const bytes = numbered("bytes", item["size"], Number.MAX_SAFE_INTEGER)
  const more = { ...(alt && { alt }), ...bytes, ...(flag(item["spoiler"]) && { spoiler: true }) }
  const known = number(item["type"]) === 13 ? mimeOf(given, text(object(item["file"])["content_type"])) : mime
  return { url: held.url, file: { ...file, name: given, mime: known, ...(kind !== undefined && { kind }), ...more } }
}

/** All that came with a message and has an address that expires, with what was forwarded. */
export function heldBy(message: Json, where = whereOf(message)): Held[] {
  if (!where) return []
  const inner = list(message["message_snapshots"]).map((each) => object(each["message"] ?? each))
  const embeds = list(message["embeds"]).flatMap((embed) => [embed["image"], embed["thumbnail"]])
  return [
    ...list(message["attachments"]).map((raw) => attachmentFile(raw, where, isVoice(message))),
    ...embeds.map((media) => embeddedFile(media, where)),
    ...items(message["components"]).map((item) => componentFile(item, where)),
    ...inner.slice(0, 10).flatMap((each) => heldBy({ ...each, message_snapshots: undefined }, where)),
  ].filter((held): held is Held => held !== undefined)
}

function items(components: unknown, depth = 0): Json[] {
  if (depth > deepest) return []
  return list(components)
    .flatMap((component) => [
      component,
      ...list(component["items"]),
      ...items(component["components"], depth + 1),
      ...items([component["accessory"], component["component"]], depth + 1),
    ])
    .slice(0, most)
}
