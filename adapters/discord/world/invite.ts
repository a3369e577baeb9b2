// Links by which people of Discord come to a channel.
import { Routes } from "discord.js"
import { AdapterError } from "xferry"
import { object, text } from "../loose.js"
import type { Channel, Guild } from "../types.js"
import { type Change, type Done, done, type Of } from "./calls.js"
import { Flags, has, isThread, ownPermissions } from "./permissions.js"

/** Create Channel Invite: `max_age` and `max_uses`. */
const longestInvite = 604_800
const mostUses = 100

/** The channel one comes to by it. */
function door(guild: Guild, channel: Channel | undefined): Channel {
  const place = channel && isThread(channel) ? guild.channels.get(channel.parent ?? "") : channel
  if (place && place.type !== 4) return place
  const fits = (one: Channel): boolean =>
    [0, 5, 2, 13, 15, 16].includes(one.type) &&
    (place === undefined || one.parent === place.id) &&
    has(ownPermissions(guild, one), Flags.ViewChannel, Flags.CreateInstantInvite)
  const found = [...guild.channels.values()].filter(fits).sort((a, b) => a.type - b.type)[0]
  if (found) return found
  throw new AdapterError("denied", "There is no channel here to which the bot may invite anybody.")
}

export async function invite({ bot, guild, channel, op, signal }: Change<Of<"invite">>): Promise<Done> {
  const { uses, until } = op
  const seconds = until === undefined ? 0 : Math.ceil((until.getTime() - Date.now()) / 1000)
  if (until !== undefined && seconds <= 0) throw new AdapterError("rejected", "This invitation would have ended already.")
  const body = {
    max_age: Math.min(seconds, longestInvite),
    max_uses: Math.min(Math.max(uses ?? 0, 0), mostUses),
    unique: uses !== undefined || until !== undefined,
  }
  const route = Routes.channelInvites(door(guild, channel).id)
  const data = object(await done(() => bot.rest.post(route, { body, signal }), true))
  const code = text(data["code"])
  if (code === undefined || !/^[\w-]+$/.test(code)) throw new AdapterError("rejected", "Discord gave no link.")
  return { link: `https://discord.gg/${code}` }
}
