// Messages that the gateway or a page of history brings, as events: who, where, what it answers, what is a real edit.
import assert from "node:assert/strict"
import { describe, it, mock } from "node:test"
import fc from "../support/property.js"
import type { MessageEvent, NetworkEvent } from "xferry"
import { Addresses } from "#discord/files/addresses.js"
import { messageEvent, messageHandlers } from "#discord/talk/messages.js"
import type { Bot, Handlers } from "#discord/types.js"
import { assertSound } from "#discord/connection/sound.js"
import { BotWorld } from "#discord/world/world.js"
const [verona, square, crypt, chat, application] = ["1000", "4001", "4002", "5001", "2000"] as const
const [ferry, juliet, romeo, hook, foreign] = ["2001", "2003", "2004", "6001", "6002"] as const

interface Stage {
  bot: Bot
  handlers: Handlers
  emitted: NetworkEvent[]
  asked: string[]
  end: AbortController
}

function stage(more: { content?: boolean; answer?: unknown } = {}): Stage {
  const world = new BotWorld(ferry)
  world.putGuild({
    id: verona,
    name: "Verona",
    roles: [{ id: "3001", name: "guards", permissions: "0", position: 1 }],
    channels: [
      { id: square, type: 0, name: "square" },
      { id: crypt, type: 0, name: "crypt" },
    ],
    members: [{ user: { id: ferry, username: "ferry", bot: true }, roles: [] }],
  })
  const emitted: NetworkEvent[] = []
  const asked: string[] = []
  const end = new AbortController()
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const host = {
    commands: [],
    log,
    signal: end.signal,
    emit: (event: NetworkEvent) => {
      emitted.push(event)
      return Promise.resolve()
    },
  }
  const chats = new Map([[chat, juliet]])
  const bot = {
    self: { id: ferry, name: "Ferry" },
    application,
    rest: {
      get: (route: string) => {
        asked.push(route)
        return more.answer === undefined ? Promise.reject(new Error("no answer")) : Promise.resolve(more.answer)
      },
    },
    host,
    world,
    dms: {
      guildOf: () => Promise.resolve(undefined),
      userOf: (channel: string) => Promise.resolve(chats.get(channel as typeof chat)),
      learn: (channel: string, user: string) => Promise.resolve(void chats.set(channel as typeof chat, user as typeof juliet)),
    },
    webhooks: { isOurs: (id: string) => id === hook },
    may: { members: true, presences: true, content: more.content ?? true },
    addresses: new Addresses(),
  } as unknown as Bot
  return { bot, handlers: messageHandlers(bot), emitted, asked, end }
}

const author = { id: juliet, username: "juliet", global_name: "Juliet", avatar: null }
const message = (more: object = {}): Record<string, unknown> => ({
  id: "7001",
  type: 0,
  channel_id: square,
  guild_id: verona,
  author,
  member: { nick: "Jule", roles: [] },
  content: "hello",
  timestamp: "2026-11-21T12:00:00.123000+00:00",
  edited_timestamp: null,
  attachments: [],
  embeds: [],
  mentions: [],
  mention_roles: [],
  ...more,
})

async function told({ handlers }: Stage, name: string, data: object): Promise<NetworkEvent[]> {
  const events = (await handlers[name]?.(data as Record<string, unknown>)) ?? []
  for (const event of events) assertSound(event)
  return events
}

async function said(more: object, on = stage()): Promise<MessageEvent> {
  const [event] = await told(on, "MESSAGE_CREATE", message(more))
  assert.ok(event?.type === "message", JSON.stringify(event))
  return event
}

describe("a message", () => {
  it("in a channel", async () => {
    const { from, ...event } = await said({})
    assert.deepEqual(event, {
      type: "message",
      id: "7001",
      chat: { room: square },
      nick: "Jule",
      at: new Date("2026-11-21T12:00:00.123Z"),
      body: { text: "hello" },
    })
    assert.deepEqual([from.id, from.name, from.username, from.kind], [juliet, "Juliet", "juliet", "person"])
  })

  it("of a page of history knows guild and nick from before", async () => {
    const on = stage()
    await said({}, on)
    const event = await messageEvent(
      on.bot,
      message({ id: "7002", guild_id: undefined, member: undefined, edited_timestamp: "2026-11-21T13:00:00Z" }),
    )
    assert.deepEqual([event?.chat, event?.nick, event?.revision], [{ room: square }, "Jule", String(Date.UTC(2026, 10, 21, 13))])
  })

  it("in a direct chat is with the other person, whoever speaks", async () => {
    const on = stage()
    const direct = { guild_id: undefined, member: undefined, channel_id: "5002" }
    const theirs = await said({ ...direct, author: { id: romeo, username: "romeo" } }, on)
    const ours = await said({ ...direct, id: "7002", author: { id: ferry, username: "ferry", bot: true }, nonce: "k1" }, on)
    assert.deepEqual([theirs.chat, theirs.own, theirs.from.id], [{ user: romeo }, undefined, romeo])
    assert.deepEqual([ours.chat, ours.own, ours.key, ours.from.id], [{ user: romeo }, true, "k1", ferry])
  })

  it("of nobody knows whose direct chat is left out", async () => {
    assert.deepEqual(await told(stage(), "MESSAGE_CREATE", message({ guild_id: undefined, channel_id: "5009", author: { id: ferry } })), [])
  })

  it("by a webhook is by somebody of that name", async () => {
    const bridge = { webhook_id: foreign, member: undefined }
    const [first, second, again] = await Promise.all(
      ["Nurse", "Peter", "Nurse"].map((username) => said({ ...bridge, author: { id: foreign, username, avatar: "abc", bot: true } })),
    )
    assert.equal(first?.from.name, "Nurse")
    assert.match(first?.from.id ?? "", /^w6002\.[0-9a-f]{12}$/)
    assert.equal(first?.from.kind, "webhook")
    assert.equal(first?.own, undefined)
    assert.notEqual(first?.from.id, second?.from.id)
    assert.equal(first?.from.id, again?.from.id)
  })

  it("by a webhook of ours is our own, known or told by its application", async () => {
    const puppet = { id: hook, username: "Romeo", bot: true }
    const known = await said({ webhook_id: hook, author: puppet, member: undefined })
    const foundAgain = await said({ webhook_id: "6009", application_id: application, author: { ...puppet, id: "6009" }, member: undefined })
    assert.deepEqual([known.own, known.handle], [true, "w6001"])
    assert.deepEqual([foundAgain.own, foundAgain.handle], [true, "w6009"])
  })

  it("by which an app answers a command is the app's", async () => {
    const app = "2009"
    const event = await said({
      type: 20,
      webhook_id: app,
      application_id: app,
      interaction_metadata: { id: "8", type: 2 },
      author: { id: app, username: "helper", bot: true },
    })
    assert.deepEqual([event.from.id, event.from.kind, event.own], [app, "bot", undefined])
    const later = await said({ webhook_id: app, application_id: app, author: { id: app, username: "helper", bot: true } })
    assert.equal(later.from.id, app)
  })

  it("that an app has yet to write is told when it is written", async () => {
    const on = stage()
    const answer = { type: 20, author: { id: "2009", username: "helper", bot: true } }
    assert.deepEqual(await told(on, "MESSAGE_CREATE", message({ ...answer, content: "", flags: 128 })), [])
    const [event] = await told(on, "MESSAGE_UPDATE", message({ ...answer, content: "done" }))
    assert.ok(event?.type === "message" && event.body.text === "done")
    assert.deepEqual(await told(on, "MESSAGE_UPDATE", message({ ...answer, content: "done" })), [])
  })

  it("with a mention has the name the guild knows, and whom it mentions is known from then on", async () => {
    const on = stage()
    const mentions = [{ id: romeo, username: "romeo", global_name: "Romeo", member: { nick: "Romy", roles: [] } }]
    const { body } = await said({ content: `hi <@${romeo}>, <@&3001>, <#${crypt}>`, mentions, mention_roles: ["3001"] }, on)
    assert.equal(body.text, "hi @Romy, @guards, #crypt")
    assert.deepEqual(body.spans?.[0], { kind: "mention", start: 3, end: 8, arg: romeo })
    assert.equal((await said({ id: "7002", content: `<@${romeo}>` }, on)).body.text, "@Romy")
  })

  it("without the right to read it is said to be there", async () => {
    assert.match((await said({ content: "" }, stage({ content: false }))).body.text, /Message Content Intent/)
    const direct = { guild_id: undefined, member: undefined, channel_id: chat, content: "" }
    assert.match((await said(direct, stage({ content: false }))).body.text, /only be seen on Discord/)
  })

  it("lets a number be a text, and needs neither time nor author", async () => {
    const event = await said({ id: 7001, channel_id: 4001, guild_id: 1000, timestamp: null, author: null, member: null, content: 5 })
    assert.deepEqual([event.id, event.chat, event.body.text, event.from.name], ["7001", { room: square }, "5", "Somebody"])
    assert.ok(event.at.getTime() >= Date.UTC(2015, 0, 1))
  })
})

describe("a reply", () => {
  const reference = { type: 0, message_id: "6999", channel_id: square, guild_id: verona }
  const answered = message({
    id: "6999",
    content: "**wherefore**",
    author: { id: romeo, username: "romeo", global_name: "Romeo" },
    member: undefined,
  })

  it("tells what it answers and whose that was", async () => {
    const { reply } = await said({ type: 19, message_reference: reference, referenced_message: answered })
    assert.deepEqual(reply, { id: "6999", text: "wherefore", author: "Romeo" })
  })

  it("to somebody of ours leaves out what was put before their words", async () => {
    const content = "-# ↪ [Juliet](<https://discord.com/channels/1/2/3>): hm\nindeed"
    const puppet = message({ id: "6999", content, webhook_id: hook, author: { id: hook, username: "Romeo" } })
    const { reply } = await said({ type: 19, message_reference: reference, referenced_message: puppet })
    assert.deepEqual(reply, { id: "6999", text: "indeed", author: "Romeo" })
  })

  it("to what was deleted, or was not told, points at it", async () => {
    assert.deepEqual((await said({ type: 19, message_reference: reference, referenced_message: null })).reply, { id: "6999" })
    assert.deepEqual((await said({ type: 19, message_reference: reference })).reply, { id: "6999" })
  })

  it("is not what only points at another message", async () => {
    const forward = { message_reference: { ...reference, type: 1 }, message_snapshots: [{ message: { content: "x" } }] }
    assert.equal((await said(forward)).reply, undefined)
    assert.equal((await said({ flags: 2, message_reference: { ...reference, channel_id: "9999" } })).reply, undefined)
  })
})

describe("what Discord says", () => {
  it("is a notice with the name people know", async () => {
    const [event] = await told(stage(), "MESSAGE_CREATE", message({ type: 6, content: "" }))
    assert.ok(event?.type === "notice")
    assert.deepEqual([event.text, event.chat, event.by?.id], ["Jule pinned a message.", { room: square }, juliet])
  })

  it("is no message of a page of history", async () => {
    assert.equal(await messageEvent(stage().bot, message({ type: 7 })), undefined)
    assert.equal(await messageEvent(stage().bot, message({ type: 21 })), undefined)
  })
})

describe("an edit", () => {
  const edited = "2026-11-21T12:05:00.000000+00:00"

  it("is what has a time of its own", async () => {
    const [event] = await told(stage(), "MESSAGE_UPDATE", message({ content: "*hi*", edited_timestamp: edited }))
    assert.ok(event?.type === "edit")
    assert.deepEqual(
      [event.id, event.at.toISOString(), event.revision, event.nick],
      ["7001", "2026-11-21T12:05:00.000Z", String(Date.parse(edited)), "Jule"],
    )
    assert.deepEqual(event.body, { text: "hi", spans: [{ kind: "italic", start: 0, end: 2 }] })
  })

  it("is no preview, no pin, and nothing of what Discord said", async () => {
    const on = stage()
    assert.deepEqual(await told(on, "MESSAGE_UPDATE", { id: "7001", channel_id: square, embeds: [{ type: "article" }] }), [])
    assert.deepEqual(await told(on, "MESSAGE_UPDATE", message({ pinned: true })), [])
    assert.deepEqual(await told(on, "MESSAGE_UPDATE", message({ type: 18, edited_timestamp: edited })), [])
    assert.deepEqual(on.asked, [])
  })

  const page = { type: "article", url: "https://news.example/7", title: "Truce", description: "Both houses" }
  const linked = { content: "See https://news.example/7", embeds: [page] }
  const found = {
    type: "previews",
    chat: { room: square },
    id: "7001",
    previews: [{ type: "preview", url: page.url, title: page.title, text: page.description }],
  }

  it("is none where the pages it names were looked at", async () => {
    assert.deepEqual(await told(stage(), "MESSAGE_UPDATE", message(linked)), [found])
    // As it was told once: with what changed only.
    const on = stage({ answer: message({ ...linked, guild_id: undefined, member: undefined }) })
    assert.deepEqual(await told(on, "MESSAGE_UPDATE", { id: "7001", channel_id: square, guild_id: verona, embeds: [page] }), [found])
    assert.deepEqual(on.asked, ["/channels/4001/messages/7001"])
    // After an edit its time stays: the core knows that by its revision.
    const events = await told(stage(), "MESSAGE_UPDATE", message({ ...linked, edited_timestamp: edited }))
    assert.deepEqual([events.map(({ type }) => type), events[1]], [["edit", "previews"], found])
    const own = message({ ...linked, author: { id: ferry, username: "ferry" } })
    assert.deepEqual(await told(stage(), "MESSAGE_UPDATE", own), [])
    const direct = { ...linked, channel_id: chat, guild_id: undefined, member: undefined }
    assert.deepEqual(await told(stage(), "MESSAGE_UPDATE", message(direct)), [{ ...found, chat: { user: juliet } }])
  })

  it("is one or not on servers that do not say when: by what is said now", async () => {
    const on = stage()
    const said = (content: string, embeds: object[]) => message({ content, embeds, edited_timestamp: undefined })
    await told(on, "MESSAGE_CREATE", said(linked.content, []))
    assert.deepEqual(await told(on, "MESSAGE_UPDATE", said(linked.content, [page])), [found])
    const events = await told(on, "MESSAGE_UPDATE", said("See https://news.example/7 now", [page]))
    assert.deepEqual(
      events.map(({ type }) => type),
      ["edit", "previews"],
    )
    assert.deepEqual(await told(on, "MESSAGE_UPDATE", said("See https://news.example/7 now", [page])), [found])
  })

  it("of which only a part is told is read whole", async () => {
    const on = stage({ answer: message({ content: "whole", edited_timestamp: edited, guild_id: undefined, member: undefined }) })
    const [event] = await told(on, "MESSAGE_UPDATE", { id: "7001", channel_id: square, guild_id: verona, edited_timestamp: edited })
    assert.ok(event?.type === "edit" && event.body.text === "whole")
    assert.deepEqual(on.asked, ["/channels/4001/messages/7001"])
    assert.deepEqual(await told(stage(), "MESSAGE_UPDATE", { id: "7001", channel_id: square, edited_timestamp: edited }), [])
  })

  it("by ourselves is our own", async () => {
    const [event] = await told(stage(), "MESSAGE_UPDATE", message({ author: { id: ferry, username: "ferry" }, edited_timestamp: edited }))
    assert.ok(event?.type === "edit" && event.own === true)
  })
})

describe("a deletion", () => {
  it("of one and of many, in rooms and direct chats", async () => {
    const on = stage()
    assert.deepEqual(await told(on, "MESSAGE_DELETE", { id: "7001", channel_id: square, guild_id: verona }), [
      { type: "retract", chat: { room: square }, ids: ["7001"] },
    ])
    assert.deepEqual(await told(on, "MESSAGE_DELETE", { id: "7002", channel_id: chat }), [
      { type: "retract", chat: { user: juliet }, ids: ["7002"] },
    ])
    assert.deepEqual(await told(on, "MESSAGE_DELETE_BULK", { ids: ["7001", "7002", null], channel_id: square, guild_id: verona }), [
      { type: "retract", chat: { room: square }, ids: ["7001", "7002"] },
    ])
    assert.deepEqual(await told(on, "MESSAGE_DELETE_BULK", { ids: [], channel_id: square }), [])
  })
})

describe("typing", () => {
  const typing = { channel_id: square, guild_id: verona, user_id: juliet, timestamp: 1, member: { user: author, roles: [], nick: null } }

  it("begins, and ends when Discord shows it no more", async () => {
    mock.timers.enable({ apis: ["setTimeout"] })
    try {
      const on = stage()
      const [event] = await told(on, "TYPING_START", typing)
      assert.ok(event?.type === "typing")
      assert.deepEqual([event.active, event.from.name, event.chat], [true, "Juliet", { room: square }])
      mock.timers.tick(9000)
      await told(on, "TYPING_START", typing)
      mock.timers.tick(9000)
      assert.deepEqual(on.emitted, [])
      mock.timers.tick(1000)
      assert.deepEqual(on.emitted, [{ ...event, active: false }])
    } finally {
      mock.timers.reset()
    }
  })

  it("ends with the message, and with the session", async () => {
    mock.timers.enable({ apis: ["setTimeout"] })
    try {
      const on = stage()
      await told(on, "TYPING_START", typing)
      await said({}, on)
      await told(on, "TYPING_START", { ...typing, user_id: romeo, member: null })
      on.end.abort()
      mock.timers.tick(60_000)
      assert.deepEqual(on.emitted, [])
    } finally {
      mock.timers.reset()
    }
  })

  it("of our own is not told; in a direct chat it is", async () => {
    const on = stage()
    assert.deepEqual(await told(on, "TYPING_START", { ...typing, user_id: ferry }), [])
    const [event] = await told(on, "TYPING_START", { channel_id: chat, user_id: juliet, timestamp: 1 })
    assert.deepEqual(event, { type: "typing", chat: { user: juliet }, from: { id: juliet }, active: true })
    on.end.abort()
  })
})

describe("whatever a server sends", () => {
  const odd = fc.constantFrom<unknown>(
    null,
    undefined,
    "",
    "x",
    0,
    -1,
    7001,
    1e300,
    true,
    [],
    {},
    [null],
    [[{}]],
    { id: "1" },
    "2003",
    "w1",
    "99999999999999999999999",
  )
  const whole = message({
    nonce: "k",
    flags: 0,
    webhook_id: undefined,
    application_id: undefined,
    message_reference: { type: 0, message_id: "6999", channel_id: square },
    referenced_message: message({ id: "6999" }),
    mentions: [{ id: romeo, username: "romeo" }],
    embeds: [{ title: "t", fields: [{ name: "a", value: "b" }] }],
  })

  it("makes sound events or none, and nothing is thrown", async () => {
    const keys = fc.constantFrom(...Object.keys(whole), "user_id", "ids", "thread", "call", "poll")
    const mutated = fc
      .array(fc.tuple(keys, fc.oneof(odd, fc.jsonValue(), fc.nat(50))), { maxLength: 4 })
      .map((changes) => ({ ...whole, ...Object.fromEntries(changes) }))
    const data = fc.oneof(mutated, fc.dictionary(keys, odd), fc.jsonValue())
    const types = fc.constantFrom(
      "MESSAGE_CREATE",
      "MESSAGE_UPDATE",
      "MESSAGE_DELETE",
      "MESSAGE_DELETE_BULK",
      "TYPING_START",
      "CHANNEL_PINS_UPDATE",
    )
    const on = stage({ answer: null })
    await fc.assert(
      fc.asyncProperty(types, data, async (type, raw) => {
        if (typeof raw !== "object" || raw === null) assert.equal(await messageEvent(on.bot, raw), undefined)
        else await told(on, type, raw)
      }),
      { numRuns: 5000 },
    )
    on.end.abort()
  })
})
