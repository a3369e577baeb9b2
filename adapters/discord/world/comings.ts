// What the gateway tells of people: who comes, goes, is banned, is renamed or gets other roles.
import type { NetworkEvent } from "xferry"
import { id, isObject, type Json, list, object } from "../loose.js"
import { guildRoom, type Snowflake } from "../places.js"
import type { Bot, Channel, Guild, Handlers, Member } from "../types.js"
import { Bounded } from "./bounded.js"
import { ofMember } from "./doubts.js"
import { asMember } from "./member.js"
import { contactOf, userOf } from "./people.js"
import { isThread } from "./permissions.js"
import { presenceEvents, presencesOf, type Presences } from "./presence.js"
import { isCategory, isForum, standing } from "./rights.js"
import { visibleIn } from "./rooms.js"
import type { Told } from "./told.js"
import type { BotWorld } from "./world.js"

/** Who was banned lately: that they left is told besides, before or after. */
const banned = 1000
/** Guilds with more members or channels are large: not every room is told of everybody who comes. */
const many = 200
const mostChannels = 50

type Change = Extract<NetworkEvent, { type: "member" }>["change"]

export function memberHandlers(bot: Bot, world: BotWorld, told: Told, presences: Presences): Handlers {
  const bans = new Bounded<string, true>(banned)

  const guildOf = (data: Json): Guild | undefined => world.guild(id(data["guild_id"]) ?? "")

  function left(guild: Guild, data: Json, change: Change): NetworkEvent[] {
    const contact = contactOf(object(data["user"]))
    // Of the bot itself GUILD_DELETE tells.
    if (!contact || contact.id === world.self) return []
    world.know(contact)
    world.part(guild.id, contact.id)
    const role = change === "banned" ? "banned" : "none"
    return [{ type: "member", room: guildRoom(guild.id), member: { contact, role }, change }]
  }

  return {
    GUILD_MEMBER_ADD(data) {
      const guild = guildOf(data)
      const member = guild && world.putMember(guild.id, data)
      if (!guild || !member || member.user === world.self) return []
      if (guild.memberCount !== undefined) guild.memberCount++
      bans.delete(`${guild.id} ${member.user}`)
      return joined(world, guild, member)
    },
    GUILD_MEMBER_REMOVE(data) {
      const guild = guildOf(data)
      if (!guild) return []
      if (guild.memberCount !== undefined && guild.memberCount > 0) guild.memberCount--
      const user = id(object(data["user"])["id"])
      if (user !== undefined && bans.has(`${guild.id} ${user}`)) {
        world.part(guild.id, user)
        return []
      }
      return left(guild, data, "left")
    },
    async GUILD_MEMBER_UPDATE(data) {
      const guild = guildOf(data)
      if (!guild) return []
      const user = id(userOf(data)["id"])
      const before = user === undefined ? undefined : world.member(guild.id, user)
      const wasCalled = user === undefined ? undefined : world.contact(user)
      const member = world.putMember(guild.id, data)
      if (!member) return []
      if (member.user === world.self) return told.changes(guild.id)
      const contact = world.contact(member.user) ?? { id: member.user }
      const events: NetworkEvent[] = []
      if (wasCalled && JSON.stringify(wasCalled) !== JSON.stringify(contact)) events.push({ type: "contact", contact })
      if (before && JSON.stringify(before) === JSON.stringify(member)) return events
      return [...events, ...changed(world, guild, member), ...ofMember(guild.id, before, member)]
    },
    GUILD_BAN_ADD(data) {
      const guild = guildOf(data)
      const user = id(object(data["user"])["id"])
      if (!guild || user === undefined) return []
      bans.set(`${guild.id} ${user}`, true)
      return left(guild, data, "banned")
    },
    GUILD_BAN_REMOVE(data) {
      const guild = guildOf(data)
      const contact = contactOf(object(data["user"]))
      if (!guild || !contact) return []
      bans.delete(`${guild.id} ${contact.id}`)
      return [{ type: "member", room: guildRoom(guild.id), member: { contact, role: "none" }, change: "changed" }]
    },
    USER_UPDATE(data) {
      const contact = contactOf(data)
      if (!contact) return []
      world.know(contact)
      if (contact.id === world.self) bot.self = world.contact(contact.id) ?? contact
      return [{ type: "contact", contact: world.contact(contact.id) ?? contact }]
    },
    /** Whoever speaks is known from then on; of webhooks there is nothing to know. */
    MESSAGE_CREATE(data) {
      const guild = id(data["guild_id"]) ?? world.channel(id(data["channel_id"]) ?? "")?.guild
      if (data["webhook_id"] === undefined || data["webhook_id"] === null)
        world.met(guild, object(data["author"]), object(data["member"]), id(data["channel_id"]))
      for (const user of list(data["mentions"])) world.met(guild, user, isObject(user["member"]) ? user["member"] : undefined)
      return []
    },
    TYPING_START(data) {
      const member = object(data["member"])
      world.met(id(data["guild_id"]), userOf(member), member, id(data["channel_id"]))
      return []
    },
    /** The answer to `presenceRequests`. */
    GUILD_MEMBERS_CHUNK(data) {
      const guild = guildOf(data)
      if (guild) for (const member of list(data["members"])) world.putMember(guild.id, member)
      return presencesOf(world, presences, data)
    },
    PRESENCE_UPDATE: (data) => presenceEvents(world, presences, data),
  }
}

/** In a small guild they are in all that they may see; in a large one who comes is of interest only where they are known already. */
function joined(world: BotWorld, guild: Guild, member: Member): NetworkEvent[] {
  const contact = world.contact(member.user)
  const event = (room: string, channel?: Channel): NetworkEvent => ({
    type: "member",
    room,
    member: asMember(guild, channel, member, contact),
    change: "joined",
  })
  const channels = visibleIn(guild).filter((channel) => !isThread(channel) && !isCategory(channel) && !isForum(channel))
  if ((guild.memberCount ?? 0) > many || channels.length > mostChannels) return [event(guildRoom(guild.id))]
  const seen = channels.filter((channel) => standing(guild, channel, member).role !== "none")
  return [...seen.map((channel) => event(channel.id, channel)), ...ofMember(guild.id, undefined, member)]
}

/** In the rooms where they were seen lately: of others the core learns when they speak. */
function changed(world: BotWorld, guild: Guild, member: Member): NetworkEvent[] {
  return world.seen(member.user).flatMap((room: Snowflake): NetworkEvent[] => {
    const channel = world.channel(room)
    if (channel?.guild !== guild.id) return []
    const told = asMember(guild, channel, member, world.contact(member.user))
    return [{ type: "member", room, member: told, change: told.role === "none" ? "left" : "changed" }]
  })
}
