// What somebody may do in a guild and in a channel (Topics, Permissions: hierarchy, overwrites, implicit permissions, threads, timeouts).
import { PermissionFlagsBits as Flags } from "discord.js"
import type { Snowflake } from "../places.js"
import type { Channel, Guild, Member, Overwrite } from "../types.js"

export { Flags }
export const everything: bigint = Object.values(Flags).reduce((all, bit) => all | bit, 0n)

/**
 * What everybody is taken to have where a server does not say: what they usually may, and to make webhooks, as only the bot will try to.
 * A server that permits less says so when it is tried.
 */
export const unsaid =
  Flags.ViewChannel |
  Flags.SendMessages |
  Flags.SendMessagesInThreads |
  Flags.ReadMessageHistory |
  Flags.AttachFiles |
  Flags.AddReactions |
  Flags.Connect |
  Flags.ManageWebhooks

/** All that is left to who is in timeout. */
const inTimeout = Flags.ViewChannel | Flags.ReadMessageHistory
/** Worth nothing to who may not write. */
const withWriting = Flags.MentionEveryone | Flags.SendTTSMessages | Flags.AttachFiles | Flags.EmbedLinks

export function has(permissions: bigint, ...wanted: bigint[]): boolean {
  return wanted.every((bit) => (permissions & bit) === bit)
}

export function isThread({ type }: Pick<Channel, "type">): boolean {
  return type === 10 || type === 11 || type === 12
}

/** One can be in these with one's voice: who may not connect may do nothing else there. */
export function isVoice({ type }: Pick<Channel, "type">): boolean {
  return type === 2 || type === 13
}

/** In the guild, whatever a channel says. */
export function basePermissions(guild: Guild, member: Member): bigint {
  if (guild.owner === member.user) return everything
  let all = guild.roles.get(guild.id)?.permissions ?? unsaid
  for (const role of member.roles) all |= guild.roles.get(role)?.permissions ?? 0n
  return has(all, Flags.Administrator) ? everything : all
}

function applied(permissions: bigint, overwrites: readonly Overwrite[]): bigint {
  const deny = overwrites.reduce((all, overwrite) => all | overwrite.deny, 0n)
  const allow = overwrites.reduce((all, overwrite) => all | overwrite.allow, 0n)
  return (permissions & ~deny) | allow
}

function overwritten(base: bigint, guild: Guild, channel: Channel, member: Member): bigint {
  const { overwrites } = channel
  const ofRoles = overwrites.filter(({ id, type }) => type === 0 && id !== guild.id && member.roles.includes(id))
  const everyone = applied(base, overwrites.filter(({ id, type }) => type === 0 && id === guild.id)) // prettier-ignore
  const roles = applied(everyone, ofRoles)
  return applied(roles, overwrites.filter(({ id, type }) => type === 1 && id === member.user)) // prettier-ignore
}

/**
 * In a channel, category or thread of the guild; a thread has what its parent says. None for a thread whose parent is unknown.
 * Who may see a private thread is not known by permissions alone (`seesThread`). `now`: epoch ms.
 */
export function permissionsIn(guild: Guild, channel: Channel, member: Member, now = Date.now()): bigint {
  const base = basePermissions(guild, member)
  if (base === everything) return everything
  const parent = isThread(channel) ? guild.channels.get(channel.parent ?? "") : channel
  if (!parent) return 0n
  const all = overwritten(base, guild, parent, member)
  if (!has(all, Flags.ViewChannel)) return 0n
  if (isVoice(parent) && !has(all, Flags.Connect)) return Flags.ViewChannel
  const left = member.mutedUntil > now ? all & inTimeout : all
  return has(left, Flags.SendMessages) || isThread(channel) ? left : left & ~withWriting
}

/** Permissions of the bot; none where it is not known to be. */
export function ownPermissions(guild: Guild, channel: Channel): bigint {
  return guild.self ? permissionsIn(guild, channel, guild.self) : 0n
}

/** The same over the whole guild. */
export function ownBase(guild: Guild): bigint {
  return guild.self ? basePermissions(guild, guild.self) : 0n
}

/** Whether what is said there can be read. */
export function mayRead(channel: Channel, permissions: bigint): boolean {
  return has(permissions, Flags.ViewChannel) && (!isVoice(channel) || has(permissions, Flags.Connect))
}

/** Whether they may write, in a thread that is open or may be opened by writing. */
export function mayWrite(channel: Channel, permissions: bigint): boolean {
  if (!mayRead(channel, permissions)) return false
  if (!isThread(channel)) return has(permissions, Flags.SendMessages)
  return has(permissions, Flags.SendMessagesInThreads) && (!channel.locked || has(permissions, Flags.ManageThreads))
}

/** The highest of somebody's roles, by position, then by age; not the one of everybody. */
export function topRole(guild: Guild, member: Member): { id: Snowflake; name: string; position: number } | undefined {
  return member.roles
    .flatMap((id) => guild.roles.get(id) ?? [])
    .filter(({ id }) => id !== guild.id)
    .sort((a, b) => b.position - a.position || (BigInt(a.id) < BigInt(b.id) ? -1 : 1))[0]
}
