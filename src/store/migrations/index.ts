// The migrations in order. Forward only; a number once released never changes its meaning.
import first from "./0001.js"
import second from "./0002.js"
import third from "./0003.js"
import fourth from "./0004.js"
import fifth from "./0005.js"

export interface Migration {
  version: number
  /** For both engines: IDENTITY, BLOB and KEYED are rewritten by the runner. */
  sql: string
}

export const migrations: readonly Migration[] = [
  { version: 1, sql: first },
  { version: 2, sql: second },
  { version: 3, sql: third },
  { version: 4, sql: fourth },
  { version: 5, sql: fifth },
]
