// One lane towards the network: one call at a time, each outcome on disk before the next call.
import { AdapterError } from "../adapter/errors.js"
import { excerptOf, isAside, touchesReactions } from "./asides/aside.js"
import { Begun } from "./begun.js"
import { othersOf } from "./bridges/others.js"
import { answerTo, carryOut, consequence, isKeyed, takenBack, type Sent } from "./calls.js"
import { backoffMs, isRetried, kindOf, maxAttempts, patienceMs, refusedBy } from "./errors.js"
import { timeOf } from "./ids.js"
import { Lane } from "./lane.js"
import type { Conversation, InOp, OutboxRow, OutOp } from "./model.js"
import { excerpt, row as newRow } from "./rows.js"
import { hasFiles } from "./files/showing.js"
import type { Gathered } from "./files/takings.js"
import type { Runnable, Scheduler, Turns, Waiting } from "./turns.js"

/** Operations whose files are fetched before their turn; they are looked for among so many. */
const ahead = 4
const near = 16

export class OutLane implements Runnable, Waiting {
  readonly #rows: Lane<OutOp>
  #busy = false
  #reserved = 0
  #frozen = 0
  #closed = false
  #timer: NodeJS.Timeout | undefined
  /** The wait is a guess of ours: over when the account comes up again. */
  #guess = false
  /** Done by the network, not yet on disk: to be written before anything else is sent, or it would be sent twice. */
  #unsettled: (() => Promise<void>) | undefined
  /** The head was started by the commit before it. */
  #startedHead: string | undefined
  #seen = { head: "", successes: 0 }
  readonly #begun = new Begun()
  /** Rows that are being given up. */
  readonly #ending = new Set<string>()

  constructor(
    private readonly sender: Scheduler,
    readonly conversation: Conversation,
    private readonly turns: Turns,
    onDisk: boolean,
  ) {
    this.#rows = new Lane<OutOp>(sender.parts.store, `out:${conversation.id}`, onDisk)
    if (onDisk && this.#isRoom) sender.watch(this)
  }

  get #isRoom(): boolean {
    return this.conversation.linkId === null
  }

  get first(): string | undefined {
    return this.#rows.rows[0]?.id
  }

  get idle(): boolean {
    return this.#rows.idle
  }

  awaits(row: string): boolean {
    if (this.#ending.has(row)) return false
    return this.#rows.rows.some(({ id }) => id === row) || (this.#rows.spilled && row > (this.#rows.rows.at(-1)?.id ?? ""))
  }

  /** A row of this id waits or is under way, as far as rows are in memory. */
  has(row: string): boolean {
    return this.#rows.rows.some(({ id }) => id === row)
  }

  /** Resolves when what was begun before now has its outcome on disk; also what was begun before a restart. Rejects if the gateway stops first. */
  async settled(): Promise<void> {
    if (this.#rows.rows.length === 0) await this.#rows.load()
    const head = this.#rows.rows[0]
    if (head?.state === "sending" && !this.#closed) this.#begun.begin(head.id)
    await this.#begun.over
  }

  /** The next row may be committed as `sending`: nothing is before it, and the account is up. */
  get mayStart(): boolean {
    const idle = !this.#busy && this.#reserved === 0 && this.#frozen === 0 && this.#rows.idle && !this.#closed
    return idle && this.sender.parts.session(this.turns.account) !== undefined
  }

  reserve(): void {
    this.#reserved++
  }

  unreserve(): void {
    this.#reserved--
  }

  /** No row is started while an edit of waiting rows is committed. */
  freeze(): () => void {
    this.#frozen++
    return () => {
      this.#frozen--
      this.run()
    }
  }

  /** Rows that would first make the message, or with `all` also change it, and were never attempted. */
  waiting(message: string, all = false): OutboxRow<OutOp>[] {
    return this.#rows.rows.filter(
      ({ op, state, attempts }, i) =>
        (op.k === "send" || (all && op.k !== "retract")) &&
        op.message === message &&
        state === "queued" &&
        attempts === 0 &&
        !(i === 0 && this.#busy),
    )
  }

  /** Something that makes or changes this message may still wait: in memory, on disk, or in a commit under way. */
  concerns(message: string): boolean {
    return this.#reserved > 0 || this.#rows.spilled || this.#rows.rows.some(({ op }) => op.message === message && !isAside(op))
  }

  amend(id: string, op: OutOp): void {
    const row = this.#rows.rows.find((other) => other.id === id)
    if (row) row.op = op
  }

  drop(id: string): void {
    this.#rows.remove(id)
    this.sender.takings.release(id)
  }

  push(row: OutboxRow<OutOp>): void {
    this.#rows.push(row)
    if (row.state === "sending" && this.#rows.rows[0]?.id === row.id) this.#startedHead = row.id
    if (row.op.origin.reflect) this.sender.watch(this)
    this.run()
  }

  run(): void {
    this.ready()
    this.sender.pump(this.turns)
  }

  wake(): void {
    if (this.#timer && this.#guess) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      const head = this.#rows.rows[0]
      if (head) head.due = 0
    }
    this.ready()
  }

  /** Asks for a turn if there is something to do. */
  ready(): void {
    if (this.#busy || this.#closed || this.#frozen > 0 || this.#timer) return
    if (this.#rows.idle) {
      if (this.#reserved === 0) this.sender.forgetLane(this)
      return
    }
    // What is fetched wakes the lane.
    if (this.sender.parts.session(this.turns.account) && !this.#gathered()) return
    if (this.shows) this.turns.readyToShow.add(this)
    else this.turns.ready.add(this)
  }

  get shows(): boolean {
    const head = this.#rows.rows[0]
    return head !== undefined && hasFiles(head.op)
  }

  /** Fetches the files of what is next, and of some that come after it. Undefined: those of the next are not there yet. */
  #gathered(): Gathered | undefined {
    let first: Gathered | undefined = { uploads: [], refused: [] }
    let count = 0
    for (const [i, row] of this.#rows.rows.slice(0, near).entries()) {
      if (!hasFiles(row.op)) continue
      if (count++ === ahead) break
      const gathered = this.sender.takings.of(row, this.conversation, () => this.run())
      if (i === 0) first = gathered
    }
    return first
  }

  /** `stop`: the gateway stops, and nobody will know what became of the call that is under way. */
  close(stop = false): void {
    this.#closed = true
    if (stop) this.#begun.fail(new AdapterError("retry", "The gateway is stopping."))
    this.#begun.end()
    clearTimeout(this.#timer)
    this.turns.ready.delete(this)
    this.turns.readyToShow.delete(this)
    this.sender.takings.releaseAll(this.conversation.id)
    this.sender.forgetLane(this)
  }

  /** One call, with what follows from it. Never rejects. */
  async step(): Promise<void> {
    if (this.#busy || this.#closed || this.#frozen > 0) return
    this.#busy = true
    try {
      await this.#settle()
      if (this.#rows.rows.length === 0) await this.#rows.load()
      const head = this.#rows.rows[0]
      if (!head) return
      if (head.due > Date.now()) return this.#sleep(head.due, false)
      const gathered = this.#gathered()
      if (gathered) await this.#send(head, gathered)
    } catch (error) {
      this.sender.parts.log.warn({ err: error, lane: this.#rows.name }, "a lane stumbled; trying again")
      this.#sleep(Date.now() + 1000, true)
    } finally {
      this.#busy = false
    }
  }

  async #settle(done = this.#unsettled): Promise<void> {
    this.#unsettled = done
    await done?.()
    this.#unsettled = undefined
  }

  #sleep(until: number, guess: boolean): void {
    this.#guess = guess
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.run()
      },
      Math.max(0, until - Date.now()),
    )
  }

  async #send(head: OutboxRow<OutOp>, gathered: Gathered): Promise<void> {
    const { store, log } = this.sender.parts
    const live = this.sender.parts.session(this.turns.account)
    if (!live) return
    if (this.#startedHead !== head.id) {
      if (head.state === "sending" && !isKeyed(this.sender.parts, head.op))
        log.warn({ row: head.id, lane: this.#rows.name }, "it is not known whether this was sent before the restart; sending it (again)")
      await store.startSend(head.id, Date.now())
      head.state = "sending"
      head.attempts++
      head.attemptedAt ??= Date.now()
    }
    this.#startedHead = undefined
    this.#begun.begin(head.id)
    let sent: Sent | null
    try {
      sent = await carryOut(this.sender.parts, this.conversation, live, head, gathered)
    } catch (error) {
      if (this.#closed || live.signal.aborted) return // the row stays; a restart or the next session takes it up
      if (this.#goesAsLink(head, gathered, error)) return
      return this.#failed(head, error)
    }
    this.turns.successes++
    if (this.#isRoom && head.op.k !== "settle") this.sender.answered(this.conversation.id)
    const { ids, delivery, keepsDirect } = this.sender.parts
    const copies = othersOf(this.sender.parts, this.conversation, head.op)
    const now = Date.now()
    const next = this.#frozen > 0 ? undefined : this.#rows.rows[1]
    const start = next && next.due <= now && next.state === "queued" && !this.sender.stopped && !hasFiles(next.op) ? next : undefined
    if (start) start.state = "sending" // from now on no edit may fold into it
    await this.#settle(async () => {
      const answer =
        sent?.answer === undefined || head.op.origin.copy
          ? undefined
          : answerTo(head.op, sent.answer, [ids.next(), ids.next()], this.#isRoom, now)
      const follows = await store.completeSend({
        row: head.id,
        conversation: this.conversation.id,
        message: head.op.message,
        ordinal: head.op.ordinal,
        sent,
        // Minted for each try: the lane goes by ids, and others may have overtaken the last.
        consequence: consequence(head.op, ids.next()),
        next: start?.id ?? null,
        now,
        ...(answer && { answer }),
        ...copies.legs,
        ...(sent && head.op.k === "send" && !this.#isRoom && keepsDirect && { cursor: sent.legacyId }),
      })
      if (answer) delivery.add(this.conversation.id, newRow(answer.id, `in:${this.conversation.id}`, null, answer.op, false, now))
      if (follows) delivery.add(this.conversation.id, follows)
      copies.poke()
      this.#rows.remove(head.id)
      this.sender.takings.release(head.id)
      this.#started(start, now)
      this.#begun.end()
      if (touchesReactions(head.op)) this.sender.parts.reacted?.(this.conversation.id)
    })
  }

  /** What the network does not take as it is goes as a link; whether it takes that decides. */
  #goesAsLink(head: OutboxRow<OutOp>, { uploads }: Gathered, error: unknown): boolean {
    if (uploads.length === 0 || !(error instanceof AdapterError) || !["rejected", "unsupported"].includes(error.kind)) return false
    const { log } = this.sender.parts
    log.info({ row: head.id, lane: this.#rows.name, reason: error.message }, "the network does not take a file: it goes as a link")
    this.sender.takings.asLinks(head.id, error.message)
    head.state = "queued"
    return true
  }

  #started(row: OutboxRow<OutOp> | undefined, now: number): void {
    if (!row) return
    row.attempts++
    row.attemptedAt ??= now
    this.#startedHead = row.id
  }

  async #failed(head: OutboxRow<OutOp>, error: unknown): Promise<void> {
    const { store, log, loggedOut } = this.sender.parts
    const now = Date.now()
    const known = error instanceof AdapterError ? error : undefined
    const fields = { row: head.id, lane: this.#rows.name, attempts: head.attempts, kind: kindOf(error) }
    if (known?.kind === "logged-out") {
      await store.reschedule(head.id, { attempts: head.attempts - 1, due: 0, error: known.message })
      Object.assign(head, { state: "queued", attempts: head.attempts - 1 })
      this.#begun.end()
      return loggedOut(this.turns.account, known.message)
    }
    if (!isRetried(error) || this.#isHopeless(head, known, now)) {
      // What the network said is for the author; only what nobody expected needs its stack here.
      if (known) log.info({ ...fields, reason: known.message }, "a message could not be sent; its author is told")
      else log.error({ ...fields, err: error }, "a message could not be sent; its author is told")
      return this.#giveUp(head, error, now)
    }
    const asked = known?.retryAfterMs
    const wait = asked ?? backoffMs(head.attempts)
    const due = now + wait
    // A wait that the network asked for, of a chat or account, says nothing about this message: it costs no attempt.
    const attempts = asked !== undefined && known?.blocks !== "message" ? head.attempts - 1 : head.attempts
    if (known) log.debug({ ...fields, waitMs: Math.round(wait), reason: known.message }, "not sent yet")
    else log.error({ ...fields, waitMs: Math.round(wait), err: error }, "a bug while sending")
    if (known?.kind === "unknown-outcome" && !isKeyed(this.sender.parts, head.op))
      log.warn(fields, "it is not known whether this was sent; it will be sent again")
    await store.reschedule(head.id, { attempts, due, error: known?.message ?? String(error) })
    Object.assign(head, { state: "queued", attempts, due })
    // Of what may have been carried out the next try tells.
    if (known && known.kind !== "unknown-outcome") this.#begun.end()
    if (known?.blocks === "account" && asked !== undefined) this.turns.blockedUntil = Math.max(this.turns.blockedUntil, due)
    this.#sleep(due, asked === undefined)
  }

  /** Five failures while the account works elsewhere, five bugs, or 24 hours. */
  #isHopeless(head: OutboxRow<OutOp>, known: AdapterError | undefined, now: number): boolean {
    if (this.#seen.head !== head.id) this.#seen = { head: head.id, successes: this.turns.successes }
    const worksElsewhere = this.turns.successes > this.#seen.successes
    if (head.attempts >= maxAttempts && (worksElsewhere || !known)) return true
    return now - timeOf(head.id) > patienceMs
  }

  async #giveUp(head: OutboxRow<OutOp>, error: unknown, now: number): Promise<void> {
    const { store, ids, delivery, network } = this.sender.parts
    const { origin } = head.op
    const copies = othersOf(this.sender.parts, this.conversation, head.op)
    const sameAction = (other: OutboxRow<OutOp>): boolean => other.op.origin.action === origin.action
    while (this.#rows.spilled && this.#rows.rows.every(sameAction)) await this.#rows.load()
    const rows = this.#rows.rows.filter(sameAction).map(({ id }) => id)
    const reflect = this.#rows.rows.find((row) => sameAction(row) && row.op.origin.reflect)?.op.origin.reflect
    const text = reflect?.k === "said" ? reflect.text : excerptOf(head.op)
    const refused = refusedBy(error, network)
    const next = this.#frozen > 0 ? undefined : this.#rows.rows.find((row) => !sameAction(row))
    const start = next && next.due <= now && next.state === "queued" && !hasFiles(next.op) ? next : undefined
    if (start) start.state = "sending"
    for (const gone of rows) this.#ending.add(gone)
    await this.#settle(async () => {
      const id = ids.next()
      const op: InOp = { k: "error", id, of: origin.of, to: origin.to, error: refused, excerpt: excerpt(text) }
      // What the room saw already is taken back before its author is told.
      const retraction = reflect ? takenBack(reflect, ids.next(), refused.text, now) : null
      const told = origin.sums === undefined && !origin.copy && !origin.quiet ? { id: ids.next(), op } : null
      const follows = await store.failSend({
        rows,
        conversation: this.conversation.id,
        message: origin.action,
        consequence: told,
        next: start?.id ?? null,
        now,
        // What a room saw was taken back there; what is nobody's utterance nobody asks for.
        dead: isRetried(error) && !this.#isRoom && origin.sums === undefined && origin.copy === undefined,
        error: refused.text,
        gone: kindOf(error) === "gone" && origin.sums !== undefined,
        retraction,
        ...copies.legs,
      })
      if (follows) delivery.add(this.conversation.id, follows)
      copies.poke(refused.text)
      if (told) delivery.add(this.conversation.id, newRow(told.id, `in:${this.conversation.id}`, origin.action, op, false, now))
      for (const gone of rows) {
        this.#rows.remove(gone)
        this.sender.takings.release(gone)
        this.#ending.delete(gone)
      }
      this.#started(start, now)
      this.#begun.end()
      if (origin.sums !== undefined) this.sender.parts.reacted?.(this.conversation.id)
    })
  }
}
