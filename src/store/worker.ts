// The store's thread: no commit, and no wait for the disk, is ever on the event loop that serves streams.
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads"
import type Database from "better-sqlite3"
import { makeFile, openFile } from "./driver.js"
import { Engine, type Invocation } from "./engine.js"
import { StoreError, textOf } from "./errors.js"
import { takeLock } from "./lock.js"
import { applyMigrations } from "./migrate.js"
import { longestPauseMs, slot, type FromWorker, type ToWorker, type WorkerData } from "./thread.js"

/**
 * Calls in one transaction at most: beyond a few hundred a commit's cost is spread thin, and the first of them should not wait longer.
 *
 * Measured (2 shared cores, Node 20, SQLite 3.53, 500 conversations; one acceptAction + completeSend and the removal of its receipt's
 * row, CPU of all threads, checkpoints included): 43-46 µs with 100 under way, 41-44 with 1,000; about 400 with one at a time, of which
 * most is a sync for every commit. Then the pair takes 0.7 ms (p50). Of the 43 µs, 2.4 are savepoints and 8 the passage between threads.
 */
const maxBatch = 512

const { path, shared } = workerData as WorkerData
const port = parentPort as MessagePort
const flags = new Int32Array(shared)

function send(message: FromWorker): void {
  port.postMessage(message)
}

function open(): { db: Database.Database; lock: Database.Database } {
  const file = makeFile(path)
  const lock = takeLock(file)
  let db: Database.Database | undefined
  try {
    db = openFile(file)
    db.pragma("journal_mode = WAL")
    db.pragma("synchronous = FULL") // a commit survives a power cut
    db.pragma("foreign_keys = ON")
    db.pragma("temp_store = MEMORY")
    db.pragma("cache_size = -16384") // KiB at most; taken as needed
    // Checkpoints are another thread's: on this one each would hold up all commits behind it.
    db.pragma("wal_autocheckpoint = 0")
    send({ ready: { path: file, applied: applyMigrations(db, file) } })
    return { db, lock }
  } catch (error) {
    db?.close()
    lock.close()
    throw error instanceof StoreError ? error : new StoreError("path", `The database ${file} cannot be used: ${textOf(error)}.`, error)
  }
}

function serve({ db, lock }: ReturnType<typeof open>): void {
  const engine = new Engine(db)
  const waiting: Invocation[] = []

  const gather = (message: ToWorker): boolean => {
    if (message === "close") return true
    for (const call of message) waiting.push(call)
    return false
  }

  port.on("message", (first: ToWorker) => {
    let closing = gather(first)
    do {
      // What came while the last batch ran is the next one.
      for (let more; !closing && waiting.length < maxBatch && (more = receiveMessageOnPort(port) as { message: ToWorker } | undefined);)
        closing = gather(more.message)
      if (waiting.length === 0) continue
      Atomics.wait(flags, slot.pause, 1, longestPauseMs)
      const before = engine.writes
      send(engine.batch(waiting.splice(0, maxBatch)))
      if (engine.writes === before) continue
      Atomics.add(flags, slot.commits, 1)
      Atomics.notify(flags, slot.commits)
    } while (waiting.length > 0)
    if (!closing) return
    db.pragma("wal_checkpoint(TRUNCATE)")
    db.close()
    lock.close()
    port.close()
  })
}

try {
  serve(open())
} catch (error) {
  send({
    failed:
      error instanceof StoreError
        ? { kind: error.kind, text: error.message }
        : { kind: "path", text: `The database ${path} cannot be opened: ${textOf(error)}.` },
  })
  port.close()
}
