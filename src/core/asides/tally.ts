// Pure: reactions as text where no persons can be told (counts), and emoji as both sides write them.
import type { Emoji } from "../../adapter/contract.js"
import { short } from "../short.js"

/** A reaction is one emoji, or the name of one (UTF-16 units). */
export const longestEmoji = 64
/** Of one person, and kinds of a message. */
export const mostEmoji = 100

/** What a column can hold; nobody counts so far. */
export const mostCount = 2_000_000_000

const custom = /^:.+:$/su

/** What clients are told of it: a custom emoji by its name, «:name:». Undefined: nothing that could be shown. */
export function shownAs({ text, id }: Emoji): string | undefined {
  const plain = text.trim()
  if (plain === "" || plain.length > longestEmoji) return undefined
  // A premium emoji has a common one for its text; what has a name is told by it.
  return id === undefined || custom.test(plain) || /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(plain)
    ? plain
    : `:${plain}:`
}

/** Emoji that differ in nothing but the wish for colour (variation selector 16) are one. */
export function sameEmoji(a: string, b: string): boolean {
  return a === b || bare(a) === bare(b)
}

function bare(emoji: string): string {
  return emoji.replaceAll("\ufe0f", "")
}

/** Each once, no more than are shown of anything. */
export function distinct(emoji: readonly string[]): string[] {
  return emoji.filter((one, i) => emoji.findIndex((other) => sameEmoji(one, other)) === i).slice(0, mostEmoji)
}

/** Where a summary cannot be taken back. */
export const nobody = "No reactions any more"

/** How many think what, most first. */
export function summary(counts: readonly { emoji: string; count: number }[]): string {
  const shown = counts.filter(({ count }) => count > 0).toSorted((a, b) => b.count - a.count)
  return shown.length === 0 ? nobody : shown.map(({ emoji, count }) => `${emoji} ${count}`).join("  ")
}

/** One emoji of one user of ours: who that is (the bare JID behind «@»), and their nick. */
export interface Thought {
  actor: string
  name: string | null
  emoji: string
}

/** Names that one emoji is told with. */
const mostNames = 20
/** Of a whole line, in UTF-16 units: less than any network takes. */
const longestLine = 1000

/** «❤ Romeo, Juliet · 👍 Mercutio»: in the order in which it was thought; «» for nothing. */
export function lineOf(thoughts: readonly Thought[]): string {
  const groups: { emoji: string; names: string[] }[] = []
  for (const { actor, name, emoji } of thoughts) {
    const called = short(name ?? actor.slice(1).split("@", 1)[0] ?? "", 50)
    const group = groups.find((one) => sameEmoji(one.emoji, emoji))
    if (group) group.names.push(called)
    else groups.push({ emoji, names: [called] })
  }
  const told = groups.map(({ emoji, names }) => `${emoji} ${listed(names)}`)
  let line = told.shift() ?? ""
  for (const one of told) {
    if (line.length + one.length > longestLine) return `${line} · …`
    line += ` · ${one}`
  }
  return line
}

function listed(names: readonly string[]): string {
  const rest = names.length - mostNames
  const shown = names.slice(0, mostNames).join(", ")
  return rest > 0 ? `${shown} and ${rest} more` : shown
}

/** The account's own reactions tell it all: it is one person's, and nothing was left out. */
export function isToldBy(thoughts: readonly Thought[], native: { max?: number; allowed?: readonly string[] }): boolean {
  const { max = mostEmoji, allowed } = native
  const emoji = distinct(thoughts.map((one) => one.emoji))
  if (new Set(thoughts.map(({ actor }) => actor)).size > 1 || emoji.length > max) return false
  return emoji.every((one) => allowed === undefined || allowed.some((other) => sameEmoji(one, other)))
}
