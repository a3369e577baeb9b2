// Fetching what is shown in rooms of other services: from public addresses only, and our own pictures from where they are.
import type { Config } from "./config/index.js"
import type { HttpServer } from "./http/index.js"
import { shelfPath } from "./http/shelf.js"
import { Allowed } from "./media/allowed.js"
import { safeFetch, type Fetched, type Resolve } from "./media/fetch.js"

export type Fetching = (url: string, maxBytes: number, signal: AbortSignal) => Promise<Fetched>

/** Rejects as `safeFetch`. */
export function fetching({ files, http: options }: Config, server: HttpServer | undefined, resolve: Resolve | undefined): Fetching {
  const allowed = new Allowed(files?.allowPrivate ?? [])
  const own = options && `${options.publicUrl}${shelfPath}`
  return async (url, maxBytes, signal) => {
    // The way around, through the proxy before us, may begin at an address that is not public.
    const picture = own !== undefined && url.startsWith(own) ? server?.shelf.get(url.slice(own.length)) : undefined
    if (picture) return { body: one(picture.bytes), mime: picture.mime, disposition: undefined }
    return safeFetch(url, { allowed, maxBytes, signal, ...(resolve && { resolve }) })
  }
}

async function* one(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
