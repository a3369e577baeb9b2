// What was said before on Discord, a page at a time, in channels, threads and direct chats.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { MessageType } from "discord-api-types/v10"
import { AdapterError } from "xferry"
import { Flags, type Channel, type Message } from "../fakes/discord/index.js"
import { TalkStage } from "../support/discord-talk.js"

let stage: TalkStage

beforeEach(async () => {
  stage = await TalkStage.start()
})
afterEach(() => stage.stop())

type Query = { after?: string; before?: string; limit?: number }

async function history(
  chat: Channel,
  { limit = 100, ...query }: Query = {},
): Promise<{ texts: string[]; more: boolean; last: string | undefined }> {
  const { items, more } = await stage.verbs.history({ chat: { room: chat.id }, limit, ...query }, stage.signal)
  return { texts: items.map(({ body }) => body.text), more, last: items.at(-1)?.id }
}

function many(count: number, channel = stage.square): Message[] {
  return Array.from({ length: count }, (_, i) => channel.say(stage.romeo, `№${i}`))
}

describe("a page", () => {
  test("is the last messages, oldest first", async () => {
    many(7)
    assert.deepEqual((await history(stage.square, { limit: 3 })).texts, ["№4", "№5", "№6"])
  })

  test("follows another, until there is no more", async () => {
    const said = many(7)
    const first = await history(stage.square, { after: said[1]!.id, limit: 3 })
    assert.deepEqual(first.texts, ["№2", "№3", "№4"])
    assert.equal(first.more, true)
    const second = await history(stage.square, { after: first.last!, limit: 3 })
    assert.deepEqual(second.texts, ["№5", "№6"])
    assert.equal(second.more, false)
  })

  test("goes before another", async () => {
    const said = many(7)
    const page = await history(stage.square, { before: said[5]!.id, limit: 3 })
    assert.deepEqual(page.texts, ["№2", "№3", "№4"])
    assert.equal(page.more, true)
    assert.deepEqual(await history(stage.square, { before: said[1]!.id, limit: 3 }), { texts: ["№0"], more: false, last: said[0]!.id })
  })

  test("is between two", async () => {
    const said = many(7)
    const page = await history(stage.square, { after: said[1]!.id, before: said[4]!.id, limit: 4 })
    assert.deepEqual(page.texts, ["№2", "№3"])
    assert.equal(page.more, false)
  })

  test("is of at most a hundred, whatever is asked for, and of one at least", async () => {
    many(101)
    assert.equal((await history(stage.square, { limit: 1000 })).texts.length, 100)
    assert.deepEqual((await history(stage.square, { limit: 0 })).texts, ["№100"])
  })
})

test("what is no message is left out, however much of it there is", async () => {
  const first = stage.square.say(stage.romeo, "first")
  for (let i = 0; i < 9; i++) stage.square.say(stage.romeo, { type: MessageType.ThreadStarterMessage })
  stage.square.say(stage.romeo, "last")
  const page = await history(stage.square, { after: first.id, limit: 3 })
  assert.deepEqual(page.texts.at(-1), "last")
  assert.equal(page.more, false)
})

test("it is the same in threads, archived ones too, and in direct chats", async () => {
  const thread = stage.square.makeThread(stage.romeo, { name: "balcony" })
  many(2, thread)
  thread.archive()
  stage.restart()
  assert.deepEqual((await history(thread)).texts.slice(-2), ["№0", "№1"])
  many(2, stage.fake.dm(stage.bot, stage.romeo))
  const { items } = await stage.verbs.history({ chat: { user: stage.romeo.id }, limit: 10 }, stage.signal)
  assert.deepEqual(
    items.map(({ chat, body }) => [chat, body.text]),
    ["№0", "№1"].map((text) => [{ user: stage.romeo.id }, text]),
  )
})

test("what we said is known as ours, with what it takes to change it", async () => {
  const sent = await stage.say("by a webhook")
  stage.restart()
  const { items } = await stage.verbs.history({ chat: { room: stage.square.id }, limit: 10 }, stage.signal)
  const [item] = items
  assert.ok(item?.own)
  assert.equal(item.handle, sent.handle)
  await stage.edit(item, "changed")
  assert.deepEqual(stage.texts(), ["changed"])
})

test("what the bot may not read is refused", async () => {
  stage.square.overwrite({ of: stage.bot, deny: Flags.ViewChannel })
  await assert.rejects(history(stage.square), (error) => error instanceof AdapterError && error.kind === "denied")
})
