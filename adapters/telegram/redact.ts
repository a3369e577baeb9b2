// Keeps bot tokens out of every text that leaves this adapter.

/** A token, as it is or percent-encoded. Its first half is the bot's public id. */
const token = /(\d+)(?::|%3A)[\w-]{10,}/gi

/** `text` with the secret half of every bot token replaced. */
export function redact(text: string): string {
  return text.replace(token, "$1:[redacted]")
}

/**
 * A copy of an error for the log: name, message, stack, code and causes, redacted. Anything else an error carries is
 * left behind: a URL or the page some proxy answered may hold the token.
 */
export function redactError(error: unknown, depth = 4): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)))
  const copy = new Error(
    redact(error.message),
    depth > 0 && error.cause !== undefined ? { cause: redactError(error.cause, depth - 1) } : {},
  )
  copy.name = error.name
  copy.stack = redact(error.stack ?? "")
  if ("code" in error) Object.assign(copy, { code: error.code })
  return copy
}
