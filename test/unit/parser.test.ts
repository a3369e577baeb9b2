// The parser of the stream: limits, faults, and that neither harms the stanza after.
import assert from "node:assert/strict"
import { test } from "node:test"
import { GuardedParser, LIMITS, type Limits, type StreamFault } from "#src/xmpp/parser.js"
import type { Element } from "#src/xmpp/types.js"

const HEADER = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>"
const LIMITED: Limits = { depth: 4, attributes: 6, size: 500, elements: 20, token: 1000 }

function read(limits: Limits, ...pieces: string[]) {
  const seen = { stanzas: [] as string[], refused: [] as string[], faults: [] as string[], ended: false }
  const parser = new GuardedParser(limits)
  parser.on("element", (el: Element) => seen.stanzas.push(el.toString()))
  parser.on("refused", (el: Element, why: string) => seen.refused.push(`${el.toString()} ${why}`))
  parser.on("error", (fault: StreamFault) => seen.faults.push(fault.condition))
  parser.on("end", () => (seen.ended = true))
  for (const piece of pieces) parser.write(piece)
  return { ...seen, parser }
}

const AFTER = `<message id="after"/>`

test("whole stanzas with their namespace in force, blanks between them forgotten", () => {
  const { stanzas, parser } = read(LIMITS, HEADER, " \n", "<iq><q xmlns='a'><b/></q></iq>  ", AFTER, " ")
  assert.deepEqual(stanzas, [`<iq><q xmlns="a"><b/></q></iq>`, AFTER])
  assert.deepEqual(parser.root?.children, [])
})

const over: [string, string, RegExp][] = [
  ["depth", "<message from='r@e/x' to='g' id='1' lang='x'><a><b><c><d>t</d></c></b><e/></a><f/></message>", /4 deep/],
  ["attributes of the stanza", "<message from='r@e/x' to='g' id='1' a='' b='' c='' d=''><a/></message>", /6 attributes/],
  ["attributes further down", "<message from='r@e/x' to='g' id='1'><a 1='' 2='' 3='' 4='' 5='' 6='' 7=''/></message>", /6 attributes/],
  ["text", `<message from='r@e/x' to='g' id='1'><body>${"x".repeat(501)}</body></message>`, /500 characters/],
  [
    "text in many pieces",
    `<message from='r@e/x' to='g' id='1'>${"<a>0123456789</a>".repeat(19)}${"0123456789".repeat(30)}</message>`,
    /500 characters/,
  ],
  ["an attribute", `<message from='r@e/x' to='g' id='1' x='${"y".repeat(501)}'><body>x</body></message>`, /500 characters/],
  ["elements", `<message from='r@e/x' to='g' id='1'>${"<a/>".repeat(20)}</message>`, /20 elements/],
]

for (const [what, xml, why] of over) {
  test(`too much: ${what}: that stanza alone is refused, its addresses kept`, () => {
    for (const pieces of [[xml + AFTER], [...(xml + AFTER)]]) {
      const { stanzas, refused, faults } = read(LIMITED, HEADER, ...pieces)
      assert.deepEqual(stanzas, [AFTER])
      assert.equal(refused.length, 1)
      assert.match(refused[0] ?? "", /^<message from="r@e\/x" to="g" id="1"\/> /)
      assert.match(refused[0] ?? "", why)
      assert.deepEqual(faults, [])
    }
  })
}

test("limits count anew for each stanza", () => {
  const one = `<message><body>${"x".repeat(400)}</body></message>`
  const { stanzas, refused } = read(LIMITED, HEADER, one.repeat(10))
  assert.equal(stanzas.length, 10)
  assert.deepEqual(refused, [])
})

test("what never ends, ends the stream: nothing may pile up", () => {
  for (const start of ["<message><body>", "<message a='", "<message><![CDATA[", "<!DOCTYPE x "]) {
    assert.deepEqual(
      read(
        LIMITED,
        HEADER,
        start,
        ..."x"
          .repeat(20)
          .split("")
          .map((x) => x.repeat(100)),
      ).faults,
      ["policy-violation"],
      start,
    )
  }
})

const broken = ["<message>&nbsp;</message>", "<message a='&#1;'/>", "<message>&#xD800;</message>", "<message></body>", "</message>"]

for (const xml of broken) {
  test(`not well-formed: ${xml}`, () => {
    const { stanzas, faults, parser } = read(LIMITS, HEADER, AFTER, xml, "</x></y>", "<message/>")
    assert.deepEqual(faults, ["not-well-formed"])
    assert.deepEqual(stanzas, [AFTER])
    assert.doesNotThrow(() => parser.write("<more/>&x;"))
  })
}

test("text and end tags before any element", () => {
  assert.deepEqual(read(LIMITS, "</a>").faults, ["not-well-formed"])
  assert.deepEqual(read(LIMITS, "HTTP/1.1 400 Bad Request\r\n\r\n<p>").faults, [])
})

test("nothing after the end of the stream counts", () => {
  const { ended, stanzas, faults } = read(LIMITS, HEADER, "</stream:stream><message/></x>&y;<")
  assert.deepEqual({ ended, stanzas, faults }, { ended: true, stanzas: [], faults: [] })
})

test("every split in two reads the same", () => {
  const xml = `<message to='a&amp;b' id="1"><!-- c > --><body>x &lt; > é</body><a/><![CDATA[ <y> ]]]></message><iq/> <presence />`
  const whole = read(LIMITS, HEADER, xml).stanzas
  assert.equal(whole.length, 3)
  for (let at = 0; at <= xml.length; at++)
    assert.deepEqual(read(LIMITS, HEADER, xml.slice(0, at), xml.slice(at)).stanzas, whole, `at ${at}`)
  assert.deepEqual(read(LIMITS, HEADER, ...xml).stanzas, whole)
})
