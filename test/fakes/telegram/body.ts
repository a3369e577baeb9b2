// Reads the parameters of a request: query, JSON, urlencoded or multipart (Bot API, «Making requests»).
import type { IncomingMessage } from "node:http"
import { buffer } from "node:stream/consumers"
import { Uploaded } from "./schema.js"

/** Throws if the body is not what its content type says. */
export async function parameters(request: IncomingMessage, url: URL): Promise<Record<string, unknown>> {
  const bytes = await buffer(request)
  const found: Record<string, unknown> = Object.fromEntries(url.searchParams)
  const type = request.headers["content-type"] ?? ""
  if (bytes.length === 0) return found
  if (type.startsWith("application/json")) return { ...found, ...(JSON.parse(bytes.toString()) as object) }
  if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/.test(type)) throw new TypeError(`content type «${type}»`)
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData()
  for (const [name, value] of form.entries()) {
    found[name] = typeof value === "string" ? value : new Uploaded(value.name, new Uint8Array(await value.arrayBuffer()), value.type)
  }
  return found
}
