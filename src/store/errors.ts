// What can go wrong in the store, in sentences for an admin.

/**
 * - `call`: this call alone failed and left no trace.
 * - `database`: the disk or the database failed; nothing of the calls that share this error was stored. Later calls may succeed.
 * - `closed`: the store was closed, or its thread has ended.
 * - `in-use`: another process has the database. `newer`: a later xferry has upgraded it. `driver`: SQLite does not load. `path`: cannot be opened.
 */
export type StoreErrorKind = "call" | "database" | "closed" | "in-use" | "newer" | "driver" | "path"

export class StoreError extends Error {
  readonly kind: StoreErrorKind

  constructor(kind: StoreErrorKind, text: string, cause?: unknown) {
    super(text, { cause })
    this.name = "StoreError"
    this.kind = kind
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
