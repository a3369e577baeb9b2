// A network that takes its time: what was said in a room is shown to its users after a while, whether the network has it yet or not.
import type { Clock } from "../clock.js"
import { timeOf } from "../ids.js"
import type { Origin, OutboxRow, OutOp } from "../model.js"
import type { SenderParts, Waiting } from "../turns.js"
import { inLanguage } from "../words/words.js"
import type { RoomOp } from "./model.js"

/** A reflection waits so long for the network's answer, in ms. */
const patienceMs = 3000
/** A room is not told more often that the network is away, in ms: one that is merely slow would have it told over and over. */
const quietMs = 10 * 60_000
/** Rows that are read from the disk at once. */
const page = 100

interface Watched {
  lane: Waiting
  /** Rows up to this id were looked at. */
  after: string
  timer: unknown
  busy: boolean
  /** Something came while it was busy. */
  again: boolean
  /** Epoch ms; 0: never. */
  answeredAt: number
}

type PatienceParts = Pick<SenderParts, "store" | "ids" | "delivery" | "log" | "network" | "state" | "bridges">

/** One timer a room, and nothing in memory that is on disk: ten thousand messages may wait. */
export class Patience {
  readonly #rooms = new Map<number, Watched>()
  /** When a room was told that the network is away: since then it did not answer, or it was not long ago. */
  readonly #told = new Map<number, { at: number; answered: boolean }>()

  constructor(
    private readonly parts: PatienceParts,
    private readonly clock: Clock,
  ) {}

  /** Something was said in this room, or found in its lane at start-up. */
  watch(lane: Waiting): void {
    const room = lane.conversation.id
    let watched = this.#rooms.get(room)
    if (!watched) this.#rooms.set(room, (watched = { lane, after: "", timer: undefined, busy: false, again: false, answeredAt: 0 }))
    watched.lane = lane
    if (watched.busy) watched.again = true
    else if (watched.timer === undefined) this.#wait(watched, this.#left(lane.first))
  }

  /** The network took something that was said there. */
  answered(room: number): void {
    const told = this.#told.get(room)
    if (told) told.answered = true
    const watched = this.#rooms.get(room)
    if (watched) watched.answeredAt = this.clock.now()
  }

  forget(room: number): void {
    this.clock.clear(this.#rooms.get(room)?.timer)
    this.#rooms.delete(room)
    this.#told.delete(room)
  }

  stop(): void {
    for (const { timer } of this.#rooms.values()) this.clock.clear(timer)
    this.#rooms.clear()
  }

  /** What is left of a row's time, in ms. Of what is on disk nothing is known yet. */
  #left(row: string | undefined): number {
    return row === undefined ? 0 : Math.min(Math.max(timeOf(row) + patienceMs - this.clock.now(), 0), patienceMs)
  }

  #wait(watched: Watched, ms: number): void {
    watched.timer = this.clock.set(() => {
      watched.timer = undefined
      watched.busy = true
      watched.again = false
      void this.#look(watched)
        .catch((error: unknown) => {
          this.parts.log.warn({ err: error, room: watched.lane.conversation.id }, "what waits in a room could not be shown; trying again")
          return 1000
        })
        .then((next) => {
          watched.busy = false
          if (this.#rooms.get(watched.lane.conversation.id) !== watched) return
          if (next !== undefined) this.#wait(watched, next)
          else if (watched.again) this.#wait(watched, 0)
          else if (watched.lane.idle) this.#rooms.delete(watched.lane.conversation.id)
        })
    }, ms)
  }

  /** Shows what waited long enough. Resolves when to look again, in ms; undefined: when something is said. */
  async #look(watched: Watched): Promise<number | undefined> {
    const { store } = this.parts
    const { id } = watched.lane.conversation
    for (;;) {
      const { lane } = watched
      if (lane.idle) return undefined
      // While the network keeps up, the disk is left alone.
      const left = lane.first !== undefined && lane.first > watched.after ? this.#left(lane.first) : 0
      if (left > 0) return left
      const rows = (await store.laneRows(`out:${id}`, watched.after, page)) as OutboxRow<OutOp>[]
      if (rows.length === 0) return undefined
      for (const row of rows) {
        const more = this.#left(row.id)
        if (more > 0) return more
        if (this.#rooms.get(id) !== watched) return undefined
        const { reflect } = row.op.origin
        // What is thought of a message can wait: nobody misses it in the talk.
        if (reflect && reflect.k !== "reactions" && watched.lane.awaits(row.id)) await this.#reflect(watched, row.op.origin, reflect)
        watched.after = row.id
      }
    }
  }

  async #reflect(watched: Watched, { action, copy }: Origin, op: RoomOp): Promise<void> {
    const { store, ids, delivery, bridges } = this.parts
    const { id: room } = watched.lane.conversation
    const copies = copy ? undefined : bridges?.others(room)
    const row = await store.reflect(room, action, { id: ids.next(), op }, copies)
    if (!row) return
    delivery.add(room, row)
    bridges?.poke(copies)
    if (this.#isNews(watched)) await this.#tell(watched)
  }

  #isNews({ lane, answeredAt }: Watched): boolean {
    const now = this.clock.now()
    // It answers, only slowly: many were faster than it is.
    if (now - answeredAt < patienceMs) return false
    const told = this.#told.get(lane.conversation.id)
    return !told || (told.answered && now - told.at >= quietMs)
  }

  async #tell({ lane }: Watched): Promise<void> {
    const { store, ids, delivery, network, state } = this.parts
    const { id: room, accountId } = lane.conversation
    const at = this.clock.now()
    for (const [other, told] of this.#told) if (told.answered && at - told.at >= quietMs) this.#told.delete(other)
    this.#told.set(room, { at, answered: false })
    const { up, text } = state(accountId)
    const id = ids.next()
    const what = `ℹ ${network} does not answer at the moment. Until it does, only who is here by XMPP reads what you say.`
    const op: RoomOp = { k: "said", id, pos: 0, by: null, text: up ? what : `${what} (${inLanguage(text)})`, at }
    const event = {
      room,
      by: null,
      heard: false,
      now: at,
      kind: "plain" as const,
      messageId: id,
      legacyId: "",
      revision: null,
      handle: null,
    }
    const more = { sender: "", at, replyTo: null, cursor: null, older: false }
    const { row } = await store.acceptRoomEvent({ ...event, ...more, row: { id: ids.next(), op } })
    if (row) delivery.add(room, row)
  }
}
