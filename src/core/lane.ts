// The rows of one lane in order of id: a bounded part in memory, the rest on disk.
import type { Store } from "./store.js"
import type { InOp, OutboxRow, OutOp } from "./model.js"

/** Rows a lane keeps in memory. More wait on disk, so that an outage of days cannot fill the memory. */
const inMemory = 512

export class Lane<Op extends InOp | OutOp> {
  readonly name: string
  readonly conversation: number
  readonly rows: OutboxRow<Op>[] = []
  /** Ids after this one are on disk only; undefined: all rows are in memory. */
  #onDiskAfter: string | undefined
  readonly #store: Store
  #loading: Promise<void> | undefined
  /** Greatest id committed while a load was under way: the load may not have seen it. */
  #missed = ""

  /** `onDisk`: the lane was found in the store at start-up; its rows are not loaded yet. */
  constructor(store: Store, name: string, onDisk: boolean) {
    this.#store = store
    this.name = name
    this.conversation = Number(name.slice(name.indexOf(":") + 1))
    this.#onDiskAfter = onDisk ? "" : undefined
  }

  get spilled(): boolean {
    return this.#onDiskAfter !== undefined
  }

  get idle(): boolean {
    return this.rows.length === 0 && !this.spilled
  }

  /** A row that was just committed. */
  push(row: OutboxRow<Op>): void {
    if (this.spilled) {
      if (row.id > this.#missed) this.#missed = row.id
      return
    }
    if (row.id <= (this.rows.at(-1)?.id ?? "")) return // a load saw it already
    if (this.rows.length >= inMemory) this.#onDiskAfter = this.rows.at(-1)?.id ?? ""
    else this.rows.push(row)
  }

  /** A row that is back: goes where its id belongs. */
  insert(row: OutboxRow<Op>): void {
    if (this.rows.some((other) => other.id === row.id)) return
    const at = this.rows.findIndex((other) => other.id > row.id)
    if (at !== -1) this.rows.splice(at, 0, row)
    // What is behind all that was loaded will be loaded in its turn.
    else if (this.#onDiskAfter === undefined || row.id <= this.#onDiskAfter) this.rows.push(row)
  }

  remove(id: string): OutboxRow<Op> | undefined {
    const at = this.rows[0]?.id === id ? 0 : this.rows.findIndex((row) => row.id === id)
    return at === -1 ? undefined : this.rows.splice(at, 1)[0]
  }

  /** Loads the next rows from disk. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  async #load(): Promise<void> {
    if (this.#onDiskAfter === undefined) return
    const after = this.#onDiskAfter
    this.#missed = ""
    const rows = (await this.#store.laneRows(this.name, after, inMemory)) as OutboxRow<Op>[]
    for (const row of rows) this.rows.push(row)
    const last = rows.at(-1)?.id ?? after
    this.#onDiskAfter = rows.length < inMemory && this.#missed <= last ? undefined : last
  }
}
