// What the gateway tells of guilds, channels, threads, roles and emoji, as events for the core.
import { isDeepStrictEqual } from "node:util"
import type { NetworkEvent } from "xferry"
import { explain } from "../connection/errors.js"
import { flag, id, ids, type Json, list, number, object } from "../loose.js"
import { guildRoom, type Snowflake } from "../places.js"
import type { Bot, Channel, Handlers } from "../types.js"
import { ofAll, ofChannel } from "./doubts.js"
import { ownMember } from "./lookup.js"
import { contactOf } from "./people.js"
import { Flags, has, isThread, ownPermissions, permissionsIn } from "./permissions.js"
import { presencesOf, type Presences } from "./presence.js"
import type { Told } from "./told.js"
import type { BotWorld } from "./world.js"

type Events = Promise<NetworkEvent[]>

export function guildHandlers(bot: Bot, world: BotWorld, told: Told, presences: Presences): Handlers {
  const changes = (guild: Snowflake | undefined): Events => (guild === undefined ? Promise.resolve([]) : told.changes(guild))

  async function put(data: Json): Events {
    const before = world.channel(id(data["id"]) ?? "")
    const channel = world.learn(data)
    const events = await (channel && concernsNoOther(channel, before) ? told.change(channel) : changes(channel?.guild))
    const guild = world.guild(channel?.guild ?? "")
    return channel && guild?.unavailable === false ? ofChannel(guild, before, channel, events) : events
  }

  async function remove(data: Json): Events {
    const key = id(data["id"])
    if (key === undefined) return []
    const channel = world.remove(key)
    const guild = channel?.guild ?? id(data["guild_id"])
    if (guild === undefined) return []
    const events = await changes(guild)
    // What a restart made us miss is told anew, and is not in memory any more.
    const isTold = events.some((event) => event.type === "gone" && event.room === key)
    return isTold ? events : [...events, { type: "gone", room: key, why: "deleted" }]
  }

  return {
    async READY(data) {
      const user = contactOf(object(data["user"]))
      if (user) world.know(user)
      // Servers that do not say where the bot is tell it with GUILD_CREATE.
      if (!Array.isArray(data["guilds"])) {
        world.settling.begin([])
        return []
      }
      const guilds = list(data["guilds"])
      const keys = guilds.flatMap((guild) => id(guild["id"]) ?? [])
      const meant = ofShard(data["shard"])
      for (const { id: known } of [...world.guilds()]) if (meant(known) && !keys.includes(known)) world.removeGuild(known)
      for (const key of keys) world.outage(key)
      world.settling.begin(keys)
      // Users would be put out of every room of a server that was only left out.
      const events = await told.guilds(keys, meant, false)
      // Some servers send guilds whole right away.
      for (const guild of guilds) if (Array.isArray(guild["channels"])) events.push(...(await create(guild)))
      return events
    },
    GUILD_CREATE: create,
    async GUILD_UPDATE(data) {
      const known = world.guild(id(data["id"]) ?? "")
      if (!known || known.unavailable) return []
      const now = world.putGuild({ ...data, unavailable: false })
      const events = await changes(now?.id)
      return now && now.owner !== known.owner ? ofAll(now, events) : events
    },
    async GUILD_DELETE(data) {
      const key = id(data["id"])
      if (key === undefined) return []
      world.settling.came(key)
      if (flag(data["unavailable"])) {
        world.outage(key)
        return []
      }
      world.removeGuild(key)
      await told.forget(key)
      return [{ type: "gone", room: guildRoom(key), why: "removed" }]
    },
    CHANNEL_CREATE: put,
    CHANNEL_UPDATE: put,
    CHANNEL_DELETE: remove,
    THREAD_CREATE: put,
    THREAD_UPDATE: put,
    THREAD_DELETE: remove,
    async THREAD_LIST_SYNC(data) {
      const guild = world.guild(id(data["guild_id"]) ?? "")
      if (!guild) return []
      const active = new Set(list(data["threads"]).flatMap((thread) => world.learn({ guild_id: guild.id, ...thread })?.id ?? []))
      const parents = Array.isArray(data["channel_ids"]) ? new Set(ids(data["channel_ids"])) : undefined
      for (const each of guild.channels.values()) {
        const isMeant = isThread(each) && each.parent !== undefined && (parents?.has(each.parent) ?? true)
        // It was archived while it could not be seen.
        if (isMeant && !active.has(each.id) && !each.archived) world.put({ ...each, archived: true })
      }
      return changes(guild.id)
    },
    async THREAD_MEMBERS_UPDATE(data) {
      const thread = world.channel(id(data["id"]) ?? "")
      const guild = world.guild(thread?.guild ?? "")
      // To public threads people come and go by looking at them.
      if (!guild || thread?.type !== 12) return []
      if (ids(data["removed_member_ids"]).includes(world.self) && !has(ownPermissions(guild, thread), Flags.ManageThreads)) {
        world.remove(thread.id)
        return changes(guild.id)
      }
      const events: NetworkEvent[] = []
      for (const added of list(data["added_members"])) {
        const member = world.putMember(guild.id, { ...object(added["member"]), user_id: added["user_id"] })
        const contact = member && world.contact(member.user)
        if (!contact || !member || member.user === world.self) continue
        events.push({
          type: "member",
          room: thread.id,
          member: { contact, role: "member", ...(member.nick !== undefined && { name: member.nick }) },
          change: "joined",
        })
      }
      for (const user of ids(data["removed_member_ids"])) {
        const contact = world.contact(user) ?? { id: user }
        const member = world.member(guild.id, user)
        // Who manages threads sees it all the same.
        if (member && has(permissionsIn(guild, thread, member), Flags.ManageThreads)) continue
        events.push({ type: "member", room: thread.id, member: { contact, role: "none" }, change: "left" })
      }
      return events
    },
    async GUILD_ROLE_CREATE(data) {
      return role(data)
    },
    async GUILD_ROLE_UPDATE(data) {
      const guild = world.guild(id(data["guild_id"]) ?? "")
      const before = guild?.roles.get(id(object(data["role"])["id"]) ?? "")
      const events = await role(data)
      const now = guild?.roles.get(before?.id ?? id(object(data["role"])["id"]) ?? "")
      // Roles are told of when they are moved or painted, too.
      return guild && now && before?.permissions !== now.permissions ? ofAll(guild, events) : events
    },
    async GUILD_ROLE_DELETE(data) {
      const guild = world.guild(id(data["guild_id"]) ?? "")
      const key = id(data["role_id"])
      if (!guild || key === undefined) return []
      world.dropRole(guild.id, key)
      return ofAll(guild, await changes(guild.id))
    },
    GUILD_EMOJIS_UPDATE(data) {
      world.putEmojis(id(data["guild_id"]) ?? "", data["emojis"])
      return []
    },
  }

  async function create(data: Json): Events {
    const key = id(data["id"])
    if (key === undefined) return []
    if (flag(data["unavailable"])) {
      world.outage(key)
      return []
    }
    const guild = world.putGuild({ unavailable: false, ...data })
    if (!guild) return []
    // The bot's own member comes with every guild; without it nothing is known of its rights.
    if (!guild.self)
      await ownMember(bot, world, guild.id, bot.host.signal).catch((error: unknown) =>
        bot.host.log.warn({ reason: explain(error).message }, "what the bot may do in a server could not be asked"),
      )
    const events = await told.begin(key, world.settling.awaits(key))
    // Only now: who waits for it goes on to list its rooms.
    world.settling.came(key)
    return [...events, ...presencesOf(world, presences, data)]
  }

  async function role(data: Json): Events {
    const guild = world.guild(id(data["guild_id"]) ?? "")
    const before = guild?.roles.get(id(object(data["role"])["id"]) ?? "")
    const now = guild && world.putRole(guild.id, object(data["role"]))
    // Rooms are told of as the bot sees them. Of a role that is moved all others are told as well.
    const isOurs = now && (now.id === guild.id || guild.self?.roles.includes(now.id) === true)
    return isOurs && before?.permissions !== now.permissions ? changes(guild.id) : []
  }
}

/** What decides who sees it, and what lies in it, is as it was. Whoever moves one channel makes Discord tell of all of them. */
function concernsNoOther(channel: Channel, before: Channel | undefined): boolean {
  if (isThread(channel)) return before === undefined || before.parent === channel.parent
  return before?.type === channel.type && before.parent === channel.parent && isDeepStrictEqual(before.overwrites, channel.overwrites)
}

/** Whether a guild belongs to the shard that READY is of (Gateway, Sharding). */
function ofShard(shard: unknown): (guild: Snowflake) => boolean {
  const [index, count] = Array.isArray(shard) ? (shard as unknown[]).map(number) : []
  if (index === undefined || count === undefined || !Number.isInteger(count) || count <= 1) return () => true
  return (guild) => Number((BigInt(guild) >> 22n) % BigInt(count)) === index
}
