// Which rooms the core was told of, and how they were: what differs becomes events. Their ids outlive a restart, so that what went meanwhile is told.
import { createHash } from "node:crypto"
import { Routes } from "discord.js"
import type { LegacyRoomId, NetworkEvent, Room } from "xferry"
import { explain } from "../connection/errors.js"
import { object } from "../loose.js"
import { guildRoom, isSnowflake, type Snowflake } from "../places.js"
import type { Bot, Channel, Guild } from "../types.js"
import { isThread } from "./permissions.js"
import { ownStanding } from "./rights.js"
import { channelAsRoom, guildAsRoom, isVisible, visibleIn } from "./rooms.js"
import type { BotWorld } from "./world.js"

/** Digests of what a room looks like and of what the bot may do there. */
interface Mark {
  shape: string
  rights: string
  /** Before its id where that is written down; undefined: it is not. Archived threads are not: Discord does not list them either. */
  as: "" | "t" | undefined
}

/** So many rooms with changed rights are told of one by one. */
const mostSingly = 10
/** Threads that are missing after a restart are asked about, so many at once. */
const parallel = 4

const guildsKey = "guilds"
const roomsKey = (guild: Snowflake): string => `rooms ${guild}`

export class Told {
  /** By guild, then by room. */
  readonly #marks = new Map<Snowflake, Map<LegacyRoomId, Mark>>()
  /** As last written. */
  readonly #written = new Map<string, string>()

  constructor(
    private readonly bot: Bot,
    private readonly world: BotWorld,
  ) {}

  /** What the guild has come to since it was last told of. */
  async changes(id: Snowflake): Promise<NetworkEvent[]> {
    const guild = this.#up(id)
    if (!guild) return []
    const before = this.#marks.get(id) ?? new Map<LegacyRoomId, Mark>()
    const now = marksOf(guild)
    this.#marks.set(id, now)
    const events: NetworkEvent[] = []
    for (const [room, { shape }] of now) if (before.get(room)?.shape !== shape) events.push({ type: "room", room: asRoom(guild, room) })
    const changed = [...now].filter(([room, { rights }]) => before.has(room) && before.get(room)?.rights !== rights)
    if (changed.length > mostSingly) events.push({ type: "access" })
    else events.push(...changed.map(([room]): NetworkEvent => ({ type: "access", room })))
    // Archived threads are forgotten after a while, and go with their channel.
    for (const [room, { as }] of before) if (!now.has(room) && as !== undefined) events.push(gone(guild, room))
    // What is gone stays written until the next change: by then it is told of.
    await this.#write(guild, new Map([...before, ...now]))
    return events
  }

  /** As `changes`, where nothing but this room can look another way now: a guild may have thousands of them. */
  async change(channel: Channel): Promise<NetworkEvent[]> {
    const guild = this.#up(channel.guild ?? "")
    if (!guild) return []
    const marks = this.#marks.get(guild.id)
    const before = marks?.get(channel.id)
    const isSeen = isVisible(guild, channel)
    // With a channel its category may come into sight or go.
    if (!marks || (isSeen ? !before && !isThread(channel) : before)) return this.changes(guild.id)
    if (!isSeen) return []
    const now = markOf(guild, channel)
    marks.set(channel.id, now)
    const events: NetworkEvent[] = []
    if (before?.shape !== now.shape) events.push({ type: "room", room: channelAsRoom(guild, channel) })
    if (before && before.rights !== now.rights) events.push({ type: "access", room: channel.id })
    if (before?.as !== now.as) await this.#write(guild, marks)
    return events
  }

  /**
   * The guild as it is when a session begins, or when the bot comes into it: what went since the last session, then all that is there, unless
   * the core is about to ask for it (`isAsked`).
   */
  async begin(id: Snowflake, isAsked: boolean): Promise<NetworkEvent[]> {
    if (this.#marks.has(id)) return this.changes(id)
    const guild = this.#up(id)
    if (!guild) return []
    const now = marksOf(guild)
    this.#marks.set(id, now)
    const former = ((await this.bot.host.state.get(roomsKey(id))) ?? "").split(" ").filter((key) => /^t?[1-9]\d*$/.test(key))
    const events: NetworkEvent[] = []
    const threads: Snowflake[] = []
    for (const key of former) {
      const room = key.replace("t", "")
      if (now.has(room)) continue
      if (key.startsWith("t")) threads.push(room)
      else events.push(gone(guild, room))
    }
    while (threads.length > 0) {
      const some = threads.splice(0, parallel).map((thread) => this.#missed(guild, thread))
      events.push(...(await Promise.all(some)).flat())
    }
    if (!isAsked) events.push(...[...now.keys()].map((room): NetworkEvent => ({ type: "room", room: asRoom(guild, room) })))
    await this.#write(guild, now)
    return events
  }

  #up(id: Snowflake): Guild | undefined {
    const guild = this.world.guild(id)
    // Of a guild in which nobody knows what the bot may, nothing can be said.
    return guild?.unavailable === false && guild.self ? guild : undefined
  }

  /** A thread that is not among the active ones any more: archived, deleted, or out of sight. */
  async #missed(guild: Guild, thread: Snowflake): Promise<NetworkEvent[]> {
    const { rest, host } = this.bot
    try {
      const channel = this.world.learn(object(await rest.get(Routes.channel(thread), { signal: host.signal })))
      if (channel && isThread(channel)) return [{ type: "room", room: channelAsRoom(guild, channel) }]
    } catch (error) {
      const { kind } = explain(error)
      if (kind === "gone") return [{ type: "gone", room: thread, why: "deleted" }]
      if (kind === "denied") return [{ type: "gone", room: thread, why: "removed" }]
    }
    return []
  }

  /** The bot's guilds are these, of those that are `meant`: what was told of others is gone. `isSure`: whoever said so forgets none. */
  async guilds(ids: readonly Snowflake[], meant: (guild: Snowflake) => boolean = () => true, isSure = true): Promise<NetworkEvent[]> {
    const { state } = this.bot.host
    const former = ((await state.get(guildsKey)) ?? "").split(" ").filter((key) => isSnowflake(key))
    const lost: Snowflake[] = []
    for (const key of former) if (meant(key) && !ids.includes(key) && (isSure || (await this.#isLost(key)))) lost.push(key)
    for (const key of lost) await state.set(roomsKey(key), null)
    await this.#put(guildsKey, [...new Set([...former, ...ids])].filter((key) => !lost.includes(key)).join(" ")) // prettier-ignore
    return lost.map((key) => ({ type: "gone", room: guildRoom(key), why: "removed" }))
  }

  async #isLost(guild: Snowflake): Promise<boolean> {
    try {
      await this.bot.rest.get(Routes.guild(guild), { signal: this.bot.host.signal })
      return false
    } catch (error) {
      const { kind } = explain(error)
      return kind === "gone" || kind === "denied"
    }
  }

  async forget(guild: Snowflake): Promise<void> {
    this.#marks.delete(guild)
    await this.#put(roomsKey(guild), "")
    await this.guilds([], (key) => key === guild)
  }

  async #write(guild: Guild, marks: ReadonlyMap<LegacyRoomId, Mark>): Promise<void> {
    const keys = [...marks].flatMap(([room, { as }]) => (as === undefined ? [] : as + room))
    await this.#put(roomsKey(guild.id), keys.sort().join(" "))
    await this.guilds([guild.id], () => false)
  }

  async #put(key: string, value: string): Promise<void> {
    if (this.#written.get(key) === value) return
    this.#written.set(key, value)
    await this.bot.host.state.set(key, value === "" ? null : value)
  }
}

function gone(guild: Guild, room: LegacyRoomId): NetworkEvent {
  return { type: "gone", room, why: guild.channels.has(room) ? "removed" : "deleted" }
}

function asRoom(guild: Guild, room: LegacyRoomId): Room {
  const channel = guild.channels.get(room)
  return channel ? channelAsRoom(guild, channel) : guildAsRoom(guild)
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 16)
}

/** How many people there are changes with everybody who comes or goes. */
function markOf(guild: Guild, channel: Channel | undefined): Mark {
  const { memberCount: _, ...shape } = channel ? channelAsRoom(guild, channel) : guildAsRoom(guild)
  return {
    shape: digest(shape),
    rights: digest([shape.limits, ownStanding(guild, channel)]),
    as: channel && (isThread(channel) ? (channel.archived ? undefined : "t") : ""),
  }
}

function marksOf(guild: Guild): Map<LegacyRoomId, Mark> {
  const marks = new Map([[guildRoom(guild.id), markOf(guild, undefined)]])
  for (const channel of visibleIn(guild)) marks.set(channel.id, markOf(guild, channel))
  return marks
}
