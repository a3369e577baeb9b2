// Text and spans → Discord's markdown that shows exactly this text, tried against what the client makes of it.
import type { Body, FileInfo, Span } from "xferry"
import { isSnowflake, type Snowflake } from "../places.js"
import type { Names } from "../types.js"
import { Marking } from "./marking.js"
import type { Reader } from "./names.js"
import { type Pill, pillsIn } from "./outward.js"
import { parse } from "./parse.js"
import { isSame } from "./same.js"

export interface Rendered {
  content: string
  /** Whom it mentions. */
  users: Snowflake[]
}

/** Create Message: code points. */
const mostContent = 2000
const half = /\p{Cs}/gu
const blocks: ReadonlySet<Span["kind"]> = new Set(["pre", "quote", "mention"])
/** So much text is written once more, at most, to find what cannot be written. */
const patience = 100_000

interface Style {
  spans: "all" | "most" | "blocks" | "none"
  /** Tags for channels, roles, emoji and times. */
  pills: boolean
  /** Backslashes before all that could be a mark. */
  every: boolean
}

/** From the prettiest on. */
const styles: readonly Style[] = [
  { spans: "all", pills: true, every: false },
  { spans: "all", pills: true, every: true },
  { spans: "most", pills: true, every: true },
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
  const spans = (body.spans ?? []).flatMap((span) => within(text, span)).sort(inOrder)
  const taken = spans.filter(({ kind }) => kind === "code" || kind === "pre" || kind === "mention" || kind === "link")
  const pills = pillsIn(text, names, (start, end) => !taken.some((span) => span.start < end && start < span.end))
  let shortest: Rendered | undefined
  let all: readonly Span[] | undefined
  for (const style of styles) {
    // Nothing was right with all of them.
    if (style.spans === "most" && shortest) continue
    if (style.spans === "most") all ??= writable(text, spans, pills)
    const made = attempt(
      text,
      style.spans === "most" ? (all ?? []) : spans.filter((span) => takes(style, span)),
      style.pills ? pills : [],
      style.every,
    )
    if (!made) continue
    if (size(made.content) <= most) return made
    if (!shortest || size(made.content) < size(shortest.content)) shortest = made
  }
  return shortest ?? { content: new Marking(text, [], [], true).whole().content, users: [] }
}

function takes({ spans }: Style, { kind }: Span): boolean {
  return spans === "all" || kind === "mention" || (spans === "blocks" && blocks.has(kind))
}

/** Without those few spans with which the client would show something else. */
function writable(text: string, spans: readonly Span[], pills: readonly Pill[]): Span[] {
  let left = patience
  const added = (to: Span[], more: readonly Span[]): Span[] => {
    left -= text.length
    if (more.length === 0 || left < 0) return to
    const both = [...to, ...more].sort(inOrder)
    if (attempt(text, both, pills, true)) return both
    const half = more.length >> 1
    return half === 0 ? to : added(added(to, more.slice(0, half)), more.slice(half))
  }
  const first = spans.filter(({ kind }) => blocks.has(kind))
  return added(
    added([], first),
    spans.filter((span) => !first.includes(span)),
  )
}

function inOrder(a: Span, b: Span): number {
  return a.start - b.start || b.end - a.end
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

/** Undefined: the client would show something else. */
function attempt(text: string, spans: readonly Span[], pills: readonly Pill[], every: boolean): Rendered | undefined {
  const made = new Marking(text, spans, pills, every).whole()
  // Discord takes off white space at either end.
  const content = made.content.trim()
  return isSame(parse(content, itself), made.shown) ? { content, users: made.users } : undefined
}

/** No half of a character is styled. */
function within(text: string, span: Span): Span[] {
  let start = Math.max(0, Math.trunc(span.start))
  let end = Math.min(text.length, Math.trunc(span.end))
  if (!(start < end)) return []
  if (span.kind === "mention" && !isSnowflake(span.arg)) return []
  if (isInPair(text, start)) start--
  if (isInPair(text, end)) end++
  return [{ ...span, start, end }]
}

function isInPair(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1)) && at > 0
}
