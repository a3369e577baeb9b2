// The HTTP side of the fake: who asks, what for, faults and limits, validation both ways.
import type { IncomingMessage, ServerResponse } from "node:http"
import type { FakeDiscord } from "../index.js"
import { type Answer, play, write } from "../play.js"
import type { Bot } from "../world/users.js"
import { type Body, readBody } from "./body.js"
import { Call, type Params, type Route } from "./call.js"
import { Refused, unauthorized } from "./refused.js"
import { routes } from "./routes.js"
import * as schema from "./schema.js"

export interface Request {
  /** Undefined: without a token, or a wrong one. */
  bot: Bot | undefined
  method: string
  /** Below the version, without the query: «/channels/1/messages». */
  path: string
  query: Record<string, string>
  /** JSON, also of a form. */
  body: Params
  files: Body["files"]
  headers: IncomingMessage["headers"]
  /** Milliseconds on the monotonic clock. */
  at: number
  /** As soon as it was carried out. */
  status?: number
}

export async function serve(request: IncomingMessage, response: ServerResponse, fake: FakeDiscord): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake")
  if (!url.pathname.startsWith("/api/")) return cdn(request, response, fake, url)
  const { method = "GET", headers } = request
  const [, version, path = ""] = /^\/api(?:\/v(\d+))?(\/.*)$/.exec(url.pathname) ?? []
  if (path === "") return write(response, { status: 404, body: { message: "404: Not Found", code: 0 } })
  let body: Body = { json: undefined, files: new Map() }
  const problems = version === "10" ? [] : [`asks for version ${version ?? "none"} of the API`]
  try {
    body = await readBody(request)
  } catch (error) {
    if (!request.complete) return
    problems.push(`unreadable body: ${String(error)}`)
  }
  const token = /^Bot (\S+)$/.exec(headers.authorization ?? "")?.[1]
  const bot = fake.bots.find((candidate) => candidate.token === token && !candidate.revoked)
  if (headers.authorization !== undefined && token === undefined) problems.push("an authorization that is no bot's")
  if (!/^DiscordBot /.test(headers["user-agent"] ?? ""))
    problems.push(`calls itself «${headers["user-agent"] ?? ""}», not «DiscordBot (…)»`)
  const query = Object.fromEntries(url.searchParams)
  const seen: Request = { bot, method, path, query, body: (body.json ?? {}) as Params, files: body.files, headers, at: performance.now() }
  fake.requests.push(seen)
  fake.changed()
  const limit = fake.limits.take(method, path, token ?? "")
  const carryOut = (): Answer => {
    const answer = limit.refused ?? result(fake, seen, url.searchParams, body, problems)
    seen.status = answer.status
    // The answer is told first.
    setImmediate(() => fake.changed())
    return { ...answer, headers: { ...limit.headers, ...answer.headers } }
  }
  await play(limit.refused ? undefined : fake.faults.take(method, path), response, carryOut)
}

/** Reference, Image Formatting and Signed Attachment CDN URLs. Credentials have no business there. */
async function cdn(request: IncomingMessage, response: ServerResponse, fake: FakeDiscord, url: URL): Promise<void> {
  if (request.headers.authorization !== undefined) fake.violations.push(`GET ${url.pathname}: with credentials`)
  fake.fetched.push(url.pathname)
  fake.changed()
  const file = fake.world.fileAt(url)
  await play(fake.faults.take("GET", `/cdn${url.pathname}`), response, () =>
    file
      ? { status: 200, bytes: file.bytes, headers: { "content-type": file.type ?? "application/octet-stream" } }
      : { status: 404, bytes: Buffer.from("This content is no longer available."), headers: { "content-type": "text/plain" } },
  )
}

function result(fake: FakeDiscord, request: Request, search: URLSearchParams, body: Body, found: readonly string[]): Answer {
  const operation = schema.find(request.method, request.path)
  const violate = (what: string): void => void fake.violations.push(`${request.method} ${hidden(request.path)}: ${what}`)
  for (const problem of found) violate(problem)
  if (!operation) {
    violate("no such endpoint")
    return { status: 404, body: { message: "404: Not Found", code: 0 } }
  }
  try {
    const value = carryOut(fake, operation, request, search, body, found.length > 0)
    const status = schema.successOf(operation, value !== undefined)
    for (const problem of schema.answerProblems(operation, status, value)) violate(`the fake answers wrongly: ${problem}`)
    return { status, ...(value !== undefined && { body: value }) }
  } catch (error) {
    if (!(error instanceof Refused)) {
      violate(error instanceof Error ? (error.stack ?? error.message) : String(error))
      return { status: 500, body: { message: "500: Internal Server Error", code: 0 } }
    }
    if (error.violates) violate(`${error.message} ${JSON.stringify(error.errors ?? {})}`)
    for (const problem of schema.answerProblems(operation, error.status, error.body)) violate(`the fake answers wrongly: ${problem}`)
    return { status: error.status, body: error.body }
  }
}

/** Open to all (Webhook, «… with Token»; Gateway, Get Gateway; Invite, Get Invite). */
const open = /^(?:\/webhooks\/\d+\/.+|\/interactions\/\d+\/.+|\/gateway|\/invites\/[^/]+)$/

function carryOut(
  fake: FakeDiscord,
  operation: schema.Operation,
  request: Request,
  search: URLSearchParams,
  body: Body,
  isBad: boolean,
): unknown {
  const { bot, path, headers } = request
  if (!bot && !open.test(path)) throw unauthorized()
  const { values, problems } = schema.readQuery(operation, search)
  problems.push(...schema.bodyProblems(operation, body.json))
  if (problems.length > 0) {
    throw new Refused(400, 50035, "Invalid Form Body", { _errors: problems.map((message) => ({ code: "INVALID", message })) }, true)
  }
  if (isBad) throw new Refused(400, 0, "400: Bad Request")
  const route: Route | undefined = routes[operation.name]
  if (!route) throw new TypeError("the fake does not carry it out")
  const reason = headers["x-audit-log-reason"]
  const said = typeof reason === "string" ? decodeURIComponent(reason) : null
  const call = new Call(fake, bot, operation.params, values, (body.json ?? {}) as Params, body.files, said)
  return route(call)
}

/** Without the token of a webhook or an interaction. */
function hidden(path: string): string {
  return path.replace(/^(\/(?:webhooks|interactions)\/\d+)\/[^/]+/, "$1/…")
}
