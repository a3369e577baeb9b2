// Changes of guilds, channels and threads, as far as Discord lets a bot.
import { Routes } from "discord.js"
import { AdapterError } from "xferry"
import { isUnknownRoute } from "../connection/errors.js"
import { object } from "../loose.js"
import { isSnowflake } from "../places.js"
import { type Talker, unlessGone } from "../talk/place.js"
import type { Channel } from "../types.js"
import { type Change, type Done, done, type Of, type Op, type Table, type Verb } from "./calls.js"
import { create } from "./create.js"
import { invite } from "./invite.js"
import { type Located, lookUp } from "./lookup.js"
import { moderation } from "./moderation.js"
import { Flags, has, isThread, ownPermissions } from "./permissions.js"
import { channelAsRoom, guildAsRoom } from "./rooms.js"
import type { BotWorld } from "./world.js"

/** Channel Object, `rate_limit_per_user`. */
const slowest = 21_600
const table: Table = {
  async name(change) {
    const { bot, world, guild, op } = change
    const name = op.text.trim()
    if (change.channel) return patched(change, { name })
    const data = object(await done(() => bot.rest.patch(Routes.guild(guild.id), { body: { name }, signal: change.signal })))
    return { room: guildAsRoom(world.putGuild({ id: guild.id, name, ...data, unavailable: false }) ?? guild) }
  },
  async topic(change) {
    const channel = channelOf(change, "A server on Discord has no topic.")
    if (isThread(channel)) throw new AdapterError("unsupported", "A thread on Discord has no topic of its own.")
    return patched(change, { topic: change.op.text })
  },
  async slow(change) {
    channelOf(change, "Slow mode is set in channels and threads.")
    if (change.op.seconds > slowest) throw new AdapterError("rejected", "On Discord people wait six hours at most in slow mode.")
    return patched(change, { rate_limit_per_user: Math.max(0, Math.round(change.op.seconds)) })
  },
  pin: (change) => pin(change, "put"),
  unpin: (change) => pin(change, "delete"),
  ...moderation,
  create,
  close: (change) => archive(change, true),
  reopen: (change) => archive(change, false),
  async leave({ bot, world, guild, channel, signal }) {
    if (!channel) return void (await done(() => bot.rest.delete(Routes.userGuild(guild.id), { signal })))
    if (!isThread(channel))
      throw new AdapterError(
        "unsupported",
        "On Discord nobody can leave a single channel: leave the server, or have the channel hidden from the bot.",
      )
    // The library's own route has the «@» escaped, which not every server takes.
    await done(() => bot.rest.delete(`/channels/${channel.id}/thread-members/@me`, { signal }))
    if (channel.type === 12) world.remove(channel.id)
  },
  async destroy(change) {
    const channel = channelOf(change, "Discord lets no bot delete a server. The bot can leave it; its owner can delete it.")
    await done(() => unlessGone(() => change.bot.rest.delete(Routes.channel(channel.id), { signal: change.signal })))
  },
  invite,
}

export function manageVerbs(bot: Talker, world: BotWorld): { manage: Verb } {
  return {
    async manage(op, signal) {
      if (op.do === "create" && op.room === "")
        throw new AdapterError("unsupported", "Discord lets no bot make a server: make one on Discord and add the bot to it.")
      const run = table[op.do] as ((change: Change<Op>) => Promise<Done>) | undefined
      if (!run) throw new AdapterError("unsupported", "Discord offers this to no bot.")
      return run({ bot, world, op, signal, ...(await lookUp(bot, world, op.room, signal)) })
    },
  }
}

function channelOf({ channel }: Located, otherwise: string): Channel {
  if (!channel) throw new AdapterError("unsupported", otherwise)
  return channel
}

async function patched({ bot, world, guild, channel, signal }: Change<unknown>, body: object): Promise<Done> {
  if (!channel) return
  const data = object(await done(() => bot.rest.patch(Routes.channel(channel.id), { body, signal })))
  // Servers may answer with nothing.
  const after = world.learn({ ...data, id: channel.id, guild_id: guild.id }) ?? channel
  const now = "id" in data ? after : world.learn({ id: channel.id, guild_id: guild.id, ...body })
  return { room: channelAsRoom(guild, now ?? after) }
}

async function pin(change: Change<Of<"pin" | "unpin">>, method: "put" | "delete"): Promise<Done> {
  const { bot, op, signal } = change
  const channel = channelOf(change, "Messages are pinned in channels and threads.")
  const message = op.message.id
  if (!isSnowflake(message)) throw new AdapterError("gone", "This message no longer exists on Discord.")
  const at = (route: `/${string}`): Promise<unknown> => bot.rest[method](route, { signal })
  await done(async () => {
    try {
      return await at(`/channels/${channel.id}/messages/pins/${message}`)
    } catch (error) {
      if (!isUnknownRoute(error)) throw error
      // As it was until 2025.
      return at(`/channels/${channel.id}/pins/${message}`)
    }
  })
}

async function archive(change: Change<Of<"close" | "reopen">>, archived: boolean): Promise<Done> {
  const channel = channelOf(change, "A server cannot be closed.")
  if (!isThread(channel)) throw new AdapterError("unsupported", "On Discord only threads and posts can be closed, not channels.")
  if (archived || !channel.locked) return patched(change, { archived })
  if (!has(ownPermissions(change.guild, channel), Flags.ManageThreads))
    throw new AdapterError("denied", "A moderator has locked this thread: only who manages threads can open it again.")
  return patched(change, { archived, locked: false })
}
