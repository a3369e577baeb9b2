// The process that makes pictures of pictures (converter.ts): loads its libraries when they are first needed, and lives as long as it is wanted.
import { createHash } from "node:crypto"
import { readFile, stat, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import type { DotLottie } from "@lottiefiles/dotlottie-web"
import type { Job, Made, Thumbnail } from "./converter.js"

/** Pixels of a picture that is opened. */
const mostPixels = 50_000_000
/** XEP-0264 recommends 128 × 128 at most. Bytes of the picture, before base64. */
const thumbnailEdge = 128
const thumbnailBytes = 6000
/** What ThumbHash takes at most. */
const hashEdge = 100

/** Longest side of a drawing, frames of it and frames a second: all of them are in memory at once. */
const stickerEdge = 256
const stickerFrames = 180
const stickerRate = 30
const stickerSeconds = 10
const drawingBytes = 8_000_000

class Missing extends Error {}

async function loadSharp() {
  try {
    const { default: sharp } = await import("sharp")
    sharp.cache(false)
    sharp.concurrency(1)
    return sharp
  } catch (error) {
    throw new Missing(String(error))
  }
}

async function loadLottie() {
  try {
    const { DotLottie } = await import("@lottiefiles/dotlottie-web")
    // Else it would be fetched from the net.
    const wasm = await readFile(createRequire(import.meta.url).resolve("@lottiefiles/dotlottie-web/dotlottie-player.wasm"))
    DotLottie.setWasmUrl(`data:application/wasm;base64,${wasm.toString("base64")}`)
    return DotLottie
  } catch (error) {
    throw new Missing(String(error))
  }
}

async function loadHash() {
  try {
    return await import("thumbhash")
  } catch (error) {
    throw new Missing(String(error))
  }
}

let hashOnce: ReturnType<typeof loadHash> | undefined
let sharpOnce: ReturnType<typeof loadSharp> | undefined
let lottieOnce: ReturnType<typeof loadLottie> | undefined

async function thumbnail(from: string): Promise<Thumbnail> {
  const sharp = await (sharpOnce ??= loadSharp())
  const { hasAlpha } = await sharp(from, { limitInputPixels: mostPixels }).metadata()
  for (const [edge, quality] of [
    [thumbnailEdge, 60],
    [thumbnailEdge, 30],
    [thumbnailEdge / 2, 30],
  ] as const) {
    const small = sharp(from, { limitInputPixels: mostPixels, failOn: "none" })
      .rotate()
      .resize(edge, edge, { fit: "inside", withoutEnlargement: true })
    const { data, info } = await (hasAlpha ? small.webp({ quality }) : small.jpeg({ quality })).toBuffer({ resolveWithObject: true })
    const mime = hasAlpha ? "image/webp" : "image/jpeg"
    if (data.length <= thumbnailBytes)
      return { uri: `data:${mime};base64,${data.toString("base64")}`, mime, width: info.width, height: info.height }
  }
  throw new Error("there is no thumbnail as small as that")
}

async function hash(from: string): Promise<Thumbnail> {
  const sharp = await (sharpOnce ??= loadSharp())
  const { rgbaToThumbHash } = await (hashOnce ??= loadHash())
  const { data, info } = await sharp(from, { limitInputPixels: mostPixels, failOn: "none" })
    .rotate()
    .resize(hashEdge, hashEdge, { fit: "inside", withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const made = Buffer.from(rgbaToThumbHash(info.width, info.height, data))
  const mime = "image/thumbhash"
  return { uri: `data:${mime};base64,${made.toString("base64")}`, mime, width: info.width, height: info.height }
}

interface Drawing {
  w?: unknown
  h?: unknown
}

async function sticker(from: string, to: string): Promise<Made> {
  const { size } = await stat(from)
  if (size > drawingBytes) throw new Error("the drawing is too large")
  const bytes = await readFile(from)
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b
  const data = (packed ? await promisify(gunzip)(bytes, { maxOutputLength: drawingBytes }) : bytes).toString("utf8")
  const drawing = JSON.parse(data) as Drawing
  const [w, h] = [side(drawing.w), side(drawing.h)]
  const scale = Math.min(1, stickerEdge / Math.max(w, h))
  const [width, height] = [Math.max(1, Math.round(w * scale)), Math.max(1, Math.round(h * scale))]
  const sharp = await (sharpOnce ??= loadSharp())
  const { pages, delay } = await frames(data, width, height)
  const raw = { width, height: height * pages.length, channels: 4 as const, pageHeight: height }
  const made = await sharp(Buffer.concat(pages), { raw })
    .webp({ loop: 0, delay: pages.map(() => delay), quality: 75, effort: 2 })
    .toBuffer()
  await writeFile(to, made, { flag: "wx", mode: 0o600 })
  return { mime: "image/webp", bytes: made.length, width, height, sha256: createHash("sha256").update(made).digest("base64") }
}

async function frames(data: string, width: number, height: number): Promise<{ pages: Buffer[]; delay: number }> {
  const Lottie = await (lottieOnce ??= loadLottie())
  const canvas = { width, height }
  const player = new Lottie({ canvas, data, autoplay: false, useFrameInterpolation: false })
  try {
    await loaded(player)
    const seconds = Math.min(player.duration, stickerSeconds)
    const all = Math.min(player.totalFrames, Math.ceil((seconds * player.totalFrames) / Math.max(player.duration, 0.001)))
    const count = Math.max(1, Math.min(stickerFrames, all, Math.round(seconds * stickerRate)))
    const pages: Buffer[] = []
    for (let index = 0; index < count; index++) {
      player.setFrame(Math.min((index * all) / count, player.totalFrames - 1))
      pages.push(Buffer.from(player.buffer ?? new Uint8Array()))
      // Whoever started us may have gone.
      await new Promise(setImmediate)
    }
    if (pages.some(({ length }) => length !== width * height * 4)) throw new Error("the drawing was not drawn")
    return { pages, delay: Math.max(1, Math.round((seconds * 1000) / count)) }
  } finally {
    player.destroy()
  }
}

function loaded(player: DotLottie): Promise<void> {
  return new Promise((resolve, reject) => {
    if (player.isLoaded) return resolve()
    player.addEventListener("load", () => resolve())
    player.addEventListener("loadError", ({ error }) => reject(error))
  })
}

function side(value: unknown): number {
  if (typeof value !== "number" || !(value >= 1 && value <= 4096)) throw new Error("the drawing has no size")
  return value
}

process.on("message", (job: Job) => {
  void (job.do === "sticker" ? sticker(job.from, job.to) : job.do === "hash" ? hash(job.from) : thumbnail(job.from)).then(
    (made) => process.send?.({ made }),
    (error: unknown) => process.send?.({ error: String(error), missing: error instanceof Missing }),
  )
})
process.on("disconnect", () => process.exit())
