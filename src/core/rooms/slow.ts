// Slow mode (XEP-0500) where one account speaks for several: the network makes the account wait, so each of its users must.
import { digest } from "../commitment.js"
import { Lru } from "../lru.js"
import { Refusal } from "../ports.js"
import type { RoomUtterance, RoomView } from "./ports.js"
import { words, type Words } from "../words/words.js"

/** Users who wrote lately, all rooms together. Whoever is forgotten may write once too soon. */
const most = 20_000

interface Last {
  xmppId: string
  /** Of the text: it is kept for long, and may be. */
  digest: string
  /** Epoch ms. */
  at: number
}

export class SlowMode {
  readonly #last = new Lru<string, Last>(most)

  /** Throws `Refusal` (`policy-violation`) where it is too soon. What is returned takes it back: nothing came of what was said. */
  take(
    { room, link, role }: RoomView,
    { xmppId, text, marked, replaces }: Pick<RoomUtterance, "xmppId" | "text" | "marked" | "replaces">,
    now: number,
  ): () => void {
    const { slowSeconds = 0 } = room.facts
    if (slowSeconds <= 0 || link.role === "owner" || role === "moderator") return () => undefined
    const key = `${room.id} ${link.id}`
    const last = this.#last.get(key)
    const mine = { xmppId, digest: digest(text, replaces, marked), at: now }
    // A client that was not answered says the same again.
    if (last && xmppId !== "" && last.xmppId === xmppId && last.digest === mine.digest) return () => undefined
    const waitMs = last ? last.at + slowSeconds * 1000 - now : 0
    if (waitMs > 0) throw tooSoon(slowSeconds, Math.ceil(waitMs / 1000))
    this.#last.set(key, mine)
    return () => {
      if (this.#last.get(key) !== mine) return
      if (last) this.#last.set(key, last)
      else this.#last.delete(key)
    }
  }
}

function seconds(count: number): Words {
  return count === 1 ? words("1 second") : words("{count} seconds", { count })
}

function tooSoon(every: number, wait: number): Refusal {
  return new Refusal(
    "policy-violation",
    words("This room is in slow mode: everybody may write once in {every}. Wait {wait} more.", {
      every: seconds(every),
      wait: seconds(wait),
    }),
    "wait",
  )
}
