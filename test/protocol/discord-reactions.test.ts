// Reactions towards Discord, and those of the past, against the fake.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { AdapterError, MessageEvent } from "xferry"
import type { Message } from "../fakes/discord/index.js"
import { TalkStage } from "../support/discord-talk.js"

let stage: TalkStage
let message: Message
beforeEach(async () => {
  stage = await TalkStage.start()
  message = stage.square.say(stage.romeo, "o")
})
afterEach(() => stage.stop())

const react = (...emoji: string[]): Promise<void> =>
  stage.verbs.react({ chat: { room: stage.square.id }, message: { id: message.id }, emoji }, stage.signal)
const bots = (): string[] =>
  message.reactors.filter(({ users }) => users.some(({ id }) => id === stage.bot.id)).map(({ emoji }) => emoji.name)

describe("reactions towards Discord", () => {
  it("become what is wanted, and no call is made for what stands", async () => {
    await react("👍", "❤️")
    assert.deepEqual(bots(), ["👍", "❤️"])
    await react("❤", "🌹")
    assert.deepEqual(bots(), ["❤️", "🌹"])
    assert.equal(stage.asked("PUT", /reactions/), 3)
    assert.equal(stage.asked("DELETE", /reactions/), 1)
    await react()
    assert.deepEqual(bots(), [])
  })

  it("leave those of others as they are", async () => {
    stage.square.react(message, stage.romeo, "👍")
    await react("👍")
    await react()
    assert.deepEqual(
      message.reactors.map(({ users }) => users.map(({ username }) => username)),
      [["romeo"]],
    )
  })

  it("with emoji of the server by their name, and with what somebody brought along", async () => {
    const rose = stage.guild.makeEmoji("rose")
    stage.square.react(message, stage.romeo, { id: "999000000000000123", name: "dagger", animated: false })
    await react(":rose:", ":dagger:")
    assert.deepEqual(bots(), ["dagger", "rose"])
    assert.ok(stage.fake.requests.some(({ method, path }) => method === "PUT" && decodeURIComponent(path).includes(`rose:${rose.id}`)))
    await assert.rejects(react(":nothing:"), ({ kind, message }: AdapterError) => kind === "rejected" && /:nothing:/.test(message))
  })

  it("that Discord does not know, or not here, are refused with a reason", async () => {
    await assert.rejects(react("x"), ({ kind, message }: AdapterError) => kind === "rejected" && /does not know this emoji/.test(message))
    stage.square.overwrite({ of: { id: stage.bot.id }, deny: ["AddReactions"] })
    await assert.rejects(react("👍"), ({ kind }: AdapterError) => kind === "denied")
    stage.square.delete(message)
    await assert.rejects(react("👍"), ({ kind }: AdapterError) => kind === "gone")
    await assert.rejects(
      stage.verbs.react({ chat: { room: stage.square.id }, message: { id: "unknown-1" }, emoji: [] }, stage.signal),
      ({ kind }: AdapterError) => kind === "gone",
    )
  })

  it("wake a thread that sleeps", async () => {
    const thread = stage.square.makeThread(stage.romeo, { name: "plans" })
    message = thread.say(stage.romeo, "hush")
    thread.archive()
    await stage.verbs.react({ chat: { room: thread.id }, message: { id: message.id }, emoji: ["👍"] }, stage.signal)
    assert.deepEqual(bots(), ["👍"])
  })
})

describe("reactions of the past", () => {
  const past = async (): Promise<MessageEvent[]> =>
    (await stage.verbs.history({ chat: { room: stage.square.id }, limit: 50 }, stage.signal)).items

  it("come with who reacted, without the bot", async () => {
    const tybalt = stage.fake.person({ username: "tybalt" })
    stage.guild.join(tybalt)
    for (const [who, emoji] of [
      [stage.romeo, "👍"],
      [tybalt, "👍"],
      [tybalt, "🗡️"],
    ] as const)
      stage.square.react(message, who, emoji)
    stage.square.react(message, stage.bot, "👍")
    const [event] = await past()
    const sets = event?.reactions?.map((change) => ("set" in change ? [change.from.username, change.set.map(({ text }) => text)] : change))
    assert.deepEqual(sets, [
      ["romeo", ["👍"]],
      ["tybalt", ["👍", "🗡️"]],
    ])
  })

  it("are counted where there are too many to ask for each", async () => {
    for (let i = 0; i < 15; i++) stage.square.react(stage.square.say(stage.romeo, `m ${i}`), stage.romeo, "👍")
    const reactions = (await past()).flatMap((event) => event.reactions ?? [])
    assert.equal(reactions.length, 15)
    assert.equal(reactions.filter((change) => "set" in change).length, 10)
    const [counted] = reactions.filter((change) => "counts" in change)
    assert.deepEqual(counted, { counts: [{ emoji: { text: "👍" }, count: 1 }] })
    assert.equal(stage.asked("GET", /reactions/), 10)
  })
})
