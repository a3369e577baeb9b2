// Drives a fake that runs as a process of its own: small JSON requests under /control/. People and bots are named by their usernames.
//
// POST /control/bot       {token, username, intents?: {content?, members?, presences?}} → the bot's user
// POST /control/person    {username, global_name?, id?, …}               → the person's user
// POST /control/guild     {name, owner}                                  → {id}
// POST /control/add-bot   {guild, bot, permissions?: [name, …]} · /control/join {guild, user, nick?} · /control/leave {guild, user}
// POST /control/channel   {guild, name, type?, parent?, topic?, slow?}   → {id}
// POST /control/thread    {channel, from, name, first?}                  → {id}: a thread, or a post of a forum with its first message
// POST /control/dm        {bot, from}                                    → {id}: the channel of both
// POST /control/say       {channel, from, text?, fields?}                → the message; `fields`: others of a message
// POST /control/react     {channel, message, from, emoji, on?} · /control/vote {channel, message, from, answer, on?}
// POST /control/edit      {channel, message, text} · /control/delete {channel, message} · /control/type {channel, from}
// POST /control/presence  {user, status} · /control/block {bot, user, on?} · /control/revoke {bot}
// POST /control/fault     {match, kind, times?, each?, retryAfter?, ms?, status?, code?, message?} · /control/random-faults {seed, probability, kinds, matches?} | null
// POST /control/limits    {messages?, webhooks?, others?, global?: {count, ms}} | null
// POST /control/gateway   {do: "cut" | "reconnect" | "invalidate" | "expire" | "garbage" | "wild" | "refuse" | "close", resumable?, frame?, t?, d?, times?, code?}
// POST /control/random-cuts {seed, probability} | null · /control/behaviour {heartbeatMs?, deaf?, forgetful?, …}
// POST /control/command   {bot, from, channel, name, values?, locale?} · {bot, from, channel, message, name} · /control/press {bot, from, on | channel, message, label}
//                         → {token}: of the interaction · GET /control/interaction?token=…&wait=10 → {text?, buttons, private}: once it was answered
// GET  /control/messages?channel=…&after=0&wait=10 → {messages, next}: what stands there from number `after` on; waits up to `wait` seconds for one
// GET  /control/state     → {listening, violations, faults, gateway}
// Errors: 400 {error}.
import type { IncomingMessage, ServerResponse } from "node:http"
import { json } from "node:stream/consumers"
import type { Fault, RandomFaults } from "./faults.js"
import type { Bot, Channel, FakeDiscord, Guild, Interaction, Message, Person } from "./index.js"
import { write } from "./play.js"

type Order = Record<string, unknown>

export async function control(fake: FakeDiscord, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake")
  const verb = url.pathname.slice("/control/".length)
  try {
    const order = request.method === "POST" ? ((await json(request)) as Order | null) : undefined
    const result = order === undefined ? await get(fake, verb, url.searchParams) : post(fake, verb, order)
    write(response, { status: 200, body: result ?? {} })
  } catch (error) {
    write(response, { status: 400, body: { error: String(error) } })
  }
}

type Verb = (fake: FakeDiscord, order: Order) => unknown

const verbs: Record<string, Verb> = {
  bot: (fake, order) => fake.addBot(order as unknown as Parameters<FakeDiscord["addBot"]>[0]).user,
  person: (fake, order) => fake.person(order as unknown as Parameters<FakeDiscord["person"]>[0]),
  guild: (fake, { name, owner }) => id(fake.makeGuild({ name: String(name), owner: personOf(fake, owner) })),
  "add-bot": (fake, { guild, bot, permissions }) =>
    guildOf(fake, guild).addBot(botOf(fake, bot), permissions ? { permissions: permissions as never } : {}),
  join: (fake, { guild, user, nick }) => void guildOf(fake, guild).join(personOf(fake, user), typeof nick === "string" ? { nick } : {}),
  leave: (fake, { guild, user }) => guildOf(fake, guild).leave(personOf(fake, user)),
  channel: (fake, { guild, parent, ...fields }) =>
    id(
      guildOf(fake, guild).makeChannel({
        ...(fields as { name: string }),
        ...(parent !== undefined && { parent: channelOf(fake, parent) }),
      }),
    ),
  thread: (fake, { channel, from, name, first }) => {
    const [where, who] = [channelOf(fake, channel), personOf(fake, from)]
    return id(
      first === undefined
        ? where.makeThread(who, { name: String(name) })
        : where.makePost(who, { name: String(name), first: plain(first) }),
    )
  },
  dm: (fake, { bot, from }) => id(fake.dm(botOf(fake, bot), personOf(fake, from))),
  say: (fake, { channel, from, text, fields }) =>
    channelOf(fake, channel).say(personOf(fake, from), { ...(text !== undefined && { content: plain(text) }), ...(fields as object) }),
  edit: (fake, { channel, message, text }) => channelOf(fake, channel).edit(messageOf(fake, channel, message), plain(text)),
  react: (fake, { channel, message, from, emoji, on = true }) => {
    const [where, what] = [channelOf(fake, channel), messageOf(fake, channel, message)]
    where[on === true ? "react" : "unreact"](what, personOf(fake, from), plain(emoji))
  },
  vote: (fake, { channel, message, from, answer, on = true }) =>
    channelOf(fake, channel).vote(messageOf(fake, channel, message), personOf(fake, from), Number(answer), on === true),
  delete: (fake, { channel, message }) => channelOf(fake, channel).delete(messageOf(fake, channel, message)),
  type: (fake, { channel, from }) => channelOf(fake, channel).types(personOf(fake, from)),
  presence: (fake, { user, status }) => fake.presence(personOf(fake, user), String(status)),
  block: (fake, { bot, user, on = true }) => fake.block(botOf(fake, bot), personOf(fake, user), on === true),
  command: (fake, { bot, from, channel, message, name, values, locale }) => {
    const [app, who, where] = [botOf(fake, bot), personOf(fake, from), channelOf(fake, channel)]
    const { token } =
      message === undefined
        ? fake.command(app, who, where, plain(name), (values ?? {}) as Record<string, string>, locale as string | undefined)
        : fake.messageCommand(app, who, messageOf(fake, channel, message), plain(name))
    return { token }
  },
  press: (fake, { bot, from, on, channel, message, label }) => {
    const under = on === undefined ? messageOf(fake, channel, message) : interactionOf(fake, on)
    return { token: fake.press(botOf(fake, bot), personOf(fake, from), under, plain(label)).token }
  },
  revoke: (fake, { bot }) => fake.revoke(botOf(fake, bot)),
  fault: (fake, { match, each, ...fault }) => {
    if (typeof each === "number") fake.faults.each(each, String(match), fault as unknown as Fault)
    else fake.faults.next(String(match), fault as unknown as Fault)
  },
  gateway: (fake, order) => atGateway(fake, order),
  behaviour: (fake, order) => void Object.assign(fake.gateway.behaviour, order),
}

function post(fake: FakeDiscord, verb: string, order: Order | null): unknown {
  if (verb === "random-faults") return fake.faults.random(order as unknown as RandomFaults | null)
  if (verb === "random-cuts") return fake.gateway.randomCuts(order as unknown as { seed: number; probability: number } | null)
  if (verb === "limits") return order ? fake.limits.on(order) : fake.limits.off()
  const found = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (!found || !order) throw new Error(`no order «${verb}»`)
  return found(fake, order)
}

function atGateway({ gateway }: FakeDiscord, order: Order): void {
  switch (order["do"]) {
    case "cut":
      return gateway.cut()
    case "reconnect":
      return gateway.reconnect()
    case "invalidate":
      return gateway.invalidate(order["resumable"] === true)
    case "expire":
      return gateway.expire()
    case "garbage":
      return gateway.garbage(order["frame"] as object | undefined)
    case "wild":
      return gateway.wild(order["t"] as string | undefined, order["d"])
    case "refuse":
      return gateway.refuse(Number(order["times"] ?? 1))
    case "close":
      return gateway.close(Number(order["code"] ?? 4000))
    default:
      throw new Error(`the gateway cannot «${String(order["do"])}»`)
  }
}

async function get(fake: FakeDiscord, verb: string, query: URLSearchParams): Promise<object> {
  if (verb === "state") {
    const listening = Object.fromEntries(fake.bots.map((bot) => [bot.user.username, fake.gateway.listening(bot)]))
    return { listening, violations: fake.violations, faults: Object.fromEntries(fake.faults.played), gateway: fake.gateway.counts }
  }
  if (verb === "interaction") {
    const found = interactionOf(fake, query.get("token"))
    const isDone = (): boolean => found.answered !== undefined && !found.isThinking
    await fake.waitFor(isDone, "an answer", Number(query.get("wait") ?? 0) * 1000).catch(() => undefined)
    return { text: found.text, buttons: found.buttons, private: found.isPrivate }
  }
  if (verb !== "messages") throw new Error(`no question «${verb}»`)
  const channel = channelOf(fake, query.get("channel"))
  const after = Number(query.get("after") ?? 0)
  const wait = Number(query.get("wait") ?? 0)
  if (wait > 0) await fake.waitFor(() => channel.messages.length > after, "a message", wait * 1000).catch(() => undefined)
  return { messages: channel.messages.slice(after), next: channel.messages.length }
}

const plain = (text: unknown): string => (typeof text === "string" ? text : JSON.stringify(text))
const id = ({ id }: { id: string }): { id: string } => ({ id })

function botOf(fake: FakeDiscord, username: unknown): Bot {
  return known(
    fake.bots.find(({ user }) => user.username === username),
    "bot",
    username,
  )
}

function personOf(fake: FakeDiscord, username: unknown): Person {
  return known(
    [...fake.world.users.values()].find((user) => user.username === username),
    "person",
    username,
  )
}

function guildOf(fake: FakeDiscord, guild: unknown): Guild {
  return known(fake.world.guilds.get(String(guild)), "guild", guild)
}

function channelOf(fake: FakeDiscord, channel: unknown): Channel {
  return known(fake.world.channels.get(String(channel)), "channel", channel)
}

function interactionOf(fake: FakeDiscord, token: unknown): Interaction {
  return known(fake.world.interactions.get(String(token)), "interaction", token)
}

function messageOf(fake: FakeDiscord, channel: unknown, message: unknown): Message {
  return known(
    channelOf(fake, channel).messages.find((one) => one.id === message),
    "message",
    message,
  )
}

function known<T>(found: T | undefined, what: string, name: unknown): T {
  if (found === undefined) throw new Error(`no ${what} «${String(name)}»`)
  return found
}
