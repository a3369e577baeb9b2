// What is said towards Discord: where it lands, who says it, what it answers, and whom it never pings.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { AdapterError } from "xferry"
import { ChannelType, MessageFlags, MessageType } from "discord-api-types/v10"
import { juliet, TalkStage } from "../support/discord-talk.js"
import { secret } from "../support/secrets.js"

let stage: TalkStage

beforeEach(async () => {
  stage = await TalkStage.start()
})
afterEach(async () => {
  await stage.stop()
  for (const other of others.splice(0)) await other.stop()
})

const others: TalkStage[] = []

async function withoutPuppets(): Promise<TalkStage> {
  const other = await TalkStage.start({ puppets: false })
  others.push(other)
  return other
}

function kindOf(kind: string): (error: unknown) => boolean {
  return (error) => error instanceof AdapterError && error.kind === kind
}

const own = { ...juliet, own: true }

describe("a direct chat", () => {
  test("is opened once, and remembered over a restart", async () => {
    const { fake, bot, romeo } = stage
    const sent = await stage.say("Art thou not Romeo?", { chat: romeo, as: own })
    stage.restart()
    await stage.say("And a Montague?", { chat: romeo, as: own })
    const chat = fake.dm(bot, romeo)
    assert.deepEqual(stage.texts(chat), ["Art thou not Romeo?", "And a Montague?"])
    assert.equal(sent.id, chat.messages[0]?.id)
    assert.equal(stage.asked("POST", /^\/users\/@me\/channels$/), 1)
  })

  test("is opened again when Discord does not know it any more", async () => {
    const { romeo, state } = stage
    state.set(`dm ${romeo.id}`, "530000000000000009")
    await stage.say("wherefore", { chat: romeo, as: own })
    assert.deepEqual(stage.texts(stage.fake.dm(stage.bot, romeo)), ["wherefore"])
  })

  test("with somebody who takes no messages is refused", async () => {
    stage.fake.block(stage.bot, stage.romeo)
    await assert.rejects(stage.say("hello", { chat: stage.romeo, as: own }), kindOf("denied"))
  })

  test("with a webhook or with nobody cannot be", async () => {
    const nobody = { ...stage.romeo, id: "w530000000000000001.0" }
    await assert.rejects(stage.say("hello", { chat: nobody }), kindOf("gone"))
    await assert.rejects(stage.say("hello", { chat: { ...nobody, id: "530000000000000001" } }), AdapterError)
  })

  test("tells who speaks only where the bot speaks for several", async () => {
    const { fake, bot, romeo } = stage
    await stage.say("one", { chat: romeo, as: own })
    await stage.say("two", { chat: romeo, as: { ...juliet, name: "Ju*li*et" } })
    assert.deepEqual(stage.texts(fake.dm(bot, romeo)), ["one", "**Ju\\*li\\*et**: two"])
  })
})

describe("a repeated send", () => {
  test("by the bot is one message: its key is the nonce", async () => {
    const key = stage.key()
    const first = await stage.say("once", { as: own, chat: stage.romeo, key })
    const again = await stage.say("once", { as: own, chat: stage.romeo, key })
    assert.equal(again.id, first.id)
    assert.deepEqual(stage.texts(stage.fake.dm(stage.bot, stage.romeo)), ["once"])
  })

  test("whose answer was lost is tried again by the core, and is still one message", async () => {
    const key = stage.key()
    stage.fake.faults.next("POST /channels/:id/messages", { kind: "reset-after" })
    await assert.rejects(stage.say("once", { as: own, chat: stage.romeo, key }), kindOf("unknown-outcome"))
    await stage.say("once", { as: own, chat: stage.romeo, key })
    assert.deepEqual(stage.texts(stage.fake.dm(stage.bot, stage.romeo)), ["once"])
  })

  test("by a webhook may be two, and the core is told that nobody knows", async () => {
    await stage.say("before")
    stage.fake.faults.next(/^POST \/webhooks\//, { kind: "reset-after" })
    await assert.rejects(stage.say("lost"), kindOf("unknown-outcome"))
    assert.equal(stage.last().content, "lost")
  })
})

describe("where it lands", () => {
  test("in a channel, under name and picture of who speaks", async () => {
    const sent = await stage.say("O Romeo, Romeo!")
    const message = stage.last()
    assert.equal(message.author.username, "Juliet")
    assert.equal(message.avatarUrl, juliet.avatarUrl)
    assert.equal(sent.id, message.id)
    assert.equal(sent.handle, `w${message.webhook_id}`)
  })

  test("in a thread and in a forum's post, through the webhook of what they are in", async () => {
    const { square, romeo, guild } = stage
    const thread = square.makeThread(romeo, { name: "balcony" })
    const forum = guild.makeChannel({ name: "questions", type: ChannelType.GuildForum })
    const post = forum.makePost(romeo, { name: "a rose", first: "What's in a name?" })
    for (const chat of [square, thread, post]) await stage.say(`in ${chat.name}`, { chat })
    for (const chat of [square, thread, post]) {
      assert.equal(stage.last(chat).content, `in ${chat.name}`)
      assert.equal(stage.last(chat).author.username, "Juliet")
    }
    const [first, second] = [stage.last(square), stage.last(thread)]
    assert.equal(first.webhook_id, second.webhook_id)
    assert.equal(stage.fake.world.webhooksOf(forum).length, 1)
  })

  test("in an archived thread that nobody was told of, which wakes", async () => {
    const thread = stage.square.makeThread(stage.romeo, { name: "balcony" })
    thread.archive()
    stage.restart()
    await stage.say("anybody?", { chat: thread })
    assert.equal(stage.last(thread).content, "anybody?")
    assert.equal(thread.thread?.archived, false)
  })

  test("in an archived thread that the service does not wake: the bot does", async () => {
    const thread = stage.square.makeThread(stage.romeo, { name: "balcony" })
    thread.archive()
    stage.fake.faults.next(/^POST \/webhooks\//, { kind: "error", status: 400, code: 50083, message: "Thread is archived" })
    await stage.say("anybody?", { chat: thread })
    assert.equal(stage.last(thread).content, "anybody?")
    assert.equal(stage.asked("PATCH", /^\/channels\/\d+$/), 1)
  })

  test("not in what has no messages of its own", async () => {
    const { guild } = stage
    const forum = guild.makeChannel({ name: "questions", type: ChannelType.GuildForum })
    const category = guild.makeChannel({ name: "streets", type: ChannelType.GuildCategory })
    for (const chat of [forum, category]) await assert.rejects(stage.say("hello", { chat }), kindOf("unsupported"))
    const send = { body: { text: "hello" }, key: "k" }
    await assert.rejects(stage.verbs.send({ ...send, chat: { room: `g${guild.id}` } }, stage.signal), kindOf("unsupported"))
    for (const room of ["x", "530000000000000009"])
      await assert.rejects(stage.verbs.send({ ...send, chat: { room } }, stage.signal), kindOf("gone"))
  })

  test("without a sound where it is to be silent", async () => {
    await stage.say("hush", { silent: true })
    assert.equal(stage.last().flags, MessageFlags.SuppressNotifications)
    await stage.say("hush", { silent: true, chat: stage.romeo, as: own })
    assert.equal(stage.last(stage.fake.dm(stage.bot, stage.romeo)).flags, MessageFlags.SuppressNotifications)
  })
})

describe("an answer", () => {
  test("by the bot points at what it answers, which may be deleted by now", async () => {
    const { square, romeo } = stage
    const asked = square.say(romeo, "What's in a name?")
    await stage.say("a rose", { as: "nobody", reply: { id: asked.id } })
    assert.equal(stage.last().message_reference?.message_id, asked.id)
    square.delete(asked)
    await stage.say("by any other name", { as: "nobody", reply: { id: asked.id } })
    assert.equal(stage.last().content, "by any other name")
  })

  test("by the bot to what cannot be pointed at is told in a line of its own", async () => {
    const { square, romeo, fake } = stage
    const joined = square.say(romeo, { type: MessageType.UserJoin })
    fake.faults.next("POST /channels/:id/messages", {
      kind: "error",
      status: 400,
      code: 160002,
      message: "Cannot reply without permission",
    })
    const reply = { id: joined.id, text: "Romeo is here", author: "Romeo" }
    await stage.say("welcome", { as: "nobody", reply })
    assert.equal(
      stage.last().content,
      `-# ↪ [Romeo](<https://discord.com/channels/${stage.guild.id}/${square.id}/${joined.id}>): Romeo is here\nwelcome`,
    )
    await stage.say("hello", { as: "nobody", reply: { id: "-", text: "said elsewhere" } })
    assert.equal(stage.last().content, "-# ↪ …: said elsewhere\nhello")
  })

  test("by a webhook, which cannot answer, is told in a line of its own with a link", async () => {
    const { square, romeo } = stage
    const asked = square.say(romeo, "What's\nin a *name*?")
    await stage.say("a rose", { reply: { id: asked.id, text: asked.content, author: "Ro[me]o" } })
    const link = `https://discord.com/channels/${stage.guild.id}/${square.id}/${asked.id}`
    assert.equal(stage.last().content, `-# ↪ [Ro\\[me\\]o](<${link}>): What's in a \\*name\\*?\na rose`)
  })

  test("gets as much of what it answers as there is room", async () => {
    const asked = stage.square.say(stage.romeo, "What?")
    const reply = { id: asked.id, author: "Romeo", text: "x".repeat(500) }
    await stage.say("y", { reply })
    assert.match(stage.last().content, /^-# ↪ \[Romeo\]\(<[^>]+>\): x{120}…\ny$/)
    await stage.say("y".repeat(1850), { reply })
    assert.match(stage.last().content, /^-# ↪ \[Romeo\]\(<[^>]+>\)\ny{1850}$/)
    await stage.say("y".repeat(2000), { reply })
    assert.equal(stage.last().content, "y".repeat(2000))
  })

  test("pings nobody", async () => {
    const asked = stage.square.say(stage.romeo, "What?")
    await stage.say("y", { reply: { id: asked.id }, as: "nobody" })
    await stage.say("y", { reply: { id: asked.id, text: `@everyone <@${stage.romeo.id}>`, author: `<@${stage.romeo.id}>` } })
    assert.deepEqual(stage.fake.pings(stage.square), [])
  })
})

describe("pings", () => {
  /** In every way that may be written or meant. */
  const spellings = (): { text: string; spans?: { kind: "mention" | "everyone"; start: number; end: number; arg?: string }[] }[] => {
    const { romeo, guild } = stage
    const role = guild.makeRole({ name: "Montagues", mentionable: true })
    guild.give(romeo, role)
    return [
      { text: "@everyone" },
      { text: "@here" },
      { text: "hey @everyone, and @here" },
      { text: `<@${romeo.id}>` },
      { text: `<@!${romeo.id}>` },
      { text: `<@&${role.id}>` },
      { text: `<@&${guild.id}>` },
      { text: "@Montagues" },
      { text: "@romeo" },
      { text: "@Romeo", spans: [{ kind: "mention", start: 0, end: 6, arg: romeo.id }] },
      { text: "all", spans: [{ kind: "everyone", start: 0, end: 3 }] },
    ]
  }

  for (const by of ["a webhook", "the bot"] as const)
    test(`by ${by} do not reach anybody`, async () => {
      for (const body of spellings()) await stage.say("", { body, ...(by === "the bot" && { as: "nobody" }) })
      assert.equal(
        stage.square.messages.every(({ webhook_id }) => webhook_id === undefined),
        by === "the bot",
      )
      assert.deepEqual(stage.fake.pings(stage.square), [])
    })

  test("nor by a speaker's name, nor by an edit", async () => {
    const { romeo } = stage
    stage.guild.change(stage.bot, { roles: [] })
    for (const name of ["@everyone", `<@${romeo.id}>`, "everyone"]) await stage.say("hello", { as: { ...juliet, name } })
    const sent = await stage.say("hello", { as: "nobody" })
    await stage.edit(sent, `@everyone <@${romeo.id}>`)
    assert.deepEqual(stage.fake.pings(stage.square), [])
    assert.equal(stage.last().mention_everyone, false)
    assert.deepEqual(stage.last().mentions, [])
  })

  test("reach who holds the role for it, and nobody else", async () => {
    const { guild, romeo, fake } = stage
    const tybalt = fake.person({ username: "tybalt" })
    guild.join(tybalt)
    guild.give(romeo, guild.makeRole({ name: stage.options.pingRole }))
    // What was before the restart is not in memory: who holds the role is asked.
    stage.restart()
    const text = "@Romeo @Tybalt"
    const spans = [
      { kind: "mention" as const, start: 0, end: 6, arg: romeo.id },
      { kind: "mention" as const, start: 7, end: 14, arg: tybalt.id },
    ]
    await stage.say("", { body: { text, spans } })
    await stage.say("", { body: { text, spans }, as: "nobody" })
    assert.deepEqual(fake.pings(stage.square), [romeo.id, romeo.id])
  })
})

describe("the bot says it itself, with the name before", () => {
  test("where puppets are switched off", async () => {
    const other = await withoutPuppets()
    await other.say("hello")
    assert.deepEqual(other.texts(), ["**Juliet**: hello"])
    await other.say("hello", { as: own })
    assert.equal(other.last().content, "hello")
  })

  test("of what begins with a block, in a line of its own", async () => {
    const other = await withoutPuppets()
    await other.say("", { body: { text: "x = 1", spans: [{ kind: "pre", start: 0, end: 5 }] } })
    assert.match(other.last().content, /^\*\*Juliet\*\*:\n```/)
  })

  test("of as much as a message holds, without losing any of it", async () => {
    const other = await withoutPuppets()
    const text = "y".repeat(2000)
    const sent = await other.say(text)
    assert.equal(other.last().content, "**Juliet**:")
    assert.equal(other.last().embeds[0]?.description, text)
    await other.edit(sent, "less")
    assert.equal(other.last().content, "**Juliet**: less")
    assert.deepEqual(other.last().embeds, [])
  })
})

describe("limits", () => {
  test("of one channel hold up no other, and the core is told how long", async () => {
    const market = stage.guild.makeChannel({ name: "market" })
    await stage.say("one")
    await stage.say("one", { chat: market })
    stage.fake.limits.on({ webhooks: { count: 1, ms: 3_600_000 } })
    await stage.say("two")
    await assert.rejects(
      stage.say("three"),
      (error) =>
        error instanceof AdapterError && error.kind === "retry" && (error.retryAfterMs ?? 0) > 1_000_000 && error.blocks === "chat",
    )
    await stage.say("two", { chat: market })
    assert.deepEqual(stage.texts(market), ["one", "two"])
    assert.deepEqual(stage.texts(), ["one", "two"])
  })
})

describe("errors", () => {
  test("never hold a token", async () => {
    await stage.say("one")
    const [hook] = stage.fake.world.webhooksOf(stage.square)
    assert.ok(hook)
    const hidden = secret(hook.token)
    for (const fault of [
      { kind: "500" },
      { kind: "502-html" },
      { kind: "reset-before" },
      { kind: "html-200" },
      { kind: "error", status: 400 },
    ] as const) {
      stage.fake.faults.next(/^POST \/webhooks\//, fault)
      const error = await stage.say("two").then(
        () => assert.fail(),
        (error: unknown) => error,
      )
      const texts: string[] = []
      for (let one = error; one instanceof Error; one = one.cause)
        texts.push(String(one.stack), JSON.stringify(one, Object.getOwnPropertyNames(one)))
      assert.ok(!texts.some((text) => text.includes(hidden)), fault.kind)
    }
  })
})

test("that somebody types is shown by the bot, in channels, threads and direct chats", async () => {
  const thread = stage.square.makeThread(stage.romeo, { name: "balcony" })
  for (const chat of [{ room: stage.square.id }, { room: thread.id }, { user: stage.romeo.id }]) {
    await stage.verbs.typing({ chat, active: true }, stage.signal)
    await stage.verbs.typing({ chat, active: false }, stage.signal)
  }
  assert.equal(stage.asked("POST", /\/typing$/), 3)
})
