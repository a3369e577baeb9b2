// Bridges between two and three networks, in one gateway on a real store: all that is said in one comes to the others, once and in order.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { bridged } from "../support/bridge-core.js"
import { FakeMedia } from "../support/fake-media.js"

/** As a network that lets the account speak as others. */
const puppets: AnyAdapter = loopback({ ...standard, send: { ...standard.send, impersonate: "name" } })
const plain = { legs: { a: undefined, b: undefined } }

test("texts come to the other leg, by their author's name, in order, and to its occupants by a nick", async () => {
  await bridged({ legs: { a: undefined, b: puppets } }, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    a.say("Hark")
    a.say("What light?")
    await b.told("send", 2)
    assert.deepEqual(b.lines(), ["send as Juliet (A): Hark", "send as Juliet (A): What light?"])
    await b.recorder.line("said Juliet (A): What light?")
    b.say("It is the east")
    await a.told("send", 1)
    assert.deepEqual(a.lines(), ["send: Juliet (B): It is the east"])
    // Its own copies are not said again.
    await core.drained("a")
    await core.drained("b")
    assert.equal(b.lines().length, 2)
  })
})

test("what a user of ours says in one leg's room comes to the other, once the network has it", async () => {
  await bridged({ legs: { a: undefined, b: puppets } }, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    const first = randomUUID()
    await a.userSays("But soft", { xmppId: first })
    await b.told("send", 1)
    assert.deepEqual(b.lines(), ["send as Romeo (A): But soft"])
    await a.userSays("But soft!", { replaces: first })
    const [edit] = await b.told("edit", 1)
    assert.equal(edit?.text, "But soft!")
    await b.recorder.line("edited Romeo (A): But soft!")
    const { view, speaker, from } = await a.user()
    const [entry] = (await core.store.archivePage({ room: view.room.id, limit: 1, fromEnd: false })).entries
    await a.network.rooms.retract({ view, from, speaker, xmppId: "r1", target: entry?.id ?? "", moderate: false })
    const [gone] = await b.told("retract", 1)
    assert.equal(gone?.id, b.loop.sent.list({ kind: "send" })[0]?.id)
  })
})

test("edits, replies, reactions and retractions go to the copies, and from copies back to the original", async () => {
  await bridged({ legs: { a: undefined, b: undefined, c: puppets } }, async (core) => {
    const [a, b, c] = [core.side("a"), core.side("b"), core.side("c")]
    const id = a.say("Hark")
    const [inB] = await b.told("send", 1)
    const [inC] = await c.told("send", 1)
    a.loop.rooms.edit({ room: "g", id, text: "Hark!" })
    assert.equal((await b.told("edit", 1))[0]?.id, inB?.id)
    assert.equal((await c.told("edit", 1))[0]?.id, inC?.id)
    assert.deepEqual(b.lines().at(-1), "edit: Juliet (A): Hark!")
    b.say("What?", { reply: inB?.id })
    const [answerA] = await a.told("send", 1)
    assert.equal(answerA?.reply, id)
    const answersC = await c.told("send", 2)
    assert.equal(answersC[1]?.reply, inC?.id)
    c.loop.rooms.react({ room: "g", from: "juliet", id: inC?.id ?? "", set: ["🌹"] })
    assert.deepEqual(
      (await a.told("react", 1)).map(({ id, emoji }) => [id, emoji]),
      [[id, ["🌹"]]],
    )
    assert.deepEqual(
      (await b.told("react", 1)).map(({ id, emoji }) => [id, emoji]),
      [[inB?.id, ["🌹"]]],
    )
    c.loop.rooms.react({ room: "g", from: "juliet", id: inC?.id ?? "", set: [] })
    assert.deepEqual((await a.told("react", 2))[1]?.emoji, [])
    // A moderator of the third takes the copy back: so the original goes, and the other copy.
    c.loop.rooms.retract({ room: "g", ids: [inC?.id ?? ""], by: "juliet" })
    assert.equal((await a.told("retract", 1))[0]?.id, id)
    assert.equal((await b.told("retract", 1))[0]?.id, inB?.id)
  })
})

test("where nothing can be edited or pointed to, it is said anew and quoted", async () => {
  const { edit: _, reply: __, react: ___, ...poor } = standard
  await bridged({ legs: { a: undefined, b: loopback(poor as typeof standard) } }, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    const id = a.say("Hark")
    a.loop.rooms.edit({ room: "g", id, text: "Hark!" })
    await b.told("send", 2)
    a.say("Who?", { reply: id })
    await b.told("send", 3)
    assert.deepEqual(b.lines(), ["send: Juliet (A): Hark", "send: Juliet (A): ✎ Hark!", "send: > Hark!\nJuliet (A): Who?"])
    // Both that stand for it go.
    a.loop.rooms.retract({ room: "g", ids: [id], by: "juliet" })
    const gone = await b.told("retract", 2)
    assert.deepEqual(
      gone.map((one) => one.id),
      b.loop.sent
        .list({ kind: "send" })
        .slice(0, 2)
        .map((one) => one.id),
    )
  })
})

test("a file comes with what it is, from where clients fetch it, and what is said after it stays behind it", async () => {
  const media = new FakeMedia()
  media.otherwise = (url) => {
    const bytes = media.shelf.get(url)
    return bytes && { bytes, mime: "image/png" }
  }
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  media.beforeShare = () => gate
  await bridged({ ...plain, media }, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    a.say("", { files: [{ name: "balcony.png", mime: "image/png", kind: "image", text: "PNG" }] } as never)
    a.say("There!")
    await core.drained("a")
    assert.deepEqual(b.lines(), [])
    open()
    const sent = await b.told("send", 2)
    assert.deepEqual(
      sent.map(({ files }) => files?.map(({ name, kind }) => `${kind} ${name}`)),
      [["image balcony.png"], undefined],
    )
    assert.equal(sent[1]?.text, "Juliet (A): There!")
  })
})

test("one relay: names before the text, though the network would let the account speak as others", async () => {
  await bridged({ legs: { a: undefined, b: puppets }, legOptions: { b: { relay: "single", name: "{name} of {room}" } } }, async (core) => {
    core.side("a").say("Hark")
    await core.side("b").told("send", 1)
    assert.deepEqual(core.side("b").lines(), ["send: Juliet of Room a: Hark"])
  })
})

test("one way: what is said in a leg that only listens stays there", async () => {
  await bridged({ ...plain, legOptions: { b: { way: "in" } } }, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    b.say("Nobody hears")
    await core.drained("b")
    a.say("Hark")
    await b.told("send", 1)
    assert.deepEqual(a.lines(), [])
  })
})

test("filters, notices and who comes and goes", async () => {
  const options = { ignoreNames: ["spam*"], ignoreTexts: ["!*"], joins: true, notices: true }
  await bridged({ ...plain, options }, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    a.loop.person({ id: "x", name: "Spammer" })
    a.say("Buy", { from: "x" })
    a.say("!help")
    a.loop.person({ id: "mercutio", name: "Mercutio" })
    a.loop.rooms.member({ room: "g", user: "mercutio", change: "joined" })
    await b.told("send", 1)
    a.loop.rooms.notice({ room: "g", text: "Juliet pinned a message" })
    a.loop.rooms.member({ room: "g", user: "mercutio", change: "left" })
    await b.told("send", 3)
    assert.deepEqual(b.lines().toSorted(), [
      "send: ℹ Juliet pinned a message",
      "send: ℹ Mercutio joined Room a (A).",
      "send: ℹ Mercutio left Room a (A).",
    ])
  })
})

test("another bridge that repeats what is said is held after the third time, and that is told", async () => {
  await bridged(plain, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    for (const side of [a, b]) side.loop.person({ id: "parrot", name: "Parrot" })
    // Whatever comes to b, the parrot says in a.
    b.loop.sent.listen(({ kind, text = "" }) => {
      if (kind === "send" && !text.startsWith("ℹ")) a.say(`B: ${text}`, { from: "parrot" })
    })
    a.say("Good morrow")
    const [told] = await a.told("send", 1)
    assert.match(told?.text ?? "", /^ℹ What Parrot says is not copied for a while/)
    await core.drained("a")
    assert.equal(b.loop.sent.list({ kind: "send" }).length, 3)
    // Others are heard.
    a.say("And you?")
    await b.told("send", 4)
  })
})

test("what could not be sent is told where it was said, once", async () => {
  await bridged(plain, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    b.loop.rooms.change({ room: "g", limits: { send: false } })
    await core.drained("b")
    const id = a.say("Hark")
    a.say("Hark again")
    const [told] = await a.told("send", 1)
    assert.equal(told?.text, "⚠ Not delivered to Room b (B): nothing can be written there at the moment.")
    assert.equal(told?.reply, id)
    b.loop.rooms.change({ room: "g", limits: {} })
    await core.drained("b")
    a.say("And now?")
    await b.told("send", 1)
    assert.equal(a.lines().length, 1)
  })
})

test("what was said while the gateway was away comes with its time, and what waited goes on", async () => {
  await bridged(plain, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    a.say("Before")
    await b.told("send", 1)
    await core.stop()
    a.say("Long ago", { at: Date.parse("2026-01-02T03:04:05Z") })
    a.say("Just now")
    await core.start()
    await b.told("send", 3)
    assert.deepEqual(b.lines().slice(1), ["send: Juliet (A): [2026-01-02 03:04 UTC] Long ago", "send: Juliet (A): Just now"])
  })
})

test("a bridge that ends copies nothing any more", async () => {
  await bridged(plain, async (core) => {
    const [a, b] = [core.side("a"), core.side("b")]
    await core.exchange.removeLeg(core.conversation("b"))
    a.say("Hark")
    await core.drained("a")
    assert.equal(core.exchange.of(core.conversation("b")), undefined)
    await core.exchange.addLeg(core.bridge.id, { conversation: core.conversation("b"), consentBy: "configuration", now: 2 })
    a.say("Again")
    await b.told("send", 1)
    assert.deepEqual(b.lines(), ["send: Juliet (A): Again"])
    await core.exchange.remove(core.bridge.id)
    assert.deepEqual(core.exchange.bridges(), [])
  })
})
