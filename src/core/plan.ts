// Pure: what an XMPP user said and what the network can do → texts of the operations, or a refusal.
import type { Adapter, Capabilities } from "../adapter/contract.js"
import { Refusal } from "./ports.js"

type Length = (text: string) => number

/** Beyond this a text is not a message any more but a flood. UTF-16 units. */
export const maxText = 200_000

export function lengthOf(adapter: Pick<Adapter<never, never, Capabilities>, "length">): Length {
  const { length } = adapter
  return length ? (text) => length({ text }) : (text) => text.length
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** The longest prefix (UTF-16 units) of `text` that measures at most `max`: at a paragraph, line, word or grapheme, in this order. */
function cut(text: string, max: number, length: Length): number {
  let low = 0
  let high = Math.min(text.length, max) // a network may count more per unit, never less than one per two
  if (length(text.slice(0, high)) <= max) low = high
  else
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (length(text.slice(0, middle)) <= max) low = middle
      else high = middle - 1
    }
  const least = Math.floor(low / 2) // a break further up would waste more than half a message
  for (const mark of ["\n\n", "\n", " "]) {
    const at = text.lastIndexOf(mark, low - mark.length)
    if (at > least) return at + mark.length
  }
  // Inside one long word: never through a surrogate pair or a combined character.
  const from = Math.max(0, low - 64)
  let end = from
  for (const { index } of graphemes.segment(text.slice(from, low + 64))) {
    if (from + index > low) break
    end = from + index
  }
  if (end > from) return end
  return low > 1 && isHighSurrogate(text.charCodeAt(low - 1)) ? low - 1 : Math.max(low, 1)
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** Splits a text into parts the network takes. Joined they are the text, but for parts of white space alone, which networks refuse. */
export function split(text: string, max: number | undefined, length: Length): string[] {
  const parts: string[] = []
  let rest = text
  while (max !== undefined && length(rest) > max) {
    const end = cut(rest, max, length)
    parts.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  parts.push(rest)
  return parts.filter((part) => part.trim() !== "")
}

export interface Planned {
  /** `edit`: these texts replace the parts of the message; `send`: a message of its own. */
  how: "send" | "edit"
  texts: string[]
}

/**
 * `target`: age in ms of the message to be replaced, undefined if we do not know it; null: nothing is replaced. `before`: what the network
 * reads before the text, for it has no other way to say so: who speaks, what is answered.
 */
export function plan(
  text: string,
  target: { ageMs: number } | undefined | null,
  capabilities: Capabilities,
  length: Length,
  before = "",
): Planned {
  if (text.trim() === "") throw new Refusal("bad-request", "An empty message was not sent.", "modify")
  if (text.length > maxText)
    throw new Refusal("not-acceptable", `This message has ${text.length} characters; at most ${maxText} are sent.`, "modify")
  const { maxChars } = capabilities.send
  if (target === null) return { how: "send", texts: split(before + text, maxChars, length) }
  const { edit } = capabilities
  const inTime = target !== undefined && edit !== undefined && target.ageMs <= (edit.withinSeconds ?? Infinity) * 1000
  if (inTime) return { how: "edit", texts: split(before + text, maxChars, length) }
  // Degrades visibly: the network cannot change the old message, so a new one says what it should have been.
  return { how: "send", texts: split(`${before}✎ ${text}`, maxChars, length) }
}
