// What is said about messages: reactions, what was read, what is chosen of polls and buttons. As drivers order it, and as gateways do it.
import { AdapterError, type ReactionChange } from "xferry"
import { z } from "zod"
import type { LoopExtra } from "./content.js"
import type { Person } from "./protocol.js"

/** Towards a person or a room. */
export type AsideRequest =
  | { op: "react"; id: string; emoji: string[]; as?: string }
  | { op: "read"; id: string }
  | { op: "interact"; id: string; choose: string[]; as?: string }

export interface AsideAnswers {
  react: object
  read: object
  interact: { text: string }
}

/** What gateways are told. */
export type AsideEvent =
  { type: "reactions"; id: string; change: ReactionChange; own?: true } | { type: "read" | "delivered"; from: Person; upTo: string }

// ---- as a driver gives it

const emoji = z.union([z.string(), z.strictObject({ text: z.string(), id: z.string().optional() })])
type NewEmoji = z.input<typeof emoji>

/** Fields of «react»: the whole set of a person, one step of a person, counts without persons, or that all (or all of one emoji) are taken away. */
export const reactionFields = {
  set: z.array(emoji).optional(),
  add: emoji.optional(),
  remove: emoji.optional(),
  counts: z.array(z.strictObject({ emoji, count: z.int().nonnegative() })).optional(),
  cleared: z.union([z.literal(true), emoji]).optional(),
}
export interface NewReaction {
  set?: NewEmoji[] | undefined
  add?: NewEmoji | undefined
  remove?: NewEmoji | undefined
  counts?: { emoji: NewEmoji; count: number }[] | undefined
  cleared?: true | NewEmoji | undefined
}

export function changeOf({ set, add, remove, counts, cleared }: NewReaction, from: Person): ReactionChange {
  if (cleared !== undefined) return { cleared: true, ...(cleared !== true && { emoji: toEmoji(cleared) }) }
  if (counts) return { counts: counts.map((one) => ({ emoji: toEmoji(one.emoji), count: one.count })) }
  if (set) return { from, set: set.map(toEmoji) }
  return { from, ...(add !== undefined && { add: toEmoji(add) }), ...(remove !== undefined && { remove: toEmoji(remove) }) }
}

function toEmoji(one: NewEmoji): { text: string; id?: string } {
  if (typeof one === "string") return { text: one }
  return { text: one.text, ...(one.id !== undefined && { id: one.id }) }
}

/** What is kept of a message: each person's whole set, or the counts. */
export function reacted(before: readonly ReactionChange[], change: ReactionChange): ReactionChange[] {
  if ("counts" in change) return [...before.filter((one) => !("counts" in one)), change]
  if ("cleared" in change) return before.map((one) => without(one, change.emoji?.text))
  const { from } = change
  const known = before.find((one) => "set" in one && one.from.id === from.id)
  const had = known && "set" in known ? known.set : []
  const { set, add, remove } = { set: undefined, add: undefined, remove: undefined, ...change }
  const now = set ?? [...had.filter(({ text }) => text !== remove?.text && text !== add?.text), ...(add ? [add] : [])]
  return [...before.filter((one) => one !== known), { from, set: now }]
}

/** «undefined»: without any. */
function without(one: ReactionChange, emoji: string | undefined): ReactionChange {
  const stays = ({ text }: { text: string }): boolean => emoji !== undefined && text !== emoji
  if ("counts" in one) return { counts: one.counts.filter((each) => stays(each.emoji)) }
  return "set" in one ? { ...one, set: one.set.filter(stays) } : one
}

// ---- polls and buttons

type Choice = Extract<LoopExtra, { type: "choice" }>

export function choiceIn(extras: readonly LoopExtra[] | undefined): Choice | undefined {
  return extras?.find((extra) => extra.type === "choice")
}

/** Who chose what: one voice each in a poll, as many as they like with buttons. */
export class Ballots {
  readonly #chosen = new Map<string, string[]>()

  /** Returns the extras with the tallies as they are now, and what the network says to it. */
  choose(
    message: string,
    voter: string,
    extras: readonly LoopExtra[] | undefined,
    choose: readonly string[],
  ): { extras: LoopExtra[]; text: string } {
    const choice = choiceIn(extras)
    if (!extras || !choice) throw new AdapterError("rejected", "There is nothing to choose from in this message.")
    if (choice.closed) throw new AdapterError("rejected", "This poll is closed.")
    if (choose.length > 1 && !choice.multiple) throw new AdapterError("rejected", "Only one can be chosen.")
    const options = choose.map((id) => {
      const option = choice.options.find((one) => one.id === id)
      if (!option) throw new AdapterError("rejected", "There is no such option.")
      return option
    })
    const key = `${message}\n${voter}`
    const before = this.#chosen.get(key) ?? []
    this.#chosen.set(key, [...choose])
    const text = `You chose ${options.map((one) => one.text).join(", ")}.`
    if (choice.as === "buttons") return { extras: [...extras], text }
    const tallied = choice.options.map((one) => ({
      ...one,
      votes: (one.votes ?? 0) - (before.includes(one.id) ? 1 : 0) + (choose.includes(one.id) ? 1 : 0),
    }))
    return { extras: extras.map((extra) => (extra === choice ? { ...choice, options: tallied } : extra)), text }
  }

  clear(): void {
    this.#chosen.clear()
  }
}
