// Texts with formatting as people make them, for property tests; and ways across the gateway, as stanzas.
import fc from "./property.js"
import type { Body, Span } from "#src/adapter/contract.js"
import type { Marked, Rich } from "#src/core/content.js"
import { markedOf, textOf } from "#src/xmpp/payload/body.js"
import { namesFor } from "#src/xmpp/payload/beside.js"
import * as mentions from "#src/xmpp/payload/mentions.js"
import { readMessage } from "#src/xmpp/payload/read.js"
import type { Answered } from "#src/xmpp/payload/reply.js"
import * as words from "#src/xmpp/payload/words.js"
import { parseXml } from "./xml-match.js"

export type Text = Pick<Body, "text" | "spans">
export type Kind = Span["kind"]

export const domain = "gw.example"
export const contact = `7@${domain}`

/** What clients get of it, and what the gateway makes of the same when a client says it. */
export function throughStanza(text: string, rich: Rich | undefined, answered?: Answered): { xml: string; text: string; marked?: Marked } {
  const share = { text, start: 0, end: text.length, names: namesFor(contact, "direct") }
  const xml = `<message xmlns='jabber:client'>${words.write(text, rich, answered, share)}</message>`
  const draft = mentions.settle(readMessage(parseXml(xml)), domain)
  const said = textOf(draft)
  const marked = markedOf(draft, said)
  return { xml, text: said, ...(marked && { marked }) }
}

const inline: readonly Kind[] = ["bold", "italic", "strike", "code", "spoiler", "mention"]

const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("a", "word", "nämlich", "日本", "👋", "👨‍👩‍👧", "e\u0301", "𝕏", "x_y", "2*3", "a~b", "~", "*", "_", "`", ":)", "||", "C:\\x") }, // prettier-ignore
  { weight: 1, arbitrary: fc.constantFrom("*star*", "_line_", "~no~", "`tick`", "> q", "https://a.example/x_y_z", "(*)", "@") },
)

/** A line, with spans over whole words, each in another or apart. */
const line = fc
  .array(fc.tuple(word, fc.subarray([...inline], { maxLength: 2 })), { minLength: 1, maxLength: 6 })
  .map((parts): { text: string; spans: Span[] } => {
    let text = ""
    const spans: Span[] = []
    for (const [said, kinds] of parts) {
      if (text !== "") text += " "
      const place = { start: text.length, end: text.length + said.length }
      const some = kinds.includes("code") ? kinds.filter((kind) => kind === "code") : kinds
      for (const kind of some) spans.push({ kind, ...place, ...(kind === "mention" && { arg: "7" }) })
      text += said
    }
    return { text, spans }
  })

/** Paragraphs, quotations, code. */
export const formatted: fc.Arbitrary<Text> = fc
  .array(
    fc.tuple(
      fc.constantFrom<"plain" | "quote" | "pre">("plain", "plain", "plain", "quote", "pre"),
      fc.array(line, { minLength: 1, maxLength: 2 }),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((blocks) => {
    let text = ""
    const spans: Span[] = []
    let last = ""
    for (const [kind, lines] of blocks) {
      // Two of one kind would be one.
      const own = kind === last ? "plain" : kind
      last = own
      if (text !== "") text += "\n"
      const start = text.length
      for (const [i, one] of lines.entries()) {
        if (i > 0) text += "\n"
        if (own !== "pre")
          spans.push(...one.spans.map((span) => ({ ...span, start: span.start + text.length, end: span.end + text.length })))
        text += one.text
      }
      if (own !== "plain") spans.push({ kind: own, start, end: text.length })
    }
    return spans.length > 0 ? { text, spans } : { text }
  })

/** Any spans over any text. */
export const anything: fc.Arbitrary<Text> = fc
  .array(fc.oneof(word, fc.constantFrom(" ", "\n", "|", ">", "> ", "```")), { maxLength: 12 })
  .map((parts) => parts.join(""))
  .chain((text) =>
    fc
      .array(
        fc.record({
          kind: fc.constantFrom<Kind>(
            "bold",
            "italic",
            "underline",
            "strike",
            "code",
            "pre",
            "quote",
            "heading",
            "spoiler",
            "link",
            "mention",
          ),
          start: fc.nat(text.length),
          size: fc.integer({ min: 1, max: Math.max(1, text.length) }),
        }),
        { maxLength: 6 },
      )
      .map((spans) => ({
        text,
        spans: spans.map(({ kind, start, size }) => ({
          kind,
          start,
          end: Math.min(text.length, start + size),
          ...(kind === "mention" && { arg: "7" }),
          ...(kind === "link" && { arg: "https://b.example/" }),
        })),
      })),
  )

/** A text with bars of its own: nothing could tell them from those of a spoiler. */
export function isBarred({ text }: Text): boolean {
  return text.includes("|")
}

/** What is to be seen: of each letter by which kinds it is covered. Blanks have no looks, and code has none but its own. */
export function looks({ text, spans = [] }: Text, kinds: readonly Kind[]): string {
  return [...text.matchAll(/\S/gu)]
    .map(({ 0: char, index }) => {
      const over = kinds.filter((kind) => spans.some((span) => span.kind === kind && span.start <= index && index < span.end))
      const own = over.filter((kind) => kind === "code" || kind === "pre" || kind === "quote")
      if (over.includes("code") || over.includes("pre")) return `${char}<${own.join()}>`
      return over.length === 0 ? char : `${char}<${over.join()}>`
    })
    .join(" ")
}

/** Whether nothing of a text is lost in another: in order, blanks apart. */
export function isWithin(text: string, other: string): boolean {
  let at = 0
  for (const char of text) {
    if (/\s/.test(char)) continue
    const found = other.indexOf(char, at)
    if (found < 0) return false
    at = found + char.length
  }
  return true
}
