// Migrations: once each, all or nothing, and never on what a newer program made.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { existsSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { describe, it } from "node:test"
import { openFile, makeFile } from "#src/store/driver.js"
import { migrate, openStore, schemaStatus, StoreError } from "#src/store/index.js"
import { applyMigrations } from "#src/store/migrate.js"
import { migrations } from "#src/store/migrations/index.js"
import { balcony, count, newPath, open, romeo, rows, swept } from "./fixture.js"

const next = { version: 6, sql: "CREATE TABLE extra (id IDENTITY, note BLOB); CREATE TABLE keyed (k TEXT PRIMARY KEY) KEYED" }

describe("migrate", () => {
  it("makes the database, then has nothing to do", async () => {
    const path = newPath()
    assert.deepEqual(schemaStatus(path), { version: 0, known: 5, pending: [1, 2, 3, 4, 5] })
    assert.equal(existsSync(dirname(path)), false, "looking makes nothing")
    assert.deepEqual(migrate(path), { from: 0, to: 5, applied: [1, 2, 3, 4, 5] })
    assert.deepEqual(migrate(path), { from: 5, to: 5, applied: [] })
    assert.deepEqual(schemaStatus(path), { version: 5, known: 5, pending: [] })
    const told: unknown[] = []
    const store = await openStore({ path, log: { info: (fields) => told.push(fields), warn: () => undefined } })
    await store.close()
    assert.deepEqual(told, [])
  })

  it("goes on from where it is", () => {
    const path = newPath()
    migrate(path)
    assert.deepEqual(schemaStatus(path, [...migrations, next]).pending, [6])
    assert.deepEqual(migrate(path, [...migrations, next]), { from: 5, to: 6, applied: [6] })
    assert.deepEqual(
      rows<{ sql: string }>(path, "SELECT sql FROM sqlite_schema WHERE name IN ('extra', 'keyed')").map(({ sql }) => sql),
      ["CREATE TABLE extra (id INTEGER PRIMARY KEY AUTOINCREMENT, note BLOB)", "CREATE TABLE keyed (k TEXT PRIMARY KEY) WITHOUT ROWID"],
    )
  })

  it("leaves no trace of one that fails", () => {
    const path = newPath()
    assert.throws(() => migrate(path, [...migrations, { version: 6, sql: `${next.sql}; CREATE TABLE message (x)` }]), /already exists/)
    assert.deepEqual(schemaStatus(path), { version: 5, known: 5, pending: [] })
    assert.equal(rows(path, "SELECT 1 FROM sqlite_schema WHERE name = 'extra'").length, 0)
    assert.equal(migrate(path, [...migrations, next]).to, 6)
  })

  it("of two programs that start together one migrates", () => {
    const path = newPath()
    const [a, b] = [openFile(makeFile(path)), openFile(path)]
    const late = [...migrations]
    // b has looked what is pending when a comes first.
    late[Symbol.iterator] = function () {
      assert.deepEqual(applyMigrations(a, path), [1, 2, 3, 4, 5])
      return migrations.values()
    }
    assert.deepEqual(applyMigrations(b, path, late), [])
    assert.equal(count(path, "schema_version"), 5)
    a.close()
    b.close()
  })

  it("refuses what a newer program made, and names both versions", async () => {
    const path = newPath()
    migrate(path)
    rows(path, "INSERT INTO schema_version VALUES (9, 0)")
    const refusal = (error: unknown): boolean =>
      error instanceof StoreError && error.kind === "newer" && /schema version 9, this xferry knows versions up to 5\./.test(error.message)
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
    assert.deepEqual(schemaStatus(path), { version: 5, known: 5, pending: [] })
  })

  it("says so of a file that is no database", async () => {
    const path = makeFile(newPath())
    writeFileSync(path, "not a database, but long enough to be looked at".repeat(20))
    await assert.rejects(openStore({ path }), /gateway\.db cannot be used: file is not a database/)
  })

  it("brings a database of version 1 with all it holds to the newest", async () => {
    const path = newPath()
    migrate(path, migrations.slice(0, 1))
    const db = openFile(path)
    db.exec(`
      INSERT INTO gateway_user VALUES (7, '${romeo}', 1);
      INSERT INTO account VALUES (3, 'sms', 'bot', x'010203', 'active', NULL);
      INSERT INTO link VALUES (4, 7, 3, 'sms', '', 'owner', 1);
      INSERT INTO contact VALUES (5, 'sms', 'juliet', 'Juliet', 'juliet_c', 'person', '{}', 1);
      INSERT INTO roster VALUES (4, 5, 'both', 'both', NULL);
      INSERT INTO conversation VALUES (6, 3, 4, 'juliet', 'direct');
      INSERT INTO message VALUES ('m1', 6, '100', NULL, 'juliet', NULL, NULL, 1, '5', NULL, 2), ('m2', 6, NULL, NULL, '${balcony}', 'x1', 'd1', 2, NULL, NULL, 1);
      INSERT INTO message_part VALUES ('101', 6, 'm1', 1, NULL);
      INSERT INTO outbox (id, lane, message_id, op) VALUES ('o1', 'out:6', 'm2', '{"k":"send","message":"m2","ordinal":0,"text":"hi","origin":{"action":"m2"}}');
      INSERT INTO adapter_state VALUES (3, 'offset', x'09')`)
    db.close()
    const store = await open(path)
    assert.equal(await store.schemaVersion(), 5)
    assert.deepEqual(rows(path, "PRAGMA foreign_key_check"), [])
    assert.deepEqual(rows(path, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
    const { accounts, links } = await store.loadNetwork("sms")
    assert.deepEqual([accounts[0]?.tag, links[0]?.jid], ["", romeo])
    assert.equal((await store.roster(4))[0]?.contact.name, "Juliet")
    assert.equal((await store.findMessage(6, "x1"))?.id, "m2")
    assert.equal((await store.findPart("m1", 1))?.legacyId, "101")
    assert.equal((await store.laneRows("out:6", "", 9)).length, 1)
    assert.deepEqual(await store.loadRooms("sms"), { rooms: [], aliases: [] })
    // Rooms beside it, then all of it goes.
    const { room } = await store.putRoom(3, { legacyId: "-1", name: "Verona" })
    assert.equal(room.id > 6, true)
    await store.unregister(4)
    await swept(store)
    for (const table of ["gateway_user", "account", "link", "contact", "roster", "conversation", "message", "message_part", "outbox"])
      assert.equal(count(path, table), 0, table)
  })

  it("brings what version 4 knew of reactions along", async () => {
    const path = newPath()
    migrate(path, migrations.slice(0, 4))
    rows(path, "INSERT INTO account (id, network, legacy_id, state) VALUES (3, 'sms', 'bot', 'active')")
    rows(path, "INSERT INTO conversation (id, account_id, legacy_id, kind) VALUES (6, 3, '-1', 'group')")
    rows(path, "INSERT INTO message (id, conversation_id, legacy_id, sender, at) VALUES ('m1', 6, '100', 'juliet', 2)")
    rows(path, "INSERT INTO reaction VALUES ('m1', 'nurse', '👍', 1, 5), ('m1', '', '❤', 3, 6)")
    const store = await open(path)
    assert.deepEqual(rows(path, "SELECT * FROM reaction ORDER BY at"), [
      { message_id: "m1", actor: "nurse", part: "", emoji: "👍", count: 1, at: 5 },
      { message_id: "m1", actor: "", part: "", emoji: "❤", count: 3, at: 6 },
    ])
    assert.deepEqual(rows(path, "PRAGMA foreign_key_check"), [])
    await store.close()
  })

  it("leaves the released versions as they were", () => {
    const digests = migrations.map(({ sql }) => createHash("sha256").update(sql).digest("hex").slice(0, 16))
    assert.deepEqual(digests.slice(0, 4), ["4bcf7bcbc1794a1b", "a4e5dda9abf3c718", "510dad4f80295b38", "5176a86c92ef098a"])
  })
})
