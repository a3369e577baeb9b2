// The dialogue that makes an account of a Discord bot's token, and what it makes of the bot's switches.
import assert from "node:assert/strict"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { after, before, describe, it } from "node:test"
import { ApplicationFlags, PermissionFlagsBits } from "discord-api-types/v10"
import type { AdapterError, Ask } from "xferry"
import { fewer } from "#discord/connection/enter.js"
import { granted, intentsOf, missing } from "#discord/connection/intents.js"
import { login, tokenIn } from "#discord/connection/login.js"
import { options } from "#discord/options.js"
import { secret } from "../support/secrets.js"

const token = secret("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDe.login-test_0123456789abcdefghijklm")
const content = ApplicationFlags.GatewayMessageContentLimited

let answers: Record<string, [status: number, body: unknown]>
let headers: (string | undefined)[]
const server = createServer((request, response) => {
  headers.push(request.headers.authorization)
  const [status, body] = answers[request.url?.replace("/api/v10", "") ?? ""] ?? [404, { code: 0, message: "404: Not Found" }]
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body))
})
let root = ""
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

type Step = Parameters<Ask>[0]

async function logIn(said: typeof answers, typed = token): Promise<{ id: string; secret: unknown; next: string; steps: Step[] }> {
  answers = said
  headers = []
  const steps: Step[] = []
  const ask: Ask = (step) => {
    steps.push(step)
    return Promise.resolve({ token: typed })
  }
  return { ...(await login(ask, options.parse({ apiRoot: root }), AbortSignal.timeout(5000))), steps }
}

const me: [number, unknown] = [200, { id: "471100000000000001", username: "ferry", bot: true }]
const application = (more: object): [number, unknown] => [200, { id: "471200000000000001", name: "ferry", ...more }]

describe("login", () => {
  it("asks one question, and says how to come by the answer", async () => {
    const done = await logIn({ "/users/@me": me, "/applications/@me": application({ flags: content }) })
    assert.deepEqual([done.id, done.secret], ["471100000000000001", { token }])
    assert.equal(done.steps.length, 1)
    const [{ text = "", fields = [] }] = done.steps as [Step]
    assert.deepEqual(
      fields.map(({ name, secret }) => [name, secret]),
      [["token", true]],
    )
    for (const said of [/discord\.com\/developers\/applications/, /Message Content Intent/, /Server Members/, /Presence/])
      assert.match(text, said)
    assert.match(done.next, /oauth2\/authorize\?client_id=\d+&.*permissions=\d+/)
    assert.match(done.next, /oauth2\/authorize\?client_id=471200000000000001&.*permissions=\d+/)
    assert.match(done.next, /who belongs to a server and who is online.*«Server Members Intent» and «Presence Intent»/)
    const permissions = BigInt(/permissions=(\d+)/.exec(done.next)?.[1] ?? 0)
    for (const needed of [PermissionFlagsBits.ManageWebhooks, PermissionFlagsBits.PinMessages]) assert.ok(permissions & needed)
    assert.deepEqual(new Set(headers), new Set([`Bot ${token}`]))
  })

  const refused: [what: string, said: typeof answers, kind: string, text: RegExp][] = [
    ["a token nobody knows", { "/users/@me": [401, { code: 0, message: "401: Unauthorized" }] }, "rejected", /does not know this token/],
    [
      "a bot that may not read",
      { "/users/@me": me, "/applications/@me": application({ flags: ApplicationFlags.GatewayPresenceLimited }) },
      "rejected",
      /Message Content Intent.*471200000000000001\/bot/,
    ],
    ["a person's token", { "/users/@me": [200, { id: "4711", bot: false }] }, "denied", /person's account/],
    ["what is not Discord", { "/users/@me": [200, []] }, "retry", /not Discord's API/],
    ["a server that is down", { "/users/@me": [500, {}] }, "retry", /problem of its own/],
  ]
  for (const [what, said, kind, text] of refused)
    it(`refuses ${what}`, async () => {
      await assert.rejects(logIn(said), (error: AdapterError) => {
        assert.equal(error.kind, kind)
        assert.match(error.message, text)
        return true
      })
    })

  it("refuses what cannot be a token without asking anybody", async () => {
    await assert.rejects(logIn({}, " \u200b "), /not a bot token/)
    assert.equal(headers.length, 0)
  })

  for (const [what, said] of Object.entries({
    "knows no applications/@me": {},
    "cannot do applications/@me": { "/applications/@me": [501, {}] },
    "answers applications/@me with a page": { "/applications/@me": [200, "<html>"] },
    "has no flags": { "/applications/@me": application({}) },
    "has 0 for flags, as it has for all": { "/applications/@me": application({ flags: 0 }) },
    "has null for flags": { "/applications/@me": application({ flags: null }) },
    "knows the full switches": { "/applications/@me": application({ flags: String(ApplicationFlags.GatewayMessageContent) }) },
  }))
    it(`takes a server that ${what}`, async () => {
      const done = await logIn({ "/users/@me": [200, { id: "471100000000000001", username: "ferry" }], ...(said as typeof answers) })
      assert.equal(done.id, "471100000000000001")
    })
})

describe("a token", () => {
  for (const typed of [
    token,
    ` ${token}\n`,
    `Bot ${token}`,
    `"${token}"`,
    `«${token}»`,
    `\`${token}\``,
    `${token.slice(0, 30)}\u200b\n${token.slice(30)}`,
  ])
    it(`is found in ${JSON.stringify(typed.replaceAll(token, "<token>"))}`, () => assert.equal(tokenIn(typed), token))

  for (const typed of ["", "   ", "пароль", "x".repeat(501)])
    it(`is not ${JSON.stringify(typed.slice(0, 10))}`, () => assert.equal(tokenIn(typed), undefined))
})

describe("intents", () => {
  const all = { content: true, members: true, presences: true }

  it("are asked for as far as they are switched on", () => {
    assert.deepEqual(granted({}), all)
    assert.deepEqual(granted({ flags: 0 }), { content: false, members: false, presences: false })
    assert.deepEqual(granted({ flags: 0 }, true), { content: true, members: true, presences: true })
    assert.deepEqual(granted({ flags: content }), { content: true, members: false, presences: false })
    assert.deepEqual(granted({ flags: 2 ** 40 + ApplicationFlags.GatewayPresence }), { content: false, members: false, presences: true })
    assert.equal(intentsOf(all) & 33026, 33026)
    assert.equal(intentsOf({ ...all, members: false, presences: false }) & 33026, 32768)
  })

  it("that are missing are named, with their place", () => {
    assert.equal(missing(all, "1"), undefined)
    assert.match(missing({ ...all, presences: false }, "1")!, /who is online.*«Presence Intent».*applications\/1\/bot/)
  })

  it("are fewer after each refusal, until there is nothing to do without", () => {
    const some = fewer(all, { ...all, presences: false })
    assert.deepEqual(some, { ...all, presences: false })
    const few = fewer(some, some)
    assert.deepEqual(few, { content: true, members: false, presences: false })
    assert.deepEqual(fewer(few, all), { content: false, members: false, presences: false })
  })
})
