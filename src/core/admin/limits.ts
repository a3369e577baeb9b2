// How much one user may do: rates with bursts, a quota for who is new, sizes. Refused with when to come back.
import { Refusal } from "../ports.js"
import { words } from "../words/words.js"

/** Of the configuration, `limits`. Zero: no limit. */
export interface LimitSettings {
  /** Messages a user may send in a minute, in all; so many may come at once. */
  messagesPerMinute: number
  /** The same in one conversation. */
  perConversation: number
  /** Messages a user may send in their first day. */
  firstDay: number
  /** Characters of one message. */
  maxChars: number
}

export const unlimited: LimitSettings = { messagesPerMinute: 0, perConversation: 0, firstDay: 0, maxChars: 0 }

interface Bucket {
  /** What may still be taken, as of `at` (ms of the clock). */
  left: number
  at: number
}

const minute = 60_000
const day = 24 * 60 * minute
/** Buckets kept; a full one is as good as none. */
const most = 50_000

export class Limits {
  readonly #buckets = new Map<string, Bucket>()

  constructor(
    private readonly settings: () => LimitSettings,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Takes one message's worth. `conversation`: whatever tells the user's conversations apart. `since`: epoch ms of the user's registration.
   * Throws `Refusal` (policy-violation) that says when to come back; then nothing was taken.
   */
  take(what: { user: string; conversation: string; chars: number; since: number }): void {
    const { messagesPerMinute, perConversation, firstDay, maxChars } = this.settings()
    if (maxChars > 0 && what.chars > maxChars)
      throw new Refusal(
        "policy-violation",
        words("Not sent: {chars} characters are more than the {max} that this gateway takes in one message.", {
          chars: what.chars,
          max: maxChars,
        }),
        "modify",
      )
    const age = Date.now() - what.since
    const wanted: [string, number, number][] = [
      [`user ${what.user}`, messagesPerMinute, minute],
      [`in ${what.user} ${what.conversation}`, perConversation, minute],
      [`new ${what.user}`, age < day ? firstDay : 0, day],
    ]
    const open = wanted
      .filter(([, limit]) => limit > 0)
      .map(([key, limit, per]) => ({ key, limit, per, left: this.#left(key, limit, per) }))
    const wait = Math.max(0, ...open.map(({ left, limit, per }) => (left >= 1 ? 0 : ((1 - left) * per) / limit)))
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000)
      throw new Refusal(
        "policy-violation",
        words("Not sent: you are writing faster than this gateway allows. Send it again in {seconds} s.", { seconds }),
        "wait",
      )
    }
    const at = this.now()
    for (const { key, left } of open) this.#put(key, { left: left - 1, at })
  }

  #left(key: string, limit: number, per: number): number {
    const known = this.#buckets.get(key)
    return known ? Math.min(limit, known.left + ((this.now() - known.at) * limit) / per) : limit
  }

  #put(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > most) for (const oldest of this.#buckets.keys()) return void this.#buckets.delete(oldest)
  }
}
