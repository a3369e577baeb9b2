// Guilds, their members, roles and bans (Guild).
import type { Guild, Member, Role } from "../world/guild.js"
import { rawEmoji, rawRole } from "../world/guild-raw.js"
import { byId, older } from "../world/ids.js"
import { Flags } from "../world/permissions.js"
import type { Call, Params, Route } from "./call.js"
import { invalid, refused } from "./refused.js"

/** «requires the GUILD_MEMBERS Privileged Intent». */
const list: Route = (call) => {
  const { guild, bot, query } = call
  if (!(bot.application.flags & (1 << 15))) throw refused(50001)
  const { limit = 1, after = 0 } = query as { limit?: number; after?: number }
  const all = guild.sortedMembers().filter(({ user }) => older(String(after), user.id))
  return all.slice(0, limit).map((member) => guild.rawMember(member))
}

const search: Route = ({ guild, query }) => {
  const { query: text, limit = 1 } = query as { query: string; limit?: number }
  const begins = (name: string | null | undefined): boolean => name?.toLowerCase().startsWith(text.toLowerCase()) ?? false
  const found = guild.sortedMembers().filter(({ user, nick }) => begins(user.username) || begins(user.global_name) || begins(nick))
  return found.slice(0, limit).map((member) => guild.rawMember(member))
}

const modify: Route = (call) => {
  const { guild, body, world } = call
  const member = call.member(guild)
  const {
    nick,
    roles,
    communication_disabled_until: until,
  } = body as {
    nick?: string | null
    roles?: string[] | null
    communication_disabled_until?: string | null
  }
  if (nick !== undefined) call.need(guild, Flags.ManageNicknames)
  if (roles !== undefined) needRoles(call, guild, member, roles ?? [])
  if (until !== undefined) {
    call.need(guild, Flags.ModerateMembers)
    // «will throw a 403 error if the user has the ADMINISTRATOR permission or is the owner of the guild».
    if (guild.permissionsOf(member.user.id) & Flags.Administrator) throw refused(50013)
    if (until !== null && Date.parse(until) - world.now() > 28 * 86_400_000) {
      throw invalid("communication_disabled_until", "DATE_TIME_TYPE_TOO_FAR", "Must be at most 28 days from now.")
    }
  }
  if (nick !== undefined || until !== undefined) call.needAbove(guild, guild.rankOf(member.user.id))
  guild.change(member.user, {
    ...(nick !== undefined && { nick: nick === "" ? null : nick }),
    ...(roles !== undefined && { roles: roles ?? [] }),
    ...(until !== undefined && { mutedUntil: until === null ? 0 : Date.parse(until) }),
  })
  return guild.rawMember(member)
}

function needRoles(call: Call, guild: Guild, member: Member, roles: readonly string[]): void {
  const changed = [...roles.filter((id) => !member.roles.includes(id)), ...member.roles.filter((id) => !roles.includes(id))]
  for (const id of changed) needRole(call, guild, id)
}

function needRole(call: Call, guild: Guild, id: string): Role {
  const role = guild.roles.get(id)
  if (!role) throw refused(10011)
  call.need(guild, Flags.ManageRoles)
  // Managed ones are given and taken by nobody.
  if (role.managed || id === guild.id) throw refused(50013)
  call.needAbove(guild, role.position)
  return role
}

const kick: Route = (call) => {
  const { guild } = call
  call.need(guild, Flags.KickMembers)
  const { user } = call.member(guild)
  call.needAbove(guild, guild.rankOf(user.id))
  guild.kick(user)
  return undefined
}

const ban: Route = (call) => {
  const { guild, world, params, reason } = call
  call.need(guild, Flags.BanMembers)
  const user = world.user(params["user_id"]!)
  if (!user) throw refused(10013)
  if (guild.members.has(user.id)) call.needAbove(guild, guild.rankOf(user.id))
  guild.ban(user, reason)
  return undefined
}

function bannedIn(call: Call): { user: { id: string }; reason: string | null } {
  call.need(call.guild, Flags.BanMembers)
  const found = call.guild.bans.get(call.params["user_id"]!)
  if (!found) throw refused(10026)
  return found
}

const bans: Route = (call) => {
  const { guild, query } = call
  call.need(guild, Flags.BanMembers)
  const { limit = 1000, after, before } = query as { limit?: number; after?: string; before?: string }
  const sorted = [...guild.bans.values()].sort((a, b) => byId(a.user, b.user))
  const within = sorted.filter(({ user: { id } }) => (!after || older(after, id)) && (!before || older(id, before)))
  return before && !after ? within.slice(-limit) : within.slice(0, limit)
}

const setRole =
  (on: boolean): Route =>
  (call) => {
    const { guild } = call
    const { user } = call.member(guild)
    const role = needRole(call, guild, call.params["role_id"]!)
    if (on) guild.give(user, role)
    else guild.take(user, role)
    return undefined
  }

function roleFields(
  call: Call,
  body: Params,
): { name?: string; permissions?: bigint; mentionable?: boolean; hoist?: boolean; color?: number } {
  const { name, permissions, mentionable, hoist, color } = body
  const wanted = permissions === undefined || permissions === null ? undefined : BigInt(permissions as string | number)
  // One can only give away what one has.
  if (wanted !== undefined && wanted & ~call.guild.permissionsOf(call.bot.id)) throw refused(50013)
  return {
    ...(typeof name === "string" && { name }),
    ...(wanted !== undefined && { permissions: wanted }),
    ...(typeof mentionable === "boolean" && { mentionable }),
    ...(typeof hoist === "boolean" && { hoist }),
    ...(typeof color === "number" && { color }),
  }
}

const makeRole: Route = (call) => {
  const { guild, body } = call
  call.need(guild, Flags.ManageRoles)
  const { name = "new role", permissions = guild.roles.get(guild.id)!.permissions, ...fields } = roleFields(call, body)
  return rawRole(guild.makeRole({ name, permissions, ...fields }))
}

export const guilds: Record<string, Route> = {
  "GET /guilds/{guild_id}": ({ guild, query }) => ({
    ...guild.raw(),
    ...(query["with_counts"] === true && { approximate_member_count: guild.members.size, approximate_presence_count: 1 }),
  }),
  "PATCH /guilds/{guild_id}": (call) => {
    call.need(call.guild, Flags.ManageGuild)
    const { name, description } = call.body
    call.guild.update({ ...(typeof name === "string" && { name }), ...(typeof description === "string" && { description }) })
    return call.guild.raw()
  },
  "GET /guilds/{guild_id}/members": list,
  "GET /guilds/{guild_id}/members/search": search,
  "GET /guilds/{guild_id}/members/{user_id}": (call) => call.guild.rawMember(call.member(call.guild)),
  "PATCH /guilds/{guild_id}/members/{user_id}": modify,
  "PATCH /guilds/{guild_id}/members/@me": (call) => {
    const { guild, bot, body } = call
    call.need(guild, Flags.ChangeNickname)
    if (body["nick"] !== undefined) guild.setNick(bot.user, (body["nick"] as string | null) || null)
    return guild.rawMember(guild.members.get(bot.id)!)
  },
  "DELETE /guilds/{guild_id}/members/{user_id}": kick,
  "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}": setRole(true),
  "DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}": setRole(false),
  "GET /guilds/{guild_id}/bans": bans,
  "GET /guilds/{guild_id}/bans/{user_id}": bannedIn,
  "PUT /guilds/{guild_id}/bans/{user_id}": ban,
  "DELETE /guilds/{guild_id}/bans/{user_id}": (call) => {
    const { user } = bannedIn(call)
    call.guild.unban(call.world.user(user.id)!)
  },
  "GET /guilds/{guild_id}/roles": ({ guild }) => guild.rawRoles(),
  "POST /guilds/{guild_id}/roles": makeRole,
  "GET /guilds/{guild_id}/roles/{role_id}": ({ guild, params }) => {
    const role = guild.roles.get(params["role_id"]!)
    if (!role) throw refused(10011)
    return rawRole(role)
  },
  "PATCH /guilds/{guild_id}/roles/{role_id}": (call) => {
    const role = needRole(call, call.guild, call.params["role_id"]!)
    return rawRole(call.guild.editRole(role, roleFields(call, call.body)))
  },
  "DELETE /guilds/{guild_id}/roles/{role_id}": (call) => call.guild.deleteRole(needRole(call, call.guild, call.params["role_id"]!)),
  "GET /guilds/{guild_id}/emojis": ({ guild }) => [...guild.emojis.values()].map(rawEmoji),
  "GET /guilds/{guild_id}/emojis/{emoji_id}": ({ guild, params }) => {
    const emoji = guild.emojis.get(params["emoji_id"]!)
    if (!emoji) throw refused(10014)
    return rawEmoji(emoji)
  },
}
