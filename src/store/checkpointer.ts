// Moves what the write-ahead log holds into the database, on a thread and connection of its own, so that commits never wait for it.
import { statSync } from "node:fs"
import { parentPort, workerData } from "node:worker_threads"
import { openFile } from "./driver.js"
import { textOf } from "./errors.js"
import { slot, type FromCheckpointer, type WorkerData } from "./thread.js"

/** Between two checkpoints, ms. */
const everyMs = 500
/** Under steady load a PASSIVE checkpoint never reaches the end of the log, which then only grows: beyond this (bytes) writers wait for once. */
const truncateAt = 64 * 1024 * 1024

const { path, shared } = workerData as WorkerData
const flags = new Int32Array(shared)
const db = openFile(path, { timeout: 250 })
db.pragma("synchronous = FULL")

let limit = truncateAt

function checkpoint(): void {
  const [done] = db.pragma("wal_checkpoint(PASSIVE)") as { log: number; checkpointed: number }[]
  if (done?.log === done?.checkpointed) limit = truncateAt // nobody holds it up (any more)
  const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (size <= limit) return
  // Asking for the lock is not enough: a worker that writes batch after batch would never let go of it for long enough.
  Atomics.store(flags, slot.pause, 1)
  try {
    const [result] = db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[]
    // Somebody else reads (an admin's shell, a backup) and needs the log: it is not to cost the worker a pause every time.
    if (result?.busy === 1) limit = size + truncateAt
  } finally {
    Atomics.store(flags, slot.pause, 0)
    Atomics.notify(flags, slot.pause)
  }
}

let seen = 0
let healthy = true
while (Atomics.load(flags, slot.stop) === 0) {
  // Asleep until a commit: an idle gateway costs nothing.
  Atomics.wait(flags, slot.commits, seen)
  Atomics.wait(flags, slot.stop, 0, everyMs)
  seen = Atomics.load(flags, slot.commits)
  try {
    checkpoint()
    healthy = true
  } catch (error) {
    // The log keeps everything meanwhile, and the next round tries again.
    if (healthy)
      parentPort?.postMessage({ warn: `The database's log could not be written back: ${textOf(error)}.` } satisfies FromCheckpointer)
    healthy = false
  }
}
db.close()
