// Helpers for the schema: an option says in words what it must be, and why it exists.
import { z } from "zod"

/** What the documentation says of an option; found again by `options()` in schema.ts. */
export interface About {
  description: string
  /** What has to be written: «a domain such as sms.example.org». */
  must: string
  /** What to type, a sentence. */
  remedy?: string
}

type Blame = (issue: { input?: unknown }) => string

const told =
  ({ must, remedy }: Omit<About, "description">, quotes = ""): Blame =>
  ({ input }) => {
    const more = remedy === undefined ? "" : ` ${remedy}`
    if (input === undefined) return `is missing. It must be ${must}.${more}`
    // YAML reads 12345 and true as something else than text.
    return `must be ${must}${typeof input === "number" || typeof input === "boolean" ? quotes : ""}.${more}`
  }

const toldText = (about: About): Blame => told(about, "; a number or yes/no given as text goes into quotes")

/** A text made into `T`; `parse` returns a string of blame when it cannot. */
export function text<T extends object>(about: About, parse: (text: string) => T | { wrong: string }) {
  return z
    .string({ error: toldText(about) })
    .transform((value, context): T => {
      const parsed = parse(value)
      if (!("wrong" in parsed)) return parsed
      context.addIssue({ code: "custom", message: String(parsed.wrong) })
      return z.NEVER
    })
    .meta({ description: about.description })
}

/** A text kept as text; `parse` returns undefined when it is not `about.must`. */
export function word(about: About, parse: (text: string) => string | undefined) {
  return z
    .string({ error: toldText(about) })
    .transform((value, context): string => {
      const parsed = value === "" ? undefined : parse(value)
      if (parsed !== undefined) return parsed
      context.addIssue({ code: "custom", message: `must be ${about.must}.` })
      return z.NEVER
    })
    .meta({ description: about.description })
}

export function oneOf<const T extends readonly [string, ...string[]]>(description: string, names: T) {
  return z.enum(names, { error: () => `must be one of ${names.join(", ")}.` }).meta({ description })
}

/** A whole number from `least` on. Digits in a text count too: that is what !env gives. */
export function count(about: About, least: number) {
  return z
    .preprocess(
      (value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value),
      z.int({ error: told(about) }).min(least, { error: told(about) }),
    )
    .meta({ description: about.description })
}

export function list<T extends z.ZodType>(about: About, item: T) {
  return z.array(item, { error: () => `must be ${about.must}.` }).meta({ description: about.description })
}

/** A part of the file with names of its own. Names it does not know are errors (told by faults.ts). */
export function section<T extends z.core.$ZodLooseShape>(description: string, shape: T) {
  return z.strictObject(shape, { error: told({ must: "a section, lines of «name: value»" }) }).meta({ description })
}
