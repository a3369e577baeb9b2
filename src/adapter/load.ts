// Finds the adapter a config names, and refuses what does not keep to the contract, with a sentence on what to do.
import type { Schema } from "./contract.js"
import type { AnyAdapter } from "./define.js"
import { findModule, packagesFor, pathOf } from "./resolve.js"

export interface LoadedAdapter {
  adapter: AnyAdapter
  /** The file it came from, as a URL. */
  from: string
}

/** The message says what is wrong with which adapter, and the remedy where there is one. */
export class AdapterLoadError extends Error {
  override readonly name = "AdapterLoadError"
  constructor(
    /** `broken`: it threw while being loaded. */
    readonly code: "not-found" | "broken" | "no-default" | "api" | "shape",
    text: string,
    cause?: unknown,
  ) {
    super(text, { cause })
  }
}

/**
 * @param name `foo` for the package `xferry-adapter-foo`, a package's full name, or a path
 * @param from folder of the config file: paths are relative to it, packages are looked for there first
 * @throws AdapterLoadError
 *
 * @example
 * const adapter = await loadAdapter("./my-network.js", "/etc/xferry")
 */
export async function loadAdapter(name: string, from: string): Promise<AnyAdapter> {
  return (await locateAdapter(name, from)).adapter
}

/** As `loadAdapter`, and tells where the adapter was found. */
export async function locateAdapter(name: string, from: string): Promise<LoadedAdapter> {
  const url = findModule(name, from)
  if (url === undefined) throw notFound(name, from)
  let module: { default?: unknown }
  try {
    module = (await import(url)) as { default?: unknown }
  } catch (error) {
    throw new AdapterLoadError(
      "broken",
      `The adapter «${name}» cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
  return { adapter: checkAdapter(name, module.default), from: url }
}

function notFound(name: string, from: string): AdapterLoadError {
  const path = pathOf(name, from)
  if (path !== undefined) return new AdapterLoadError("not-found", `There is no adapter at ${path}.`)
  return new AdapterLoadError(
    "not-found",
    `The adapter «${name}» is not installed. Correct «adapter», or type: npm install ${packagesFor(name)[0]}`,
  )
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null
const isFunction = (value: unknown): boolean => typeof value === "function"
const isName = (value: unknown): boolean => typeof value === "string" && value !== ""

/** Throws unless `candidate` has the shape of an adapter of our contract's version. */
export function checkAdapter(name: string, candidate: unknown): AnyAdapter {
  if (!isObject(candidate)) {
    throw new AdapterLoadError(
      "no-default",
      `The adapter «${name}» has no default export. It must end with: export default defineAdapter({ … })`,
    )
  }
  const { api, network, capabilities, options } = candidate
  if (api !== 1) {
    const wanted = api === undefined ? "names no version of the contract (api)" : `wants version ${JSON.stringify(api)} of the contract`
    throw new AdapterLoadError(
      "api",
      `The adapter «${name}» ${wanted}; this gateway speaks version 1. Install versions of the two that agree.`,
    )
  }
  const wrong: string[] = []
  const need = (good: boolean, what: string): void => {
    if (!good) wrong.push(what)
  }
  need(isObject(network), "network must be an object")
  for (const key of ["id", "name", "discoType"]) if (isObject(network)) need(isName(network[key]), `network.${key} must be a text`)
  need(isObject(capabilities) && isObject(capabilities["send"]), "capabilities must be an object with «send»")
  need(
    isFunction((options as Partial<Schema<unknown>> | undefined)?.["~standard"]?.validate),
    "options must be a Standard Schema (zod, valibot, arktype …)",
  )
  for (const key of ["login", "connect"]) need(isFunction(candidate[key]), `${key} must be a function`)
  for (const key of ["length", "logout"])
    need(candidate[key] === undefined || isFunction(candidate[key]), `${key} must be a function if it is there`)
  if (wrong.length > 0) throw new AdapterLoadError("shape", `The adapter «${name}» does not keep to the contract: ${wrong.join("; ")}.`)
  return candidate as unknown as AnyAdapter
}

export interface OptionIssue {
  path: (string | number)[]
  message: string
}

/** What the adapter's schema makes of the options in the config, or all that it finds wrong with them (standardschema.dev). */
export async function validateOptions(
  adapter: { options: Schema<unknown> },
  options: unknown,
): Promise<{ value: unknown } | { issues: OptionIssue[] }> {
  const result = (await adapter.options["~standard"].validate(options)) as {
    value?: unknown
    issues?: readonly { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] }[]
  }
  if (result.issues === undefined) return { value: result.value }
  const step = (part: PropertyKey | { key: PropertyKey }): string | number => {
    const key = typeof part === "object" ? part.key : part
    return typeof key === "number" ? key : String(key)
  }
  return { issues: result.issues.map(({ message, path = [] }) => ({ message, path: path.map(step) })) }
}
