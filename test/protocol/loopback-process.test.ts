// The loopback network as a process: its protocol byte by byte, gateways that crash, drivers that err.
import assert from "node:assert/strict"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, it } from "node:test"
import adapter, { Driver, type SentRecord } from "xferry-adapter-loopback"
import { TestHost, within } from "xferry/conformance"
import { startLoopback, type LoopbackProcess } from "../support/loopback-process.js"
import { RawLines } from "../support/raw-lines.js"

const forever = new AbortController().signal
let network: LoopbackProcess
let driver: Driver
let accounts = 0

/** An account of the test's own on the shared network. */
const newAccount = (): string => `romeo${++accounts}`
const connect = (account: string, host: TestHost) =>
  adapter.connect({ account, password: "x" }, { connect: network.address, network: "", window: 256 }, host)

async function hello(line: object): Promise<RawLines> {
  const raw = await RawLines.connect(network.address)
  raw.write(line)
  return raw
}

before(async () => {
  network = await startLoopback()
  driver = await Driver.connect(network.address)
  await driver.ask({ op: "person", id: "juliet", name: "Juliet" })
})
after(async () => {
  driver.close()
  await network.stop()
})

describe("the process", () => {
  it("keeps what was said while a gateway is killed, and delivers it again in order", async () => {
    const account = newAccount()
    for (let i = 1; i <= 300; i++) driver.post({ op: "say", account, from: "juliet", text: String(i), id: String(i) })
    const raw = await hello({ hello: "gateway", account, window: 100 })
    assert.deepEqual(await raw.next(), { welcome: { id: account, name: account } })
    const numbers: number[] = []
    for (let i = 0; i < 100; i++) numbers.push(((await raw.next()) as { n: number }).n)
    raw.write({ ack: numbers[39] })
    // Forty more may come now; that they do proves that the acknowledgement was heard.
    for (let i = 0; i < 40; i++) await raw.next()
    raw.socket.resetAndDestroy()
    const host = new TestHost()
    await connect(account, host)
    await host.until("the rest", () => host.events.length === 260)
    assert.deepEqual(
      host.events.map((event) => event.type === "message" && event.id),
      Array.from({ length: 260 }, (_, i) => String(i + 41)),
    )
    await driver.ask({ op: "wait", for: "drained", account })
    host.close()
  })

  it("ends sessions, and answers none of their calls, when it dies; a new one is a fresh network with fresh ids", async () => {
    const mortal = await startLoopback()
    const host = new TestHost()
    const options = { connect: mortal.address, network: "", window: 256 }
    const session = await adapter.connect({ account: "romeo", password: "x" }, options, host)
    const witness = await Driver.connect(mortal.address)
    const { id } = await witness.ask<{ id: string }>({ op: "say", account: "romeo", from: "juliet", text: "a" })
    await witness.ask({ op: "fault", kind: "hang" })
    const sending = session.send({ chat: { user: "juliet" }, body: { text: "b" }, key: "b" }, forever)
    const outcome = assert.rejects(sending, { kind: "unknown-outcome" })
    await witness.ask({ op: "status" })
    const ended = assert.rejects(session.ended, { kind: "retry" })
    await mortal.stop("SIGKILL")
    await Promise.all([outcome, ended])
    await assert.rejects(adapter.connect({ account: "romeo", password: "x" }, options, new TestHost()), { kind: "retry" })
    const reborn = await startLoopback()
    const next = await Driver.connect(reborn.address)
    const { id: later } = await next.ask<{ id: string }>({ op: "say", account: "romeo", from: "juliet", text: "a" })
    assert.ok(Number(later) > Number(id) && Number.isSafeInteger(Number(later)))
    next.close()
    await reborn.stop()
  })

  it("listens on a Unix socket, and takes over one that a killed process left", async () => {
    const folder = await mkdtemp(join(tmpdir(), "xferry-"))
    const path = join(folder, "net.sock")
    const first = await startLoopback(path)
    assert.equal(first.address, path)
    await assert.rejects(startLoopback(path), /EADDRINUSE/)
    await first.stop("SIGKILL")
    assert.ok(existsSync(path))
    const second = await startLoopback(path)
    const visitor = await Driver.connect(path)
    assert.deepEqual(await visitor.ask({ op: "status" }), [])
    visitor.close()
    await second.stop()
    await rm(folder, { recursive: true })
  })

  it("refuses to be reached from other machines", async () => {
    for (const address of ["0.0.0.0:0", "192.168.1.1:5299", "[::]:0", "example.org:5299", "127.0.0.1", "localhost:99999"]) {
      await assert.rejects(startLoopback(address), /loopback address|is no address/, address)
      const result = await Promise.resolve(adapter.options["~standard"].validate({ connect: address }))
      assert.ok((result as { issues?: unknown[] }).issues?.length, address)
    }
    assert.ok("issues" in (adapter.options["~standard"].validate({ connect: "1", listen: "2" }) as object))
    assert.ok("issues" in (adapter.options["~standard"].validate({ conect: "1" }) as object))
    assert.ok(!("issues" in (adapter.options["~standard"].validate({ connect: "[::1]:5299" }) as object)))
  })
})

describe("the protocol", () => {
  it("survives text split at any byte", async () => {
    const account = newAccount()
    const text = "羅密歐 👩‍❤️‍👨 e\u0301 \ud800 \u2028 \u0000"
    const raw = await RawLines.connect(network.address)
    const bytes = Buffer.from(
      [{ hello: "driver" }, { op: "say", seq: 1, account, from: "juliet", text, id: "m" }]
        .map((line) => JSON.stringify(line) + "\n")
        .join(""),
    )
    for (const byte of bytes) {
      await new Promise<void>((resolve) => void raw.socket.write(Buffer.of(byte), () => resolve()))
      // An answer on another connection proves that this byte was read by itself.
      await driver.ask({ op: "status" })
    }
    assert.deepEqual([await raw.next(), await raw.next()], [{ welcome: { version: 1 } }, { seq: 1, ok: { id: "m" } }])
    const host = new TestHost()
    await connect(account, host)
    const event = await host.event("the message", ({ type }) => type === "message")
    assert.ok(event.type === "message" && event.body.text === text)
    host.close()
    raw.close()
  })

  it("tells a driver what was wrong, and goes on", async () => {
    const raw = await hello({ hello: "driver" })
    assert.deepEqual(await raw.next(), { welcome: { version: 1 } })
    const answers = async (line: unknown): Promise<{ seq?: number; error: string }> => (
      raw.write(line),
      (await raw.next()) as { error: string }
    )
    const incomplete = await answers({ op: "say", seq: 7, account: "romeo", text: "x" })
    assert.equal(incomplete.seq, 7)
    assert.match(incomplete.error, /from/)
    assert.match((await answers({ op: "sing" })).error, /op/)
    assert.match((await answers({ op: "typing", account: "romeo", from: "juliet", activ: true })).error, /activ/)
    assert.match((await answers({ op: "wait", seq: 8, for: "drained" })).error, /account/)
    assert.ok((await answers("{oops\n")).error)
    raw.write({ op: "status", seq: 9 })
    assert.equal(((await raw.next()) as { seq: number }).seq, 9)
    raw.close()
  })

  it("refuses who does not say hello, and wrong passwords", async () => {
    const nobody = await hello({ op: "say" })
    assert.match(((await nobody.next()) as { error: { text: string } }).error.text, /hello/)
    nobody.close()
    for (const [line, kind] of [
      [{ hello: "login", account: "romeo", password: "wrong" }, "denied"],
      [{ hello: "gateway", account: "romeo", password: "wrong" }, "logged-out"],
    ] as const) {
      const raw = await hello(line)
      assert.equal(((await raw.next()) as { error: { kind: string } }).error.kind, kind)
      assert.equal(await raw.next(), undefined)
    }
  })

  it("tells drivers what gateways sent, from any ordinal on", async () => {
    const account = newAccount()
    const host = new TestHost()
    const session = await connect(account, host)
    const chat = { user: "juliet" }
    const message = await session.send({ chat, body: { text: "1" }, key: "k1" }, forever)
    const [first] = await driver.ask<SentRecord[]>({ op: "list", account })
    assert.deepEqual(
      { ...first, ordinal: 0, at: 0 },
      { ordinal: 0, kind: "send", account, to: "juliet", at: 0, id: message.id, text: "1", key: "k1" },
    )
    const follower = await Driver.connect(network.address)
    const told: SentRecord[] = []
    follower.onSent = (record) => void told.push(record)
    await follower.ask({ op: "subscribe", account, after: first!.ordinal - 1 })
    const waiting = driver.ask<SentRecord[]>({ op: "wait", account, count: 3, after: first!.ordinal })
    await session.edit({ chat, message, body: { text: "2" } }, forever)
    await session.typing({ chat, active: true }, forever)
    await session.retract({ chat, message }, forever)
    const kinds = ["edit", "typing", "retract"]
    assert.deepEqual(
      (await waiting).map(({ kind }) => kind),
      kinds,
    )
    await follower.ask({ op: "status" })
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ["send", ...kinds],
    )
    follower.close()
    host.close()
  })

  it("has rooms: by order of a driver, and for gateways as in one process", async () => {
    const account = newAccount()
    const room = `ball-${account}`
    const host = new TestHost()
    const session = await connect(account, host)
    const accounts = [{ id: account, role: "admin" as const }]
    const made = await driver.ask({ op: "room", room, name: "The ball", accounts, members: ["juliet"], crowd: 3 })
    assert.deepEqual(made, { id: room, kind: "group", name: "The ball", memberCount: 5 })
    const { id } = await driver.ask<{ id: string }>({ op: "say", room, from: "juliet", text: "Ay me!" })
    const said = await host.event("what was said", (event) => event.type === "message")
    assert.ok(said.type === "message" && said.id === id && "room" in said.chat && said.at instanceof Date)
    await driver.ask({ op: "edit", room, id, text: "O me!" })
    await driver.ask({ op: "typing", room, from: "juliet" })
    await driver.ask({ op: "notice", room, text: "Juliet pinned «O me!»", by: "juliet" })
    await driver.ask({ op: "member", room, user: "nurse", change: "joined", by: "juliet" })
    await driver.ask({ op: "access", room, user: "nurse" })
    const chat = { room }
    const sent = await session.send({ chat, body: { text: "She speaks" }, key: "k", reply: { id } }, forever)
    assert.deepEqual(
      (await session.history({ chat, limit: 10 }, forever)).items.map(({ body, own, reply }) => [body.text, own === true, reply?.id]),
      [
        ["O me!", false, undefined],
        ["She speaks", true, id],
      ],
    )
    assert.deepEqual(
      (await driver.ask<{ from: string }[]>({ op: "messages", room })).map(({ from }) => from),
      ["juliet", account],
    )
    assert.equal((await session.members({ room, limit: 50 }, forever)).items.length, 6)
    assert.deepEqual(await session.access({ room, user: "juliet" }, forever), { role: "member", maySend: true })
    assert.deepEqual((await session.rooms({}, forever)).items, [await session.room!(room, forever)])
    await session.manage({ room, do: "kick", user: "nurse" }, forever)
    await session.manage({ room, do: "invite", until: new Date(5) }, forever)
    await driver.ask({ op: "retract", room, ids: [sent.id], by: "juliet" })
    await assert.rejects(session.edit({ chat, message: sent, body: { text: "x" } }, forever), { kind: "gone" })
    const kinds = (await driver.ask<SentRecord[]>({ op: "list", room })).map(({ kind, manage }) => manage ?? kind)
    assert.deepEqual(kinds, ["send", { do: "kick", user: "nurse" }, { do: "invite", until: 5 }])
    await driver.ask({ op: "move", room, to: `${room}-2` })
    await assert.rejects(session.send({ chat, body: { text: "x" }, key: "late" }, forever), { kind: "retry" })
    await driver.ask({ op: "fault", account, kind: "unsupported", on: "members" })
    await assert.rejects(session.members({ room: `${room}-2`, limit: 5 }, forever), { kind: "unsupported" })
    await driver.ask({ op: "delete", room: `${room}-2` })
    await host.event("the end", ({ type }) => type === "gone")
    const types = host.events.map((event) => ("change" in event ? event.change : event.type))
    const live = ["room", "message", "edit", "typing", "notice", "joined", "access"]
    assert.deepEqual(types, [...live, "kicked", "retract", "moved", "gone"])
    await assert.rejects(driver.ask({ op: "say", room, from: "juliet", text: "x", account } as never), /account/)
    await assert.rejects(driver.ask({ op: "edit", room: "nowhere", id: "1", text: "x" }), /no such room/)
    host.close()
  })

  it("keeps what was missed in rooms for the history alone, where a driver says so", async () => {
    const own = await startLoopback()
    const control = await Driver.connect(own.address)
    await control.ask({ op: "room", room: "ball", accounts: ["romeo"] })
    await control.ask({ op: "mode", missed: true })
    await control.ask({ op: "say", room: "ball", from: "juliet", text: "missed" })
    const host = new TestHost()
    const session = await adapter.connect({ account: "romeo", password: "x" }, { connect: own.address, network: "", window: 9 }, host)
    await control.ask({ op: "mode", missed: false, echo: true })
    await session.send({ chat: { room: "ball" }, body: { text: "mine" }, key: "k" }, forever)
    const echo = await host.event("the echo", ({ type }) => type === "message")
    assert.ok(echo.type === "message" && echo.own === true && echo.key === "k" && echo.body.text === "mine")
    const { items } = await session.history({ chat: { room: "ball" }, limit: 9 }, forever)
    assert.deepEqual(
      items.map(({ body }) => body.text),
      ["missed", "mine"],
    )
    host.close()
    control.close()
    await own.stop()
  })

  it("resets everything but sessions and ids", async () => {
    const own = await startLoopback()
    const control = await Driver.connect(own.address)
    const host = new TestHost()
    const session = await adapter.connect({ account: "romeo", password: "x" }, { connect: own.address, network: "", window: 1 }, host)
    const first = await control.ask<{ id: string }>({ op: "say", account: "romeo", from: "juliet", text: "before" })
    await control.ask({ op: "fault", kind: "denied" })
    await control.ask({ op: "say", account: "mercutio", from: "juliet", text: "never fetched" })
    await control.ask({ op: "reset" })
    assert.deepEqual(
      (await control.ask<{ waiting: number }[]>({ op: "status" })).map(({ waiting }) => waiting),
      [0, 0],
    )
    await assert.rejects(session.send({ chat: { user: "juliet" }, body: { text: "x" }, key: "x" }, forever), { kind: "gone" })
    const second = await control.ask<{ id: string }>({ op: "say", account: "romeo", from: "juliet", text: "after" })
    assert.equal(Number(second.id), Number(first.id) + 1)
    await host.event("the message after the reset", (event) => event.type === "message" && event.body.text === "after")
    await session.send({ chat: { user: "juliet" }, body: { text: "x" }, key: "x" }, forever)
    host.close()
    control.close()
    await own.stop()
  })

  it("carries many messages both ways at once, in order", async () => {
    const account = newAccount()
    const total = 20_000
    const host = new TestHost(undefined, 60_000)
    const session = await connect(account, host)
    const answers: Promise<unknown>[] = []
    host.commit = (event) => {
      if (event.type === "message")
        answers.push(session.send({ chat: event.chat, body: { text: event.body.text }, key: event.id }, forever))
      return Promise.resolve()
    }
    for (let i = 0; i < total; i++) driver.post({ op: "say", account, from: "juliet", text: String(i) })
    await host.until("all of it", () => host.events.length === total)
    await within(Promise.all(answers), 60_000, "the answers")
    const sent = await driver.ask<SentRecord[]>({ op: "list", account, kind: "send" })
    assert.ok(sent.length === total && sent.every(({ text }, i) => text === String(i)))
    host.close()
  })
})

describe("the program", () => {
  it("says how it is used, and ends in order", async () => {
    await assert.rejects(startLoopback("127.0.0.1:0", ["--nonsense"]), /usage: xferry-loopback/)
    const { child } = await startLoopback()
    child.kill("SIGTERM")
    assert.deepEqual(await once(child, "close"), [0, null])
  })
})
