// Formatting across the gateway and back, by stanzas as clients get them: no text is lost, nor any formatting that both sides know.
import assert from "node:assert/strict"
import { test } from "node:test"
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
