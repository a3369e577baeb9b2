// Real pictures for tests, of one colour or of nothing but noise: PNG (ISO/IEC 15948), eight bits of red, green and blue.
import { randomBytes } from "node:crypto"
import { crc32, deflateSync } from "node:zlib"

export function png(colour: readonly [number, number, number], side = 8): Buffer {
  return drawn(side, () => Buffer.from(Array.from({ length: side }, () => colour).flat()))
}

/** As large as a photo: noise cannot be packed. */
export function noise(side: number): Buffer {
  return drawn(side, () => randomBytes(side * 3))
}

function drawn(side: number, line: () => Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side)
  header.writeUInt32BE(side, 4)
  header.set([8, 2], 8)
  const pixels = deflateSync(Buffer.concat(Array.from({ length: side }, () => Buffer.concat([Buffer.alloc(1), line()]))))
  const parts = [chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}
