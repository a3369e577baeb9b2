// Formatting across the gateway and back, by stanzas as clients get them: no text is lost, nor any formatting that both sides know.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import fc from "../support/property.js"
import { told } from "#src/core/styling/told.js"
import { written } from "#src/core/styling/written.js"
import { anything, formatted, isBarred, isWithin, looks, throughStanza, type Kind, type Text } from "../support/rich-text.js"

const known: readonly Kind[] = ["bold", "italic", "strike", "code", "pre", "quote", "spoiler", "mention"]

function acrossAndBack(body: Text): Text {
  const { text, ...rich } = told(body)
  const back = throughStanza(text, rich)
  const { text: said, spans = [] } = written(back.text, known, back.marked)
  return { text: said, spans: spans.map(({ whom, ...span }) => (whom && "contact" in whom ? { ...span, arg: whom.contact } : span)) }
}

test("network → XMPP → network: text and formatting are what they were", () => {
  fc.assert(
    fc.property(formatted, (body) => {
      fc.pre(!isBarred(body))
      const back = acrossAndBack(body)
      assert.equal(back.text, body.text)
      assert.equal(looks(back, known), looks(body, known))
    }),
    { numRuns: 5000 },
  )
})

test("network → XMPP → network: of no text anything is lost, whatever formatting lies over it", () => {
  fc.assert(
    fc.property(anything, (body) => {
      fc.pre(!isBarred(body))
      assert.ok(isWithin(body.text, acrossAndBack(body).text))
    }),
    { numRuns: 5000 },
  )
})

describe("beside text that holds marks of its own", () => {
  const rows: [name: string, body: Text][] = [
    ["only what is styled is", { text: "**d~~d~~__", spans: [{ kind: "strike", start: 2, end: 3 }] }],
    [
      "marks of ours are none of the text's",
      {
        text: "a~~a__",
        spans: [
          { kind: "italic", start: 0, end: 1 },
          { kind: "italic", start: 3, end: 4 },
        ],
      },
    ],
    [
      "a style goes on behind code",
      {
        text: "e**",
        spans: [
          { kind: "bold", start: 0, end: 3 },
          { kind: "code", start: 0, end: 1 },
        ],
      },
    ],
    [
      "code in a quotation is quoted with its fences",
      {
        text: "**\n```",
        spans: [
          { kind: "quote", start: 0, end: 2 },
          { kind: "pre", start: 0, end: 2 },
        ],
      },
    ],
    ["code that is nothing but a fence", { text: "``` \na", spans: [{ kind: "bold", start: 0, end: 6 }, { kind: "pre", start: 0, end: 4 }] }], // prettier-ignore
    ["a blank line at the beginning of a quotation", { text: "\n**b c", spans: [{ kind: "quote", start: 0, end: 6 }, { kind: "bold", start: 1, end: 6 }] }], // prettier-ignore
    ["code that is nothing but a fence, behind another", { text: "```**\n```\nd", spans: [{ kind: "pre", start: 6, end: 9 }, { kind: "strike", start: 10, end: 11 }] }], // prettier-ignore
    ["a line that reads like a fence, before a quotation", { text: "**\n> ```\n**", spans: [{ kind: "pre", start: 0, end: 2 }, { kind: "quote", start: 9, end: 11 }] }], // prettier-ignore
    ["nothing is no quotation", { text: "a\n\n_a", spans: [{ kind: "quote", start: 1, end: 2 }, { kind: "italic", start: 4, end: 5 }] }], // prettier-ignore
  ]
  for (const [name, body] of rows)
    test(name, () => {
      const back = acrossAndBack(body)
      assert.equal(back.text, body.text)
      assert.equal(looks(back, known), looks(body, known))
    })
})
