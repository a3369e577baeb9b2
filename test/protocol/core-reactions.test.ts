// Reactions (XEP-0444) in direct chats, both ways: sets, steps, counts; what the network takes of them, and what it refuses.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"

const romeo = "romeo@example.test/orchard"
const juliet = `juliet@${domain}`
const ns = "urn:xmpp:reactions:0"

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

function react(play: Play, target: string, emoji: string[], { id = randomUUID(), to = juliet }: { id?: string; to?: string } = {}): string {
  const all = emoji.map((one) => `<reaction>${one}</reaction>`).join("")
  play.server.send(
    `<message from='${romeo}' to='${to}' type='chat' id='${id}'><reactions id='${target}' xmlns='${ns}'>${all}</reactions><store xmlns='urn:xmpp:hints'/></message>`,
  )
  return id
}

const emojiOf = (el: Element): string[] =>
  el
    .getChild("reactions", ns)
    ?.getChildren("reaction")
    .map((one) => one.getText()) ?? []
const heard = (play: Play): [string, string[]][] =>
  play.server.received.flatMap((el) => {
    const target = el.getChild("reactions", ns)?.attrs.id
    return target === undefined ? [] : [[target, emojiOf(el)]]
  })
const stanzaOf = async (play: Play, body: string): Promise<string> =>
  (await play.server.expect((el) => el.getChildText("body") === body)).attrs.id ?? ""
const fromHer = (play: Play, target: string): Promise<Element> =>
  play.server.expect(`<message from='${juliet}'><reactions xmlns='${ns}' id='${target}'/></message>`)

async function refused(play: Play, id: string): Promise<[string | undefined, string | null | undefined]> {
  const error = (await play.server.expect(`<message type='error' id='${id}'/>`)).getChild("error")
  return [error?.getChildElements()[0]?.getName(), error?.getChildText("text")]
}

test("what she thinks is told as all that she thinks, of his words and of hers, once each", async () => {
  await playing({}, async (play) => {
    const mine = play.say(romeo, "juliet", "It is my lady")
    await play.receipt(mine)
    const [sent] = await play.told("send", 1)
    const hers = play.network.say({ account: "romeo", from: "juliet", text: "Ay me!" })
    const stanza = await stanzaOf(play, "Ay me!")
    const her = { account: "romeo", from: "juliet" }
    play.network.react({ ...her, id: sent?.id ?? "", set: ["❤️", "👍"] })
    const told = await fromHer(play, mine)
    assert.deepEqual([told.attrs.type, told.attrs.to, emojiOf(told)], ["chat", "romeo@example.test", ["❤️", "👍"]])
    assert.ok(told.getChild("store", "urn:xmpp:hints"))
    assert.equal(told.getChild("origin-id", "urn:xmpp:sid:0")?.attrs.id, told.attrs.id)
    assert.equal(told.getChild("body"), undefined)
    // Step by step; what is known already is no news; what it is about must be known.
    play.network.react({ ...her, id: sent?.id ?? "", set: ["👍", "❤️"] })
    play.network.react({ ...her, id: hers, add: "😀" })
    play.network.react({ ...her, id: hers, add: "😀" })
    play.network.react({ ...her, id: hers, add: { text: "blob", id: "7" } })
    play.network.react({ ...her, id: hers, remove: "😀" })
    play.network.react({ ...her, id: "999", add: "😀" })
    play.network.react({ ...her, id: hers, own: true, add: "🙃" })
    play.network.react({ ...her, id: hers, set: [] })
    await play.drained()
    await play.empty("SELECT op FROM outbox")
    assert.deepEqual(heard(play), [
      [mine, ["❤️", "👍"]],
      [stanza, ["😀"]],
      [stanza, ["😀", ":blob:"]],
      [stanza, [":blob:"]],
      [stanza, []],
    ])
    // What is told while the gateway is away is told when it is back.
    await play.away(() => play.network.react({ ...her, id: hers, set: ["🌹"] }))
    await play.drained()
    await play.empty("SELECT op FROM outbox")
    assert.deepEqual(heard(play).slice(5), [[stanza, ["🌹"]]])
  })
})

test("counts without persons are one line, corrected as they change", async () => {
  await playing({}, async (play) => {
    const hers = play.network.say({ account: "romeo", from: "juliet", text: "Ay me!" })
    await stanzaOf(play, "Ay me!")
    const count = (counts: [string, number][]): void =>
      play.network.react({ account: "romeo", from: "juliet", id: hers, counts: counts.map(([emoji, count]) => ({ emoji, count })) })
    count([["👍", 2], ["🌹", 5]]) // prettier-ignore
    const line = await play.server.expect((el) => el.getChildText("body")?.includes("🌹 5  👍 2") === true)
    count([["🌹", 5], ["👍", 2]]) // prettier-ignore
    count([["👍", 3]])
    const next = await play.server.expect((el) => el.getChildText("body")?.includes("👍 3") === true)
    assert.equal(next.getChild("replace", "urn:xmpp:message-correct:0")?.attrs.id, line.attrs.id)
    assert.ok(!next.getChildText("body")?.includes("🌹"))
    count([])
    const none = await play.server.expect((el) => el.getChildText("body")?.includes("No reactions any more") === true)
    assert.equal(none.getChild("replace", "urn:xmpp:message-correct:0")?.attrs.id, line.attrs.id)
    assert.equal(play.bodies().filter((body) => /👍|🌹|No reactions/.test(body)).length, 3)
    // The line itself is nothing on the network.
    assert.deepEqual(await refused(play, react(play, line.attrs.id ?? "", ["👍"])), [
      "item-not-found",
      "There is no such message in this conversation.",
    ])
  })
})

test("what he thinks is on the network once, however often it is asked; nothing takes it back", async () => {
  await playing({}, async (play) => {
    const hers = play.network.say({ account: "romeo", from: "juliet", text: "Ay me!" })
    const stanza = await stanzaOf(play, "Ay me!")
    const asked = react(play, stanza, ["❤️", "👍", "❤"])
    const [first] = await play.told("react", 1)
    assert.deepEqual([first?.id, first?.emoji], [hers, ["❤️", "👍"]])
    await play.empty("SELECT op FROM outbox")
    react(play, stanza, ["❤️", "👍"], { id: asked })
    react(play, stanza, [])
    const [, second] = await play.told("react", 2)
    assert.deepEqual(second?.emoji, [])
    // A correction is the message it corrects; so is what a client calls its own.
    play.network.edit({ account: "romeo", from: "juliet", id: hers, text: "Ay you!" })
    const corrected = await stanzaOf(play, "Ay you!")
    react(play, corrected, ["👍"])
    assert.equal((await play.told("react", 3))[2]?.id, hers)
    const mine = play.say(romeo, "juliet", "mine")
    await play.receipt(mine)
    react(play, mine, ["🙈"])
    const id = (await play.told("send", 1))[0]?.id
    assert.equal((await play.told("react", 4))[3]?.id, id)
    await play.empty("SELECT op FROM outbox")
    assert.ok(!play.server.received.some((el) => el.attrs.type === "error"))
  })
})

test("a reaction to what still waits goes behind it", async () => {
  await playing({}, async (play) => {
    play.network.fault({ kind: "retry", account: "romeo", on: "send", retryAfterMs: 200, blocks: "chat" })
    const mine = play.say(romeo, "juliet", "waits")
    react(play, mine, ["🕰️"])
    const [told] = await play.told("react", 1)
    assert.equal(told?.id, (await play.told("send", 1))[0]?.id)
    assert.deepEqual(
      play.network.sent.list().map(({ kind }) => kind),
      ["send", "react"],
    )
    // What is taken back before it left takes with it what was thought of it.
    play.network.fault({ kind: "retry", account: "romeo", on: "send", retryAfterMs: 1000, blocks: "chat" })
    const gone = play.say(romeo, "juliet", "gone")
    await play.empty("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE error IS NOT NULL)")
    play.say(romeo, "juliet", "first")
    const other = play.say(romeo, "juliet", "other")
    react(play, other, ["🕰️"])
    play.server.send(
      `<message from='${romeo}' to='${juliet}' type='chat' id='${randomUUID()}'><retract id='${other}' xmlns='urn:xmpp:message-retract:1'/></message>`,
    )
    await play.receipt(play.say(romeo, "juliet", "last"))
    assert.deepEqual(
      play.network.sent.list().slice(2).map(({ text }) => text), // prettier-ignore
      ["gone", "first", "last"],
    )
    assert.ok(!play.server.received.some((el) => el.attrs.type === "error"))
    assert.ok(gone)
  })
})

test("what the network does not take is refused in words that name what it takes", async () => {
  await playing({ react: { max: 1, allowed: ["❤", "👍"] } }, async (play) => {
    play.network.say({ account: "romeo", from: "juliet", text: "Ay me!" })
    const stanza = await stanzaOf(play, "Ay me!")
    assert.deepEqual(await refused(play, react(play, stanza, ["💩"])), [
      "not-acceptable",
      "On Loopback this reaction is not possible: ❤ 👍 can be used, one at a time.",
    ])
    assert.deepEqual(await refused(play, react(play, stanza, ["❤", "👍"])), [
      "not-acceptable",
      "On Loopback too many reactions: ❤ 👍 can be used, one at a time.",
    ])
    // In the network's own spelling.
    react(play, stanza, ["❤️"])
    assert.deepEqual((await play.told("react", 1))[0]?.emoji, ["❤"])
    for (const [target, to] of [
      ["nothing", juliet],
      [stanza, `nurse@${domain}`],
    ] as const)
      assert.deepEqual(await refused(play, react(play, target, ["👍"], { to })), [
        "item-not-found",
        "There is no such message in this conversation.",
      ])
    play.network.fault({ kind: "rejected", account: "romeo", on: "react", text: "Not for you." })
    assert.deepEqual(await refused(play, react(play, stanza, ["👍"])), ["not-acceptable", "Not for you."])
    // As it was before: the next one is told as if that had not been.
    assert.deepEqual(play.rows("SELECT emoji FROM reaction WHERE actor LIKE '@%'"), [{ emoji: "❤" }])
    assert.deepEqual(play.rows("SELECT legacy_id FROM conversation WHERE legacy_id = 'nurse'"), [])
    // What clients may know beforehand.
    const info = (
      await play.server.ask(`<iq type='get' from='${romeo}' to='${juliet}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`)
    ).getChild("query")
    assert.ok(info?.getChildren("feature").some(({ attrs }) => attrs.var === ns))
    const form = info?.getChildren("x").find((x) => x.getChildren("field").some((field) => field.getChildText("value") === `${ns}:restrictions`)) // prettier-ignore
    const values = (name: string): string[] | undefined =>
      form?.getChildren("field").find(({ attrs }) => attrs.var === name)?.getChildren("value").map((value) => value.getText()) // prettier-ignore
    assert.deepEqual([values("max_reactions_per_user"), values("allowlist")], [["1"], ["❤", "👍"]])
  })
  const { react: _, ...without } = standard
  const play = await Play.open({ adapter: loopback(without) as unknown as AnyAdapter })
  try {
    await play.register(romeo)
    play.network.say({ account: "romeo", from: "juliet", text: "Ay me!" })
    const stanza = await stanzaOf(play, "Ay me!")
    assert.deepEqual(await refused(play, react(play, stanza, ["👍"])), [
      "feature-not-implemented",
      "There are no reactions on Loopback, or none that a gateway could send.",
    ])
  } finally {
    await play.close()
  }
})

test("text beside a reaction is dropped only where it is marked as the same", async () => {
  await playing({}, async (play) => {
    play.network.say({ account: "romeo", from: "juliet", text: "Ay me!" })
    const stanza = await stanzaOf(play, "Ay me!")
    const beside = (more: string): void =>
      play.server.send(
        `<message from='${romeo}' to='${juliet}' type='chat' id='${randomUUID()}'><reactions id='${stanza}' xmlns='${ns}'><reaction>👍</reaction></reactions>${more}</message>`,
      )
    beside(`<body>&gt; Ay me!\n👍</body><fallback xmlns='urn:xmpp:fallback:0' for='${ns}'/>`)
    await play.told("react", 1)
    beside("<body>words</body>")
    assert.equal((await play.told("send", 1))[0]?.text, "words")
    // A repeated one of the past is none.
    beside("<delay xmlns='urn:xmpp:delay' from='example.test' stamp='2020-01-01T00:00:00Z'/>")
    await play.sync()
    await play.empty("SELECT op FROM outbox")
    assert.deepEqual(
      play.network.sent.list().map(({ kind }) => kind),
      ["react", "send"],
    )
  })
})

test("what is told of a message before the network has said what it is called is told of it nevertheless", async () => {
  await playing({}, async (play) => {
    // Whoever answers faster than the network: a bot.
    const stop = play.network.sent.listen(({ kind, id = "", room }) => {
      if (kind !== "send") return
      if (room !== undefined) return play.network.rooms.react({ room, from: "juliet", id, add: "⚡" })
      play.network.react({ account: "romeo", from: "juliet", id, add: "⚡" })
      play.network.read({ account: "romeo", from: "juliet", upTo: id })
    })
    const mine = play.say(romeo, "juliet", "quick")
    assert.deepEqual(emojiOf(await fromHer(play, mine)), ["⚡"])
    await play.server.expect(`<message from='${juliet}'><displayed xmlns='urn:xmpp:chat-markers:0' id='${mine}'/></message>`)
    const room = await play.room({ members: ["juliet"] })
    await play.join(romeo, room, "Romeo")
    const said = await play.roomSaid(romeo, room, "quick")
    const told = await play.server.expect((el) => el.attrs.type === "groupchat" && emojiOf(el).join() === "⚡")
    assert.equal(told.getChild("reactions", ns)?.attrs.id, said.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id)
    stop()
  })
})
