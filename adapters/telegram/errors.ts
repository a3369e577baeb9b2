// The one table from what Telegram or the network did to what the core must know.
import { NetworkError, ParseError, TelegramApiError, TimeoutError } from "node-telegram-bot-api"
import { AdapterError, type Blocks, type ErrorKind } from "xferry"
import { throughLogins } from "./login-errors.js"
import { inRooms } from "./room-errors.js"
import { redact, redactError } from "./redact.js"

/** `unsure`: carried out twice, this call would be seen twice. `bot`: its username, for advice. `room`: it was about a group or channel. `login`: through a business connection. */
export interface Call {
  unsure: boolean
  bot?: string | undefined
  room?: boolean
  login?: boolean
}

export interface Row {
  code: number
  /** In Telegram's description; absent: any. */
  says?: RegExp
  kind: ErrorKind
  text: (description: string, call: Call) => string
  blocks?: Blocks
  retryAfterMs?: number
}

/** While another program listens, each attempt takes its connection away, and the other way round. */
const conflictMs = 60_000

const revoked = (): string =>
  "Telegram no longer accepts this bot's token: it is wrong, was revoked, or the bot was deleted. Get the current one from @BotFather."
const invite = ({ bot }: Call): string =>
  `This person has not written to the bot yet, and a bot cannot write first.${bot === undefined ? "" : ` Send them https://t.me/${bot}`}`

/** The first row that fits counts. Descriptions as of tdlib/telegram-bot-api, Client.cpp. */
const table: Row[] = [
  { code: 400, says: /chat not found|user not found|peer_id_invalid/i, kind: "gone", text: (_, call) => invite(call) },
  {
    code: 400,
    says: /message (to \w+|identifier).*(not found|not specified)|message_id_invalid/i,
    kind: "gone",
    text: () => "This message no longer exists on Telegram.",
  },
  {
    code: 400,
    says: /message can't be (edited|deleted)/i,
    kind: "denied",
    text: () => "Telegram does not let the bot change or delete this message any more.",
  },
  { code: 400, says: /message is too long/i, kind: "rejected", text: () => "The message is too long for Telegram." },
  { code: 400, says: /text is empty|must be non-empty/i, kind: "rejected", text: () => "Telegram does not take empty messages." },
  {
    code: 400,
    says: /logged out/i,
    kind: "logged-out",
    text: () => "This bot has been moved away from this Bot API server. Log in again once it is back.",
  },
  {
    code: 400,
    says: /caption is too long|MEDIA_CAPTION_TOO_LONG/i,
    kind: "rejected",
    text: () => "The text beside the file is too long for Telegram.",
  },
  {
    code: 400,
    says: /file is too big|FILE_PARTS_INVALID|FILE_TOO_BIG/i,
    kind: "rejected",
    text: () => "The file is too large for Telegram: bots can send up to 50 MB.",
  },
  {
    code: 400,
    says: /REACTION_INVALID|REACTION_EMPTY|REACTIONS_TOO_MANY/,
    kind: "rejected",
    text: () => "Telegram does not take this reaction here.",
  },
  { code: 400, says: /rights|not enough|forbidden/i, kind: "denied", text: (said) => `Telegram does not permit this: ${said}` },
  { code: 401, kind: "logged-out", text: revoked },
  { code: 403, says: /blocked by the user/i, kind: "denied", text: () => "This person has blocked the bot." },
  { code: 403, says: /user is deactivated/i, kind: "gone", text: () => "This person's Telegram account has been deleted." },
  { code: 403, says: /can't initiate conversation/i, kind: "denied", text: (_, call) => invite(call) },
  { code: 403, says: /to bots/i, kind: "denied", text: () => "This is a bot, and Telegram's bots cannot write to each other." },
  { code: 403, kind: "denied", text: (said) => `Telegram does not permit this: ${said}` },
  { code: 404, says: /method not found/i, kind: "unsupported", text: () => "The Bot API server is too old for this." },
  { code: 404, kind: "logged-out", text: revoked },
  {
    code: 409,
    says: /webhook/i,
    kind: "denied",
    text: () =>
      "Another program has set a webhook for this bot and receives its messages. Log in again to remove it, or use a bot of its own for the gateway.",
    blocks: "account",
    retryAfterMs: conflictMs,
  },
  {
    code: 409,
    kind: "denied",
    text: () => "Another program is receiving this bot's messages with the same token. Stop it, or use a bot of its own for the gateway.",
    blocks: "account",
    retryAfterMs: conflictMs,
  },
  { code: 413, kind: "rejected", text: () => "This is too large for Telegram: bots can send files of up to 50 MB." },
  { code: 429, kind: "retry", text: () => "Telegram asks the bot to slow down.", blocks: "account", retryAfterMs: 1000 },
  { code: 400, kind: "rejected", text: (said) => `Telegram refused this: ${said}` },
]

/** These system calls and codes mean that no request left this machine. */
const beforeSending = new Set([
  "connect",
  "getaddrinfo",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_INVALID_URL",
])
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_SSL|ERR_TLS/

/** Anything thrown by a call to the Bot API, as the core understands it. No text or cause of it holds a token. */
export function explain(error: unknown, call: Call): AdapterError {
  if (error instanceof AdapterError) return error
  const cause = redactError(error)
  const lost: ErrorKind = call.unsure ? "unknown-outcome" : "retry"
  if (error instanceof TelegramApiError) {
    const said = redact(String(error.description)).replace(/^(Bad Request|Forbidden|Conflict): /, "")
    const rows = [...(call.login === true ? throughLogins : []), ...(call.room === true ? inRooms : []), ...table]
    const row = rows.find(({ code, says }) => code === error.errorCode && (says?.test(error.description) ?? true))
    if (row) {
      const { kind, text, blocks = "chat" } = row
      const retryAfterMs = error.retryAfter === undefined ? row.retryAfterMs : error.retryAfter * 1000
      return new AdapterError(kind, text(said, call), { blocks, cause, ...(retryAfterMs !== undefined && { retryAfterMs }) })
    }
    if (error.errorCode >= 500) return new AdapterError(lost, "Telegram has a problem of its own at the moment.", { cause })
    if (typeof error.errorCode === "number") return new AdapterError("rejected", `Telegram refused this: ${said}`, { cause })
    return notTheApi(lost, cause)
  }
  if (error instanceof ParseError || error instanceof TypeError) return notTheApi(lost, cause)
  if (error instanceof TimeoutError) return new AdapterError(lost, "Telegram did not answer in time.", { cause })
  if (error instanceof NetworkError) return unreachable(error, lost, cause)
  return new AdapterError(lost, "The call to Telegram was broken off.", { cause })
}

function notTheApi(kind: ErrorKind, cause: Error): AdapterError {
  return new AdapterError(
    kind,
    "What answered is not Telegram's Bot API. If this lasts, the admin should check the option apiRoot and any proxy.",
    { cause },
  )
}

function unreachable(error: NetworkError, lost: ErrorKind, cause: Error): AdapterError {
  const marks = marksOf(error.cause)
  const code = marks.find((mark) => /^[A-Z_0-9]+$/.test(mark)) ?? ""
  const why = code === "" ? "" : ` (${code})`
  if (certificate.test(code)) {
    return new AdapterError("retry", `The Bot API server shows no certificate that can be trusted${why}.`, { blocks: "account", cause })
  }
  if (marks.some((mark) => beforeSending.has(mark))) {
    return new AdapterError("retry", `Telegram cannot be reached${why}.`, { blocks: "account", cause })
  }
  // The library says this of a 5xx page that is not JSON.
  if (error.cause === undefined) return new AdapterError(lost, "Telegram has a problem of its own at the moment.", { cause })
  return new AdapterError(lost, `The connection to Telegram broke${why}.`, { cause })
}

/** Codes and system calls along the chain of causes. */
function marksOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const { code, syscall } = error as NodeJS.ErrnoException
  const inner = error instanceof AggregateError ? error.errors : [error.cause]
  return [code, syscall].filter((mark) => typeof mark === "string").concat(...inner.map(marksOf))
}
