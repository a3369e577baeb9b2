// A gateway that says exactly what a test wants, and the Discord adapter's connection to it.
import assert from "node:assert/strict"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { NetworkEvent } from "xferry"
import { WebSocket, WebSocketServer } from "ws"
import { TestHost } from "#src/adapter/conformance/host.js"
import { type GatewayParts, openGateway } from "#discord/connection/gateway.js"
import { client } from "#discord/connection/rest.js"
import { type Timing, usual } from "#discord/connection/timing.js"
import { options } from "#discord/options.js"
import { patience, within } from "./deadline.js"
import { secret } from "./secrets.js"

export const token = secret("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDe.gateway-test_0123456789abcdefghijk")
/** Copied into each stage, so that a test may change it in the middle. */
const quick: Timing = { ...usual, invalid: [1, 2], identify: 5, firstWait: 1, mostWait: 5 }

export interface Frame {
  op: number
  d: { seq?: number; session_id?: string; intents?: number; shard?: number[]; token?: string } | null
}

/** One connection of the adapter, as the server sees it. */
export class Line {
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
const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

/** One test's server and host. */
export const at = {
  /** All connections, in the order of their coming. */
  lines: [] as Line[],
  /** How many of them the test has seen. */
  taken: 0,
  onLine: (): void => undefined,
  http: undefined as unknown as Server,
  sockets: undefined as unknown as WebSocketServer,
  root: "",
  url: "",
  /** What GET /gateway/bot answers; a number: this status. */
  gatewayBot: undefined as unknown,
  host: new TestHost(undefined, 10_000 * patience),
  timing: quick,
}

/** For `beforeEach`. */
export async function raise(): Promise<void> {
  process.on("unhandledRejection", onRejection)
  const http = createServer((_request, response) => {
    const status = typeof at.gatewayBot === "number" ? at.gatewayBot : 200
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(at.gatewayBot))
  })
  const sockets = new WebSocketServer({ server: http })
  sockets.on("connection", (socket, request) => {
    at.lines.push(new Line(socket, request.url ?? ""))
    at.onLine()
  })
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  const { port } = http.address() as AddressInfo
  const url = `ws://127.0.0.1:${port}`
  const limit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 }
  const gatewayBot = { url, shards: 1, session_start_limit: limit }
  Object.assign(at, { lines: [], taken: 0, onLine: () => undefined, http, sockets, root: `http://127.0.0.1:${port}/api`, url, gatewayBot })
  Object.assign(at, { host: new TestHost(undefined, 10_000 * patience), timing: { ...quick } })
}

/** For `afterEach`. Asserts that no rejection went unhandled, and that no log holds the token. */
export async function strike(): Promise<void> {
  at.host.close()
  for (const client of at.sockets.clients) client.terminate()
  at.sockets.close()
  at.http.closeAllConnections()
  at.http.close()
  await new Promise((resolve) => setImmediate(resolve))
  process.off("unhandledRejection", onRejection)
  assert.deepEqual(rejections.splice(0), [])
  assert.ok(!at.host.logged.some((line) => line.includes(token)))
}

/** The next connection that comes. */
export async function line(): Promise<Line> {
  const mine = at.taken++
  return within(
    new Promise<Line>((resolve) => {
      const before = at.onLine
      at.onLine = () => {
        before()
        if (at.lines[mine]) resolve(at.lines[mine])
      }
      at.onLine()
    }),
    5000,
    `connection ${mine + 1}`,
  )
}

export const said = (text: unknown): NetworkEvent => ({ type: "notice", chat: { room: "1" }, at: new Date(0), text: String(text) })
export const texts = (): string[] => at.host.events.map((event) => (event.type === "notice" ? event.text : event.type))

export function parts(more: Partial<GatewayParts> = {}): GatewayParts {
  return {
    rest: client({ token }, options.parse({ apiRoot: at.root })),
    token,
    apiRoot: at.root,
    intents: 1,
    host: at.host,
    handlers: [{ SAID: (d) => [said(d["text"])], BAD: () => Promise.reject(new Error("a bug")) }],
    load: () => Promise.resolve([]),
    timing: at.timing,
    ...more,
  }
}

export const ready = (one: Line, more: object = {}): void =>
  one.send(0, { v: 10, user: { id: "1" }, guilds: [], session_id: "first", resume_gateway_url: at.url, ...more }, "READY", 1)

export async function begun(more: Partial<GatewayParts> = {}): Promise<{ one: Line; ended: Promise<void> }> {
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

export const heard = (text: string): Promise<void> => at.host.until(`«${text}»`, () => texts().includes(text))
export const failure = (ended: Promise<void>): Promise<{ kind: string; retryAfterMs?: number; message: string }> =>
  within(
    ended.then(
      () => assert.fail("it must reject"),
      (error: unknown) => error as { kind: string; message: string },
    ),
    5000,
    "the end of the session",
  )
