// What the gateway tells of reactions and of votes, as events for the core.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it, mock } from "node:test"
import type { NetworkEvent } from "xferry"
import { assertSound } from "#discord/connection/sound.js"
import { Addresses } from "#discord/files/addresses.js"
import { messageHandlers } from "#discord/talk/messages.js"
import { countsOf, reactionHandlers } from "#discord/talk/reactions.js"
import type { Bot, Handlers } from "#discord/types.js"
import { BotWorld } from "#discord/world/world.js"

const [verona, square, chat, ferry, juliet, romeo, message] = ["1000", "4001", "5001", "2001", "2003", "2004", "7001"] as const
const member = { user: { id: juliet, username: "juliet", global_name: "Juliet" }, roles: [] }
const wave = { id: "9001", name: "wave", animated: true }

let emitted: NetworkEvent[]
let asked: string[]
let poll: Record<string, unknown>
let end: AbortController
let handlers: Handlers

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_800_000_000_000 })
  const world = new BotWorld(ferry)
  world.putGuild({ id: verona, channels: [{ id: square, type: 0, name: "square" }], members: [{ user: { id: ferry }, roles: [] }] })
  emitted = []
  asked = []
  poll = { question: { text: "Whose hand?" }, answers: [{ answer_id: 1, poll_media: { text: "Paris" } }], results: { answer_counts: [] } }
  end = new AbortController()
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const author = { id: romeo, username: "romeo" }
  const rest = {
    get: (route: string) => {
      asked.push(route)
      return Promise.resolve({ id: message, channel_id: square, author, content: "", poll, edited_timestamp: null })
    },
  }
  const bot = {
    self: { id: ferry, name: "Ferry" },
    application: ferry,
    host: { log, signal: end.signal, emit: (event: NetworkEvent) => Promise.resolve(void emitted.push(event)) },
    rest,
    world,
    dms: { guildOf: () => Promise.resolve(undefined), userOf: () => Promise.resolve(juliet), learn: () => Promise.resolve() },
    webhooks: { isOurs: () => false },
    may: { members: true, presences: true, content: true },
    addresses: new Addresses(),
  } as unknown as Bot
  handlers = { ...messageHandlers(bot), ...reactionHandlers(bot) }
})
afterEach(() => {
  end.abort()
  mock.timers.reset()
})

async function told(name: string, data: object): Promise<NetworkEvent[]> {
  const events = (await handlers[name]?.({ channel_id: square, guild_id: verona, message_id: message, ...data })) ?? []
  for (const event of events) assertSound(event)
  return events
}
const change = async (name: string, data: object): Promise<unknown[]> =>
  (await told(name, data)).map((event) => (event.type === "reactions" ? event.change : event.type))
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("a reaction", () => {
  it("comes with who reacted, and goes", async () => {
    const [event] = await told("MESSAGE_REACTION_ADD", { user_id: juliet, member, emoji: { id: null, name: "👍" }, burst: false, type: 0 })
    assert.ok(event?.type === "reactions" && "from" in event.change)
    assert.equal(event.change.from.name, "Juliet")
    assert.deepEqual([event.chat, event.id, event.own], [{ room: square }, message, undefined])
    assert.deepEqual({ ...event.change, from: 0 }, { from: 0, add: { text: "👍" } })
    const [gone] = await told("MESSAGE_REACTION_REMOVE", { user_id: juliet, emoji: { id: null, name: "👍" } })
    assert.ok(gone?.type === "reactions" && "from" in gone.change)
    assert.equal(gone.change.from.name, "Juliet")
    assert.deepEqual({ ...gone.change, from: 0 }, { from: 0, remove: { text: "👍" } })
  })

  it("with an emoji of a server has its name and its picture", async () => {
    const [one] = (await change("MESSAGE_REACTION_ADD", { user_id: juliet, member, emoji: wave })) as { add: { file?: object } }[]
    const file = { name: "wave.gif", mime: "image/gif", kind: "sticker", alt: ":wave:", ref: "emojis/9001.gif", stableId: "emoji-9001" }
    assert.deepEqual(one?.add, { text: ":wave:", id: "9001", file })
    const [other] = (await change("MESSAGE_REACTION_ADD", { user_id: juliet, emoji: { id: "9002", name: null } })) as { add: object }[]
    assert.deepEqual({ ...other?.add, file: 0 }, { text: ":emoji:", id: "9002", file: 0 })
  })

  it("of the bot itself is its own, and in a direct chat it is that person's", async () => {
    const [own] = await told("MESSAGE_REACTION_ADD", { user_id: ferry, emoji: { name: "👍" } })
    assert.ok(own?.type === "reactions" && own.own)
    const [direct] = await told("MESSAGE_REACTION_ADD", { user_id: juliet, channel_id: chat, guild_id: undefined, emoji: { name: "👍" } })
    assert.deepEqual(direct?.type === "reactions" && direct.chat, { user: juliet })
  })

  it("that a moderator takes away is taken from everybody", async () => {
    const [removed, ...rest] = (await change("MESSAGE_REACTION_REMOVE_EMOJI", { emoji: wave })) as {
      cleared: true
      emoji: { id: string }
    }[]
    assert.deepEqual([removed?.cleared, removed?.emoji.id, rest], [true, "9001", []])
    assert.deepEqual(await change("MESSAGE_REACTION_REMOVE_ALL", {}), [{ cleared: true }])
    assert.deepEqual(await change("MESSAGE_REACTION_REMOVE_EMOJI", { emoji: {} }), [])
  })

  it("of which nothing can be read is none", async () => {
    for (const data of [
      {},
      { user_id: juliet },
      { user_id: juliet, emoji: {} },
      { emoji: wave },
      { user_id: juliet, emoji: wave, message_id: null },
    ])
      assert.deepEqual(await told("MESSAGE_REACTION_ADD", data), [])
  })

  it("is counted without the bot's own", () => {
    const reactions = [
      { emoji: { name: "👍" }, count: 3, me: true },
      { emoji: { name: "👎" }, count: 1, me: true },
      { emoji: wave, count: "2" },
      { emoji: null, count: 9 },
      null,
    ]
    const [found] = countsOf({ reactions })
    assert.ok(found && "counts" in found)
    assert.deepEqual(
      found.counts.map(({ emoji, count }) => [emoji.text, count]),
      [
        ["👍", 2],
        [":wave:", 2],
      ],
    )
    assert.deepEqual(countsOf({ reactions: null }), [])
  })
})

describe("votes", () => {
  const vote = { user_id: juliet, answer_id: 1 }

  it("are told as a change of the poll, many at once as one", async () => {
    for (let i = 0; i < 50; i++) assert.deepEqual(await told(i % 2 === 0 ? "MESSAGE_POLL_VOTE_ADD" : "MESSAGE_POLL_VOTE_REMOVE", vote), [])
    assert.deepEqual(asked, [])
    poll["results"] = { is_finalized: false, answer_counts: [{ id: 1, count: 25 }] }
    mock.timers.tick(2000)
    await settle()
    assert.deepEqual(asked, [`/channels/${square}/messages/${message}`])
    const [event] = emitted
    assert.equal(emitted.length, 1)
    assert.ok(event?.type === "edit")
    assertSound(event)
    assert.deepEqual(event.body, {
      text: "Whose hand?",
      extras: [{ type: "choice", as: "poll", options: [{ id: "1", text: "Paris", votes: 25 }] }],
    })
    await told("MESSAGE_POLL_VOTE_ADD", vote)
    mock.timers.tick(2000)
    await settle()
    const later = emitted[1]
    assert.ok(later?.type === "edit" && Number(later.revision) > Number(event.revision))
  })

  it("end with the poll", async () => {
    await told("MESSAGE_POLL_VOTE_ADD", vote)
    poll["results"] = { is_finalized: true, answer_counts: [{ id: 1, count: 1 }] }
    const author = { id: romeo, username: "romeo" }
    const [event] = await told("MESSAGE_UPDATE", { id: message, author, content: "", poll, edited_timestamp: null })
    assert.ok(event?.type === "edit" && event.body.extras?.[0]?.type === "choice" && event.body.extras[0].closed)
    mock.timers.tick(10_000)
    await settle()
    assert.deepEqual([asked, emitted], [[], []])
  })

  it("are not waited for when the session is over", async () => {
    await told("MESSAGE_POLL_VOTE_ADD", vote)
    end.abort()
    mock.timers.tick(10_000)
    await settle()
    assert.deepEqual(asked, [])
  })
})
