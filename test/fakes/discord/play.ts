// Plays a fault on a REST request: carried out or not, answered or not.
import type { ServerResponse } from "node:http"
import type { Fault } from "./faults.js"

export interface Answer {
  status: number
  /** Absent: an empty body. */
  body?: unknown
  /** Instead of `body`: as they are. */
  bytes?: Uint8Array
  headers?: Record<string, string>
}

const html = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>cloudflare</body></html>"

/** `carryOut` does what was asked and gives the answer. Without a fault the answer is just written. */
export async function play(fault: Fault | undefined, response: ServerResponse, carryOut: () => Answer | Promise<Answer>): Promise<void> {
  if (!fault) return write(response, await carryOut())
  const { kind, retryAfter = 1 } = fault
  switch (kind) {
    case "reset-before":
      return void response.destroy()
    case "reset-after":
      await carryOut()
      return void response.destroy()
    case "hang":
      return
    case "hang-after":
      await carryOut()
      return
    case "cut": {
      const text = JSON.stringify((await carryOut()).body ?? {})
      response.writeHead(200, { "content-type": "application/json", "content-length": text.length + 10 })
      response.write(text.slice(0, text.length / 2), () => response.destroy())
      return
    }
    case "slow": {
      const answer = await carryOut()
      setTimeout(() => write(response, answer), fault.ms ?? 1000)
      return
    }
    case "500":
      return write(response, { status: 500, body: { message: "500: Internal Server Error", code: 0 } })
    case "502-after":
      await carryOut()
      return page(response, 502)
    case "502-html":
      return page(response, 502)
    case "html-200":
      return page(response, 200)
    case "error":
      return write(response, { status: fault.status ?? 400, body: { message: fault.message ?? "Bad Request", code: fault.code ?? 0 } })
    case "429":
    case "429-global":
      return write(response, tooMany(retryAfter, kind === "429-global" ? "global" : (fault.scope ?? "user")))
  }
}

/** Topics, Rate Limits, Exceeding A Rate Limit. The header counts whole seconds, the body has the fraction. */
export function tooMany(seconds: number, scope: "user" | "shared" | "global", headers: Record<string, string> = {}): Answer {
  const global = scope === "global"
  const body = { message: global ? "You are being rate limited globally." : "You are being rate limited.", retry_after: seconds, global }
  const marks = { ...(global && { "x-ratelimit-global": "true" }), "x-ratelimit-scope": scope }
  return { status: 429, body, headers: { ...headers, "retry-after": String(Math.ceil(seconds)), ...marks } }
}

export function write(response: ServerResponse, { status, body, bytes, headers = {} }: Answer): void {
  if (response.destroyed || response.headersSent) return
  if (bytes) return void response.writeHead(status, { "content-length": bytes.length, ...headers }).end(bytes)
  const text = body === undefined ? "" : JSON.stringify(body)
  response.writeHead(status, { ...(body !== undefined && { "content-type": "application/json" }), ...headers })
  response.end(text)
}

function page(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/html; charset=UTF-8" })
  response.end(html)
}
