// Puts a file on our own server's upload service (XEP-0363), for a room's people to fetch it from there.
import { request as requestHttp, type IncomingMessage } from "node:http"
import { request as requestHttps } from "node:https"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { Upload } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import type { Slot, SlotRequest } from "../../core/ports.js"

/** Without any byte taken, and for the answer, ms. */
const idleMs = 60_000

/** Resolves with the address. Rejects with `AdapterError`, or the reason of the signal. */
export async function putUpload(
  file: Upload,
  slotFor: (file: SlotRequest) => Promise<Slot | undefined>,
  signal: AbortSignal,
): Promise<string> {
  const { bytes, mime, name } = file
  if (bytes === undefined) throw new AdapterError("rejected", `Nobody knows how large «${name}» is.`, { blocks: "message" })
  const slot = await slotFor({ name, bytes, mime })
  if (!slot) throw new AdapterError("unsupported", "The XMPP server has no place for files of this gateway.", { blocks: "message" })
  signal.throwIfAborted()
  const url = new URL(slot.put)
  const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
    method: "PUT",
    agent: false,
    headers: { ...slot.headers, "Content-Type": mime, "Content-Length": bytes, "User-Agent": "xferry" },
    signal,
  })
  request.setTimeout(idleMs, () => request.destroy(new Error("it does not answer")))
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once("response", resolve)
      request.once("error", reject)
    })
    const source = Readable.fromWeb(await file.open(signal))
    const written = pipeline(source, request).then(() => answered)
    written.catch(() => undefined)
    const answer = await Promise.any([answered, written]).catch((errors: AggregateError) => {
      throw errors.errors[0]
    })
    answer.on("error", () => undefined).resume()
    const { statusCode = 0 } = answer
    if (statusCode >= 200 && statusCode < 300) return slot.get
    throw new AdapterError(statusCode === 413 ? "rejected" : "retry", `The upload service answers ${statusCode}.`, { blocks: "message" })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof AdapterError) throw error
    const text = `The upload service at ${url.host} cannot be reached (${(error as Error).message}).`
    throw new AdapterError("retry", text, { blocks: "message", cause: error })
  } finally {
    request.destroy()
  }
}
