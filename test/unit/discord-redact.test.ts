// That no token of a bot or a webhook survives in a text or an error of the Discord adapter.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { inspect } from "node:util"
import { redact, redactError } from "#discord/connection/redact.js"
import { secret } from "../support/secrets.js"

const bot = secret("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDe.redact-test_0123456789abcdefghijkl")
const jwt = secret("eyJhbGciOiJSUzI1NiJ9.eyJpZCI6IjEyMyJ9.redact-test_0123456789")
const hook = secret("redact-test-hook_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN")

describe("redaction", () => {
  const texts: [what: string, token: string, text: string][] = [
    ["a bot's token", bot, `the token ${bot} is wrong`],
    ["a token in quotes", bot, `{"token":"${bot}"}`],
    ["a token of another server", jwt, `token=${jwt}&x=1`],
    ["a header", bot, `Authorization: Bot ${bot}`],
    ["a webhook's address", hook, `POST https://discord.com/api/v10/webhooks/123456789012345678/${hook}?wait=true`],
    ["a webhook's path", hook, `/webhooks/123456789012345678/${hook}/messages/1`],
    ["what a command is answered by", hook, `/interactions/123456789012345678/${hook}/callback`],
    ["an encoded path", hook, `webhooks%2F123456789012345678%2F${hook}`],
  ]
  for (const [what, token, text] of texts)
    it(what, () => {
      assert.doesNotMatch(redact(text), new RegExp(token.slice(-20)))
      assert.match(redact(text), /\[redacted\]/)
    })

  it("leaves other texts alone", () => {
    for (const text of [
      "What answered is not Discord's API.",
      "https://discord.com/channels/123/456",
      "xferry.example.org:5347",
      "webhooks/123",
    ])
      assert.equal(redact(text), text)
  })

  it("takes nothing of an error along but name, texts and code", () => {
    const inner = Object.assign(new Error(`cannot ask ${bot}`), { code: "ECONNRESET" })
    const error = Object.assign(new TypeError(`failed at webhooks/1/${hook}`, { cause: inner }), {
      url: `https://discord.com/api/webhooks/1/${hook}`,
      requestBody: { json: { content: "what somebody said" } },
    })
    const copy = redactError(error)
    const seen = inspect(copy, { depth: 8 })
    for (const forbidden of [bot, hook, "what somebody said"]) assert.ok(!seen.includes(forbidden), seen)
    assert.equal(copy.name, "TypeError")
    assert.equal((copy.cause as { code: string }).code, "ECONNRESET")
  })
})
