// What was resolved is on disk: after kill -9, after a failed commit, beside another process.
import assert from "node:assert/strict"
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { createInterface } from "node:readline"
import { after, describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import Database from "better-sqlite3"
import type { InOp } from "#src/core/model.js"
import { openStore, StoreError } from "#src/store/index.js"
import { driverProblem } from "#src/store/driver.js"
import { within } from "../support/deadline.js"
import { action, count, mint, newPath, open, receiptRow, rows, world, type World } from "./fixture.js"

const child = fileURLToPath(new URL("./child.js", import.meta.url))

function start(
  what: string,
  path: string,
  before = "",
): { process: ChildProcess; lines: AsyncIterableIterator<string>; gone: Promise<unknown> } {
  const command = `${before}exec "$0" "$@"`
  const started = spawn("/bin/bash", ["-c", command, process.execPath, child, what, path], { stdio: ["ignore", "pipe", "inherit"] })
  after(() => started.kill("SIGKILL"))
  const gone = once(started, "exit")
  return { process: started, lines: createInterface({ input: started.stdout })[Symbol.asyncIterator](), gone }
}

async function line(lines: AsyncIterableIterator<string>): Promise<string> {
  const next = await within(lines.next(), 20_000, "a line of the child")
  return next.done === true ? "" : next.value
}

function kindIs(kind: StoreError["kind"], text?: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.kind === kind && (text === undefined || text.test(error.message))
}

describe("kill -9", () => {
  for (const lines of [1, 40, 400])
    it(`after ${lines} lines: everything that was resolved is there`, async () => {
      const path = newPath()
      const writer = start("write", path)
      const said: string[] = []
      for (let i = 0; i < lines; i++) said.push(await line(writer.lines))
      writer.process.kill("SIGKILL")
      for await (const rest of writer.lines) said.push(rest) // said before it died
      const store = await open(path) // the lock went with its process
      assert.deepEqual(rows(path, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
      const conversation = rows<{ id: number }>(path, "SELECT id FROM conversation")[0]?.id ?? 0
      const waiting = new Set(
        [...(await store.laneRows(`out:${conversation}`, "", 1e6)), ...(await store.laneRows(`in:${conversation}`, "", 1e6))].map(
          ({ id }) => id,
        ),
      )
      const sent = new Set(rows<{ id: string }>(path, "SELECT id FROM message WHERE legacy_id = id").map(({ id }) => id))
      assert(said.length >= lines)
      for (const [what, message = "", row = ""] of said.map((text) => text.split(" ")))
        if (what === "accepted") assert(waiting.has(row) || sent.has(message), message)
        else assert(sent.has(message) && waiting.has(row), message)
      assert.equal(waiting.size, count(path, "message"), "each message has either its row or its consequence")
    })
})

describe("kill -9 in a room", () => {
  it("archive, row and message are there together, or none of them", async () => {
    const path = newPath()
    const writer = start("chat", path)
    const said: string[] = []
    for (let i = 0; i < 200; i++) said.push(await line(writer.lines))
    writer.process.kill("SIGKILL")
    for await (const rest of writer.lines) said.push(rest)
    const store = await open(path)
    assert.deepEqual(rows(path, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
    const room = (await store.loadRooms("sms")).rooms[0]?.id ?? 0
    const archive = rows<{ id: string; pos: number }>(path, "SELECT id, pos FROM archive ORDER BY pos")
    const inside = (await store.laneRows(`in:${room}`, "", 1e6)) as { id: string; op: { id: string; pos: number } }[]
    // No row was delivered here: what is archived waits, in its place, and nothing else does.
    assert.deepEqual(
      inside.map(({ op }) => ({ id: op.id, pos: op.pos })).sort((a, b) => a.pos - b.pos),
      archive,
    )
    assert.deepEqual(
      archive.map(({ pos }) => pos),
      archive.map((_, i) => i + 1),
    )
    const messages = rows<{ id: string; legacy_id: string | null }>(path, "SELECT id, legacy_id FROM message")
    const known = new Set(messages.filter((message) => message.legacy_id !== null).map(({ id }) => id))
    assert.deepEqual(new Set(archive.map(({ id }) => id)), known, "what has the network's id is archived")
    const waiting = new Set((await store.laneRows(`out:${room}`, "", 1e6)).map(({ id }) => id))
    assert.equal(waiting.size, messages.length - known.size)
    const queued = new Set(inside.map(({ id }) => id))
    for (const [what, message = "", row = ""] of said.map((text) => text.split(" ")))
      if (what === "accepted") assert(waiting.has(row) || known.has(message), message)
      else assert(known.has(message) && queued.has(row), message)
  })
})

describe("one process a database", () => {
  it("a second one is told so, until the first is gone", async () => {
    const path = newPath()
    const first = start("stay", path)
    assert.equal(await line(first.lines), "open")
    await assert.rejects(openStore({ path }), kindIs("in-use", /in use by another xferry process/))
    first.process.kill("SIGKILL")
    await first.gone
    await open(path)
    const second = start("stay", path)
    assert.match(await line(second.lines), /^in-use The database .*gateway\.db is in use/)
  })

  it("nor may one process open it twice", async () => {
    const { path } = await world()
    await assert.rejects(openStore({ path }), kindIs("in-use"))
  })

  it("a process that ends without closing ends at once", async () => {
    const leaving = start("leave", newPath())
    assert.deepEqual(await within(leaving.gone, 20_000, "the child's end"), [0, null])
  })
})

describe("batches", () => {
  it("a call that fails takes back what it wrote, and nothing else", async () => {
    const { store, path, conversation } = await world()
    const [first, second] = [action(conversation), action(conversation)]
    const clash = action(conversation, { rows: [{ id: first.rows[0].id, op: first.rows[0].op }] })
    const results = await Promise.allSettled([
      store.acceptAction(first),
      store.acceptAction(clash),
      store.acceptAction(second),
      store.lastId(),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "fulfilled"],
    )
    assert(results[1].status === "rejected" && kindIs("call", /UNIQUE constraint failed: outbox.id/)(results[1].reason))
    assert.deepEqual(
      rows<{ id: string }>(path, "SELECT id FROM message ORDER BY id").map(({ id }) => id),
      [first.messageId, second.messageId],
    )
    assert(results[3].status === "fulfilled")
    assert.equal(results[3].value, second.rows[0].id, "later calls see earlier ones")
  })

  it("an argument that no thread can be given fails alone", async () => {
    const { store, path, conversation } = await world()
    const strange = { ...receiptRow(), extra: () => undefined }
    const results = await Promise.allSettled([
      store.say(conversation, receiptRow()),
      store.say(conversation, strange),
      store.say(conversation, receiptRow()),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    )
    assert.equal(count(path, "outbox"), 2)
  })

  it("results come in order, also of more calls than one transaction takes", async () => {
    const { store, path, conversation } = await world()
    const order: number[] = []
    const calls = Array.from({ length: 1500 }, async (_, i) => {
      const found = await (i % 3 ? store.say(conversation, receiptRow()) : store.conversation(conversation))
      assert.equal(found?.id, i % 3 ? undefined : conversation)
      order.push(i)
    })
    await Promise.all(calls)
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    )
    assert.equal(count(path, "outbox"), 1000)
  })

  async function spoiled({ store, path, conversation }: World, sql: string, repair: string, text: RegExp): Promise<void> {
    rows(path, sql.split(";")[0] ?? "")
    rows(path, sql.slice(sql.indexOf(";") + 1))
    const results = await Promise.allSettled([
      store.say(conversation, receiptRow()),
      store.acceptAction(action(conversation)),
      store.say(conversation, receiptRow()),
      store.lastId(),
    ])
    for (const result of results) assert(result.status === "rejected" && kindIs("database", text)(result.reason))
    assert.equal(count(path, "outbox"), 0)
    rows(path, repair)
    await store.acceptAction(action(conversation))
    assert.deepEqual([count(path, "outbox"), count(path, "message")], [1, 1])
  }

  it("if the commit fails, all of it fails, and later calls do not", async () => {
    await spoiled(
      await world(),
      `CREATE TABLE spoil (c INTEGER REFERENCES contact DEFERRABLE INITIALLY DEFERRED);
       CREATE TRIGGER spoil_message AFTER INSERT ON message BEGIN INSERT INTO spoil VALUES (-1); END`,
      "DROP TRIGGER spoil_message",
      /was not stored: FOREIGN KEY constraint failed/,
    )
  })

  it("if SQLite gives the transaction up midway, the same", async () => {
    await spoiled(
      await world(),
      "SELECT 1;CREATE TRIGGER spoil_message AFTER INSERT ON message BEGIN SELECT RAISE(ROLLBACK, 'torn'); END",
      "DROP TRIGGER spoil_message",
      /was not stored: torn/,
    )
  })

  it("when no more fits on the disk, the calls fail; when it does again, they do not", async () => {
    const path = newPath()
    const filling = start("fill", path, "ulimit -S -f 600; ")
    const [kind, stored] = (await line(filling.lines)).split(" ")
    assert.equal(kind, "database")
    assert.equal(await line(filling.lines), "closed")
    await open(path)
    assert.deepEqual(rows(path, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
    assert.equal(count(path, "message"), Number(stored) + 50)
    assert.equal(count(path, "outbox"), Number(stored) + 50)
  })
})

describe("opening and closing", () => {
  it("only the owner can read it", async () => {
    const { path } = await world()
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
    for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}.lock`]) assert.equal(statSync(file).mode & 0o777, 0o600, file)
  })

  it("close waits for what was called, refuses what comes later, and leaves one file", async () => {
    const { store, path, conversation } = await world()
    const said = store.say(conversation, receiptRow())
    const closed = store.close()
    await assert.rejects(store.lastId(), kindIs("closed", /The store is closed/))
    await Promise.all([said, closed, store.close()])
    assert.equal(existsSync(`${path}-wal`), false)
    assert.equal(count(path, "outbox"), 1)
  })

  it("a path that cannot be is refused with its name", async () => {
    await assert.rejects(openStore({ path: "/dev/null/x.db" }), kindIs("path", /\/dev\/null\/x\.db cannot be opened/))
    const { path } = await world()
    await assert.rejects(openStore({ path: dirname(path) }), kindIs("path", /cannot be/))
  })

  it("what was committed reaches the database itself by and by", async () => {
    const { store, path, conversation } = await world()
    const size = statSync(path).size
    const mebibytes = 20
    while (statSync(path).size === size && statSync(`${path}-wal`).size < mebibytes << 20) await store.say(conversation, receiptRow())
    assert(statSync(path).size > size)
  })

  it("a log that grew is cut down again, and a reader that held it up stops nobody", async () => {
    const { store, path, conversation } = await world()
    const log = (): number => statSync(`${path}-wal`).size
    const reader = new Database(path)
    reader.exec("BEGIN")
    reader.prepare("SELECT count(*) FROM message").get()
    const big = { ...receiptRow().op, of: "x".repeat(500_000) } as InOp
    while (log() < 100 << 20) await store.say(conversation, { id: mint.next(), op: big })
    reader.close()
    const deadline = Date.now() + 20_000
    while (log() > 64 << 20 && Date.now() < deadline) await store.say(conversation, receiptRow())
    assert(log() <= 64 << 20)
  })

  it("a driver that would crash Node is not loaded", () => {
    assert.match(driverProblem("13.0.1", "20.20.2") ?? "", /crashes on Node 20\.20\.2.*version 12/)
    assert.equal(driverProblem("13.0.1", "22.11.0"), undefined)
    assert.equal(driverProblem("12.11.1", "20.20.2"), undefined)
  })
})
