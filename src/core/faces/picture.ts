// A picture of somebody, small enough to be shown beside a name.
import type { FileRef } from "../../adapter/contract.js"

/** Told by what it begins with, never by what somebody calls it. */
export interface Picture {
  readonly mime: "image/png" | "image/jpeg" | "image/gif" | "image/webp"
  readonly bytes: Uint8Array
}

/** A picture as clients are told of it. `hash`: SHA-1 in hex (XEP-0153 §2.2, XEP-0084 §3.1), `bytes` their number. */
export interface AvatarInfo {
  hash: string
  mime: string
  bytes: number
  width?: number
  height?: number
}

/**
 * What is known of somebody's picture. `key`: which one the network told of last (`avatarKey`). `shown`: what clients are told; absent: that
 * there is none. `due`: what the network told last is not here yet (avatars.ts).
 */
export interface AvatarState {
  key: string
  shown?: AvatarInfo
  due?: true
}

/** With its bytes. */
export interface Avatar {
  info: AvatarInfo
  data: Uint8Array
}

/** Bytes of a picture that is shown: in base64 it still fits into one stanza everywhere. */
export const largestShown = 64 * 1024

/** The same for the same picture, as far as the network tells; «» for none. */
export function avatarKey(file: Pick<FileRef, "ref" | "stableId"> | null): string {
  return file === null ? "" : (file.stableId ?? file.ref)
}

/** Undefined: not a picture that is shown everywhere. */
export function imageType(bytes: Uint8Array): Picture["mime"] | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString("latin1")
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png"
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg"
  if (/^GIF8[79]a/.test(head)) return "image/gif"
  return /^RIFF....WEBP/s.test(head) ? "image/webp" : undefined
}
