// What somebody may do in a room: their roles, the channel's overwrites, and whether they are in a private thread.
import { Routes } from "discord.js"
import type { LegacyRoomId, LegacyUserId } from "xferry"
import { explain } from "../connection/errors.js"
import { isSnowflake, type Snowflake } from "../places.js"
import type { Bot, Channel } from "../types.js"
import { lookUp, memberOf } from "./lookup.js"
import { Flags, has, ownBase, permissionsIn } from "./permissions.js"
import { ownStanding, type Standing, standing } from "./rights.js"
import type { BotWorld } from "./world.js"

export interface AccessVerbs {
  access(query: { room: LegacyRoomId; user: LegacyUserId }, signal: AbortSignal): Promise<Standing>
}

const outside: Standing = { role: "none", maySend: false }

export function accessVerbs(bot: Bot, world: BotWorld): AccessVerbs {
  return {
    async access({ room, user }, signal) {
      const { guild, channel } = await lookUp(bot, world, room, signal)
      if (user === world.self) return ownStanding(guild, channel)
      // Webhooks are nobody: they speak by whoever has their address.
      if (!isSnowflake(user)) return outside
      const member = await memberOf(bot, world, guild.id, user, signal)
      if (!member) {
        const isBanned = has(ownBase(guild), Flags.BanMembers) && (await isThere(bot, Routes.guildBan(guild.id, user), signal))
        return isBanned ? { role: "banned", maySend: false } : outside
      }
      const found = standing(guild, channel, member)
      if (channel?.type !== 12 || found.role === "owner" || has(permissionsIn(guild, channel, member), Flags.ManageThreads)) return found
      return (await isInThread(bot, channel, user, signal)) ? found : outside
    },
  }
}

/** A private thread is seen by those who were taken into it, and by those who manage threads. */
function isInThread(bot: Bot, thread: Channel, user: Snowflake, signal: AbortSignal): Promise<boolean> {
  return isThere(bot, Routes.threadMembers(thread.id, user), signal)
}

async function isThere(bot: Bot, route: `/${string}`, signal: AbortSignal): Promise<boolean> {
  try {
    await bot.rest.get(route, { signal })
    return true
  } catch (error) {
    const problem = explain(error)
    if (problem.kind === "gone" || problem.kind === "denied") return false
    throw problem
  }
}
