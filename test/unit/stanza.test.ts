// Builders of stanzas against ltx's parser: whatever text goes in comes out, apart from what XML 1.0 forbids.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import { el, errorEl, escape, iq, longestAttribute, message, result, sendable, stanzaError, textEl } from "#src/xmpp/stanza.js"
import { parseXml } from "../support/xml-match.js"

const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/ // eslint-disable-line no-control-regex

/** Any sequence of UTF-16 units, the nasty ones often. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 8, 9, 10, 11, 13, 0x1f, 0x26, 0x3c, 0x3e, 0x22, 0x27, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfffe, 0xffff),
    ),
    { maxLength: 40 },
  )
  .map((units) => String.fromCharCode(...units))

/** Told another way than the code under test does it: by code points. */
function legal(text: string): string {
  return Array.from(text, (char) => {
    const point = char.codePointAt(0) ?? 0
    const ok =
      point === 9 ||
      point === 10 ||
      point === 13 ||
      (point >= 0x20 && point <= 0xd7ff) ||
      (point >= 0xe000 && point <= 0xfffd) ||
      point > 0xffff
    return ok ? char : "\ufffd"
  }).join("")
}

test("text and attributes survive any character", () => {
  fc.assert(
    fc.property(anyText, anyText, (text, value) => {
      const out = message({ from: "a@b", to: "c@d", id: value }, textEl("body", text))
      assert.doesNotMatch(out, FORBIDDEN)
      assert.equal(Buffer.from(out).toString(), out, "a lone surrogate is left")
      const read = parseXml(out)
      assert.equal(read.attrs.id, legal(value))
      assert.equal(read.getChildText("body") ?? "", legal(text))
      assert.equal(sendable(text), legal(text))
    }),
    { numRuns: 2000 },
  )
})

test("blanks in attributes and CR in text are written so that a strict parser keeps them", () => {
  assert.equal(el("x", { a: "1\t2\n3\r4" }), "<x a='1&#9;2&#10;3&#13;4'/>")
  assert.equal(textEl("x", "1\t2\n3\r4"), "<x>1\t2\n3&#13;4</x>")
})

test("harmless text is passed on as it is", () => {
  assert.equal(escape("plain 漢字 text"), "plain 漢字 text")
  assert.equal(escape("😀 & 👍"), "😀 &amp; 👍")
})

test("absent attributes and children are left out", () => {
  assert.equal(el("a", { x: undefined, n: 5 }, undefined, false, el("b")), "<a n='5'><b/></a>")
  assert.equal(iq({ type: "get", id: "1", from: "a", to: "b" }), "<iq type='get' id='1' from='a' to='b'/>")
})

test("a result goes back to who asked, and only to a request", () => {
  const asked = parseXml("<iq type='get' id='7' from='r@e/x' to='g'/>")
  assert.equal(result(asked, el("q")), "<iq type='result' id='7' from='g' to='r@e/x'><q/></iq>")
  assert.equal(result(parseXml("<iq type='result' id='7' from='r@e/x' to='g'/>")), undefined)
})

test("an error answers a stanza, never an error or a result", () => {
  const error = { type: "cancel", condition: "item-not-found", text: "who?" } as const
  const answer = stanzaError(parseXml("<message type='chat' id='7' from='r@e/x' to='5@g'/>"), error)
  assert.equal(
    answer,
    "<message type='error' id='7' from='5@g' to='r@e/x'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
      "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>who?</text></error></message>",
  )
  for (const type of ["error", "result"])
    assert.equal(stanzaError(parseXml(`<iq type='${type}' id='1' from='a' to='b'/>`), error), undefined)
  assert.equal(stanzaError(parseXml("<message to='b'/>"), error), undefined)
})

test("an unknown condition cannot become markup", () => {
  assert.match(
    errorEl({ type: "wait", condition: "x><y", text: "" }),
    /^<error type='wait'><undefined-condition xmlns='[^']+'\/><\/error>$/,
  )
})

test("an attribute of somebody else's making is cut, an address never", () => {
  const long = "x".repeat(20_000)
  assert.equal(el("received", { id: long }), `<received id='${"x".repeat(longestAttribute)}'/>`)
  assert.equal(el("item", { jid: long }), `<item jid='${long}'/>`)
  // Cut before it is escaped: never inside an entity, and half a pair becomes a mark.
  const parsed = el("a", { node: `${"y".repeat(longestAttribute - 1)}😀` })
  assert.ok(parsed.endsWith("\ufffd'/>"))
})
