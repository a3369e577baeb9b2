// Who reacted lately: Discord tells that a moderator took reactions away, and not whose they were.
import type { Contact, Emoji } from "xferry"
import type { Snowflake } from "../places.js"
import { Bounded } from "../world/bounded.js"

const mostMessages = 2000
/** Of one message. */
const mostSteps = 500

interface Step {
  from: Contact
  emoji: Emoji
}

export class Reacted {
  /** By message, then by person and emoji. */
  readonly #steps = new Bounded<Snowflake, Map<string, Step>>(mostMessages)

  add(message: Snowflake, step: Step): void {
    const steps = this.#steps.get(message) ?? new Map<string, Step>()
    if (steps.size < mostSteps) steps.set(keyOf(step), step)
    this.#steps.set(message, steps)
  }

  remove(message: Snowflake, step: Step): void {
    this.#steps.get(message)?.delete(keyOf(step))
  }

  /** Those with this emoji, or all; they are forgotten. */
  take(message: Snowflake, emoji?: Emoji): Step[] {
    const steps = this.#steps.get(message)
    const taken = [...(steps ?? [])].filter(([, step]) => emoji === undefined || nameOf(step.emoji) === nameOf(emoji))
    for (const [key] of taken) steps?.delete(key)
    return taken.map(([, step]) => step)
  }
}

function nameOf({ id, text }: Emoji): string {
  return id ?? text
}

function keyOf({ from, emoji }: Step): string {
  return `${from.id} ${nameOf(emoji)}`
}
