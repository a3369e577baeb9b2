// Pure: a text that is too long for the network → parts it takes, cut where it hurts least.
import { graphemes } from "../graphemes.js"
import type { Span } from "../../adapter/contract.js"
import type { Marked } from "../content.js"
import { addressesIn, clipped } from "./marked.js"
import { fence, isLanguage, linesOf, styledIn, type Line } from "./parse.js"
import type { Formatting } from "./read.js"

/** Of what was typed, with what was told of it. */
export type Length = (text: string, marked?: Marked) => number

/** `marked`: of this part's text alone. */
export interface Part {
  text: string
  marked?: Marked
}

/** No network counts a text shorter than this part of what was typed: not worth measuring. */
const surely = 4
const whole: ReadonlySet<Span["kind"]> = new Set(["mention", "room", "link", "emoji", "time"])

/**
 * Joined the parts are the text, but for parts of white space alone, which networks refuse, and for what a network with `formatting` needs:
 * a code block that goes over is closed and opened again with its language, a quoted line that goes over is marked again.
 */
export function split(text: string, max: number | undefined, length: Length, formatting: Formatting = []): string[] {
  return splitMarked({ text }, max, length, formatting).map((part) => part.text)
}

/** As `split`; nor is a name or an address cut that was told of, or stands in the text. Files and extras of `marked` are in no part. */
export function splitMarked({ text, marked }: Part, max: number | undefined, length: Length, formatting: Formatting = []): Part[] {
  const parts: Part[] = []
  const say = (said: string, told: Marked | undefined): void => {
    if (isSaid(said)) parts.push({ text: said, ...(told && { marked: told }) })
  }
  let styling = marked?.unstyled ? [] : formatting
  let rest = text
  let told = clipped(marked, 0, text.length)
  let head = 0
  while (max !== undefined && (rest.length > surely * max || length(rest, told) > max)) {
    const cut = fitting({ text: rest, marked: told, head, formatting: styling }, max, length)
    if (cut) {
      say(cut.part, clipped(told, 0, cut.end))
      told = clipped(told, cut.from, rest.length, cut.head)
      rest = cut.rest
      head = cut.head
    } else if (styling.length > 0) {
      // No room for what a part must begin with: letters go before looks.
      styling = []
      head = 0
    } else break
  }
  say(rest, told)
  return parts
}

function isSaid(part: string): boolean {
  return part.trim() !== ""
}

/** What is still to be said; its first `head` units only repeat how it is to be read. */
interface Rest {
  text: string
  marked: Marked | undefined
  head: number
  formatting: Formatting
}

/** `end`: how much of the text is in the part; `from`: where the rest goes on. */
interface Cut {
  part: string
  rest: string
  head: number
  end: number
  from: number
}

function fitting(rest: Rest, max: number, length: Length): Cut | undefined {
  let least: Cut | undefined
  // What is cut off may measure more than its beginning did: half of a styled span is no span.
  for (let most = max; most > max / 2;) {
    const end = placeOf(rest, most, length)
    const cut = end > rest.head ? carried(rest, end) : undefined
    if (!cut) return least
    const over = length(cut.part, clipped(rest.marked, 0, cut.end)) - max
    if (over <= 0) return cut
    least ??= rest.formatting.length === 0 ? cut : undefined
    most -= over
  }
  return least
}

/** The longest prefix (UTF-16 units) that measures at most `max`: at a paragraph, line, word or grapheme, in this order. */
function placeOf(rest: Rest, max: number, length: Length): number {
  const { text, marked, head, formatting } = rest
  const measure = (end: number): number => length(text.slice(0, end), clipped(marked, 0, end))
  let low = 0
  let high = Math.min(text.length, max) // a network may count more per unit, never less than one per two
  if (measure(high) <= max) low = high
  else
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (measure(middle) <= max) low = middle
      else high = middle - 1
    }
  const least = head + Math.floor((low - head) / 2) // a break further up would waste more than half a message
  for (const mark of ["\n\n", "\n"]) {
    const at = text.lastIndexOf(mark, low - mark.length)
    if (at > least) return at + mark.length
  }
  const blank = blankBefore(text, low, least, formatting)
  const place = blank === undefined ? insideWord(text, head, low) : blank + 1
  return beforeWhole(rest, place, max) ?? place
}

/** Names that were told of, and addresses, are not cut, unless one alone is too long. */
function beforeWhole({ text, marked, head }: Rest, place: number, max: number): number | undefined {
  const from = Math.max(head, place - max)
  const addresses = addressesIn(text.slice(from, place + max)).map(({ start, end }) => ({ start: start + from, end: end + from }))
  const told = (marked?.spans ?? []).filter(({ kind }) => whole.has(kind))
  return [...told, ...addresses].find(({ start, end }) => start < place && place < end && start > head && end - start <= max)?.start
}

/** Never through a surrogate pair or a combined character. */
function insideWord(text: string, head: number, low: number): number {
  const from = Math.max(head, low - 64)
  let end = from
  for (const { index } of graphemes(text.slice(from, low + 64))) {
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
function carried(rest: Rest, end: number): Cut | undefined {
  const { text, head, formatting } = rest
  const at = (place: number): Pick<Cut, "end" | "from"> => ({ end: place, from: place })
  const plain: Cut = { part: text.slice(0, end), rest: text.slice(end), head: 0, ...at(end) }
  const has = (kind: Formatting[number]): boolean => formatting.includes(kind)
  if (!has("pre") && !has("quote")) return plain
  const feed = text.indexOf("\n", end)
  const lines = linesOf(feed === -1 ? text : text.slice(0, feed))
  const index = lines.findIndex((one) => end <= one.end)
  const line = lines[index]
  if (!line) return plain
  const marks = text.slice(line.start, line.content)
  const isInside = end > line.start
  // Whatever begins with this line goes over as a whole.
  const before = (): Cut | undefined => (line.start > head ? carried(rest, line.start) : undefined)
  if (isInside && end <= line.content) return before()
  if (line.depth > 0 && !has("quote")) return plain
  if (line.role !== "plain" && has("pre")) {
    const open = lines[lines.slice(0, index + 1).findLastIndex(({ role }) => role === "open")]
    if (!open) return plain
    if (line.role === "open") return isInside ? before() : plain
    // Nothing of the code is in the first part yet.
    if (!isInside && lines[index - 1] === open) return open.start > head ? carried(rest, open.start) : undefined
    if (line.role === "close")
      return { part: text.slice(0, line.end), rest: text.slice(line.end + 1), head: 0, end: line.end, from: line.end + 1 }
    const begin = beginning(text, open)
    const again = isInside ? begin + marks : begin
    const part = text.slice(0, end)
    const closed = `${part}${part.endsWith("\n") ? "" : "\n"}${marks}${fence}`
    return { part: closed, rest: again + text.slice(end), head: again.length, ...at(end) }
  }
  if (!isInside || line.depth === 0) return plain
  return { part: text.slice(0, end), rest: marks + text.slice(end), head: marks.length, ...at(end) }
}

function beginning(text: string, { start, content, end }: Line): string {
  const language = text.slice(content + fence.length, end).trim()
  return `${text.slice(start, content)}${fence}${isLanguage(language) ? language : ""}\n`
}
