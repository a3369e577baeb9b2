// The lanes towards the network of all accounts: many side by side, those of one account in turns.
import type { Conversation, Link } from "./model.js"
import { OutLane } from "./out-lane.js"
import type { Runnable, Scheduler, SenderParts, Turns } from "./turns.js"

/** Calls of one account that may be under way at once. */
const parallel = 8

export class Sender implements Scheduler {
  readonly #lanes = new Map<number, OutLane>()
  readonly #turns = new Map<number, Turns>()
  readonly parts: SenderParts
  stopped = false

  constructor(parts: SenderParts) {
    this.parts = parts
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
    if (!turns) this.#turns.set(account, (turns = { account, running: 0, ready: new Set(), blockedUntil: 0, successes: 0 }))
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
      if (turns.running >= parallel) return
      turns.ready.delete(lane)
      turns.running++
      void lane.step().finally(() => {
        turns.running--
        lane.ready()
        this.pump(turns)
      })
    }
  }

  forgetLane(lane: Runnable): void {
    if (this.#lanes.get(lane.conversation.id) === lane) this.#lanes.delete(lane.conversation.id)
  }

  forget({ id, accountId }: Link): void {
    for (const lane of this.#lanes.values()) if (lane.conversation.linkId === id) lane.close()
    clearTimeout(this.#turns.get(accountId)?.timer)
    this.#turns.delete(accountId)
  }

  // Not yet written.
  forgetRoom(_conversation: number): void {}
  isSending(_conversation: number, _key: string): boolean {
    return false
  }
  settled(_conversation: number): Promise<void> {
    return Promise.resolve()
  }

  /** No new call starts; those under way are given up by the session's signal and tried again after the restart. */
  stop(): void {
    this.stopped = true
    for (const turns of this.#turns.values()) clearTimeout(turns.timer)
    for (const lane of this.#lanes.values()) lane.close()
  }
}
