// What was said before, a page at a time.
import { Routes } from "discord.js"
import { AdapterError, type MessageEvent, type Session } from "xferry"
import type { capabilities } from "../capabilities.js"
import { explain } from "../connection/errors.js"
import { id, type Json, list } from "../loose.js"
import { isSnowflake, type Snowflake } from "../places.js"
import { messageEvent } from "./messages.js"
import { Flags, has, ownPermissions } from "../world/permissions.js"
import { type Talker, whereIs } from "./place.js"
import { reactionsOf } from "./reactions.js"

/** Get Channel Messages: 1-100. */
const maxPage = 100
/** Questions of who reacted so, for one page: they are as limited as all others, and somebody waits. */
const mostAsked = 10

export function historyVerb(bot: Talker): Pick<Session<typeof capabilities>, "history"> {
  return {
    async history({ chat, after, before, limit }, signal) {
      const { channel, guild } = await whereIs(bot, chat, signal)
      needReadable(bot, channel)
      const size = Math.min(Math.max(1, Math.trunc(limit)), maxPage)
      const first = isSnowflake(after) ? after : undefined
      const last = isSnowflake(before) ? before : undefined
      let from: { after?: Snowflake; before?: Snowflake } =
        first !== undefined ? { after: first } : last !== undefined ? { before: last } : {}
      // A page of nothing but what is no message would look like the end.
      const budget = { left: mostAsked }
      for (;;) {
        const found = await page(bot, channel, from, size, signal)
        const within = last === undefined ? found : found.filter((message) => isBefore(idOf(message), last))
        const items: MessageEvent[] = []
        for (const message of within) {
          const event = await messageEvent(bot, { channel_id: channel, ...(guild !== undefined && { guild_id: guild }), ...message })
          if (!event) continue
          const reactions = event.reactions && (await reactionsOf(bot, message, channel, budget, signal))
          items.push(reactions ? { ...event, reactions } : event)
        }
        const more = found.length >= size && within.length === found.length
        if (items.length > 0 || !more) return { items, more }
        const edge = idOf((first === undefined ? found[0] : found.at(-1)) ?? {})
        if (edge === (from.after ?? from.before)) return { items, more: false }
        from = first === undefined ? { before: edge } : { after: edge }
      }
    },
  }
}

/** Get Channel Messages: without READ_MESSAGE_HISTORY «no messages will be returned», which must not look as if all were deleted. */
function needReadable({ world }: Talker, id: Snowflake): void {
  const channel = world.channel(id)
  const guild = channel?.guild === undefined ? undefined : world.guild(channel.guild)
  if (channel && guild?.self && !has(ownPermissions(guild, channel), Flags.ReadMessageHistory))
    throw new AdapterError("denied", "The bot may not read what was said in this channel before.")
}

/** Oldest first, though Discord gives the newest first, and other servers what they like. */
async function page(
  { rest }: Talker,
  channel: Snowflake,
  from: { after?: Snowflake; before?: Snowflake },
  limit: number,
  signal: AbortSignal,
): Promise<Json[]> {
  const query = new URLSearchParams({ limit: String(limit), ...from })
  try {
    const found = list(await rest.get(Routes.channelMessages(channel), { query, signal }))
    return found.filter((message) => id(message["id"]) !== undefined).sort((a, b) => (isBefore(idOf(a), idOf(b)) ? -1 : 1))
  } catch (error) {
    throw explain(error)
  }
}

function idOf(message: Json): Snowflake {
  return id(message["id"]) ?? "0"
}

function isBefore(a: Snowflake, b: Snowflake): boolean {
  return BigInt(a) < BigInt(b)
}
