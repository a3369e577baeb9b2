// A message that is shown only to who asks for it (XEP-0382). For clients that know none, its text stands between bars.
import type { Span } from "../../adapter/contract.js"
import { short } from "../../core/short.js"
import type { Feature } from "../types.js"
import { join, textEl, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"
import * as fallback from "./fallback.js"
import { toPoints } from "./points.js"
import { note, without } from "./told.js"

const taken = (formatting: readonly Span["kind"][] = []): readonly string[] => (formatting.includes("spoiler") ? [ns] : [])
const ns = "urn:xmpp:spoiler:0"
const bars = "||"

export const spoiler: Feature = {
  xep: { number: 382, version: "0.2.0", name: "Spoiler messages" },
  disco: { contact: ({ send }) => taken(send.formatting), room: ({ capabilities }) => taken(capabilities.send.formatting) },
}

export const reads: Reads = {
  [`spoiler ${ns}`](child, draft) {
    note(draft, "spoiler", [{ kind: "spoiler", start: 0, end: Infinity, arg: short(child.getText().trim()) }], child.attrs["xml:lang"])
  },
}

/** What only says again that it is a spoiler leaves the body, but for bars: networks know these. */
export function settle(draft: Draft): void {
  const { body = "", fallbacks = [] } = draft
  if (!draft.spans?.some(({ kind }) => kind === "spoiler")) return
  const points = fallbacks.some((one) => one.for === ns) ? [...body] : []
  const isBars = ({ start, end }: Place): boolean => points.slice(start, end).join("") === bars
  if (fallbacks.every((one) => one.for !== ns || (one.ranges.length > 0 && one.ranges.every(isBars)))) return
  const rest = without(draft, ns)
  if (rest && rest.body.trim() !== "") Object.assign(draft, rest)
}

interface Place {
  start: number
  end: number
}

/** Where the bars of a spoiler stand in a text; undefined: it has none. */
function barsOf(text: string, { start, end }: Place): { open: number; close: number } | undefined {
  const open = text.lastIndexOf(bars, start - bars.length)
  const close = text.indexOf(bars, end)
  // Other directives may stand between.
  const isBeside = start >= bars.length && open >= 0 && close >= 0 && /^[*_~`|]*$/.test(text.slice(open, start) + text.slice(end, close))
  return isBeside ? { open, close } : undefined
}

/** Nothing, unless all that is said is a spoiler. `share`: what of the text is in the body, which has so many code points before it. */
export function write(text: string, spans: readonly Span[], share: Place, before: number): Xml | undefined {
  const hidden = spans.filter(({ kind }) => kind === "spoiler")
  if (hidden.length === 0) return undefined
  const found = hidden.map((one) => ({ ...one, bars: barsOf(text, one) }))
  let at = 0
  for (const one of found) {
    if (text.slice(at, Math.max(at, one.bars?.open ?? one.start)).trim() !== "") return undefined
    at = Math.max(at, one.bars ? one.bars.close + bars.length : one.end)
  }
  if (text.slice(at).trim() !== "") return undefined
  const points = toPoints(text.slice(share.start, share.end))
  const marks = found.flatMap((one) => (one.bars ? [one.bars.open, one.bars.close] : []))
  const ranges = marks
    .filter((mark) => mark >= share.start && mark + bars.length <= share.end)
    .map((mark) => ({ start: before + points(mark - share.start), end: before + points(mark - share.start + bars.length) }))
  return join([
    textEl("spoiler", hidden.find(({ arg }) => arg)?.arg ?? "", { xmlns: ns }),
    ranges.length > 0 && fallback.writeRanges(ns, ranges),
  ])
}
