// Who is online, as far as the privileged intent lets the bot know; only what differs is told.
import type { NetworkEvent } from "xferry"
import { id, type Json, list, number, object, text } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Bot } from "../types.js"
import { Bounded } from "./bounded.js"
import { contactOf } from "./people.js"
import type { BotWorld } from "./world.js"

type Show = Extract<NetworkEvent, { type: "presence" }>["show"]

const shows: Readonly<Record<string, Show>> = { online: "online", idle: "away", dnd: "busy", offline: "offline", invisible: "offline" }
const remembered = 20_000
/** Gateway, Activity Types: a text of the person's own. */
const customStatus = 4

/** The last that was told, by user: the same comes once for each guild they share with the bot. */
export class Presences {
  readonly #last = new Bounded<Snowflake, string>(remembered)

  /** True: it is new. Also that somebody is offline: they were online in a session before this one. */
  learn(user: Snowflake, show: Show, status: string): boolean {
    const next = `${show} ${status}`
    if (this.#last.get(user) === next) return false
    this.#last.set(user, next)
    return true
  }
}

function statusOf(activities: unknown): string {
  const custom = list(activities).find(({ type }) => number(type) === customStatus)
  if (!custom) return ""
  const emoji = object(custom["emoji"])
  // Those with an id are pictures of some guild.
  const face = id(emoji["id"]) === undefined ? text(emoji["name"]) : undefined
  return [face, text(custom["state"])].filter(Boolean).join(" ")
}

/** Of PRESENCE_UPDATE, whose user may be no more than an id. */
export function presenceEvents(world: BotWorld, presences: Presences, data: Json): NetworkEvent[] {
  const user = contactOf(object(data["user"]))
  const show = shows[text(data["status"]) ?? ""]
  if (!user || user.id === world.self) return []
  const events: NetworkEvent[] = []
  if (world.know(user)) events.push({ type: "contact", contact: world.contact(user.id) ?? user })
  const status = statusOf(data["activities"])
  if (show !== undefined && presences.learn(user.id, show, status))
    events.push({ type: "presence", from: world.contact(user.id) ?? user, show, ...(status !== "" && { status }) })
  return events
}

/** Those that come with a guild. */
export function presencesOf(world: BotWorld, presences: Presences, guild: Json): NetworkEvent[] {
  return list(guild["presences"]).flatMap((each) => presenceEvents(world, presences, each))
}

/** Guilds with more members are not asked: the answer names them all. And so many guilds, of the 120 things a minute that may be said. */
const manyMembers = 1000
const mostGuilds = 100

/** Request Guild Members, for each guild: who is online is told with a new session only, and a resumed one may be new to the core. */
export function presenceRequests({ may }: Pick<Bot, "may">, world: BotWorld): { guild_id: Snowflake; [key: string]: unknown }[] {
  if (!may.presences || !may.members) return []
  return [...world.guilds()]
    .filter(({ unavailable, memberCount = 0 }) => !unavailable && memberCount <= manyMembers)
    .slice(0, mostGuilds)
    .map(({ id }) => ({ guild_id: id, query: "", limit: 0, presences: true }))
}
