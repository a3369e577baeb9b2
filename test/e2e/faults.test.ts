// What may go wrong between the gateway and Telegram: nothing is lost, order stays, and what came twice was announced in the log.
import assert from "node:assert/strict"
import { after, afterEach, before, describe, test } from "node:test"
import type { Fault, FaultKind } from "../fakes/telegram/index.js"
import { Pair } from "../support/bystander.js"
import { startWorld, type World } from "../support/world.js"

const seed = 4711
let world: World
let alice: Pair
let bob: Pair

before(async () => {
  world = await startWorld({ users: ["alice", "bob"], options: { timeoutSeconds: 1, pollSeconds: 1 } })
  alice = await Pair.meet(world, "alice", { id: 1001, first_name: "Ann" })
  bob = await Pair.meet(world, "bob", { id: 2001, first_name: "Ben" })
})
after(() => world.close())
afterEach(async () => {
  world.api.faults.clear()
  await alice.talk()
  await bob.unharmed()
  assert.deepEqual(world.api.violations, [])
})

/** How often the gateway logged that it would send something again of which it does not know whether it arrived. */
const announced = (): number => world.gateway.log.filter(({ msg }) => msg.startsWith("it is not known whether this was sent")).length

describe("sending", () => {
  test("to who has blocked the bot: an error with a sentence; and again when they are back", async () => {
    const { api } = world
    api.block(world.bot("alice"), alice.person)
    await alice.client.waitForMessage(alice.jid, /Ann has blocked the bot/, { since: 0 })
    for (const text of ["are you there?", "hello?"]) {
      const id = await alice.client.say(alice.jid, text, { receipt: true })
      assert.deepEqual(await alice.refusal(id), { type: "auth", condition: "forbidden", text: "This person has blocked the bot." })
    }
    api.unblock(world.bot("alice"), alice.person)
    await alice.client.waitForMessage(alice.jid, /Ann has unblocked the bot/, { since: 0 })
  })

  test("what Telegram refuses is refused with its reason", async () => {
    const reasons: [number, string, string, RegExp][] = [
      [400, "Bad Request: message is too long", "not-acceptable", /too long/],
      [400, "Bad Request: chat not found", "item-not-found", /https:\/\/t\.me\/alice_bot/],
      [403, "Forbidden: user is deactivated", "item-not-found", /deleted/],
      [400, "Bad Request: something new", "not-acceptable", /something new/],
    ]
    for (const [code, description, condition, text] of reasons) {
      world.api.faults.next("sendMessage", { kind: "error", code, description })
      const refused = await alice.refusal(await alice.client.say(alice.jid, "x"))
      assert.equal(refused.condition, condition)
      assert.match(refused.text, text)
    }
  })

  test("too fast (429): what waits goes out after the time Telegram asked for, in order", async () => {
    const { api } = world
    const before = api.requests.length
    const texts = ["one", "two", "three", "four", "five"]
    api.faults.next("sendMessage", { kind: "429", retryAfter: 2 })
    const ids = []
    for (const text of texts) ids.push(await alice.client.say(alice.jid, text, { receipt: true }))
    for (const id of ids) await alice.receipt(id)
    assert.deepEqual(alice.texts.slice(-5), texts)
    const sends = api.requests.slice(before).filter(({ method, bot }) => method === "sendMessage" && bot === world.bot("alice"))
    assert.equal(sends.length, 6)
    assert.ok((sends[1]?.at ?? 0) - (sends[0]?.at ?? 0) >= 2000, "the time Telegram asked for was not waited")
  })

  const notDone: FaultKind[] = ["reset-before", "hang", "500", "502-html", "html-200"]
  const done: FaultKind[] = ["reset-after", "hang-after", "502-after", "cut"]
  for (const kind of [...notDone, ...done]) {
    test(`${kind}: ${done.includes(kind) ? "comes twice, announced" : "comes once"}, before what follows, with one receipt`, async () => {
      const before = alice.texts.length
      const log = announced()
      world.api.faults.next("sendMessage", { kind })
      const ids = [await alice.client.say(alice.jid, kind, { receipt: true }), await alice.client.say(alice.jid, "next", { receipt: true })]
      for (const id of ids) await alice.receipt(id)
      assert.deepEqual(alice.texts.slice(before), done.includes(kind) ? [kind, kind, "next"] : [kind, "next"])
      assert.equal(announced(), log + 1)
      const receipts = alice.client.received.filter((el) => el.getChild("received", "urn:xmpp:receipts")?.attrs["id"] === ids[0])
      assert.equal(receipts.length, 1)
    })
  }
})

describe("receiving", () => {
  const kinds: FaultKind[] = [
    "reset-before",
    "reset-after",
    "hang",
    "hang-after",
    "500",
    "502-html",
    "502-after",
    "html-200",
    "429",
    "cut",
    "empty",
    "slow",
  ]
  for (const kind of kinds) {
    test(`${kind}: each message comes once, in order`, async () => {
      const { api } = world
      const texts = ["one", "two", "three"].map((text) => `${kind} ${text}`)
      // The client library waits five seconds more than the long poll lasts.
      const times = kind.startsWith("hang") ? 1 : 2
      const played = api.faults.played.get(kind) ?? 0
      api.faults.next("getUpdates", { kind, times })
      for (const text of texts) api.say(world.bot("alice"), alice.person, text)
      await alice.client.waitForMessage(alice.jid, texts[2] ?? "", { since: 0, timeout: 20_000 })
      await api.waitFor(() => (api.faults.played.get(kind) ?? 0) >= played + times, "the fault to be played")
      const read = alice.client.messages(alice.jid).map((el) => el.getChildText("body") ?? "")
      assert.deepEqual(
        read.filter((text) => text.startsWith(`${kind} `)),
        texts,
      )
    })
  }
})

test("a storm of all of them, both ways", { timeout: 180_000 }, async (t) => {
  const { api } = world
  const count = 25
  const kinds: Fault[] = ["reset-before", "reset-after", "hang", "500", "502-html", "502-after", "html-200", "cut", "429"].map((kind) => ({
    kind: kind as FaultKind,
  }))
  const before = alice.texts.length
  const log = announced()
  api.faults.random({ seed, probability: 0.25, kinds, methods: ["sendMessage", "getUpdates", "getMe"] })
  const ids = []
  for (let n = 0; n < count; n++) {
    api.say(world.bot("alice"), alice.person, `storm ${n}`)
    ids.push(await alice.client.say(alice.jid, `storm ${n}`, { receipt: true }))
  }
  const wanted = Array.from({ length: count }, (_, n) => `storm ${n}`)
  for (const id of ids)
    await alice.client.waitFor((el) => el.getChild("received")?.attrs["id"] === id, { since: 0, timeout: 120_000, what: `receipt ${id}` })
  await alice.client.waitForMessage(alice.jid, `storm ${count - 1}`, { since: 0, timeout: 120_000 })
  const read = alice.client.messages(alice.jid).map((el) => el.getChildText("body") ?? "")
  assert.deepEqual(
    read.filter((text) => text.startsWith("storm ")),
    wanted,
  )
  const came = alice.texts.slice(before)
  assert.deepEqual(
    came.filter((text, i) => came[i - 1] !== text),
    wanted,
  )
  assert.ok(came.length - count <= announced() - log, "something came twice, and nothing in the log says why")
  t.diagnostic(
    `${came.length - count} messages came twice, ${announced() - log} times the outcome was unknown; ${String([...api.faults.played])}`,
  )
})
