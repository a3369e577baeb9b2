// The link on a real Prosody: what the scripted server only plays is so.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { createFence } from "#src/xmpp/fence.js"
import { message, textEl } from "#src/xmpp/stanza.js"
import { LinkUnderTest } from "../support/link-kit.js"
import { startProsody } from "../support/prosody.js"
import type { XmppServer } from "../support/server.js"

const domain = "tg.example.test"
const other = "dc.example.test"
let server: XmppServer

before(async () => {
  server = await startProsody({
    components: [
      { domain, secret: "s1" },
      { domain: other, secret: "gehéim" },
    ],
  })
})
after(() => server.stop())

function linkTo(options: ConstructorParameters<typeof LinkUnderTest>[1] = {}): LinkUnderTest {
  const under = new LinkUnderTest({ service: `xmpp://127.0.0.1:${server.componentPort}` }, options)
  under.link.start()
  return under
}

test("connects, hears its own domain's echo, and fences by the user's domain", async () => {
  const under = linkTo()
  await under.state(/^online/)
  const echo = await under.link.iq({ to: domain, type: "get", payload: "<ping xmlns='urn:xmpp:ping'/>" })
  assert.equal(echo.attrs.from, domain)
  const delivered: string[] = []
  const fenced = new Promise<void>((resolve) => {
    const fence = createFence({
      link: under.link,
      log: under.log,
      server: "example.test",
      onDelivered: (tokens) => {
        delivered.push(...tokens)
        if (delivered.length === 200) resolve()
      },
    })
    for (let i = 0; i < 200; i++) {
      under.link.send(message({ from: `5@${domain}`, to: "nobody@example.test", id: `m${i}` }, textEl("body", `${i}`)))
      fence.track("example.test", `m${i}`)
    }
  })
  await fenced
  assert.deepEqual(
    delivered,
    Array.from({ length: 200 }, (_, i) => `m${i}`),
  )
  await under.link.stop()
})

test("whatever characters there are, the stream stays and what is legal arrives", async () => {
  const one = linkTo()
  const two = linkTo({ domain: other, secret: "gehéim" })
  await one.state(/^online/)
  await two.state(/^online/)
  const units = [...Array(0x30).keys(), 0xd800, 0xdc00, 0xd83d, 0xde00, 0xfffe, 0xffff, 0xfffd, 0x202e, 0x85, 0x2028]
  const text = String.fromCharCode(...units) + "<&>'\"]]> 漢 👨‍👩‍👧"
  one.link.send(
    message(
      { from: domain, to: `x@${other}`, id: "all", type: "chat" },
      textEl("body", text),
      textEl("nick", "n", { xmlns: "u", a: text }),
    ),
  )
  one.link.send(message({ from: domain, to: `x@${other}`, id: "next" }))
  await two.stanza("next")
  const body = (await two.stanza("all")).getChildText("body") ?? ""
  assert.match(body, /<&>'"\]\]> 漢 👨‍👩‍👧$/)
  assert.match(body, /\ufffd{9}\t\n\ufffd\ufffd/)
  assert.equal(one.states.length + two.states.length, 2)
  await Promise.all([one.link.stop(), two.link.stop()])
})

test("a polite stop loses nothing", async () => {
  const one = linkTo()
  const two = linkTo({ domain: other, secret: "gehéim" })
  await one.state(/^online/)
  await two.state(/^online/)
  for (let i = 0; i < 1000; i++) one.link.send(message({ from: domain, to: other, id: `p${i}` }))
  await one.link.stop()
  await two.stanza("p999")
  assert.equal(two.stanzas.length, 1000)
  await two.link.stop()
})

test("wrong secret and unknown domain", async () => {
  const wrong = linkTo({ secret: "s2" })
  await wrong.state(/^offline: .* refuses the secret of tg\.example\.test/)
  const unknown = linkTo({ domain: "irc.example.test" })
  await unknown.state(/^offline: .* knows no component irc\.example\.test/)
  await Promise.all([wrong.link.stop(), unknown.link.stop()])
})

test("the server goes and comes", async () => {
  const under = linkTo()
  await under.state(/^online/)
  await server.restart()
  await under.state(/^online/, 2)
  assert.match(
    under.states[1] ?? "",
    /^offline: The server at .* is shutting down\.|^offline: The server at .* (closed|broke) the connection/,
  )
  await under.link.stop()
})
