// Opens SQLite files by better-sqlite3, and says clearly when that cannot be.
import { closeSync, mkdirSync, openSync, realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import type Database from "better-sqlite3"
import { StoreError, textOf } from "./errors.js"

const require = createRequire(import.meta.url)

/** How long (ms) a statement waits for another connection's lock: the checkpoint that truncates, or an admin's shell. */
const busyMs = 10_000

/** Why this version of better-sqlite3 must not be loaded by this Node; undefined: it may. 13 ends Node 20 with a segmentation fault. */
export function driverProblem(driver: string, node: string): string | undefined {
  if (Number.parseInt(driver) < 13 || Number.parseInt(node) >= 22) return undefined
  return `better-sqlite3 ${driver} crashes on Node ${node}. Install version 12 (npm install better-sqlite3@12), or use Node 22 or newer.`
}

function load(): typeof Database {
  try {
    const { version } = require("better-sqlite3/package.json") as { version: string }
    const problem = driverProblem(version, process.versions.node)
    if (problem) throw new StoreError("driver", problem)
    const driver = require("better-sqlite3") as typeof Database
    new driver(":memory:").close() // only now the native part is loaded
    return driver
  } catch (error) {
    if (error instanceof StoreError) throw error
    const reason = textOf(error).split("\n", 1)[0] ?? ""
    throw new StoreError(
      "driver",
      `The SQLite driver better-sqlite3 does not load on Node ${process.versions.node} (${reason}). Install it again for this Node: npm rebuild better-sqlite3`,
      error,
    )
  }
}

let driver: typeof Database | undefined

export function openFile(path: string, options: Database.Options = {}): Database.Database {
  driver ??= load()
  try {
    return new driver(path, { timeout: busyMs, ...options })
  } catch (error) {
    throw new StoreError("path", `The database ${path} cannot be opened: ${textOf(error)}.`, error)
  }
}

/** Makes the file, readable by its owner only, and its directory, if they are not there. Returns the path without links. */
export function makeFile(path: string): string {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, "a", 0o600)) // SQLite gives -wal and -shm the same rights
    return realpathSync(path)
  } catch (error) {
    throw new StoreError(
      "path",
      `The database ${path} cannot be opened: ${textOf(error)}. Its directory must be writable for the user that runs xferry.`,
      error,
    )
  }
}
