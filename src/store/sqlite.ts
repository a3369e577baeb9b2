// The main thread's side of the store: calls of one tick travel together, results come back in order.
import { Worker } from "node:worker_threads"
import type { Invocation, Outcome } from "./engine.js"
import { StoreError, textOf } from "./errors.js"
import { functions, type FunctionName } from "./functions.js"
import { slot, slots, type FromCheckpointer, type FromWorker, type ToWorker, type WorkerData } from "./thread.js"
import type { Store } from "../core/store.js"

export interface StoreOptions {
  /** File of the database; it and its directory are made if need be. */
  path: string
  log?: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Opens the database, brings its schema up to date and keeps every other process out. Throws StoreError. */
export async function openStore({ path, log }: StoreOptions): Promise<Store> {
  const data: WorkerData = { path, shared: new SharedArrayBuffer(4 * slots) }
  const flags = new Int32Array(data.shared)
  const worker = startThread("./worker.js", data)
  const { path: file, applied } = await readiness(worker)
  if (applied.length > 0) log?.info({ path: file, applied }, "the database's schema was brought up to date")
  const checkpointer = startThread("./checkpointer.js", { ...data, path: file })
  checkpointer.on("message", ({ warn }: FromCheckpointer) => log?.warn({ path: file }, warn))
  checkpointer.on("error", (error) => log?.warn({ path: file, err: error }, "the thread that writes the database's log back has ended"))

  const calls = new Calls(worker)
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    calls.end("The store is closed.")
    Atomics.store(flags, slot.stop, 1)
    Atomics.add(flags, slot.commits, 1)
    Atomics.notify(flags, slot.stop)
    Atomics.notify(flags, slot.commits)
    await ended(checkpointer)
    calls.post("close")
    await ended(worker)
  }
  const store: Record<string, unknown> = { close: () => (closing ??= close()) }
  for (const name of Object.keys(functions) as FunctionName[]) store[name] = (...args: unknown[]) => calls.call(name, args)
  return store as unknown as Store
}

function startThread(file: string, workerData: WorkerData): Worker {
  return new Worker(new URL(file, import.meta.url), { workerData })
}

function ended(thread: Worker): Promise<void> {
  return new Promise((resolve) => (thread.threadId === -1 ? resolve() : thread.once("exit", () => resolve())))
}

function readiness(worker: Worker): Promise<{ path: string; applied: number[] }> {
  return new Promise((resolve, reject) => {
    worker.once("error", (error) => reject(new StoreError("path", `The store's thread could not start: ${textOf(error)}`, error)))
    worker.once("exit", () => reject(new StoreError("path", "The store's thread ended at its start.")))
    worker.once("message", (message: FromWorker) => {
      if ("ready" in message) resolve(message.ready)
      else if ("failed" in message) reject(new StoreError(message.failed.kind, message.failed.text))
    })
  })
}

/** The calls under way, in the order they were made. */
class Calls {
  readonly #worker: Worker
  #gathered: Invocation[] = []
  #waiting: Waiting[] = []
  /** Why no more calls are taken. */
  #over: string | undefined

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on("message", (outcomes: Outcome[]) => this.#settle(outcomes))
    worker.on("error", (error) => this.#fail(`The store's thread has ended: ${textOf(error)}`))
    worker.on("exit", () => this.#fail("The store's thread has ended."))
  }

  call(name: FunctionName, args: unknown[]): Promise<unknown> {
    if (this.#over !== undefined) return Promise.reject(new StoreError("closed", this.#over))
    if (this.#gathered.push([name, args]) === 1) process.nextTick(() => this.#flush())
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  /** Calls made so far are carried out; later ones are refused with this text. */
  end(text: string): void {
    this.#flush()
    this.#over ??= text
  }

  #flush(): void {
    const calls = this.#gathered
    if (calls.length === 0) return
    this.#gathered = []
    try {
      this.post(calls)
    } catch {
      this.#postEach(calls)
    }
  }

  /** One call's argument cannot be sent to a thread (a function, say): the others of its tick must not suffer. */
  #postEach(calls: Invocation[]): void {
    const waiting = this.#waiting.splice(-calls.length)
    for (const [i, call] of calls.entries()) {
      const one = waiting[i]
      try {
        this.post([call])
        if (one) this.#waiting.push(one)
      } catch (error) {
        one?.reject(new StoreError("call", textOf(error)))
      }
    }
  }

  #settle(outcomes: Outcome[]): void {
    const waiting = this.#waiting.splice(0, outcomes.length)
    for (const [i, outcome] of outcomes.entries()) {
      if ("value" in outcome) waiting[i]?.resolve(outcome.value)
      else waiting[i]?.reject(new StoreError(outcome.kind, outcome.text))
    }
  }

  #fail(text: string): void {
    this.#over ??= text
    this.#gathered = []
    for (const { reject } of this.#waiting.splice(0)) reject(new StoreError("closed", this.#over))
  }
}
