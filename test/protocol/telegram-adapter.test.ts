// The real Telegram adapter against the fake Bot API over HTTP: login, receiving, sending, and everything that may go wrong between.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, describe, it } from "node:test"
import { inspect } from "node:util"
import type { NetworkEvent } from "xferry"
import { chat, Ground, juliet, type Session, signal, token } from "../fakes/telegram/ground.js"
import type { FaultKind } from "../fakes/telegram/index.js"
import { within } from "../support/deadline.js"
import { root } from "../support/paths.js"
import { secret } from "../support/secrets.js"

let ground: Ground
beforeEach(async () => {
  ground = new Ground()
  await ground.start()
})
afterEach(() => ground.stop())

describe("login", () => {
  it("takes a token as people paste it", async () => {
    assert.deepEqual(await ground.login({ token: ` ${token.slice(0, 20)}\n${token.slice(20)} ` }), { id: "4711", secret: { token } })
  })

  it("explains what is wrong", async () => {
    const page = createServer((_, response) => response.end("<html>nginx</html>"))
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve))
    const apiRoot = `http://127.0.0.1:${(page.address() as AddressInfo).port}`
    const unknown = secret("4712:AAFadapter-test_0123456789-0123456789")
    const rows: [string, object, string, RegExp][] = [
      ["not a token", {}, "rejected", /not a bot token/],
      [unknown, {}, "rejected", /does not know this token/],
      [token, { apiRoot }, "retry", /not Telegram's Bot API/],
      [token, { apiRoot: "http://127.0.0.1:1" }, "unknown-or-retry", /reached|broke/],
    ]
    for (const [typed, more, kind, text] of rows) {
      const error = await ground.failure(ground.login({ token: typed }, more))
      if (kind !== "unknown-or-retry") assert.equal(error.kind, kind, typed)
      assert.match(error.message, text)
    }
    page.close()
    await once(page, "close")
    const closed = await ground.failure(ground.login({ token }, { apiRoot }))
    assert.equal(closed.kind, "retry")
    assert.match(closed.message, /cannot be reached \(ECONNREFUSED\)/)
  })

  it("asks before it takes a bot away from a webhook", async () => {
    ground.bot.webhook = "https://shop.example.org/hook/secret"
    const error = await ground.failure(ground.login({ token, webhook: "Leave it as it is" }))
    assert.equal(error.kind, "rejected")
    assert.match(error.message, /shop\.example\.org by webhook/)
    assert.doesNotMatch(error.message, /hook\/secret/)
    assert.notEqual(ground.bot.webhook, "")
    await ground.login({ token, webhook: "Remove the webhook" })
    assert.equal(ground.bot.webhook, "")
  })

  it("does not show the token where an address is malformed", async () => {
    const error = await ground.failure(ground.login({ token }, { apiRoot: "http://no such host" }))
    assert.match(inspect(error, { depth: 10 }), /\/bot4711:\[redacted\]\/getMe/, "otherwise this proves nothing")
  })
})

describe("receiving", () => {
  it("confirms an update only when it is committed", async () => {
    let commit!: () => void
    const { host } = await ground.connect({}, (host) => {
      host.commit = () => new Promise((resolve) => (commit = resolve))
    })
    await ground.fake.waitFor(() => ground.bot.polling)
    const polls = (): number => ground.fake.requests.filter(({ method }) => method === "getUpdates").length
    const before = polls()
    ground.say("wait for me")
    await host.until("the event", () => commit !== undefined)
    // Time enough for a request that must not come.
    for (let i = 0; i < 10; i++) await ground.login({ token })
    assert.equal(ground.bot.pending.length, 1)
    assert.equal(polls(), before)
    commit()
    await ground.fake.waitFor(() => ground.bot.polling)
    assert.equal(ground.bot.pending.length, 0)
  })

  it("gets what was not committed again after the end", async () => {
    let offered = false
    const first = await ground.connect({}, (host) => {
      host.commit = () => new Promise(() => (offered = true))
    })
    ground.say("lost?")
    await first.host.until("the event", () => offered)
    first.host.close()
    await within(first.session.ended, 5000, "the end")
    const second = await ground.connect()
    await ground.heard(second.host, "lost?")
    assert.deepEqual(first.host.events, [])
  })

  it("does not let one chat's commit hold up another's, and keeps the order in each", async () => {
    const nurse = ground.fake.person({ id: 6, first_name: "Nurse" })
    let release!: () => void
    const gate = new Promise<void>((resolve) => (release = resolve))
    const slow = (event: NetworkEvent): Promise<void> =>
      event.type === "message" && event.from.id === chat.user ? gate : Promise.resolve()
    for (const text of ["a", "b", "c"]) ground.say(text)
    ground.fake.say(ground.bot, nurse, "madam!")
    const { host } = await ground.connect({}, (host) => (host.commit = slow))
    await ground.heard(host, "madam!")
    assert.equal(host.events.length, 1)
    release()
    await ground.heard(host, "c")
    assert.deepEqual(
      host.events.map((event) => (event as { body: { text: string } }).body.text),
      ["madam!", "a", "b", "c"],
    )
  })

  it("remembers its place over sessions, without a write for each update", async () => {
    const { host, session } = await ground.connect()
    for (let i = 0; i < 20; i++) ground.say(`№${i}`)
    await ground.heard(host, "№19")
    assert.ok(!ground.memory.has("offset") || ground.memory.get("offset")!.startsWith(String(ground.bot.nextUpdateId)))
    host.close()
    await session.ended
    assert.match(ground.memory.get("offset")!, new RegExp(`^${ground.bot.nextUpdateId} `))
    const next = await ground.connect()
    ground.say("after")
    await ground.heard(next.host, "after")
    assert.equal(next.host.events.length, 1)
  })

  it("follows a server that counts anew", async () => {
    const { host } = await ground.connect()
    ground.say("before")
    await ground.heard(host, "before")
    await ground.fake.waitFor(() => ground.bot.pending.length === 0 && ground.bot.polling)
    ground.bot.nextUpdateId = 1000
    ground.say("far below")
    await ground.heard(host, "far below")
    ground.say("and on")
    await ground.heard(host, "and on")
    await ground.fake.waitFor(() => ground.bot.pending.length === 0)
  })

  it("does not trust a place kept for another server", async () => {
    ground.memory.set("offset", `${ground.bot.nextUpdateId + 5} ${Date.now()} http://elsewhere`)
    ground.say("here")
    const { host } = await ground.connect()
    await ground.heard(host, "here")
  })

  it("edits, entities beside emoji, deleted accounts, blocking", async () => {
    const { host } = await ground.connect()
    const said = ground.fake.say(ground.bot, juliet, {
      text: "👩‍❤️‍👨 here",
      entities: [{ type: "text_link", offset: 9, length: 4, url: "https://example.org/" }],
    })
    ground.fake.edit(ground.bot, said, "👩‍❤️‍👨 there")
    const edit = await ground.heard(host, "👩‍❤️‍👨 there")
    assert.ok(edit.type === "edit" && edit.id === String(said.message_id))
    const [first] = host.events
    assert.ok(first?.type === "message" && first.body.text.slice(first.body.spans![0]!.start, first.body.spans![0]!.end) === "here")
    ground.fake.block(ground.bot, juliet)
    await host.event("the block", (event) => event.type === "notice" && /blocked/.test(event.text))
    assert.ok(ground.memory.get("offset"), "what cannot be recognised by an id is not left to be told twice")
    ground.fake.deleteAccount(juliet)
    ground.say("from beyond")
    const last = await ground.heard(host, "from beyond")
    assert.ok(last.type === "message" && !("name" in last.from))
  })
})

describe("while asking for updates", { concurrency: false }, () => {
  const passing: FaultKind[] = ["reset-before", "reset-after", "500", "502-html", "502-after", "html-200", "429", "cut", "slow"]
  for (const kind of passing) {
    it(`a single ${kind} loses nothing and doubles nothing`, async () => {
      const { host } = await ground.connect()
      await ground.fake.waitFor(() => ground.bot.polling)
      ground.fake.faults.next("getUpdates", { kind })
      ground.say("one")
      ground.say("two")
      await ground.heard(host, "two")
      ground.say("three")
      await ground.heard(host, "three")
      assert.deepEqual(
        host.events.flatMap((event) => (event.type === "message" ? [event.body.text] : [])),
        ["one", "two", "three"],
      )
      assert.equal(ground.fake.faults.played.get(kind), 1)
    })
  }

  it("lasting trouble is the core's to wait out", async () => {
    ground.fake.faults.next("getUpdates", { kind: "502-html", times: 100 })
    const { session } = await ground.connect()
    const error = await ground.failure(session.ended)
    assert.equal(error.kind, "retry")
    assert.equal(error.retryAfterMs, undefined)
  })

  it("empty answers that come at once do not become a busy loop", async () => {
    ground.fake.faults.next("getUpdates", { kind: "empty", times: 2 })
    await ground.connect()
    await ground.fake.waitFor(() => ground.bot.polling)
    const at = ground.fake.requests.filter(({ method }) => method === "getUpdates").map((request) => request.at)
    assert.equal(at.length, 3)
    // A lower bound holds on the slowest machine, too.
    assert.ok(at[1]! - at[0]! > 500 && at[2]! - at[1]! > 500, String(at))
  })

  it("a server that confirms nothing is not asked without a pause", async () => {
    const { host } = await ground.connect()
    await ground.fake.waitFor(() => ground.bot.polling)
    ground.say("stuck")
    // Its count starts anew while an update of the old one waits: no offset confirms that any more.
    ground.bot.nextUpdateId = 1000
    ground.say("low")
    await ground.heard(host, "low")
    const polls = (): number[] => ground.fake.requests.filter(({ method }) => method === "getUpdates").map((request) => request.at)
    await ground.fake.waitFor(() => polls().length >= 5)
    const at = polls().slice(-3)
    assert.ok(at[1]! - at[0]! > 500 && at[2]! - at[1]! > 500, String(at))
  })

  it("a second program with the token is named, a single collision is not", async () => {
    const { session, host } = await ground.connect({ pollSeconds: 50 })
    const rival = async (): Promise<void> => {
      await ground.fake.waitFor(() => ground.bot.polling)
      await fetch(`${ground.fake.url}/bot${token}/getUpdates?timeout=1`)
    }
    await rival()
    ground.say("still here")
    await ground.heard(host, "still here")
    await rival()
    const error = await ground.failure(session.ended)
    assert.equal(error.kind, "denied")
    assert.match(error.message, /Another program is receiving this bot's messages/)
    assert.ok(error.retryAfterMs! >= 30_000)
  })

  it("a webhook that somebody sets is named", async () => {
    const { session } = await ground.connect()
    await ground.fake.waitFor(() => ground.bot.polling)
    ground.bot.webhook = "https://example.org/hook"
    const error = await ground.failure(session.ended)
    assert.equal(error.kind, "denied")
    assert.match(error.message, /webhook/)
  })

  it("a revoked token ends the account, midway and at the start", async () => {
    const { session } = await ground.connect()
    await ground.fake.waitFor(() => ground.bot.polling)
    ground.fake.revoke(ground.bot)
    assert.equal((await ground.failure(session.ended)).kind, "logged-out")
    assert.equal((await ground.failure(ground.connect())).kind, "logged-out")
  })

  it("a commit that fails ends the session, and nothing is confirmed", async () => {
    const { session } = await ground.connect({}, (host) => (host.commit = () => Promise.reject(new Error("disk full"))))
    ground.say("keep me")
    await assert.rejects(session.ended, /disk full/)
    assert.equal(ground.bot.pending.length, 1)
  })
})

describe("sending", () => {
  beforeEach(() => ground.say("hi"))
  const send = (session: Session, text: string): ReturnType<Session["send"]> => session.send({ chat, body: { text }, key: "k" }, signal)

  it("does as it is told", async () => {
    const { session } = await ground.connect()
    const { id, at } = await send(session, "🌹 <b>*_")
    assert.ok(Math.abs(at!.getTime() - Date.now()) < 60_000)
    assert.ok(await session.edit({ chat, message: { id }, body: { text: "thorn" } }, signal))
    assert.deepEqual(ground.fake.textsTo(ground.bot, juliet), ["thorn"])
    assert.deepEqual(await session.edit({ chat, message: { id }, body: { text: "thorn" } }, signal), {}, "the same again is no failure")
    await session.typing({ chat, active: true }, signal)
    await session.typing({ chat, active: false }, signal)
    assert.deepEqual(ground.bot.actions, [{ chat: juliet.id, action: "typing" }])
    await session.retract({ chat, message: { id } }, signal)
    await session.retract({ chat, message: { id } }, signal)
    assert.deepEqual(ground.fake.textsTo(ground.bot, juliet), [])
    await session.send({ chat, body: { text: "hush" }, key: "k", silent: true }, signal)
    assert.equal(ground.fake.requests.at(-1)?.params["disable_notification"], true)
    assert.equal((await session.contact!(chat.user, signal)).name, "Juliet")
    assert.deepEqual(session.self, {
      id: "4711",
      name: "romeo_bot",
      username: "romeo_bot",
      kind: "bot",
      profile: { url: "https://t.me/romeo_bot" },
    })
  })

  const unknown: [FaultKind, number][] = [
    ["reset-after", 1],
    ["reset-before", 0],
    ["hang", 0],
    ["hang-after", 1],
    ["500", 0],
    ["502-html", 0],
    ["502-after", 1],
    ["html-200", 0],
    ["cut", 1],
  ]
  for (const [kind, sent] of unknown) {
    it(`${kind}: nobody knows whether it arrived, and the adapter does not try again`, async () => {
      const { session } = await ground.connect()
      ground.fake.faults.next("sendMessage", { kind })
      const error = await ground.failure(send(session, kind))
      assert.equal(error.kind, "unknown-outcome", error.message)
      assert.equal(ground.bot.sent.length, sent)
      assert.equal(ground.fake.requests.filter(({ method }) => method === "sendMessage").length, 1)
      await send(session, "next")
    })
  }

  it("429 is the queue's to wait out", async () => {
    const { session } = await ground.connect()
    ground.fake.faults.next("sendMessage", { kind: "429", retryAfter: 9 })
    const error = await ground.failure(send(session, "x"))
    assert.deepEqual([error.kind, error.retryAfterMs, error.blocks], ["retry", 9000, "account"])
  })

  it("refusals are sentences", async () => {
    const { session } = await ground.connect()
    const fails = async (call: Promise<unknown>, kind: string, text: RegExp): Promise<void> => {
      const error = await ground.failure(call)
      assert.equal(error.kind, kind)
      assert.match(error.message, text)
    }
    await fails(send(session, "x".repeat(4097)), "rejected", /too long/)
    await fails(send(session, " \n"), "rejected", /empty/)
    await fails(
      session.send({ chat: { user: "999" }, body: { text: "x" }, key: "k" }, signal),
      "gone",
      /has not written to the bot yet.*https:\/\/t\.me\/romeo_bot/,
    )
    await fails(session.send({ chat: { user: "@channel" }, body: { text: "x" }, key: "k" }, signal), "gone", /not the number of a person/)
    await fails(session.send({ chat: { room: "x" }, body: { text: "x" }, key: "k" }, signal), "gone", /not the number of a group/)
    await fails(session.contact!("999", signal), "gone", /cannot write first/)
    await fails(session.contact!("@juliet", signal), "gone", /by their number only.*https:\/\/t\.me\/romeo_bot/)
    await fails(session.edit({ chat, message: { id: "99" }, body: { text: "x" } }, signal), "gone", /no longer exists/)
    ground.fake.block(ground.bot, juliet)
    await fails(send(session, "x"), "denied", /has blocked the bot/)
    ground.fake.unblock(ground.bot, juliet)
    ground.fake.deleteAccount(juliet)
    await fails(send(session, "x"), "gone", /has been deleted/)
    ground.fake.revoke(ground.bot)
    await fails(send(session, "x"), "logged-out", /@BotFather/)
  })

  it("a server that is away: nothing was sent", async () => {
    const { session, host } = await ground.connect()
    host.close()
    await session.ended
    await ground.fake.stop()
    const error = await ground.failure(send(session, "x"))
    assert.deepEqual([error.kind, error.blocks], ["retry", "account"])
    const violations = ground.fake.violations
    await ground.start()
    ground.fake.violations.push(...violations)
  })
})

it("lets the process end when the session has", async () => {
  const script = `
    import adapter from "xferry-adapter-telegram"
    const stop = new AbortController()
    const log = { debug() {}, info() {}, warn() {} }
    const state = { get: async () => undefined, set: async () => {} }
    const seen = Promise.withResolvers?.() ?? (() => { const all = {}; all.promise = new Promise((resolve) => (all.resolve = resolve)); return all })()
    const host = { log, state, commands: [], signal: stop.signal, emit: async () => seen.resolve() }
    const session = await adapter.connect({ token: process.env.TOKEN }, { apiRoot: process.env.ROOT, pollSeconds: 50, timeoutSeconds: 30 }, host)
    await seen.promise
    await session.send({ chat: { user: "${juliet.id}" }, body: { text: "bye" }, key: "k" }, stop.signal)
    stop.abort()
    await session.ended`
  ground.say("hi")
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, TOKEN: token, ROOT: ground.fake.url },
  })
  assert.deepEqual(await once(child, "exit", { signal: AbortSignal.timeout(20_000) }), [0, null])
  assert.deepEqual(ground.fake.textsTo(ground.bot, juliet), ["bye"])
})
