// From the name in the config to a file: short names, package names, paths.
import { existsSync, readFileSync } from "node:fs"
import { createRequire, isBuiltin } from "node:module"
import { join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const prefix = "xferry-adapter-"

/** The package names a config's name may stand for, the likeliest first; none for a path. */
export function packagesFor(name: string): string[] {
  const short = /^[a-z0-9][a-z0-9._-]*(\/.+)?$/.test(name) && !name.startsWith(prefix)
  return short ? [prefix + name, name] : [name]
}

/** Where a path (as against a package's name) leads, seen from the folder `from`. */
export function pathOf(name: string, from: string): string | undefined {
  if (name.startsWith("file:")) return fileURLToPath(name)
  return /^\.{0,2}[/\\]/.test(name) ? resolve(from, name) : undefined
}

/** The file to import, as a URL; undefined where nothing of that name is installed, in `from` or beside the gateway itself. */
export function findModule(name: string, from: string): string | undefined {
  const path = pathOf(name, from)
  if (path !== undefined) return resolveIn(path, from)
  for (const candidate of packagesFor(name)) {
    if (isBuiltin(candidate)) continue
    const found = resolveIn(candidate, from) ?? resolveIn(candidate, import.meta.dirname)
    if (found !== undefined) return found
  }
  return undefined
}

function resolveIn(specifier: string, folder: string): string | undefined {
  const require = createRequire(join(resolve(folder), "x.js"))
  try {
    return pathToFileURL(require.resolve(specifier)).href
  } catch (error) {
    // A package for `import` only: Node 20 resolves those for the importing module alone, so we read its manifest.
    if ((error as NodeJS.ErrnoException).code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return importOnly(require, specifier)
    return undefined
  }
}

function importOnly(require: NodeJS.Require, specifier: string): string | undefined {
  const [, name = "", rest = ""] = /^((?:@[^/]+\/)?[^/]+)(\/.+)?$/.exec(specifier) ?? []
  for (const folder of require.resolve.paths(name) ?? []) {
    const manifest = join(folder, name, "package.json")
    if (!existsSync(manifest)) continue
    const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports?: unknown }
    const keyed = typeof exports === "object" && exports !== null && Object.keys(exports).some((key) => key.startsWith("."))
    const target = pick(keyed ? (exports as Record<string, unknown>)[`.${rest}`] : exports)
    return target && pathToFileURL(join(folder, name, target)).href
  }
  return undefined
}

/** The first of a manifest's conditions that holds for an import (Node's «Conditional exports»). */
function pick(target: unknown): string | undefined {
  if (typeof target === "string") return target
  if (typeof target !== "object" || target === null) return undefined
  for (const [condition, nested] of Object.entries(target)) {
    const found = ["node", "import", "default"].includes(condition) ? pick(nested) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
