// The library's REST client for one bot: no repetitions of its own, and no waits that nobody can see.
import { type InternalRequest, REST, type RateLimitData, type ResponseLike } from "discord.js"
import type { Options } from "../options.js"
import type { Secret } from "../types.js"
import { makeRequest } from "./transport.js"

/** The path counts with or without ids; the library gives it with «:id» and «:token». */
const said = /^\/(channels\/:id\/messages|webhooks\/:id\/:token(\/messages)?|channels\/:id\/threads)(\/:id)?$/
/** Anything may wait this long for a limit to pass; a person who waits for an answer is told rather than kept waiting longer. Milliseconds. */
const patienceMs = 10_000

/** A client that throws what errors.ts explains. `until`: aborts when it is no longer used, as its timers would keep it in memory. */
export function client({ token }: Secret, { apiRoot, timeoutSeconds }: Options, until?: AbortSignal): REST {
  const rest = new Rest({
    api: apiRoot,
    version: "10",
    // The library repeats a POST whose answer was lost by default, and a message would go out four times.
    retries: 0,
    timeout: timeoutSeconds * 1000,
    rejectOnRateLimit: isForTheQueue,
    userAgentAppendix: "xferry",
    makeRequest,
  })
  const free = (): void => {
    rest.clearHashSweeper()
    rest.clearHandlerSweeper()
  }
  if (until?.aborted) free()
  else until?.addEventListener("abort", free, { once: true })
  return rest.setToken(token)
}

/** The library itself spreads requests over a second (50 in each); that short wait is not worth a try of the core's. Milliseconds. */
const ownLimitMs = 1050

/** What people say waits in the core's queue, where it can be seen and outlives a restart. */
export function isForTheQueue({ global, route, method, timeToReset, retryAfter, sublimitTimeout }: RateLimitData): boolean {
  const ms = Math.max(timeToReset, retryAfter, sublimitTimeout)
  if (global && ms <= ownLimitMs) return false
  return ms > patienceMs || (method.toUpperCase() !== "GET" && said.test(route))
}

/**
 * The library leaves a listener on the signal for each request, and neither its queues nor its waits end with it: so each
 * request has a signal of its own, and whoever aborts is answered at once.
 */
class Rest extends REST {
  override async queueRequest(request: InternalRequest): Promise<ResponseLike> {
    const { signal } = request
    if (!signal) return super.queueRequest(request)
    const own = new AbortController()
    let stop!: () => void
    const stopped = new Promise<never>((_resolve, reject) => {
      stop = () => {
        own.abort()
        // A request that is on its way fails by itself, and says so: only that tells whether it had left.
        setImmediate(() => reject(new DOMException("The request was aborted before it left.", "AbortError")))
      }
    })
    if (signal.aborted) stop()
    else signal.addEventListener("abort", stop, { once: true })
    try {
      return await Promise.race([super.queueRequest({ ...request, signal: own.signal }), stopped])
    } finally {
      signal.removeEventListener("abort", stop)
    }
  }
}
