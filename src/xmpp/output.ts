// What goes out: strings of one tick leave in one write (a system call per stanza costs more than all the rest of a stanza).
import type { Socket } from "node:net"

/** Queued characters above which reading is paused, so that answers stop growing the queue. */
const HIGH_WATER = 1 << 20

export class Output {
  private queued = ""
  private scheduled = false
  private blocked = false
  private pressed = false
  private ended = false

  constructor(
    private readonly socket: Socket,
    /** True: more is queued than the server takes; false: it is gone. */
    private readonly pressure: (on: boolean) => void,
    /** The server took something. */
    private readonly progress: () => void,
  ) {}

  send(text: string): void {
    if (this.ended) return
    this.queued += text
    if (this.blocked) {
      if (!this.pressed && this.queued.length > HIGH_WATER) this.press(true)
      return
    }
    if (this.scheduled) return
    this.scheduled = true
    process.nextTick(this.flush)
  }

  /** Takes nothing more. What is queued still goes. */
  end(text: string): void {
    this.send(text)
    this.ended = true
  }

  /** Forgets what is queued. */
  drop(): void {
    this.ended = true
    this.queued = ""
  }

  private readonly flush = (): void => {
    this.scheduled = false
    if (this.queued === "" || this.blocked) return
    const text = this.queued
    this.queued = ""
    if (!this.socket.writable || this.socket.write(text)) return
    this.blocked = true
    this.socket.once("drain", this.drained)
  }

  private readonly drained = (): void => {
    this.blocked = false
    this.progress()
    this.flush()
    if (this.pressed) this.press(false)
  }

  private press(on: boolean): void {
    this.pressed = on
    this.pressure(on)
  }
}
