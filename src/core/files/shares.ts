// Files of the network's on their way to XMPP clients: fetched beside the lanes, which wait for them only so long (docs/adr/0009).
import type { FileRef } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import type { AnySession } from "../../adapter/define.js"
import type { Bridging } from "../bridges/ports.js"
import type { Clock } from "../clock.js"
import type { Attached } from "../content.js"
import { backoffMs, isRetried, maxAttempts, patienceMs } from "../errors.js"
import { timeOf, type IdMint } from "../ids.js"
import { awaited, onItsWay } from "../inward.js"
import type { Log } from "../log.js"
import type { Media } from "./media.js"
import type { InOp, OutboxRow } from "../model.js"
import type { Face } from "../ports.js"
import type { Store } from "../store.js"

/** Whose file it is, and in whose name it is put where clients fetch it. */
export interface Origin {
  account: number
  legacyId: string
  tag: string
  room: boolean
  /** Of a direct chat. */
  link?: number
}

export interface SharesParts {
  network: string
  store: Pick<Store, "settleFile" | "postponeFile" | "showLate" | "laneRows">
  ids: IdMint
  clock: Clock
  log: Log
  /** Absent: what still waits from before is told of as text. */
  media?: Media
  maxBytes: number
  live(account: number): { session: AnySession; signal: AbortSignal } | undefined
  face: () => Pick<Face, "slot">
  /** Undefined: the conversation is gone. */
  originOf(conversation: number): Promise<Origin | undefined>
  /** A row of `in:` has another operation now; null: it is gone. */
  changed(conversation: number, row: string, op: InOp | null): void
  /** A row that was just committed to `in:`. */
  add(conversation: number, row: OutboxRow<InOp>): void
  bridges?: Bridging
}

interface Share {
  /** Row of `in:`, or of `late:` once its lane goes on without it. */
  row: string
  late: boolean
  conversation: number
  origin: Origin
  file: Attached
  /** When the lane began to wait for it, as the clock has it. */
  since: number
  attempts: number
  busy: boolean
  /** It is being written that the lane goes on. */
  postponing?: Promise<void>
  /** What came of it is being written. */
  settling: boolean
  timer?: unknown
  readonly gone: AbortController
}

/** A lane waits so long for a file, in ms. */
export const laneWaitMs = 30_000
/** So many late files are kept in mind; more wait on disk. */
const mostLate = 1000
/** Rows that are read at once. */
const page = 100

export class Shares {
  readonly #shares = new Map<string, Share>()
  /** Conversations with late files that are on disk only, and whose account's they are. */
  readonly #onDisk = new Map<number, number>()
  #late = 0
  #stopped = false

  constructor(private readonly parts: SharesParts) {}

  /** Fetches the file of a row of `in:`, unless that is under way. */
  begin(conversation: number, row: OutboxRow<InOp>, origin: Origin): void {
    this.#begin(conversation, row, origin, false)
  }

  #begin(conversation: number, { id, op }: OutboxRow<InOp>, origin: Origin, late: boolean): void {
    const file = awaited(op)
    if (!file || this.#stopped || this.#shares.has(id)) return
    const since = this.parts.clock.now()
    const more = { since, attempts: 0, busy: false, settling: false, gone: new AbortController() }
    const share: Share = { row: id, late, conversation, origin, file, ...more }
    this.#keep(share)
    void this.#run(share)
  }

  /** How long the lane still waits for this row's file, in ms. */
  left(row: string): number {
    const share = this.#shares.get(row)
    if (!share || share.settling || share.postponing) return laneWaitMs
    return share.since + laneWaitMs - this.parts.clock.now()
  }

  /** Only now can anything be put anywhere, and be told. */
  streamUp(): void {
    for (const share of this.#shares.values()) share.since = this.parts.clock.now()
  }

  /** The account is up (again). */
  up(account: number): void {
    for (const share of this.#shares.values()) if (share.origin.account === account && share.timer === undefined) void this.#run(share)
    this.#more()
  }

  /** The lane goes on without this row's file, which follows when it is there. */
  postpone(row: string): void {
    const share = this.#shares.get(row)
    if (!share || share.late || share.settling || share.postponing) return
    share.postponing = this.#postpone(share)
      .catch((error: unknown) => this.parts.log.warn({ err: error, row }, "a file that is late could not be put aside; the lane waits on"))
      .finally(() => {
        delete share.postponing
      })
  }

  async #postpone(share: Share): Promise<void> {
    const { store, ids, changed } = this.parts
    const { row, conversation, file } = share
    const late = ids.next()
    const done = await store.postponeFile({ row, text: onItsWay(file), late })
    if (this.#shares.get(row) === share) {
      this.#drop(share, !done)
      if (done) this.#keep(Object.assign(share, { row: late, late: true }))
      if (done && !share.busy && !this.#mayRun(share.origin.account)) this.#park(share)
    }
    changed(conversation, row, done?.op ?? null)
    this.#poke(conversation)
  }

  /** Other legs of its bridge may wait for the file. */
  #poke(conversation: number): void {
    this.parts.bridges?.poke(this.parts.bridges.others(conversation))
  }

  /** Late files that were found in the store: at the start, or when there is room for more. */
  async open(conversation: number): Promise<void> {
    this.#onDisk.delete(conversation)
    const origin = await this.parts.originOf(conversation)
    if (origin && !this.#mayRun(origin.account)) return void this.#onDisk.set(conversation, origin.account)
    let after = ""
    while (origin && !this.#stopped) {
      const rows = (await this.parts.store.laneRows(`late:${conversation}`, after, page)) as OutboxRow<InOp>[]
      for (const row of rows) this.#begin(conversation, row, origin, true)
      after = rows.at(-1)?.id ?? ""
      if (rows.length < page || this.#onDisk.has(conversation)) break
    }
    this.#more()
  }

  #mayRun(account: number): boolean {
    return this.parts.media === undefined || this.parts.live(account) !== undefined
  }

  /** What is late waits on disk for an account that is away: other accounts need the place. */
  #park(share: Share): void {
    if (!share.late) return
    this.#onDisk.set(share.conversation, share.origin.account)
    this.#drop(share)
  }

  /** Late ones beyond what is kept in mind wait on disk. */
  #keep(share: Share): void {
    if (share.late && this.#late >= mostLate) {
      this.#onDisk.set(share.conversation, share.origin.account)
      return this.#end(share)
    }
    if (share.late) this.#late++
    this.#shares.set(share.row, share)
  }

  #drop(share: Share, over = true): void {
    if (!this.#shares.delete(share.row)) return
    if (share.late) this.#late--
    if (over) this.#end(share)
    this.#more()
  }

  /** There may be room for what is on disk only. */
  #more(): void {
    if (this.#late > mostLate / 2 || this.#stopped) return
    const next = [...this.#onDisk].find(([, account]) => this.#mayRun(account))
    if (!next) return
    void this.open(next[0]).catch((error: unknown) => {
      this.#onDisk.set(...next)
      this.parts.log.warn({ err: error }, "files that are late could not be read")
    })
  }

  #end(share: Share): void {
    this.parts.clock.clear(share.timer)
    share.gone.abort()
  }

  /** Its rows are gone from the store, or go elsewhere. */
  forget(conversation: number): void {
    this.#onDisk.delete(conversation)
    for (const share of this.#shares.values()) if (share.conversation === conversation) this.#drop(share)
  }

  forgetLink(link: number): void {
    for (const share of this.#shares.values()) if (share.origin.link === link) this.forget(share.conversation)
  }

  stop(): void {
    this.#stopped = true
    for (const share of this.#shares.values()) this.#end(share)
    this.#shares.clear()
  }

  #isOver(share: Share): boolean {
    return this.#stopped || share.gone.signal.aborted
  }

  async #run(share: Share): Promise<void> {
    const { media, live } = this.parts
    if (share.busy || share.settling || this.#isOver(share)) return
    if (!media) return this.#settle(share, { ...share.file, failed: "the gateway does not carry files any more." })
    const now = live(share.origin.account)
    if (!now) return this.#park(share) // `up` comes back to it
    share.busy = true
    let found: Attached | undefined
    try {
      found = await media.share(share.file, this.#sharing(share, now))
    } catch (error) {
      found = this.#failed(share, error, now.signal)
    }
    share.busy = false
    if (this.#isOver(share)) return
    if (found) return this.#settle(share, found)
    // The next session may have come up while the last one was still ending.
    if (share.timer !== undefined) return
    if (live(share.origin.account) !== undefined) this.#again(share, 0)
    else this.#park(share)
  }

  #sharing({ origin, gone }: Share, { session, signal }: { session: AnySession; signal: AbortSignal }): Parameters<Media["share"]>[1] {
    const { network, maxBytes, face } = this.parts
    const { legacyId, tag, room } = origin
    const by = { legacyId, tag, room }
    return {
      network,
      maxBytes,
      signal: AbortSignal.any([signal, gone.signal]),
      slot: (file) => face().slot(file, by),
      download: (file: FileRef, aborted) => {
        if (session.download) return session.download(file, aborted)
        return Promise.reject(new AdapterError("unsupported", "Files cannot be had from this network."))
      },
    }
  }

  /** Undefined: it is tried again. */
  #failed(share: Share, error: unknown, signal: AbortSignal): Attached | undefined {
    if (this.#isOver(share) || signal.aborted) return undefined
    const { log } = this.parts
    share.attempts++
    const known = error instanceof AdapterError ? error : undefined
    const fields = { row: share.row, attempts: share.attempts, ...(known ? { reason: known.message } : { err: error }) }
    const isOld = Date.now() - timeOf(share.row) > patienceMs
    if (isRetried(error) && !isOld && (known !== undefined || share.attempts < maxAttempts)) {
      log.debug(fields, "a file could not be fetched yet")
      this.#again(share, Math.max(1, known?.retryAfterMs ?? backoffMs(share.attempts)))
      return undefined
    }
    if (known) log.info(fields, "a file could not be fetched; it is told of as text")
    else log.error(fields, "a file could not be fetched; it is told of as text")
    return { ...share.file, failed: known?.message ?? "something went wrong inside the gateway. It has been logged." }
  }

  #again(share: Share, ms: number): void {
    share.timer = this.parts.clock.set(() => {
      delete share.timer
      void this.#run(share)
    }, ms)
  }

  /** Never rejects. */
  async #settle(share: Share, file: Attached): Promise<void> {
    await share.postponing
    if (share.settling || this.#isOver(share)) return
    const { store, ids, changed, add, log, clock, bridges } = this.parts
    const { conversation, row } = share
    share.settling = true
    try {
      if (share.late) {
        const copies = bridges?.others(conversation)
        const shown = await store.showLate({ row, id: ids.next(), file, now: Date.now(), ...(copies && { copies }) })
        if (shown) add(conversation, shown)
      } else changed(conversation, row, await store.settleFile({ row, file }))
      this.#poke(conversation)
      this.#drop(share)
    } catch (error) {
      log.warn({ err: error, row }, "what became of a file could not be written down; trying again")
      share.settling = false
      share.timer = clock.set(() => {
        delete share.timer
        void this.#settle(share, file)
      }, 1000)
    }
  }
}
