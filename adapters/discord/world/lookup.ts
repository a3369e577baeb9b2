// Where a room of the core's is: from memory, else asked.
import { Routes } from "discord.js"
import { AdapterError, type LegacyRoomId } from "xferry"
import { explain } from "../connection/errors.js"
import { object } from "../loose.js"
import { isSnowflake, placeOf, type Snowflake } from "../places.js"
import type { Bot, Channel, Guild, Member } from "../types.js"
import type { BotWorld } from "./world.js"

export interface Located {
  guild: Guild
  /** Undefined: the guild itself is meant. */
  channel: Channel | undefined
}

const nowhere = (): AdapterError =>
  new AdapterError("gone", "This server or channel is not there on Discord, or the bot has no part in it any more.")
const down = (): AdapterError =>
  new AdapterError("retry", "This server is down at Discord for the moment.", { retryAfterMs: 30_000, blocks: "chat" })

/** Throws an AdapterError: gone, retry. Threads that were archived for long are asked for. */
export async function lookUp(bot: Bot, world: BotWorld, room: LegacyRoomId, signal: AbortSignal): Promise<Located> {
  const place = placeOf(room)
  if (!place) throw nowhere()
  if ("guild" in place) {
    const guild = world.guild(place.guild)
    if (guild?.unavailable === false) return { guild, channel: undefined }
    throw guild ? down() : nowhere()
  }
  const channel = world.channel(place.channel) ?? (await ask(bot, world, place.channel, signal))
  const guild = world.guild(channel?.guild ?? "")
  if (!channel || !guild) throw nowhere()
  if (guild.unavailable) throw down()
  return { guild, channel }
}

async function ask(bot: Bot, world: BotWorld, channel: string, signal: AbortSignal): Promise<Channel | undefined> {
  const data = await bot.rest.get(Routes.channel(channel), { signal }).catch((error: unknown) => {
    throw explain(error)
  })
  return world.learn(object(data))
}

/** Undefined: they are not in the guild. Who is not remembered, or of whom nobody would tell that they changed, is asked for. Throws an AdapterError. */
export async function memberOf(
  bot: Bot,
  world: BotWorld,
  guild: Snowflake,
  user: Snowflake,
  signal: AbortSignal,
): Promise<Member | undefined> {
  if (!isSnowflake(user)) return undefined
  const known = world.member(guild, user)
  if (known && (bot.may.members || user === world.self)) return known
  try {
    const data = object(await bot.rest.get(Routes.guildMember(guild, user), { signal }))
    return world.putMember(guild, { user_id: user, ...data })
  } catch (error) {
    const problem = explain(error)
    if (problem.kind !== "gone") throw problem
    world.part(guild, user)
    return undefined
  }
}

/** What the bot itself is in a guild, where the server did not say. Throws an AdapterError, which leaves it unknown. */
export async function ownMember(bot: Bot, world: BotWorld, guild: Snowflake, signal: AbortSignal): Promise<void> {
  const found = await memberOf(bot, world, guild, world.self, signal)
  // It is there, says the server that lists its channels: without any role that it would name.
  if (!found) world.join(guild, { user: world.self, nick: undefined, roles: [], mutedUntil: 0 })
}
