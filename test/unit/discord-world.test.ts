// What the gateway tells of guilds, channels, threads and roles, as events.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { NetworkEvent } from "xferry"
import { loadWorld } from "#discord/world/load.js"
import { roomVerbs } from "#discord/world/rooms.js"
import {
  bits,
  channels,
  city,
  crypt,
  ferry,
  forum,
  guards,
  guild,
  hidden,
  juliet,
  orchard,
  outline,
  signal,
  square,
  thread,
  users,
  usual,
  verona,
  WorldStage as Stage,
} from "../support/discord-stage.js"

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

  it("does not take a server for lost that is only left out where the bot's servers are listed", async () => {
    const { state } = await Stage.begun()
    for (const [answer, expected] of [
      [guild(), []],
      [500, []],
      [403, ["gone g1000 removed"]],
    ] as const) {
      const later = new Stage(state)
      later.answers.set(`/guilds/${verona}`, answer)
      assert.deepEqual(outline(await later.tell("READY", { guilds: [] })), expected)
    }
  })

  it("asks what has become of threads that are not active any more", async () => {
    const { state } = await Stage.begun()
    const later = new Stage(state)
    later.answers.set(`/channels/${orchard}`, thread({ thread_metadata: { archived: true } }))
    await later.tell("READY", { guilds: [{ id: verona }] })
    const [event] = await later.tell("GUILD_CREATE", guild({ threads: [] }))
    assert.ok(event?.type === "room" && event.room.id === orchard && event.room.archived === "idle")
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

/** How often somebody's rights there were computed. */
function watch(channel: { overwrites: readonly unknown[] }): () => number {
  const { overwrites } = channel
  let looked = 0
  Object.defineProperty(channel, "overwrites", { get: () => (looked++, overwrites) })
  return () => looked
}

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
      ["room 4002", "access 4002", "access 4005"],
    ],
    [
      "somebody else is silenced in a channel, and with it in its threads",
      [
        [
          "CHANNEL_UPDATE",
          { ...channels()[1], guild_id: verona, permission_overwrites: [{ id: juliet, type: 1, allow: "0", deny: bits("SendMessages") }] },
        ],
      ],
      ["access 4002", "access 4005"],
    ],
    [
      "somebody else is silenced in a channel with many threads",
      [
        ...Array.from({ length: 11 }, (_, i): [string, object] => ["THREAD_CREATE", thread({ id: String(4100 + i) })]),
        [
          "CHANNEL_UPDATE",
          { ...channels()[1], guild_id: verona, permission_overwrites: [{ id: juliet, type: 1, allow: "0", deny: bits("SendMessages") }] },
        ],
      ],
      ["access g1000"],
    ],
    [
      "a category's overwrites are its channels' when these are told of",
      [
        [
          "CHANNEL_UPDATE",
          { ...channels()[0], guild_id: verona, permission_overwrites: [{ id: juliet, type: 1, allow: "0", deny: "1024" }] },
        ],
      ],
      [],
    ],
    ["a role of others may more", [["GUILD_ROLE_UPDATE", { guild_id: verona, role: { id: guards, permissions: "8" } }]], ["access g1000"]],
    ["a role of others is painted", [["GUILD_ROLE_UPDATE", { guild_id: verona, role: { id: guards, name: "Guards", color: 7 } }]], []],
    ["a role of others is deleted", [["GUILD_ROLE_DELETE", { guild_id: verona, role_id: guards }]], ["access g1000"]],
    [
      "somebody else owns the guild",
      [["GUILD_UPDATE", guild({ owner_id: juliet, channels: undefined, threads: undefined })]],
      ["access g1000"],
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
      ["room 4002", "room 4004", "room 4005", "access 4002", "access 4004", "access 4005", "access g1000"],
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

  it("are not looked at where they cannot have changed: whoever moves one makes Discord tell of all", async () => {
    const stage = await Stage.begun()
    const tell: Stage["tell"] = (t, d) => stage.tell(t, d)
    const looked = watch(stage.world.guild(verona)!.channels.get(forum)!)
    assert.deepEqual(outline(await tell("CHANNEL_UPDATE", { ...channels()[1], guild_id: verona, position: 7 })), [])
    assert.deepEqual(outline(await tell("CHANNEL_UPDATE", { ...channels()[1], guild_id: verona, name: "piazza" })), [`room ${square}`])
    assert.deepEqual(outline(await tell("THREAD_CREATE", thread({ id: "4099" }))), ["room 4099"])
    assert.deepEqual(outline(await tell("THREAD_UPDATE", thread({ id: "4099", thread_metadata: { archived: true } }))), ["room 4099"])
    await tell("GUILD_ROLE_UPDATE", {
      guild_id: verona,
      role: { id: guards, name: "Guards", permissions: bits("KickMembers"), position: 3 },
    })
    await tell("GUILD_ROLE_UPDATE", { guild_id: verona, role: { id: verona, permissions: bits(...usual), position: 0 } })
    assert.equal(looked(), 0)
    await tell("GUILD_ROLE_UPDATE", { guild_id: verona, role: { id: verona, permissions: bits("ViewChannel"), position: 0 } })
    assert.notEqual(looked(), 0)
  })

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
