// Message markup (XEP-0394): formatting beside the text, which is left alone.
import type { Element } from "@xmpp/xml"
import type { Span } from "../../adapter/contract.js"
import type { Feature } from "../types.js"
import { el, join, type Xml } from "../stanza.js"
import type { Reads } from "./draft.js"
import { range, toPoints } from "./points.js"
import { note } from "./told.js"

const taken = (formatting: readonly Span["kind"][] = []): readonly string[] => (formatting.some((one) => told.has(one)) ? [ns] : [])
const told: ReadonlySet<Span["kind"]> = new Set(["bold", "italic", "strike", "code", "pre", "quote"])
const ns = "urn:xmpp:markup:0"

export const markup: Feature = {
  xep: { number: 394, version: "0.3.0", name: "Message Markup" },
  disco: { contact: ({ send }) => taken(send.formatting), room: ({ capabilities }) => taken(capabilities.send.formatting) },
}

const styles: readonly (readonly [string, Span["kind"]])[] = [
  ["strong", "bold"],
  ["emphasis", "italic"],
  ["deleted", "strike"],
  ["code", "code"],
]
const blocks: readonly (readonly [string, Span["kind"]])[] = [
  ["bcode", "pre"],
  ["bquote", "quote"],
]

/** Lists are read as they stand in the text. */
export const reads: Reads = {
  [`markup ${ns}`](markup, draft) {
    note(draft, "markup", markup.getChildElements().flatMap(spansOf), markup.attrs["xml:lang"])
  },
}

function spansOf(child: Element): Span[] {
  const place = range(child.attrs.start, child.attrs.end)
  if (!place) return []
  const name = child.getName()
  if (name === "span") return styles.flatMap(([style, kind]) => (child.getChild(style) ? [{ kind, ...place }] : []))
  const kind = blocks.find(([block]) => block === name)?.[1]
  const { language } = child.attrs
  return kind ? [{ kind, ...place, ...(kind === "pre" && language !== undefined && { arg: language }) }] : []
}

/** Of the text of a body, which has so many code points `before` it. Undefined: there is nothing to say. */
export function write(text: string, spans: readonly Span[], before: number): Xml | undefined {
  const points = toPoints(text)
  const at = (unit: number): number => before + points(unit)
  const inline = spans.filter(({ kind }) => styles.some((style) => style[1] === kind))
  const around = apart(spans.filter(({ kind }) => blocks.some((block) => block[1] === kind)))
  const elements = [
    ...around.map(({ kind, start, end, arg }) => el(nameOf(blocks, kind), { start: at(start), end: at(end), language: arg })),
    ...segments(inline, around).map(({ kinds, start, end }) =>
      el("span", { start: at(start), end: at(end) }, join(kinds.map((kind) => el(nameOf(styles, kind))))),
    ),
  ]
  return elements.length > 0 ? el("markup", { xmlns: ns }, join(elements)) : undefined
}

function nameOf(names: typeof styles, kind: Span["kind"]): string {
  return names.find((one) => one[1] === kind)?.[0] ?? ""
}

/** §5: blocks are in one another or apart. */
function apart(spans: readonly Span[]): Span[] {
  const kept: Span[] = []
  for (const one of spans) {
    const isCrossing = kept.some(
      (other) => (one.start < other.start && other.start < one.end && one.end < other.end) || (other.start < one.start && one.start < other.end && other.end < one.end), // prettier-ignore
    )
    if (!isCrossing) kept.push(one)
  }
  return kept
}

/** §5: «Spans MUST NOT overlap with each other», nor with the boundaries of blocks. */
function segments(spans: readonly Span[], around: readonly Span[]): { kinds: Span["kind"][]; start: number; end: number }[] {
  const cuts = [...new Set([...spans, ...around].flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b)
  return cuts.slice(1).flatMap((end, i) => {
    const start = cuts[i] ?? end
    const kinds = styles
      .map(([, kind]) => kind)
      .filter((kind) => spans.some((one) => one.kind === kind && one.start <= start && end <= one.end))
    return kinds.length > 0 ? [{ kinds, start, end }] : []
  })
}
