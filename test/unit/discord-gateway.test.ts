// The Discord adapter's gateway connection against a server that says exactly what each test wants, also what no good server says.
import assert from "node:assert/strict"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, describe, it } from "node:test"
import { type NetworkEvent } from "xferry"
import { WebSocket, WebSocketServer } from "ws"
import { TestHost, within } from "#src/adapter/conformance/host.js"
import { type GatewayParts, openGateway } from "#discord/connection/gateway.js"
import { client } from "#discord/connection/rest.js"
import { IntentsRefused } from "#discord/connection/shard.js"
import { type Timing, usual } from "#discord/connection/timing.js"
import { options } from "#discord/options.js"
import { secret } from "../support/secrets.js"

const token = secret("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDe.gateway-test_0123456789abcdefghijk")
const quick: Timing = { ...usual, invalid: [1, 2], identify: 5, firstWait: 1, mostWait: 5 }

interface Frame {
  op: number
  d: { seq?: number; session_id?: string; intents?: number; shard?: number[]; token?: string } | null
}

/** One connection of the adapter, as the server sees it. */
class Line {
  readonly got: Frame[] = []
  #look: () => void = () => undefined
  constructor(
    readonly socket: WebSocket,
    readonly path: string,
  ) {
    socket.on("message", (data) => {
      this.got.push(JSON.parse((data as Buffer).toString()) as Frame)
      this.#look()
    })
    socket.on("error", () => undefined)
  }

  send(op: number, d: unknown, t: string | null = null, s: unknown = null): void {
    this.socket.send(JSON.stringify({ op, d, t, s }))
  }

  hello(interval: unknown = 60_000): void {
    this.send(10, { heartbeat_interval: interval })
  }

  /** The next frame of this kind that was not asked for before. */
  async frame(op: number): Promise<Frame> {
    return within(
      new Promise<Frame>((resolve) => {
        this.#look = () => {
          const index = this.got.findIndex((frame) => frame.op === op)
          if (index !== -1) resolve(this.got.splice(index, 1)[0]!)
        }
        this.#look()
      }),
      5000,
      `op ${op}`,
    )
  }

  async closed(): Promise<number> {
    if (this.socket.readyState === WebSocket.CLOSED) return 0
    return within(new Promise<number>((resolve) => this.socket.once("close", resolve)), 5000, "the connection to close")
  }
}

let lines: Line[]
let taken: number
let onLine: () => void
let sockets: WebSocketServer
let http: ReturnType<typeof createServer>
let root: string
let url: string
let gatewayBot: unknown
let host: TestHost
const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

beforeEach(async () => {
  lines = []
  taken = 0
  onLine = () => undefined
  process.on("unhandledRejection", onRejection)
  http = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(gatewayBot))
  })
  sockets = new WebSocketServer({ server: http })
  sockets.on("connection", (socket, request) => {
    lines.push(new Line(socket, request.url ?? ""))
    onLine()
  })
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  const { port } = http.address() as AddressInfo
  root = `http://127.0.0.1:${port}/api`
  url = `ws://127.0.0.1:${port}`
  gatewayBot = { url, shards: 1, session_start_limit: { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 } }
  host = new TestHost()
})

afterEach(async () => {
  host.close()
  for (const client of sockets.clients) client.terminate()
  sockets.close()
  http.closeAllConnections()
  http.close()
  await new Promise((resolve) => setImmediate(resolve))
  process.off("unhandledRejection", onRejection)
  assert.deepEqual(rejections.splice(0), [])
  assert.ok(!host.logged.some((line) => line.includes(token)))
})

/** The next connection that comes. */
async function line(): Promise<Line> {
  const mine = taken++
  return within(
    new Promise<Line>((resolve) => {
      const before = onLine
      onLine = () => {
        before()
        if (lines[mine]) resolve(lines[mine])
      }
      onLine()
    }),
    5000,
    `connection ${mine + 1}`,
  )
}

const said = (text: unknown): NetworkEvent => ({ type: "notice", chat: { room: "1" }, at: new Date(0), text: String(text) })
const texts = (): string[] => host.events.map((event) => (event.type === "notice" ? event.text : event.type))

function parts(more: Partial<GatewayParts> = {}): GatewayParts {
  return {
    rest: client({ token }, options.parse({ apiRoot: root })),
    token,
    apiRoot: root,
    intents: 1,
    host,
    handlers: [{ SAID: (d) => [said(d["text"])], BAD: () => Promise.reject(new Error("a bug")) }],
    load: () => Promise.resolve([]),
    timing: quick,
    ...more,
  }
}

const ready = (one: Line, more: object = {}): void =>
  one.send(0, { v: 10, user: { id: "1" }, guilds: [], session_id: "first", resume_gateway_url: url, ...more }, "READY", 1)

async function begun(more: Partial<GatewayParts> = {}): Promise<{ one: Line; ended: Promise<void> }> {
  const opening = openGateway(parts(more))
  opening.catch(() => undefined)
  const one = await line()
  one.hello()
  await one.frame(2)
  ready(one)
  const { ended } = await opening
  ended.catch(() => undefined)
  return { one, ended }
}

const heard = (text: string): Promise<void> => host.until(`«${text}»`, () => texts().includes(text))
const failure = (ended: Promise<void>): Promise<{ kind: string; retryAfterMs?: number; message: string }> =>
  within(
    ended.then(
      () => assert.fail("it must reject"),
      (error: unknown) => error as { kind: string; message: string },
    ),
    5000,
    "the end of the session",
  )

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
    const opening = openGateway(parts({ timing: { ...quick, announced: 5 } }))
    const one = await line()
    one.hello()
    await one.frame(2)
    ready(one, { guilds: [{ id: "11", unavailable: true }] })
    await opening
  })

  it("uses as many connections as the server wants", async () => {
    gatewayBot = { url, shards: 2 }
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
    "an empty answer": {},
    "nulls and texts": { url: null, shards: "1", session_start_limit: null },
  }))
    it(`makes do with ${what} to GET /gateway/bot`, async () => {
      gatewayBot = answer
      await begun()
    })

  it("waits where no session may be begun today", async () => {
    gatewayBot = { url, shards: 1, session_start_limit: { total: 1000, remaining: 0, reset_after: 3_600_000, max_concurrency: 1 } }
    const error = await failure(openGateway(parts()).then(() => undefined))
    assert.deepEqual([error.kind, error.retryAfterMs], ["retry", 3_600_000])
    assert.equal(lines.length, 0)
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
    const opening = failure(openGateway(parts({ timing: { ...quick, giveUp: 20 } })).then(() => undefined))
    const one = await line()
    one.hello()
    await one.frame(2)
    const error = await opening
    assert.equal(error.kind, "retry")
    assert.match(error.message, /does not let the bot in/)
    await one.closed()
  })

  it("can be given up at any time", async () => {
    const opening = failure(openGateway(parts()).then(() => undefined))
    const one = await line()
    host.close()
    await opening
    await one.closed()
    assert.equal(lines.length, 1)
  })
})

describe("what comes", () => {
  it("is told in order, and acknowledged when it and all before it are committed", async () => {
    const { one } = await begun()
    let commit!: () => void
    const slow = new Promise<void>((resolve) => (commit = resolve))
    host.commit = (event) => (event.type === "notice" && event.text === "b" ? slow : Promise.resolve())
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
    assert.equal(host.logged.filter((text) => text.includes("NEVER_HEARD_OF")).length, 1)
    assert.equal(host.logged.filter((text) => text.includes("a bug")).length, 1)
    host.close()
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
    host.commit = () => new Promise<void>((resolve) => waiting.push(resolve))
    for (let i = 0; i < 2000; i++) one.send(0, { text: String(i) }, "SAID", i + 2)
    await host.until("as many as may be under way", () => waiting.length === 300)
    host.commit = () => Promise.resolve()
    for (const commit of waiting) commit()
    await heard("1999")
    assert.deepEqual(
      texts(),
      Array.from({ length: 2000 }, (_, index) => String(index)),
    )
  })

  it("ends the session if the core cannot commit it, and comes again", async () => {
    const { one, ended } = await begun()
    host.commit = (event) =>
      event.type === "notice" && event.text === "b" ? Promise.reject(new Error("the disk is full")) : Promise.resolve()
    for (const [index, text] of ["a", "b", "c"].entries()) one.send(0, { text }, "SAID", index + 2)
    assert.equal((await failure(ended)).kind, "retry")
    host.commit = () => Promise.resolve()
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

describe("a connection that breaks", () => {
  it("is resumed from what was committed, and nothing is told twice", async () => {
    const { one } = await begun()
    let commit!: () => void
    const slow = new Promise<void>((resolve) => (commit = resolve))
    let offered = 0
    host.commit = (event) => (event.type === "notice" && event.text === "b" ? (offered++, slow) : Promise.resolve())
    one.send(0, { text: "a" }, "SAID", 2)
    one.send(0, { text: "b" }, "SAID", 3)
    await host.until("the second event", () => offered > 0)
    one.socket.terminate()
    const two = await line()
    two.hello()
    const { d } = await two.frame(6)
    assert.deepEqual([d?.session_id, d?.seq, d?.token], ["first", 2, token])
    two.send(0, { text: "b" }, "SAID", 3)
    two.send(0, { text: "c" }, "SAID", 4)
    two.send(0, null, "RESUMED", 5)
    two.send(0, { text: "d" }, "SAID", 6)
    await heard("d")
    commit()
    await heard("b")
    assert.equal(offered, 1)
    assert.deepEqual(texts().sort(), ["a", "b", "c", "d"])
  })

  for (const [what, end] of Object.entries({
    "op 7": (one: Line) => one.send(7, null),
    "op 9, resumable": (one: Line) => one.send(9, true),
    "close 4000": (one: Line) => one.socket.close(4000),
    "close 1001": (one: Line) => one.socket.close(1001),
  }))
    it(`${what}: resumes`, async () => {
      const { one } = await begun()
      end(one)
      const two = await line()
      two.hello()
      await two.frame(6)
      two.send(0, null, "RESUMED", 2)
      two.send(0, { text: "on" }, "SAID", 3)
      await heard("on")
    })

  it("a heartbeat without an answer is a broken connection", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello(50)
    await one.frame(2)
    ready(one)
    await opening
    const two = await line()
    two.hello()
    await two.frame(6)
  })

  it("tries several times, at the usual place if that of the session is gone", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello()
    await one.frame(2)
    ready(one, { resume_gateway_url: "ws://127.0.0.1:1" })
    await opening
    one.socket.terminate()
    const two = await line()
    two.hello()
    await two.frame(6)
  })

  for (const [what, end] of Object.entries({
    "op 9, not resumable": (one: Line) => one.send(9, false),
    "op 9 with nothing": (one: Line) => one.send(9, null),
    "close 4009": (one: Line) => one.socket.close(4009),
    "a second READY": (one: Line) => ready(one, { session_id: "second" }),
  }))
    it(`${what}: ends the session, and the next one begins anew`, async () => {
      const { one, ended } = await begun({ timing: { ...quick, good: 0 } })
      end(one)
      const error = await failure(ended)
      assert.deepEqual([error.kind, error.retryAfterMs], ["retry", 0])
      const opening = openGateway(parts())
      const two = await line()
      two.hello()
      await two.frame(2)
      ready(two)
      await opening
    })

  it("that stays broken ends the session, which can still be resumed", async () => {
    const { one, ended } = await begun({ timing: { ...quick, giveUp: 50 } })
    one.socket.terminate()
    const refuse = (client: WebSocket): void => client.terminate()
    sockets.on("connection", refuse)
    const error = await failure(ended)
    assert.equal(error.kind, "retry")
    assert.match(error.message, /does not let the bot in/)
    sockets.off("connection", refuse)
    taken = lines.length
    const opening = openGateway(parts())
    const two = await line()
    two.hello()
    assert.equal((await two.frame(6)).d?.session_id, "first")
    two.send(0, null, "RESUMED", 2)
    await opening
  })

  it("a server that knows no RESUME ends the session", async () => {
    const { one, ended } = await begun()
    one.socket.terminate()
    const two = await line()
    two.hello()
    await two.frame(6)
    two.socket.close(1000)
    assert.equal((await failure(ended)).kind, "retry")
  })

  it("a server that goes on counting from the start after a resume is heard", async () => {
    const { one } = await begun()
    one.send(0, { text: "a" }, "SAID", 50)
    await heard("a")
    one.socket.terminate()
    const two = await line()
    two.hello()
    await two.frame(6)
    two.send(0, null, "RESUMED", 1)
    two.send(0, { text: "b" }, "SAID", 2)
    await heard("b")
  })
})

describe("a restart", () => {
  async function stopped(): Promise<void> {
    const { one, ended } = await begun()
    one.send(0, { text: "a" }, "SAID", 2)
    await heard("a")
    const closed = one.closed()
    host.close()
    await ended
    assert.equal(await closed, 4200)
    host = new TestHost(host.memory)
  }

  it("ends quietly, and resumes with the world learned before anything is told", async () => {
    await stopped()
    let learn!: (events: NetworkEvent[]) => void
    const learned = new Promise<NetworkEvent[]>((resolve) => (learn = resolve))
    const opening = openGateway(parts({ load: () => learned }))
    const one = await line()
    one.hello()
    const { d } = await one.frame(6)
    assert.deepEqual([d?.session_id, d?.seq], ["first", 2])
    one.send(0, { text: "b" }, "SAID", 3)
    one.send(0, null, "RESUMED", 4)
    learn([said("the world")])
    await opening
    await heard("b")
    assert.deepEqual(texts(), ["the world", "b"])
  })

  for (const [what, load] of Object.entries({
    "cannot be learned": () => Promise.reject(new Error("no")),
    "takes too long to learn": () => new Promise<never>(() => undefined),
  }))
    it(`begins anew if the world ${what}`, async () => {
      await stopped()
      const opening = openGateway(parts({ load, timing: { ...quick, load: 20 } }))
      const one = await line()
      one.hello()
      await one.frame(6)
      one.send(0, null, "RESUMED", 3)
      const two = await line()
      two.hello()
      await two.frame(2)
      ready(two)
      await opening
    })

  for (const [what, refuse] of Object.entries({
    "op 9": (one: Line) => one.send(9, false),
    "closing with 1000": (one: Line) => one.socket.close(1000),
    "closing with 4001": (one: Line) => one.socket.close(4001),
    READY: (one: Line) => ready(one, { session_id: "other" }),
    silence: () => undefined,
  }))
    it(`begins anew if the server answers RESUME with ${what}`, async () => {
      await stopped()
      const opening = openGateway(parts({ timing: { ...quick, resume: 20 } }))
      const one = await line()
      one.hello()
      await one.frame(6)
      refuse(one)
      const two = await line()
      two.hello()
      await two.frame(2)
      ready(two)
      await opening
    })

  it("begins anew with other intents, and with a state nobody can read", async () => {
    await stopped()
    const opening = openGateway(parts({ intents: 3 }))
    const one = await line()
    one.hello()
    assert.equal((await one.frame(2)).d?.intents, 3)
    ready(one)
    await opening
    host.close()
    host = new TestHost(new Map([["gateway", "{"]]))
    await begun()
  })
})
