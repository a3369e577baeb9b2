// One process a database: two would send every message twice. The lock goes with its process, however that ends.
import type Database from "better-sqlite3"
import { makeFile, openFile } from "./driver.js"
import { StoreError } from "./errors.js"

/**
 * Takes the database at `path` (without symbolic links) for this process. The lock is an exclusive transaction on a file of its
 * own, `<path>.lock`, that is never committed: the kernel lets go of it even after kill -9, and the database itself stays readable
 * for the checkpointing thread and for an admin's shell.
 */
export function takeLock(path: string): Database.Database {
  const lock = openFile(makeFile(`${path}.lock`), { timeout: 0 })
  try {
    lock.pragma("journal_mode = OFF")
    lock.exec("BEGIN EXCLUSIVE")
    return lock
  } catch (error) {
    lock.close()
    if (!(error as { code?: string }).code?.startsWith("SQLITE_BUSY")) throw error
    throw new StoreError("in-use", `The database ${path} is in use by another xferry process. Stop that one first.`, error)
  }
}
