// The loopback network and its sessions in one process: order, acknowledgement, faults.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { afterEach, beforeEach, describe, it } from "node:test"
import fc from "../support/property.js"
import { AdapterError, type NetworkEvent } from "xferry"
import adapter, { closeListeners, Driver, getNetwork, loopback, standard, type Network } from "xferry-adapter-loopback"
import plain from "xferry-adapter-loopback/plain"
import { TestHost, within } from "xferry/conformance"

type Session = Awaited<ReturnType<typeof adapter.connect>>
const forever = new AbortController().signal
const secret = { account: "romeo", password: "x" }
const chat = { user: "juliet" }
const textOf = (event: NetworkEvent): string => (event.type === "message" ? event.body.text : event.type)

let name: string
let network: Network
let hosts: TestHost[]

async function open(
  host = new TestHost(),
  window = 256,
  variant: Pick<typeof adapter, "connect"> = adapter,
): Promise<{ host: TestHost; session: Session }> {
  hosts.push(host)
  return { host, session: await variant.connect(secret, { network: name, window }, host) }
}
const say = (text: string): string => network.say({ account: "romeo", from: "juliet", text })
const send = (session: Session, text: string, key = text, signal = forever) => session.send({ chat, body: { text }, key }, signal)
const texts = (host: TestHost): string[] => host.events.map(textOf)

beforeEach(() => {
  name = randomUUID()
  network = getNetwork(name)
  network.person({ id: "juliet", name: "Juliet", username: "capulet" })
  hosts = []
})
afterEach(async () => {
  for (const host of hosts) host.close()
  await closeListeners()
})

describe("what people say", () => {
  it("waits for the gateway, and comes in order", async () => {
    const said = Array.from({ length: 1000 }, (_, i) => `line ${i}`)
    for (const text of said.slice(0, 500)) say(text)
    const { host } = await open()
    for (const text of said.slice(500)) say(text)
    await host.until("all of it", () => host.events.length === 1000)
    assert.deepEqual(texts(host), said)
    await within(network.account("romeo").mailbox.drained(), 5000, "the acknowledgements")
  })

  it("has ids that count per chat", async () => {
    assert.deepEqual([say("a"), say("b"), network.say({ account: "romeo", from: "nurse", text: "c" })], ["1", "2", "1"])
    assert.equal(network.say({ account: "romeo", from: "juliet", text: "d", id: "40" }), "40")
    assert.equal(say("e"), "41")
  })

  it("leaves no more than the window uncommitted", async () => {
    const host = new TestHost()
    let offered = 0
    const release: (() => void)[] = []
    host.commit = () => new Promise((resolve) => release.push(resolve))
    const emit = host.emit.bind(host)
    host.emit = (event) => (offered++, emit(event))
    for (let i = 0; i < 20; i++) say(String(i))
    await open(host, 8)
    await host.until("the window to fill", () => offered === 8)
    release.shift()!()
    await host.until("one more", () => offered === 9)
    assert.equal(network.account("romeo").mailbox.size, 19)
  })

  it("comes again in order from the first that was not committed, wherever the session broke", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (total, stuck, window) => {
          const account = randomUUID()
          const said = Array.from({ length: total }, (_, i) => String(i))
          for (const text of said) network.say({ account, from: "juliet", text })
          const first = new TestHost()
          first.commit = (event) => (textOf(event) === String(stuck) ? new Promise(() => undefined) : Promise.resolve())
          await adapter.connect({ account, password: "x" }, { network: name, window }, first)
          await first.until("what could be committed", () => first.events.length >= Math.min(stuck, total))
          first.close()
          const acked = total - network.account(account).mailbox.size
          assert.ok(acked <= stuck, "acknowledged what was not committed")
          const second = new TestHost()
          await adapter.connect({ account, password: "x" }, { network: name, window }, second)
          await second.until("the rest", () => second.events.length === total - acked)
          assert.deepEqual(texts(second), said.slice(acked))
          second.close()
        },
      ),
      { numRuns: 50 },
    )
  })

  it("ends the session when something cannot be committed, and acknowledges nothing after it", async () => {
    const host = new TestHost()
    host.commit = (event) => (textOf(event) === "b" ? Promise.reject(new Error("disk full")) : Promise.resolve())
    for (const text of ["a", "b", "c"]) say(text)
    const { session } = await open(host)
    await assert.rejects(session.ended, (error: AdapterError) => error.kind === "retry" && error.cause instanceof Error)
    const { host: next } = await open()
    await next.until("the rest", () => next.events.length >= 2)
    assert.deepEqual(texts(next).slice(-2), ["b", "c"])
  })

  it("tells typing and presence only while somebody listens; presence again to who comes", async () => {
    say("hello")
    network.typing({ account: "romeo", from: "juliet" })
    network.presence({ from: "juliet", show: "away", status: "on the balcony" })
    const { host } = await open()
    const presence = await host.event("presence", ({ type }) => type === "presence")
    assert.deepEqual(presence, {
      type: "presence",
      from: { id: "juliet", name: "Juliet", username: "capulet" },
      show: "away",
      status: "on the balcony",
    })
    assert.deepEqual(texts(host), ["hello", "presence"])
    network.typing({ account: "romeo", from: "juliet" })
    await host.event("typing", ({ type }) => type === "typing")
    network.person({ id: "juliet", name: "Juliet Montague" })
    const renamed = await host.event("the new name", ({ type }) => type === "contact")
    assert.deepEqual(renamed, { type: "contact", contact: { id: "juliet", name: "Juliet Montague", username: "capulet" } })
  })

  it("marks what the account said elsewhere as its own", async () => {
    network.say({ account: "romeo", from: "juliet", text: "from my telephone", own: true })
    const { host } = await open()
    const event = await host.event("the echo", ({ type }) => type === "message")
    assert.ok(
      event.type === "message" && event.own === true && event.from.id === "romeo" && "user" in event.chat && event.chat.user === "juliet",
    )
  })
})

describe("what gateways send", () => {
  it("is dropped the second time, by its key", async () => {
    const { session } = await open()
    const [first, second] = [await send(session, "once", "k"), await send(session, "once", "k")]
    assert.equal(second.id, first.id)
    assert.deepEqual(
      network.sent.list().map(({ ordinal, kind, id }) => [ordinal, kind, id]),
      [
        [1, "send", first.id],
        [2, "repeat", first.id],
      ],
    )
  })

  it("is there twice where the network knows no keys", async () => {
    const { session } = await open(new TestHost(), 256, plain)
    assert.notEqual((await send(session, "twice", "k")).id, (await send(session, "twice", "k")).id)
    assert.equal(plain.capabilities.send.idempotent, undefined)
  })

  it("is refused when empty, too long, to nobody, to a deleted person, to no room", async () => {
    const { session } = await open()
    const kind = (expected: string) => (error: unknown) => error instanceof AdapterError && error.kind === expected
    await assert.rejects(send(session, ""), kind("rejected"))
    await assert.rejects(send(session, "x".repeat(2001)), kind("rejected"))
    await assert.rejects(session.send({ chat: { user: "rosaline" }, body: { text: "x" }, key: "k" }, forever), kind("gone"))
    await assert.rejects(session.send({ chat: { room: "ball" }, body: { text: "x" }, key: "k" }, forever), kind("gone"))
    network.person({ id: "juliet", gone: true })
    await assert.rejects(send(session, "x"), kind("gone"))
    const short = loopback({ ...standard, send: { maxChars: 3 } })
    const { session: shorter } = await open(new TestHost(), 256, short)
    await assert.rejects(send(shorter, "four"), kind("rejected"))
  })

  it("can be edited and retracted once", async () => {
    const { session } = await open()
    const message = await send(session, "parting")
    await session.edit({ chat, message, body: { text: "such sweet sorrow" } }, forever)
    await session.retract({ chat, message }, forever)
    await assert.rejects(session.edit({ chat, message, body: { text: "x" } }, forever), { kind: "gone" })
    await assert.rejects(session.retract({ chat, message }, forever), { kind: "gone" })
    assert.deepEqual(
      network.sent.list().map(({ kind }) => kind),
      ["send", "edit", "retract"],
    )
  })

  it("finds people by @name and by id, and pages through all", async () => {
    const { session } = await open()
    for (const text of ["@capulet", "juliet"]) {
      assert.deepEqual((await session.find({ text }, forever)).items, [{ id: "juliet", name: "Juliet", username: "capulet" }])
    }
    assert.deepEqual((await session.find({ text: "@tybalt" }, forever)).items, [])
    for (let i = 0; i < 150; i++) network.person({ id: `guest${i}` })
    const page = await session.find({ text: "" }, forever)
    const rest = await session.find({ text: "", cursor: page.next! }, forever)
    assert.deepEqual([page.items.length, rest.items.length, rest.next], [100, 51, undefined])
  })
})

describe("faults", () => {
  it("befall the next send, once, with the kind ordered", async () => {
    const { session } = await open()
    network.fault({ kind: "retry", retryAfterMs: 7, blocks: "account" })
    await assert.rejects(send(session, "a"), { kind: "retry", retryAfterMs: 7, blocks: "account" })
    await send(session, "a")
  })

  it("befall as many as ordered, after as many as ordered, of the account and verb ordered", async () => {
    const { session } = await open()
    network.fault({ kind: "rejected", skip: 1, times: 2 })
    network.fault({ kind: "denied", account: "mercutio" })
    const outcomes: string[] = []
    for (const text of ["a", "b", "c", "d"])
      outcomes.push(
        await send(session, text).then(
          () => "sent",
          (error: AdapterError) => error.kind,
        ),
      )
    assert.deepEqual(outcomes, ["sent", "rejected", "rejected", "sent"])
  })

  it("may strike after the work was done: the key tells on the next try", async () => {
    const { session } = await open()
    network.fault({ kind: "unknown-outcome", processed: true })
    await assert.rejects(send(session, "done", "k"), { kind: "unknown-outcome" })
    await send(session, "done", "k")
    assert.deepEqual(
      network.sent.list().map(({ kind }) => kind),
      ["send", "repeat"],
    )
  })

  it("hang until the call is aborted", async () => {
    const { session } = await open()
    network.fault({ kind: "hang" })
    const abort = new AbortController()
    const sending = send(session, "a", "a", abort.signal)
    abort.abort()
    await assert.rejects(sending, { kind: "unknown-outcome" })
    assert.equal(network.sent.list().length, 0)
  })

  it("hold all sends of a flooded account back", async () => {
    let now = 0
    const { Network } = await import("xferry-adapter-loopback")
    const slow = new Network({ now: () => now })
    slow.person({ id: "juliet" })
    slow.fault({ kind: "flood", retryAfterMs: 3000 })
    const line = await slow.attach(secret, { event: () => undefined, ended: () => undefined }, 1, forever)
    const request = () => line.request({ op: "send", to: "juliet", text: "x", key: "k" }, forever)
    await assert.rejects(request(), { kind: "retry", retryAfterMs: 3000, blocks: "account" })
    now = 1000
    await assert.rejects(request(), { kind: "retry", retryAfterMs: 2000 })
    now = 3000
    await request()
  })

  it("log the account out until it logs in again", async () => {
    const { session } = await open()
    network.fault({ kind: "logged-out" })
    await assert.rejects(send(session, "a"), { kind: "logged-out" })
    await assert.rejects(session.ended, { kind: "logged-out" })
    await assert.rejects(open(), { kind: "logged-out" })
    await adapter.login(async () => ({ name: "romeo", password: "new" }), { network: name, window: 1 }, forever)
    await send((await open()).session, "again")
  })

  it("strike connecting and logging in as well", async () => {
    network.fault({ kind: "retry", on: "connect" })
    await assert.rejects(open(), { kind: "retry" })
    await open()
    network.fault({ kind: "denied", on: "login" })
    const login = () => adapter.login(async () => ({ name: "romeo", password: "new" }), { network: name, window: 1 }, forever)
    await assert.rejects(login(), { kind: "denied" })
    await login()
  })
})

describe("sessions", () => {
  it("give way to a newer one of the account", async () => {
    const { session, host } = await open()
    const { host: newer } = await open()
    await assert.rejects(session.ended, { kind: "retry" })
    say("to the newer")
    await newer.event("the message", (event) => textOf(event) === "to the newer")
    assert.deepEqual(host.events, [])
  })

  it("end with a resolved promise when the gateway wants it", async () => {
    const { session, host } = await open()
    host.close()
    await within(session.ended, 5000, "the end")
    assert.equal(network.account("romeo").attached, false)
  })

  it("are driven from outside where `listen` is set", async () => {
    const host = new TestHost()
    hosts.push(host)
    const session = await adapter.connect(secret, { network: name, listen: "127.0.0.1:0", window: 256 }, host)
    const address = /address: '([^']+)'/.exec(host.logged.join())?.[1]
    const driver = await Driver.connect(address!)
    await driver.ask({ op: "say", account: "romeo", from: "juliet", text: "through the socket" })
    await host.event("the message", (event) => textOf(event) === "through the socket")
    const waiting = driver.ask<{ text: string }[]>({ op: "wait", text: "and back" })
    await send(session, "and back")
    assert.equal((await waiting)[0]?.text, "and back")
    driver.close()
  })
})
