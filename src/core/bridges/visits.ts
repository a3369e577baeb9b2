// Rooms that the gateway came into because a user wants to bridge them: left again when nobody agrees in time. Memory only.
import type { BareJid } from "../model.js"
import { Refusal } from "../ports.js"
import type { RoomRow } from "../rooms/model.js"
import { words } from "../words/words.js"

/** A little longer than a code is good, ms. */
const stayMs = 20 * 60_000
/** Rooms of one user, and of all. */
const most = { user: 5, all: 200 }

export class Visits {
  readonly #rooms = new Map<number, { user: BareJid; timer: NodeJS.Timeout }>()

  constructor(private readonly isBridged: (room: RoomRow) => boolean) {}

  /** Before one more. Throws `Refusal`. */
  admit(user: BareJid): void {
    const own = [...this.#rooms.values()].filter((one) => one.user === user).length
    if (own >= most.user || this.#rooms.size >= most.all)
      throw new Refusal(
        "resource-constraint",
        words("The gateway waits in too many rooms already that somebody agrees. Try again later."),
        "wait",
      )
  }

  begin(user: BareJid, room: RoomRow, leave: () => Promise<void>): void {
    clearTimeout(this.#rooms.get(room.id)?.timer)
    const timer = setTimeout(() => {
      this.#rooms.delete(room.id)
      if (!this.isBridged(room)) void leave()
    }, stayMs)
    timer.unref()
    this.#rooms.set(room.id, { user, timer })
  }

  stop(): void {
    for (const { timer } of this.#rooms.values()) clearTimeout(timer)
    this.#rooms.clear()
  }
}
