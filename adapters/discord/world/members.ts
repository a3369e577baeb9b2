// Who is in a guild, a channel or a thread: all of them with the members intent, else those who lead it, as far as they are known.
import { Routes } from "discord.js"
import type { LegacyRoomId, Member as RoomMember, Page } from "xferry"
import { explain } from "../connection/errors.js"
import { id, type Json, list, object } from "../loose.js"
import { isSnowflake, type Snowflake } from "../places.js"
import type { Bot, Channel, Guild, Member } from "../types.js"
import { type Located, lookUp, memberOf } from "./lookup.js"
import { asMember } from "./member.js"
import { userOf } from "./people.js"
import { isThread } from "./permissions.js"
import type { BotWorld } from "./world.js"

type Query = { room: LegacyRoomId; cursor?: string; limit: number }

export interface MemberVerbs {
  members(query: Query, signal: AbortSignal): Promise<Page<RoomMember>>
}

/** List Guild Members, List Thread Members: `limit`. */
const mostInGuild = 1000
const mostInThread = 100
/** Lists that are read for one page of a channel that few can see. */
const mostLists = 10

export function memberVerbs(bot: Bot, world: BotWorld): MemberVerbs {
  return {
    async members(query, signal) {
      const at = await lookUp(bot, world, query.room, signal)
      if (!bot.may.members) return leaders(bot, world, at, query, signal)
      return at.channel && isThread(at.channel)
        ? inThread(bot, world, at.guild, at.channel, query, signal)
        : inGuild(bot, world, at, query, signal)
    },
  }
}

/** Ordered as Discord pages: by id. */
function byId(a: Snowflake, b: Snowflake): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

/** What comes after `cursor`, whatever the server understood of it. */
function after(rows: Json[], cursor: string): Json[] {
  const known = rows.filter((row) => id(userOf(row)["id"]) !== undefined)
  const idOf = (row: Json): Snowflake => id(userOf(row)["id"]) ?? "0"
  return known.filter((row) => byId(idOf(row), cursor) > 0).sort((a, b) => byId(idOf(a), idOf(b)))
}

async function get(bot: Bot, route: `/${string}`, query: Record<string, string>, signal: AbortSignal): Promise<Json[]> {
  try {
    return list(await bot.rest.get(route, { query: new URLSearchParams(query), signal }))
  } catch (error) {
    throw explain(error)
  }
}

/** A channel's are those who may see it. The owner comes first, for in a large guild only the beginning is looked at. */
async function inGuild(bot: Bot, world: BotWorld, at: Located, { cursor, limit }: Query, signal: AbortSignal): Promise<Page<RoomMember>> {
  const { guild } = at
  const items: RoomMember[] = []
  const take = (member: Member): void => {
    const one = asMember(guild, at.channel, member, contactIn(world, bot, member))
    if (one.role !== "none") items.push(one)
  }
  if (cursor === undefined && guild.owner !== undefined) {
    const owner = await memberOf(bot, world, guild.id, guild.owner, signal)
    if (owner) take(owner)
  }
  let last = cursor !== undefined && isSnowflake(cursor) ? cursor : "0"
  for (let lists = 0; ; lists++) {
    if (lists === mostLists && items.length > 0) return { items, next: last }
    const rows = await get(bot, Routes.guildMembers(guild.id), { limit: String(mostInGuild), after: last }, signal)
    const fresh = after(rows, last)
    for (const row of fresh) {
      if (items.length >= limit) return { items, next: last }
      const member = world.putMember(guild.id, row)
      if (!member) continue
      last = member.user
      if (member.user !== guild.owner) take(member)
    }
    if (rows.length < mostInGuild || fresh.length === 0) return { items }
  }
}

async function inThread(
  bot: Bot,
  world: BotWorld,
  guild: Guild,
  thread: Channel,
  { cursor, limit }: Query,
  signal: AbortSignal,
): Promise<Page<RoomMember>> {
  const most = Math.min(limit, mostInThread)
  const last = cursor !== undefined && isSnowflake(cursor) ? cursor : "0"
  const query = { with_member: "true", limit: String(most), ...(last !== "0" && { after: last }) }
  const rows = await get(bot, Routes.threadMembers(thread.id), query, signal)
  const fresh = after(rows, last)
  const page = fresh.slice(0, most)
  const items = await Promise.all(
    page.map(async (row): Promise<RoomMember> => {
      const user = id(userOf(row)["id"]) ?? ""
      const told = object(row["member"])
      const member = Object.keys(told).length > 0 ? world.putMember(guild.id, { user_id: user, ...told }) : world.member(guild.id, user)
      if (!member) return { contact: world.contact(user) ?? { id: user }, role: "member" }
      return asMember(guild, thread, member, contactIn(world, bot, member))
    }),
  )
  const end = page.at(-1)
  const isMore = end !== undefined && (fresh.length > page.length || rows.length >= most)
  return { items: items.filter(({ role }) => role !== "none"), ...(isMore && { next: id(userOf(end)["id"]) ?? last }) }
}

/** Without the intent Discord lists nobody. */
async function leaders(
  bot: Bot,
  world: BotWorld,
  { guild, channel }: Located,
  { cursor, limit }: Query,
  signal: AbortSignal,
): Promise<Page<RoomMember>> {
  const owner = guild.owner === undefined ? undefined : await memberOf(bot, world, guild.id, guild.owner, signal).catch(() => undefined)
  const known = new Map([owner, guild.self, ...world.people(guild.id)].flatMap((member) => (member ? [[member.user, member]] : [])))
  const all = [...known.values()]
    .sort((a, b) => byId(a.user, b.user))
    .map((member) => asMember(guild, channel, member, contactIn(world, bot, member)))
    .filter(({ role, contact }) => role === "owner" || role === "admin" || (contact.id === world.self && role !== "none"))
  const from = /^\d{1,6}$/.test(cursor ?? "") ? Number(cursor) : 0
  return { items: all.slice(from, from + limit), ...(from + limit < all.length && { next: String(from + limit) }) }
}

function contactIn(world: BotWorld, bot: Bot, { user }: Member): RoomMember["contact"] | undefined {
  return user === world.self ? bot.self : world.contact(user)
}
