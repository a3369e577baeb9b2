// GET of one file without credentials: every hop is looked at, nothing is kept in memory, and nobody waits for who stands still.
import { AdapterError } from "xferry"
import { number } from "../loose.js"

export interface Fetched {
  stream: ReadableStream<Uint8Array>
  bytes?: number
  mime?: string
}

/** It is not at this address (any more). */
export class NotThere extends Error {
  override readonly name = "NotThere"
}

const mostHops = 3
const someTimeMs = 5000
const mostWaitMs = 3_600_000

/**
 * `trusted`: where a redirection may lead. `stillMs`: without a byte for so long it is given up.
 *
 * @throws NotThere, AdapterError
 */
export async function open(
  from: URL,
  trusted: (address: string) => URL | undefined,
  stillMs: number,
  signal: AbortSignal,
): Promise<Fetched> {
  const own = new AbortController()
  const still = (): void => own.abort(new AdapterError("retry", "Discord's file server stands still.", { blocks: "message" }))
  const wait = (): NodeJS.Timeout => setTimeout(still, stillMs)
  const either = AbortSignal.any([signal, own.signal])
  const timer = wait()
  try {
    const response = await follow(from, trusted, either)
    const { body, headers } = response
    const mime = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase()
    const bytes = headers.has("content-encoding") ? undefined : number(headers.get("content-length"))
    return { stream: body ? watched(body, wait) : empty(), ...(bytes !== undefined && bytes >= 0 && { bytes }), ...(mime && { mime }) }
  } catch (error) {
    if (error instanceof NotThere || error instanceof AdapterError) throw error
    if (own.signal.aborted) throw own.signal.reason
    throw new AdapterError("retry", "Discord's file server cannot be reached.", { blocks: "message", cause: error })
  } finally {
    clearTimeout(timer)
  }
}

async function follow(from: URL, trusted: (address: string) => URL | undefined, signal: AbortSignal): Promise<Response> {
  let url = from
  for (let hop = 0; hop <= mostHops; hop++) {
    const response = await fetch(url.href, { redirect: "manual", signal, headers: { "User-Agent": "DiscordBot (xferry)" } })
    const { status, headers } = response
    if (status >= 200 && status < 300) return response
    await response.body?.cancel()
    const next = status >= 300 && status < 400 ? headers.get("location") : null
    if (next === null) throw problem(status, headers)
    const there = URL.canParse(next, url.href) ? trusted(new URL(next, url).href) : undefined
    if (!there) throw new AdapterError("unsupported", "Discord's file server leads to somebody else's, from where no files are fetched.")
    url = there
  }
  throw new AdapterError("unsupported", "Discord's file server leads in a circle.")
}

function problem(status: number, headers: Headers): Error {
  if ([401, 403, 404, 410].includes(status)) return new NotThere(`status ${status}`)
  if (status !== 429 && status !== 408 && status < 500)
    return new AdapterError("rejected", `Discord's file server refused this (${status}).`)
  const seconds = number(headers.get("retry-after"))
  const retryAfterMs = seconds !== undefined && seconds > 0 ? Math.min(Math.ceil(seconds * 1000), mostWaitMs) : someTimeMs
  return new AdapterError("retry", `Discord's file server cannot give it now (${status}).`, { retryAfterMs, blocks: "message" })
}

/** `wait`: what ends a wait for the next piece; whoever reads slowly is not hurried by it. */
function watched(body: ReadableStream<Uint8Array>, wait: () => NodeJS.Timeout): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const broken = (cause: unknown): AdapterError =>
    new AdapterError("retry", "The connection to Discord's file server broke.", { blocks: "message", cause })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const timer = wait()
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          controller.error(error instanceof AdapterError ? error : broken(error))
        } finally {
          clearTimeout(timer)
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function empty(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() })
}
