// Files that Telegram holds. The address they are fetched from has the bot's token in it: it is never stored, logged or handed on.
import { AdapterError, type FileRef } from "xferry"
import type { Calls } from "./calls.js"
import type { Secret } from "./client.js"
import type { Options } from "./options.js"
import { explain } from "./errors.js"
import { redactError } from "./redact.js"

interface Download {
  stream: ReadableStream<Uint8Array>
  bytes?: number
}

/** Bot API, getFile: the link is valid for at least an hour; of larger files than 20 MB the hosted Bot API has none. */
export function downloadVerb({ api }: Calls, { token }: Secret, { apiRoot }: Options) {
  return async ({ ref }: FileRef, signal: AbortSignal): Promise<Download> => {
    const { file_path: path } = await api.getFile({ file_id: ref }, signal).catch((error: unknown) => {
      throw explain(error, { unsure: false })
    })
    if (path === undefined) throw new AdapterError("gone", "Telegram does not hand this file out.")
    const response = await fetch(`${apiRoot.replace(/\/+$/, "")}/file/bot${token}/${encodeURI(path)}`, { signal, redirect: "error" }).catch(
      (error: unknown) => {
        throw new AdapterError("retry", "A file could not be fetched from Telegram.", { cause: redactError(error) })
      },
    )
    const { ok, status, body, headers } = response
    if (!ok || !body) {
      await body?.cancel()
      const kind = status === 404 || status === 410 ? "gone" : status === 429 || status >= 500 ? "retry" : "rejected"
      throw new AdapterError(kind, `Telegram did not hand out a file (HTTP ${status}).`)
    }
    const length = Number(headers.get("content-length") ?? "")
    return { stream: body, ...(length > 0 && { bytes: length }) }
  }
}
