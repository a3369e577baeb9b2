// Files on their way to Discord, for tests: bytes that are made as they are read, and counted.
import type { FileInfo, Upload } from "xferry"

export interface Counted extends Upload {
  /** How often it was opened. */
  opened: number
  /** Bytes that were read, of the last opening. */
  read: number
}

const piece = 64 * 1024

/** `content`: the bytes, or how many of them there are; then they are all alike. */
export function upload(content: Buffer | number, info: Partial<FileInfo> = {}): Counted {
  const size = typeof content === "number" ? content : content.length
  const file: Counted = {
    name: "rose.png",
    mime: "image/png",
    bytes: size,
    ...info,
    opened: 0,
    read: 0,
    open() {
      file.opened++
      file.read = 0
      return Promise.resolve(
        new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              if (file.read >= size) return controller.close()
              const end = Math.min(file.read + piece, size)
              controller.enqueue(typeof content === "number" ? Buffer.alloc(end - file.read, 0x2a) : content.subarray(file.read, end))
              file.read = end
            },
          },
          { highWaterMark: 0 },
        ),
      )
    },
  }
  return file
}

/** Of which nobody knows how long it is. */
export function unmeasured(content: Buffer, info: Partial<FileInfo> = {}): Upload {
  const { bytes: _, ...rest } = upload(content, info)
  return rest
}
