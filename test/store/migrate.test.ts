// Migrations: once each, all or nothing, and never on what a newer program made.
import assert from "node:assert/strict"
import { existsSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { describe, it } from "node:test"
import { openFile, makeFile } from "#src/store/driver.js"
import { migrate, openStore, schemaStatus, StoreError } from "#src/store/index.js"
import { applyMigrations } from "#src/store/migrate.js"
import { migrations } from "#src/store/migrations/index.js"
import { count, newPath, open, rows } from "./fixture.js"

const second = { version: 2, sql: "CREATE TABLE extra (id IDENTITY, note BLOB); CREATE TABLE keyed (k TEXT PRIMARY KEY) KEYED" }

describe("migrate", () => {
  it("makes the database, then has nothing to do", async () => {
    const path = newPath()
    assert.deepEqual(schemaStatus(path), { version: 0, known: 1, pending: [1] })
    assert.equal(existsSync(dirname(path)), false, "looking makes nothing")
    assert.deepEqual(migrate(path), { from: 0, to: 1, applied: [1] })
    assert.deepEqual(migrate(path), { from: 1, to: 1, applied: [] })
    assert.deepEqual(schemaStatus(path), { version: 1, known: 1, pending: [] })
    const told: unknown[] = []
    const store = await openStore({ path, log: { info: (fields) => told.push(fields), warn: () => undefined } })
    await store.close()
    assert.deepEqual(told, [])
  })

  it("goes on from where it is", () => {
    const path = newPath()
    migrate(path)
    assert.deepEqual(schemaStatus(path, [...migrations, second]).pending, [2])
    assert.deepEqual(migrate(path, [...migrations, second]), { from: 1, to: 2, applied: [2] })
    assert.deepEqual(
      rows<{ sql: string }>(path, "SELECT sql FROM sqlite_schema WHERE name IN ('extra', 'keyed')").map(({ sql }) => sql),
      ["CREATE TABLE extra (id INTEGER PRIMARY KEY AUTOINCREMENT, note BLOB)", "CREATE TABLE keyed (k TEXT PRIMARY KEY) WITHOUT ROWID"],
    )
  })

  it("leaves no trace of one that fails", () => {
    const path = newPath()
    assert.throws(() => migrate(path, [...migrations, { version: 2, sql: `${second.sql}; CREATE TABLE message (x)` }]), /already exists/)
    assert.deepEqual(schemaStatus(path), { version: 1, known: 1, pending: [] })
    assert.equal(rows(path, "SELECT 1 FROM sqlite_schema WHERE name = 'extra'").length, 0)
    assert.equal(migrate(path, [...migrations, second]).to, 2)
  })

  it("of two programs that start together one migrates", () => {
    const path = newPath()
    const [a, b] = [openFile(makeFile(path)), openFile(path)]
    const late = [...migrations]
    // b has looked what is pending when a comes first.
    late[Symbol.iterator] = function () {
      assert.deepEqual(applyMigrations(a, path), [1])
      return migrations.values()
    }
    assert.deepEqual(applyMigrations(b, path, late), [])
    assert.equal(count(path, "schema_version"), 1)
    a.close()
    b.close()
  })

  it("refuses what a newer program made, and names both versions", async () => {
    const path = newPath()
    migrate(path)
    rows(path, "INSERT INTO schema_version VALUES (9, 0)")
    const refusal = (error: unknown): boolean =>
      error instanceof StoreError && error.kind === "newer" && /schema version 9, this xferry knows versions up to 1\./.test(error.message)
    await assert.rejects(openStore({ path }), refusal)
    assert.throws(() => migrate(path), refusal)
    assert.throws(() => schemaStatus(path), refusal)
  })

  it("waits for nobody: a gateway that runs keeps it out, but may be looked at", async () => {
    const path = newPath()
    await open(path)
    assert.throws(
      () => migrate(path),
      (error: unknown) => error instanceof StoreError && error.kind === "in-use",
    )
    assert.deepEqual(schemaStatus(path), { version: 1, known: 1, pending: [] })
  })

  it("says so of a file that is no database", async () => {
    const path = makeFile(newPath())
    writeFileSync(path, "not a database, but long enough to be looked at".repeat(20))
    await assert.rejects(openStore({ path }), /gateway\.db cannot be used: file is not a database/)
  })
})
