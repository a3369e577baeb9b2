// Outages: the link comes back by itself, neither storms nor fights, says once what to do, and notices a dead connection.
import assert from "node:assert/strict"
import { createServer, type AddressInfo } from "node:net"
import { setImmediate } from "node:timers/promises"
import { afterEach, test } from "node:test"
import { createLink, type LinkOptions } from "#src/xmpp/link.js"
import { message } from "#src/xmpp/stanza.js"
import { type ComponentServer, startComponentServer } from "../support/component-server.js"
import { within } from "../support/deadline.js"
import { LinkUnderTest } from "../support/link-kit.js"
import { ManualTimers } from "../support/manual-timers.js"

const done: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of done.splice(0).reverse()) await end()
})

async function serve(): Promise<ComponentServer> {
  const server = await startComponentServer({ domain: "tg.example.test", secret: "s1" })
  done.push(() => server.close())
  return server
}

function linkTo(server: Pick<ComponentServer, "service">, options: Partial<LinkOptions> = {}): LinkUnderTest {
  const under = new LinkUnderTest(server, options)
  done.push(() => under.link.stop())
  under.link.start()
  return under
}

/** Resolves when something holds that changes without telling. */
async function come(look: () => boolean, what: string): Promise<void> {
  const over = performance.now() + 5000
  while (!look()) {
    if (performance.now() > over) throw new Error(`waited for ${what}`)
    await setImmediate()
  }
}

test("cut: off-line is told once, then on-line again, and stanzas flow", async () => {
  const server = await serve()
  const under = linkTo(server)
  await under.state(/^online/)
  server.cut()
  await under.state(/^offline: The server at 127.0.0.1:\d+ (closed|broke) the connection. Trying again by itself.$/)
  assert.equal(under.link.send("<message/>"), false)
  await under.state(/^online/, 2)
  server.send("<message from='r@example.test/x' to='tg.example.test' id='1'/>")
  await under.stanza("1")
  under.link.send(message({ from: "tg.example.test", to: "r@example.test", id: "2" }))
  await server.expect("<message id='2'/>")
  assert.equal(under.states.length, 3)
})

test("a server that is away is asked ever more slowly, and the log says so once", async () => {
  const server = await serve()
  const timers = new ManualTimers()
  const under = linkTo(server, { timers, random: () => 1 })
  await under.state(/^online/)
  timers.advance(30_000)
  await server.down()
  await under.state(/^offline/)
  const waits: number[] = []
  for (let i = 0; i < 8; i++) {
    await come(() => timers.pending.length === 1 && timers.pending[0] !== 10_000, "the wait")
    waits.push(timers.pending[0] ?? 0)
    timers.advance(waits.at(-1) ?? 0)
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  await come(() => timers.pending[0] === 60_000, "the wait")
  assert.equal(under.log.texts("warn").length, 2, "the cut, and that nothing listens any more")
  assert.match(under.log.texts("warn")[1] ?? "", /Nothing listens at 127.0.0.1:\d+: is the server running, and is this its port/)
  assert.equal(under.states.filter((state) => state.startsWith("offline")).length, 1)
  await server.up()
  timers.advance(60_000)
  await under.state(/^online/, 2)
  const line = under.log.lines.findLast((one) => one.level === "info")
  assert.equal(line?.text, "tg.example.test is connected.")
  assert.equal(line?.fields.attempts, 9)
})

test("a server that is not there at the start: one sentence, and it never gives up", async () => {
  const server = await serve()
  await server.down()
  const under = linkTo(server)
  await under.state(/^offline: Nothing listens at/)
  await server.up()
  await under.state(/^online/)
  assert.equal(under.states.length, 2)
})

test("a server that accepts and kills is not stormed", async () => {
  const server = await serve()
  const timers = new ManualTimers()
  const under = linkTo(server, { timers, random: () => 1 })
  const waits: number[] = []
  for (let i = 1; i <= 5; i++) {
    await under.state(/^online/, i)
    server.cut()
    await under.state(/^offline/, i)
    await come(() => timers.pending.length === 1, "the wait")
    waits.push(timers.pending[0] ?? 0)
    timers.advance(waits.at(-1) ?? 0)
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000])
})

const slow: [string, string, RegExp][] = [
  ["conflict", "conflict", /^Another connection serves tg\.example\.test at .*stop the other process.*kick_old/],
  ["an unknown domain", "host-unknown", /knows no component tg\.example\.test: add Component "tg\.example\.test"/],
  ["not-authorized", "not-authorized", /refuses the secret of tg\.example\.test: compare it with component_secret .* in Prosody.*ejabberd/],
]
for (const [what, condition, sentence] of slow) {
  test(`${what}: a plain sentence, and at least 30 s until the next try`, async () => {
    const server = await serve()
    server.refuse = condition
    const timers = new ManualTimers()
    const under = linkTo(server, { timers, random: () => 0 })
    assert.match((await under.state(/^offline/)).slice("offline: ".length), sentence)
    await come(() => timers.pending.length === 1, "the wait")
    assert.deepEqual(timers.pending, [30_000])
    timers.advance(29_999)
    assert.equal(server.connections, 1)
    timers.advance(1)
    await come(() => server.connections === 2 && timers.pending[0] === 30_000, "the second refusal")
    assert.equal(under.log.texts("warn").length, 1)
    server.refuse = undefined
    timers.advance(30_000)
    await under.state(/^online/)
  })
}

test("a wrong secret is told as such; a secret outside ASCII works", async () => {
  const server = await startComponentServer({ domain: "tg.example.test", secret: "gehéim 漢" })
  done.push(() => server.close())
  const under = linkTo(server)
  await under.state(/refuses the secret of tg\.example\.test/)
  const right = linkTo(server, { secret: "gehéim 漢" })
  await right.state(/^online/)
})

test("conflict while on-line, as Prosody's kick_old does to the older of two processes", async () => {
  const server = await serve()
  const timers = new ManualTimers()
  const under = linkTo(server, { timers })
  await under.state(/^online/)
  server.streamError("conflict")
  await under.state(/^offline: Another connection serves/)
  await come(() => timers.pending.length === 1, "the wait")
  assert.deepEqual(timers.pending, [30_000])
})

test("see-other-host is not followed", async () => {
  const server = await serve()
  const under = linkTo(server)
  await under.state(/^online/)
  server.send("<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>127.0.0.1:1</see-other-host></stream:error>")
  await under.state(/^offline: The server at .* sends us to another host/)
})

test("any other stream error is named, with what the server says", async () => {
  const server = await serve()
  const under = linkTo(server)
  await under.state(/^online/)
  const ns = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'"
  server.send(`<stream:error><undefined-condition ${ns}/><text ${ns}>out of cheese</text></stream:error>`)
  await under.state(
    /^offline: The server at .* ended the stream with «undefined-condition». It said: «out of cheese»\. Trying again by itself\.$/,
  )
  await under.state(/^online/, 2)
})

test("half-open: silence, two pings of 10 s, then a new connection", async () => {
  const server = await serve()
  const timers = new ManualTimers()
  const under = linkTo(server, { timers })
  await under.state(/^online/)
  timers.advance(29_999)
  await setImmediate()
  assert.equal(server.pings.length, 0)
  timers.advance(1)
  await come(() => server.pings.length === 1, "the first ping")
  assert.equal(server.pings[0]?.attrs.to, "tg.example.test")
  // Answered: all is well for another 30 s.
  under.link.send(message({ from: "tg.example.test", to: "r@example.test", id: "sync" }))
  await server.expect("<message id='sync'/>")
  server.send("<message from='r@example.test' to='tg.example.test' id='sync'/>")
  await under.stanza("sync")
  timers.advance(10_000)
  assert.equal(under.link.online, true)
  server.halfOpen()
  timers.advance(30_000 + 10_000 - 1)
  await setImmediate()
  assert.equal(under.link.online, true)
  timers.advance(10_001)
  await under.state(/^offline: The link to .* is restarted: nothing was heard for \d+ s/)
  timers.advance(100)
  await come(() => timers.pending.includes(100), "the wait")
  timers.advance(100)
  await under.state(/^online/, 2)
  assert.equal(server.connections, 2)
})

test("who is paused is not called dead", async () => {
  const server = await serve()
  const timers = new ManualTimers()
  const under = linkTo(server, { timers })
  await under.state(/^online/)
  under.link.pause()
  for (let i = 0; i < 30; i++) {
    timers.advance(10_000)
    await setImmediate()
  }
  assert.equal(under.link.online, true)
  under.link.resume()
})

test("something that takes connections and says nothing, or nonsense, is left after 10 s", async () => {
  const silent = createServer((socket) => socket.on("error", () => undefined))
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve))
  const timers = new ManualTimers()
  const under = linkTo({ service: `xmpp://127.0.0.1:${(silent.address() as AddressInfo).port}` }, { timers })
  await come(() => timers.pending.includes(10_000), "the deadline")
  timers.advance(10_000)
  await under.state(/^offline: .* takes connections but did not complete the handshake within 10 s: is this the port for components\?/)
  silent.close()
})

test("a web server on that port does no harm", async () => {
  const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html><p>&nbsp;</html>"))
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve))
  const under = linkTo({ service: `xmpp://127.0.0.1:${(web.address() as AddressInfo).port}` })
  await under.state(/^offline/)
  web.close()
})

test("restart makes a new stream, after what came with the same read was handled", async () => {
  const server = await serve()
  const under = linkTo(server)
  await under.state(/^online/)
  under.onStanza = (el) => el.attrs.id === "1" && under.link.restart("of a test")
  server.send("<message from='r@example.test' to='tg.example.test' id='1'/><message from='r@example.test' to='tg.example.test' id='2'/>")
  await under.stanza("2")
  await under.state(/^offline: The link to .* is restarted: of a test\. Trying/)
  await under.state(/^online/, 2)
})

test("stop before start, while waiting, while connecting, and when the server never closes", async () => {
  const server = await serve()
  const never = new LinkUnderTest(server)
  await never.link.stop()
  never.link.start()

  await server.down()
  const timers = new ManualTimers()
  const waiting = linkTo(server, { timers })
  await waiting.state(/^offline/)
  await come(() => timers.pending.length === 1, "the wait")
  await waiting.link.stop()
  assert.deepEqual(timers.pending, [])

  await server.up()
  server.refuse = "silent"
  const connecting = linkTo(server, { timers })
  await come(() => server.connections === 1, "the connection")
  await connecting.link.stop()
  assert.deepEqual(timers.pending, [])

  server.refuse = undefined
  server.answerClose = false
  const deaf = linkTo(server, { timers })
  await deaf.state(/^online/)
  const stopped = deaf.link.stop()
  await come(() => server.politeEnds === 1, "the end of the stream")
  timers.advance(4999)
  await setImmediate()
  assert.equal(server.connections, 2)
  timers.advance(1)
  await within(stopped, 5000, "stop")
  assert.deepEqual(timers.pending, [])
  assert.equal(never.states.length, 0)
})

test("several networks in one process, each with its own domain and secret", async () => {
  const server = await startComponentServer({ domain: { "tg.example.test": "s1", "dc.example.test": "s2" } })
  done.push(() => server.close())
  const one = linkTo(server)
  const two = linkTo(server, { domain: "dc.example.test", secret: "s2" })
  await one.state(/^online/)
  await two.state(/^online/)
  server.send("<message from='r@example.test' to='dc.example.test' id='2'/>", "dc.example.test")
  await two.stanza("2")
  assert.equal(one.stanzas.length, 0)
  server.cut("tg.example.test")
  await one.state(/^offline/)
  assert.equal(two.link.online, true)
})

test("plain text to another host is warned of once; an address that is none throws", () => {
  const under = new LinkUnderTest({ service: "xmpp://192.0.2.1:5347" })
  under.link.start()
  void under.link.stop()
  assert.equal(under.log.texts("warn").filter((text) => text.includes("without TLS")).length, 1)
  const none = new LinkUnderTest({ service: "xmpps://192.0.2.1:5347" })
  none.link.start()
  void none.link.stop()
  assert.deepEqual(none.log.texts("warn"), [])
  const { log } = under
  assert.throws(
    () => createLink({ service: "http://x", domain: "d", secret: "s", log, events: { online() {}, offline() {}, stanza() {} } }),
    TypeError,
  )
})
