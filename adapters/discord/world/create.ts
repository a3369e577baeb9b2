// Channels, threads and posts that are made from XMPP; with the first message, in the name of whoever wrote it where that is possible.
import { Routes } from "discord.js"
import { randomUUID } from "node:crypto"
import { AdapterError, type Body, type Room, type Upload } from "xferry"
import { outgoing } from "../files/outgoing.js"
import { id, type Json, object } from "../loose.js"
import { explain } from "../connection/errors.js"
import { compose } from "../talk/compose.js"
import { execute } from "../talk/execute.js"
import { type Place, sendingOf } from "../talk/place.js"
import { cut } from "../talk/puppet.js"
import { talkVerbs } from "../talk/send.js"
import type { Channel, Guild } from "../types.js"
import { type Change, done, type Of } from "./calls.js"
import { isThread } from "./permissions.js"
import { isCategory, isForum } from "./rights.js"
import { channelAsRoom } from "./rooms.js"
import type { BotWorld } from "./world.js"

type Asked = Change<Of<"create">>

/** Channel Object, `name`; what is longer is cut. */
const longest = 100

export async function create(asked: Asked): Promise<{ room: Room }> {
  const { channel, op } = asked
  const name = cut((op.new.name ?? "").replace(/\s+/g, " "), longest)
  if (name === "") throw new AdapterError("rejected", "It needs a name.")
  if (!channel || isCategory(channel)) return inGuild(asked, name)
  if (isThread(channel)) throw new AdapterError("unsupported", "A thread on Discord cannot hold threads.")
  return isForum(channel) ? post(asked, channel, name) : thread(asked, channel, name)
}

/** A category, announcements, or a text channel. */
async function inGuild(asked: Asked, name: string): Promise<{ room: Room }> {
  const { bot, world, guild, channel, op, signal } = asked
  const { kind, topic, slowSeconds } = op.new
  if (channel && kind === "container") throw new AdapterError("unsupported", "A category on Discord cannot hold categories.")
  const type = kind === "container" ? 4 : kind === "channel" ? 5 : 0
  const more =
    type === 4 ? {} : { ...(topic !== undefined && { topic }), ...(slowSeconds !== undefined && { rate_limit_per_user: slowSeconds }) }
  const body = { name, type, ...more, ...(channel && { parent_id: channel.id }) }
  const data = await done(() => bot.rest.post(Routes.guildChannels(guild.id), { body, signal }), true)
  const made = learned(world, guild, { type, name, ...(channel && { parent_id: channel.id }) }, data)
  const room = channelAsRoom(guild, made)
  if (type !== 4) await say(asked, made)
  return { room }
}

async function thread(asked: Asked, parent: Channel, name: string): Promise<{ room: Room }> {
  const { bot, world, guild, signal } = asked
  if (parent.type !== 0 && parent.type !== 5) throw new AdapterError("unsupported", "A voice channel on Discord cannot hold threads.")
  const type = parent.type === 5 ? 10 : 11
  const data = await done(() => bot.rest.post(Routes.threads(parent.id), { body: { name, type }, signal }), true)
  const made = learned(world, guild, { type, name, parent_id: parent.id }, data)
  await say(asked, made)
  return { room: channelAsRoom(guild, made) }
}

/** In a forum the first message is the post: without one, its title. A webhook can make one in a speaker's name. */
async function post({ bot, world, guild, op, signal }: Asked, forum: Channel, name: string): Promise<{ room: Room }> {
  const place: Place = { channel: forum.id, guild: guild.id, hooks: forum.id, thread: false }
  const { as } = op
  const body = isSaying(op) ? op.first : { text: name }
  const files = body.files ?? []
  const sending = sendingOf(bot, signal)
  const outline = { type: 11, name, parent_id: forum.id }
  if (as && bot.options.puppets) {
    const said = await execute(bot, forum.id, as, signal, async (hook, puppet) => {
      const content = await compose(bot, place, body, {}, signal)
      const query = new URLSearchParams({ wait: "true" })
      const form = { ...content, ...puppet, thread_name: name }
      const request = outgoing(form, files, sending)
      return object(await bot.rest.post(Routes.webhook(hook.id, hook.token), { auth: false, query, signal, ...request }))
    })
    if (said) return { room: channelAsRoom(guild, learned(world, guild, outline, { id: said["channel_id"] })) }
  }
  const message = await compose(bot, place, body, { name: as && as.own !== true ? as.name : undefined }, signal)
  const within = (message: object): object => ({ name, message })
  const data = await done(
    () => bot.rest.post(Routes.threads(forum.id), { signal, ...outgoing(message, files, { ...sending, within }) }),
    true,
  )
  return { room: channelAsRoom(guild, learned(world, guild, outline, data)) }
}

function isSaying(op: Asked["op"]): op is Asked["op"] & { first: Body<Upload> } {
  return op.first !== undefined && (op.first.text !== "" || (op.first.files?.length ?? 0) > 0)
}

/** Known at once, so that what is said next finds it. */
function learned(world: BotWorld, guild: Guild, outline: Json, data: unknown): Channel {
  const told = object(data)
  if (id(told["id"]) === undefined) throw new AdapterError("unknown-outcome", "Discord did not say what it made.")
  const made = world.learn({ ...outline, ...told, guild_id: guild.id })
  if (!made) throw new AdapterError("unknown-outcome", "Discord did not say what it made.")
  return made
}

/** As any message; it is made even if this fails. */
async function say({ bot, op, signal }: Asked, { id: room }: Channel): Promise<void> {
  if (!isSaying(op)) return
  try {
    await talkVerbs(bot).send({ chat: { room }, body: op.first, key: randomUUID(), ...(op.as && { as: op.as }) }, signal)
  } catch (error) {
    const { kind, message } = explain(error)
    throw new AdapterError(kind, `It was made, but its first message was not taken: ${message}`)
  }
}
