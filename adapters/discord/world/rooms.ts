// Guilds, categories, channels, forums and threads as rooms, and the verbs that list them: from memory.
import { AdapterError, type LegacyRoomId, type Page, type Room } from "xferry"
import { isHash, pictureOf } from "../files/refs.js"
import { guildRoom, placeOf, type Snowflake } from "../places.js"
import type { Bot, Channel, Guild } from "../types.js"
import { lookUp } from "./lookup.js"
import { isThread, isVoice, mayRead, ownPermissions, permissionsIn } from "./permissions.js"
import { isCategory, isForum, limitsOf } from "./rights.js"
import type { BotWorld } from "./world.js"

/** Channel types; what is not here (directories, whatever comes) is no room. */
const kinds: Readonly<Record<number, NonNullable<Room["kind"]>>> = {
  0: "group",
  2: "group",
  4: "container",
  5: "channel",
  10: "topic",
  11: "topic",
  12: "topic",
  13: "group",
  15: "container",
  16: "container",
}

export function isRoom({ type, guild }: Pick<Channel, "type" | "guild">): boolean {
  return guild !== undefined && kinds[type] !== undefined
}

export function guildAsRoom(guild: Guild): Room {
  return {
    id: guildRoom(guild.id),
    kind: "container",
    parent: null,
    ...(guild.name !== "" && { name: guild.name }),
    ...(guild.icon !== undefined && isHash(guild.icon) && { avatar: pictureOf("icons", guild.id, guild.icon) }),
    ...(guild.memberCount !== undefined && { memberCount: guild.memberCount }),
    limits: limitsOf(guild, undefined),
  }
}

export function channelAsRoom(guild: Guild, channel: Channel): Room {
  const { id, type, parent, name, topic, slowSeconds } = channel
  const kind = kinds[type] ?? "group"
  const hasTopic = !isThread(channel) && !isVoice(channel) && !isCategory(channel)
  return {
    id,
    kind,
    // What goes with its category must not go because of it.
    parent: parent !== undefined && guild.channels.has(parent) ? parent : guildRoom(guild.id),
    ...(name !== "" && { name }),
    ...(hasTopic && { topic }),
    ...(!isCategory(channel) && { slowSeconds }),
    ...(isThread(channel) && { archived: channel.archived && (channel.locked || "idle") }),
    ...(guild.memberCount !== undefined && isPublic(guild, channel) && { memberCount: guild.memberCount }),
    limits: limitsOf(guild, channel),
  }
}

/** Whether everybody in the guild sees it. */
function isPublic(guild: Guild, channel: Channel): boolean {
  const anybody = { user: "0", nick: undefined, roles: [], mutedUntil: 0 }
  return channel.type !== 12 && mayRead(channel, permissionsIn(guild, channel, anybody))
}

/** Whether the bot can read there; categories as soon as it can read in one of their channels. */
export function isVisible(guild: Guild, channel: Channel): boolean {
  if (!isRoom(channel)) return false
  if (mayRead(channel, ownPermissions(guild, channel))) return true
  if (!isCategory(channel)) return false
  for (const each of guild.channels.values()) if (each.parent === channel.id && !isThread(each) && isVisible(guild, each)) return true
  return false
}

/** Containers before what is in them. */
const depth = (channel: Channel): number => (isCategory(channel) ? 0 : isThread(channel) ? 2 : 1)

/** All that the bot sees of a guild, without the guild itself; of `those` only. */
export function visibleIn(guild: Guild, those: (channel: Channel) => boolean = () => true): Channel[] {
  if (guild.unavailable) return []
  return [...guild.channels.values()].filter((each) => those(each) && isVisible(guild, each)).sort((a, b) => depth(a) - depth(b))
}

/** Rooms that are listed with this one; undefined: the guild. */
function inside(guild: Guild, parent: Snowflake | undefined): Channel[] {
  // A channel whose category is unknown is the guild's.
  const direct = visibleIn(guild, (each) => (isThread(each) || guild.channels.has(each.parent ?? "") ? each.parent : undefined) === parent)
  // Channels are no containers: whoever goes through containers would not come by their threads.
  const channels = new Set(direct.filter((each) => !isThread(each) && !isForum(each)).map(({ id }) => id))
  return [...direct, ...visibleIn(guild, (each) => isThread(each) && channels.has(each.parent ?? "") && each.parent !== parent)]
}

export interface RoomVerbs {
  rooms(query: { parent?: LegacyRoomId; cursor?: string }, signal: AbortSignal): Promise<Page<Room>>
  room(id: LegacyRoomId, signal: AbortSignal): Promise<Room>
}

export function noRoom(): AdapterError {
  return new AdapterError("gone", "This server or channel is not there on Discord, or the bot may not see it.")
}

export function roomVerbs(bot: Bot, world: BotWorld): RoomVerbs {
  return {
    async rooms({ parent }, signal) {
      await world.settled(signal)
      if (parent === undefined) return { items: [...world.guilds()].filter(({ unavailable }) => !unavailable).map(guildAsRoom) }
      const place = placeOf(parent)
      if (!place) throw noRoom()
      const guild = world.guild("guild" in place ? place.guild : (world.channel(place.channel)?.guild ?? ""))
      if (!guild) throw noRoom()
      return { items: inside(guild, "guild" in place ? undefined : place.channel).map((channel) => channelAsRoom(guild, channel)) }
    },
    async room(id, signal) {
      const { guild, channel } = await lookUp(bot, world, id, signal)
      if (!channel) return guildAsRoom(guild)
      if (!isVisible(guild, channel)) throw noRoom()
      return channelAsRoom(guild, channel)
    },
  }
}
