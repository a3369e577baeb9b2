// Pure: reactions as text where no persons can be told (counts), and emoji as both sides write them.
import type { Emoji } from "../adapter/contract.js"

/** A reaction is one emoji, or the name of one (UTF-16 units). */
export const longestEmoji = 64
/** Of one person, and kinds of a message. */
export const mostEmoji = 100

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

/** How many think what, most first. */
export function summary(counts: readonly { emoji: string; count: number }[]): string {
  const shown = counts.filter(({ count }) => count > 0).toSorted((a, b) => b.count - a.count)
  return shown.length === 0 ? "No reactions any more" : shown.map(({ emoji, count }) => `${emoji} ${count}`).join("  ")
}
