// Fetches what a user names by its address, and only from where the whole world may: no address of this machine or network, at any hop.
import type { LookupAddress } from "node:dns"
import { Resolver, lookup } from "node:dns/promises"
import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http"
import { request as requestHttps } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { pipeline, type Readable } from "node:stream"
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib"
import { AdapterError } from "../adapter/errors.js"
import { FileRefused } from "../core/files/media.js"
import type { Allowed } from "./allowed.js"
import { flowing, paces, within, type Paces } from "./pace.js"
import { TooLarge } from "./spool.js"

/** Addresses of a name. Rejects as node:dns does. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

export interface FetchOptions {
  allowed: Allowed
  maxBytes: number
  signal: AbortSignal
  resolve?: Resolve
  paces?: Paces
}

export interface Fetched {
  /** Rejects as `safeFetch`; leave it, and the connection ends. */
  body: AsyncIterable<Uint8Array>
  /** As the server tells it. */
  mime: string | undefined
  disposition: string | undefined
}

const mostHops = 5

/** Rejects with `FileRefused`, `TooLarge`, `AdapterError` «retry», or the reason of the signal. */
export async function safeFetch(address: string, options: FetchOptions): Promise<Fetched> {
  let url = checked(address)
  for (let hops = 0; ; hops++) {
    const answer = await ask(url, options)
    const { statusCode = 0, headers } = answer
    if ([301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined) {
      answer.destroy()
      if (hops === mostHops) throw new FileRefused("unavailable", "Its address leads from one to the next without end.")
      url = checked(headers.location, url)
      continue
    }
    if (statusCode !== 200) {
      answer.destroy()
      throw refusal(statusCode, headers["retry-after"])
    }
    const length = Number(headers["content-length"] ?? NaN)
    if (length > options.maxBytes) {
      answer.destroy()
      throw new TooLarge(options.maxBytes, length)
    }
    return {
      body: read(answer, options),
      mime: headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase(),
      disposition: headers["content-disposition"],
    }
  }
}

function checked(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new FileRefused("unavailable", "Its address cannot be read.")
  const url = new URL(text, base)
  if (!/^https?:$/.test(url.protocol)) throw new FileRefused("unsafe", "Files are fetched by http and https only.")
  if (url.username !== "" || url.password !== "")
    throw new FileRefused("unsafe", "Its address holds a name or password, which is not used.")
  return url
}

/** The answer's head. */
async function ask(
  url: URL,
  { allowed, signal, resolve = resolveName, paces: { headMs } = paces }: FetchOptions,
): Promise<IncomingMessage> {
  signal.throwIfAborted()
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80))
  const end = new AbortController()
  const stop = (): void => end.abort(signal.reason)
  signal.addEventListener("abort", stop, { once: true })
  const late = setTimeout(() => end.abort(new AdapterError("retry", "Its server does not answer in time.", { blocks: "message" })), headMs)
  try {
    const found =
      isIP(host) === 0 ? await within(end.signal, resolveNamed(host, allowed, resolve)) : [{ address: host, family: isIP(host) }]
    const good = found.filter(({ address }) => allowed.permits(host, port, address))
    if (good.length === 0) throw new FileRefused("unsafe", "Its address leads into a private network, where files are not fetched from.")
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const options: RequestOptions = {
        method: "GET",
        // No connection that somebody else's name was checked for.
        agent: false,
        lookup: pinned(good),
        headers: { Accept: "*/*", "Accept-Encoding": "identity", "User-Agent": "xferry" },
        maxHeaderSize: 16_384,
        signal: end.signal,
      }
      const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options, (answer) => {
        // From here on `read` watches over it; an error before that must not end the process.
        answer.on("error", () => undefined)
        resolve(answer)
      })
      request.on("error", reject)
      request.end()
    })
  } catch (error) {
    throw explained(end.signal.aborted ? end.signal.reason : error, signal)
  } finally {
    clearTimeout(late)
    signal.removeEventListener("abort", stop)
  }
}

/** Node asks by this for the addresses of the host it connects to: they are those that were judged, not what DNS says a moment later. */
function pinned(found: readonly LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    if (options.all) return done(null, [...found])
    const first = found[0]
    done(null, first?.address ?? "", first?.family)
  }
}

/** Names that the admin allows may stand in the machine's own list of hosts, too. */
async function resolveNamed(host: string, allowed: Allowed, resolve: Resolve): Promise<readonly LookupAddress[]> {
  try {
    return await resolve(host)
  } catch (error) {
    if (!allowed.names(host)) throw error
    return lookup(host, { all: true })
  }
}

/** By the resolver of its own, not by the system's: that one would take a thread of the pool that all work on disk needs, as long as a stranger's DNS likes. */
const resolveName: Resolve = async (host) => {
  const resolver = new Resolver({ timeout: 3000, tries: 2 })
  const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  const found = [
    ...(four.status === "fulfilled" ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === "fulfilled" ? six.value.map((address) => ({ address, family: 6 })) : []),
  ]
  if (found.length === 0) throw four.status === "rejected" ? four.reason : new FileRefused("unavailable", "Its host has no address.")
  return found
}

async function* read(answer: IncomingMessage, { signal, paces: limits = paces }: FetchOptions): AsyncIterable<Uint8Array> {
  try {
    const stream = decoded(answer)
    const end = (error: Error): void => {
      stream.destroy(error)
      answer.destroy(error)
    }
    yield* flowing(stream as AsyncIterable<Uint8Array>, end, limits, signal)
  } catch (error) {
    throw explained(error, signal)
  } finally {
    answer.destroy()
  }
}

/** Identity was asked for; some servers store files packed and say so. What comes out is counted, not what goes in. */
function decoded(answer: IncomingMessage): Readable {
  const encoding = answer.headers["content-encoding"]?.trim().toLowerCase() ?? "identity"
  if (encoding === "identity" || encoding === "") return answer
  const makers = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress }
  if (!Object.hasOwn(makers, encoding)) throw new FileRefused("unavailable", "Its server sends it in a form that cannot be read.")
  const decoder = makers[encoding as keyof typeof makers]()
  return pipeline(answer, decoder, () => undefined)
}

function refusal(status: number, after: string | undefined): Error {
  const text = `Its server answers ${status}.`
  if (status < 500 && ![408, 425, 429].includes(status)) return new FileRefused("unavailable", text)
  const seconds = /^\d{1,5}$/.test(after ?? "") ? Number(after) : undefined
  return new AdapterError("retry", text, { blocks: "message", ...(seconds !== undefined && { retryAfterMs: seconds * 1000 }) })
}

function explained(error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return signal.reason as Error
  if (error instanceof FileRefused || error instanceof AdapterError || error instanceof TooLarge) return error
  const { code = "", message } = error as NodeJS.ErrnoException
  if (code === "ENOTFOUND" || code === "ENODATA" || code === "EBADNAME")
    return new FileRefused("unavailable", "There is no such host.", { cause: error })
  if (/CERT|ERR_TLS|ERR_SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return new FileRefused("unavailable", `Its server's certificate is not good (${code}).`, { cause: error })
  if (/^(HPE_|Z_|ERR__ERROR|ERR_)/.test(code))
    return new FileRefused("unavailable", "Its server does not answer as it should.", { cause: error })
  return new AdapterError("retry", `Its server cannot be reached (${code || message}).`, { blocks: "message", cause: error })
}
