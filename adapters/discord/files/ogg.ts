// Looks through a voice note (Opus in Ogg, RFC 7845 and RFC 3533): how long it is, and how loud about when.
import type { Upload } from "xferry"

/** Message Resource, Voice Messages. */
export interface Voice {
  seconds: number
  /** Base64, up to 256 bytes: loudness over time. */
  waveform: string
}

const rate = 48_000
const mostPoints = 256
/** Longer notes, and larger ones, go as audio files. */
const mostBytes = 32 * 1024 * 1024
const mostPackets = 200_000
const header = 27
/** Continued from the page before. */
const unknownPosition = 0xffff_ffff_ffff_ffffn

/** Undefined: it is something else, or damaged. Throws what opening and reading throws. */
export async function voiceOf(upload: Upload, signal: AbortSignal): Promise<Voice | undefined> {
  const sizes: number[] = []
  let [skip, last, pending, packets, total] = [0, 0n, 0, 0, 0]
  let isOpus = false
  let rest = Buffer.alloc(0)
  const reader = (await upload.open(signal)).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      total += value.length
      if (total > mostBytes) return undefined
      rest = Buffer.concat([rest, value])
      for (let page = pageIn(rest); page; page = pageIn(rest)) {
        if (page === "none") return undefined
        const { body, lacing, position } = page
        let at = 0
        for (const length of lacing) {
          pending += length
          at += length
          if (length === 255) continue
          if (packets === 0) {
            const head = body.subarray(Math.max(at - pending, 0), at)
            if (pending < 12 || head.toString("latin1", 0, 8) !== "OpusHead") return undefined
            isOpus = true
            skip = head.readUInt16LE(10)
          } else if (packets > 1) sizes.push(pending)
          pending = 0
          if (++packets > mostPackets) return undefined
        }
        if (position !== unknownPosition) last = position
        rest = rest.subarray(page.length)
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
  const seconds = (Number(last) - skip) / rate
  if (!isOpus || sizes.length === 0 || !(seconds > 0 && seconds < 86_400)) return undefined
  return { seconds: Math.round(seconds * 1000) / 1000, waveform: waveform(sizes, seconds) }
}

interface Page {
  length: number
  position: bigint
  lacing: readonly number[]
  body: Buffer
}

/** Undefined: it is not whole yet. */
function pageIn(bytes: Buffer): Page | "none" | undefined {
  if (bytes.length >= 4 && bytes.toString("latin1", 0, 4) !== "OggS") return "none"
  if (bytes.length < header) return undefined
  const segments = bytes[26] ?? 0
  const start = header + segments
  if (bytes.length < start) return undefined
  const lacing = [...bytes.subarray(header, start)]
  const length = start + lacing.reduce((sum, one) => sum + one, 0)
  if (bytes.length < length) return undefined
  return { length, position: bytes.readBigUInt64LE(6), lacing, body: bytes.subarray(start, length) }
}

/** What is louder takes more bytes, as Opus is usually coded: near enough for a picture, without decoding. */
function waveform(sizes: readonly number[], seconds: number): string {
  const points = Math.max(1, Math.min(mostPoints, sizes.length, Math.round(seconds * 10)))
  const means = Array.from({ length: points }, (_, i) => {
    const from = Math.floor((i * sizes.length) / points)
    const some = sizes.slice(from, Math.max(from + 1, Math.floor(((i + 1) * sizes.length) / points)))
    return some.reduce((sum, one) => sum + one, 0) / some.length
  })
  const [least, greatest] = [means.reduce((a, b) => Math.min(a, b)), means.reduce((a, b) => Math.max(a, b))]
  // All alike: coded at one and the same rate, of which nothing can be seen.
  const heights = means.map((mean) => (greatest === least ? 96 : Math.round(((mean - least) / (greatest - least)) * 255)))
  return Buffer.from(heights).toString("base64")
}
