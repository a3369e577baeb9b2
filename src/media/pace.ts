// A file has to come at a pace: who lets it drip would hold a place for ever.
import { AdapterError } from "../adapter/errors.js"

export interface Paces {
  /** Until an answer begins, with connecting and each look-up of a name, ms. */
  headMs: number
  /** Until a network begins to give a file, ms. */
  downloadMs: number
  /** Without any byte, ms. */
  idleMs: number
  /** After this, ms, at least `leastRate` bytes a second must have come on the average. */
  graceMs: number
  leastRate: number
  /** For all of it, ms. */
  totalMs: number
}

export const paces: Paces = { headMs: 20_000, downloadMs: 60_000, idleMs: 20_000, graceMs: 30_000, leastRate: 16_000, totalMs: 15 * 60_000 }

/** `end` makes the stream reject with this error, at once. Rejects with `AdapterError` «retry», the reason of the signal, or as the stream. */
export async function* flowing(
  stream: AsyncIterable<Uint8Array>,
  end: (error: Error) => void,
  { idleMs, graceMs, leastRate, totalMs }: Paces,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const began = performance.now()
  let bytes = 0
  // Only the time in which the other side is waited for counts: we may be slow ourselves.
  let waited = 0
  let since = began
  let waiting = true
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
    for await (const chunk of stream) {
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

/** Rejects with the reason of the signal, though the work may go on. */
export async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop: (() => void) | undefined
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener("abort", stop, { once: true })
  })
  return Promise.race([work, stopped]).finally(() => stop && signal.removeEventListener("abort", stop))
}
