// Files that Telegram holds. The address they are fetched from has the bot's token in it: it is never stored, logged or handed on.
import { open, realpath } from "node:fs/promises"
import { isAbsolute, sep } from "node:path"
import { Readable } from "node:stream"
import { AdapterError, type FileRef } from "xferry"
import { type Calls, says } from "./calls.js"
import { capabilities } from "./capabilities.js"
import type { Secret } from "./client.js"
import { explain } from "./errors.js"
import { count } from "./loose.js"
import type { Options } from "./options.js"
import { redactError } from "./redact.js"

interface Download {
  stream: ReadableStream<Uint8Array>
  bytes?: number
}

const mega = 1024 * 1024

/** Bot API, getFile: the link is valid for at least an hour; of larger files than 20 MB the hosted Bot API has none. */
export function downloadVerb({ api }: Calls, { token }: Secret, { apiRoot, filesRoot }: Options) {
  return async ({ ref, bytes }: FileRef, signal: AbortSignal): Promise<Download> => {
    const found = await api.getFile({ file_id: ref }, signal).catch((error: unknown) => {
      throw says(error, /file is too big/i) ? tooBig(bytes) : explain(error, { unsure: false })
    })
    const path: unknown = found.file_path
    if (typeof path !== "string" || path === "") throw new AdapterError("gone", "Telegram does not hand this file out.")
    const size = count(found.file_size)
    if (isAbsolute(path)) {
      const local = await onDisk(path, filesRoot, token)
      if (local) return local
    }
    const address = `${apiRoot.replace(/\/+$/, "")}/file/bot${token}/${encodeURI(path.replace(/^\/+/, "")).replaceAll(/[?#]/g, encodeURIComponent)}`
    const response = await fetch(address, { signal, redirect: "error" }).catch((error: unknown) => {
      throw new AdapterError("retry", "A file could not be fetched from Telegram.", { cause: redactError(error) })
    })
    const { ok, status, body, headers } = response
    if (!ok || !body) {
      await body?.cancel()
      if (isAbsolute(path)) throw new AdapterError("rejected", unreadable)
      const kind = status === 404 || status === 410 ? "gone" : status === 429 || status >= 500 ? "retry" : "rejected"
      throw new AdapterError(kind, `Telegram did not hand out a file (HTTP ${status}).`)
    }
    const length = Number(headers.get("content-length") ?? "") || size
    return { stream: body, ...(length !== undefined && length > 0 && { bytes: length }) }
  }
}

const unreadable =
  "The Bot API server stores its files on its own disk, and the gateway cannot read them there. The admin can name the folder in the option filesRoot."

/**
 * A Bot API server with `--local` names a path on its disk. What is read must lie in the folder that the admin named, or in
 * that of this bot (`…/<token>/…`, as the server arranges them): an answer must not be able to name any file of this machine.
 */
async function onDisk(path: string, root: string | undefined, token: string): Promise<Download | undefined> {
  try {
    const real = await realpath(path)
    const folder = root === undefined ? undefined : await realpath(root)
    const inside = folder !== undefined && real.startsWith(folder.endsWith(sep) ? folder : folder + sep)
    if (!inside && !real.split(sep).slice(0, -1).includes(token)) return undefined
    const file = await open(real)
    const stat = await file.stat()
    if (!stat.isFile()) {
      await file.close()
      return undefined
    }
    // Closes the file at its end, or when nobody reads on.
    return { stream: Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array>, bytes: stat.size }
  } catch {
    return undefined
  }
}

function tooBig(bytes: number | undefined): AdapterError {
  const size = bytes === undefined ? "" : ` This one has ${(bytes / mega).toFixed(1)} MB.`
  const limit = capabilities.download.maxBytes / mega
  return new AdapterError("rejected", `Telegram lets bots have files of up to ${limit} MB.${size}`)
}
