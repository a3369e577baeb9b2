// Formatting from XMPP through each network's own text and back: nothing is lost, nor any formatting that both sides know.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import fc from "../support/property.js"
import { capabilities as discord } from "#discord/capabilities.js"
import { parse } from "#discord/text/parse.js"
import { render } from "#discord/text/render.js"
import type { Capabilities, Span } from "#src/adapter/contract.js"
import { told } from "#src/core/styling/told.js"
import { written } from "#src/core/styling/written.js"
import { formatted as loopback } from "xferry-adapter-loopback"
import { capabilities as telegram } from "#telegram/capabilities.js"
import { written as entities } from "#telegram/entities.js"
import { spansOf } from "#telegram/spans.js"
import { formatted, isBarred, isWithin, looks, throughStanza, type Kind, type Text } from "../support/rich-text.js"

const none = (): undefined => undefined
const nameless = { user: none, role: none, channel: none, emoji: none, roleNamed: none, channelNamed: none }

/**
 * What the network makes of a body that it was sent, as it tells of it later; and as what it shows the same where it has no such thing.
 */
interface Network {
  name: string
  capabilities: Capabilities
  carried: (body: Text) => Text
  shown?: (body: Text) => Text
  /** What it tells of by itself. */
  tells?: fc.Arbitrary<Text>
}

const typedThere = fc
  .array(
    fc.constantFrom(
      ...[
        "**",
        "*",
        "_",
        "__",
        "~~",
        "`",
        "``",
        "```",
        "```\n",
        "\n```\n",
        "> ",
        "# ",
        "- ",
        "\\",
        " ",
        "  ",
        "\n",
        "a",
        "b.",
        "word ",
        "👋",
      ],
      ...["https://a.example/x_y*z", "x_y", "2*3", "*a*", "**b c**", "~~d~~", "`e`"],
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join("").trim())
/** No client of XMPP has these. */
const alike: Partial<Record<Kind, Kind>> = { underline: "italic", heading: "bold" }

const networks: readonly Network[] = [
  { name: "loopback", capabilities: loopback, carried: (body) => body },
  {
    name: "telegram",
    capabilities: telegram,
    carried(body) {
      const { text, entities: list } = entities(body)
      return { text, spans: spansOf(list, text) }
    },
  },
  {
    name: "discord",
    capabilities: discord,
    carried: (body) => parse(render(body, nameless, Infinity).content),
    shown: (body) => fenceless(flattened(body)),
    tells: typedThere.map((content) => parse(content)),
  },
]
/** Who is mentioned is found out by the network. */
const both: readonly Kind[] = ["bold", "italic", "strike", "code", "pre", "quote", "spoiler"]

/**
 * Discord has no quotation in a quotation (its client looks for none there): the marks of the inner ones are text. There a line begins
 * with these, so that no block of code can begin: each of its lines is code.
 */
function flattened({ text, spans = [] }: Text): Text {
  const quotes = spans.filter(({ kind }) => kind === "quote")
  const depths = linesIn(text).map(
    ({ start, end }) => quotes.filter((one) => one.start <= start && one.end >= end && one.end > start).length,
  )
  if (depths.every((depth) => depth < 2)) return { text, spans }
  // Nobody sees a quotation of nothing, and what is blank at the end is taken off.
  const isBlank = (i: number): boolean => {
    if (text.slice(linesIn(text)[i]?.start).trim() === "") return true
    let [first, last] = [i, i]
    while (depths[first - 1] === depths[i]) first--
    while (depths[last + 1] === depths[i]) last++
    return text.slice(linesIn(text)[first]?.start, linesIn(text)[last]?.end).trim() === ""
  }
  let out = ""
  const places: number[] = []
  for (const [i, { start, end }] of linesIn(text).entries()) {
    if (!isBlank(i)) out += "> ".repeat(Math.max(0, (depths[i] ?? 0) - 1))
    for (let at = start; at <= end; at++) places[at] = out.length + at - start
    out += text.slice(start, end + 1)
  }
  const isDeep = (at: number): boolean => (depths[text.slice(0, at).split("\n").length - 1] ?? 0) > 1
  const moved = spans.map((span) => {
    const kind = span.kind === "pre" && isDeep(span.start) ? "code" : span.kind
    const start = places[span.start] ?? 0
    const line = out.lastIndexOf("\n", start - 1) + 1
    // The marks are quoted themselves.
    return { ...span, kind, start: kind === "quote" ? line : start, end: (places[span.end - 1] ?? 0) + 1 }
  })
  return { text: out, spans: moved }
}

/** In a block of code Discord cannot show three backticks, which end it: a line with them is code of the other kind. */
function fenceless({ text, spans = [] }: Text): Text {
  const parts = (span: Span): Span[] =>
    linesIn(text).flatMap(({ start, end }) => {
      const [from, to] = [Math.max(start, span.start), Math.min(end, span.end)]
      return from < to ? [{ ...span, kind: text.slice(from, to).includes("```") ? "code" : "pre", start: from, end: to }] : []
    })
  return { text, spans: spans.flatMap((span) => (span.kind === "pre" ? parts(span) : span)) }
}

const directives: Partial<Record<Kind, string>> = { bold: "*", italic: "_", strike: "~", code: "`" }

/** What stands between its own directives that are text: beside a text XEP-0394 tells what is styled, but not that these are none. */
function isAmbiguous({ text, spans = [] }: Text): boolean {
  return spans.some(({ kind, start, end }) => {
    const mark = directives[kind]
    const before = /[*_~`]*$/.exec(text.slice(0, start))?.[0] ?? ""
    const behind = /^[*_~`]*/.exec(text.slice(end))?.[0] ?? ""
    return mark !== undefined && before.includes(mark) && behind.includes(mark)
  })
}

function linesIn(text: string): { start: number; end: number }[] {
  let start = 0
  return text.split("\n").map(({ length }) => ({ start, end: (start += length + 1) - 1 }))
}

for (const { name, capabilities, carried, shown = (body: Text): Text => body, tells = formatted } of networks)
  describe(name, () => {
    const formatting = capabilities.send.formatting ?? []
    const known = both.filter((kind) => formatting.includes(kind))

    /** As a client says it, or as it gets it. */
    const said = (body: Text): Text => {
      const { text, ...rich } = told(body)
      const stanza = throughStanza(text, rich)
      return written(stanza.text, formatting, stanza.marked)
    }

    test("XMPP → network → XMPP", () => {
      fc.assert(
        fc.property(formatted, (body) => {
          fc.pre(!isBarred(body))
          const first = said({ ...body, spans: (body.spans ?? []).filter(({ kind }) => kind !== "mention") })
          const back = said(carried(first))
          assert.equal(back.text, first.text)
          assert.equal(looks(back, known), looks(first, known))
        }),
        { numRuns: 2000 },
      )
    })

    test("network → XMPP → network", () => {
      fc.assert(
        fc.property(tells, (body) => {
          fc.pre(!isBarred(body))
          const spans = (body.spans ?? [])
            .filter(({ kind }) => kind !== "mention")
            .map((span) => ({ ...span, kind: alike[span.kind] ?? span.kind }))
          fc.pre(!isAmbiguous({ ...body, spans }))
          const back = carried(said({ ...body, spans }))
          const wanted = shown({ ...body, spans })
          assert.equal(back.text.trim(), wanted.text.trim())
          assert.equal(looks(back, known), looks(wanted, known))
        }),
        { numRuns: 2000 },
      )
    })

    test("what is typed by hand", () => {
      const typed = fc
        .array(
          fc.constantFrom("*", "_", "~", "`", "```\n", "||", "> ", " ", "\n", "a", "b.", "👋", "https://a.example/x_y*z", "x_y", "2*3"),
          { maxLength: 24 },
        )
        .map((parts) => parts.join(""))
      fc.assert(
        fc.property(typed, fc.boolean(), (text, unstyled) => {
          const first = written(text, formatting, { unstyled })
          // Only directives go.
          assert.ok(isWithin(text.replace(/[*_~`|>]|js/g, ""), first.text), first.text)
          const back = carried(first)
          const wanted = shown(first)
          assert.equal(back.text.trim(), wanted.text.trim())
          assert.equal(looks(back, known), looks(wanted, known))
        }),
        { numRuns: 2000 },
      )
    })
  })
