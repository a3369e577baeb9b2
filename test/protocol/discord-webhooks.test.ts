// The webhooks by which the bot speaks as others: found, made, mended; and what they posted is changed and deleted by them.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { AdapterError } from "xferry"
import { Flags, type Channel, type Webhook } from "../fakes/discord/index.js"
import { juliet, TalkStage } from "../support/discord-talk.js"

let stage: TalkStage

beforeEach(async () => {
  stage = await TalkStage.start()
})
afterEach(() => stage.stop())

const made = (): number => stage.asked("POST", /^\/channels\/\d+\/webhooks$/)
const isGone = (error: unknown): boolean => error instanceof AdapterError && error.kind === "gone" && /webhook/.test(error.message)

function hookOf(channel: Channel = stage.square): Webhook {
  const [hook] = stage.fake.world.webhooksOf(channel)
  assert.ok(hook)
  return hook
}

/** Without anybody being told. */
function takeAway(hook: Webhook): void {
  stage.fake.world.webhooks.delete(hook.id)
}

function mayManage(on: boolean): void {
  stage.square.overwrite({ of: stage.bot, deny: on ? 0n : Flags.ManageWebhooks })
}

function told(): number {
  return stage.log.filter((line) => line.startsWith("the bot cannot speak as others")).length
}

describe("the webhook of a channel", () => {
  test("is made once, also when many speak at the same time", async () => {
    await Promise.all(["a", "b", "c", "d"].map((name) => stage.say(name, { as: { ...juliet, name } })))
    assert.equal(made(), 1)
    assert.deepEqual(stage.square.messages.map(({ author }) => author.username).sort(), ["a", "b", "c", "d"])
  })

  test("is found again after a restart", async () => {
    await stage.say("one")
    const listed = stage.asked("GET", /^\/channels\/\d+\/webhooks$/)
    stage.restart()
    await stage.say("two")
    assert.equal(made(), 1)
    assert.equal(stage.asked("GET", /^\/channels\/\d+\/webhooks$/), listed)
    assert.ok(stage.pool.isOurs(hookOf().id))
  })

  test("is found again when what the host kept is lost, among those of others", async () => {
    await stage.say("one")
    stage.state.clear()
    stage.square.makeWebhook("of somebody else", stage.romeo)
    stage.restart()
    await stage.say("two")
    assert.equal(made(), 1)
  })

  test("is made again when it was deleted, between two messages or while nobody looked", async () => {
    await stage.say("one")
    takeAway(hookOf())
    await stage.say("two")
    takeAway(hookOf())
    stage.restart()
    await stage.say("three")
    hookOf().delete()
    await stage.say("four")
    assert.deepEqual(stage.texts(), ["one", "two", "three", "four"])
    assert.ok(stage.square.messages.every(({ author }) => author.username === "Juliet"))
    assert.equal(made(), 4)
  })

  test("that was moved to another channel is not used for this one", async () => {
    const market = stage.guild.makeChannel({ name: "market" })
    await stage.say("one")
    hookOf().channel = market
    stage.restart()
    await stage.say("two")
    assert.deepEqual(stage.texts(), ["one", "two"])
    assert.deepEqual(stage.texts(market), [])
  })
})

describe("where there is no webhook to be had the bot speaks", () => {
  test("since the channel has as many as it may have", async () => {
    const hooks = Array.from({ length: 15 }, (_, i) => stage.square.makeWebhook(`${i}`, stage.romeo))
    await stage.say("one")
    await stage.say("two")
    assert.deepEqual(stage.texts(), ["**Juliet**: one", "**Juliet**: two"])
    assert.equal(made(), 1)
    assert.equal(told(), 1)
    for (const hook of hooks) takeAway(hook)
    await stage.say("not yet")
    stage.now += 10 * 60_000
    await stage.say("now")
    assert.equal(stage.last().author.username, "Juliet")
  })

  test("since it may not manage them, until it may again", async () => {
    await stage.say("one")
    mayManage(false)
    await stage.say("two")
    await stage.say("two")
    assert.equal(told(), 1)
    stage.restart()
    await stage.say("three")
    mayManage(true)
    await stage.say("four")
    assert.deepEqual(stage.texts(), ["one", "**Juliet**: two", "**Juliet**: two", "**Juliet**: three", "four"])
  })

  test("since Discord refuses, whatever the permissions say; a changed webhook is a reason to look again", async () => {
    stage.fake.faults.next(/^GET \/channels\/\d+\/webhooks$/, { kind: "error", status: 403, code: 50013, message: "Missing Permissions" })
    await stage.say("one")
    await stage.say("two")
    assert.deepEqual(stage.texts(), ["**Juliet**: one", "**Juliet**: two"])
    stage.square.makeWebhook("of somebody else", stage.romeo)
    await stage.say("three")
    assert.equal(stage.last().content, "three")
  })

  test("since Discord refuses, until the bot may something else", async () => {
    stage.fake.faults.next(/^GET \/channels\/\d+\/webhooks$/, { kind: "error", status: 403, code: 50013, message: "Missing Permissions" })
    await stage.say("one")
    stage.square.overwrite({ of: stage.bot, deny: Flags.SendPolls })
    await stage.say("two")
    assert.deepEqual(stage.texts(), ["**Juliet**: one", "two"])
  })

  test("since Discord takes no webhook of the bot's name", async () => {
    const message = "Invalid Form Body: name not allowed"
    stage.fake.faults.next(/^POST \/channels\/\d+\/webhooks$/, { kind: "error", status: 400, code: 50035, message })
    await stage.say("one")
    await stage.say("two")
    assert.deepEqual(stage.texts(), ["**Juliet**: one", "**Juliet**: two"])
  })

  test("but not while nobody knows: then it waits", async () => {
    stage.fake.faults.next(/^POST \/channels\/\d+\/webhooks$/, { kind: "reset-after" })
    await assert.rejects(stage.say("one"), (error) => error instanceof AdapterError && error.kind === "retry")
    await stage.say("one")
    assert.deepEqual(stage.texts(), ["one"])
    assert.equal(stage.fake.world.webhooksOf(stage.square).length, 1)
  })

  test("nor in a name that Discord does not take from webhooks", async () => {
    await stage.say("one")
    stage.fake.faults.next(/^POST \/webhooks\//, {
      kind: "error",
      status: 400,
      code: 50035,
      message: "Invalid Form Body: username not allowed",
    })
    await stage.say("two")
    assert.equal(stage.last().content, "**Juliet**: two")
  })
})

test("a picture that Discord does not take is left out", async () => {
  const message = "Invalid Form Body: avatar_url Not a well formed URL."
  stage.fake.faults.next(/^POST \/webhooks\//, { kind: "error", status: 400, code: 50035, message })
  await stage.say("one")
  assert.deepEqual([stage.last().content, stage.last().author.username, stage.last().author.avatar], ["one", "Juliet", null])
})

describe("what was posted", () => {
  test("by a webhook is changed by it, in threads too, and stays an answer", async () => {
    const thread = stage.square.makeThread(stage.romeo, { name: "balcony" })
    const asked = thread.say(stage.romeo, "What?")
    const sent = await stage.say("a rsoe", { chat: thread, reply: { id: asked.id, text: "What?", author: "Romeo" } })
    const before = stage.last(thread).content
    const edited = await stage.edit(sent, "a rose", thread)
    assert.equal(stage.last(thread).content, before.replace("a rsoe", "a rose"))
    assert.equal(edited?.revision, String(Date.parse(stage.last(thread).edited_timestamp ?? "")))
    await stage.retract(sent, thread)
    assert.equal(thread.messages.includes(stage.last(thread)) && stage.last(thread).id !== sent.id, true)
  })

  test("by the bot is changed by it, and still says who speaks", async () => {
    mayManage(false)
    const sent = await stage.say("a rsoe")
    await stage.edit(sent, "a rose")
    assert.deepEqual(stage.texts(), ["**Juliet**: a rose"])
    await stage.retract(sent)
    assert.deepEqual(stage.texts(), [])
  })

  test("by an older webhook of ours is changed by that one, after a restart too", async () => {
    const market = stage.guild.makeChannel({ name: "market" })
    const sent = await stage.say("one")
    hookOf().channel = market
    stage.restart()
    await stage.say("two")
    const old = sent.handle
    assert.notEqual(`w${stage.last().webhook_id}`, old)
    hookOf(market).channel = stage.square
    await stage.edit(sent, "one, changed")
    assert.deepEqual(stage.texts(), ["one, changed", "two"])
  })

  test("by a webhook that is gone cannot be changed, but deleted by the bot's own right", async () => {
    const sent = await stage.say("one")
    takeAway(hookOf())
    await assert.rejects(stage.edit(sent, "two"), isGone)
    await assert.rejects(stage.edit(sent, "two"), isGone)
    assert.equal(stage.asked("PATCH", /^\/webhooks\//), 1)
    await stage.retract(sent)
    assert.deepEqual(stage.texts(), [])
    const other = await stage.say("other")
    takeAway(hookOf())
    await stage.retract(other)
    assert.deepEqual(stage.texts(), [])
  })

  test("and is deleted already is deleted, but cannot be changed", async () => {
    for (const as of [juliet, "nobody"] as const) {
      const sent = await stage.say("one", { as })
      await stage.retract(sent)
      await stage.retract(sent)
      await assert.rejects(stage.edit(sent, "two"), (error) => error instanceof AdapterError && error.kind === "gone")
    }
  })

  test("by others is deleted by those who manage messages", async () => {
    const said = stage.square.say(stage.romeo, "one")
    await stage.retract({ id: said.id })
    assert.deepEqual(stage.texts(), [])
    const kept = stage.square.say(stage.romeo, "two")
    stage.square.overwrite({ of: stage.bot, deny: Flags.ManageMessages })
    await assert.rejects(stage.retract({ id: kept.id }), (error) => error instanceof AdapterError && error.kind === "denied")
  })
})
