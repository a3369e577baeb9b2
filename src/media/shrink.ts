// Pictures of people and rooms that are too large to be shown beside a name, made small.
import type { Log } from "../core/log.js"
import type { Shrink } from "../core/faces/pictures.js"
import type { Converter } from "./converter.js"
import type { Spool } from "./spool.js"

export function shrinker({ spool, converter, log }: { spool: Spool; converter: Converter; log: Log }): Shrink {
  return async (bytes) => {
    try {
      const file = await spool.write(once(bytes), bytes.length)
      const made = await converter.thumbnail(file.path).finally(() => file.release())
      if (!made) return undefined
      const { uri, width, height } = made
      return { bytes: Buffer.from(uri.slice(uri.indexOf(",") + 1), "base64"), width, height }
    } catch (error) {
      log.debug({ reason: String(error) }, "a picture could not be made small")
      return undefined
    }
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
