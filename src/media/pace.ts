// A file has to come at a pace: who lets it drip would hold a place for ever.
import type { Readable } from "node:stream"
import { AdapterError } from "../adapter/errors.js"

export interface Paces {
  /** Until an answer begins, with connecting and each look-up of a name, ms. */
  headMs: number
  /** Without any byte, ms. */
  idleMs: number
  /** After this, ms, at least `leastRate` bytes a second must have come on the average. */
  graceMs: number
  leastRate: number
  /** For all of it, ms. */
  totalMs: number
}

export const paces: Paces = { headMs: 20_000, idleMs: 20_000, graceMs: 30_000, leastRate: 16_000, totalMs: 15 * 60_000 }

/** `source` is what is ended where it is too slow; the stream may be made of it. Rejects with `AdapterError` «retry», or as the stream. */
export async function* flowing(
  stream: Readable,
  source: Pick<Readable, "destroy">,
  { idleMs, graceMs, leastRate, totalMs }: Paces,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const began = performance.now()
  let bytes = 0
  // Only the time in which the other side is waited for counts: we may be slow ourselves.
  let waited = 0
  let since = began
  let waiting = true
  const end = (error: Error): void => {
    stream.destroy(error)
    source.destroy(error)
  }
  const stop = (): void => end(signal.reason as Error)
  const watch = setInterval(
    () => {
      if (!waiting) return
      const now = performance.now()
      const all = waited + now - since
      if (now - since > idleMs || all > totalMs || (all > graceMs && bytes / all < leastRate / 1000))
        end(new AdapterError("retry", "It comes too slowly.", { blocks: "message" }))
    },
    Math.max(10, idleMs / 20),
  )
  watch.unref()
  if (signal.aborted) stop()
  signal.addEventListener("abort", stop, { once: true })
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      waited += performance.now() - since
      waiting = false
      bytes += chunk.length
      yield chunk
      since = performance.now()
      waiting = true
    }
  } finally {
    clearInterval(watch)
    signal.removeEventListener("abort", stop)
  }
}
