// What a stanza tells beside its body, and where in it: read in any order, counted in units once the body is known.
import type { Span } from "../../adapter/contract.js"
import type { Draft } from "./draft.js"
import { cut } from "./fallback.js"
import { toPoints, toUnits } from "./points.js"

/** Of one stanza; nobody needs more. */
const most = 200

/** Spans in code points of the body as it came. Of what there is one a language, that without a mark counts, or the first. */
export function note(draft: Draft, what: "markup" | "mention" | "spoiler", spans: readonly Span[], language?: string): void {
  const told = (draft.told ??= {})
  const known = told[what]
  if (what === "mention") told[what] = [...(known ?? []), ...spans].slice(0, most)
  else if (!known || language === undefined) told[what] = spans.slice(0, most)
}

/** Once all children were read, before anything leaves the body. */
export function settle(draft: Draft): void {
  const { told, body } = draft
  delete draft.told
  if (!told || body === undefined || body === "") return
  const units = toUnits(body)
  const spans = Object.values(told)
    .flat()
    .flatMap(({ start, end, ...span }: Span) => {
      const from = units(start)
      const to = end === Infinity ? body.length : units(end)
      return from !== undefined && to !== undefined && from < to ? [{ ...span, start: from, end: to }] : []
    })
  if (spans.length > 0) draft.spans = spans.sort((a, b) => a.start - b.start || b.end - a.end)
}

type Left = Pick<Draft, "spans" | "fallbacks"> & { body: string }

/** Without so many units, none of them half of a pair, at its beginning. */
export function behind({ body, spans, fallbacks }: Left, units: number): Left {
  const by = <P extends { start: number; end: number }>(place: P): P[] => {
    const [start, end] = [Math.max(0, place.start - units), place.end - units]
    return start < end ? [{ ...place, start, end }] : []
  }
  const others = fallbacks?.flatMap((one) => {
    const ranges = one.ranges.flatMap(by)
    return one.ranges.length === 0 || ranges.length > 0 ? [{ ...one, ranges }] : []
  })
  return { body: body.slice(units), ...(spans && { spans: spans.flatMap(by) }), ...(others && { fallbacks: others }) }
}

/** Spans of a body of which one piece was left out, or several: then those whose text is still there once. */
export function placed(spans: readonly Span[] | undefined, body: string, now: string): Span[] {
  let head = 0
  while (head < now.length && body[head] === now[head]) head++
  let tail = 0
  while (tail < now.length - head && body[body.length - 1 - tail] === now[now.length - 1 - tail]) tail++
  const gone = body.length - now.length
  const isOne = head + tail === now.length
  return (spans ?? []).flatMap((span) => {
    if (span.kind === "spoiler") return now === "" ? [] : [{ ...span, start: 0, end: now.length }]
    if (isOne) {
      const place = (at: number): number => (at <= head ? at : Math.max(head, at - gone))
      const [start, end] = [place(span.start), place(span.end)]
      return start < end ? [{ ...span, start, end }] : []
    }
    const text = body.slice(span.start, span.end)
    const start = now.indexOf(text)
    return start >= 0 && now.indexOf(text, start + 1) < 0 ? [{ ...span, start, end: start + text.length }] : []
  })
}

/** The draft's body without what is there for this namespace alone (XEP-0428), and all else at its place in it. Undefined: nothing is. */
export function without(draft: Draft, ns: string): Left | undefined {
  const { body, spans, fallbacks = [] } = draft
  const ranges = fallbacks.flatMap((one) => (one.for === ns ? one.ranges : []))
  if (body === undefined || ranges.length === 0) return undefined
  const length = [...body].length
  const gone = ranges.filter(({ end }) => end <= length).sort((a, b) => a.start - b.start)
  const rest = cut(body, ranges)
  if (rest === body) return undefined
  const point = (at: number): number => {
    let taken = 0
    let last = 0
    for (const { start, end } of gone) {
      taken += Math.max(0, Math.min(end, at) - Math.max(start, last))
      last = Math.max(last, Math.min(end, at))
    }
    return at - taken
  }
  const points = toPoints(body)
  const units = toUnits(rest)
  const unit = (at: number): number => units(point(points(at))) ?? rest.length
  const left = spans?.map((span) => ({ ...span, start: unit(span.start), end: unit(span.end) })).filter(({ start, end }) => start < end)
  const others = fallbacks
    .filter((one) => one.for !== ns)
    .map((one) => ({
      ...one,
      whole: one.ranges.length === 0,
      ranges: one.ranges.map(({ start, end }) => ({ start: point(start), end: point(end) })).filter(({ start, end }) => start < end),
    })) // prettier-ignore
    .flatMap(({ whole, ...one }) => (whole || one.ranges.length > 0 ? [one] : []))
  return { body: rest, ...(left && { spans: left }), fallbacks: others }
}
