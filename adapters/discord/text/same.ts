// Whether two texts look the same: the letters, and what kinds of spans are over each.
import type { Span } from "xferry"
import { trimmed, type Written } from "./written.js"

const kinds: readonly Span["kind"][] = [
  ...(["code", "pre", "quote", "bold", "italic", "underline", "strike", "spoiler", "heading", "link", "mention"] as const),
]
/** Code has no looks but its own, and that it is hidden. */
const ofCode = 0b111 | (1 << kinds.indexOf("spoiler"))

/** Blanks have no looks. White space at either end is as good as none. */
export function isSame(one: Written, other: Written): boolean {
  const [a, b] = [trimmed(one), trimmed(other)]
  if (a.text !== b.text) return false
  const [first, second] = [looks(a), looks(b)]
  return first.every((look, at) => look === second[at] || /\s/.test(a.text[at] ?? ""))
}

function looks({ text, spans }: Written): Uint16Array {
  const masks = new Uint16Array(text.length)
  for (const [i, kind] of kinds.entries()) {
    const steps = new Int32Array(text.length + 1)
    for (const span of spans) {
      if (span.kind !== kind) continue
      steps[span.start] = (steps[span.start] ?? 0) + 1
      steps[span.end] = (steps[span.end] ?? 0) - 1
    }
    let over = 0
    for (let at = 0; at < text.length; at++) {
      over += steps[at] ?? 0
      if (over > 0) masks[at] = (masks[at] ?? 0) | (1 << i)
    }
  }
  return masks.map((mask) => ((mask & 0b11) > 0 ? mask & ofCode : mask))
}
