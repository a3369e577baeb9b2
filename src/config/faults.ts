// Turns what zod found into issues with a position and a sentence.
import type { z } from "zod"
import type { Issue, Path } from "./issue.js"
import { nearest } from "./nearest.js"
import type { Source } from "./source.js"

/** Issues of `error`, without those that only follow from `source.issues` (a value that could not be resolved is «missing» too). */
export function faults(error: z.ZodError, schema: z.ZodType, source: Source): Issue[] {
  return error.issues
    .flatMap((issue): Issue[] => {
      const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))
      if (issue.code === "unrecognized_keys") {
        const known = namesAt(schema, path)
        return issue.keys.map((key) => ({ path: [...path, key], text: unknownName(key, known), ...source.keyPosition(path, key) }))
      }
      // A bad name of a network: zod nests what is wrong with the key.
      if (issue.code === "invalid_key")
        return issue.issues.map(({ message }) => ({ path, text: message, ...source.keyPosition(path.slice(0, -1), String(path.at(-1))) }))
      return [{ path, text: issue.message, ...source.position(path) }]
    })
    .filter(({ path }) => !source.issues.some((known) => known.path.length > 0 && startsWith(path, known.path)))
}

function unknownName(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  return meant === undefined
    ? `There is no option of this name here. There are: ${known.join(", ")}.`
    : `There is no option of this name. Did you mean «${meant}»?`
}

/** Names that a section of the schema knows. */
function namesAt(schema: z.ZodType, path: Path): string[] {
  let node = inner(schema)
  for (const key of path) {
    const def = (node as { def?: { shape?: Record<string, z.ZodType>; valueType?: z.ZodType } }).def
    const next = def?.shape?.[key] ?? def?.valueType
    if (next === undefined) return []
    node = inner(next)
  }
  return Object.keys((node as { def?: { shape?: object } }).def?.shape ?? {})
}

/** A schema without the wrappers of «optional» and «default». */
function inner(schema: z.ZodType): z.ZodType {
  const wrapped = (schema as { def?: { innerType?: z.ZodType } }).def?.innerType
  return wrapped === undefined ? schema : inner(wrapped)
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((key, index) => path[index] === key)
}
