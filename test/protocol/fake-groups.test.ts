// The groups of the fake Bot API: what a bot is told and what is kept from it, numbering, and orders to a fake in its own process.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import type { Update } from "node-telegram-bot-api"
import { adminRights, type Bot, type FakeBotApi, type Group, startFakeBotApi } from "../fakes/telegram/index.js"
import { secret } from "../support/secrets.js"

const token = secret("4711:AAFfake-groups_0123456789-0123456789ab")
const other = secret("4712:AAFfake-groups_0123456789-0123456789ab")
const juliet = { id: 5, is_bot: false, first_name: "Juliet" }
const romeo = { id: 6, is_bot: false, first_name: "Romeo" }

let fake: FakeBotApi
let bot: Bot

beforeEach(async () => {
  fake = await startFakeBotApi()
  bot = fake.addBot({ token, username: "romeo_bot" })
  fake.person(romeo)
})
afterEach(() => fake.stop())

interface Answer {
  ok: boolean
  result: { message_id: number; reply_to_message?: { message_id: number } }
  description?: string
  parameters?: object
}
async function ask(method: string, body: object = {}): Promise<Answer> {
  const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }
  return (await (await fetch(`${fake.url}/bot${token}/${method}`, init)).json()) as Answer
}
const everything = ["message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member", "chat_member"]
const kinds = (list: readonly Update[] = bot.pending): string[] => list.map((update) => Object.keys(update)[1] ?? "")
const texts = (): (string | undefined)[] => bot.pending.flatMap((update) => ("message" in update ? [update.message.text] : []))
const said = (): number[] => bot.pending.flatMap((update) => ("message" in update ? [update.message.message_id] : []))
function group(fields: object = {}, rights: (typeof adminRights)[number][] = [...adminRights]): Group {
  const made = fake.makeGroup({ title: "Verona", owner: juliet, ...fields })
  made.addBot(bot, juliet, rights)
  return made
}

describe("a bot in privacy mode", () => {
  it("gets commands, answers to itself and service messages, and as administrator all", async () => {
    const verona = group({}, [])
    bot.forgetUpdates()
    const mine = (await ask("sendMessage", { chat_id: verona.id, text: "I am here" })).result.message_id
    const post = verona.posts.find(bot, mine)!
    verona.say(romeo, "to each other")
    verona.say(romeo, "/help")
    verona.say(romeo, "/help@romeo_bot")
    verona.say(romeo, "/help@other_bot")
    verona.say(romeo, "to the bot", { replyTo: post })
    verona.setTitle("Mantua")
    assert.deepEqual(texts(), ["/help", "/help@romeo_bot", "to the bot", undefined])
    bot.forgetUpdates()
    verona.promote(bot.plainUser, ["can_manage_chat"])
    verona.say(romeo, "to each other")
    assert.deepEqual(texts(), ["to each other"])
    Object.assign(bot.user, { can_read_all_group_messages: true })
    verona.promote(bot.plainUser, [])
    verona.say(romeo, "switched off")
    assert.deepEqual(texts(), ["to each other", "switched off"])
  })
})

describe("what is told to whom", () => {
  it("chat_member to administrators that asked by name, deletions to nobody", async () => {
    const verona = group()
    verona.join(romeo)
    assert.ok(!kinds().includes("chat_member"))
    await ask("getUpdates", { allowed_updates: everything })
    bot.forgetUpdates()
    verona.promote(romeo, ["can_manage_chat"])
    assert.deepEqual(kinds(), ["chat_member"])
    verona.promote(bot.plainUser, [])
    verona.promote(romeo, [])
    assert.deepEqual(kinds(), ["chat_member", "my_chat_member"])
    verona.remove(verona.say(romeo, "/x"))
    assert.deepEqual(kinds(), ["chat_member", "my_chat_member", "message"])
  })

  it("nothing after the bot is out, and to each bot its own", () => {
    const second = fake.addBot({ token: other, username: "other_bot" })
    const verona = group()
    verona.addBot(second, juliet, [...adminRights])
    verona.kick(bot.plainUser)
    bot.forgetUpdates()
    second.forgetUpdates()
    verona.say(romeo, "x")
    assert.deepEqual([bot.pending.length, second.pending.length], [0, 1])
  })

  it("posts of a channel, and their copy in its group", () => {
    const verona = group()
    const news = group({ type: "channel", title: "News" })
    news.linked = verona
    bot.forgetUpdates()
    const post = news.post("extra", { signature: "Escalus" })
    news.edit(post, "extra!")
    assert.deepEqual(kinds(), ["channel_post", "message", "edited_channel_post"])
    const [first, copy] = bot.pending as [Update & { channel_post: object }, Update & { message: object }]
    assert.ok(!("from" in first.channel_post))
    assert.deepEqual(
      Object.keys(copy.message).filter((name) => /auto|sender_chat|from$|origin/.test(name)),
      ["from", "sender_chat", "is_automatic_forward", "forward_origin"],
    )
  })
})

describe("numbering", () => {
  it("of its own in a supergroup, the bot's own in a basic group", async () => {
    const second = fake.addBot({ token: other, username: "other_bot" })
    const [big, small] = [group(), group({ type: "group" })]
    small.addBot(second, juliet, [...adminRights])
    assert.ok(big.id < -1_000_000_000_000 && small.id > -1_000_000_000_000)
    fake.say(bot, juliet, "in private")
    bot.forgetUpdates()
    const inPrivate = fake.say(bot, juliet, "in private").message_id
    const post = small.say(romeo, "in a basic group")
    assert.deepEqual(said(), [inPrivate, inPrivate + 1])
    assert.notEqual(post.id(bot), post.id(second))
    const answer = await ask("sendMessage", { chat_id: small.id, text: "yes", reply_parameters: { message_id: post.id(bot) } })
    assert.equal(answer.result.reply_to_message?.message_id, post.id(bot))
    assert.equal(big.say(romeo, "x").id(bot), big.posts.next - 1)
  })

  it("anew after a move, and the old group says where to", async () => {
    const small = group({ type: "group" })
    const big = small.migrate()
    assert.equal(big.posts.next, 2)
    const { description, parameters } = await ask("sendMessage", { chat_id: small.id, text: "x" })
    assert.equal(description, "Bad Request: group chat was upgraded to a supergroup chat")
    assert.deepEqual(parameters, { migrate_to_chat_id: big.id })
    assert.equal((await ask("sendMessage", { chat_id: big.id, text: "x" })).ok, true)
  })
})

describe("rights", () => {
  it("are needed for each change", async () => {
    const forum = group({ forum: true }, ["can_manage_chat"])
    forum.join(romeo)
    const thread = forum.makeTopic("Balcony")
    const { message_id } = (await ask("sendMessage", { chat_id: forum.id, text: "x" })).result
    const calls: [string, object][] = [
      ["setChatTitle", { title: "x" }],
      ["setChatDescription", { description: "x" }],
      ["pinChatMessage", { message_id }],
      ["banChatMember", { user_id: 6 }],
      ["unbanChatMember", { user_id: 6 }],
      ["restrictChatMember", { user_id: 6, permissions: {} }],
      ["promoteChatMember", { user_id: 6, can_manage_chat: true }],
      ["createForumTopic", { name: "x" }],
      ["editForumTopic", { message_thread_id: thread, name: "x" }],
      ["closeForumTopic", { message_thread_id: thread }],
      ["deleteForumTopic", { message_thread_id: thread }],
      ["closeGeneralForumTopic", {}],
      ["createChatInviteLink", {}],
    ]
    for (const [method, params] of calls)
      assert.match((await ask(method, { chat_id: forum.id, ...params })).description ?? "done", /not enough rights/, method)
    forum.promote(bot.plainUser, [...adminRights])
    for (const [method, params] of calls) {
      const { ok, description } = await ask(method, { chat_id: forum.id, ...params })
      assert.ok(ok || /USER_NOT_PARTICIPANT/.test(description ?? ""), `${method}: ${description}`)
    }
    assert.match((await ask("promoteChatMember", { chat_id: forum.id, user_id: 5, can_manage_chat: true })).description ?? "", /chat owner/)
    assert.deepEqual(fake.violations, [])
  })

  it("cannot be handed on by who has them not", async () => {
    const verona = group({}, ["can_manage_chat", "can_promote_members"])
    verona.join(romeo)
    const promote = (rights: object) => ask("promoteChatMember", { chat_id: verona.id, user_id: 6, ...rights })
    assert.match((await promote({ can_delete_messages: true })).description ?? "", /RIGHT_FORBIDDEN/)
    assert.equal((await promote({ can_manage_chat: true })).ok, true)
  })

  it("do not exist in private, and groups have no private methods", async () => {
    fake.say(bot, juliet, "hi")
    assert.equal((await ask("setChatTitle", { chat_id: 5, title: "x" })).ok, false)
    assert.equal((await ask("getMe", {})).ok, true)
  })
})

it("takes orders for groups as a process", async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("../fakes/telegram/main.js", import.meta.url))], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string]
    const { url } = JSON.parse(line) as { url: string }
    const order = async (what: string, body: object): Promise<Record<string, number & string>> =>
      (await (await fetch(`${url}/control/${what}`, { method: "POST", body: JSON.stringify(body) })).json()) as Record<
        string,
        number & string
      >
    await order("bot", { token, username: "romeo_bot" })
    const { id } = await order("group", { title: "Verona", forum: true, owner: juliet })
    const act = (what: string, body: object = {}) => order(`in/${what}`, { group: id, ...body })
    await act("add-bot", { bot: "romeo_bot", rights: adminRights })
    await act("join", { from: romeo })
    const { thread } = await act("topic", { name: "Balcony" })
    const { message_id } = await act("say", { from: romeo, text: "hi", thread })
    for (const [what, body] of [
      ["edit", { message_id, text: "ho" }],
      ["pin", { message_id }],
      ["title", { text: "Mantua" }],
      ["rename-topic", { thread, name: "Orchard" }],
      ["close-topic", { thread }],
      ["reopen-topic", { thread }],
      ["promote", { user: 6, rights: ["can_manage_chat"], title: "Count" }],
      ["restrict", { user: 6, permissions: { can_send_messages: false } }],
      ["kick", { user: 6 }],
      ["ban", { user: 6 }],
      ["unban", { user: 6 }],
      ["leave", { from: romeo }],
      ["delete-topic", { thread }],
    ] as const) {
      assert.deepEqual(await act(what, body), {}, what)
    }
    assert.ok((await act("say", { text: "signed", as: "anonymous", signature: "Prince" })).message_id! > message_id!)
    const small = await order("group", { title: "Small", type: "group", owner: juliet })
    assert.ok((await order("in/migrate", { group: small.id })).id! < -1_000_000_000_000)
    assert.match((await act("sing")).error!, /no order «in\/sing»/)
    assert.match((await order("in/say", { group: 1, text: "x" })).error!, /no group 1/)
  } finally {
    const ended = once(child, "exit")
    child.kill()
    assert.deepEqual(await ended, [0, null])
  }
})
