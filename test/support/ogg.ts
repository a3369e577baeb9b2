// A voice note made of nothing: Ogg pages (RFC 3533) with Opus headers (RFC 7845) and packets of given sizes, 20 ms each.

const preSkip = 312

/** Nothing that could be played; but its length and pages are right. */
export function oggOpus(packets: readonly number[]): Buffer {
  const head = Buffer.alloc(19)
  head.write("OpusHead")
  head.set([1, 1], 8)
  head.writeUInt16LE(preSkip, 10)
  head.writeUInt32LE(48_000, 12)
  const tags = Buffer.concat([Buffer.from("OpusTags"), Buffer.alloc(8)])
  const pages = [page(0, 2, 0n, [head]), page(1, 0, 0n, [tags])]
  const perPage = 20
  for (let at = 0; at < packets.length; at += perPage) {
    const some = packets.slice(at, at + perPage).map((size) => Buffer.alloc(size, 0x55))
    const position = BigInt(preSkip + (at + some.length) * 960)
    pages.push(page(pages.length, at + perPage >= packets.length ? 4 : 0, position, some))
  }
  return Buffer.concat(pages)
}

function page(number: number, flags: number, position: bigint, packets: readonly Buffer[]): Buffer {
  const lacing = packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255])
  const header = Buffer.alloc(27)
  header.write("OggS")
  header[5] = flags
  header.writeBigInt64LE(position, 6)
  header.writeUInt32LE(4711, 14)
  header.writeUInt32LE(number, 18)
  header[26] = lacing.length
  return Buffer.concat([header, Buffer.from(lacing), ...packets])
}
