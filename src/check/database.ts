// Tries the database: whether it opens, whether it can be written, its version, and whether secretKey fits it.
import { accessSync, constants, existsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import type { Config } from "../config/index.js"
import { openFile } from "../store/driver.js"
import { StoreError } from "../store/errors.js"
import { openStore } from "../store/index.js"
import { takeLock } from "../store/lock.js"
import { schemaStatus } from "../store/migrate.js"
import { SealError, Sealer } from "../store/seal.js"
import type { Store } from "../core/store.js"
import { bad, good, note, type Finding } from "./report.js"

export interface DatabaseState {
  findings: Finding[]
  /** A gateway works on it now. */
  running: boolean
  /** Open, for more questions; undefined: there is none yet, it is in use, or it does not work. The caller closes it. */
  store: Store | undefined
}

const KEY_GOOD = "secretKey is well-formed"

export async function checkDatabase({ store: path, secretKeys }: Config): Promise<DatabaseState> {
  const done = (running: boolean, ...findings: Finding[]): DatabaseState => ({ findings, running, store: undefined })
  try {
    if (!existsSync(path)) return done(false, good(KEY_GOOD), newDatabase(path))
    const { version, known, pending } = schemaStatus(path)
    if (isInUse(path)) return done(true, good(KEY_GOOD), good(`Database ${path}, schema version ${version}, in use by the running xferry`))
    if (pending.length > 0) {
      const text = `Database ${path} has schema version ${version}; this xferry wants ${known}.`
      return done(
        false,
        good(KEY_GOOD),
        note(text, ["It is brought up to date at the next start. To do it now, after a backup, type: xferry migrate"]),
      )
    }
    tryWrite(path)
    const store = await openStore({ path })
    return {
      findings: [await checkKey(store, secretKeys), good(`Database ${path} opens and takes writes, schema version ${version}`)],
      running: false,
      store,
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const ours = error instanceof StoreError
    return done(
      false,
      good(KEY_GOOD),
      bad(ours ? text : `Database ${path}: ${text}.`, ours ? [] : ["Is the disk full, or does the file belong to another user?"]),
    )
  }
}

function newDatabase(path: string): Finding {
  const folder = nearestFolder(dirname(path))
  if (!statSync(folder).isDirectory())
    return bad(`Database ${path} cannot be made: ${folder} is not a folder.`, ["Correct «store» in the config."])
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return good(`Database ${path} will be made at the first start`)
  } catch {
    return bad(`Database ${path} cannot be made: this user may not write in ${folder}.`, [
      `Change the owner of ${folder}, or «store» in the config. Run check as the user that runs xferry.`,
    ])
  }
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : nearestFolder(dirname(folder))
}

function isInUse(path: string): boolean {
  try {
    takeLock(path).close()
    return false
  } catch (error) {
    if (error instanceof StoreError && error.kind === "in-use") return true
    throw error
  }
}

function tryWrite(path: string): void {
  const db = openFile(path, { fileMustExist: true })
  try {
    db.exec("BEGIN IMMEDIATE; CREATE TABLE xferry_check (x); ROLLBACK")
  } finally {
    db.close()
  }
}

async function checkKey(store: Store, keys: Config["secretKeys"]): Promise<Finding> {
  const sealer = new Sealer(keys.map((key) => key.reveal()))
  const values = await store.sealedValues()
  try {
    for (const { sealed, where } of values) sealer.open(sealed, where)
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    return bad(`secretKey does not open what is in the database. ${error.message}`, [
      "Without the former key these users have to register again.",
    ])
  }
  return good(values.length === 0 ? KEY_GOOD : `secretKey opens all ${values.length} sealed values in the database`)
}
