// Guilds, channels, roles and members as Discord-compatible servers tell them, read loosely; undefined: there is no id, so it is none.
import { bits, flag, id, ids, isObject, type Json, list, number, object, text, time } from "../loose.js"
import type { Snowflake } from "../places.js"
import { unsaid } from "./permissions.js"
import type { Channel, Guild, Member, Overwrite, Role } from "../types.js"

/** Of what is absent: as it was `before`. */
export function readRole(data: Json, guild: Snowflake, before?: Role): Role | undefined {
  const role = id(data["id"])
  if (role === undefined) return undefined
  return {
    id: role,
    name: text(data["name"]) ?? before?.name ?? "",
    permissions: bits(data["permissions"]) ?? before?.permissions ?? (role === guild ? unsaid : 0n),
    position: number(data["position"]) ?? before?.position ?? 0,
  }
}

function readOverwrite(data: Json): Overwrite[] {
  const whom = id(data["id"])
  if (whom === undefined) return []
  // Old servers write «role» and «member».
  const kind = data["type"]
  const type = kind === "member" ? 1 : kind === "role" ? 0 : (number(kind) ?? 0)
  return [{ id: whom, type, allow: bits(data["allow"]) ?? 0n, deny: bits(data["deny"]) ?? 0n }]
}

/** Fields that are absent stay as they were `before`; null empties them. `guild`: for what comes inside of one. */
export function readChannel(data: Json, guild?: Snowflake, before?: Channel): Channel | undefined {
  const channel = id(data["id"])
  if (channel === undefined) return undefined
  const state = data["thread_metadata"]
  const told = (name: string): boolean => data[name] !== undefined
  return {
    id: channel,
    type: number(data["type"]) ?? before?.type ?? 0,
    guild: id(data["guild_id"]) ?? guild ?? before?.guild,
    parent: told("parent_id") ? id(data["parent_id"]) : before?.parent,
    name: text(data["name"]) ?? before?.name ?? "",
    topic: told("topic") ? (text(data["topic"]) ?? "") : (before?.topic ?? ""),
    slowSeconds: told("rate_limit_per_user") ? (number(data["rate_limit_per_user"]) ?? 0) : (before?.slowSeconds ?? 0),
    overwrites: told("permission_overwrites") ? list(data["permission_overwrites"]).flatMap(readOverwrite) : (before?.overwrites ?? []),
    archived: isObject(state) ? flag(state["archived"]) : (before?.archived ?? false),
    locked: isObject(state) ? flag(state["locked"]) : (before?.locked ?? false),
    creator: id(data["owner_id"]) ?? before?.creator,
  }
}

/** `data`: a Guild Member, with its user or not. */
export function readMember(user: Snowflake, data: Json): Member {
  return {
    user,
    nick: text(data["nick"]) || undefined,
    roles: ids(data["roles"]),
    mutedUntil: time(data["communication_disabled_until"]) ?? 0,
  }
}

function readEmojis(data: unknown): Guild["emojis"] {
  const emojis: Guild["emojis"] = new Map()
  for (const emoji of list(data)) {
    const [key, name] = [id(emoji["id"]), text(emoji["name"])]
    if (key !== undefined && name && emoji["available"] !== false) emojis.set(key, { name, animated: flag(emoji["animated"]) })
  }
  return emojis
}

function byId<T extends { id: Snowflake }>(items: readonly (T | undefined)[]): Map<Snowflake, T> {
  return new Map(items.flatMap((item) => (item ? [[item.id, item]] : [])))
}

export function emptyGuild(guild: Snowflake): Guild {
  return {
    id: guild,
    name: "",
    owner: undefined,
    unavailable: true,
    memberCount: undefined,
    roles: new Map(),
    channels: new Map(),
    emojis: new Map(),
    self: undefined,
  }
}

/** Of GUILD_CREATE, GUILD_UPDATE and the REST API: what is absent stays as it was `before`. */
export function readGuild(data: Json, self: Snowflake, before?: Guild): Guild | undefined {
  const guild = id(data["id"])
  if (guild === undefined) return undefined
  const was = before ?? emptyGuild(guild)
  const inside = [...list(data["channels"]), ...list(data["threads"])]
  const has = (name: string): boolean => Array.isArray(data[name])
  return {
    id: guild,
    name: text(data["name"]) ?? was.name,
    owner: id(data["owner_id"]) ?? was.owner,
    unavailable: flag(data["unavailable"]),
    memberCount: number(data["member_count"]) ?? number(data["approximate_member_count"]) ?? was.memberCount,
    icon: data["icon"] === undefined ? was.icon : text(data["icon"]),
    premiumTier: number(data["premium_tier"]) ?? was.premiumTier,
    roles: has("roles") ? byId(list(data["roles"]).map((role) => readRole(role, guild))) : was.roles,
    channels: has("channels") || has("threads") ? byId(inside.map((each) => readChannel(each, guild))) : was.channels,
    emojis: has("emojis") ? readEmojis(data["emojis"]) : was.emojis,
    self: selfIn(data, self) ?? was.self,
  }
}

function selfIn(data: Json, self: Snowflake): Member | undefined {
  const own = list(data["members"]).find((member) => id(object(member["user"])["id"]) === self)
  return own && readMember(self, own)
}

export { readEmojis }
