// The world's part of the Discord adapter without a network: told raw events, it gives events; REST answers what a test says.
import assert from "node:assert/strict"
import { DiscordAPIError, PermissionFlagsBits as Flags } from "discord.js"
import type { NetworkEvent } from "xferry"
import type { Bot, Handlers } from "#discord/types.js"
import { memberHandlers } from "#discord/world/comings.js"
import { guildHandlers } from "#discord/world/gateway.js"
import { Presences } from "#discord/world/presence.js"
import { Told } from "#discord/world/told.js"
import { BotWorld } from "#discord/world/world.js"

type Name = keyof typeof Flags
export const bits = (...names: Name[]): string => String(names.reduce((all, name) => all | Flags[name], 0n))

export const verona = "1000"
export const [ferry, escalus, juliet, romeo] = ["2001", "2002", "2003", "2004"] as const
export const guards = "3001"
export const [city, square, crypt, forum, orchard] = ["4001", "4002", "4003", "4004", "4005"] as const
export const usual: Name[] = ["ViewChannel", "SendMessages", "ReadMessageHistory", "SendMessagesInThreads"]
export const hidden = [{ id: verona, type: 0, allow: "0", deny: bits("ViewChannel") }]

export const users: Record<string, object> = {
  [ferry]: { id: ferry, username: "ferry", discriminator: "0001", bot: true },
  [escalus]: { id: escalus, username: "escalus", global_name: "Escalus", avatar: null },
  [juliet]: { id: juliet, username: "juliet", global_name: "Juliet", avatar: "a_0123" },
  [romeo]: { id: romeo, username: "romeo", global_name: "Romeo", avatar: null },
}

export const channels = (): Record<string, unknown>[] => [
  { id: city, type: 4, name: "City", permission_overwrites: [], parent_id: null, position: 0 },
  { id: square, type: 0, name: "square", topic: "Talk", rate_limit_per_user: 5, permission_overwrites: [], parent_id: city },
  { id: crypt, type: 0, name: "crypt", topic: null, permission_overwrites: hidden, parent_id: city },
  { id: forum, type: 15, name: "questions", topic: "Be kind", permission_overwrites: [], parent_id: null },
]

export const thread = (more: object = {}): Record<string, unknown> => ({
  id: orchard,
  type: 11,
  guild_id: verona,
  parent_id: square,
  name: "orchard",
  owner_id: juliet,
  rate_limit_per_user: 0,
  thread_metadata: { archived: false, locked: false },
  ...more,
})

export const guild = (more: object = {}): Record<string, unknown> => ({
  id: verona,
  name: "Verona",
  owner_id: escalus,
  icon: null,
  member_count: 4,
  roles: [
    { id: verona, name: "@everyone", permissions: bits(...usual), position: 0 },
    { id: guards, name: "Guards", permissions: bits("ManageMessages"), position: 1 },
  ],
  emojis: [{ id: "5001", name: "rose", animated: true }],
  channels: channels(),
  threads: [thread()],
  members: [{ user: users[ferry], roles: [] }],
  presences: [],
  ...more,
})

export class WorldStage {
  readonly world = new BotWorld(ferry)
  readonly logged: string[] = []
  readonly bot: Bot
  readonly told: Told
  readonly #handlers: Handlers
  /** What REST answers, by path; a status of its own instead. */
  readonly answers = new Map<string, unknown>()

  constructor(readonly state = new Map<string, string>()) {
    const keep = (fields: object, text: string): void => void this.logged.push(`${text} ${JSON.stringify(fields)}`)
    const { answers } = this
    this.bot = {
      self: { id: ferry },
      application: ferry,
      may: { members: true, presences: true, content: true },
      world: this.world,
      rest: {
        get: (route: string) => {
          const found = answers.get(route) ?? 404
          if (typeof found !== "number") return Promise.resolve(found)
          return Promise.reject(new DiscordAPIError({ code: found === 404 ? 10003 : 50001, message: "no" }, 0, found, "GET", route, {}))
        },
      },
      host: {
        log: { debug: keep, info: keep, warn: keep },
        signal: new AbortController().signal,
        state: {
          get: (key: string) => Promise.resolve(state.get(key)),
          set: (key: string, value: string | null) => Promise.resolve(void (value === null ? state.delete(key) : state.set(key, value))),
        },
      },
    } as unknown as Bot
    this.told = new Told(this.bot, this.world)
    const presences = new Presences()
    this.#handlers = {
      ...guildHandlers(this.bot, this.world, this.told, presences),
      ...memberHandlers(this.bot, this.world, this.told, presences),
    }
  }

  async tell(t: string, d: object): Promise<NetworkEvent[]> {
    const handler = this.#handlers[t]
    assert.ok(handler, `nobody wants ${t}`)
    return handler(d as Record<string, unknown>)
  }

  /** As a session begins. */
  static async begun(more: object = {}, state?: Map<string, string>): Promise<WorldStage> {
    const stage = new WorldStage(state)
    await stage.tell("READY", { user: users[ferry], guilds: [{ id: verona, unavailable: true }] })
    await stage.tell("GUILD_CREATE", guild(more))
    return stage
  }
}

/** Kinds and ids, in order. */
export const outline = (events: NetworkEvent[]): string[] =>
  events.map((event) => {
    if (event.type === "room") return `room ${event.room.id}`
    if (event.type === "gone") return `gone ${event.room} ${event.why}`
    if (event.type === "access") return `access ${event.room ?? "everywhere"}${event.user === undefined ? "" : ` ${event.user}`}`
    if (event.type === "member") return `${event.change} ${event.member.contact.id} ${event.room} ${event.member.role}`
    if (event.type === "presence") return `${event.show} ${event.from.id}${event.status === undefined ? "" : ` ${event.status}`}`
    return event.type === "contact" ? `contact ${event.contact.id} ${event.contact.name}` : event.type
  })

export const signal: AbortSignal = new AbortController().signal
