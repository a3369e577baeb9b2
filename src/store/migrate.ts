// Brings a database to the schema this program knows: forward only, a transaction for each version.
import { existsSync } from "node:fs"
import type Database from "better-sqlite3"
import { makeFile, openFile } from "./driver.js"
import { StoreError } from "./errors.js"
import { takeLock } from "./lock.js"
import { migrations, type Migration } from "./migrations/index.js"

export interface SchemaStatus {
  /** 0: no database yet, or an empty one. */
  version: number
  /** The newest version this program knows. */
  known: number
  /** Versions that `migrate` would apply. */
  pending: number[]
}

/** One text serves two engines; these are SQLite's words for what differs. */
export function forSqlite(sql: string): string {
  return sql.replace(/\bIDENTITY\b/g, "INTEGER PRIMARY KEY AUTOINCREMENT").replace(/\bKEYED\b/g, "WITHOUT ROWID")
}

function versionOf(db: Database.Database): number {
  if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'").get()) return 0
  return (db.prepare("SELECT max(version) AS version FROM schema_version").get() as { version: number | null }).version ?? 0
}

function status(db: Database.Database, path: string, all: readonly Migration[]): SchemaStatus {
  const version = versionOf(db)
  const known = all.at(-1)?.version ?? 0
  if (version > known)
    throw new StoreError(
      "newer",
      `The database ${path} has schema version ${version}, this xferry knows versions up to ${known}. Run the newer xferry that upgraded it, or restore the backup from before.`,
    )
  return { version, known, pending: all.map((migration) => migration.version).filter((pending) => pending > version) }
}

/** Applies what is pending to an open database. Returns the versions applied by this call. */
export function applyMigrations(db: Database.Database, path: string, all: readonly Migration[] = migrations): number[] {
  const { pending } = status(db, path, all)
  const applied: number[] = []
  for (const { version, sql } of all) {
    if (!pending.includes(version)) continue
    const apply = db.transaction(() => {
      db.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")
      // The row comes first: of two processes that start together, the second finds it here and does nothing.
      const mine = db
        .prepare("INSERT INTO schema_version (version, applied_at) VALUES (?, ?) ON CONFLICT (version) DO NOTHING")
        .run(version, Date.now())
      if (mine.changes === 0) return false
      db.exec(forSqlite(sql))
      return true
    })
    if (apply.immediate()) applied.push(version)
  }
  return applied
}

/** For `xferry migrate`. Throws StoreError: in use, newer than this program, cannot be opened. */
export function migrate(path: string, all: readonly Migration[] = migrations): { from: number; to: number; applied: number[] } {
  const file = makeFile(path)
  const lock = takeLock(file)
  try {
    const db = openFile(file)
    try {
      const { version } = status(db, file, all)
      const applied = applyMigrations(db, file, all)
      return { from: version, to: applied.at(-1) ?? version, applied }
    } finally {
      db.close()
    }
  } finally {
    lock.close()
  }
}

/** Looks without changing anything, also while a gateway runs. Throws StoreError: newer, or cannot be read. */
export function schemaStatus(path: string, all: readonly Migration[] = migrations): SchemaStatus {
  if (!existsSync(path)) return { version: 0, known: all.at(-1)?.version ?? 0, pending: all.map(({ version }) => version) }
  const db = openFile(path, { readonly: true, fileMustExist: true })
  try {
    return status(db, path, all)
  } finally {
    db.close()
  }
}
