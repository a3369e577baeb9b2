// Files as they are recognised: the beginning that tells the kind, and then enough of a pattern that two are never alike.
import { gzipSync } from "node:zlib"
import { oggOpus } from "./ogg.js"
import { noise, png } from "./pictures.js"

let made = 0

/** Another one at each call. */
function filled(head: Buffer, size: number): Buffer {
  const bytes = Buffer.alloc(Math.max(size, head.length), `sample ${++made} `)
  head.copy(bytes)
  return bytes
}

function mp4(size: number): Buffer {
  const box = (type: string, body: Buffer): Buffer => {
    const out = Buffer.alloc(8 + body.length)
    out.writeUInt32BE(out.length)
    out.write(type, 4)
    body.copy(out, 8)
    return out
  }
  return filled(Buffer.concat([box("ftyp", Buffer.from("isom\x00\x00\x02\x00isomiso2mp41", "latin1")), box("free", Buffer.alloc(0))]), size)
}

const colour = (): [number, number, number] => [++made % 256, (made * 7) % 256, (made * 13) % 256]

export const sample = {
  /** A real picture. */
  png: (side = 64): Buffer => png(colour(), side),
  /** A real picture of some size. */
  photo: (): Buffer => noise(128),
  /** One pixel of one colour. */
  gif(): Buffer {
    const [r, g, b] = colour()
    return Buffer.from([
      ...Buffer.from("GIF89a"),
      1,
      0,
      1,
      0,
      0x80,
      0,
      0,
      r,
      g,
      b,
      0,
      0,
      0,
      0x2c,
      0,
      0,
      0,
      0,
      1,
      0,
      1,
      0,
      0,
      2,
      2,
      0x44,
      1,
      0,
      0x3b,
    ])
  },
  mp4: (size = 30_000): Buffer => mp4(size),
  /** A beginning that says so, and nothing that could be shown. */
  webm: (): Buffer => filled(Buffer.from("1a45dfa39f4286810142f7810142f2810442f381084282847765626d", "hex"), 9_000),
  webp(): Buffer {
    const bytes = filled(Buffer.from("RIFF\x00\x00\x00\x00WEBPVP8 ", "latin1"), 5_000)
    bytes.writeUInt32LE(bytes.length - 8, 4)
    return bytes
  },
  mp3: (): Buffer => filled(Buffer.from("ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x64", "latin1"), 12_000),
  voice: (): Buffer => oggOpus(Array.from({ length: 100 }, () => 20 + (++made % 60))),
  /** A rectangle that does not move, as animated stickers are drawn and packed (Lottie). */
  drawing(): Buffer {
    const still = (k: number | number[]): object => ({ a: 0, k })
    const ks = { o: still(100), r: still(0), p: still([256, 256, 0]), a: still([0, 0, 0]), s: still([100, 100, 100]) }
    const shapes = [
      { ty: "rc", d: 1, s: still([400, 400]), p: still([0, 0]), r: still(0) },
      { ty: "fl", c: still([++made % 2, 0.5, 0, 1]), o: still(100), r: 1 },
    ]
    const layer = { ...{ ddd: 0, ind: 1, ty: 4, nm: "s", sr: 1, ao: 0, ip: 0, op: 30, st: 0, bm: 0 }, ks, shapes }
    return gzipSync(JSON.stringify({ v: "5.5.7", fr: 30, ip: 0, op: 30, w: 512, h: 512, nm: "x", ddd: 0, assets: [], layers: [layer] }))
  },
  pdf: (size = 20_000): Buffer => filled(Buffer.from("%PDF-1.4\n"), size),
}
