// Replies and retractions in a chat with a contact, where the network is told of neither: nothing is lost, nothing silently ignored.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
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

test("a retraction is refused, and its fallback is no message", async () => {
  send(
    "r2",
    `<retract id='m1' xmlns='urn:xmpp:message-retract:1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>
      <body>/me retracted a previous message, but it's unsupported by your client.</body>`,
  )
  const refused = await stage.server.expect("<message type='error' id='r2'/>")
  assert.equal(refused.getChild("error")?.getChildElements()[0]?.getName(), "feature-not-implemented")
  assert.ok(!stage.service.said.some(({ xmppId }) => xmppId === "r2"))
})
