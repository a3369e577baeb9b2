// Pure: a text that is too long for the network → parts it takes, cut where it hurts least.
import { fence, isLanguage, linesOf, styledIn, type Line } from "./parse.js"
import type { Formatting } from "./read.js"

export type Length = (text: string) => number

/** No network counts a text shorter than this part of what was typed: not worth measuring. */
const surely = 4
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/**
 * Joined the parts are the text, but for parts of white space alone, which networks refuse, and for what a network with `formatting` needs:
 * a code block that goes over is closed and opened again with its language, a quoted line that goes over is marked again.
 */
export function split(text: string, max: number | undefined, length: Length, formatting: Formatting = []): string[] {
  if (max === undefined) return [text].filter(isSaid)
  const parts: string[] = []
  let styling = formatting
  let rest = text
  let head = 0
  while (rest.length > surely * max || length(rest) > max) {
    const cut = fitting({ text: rest, head, formatting: styling }, max, length)
    if (cut) {
      parts.push(cut.part)
      rest = cut.rest
      head = cut.head
    } else if (styling.length > 0) {
      // No room for what a part must begin with: letters go before looks.
      styling = []
      head = 0
    } else break
  }
  parts.push(rest)
  return parts.filter(isSaid)
}

function isSaid(part: string): boolean {
  return part.trim() !== ""
}

/** What is still to be said; its first `head` units only repeat how it is to be read. */
interface Rest {
  text: string
  head: number
  formatting: Formatting
}

interface Cut {
  part: string
  rest: string
  head: number
}

function fitting(rest: Rest, max: number, length: Length): Cut | undefined {
  let least: Cut | undefined
  // What is cut off may measure more than its beginning did: half of a styled span is no span.
  for (let most = max; most > max / 2;) {
    const end = placeOf(rest, most, length)
    const cut = end > rest.head ? carried(rest, end) : undefined
    if (!cut) return least
    const over = length(cut.part) - max
    if (over <= 0) return cut
    least ??= rest.formatting.length === 0 ? cut : undefined
    most -= over
  }
  return least
}

/** The longest prefix (UTF-16 units) that measures at most `max`: at a paragraph, line, word or grapheme, in this order. */
function placeOf({ text, head, formatting }: Rest, max: number, length: Length): number {
  let low = 0
  let high = Math.min(text.length, max) // a network may count more per unit, never less than one per two
  if (length(text.slice(0, high)) <= max) low = high
  else
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (length(text.slice(0, middle)) <= max) low = middle
      else high = middle - 1
    }
  const least = head + Math.floor((low - head) / 2) // a break further up would waste more than half a message
  for (const mark of ["\n\n", "\n"]) {
    const at = text.lastIndexOf(mark, low - mark.length)
    if (at > least) return at + mark.length
  }
  const blank = blankBefore(text, low, least, formatting)
  if (blank !== undefined) return blank + 1
  // Inside one long word: never through a surrogate pair or a combined character.
  const from = Math.max(head, low - 64)
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

/** The last blank between words, rather one that is in no styled span. */
function blankBefore(text: string, low: number, least: number, formatting: Formatting): number | undefined {
  const last = text.lastIndexOf(" ", low - 1)
  if (last <= least) return undefined
  if (formatting.length === 0) return last
  const start = text.lastIndexOf("\n", last) + 1
  const feed = text.indexOf("\n", last)
  const marks = /^(?:>\s?)*/.exec(text.slice(start, last))?.[0].length ?? 0
  // A line may be endless, what is said in one go is not.
  const spans = styledIn(text, start + marks, Math.min(feed === -1 ? text.length : feed, 2 * low))
  for (let at = last; at > least;) {
    const span = spans.find((one) => one.start < at && at < one.end)
    if (!span) return at
    at = text.lastIndexOf(" ", span.start)
  }
  return last
}

/** Undefined: nothing but the head would be cut off. */
function carried({ text, head, formatting }: Rest, end: number): Cut | undefined {
  const plain: Cut = { part: text.slice(0, end), rest: text.slice(end), head: 0 }
  const has = (kind: Formatting[number]): boolean => formatting.includes(kind)
  if (!has("pre") && !has("quote")) return plain
  const feed = text.indexOf("\n", end)
  const lines = linesOf(feed === -1 ? text : text.slice(0, feed))
  const at = lines.findIndex((one) => end <= one.end)
  const line = lines[at]
  if (!line) return plain
  const marks = text.slice(line.start, line.content)
  const isInside = end > line.start
  // Whatever begins with this line goes over as a whole.
  const before = (): Cut | undefined => (line.start > head ? carried({ text, head, formatting }, line.start) : undefined)
  if (isInside && end <= line.content) return before()
  if (line.depth > 0 && !has("quote")) return plain
  if (line.role !== "plain" && has("pre")) {
    const open = lines[lines.slice(0, at + 1).findLastIndex(({ role }) => role === "open")]
    if (!open) return plain
    if (line.role === "open") return isInside ? before() : plain
    // Nothing of the code is in the first part yet.
    if (!isInside && lines[at - 1] === open) return open.start > head ? carried({ text, head, formatting }, open.start) : undefined
    if (line.role === "close") return { part: text.slice(0, line.end), rest: text.slice(line.end + 1), head: 0 }
    const begin = beginning(text, open)
    const again = isInside ? begin + marks : begin
    const part = text.slice(0, end)
    return { part: `${part}${part.endsWith("\n") ? "" : "\n"}${marks}${fence}`, rest: again + text.slice(end), head: again.length }
  }
  if (!isInside || line.depth === 0) return plain
  return { part: text.slice(0, end), rest: marks + text.slice(end), head: marks.length }
}

function beginning(text: string, { start, content, end }: Line): string {
  const language = text.slice(content + fence.length, end).trim()
  return `${text.slice(start, content)}${fence}${isLanguage(language) ? language : ""}\n`
}
