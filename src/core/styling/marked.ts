// Pure: what is told beside a text, as the text is cut and put together (`Marked`, in UTF-16 units of the text as it was typed).
import type { Span } from "../../adapter/contract.js"
import type { Marked } from "../content.js"

export interface Place {
  start: number
  end: number
}

/** Of this much of the text, as if it stood alone with `before` units before it. Files and extras are of the whole message, not of its text. */
export function clipped(marked: Marked | undefined, from: number, to: number, before = 0): Marked | undefined {
  if (!marked) return undefined
  const spans = (marked.spans ?? []).flatMap((span) => {
    const { arg, ...rest } = span
    const start = Math.max(span.start, from)
    const end = Math.min(span.end, to)
    if (start >= end) return []
    // Half a name is nobody's.
    if (span.whom && end - start < span.end - span.start) return []
    // The hint of a spoiler is told once.
    const told = arg !== undefined && (span.kind !== "spoiler" || span.start >= from) ? { arg } : {}
    return [{ ...rest, ...told, start: start - from + before, end: end - from + before }]
  })
  return kept(spans, marked.unstyled)
}

/** The same text with so many units before it. */
export function shifted(marked: Marked | undefined, by: number): Marked | undefined {
  if (!marked || by === 0) return marked
  const { spans, ...rest } = marked
  return spans ? { ...rest, spans: spans.map((span) => ({ ...span, start: span.start + by, end: span.end + by })) } : rest
}

/** What is told of the text alone. */
export function ofText(marked: Marked | undefined): Marked | undefined {
  return marked && kept(marked.spans ?? [], marked.unstyled)
}

function kept(spans: NonNullable<Marked["spans"]>, unstyled: boolean | undefined): Marked | undefined {
  if (spans.length === 0 && unstyled !== true) return undefined
  return { ...(spans.length > 0 && { spans }), ...(unstyled === true && { unstyled }) }
}

/** Spans of a text that has so many units more before it. */
export function moved<S extends Span>(spans: readonly S[], by: number): S[] {
  return spans.map((span) => ({ ...span, start: span.start + by, end: span.end + by }))
}

/** For questions in any order whether a place is in one of them; of those that overlap the first counts. */
export function within(places: readonly Place[]): (at: number) => Place | undefined {
  const sorted: Place[] = []
  for (const place of [...places].sort((a, b) => a.start - b.start)) if (place.start >= (sorted.at(-1)?.end ?? 0)) sorted.push(place)
  return (at) => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sorted[middle]?.end ?? 0) <= at) low = middle + 1
      else high = middle
    }
    const found = sorted[low]
    return found && found.start <= at ? found : undefined
  }
}

/** What is in none of `places`, which are in order. */
export function* outside(places: readonly Place[], from: number, to: number): Generator<Place> {
  let at = from
  for (const { start, end } of places) {
    if (start >= to) break
    if (end <= at) continue
    if (start > at) yield { start: at, end: start }
    at = end
  }
  if (at < to) yield { start: at, end: to }
}

const address = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"`|]+/gi
/** Of a sentence, or directives: what stands behind an address is not part of it. */
const behind = new Set("*_~.,;:!?'\")]}")

/** Addresses in a text. */
export function addressesIn(text: string): Place[] {
  if (!text.includes("://")) return []
  return [...text.matchAll(address)].map(({ 0: found, index: start }) => {
    let end = start + found.length
    while (behind.has(text[end - 1] ?? "")) end--
    return { start, end }
  })
}
