// Puts a file from disk where an upload service made room for it (XEP-0363 §7). The address is the server's own word: it may be a private one.
import { createReadStream } from "node:fs"
import { request as requestHttp, type IncomingMessage } from "node:http"
import { request as requestHttps } from "node:https"
import { pipeline } from "node:stream/promises"
import { AdapterError } from "../adapter/errors.js"
import type { Slot } from "../core/ports.js"

/** Without any byte taken, and for the answer, ms. */
const idleMs = 60_000
const totalMs = 30 * 60_000

/** Rejects with `AdapterError` «rejected» or «retry», or the reason of the signal. */
export async function put(path: string, { bytes, mime }: { bytes: number; mime: string }, slot: Slot, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const url = new URL(slot.put)
  const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
    method: "PUT",
    agent: false,
    headers: { ...slot.headers, "Content-Type": mime, "Content-Length": bytes, "User-Agent": "xferry" },
  })
  const stop = (): void => void request.destroy(signal.reason as Error)
  signal.addEventListener("abort", stop, { once: true })
  const late = setTimeout(() => request.destroy(new Error("it takes too long")), totalMs)
  request.setTimeout(idleMs, () => request.destroy(new Error("it does not answer")))
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once("response", resolve)
      request.once("error", reject)
    })
    // Whoever refuses a file need not read it to its end: the answer counts, not that the way for the rest was closed.
    const written = pipeline(createReadStream(path), request).then(() => answered)
    written.catch(() => undefined)
    const answer = await Promise.any([answered, written]).catch((errors: AggregateError) => {
      throw errors.errors[0]
    })
    answer.on("error", () => undefined).resume()
    const { statusCode = 0 } = answer
    if (statusCode >= 200 && statusCode < 300) return
    const text = `The upload service answers ${statusCode}.`
    throw new AdapterError(statusCode === 413 ? "rejected" : "retry", text, { blocks: "message" })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof AdapterError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new AdapterError("retry", `The upload service at ${url.host} cannot be reached (${code ?? message}).`, {
      blocks: "message",
      cause: error,
    })
  } finally {
    clearTimeout(late)
    signal.removeEventListener("abort", stop)
    request.destroy()
  }
}
