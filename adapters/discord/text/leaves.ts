// Text with styles over it, cut into the pieces that can be written one by one, and put together again to what marks stand around.
import type { Span } from "xferry"
import type { Snowflake } from "../places.js"
import type { Pill } from "./outward.js"

export type Style = "bold" | "italic" | "underline" | "strike" | "spoiler"

/** The outer one first where two have the same place: what is behind bars or struck out ends well with other marks. */
const ranks: readonly Style[] = ["spoiler", "strike", "underline", "italic", "bold"]
const styles: ReadonlySet<Span["kind"]> = new Set<Span["kind"]>(ranks)

interface Place {
  start: number
  end: number
}

/** `styles` that turn out not to be writable are taken off. A tag is written as `tag` and read as `shown`. */
export interface Leaf extends Place {
  is: "text" | "blank" | "code" | "tag"
  styles: Set<Style>
  tag?: string
  shown?: string
  user?: Snowflake
}

/** Of leaves from `first` to before `last`. */
export type Node =
  | { is: "text"; start: number; end: number }
  | { is: "leaf"; leaf: Leaf }
  | { is: "group"; style: Style; first: number; last: number; within: ReadonlySet<Style> }

/** Between two places; spans reach beyond neither, pills may. */
export function leavesOf(text: string, place: Place, spans: readonly Span[], pills: readonly Pill[]): Leaf[] {
  const covers = coverage(spans)
  const cuts = new Set<number>()
  for (const { kind, start, end } of spans) if (styles.has(kind)) cuts.add(start).add(end)
  const sorted = [...cuts].sort((a, b) => a - b)
  const leaves: Leaf[] = []
  let cut = 0
  const plain = (from: number, to: number): void => {
    let at = from
    while (at < to) {
      while ((sorted[cut] ?? Infinity) <= at) cut++
      const end = Math.min(to, sorted[cut] ?? Infinity)
      for (const { 0: part, index } of text.slice(at, end).matchAll(/\s+|\S+/g)) {
        const start = at + index
        leaves.push({ is: part.trim() === "" ? "blank" : "text", start, end: start + part.length, styles: covers(start, start + 1) })
      }
      at = end
    }
  }
  let at = place.start
  for (const one of opaque(text, place, spans, pills)) {
    if (one.start < at && one.is === "tag") continue
    const start = Math.max(one.start, at)
    if (start >= one.end) continue
    plain(at, start)
    if (text.slice(start, one.end).trim() === "") plain(start, one.end)
    else leaves.push({ ...one, start, styles: covers(start, one.end) })
    at = one.end
  }
  plain(at, place.end)
  return leaves
}

/** Code and tags, in order; no code goes over a line's end. */
function opaque(text: string, { start, end }: Place, spans: readonly Span[], pills: readonly Pill[]): Omit<Leaf, "styles">[] {
  const found: Omit<Leaf, "styles">[] = []
  for (const span of spans) {
    const { kind, arg } = span
    if (kind === "mention" && arg !== undefined)
      found.push({ is: "tag", start: span.start, end: span.end, tag: `<@${arg}>`, shown: `@${arg}`, user: arg })
    if (kind !== "code") continue
    for (const { 0: line, index } of text.slice(span.start, span.end).matchAll(/[^\n]+/g))
      found.push({ is: "code", start: span.start + index, end: span.start + index + line.length })
  }
  for (const { tag, shown, ...place } of pills)
    if (place.start >= start && place.end <= end) found.push({ is: "tag", tag, shown, start: place.start, end: place.end })
  return found.sort((a, b) => a.start - b.start || b.end - a.end)
}

/** Which styles are over all of a place; a spoiler hides it even where it is over a part. */
function coverage(spans: readonly Span[]): (start: number, end: number) => Set<Style> {
  const over = ranks.map((style) => ({ style, places: merged(spans.filter(({ kind }) => kind === style)) }))
  return (start, end) => {
    const found = new Set<Style>()
    for (const { style, places } of over) {
      let low = 0
      let high = places.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((places[middle]?.end ?? 0) <= start) low = middle + 1
        else high = middle
      }
      const place = places[low]
      if (place && (style === "spoiler" ? place.start < end : place.start <= start && place.end >= end)) found.add(style)
    }
    return found
  }
}

function merged(places: readonly Place[]): Place[] {
  const all: Place[] = []
  for (const { start, end } of [...places].sort((a, b) => a.start - b.start)) {
    const last = all.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else all.push({ start, end })
  }
  return all
}

/** Each style as far as it goes, of several the longest; none begins or ends with a blank. What is in one is asked for with it in `within`. */
export function nodesOf(leaves: readonly Leaf[], first: number, last: number, within: ReadonlySet<Style>): Node[] {
  const nodes: Node[] = []
  for (let i = first; i < last;) {
    const leaf = leaves[i]
    if (!leaf) break
    const longest = leaf.is === "blank" ? undefined : longestAt(leaves, i, last, within)
    if (longest) {
      nodes.push({ is: "group", first: i, within, ...longest })
      i = longest.last
      continue
    }
    const before = nodes.at(-1)
    if (leaf.is === "code" || leaf.is === "tag") nodes.push({ is: "leaf", leaf })
    else if (before?.is === "text" && before.end === leaf.start) before.end = leaf.end
    else nodes.push({ is: "text", start: leaf.start, end: leaf.end })
    i++
  }
  return nodes
}

function longestAt(
  leaves: readonly Leaf[],
  at: number,
  most: number,
  within: ReadonlySet<Style>,
): { style: Style; last: number } | undefined {
  let longest: { style: Style; last: number } | undefined
  for (const style of ranks) {
    if (within.has(style) || !leaves[at]?.styles.has(style)) continue
    let last = at + 1
    for (let i = last; i < most && leaves[i]?.styles.has(style); i++) if (leaves[i]?.is !== "blank") last = i + 1
    if (!longest || last > longest.last) longest = { style, last }
  }
  return longest
}
