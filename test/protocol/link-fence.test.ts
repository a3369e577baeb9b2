// The fence on a link and a scripted server: what counts as delivered, in which order, and whose silence means what.
import assert from "node:assert/strict"
import { setImmediate } from "node:timers/promises"
import { afterEach, test } from "node:test"
import { createFence, type Fence, type FenceOptions } from "#src/xmpp/fence.js"
import { message } from "#src/xmpp/stanza.js"
import { type ComponentServer, startComponentServer } from "../support/component-server.js"
import { LinkUnderTest } from "../support/link-kit.js"
import { ManualTimers } from "../support/manual-timers.js"

const done: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of done.splice(0).reverse()) await end()
})

const HOME = "example.test"
const AWAY = "elsewhere.test"

interface Set {
  server: ComponentServer
  under: LinkUnderTest
  fence: Fence
  timers: ManualTimers
  delivered: string[][]
  stuck: [string, string[]][]
  write: (domain: string, ...tokens: string[]) => void
}

async function set(options: Partial<FenceOptions> = {}): Promise<Set> {
  const server = await startComponentServer({ domain: "tg.example.test", secret: "s1" })
  const timers = new ManualTimers()
  const under = new LinkUnderTest(server, { timers })
  done.push(() => server.close())
  done.push(() => under.link.stop())
  under.link.start()
  await under.state(/^online/)
  const delivered: string[][] = []
  const stuck: [string, string[]][] = []
  const fence = createFence({
    link: under.link,
    log: under.log,
    timers,
    server: HOME,
    onDelivered: (tokens) => delivered.push(tokens),
    onStuck: (domain, tokens) => stuck.push([domain, tokens]),
    ...options,
  })
  const write = (domain: string, ...tokens: string[]): void => {
    for (const id of tokens) {
      under.link.send(message({ from: "5@tg.example.test", to: `romeo@${domain}`, id }))
      fence.track(domain, id)
    }
  }
  return { server, under, fence, timers, delivered, stuck, write }
}

async function come(look: () => boolean, what: string): Promise<void> {
  const over = performance.now() + 5000
  while (!look()) {
    if (performance.now() > over) throw new Error(`waited for ${what}`)
    await setImmediate()
  }
}

/** Moves the clock in small steps, letting answers arrive in between. */
async function pass(timers: ManualTimers, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    timers.advance(Math.min(1000, left))
    for (let i = 0; i < 5; i++) await setImmediate()
  }
}

test("a ping 50 ms after the first stanza, behind all of them, to the domain that must have them", async () => {
  const { server, fence, timers, delivered, write } = await set()
  write(HOME, "a", "b", "c")
  await server.expect("<message id='c'/>")
  timers.advance(49)
  await setImmediate()
  assert.equal(server.pings.length, 0)
  assert.equal(fence.size, 3)
  timers.advance(1)
  await come(() => delivered.length === 1, "the answer")
  assert.deepEqual(delivered, [["a", "b", "c"]])
  assert.equal(server.pings.length, 1)
  assert.deepEqual([server.pings[0]?.attrs.to, server.pings[0]?.attrs.from], [HOME, "tg.example.test"])
  assert.equal(fence.size, 0)
  assert.match(server.chunks.join(""), /id='a'.*id='b'.*id='c'.*<ping/)
})

test("each 64 stanzas a ping without waiting, several on their way, answers in order", async () => {
  const { server, timers, delivered, write } = await set()
  server.answerPings = false
  const tokens = Array.from({ length: 200 }, (_, i) => `t${i}`)
  write(HOME, ...tokens)
  await come(() => server.pings.length === 3, "three pings")
  timers.advance(50)
  await come(() => server.pings.length === 4, "the rest")
  for (const ping of server.pings) {
    server.reply(ping)
    await come(() => delivered.flat().length >= Math.min(200, 64 * (server.pings.indexOf(ping) + 1)), "its answer")
  }
  assert.deepEqual(
    delivered.map((batch) => batch.length),
    [64, 64, 64, 8],
  )
  assert.deepEqual(delivered.flat(), tokens)
})

test("the answer to a later ping covers the earlier ones, whose late answers then mean nothing", async () => {
  const { server, timers, delivered, write } = await set()
  server.answerPings = false
  write(HOME, "a")
  timers.advance(50)
  write(HOME, "b")
  timers.advance(50)
  await come(() => server.pings.length === 2, "two pings")
  write(HOME, "c")
  server.reply(server.pings[1]!)
  await come(() => delivered.length === 1, "the later answer")
  server.reply(server.pings[0]!)
  await pass(timers, 1000)
  assert.deepEqual(delivered, [["a", "b"]], "c was tracked after both pings")
})

for (const condition of ["service-unavailable", "forbidden", "feature-not-implemented"]) {
  test(`a domain that refuses pings with ${condition} has the stanzas all the same`, async () => {
    const { server, timers, delivered, write } = await set()
    server.answerPings = false
    write(AWAY, "a")
    timers.advance(50)
    await come(() => server.pings.length === 1, "the ping")
    server.error(server.pings[0]!, "cancel", condition)
    await come(() => delivered.length === 1, "the answer")
    assert.deepEqual(delivered, [["a"]])
  })
}

test("somebody else's answer counts for nothing", async () => {
  const { server, timers, delivered, write } = await set()
  server.onPing = (ping) => `<iq type='result' id='${ping.attrs.id}' from='mallory@${HOME}/x' to='tg.example.test'/>`
  write(HOME, "a")
  timers.advance(50)
  await come(() => server.pings.length === 1, "the ping")
  await pass(timers, 5000)
  assert.deepEqual(delivered, [])
})

test("domains do not wait for each other", async () => {
  const { server, timers, delivered, write } = await set()
  server.onPing = (ping) =>
    ping.attrs.to === AWAY ? undefined : `<iq type='result' id='${ping.attrs.id}' from='${ping.attrs.to}' to='tg.example.test'/>`
  write(AWAY, "x")
  write(HOME, "a")
  timers.advance(50)
  await come(() => delivered.length === 1, "the answer")
  assert.deepEqual(delivered, [["a"]])
})

test("our own domain's echo is an answer as well", async () => {
  const { timers, delivered, write } = await set()
  write("tg.example.test", "a")
  timers.advance(50)
  await come(() => delivered.length === 1, "the echo")
})

test("our own server silent thrice: a new stream; what was tracked is forgotten and told by nobody", async () => {
  const { server, under, fence, timers, delivered, stuck, write } = await set()
  server.answerPings = false
  write(HOME, "a")
  timers.advance(50)
  await come(() => server.pings.length === 1, "the ping")
  await pass(timers, 10_000)
  assert.equal(server.pings.length, 2)
  await pass(timers, 19_000)
  assert.equal(under.link.online, true)
  await pass(timers, 1000)
  await under.state(/^offline: The link to .* is restarted: example.test answered no ping for 30 s/)
  fence.reset()
  assert.equal(fence.size, 0)
  server.answerPings = true
  await come(() => timers.pending.includes(100), "the wait")
  timers.advance(100)
  await under.state(/^online/, 2)
  write(HOME, "a")
  timers.advance(50)
  await come(() => delivered.length > 0, "the answer")
  assert.deepEqual(delivered, [["a"]])
  assert.deepEqual(stuck, [])
})

test("what is tracked while off-line is not confirmed by the next stream", async () => {
  const { server, under, fence, timers, delivered, write } = await set()
  server.cut()
  await under.state(/^offline/)
  write(HOME, "lost")
  assert.equal(fence.size, 0)
  await come(() => timers.pending.includes(100), "the wait")
  timers.advance(100)
  await under.state(/^online/, 2)
  write(HOME, "a")
  timers.advance(50)
  await come(() => delivered.length > 0, "the answer")
  assert.deepEqual(delivered, [["a"]])
})

test("who is silent is asked no more often for what is written meanwhile", async () => {
  const { server, timers, write } = await set()
  server.answerPings = false
  write(AWAY, "a")
  timers.advance(50)
  await come(() => server.pings.length === 1, "the ping")
  await pass(timers, 10_000)
  assert.equal(server.pings.length, 2)
  for (let i = 0; i < 200; i++) write(AWAY, `b${i}`)
  await pass(timers, 5000)
  assert.equal(server.pings.length, 2)
})

test("a late answer is an answer", async () => {
  const { server, timers, delivered, write } = await set()
  server.answerPings = false
  write(HOME, "a")
  timers.advance(50)
  await come(() => server.pings.length === 1, "the ping")
  await pass(timers, 12_000)
  server.reply(server.pings[0]!)
  await come(() => delivered.length === 1, "the answer")
})

test("another server silent: only its stanzas wait, and they are confirmed when it is back", async () => {
  const { server, under, timers, delivered, stuck, write } = await set()
  let away = true
  server.onPing = (ping) =>
    ping.attrs.to === AWAY && away
      ? undefined
      : ping.attrs.to === "tg.example.test"
        ? ping.toString()
        : `<iq type='result' id='${ping.attrs.id}' from='${ping.attrs.to}' to='tg.example.test'/>`
  write(AWAY, "x", "y")
  timers.advance(50)
  await pass(timers, 31_000)
  await come(() => stuck.length === 1, "the trouble")
  assert.deepEqual(stuck, [[AWAY, ["x", "y"]]])
  write(AWAY, "z")
  write(HOME, "a")
  await pass(timers, 60_000)
  assert.equal(stuck.length, 1, "told once")
  assert.deepEqual(delivered, [["a"]])
  assert.equal(under.states.length, 1, "the link stays")
  const asked = server.pings.filter((ping) => ping.attrs.to === AWAY).length
  assert(asked >= 4 && asked <= 6, `asked ${asked} times in 90 s`)
  away = false
  await pass(timers, 120_000)
  assert.deepEqual(delivered, [["a"], ["x", "y", "z"]])
})

test("another server silent and our own link as well: a new stream", async () => {
  const { server, under, timers, stuck, write } = await set()
  server.answerPings = false
  write(AWAY, "x")
  timers.advance(50)
  await pass(timers, 40_500)
  await under.state(/^offline: .* is restarted: elsewhere.test answered no ping for 30 s, and neither did our own server/)
  assert.deepEqual(stuck, [])
})

test("remote-server-* is told at once, each ping asked later and later; a bounced stanza is not confirmed", async () => {
  const { server, fence, timers, delivered, stuck, write } = await set()
  server.answerPings = false
  write(AWAY, "x")
  timers.advance(50)
  write(AWAY, "y")
  timers.advance(50)
  await come(() => server.pings.length === 2, "two pings")
  for (const ping of server.pings.slice()) server.error(ping, "cancel", "remote-server-not-found")
  await come(() => stuck.length === 1, "the trouble")
  assert.deepEqual(stuck, [[AWAY, ["x", "y"]]])
  fence.forget(AWAY, "x")
  assert.equal(fence.size, 1)
  timers.advance(9999)
  assert.equal(server.pings.length, 2)
  timers.advance(1)
  await come(() => server.pings.length === 3, "asked again")
  server.error(server.pings[2]!, "wait", "remote-server-timeout")
  await come(() => timers.pending.includes(20_000), "the longer wait")
  timers.advance(20_000)
  await come(() => server.pings.length === 4, "asked again")
  server.reply(server.pings[3]!)
  await come(() => delivered.length === 1, "the answer")
  assert.deepEqual(delivered, [["y"]])
  assert.equal(stuck.length, 1)
  assert.equal(fence.size, 0)
})

test("draining asks at once, and resolves when all is answered for or time is over", async () => {
  const { server, fence, timers, delivered, write } = await set()
  await fence.drain(1000)
  write(HOME, "a")
  write(AWAY, "b")
  await fence.drain(1000)
  assert.deepEqual(delivered, [["a"], ["b"]])
  server.answerPings = false
  write(HOME, "c")
  const over = fence.drain(1000)
  timers.advance(1000)
  await over
  assert.equal(fence.size, 1)
})

test("a handler that throws does not stop the fence", async () => {
  const seen: string[][] = []
  const { under, timers, write } = await set({
    onDelivered: (tokens) => {
      seen.push(tokens)
      throw new Error("boom")
    },
  })
  write(HOME, "a")
  timers.advance(50)
  await come(() => seen.length === 1, "the first")
  write(HOME, "b")
  timers.advance(50)
  await come(() => seen.length === 2, "the second")
  assert.equal(under.log.texts("error").length, 2)
})

test("white space follows each ping, for servers that keep back a tag whose end came alone", async () => {
  const { server, write } = await set({ windowStanzas: 2 })
  write("example.test", "a", "b")
  await come(() => server.pings.length === 1, "the ping")
  await come(() => /<\/iq> {1024}$/.test(server.chunks.join("")), "the white space")
})
