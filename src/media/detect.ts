// What a file is, by its content: names and announced types are what somebody says.
import { fileTypeFromFile } from "file-type"
import { imageSizeFromFile } from "image-size/fromFile"
import type { FileInfo } from "../adapter/contract.js"

export interface Detected {
  /** Undefined: the content does not tell. */
  mime: string | undefined
  /** Without a dot. */
  extension: string | undefined
  width?: number
  height?: number
}

/** Never rejects: what cannot be read is unknown. */
export async function detect(path: string): Promise<Detected> {
  const type = await fileTypeFromFile(path).catch(() => undefined)
  const mime = type?.mime.split(";", 1)[0]
  return { mime, extension: type?.ext, ...(mime?.startsWith("image/") && (await measured(path))) }
}

/** As it is shown: some cameras store it turned. */
async function measured(path: string): Promise<{ width: number; height: number } | undefined> {
  const size = await imageSizeFromFile(path).catch(() => undefined)
  if (!size || !(size.width > 0) || !(size.height > 0)) return undefined
  const { width, height, orientation = 1 } = size
  return orientation >= 5 ? { width: height, height: width } : { width, height }
}

/** Formats in which other formats are packed: what was told is more. */
const wrappers = new Set(["application/zip", "application/gzip", "application/x-cfb", "application/xml", "text/xml"])

/** `told`: by whoever showed it; `served`: by the server it comes from. */
export function mimeOf({ mime }: Detected, told: string | undefined, served: string | undefined): string {
  const says = [told, served].find((one) => one !== undefined && isMime(one) && one !== "application/octet-stream")
  if (mime === undefined) return says === undefined ? "application/octet-stream" : says.toLowerCase()
  if (says === undefined) return mime
  if (wrappers.has(mime) && !says.startsWith("image/")) return says.toLowerCase()
  // One and the same container holds sound or pictures.
  const containers = /^(video|audio)\/(mp4|ogg|webm|x-matroska|3gpp|x-m4a|quicktime)$/
  if (containers.test(mime) && /^(audio|video)\//.test(says)) return says.toLowerCase()
  if (says === "image/svg+xml" && wrappers.has(mime)) return says
  return mime
}

export function isMime(text: string): boolean {
  return /^[a-z]{1,20}\/[\w.+-]{1,100}$/i.test(text)
}

type Kind = NonNullable<FileInfo["kind"]>

const fits: Record<Kind, RegExp> = {
  image: /^image\//,
  video: /^video\//,
  audio: /^audio\//,
  voice: /^audio\//,
  "video-note": /^video\//,
  animation: /^(image|video)\//,
  sticker: /^(image|video)\//,
}

/** What was told, if it can be that; else what the type says. */
export function kindOf(mime: string, told: Kind | undefined): Kind | undefined {
  if (told !== undefined && fits[told].test(mime)) return told
  if (mime === "image/gif") return "animation"
  if (mime === "image/svg+xml") return undefined
  return (["image", "video", "audio"] as const).find((kind) => mime.startsWith(`${kind}/`))
}
