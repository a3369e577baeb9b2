// The link on a scripted server: what it reads, what it writes, and that neither peers nor handlers can disturb it.
import assert from "node:assert/strict"
import { setImmediate } from "node:timers/promises"
import { afterEach, test } from "node:test"
import { message, textEl } from "#src/xmpp/stanza.js"
import { type ComponentServer, startComponentServer } from "../support/component-server.js"
import { LinkUnderTest } from "../support/link-kit.js"

const done: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of done.splice(0).reverse()) await end()
})

async function pair(
  options: ConstructorParameters<typeof LinkUnderTest>[1] = {},
): Promise<{ server: ComponentServer; under: LinkUnderTest }> {
  const server = await startComponentServer({ domain: "tg.example.test", secret: "s1" })
  const under = new LinkUnderTest(server, options)
  done.push(() => server.close())
  done.push(() => under.link.stop())
  under.link.start()
  await server.online()
  await under.state(/^online/)
  return { server, under }
}

const to = "tg.example.test"
const from = "romeo@example.test/orchard"

test("text survives a split at every byte", async () => {
  const { server, under } = await pair()
  const text = "漢字 é 😀👨‍👩‍👧 e\u0301 &amp; &#x1F600; ﷽"
  const bytes = Buffer.from(`<message from='${from}' to='5@${to}' id='split'><body>${text}</body></message>`)
  await server.writeRaw(bytes, 1)
  const got = await under.stanza("split")
  assert.equal(got.getChildText("body"), "漢字 é 😀👨‍👩‍👧 e\u0301 & 😀 ﷽")
  // Every place to cut in two, each in its own pair of reads.
  for (let at = 1; at < bytes.length; at += 1) {
    await server.writeRaw(bytes.subarray(0, at), bytes.length)
    await server.writeRaw(bytes.subarray(at), bytes.length)
  }
  await under.until(() => under.stanzas.length === bytes.length, "all of them")
  for (const el of under.stanzas) assert.equal(el.toString(), got.toString())
})

test("handshake, privileges and presences in one read: on-line first, nothing lost", async () => {
  const server = await startComponentServer({ domain: to, secret: "s1" })
  done.push(() => server.close())
  const under = new LinkUnderTest(server)
  done.push(() => under.link.stop())
  const order: string[] = []
  under.onStanza = (el) => order.push(`${under.states.at(-1)} ${under.link.online} ${el.attrs.id}`)
  server.afterHandshake = `<message id='p1' from='example.test' to='${to}'/><presence id='p2' from='${from}' to='${to}'/>`
  under.link.start()
  await under.stanza("p2")
  assert.deepEqual(order, ["online true p1", "online true p2"])
})

test("a burst leaves in one write, and at once", async () => {
  const { server, under } = await pair()
  for (let i = 0; i < 100; i++) assert(under.link.send(message({ from: `5@${to}`, to: from, id: `b${i}` }, textEl("body", "x"))))
  await server.expect("<message id='b99'/>")
  assert.equal(server.chunks.length, 1)
  assert.deepEqual(
    server.received.map((el) => el.attrs.id),
    Array.from({ length: 100 }, (_, i) => `b${i}`),
  )
})

test("a stanza that would end the stream is dropped, and what follows goes", async () => {
  const { server, under } = await pair()
  const write = (id: string, text: string): boolean => under.link.send(message({ from: `5@${to}`, to: from, id }, textEl("body", text)))
  write("large", "漢".repeat(200_000))
  write("next", "x")
  await server.expect("<message id='next'/>")
  server.refute("<message id='large'/>")
  assert.deepEqual(under.log.texts("error"), ["a stanza that would end the stream is dropped: a bug"])
})

test("a handler that throws, or rejects, harms no other stanza", async () => {
  const { server, under } = await pair()
  under.onStanza = (el) => {
    if (el.attrs.id === "bad") throw new Error("boom")
    if (el.attrs.id === "worse") return Promise.reject(new Error("later")) as unknown as void
  }
  server.send(
    `<message from='${from}' to='${to}' id='bad'/><message from='${from}' to='${to}' id='worse'/><message from='${from}' to='${to}' id='good'/>`,
  )
  await under.stanza("good")
  await setImmediate()
  assert.equal(under.log.texts("error").length, 2)
  assert.equal(under.link.online, true)
  assert.equal(server.connections, 1)
})

for (const xml of ["<message><body>&nbsp;</body></message>", "<message></body></message>", "<message a='&#2;'/>"]) {
  test(`what is not XML ends the stream with a stream error, and the link comes back: ${xml}`, async () => {
    const { server, under } = await pair()
    server.send(`<message from='${from}' to='${to}' id='before'/>${xml}`)
    await under.stanza("before")
    await under.state(/^online/, 2)
    assert.match(server.streamErrors.join(), /<not-well-formed xmlns="urn:ietf:params:xml:ns:xmpp-streams"\/>/)
    server.send(`<message from='${from}' to='${to}' id='after'/>`)
    await under.stanza("after")
  })
}

test("1 MB passes", async () => {
  const { server, under } = await pair()
  const body = "漢".repeat(350_000)
  server.send(`<message from='${from}' to='${to}' id='big'><body>${body}</body></message><message from='${from}' to='${to}' id='next'/>`)
  await under.stanza("next")
  assert.equal((await under.stanza("big")).getChildText("body"), body)
})

const deep = "<a>".repeat(5000) + "</a>".repeat(5000)
const refusals: [string, string][] = [
  ["5 MB of text", "x".repeat(5 << 20)],
  ["5,000 elements deep", deep],
  ["60,000 elements", "<a/>".repeat(60_000)],
  ["200 attributes", `<a ${Array.from({ length: 200 }, (_, i) => `a${i}=''`).join(" ")}/>`],
]
for (const [what, inner] of refusals) {
  test(`${what}: refused to the sender, nobody else is harmed`, async () => {
    const { server, under } = await pair()
    server.send(
      `<message from='${from}' to='5@${to}' id='big' type='chat'>${inner}</message><message from='${from}' to='${to}' id='next'/>`,
    )
    await server.expect(
      `<message type='error' id='big' from='5@${to}' to='${from}'><error type='modify'><policy-violation/></error></message>`,
    )
    await under.stanza("next")
    assert.deepEqual(
      under.stanzas.map((el) => el.attrs.id),
      ["next"],
    )
    assert.equal(server.connections, 1)
  })
}

test("an error, a presence or a room's message that is too deep is dropped without an answer", async () => {
  const { server, under } = await pair()
  for (const start of ["message type='error'", "presence", "message type='groupchat'", "iq type='result'"]) {
    server.send(`<${start} from='${from}' to='${to}' id='1'>${deep}</${start.split(" ")[0]}>`)
  }
  server.send(`<message from='${from}' to='${to}' id='next'/>`)
  await under.stanza("next")
  under.link.send(message({ from: to, to: from, id: "last" }))
  await server.expect("<message id='last'/>")
  assert.equal(server.received.length, 1)
})

test("an IQ is answered only by whom it went to", async () => {
  const { server, under } = await pair()
  let settled = "no"
  const asked = under.link.iq({ to: "juliet@example.test", type: "get", payload: "<query xmlns='jabber:iq:roster'/>" })
  void asked.then(
    () => (settled = "yes"),
    () => (settled = "yes"),
  )
  const request = await server.expect(`<iq type='get' from='${to}' to='juliet@example.test'><query xmlns='jabber:iq:roster'/></iq>`)
  const id = request.attrs.id
  assert(id !== undefined && id.length >= 20)
  for (const liar of ["from='mallory@evil.test'", "from='juliet@example.test/other'", "from='example.test'", "from='evil.test'", ""]) {
    server.send(
      `<iq type='result' id='${id}' ${liar} to='${to}'><query xmlns='jabber:iq:roster'><item jid='mallory@evil.test'/></query></iq>`,
    )
    server.send(`<iq type='error' id='${id}' ${liar} to='${to}'/>`)
  }
  server.send(`<message from='${from}' to='${to}' id='sync'/>`)
  await under.stanza("sync")
  assert.equal(settled, "no")
  server.send(`<iq type='result' id='${id}' from='Juliet@example.test' to='${to}'><query xmlns='jabber:iq:roster'/></iq>`)
  assert.equal((await asked).getChild("query")?.getNS(), "jabber:iq:roster")
  assert.equal(under.stanzas.length, 1, "spoofed answers reach nobody")
  assert(under.log.texts("debug").some((text) => text.includes("not asked")))
})

test("ids of requests do not repeat and cannot be guessed from each other", async () => {
  const { server, under } = await pair()
  for (let i = 0; i < 50; i++) under.link.iq({ to: "example.test", type: "get", payload: "<x/>" }).catch(() => undefined)
  await server.expect(() => server.received.length === 50)
  const tails = new Set(server.received.map((el) => el.attrs.id?.slice(-16)))
  assert.equal(tails.size, 50)
})

test("errors of an IQ come as StanzaError, with condition, type, text and sender", async () => {
  const { server, under } = await pair()
  const asked = under.link.iq({ to: "example.test", type: "get", payload: "<x xmlns='y'/>" })
  server.error(await server.expect("<iq type='get' to='example.test'/>"), "auth", "forbidden", "not you")
  await assert.rejects(asked, {
    name: "StanzaError",
    type: "auth",
    condition: "forbidden",
    text: "not you",
    from: "example.test",
    local: undefined,
  })
})

test("an answer over the limits fails the request instead of leaving it to the time-out", async () => {
  const { server, under } = await pair()
  const asked = under.link.iq({ to: "example.test", type: "get", payload: "<x xmlns='y'/>" })
  server.reply(await server.expect("<iq type='get' to='example.test'/>"), deep)
  await assert.rejects(asked, { condition: "policy-violation" })
})

test("IQs end when the stream ends, and at once while it is down", async () => {
  const { server, under } = await pair()
  const asked = under.link.iq({ to: "example.test", type: "get", payload: "<x xmlns='y'/>" })
  await server.expect("<iq type='get'/>")
  const rejected = assert.rejects(asked, { name: "StanzaError", local: "offline" })
  server.cut()
  await rejected
  await under.state(/^offline/)
  await assert.rejects(under.link.iq({ to: "example.test", type: "get", payload: "<x/>" }), { local: "offline" })
})

test("a ping to our own domain comes back as itself and is taken for the answer, not for a stanza", async () => {
  const { server, under } = await pair()
  const echo = await under.link.iq({ to, type: "get", payload: "<ping xmlns='urn:xmpp:ping'/>" })
  assert.equal(echo.attrs.type, "get")
  assert.equal(server.pings.length, 1)
  // The same echo once more, much too late: still ours.
  server.send(server.pings.join(""))
  server.send(`<iq type='get' id='theirs' from='${to}' to='${to}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  await under.stanza("theirs")
  assert.equal(under.stanzas.length, 1)
})

test("pause holds the server back, resume lets go", async () => {
  const { server, under } = await pair()
  under.link.pause()
  server.send(`<message from='${from}' to='${to}' id='held'/>`)
  // Output works meanwhile, and its round trip gives the stanza every chance to be read.
  under.link.send(message({ from: to, to: from, id: "out" }))
  await server.expect("<message id='out'/>")
  await setImmediate()
  assert.deepEqual(under.stanzas, [])
  under.link.resume()
  await under.stanza("held")
})

test("what a server does not take is queued, and reading stops until it does", async () => {
  const { server, under } = await pair()
  server.stall()
  const big = message({ from: to, to: from, id: "bulk" }, textEl("body", "x".repeat(200_000)))
  // More than the kernel's buffers on both sides hold.
  for (let i = 0; i < 120; i++) {
    assert(under.link.send(big))
    await setImmediate()
  }
  server.send(`<message from='${from}' to='${to}' id='held'/>`)
  for (let i = 0; i < 20; i++) await setImmediate()
  assert.deepEqual(under.stanzas, [], "reading is paused")
  server.unstall()
  await under.stanza("held")
  under.link.send(message({ from: to, to: from, id: "end" }))
  await server.expect("<message id='end'/>")
  assert.equal(server.received.length, 121)
})

test("stop writes what is queued, ends the stream politely, hears the server out, and does not come back", async () => {
  const { server, under } = await pair()
  server.answerClose = false
  for (let i = 0; i < 1000; i++) under.link.send(message({ from: to, to: from, id: `s${i}` }))
  const stopped = under.link.stop()
  assert.equal(under.link.send("<message/>"), false)
  await server.expect("<message id='s999'/>")
  server.send(`<message from='${from}' to='${to}' id='last'/>`)
  await under.stanza("last")
  server.send("</stream:stream>")
  await stopped
  assert.equal(under.link.stop(), under.link.stop())
  assert.equal(server.politeEnds, 1)
  assert.equal(server.received.length, 1000)
  assert.equal(under.link.online, false)
  await server.offline()
  assert.equal(server.connections, 1)
  assert.match(under.states.join(), /^online,offline: .*this process stops/)
})
