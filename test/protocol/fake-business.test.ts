// The fake's business accounts, buttons and lists of commands refuse what Telegram refuses, and can be driven from another process.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { Update } from "node-telegram-bot-api"
import { type Bot, type Business, type FakeBotApi, startFakeBotApi } from "../fakes/telegram/index.js"
import { secret } from "../support/secrets.js"

const token = secret("4711:AAFfake-business_0123456789-01234567")
const juliet = { id: 5, is_bot: false, first_name: "Juliet" }
const paris = { id: 6, is_bot: false, first_name: "Paris" }
const hour = 60 * 60 * 1000

interface Answer {
  ok: boolean
  result: never
  description: string
}

let fake: FakeBotApi
let bot: Bot
let business: Business
let now = Date.now()

beforeEach(async () => {
  now = Date.now()
  fake = await startFakeBotApi({ now: () => now, control: true })
  bot = fake.addBot({ token, username: "romeo_bot" })
  business = fake.connect(bot, juliet)
})
afterEach(async () => {
  await fake.stop()
  assert.deepEqual(fake.violations, [])
})

async function ask(method: string, body: object = {}, path = `/bot${token}`): Promise<Answer> {
  const headers = { "content-type": "application/json" }
  const response = await fetch(`${fake.url}${path}/${method}`, { method: "POST", headers, body: JSON.stringify(body) })
  return (await response.json()) as Answer
}
const order = async (name: string, body: object): Promise<never> => (await ask(name, { bot: "romeo_bot", ...body }, "/control")) as never
const kinds = async (): Promise<string[]> =>
  ((await ask("getUpdates")).result as Update[]).map((update) => Object.keys(update).find((name) => name !== "update_id") ?? "")

describe("a business account", () => {
  const send = (more: object = {}): Promise<Answer> =>
    ask("sendMessage", { business_connection_id: business.id, chat_id: paris.id, text: "x", ...more })

  it("is answered for 24 hours, with the right, while it is connected", async () => {
    assert.match((await send()).description, /chat not found/)
    business.receives(paris, "hail")
    assert.ok((await send()).ok)
    now += 23 * hour
    assert.ok((await send()).ok)
    now += hour
    assert.match((await send()).description, /BUSINESS_PEER_USAGE_MISSING/)
    business.receives(paris, "still there?")
    business.change({ rights: {} })
    assert.match((await send()).description, /BOT_ACCESS_FORBIDDEN/)
    business.change({ enabled: false })
    assert.match((await send()).description, /BUSINESS_CONNECTION_INVALID/)
    assert.match((await send({ business_connection_id: "none" })).description, /connection not found/)
    assert.match((await send({ chat_id: juliet.id })).description, /BUSINESS_CONNECTION_INVALID/)
  })

  it("lets be deleted what its owner allows", async () => {
    const theirs = business.receives(paris, "hail").message_id
    const ours = ((await send()).result as { message_id: number }).message_id
    const del = (id: number): Promise<Answer> => ask("deleteBusinessMessages", { business_connection_id: business.id, message_ids: [id] })
    business.change({ rights: { can_reply: true, can_delete_sent_messages: true } })
    assert.match((await del(theirs)).description, /FORBIDDEN/)
    assert.ok((await del(ours)).ok)
    assert.match((await del(ours)).description, /message to delete not found/)
  })

  it("is driven by orders", async () => {
    const { id: connection } = (await order("business/connect", { from: paris })) as { id: string }
    const { message_id } = (await order("business/receives", { connection, from: juliet, text: "hail" })) as { message_id: number }
    await order("business/says", { connection, to: juliet, text: "hail thyself" })
    await order("business/edit", { connection, message_id, text: "hail!" })
    await order("business/delete", { connection, message_ids: [message_id] })
    await order("business/change", { connection, enabled: false })
    assert.deepEqual(await order("business/state", { connection }), { read: [] })
    assert.deepEqual((await kinds()).slice(1), [
      "business_connection",
      "business_message",
      "business_message",
      "edited_business_message",
      "deleted_business_messages",
      "business_connection",
    ])
  })
})

describe("buttons and lists of commands", () => {
  const keyboard = (callback_data: string): object => ({ reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data }]] } })

  it("have their limits", async () => {
    fake.say(bot, juliet, "hi")
    const send = (data: string): Promise<Answer> => ask("sendMessage", { chat_id: juliet.id, text: "x", ...keyboard(data) })
    assert.match((await send("é".repeat(33))).description, /BUTTON_DATA_INVALID/)
    assert.ok((await send("é".repeat(32))).ok)
    const set = (command: string, description: string): Promise<Answer> => ask("setMyCommands", { commands: [{ command, description }] })
    assert.match((await set("Help", "x")).description, /BOT_COMMAND_INVALID/)
    assert.match((await set("help", "")).description, /DESCRIPTION_INVALID/)
    assert.ok((await set("help", "x")).ok)
    assert.match((await ask("answerCallbackQuery", { callback_query_id: "1" })).description, /query is too old/)
  })

  it("are pressed by order, once answered, and gone after an edit", async () => {
    fake.say(bot, juliet, "hi")
    const sent = (await ask("sendMessage", { chat_id: juliet.id, text: "x", ...keyboard("a") })).result as { message_id: number }
    const { message_id } = sent
    const press = { from: juliet, chat: juliet.id, message_id, button: "Yes" }
    const { id } = (await order("press", press)) as { id: string }
    assert.ok((await ask("answerCallbackQuery", { callback_query_id: id, text: "well", show_alert: true })).ok)
    assert.match((await ask("answerCallbackQuery", { callback_query_id: id })).description, /query is too old/)
    const queries = (await (await fetch(`${fake.url}/control/queries?bot=romeo_bot`)).json()) as object
    assert.deepEqual(queries, { [id]: { text: "well", alert: true } })
    assert.ok((await ask("editMessageText", { chat_id: juliet.id, message_id, text: "x" })).ok, "other buttons are another content")
    assert.match(JSON.stringify(await order("press", press)), /no button/)
  })
})
