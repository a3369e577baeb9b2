// What a file is: by its media type, or else by its name.
import type { FileInfo } from "xferry"

const byEnding: Readonly<Record<string, string>> = {
  png: "image/png",
  apng: "image/apng",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  mp4: "video/mp4",
  m4v: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mkv: "video/x-matroska",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  flac: "audio/flac",
  wav: "audio/wav",
  txt: "text/plain",
  pdf: "application/pdf",
  zip: "application/zip",
  json: "application/json",
}

/** `told`: what a server says of it, if anything. */
export function mimeOf(name: string, told: string | undefined): string {
  const plain = told?.split(";", 1)[0]?.trim().toLowerCase()
  if (plain !== undefined && /^[\w.+-]+\/[\w.+-]+$/.test(plain)) return plain
  return byEnding[/\.(\w{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? ""] ?? "application/octet-stream"
}

/** Undefined: a document. */
export function kindOf(mime: string): FileInfo["kind"] | undefined {
  if (mime === "image/gif" || mime === "image/apng") return "animation"
  // Drawings with scripts in them are documents.
  if (mime.startsWith("image/")) return mime === "image/svg+xml" ? undefined : "image"
  if (mime.startsWith("video/")) return "video"
  return mime.startsWith("audio/") ? "audio" : undefined
}

/** Of a path or an address, without a query. */
export function nameIn(address: string): string {
  const last = /([^/?#]*)(?:[?#].*)?$/.exec(address)?.[1] ?? ""
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}
