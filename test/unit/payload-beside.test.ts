// What stanzas tell beside the text: markup, mentions, spoilers, places, people, pages; read and written, at their places.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import type { Draft } from "#src/xmpp/payload/draft.js"
import { namesFor } from "#src/xmpp/payload/beside.js"
import { jidIn, settle, uriOf } from "#src/xmpp/payload/mentions.js"
import { toPoints, toUnits } from "#src/xmpp/payload/points.js"
import { readMessage } from "#src/xmpp/payload/read.js"
import { throughStanza } from "../support/rich-text.js"
import { parseXml } from "../support/xml-match.js"

const room = "#verona@gw.example"
const read = (children: string): Draft => settle(readMessage(parseXml(`<message>${children}</message>`)), "gw.example", room)
const told = ({ body = "", spans = [] }: Draft): unknown[] =>
  spans.map(({ kind, start, end, arg, whom }) => [
    kind,
    body.slice(start, end),
    ...(arg === undefined ? [] : [arg]),
    ...(whom ? [whom] : []),
  ])

test("places are counted in code points, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const points = [...text]
      let unit = 0
      for (const [i, point] of points.entries()) {
        assert.equal(toUnits(text)(i), unit)
        assert.equal(toPoints(text)(unit), i)
        unit += point.length
      }
      assert.equal(toUnits(text)(points.length + 1), undefined)
    }),
  )
})

test("markup is read as XEP-0394 has it", () => {
  const draft = read(`<markup xmlns='urn:xmpp:markup:0'>
      <span start='4' end='10'><strong/><emphasis/><unknown/></span><span start='1' end='1'><code/></span><span start='x' end='9'><code/></span>
      <bcode start='11' end='15' language='js'/><bquote start='0' end='99'/><list start='0' end='1'/></markup><body>👋 a really👋 b c</body>`)
  assert.deepEqual(told(draft), [
    ["bold", "really"],
    ["italic", "really"],
    ["pre", " b c", "js"],
  ])
})

test("mentions are of occupants and contacts, by their address", () => {
  const mention = (begin: number, end: number, uri: string, more = ""): string =>
    `<reference xmlns='urn:xmpp:reference:0' type='mention' begin='${begin}' end='${end}' uri='${uri}'${more}/>`
  const draft = read(
    `<body>👋 Juliet L., and 7, x</body>` +
      mention(2, 11, "xmpp:%23verona@gw.example/Juliet%20L.") +
      mention(17, 18, "xmpp:7@gw.example") +
      mention(20, 21, "xmpp:somebody@else.example") +
      mention(20, 21, "https://a.example/") +
      mention(20, 21, "xmpp:%E0%A4%A@gw.example") +
      mention(20, 21, "xmpp:7@gw.example", " anchor='xmpp:z@gw.example'") +
      mention(20, 99, "xmpp:7@gw.example"),
  )
  assert.deepEqual(told(draft), [
    ["mention", "Juliet L.", { nick: "Juliet L." }],
    ["mention", "7", { contact: "7" }],
  ])
})

test("addresses as URIs, there and back", () => {
  for (const jid of ["#verona@gw.example/Juliet & Romeo?", "a%b@gw.example", "x\\40y@gw.example/ü/ö", "juliet@gw.example"])
    assert.equal(jidIn(uriOf(jid)), jid)
  assert.equal(namesFor("#verona!work@gw.example", "room").contact("9"), "xmpp:9!work@gw.example")
  assert.equal(namesFor(room, "room").mentioned("Nurse #1"), "xmpp:%23verona@gw.example/Nurse%20%231")
})

test("a spoiler is all of the message, with its hint", () => {
  const ns = "xmlns='urn:xmpp:spoiler:0'"
  assert.deepEqual(told(read(`<spoiler ${ns} xml:lang='ca'>Fi</spoiler><spoiler ${ns}>End</spoiler><body>they die</body>`)), [
    ["spoiler", "they die", "End"],
  ])
  const marked = read(
    `<spoiler ${ns}/><body>Spoiler! they die</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:spoiler:0'><body start='0' end='9'/></fallback>`,
  )
  assert.deepEqual([marked.body, told(marked)], ["they die", [["spoiler", "they die", ""]]])
})

test("what leaves the body takes nothing else from its place", () => {
  const draft = read(
    `<body>&gt; 👋 quoted\n👋 look here https://a.example/f.png</body>
    <reply xmlns='urn:xmpp:reply:0' id='1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='11'/></fallback>
    <markup xmlns='urn:xmpp:markup:0'><span start='13' end='17'><strong/></span><span start='4' end='10'><emphasis/></span></markup>
    <file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>f.png</name></file>
      <sources><url-data xmlns='http://jabber.org/protocol/url-data' target='https://a.example/f.png'/></sources></file-sharing>
    <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body start='22' end='46'/></fallback>`,
  )
  assert.equal(draft.body, "👋 look here")
  assert.deepEqual(told(draft), [["bold", "look"]])
})

test("written: only what marks cannot say, at its place behind a quotation, and unstyled where nothing is meant", () => {
  const spans = [
    { kind: "bold" as const, start: 3, end: 5 },
    { kind: "italic" as const, start: 4, end: 6 },
    { kind: "mention" as const, start: 7, end: 9, arg: "9" },
  ]
  const { xml } = throughStanza("👋abcd 👋 x", { spans, unstyled: true }, { id: "1", text: "𝕏" })
  assert.match(xml, /<body>&gt; 𝕏\n👋abcd 👋 x<\/body>/)
  assert.match(
    xml,
    /<span start='6' end='7'><strong\/><\/span><span start='7' end='8'><strong\/><emphasis\/><\/span><span start='8' end='9'><emphasis\/><\/span>/,
  )
  assert.match(xml, /<reference xmlns='urn:xmpp:reference:0' begin='10' end='11' type='mention' uri='xmpp:9@gw.example'\/>/)
  assert.match(xml, /<unstyled xmlns='urn:xmpp:styling:0'\/>/)
  assert.doesNotMatch(throughStanza("*a*", {}).xml, /markup|unstyled/)
})

test("written: a message that is nothing but spoilers", () => {
  const hidden = throughStanza("||👋 they||\n||die||", { spans: [{ kind: "spoiler", start: 2, end: 9 }, { kind: "spoiler", start: 14, end: 17 }] }) // prettier-ignore
  assert.match(hidden.xml, /<spoiler xmlns='urn:xmpp:spoiler:0'\/>/)
  assert.match(hidden.xml, /<body start='0' end='2'\/><body start='8' end='10'\/><body start='11' end='13'\/><body start='16' end='18'\/>/)
  assert.doesNotMatch(throughStanza("see ||it||", { spans: [{ kind: "spoiler", start: 6, end: 8 }] }).xml, /urn:xmpp:spoiler/)
})

test("places, people and pages have elements of their own", () => {
  const { xml, marked } = throughStanza("Home\ngeo:1.5,2", {
    extras: [
      { type: "location", lat: 1.5, lon: 2, label: "Home" },
      { type: "contact", name: "R & J", phone: "+1", user: "9" },
      { type: "preview", url: "https://a.example/?a&b", title: "<A>" },
      { type: "preview", url: "javascript:x", title: "no" },
    ],
  })
  assert.match(xml, /<lat>1.5<\/lat><lon>2<\/lon><description>Home<\/description>/)
  assert.match(xml, /<fn><text>R &amp; J<\/text><\/fn><tel><text>\+1<\/text><\/tel><impp><uri>xmpp:9@gw.example<\/uri><\/impp>/)
  assert.match(xml, /rdf:about='https:\/\/a.example\/\?a&amp;b'><og:title>&lt;A&gt;<\/og:title>/)
  assert.doesNotMatch(xml, /javascript/)
  assert.deepEqual(marked?.extras, [{ type: "location", lat: 1.5, lon: 2, label: "Home" }])
})

test("a body that is nothing but the address of a place is that place", () => {
  const draft = read("<body>geo:45.4,10.9</body>")
  assert.deepEqual([draft.body, draft.extras], ["", [{ type: "location", lat: 45.4, lon: 10.9 }]])
})
