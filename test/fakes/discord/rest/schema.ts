// The official description of the REST API as a validator: of requests, and of every answer of the fake.
import { readFileSync } from "node:fs"
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"

type Schema = Record<string, unknown>
interface Parameter {
  name: string
  in: string
  schema: Schema
  required?: boolean
}
interface Spec {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { $ref?: string; content?: Record<string, { schema: Schema }> }>
}

/** An endpoint that was asked for. */
export interface Operation {
  /** «GET /channels/{channel_id}». */
  name: string
  pointer: string
  spec: Spec
  params: Record<string, string>
}

// Compiled to test/dist/fakes/discord/rest; the description stays beside the source.
const file = new URL("../../../../fakes/discord/discord-openapi.json", import.meta.url)
const api = JSON.parse(readFileSync(file, "utf8"), corrected) as { paths: Record<string, Record<string, unknown>> }
// Documented nowhere; clients, bots among them, are known to use it.
const addresses = (name: string, items: Schema): Schema => ({
  type: "object",
  properties: { [name]: { type: "array", items } },
  required: [name],
})
const renewed = {
  type: "object",
  properties: { original: { type: "string" }, refreshed: { type: "string" } },
  required: ["original", "refreshed"],
}
api.paths["/attachments/refresh-urls"] = {
  post: {
    operationId: "refresh_attachment_urls",
    requestBody: { content: { "application/json": { schema: addresses("attachment_urls", { type: "string" }) } } },
    responses: { 200: { content: { "application/json": { schema: addresses("refreshed_urls", renewed) } } } },
  },
}
// Compiling is what takes time: without these the first request waits two seconds.
const quick = { validateSchema: false, code: { optimize: false } }
const ajv = new Ajv2020({ strict: false, validateFormats: false, ...quick }).addSchema(api, "discord")
const compiled = new Map<string, ValidateFunction>()

const paths = Object.keys(api.paths)
  .map((template) => ({
    template,
    names: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
    pattern: new RegExp(`^${template.replace(/[.@]/g, "\\$&").replace(/\{\w+\}/g, "([^/]+)")}$`),
  }))
  // «/users/@me» before «/users/{user_id}».
  .sort((a, b) => a.names.length - b.names.length)

export function find(method: string, path: string): Operation | undefined {
  for (const { template, names, pattern } of paths) {
    const values = pattern.exec(path)?.slice(1)
    const spec = api.paths[template]?.[method.toLowerCase()] as Spec | undefined
    if (!values || !spec) continue
    const params = Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(values[i]!)]))
    return { name: `${method} ${template}`, pointer: `/paths/${escape(template)}/${method.toLowerCase()}`, spec, params }
  }
  return undefined
}

/**
 * Where the description (a preview) says less than the documentation does:
 * permissions are written as texts (Permissions; Edit Channel Permissions), uploaded files are named by a number
 * (Reference, Uploading Files), a message can be forwarded (Message, Message
 * Reference Types), and there are media channels (Channel, Channel Types).
 */
function corrected(key: string, schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return schema
  const { type } = schema as Schema
  if (/^(?:allow|deny|permissions)$/.test(key) && JSON.stringify(type) === '["integer","null"]') {
    return { ...schema, type: ["integer", "string", "null"], pattern: "^\\d+$" }
  }
  if (key === "MessageAttachmentRequest") {
    const { properties } = schema as { properties: object }
    return { ...schema, properties: { ...properties, id: { type: ["string", "integer"], pattern: "^\\d+$" } } }
  }
  if (Array.isArray(schema) && key === "enum" && schema.includes(13) && schema.includes(15)) return [...(schema as unknown[]), 16]
  if (key === "ChannelTypes") return { type: "integer", enum: [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16] }
  if (key === "MessageReferenceType") return { type: "integer", enum: [0, 1] }
  return schema
}

/** Numbers, booleans and lists out of the query; and what is wrong with it, or with the path. */
export function readQuery(operation: Operation, query: URLSearchParams): { values: Record<string, unknown>; problems: string[] } {
  const onPath = (api.paths[operation.name.split(" ")[1]!]?.["parameters"] ?? []) as Parameter[]
  const problems = onPath.flatMap(({ name, schema }) => check(schema, operation.params[name], name))
  const values: Record<string, unknown> = {}
  for (const { name, in: place, schema, required } of operation.spec.parameters ?? []) {
    if (place !== "query") continue
    if (!query.has(name)) {
      if (required) problems.push(`${name}: missing`)
      continue
    }
    const value = fromText(schema, query.getAll(name))
    problems.push(...check(schema, value, name))
    // A snowflake that is described as a number.
    values[name] = typeof value === "number" && !Number.isSafeInteger(value) ? query.get(name) : value
  }
  problems.push(...[...query.keys()].filter((name) => !(name in values)).map((name) => `query ${name}: unknown`))
  return { values, problems }
}

function fromText(schema: Schema, texts: string[]): unknown {
  const [text = ""] = texts
  const { type } = resolve(schema)
  if (type === "array") return texts
  if (type === "integer" && /^-?\d+$/.test(text)) return Number(text)
  if (type === "boolean" && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true"
  return text
}

export function bodyProblems(operation: Operation, body: unknown): string[] {
  const content = operation.spec.requestBody?.content
  const json = content?.["application/json"]?.schema
  if (!json) return body === undefined ? [] : ["a body where none is taken"]
  const given = body ?? {}
  const wrong = problemsAt(`${operation.pointer}/requestBody/content/application~1json/schema`, given, "body")
  return wrong.length > 0 ? wrong : unknownKeys(json, given, "body")
}

/** Of a schema by its name; unknown keys are wrong, too. */
export function problemsOf(name: string, value: unknown, strict = false): string[] {
  const wrong = problemsAt(`/components/schemas/${name}`, value, name)
  return wrong.length > 0 || !strict ? wrong : unknownKeys({ $ref: `#/components/schemas/${name}` }, value, name)
}

export function answerProblems(operation: Operation, status: number, body: unknown): string[] {
  const { responses } = operation.spec
  if (status >= 400) return problemsOf("ErrorResponse", { ...(body as object), errors: undefined })
  const response = responses[String(status)]
  if (!response) return [`${status} is no answer of ${operation.name}`]
  if (!response.content?.["application/json"]) return body === undefined ? [] : [`${status} has no body`]
  return problemsAt(`${operation.pointer}/responses/${status}/content/application~1json/schema`, body, "answer")
}

/** The status of a success, with a body or without. */
export function successOf(operation: Operation, hasBody: boolean): number {
  const statuses = Object.keys(operation.spec.responses).map(Number)
  return statuses.find((status) => status < 300 && (status !== 204) === hasBody) ?? (hasBody ? 200 : 204)
}

function check(schema: Schema, value: unknown, path: string): string[] {
  const key = JSON.stringify(schema)
  let validate = compiled.get(key)
  if (!validate) compiled.set(key, (validate = ajv.compile(JSON.parse(key.replaceAll('"$ref":"#', '"$ref":"discord#')) as Schema)))
  return worded(validate, value, path)
}

function problemsAt(pointer: string, value: unknown, path: string): string[] {
  let validate = compiled.get(pointer)
  if (!validate) compiled.set(pointer, (validate = ajv.compile({ $ref: `discord#${encodeURI(pointer)}` })))
  // As it goes over the wire: without what is undefined.
  return worded(validate, value === undefined ? undefined : JSON.parse(JSON.stringify(value)), path)
}

function worded(validate: ValidateFunction, value: unknown, path: string): string[] {
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) => `${path}${instancePath} ${message} ${JSON.stringify(params)}`)
}

function resolve(schema: Schema): Schema {
  const { $ref } = schema
  if (typeof $ref !== "string") return schema
  return resolve(
    $ref
      .slice("#/".length)
      .split("/")
      .reduce<Schema>((at, key) => at[key] as Schema, api as unknown as Schema),
  )
}

/** Keys that the description does not have: the server would overlook them, but somebody meant something by them. */
function unknownKeys(schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return []
  const { items, additionalProperties } = resolve(schema)
  if (Array.isArray(value)) return items ? value.flatMap((item, i) => unknownKeys(items as Schema, item, `${path}[${i}]`)) : []
  const shapes = shapesOf(schema)
  if (shapes.length === 0 || additionalProperties) return []
  // The alternative that fits best.
  return shapes
    .map((shape) =>
      Object.entries(value).flatMap(([key, inner]) =>
        shape[key] ? unknownKeys(shape[key], inner, `${path}.${key}`) : inner === undefined ? [] : [`${path}.${key}: unknown`],
      ),
    )
    .reduce((best, next) => (next.length < best.length ? next : best))
}

/** Properties by alternative. */
function shapesOf(schema: Schema): Record<string, Schema>[] {
  const { properties, oneOf, anyOf, allOf } = resolve(schema) as Record<string, unknown>
  const alternatives = ((oneOf ?? anyOf) as Schema[] | undefined)?.flatMap(shapesOf)
  if (alternatives) return alternatives
  if (allOf) return [Object.assign({}, ...(allOf as Schema[]).flatMap(shapesOf)) as Record<string, Schema>]
  return properties ? [properties as Record<string, Schema>] : []
}

function escape(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1")
}
