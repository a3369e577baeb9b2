// Compatibility fallback (XEP-0428): which characters of a body say again, for old clients, what another element says.
import type { Element } from "@xmpp/xml"
import type { Feature } from "../types.js"
import { el, join, type Xml } from "../stanza.js"
import type { Reads } from "./draft.js"

const ns = "urn:xmpp:fallback:0"

export const fallback: Feature = {
  xep: { number: 428, version: "0.2.1", name: "Fallback Indication" },
  disco: { contact: [ns], room: [ns] },
}

/** `for`: namespace of what the text stands for. Ranges count code points (XEP-0426); none: the whole body. */
export interface Fallback {
  for: string
  ranges: readonly { start: number; end: number }[]
}

/** So many ranges are read of one stanza; nobody needs more than a few. */
const most = 20

export const reads: Reads = {
  [`fallback ${ns}`](child, draft) {
    const bodies = child.getChildren("body")
    // Of the subject alone: the body is none.
    if (child.getChildElements().length > 0 && bodies.length === 0) return
    const ranges = bodies.slice(0, most).map(rangeOf)
    const whole = ranges.length === 0 || ranges.includes("whole")
    const some = ranges.filter((range) => typeof range === "object")
    if (!whole && some.length === 0) return
    draft.fallbacks = [...(draft.fallbacks ?? []), { for: child.attrs.for ?? "", ranges: whole ? [] : some }].slice(0, most)
  },
}

/** Undefined: no region. */
function rangeOf({ attrs }: Element): { start: number; end: number } | "whole" | undefined {
  if (attrs.start === undefined && attrs.end === undefined) return "whole"
  const [start, end] = [attrs.start ?? "", attrs.end ?? ""].map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : -1)) as [number, number]
  return start >= 0 && end > start ? { start, end } : undefined
}

/** The text without these ranges; those that reach beyond its end are passed over. */
export function cut(text: string, ranges: Fallback["ranges"]): string {
  const points = [...text]
  const gone = ranges.filter(({ end }) => end <= points.length).sort((a, b) => a.start - b.start)
  const kept: string[] = []
  let at = 0
  for (const { start, end } of gone) {
    if (start > at) kept.push(points.slice(at, start).join(""))
    at = Math.max(at, end)
  }
  return kept.join("") + points.slice(at).join("")
}

/** Several places of the body, in code points. */
export function writeRanges(replaces: string, ranges: Fallback["ranges"]): Xml {
  return el("fallback", { xmlns: ns, for: replaces }, join(ranges.map(({ start, end }) => el("body", { start, end }))))
}

/** `end`: number of code points at the body's start that are fallback; absent: all of it. */
export function write(replaces: string, end?: number): Xml {
  return el("fallback", { xmlns: ns, for: replaces }, end !== undefined && el("body", { start: 0, end }))
}
