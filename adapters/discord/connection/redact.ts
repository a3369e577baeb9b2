// Keeps the tokens of bots and webhooks out of every text that leaves this adapter.

/** Reference, Authentication: the first part is the bot's id in base64, which is public. Tokens of other servers (JWT) have three parts as well. */
const botToken = /([\w-]{12,})\.[\w-]{4,}\.[\w-]{10,}/g
/** In a path: who has it can speak by the webhook, or answer a command, without any other credential. */
const webhookToken = /((?:webhooks|interactions)(?:\/|%2F)\d+(?:\/|%2F))[\w.~=-]+/gi
const header = /\b(Bot|Bearer)(\s+|%20)[\w.~+/=-]{8,}/g

/** `text` with the secret part of every token replaced. */
export function redact(text: string): string {
  return text.replace(webhookToken, "$1[redacted]").replace(botToken, "$1.[redacted]").replace(header, "$1$2[redacted]")
}

/**
 * A copy of an error for the log: name, message, stack, code and causes, redacted. Anything else an error carries is left
 * behind: the library's errors hold the whole request, with the webhook's address and what people said.
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
