// Who is typing: Discord tells when somebody does, and never when they stop.
import type { ChatRef, Contact, Host } from "xferry"
import { explain } from "../connection/errors.js"

/** Trigger Typing Indicator: shown for 10 seconds, told again before they are over. */
const lastsMs = 10_000
/** Beyond this nobody looks at who is typing. */
const most = 500

export class Hearing {
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(private readonly host: Pick<Host, "emit" | "log" | "signal">) {
    const end = (): void => {
      for (const timer of this.#timers.values()) clearTimeout(timer)
      this.#timers.clear()
    }
    host.signal.addEventListener("abort", end, { once: true })
  }

  /** False: too many type at once. */
  heard(chat: ChatRef, from: Contact): boolean {
    if (this.host.signal.aborted) return false
    const key = keyOf(chat, from)
    if (!this.#timers.has(key) && this.#timers.size >= most) return false
    clearTimeout(this.#timers.get(key))
    const over = (): void => {
      this.#timers.delete(key)
      this.host.emit({ type: "typing", chat, from, active: false }).catch((error: unknown) => {
        this.host.log.debug({ reason: explain(error).message }, "that somebody types no more could not be told")
      })
    }
    this.#timers.set(key, setTimeout(over, lastsMs).unref())
    return true
  }

  /** They have said it: everybody knows that they type no more. */
  said(chat: ChatRef, from: Contact): void {
    const key = keyOf(chat, from)
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
  }
}

function keyOf(chat: ChatRef, { id }: Contact): string {
  return `${"room" in chat ? chat.room : chat.user} ${id}`
}
