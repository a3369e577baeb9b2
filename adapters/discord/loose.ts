// Reads what a Discord-compatible server says, which may lack fields, have null for them, or numbers for texts: never throws.
import { isSnowflake, type Snowflake } from "./places.js"

export type Json = Readonly<Record<string, unknown>>

const empty: Json = {}

/** An object; anything else is an empty one. */
export function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : empty
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Objects of a list; what is no list is an empty one. */
export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** Undefined: no text. Numbers are read as text. */
export function text(value: unknown): string | undefined {
  if (typeof value === "string") return value
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined
}

/** Undefined: none. A number that lost digits on its way through JSON is no id. */
export function id(value: unknown): Snowflake | undefined {
  if (typeof value === "number" && !Number.isSafeInteger(value)) return undefined
  const read = text(value)?.trim()
  return isSnowflake(read) ? read : undefined
}

export function ids(value: unknown): Snowflake[] {
  return Array.isArray(value) ? value.flatMap((item) => id(item) ?? []) : []
}

/** Undefined: no finite number. */
export function number(value: unknown): number | undefined {
  const read = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof read === "number" && Number.isFinite(read) ? read : undefined
}

export function flag(value: unknown): boolean {
  return value === true || value === 1 || value === "true"
}

/** Bits, as Discord writes permissions: decimal text. Undefined: none. */
export function bits(value: unknown): bigint | undefined {
  const read = text(value)
  return read !== undefined && /^\d{1,40}$/.test(read) ? BigInt(read) : undefined
}

/** ISO 8601 without a zone, which by itself would be read as that of this machine. */
const zoneless = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/
/** Numbers below are seconds: as milliseconds they would be before 1973. */
const leastMs = 100_000_000_000
/** Later years have five digits, which no other format of a time knows. */
const endOfTime = Date.UTC(10_000)

/** Epoch ms of an ISO 8601 time, or of a number of seconds or milliseconds. Undefined: none. */
export function time(value: unknown): number | undefined {
  const at = typeof value === "string" ? Date.parse(zoneless.test(value) ? `${value.replace(" ", "T")}Z` : value) : counted(value)
  return at === undefined || !(at >= 0 && at < endOfTime) ? undefined : at
}

function counted(value: unknown): number | undefined {
  if (typeof value !== "number") return undefined
  return Math.trunc(value < leastMs ? value * 1000 : value)
}
