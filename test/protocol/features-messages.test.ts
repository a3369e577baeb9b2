// Messages in both directions: who may speak, what is refused and how, what bounces, who is told.
import assert from "node:assert/strict"
import { after, before, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { FullJid } from "#src/core/model.js"
import { Refusal } from "#src/core/ports.js"
import { domain, orchard, romeo, Stage } from "../support/component-kit.js"

let stage: Stage
before(async () => {
  stage = await Stage.open((service) => {
    service.know(service.tie(romeo), "5", { name: "Juliet" })
    service.know(service.tie(romeo, "work"), "5", { name: "Juliet at work" })
  })
})
after(() => stage.close())
beforeEach(() => {
  stage.service.said.length = stage.service.calls.length = stage.service.bounces.length = 0
  stage.service.onAccept = () => Promise.resolve()
})
const juliet = `5@${domain}`

function say(id: string, inner: string, { from = orchard, to = juliet, type = "chat" } = {}): void {
  stage.server.send(`<message id='${id}' type='${type}' from='${from}' to='${to}'>${inner}</message>`)
}
async function refused(id: string, to = juliet): Promise<{ type: string | undefined; condition: string | undefined; text: string }> {
  const el = await stage.server.expect(`<message type='error' id='${id}' from='${to}'/>`)
  const error = el.getChild("error")
  const [condition] = error?.getChildElements() ?? []
  return { type: error?.attrs.type, condition: condition?.getName(), text: error?.getChildText("text") ?? "" }
}

test("an utterance reaches the core as it was meant", async () => {
  say(
    "m1",
    "<body>But soft!</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/><replace xmlns='urn:xmpp:message-correct:0' id='m0'/>",
  )
  await stage.called("accept m1")
  const [said] = stage.service.said
  assert.deepEqual(said, {
    link: stage.service.links[0],
    from: orchard,
    legacyId: "5",
    xmppId: "m1",
    text: "But soft!",
    wantsReceipt: true,
    replaces: "m0",
  })
})

test("the tag chooses the account, of one's own only", async () => {
  say("t1", "<body>x</body>", { to: `5!work@${domain}` })
  await stage.called("accept t1")
  assert.equal(stage.service.said[0]?.link.tag, "work")
  say("t2", "<body>x</body>", { to: `5!other@${domain}` })
  assert.equal((await refused("t2", `5!other@${domain}`)).condition, "item-not-found")
})

test("messages are accepted in the order they came, however long each takes", async () => {
  for (let i = 0; i < 20; i++) say(`o${i}`, `<body>${i}</body>`)
  await stage.called("accept o19")
  assert.deepEqual(
    stage.service.said.map(({ text }) => text),
    Array.from({ length: 20 }, (_, i) => String(i)),
  )
})

test("a stranger is told how to register", async () => {
  say("s1", "<body>x</body>", { from: "mallory@example.test/x" })
  const { type, condition, text } = await refused("s1")
  assert.deepEqual([type, condition], ["auth", "registration-required"])
  assert.match(text, /not registered with Sms.*«register»/)
  assert.deepEqual(stage.service.said, [])
})

test("the core's refusal comes back with its sentence; a bug without", async () => {
  stage.service.onAccept = () => Promise.reject(new Refusal("item-not-found", "Nobody is there."))
  say("r1", "<body>x</body>")
  assert.deepEqual(await refused("r1"), { type: "cancel", condition: "item-not-found", text: "Nobody is there." })
  stage.service.onAccept = () => Promise.reject(new Error("secret"))
  say("r2", "<body>x</body>")
  const { condition, text } = await refused("r2")
  assert.equal(condition, "internal-server-error")
  assert.doesNotMatch(text, /secret/)
  stage.log.lines.length = 0
})

for (const [name, inner] of [
  [
    "OMEMO",
    "<body>I sent you an OMEMO encrypted message</body><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>AA</payload></encrypted>",
  ],
  ["OMEMO", "<encrypted xmlns='urn:xmpp:omemo:2'><payload>AA</payload></encrypted>"],
  ["OpenPGP", "<body>x</body><x xmlns='jabber:x:encrypted'>AA</x>"],
  ["OTR", "<body>?OTR:AAQD</body>"],
] as const) {
  test(`${name} is refused with an explanation, its fallback never relayed`, async () => {
    say("e1", inner)
    const { condition, text } = await refused("e1")
    assert.equal(condition, "not-acceptable")
    assert.match(text, new RegExp(`encrypted with ${name}.*Turn encryption off`))
    assert.deepEqual(stage.service.said, [])
  })
}

test("what says nothing is answered with nothing", async () => {
  say("n1", "<body/>")
  say("n2", "<received xmlns='urn:xmpp:receipts' id='x'/>")
  say("n3", "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>", { to: `#room@${domain}` })
  say("n4", "<body>news</body>", { type: "headline" })
  say("n5", "<body>old</body><delay xmlns='urn:xmpp:delay' from='room@rooms.example.test' stamp='2020-01-01T00:00:00Z'/>")
  say("n6", "<body>old</body><x xmlns='jabber:x:delay' from='room@rooms.example.test' stamp='20200101T00:00:00'/>")
  await stage.sync()
  stage.server.refute((el) => /^n\d$/.test(el.attrs.id ?? ""))
  assert.deepEqual(stage.service.calls, [])
})

test("to a person one does not speak as to a room, nor to a room that is none", async () => {
  say("g1", "<body>x</body>", { type: "groupchat" })
  assert.equal((await refused("g1")).condition, "service-unavailable")
  say("g2", "<body>x</body>", { to: `#room@${domain}` })
  assert.equal((await refused("g2", `#room@${domain}`)).condition, "item-not-found")
})

test("typing goes through, both ways, to who is there", async () => {
  say("c1", "<composing xmlns='http://jabber.org/protocol/chatstates'/>")
  await stage.called("typing 5 true")
  say("c2", "<paused xmlns='http://jabber.org/protocol/chatstates'/>")
  await stage.called("typing 5 false")
  const [link] = stage.service.links
  assert.ok(link)
  stage.component.face.typing(link, "5", true)
  await stage.sync()
  stage.server.refute("<message><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
  stage.server.send(`<presence from='${orchard}' to='${domain}'/>`)
  await stage.called(`presence ${orchard} true`)
  stage.component.face.typing(link, "5", true)
  await stage.server.expect(
    `<message type='chat' from='${juliet}' to='${romeo}'><composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/></message>`,
  )
})

const link0 = () => stage.service.links[0] ?? assert.fail()

test("a message is written, fenced, and then told as delivered", async () => {
  stage.write(link0(), "5", { k: "message", id: "in1", text: "Ay me!", at: Date.now() })
  await stage.server.expect(`<message type='chat' id='in1' from='${juliet}' to='${romeo}'><body>Ay me!</body></message>`)
  await stage.called(/^delivered.* ?row-in1\b/)
})

test("a notice of the gateway itself comes from its domain", async () => {
  stage.write(link0(), "", { k: "message", id: "in2", text: "Your token was revoked.", at: Date.now() })
  await stage.server.expect(`<message id='in2' from='${domain}' to='${romeo}'><body>Your token was revoked.</body></message>`)
})

test("an error goes to the resource that wrote, or as a sentence to the others", async () => {
  const op = (id: string, resource: string) =>
    ({
      k: "error",
      id,
      of: "m9",
      to: `${romeo}/${resource}` as FullJid,
      error: { type: "cancel", condition: "forbidden", text: "Blocked." },
      excerpt: "Hi",
    }) as const
  stage.server.send(`<presence from='${orchard}' to='${domain}'/>`)
  stage.write(link0(), "5", op("in3", "orchard"))
  await stage.server.expect(`<message type='error' id='m9' to='${orchard}'><error type='cancel'><forbidden/></error></message>`)
  stage.write(link0(), "5", op("in4", "balcony"))
  const sentence = await stage.server.expect(`<message type='chat' id='in4' to='${romeo}'/>`)
  assert.match(sentence.getChildText("body") ?? "", /«Hi»\nBlocked\./)
})

test("a bounce before the fence goes back to the core and is not told as delivered", async () => {
  stage.server.answerPings = false
  stage.write(link0(), "5", { k: "message", id: "b1", text: "x", at: Date.now() })
  stage.server.error(await stage.server.expect("<message id='b1'/>"), "cancel", "service-unavailable")
  await stage.called("bounced row-b1 when-present")
  stage.server.answerPings = true
  stage.write(link0(), "5", { k: "message", id: "b2", text: "x", at: Date.now() })
  await stage.server.expect("<message id='b2'/>")
  const echo = stage.server.pings.at(-1)
  if (echo) stage.server.reply(echo)
  await stage.called(/^delivered.* ?row-b2\b/)
  assert.ok(!stage.service.calls.some((call) => /^delivered.*row-b1/.test(call)))
})

test("a bounce after the fence is matched as well, another's is not", async () => {
  stage.write(link0(), "5", { k: "message", id: "b3", text: "x", at: Date.now() })
  const written = await stage.server.expect("<message id='b3'/>")
  await stage.called(/^delivered.* ?row-b3\b/)
  stage.server.send(
    `<message type='error' id='b3' from='mallory@example.test' to='${juliet}'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
  )
  await stage.sync()
  assert.deepEqual(stage.service.bounces, [])
  stage.server.error(written, "wait", "remote-server-timeout")
  await stage.called("bounced row-b3 later")
})

test("a foreign person whose id fits into no JID disturbs nobody", async () => {
  stage.write(link0(), "x".repeat(2000), { k: "message", id: "long", text: "x", at: Date.now() })
  await stage.called("bounced row-long drop")
})

test("control characters, lone surrogates and a nick of emoji stay inside their message", async () => {
  stage.write(link0(), "5", { k: "message", id: "odd", text: "a\u0001\ud83d\ufffeb", at: Date.now(), nick: "\u{1f339}\u{1f339}\u0007" })
  const el: Element = await stage.server.expect("<message id='odd'/>")
  assert.equal(el.getChildText("body"), "a\ufffd\ufffd\ufffdb")
  assert.equal(el.getChildText("nick"), "\u{1f339}\u{1f339}\ufffd")
})
