// Replies and retractions in a chat with a contact: nothing is lost, nothing silently ignored.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Refusal } from "#src/core/ports.js"
import { domain, orchard, romeo, Stage } from "../support/component-kit.js"

let stage: Stage
before(async () => {
  stage = await Stage.open((service) => void service.know(service.tie(romeo), "5"))
})
after(() => stage.close())

const send = (id: string, inner: string): void =>
  stage.server.send(`<message id='${id}' type='chat' from='${orchard}' to='5@${domain}'>${inner}</message>`)

test("a reply keeps its quotation", async () => {
  send(
    "r1",
    `<body>&gt; We should bake a cake\nGreat idea!</body><reply to='5@${domain}' id='m1' xmlns='urn:xmpp:reply:0'/>
      <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='24'/></fallback>`,
  )
  await stage.called("accept r1")
  assert.equal(stage.service.said.at(-1)?.text, "> We should bake a cake\nGreat idea!")
})

const inner = (target: string): string =>
  `<retract id='${target}' xmlns='urn:xmpp:message-retract:1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>
   <body>/me retracted a previous message, but it's unsupported by your client.</body><store xmlns='urn:xmpp:hints'/>`

test("a retraction reaches the core as it was meant, and its fallback is no message", async () => {
  send("r2", inner("m1"))
  await stage.called("retract 5 m1")
  const [link] = stage.service.links
  assert.deepEqual(stage.service.retracted, [{ link, from: orchard, legacyId: "5", xmppId: "r2", target: "m1" }])
  send("r3", "<apply-to id='m0' xmlns='urn:xmpp:fasten:0'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to><body>retracted</body>")
  await stage.called("retract 5 m0")
  assert.ok(!stage.service.said.some(({ xmppId }) => xmppId === "r2" || xmppId === "r3"))
})

test("what cannot be taken back is refused; what others repeat of the past, or say to the gateway, is passed over", async () => {
  stage.service.onRetract = () => Promise.reject(new Refusal("not-allowed", "It is too old."))
  send("r4", `${inner("m4")}<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2026-01-01T00:00:00Z'/>`)
  stage.server.send(`<message id='r5' type='chat' from='${orchard}' to='${domain}'>${inner("m5")}</message>`)
  send("r6", inner("m6"))
  const refused = await stage.server.expect("<message type='error' id='r6'/>")
  assert.equal(refused.getChild("error")?.getChildElements()[0]?.getName(), "not-allowed")
  assert.equal(refused.getChild("error")?.getChildText("text"), "It is too old.")
  stage.server.send(`<message id='r7' type='chat' from='mallory@example.test/x' to='5@${domain}'>${inner("m7")}</message>`)
  assert.ok(await stage.server.expect("<message type='error' id='r7'><error><registration-required/></error></message>"))
  assert.deepEqual(stage.service.retracted.map(({ xmppId }) => xmppId), ["r2", "r3", "r6"]) // prettier-ignore
  assert.ok(!stage.server.received.some(({ name, attrs: { id } }) => name === "message" && (id === "r4" || id === "r5")))
})

test("what a contact takes back is told by the id of the stanza that had told it, and comes back like any other", async () => {
  const [link] = stage.service.links
  assert.ok(link)
  const outgoing = stage.write(link, "5", { k: "retract", id: "t2", target: "t1", at: Date.now() - 3_600_000 })
  const told = await stage.server.expect(`<message from='5@${domain}' to='${romeo}' type='chat' id='t2'/>`)
  assert.equal(told.getChild("retract", "urn:xmpp:message-retract:1")?.attrs.id, "t1")
  assert.ok(told.getChild("delay", "urn:xmpp:delay"))
  stage.server.send(
    `<message type='error' id='t2' from='${romeo}' to='5@${domain}'><error type='wait'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
  )
  await stage.called(`bounced ${outgoing.rowId} later`)
})

test("contacts know retractions where the network does", async () => {
  const features = async (on: Stage): Promise<(string | undefined)[]> => {
    const query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
    const answer = await on.server.ask(`<iq type='get' from='${orchard}' to='5@${domain}'>${query}</iq>`)
    return answer.getChild("query")?.getChildren("feature").map(({ attrs }) => attrs.var) ?? [] // prettier-ignore
  }
  assert.ok(!(await features(stage)).includes("urn:xmpp:message-retract:1"))
  const other = await Stage.open((service) => {
    service.know(service.tie(romeo), "5")
    Object.assign(service.capabilities, { retract: {} })
  })
  try {
    assert.ok((await features(other)).includes("urn:xmpp:message-retract:1"))
  } finally {
    await other.close()
  }
})
