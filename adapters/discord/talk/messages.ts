// Messages that Discord tells of → events for the core: said, changed, deleted, being typed.
import { Routes } from "discord.js"
import type { ChatRef, Contact, MessageEvent, NetworkEvent, Reply } from "xferry"
import { explain } from "../connection/errors.js"
import { id, ids, isObject, type Json, list, number, object, text, time } from "../loose.js"
import { type Snowflake, timeOf } from "../places.js"
import { bodyOf } from "../text/body.js"
import { describe } from "../text/describe.js"
import { readerOf } from "../text/names.js"
import type { Bot, Handlers } from "../types.js"
import { Bounded } from "../world/bounded.js"
import { contactOf } from "../world/people.js"
import { type Author, authorOf } from "./author.js"
import { headOf, isQuoting } from "./compose.js"
import { handleOf } from "./handle.js"
import { Hearing } from "./hearing.js"

/** Message Flags: an app has yet to answer. */
const loading = 1 << 7
/** Channel Object, Channel Types. */
const groupDm = 3
/** Of what is answered, UTF-16 units. */
const mostExcerpt = 500
/** Answers of apps that are awaited. */
const mostAwaited = 1000

/** Where something was said. */
interface Place {
  chat: ChatRef
  guild: Snowflake | undefined
}

/** Undefined: it is no message, or says nothing new. Never throws for what a server sends. */
export async function messageEvent(bot: Bot, raw: unknown): Promise<MessageEvent | undefined> {
  const [event] = await saidEvents(bot, object(raw))
  return event?.type === "message" ? event : undefined
}

export function messageHandlers(bot: Bot): Handlers {
  const awaited = new Bounded<Snowflake, true>(mostAwaited)
  const hearing = new Hearing(bot.host)
  return {
    async MESSAGE_CREATE(data) {
      const key = id(data["id"])
      if (key !== undefined && isLoading(data)) awaited.set(key, true)
      const events = await saidEvents(bot, data)
      for (const event of events) if (event.type === "message") hearing.said(event.chat, event.from)
      return events
    },
    async MESSAGE_UPDATE(data) {
      const key = id(data["id"])
      if (key === undefined) return []
      if (awaited.has(key) && !isLoading(data) && "content" in data) {
        awaited.delete(key)
        return saidEvents(bot, data)
      }
      // Previews of links, pins and votes change no text. Some servers do not say when it was changed.
      return time(data["edited_timestamp"]) === undefined && !isUntimed(data) ? [] : editEvents(bot, data)
    },
    MESSAGE_DELETE: (data) => retractEvents(bot, data, ids([data["id"]])),
    MESSAGE_DELETE_BULK: (data) => retractEvents(bot, data, ids(data["ids"])),
    TYPING_START: (data) => typingEvents(bot, hearing, data),
    // Discord says in words who pinned what (type 6), and nothing of what is no longer pinned.
    CHANNEL_PINS_UPDATE: () => [],
  }
}

/** One event, or none. */
async function saidEvents(bot: Bot, raw: Json): Promise<NetworkEvent[]> {
  const key = id(raw["id"])
  if (key === undefined || isLoading(raw)) return []
  const place = await placeOf(bot, raw)
  if (!place) return []
  const author = authorOf(bot, raw, place.guild)
  for (const user of list(raw["mentions"])) bot.world.met(place.guild, user, isObject(user["member"]) ? user["member"] : undefined)
  const names = readerOf(raw, bot.world.names(place.guild))
  const at = new Date(time(raw["timestamp"]) ?? timeOf(key))
  const told = describe(raw, author.nick ?? author.from.name ?? "Somebody", names)
  if (told === "nothing") return []
  if (told) return [{ type: "notice", chat: place.chat, at, text: told.notice, by: author.from }]
  const edited = time(raw["edited_timestamp"])
  const nonce = author.own ? text(raw["nonce"]) : undefined
  const handle =
    author.webhook === undefined ? undefined : handleOf({ webhook: author.webhook, quoted: isQuoting(text(raw["content"]) ?? "") })
  const reply = replyTo(bot, raw, place.guild)
  return [
    {
      type: "message",
      id: key,
      chat: place.chat,
      ...spoken(author),
      at,
      body: bodyOf(raw, { names: bot.world.names(place.guild), content: mayRead(bot, place) }),
      ...(handle !== undefined && { handle }),
      ...(reply && { reply }),
      ...(nonce && { key: nonce }),
      ...(edited !== undefined && { revision: String(edited) }),
    },
  ]
}

function spoken({ from, nick, own }: Author): { from: Contact; nick?: string; own?: true } {
  return { from, ...(nick !== undefined && { nick }), ...(own && { own }) }
}

function isLoading(raw: Json): boolean {
  return ((number(raw["flags"]) ?? 0) & loading) !== 0
}

/** What people write to the bot it may always read. */
function mayRead(bot: Bot, { guild }: Place): boolean {
  return guild === undefined || bot.may.content
}

async function editEvents(bot: Bot, partial: Json): Promise<NetworkEvent[]> {
  const raw = isWhole(partial) ? partial : await whole(bot, partial)
  const key = id(raw?.["id"])
  const edited = time(raw?.["edited_timestamp"]) ?? (isUntimed(partial) ? Date.now() : undefined)
  if (!raw || key === undefined || edited === undefined || isLoading(raw)) return []
  const place = await placeOf(bot, raw)
  if (!place) return []
  const author = authorOf(bot, raw, place.guild)
  // Nothing would tell the echo of our own change.
  if (author.own && isUntimed(raw)) return []
  const names = bot.world.names(place.guild)
  // What Discord itself said is no message that could be changed.
  if (describe(raw, "", names)) return []
  const body = bodyOf(raw, { names, content: mayRead(bot, place) })
  return [{ type: "edit", chat: place.chat, ...spoken(author), id: key, at: new Date(edited), revision: String(edited), body }]
}

/** Discord says null where nothing was edited. */
function isUntimed(raw: Json): boolean {
  return raw["edited_timestamp"] === undefined && text(raw["content"]) !== undefined
}

/** Message Update may come with what changed only. */
function isWhole(raw: Json): boolean {
  return isObject(raw["author"]) && text(raw["content"]) !== undefined
}

async function whole(bot: Bot, partial: Json): Promise<Json | undefined> {
  const [message, channel] = [id(partial["id"]), id(partial["channel_id"])]
  if (message === undefined || channel === undefined) return undefined
  try {
    const answer = object(await bot.rest.get(Routes.channelMessage(channel, message), { signal: bot.host.signal }))
    return { ...partial, ...answer }
  } catch (error) {
    bot.host.log.debug({ channel, message, reason: explain(error).message }, "a message that was changed could not be read")
    return undefined
  }
}

async function retractEvents(bot: Bot, data: Json, deleted: Snowflake[]): Promise<NetworkEvent[]> {
  const place = deleted.length === 0 ? undefined : await placeOf(bot, data)
  return place ? [{ type: "retract", chat: place.chat, ids: deleted }] : []
}

async function typingEvents(bot: Bot, hearing: Hearing, data: Json): Promise<NetworkEvent[]> {
  const member = object(data["member"])
  const user = id(data["user_id"]) ?? id(object(member["user"])["id"])
  if (user === undefined || user === bot.self.id) return []
  const place = await placeOf(bot, data, user)
  if (!place) return []
  if (isObject(member["user"])) bot.world.met(place.guild, member["user"], member)
  const from = contactOf(object(member["user"])) ?? bot.world.contact(user) ?? { id: user }
  return hearing.heard(place.chat, from) ? [{ type: "typing", chat: place.chat, from, active: true }] : []
}

/** `user`: who did it, if that is known. Undefined: nobody knows where it was. */
async function placeOf(bot: Bot, data: Json, user = id(object(data["author"])["id"])): Promise<Place | undefined> {
  const channel = id(data["channel_id"])
  if (channel === undefined) return undefined
  const known = bot.world.channel(channel)
  const type = number(data["channel_type"]) ?? known?.type
  // Discord leaves it out in direct chats; other servers wherever they like.
  const guild = id(data["guild_id"]) ?? known?.guild ?? (type === undefined ? await bot.dms.guildOf(channel) : undefined)
  if (guild !== undefined) return { chat: { room: channel }, guild }
  if (type === groupDm) return undefined
  const other = await partner(bot, channel, data, user)
  return other === undefined ? undefined : { chat: { user: other }, guild: undefined }
}

/** In a direct chat the chat is the other person, whoever of the two speaks. */
async function partner(bot: Bot, channel: Snowflake, data: Json, user: Snowflake | undefined): Promise<Snowflake | undefined> {
  const isTheirs = user !== undefined && user !== bot.self.id && id(data["webhook_id"]) === undefined && !isObject(data["member"])
  if (!isTheirs) return bot.dms.userOf(channel)
  await bot.dms.learn(channel, user)
  return user
}

/** Message Resource, Message Reference: type 0 of a reply; other messages point at what they pin, forward or repeat. */
function replyTo(bot: Bot, raw: Json, guild: Snowflake | undefined): Reply | undefined {
  const reference = object(raw["message_reference"])
  const target = id(reference["message_id"])
  const type = number(raw["type"]) ?? 0
  const isReply = type === 19 || (type === 0 && isObject(raw["referenced_message"]))
  if (target === undefined || !isReply || (number(reference["type"]) ?? 0) !== 0) return undefined
  const there = id(reference["channel_id"])
  if (there !== undefined && there !== id(raw["channel_id"])) return undefined
  const answered = raw["referenced_message"]
  if (!isObject(answered)) return { id: target }
  const author = authorOf(bot, answered, guild)
  const name = author.nick ?? author.from.name
  const content = text(answered["content"]) ?? ""
  // What we put before it is not what was said.
  const said = author.own ? { ...answered, content: content.slice(headOf(content, { quoted: true }).length) } : answered
  const excerpt = bodyOf(said, { names: bot.world.names(guild), content: bot.may.content || guild === undefined }).text
  return { id: target, text: excerpt.slice(0, mostExcerpt).replace(/[\ud800-\udbff]$/, ""), ...(name !== undefined && { author: name }) }
}
