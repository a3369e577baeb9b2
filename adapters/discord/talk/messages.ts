// Messages that Discord tells of → events for the core: said, changed, deleted, being typed.
import { Routes } from "discord.js"
import type { Contact, MessageEvent, NetworkEvent, Reply } from "xferry"
import { commandOf } from "../commands/said.js"
import { explain } from "../connection/errors.js"
import { id, ids, isObject, type Json, list, number, object, text, time } from "../loose.js"
import { type Snowflake, timeOf } from "../places.js"
import { bodyOf, excerptOf } from "../text/body.js"
import { describe } from "../text/describe.js"
import { readerOf } from "../text/names.js"
import type { Bot, Handlers } from "../types.js"
import { Bounded } from "../world/bounded.js"
import { contactOf } from "../world/people.js"
import { type Author, authorOf } from "./author.js"
import { headOf, isQuoting } from "./compose.js"
import { handleOf } from "./handle.js"
import { type Heard, heardIn } from "./heard.js"
import { Hearing } from "./hearing.js"
import { countsOf } from "./reactions.js"
import { Links, mayPreview, previewEvents } from "./previews.js"
import { Tallies } from "./tallies.js"

/** Message Flags: an app has yet to answer. */
const loading = 1 << 7
/** Of what is answered, UTF-16 units. */
const mostExcerpt = 500
/** Answers of apps that are awaited. */
const mostAwaited = 1000

/** Undefined: it is no message, or says nothing new. Never throws for what a server sends. */
export async function messageEvent(bot: Bot, raw: unknown): Promise<MessageEvent | undefined> {
  const [event] = await saidEvents(bot, object(raw))
  return event?.type === "message" ? event : undefined
}

export function messageHandlers(bot: Bot): Handlers {
  const awaited = new Bounded<Snowflake, true>(mostAwaited)
  const hearing = new Hearing(bot.host)
  const links = new Links()
  const tallies = new Tallies(bot, (raw, revision) => editEvents(bot, raw, revision))
  return {
    async MESSAGE_CREATE(data) {
      const key = id(data["id"])
      if (key !== undefined && isLoading(data)) awaited.set(key, true)
      links.changed(data)
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
      // Its end, and on some servers each vote.
      if (isObject(data["poll"])) return tallies.changed(data)
      // Previews of links and pins change no text. Some servers do not say when it was changed.
      const isOther = links.changed(data)
      const isEdit = time(data["edited_timestamp"]) !== undefined || (isUntimed(data) && (isOther || !mayPreview(data)))
      const edits = isEdit ? await editEvents(bot, data) : []
      return mayPreview(data) ? [...edits, ...(await foundEvents(bot, data))] : edits
    },
    MESSAGE_DELETE: (data) => retractEvents(bot, data, ids([data["id"]])),
    MESSAGE_DELETE_BULK: (data) => retractEvents(bot, data, ids(data["ids"])),
    MESSAGE_POLL_VOTE_ADD: (data) => tallies.voted(data),
    MESSAGE_POLL_VOTE_REMOVE: (data) => tallies.voted(data),
    TYPING_START: (data) => typingEvents(bot, hearing, data),
    // Discord says in words who pinned what (type 6), and nothing of what is no longer pinned.
    CHANNEL_PINS_UPDATE: () => [],
  }
}

/** One event, or none. */
async function saidEvents(bot: Bot, raw: Json): Promise<NetworkEvent[]> {
  const key = id(raw["id"])
  if (key === undefined || isLoading(raw)) return []
  const place = await heardIn(bot, raw)
  if (!place || commandOf(bot, raw, place.guild)) return []
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
  const reactions = countsOf(raw)
  bot.addresses.learn(raw)
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
      ...(reactions.length > 0 && { reactions }),
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
function mayRead(bot: Bot, { guild }: Heard): boolean {
  return guild === undefined || bot.may.content
}

async function foundEvents(bot: Bot, partial: Json): Promise<NetworkEvent[]> {
  const raw = isWhole(partial) ? partial : await whole(bot, partial)
  if (!raw || isLoading(raw)) return []
  bot.addresses.learn(raw)
  return previewEvents(bot, raw, bot.may.content || id(raw["guild_id"]) === undefined)
}

/** `changedAt`: epoch ms, of what is not an edit for Discord. */
async function editEvents(bot: Bot, partial: Json, changedAt?: number): Promise<NetworkEvent[]> {
  const raw = isWhole(partial) ? partial : await whole(bot, partial)
  const key = id(raw?.["id"])
  const edited = changedAt ?? time(raw?.["edited_timestamp"]) ?? (isUntimed(partial) ? Date.now() : undefined)
  if (!raw || key === undefined || edited === undefined || isLoading(raw)) return []
  const place = await heardIn(bot, raw)
  if (!place || commandOf(bot, raw, place.guild)) return []
  const author = authorOf(bot, raw, place.guild)
  // Nothing would tell the echo of our own change.
  if (author.own && changedAt === undefined && isUntimed(raw)) return []
  const names = bot.world.names(place.guild)
  // What Discord itself said is no message that could be changed.
  if (describe(raw, "", names)) return []
  bot.addresses.learn(raw)
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
  const place = deleted.length === 0 ? undefined : await heardIn(bot, data)
  return place ? [{ type: "retract", chat: place.chat, ids: deleted }] : []
}

async function typingEvents(bot: Bot, hearing: Hearing, data: Json): Promise<NetworkEvent[]> {
  const member = object(data["member"])
  const user = id(data["user_id"]) ?? id(object(member["user"])["id"])
  if (user === undefined || user === bot.self.id) return []
  const place = await heardIn(bot, data, user)
  if (!place) return []
  if (isObject(member["user"])) bot.world.met(place.guild, member["user"], member)
  const from = contactOf(object(member["user"])) ?? bot.world.contact(user) ?? { id: user }
  return hearing.heard(place.chat, from) ? [{ type: "typing", chat: place.chat, from, active: true }] : []
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
  const excerpt = excerptOf(bodyOf(said, { names: bot.world.names(guild), content: bot.may.content || guild === undefined }))
  return { id: target, text: excerpt.slice(0, mostExcerpt).replace(/[\ud800-\udbff]$/, ""), ...(name !== undefined && { author: name }) }
}
