// The lanes towards the network of all accounts: many side by side, those of one account in turns.
import type { Conversation, Link } from "./model.js"
import { OutLane } from "./out-lane.js"
import { clock } from "./clock.js"
import { Patience } from "./rooms/patience.js"
import { Takings } from "./files/takings.js"
import type { Runnable, Scheduler, SenderParts, Turns, Waiting } from "./turns.js"

/** Calls of one account that may be under way at once. */
const parallel = 8
/** Of these, that bring files: as many besides. */
const parallelFiles = 3

export class Sender implements Scheduler {
  readonly #lanes = new Map<number, OutLane>()
  readonly #turns = new Map<number, Turns>()
  readonly #patience: Patience
  readonly takings: Takings
  stopped = false

  constructor(readonly parts: SenderParts) {
    this.#patience = new Patience(parts, parts.clock ?? clock)
    this.takings = new Takings({ ...parts, clock: parts.clock ?? clock, isCrowded: (account) => this.#isCrowded(account) })
  }

  /** The lane of a conversation; made when it is first needed. */
  lane(conversation: Conversation, onDisk = false): OutLane {
    const known = this.#lanes.get(conversation.id)
    if (known) return known
    const lane = new OutLane(this, conversation, this.turns(conversation.accountId), onDisk)
    this.#lanes.set(conversation.id, lane)
    return lane
  }

  turns(account: number): Turns {
    let turns = this.#turns.get(account)
    if (turns) return turns
    turns = { account, running: 0, ready: new Set(), showing: 0, readyToShow: new Set(), blockedUntil: 0, successes: 0 }
    this.#turns.set(account, turns)
    return turns
  }

  /** The account can send (again). */
  up(account: number): void {
    for (const lane of this.#lanes.values()) if (lane.conversation.accountId === account) lane.wake()
    this.pump(this.turns(account))
  }

  /** Starts lanes while the account has room for more calls. */
  pump(turns: Turns): void {
    if (this.stopped || !this.parts.session(turns.account)) return
    const wait = turns.blockedUntil - Date.now()
    if (wait > 0) {
      turns.timer ??= setTimeout(() => {
        turns.timer = undefined
        this.pump(turns)
      }, wait)
      return
    }
    for (const lane of turns.ready) {
      if (turns.running >= parallel) break
      turns.running++
      this.#run(turns, lane, () => turns.running--)
    }
    for (const lane of turns.readyToShow) {
      if (turns.showing >= parallelFiles) return
      turns.showing++
      this.#run(turns, lane, () => {
        turns.showing--
        this.takings.more(turns.account)
      })
    }
  }

  #run(turns: Turns, lane: Runnable, over: () => void): void {
    turns.ready.delete(lane)
    turns.readyToShow.delete(lane)
    void lane.step().finally(() => {
      over()
      lane.ready()
      this.pump(turns)
    })
  }

  /** What is fetched waits on disk: a network that takes files slowly gets them as slowly. */
  #isCrowded(account: number): boolean {
    const turns = this.#turns.get(account)
    return turns !== undefined && turns.showing + turns.readyToShow.size >= 2 * parallelFiles
  }

  forgetLane(lane: Runnable): void {
    if (this.#lanes.get(lane.conversation.id) === lane) this.#lanes.delete(lane.conversation.id)
  }

  /** Closes the lanes of a link; with its owner's those of the account's rooms. */
  forget({ id, accountId, role }: Link): void {
    for (const lane of this.#lanes.values()) {
      const { linkId, accountId: account } = lane.conversation
      if (linkId === id || (linkId === null && account === accountId && role === "owner")) this.#close(lane)
    }
    clearTimeout(this.#turns.get(accountId)?.timer)
    this.#turns.delete(accountId)
  }

  /** The room is gone from the store, and what waits there. */
  forgetRoom(conversation: number): void {
    const lane = this.#lanes.get(conversation)
    if (lane) this.#close(lane)
  }

  /** What waited for the room `gone` waits for the room `into` now, in the order of both. */
  merged(gone: number, into: Conversation): void {
    this.forgetRoom(gone)
    this.forgetRoom(into.id)
    this.lane(into, true).run()
  }

  #close(lane: OutLane): void {
    lane.close()
    this.#patience.forget(lane.conversation.id)
  }

  /** An outbox row of this id waits or is under way in that room. */
  isSending(conversation: number, key: string): boolean {
    return this.#lanes.get(conversation)?.has(key) ?? false
  }

  /** Something that makes or changes this message may still wait there. */
  concerns(conversation: number, message: string): boolean {
    return this.#lanes.get(conversation)?.concerns(message) ?? false
  }

  /** Resolves when the calls of that room begun before now have their outcome on disk; at once if there are none. Rejects if the gateway stops first. */
  async settled(conversation: number): Promise<void> {
    await this.#lanes.get(conversation)?.settled()
  }

  /** Something waits or is under way there. */
  isBusy(conversation: number): boolean {
    return this.#lanes.has(conversation)
  }

  watch(lane: Waiting): void {
    if (!this.stopped) this.#patience.watch(lane)
  }

  answered(room: number): void {
    this.#patience.answered(room)
  }

  /** No new call starts; those under way are given up by the session's signal and tried again after the restart. */
  stop(): void {
    this.stopped = true
    for (const turns of this.#turns.values()) clearTimeout(turns.timer)
    this.#patience.stop()
    this.takings.stop()
    for (const lane of this.#lanes.values()) lane.close(true)
  }
}
