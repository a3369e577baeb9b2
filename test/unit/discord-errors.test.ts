// What the core learns of Discord's refusals and the network's faults; against a server that gives exactly these answers.
import assert from "node:assert/strict"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { after, before, describe, it } from "node:test"
import { inspect } from "node:util"
import { AdapterError } from "xferry"
import { explain } from "#discord/connection/errors.js"
import { client, isForTheQueue } from "#discord/connection/rest.js"
import { options } from "#discord/options.js"
import { secret } from "../support/secrets.js"

const token = secret("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDe.errors-test_0123456789abcdefghijkl")
const hook = secret("errors-test-hook_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN")
const said = "what somebody said"
const channel = "123456789012345678"
const send = `/channels/${channel}/messages` as const

let answer: (response: ServerResponse) => void
let asked = 0
const server = createServer((request, response) => {
  asked++
  request.resume().on("end", () => answer(response))
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

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response
      .writeHead(status, { "Content-Type": "application/json", ...headers })
      .end(typeof body === "string" ? body : JSON.stringify(body))
  }
const page = (status: number) => (response: ServerResponse) => {
  response.writeHead(status, { "Content-Type": "text/html" }).end("<html><h1>Bad luck</h1></html>")
}

interface Question {
  unsure?: boolean
  webhook?: boolean
  method?: "get" | "post"
  path?: `/${string}`
  apiRoot?: string
  signal?: AbortSignal
}

async function failure(reply: typeof answer, question: Question = {}): Promise<AdapterError> {
  const { unsure = false, webhook = false, method = "post", path = send, apiRoot = root, signal } = question
  answer = reply
  const rest = client({ token }, options.parse({ apiRoot, timeoutSeconds: 1 }))
  const body = method === "get" ? {} : { body: { content: said } }
  try {
    await rest[method](path, { ...body, ...(signal && { signal }) })
  } catch (thrown) {
    const error = explain(thrown, { unsure, webhook })
    const seen = inspect(error, { depth: 8 })
    for (const forbidden of [token, hook, said]) assert.ok(!seen.includes(forbidden), `${forbidden} is in ${seen}`)
    assert.doesNotMatch(error.message, /<|\n/)
    return error
  }
  return assert.fail("it did not fail")
}

describe("what Discord says", () => {
  const rows: [status: number, body: unknown, kind: string, text: RegExp][] = [
    [404, { code: 10003, message: "Unknown Channel" }, "gone", /channel does not exist/],
    [404, { code: 10008, message: "Unknown Message" }, "gone", /message no longer exists/],
    [403, { code: 50013, message: "Missing Permissions" }, "denied", /lacks the permission/],
    [403, { code: 50001, message: "Missing Access" }, "denied", /may not see/],
    [403, { code: 50007, message: "Cannot send messages to this user" }, "denied", /share no server/],
    [403, { code: 50278, message: "Cannot send messages to this user due to having no mutual guilds" }, "denied", /share no server/],
    [400, { code: 50006, message: "Cannot send an empty message" }, "rejected", /empty/],
    [400, { code: "50006", message: "a number as text" }, "rejected", /empty/],
    [400, { code: 200000, message: "Message was blocked by automatic moderation" }, "rejected", /moderation/],
    [400, { code: 30007, message: "Maximum number of webhooks reached (15)" }, "denied", /webhooks/],
    [400, { code: 40067, message: "A tag is required" }, "rejected", /tag/],
    [400, { code: 50083, message: "Thread is archived" }, "denied", /archived/],
    [400, { code: 160005, message: "Thread is locked" }, "denied", /locked/],
    [400, { code: 999999, message: "Something new" }, "rejected", /refused this: Something new/],
    [401, { code: 0, message: "401: Unauthorized" }, "logged-out", /no longer accepts/],
    [403, { code: 0, message: "Who knows" }, "denied", /Who knows/],
    [404, { code: 0, message: "404: Not Found" }, "gone", /any more/],
    [405, { code: 0, message: "405: Method Not Allowed" }, "unsupported", /cannot do this/],
    [413, { code: 40005, message: "Request entity too large" }, "rejected", /too large/],
    [418, {}, "rejected", /418/],
    [400, [], "rejected", /400/],
    [400, "null", "rejected", /400/],
    [400, "{", "rejected", /400/],
    [403, { error: "text instead of a code" }, "denied", /not permit/],
    [400, { code: 50035, message: "<b>bold</b>" }, "rejected", /refused this: bold/],
  ]
  for (const [status, body, kind, text] of rows)
    it(`${status} ${JSON.stringify(body)}`, async () => {
      const error = await failure(json(status, body), { unsure: true })
      assert.equal(error.kind, kind)
      assert.match(error.message, text)
    })

  it("names what is wrong in a form", async () => {
    const errors = { content: { _errors: [{ code: "BASE_TYPE_MAX_LENGTH", message: "Must be 2000 or fewer in length." }] }, odd: null }
    const error = await failure(json(400, { code: 50035, message: "Invalid Form Body", errors }))
    assert.match(error.message, /Invalid Form Body: content Must be 2000 or fewer/)
  })

  it("knows a dead webhook from a dead bot", async () => {
    const path = `/webhooks/${channel}/${hook}` as const
    assert.equal((await failure(json(401, { code: 50027, message: "Invalid Webhook Token" }), { webhook: true, path })).kind, "gone")
    assert.equal((await failure(json(401, { message: "?" }), { webhook: true, path })).kind, "gone")
  })

  it("is logged out once and for all", async () => {
    const rest = client({ token }, options.parse({ apiRoot: root }))
    answer = json(401, { code: 0, message: "401: Unauthorized" })
    asked = 0
    for (let i = 0; i < 3; i++) await assert.rejects(rest.get("/users/@me"), (thrown) => explain(thrown).kind === "logged-out")
    assert.equal(asked, 1)
  })
})

describe("limits", () => {
  it("wait in the core's queue, with their time and their reach", async () => {
    const limited = json(429, { message: "You are being rate limited.", retry_after: 2.5, global: false }, { "Retry-After": "3" })
    const error = await failure(limited, { unsure: true })
    assert.equal(error.kind, "retry")
    assert.ok(error.retryAfterMs! >= 3000 && error.retryAfterMs! < 4000, String(error.retryAfterMs))
    assert.equal(error.blocks, "chat")
  })

  it("of the whole bot block the account", async () => {
    const error = await failure(
      json(429, { retry_after: 2, global: true, message: "" }, { "Retry-After": "2", "X-RateLimit-Global": "true" }),
    )
    assert.equal(error.blocks, "account")
  })

  it("without a header are read from the body, and without a time are not repeated at once", async () => {
    const error = await failure(json(429, { retry_after: 7 }))
    assert.ok(error.retryAfterMs! >= 7000, String(error.retryAfterMs))
    asked = 0
    assert.ok((await failure(page(429))).retryAfterMs! >= 1000)
    assert.equal(asked, 1)
  })

  it("are waited for by the library for what nobody says, unless it is long", () => {
    const data = { method: "GET", route: "/guilds/:id", timeToReset: 2000, retryAfter: 2000, sublimitTimeout: 0 } as Parameters<
      typeof isForTheQueue
    >[0]
    assert.equal(isForTheQueue(data), false)
    assert.equal(isForTheQueue({ ...data, retryAfter: 600_000 }), true)
    for (const route of [
      "/channels/:id/messages",
      "/channels/:id/messages/:id",
      "/webhooks/:id/:token",
      "/webhooks/:id/:token/messages/:id",
    ])
      assert.equal(isForTheQueue({ ...data, method: "POST", route }), true, route)
    assert.equal(isForTheQueue({ ...data, method: "POST", route: "/channels/:id/typing" }), false)
    assert.equal(isForTheQueue({ ...data, route: "/channels/:id/messages" }), false)
    // The library's own 50 in a second.
    assert.equal(
      isForTheQueue({ ...data, method: "POST", route: "/channels/:id/messages", global: true, timeToReset: 900, retryAfter: 900 }),
      false,
    )
  })
})

describe("what is no answer of Discord's", () => {
  it("5xx is an unknown outcome for what would be seen twice, and is not repeated", async () => {
    asked = 0
    assert.equal((await failure(page(502), { unsure: true })).kind, "unknown-outcome")
    assert.equal(asked, 1)
    assert.equal((await failure(json(500, { message: "500: Internal Server Error", code: 0 }))).kind, "retry")
  })

  it("a page in place of JSON", async () => {
    const error = await failure(page(200), { unsure: true })
    assert.equal(error.kind, "unknown-outcome")
    assert.match(error.message, /not Discord's API.*apiRoot/)
    assert.equal((await failure(page(403))).kind, "denied")
    assert.equal((await failure(json(200, '{"id":'), { method: "get" })).kind, "retry")
  })

  it("a connection that breaks", async () => {
    const reset = (response: ServerResponse): void => void response.socket?.resetAndDestroy()
    assert.equal((await failure(reset, { unsure: true })).kind, "unknown-outcome")
    assert.equal((await failure(reset, { method: "get" })).kind, "retry")
    const half = (response: ServerResponse): void => {
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "100" }).write('{"id":')
      setImmediate(() => response.socket?.resetAndDestroy())
    }
    assert.equal((await failure(half, { unsure: true })).kind, "unknown-outcome")
  })

  it("no answer in time, be it in the middle of the body", async () => {
    const never = (): void => undefined
    const error = await failure(never, { unsure: true })
    assert.equal(error.kind, "unknown-outcome")
    assert.match(error.message, /in time/)
    const dripping = (response: ServerResponse): void =>
      void response.writeHead(200, { "Content-Type": "application/json" }).write('{"id":')
    assert.equal((await failure(dripping, { method: "get" })).kind, "retry")
  })

  it("nobody there: nothing has left", async () => {
    const error = await failure(() => undefined, { unsure: true, apiRoot: "http://127.0.0.1:1/api" })
    assert.equal(error.kind, "retry")
    assert.equal(error.blocks, "account")
    assert.match(error.message, /cannot be reached \(ECONNREFUSED\)/)
  })

  it("given up on the way is not known, given up before is", async () => {
    const abort = new AbortController()
    const error = await failure(() => abort.abort(), { unsure: true, signal: abort.signal })
    assert.equal(error.kind, "unknown-outcome")
    asked = 0
    assert.equal((await failure(json(200, {}), { unsure: true, signal: AbortSignal.abort() })).kind, "retry")
    assert.equal(asked, 0)
  })
})

it("an error of ours stays what it is", () => {
  const error = new AdapterError("denied", "no")
  assert.equal(explain(error), error)
})

it("an answer without a body, or with a wrong content type, is read all the same", async () => {
  const rest = client({ token }, options.parse({ apiRoot: root }))
  answer = (response) => response.writeHead(204).end()
  await rest.delete(`/channels/${channel}`)
  answer = (response) => response.writeHead(200, { "Content-Type": "text/plain" }).end('{"id":"1"}')
  assert.deepEqual(await rest.get("/users/@me"), { id: "1" })
  answer = (response) => response.writeHead(200, { "Content-Type": "application/json" }).end()
  await rest.get("/users/@me")
})
