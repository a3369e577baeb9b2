// People: by number, by @username or name where they share a guild with the bot, or all of them one page after the other.
import { Routes } from "discord.js"
import { AdapterError, type Contact, type LegacyUserId, type Page } from "xferry"
import { explain } from "../connection/errors.js"
import { type Json, list, object } from "../loose.js"
import { isSnowflake, type Snowflake } from "../places.js"
import type { Bot } from "../types.js"
import { contactOf } from "./people.js"
import type { BotWorld } from "./world.js"

export interface FindVerbs {
  find(query: { text: string; cursor?: string }, signal: AbortSignal): Promise<Page<Contact>>
  contact(id: LegacyUserId, signal: AbortSignal): Promise<Contact>
}

/** A mention, the address of a profile, or the number itself. */
const number = /^(?:<@!?|https?:\/\/(?:\w+\.)?discord(?:app)?\.com\/users\/)?([1-9]\d{14,19})(?:>|\/)?$/i
/** Guilds that are searched for one page, and people that each may name. */
const guildsAtOnce = 5
const found = 25
/** List Guild Members. */
const pageSize = 1000

export function findVerbs(bot: Bot, world: BotWorld): FindVerbs {
  const contact = async (user: LegacyUserId, signal: AbortSignal): Promise<Contact> => {
    if (user === world.self) return bot.self
    if (!isSnowflake(user)) throw new AdapterError("gone", "This is a webhook or an app that speaks, not a person.")
    const data = object(await get(bot, Routes.user(user), {}, signal))
    const person = contactOf({ id: user, ...data })
    if (person) world.know(person)
    return world.contact(user) ?? { id: user }
  }
  return {
    contact,
    async find({ text, cursor }, signal) {
      await world.settled(signal)
      const wanted = text.trim()
      if (wanted === "") return all(bot, world, cursor, signal)
      const [, user] = number.exec(wanted) ?? []
      if (user === undefined) return search(bot, world, wanted, cursor, signal)
      return { items: await contact(user, signal).then((one) => [one], nobody) }
    },
  }
}

function nobody(error: unknown): Contact[] {
  if (error instanceof AdapterError && (error.kind === "gone" || error.kind === "rejected")) return []
  throw error
}

async function get(bot: Bot, route: `/${string}`, query: Record<string, string>, signal: AbortSignal): Promise<unknown> {
  try {
    return await bot.rest.get(route, { query: new URLSearchParams(query), signal })
  } catch (error) {
    throw explain(error)
  }
}

const offset = (cursor: string | undefined): number => (/^\d{1,6}$/.test(cursor ?? "") ? Number(cursor) : 0)

function learn(world: BotWorld, guild: Snowflake, rows: Json[]): Contact[] {
  return rows.flatMap((row) => {
    const member = world.putMember(guild, row)
    return member === undefined || member.user === world.self ? [] : (world.contact(member.user) ?? [])
  })
}

/** Search Guild Members: those whose username or name in the guild begins so. */
async function search(bot: Bot, world: BotWorld, wanted: string, cursor: string | undefined, signal: AbortSignal): Promise<Page<Contact>> {
  const guilds = [...world.guilds()].filter(({ unavailable }) => !unavailable)
  const from = offset(cursor)
  const handle = wanted.startsWith("@") ? wanted.slice(1).toLowerCase() : undefined
  const query = { query: (handle ?? wanted).replace(/#\d{4}$/, ""), limit: String(found) }
  if (query.query === "") return { items: [] }
  const people = new Map<Snowflake, Contact>()
  const lists = await Promise.allSettled(
    guilds.slice(from, from + guildsAtOnce).map(async ({ id }) => {
      const rows = list(await get(bot, Routes.guildMembersSearch(id), query, signal))
      return learn(world, id, rows)
    }),
  )
  for (const result of lists) if (result.status === "fulfilled") for (const one of result.value) people.set(one.id, one)
  const failed = lists.find((result) => result.status === "rejected")
  if (failed && lists.every(({ status }) => status === "rejected")) throw failed.reason
  const items = [...people.values()].filter(({ username = "" }) => {
    const name = username.toLowerCase()
    // Whoever writes «@» means this one and no other.
    return handle === undefined || name === handle || name.replace(/#\d{4}$/, "") === handle
  })
  const next = from + guildsAtOnce
  return { items, ...(next < guilds.length && { next: String(next) }) }
}

/** Guild after guild; who was named with an earlier one is not named again. Without the intent: who was met. */
async function all(bot: Bot, world: BotWorld, cursor: string | undefined, signal: AbortSignal): Promise<Page<Contact>> {
  if (!bot.may.members) return { items: world.known().filter(({ id }) => id !== world.self) }
  const guilds = [...world.guilds()].filter(({ unavailable }) => !unavailable)
  const [, at = "0", last = "0"] = /^(\d{1,6}) (\d{1,20})$/.exec(cursor ?? "") ?? []
  const index = Number(at)
  const guild = guilds[index]
  if (!guild) return { items: [] }
  const rows = list(await get(bot, Routes.guildMembers(guild.id), { limit: String(pageSize), after: last }, signal))
  const fresh = rows.filter((row) => BigInt(contactOf(object(row["user"]))?.id ?? 0) > BigInt(last))
  const people = learn(world, guild.id, fresh)
  const items = people.filter(({ id }) => !guilds.slice(0, index).some((earlier) => world.member(earlier.id, id)))
  const end = fresh.map((row) => contactOf(object(row["user"]))?.id ?? "0").sort((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1))[0]
  const isMore = rows.length >= pageSize && end !== undefined
  const next = isMore ? `${index} ${end}` : index + 1 < guilds.length ? `${index + 1} 0` : undefined
  return { items, ...(next !== undefined && { next }) }
}
