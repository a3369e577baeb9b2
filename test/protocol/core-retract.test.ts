// Retraction in direct chats, both ways: what was sent, what still waits, what is in parts, what cannot be taken back.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"

const romeo = "romeo@example.test/orchard"
const juliet = `juliet@${domain}`
const nsRetract = "urn:xmpp:message-retract:1"
const parts = (count: number): string => Array.from({ length: count }, (_, i) => "a".repeat(8) + String(i)).join("\n")

async function playing(capabilities: object, run: (play: Play) => Promise<void>): Promise<void> {
  const play = await Play.open({ adapter: loopback({ ...standard, ...capabilities }) as unknown as AnyAdapter })
  play.network.person({ id: "juliet", name: "Juliet" })
  try {
    await play.register(romeo)
    await run(play)
  } finally {
    await play.close()
  }
}

function retract(play: Play, target: string, { id = randomUUID(), to = juliet }: { id?: string; to?: string } = {}): string {
  const body = "<body>/me retracted a previous message, but it's unsupported by your client.</body>"
  play.server.send(
    `<message from='${romeo}' to='${to}' type='chat' id='${id}'><retract id='${target}' xmlns='${nsRetract}'/>
     <fallback xmlns='urn:xmpp:fallback:0' for='${nsRetract}'/>${body}<store xmlns='urn:xmpp:hints'/></message>`,
  )
  return id
}

async function refused(play: Play, id: string): Promise<[string | undefined, string | null | undefined]> {
  const error = (await play.server.expect(`<message type='error' id='${id}'/>`)).getChild("error")
  return [error?.getChildElements()[0]?.getName(), error?.getChildText("text")]
}

const fromHer = (play: Play, id: string): Promise<Element> =>
  play.server.expect(`<message from='${juliet}'><retract id='${id}'/></message>`)
const idOf = async (play: Play, body: string): Promise<string> =>
  (await play.server.expect((el) => el.getChildText("body") === body)).attrs.id ?? ""

test("what she takes back is taken back by the id of its stanza, edits or not", async () => {
  await playing({}, async (play) => {
    const id = play.network.say({ account: "romeo", from: "juliet", text: "But soft!" })
    play.network.edit({ account: "romeo", from: "juliet", id, text: "But softer!" })
    const other = play.network.say({ account: "romeo", from: "juliet", text: "stays" })
    const stanza = await idOf(play, "But soft!")
    const second = await idOf(play, "stays")
    play.network.retract({ account: "romeo", from: "juliet", ids: ["unknown", id, id] })
    const told = await fromHer(play, stanza)
    assert.equal(told.attrs.type, "chat")
    assert.equal(told.attrs.to, "romeo@example.test")
    assert.equal(told.getChild("fallback", "urn:xmpp:fallback:0")?.attrs.for, nsRetract)
    assert.match(told.getChildText("body") ?? "", /retracted a previous message/)
    assert.ok(told.getChild("store", "urn:xmpp:hints"))
    assert.equal(told.getChild("origin-id", "urn:xmpp:sid:0")?.attrs.id, told.attrs.id)
    // Neither edited nor taken back again.
    play.network.edit({ account: "romeo", from: "juliet", id, text: "too late" })
    play.network.retract({ account: "romeo", from: "juliet", ids: [id] })
    await play.drained()
    await play.away(() => play.network.retract({ account: "romeo", from: "juliet", ids: [id, other] }))
    await fromHer(play, second)
    await play.empty("SELECT op FROM outbox")
    const all = play.server.received.flatMap((el) => el.getChild("retract", nsRetract)?.attrs.id ?? [])
    assert.deepEqual([...new Set(all)].length, 2)
    assert.ok(!play.bodies().includes("too late"))
  })
})

test("what the user takes back is gone on the network, in all its parts, once however often it is asked", async () => {
  await playing({ send: { maxChars: 10, idempotent: true } }, async (play) => {
    const message = play.say(romeo, "juliet", parts(3))
    await play.receipt(message)
    const asked = retract(play, message)
    const gone = await play.told("retract", 3)
    assert.deepEqual(
      gone.map(({ id }) => id),
      (await play.told("send", 3)).map(({ id }) => id),
    )
    await play.empty("SELECT op FROM outbox")
    retract(play, message, { id: asked }) // his client had no answer, for there is none
    retract(play, message)
    await play.sync()
    await play.away(() => undefined)
    retract(play, message)
    await play.sync()
    await play.empty("SELECT op FROM outbox")
    assert.equal((await play.told("retract", 3)).length, 3)
    assert.ok(!play.server.received.some((el) => el.attrs.type === "error"))
  })
})

test("a correction is taken back with what it corrects, by the id of either", async () => {
  await playing({}, async (play) => {
    for (const which of [0, 1]) {
      const message = play.say(romeo, "juliet", "Ay me?")
      const correction = play.say(romeo, "juliet", "Ay me!", { replaces: message })
      await play.receipt(correction)
      retract(play, [message, correction][which] ?? "")
      await play.told("retract", which + 1)
    }
    await play.empty("SELECT op FROM outbox")
  })
})

test("what still waits never leaves, not even the parts behind those that left", async () => {
  await playing({ send: { maxChars: 10, idempotent: true } }, async (play) => {
    const waiting = async (skip: number): Promise<void> => {
      play.network.fault({ kind: "retry", account: "romeo", on: "send", skip, retryAfterMs: 2000, blocks: "chat" })
      const message = play.say(romeo, "juliet", parts(3))
      // The network has asked for patience.
      await play.empty("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE error IS NOT NULL)")
      const change = play.say(romeo, "juliet", `${parts(2)} b`, { replaces: message })
      const asked = retract(play, message)
      await play.receipt(play.say(romeo, "juliet", `after ${skip}`))
      await play.empty("SELECT op FROM outbox")
      const refusals = play.server.received.filter(
        (el) => el.attrs.type === "error" && [message, change, asked].includes(el.attrs.id ?? ""),
      )
      assert.deepEqual(refusals.map(String), [])
    }
    await waiting(0)
    const texts = (): (string | undefined)[] => play.network.sent.list({ kind: "send" }).map(({ text }) => text?.trim())
    assert.deepEqual(texts(), ["after 0"])
    assert.equal(play.network.sent.list({ kind: "retract" }).length, 0)
    await waiting(1)
    // What has left is taken back, the rest stays.
    assert.deepEqual(texts().slice(1), ["aaaaaaaa0", "after 1"])
    assert.equal(play.network.sent.list({ kind: "retract" }).length, 1)
    // Behind another message that waits nothing of it leaves at all.
    play.network.fault({ kind: "retry", account: "romeo", on: "send", retryAfterMs: 2000, blocks: "chat" })
    play.say(romeo, "juliet", "first")
    await play.empty("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE error IS NOT NULL)")
    retract(play, play.say(romeo, "juliet", parts(3)))
    await play.receipt(play.say(romeo, "juliet", "last"))
    assert.deepEqual(texts().slice(3), ["first", "last"])
    assert.equal(play.network.sent.list({ kind: "retract" }).length, 1)
    await play.empty("SELECT op FROM outbox")
  })
})

test("parts that a shorter version gives up are taken back, too, though that still waits", async () => {
  await playing({ send: { maxChars: 10, idempotent: true } }, async (play) => {
    const message = play.say(romeo, "juliet", parts(3))
    await play.receipt(message)
    play.network.fault({ kind: "retry", account: "romeo", on: "send", retryAfterMs: 2000, blocks: "chat" })
    play.say(romeo, "juliet", "first")
    await play.empty("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE error IS NOT NULL)")
    play.say(romeo, "juliet", "short", { replaces: message })
    retract(play, message)
    await play.receipt(play.say(romeo, "juliet", "last"))
    assert.equal(play.network.sent.list({ kind: "retract" }).length, 3)
    assert.equal(play.network.sent.list({ kind: "edit" }).length, 0)
    await play.empty("SELECT op FROM outbox")
  })
})

test("what cannot be taken back is refused with a reason", async () => {
  await playing({ retract: { withinSeconds: 0 } }, async (play) => {
    play.network.say({ account: "romeo", from: "juliet", text: "hers" })
    const hers = await idOf(play, "hers")
    assert.deepEqual(await refused(play, retract(play, hers)), ["forbidden", "Only its author can take a message back."])
    for (const [target, to] of [
      ["nothing", juliet],
      ["nothing", `nurse@${domain}`],
      [hers, `nurse@${domain}`],
    ] as const)
      assert.deepEqual(await refused(play, retract(play, target, { to })), [
        "item-not-found",
        "There is no such message in this conversation.",
      ])
    const mine = play.say(romeo, "juliet", "mine")
    await play.receipt(mine)
    const [condition, text] = await refused(play, retract(play, mine))
    assert.deepEqual([condition, text?.startsWith("This message is too old")], ["not-allowed", true])
    assert.deepEqual(play.rows("SELECT legacy_id FROM conversation WHERE legacy_id = 'nurse'"), [])
    assert.equal(play.network.sent.list({ kind: "retract" }).length, 0)
  })
  const { retract: _, ...without } = standard
  const play = await Play.open({ adapter: loopback(without) as unknown as AnyAdapter })
  try {
    play.network.person({ id: "juliet", name: "Juliet" })
    await play.register(romeo)
    const mine = play.say(romeo, "juliet", "mine")
    await play.receipt(mine)
    assert.deepEqual(await refused(play, retract(play, mine)), ["feature-not-implemented", "On Loopback no message can be taken back."])
  } finally {
    await play.close()
  }
})

test("what the network refuses to take back its author hears of; what it has no more is taken back", async () => {
  await playing({}, async (play) => {
    const [kept, gone] = [play.say(romeo, "juliet", "kept"), play.say(romeo, "juliet", "gone")]
    await play.receipt(gone)
    play.network.fault({ kind: "denied", account: "romeo", on: "retract", text: "Not this one." })
    assert.deepEqual(await refused(play, retract(play, kept)), ["forbidden", "Not this one."])
    play.network.fault({ kind: "gone", account: "romeo", on: "retract" })
    retract(play, gone)
    await play.empty("SELECT op FROM outbox")
    retract(play, kept)
    await play.told("retract", 1)
    assert.equal(play.server.received.filter((el) => el.attrs.type === "error").length, 1)
  })
})

test("what the network tells of our user's own message is not told in her name, and cannot be taken back twice", async () => {
  await playing({}, async (play) => {
    const mine = play.say(romeo, "juliet", "mine")
    await play.receipt(mine)
    const [sent] = await play.told("send", 1)
    play.network.retract({ account: "romeo", from: "juliet", ids: [sent?.id ?? ""] })
    await play.drained()
    retract(play, mine)
    await play.receipt(play.say(romeo, "juliet", "then"))
    assert.equal(play.network.sent.list({ kind: "retract" }).length, 0)
    assert.ok(!play.server.received.some((el) => el.getChild("retract") ?? el.attrs.type === "error"))
  })
})
