// Channels themselves: made, changed, deleted; their overwrites and invites (Channel; Guild, Create Guild Channel; Invite).
import { randomBytes } from "node:crypto"
import { ChannelType } from "discord-api-types/v10"
import type { Channel } from "../world/channel.js"
import { iso } from "../world/ids.js"
import { Flags, type Overwrite } from "../world/permissions.js"
import type { Invite } from "../world/world.js"
import { type Call, isForum, type Params, type Route } from "./call.js"
import { invalid, Refused, refused } from "./refused.js"
import { problemsOf } from "./schema.js"

/** No two fields of these mean the same for all channels: what does not belong to this kind is refused. */
function needFields(schema: string, body: Params): void {
  const problems = problemsOf(schema, body, true)
  if (problems.length > 0) {
    throw new Refused(400, 50035, "Invalid Form Body", { _errors: problems.map((message) => ({ code: "INVALID", message })) }, true)
  }
}

const update: Route = (call) => {
  const { channel, body } = call
  if (channel.thread) return updateThread(call, channel)
  call.needGuild(channel)
  needFields("UpdateGuildChannelRequestPartial", body)
  call.need(channel, Flags.ManageChannels)
  const { name, topic, rate_limit_per_user: slow, nsfw, position, parent_id: parent, permission_overwrites: overwrites } = body
  if (typeof topic === "string" && [...topic].length > (isForum(channel) ? 4096 : 1024)) {
    throw invalid("topic", "BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length.")
  }
  if (overwrites) call.need(channel, Flags.ManageRoles)
  channel.update({
    ...(typeof name === "string" && { name: legalName(channel.type, name) }),
    ...(topic !== undefined && { topic: topic as string | null }),
    ...(typeof slow === "number" && { slow }),
    ...(typeof nsfw === "boolean" && { nsfw }),
    ...(typeof position === "number" && { position }),
    ...(parent !== undefined && { parent: parentOf(call, parent) }),
    ...(overwrites ? { overwrites: (overwrites as Params[]).map(overwriteOf) } : {}),
  })
  return channel.raw()
}

function updateThread(call: Call, channel: Channel): object {
  const { body, bot } = call
  const thread = channel.thread!
  needFields("UpdateThreadRequestPartial", body)
  const manages = (channel.permissionsOf(bot.id) & Flags.ManageThreads) !== 0n
  const { archived, locked, name, rate_limit_per_user: slow, auto_archive_duration: archiveAfter } = body
  const isOwn = thread.owner === bot.id
  // «When setting archived to false, when locked is also false, only the SEND_MESSAGES permission is required».
  const onlyWakes = Object.keys(body).every((key) => key === "archived") && archived === false && !thread.locked
  if (!manages && !onlyWakes && !(isOwn && !thread.locked && locked === undefined && slow === undefined)) throw refused(50013)
  if (thread.archived && archived !== false && Object.keys(body).some((key) => key !== "archived" && key !== "locked")) throw refused(50083)
  if (typeof archiveAfter === "number") thread.archiveAfter = archiveAfter
  if (typeof name === "string" || typeof slow === "number") {
    channel.update({ ...(typeof name === "string" && { name }), ...(typeof slow === "number" && { slow }) })
  }
  if (archived !== undefined || locked !== undefined) {
    channel.archive(typeof archived === "boolean" ? archived : thread.archived, typeof locked === "boolean" ? locked : thread.locked)
  }
  return channel.raw(bot.id)
}

const erase: Route = (call) => {
  const { channel, bot } = call
  if (!channel.guild) return channel.raw(bot.id)
  call.need(channel, channel.thread ? Flags.ManageThreads : Flags.ManageChannels)
  const raw = channel.raw()
  channel.destroy()
  return raw
}

const create: Route = (call) => {
  const { guild, body } = call
  call.need(guild, Flags.ManageChannels)
  const { name, type, topic, rate_limit_per_user: slow, nsfw, parent_id: parent, permission_overwrites: overwrites } = body
  const kind = (type ?? ChannelType.GuildText) as ChannelType
  const category = parentOf(call, parent)
  const channel = guild.makeChannel({
    name: legalName(kind, name as string),
    type: kind,
    ...(category && { parent: category }),
    ...(typeof topic === "string" && { topic }),
    ...(typeof slow === "number" && { slow }),
    ...(typeof nsfw === "boolean" && { nsfw }),
    ...(overwrites
      ? {
          overwrites: (overwrites as Params[]).map(overwriteOf).map(({ id, allow, deny }) => ({ of: { id }, allow, deny })),
        }
      : {}),
  })
  return channel.raw()
}

/** Text channels are written small and without spaces: the server makes them so (known). */
function legalName(type: ChannelType, name: string): string {
  const isPlain = type === ChannelType.GuildText || type === ChannelType.GuildAnnouncement
  return isPlain ? name.trim().toLowerCase().replace(/\s+/g, "-") : name.trim()
}

function parentOf(call: Call, id: unknown): Channel | undefined {
  if (typeof id !== "string") return undefined
  const parent = call.world.channels.get(id)
  if (parent?.type !== ChannelType.GuildCategory) throw invalid("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "Not a category")
  return parent
}

function overwriteOf(raw: Params): Overwrite {
  const { id, type, allow, deny } = raw as { id: string; type: 0 | 1; allow?: string | number | null; deny?: string | number | null }
  return { id, type: Number(type) as 0 | 1, allow: BigInt(allow ?? 0), deny: BigInt(deny ?? 0) }
}

const allow: Route = (call) => {
  const { channel, body, params } = call
  call.needGuild(channel)
  call.need(channel, Flags.ManageRoles)
  const overwrite = overwriteOf({ ...body, id: params["overwrite_id"]! })
  // «Only permissions your bot has in the guild or parent channel can be allowed/denied (unless your bot has a MANAGE_ROLES overwrite)».
  if ((overwrite.allow | overwrite.deny) & ~channel.permissionsOf(call.bot.id)) throw refused(50013)
  channel.allow(overwrite)
  return undefined
}

const disallow: Route = (call) => {
  const { channel, params } = call
  call.need(channel, Flags.ManageRoles)
  const overwrite = channel.overwrites.find(({ id }) => id === params["overwrite_id"])
  if (!overwrite) throw refused(10009)
  channel.allow({ ...overwrite, allow: 0n, deny: 0n })
  return undefined
}

function rawInvite({ code, channel, inviter, max_age, max_uses, temporary, uses, created }: Invite, isWhole: boolean): object {
  const guild = channel.guild!
  const { id, name, splash, banner, description, icon, features, verification_level, vanity_url_code, nsfw_level, nsfw } = guild.raw()
  const shown = { id, name, splash, banner, description, icon, features, verification_level, vanity_url_code, nsfw_level, nsfw }
  return {
    type: 0,
    code,
    inviter,
    expires_at: max_age === 0 ? null : iso(created + max_age * 1000),
    flags: 0,
    guild: { ...shown, premium_subscription_count: 0 },
    guild_id: guild.id,
    channel: { id: channel.id, type: channel.type, name: channel.name },
    ...(isWhole && { max_age, max_uses, temporary, uses, created_at: iso(created) }),
  }
}

const invite: Route = (call) => {
  const { channel, bot, body, world } = call
  call.needGuild(channel)
  if (channel.thread) throw refused(50024)
  call.need(channel, Flags.CreateInstantInvite)
  const { max_age = 86_400, max_uses = 0, temporary = false } = body as { max_age?: number; max_uses?: number; temporary?: boolean }
  const code = randomBytes(6).toString("base64url").replace(/[-_]/g, "x")
  const made: Invite = { code, channel, inviter: bot.user, max_age, max_uses, temporary, uses: 0, created: world.now() }
  world.invites.set(code, made)
  const { guild_id: _guild, ...data } = rawInvite(made, true) as Params
  const told = { ...data, guild_id: channel.guild!.id, channel_id: channel.id }
  world.emit("INVITE_CREATE", told, channel.audience)
  return rawInvite(made, true)
}

function known({ world, params }: Call): Invite {
  const found = world.invites.get(params["code"]!)
  if (!found) throw refused(10006)
  return found
}

export const channels: Record<string, Route> = {
  "GET /channels/{channel_id}": (call) => call.channel.raw(call.bot.id),
  "PATCH /channels/{channel_id}": update,
  "DELETE /channels/{channel_id}": erase,
  // Also those that the bot may not view.
  "GET /guilds/{guild_id}/channels": (call) => call.guild.channels.map((channel) => channel.raw()),
  "POST /guilds/{guild_id}/channels": create,
  "PUT /channels/{channel_id}/permissions/{overwrite_id}": allow,
  "DELETE /channels/{channel_id}/permissions/{overwrite_id}": disallow,
  "POST /channels/{channel_id}/invites": invite,
  "GET /channels/{channel_id}/invites": (call) => {
    call.need(call.channel, Flags.ManageChannels)
    return [...call.world.invites.values()].filter(({ channel }) => channel === call.channel).map((one) => rawInvite(one, true))
  },
  "GET /guilds/{guild_id}/invites": (call) => {
    call.need(call.guild, Flags.ManageGuild)
    return [...call.world.invites.values()].filter(({ channel }) => channel.guild === call.guild).map((one) => rawInvite(one, true))
  },
  "GET /invites/{code}": (call) => rawInvite(known(call), false),
  "DELETE /invites/{code}": (call) => {
    const found = known(call)
    call.need(found.channel, Flags.ManageChannels)
    call.world.invites.delete(found.code)
    const { channel } = found
    call.world.emit("INVITE_DELETE", { channel_id: channel.id, guild_id: channel.guild!.id, code: found.code }, channel.audience)
    return rawInvite(found, false)
  },
}
