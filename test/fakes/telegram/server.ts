// The HTTP side of the fake: token in the path, parameters, faults, validation both ways.
import type { IncomingMessage, ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { setTimeout as sleep } from "node:timers/promises"
import type { Update } from "node-telegram-bot-api"
import { parameters } from "./body.js"
import { businessMethods, heededForBusiness } from "./business-methods.js"
import { buttonMethods, heededButtons } from "./buttons.js"
import { type Bot, Refused, type Sent } from "./bot.js"
import type { Fault, Faults } from "./faults.js"
import type { FileStore } from "./files.js"
import { groupMethod, groupMethods } from "./group-methods.js"
import type { Group } from "./groups.js"
import { heededHere, mediaMethods } from "./media-methods.js"
import { heeded, methods, type Params } from "./methods.js"
import { decode, methodOf, returnProblems, standardReactions, type Uploaded } from "./schema.js"

export interface Request {
  bot: Bot | undefined
  method: string
  params: Params
  /** Milliseconds on the monotonic clock. */
  at: number
}

export interface Side {
  botOf(token: string): Bot | undefined
  faults: Faults
  violations: string[]
  groups: ReadonlyMap<number, Group>
  files: FileStore
  came(request: Request): void
  done(): void
  sent(bot: Bot, message: Sent, what: "sent" | "edited" | "deleted"): void
}

const page = (status: string): string =>
  `<html>\r\n<head><title>${status}</title></head>\r\n<body><center><h1>${status}</h1></center></body>\r\n</html>\r\n`

export async function serve(request: IncomingMessage, response: ServerResponse, side: Side): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake")
  const [, token = "", method = ""] = /^\/bot([^/]+)\/([^/]+)$/.exec(decodeURI(url.pathname)) ?? []
  const file = /^\/file\/bot([^/]+)\/photos\/(-\d+)\.jpg$/.exec(decodeURI(url.pathname))
  const held = /^\/file\/bot([^/]+)\/(.+)$/.exec(decodeURI(url.pathname))
  const content = held && !file && side.botOf(held[1] ?? "") ? side.files.at(held[2] ?? "") : undefined
  if (content) {
    side.files.asked++
    side.done()
    await side.files.open
    return pour(response, content)
  }
  if (file) return hand(response, side.botOf(file[1] ?? "") && side.groups.get(Number(file[2]))?.photo)
  const gone = new AbortController()
  response.once("close", () => gone.abort())
  if (method === "") return answer(response, 404, { ok: false, error_code: 404, description: "Not Found" })
  let raw: Params
  try {
    raw = await parameters(request, url)
  } catch (error) {
    if (request.destroyed && !request.complete) return
    side.violations.push(`${method}: unreadable body: ${String(error)}`)
    return answer(response, 400, { ok: false, error_code: 400, description: "Bad Request: can't parse the request" })
  }
  const bot = side.botOf(token)
  const { params, problems, attached } = decode(method, raw)
  side.came({ bot, method, params, at: performance.now() })
  const fault = side.faults.take(method)
  if (fault && (await before(fault, response))) return side.done()
  const call = { bot, wellFormed: /^\d+:/.test(token), method, params, problems, attached, gone: gone.signal }
  const { status, body } = await result(call, side)
  if (fault) await after(fault, response, body)
  if (!response.destroyed && !response.headersSent && fault?.kind !== "hang-after") answer(response, status, body)
  side.done()
}

function hand(response: ServerResponse, bytes: Uint8Array | undefined): void {
  if (bytes) response.writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes.length }).end(bytes)
  else answer(response, 404, { ok: false, error_code: 404, description: "Not Found" })
}

async function pour(response: ServerResponse, { size, chunks }: { size: number; chunks: Iterable<Uint8Array> }): Promise<void> {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": size })
  await pipeline(Readable.from(chunks), response).catch(() => undefined)
}

interface Call {
  bot: Bot | undefined
  wellFormed: boolean
  method: string
  params: Params
  problems: string[]
  attached: Map<string, Uploaded>
  gone: AbortSignal
}

async function result(call: Call, side: Side): Promise<{ status: number; body: object }> {
  try {
    const running = carryOut(call, side)
    // A long poll now waits: that is news, too.
    side.done()
    const value = await running
    const own = returnProblems(call.method, Array.isArray(value) ? value.filter((one) => !call.bot?.wild.has(one as Update)) : value)
    if (own.length > 0) throw new TypeError(`the fake answers wrongly: ${own.join("; ")}`)
    return { status: 200, body: { ok: true, result: value } }
  } catch (error) {
    if (error instanceof Refused) {
      const { code, description, parameters } = error
      return { status: code, body: { ok: false, error_code: code, description, ...(parameters && { parameters }) } }
    }
    side.violations.push(String(error))
    return { status: 500, body: { ok: false, error_code: 500, description: "Internal Server Error" } }
  }
}

function carryOut({ bot, wellFormed, method, params, problems: found, attached, gone }: Call, side: Side): unknown {
  const inGroup = Number(params["chat_id"]) < 0
  const forBusiness = params["business_connection_id"] === undefined ? undefined : businessMethods[method]
  const anywhere = forBusiness ?? mediaMethods[method] ?? buttonMethods[method]
  const run = anywhere ?? methods[method] ?? groupMethods[method]
  let problems = found
  if (!methodOf(method)) problems = [`${method}: no such method`]
  else if (!run) problems = [`${method}: the fake does not carry it out`]
  else if (problems.length === 0) {
    const known = heeded[method] ?? heededHere[method] ?? heededForBusiness[method] ?? heededButtons[method]
    problems.push(
      ...Object.keys(params)
        .filter((name) => known && !known.includes(name))
        .map((name) => `${method}.${name}: the fake does not heed it`),
    )
  }
  side.violations.push(...problems)
  if (!bot && !wellFormed) throw new Refused(404, "Not Found")
  if (!bot || bot.revoked) throw new Refused(401, "Unauthorized")
  if (!methodOf(method)) throw new Refused(404, "Not Found: method not found")
  if (problems.length > 0 || !run) throw new Refused(400, `Bad Request: ${problems.join("; ")}`)
  const call = {
    bot,
    params,
    gone,
    groups: side.groups,
    files: side.files,
    attached,
    standard: standardReactions,
    complain: (what: string) => void side.violations.push(`${method}: ${what}`),
    sent: (message: Sent, what: "sent" | "edited" | "deleted") => side.sent(bot, message, what),
  }
  if (anywhere) return anywhere(call)
  if (inGroup) return groupMethod(method, call)
  const direct = methods[method]
  if (!direct) throw new Refused(400, "Bad Request: method is available for supergroup and channel chats only")
  return direct(call)
}

/** Plays a fault that keeps the call from being carried out. True: that was all. */
async function before(
  { kind, retryAfter = 1, ms = 100, code = 400, description = "Bad Request" }: Fault,
  response: ServerResponse,
): Promise<boolean> {
  switch (kind) {
    case "reset-before":
      response.socket?.resetAndDestroy()
      return true
    case "hang":
      return true
    case "500":
      answer(response, 500, { ok: false, error_code: 500, description: "Internal Server Error" })
      return true
    case "502-html":
    case "html-200":
      html(response, kind === "html-200" ? 200 : 502)
      return true
    case "429":
      answer(response, 429, {
        ok: false,
        error_code: 429,
        description: `Too Many Requests: retry after ${retryAfter}`,
        parameters: { retry_after: retryAfter },
      })
      return true
    case "error":
      answer(response, code, { ok: false, error_code: code, description })
      return true
    case "empty":
      answer(response, 200, { ok: true, result: [] })
      return true
    case "slow":
      await sleep(ms)
      return false
    default:
      return false
  }
}

/** Plays a fault that loses the answer of a call that was carried out. */
async function after({ kind }: Fault, response: ServerResponse, body: object): Promise<void> {
  if (kind === "reset-after") response.socket?.resetAndDestroy()
  if (kind === "502-after") html(response, 502)
  if (kind === "cut") {
    const text = JSON.stringify(body)
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
    await new Promise((written) => response.write(text.slice(0, text.length >> 1), written))
    response.socket?.destroy()
  }
}

function html(response: ServerResponse, status: 200 | 502): void {
  response.writeHead(status, { "content-type": "text/html" }).end(page(status === 502 ? "502 Bad Gateway" : "Welcome"))
}

export function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}
