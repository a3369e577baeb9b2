// The one place that says what Discord or the network did, as the core must know it. No text or cause holds a token.
import { DiscordAPIError, HTTPError, RateLimitError } from "discord.js"
import { AdapterError, type ErrorKind } from "xferry"
import { Unread } from "../files/form.js"
import { codes, revoked } from "./codes.js"
import { redact, redactError } from "./redact.js"
import { NoAnswer, NotTheApi } from "./transport.js"

export interface Call {
  /** Carried out twice, this call would be seen twice: creating and sending, unless with an enforced nonce. */
  unsure: boolean
  /** It was made with a webhook's token: a refusal says nothing of the bot's own. */
  webhook?: boolean
}

/** Codes and system calls that mean that no request left this machine. */
const beforeSending = new Set([
  "connect",
  "getaddrinfo",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_INVALID_ARG",
  "ERR_INVALID_URL",
])
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_SSL|ERR_TLS|ERR_SSL_/
/** A limit that names no time, or an impossible one. */
const someTimeMs = 1000
const mostMs = 24 * 60 * 60 * 1000

/** Anything thrown by a call to Discord's REST API. Shown to people: it has no user's data in it either. */
export function explain(error: unknown, call: Call = { unsure: false }): AdapterError {
  if (error instanceof AdapterError) return error
  const cause = redactError(error)
  const lost: ErrorKind = call.unsure ? "unknown-outcome" : "retry"
  if (error instanceof RateLimitError) return limited(error, cause)
  if (error instanceof DiscordAPIError) return refused(error, call, cause)
  if (error instanceof HTTPError && error.status === 501) return new AdapterError("unsupported", "The server cannot do this.", { cause })
  if (error instanceof HTTPError) return new AdapterError(lost, "Discord has a problem of its own at the moment.", { cause })
  if (error instanceof NotTheApi) return notTheApi(lost, cause)
  if (error instanceof NoAnswer) return noAnswer(error, lost, cause)
  // The library drops the token after the first 401 and refuses every further call.
  if (error instanceof Error && /^Expected token to be set/.test(error.message)) return new AdapterError("logged-out", revoked, { cause })
  if (error instanceof Error && error.name === "AbortError")
    return new AdapterError("retry", "The call to Discord was given up before it left.", { cause })
  return new AdapterError(lost, "The call to Discord was broken off.", { cause })
}

/** A server that does not know the route, rather than what it names. */
export function isUnknownRoute(error: unknown): boolean {
  if (!(error instanceof DiscordAPIError || error instanceof HTTPError)) return false
  if (error.status === 405 || error.status === 501) return true
  return error.status === 404 && (error instanceof HTTPError || !(Number(error.code) >= 10_000))
}

function limited({ global, timeToReset, retryAfter, sublimitTimeout, scope }: RateLimitError, cause: Error): AdapterError {
  const ms = Math.max(...[timeToReset, retryAfter, sublimitTimeout].filter(Number.isFinite), 0)
  return new AdapterError("retry", "Discord asks the bot to slow down.", {
    retryAfterMs: ms > 0 ? Math.min(Math.ceil(ms), mostMs) : someTimeMs,
    blocks: global || scope === "global" ? "account" : "chat",
    cause,
  })
}

function refused(error: DiscordAPIError, { webhook = false }: Call, cause: Error): AdapterError {
  const { status } = error
  const row = codes.get(Number(error.code))
  if (row && (row.kind !== "logged-out" || !webhook)) {
    const { kind, text, blocks = "chat", retryAfterMs } = row
    return new AdapterError(kind, text, { blocks, cause, ...(retryAfterMs !== undefined && { retryAfterMs }) })
  }
  const said = redact(error.message)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/<[^>]*>/g, "")
    .trim()
  if (status === 401) {
    if (webhook) return new AdapterError("gone", "The webhook no longer exists on Discord.", { cause })
    return new AdapterError("logged-out", revoked, { cause })
  }
  if (status === 403) return new AdapterError("denied", `Discord does not permit this: ${said}`, { cause })
  if (status === 404) return new AdapterError("gone", `Discord does not know this (any more): ${said}`, { cause })
  if (status === 405) return new AdapterError("unsupported", `Discord cannot do this: ${said}`, { cause })
  if (status === 408 || status === 409 || status === 429)
    return new AdapterError("retry", `Discord cannot do this right now: ${said}`, { cause, retryAfterMs: someTimeMs })
  if (status === 413) return new AdapterError("rejected", "The message is too large for Discord.", { cause })
  return new AdapterError("rejected", `Discord refused this: ${said}`, { cause })
}

function notTheApi(kind: ErrorKind, cause: Error): AdapterError {
  return new AdapterError(
    kind,
    "What answered is not Discord's API. If this lasts, the admin should check the option apiRoot and any proxy.",
    { cause },
  )
}

function noAnswer(error: NoAnswer, lost: ErrorKind, cause: Error): AdapterError {
  if (isUnread(error)) return new AdapterError("retry", "A file for Discord could not be read.", { blocks: "message", cause })
  const marks = marksOf(error.cause)
  const code = marks.find((mark) => /^[A-Z_0-9]+$/.test(mark)) ?? ""
  const why = code === "" ? "" : ` (${code})`
  if (certificate.test(code))
    return new AdapterError("retry", `Discord's address shows no certificate that can be trusted${why}.`, { blocks: "account", cause })
  if (marks.some((mark) => beforeSending.has(mark)))
    return new AdapterError("retry", `Discord cannot be reached${why}.`, { blocks: "account", cause })
  if (marks.includes("AbortError")) return new AdapterError(lost, "Discord did not answer in time.", { cause })
  return new AdapterError(lost, `The connection to Discord broke${why}.`, { cause })
}

/** Then nothing that is whole has reached the server. */
function isUnread(error: unknown, depth = 6): boolean {
  if (error instanceof Unread) return true
  return error instanceof Error && depth > 0 && isUnread(error.cause, depth - 1)
}

/** Codes, system calls and names along the chain of causes. */
function marksOf(error: unknown, depth = 6): string[] {
  if (!(error instanceof Error) || depth === 0) return []
  const { code, syscall, name } = error as NodeJS.ErrnoException
  const inner = error instanceof AggregateError ? error.errors : [error.cause]
  return [code, syscall, name].filter((mark) => typeof mark === "string").concat(...inner.map((one) => marksOf(one, depth - 1)))
}
