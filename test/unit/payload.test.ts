// Message stanzas ↔ drafts and operations.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import type { InOp } from "#src/core/model.js"
import type { FullJid } from "#src/core/model.js"
import type { Draft } from "#src/xmpp/payload/draft.js"
import { textOf } from "#src/xmpp/payload/body.js"
import { isHistory } from "#src/xmpp/payload/delay.js"
import { readMessage } from "#src/xmpp/payload/read.js"
import { pieces, render } from "#src/xmpp/payload/write.js"
import { escape } from "#src/xmpp/stanza.js"
import { parseXml } from "../support/xml-match.js"

const read = (children: string, attrs = "id='a1'"): Draft => readMessage(parseXml(`<message ${attrs}>${children}</message>`))

test("a rich message is read in one pass", () => {
  const draft = read(
    `<active xmlns='http://jabber.org/protocol/chatstates'/><body>hi</body><request xmlns='urn:xmpp:receipts'/>
     <replace xmlns='urn:xmpp:message-correct:0' id='old'/><origin-id xmlns='urn:xmpp:sid:0' id='o1'/><markable xmlns='urn:xmpp:chat-markers:0'/>`,
  )
  assert.deepEqual(draft, { id: "a1", body: "hi", chatState: "active", wantsReceipt: true, replaces: "old" })
})

for (const [what, children, wanted] of [
  ["of several bodies the unmarked one", "<body xml:lang='de'>ja</body><body>yes</body><body xml:lang='fr'>oui</body>", { body: "yes" }],
  ["a body of the client namespace", "<body xmlns='jabber:client'>hi</body>", { body: "hi" }],
  ["a foreign body is none", "<body xmlns='http://www.w3.org/1999/xhtml'>hi</body>", {}],
  ["an empty body", "<body/>", { body: "" }],
  ["/me is left as it is", "<body>/me waves</body>", { body: "/me waves" }],
  ["a chat state alone", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", { chatState: "composing" }],
  [
    "OMEMO",
    "<body>fallback</body><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>x</payload></encrypted>",
    { body: "fallback", encrypted: "OMEMO" },
  ],
  ["OMEMO 2", "<encrypted xmlns='urn:xmpp:omemo:2'><payload>x</payload></encrypted>", { encrypted: "OMEMO" }],
  ["OMEMO's key transport is no message", "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>", {}],
  [
    "OMEMO's mark beside a fallback",
    "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/><body>no</body>",
    { body: "no", encrypted: "OMEMO" },
  ],
  ["OX", "<openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp><body>no</body>", { body: "no", encrypted: "OpenPGP" }],
  ["PGP", "<body>no</body><x xmlns='jabber:x:encrypted'>x</x>", { body: "no", encrypted: "OpenPGP" }],
  ["OTR", "<body>?OTR:AAQD</body>", { body: "?OTR:AAQD", encrypted: "OTR" }],
  [
    "an unknown method by its name",
    "<body>no</body><encryption xmlns='urn:xmpp:eme:0' namespace='urn:x' name='Rot13'/>",
    { body: "no", encrypted: "Rot13" },
  ],
] as const) {
  test(`read: ${what}`, () => assert.deepEqual(read(children), { id: "a1", ...wanted }))
}

test("the stanza's id counts, and only without one the origin-id", () => {
  assert.equal(read("<origin-id xmlns='urn:xmpp:sid:0' id='o1'/>", "").id, "o1")
  assert.equal(read("<body>x</body>", "").id, "")
})

test("a subject goes before the body", () => {
  assert.equal(textOf(read("<subject>News</subject><body>None</body>")), "News\n\nNone")
  assert.equal(textOf(read("<subject>News</subject>")), "")
})

test("history is what somebody else delayed", () => {
  const romeo = "romeo@example.test"
  const delayed = (from: string): Draft => read(`<body>x</body><delay xmlns='urn:xmpp:delay' ${from} stamp='2020-01-01T00:00:00Z'/>`)
  assert.equal(isHistory(delayed("from='room@rooms.example'"), romeo), true)
  assert.equal(
    isHistory(read("<body>x</body><x xmlns='jabber:x:delay' from='room@rooms.example' stamp='20200101T00:00:00'/>"), romeo),
    true,
  )
  assert.equal(isHistory(delayed(""), romeo), false, "a client that sends late what was written off-line")
  assert.equal(isHistory(delayed(`from='${romeo}/phone'`), romeo), false)
  assert.equal(isHistory(read("<body>x</body>"), romeo), false)
})

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const to = "romeo@example.test"
const full = `${to}/orchard` as FullJid
const envelope = { from: "5@sms.example", to, domain: "sms.example", now, mayBeOnline: () => true }

test("write: a message", () => {
  const op: InOp = { k: "message", id: "m1", text: "<b> & ]]>", at: now, nick: "J & J" }
  assert.deepEqual(render(op, envelope), [
    `<message from='5@sms.example' to='${to}' type='chat' id='m1'><body>&lt;b&gt; &amp; ]]&gt;</body><active xmlns='http://jabber.org/protocol/chatstates'/>` +
      `<origin-id xmlns='urn:xmpp:sid:0' id='m1'/><nick xmlns='http://jabber.org/protocol/nick'>J &amp; J</nick></message>`,
  ])
})

test("write: what is a minute old carries its time", () => {
  const at = (age: number): string => String(render({ k: "message", id: "m1", text: "x", at: now - age }, envelope)[0])
  assert.match(at(60_001), /<delay xmlns='urn:xmpp:delay' from='sms.example' stamp='2026-01-02T03:03:04.999Z'\/>/)
  assert.doesNotMatch(at(60_000), /delay/)
})

test("write: an edit names the message it replaces", () => {
  const el = parseXml(String(render({ k: "edit", id: "m2", target: "m1", text: "y", at: now }, envelope)[0]))
  assert.equal(el.attrs.id, "m2")
  assert.equal(el.getChild("replace", "urn:xmpp:message-correct:0")?.attrs.id, "m1")
})

test("write: a receipt goes to the resource that asked, or to all when it left", () => {
  const op: InOp = { k: "receipt", id: "r1", of: "a1", to: full }
  assert.deepEqual(render(op, envelope), [
    `<message from='5@sms.example' to='${full}' type='chat' id='r1'><received xmlns='urn:xmpp:receipts' id='a1'/><store xmlns='urn:xmpp:hints'/></message>`,
  ])
  assert.match(String(render(op, { ...envelope, mayBeOnline: () => false })[0]), new RegExp(` to='${to}' `))
})

test("write: an error is one to the resource that sent, and a sentence to the others when it left", () => {
  const op: InOp = {
    k: "error",
    id: "e1",
    of: "a1",
    to: full,
    error: { type: "auth", condition: "forbidden", text: "Blocked by Juliet." },
    excerpt: "Hello <…",
  }
  const [error] = render(op, envelope).map(parseXml)
  assert.deepEqual([error?.attrs.type, error?.attrs.id, error?.attrs.to], ["error", "a1", full])
  assert.ok(error?.getChild("error")?.getChild("forbidden", "urn:ietf:params:xml:ns:xmpp-stanzas"))
  const [sentence] = render(op, { ...envelope, mayBeOnline: () => false }).map(parseXml)
  assert.deepEqual([sentence?.attrs.type, sentence?.attrs.id, sentence?.attrs.to], ["chat", "e1", to])
  assert.match(sentence?.getChildText("body") ?? "", /Hello <….*\n.*Blocked by Juliet\./)
})

test("write: 100 kB is one stanza; what would end the stream becomes several", () => {
  const one = (text: string): string[] => render({ k: "message", id: "m", text, at: now }, envelope)
  assert.equal(one("x".repeat(100_000)).length, 1)
  const many = one("&".repeat(100_000)).map((xml) => ({ xml, el: parseXml(xml) }))
  assert.deepEqual(
    many.map(({ el }) => el.attrs.id),
    ["m", "m.2", "m.3"],
  )
  for (const { xml } of many) assert.ok(Buffer.byteLength(xml) < 256 * 1024)
  assert.equal(many.map(({ el }) => el.getChildText("body")).join(""), "&".repeat(100_000))
  assert.equal(render({ k: "edit", id: "m", target: "t", text: "&".repeat(100_000), at: now }, envelope).length, 1)
})

test("pieces: nothing is lost, no pair is cut, each fits", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "\u{1f600}", "é", "&", " ", "\n", "漢") }),
      fc.integer({ min: 8, max: 40 }),
      (text, limit) => {
        const parts = pieces(text, limit)
        assert.equal(parts.join(""), text)
        for (const part of parts) {
          assert.ok(Buffer.byteLength(escape(part)) <= limit)
          assert.doesNotMatch(part, /^[\udc00-\udfff]|[\ud800-\udbff]$/)
        }
      },
    ),
  )
})
