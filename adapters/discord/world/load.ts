// The world by REST, for a session that resumes after a restart: the gateway tells only what came since.
import { Routes } from "discord.js"
import type { NetworkEvent } from "xferry"
import { explain } from "../connection/errors.js"
import { id, type Json, list, object } from "../loose.js"
import type { Bot } from "../types.js"
import { ownMember } from "./lookup.js"
import type { Told } from "./told.js"
import type { BotWorld } from "./world.js"

/** Get Current User Guilds: at most so many at once. */
const pageSize = 200
/** Guilds that are asked about side by side. */
const parallel = 4

/** Returns what went while the bot was away. Throws an AdapterError; the world is then half known, and not to be used. */
export async function loadWorld(bot: Bot, world: BotWorld, told: Told, signal: AbortSignal): Promise<NetworkEvent[]> {
  const found = await guildsOf(bot, signal)
  const events = await told.guilds(found.flatMap((guild) => id(guild["id"]) ?? []))
  const waiting = [...found]
  const worker = async (): Promise<void> => {
    for (let guild = waiting.shift(); guild; guild = waiting.shift()) events.push(...(await load(bot, world, told, guild, signal)))
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  world.settling.end()
  return events
}

/** Guilds that were announced and never told, or not even announced: by REST. What cannot be learned stays unknown. */
export async function loadMissing(bot: Bot, world: BotWorld, told: Told, signal: AbortSignal): Promise<NetworkEvent[]> {
  const events: NetworkEvent[] = []
  const known = [...world.guilds()]
  try {
    const wanted = known.length > 0 ? known.filter(({ unavailable }) => unavailable).map(({ id }) => ({ id })) : await guildsOf(bot, signal)
    for (const guild of wanted) events.push(...(await load(bot, world, told, guild, signal)))
  } catch (error) {
    bot.host.log.info({ reason: explain(error).message }, "not all servers that Discord announced could be looked at")
  }
  world.settling.end()
  return events
}

async function guildsOf(bot: Bot, signal: AbortSignal): Promise<Json[]> {
  const found: Json[] = []
  const seen = new Set<string>()
  for (let after: string | undefined; ;) {
    const query = new URLSearchParams({ limit: String(pageSize), ...(after !== undefined && { after }) })
    const page = list(await asked(bot.rest.get(Routes.userGuilds(), { query, signal })))
    const fresh = page.filter((guild) => !seen.has(id(guild["id"]) ?? ""))
    for (const guild of fresh) seen.add(id(guild["id"]) ?? "")
    found.push(...fresh)
    after = id(page.at(-1)?.["id"])
    // Servers that know no pages would answer the same for ever.
    if (page.length < pageSize || fresh.length === 0 || after === undefined) return found
  }
}

async function load(bot: Bot, world: BotWorld, told: Told, outline: Json, signal: AbortSignal): Promise<NetworkEvent[]> {
  const guild = id(outline["id"])
  if (guild === undefined) return []
  const get = (route: `/${string}`, query?: URLSearchParams): Promise<unknown> =>
    asked(bot.rest.get(route, { signal, ...(query && { query }) }))
  try {
    const [whole, channels, active] = await Promise.all([
      get(Routes.guild(guild), new URLSearchParams({ with_counts: "true" })),
      get(Routes.guildChannels(guild)),
      get(Routes.guildActiveThreads(guild)).catch(() => ({})),
    ])
    world.putGuild({ ...outline, ...object(whole), unavailable: false, channels: list(channels), threads: list(object(active)["threads"]) })
    await ownMember(bot, world, guild, signal)
    return await told.begin(guild, true)
  } catch (error) {
    const problem = explain(error)
    // The bot was put out meanwhile, as the gateway will tell.
    if (problem.kind === "gone" || problem.kind === "denied") return []
    throw problem
  }
}

async function asked(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    throw explain(error)
  }
}
