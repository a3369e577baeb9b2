// Text and spans → Discord's markdown that shows exactly this text, tried against what the client makes of it.
import type { Body, FileInfo, Span } from "xferry"
import { isSnowflake, type Snowflake } from "../places.js"
import type { Names } from "../types.js"
import { Marking, type Style } from "./marking.js"
import type { Reader } from "./names.js"
import { type Pill, pillsIn } from "./outward.js"
import { parse } from "./parse.js"

export interface Rendered {
  content: string
  /** Whom it mentions. */
  users: Snowflake[]
}

/** Create Message: code points. */
const mostContent = 2000
const half = /\p{Cs}/gu
const blocks: ReadonlySet<Span["kind"]> = new Set(["pre", "quote", "mention"])

/** From the prettiest on. */
const styles: readonly Style[] = [
  { spans: "all", pills: true, every: false },
  { spans: "all", pills: true, every: true },
  { spans: "blocks", pills: true, every: false },
  { spans: "blocks", pills: true, every: true },
  { spans: "blocks", pills: false, every: false },
  { spans: "none", pills: true, every: false },
  { spans: "none", pills: false, every: false },
  { spans: "none", pills: false, every: true },
]

const itself: Reader = { user: (id) => id, role: (id) => id, channel: (id) => id }

/**
 * What is longer than `most` code points is rendered with fewer niceties; what is too long even so is given as it is.
 *
 * @example
 * render({ text: "*Hi*" }, names).content // "\\*Hi\\*"
 */
export function render(body: Pick<Body<FileInfo>, "text" | "spans">, names: Names, most = mostContent): Rendered {
  // Half a character would make the whole request no valid JSON to some.
  const text = body.text.replace(half, "\ufffd")
  const spans = (body.spans ?? []).flatMap((span) => within(text, span)).sort((a, b) => a.start - b.start || b.end - a.end)
  const taken = spans.filter(({ kind }) => kind === "code" || kind === "pre" || kind === "mention" || kind === "link")
  const pills = pillsIn(text, names, (start, end) => !taken.some((span) => span.start < end && start < span.end))
  let shortest: Rendered | undefined
  for (const style of styles) {
    const made = attempt(text, spans, pills, style)
    if (!made) continue
    if (size(made.content) <= most) return made
    if (!shortest || size(made.content) < size(shortest.content)) shortest = made
  }
  return shortest ?? { content: new Marking(text, [], [], true).whole().content, users: [] }
}

/** In code points, as Discord counts. */
export function size(text: string): number {
  let count = text.length
  for (let at = text.search(/[\ud800-\udbff]/); at !== -1 && at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0xd800 && unit <= 0xdbff && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) count--
  }
  return count
}

/** Undefined: the client would show another text. */
function attempt(text: string, all: readonly Span[], pills: readonly Pill[], style: Style): Rendered | undefined {
  const spans = style.spans === "all" ? all : all.filter(({ kind }) => kind === "mention" || (style.spans === "blocks" && blocks.has(kind)))
  const made = new Marking(text, spans, style.pills ? pills : [], style.every).whole()
  // Discord takes off white space at either end.
  const content = made.content.trim()
  if (parse(content, itself).text.trim() !== made.shown.trim()) return undefined
  return { content, users: made.users }
}

function within(text: string, span: Span): Span[] {
  const start = Math.max(0, Math.trunc(span.start))
  const end = Math.min(text.length, Math.trunc(span.end))
  if (!(start < end)) return []
  if (span.kind === "mention" && !isSnowflake(span.arg)) return []
  return [{ ...span, start, end }]
}
