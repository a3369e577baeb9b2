// Reads the body of a request: JSON, or a form with files (Reference, Uploading Files).
import type { IncomingMessage } from "node:http"
import { buffer } from "node:stream/consumers"
import type { File } from "../world/world.js"

export interface Body {
  /** Undefined: none. */
  json: unknown
  /** By their number: «files[0]». */
  files: Map<number, File>
}

/** Throws if it is not what its content type says. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const bytes = await buffer(request)
  const type = request.headers["content-type"] ?? ""
  const files = new Map<number, File>()
  if (bytes.length === 0) return { json: undefined, files }
  if (type.startsWith("application/json")) return { json: JSON.parse(bytes.toString()) as unknown, files }
  if (!type.startsWith("multipart/form-data")) throw new TypeError(`content type «${type}»`)
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData()
  let json: Record<string, unknown> = {}
  for (const [name, value] of form.entries()) {
    const number = /^files\[(\d+)\]$/.exec(name)?.[1]
    if (typeof value === "string") json = { ...json, ...(name === "payload_json" ? (JSON.parse(value) as object) : { [name]: value }) }
    else if (number === undefined) throw new TypeError(`a file as «${name}»`)
    else
      files.set(Number(number), {
        name: value.name,
        bytes: new Uint8Array(await value.arrayBuffer()),
        ...(value.type && { type: value.type }),
      })
  }
  return { json, files }
}
