// What the gateway tells of guilds, channels, threads, roles and people, as events; and what is remembered of it.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { DiscordAPIError, PermissionFlagsBits as Flags } from "discord.js"
import type { NetworkEvent } from "xferry"
import type { Bot, Handlers } from "#discord/types.js"
import { Bounded } from "#discord/world/bounded.js"
import { memberHandlers } from "#discord/world/comings.js"
import { guildHandlers } from "#discord/world/gateway.js"
import { loadWorld } from "#discord/world/load.js"
import { contactOf } from "#discord/world/people.js"
import { Presences } from "#discord/world/presence.js"
import { roomVerbs } from "#discord/world/rooms.js"
import { Told } from "#discord/world/told.js"
import { BotWorld } from "#discord/world/world.js"

type Name = keyof typeof Flags
const bits = (...names: Name[]): string => String(names.reduce((all, name) => all | Flags[name], 0n))

const verona = "1000"
const [ferry, escalus, juliet, romeo] = ["2001", "2002", "2003", "2004"] as const
const guards = "3001"
const [city, square, crypt, forum, orchard] = ["4001", "4002", "4003", "4004", "4005"] as const
const usual: Name[] = ["ViewChannel", "SendMessages", "ReadMessageHistory", "SendMessagesInThreads"]
const hidden = [{ id: verona, type: 0, allow: "0", deny: bits("ViewChannel") }]

const users: Record<string, object> = {
  [ferry]: { id: ferry, username: "ferry", discriminator: "0001", bot: true },
  [escalus]: { id: escalus, username: "escalus", global_name: "Escalus", avatar: null },
  [juliet]: { id: juliet, username: "juliet", global_name: "Juliet", avatar: "a_0123" },
  [romeo]: { id: romeo, username: "romeo", global_name: "Romeo", avatar: null },
}

const channels = (): Record<string, unknown>[] => [
  { id: city, type: 4, name: "City", permission_overwrites: [], parent_id: null, position: 0 },
  { id: square, type: 0, name: "square", topic: "Talk", rate_limit_per_user: 5, permission_overwrites: [], parent_id: city },
  { id: crypt, type: 0, name: "crypt", topic: null, permission_overwrites: hidden, parent_id: city },
  { id: forum, type: 15, name: "questions", topic: "Be kind", permission_overwrites: [], parent_id: null },
]

const thread = (more: object = {}): Record<string, unknown> => ({
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

const guild = (more: object = {}): Record<string, unknown> => ({
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

class Stage {
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
  static async begun(more: object = {}, state?: Map<string, string>): Promise<Stage> {
    const stage = new Stage(state)
    await stage.tell("READY", { user: users[ferry], guilds: [{ id: verona, unavailable: true }] })
    await stage.tell("GUILD_CREATE", guild(more))
    return stage
  }
}

/** Kinds and ids, in order. */
const outline = (events: NetworkEvent[]): string[] =>
  events.map((event) => {
    if (event.type === "room") return `room ${event.room.id}`
    if (event.type === "gone") return `gone ${event.room} ${event.why}`
    if (event.type === "access") return `access ${event.room ?? "everywhere"}`
    if (event.type === "member") return `${event.change} ${event.member.contact.id} ${event.room} ${event.member.role}`
    if (event.type === "presence") return `${event.show} ${event.from.id}${event.status === undefined ? "" : ` ${event.status}`}`
    return event.type === "contact" ? `contact ${event.contact.id} ${event.contact.name}` : event.type
  })

const signal = new AbortController().signal

describe("the beginning of a session", () => {
  it("tells nothing that the core is about to ask for", async () => {
    const stage = new Stage()
    assert.deepEqual(await stage.tell("READY", { user: users[ferry], guilds: [{ id: verona, unavailable: true }] }), [])
    assert.deepEqual(await stage.tell("GUILD_CREATE", guild()), [])
  })

  it("lists guild, categories, channels and threads, and nothing that is hidden", async () => {
    const { bot, world } = await Stage.begun()
    const { rooms } = roomVerbs(bot, world)
    const list = async (parent?: string): Promise<string[]> =>
      (await rooms(parent === undefined ? {} : { parent }, signal)).items.map(({ id, kind, parent }) => `${id} ${kind} in ${parent}`)
    assert.deepEqual(await list(), ["g1000 container in null"])
    assert.deepEqual(await list("g1000"), ["4001 container in g1000", "4004 container in g1000"])
    assert.deepEqual(await list(city), ["4002 group in 4001", "4005 topic in 4002"])
    assert.deepEqual(await list(square), ["4005 topic in 4002"])
    await assert.rejects(list("g999"), { kind: "gone" })
    await assert.rejects(list("square"), { kind: "gone" })
  })

  it("shows rooms as they are", async () => {
    const { bot, world } = await Stage.begun()
    const { room } = roomVerbs(bot, world)
    const { limits: _, ...found } = await room(square, signal)
    assert.deepEqual(found, { id: square, kind: "group", parent: city, name: "square", topic: "Talk", slowSeconds: 5, memberCount: 4 })
    const { limits: __, ...post } = await room(orchard, signal)
    assert.deepEqual(post, { id: orchard, kind: "topic", parent: square, name: "orchard", slowSeconds: 0, archived: false, memberCount: 4 })
    assert.equal((await room(forum, signal)).topic, "Be kind")
    await assert.rejects(room(crypt, signal), { kind: "gone" })
  })

  it("waits with the list until the guilds have come that were announced", async () => {
    const stage = new Stage()
    await stage.tell("READY", { guilds: [{ id: verona, unavailable: true }] })
    const listed = roomVerbs(stage.bot, stage.world).rooms({}, signal)
    await stage.tell("GUILD_CREATE", guild())
    assert.equal((await listed).items.length, 1)
  })

  it("tells what went while nobody listened", async () => {
    const { state } = await Stage.begun()
    const later = new Stage(state)
    later.answers.set(`/channels/${orchard}`, 404)
    await later.tell("READY", { guilds: [{ id: verona }] })
    const left = channels().filter(({ id }) => id !== forum).map((each) => (each["id"] === square ? { ...each, permission_overwrites: hidden } : each)) // prettier-ignore
    const events = await later.tell("GUILD_CREATE", guild({ channels: left, threads: [] }))
    assert.deepEqual(outline(events).sort(), [`gone ${forum} deleted`, `gone ${orchard} deleted`, `gone ${square} removed`].sort())
    const last = new Stage(state)
    assert.deepEqual(outline(await last.tell("READY", { guilds: [] })), ["gone g1000 removed"])
    assert.equal(state.size, 0)
  })

  it("asks what has become of threads that are not active any more", async () => {
    const { state } = await Stage.begun()
    const later = new Stage(state)
    later.answers.set(`/channels/${orchard}`, thread({ thread_metadata: { archived: true } }))
    await later.tell("READY", { guilds: [{ id: verona }] })
    const [event] = await later.tell("GUILD_CREATE", guild({ threads: [] }))
    assert.ok(event?.type === "room" && event.room.id === orchard && event.room.archived === true)
    const next = new Stage(state)
    await next.tell("READY", { guilds: [{ id: verona }] })
    assert.deepEqual(await next.tell("GUILD_CREATE", guild({ threads: [] })), [], "archived threads are asked about once")
  })

  it("tells nothing of a guild in which the bot's own roles are not known", async () => {
    const { state } = await Stage.begun()
    const later = new Stage(state)
    later.answers.set(`/guilds/${verona}/members/${ferry}`, 500)
    await later.tell("READY", { guilds: [{ id: verona }] })
    assert.deepEqual(await later.tell("GUILD_CREATE", guild({ members: [] })), [])
    assert.equal(later.logged.length, 1)
    assert.ok(
      outline(await later.tell("GUILD_MEMBER_UPDATE", { guild_id: verona, user: users[ferry], roles: [] })).includes(`room ${square}`),
    )
  })

  it("keeps apart what belongs to other shards", async () => {
    const other = String(1n << 22n)
    const stage = await Stage.begun()
    assert.deepEqual(outline(await stage.tell("READY", { shard: [1, 2], guilds: [{ id: other }] })), [])
    assert.ok(stage.world.guild(verona))
    assert.deepEqual(outline(await stage.tell("READY", { shard: [0, 2], guilds: [] })), ["gone g1000 removed"])
  })

  it("is built by REST where the gateway resumes", async () => {
    const stage = new Stage()
    const { answers, bot, world, told } = stage
    answers.set("/users/@me/guilds", [{ id: verona, name: "Verona" }])
    const { channels: inside, threads, members, ...whole } = guild() as Record<string, unknown[]>
    answers.set(`/guilds/${verona}`, whole)
    answers.set(`/guilds/${verona}/channels`, inside)
    answers.set(`/guilds/${verona}/threads/active`, { threads, members: [] })
    answers.set(`/guilds/${verona}/members/${ferry}`, members?.[0])
    assert.deepEqual(await loadWorld(bot, world, told, signal), [])
    assert.equal((await roomVerbs(bot, world).room(orchard, signal)).name, "orchard")
    // What is replayed then was told by a list already, or is told now.
    assert.deepEqual(outline(await stage.tell("CHANNEL_DELETE", { id: "4999", guild_id: verona, type: 0 })), ["gone 4999 deleted"])
  })

  it("fails as a whole if a guild cannot be loaded, and goes on without one that put the bot out", async () => {
    const stage = new Stage()
    stage.answers.set("/users/@me/guilds", [{ id: verona, name: "Verona" }])
    stage.answers.set(`/guilds/${verona}`, 500)
    stage.answers.set(`/guilds/${verona}/channels`, [])
    await assert.rejects(loadWorld(stage.bot, stage.world, stage.told, signal))
    stage.answers.set(`/guilds/${verona}`, 403)
    assert.deepEqual(await loadWorld(stage.bot, stage.world, stage.told, signal), [])
  })
})

describe("guilds and channels", () => {
  const rows: [string, [string, object][], string[]][] = [
    ["a channel is made", [["CHANNEL_CREATE", { id: "4010", type: 0, guild_id: verona, name: "tavern" }]], ["room 4010"]],
    [
      "a channel that is hidden is made",
      [["CHANNEL_CREATE", { id: "4010", type: 0, guild_id: verona, permission_overwrites: hidden }]],
      [],
    ],
    ["a channel of an unknown kind", [["CHANNEL_CREATE", { id: "4010", type: 77, guild_id: verona }]], []],
    ["a direct chat", [["CHANNEL_CREATE", { id: "4010", type: 1, recipients: [users[juliet]] }]], []],
    ["a channel is renamed", [["CHANNEL_UPDATE", { ...channels()[1], guild_id: verona, name: "piazza" }]], ["room 4002"]],
    ["a channel stays as it is", [["CHANNEL_UPDATE", { ...channels()[1], guild_id: verona }]], []],
    [
      "a channel is hidden, with its threads",
      [["CHANNEL_UPDATE", { ...channels()[1], guild_id: verona, permission_overwrites: hidden }]],
      ["gone 4002 removed", "gone 4005 removed"],
    ],
    ["a channel is shown", [["CHANNEL_UPDATE", { ...channels()[2], guild_id: verona, permission_overwrites: [] }]], ["room 4003"]],
    [
      "the bot is silenced in a channel",
      [
        [
          "CHANNEL_UPDATE",
          { ...channels()[1], guild_id: verona, permission_overwrites: [{ id: ferry, type: 1, allow: "0", deny: bits("SendMessages") }] },
        ],
      ],
      ["room 4002", "access 4002"],
    ],
    [
      "a channel is deleted, with its threads",
      [["CHANNEL_DELETE", { ...channels()[1], guild_id: verona }]],
      ["gone 4002 deleted", "gone 4005 deleted"],
    ],
    [
      "a category is deleted: its channels stay",
      [["CHANNEL_DELETE", { ...channels()[0], guild_id: verona }]],
      ["room 4002", "gone 4001 deleted"],
    ],
    ["a thread is made", [["THREAD_CREATE", thread({ id: "4011", newly_created: true })]], ["room 4011"]],
    ["a post is made", [["THREAD_CREATE", thread({ id: "4011", parent_id: forum })]], ["room 4011"]],
    ["a thread of a hidden channel", [["THREAD_CREATE", thread({ id: "4011", parent_id: crypt })]], []],
    ["a thread is archived", [["THREAD_UPDATE", thread({ thread_metadata: { archived: true } })]], ["room 4005"]],
    [
      "a thread is locked",
      [["THREAD_UPDATE", thread({ thread_metadata: { archived: true, locked: true } })]],
      ["room 4005", "access 4005"],
    ],
    ["a thread is deleted", [["THREAD_DELETE", { id: orchard, guild_id: verona, parent_id: square, type: 11 }]], ["gone 4005 deleted"]],
    [
      "a thread nobody knew is deleted",
      [["THREAD_DELETE", { id: "4999", guild_id: verona, parent_id: square, type: 11 }]],
      ["gone 4999 deleted"],
    ],
    [
      "threads come with a channel",
      [["THREAD_LIST_SYNC", { guild_id: verona, channel_ids: [square], threads: [thread(), thread({ id: "4011" })] }]],
      ["room 4011"],
    ],
    ["threads went meanwhile", [["THREAD_LIST_SYNC", { guild_id: verona, channel_ids: [square], threads: [] }]], ["room 4005"]],
    ["threads of other channels are not meant", [["THREAD_LIST_SYNC", { guild_id: verona, channel_ids: [forum], threads: [] }]], []],
    ["the guild is renamed", [["GUILD_UPDATE", guild({ name: "Mantua", channels: undefined, threads: undefined })]], ["room g1000"]],
    ["the bot is put out", [["GUILD_DELETE", { id: verona }]], ["gone g1000 removed"]],
    ["an outage is no end", [["GUILD_DELETE", { id: verona, unavailable: true }]], []],
    [
      "what an outage left as it was",
      [
        ["GUILD_DELETE", { id: verona, unavailable: true }],
        ["GUILD_CREATE", guild()],
      ],
      [],
    ],
    [
      "what changed in an outage",
      [
        ["GUILD_DELETE", { id: verona, unavailable: true }],
        ["GUILD_CREATE", guild({ channels: channels().slice(0, 3) })],
      ],
      ["gone 4004 deleted"],
    ],
    [
      "the bot comes into a guild",
      [
        ["GUILD_DELETE", { id: verona }],
        ["GUILD_CREATE", guild({ threads: [] })],
      ],
      ["room g1000", "room 4001", "room 4002", "room 4004"],
    ],
    [
      "everyone may less",
      [["GUILD_ROLE_UPDATE", { guild_id: verona, role: { id: verona, permissions: bits("ViewChannel") } }]],
      ["room 4002", "room 4004", "room 4005", "access 4002", "access 4004", "access 4005"],
    ],
    [
      "a role nobody here has",
      [["GUILD_ROLE_CREATE", { guild_id: verona, role: { id: "3002", name: "Nurses", permissions: bits("BanMembers") } }]],
      [],
    ],
    [
      "the bot is given a role",
      [["GUILD_MEMBER_UPDATE", { guild_id: verona, user: users[ferry], roles: [guards] }]],
      ["room 4001", "room 4002", "room 4004", "room 4005", "access g1000", "access 4001", "access 4002", "access 4004", "access 4005"],
    ],
    [
      "its role is deleted",
      [
        ["GUILD_MEMBER_UPDATE", { guild_id: verona, user: users[ferry], roles: [guards] }],
        ["GUILD_ROLE_DELETE", { guild_id: verona, role_id: guards }],
      ],
      ["room 4001", "room 4002", "room 4004", "room 4005", "access g1000", "access 4001", "access 4002", "access 4004", "access 4005"],
    ],
    [
      "the bot owns the guild",
      [["GUILD_UPDATE", guild({ owner_id: ferry, channels: undefined, threads: undefined })]],
      [
        "room g1000",
        "room 4001",
        "room 4002",
        "room 4003",
        "room 4004",
        "room 4005",
        "access g1000",
        "access 4001",
        "access 4002",
        "access 4004",
        "access 4005",
      ],
    ],
    ["other emoji", [["GUILD_EMOJIS_UPDATE", { guild_id: verona, emojis: [{ id: "5002", name: "thorn" }] }]], []],
  ]
  for (const [what, told, expected] of rows) {
    it(what, async () => {
      const stage = await Stage.begun()
      let events: NetworkEvent[] = []
      for (const [t, d] of told) events = await stage.tell(t, d)
      assert.deepEqual(outline(events).sort(), [...expected].sort())
    })
  }

  it("tells many changed rights at once", async () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ id: `60${10 + i}`, type: 0, name: `room ${i}`, permission_overwrites: [] }))
    const stage = await Stage.begun({ channels: many, threads: [] })
    const events = await stage.tell("GUILD_MEMBER_UPDATE", { guild_id: verona, user: users[ferry], roles: [guards] })
    assert.deepEqual(outline(events).filter((line) => line.startsWith("access")), ["access everywhere"]) // prettier-ignore
  })

  it("forgets the oldest archived threads, which are not gone for that", async () => {
    const stage = await Stage.begun()
    await stage.tell("THREAD_UPDATE", thread({ thread_metadata: { archived: true } }))
    for (let i = 0; i < 5000; i++) stage.world.learn(thread({ id: String(700_000 + i), thread_metadata: { archived: true } }))
    assert.equal(stage.world.channel(orchard), undefined)
    const events = await stage.tell("CHANNEL_UPDATE", { ...channels()[3], guild_id: verona, name: "answers" })
    assert.ok(!outline(events).some((line) => line.startsWith("gone")))
  })

  it("takes what servers leave out or write otherwise", async () => {
    const stage = new Stage()
    stage.answers.set(`/guilds/${verona}/members/${ferry}`, { user: users[ferry], roles: [] })
    await stage.tell("READY", { guilds: null })
    const strange = {
      id: 1000,
      name: null,
      owner_id: null,
      roles: [{ id: 1000, permissions: 1024 }, null, { name: "nothing" }],
      channels: [{ id: 4002, type: "0", name: 7, permission_overwrites: null }, { type: 0 }, "channel"],
      threads: null,
      members: null,
      emojis: [{ name: null }],
    }
    assert.deepEqual(outline(await stage.tell("GUILD_CREATE", strange)), ["room g1000", "room 4002"])
    for (const t of [
      "READY",
      "GUILD_CREATE",
      "GUILD_UPDATE",
      "GUILD_DELETE",
      "CHANNEL_CREATE",
      "CHANNEL_UPDATE",
      "CHANNEL_DELETE",
      "THREAD_CREATE",
      "THREAD_UPDATE",
    ])
      // prettier-ignore
      for (const d of [{}, { id: null, guild_id: {} }, { id: "x", channels: 7 }]) assert.deepEqual(await stage.tell(t, d), [], t)
    const rest = ["THREAD_DELETE", "THREAD_LIST_SYNC", "THREAD_MEMBERS_UPDATE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE", "GUILD_BAN_ADD", "GUILD_BAN_REMOVE", "GUILD_EMOJIS_UPDATE", "USER_UPDATE", "PRESENCE_UPDATE"] // prettier-ignore
    for (const t of rest)
      for (const d of [{}, { guild_id: verona, user: null, role: 3 }, { guild_id: verona, user: { id: {} }, threads: [3] }])
        assert.deepEqual(await stage.tell(t, d), [], t)
  })
})

describe("people", () => {
  const joined = { guild_id: verona, user: users[juliet], nick: "Jule", roles: [guards], communication_disabled_until: null }

  it("come into what they may see", async () => {
    const stage = await Stage.begun()
    const [event, ...more] = await stage.tell("GUILD_MEMBER_ADD", joined)
    assert.ok(event?.type === "member")
    assert.equal(more.length, 0)
    const { room, change, member } = event
    assert.deepEqual([room, change, member.role, member.title, member.name], [square, "joined", "admin", "Guards", "Jule"])
    assert.equal(stage.world.guild(verona)?.memberCount, 5)
  })

  it("come into a large guild as a whole", async () => {
    const stage = await Stage.begun({ member_count: 5000 })
    assert.deepEqual(outline(await stage.tell("GUILD_MEMBER_ADD", joined)), [`joined ${juliet} g1000 admin`])
  })

  it("go, are banned, are pardoned", async () => {
    const stage = await Stage.begun()
    await stage.tell("GUILD_MEMBER_ADD", joined)
    const who = { guild_id: verona, user: users[juliet] }
    assert.deepEqual(outline(await stage.tell("GUILD_MEMBER_REMOVE", who)), [`left ${juliet} g1000 none`])
    assert.equal(stage.world.member(verona, juliet), undefined)
    await stage.tell("GUILD_MEMBER_ADD", joined)
    assert.deepEqual(outline(await stage.tell("GUILD_BAN_ADD", who)), [`banned ${juliet} g1000 banned`])
    assert.deepEqual(await stage.tell("GUILD_MEMBER_REMOVE", who), [], "who is banned leaves as well")
    assert.deepEqual(outline(await stage.tell("GUILD_BAN_REMOVE", who)), [`changed ${juliet} g1000 none`])
    await stage.tell("GUILD_MEMBER_ADD", joined)
    assert.deepEqual(outline(await stage.tell("GUILD_MEMBER_REMOVE", who)), [`left ${juliet} g1000 none`], "the ban is forgotten")
  })

  it("of the bot itself GUILD_DELETE tells", async () => {
    const stage = await Stage.begun()
    for (const t of ["GUILD_MEMBER_REMOVE", "GUILD_BAN_ADD", "GUILD_MEMBER_ADD"])
      assert.deepEqual(await stage.tell(t, { guild_id: verona, user: users[ferry], roles: [] }), [])
  })

  it("change where they were seen", async () => {
    const stage = await Stage.begun()
    await stage.tell("GUILD_MEMBER_ADD", joined)
    stage.world.met(verona, users[juliet] as Record<string, unknown>, { nick: "Jule", roles: [guards] }, square)
    assert.deepEqual(await stage.tell("GUILD_MEMBER_UPDATE", joined), [], "nothing is new")
    const [event] = await stage.tell("GUILD_MEMBER_UPDATE", { ...joined, nick: null, roles: [] })
    assert.ok(event?.type === "member")
    const { contact: _, ...member } = event.member
    assert.deepEqual(
      { ...event, member },
      { type: "member", room: square, change: "changed", member: { role: "member", title: "", name: "Juliet" } },
    )
    const until = new Date(Date.now() + 60_000).toISOString()
    assert.deepEqual(outline(await stage.tell("GUILD_MEMBER_UPDATE", { ...joined, roles: [], communication_disabled_until: until })), [
      `changed ${juliet} ${square} muted`,
    ])
    const renamed = { ...joined, roles: [], communication_disabled_until: until, user: { ...users[juliet], global_name: "Giulietta" } }
    assert.deepEqual(outline(await stage.tell("GUILD_MEMBER_UPDATE", renamed)), [`contact ${juliet} Giulietta`])
  })

  it("leave a room that is hidden from them", async () => {
    const stage = await Stage.begun()
    const forGuards = {
      ...channels()[2],
      guild_id: verona,
      permission_overwrites: [...hidden, ...[guards, ferry].map((id, type) => ({ id, type, allow: bits("ViewChannel"), deny: "0" }))],
    }
    await stage.tell("CHANNEL_UPDATE", forGuards)
    stage.world.met(verona, users[juliet] as Record<string, unknown>, { roles: [guards] }, crypt)
    assert.deepEqual(outline(await stage.tell("GUILD_MEMBER_UPDATE", { guild_id: verona, user: users[juliet], roles: [] })), [
      `left ${juliet} ${crypt} none`,
    ])
  })

  it("are taken into private threads and out of them", async () => {
    const stage = await Stage.begun({ threads: [thread({ type: 12 }), thread({ id: "4012" })] })
    const added = [{ user_id: juliet, member: { user: users[juliet], roles: [] } }]
    assert.deepEqual(outline(await stage.tell("THREAD_MEMBERS_UPDATE", { id: orchard, guild_id: verona, added_members: added })), [
      `joined ${juliet} ${orchard} member`,
    ])
    assert.deepEqual(outline(await stage.tell("THREAD_MEMBERS_UPDATE", { id: orchard, removed_member_ids: [juliet] })), [
      `left ${juliet} ${orchard} none`,
    ])
    assert.deepEqual(outline(await stage.tell("THREAD_MEMBERS_UPDATE", { id: orchard, removed_member_ids: [ferry] })), [
      `gone ${orchard} deleted`,
    ])
    assert.deepEqual(
      await stage.tell("THREAD_MEMBERS_UPDATE", { id: "4012", added_members: added }),
      [],
      "anybody can look at a public one",
    )
  })

  it("are online, and said so once, with what they say of themselves", async () => {
    const stage = await Stage.begun()
    const online = {
      user: { id: juliet },
      guild_id: verona,
      status: "idle",
      activities: [
        { type: 0, name: "Chess" },
        { type: 4, state: "in the orchard", emoji: { name: "🌹" } },
      ],
    }
    assert.deepEqual(outline(await stage.tell("PRESENCE_UPDATE", online)), [`away ${juliet} 🌹 in the orchard`])
    assert.deepEqual(await stage.tell("PRESENCE_UPDATE", { ...online, guild_id: "1001" }), [])
    assert.deepEqual(outline(await stage.tell("PRESENCE_UPDATE", { user: { id: juliet }, status: "dnd" })), [`busy ${juliet}`])
    assert.deepEqual(outline(await stage.tell("PRESENCE_UPDATE", { user: { id: juliet }, status: "offline" })), [`offline ${juliet}`])
    assert.deepEqual(await stage.tell("PRESENCE_UPDATE", { user: { id: romeo }, status: "offline" }), [], "who was never there")
    assert.deepEqual(await stage.tell("PRESENCE_UPDATE", { user: { id: ferry }, status: "online" }), [])
    assert.deepEqual(await stage.tell("PRESENCE_UPDATE", { user: { id: juliet }, status: "beyond" }), [])
  })

  it("come online with their guild", async () => {
    const stage = new Stage()
    await stage.tell("READY", { guilds: [{ id: verona }] })
    const presences = [
      { user: { id: juliet }, status: "online" },
      { user: { id: romeo }, status: "dnd" },
    ]
    assert.deepEqual(outline(await stage.tell("GUILD_CREATE", guild({ presences }))), [`online ${juliet}`, `busy ${romeo}`])
  })

  it("the bot's own name changes", async () => {
    const stage = await Stage.begun()
    await stage.tell("USER_UPDATE", { ...users[ferry], username: "ferryman" })
    assert.equal(stage.bot.self.name, "ferryman")
  })
})

describe("what is remembered", () => {
  it("names", async () => {
    const { world } = await Stage.begun()
    world.met(verona, users[juliet] as Record<string, unknown>, { nick: "Jule", roles: [] })
    world.met(undefined, users[romeo] as Record<string, unknown>)
    const names = world.names(verona)
    assert.deepEqual([names.user(juliet), names.user(romeo), names.user("999")], ["Jule", "Romeo", undefined])
    assert.equal(world.names(undefined).user(juliet), "Juliet")
    assert.deepEqual([names.role(guards), names.roleNamed("guards"), names.roleNamed("nurses")], ["Guards", guards, undefined])
    assert.deepEqual([names.channel(square), names.channelNamed("Square"), names.channelNamed("City")], ["square", square, undefined])
    assert.deepEqual(names.emoji("rose"), { id: "5001", animated: true })
    assert.deepEqual(world.names(undefined).emoji("rose"), { id: "5001", animated: true })
    world.putEmojis(verona, [{ id: "5002", name: "thorn" }])
    assert.deepEqual([names.emoji("rose"), names.emoji("thorn")?.id], [undefined, "5002"])
  })

  it("people without bound are not", () => {
    const world = new BotWorld(ferry)
    for (let i = 0; i < 20_010; i++) world.met(verona, { id: String(1_000_000 + i), username: `p${i}` }, { roles: [] })
    assert.equal(world.people(verona).length, 20_000)
    assert.equal(world.member(verona, "1000000"), undefined)
    assert.equal(world.contact("1000000"), undefined)
    assert.ok(world.member(verona, "1020009"))
  })

  it("what was used last is kept", () => {
    const gone: string[] = []
    const bounded = new Bounded<string, number>(2, (key) => void gone.push(key))
    bounded.set("a", 1)
    bounded.set("b", 2)
    assert.equal(bounded.get("a"), 1)
    bounded.set("c", 3)
    assert.deepEqual([gone, bounded.size, bounded.get("a")], [["b"], 2, 1])
  })

  it("people as contacts", () => {
    const rows: [object, object][] = [
      [
        users[juliet] ?? {},
        {
          id: juliet,
          name: "Juliet",
          username: "juliet",
          kind: "person",
          avatar: { name: "picture.gif", mime: "image/gif", kind: "image", ref: `avatars/${juliet}/a_0123.gif`, stableId: "a_0123" },
          profile: { url: `https://discord.com/users/${juliet}` },
        },
      ],
      [
        users[ferry] ?? {},
        { id: ferry, name: "ferry", username: "ferry#0001", kind: "bot", profile: { url: `https://discord.com/users/${ferry}` } },
      ],
      [{ id: juliet }, { id: juliet, profile: { url: `https://discord.com/users/${juliet}` } }],
      [
        { id: juliet, avatar: "../../secret" },
        { id: juliet, profile: { url: `https://discord.com/users/${juliet}` } },
      ],
    ]
    for (const [user, expected] of rows) assert.deepEqual(contactOf(user as Record<string, unknown>), expected)
    assert.equal(contactOf({ username: "nobody" }), undefined)
  })
})
