// What the gateway tells of people, as events; and what is remembered of them.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Bounded } from "#discord/world/bounded.js"
import { contactOf } from "#discord/world/people.js"
import { BotWorld } from "#discord/world/world.js"
import {
  bits,
  channels,
  crypt,
  ferry,
  guards,
  guild,
  hidden,
  juliet,
  orchard,
  outline,
  romeo,
  square,
  thread,
  users,
  verona,
  WorldStage as Stage,
} from "../support/discord-stage.js"

describe("people", () => {
  const joined = { guild_id: verona, user: users[juliet], nick: "Jule", roles: [guards], communication_disabled_until: null }

  it("come into what they may see", async () => {
    const stage = await Stage.begun()
    const [event, ...more] = await stage.tell("GUILD_MEMBER_ADD", joined)
    assert.ok(event?.type === "member")
    assert.deepEqual(outline(more), [`access g1000 ${juliet}`], "also in threads, of which nothing else is told")
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
      `access g1000 ${juliet}`,
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
      `access g1000 ${juliet}`,
    ])
  })

  it("of whom nothing was known may have been something else", async () => {
    const stage = await Stage.begun()
    const told = { guild_id: verona, user: users[juliet], roles: [guards, "3009"] }
    assert.deepEqual(outline(await stage.tell("GUILD_MEMBER_UPDATE", told)), [`access g1000 ${juliet}`])
    assert.deepEqual(
      await stage.tell("GUILD_MEMBER_UPDATE", { ...told, nick: "Jule", roles: ["3009", guards] }),
      [],
      "another name is no other right",
    )
  })

  it("who manage threads see private ones also without being in them", async () => {
    const stage = await Stage.begun({
      threads: [thread({ type: 12 })],
      roles: [{ id: verona, name: "@everyone", permissions: bits("ViewChannel", "ManageThreads") }],
    })
    await stage.tell("GUILD_MEMBER_ADD", joined)
    assert.deepEqual(await stage.tell("THREAD_MEMBERS_UPDATE", { id: orchard, removed_member_ids: [juliet] }), [])
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
    const [gone, again] = [await stage.tell("PRESENCE_UPDATE", { user: { id: romeo }, status: "offline" }), await stage.tell("PRESENCE_UPDATE", { user: { id: romeo }, status: "offline" })] // prettier-ignore
    assert.deepEqual([outline(gone), again], [[`offline ${romeo}`], []], "who was there before this session")
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
          avatar: { name: "picture.png", mime: "image/png", kind: "image", ref: `avatars/${juliet}/a_0123.png`, stableId: "a_0123" },
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
