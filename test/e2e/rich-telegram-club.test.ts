// One bot for several users in a Telegram group: files, answers and reactions say whose they are, as far as one bot can.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { type Bot, type FakeBotApi, type Group, startFakeBotApi } from "../fakes/telegram/index.js"
import { type Corner, correcting, reacting, replying } from "../support/corner.js"
import { Parlour } from "../support/parlour.js"
import { sample } from "../support/samples.js"
import { secret } from "../support/secrets.js"
import { linked, shared } from "../support/shared-file.js"

const domain = "tg.example.test"
const juliet = { id: 5_200_000_001, is_bot: false, first_name: "Juliet" }

let api: FakeBotApi
let bot: Bot
let group: Group
let parlour: Parlour
let corner: Corner

before(async () => {
  api = await startFakeBotApi()
  const token = secret("4711002:AAF-the-token-of-the-bot-of-the-club")
  bot = api.addBot({ token, username: "club_bot" })
  group = api.makeGroup({ title: "Verona", owner: api.person(juliet) })
  parlour = await Parlour.open({
    ...{ network: "telegram", domain, options: { apiRoot: api.url, pollSeconds: 5 } },
    accounts: { club: { login: { token }, rooms: { "*": ["example.test"] } } },
  })
  parlour.closing(() => api.stop())
  await api.waitFor(() => bot.polling, "the gateway to listen for the bot", 30_000)
  group.addBot(bot, api.person(juliet), ["can_manage_chat", "can_delete_messages"])
  group.say(api.person(juliet), "Who is there?")
  await api.waitFor(() => bot.pending.length === 0, "the gateway to take what is there", 30_000)
  corner = await parlour.enter(`#${group.id}!club@${domain}`)
  corner.mark()
})
after(async () => {
  assert.deepEqual(api.violations, [])
  await parlour.close()
})

async function sent(act: () => Promise<unknown>) {
  const from = bot.sent.length
  await act()
  return api.waitFor(() => bot.sent[from], "something to come to the group", 20_000)
}

test("a picture, with words and without, has the name of whose it is", async () => {
  const bytes = sample.png()
  const url = await parlour.upload("me.png", bytes, "image/png")
  const bare = await sent(() => corner.send(linked(url)))
  assert.deepEqual([bare.text, "photo" in (bare.content ?? {})], ["Romeo:", true])
  const id = corner.client.id()
  const worded = await sent(() => corner.send(shared([{ url, mime: "image/png", bytes }], "*This* is me"), id))
  assert.deepEqual([worded.text, "photo" in (worded.content ?? {})], ["Romeo: This is me", true])
  await corner.say("This was me", correcting(id))
  await api.waitFor(() => worded.text === "Romeo: This was me", "the correction")
})

test("an answer points to what it answers, a reaction is the bot's", async () => {
  const asked = group.say(api.person(juliet), "What's in a name?")
  const told = await corner.text("What's in a name?")
  const answer = await sent(() => corner.say("A rose", replying(corner.idOf(told), told.attrs["from"] ?? "")))
  assert.deepEqual([answer.text, answer.replyTo], ["Romeo: A rose", asked.id(bot)])
  await corner.send(reacting(corner.idOf(told), "🔥"))
  const set = await api.waitFor(() => bot.reactions.at(-1), "the reaction")
  assert.deepEqual([set.id, set.emoji], [asked.id(bot), ["🔥"]])
})
