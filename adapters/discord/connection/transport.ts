// Between the library and the network: every answer is brought into the form the library counts on, whatever a server said.
import { DefaultRestOptions, type ResponseLike } from "discord.js"
import { Form } from "../files/form.js"
import { isObject, type Json, number, text } from "../loose.js"

type Init = Parameters<typeof DefaultRestOptions.makeRequest>[1]

/** The request left this machine, or tried to, and no answer came. `cause` says how it failed. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer"
}

/** What answered does not speak this API: HTML of a proxy, a cut-off or foreign document. */
export class NotTheApi extends Error {
  override readonly name = "NotTheApi"
  constructor(readonly status: number) {
    super(`status ${status} without JSON`)
  }
}

const mostBytes = 32 * 1024 * 1024
/** What a 429 that names no time is taken to mean. */
const silentLimitSeconds = "1"

/**
 * The library reads JSON where the content type says so and fails with errors of its own on anything unexpected; it takes a
 * 429 without a time for leave to repeat at once; and its timeout ends with the headers: so the body is read here.
 *
 * @throws NoAnswer, NotTheApi
 */
export async function makeRequest(url: string, init: Init): Promise<ResponseLike> {
  let response!: ResponseLike
  let body!: string
  const ask = async (request: Init): Promise<void> => {
    response = await DefaultRestOptions.makeRequest(url, request)
    body = await textOf(response)
  }
  try {
    const form: unknown = init.body
    // The library gives every request the same time, however much there is to send.
    await (form instanceof Form ? form.watched((signal) => ask({ ...init, signal })) : ask(init))
  } catch (cause) {
    throw new NoAnswer("no answer", { cause })
  }
  const { status } = response
  const said = parsed(body)
  if (status < 400 && said === undefined && body !== "") throw new NotTheApi(status)
  const json = status >= 400 && status < 500 ? problem(said, status) : said
  return answer(response, headersOf(response, said, json !== undefined), json)
}

/** Bounded in size; in time by the request's signal. */
async function textOf({ body }: ResponseLike): Promise<string> {
  if (body === null) return ""
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error("the answer is too large")
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks).toString("utf8")
}

/** Undefined: no JSON, or none that is an object or a list. */
function parsed(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === "object" && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function headersOf(response: ResponseLike, body: unknown, isJson: boolean): ResponseLike["headers"] {
  const headers = new Headers([...response.headers])
  if (isJson) headers.set("Content-Type", "application/json")
  else headers.delete("Content-Type")
  if (response.status !== 429) return headers
  const said = isObject(body) ? body : {}
  const seconds = number(headers.get("Retry-After")) ?? number(said["retry_after"]) ?? Number(silentLimitSeconds)
  headers.set("Retry-After", String(seconds > 0 ? seconds : silentLimitSeconds))
  if (said["global"] === true) headers.set("X-RateLimit-Global", "true")
  return headers
}

/** An error as the library can hold it, with the details of a refused form in its message (Reference, Error Messages). */
function problem(json: object | undefined, status: number): Json {
  const said = isObject(json) ? json : {}
  const details = detailsOf(said["errors"]).join("; ")
  const message = [text(said["message"]) ?? text(said["error"]), details].filter(Boolean).join(": ").slice(0, 400)
  return { code: number(said["code"]) ?? 0, message: message || `status ${status}` }
}

function detailsOf(errors: unknown, path = "", depth = 8): string[] {
  if (!isObject(errors) || depth === 0) return []
  return Object.entries(errors).flatMap(([key, value]) => {
    if (key !== "_errors") return detailsOf(value, path === "" ? key : `${path}.${key}`, depth - 1)
    const texts = Array.isArray(value) ? value.flatMap((one) => (isObject(one) ? (text(one["message"]) ?? []) : [])) : []
    return texts.map((one) => `${path} ${one}`.trim())
  })
}

function answer({ status, statusText }: ResponseLike, headers: ResponseLike["headers"], json: object | undefined): ResponseLike {
  const body = json === undefined ? "" : JSON.stringify(json)
  return {
    status,
    statusText,
    headers,
    ok: status >= 200 && status < 300,
    body: null,
    bodyUsed: false,
    json: () => Promise.resolve(json),
    text: () => Promise.resolve(body),
    arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)),
  }
}
