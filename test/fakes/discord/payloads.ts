// What goes over the gateway, both ways, checked against the types of discord-api-types, which say what the documentation says.
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import ts from "typescript"

const require = createRequire(import.meta.url)
const file = join(dirname(require.resolve("discord-api-types/v10")), "gateway", "v10.d.ts")

/** By opcode what a client sends; by opcode, or for dispatches by the event's name, what it receives. */
interface Known {
  checker: ts.TypeChecker
  sent: Map<string, ts.Type>
  received: Map<string, ts.Type>
}

let known: Known | undefined

/** Read when it is first needed: takes half a second. */
function types(): Known {
  if (known) return known
  const program = ts.createProgram([file], { noEmit: true, strict: true, types: [], lib: ["lib.es5.d.ts", "lib.es2015.symbol.d.ts"] })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const symbol = source && checker.getSymbolAtLocation(source)
  if (!symbol) throw new Error("discord-api-types is not where it is expected")
  const union = (name: string): Map<string, ts.Type> => {
    const found = checker.getExportsOfModule(symbol).find((candidate) => candidate.name === name)
    if (!found) throw new Error(`discord-api-types has no ${name}`)
    const members = parts(checker.getDeclaredTypeOfSymbol(found))
    return new Map(members.flatMap((type) => keys(checker, type).map((key) => [key, type] as const)))
  }
  return (known = { checker, sent: union("GatewaySendPayload"), received: union("GatewayReceivePayload") })
}

function keys(checker: ts.TypeChecker, type: ts.Type): string[] {
  const literals = (name: string): unknown[] => {
    const property = type.getProperty(name)
    return property ? parts(checker.getTypeOfSymbol(property)).map((part) => (part.isLiteral() ? part.value : null)) : []
  }
  return literals("op").flatMap((op) => (op === 0 ? literals("t").map(String) : [String(op)]))
}

function parts(type: ts.Type): ts.Type[] {
  return type.isUnion() ? type.types : [type]
}

/** What is wrong with a payload of the fake's: sentences with a path. An event that Discord does not have is wrong too. */
export function received(payload: { op: number; t: string | null; d: unknown }): string[] {
  return problems(types().received, payload.op === 0 ? String(payload.t) : String(payload.op), payload)
}

/** What is wrong with a payload of a client. */
export function sent(payload: { op: number; d: unknown }): string[] {
  return problems(types().sent, String(payload.op), payload)
}

function problems(by: Map<string, ts.Type>, key: string, payload: { d: unknown }): string[] {
  const d = by.get(key)?.getProperty("d")
  if (!d) return [`no such payload: ${key}`]
  const type = types().checker.getTypeOfSymbol(d)
  // Written as null in JSON; and RESUMED has a trace in it, of which the types say nothing.
  if (type.flags & ts.TypeFlags.Undefined) return payload.d === null || key === "RESUMED" ? [] : [`${key}.d: not null`]
  return check(type, payload.d, key === "0" ? "d" : key)
}

function check(type: ts.Type, value: unknown, path: string): string[] {
  const { flags } = type
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return []
  if (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) return [`${path}: should not be there`]
  if (isBits(type)) return typeof value === "number" ? [] : [`${path}: no bits`]
  if (type.isUnion()) return least(type.types.map((part) => check(part, value, path)))
  if (flags & ts.TypeFlags.BooleanLiteral)
    return value === (types().checker.typeToString(type) === "true") ? [] : [`${path}: not this flag`]
  if (flags & ts.TypeFlags.Boolean) return typeof value === "boolean" ? [] : [`${path}: no flag`]
  if (type.isLiteral()) return value === type.value ? [] : [`${path}: ${JSON.stringify(value)} instead of ${JSON.stringify(type.value)}`]
  if (flags & ts.TypeFlags.Null) return value === null ? [] : [`${path}: not null`]
  if (flags & ts.TypeFlags.NumberLike) return typeof value === "number" ? [] : [`${path}: no number`]
  if (flags & ts.TypeFlags.StringLike) return typeof value === "string" ? [] : [`${path}: no text`]
  // `string & {}`: one of the known texts, or another.
  if (type.isIntersection() && type.types.some((part) => part.flags & ts.TypeFlags.StringLike)) {
    return typeof value === "string" ? [] : [`${path}: no text`]
  }
  return checkObject(type, value, path)
}

function checkObject(type: ts.Type, value: unknown, path: string): string[] {
  const { checker } = types()
  if (checker.isTupleType(type) || checker.isArrayType(type)) {
    if (!Array.isArray(value)) return [`${path}: no list`]
    const items = checker.getTypeArguments(type as ts.TypeReference)
    const of = (i: number): ts.Type => (checker.isTupleType(type) ? (items[i] ?? checker.getNeverType()) : items[0]!)
    return value.flatMap((item, i) => check(of(i), item, `${path}[${i}]`))
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path}: no object`]
  const fields = value as Record<string, unknown>
  const found = checker.getPropertiesOfType(type).flatMap((property) => {
    const given = fields[property.name]
    if (given === undefined) return property.flags & ts.SymbolFlags.Optional ? [] : [`${path}.${property.name}: missing`]
    return check(checker.getTypeOfSymbol(property), given, `${path}.${property.name}`)
  })
  const each = type.getStringIndexType()
  return each ? [...found, ...Object.entries(fields).flatMap(([name, item]) => check(each, item, `${path}.${name}`))] : found
}

/** The alternative that fits best says most about what is wrong. */
function least(alternatives: string[][]): string[] {
  return alternatives.reduce((best, next) =>
    next.length < best.length || (next.length === best.length && deeper(next, best)) ? next : best,
  )
}

function deeper(one: string[], other: string[]): boolean {
  return (one[0]?.split(/[.[]/).length ?? 0) > (other[0]?.split(/[.[]/).length ?? 0)
}

/** Sums of an enumeration's members are values of it. Of unions only the members are left. */
function isBits(type: ts.Type): boolean {
  if ((type.flags & ts.TypeFlags.EnumLike) === 0) return false
  const { symbol } = types().checker.getBaseTypeOfLiteralType(type) as { symbol?: ts.Symbol & { parent?: ts.Symbol } }
  // An enumeration of one member is that member.
  return [symbol, symbol?.parent].some((one) => /(?:Flags|Bits)(?:V2)?$/.test(one?.name ?? ""))
}
