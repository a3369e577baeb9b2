// Replies, fallbacks and retractions as they are read and written (XEP-0461, XEP-0428, XEP-0424, XEP-0425).
import assert from "node:assert/strict"
import { test } from "node:test"
import { textOf, wholeText } from "#src/xmpp/payload/body.js"
import type { Draft } from "#src/xmpp/payload/draft.js"
import { readMessage } from "#src/xmpp/payload/read.js"
import * as reply from "#src/xmpp/payload/reply.js"
import * as retraction from "#src/xmpp/payload/retraction.js"
import { message } from "#src/xmpp/stanza.js"
import { parseXml } from "../support/xml-match.js"

const ns = "urn:xmpp:reply:0"
const read = (inner: string): Draft => readMessage(parseXml(`<message xmlns='jabber:component:accept' id='m1'>${inner}</message>`))
const fallback = (inner: string, of = ns): string => `<fallback xmlns='urn:xmpp:fallback:0' for='${of}'>${inner}</fallback>`
const quoted = "<body>&gt; Anna wrote:\n&gt; We should bake a cake\nGreat idea!</body>"
const mark = `<reply to='anna@example.com/laptop' id='message-id1' xmlns='${ns}'/>`

test("XEP-0461 §3.1: the quotation is taken out of a reply, and kept for where replies are unknown", () => {
  for (const draft of [
    read(`${quoted}${mark}${fallback("<body start='0' end='38'/>")}`),
    read(`${fallback("<body start='0' end='38'/>")}${mark}${quoted}`),
  ]) {
    assert.equal(draft.reply, "message-id1")
    assert.equal(textOf(draft), "Great idea!")
    assert.equal(wholeText(draft), "> Anna wrote:\n> We should bake a cake\nGreat idea!")
  }
})

test("ranges count code points, may be several, and mean nothing where they are wrong", () => {
  const body = "<body>&gt; 🧛🏾 &amp; me\nyes\n&gt; 👍\nno</body>"
  assert.equal(read(`${body}${mark}${fallback("<body start='0' end='10'/>")}`).body, "yes\n> 👍\nno")
  assert.equal(read(`${body}${mark}${fallback("<body start='0' end='10'/><body start='14' end='18'/>")}`).body, "yes\nno")
  for (const wrong of ["start='9' end='3'", "start='0' end='400'", "start='-1' end='4'", "start='0' end='x'", "start='2'"])
    assert.match(read(`${body}${mark}${fallback(`<body ${wrong}/>`)}`).body ?? "", /^> 🧛🏾/u, wrong)
})

test("what is no fallback of a reply stays", () => {
  assert.equal(read(`<body>&gt; a\nb</body>${fallback("<body start='0' end='4'/>")}`).body, "> a\nb", "no reply")
  assert.equal(read(`<body>&gt; a\nb</body>${mark}${fallback("<body start='0' end='4'/>", "urn:other")}`).body, "> a\nb")
  assert.equal(read(`<body>&gt; a\nb</body>${mark}${fallback("<subject/>")}`).body, "> a\nb", "of the subject")
  assert.equal(read(`<body>&gt; a</body>${mark}${fallback("<body start='0' end='3'/>")}`).body, "> a", "nothing would be left")
  assert.equal(read(`<body>b</body><reply xmlns='${ns}'/>`).reply, undefined)
})

test("what is written as a reply reads as the answer alone", () => {
  const text = "Great & 🎂"
  const answered = { id: "s1", to: "r@x/Anna", nick: "Ánna 🧁", text: `We should\n\nbake\r\na cake\nor two ${"🍰".repeat(300)}` }
  const { body, elements } = reply.write(text, answered)
  assert.match(body, /^> Ánna 🧁:\n> We should\n> bake\n> a cake\n> …\nGreat & 🎂$/u)
  const stanza = message({ from: "r@x", to: "u@y" }, elements)
  const parsed = parseXml(stanza)
  assert.deepEqual({ ...parsed.getChild("reply")?.attrs }, { xmlns: ns, id: "s1", to: "r@x/Anna" })
  const end = Number(parsed.getChild("fallback")?.getChild("body")?.attrs.end)
  assert.equal([...body].slice(end).join(""), text)
  assert.equal(reply.write(text, { id: "s1" }).body, text, "nothing to quote")
})

test("XEP-0424: a retraction is no text", () => {
  const draft = read(
    "<retract id='wrong-recipient-1' xmlns='urn:xmpp:message-retract:1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>" +
      "<body>/me retracted a previous message, but it's unsupported by your client.</body>",
  )
  assert.equal(draft.retracts, "wrong-recipient-1")
  assert.equal(draft.body, undefined)
  const old = read(
    "<apply-to id='o1' xmlns='urn:xmpp:fasten:0'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to><body>retracted</body>",
  )
  assert.deepEqual([old.retracts, old.body], ["o1", undefined])
  assert.equal(read("<apply-to id='o1' xmlns='urn:xmpp:fasten:0'><other xmlns='x'/></apply-to><body>b</body>").retracts, undefined)
  assert.equal(read("<retract xmlns='urn:xmpp:message-retract:1'/><body>b</body>").body, "b", "of nothing")
})

test("a retraction is written with a body for those who do not know it, a moderator's says whose it is", () => {
  const own = parseXml(message({ from: "r@x/n", to: "u@y" }, retraction.write("s1")))
  assert.equal(own.getChild("retract")?.attrs.id, "s1")
  assert.equal(own.getChild("retract")?.getChild("moderated"), undefined)
  assert.match(own.getChildText("body") ?? "", /retracted/)
  assert.equal(own.getChild("fallback")?.attrs.for, "urn:xmpp:message-retract:1")
  const moderated = parseXml(
    message({ from: "r@x", to: "u@y" }, retraction.write("s1", { by: "r@x/macbeth", occupant: "o1", why: "spam" })),
  )
  const inside = moderated.getChild("retract")?.getChild("moderated", "urn:xmpp:message-moderate:1")
  assert.deepEqual([inside?.attrs.by, inside?.getChild("occupant-id")?.attrs.id], ["r@x/macbeth", "o1"])
  assert.equal(moderated.getChild("retract")?.getChildText("reason"), "spam")
})
