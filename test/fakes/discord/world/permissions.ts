// Who may do what: roles and overwrites computed as Discord documents it (Permissions, Permission Overwrites; Implicit Permissions).
import { PermissionFlagsBits as Flags } from "discord-api-types/v10"

export { Flags }
export type PermissionName = keyof typeof Flags
/** Bits, or names of permissions. */
export type Permissions = bigint | readonly PermissionName[]

export interface Overwrite {
  id: string
  /** 0: a role's, 1: a member's. */
  type: 0 | 1
  allow: bigint
  deny: bigint
}

export const all = Object.values(Flags).reduce((sum, bit) => sum | bit, 0n)

export function bits(permissions: Permissions): bigint {
  return typeof permissions === "bigint" ? permissions : permissions.reduce((sum, name) => sum | Flags[name], 0n)
}

/** What everybody may in a guild that was just made. */
export const ordinary = bits([
  "CreateInstantInvite",
  "AddReactions",
  "Stream",
  "ViewChannel",
  "SendMessages",
  "SendTTSMessages",
  "EmbedLinks",
  "AttachFiles",
  "ReadMessageHistory",
  "MentionEveryone",
  "UseExternalEmojis",
  "Connect",
  "Speak",
  "UseVAD",
  "ChangeNickname",
  "UseApplicationCommands",
  "RequestToSpeak",
  "CreatePublicThreads",
  "CreatePrivateThreads",
  "UseExternalStickers",
  "SendMessagesInThreads",
  "SendPolls",
])

export interface Asker {
  id: string
  roles: readonly string[]
  isOwner: boolean
  isTimedOut: boolean
}

/** In the whole guild; `everyone` is the guild's id, too. */
export function inGuild(asker: Asker, everyone: string, roles: ReadonlyMap<string, { permissions: bigint }>): bigint {
  if (asker.isOwner) return all
  const sum = [everyone, ...asker.roles].reduce((bits, id) => bits | (roles.get(id)?.permissions ?? 0n), 0n)
  if (sum & Flags.Administrator) return all
  // «timed out members lose every permission except VIEW_CHANNEL and READ_MESSAGE_HISTORY».
  return asker.isTimedOut ? sum & (Flags.ViewChannel | Flags.ReadMessageHistory) : sum
}

/** In a channel: `base` is what they may in the guild. */
export function inChannel(base: bigint, asker: Asker, everyone: string, overwrites: readonly Overwrite[]): bigint {
  if (base & Flags.Administrator) return all
  const apply = (sum: bigint, of: readonly Overwrite[]): bigint =>
    (sum & ~of.reduce((deny, one) => deny | one.deny, 0n)) | of.reduce((allow, one) => allow | one.allow, 0n)
  let sum = apply(
    base,
    overwrites.filter(({ id }) => id === everyone),
  )
  sum = apply(
    sum,
    overwrites.filter(({ id, type }) => type === 0 && id !== everyone && asker.roles.includes(id)),
  )
  sum = apply(
    sum,
    overwrites.filter(({ id, type }) => type === 1 && id === asker.id),
  )
  if (asker.isTimedOut) sum &= Flags.ViewChannel | Flags.ReadMessageHistory
  if (!(sum & Flags.ViewChannel)) return 0n
  if (!(sum & Flags.SendMessages)) sum &= ~(Flags.MentionEveryone | Flags.SendTTSMessages | Flags.AttachFiles | Flags.EmbedLinks)
  return sum
}

/** Of a type, for JSON. */
export function rawOverwrite({ id, type, allow, deny }: Overwrite): { id: string; type: 0 | 1; allow: string; deny: string } {
  return { id, type, allow: String(allow), deny: String(deny) }
}
