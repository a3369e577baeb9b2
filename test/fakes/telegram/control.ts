// Drives a fake that runs as a process of its own: small JSON requests under /control/.
//
// POST /control/bot       {token, username, first_name?}                  → the bot's User
// POST /control/say       {bot, from: {id, first_name?, …}, text?, fields?} → the Message; `fields`: other Message fields
// POST /control/show      {bot, from, kind, …}                             → the Message: a photo, a poll …; kinds.ts says which kinds and fields
//                         (`size` or `base64` for what is in a file; `caption`, `has_media_spoiler`, `media_group_id` beside it)
// POST /control/react     {bot, from, message_id, emoji: […]}              all that the person thinks now of a message in the chat with the bot
// POST /control/face      {id, base64 | null}                              the person's picture
// GET  /control/file?id=… → the bytes of a file, by its `file_id`
// POST /control/edit      {bot, chat, message_id, text?, fields?}         → the Message
// POST /control/block     {bot, id} · /control/unblock {bot, id} · /control/delete-account {id} · /control/revoke {bot}
// POST /control/fault     {method, kind, times?, retryAfter?, ms?, code?, description?} · /control/random-faults {seed, probability, kinds, methods?} | null
// POST /control/group     {title, owner: {id, …}, type?, forum?, …}        → {id}: a group, supergroup, forum or channel
// POST /control/business/ACT, /control/press, GET /control/queries, /control/commands: see business-control.ts
// POST /control/in/ACT    {group, from?: {id, …}, …}                       → in a group; see group-control.ts
// GET  /control/sent?bot=…&from=0&wait=10  → {sent: Sent[], next}: what the bot sent since number `from`; waits up to `wait` seconds for one
// GET  /control/state?bot=…                → {pending, polling, violations, faults}
// `bot` is a username. Errors: 400 {error}.
import type { IncomingMessage, ServerResponse } from "node:http"
import { json } from "node:stream/consumers"
import type { Bot } from "./bot.js"
import { actForBusiness } from "./business-control.js"
import type { Fault, RandomFaults } from "./faults.js"
import { actIn } from "./group-control.js"
import type { GroupFields } from "./groups.js"
import type { FakeBotApi, Said } from "./index.js"
import { type Kind, shown } from "./kinds.js"
import { answer } from "./server.js"

interface Order {
  bot: string
  token: string
  username: string
  first_name?: string
  from: { id: number }
  id: number
  chat: number
  message_id: number
  text?: string
  fields?: Record<string, unknown>
  method: string
  kind: Kind
  base64?: string | null
  emoji: string[]
  button: string
}

export async function control(fake: FakeBotApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake")
  const verb = url.pathname.slice("/control/".length)
  try {
    const order = request.method === "POST" ? ((await json(request)) as Order) : null
    const bytes = verb === "file" ? fake.files.bytesOf(url.searchParams.get("id") ?? "") : undefined
    if (bytes) return void response.writeHead(200, { "content-type": "application/octet-stream" }).end(bytes)
    const result = order || verb === "random-faults" ? post(fake, verb, order as Order) : await get(fake, verb, url.searchParams)
    answer(response, 200, result ?? {})
  } catch (error) {
    answer(response, 400, { error: String(error) })
  }
}

function post(fake: FakeBotApi, verb: string, order: Order): object | undefined | void {
  const bot = (): Bot => botOf(fake, order.bot)
  const said = (): Said => (order.fields ? { ...(order.text !== undefined && { text: order.text }), ...order.fields } : (order.text ?? ""))
  if (verb.startsWith("in/")) return actIn(fake, verb.slice("in/".length), order)
  if (verb.startsWith("business/")) return actForBusiness(fake, bot(), verb.slice("business/".length), order)
  switch (verb) {
    case "group":
      return { id: fake.makeGroup(order as unknown as GroupFields).id }
    case "bot":
      return fake.addBot(order).user
    case "say":
      return fake.say(bot(), fake.person(order.from), said())
    case "show":
      return fake.show(bot(), fake.person(order.from), ...shown(order))
    case "press":
      return { id: fake.press(bot(), fake.person(order.from), { chat: order.chat, id: order.message_id }, order.button) }
    case "react":
      return fake.react(bot(), fake.person(order.from), order.message_id, order.emoji)
    case "face":
      return fake.files.face(order, order.base64 ? Buffer.from(order.base64, "base64") : null)
    case "edit": {
      const message = bot().chat(order.chat).messages.get(order.message_id)
      if (!message) throw new Error("no such message")
      return fake.edit(bot(), message, said())
    }
    case "block":
      return fake.block(bot(), fake.person({ id: order.id }))
    case "unblock":
      return fake.unblock(bot(), fake.person({ id: order.id }))
    case "delete-account":
      return fake.deleteAccount(fake.person({ id: order.id }))
    case "revoke":
      return fake.revoke(bot())
    case "fault":
      return fake.faults.next(order.method, order as unknown as Fault)
    case "random-faults":
      return fake.faults.random(order as unknown as RandomFaults | null)
    default:
      throw new Error(`no order «${verb}»`)
  }
}

async function get(fake: FakeBotApi, verb: string, query: URLSearchParams): Promise<object> {
  const bot = botOf(fake, query.get("bot") ?? "")
  if (verb === "state") {
    return {
      pending: bot.pending.length,
      polling: bot.polling,
      violations: fake.violations,
      faults: Object.fromEntries(fake.faults.played),
    }
  }
  if (verb === "queries") return Object.fromEntries([...bot.queries].map(([id, answer]) => [id, answer ?? null]))
  if (verb === "commands") return Object.fromEntries(bot.commands)
  if (verb !== "sent") throw new Error(`no question «${verb}»`)
  const from = Number(query.get("from") ?? 0)
  const wait = Number(query.get("wait") ?? 0)
  if (wait > 0) await fake.waitFor(() => bot.sent.length > from, "a message", wait * 1000).catch(() => undefined)
  return { sent: bot.sent.slice(from), next: bot.sent.length }
}

function botOf(fake: FakeBotApi, username: string): Bot {
  const bot = fake.bots.find(({ user }) => user.username === username)
  if (!bot) throw new Error(`no bot «${username}»`)
  return bot
}
