// The official description of the Bot API as a validator: of requests, and of every answer and update of the fake.
import { readFileSync } from "node:fs"

interface Field {
  name: string
  types: string[]
  required: boolean
  description: string
}
interface Type {
  fields?: Field[]
  subtypes?: string[]
}
interface Method {
  returns: string[]
  fields?: Field[]
}

// Compiled to test/dist/fakes/telegram; the description stays beside the source.
const file = new URL("../../../fakes/telegram/telegram-bot-api.json", import.meta.url)
const api = JSON.parse(readFileSync(file, "utf8")) as { methods: Record<string, Method>; types: Record<string, Type> }

/** An uploaded file: what satisfies the type `InputFile`. */
export class Uploaded {
  constructor(
    readonly name: string,
    readonly bytes: Uint8Array,
    readonly mime = "application/octet-stream",
  ) {}
}

type Value = unknown

/** What is wrong with `value` as one of `types`: sentences with a path; none: it is right. */
export function problemsOf(types: readonly string[], value: Value, path: string): string[] {
  let least: string[] | undefined
  for (const type of types) {
    const problems = check(type, value, path)
    if (problems.length === 0) return []
    // The alternative that fits best says most about what is wrong.
    if (!least || problems.length < least.length) least = problems
  }
  return least ?? [`${path}: no type`]
}

function check(type: string, value: Value, path: string): string[] {
  const element = /^Array of (.+)$/.exec(type)?.[1]
  if (element !== undefined) {
    if (!Array.isArray(value)) return [`${path}: not an array`]
    return value.flatMap((item, i) => problemsOf([element], item, `${path}[${i}]`))
  }
  const basic = basics[type]
  if (basic) return basic(value) ? [] : [`${path}: not ${type}`]
  const known = api.types[type]
  if (!known) return [`${path}: unknown type ${type}`]
  if (known.subtypes) return problemsOf(known.subtypes, value, path)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path}: not ${type}`]
  return [...fieldProblems(known.fields ?? [], value as Record<string, Value>, path)]
}

const basics: Record<string, (value: Value) => boolean> = {
  Integer: (value) => Number.isSafeInteger(value),
  Float: (value) => typeof value === "number" && Number.isFinite(value),
  String: (value) => typeof value === "string",
  Boolean: (value) => typeof value === "boolean",
  InputFile: (value) => value instanceof Uploaded,
}

function* fieldProblems(fields: readonly Field[], value: Record<string, Value>, path: string): Generator<string> {
  for (const name of Object.keys(value)) {
    if (value[name] !== undefined && !fields.some((field) => field.name === name)) yield `${path}.${name}: unknown`
  }
  for (const { name, types, required, description } of fields) {
    const given = value[name]
    if (given === undefined) {
      if (required) yield `${path}.${name}: missing`
      continue
    }
    yield* problemsOf(types, given, `${path}.${name}`)
    const constant = /always "([^"]+)"|, must be ([a-z_]+)$/.exec(description)
    if (constant && given !== (constant[1] ?? constant[2])) yield `${path}.${name}: not ${constant[1] ?? constant[2]}`
  }
}

/** Throws if a value that the fake made is not of its type. */
export function assertType(type: string, value: Value): void {
  const problems = problemsOf([type], value, type)
  if (problems.length > 0) throw new TypeError(`the fake made a wrong ${type}: ${problems.join("; ")}`)
}

export function methodOf(name: string): Method | undefined {
  return api.methods[name]
}

export function returnProblems(name: string, value: Value): string[] {
  return problemsOf(api.methods[name]?.returns ?? [], value, `${name}()`)
}

/**
 * Parameters as they came, in their types. Outside JSON bodies everything is a string: numbers and booleans are read from
 * it, and arrays and objects are «JSON-serialized» (Bot API, «Making requests»).
 */
export function decode(name: string, raw: Record<string, Value>): Decoded {
  const fields = api.methods[name]?.fields ?? []
  const params: Record<string, Value> = {}
  const problems: string[] = []
  const attached = new Map<string, Uploaded>()
  for (const [key, value] of Object.entries(raw)) {
    // «attach://<file_attach_name>»: any other part that a field names (Bot API, InputMedia).
    if (value instanceof Uploaded && Object.values(raw).some((text) => typeof text === "string" && text.includes(`"attach://${key}"`))) {
      attached.set(key, value)
      continue
    }
    const field = fields.find((candidate) => candidate.name === key)
    params[key] = field && typeof value === "string" ? read(field.types, value) : value
  }
  problems.push(...fieldProblems(fields, params, name))
  return { params, problems, attached }
}

interface Decoded {
  params: Record<string, Value>
  problems: string[]
  /** Files that are referred to from within a field. */
  attached: Map<string, Uploaded>
}

/** The emoji that the description allows as reactions. */
export const standardReactions: readonly string[] = [
  ...(api.types["ReactionTypeEmoji"]?.fields?.find(({ name }) => name === "emoji")?.description ?? "").matchAll(/"([^"]+)"/g),
].map(([, emoji = ""]) => emoji)

function read(types: readonly string[], text: string): Value {
  if (types.includes("Integer") && /^-?\d+$/.test(text)) return Number(text)
  if (types.includes("Float") && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (types.includes("Boolean") && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true"
  if (types.includes("String")) return text
  try {
    return JSON.parse(text) as Value
  } catch {
    return text
  }
}
