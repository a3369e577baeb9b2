// How files of Discord's are named for later: pictures by their path on the CDN, what came with a message by the message.
import { createHash } from "node:crypto"
import type { FileRef } from "xferry"
import { id, type Json, object } from "../loose.js"
import { isSnowflake, type Snowflake } from "../places.js"

/** The message that a file came with. */
export interface Where {
  channel: Snowflake
  message: Snowflake
}

/** Where it is now. Addresses of attachments are signed and expire after a day (Reference, Signed Attachment CDN URLs). */
export interface Held {
  file: FileRef
  url: string
}

/** Undefined: it says not which message it is, so that nobody could ask for it again. */
export function whereOf(message: Json): Where | undefined {
  const [channel, key] = [id(message["channel_id"]), id(message["id"])]
  return channel === undefined || key === undefined ? undefined : { channel, message: key }
}

/** Of an attachment: enough to have its address signed anew where the message may not be read. */
const attachment = /^\/*(attachments\/\d{1,20}\/\d{1,20}\/[^/?#]{1,255})$/

/** `key`: the attachment's id; undefined: it has none, and is known by its address. */
export function heldRef({ channel, message }: Where, url: string, key?: Snowflake): Pick<FileRef, "ref" | "stableId"> {
  const path = URL.canParse(url, "http://cdn") ? new URL(url, "http://cdn").pathname : url
  const stableId = key ?? createHash("sha256").update(path).digest("hex").slice(0, 24)
  const tail = attachment.exec(path)?.[1]
  return { ref: ["message", channel, message, stableId, ...(tail === undefined ? [] : [tail])].join("/"), stableId }
}

export interface Pointed extends Where {
  stableId: string
  /** On the CDN. */
  path: string | undefined
}

/** Undefined: it came with no message. */
export function pointedBy(ref: string): Pointed | undefined {
  const [, channel, message, stableId = "", path] = /^message\/(\d+)\/(\d+)\/(\w+)(?:\/(attachments\/.+))?$/.exec(ref) ?? []
  return isSnowflake(channel) && isSnowflake(message) ? { channel, message, stableId, path } : undefined
}

/** Reference, CDN Endpoints: what is public, without a signature. */
const onCdn = /^(avatars|icons|emojis|stickers|guilds|app-icons|channel-icons)(\/[\w@-]+){1,4}\.(png|gif|json|webp|jpg)$/

export function isOnCdn(ref: string): boolean {
  return onCdn.test(ref)
}

/** A hash is part of an address. */
export function isHash(value: unknown): value is string {
  return typeof value === "string" && /^\w{1,128}$/.test(value)
}

/** `ref`: valid as long as the picture is worn. As a still picture: animated ones are many times larger, and faces are small. */
export function pictureOf(kind: "avatars" | "icons", owner: Snowflake, hash: string): FileRef {
  return { name: "picture.png", mime: "image/png", kind: "image", ref: `${kind}/${owner}/${hash}.png`, stableId: hash }
}

export function emojiFile(key: Snowflake, name: string, animated: boolean): FileRef {
  const [ending, mime] = animated ? ["gif", "image/gif"] : ["png", "image/png"]
  return { name: `${name}.${ending}`, mime, kind: "sticker", alt: `:${name}:`, ref: `emojis/${key}.${ending}`, stableId: `emoji-${key}` }
}

/** Sticker Resource, Sticker Format Types; what is unknown is taken for a picture. */
const stickers: Readonly<Record<number, readonly [ending: string, mime: string]>> = {
  1: ["png", "image/png"],
  2: ["png", "image/apng"],
  3: ["json", "application/json"],
  4: ["gif", "image/gif"],
}

export function stickerFile(key: Snowflake, name: string, format: number | undefined): FileRef {
  const [ending, mime] = stickers[format ?? 1] ?? ["png", "image/png"]
  const called = name || "Sticker"
  return { name: `${called}.${ending}`, mime, kind: "sticker", alt: called, ref: `stickers/${key}.${ending}`, stableId: `sticker-${key}` }
}

/** Unfurled Media Item, Embed Image: what Discord holds of it, rather than whoever was linked to. */
export function mediaUrl(media: unknown): string | undefined {
  const { proxy_url: proxied, url } = object(media)
  return addressIn(proxied) ?? addressIn(url)
}

/** Undefined: none that could be fetched. */
export function addressIn(value: unknown): string | undefined {
  return typeof value === "string" && /^(https?:\/)?\/[^\s]+$/.test(value) && URL.canParse(value, "http://cdn") ? value : undefined
}
