// A new gateway session of the Discord adapter, and what comes by it: also what no good server says.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import { openGateway } from "#discord/connection/gateway.js"
import { IntentsRefused } from "#discord/connection/shard.js"
import { at, begun, failure, heard, line, parts, raise, ready, strike, texts, token } from "../support/discord-line.js"

beforeEach(raise)
afterEach(strike)

describe("a new session", () => {
  it("identifies, and is there when the servers it announced have come", async () => {
    const opening = openGateway(parts())
    const one = await line()
    assert.match(one.path, /v=10/)
    assert.match(one.path, /encoding=json/)
    assert.doesNotMatch(one.path, /compress/)
    one.hello()
    const { d } = await one.frame(2)
    assert.equal(d?.token, token)
    assert.deepEqual(d?.shard, [0, 1])
    ready(one, {
      guilds: [
        { id: "11", unavailable: true },
        { id: "12", unavailable: true },
      ],
    })
    let open = false
    void opening.then(() => (open = true))
    one.send(0, { text: "between" }, "SAID", 2)
    await heard("between")
    assert.equal(open, false)
    one.send(0, { id: "11" }, "GUILD_CREATE", 3)
    one.send(0, { id: "12", unavailable: true }, "GUILD_DELETE", 4)
    await opening
  })

  it("does not wait for ever for a server that never comes", async () => {
    const opening = openGateway(parts({ timing: { ...at.timing, announced: 5 } }))
    const one = await line()
    one.hello()
    await one.frame(2)
    ready(one, { guilds: [{ id: "11", unavailable: true }] })
    await opening
  })

  it("uses as many connections as the server wants", async () => {
    at.gatewayBot = { url: at.url, shards: 2 }
    const opening = openGateway(parts())
    const seen = []
    for (const index of [0, 1]) {
      const one = await line()
      one.hello()
      seen.push((await one.frame(2)).d?.shard)
      ready(one, { session_id: `shard ${index}` })
    }
    await opening
    assert.deepEqual(seen, [
      [0, 2],
      [1, 2],
    ])
  })

  for (const [what, answer] of Object.entries({
    "404": 404,
    "501": 501,
    "a page": "<html>",
    "an empty answer": {},
    "nulls and texts": { url: null, shards: "1", session_start_limit: null },
  }))
    it(`makes do with ${what} to GET /gateway/bot`, async () => {
      at.gatewayBot = answer
      await begun()
    })

  it("waits where no session may be begun today", async () => {
    at.gatewayBot = {
      url: at.url,
      shards: 1,
      session_start_limit: { total: 1000, remaining: 0, reset_after: 3_600_000, max_concurrency: 1 },
    }
    const error = await failure(openGateway(parts()).then(() => undefined))
    assert.deepEqual([error.kind, error.retryAfterMs], ["retry", 3_600_000])
    assert.equal(at.lines.length, 0)
  })

  it("says what a refused token is", async () => {
    const opening = failure(openGateway(parts()).then(() => undefined))
    const one = await line()
    one.hello()
    await one.frame(2)
    one.socket.close(4004)
    assert.equal((await opening).kind, "logged-out")
  })

  it("tells apart that intents are not switched on", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello()
    await one.frame(2)
    one.socket.close(4014)
    await assert.rejects(opening, IntentsRefused)
  })

  it("identifies again when Discord says so", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello()
    await one.frame(2)
    one.send(9, false)
    const two = await line()
    two.hello()
    await two.frame(2)
    ready(two)
    await opening
  })

  it("gives up after some time, with a sentence", async () => {
    const opening = failure(openGateway(parts({ timing: { ...at.timing, giveUp: 20 } })).then(() => undefined))
    at.onLine = () => at.lines.at(-1)?.hello()
    const error = await opening
    assert.equal(error.kind, "retry")
    assert.match(error.message, /does not let the bot in/)
    await Promise.all(at.lines.map((one) => one.closed()))
  })

  it("can be given up at any time", async () => {
    const opening = failure(openGateway(parts()).then(() => undefined))
    const one = await line()
    at.host.close()
    await opening
    await one.closed()
    assert.equal(at.lines.length, 1)
  })
})

describe("what comes", () => {
  it("is told in order, and acknowledged when it and all before it are committed", async () => {
    const { one } = await begun()
    let commit!: () => void
    const slow = new Promise<void>((resolve) => (commit = resolve))
    at.host.commit = (event) => (event.type === "notice" && event.text === "b" ? slow : Promise.resolve())
    for (const [index, text] of ["a", "b", "c"].entries()) one.send(0, { text }, "SAID", index + 2)
    await heard("c")
    one.send(1, null)
    assert.equal((await one.frame(1)).d, 2)
    commit()
    await heard("b")
    one.send(1, null)
    assert.equal((await one.frame(1)).d, 4)
  })

  it("may be anything", async () => {
    const { one, ended } = await begun()
    for (const frame of [
      "",
      "{",
      "null",
      "7",
      "[]",
      '"x"',
      "{}",
      '{"op":null}',
      '{"op":0}',
      '{"op":"x"}',
      '{"op":99,"d":1}',
      '{"op":11,"d":[]}',
    ])
      one.socket.send(frame)
    one.socket.send(Buffer.from([0, 255, 1]))
    one.socket.send(Buffer.from('{"op":9,"d":false}'), { binary: true })
    for (const d of [null, 5, "x", [], {}]) {
      one.send(0, d, "SAID", "5")
      one.send(0, d, "NEVER_HEARD_OF", null)
      one.send(0, d, "BAD", {})
      one.send(0, d, "toString", 6)
    }
    one.send(10, null)
    one.send(0, { text: "still here" }, "SAID", 7)
    await heard("still here")
    assert.equal(at.host.logged.filter((text) => text.includes("NEVER_HEARD_OF")).length, 1)
    assert.equal(at.host.logged.filter((text) => text.includes("a bug")).length, 1)
    at.host.close()
    await ended
  })

  for (const hello of [null, {}, { heartbeat_interval: 0 }, { heartbeat_interval: -1 }, { heartbeat_interval: "x" }])
    it(`HELLO with ${JSON.stringify(hello)} is no reason to storm the server`, async () => {
      const opening = openGateway(parts())
      const one = await line()
      one.send(10, hello)
      await one.frame(2)
      ready(one)
      await opening
      one.send(0, { text: "x" }, "SAID", 2)
      await heard("x")
      assert.ok(!one.got.some(({ op }) => op === 1))
    })

  it("READY without anything in it is a session that cannot be resumed", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello()
    await one.frame(2)
    one.send(0, null, "READY", 1)
    const { ended } = await opening
    one.send(0, { text: "x" }, "SAID", 2)
    await heard("x")
    one.socket.terminate()
    assert.equal((await failure(ended)).kind, "retry")
  })

  it("is not read faster than the core commits", async () => {
    const { one } = await begun()
    const waiting: (() => void)[] = []
    at.host.commit = () => new Promise<void>((resolve) => waiting.push(resolve))
    for (let i = 0; i < 2000; i++) one.send(0, { text: String(i) }, "SAID", i + 2)
    await at.host.until("as many as may be under way", () => waiting.length === 300)
    at.host.commit = () => Promise.resolve()
    for (const commit of waiting) commit()
    await heard("1999")
    assert.deepEqual(
      texts(),
      Array.from({ length: 2000 }, (_, index) => String(index)),
    )
  })

  it("ends the session if the core cannot commit it, and comes again", async () => {
    const { one, ended } = await begun()
    at.host.commit = (event) =>
      event.type === "notice" && event.text === "b" ? Promise.reject(new Error("the disk is full")) : Promise.resolve()
    for (const [index, text] of ["a", "b", "c"].entries()) one.send(0, { text }, "SAID", index + 2)
    assert.equal((await failure(ended)).kind, "retry")
    at.host.commit = () => Promise.resolve()
    const opening = openGateway(parts())
    const two = await line()
    two.hello()
    assert.equal((await two.frame(6)).d?.seq, 2)
    two.send(0, { text: "b" }, "SAID", 3)
    two.send(0, null, "RESUMED", 5)
    await opening
    await heard("b")
  })
})
