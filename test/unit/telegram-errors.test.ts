// The table of Telegram's errors, and that no token survives in any of them.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { inspect } from "node:util"
import { NetworkError, ParseError, TelegramApiError, TimeoutError } from "node-telegram-bot-api"
import { explain } from "#telegram/errors.js"
import { redact } from "#telegram/redact.js"
import { secret } from "../support/secrets.js"

const token = secret("4711:AAFerrors-test_0123456789-0123456789")
const send = { unsure: true, bot: "romeo_bot" }
const read = { unsure: false, bot: "romeo_bot" }
const api = (code: number, description: string, parameters?: { retry_after: number }): TelegramApiError =>
  new TelegramApiError(code, description, parameters)
const network = (fields: object): NetworkError =>
  new NetworkError("Network request failed: sendMessage", {
    cause: new TypeError("fetch failed", { cause: Object.assign(new Error("x"), fields) }),
  })

describe("what Telegram says", () => {
  const rows: [number, string, string, RegExp][] = [
    [400, "Bad Request: chat not found", "gone", /cannot write first.*https:\/\/t\.me\/romeo_bot/],
    [400, "Bad Request: message to edit not found", "gone", /no longer exists/],
    [400, "Bad Request: MESSAGE_ID_INVALID", "gone", /no longer exists/],
    [400, "Bad Request: message can't be deleted for everyone", "denied", /any more/],
    [400, "Bad Request: message is too long", "rejected", /too long/],
    [400, "Bad Request: message text is empty", "rejected", /empty/],
    [400, "Bad Request: not enough rights to send text messages to the chat", "denied", /not permit/],
    [400, "Bad Request: BUTTON_DATA_INVALID", "rejected", /refused this: BUTTON_DATA_INVALID/],
    [401, "Unauthorized", "logged-out", /@BotFather/],
    [403, "Forbidden: bot was blocked by the user", "denied", /blocked the bot/],
    [403, "Forbidden: user is deactivated", "gone", /deleted/],
    [403, "Forbidden: bot can't initiate conversation with a user", "denied", /cannot write first/],
    [403, "Forbidden: something new", "denied", /something new/],
    [404, "Not Found", "logged-out", /token/],
    [404, "Not Found: method not found", "unsupported", /too old/],
    [
      409,
      "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
      "denied",
      /Another program.*same token/,
    ],
    [
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      "denied",
      /webhook/,
    ],
    [413, "Request Entity Too Large", "rejected", /too large/],
    [418, "I'm a teapot", "rejected", /teapot/],
  ]
  for (const [code, description, kind, text] of rows) {
    it(`${code} ${description.slice(0, 60)}`, () => {
      const error = explain(api(code, description), send)
      assert.equal(error.kind, kind)
      assert.match(error.message, text)
      assert.match(error.message, /[.)]$|romeo_bot$|[A-Z_a-z]$/)
    })
  }

  it("429 waits as long as Telegram asks, with the whole bot", () => {
    const error = explain(api(429, "Too Many Requests: retry after 7", { retry_after: 7 }), send)
    assert.deepEqual([error.kind, error.retryAfterMs, error.blocks], ["retry", 7000, "account"])
    assert.equal(explain(api(429, "Too Many Requests"), send).retryAfterMs, 1000)
  })

  it("a conflict is tried again only after a while", () => {
    assert.ok((explain(api(409, "Conflict: terminated by other getUpdates request"), read).retryAfterMs ?? 0) >= 30_000)
  })
})

describe("no answer", () => {
  it("before anything was sent: again later, at no risk", () => {
    for (const fields of [
      { code: "ECONNREFUSED" },
      { code: "ENOTFOUND", syscall: "getaddrinfo" },
      { code: "ETIMEDOUT", syscall: "connect" },
      { code: "UND_ERR_CONNECT_TIMEOUT" },
      { code: "ERR_INVALID_URL" },
    ]) {
      const error = explain(network(fields), send)
      assert.deepEqual([error.kind, error.blocks], ["retry", "account"], fields.code)
      assert.match(error.message, new RegExp(`cannot be reached.*${fields.code}`))
    }
    const both = new AggregateError([
      Object.assign(new Error("4"), { code: "ECONNREFUSED" }),
      Object.assign(new Error("6"), { code: "ECONNREFUSED" }),
    ])
    assert.equal(explain(new NetworkError("n", { cause: new TypeError("fetch failed", { cause: both }) }), send).kind, "retry")
    assert.match(explain(network({ code: "CERT_HAS_EXPIRED" }), send).message, /certificate/)
  })

  it("after it was sent: a send may have got there, a question may be asked again", () => {
    const lost = [
      network({ code: "ECONNRESET" }),
      network({ code: "UND_ERR_SOCKET" }),
      new TimeoutError(),
      new NetworkError("Server error 502 on sendMessage"),
      api(500, "Internal Server Error"),
      new ParseError("p"),
      new TypeError("t"),
      new DOMException("a", "AbortError"),
    ]
    for (const error of lost) {
      assert.equal(explain(error, send).kind, "unknown-outcome", String(error))
      assert.equal(explain(error, read).kind, "retry", String(error))
    }
  })

  it("an answer that is JSON but not the Bot API's", () => {
    assert.match(explain(new TelegramApiError(undefined as never, undefined as never), read).message, /not Telegram's Bot API/)
  })
})

describe("redact", () => {
  it("takes the secret half out, in any writing, and leaves the rest", () => {
    assert.equal(redact(`GET http://x/bot${token}/getMe`), "GET http://x/bot4711:[redacted]/getMe")
    assert.equal(redact(`a ${encodeURIComponent(token)} b ${token}`), "a 4711:[redacted] b 4711:[redacted]")
    assert.equal(redact("at 12:30 on port 127.0.0.1:8081"), "at 12:30 on port 127.0.0.1:8081")
  })

  it("reaches messages, stacks, causes, and drops whatever else errors carry", () => {
    const url = `http://bad host/bot${token}/sendMessage`
    const inner = Object.assign(new TypeError(`Failed to parse URL from ${url}`), { code: "ERR_INVALID_URL", input: url })
    for (const error of [
      new NetworkError("Network request failed", { cause: new Error(url, { cause: inner }) }),
      new ParseError("Invalid JSON", { responseText: `<html>${url}</html>` }),
      api(400, `Bad Request: ${url}`),
      api(418, url),
      api(403, url),
      new Error(url),
      url,
    ]) {
      const explained = explain(error, send)
      const shown = inspect(explained, { depth: 10, showHidden: true }) + JSON.stringify(explained) + explained.message
      assert.ok(!shown.includes(token.slice(5)), shown.replaceAll(token, "<token>"))
    }
  })
})
