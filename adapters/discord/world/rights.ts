// What permissions come to in the core's words: role, voice, and what the bot may change.
import type { Limits, Manage, Role } from "xferry"
import { capabilities } from "../capabilities.js"
import { bytesIn } from "../files/limits.js"
import type { Channel, Guild, Member } from "../types.js"
import { basePermissions, Flags, has, isThread, isVoice, mayRead, mayWrite, ownBase, ownPermissions, permissionsIn } from "./permissions.js"

/** Whoever has one of these has power over what others say, or over who may. */
const moderating = [
  Flags.ManageGuild,
  Flags.ManageChannels,
  Flags.ManageMessages,
  Flags.KickMembers,
  Flags.BanMembers,
  Flags.ModerateMembers,
]

/** Forums and media channels hold posts, which are threads. */
export function isForum({ type }: Pick<Channel, "type">): boolean {
  return type === 15 || type === 16
}

export function isCategory({ type }: Pick<Channel, "type">): boolean {
  return type === 4
}

function moderates(permissions: bigint, channel: Channel | undefined): boolean {
  if (channel && isThread(channel) && has(permissions, Flags.ManageThreads)) return true
  return moderating.some((bit) => has(permissions, bit))
}

export interface Standing {
  role: Role
  maySend: boolean
}

/** Of somebody who is in the guild. `channel` undefined: in the guild itself. Whether they are in a private thread must be known before. */
export function standing(guild: Guild, channel: Channel | undefined, member: Member, now = Date.now()): Standing {
  const permissions = channel ? permissionsIn(guild, channel, member, now) : basePermissions(guild, member)
  const talks = channel !== undefined && !isCategory(channel)
  const maySend = talks && mayWrite(channel, permissions)
  if (guild.owner === member.user) return { role: "owner", maySend }
  if (channel && !mayRead(channel, permissions)) return { role: "none", maySend: false }
  if (moderates(permissions, channel)) return { role: "admin", maySend }
  const isMuted = talks ? !maySend : member.mutedUntil > now
  return { role: isMuted ? "muted" : "member", maySend }
}

/** Of the bot. Where it may start posts, whoever has it must be able to. */
export function ownStanding(guild: Guild, channel: Channel | undefined): Standing {
  if (!guild.self) return { role: "none", maySend: false }
  const own = standing(guild, channel, guild.self)
  return channel && isForum(channel) && own.role === "member" ? { ...own, role: "admin" } : own
}

type Rows = readonly (readonly [boolean, readonly Manage["do"][]])[]

function granted(rows: Rows): Manage["do"][] {
  return rows.flatMap(([may, what]) => (may ? what : []))
}

/** What concerns people is the same in all of a guild. */
function overPeople(permissions: bigint): Rows {
  const may = (bit: bigint): boolean => has(permissions, bit)
  return [
    [may(Flags.KickMembers), ["kick"]],
    [may(Flags.BanMembers), ["ban", "unban"]],
    [may(Flags.ModerateMembers), ["role"]],
  ]
}

function inGuild(guild: Guild): Manage["do"][] {
  const base = ownBase(guild)
  const may = (bit: bigint): boolean => has(base, bit)
  return granted([
    [may(Flags.ManageGuild), ["name"]],
    [may(Flags.ManageChannels), ["create"]],
    ...overPeople(base),
    [may(Flags.CreateInstantInvite), ["invite"]],
    // Its owner cannot leave it.
    [guild.owner !== guild.self?.user, ["leave"]],
  ])
}

function inThread(guild: Guild, thread: Channel, permissions: bigint): Manage["do"][] {
  const manages = has(permissions, Flags.ManageThreads)
  const made = thread.creator !== undefined && thread.creator === guild.self?.user
  return granted([
    [manages || (made && !thread.locked), ["name", "close"]],
    [manages, ["slow", "destroy", "kick"]],
    [manages || mayWrite(thread, permissions), ["reopen"]],
    [maySetPins(permissions), ["pin", "unpin"]],
    ...overPeople(permissions & ~Flags.KickMembers),
    [true, ["leave"]],
  ])
}

function inChannel(channel: Channel, permissions: bigint): Manage["do"][] {
  const manages = has(permissions, Flags.ManageChannels)
  const holdsThreads = channel.type === 0 || channel.type === 5
  const canPost = isForum(channel) ? has(permissions, Flags.SendMessages) : holdsThreads && has(permissions, Flags.CreatePublicThreads)
  return granted([
    [manages, ["name", "destroy"]],
    [manages && !isCategory(channel) && !isVoice(channel), ["topic"]],
    [manages && !isCategory(channel) && channel.type !== 5, ["slow"]],
    [isCategory(channel) ? manages : canPost, ["create"]],
    [!isCategory(channel) && !isForum(channel) && maySetPins(permissions), ["pin", "unpin"]],
    ...overPeople(permissions),
    [!isCategory(channel) && has(permissions, Flags.CreateInstantInvite), ["invite"]],
  ])
}

/** A permission of its own since 2025; servers that do not know it mean the one that held it before. */
function maySetPins(permissions: bigint): boolean {
  return has(permissions, Flags.PinMessages) || has(permissions, Flags.ManageMessages)
}

/** A webhook attaches what it likes, whatever the bot may. */
function filesIn(guild: Guild, permissions: bigint): Limits {
  const { files } = capabilities.send
  const attaches = has(permissions, Flags.AttachFiles) || has(permissions, Flags.ManageWebhooks)
  const maxBytes = attaches ? bytesIn(guild) : 0
  return maxBytes === files.maxBytes ? {} : { send: { files: { ...files, maxBytes } } }
}

/** What the bot may do there, as far as it is less than everywhere. `channel` undefined: in the guild itself. */
export function limitsOf(guild: Guild, channel: Channel | undefined): Limits {
  if (!channel) return { send: false, typing: false, history: false, react: false, manage: { can: inGuild(guild) } }
  const permissions = ownPermissions(guild, channel)
  const { maySend } = ownStanding(guild, channel)
  const holds = isCategory(channel) || isForum(channel)
  const reacts = !holds && has(permissions, Flags.AddReactions, Flags.ReadMessageHistory)
  const can = isThread(channel) ? inThread(guild, channel, permissions) : inChannel(channel, permissions)
  return {
    ...(!maySend || holds ? { send: false as const, typing: false as const } : filesIn(guild, permissions)),
    ...(!reacts && { react: false as const }),
    ...((!has(permissions, Flags.ReadMessageHistory) || holds) && { history: false as const }),
    ...(!has(permissions, Flags.ManageMessages) && { retract: { others: false } }),
    manage: { can },
  }
}
