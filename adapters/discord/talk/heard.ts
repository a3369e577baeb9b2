// Where something happened that the gateway tells of: a channel of a guild, or a direct chat.
import type { ChatRef } from "xferry"
import { id, isObject, type Json, number, object } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Bot } from "../types.js"

export interface Heard {
  chat: ChatRef
  guild: Snowflake | undefined
}

/** Channel Object, Channel Types. */
const groupDm = 3

/** `user`: who did it, if that is known. Undefined: nobody knows where it was. */
export async function heardIn(bot: Bot, data: Json, user = id(object(data["author"])["id"])): Promise<Heard | undefined> {
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
