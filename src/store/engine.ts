// Runs store functions on SQLite: all calls of a batch in one transaction, each call all or nothing.
import type Database from "better-sqlite3"
import type { Call, Statement } from "./call.js"
import { textOf, type StoreErrorKind } from "./errors.js"
import { functions, type FunctionName } from "./functions.js"

export type Invocation = readonly [name: FunctionName, args: readonly unknown[]]
export type Outcome = { value: unknown } | { kind: StoreErrorKind; text: string }

const table = functions as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Call<unknown>>>

/** After these nothing can be said of the transaction, whichever statement met them. */
const fatal = /^SQLITE_(FULL|IOERR|NOMEM|CORRUPT|NOTADB|READONLY|CANTOPEN|BUSY|LOCKED|PROTOCOL|INTERRUPT)/

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : ""
  return typeof code === "string" ? code : ""
}

export class Engine {
  /** Grows with every batch that wrote. */
  writes = 0
  readonly #db: Database.Database
  readonly #statements = new Map<string, Database.Statement>()

  constructor(db: Database.Database) {
    this.#db = db
  }

  /** Outcomes in the order of the calls. When it returns, everything that has a value is on disk. */
  batch(calls: readonly Invocation[]): Outcome[] {
    try {
      // IMMEDIATE: a transaction that reads first must not find, when it comes to write, that it may not.
      this.#control("BEGIN IMMEDIATE")
      const outcomes = calls.map((call) => this.#alone(call))
      this.#control("COMMIT")
      return outcomes
    } catch (error) {
      this.#giveUp()
      const advice = codeOf(error) === "SQLITE_FULL" ? " Free some space." : ""
      const text = `The database failed, and this was not stored: ${textOf(error)} (${codeOf(error)}).${advice}`
      return calls.map(() => ({ kind: "database", text }))
    }
  }

  /** One call; what it wrote is taken back if it fails. Throws what ends the whole batch. */
  #alone([name, args]: Invocation): Outcome {
    let saved = false
    try {
      const call = table[name]?.(...args)
      if (!call) throw new Error(`There is no store function ${name}.`)
      let step = call.next()
      while (step.done !== true) {
        const statement = this.#prepare(step.value.sql)
        if (!saved && !statement.readonly) {
          this.#control("SAVEPOINT one")
          saved = true
          this.writes++
        }
        step = call.next(perform(statement, step.value))
      }
      if (saved) this.#control("RELEASE one")
      return { value: step.value }
    } catch (error) {
      if (fatal.test(codeOf(error)) || !this.#db.inTransaction) throw error
      if (saved) {
        this.#control("ROLLBACK TO one")
        this.#control("RELEASE one")
      }
      return { kind: "call", text: textOf(error) }
    }
  }

  #giveUp(): void {
    try {
      if (this.#db.inTransaction) this.#control("ROLLBACK")
    } catch {
      // SQLite has rolled back by itself; the next BEGIN tells if not.
    }
  }

  #control(sql: string): void {
    this.#prepare(sql).run()
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql)
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)))
    return statement
  }
}

function perform(statement: Database.Statement, { mode, params }: Statement): unknown {
  if (mode === "get") return statement.get(...params)
  if (mode === "all") return statement.all(...params)
  return statement.run(...params).changes
}
