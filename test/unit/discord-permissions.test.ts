// What somebody may do on Discord: roles, overwrites in their order, owner, timeouts, threads; and what the core is told of it.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { PermissionFlagsBits as Flags } from "discord-api-types/v10"
import type { Channel, Guild, Member, Overwrite } from "#discord/types.js"
import { basePermissions, everything, mayRead, mayWrite, permissionsIn, topRole } from "#discord/world/permissions.js"
import { limitsOf, ownStanding, standing } from "#discord/world/rights.js"

type Name = keyof typeof Flags
const bits = (...names: Name[]): bigint => names.reduce((all, name) => all | Flags[name], 0n)

const verona = "100"
const [escalus, juliet, ferry] = ["201", "202", "203"] as const
const [guards, montagues] = ["301", "302"] as const
const now = 1_800_000_000_000

interface Setting {
  /** Of everyone. */
  everyone?: Name[]
  /** By role. */
  roles?: Record<string, Name[]>
  overwrites?: Overwrite[]
  channel?: Partial<Channel>
  /** A thread in the channel. */
  thread?: Partial<Channel>
}

const usual: Name[] = ["ViewChannel", "SendMessages", "ReadMessageHistory", "SendMessagesInThreads", "Connect"]

function place({ everyone = usual, roles = {}, overwrites = [], channel = {}, thread }: Setting): { guild: Guild; at: Channel } {
  const blank = {
    guild: verona,
    parent: undefined,
    name: "",
    topic: "",
    slowSeconds: 0,
    overwrites: [],
    archived: false,
    locked: false,
  }
  const square: Channel = { ...blank, id: "400", type: 0, overwrites, ...channel }
  const inside: Channel = { ...blank, id: "401", type: 11, parent: "400", ...thread }
  const rows: [string, Name[]][] = [[verona, everyone], ...Object.entries(roles)]
  const guild: Guild = {
    id: verona,
    name: "Verona",
    owner: escalus,
    unavailable: false,
    memberCount: 3,
    roles: new Map(rows.map(([id, names], position) => [id, { id, name: `role ${id}`, permissions: bits(...names), position }])),
    channels: new Map([square, inside].map((each) => [each.id, each])),
    emojis: new Map(),
    self: undefined,
  }
  return { guild, at: thread ? inside : square }
}

const member = (user: string, more: Partial<Member> = {}): Member => ({ user, nick: undefined, roles: [], mutedUntil: 0, ...more })
const over = (id: string, type: number, allow: Name[], deny: Name[]): Overwrite => ({
  id,
  type,
  allow: bits(...allow),
  deny: bits(...deny),
})

describe("permissions in a channel", () => {
  const rows: [string, Setting, Member, Name[], Name[]][] = [
    ["everyone's role counts for all", {}, member(juliet), usual, ["ManageMessages"]],
    [
      "roles add up",
      { roles: { [guards]: ["KickMembers"], [montagues]: ["BanMembers"] } },
      member(juliet, { roles: [guards, montagues] }),
      ["KickMembers", "BanMembers"],
      [],
    ],
    [
      "the owner may everything",
      { everyone: [], overwrites: [over(escalus, 1, [], ["SendMessages"])] },
      member(escalus),
      ["ViewChannel", "SendMessages", "Administrator"],
      [],
    ],
    [
      "an administrator may everything",
      { everyone: [], roles: { [guards]: ["Administrator"] }, overwrites: [over(verona, 0, [], ["ViewChannel"])] },
      member(juliet, { roles: [guards] }),
      ["ViewChannel", "BanMembers"],
      [],
    ],
    [
      "everyone's overwrite takes away",
      { overwrites: [over(verona, 0, [], ["SendMessages"])] },
      member(juliet),
      ["ViewChannel"],
      ["SendMessages"],
    ],
    [
      "a role's overwrite goes over everyone's",
      { overwrites: [over(verona, 0, [], ["SendMessages"]), over(guards, 0, ["SendMessages"], [])] },
      member(juliet, { roles: [guards] }),
      ["SendMessages"],
      [],
    ],
    [
      "among roles allowing goes over denying",
      { overwrites: [over(guards, 0, ["SendMessages"], []), over(montagues, 0, [], ["SendMessages"])] },
      member(juliet, { roles: [guards, montagues] }),
      ["SendMessages"],
      [],
    ],
    [
      "a member's overwrite goes over all",
      { overwrites: [over(juliet, 1, [], ["SendMessages"]), over(guards, 0, ["SendMessages"], [])] },
      member(juliet, { roles: [guards] }),
      ["ViewChannel"],
      ["SendMessages"],
    ],
    [
      "overwrites of others do not count",
      { overwrites: [over(ferry, 1, [], ["SendMessages"]), over(montagues, 0, [], ["SendMessages"])] },
      member(juliet, { roles: [guards] }),
      ["SendMessages"],
      [],
    ],
    ["who cannot view may nothing", { overwrites: [over(verona, 0, [], ["ViewChannel"])] }, member(juliet), [], usual],
    [
      "who cannot send cannot attach",
      { everyone: [...usual, "AttachFiles", "MentionEveryone"], overwrites: [over(verona, 0, [], ["SendMessages"])] },
      member(juliet),
      ["ViewChannel"],
      ["AttachFiles", "MentionEveryone"],
    ],
    [
      "who cannot connect can only see a voice channel",
      { channel: { type: 2 }, overwrites: [over(verona, 0, [], ["Connect"])] },
      member(juliet),
      ["ViewChannel"],
      ["SendMessages", "ReadMessageHistory"],
    ],
    [
      "timeout leaves reading",
      { everyone: [...usual, "ManageMessages"] },
      member(juliet, { mutedUntil: now + 1 }),
      ["ViewChannel", "ReadMessageHistory"],
      ["SendMessages", "ManageMessages"],
    ],
    ["a timeout that is over does not count", {}, member(juliet, { mutedUntil: now }), usual, []],
    [
      "administrators are above timeouts",
      { roles: { [guards]: ["Administrator"] } },
      member(juliet, { roles: [guards], mutedUntil: now + 1 }),
      ["SendMessages"],
      [],
    ],
    [
      "a thread has what its channel says",
      { thread: {}, overwrites: [over(verona, 0, [], ["SendMessages"])] },
      member(juliet),
      ["ViewChannel", "SendMessagesInThreads"],
      ["SendMessages"],
    ],
    ["a thread of an unknown channel is closed", { thread: { parent: "999" } }, member(juliet), [], usual],
  ]
  for (const [what, setting, who, may, mayNot] of rows) {
    it(what, () => {
      const { guild, at } = place(setting)
      const found = permissionsIn(guild, at, who, now)
      for (const name of may) assert.ok(found & Flags[name], `${name} is missing`)
      for (const name of mayNot) assert.ok(!(found & Flags[name]), `${name} is too much`)
    })
  }

  it("in the guild itself overwrites do not count", () => {
    const { guild } = place({ overwrites: [over(verona, 0, [], ["SendMessages"])] })
    assert.equal(basePermissions(guild, member(juliet)), bits(...usual))
    assert.equal(basePermissions(guild, member(escalus)), everything)
  })

  it("names the highest role", () => {
    const { guild } = place({ roles: { [guards]: [], [montagues]: [] } })
    assert.equal(topRole(guild, member(juliet, { roles: [guards, montagues, verona, "999"] }))?.id, montagues)
    assert.equal(topRole(guild, member(juliet, { roles: [verona] })), undefined)
  })
})

describe("reading and writing", () => {
  const rows: [string, Setting, boolean, boolean][] = [
    ["a channel", {}, true, true],
    ["a channel without the right to send", { everyone: ["ViewChannel", "SendMessagesInThreads"] }, true, false],
    ["a thread in it", { everyone: ["ViewChannel", "SendMessagesInThreads"], thread: {} }, true, true],
    ["a thread without the right to send in threads", { everyone: ["ViewChannel", "SendMessages"], thread: {} }, true, false],
    ["an archived thread opens by writing", { thread: { archived: true } }, true, true],
    ["a locked thread", { thread: { archived: true, locked: true } }, true, false],
    ["a locked thread for who manages threads", { everyone: [...usual, "ManageThreads"], thread: { locked: true } }, true, true],
    ["a voice channel one cannot connect to", { everyone: ["ViewChannel", "SendMessages"], channel: { type: 2 } }, false, false],
    ["a hidden channel", { everyone: ["SendMessages"] }, false, false],
  ]
  for (const [what, setting, read, write] of rows) {
    it(what, () => {
      const { guild, at } = place(setting)
      const found = permissionsIn(guild, at, member(juliet), now)
      assert.deepEqual([mayRead(at, found), mayWrite(at, found)], [read, write])
    })
  }
})

describe("roles of people", () => {
  const rows: [string, Setting, Member, string, boolean][] = [
    ["the owner", {}, member(escalus), "owner", true],
    ["somebody", {}, member(juliet), "member", true],
    ["a moderator", { roles: { [guards]: ["ManageMessages"] } }, member(juliet, { roles: [guards] }), "admin", true],
    ["a moderator of this channel", { overwrites: [over(juliet, 1, ["ManageChannels"], [])] }, member(juliet), "admin", true],
    ["who manages threads, in a thread", { everyone: [...usual, "ManageThreads"], thread: {} }, member(juliet), "admin", true],
    ["who manages threads, in a channel", { everyone: [...usual, "ManageThreads"] }, member(juliet), "member", true],
    ["who may not write", { overwrites: [over(verona, 0, [], ["SendMessages"])] }, member(juliet), "muted", false],
    [
      "a moderator in timeout",
      { roles: { [guards]: ["BanMembers"] } },
      member(juliet, { roles: [guards], mutedUntil: now + 1 }),
      "muted",
      false,
    ],
    ["who may not see it", { overwrites: [over(verona, 0, [], ["ViewChannel"])] }, member(juliet), "none", false],
  ]
  for (const [what, setting, who, role, maySend] of rows) {
    it(what, () => {
      const { guild, at } = place(setting)
      assert.deepEqual(standing(guild, at, who, now), { role, maySend })
    })
  }

  it("in the guild itself nobody writes", () => {
    const { guild } = place({})
    assert.deepEqual(standing(guild, undefined, member(juliet), now), { role: "member", maySend: false })
    assert.deepEqual(standing(guild, undefined, member(juliet, { mutedUntil: now + 1 }), now), { role: "muted", maySend: false })
  })
})

describe("what the bot may change", () => {
  const can = (setting: Setting, inGuild = false, more: Partial<Member> = {}): string => {
    const { guild, at } = place(setting)
    guild.self = member(ferry, more)
    const { manage } = limitsOf(guild, inGuild ? undefined : at)
    return manage === false ? "" : [...(manage?.can ?? [])].sort().join(" ")
  }
  const rows: [string, string, string][] = [
    ["nothing by itself", can({}), ""],
    ["a channel it manages", can({ everyone: [...usual, "ManageChannels"] }), "destroy name slow topic"],
    ["announcements know no slow mode", can({ everyone: [...usual, "ManageChannels"], channel: { type: 5 } }), "destroy name topic"],
    ["voice channels have no topic", can({ everyone: [...usual, "ManageChannels"], channel: { type: 2 } }), "destroy name slow"],
    ["a category it manages", can({ everyone: [...usual, "ManageChannels"], channel: { type: 4 } }), "create destroy name"],
    ["threads", can({ everyone: [...usual, "CreatePublicThreads"] }), "create"],
    ["posts in a forum", can({ channel: { type: 15 } }), "create"],
    ["no posts where it may not write", can({ everyone: ["ViewChannel"], channel: { type: 15 } }), ""],
    ["pins", can({ everyone: [...usual, "PinMessages"] }), "pin unpin"],
    ["people", can({ everyone: [...usual, "KickMembers", "BanMembers", "ModerateMembers"] }), "ban kick role unban"],
    ["an invitation", can({ everyone: [...usual, "CreateInstantInvite"] }), "invite"],
    ["a thread like any other", can({ thread: {} }), "leave reopen"],
    ["a thread of its own", can({ thread: { creator: ferry } }), "close leave name reopen"],
    ["a thread that is locked", can({ thread: { creator: ferry, locked: true } }), "leave"],
    [
      "a thread it manages",
      can({ everyone: [...usual, "ManageThreads"], thread: { locked: true } }),
      "close destroy kick leave name reopen slow",
    ],
    ["the guild", can({}, true), "leave"],
    [
      "a guild it runs",
      can({ roles: { [guards]: ["Administrator"] } }, true, { roles: [guards] }),
      "ban create invite kick leave name role unban",
    ],
  ]
  for (const [what, found, expected] of rows) it(what, () => assert.equal(found, expected))

  it("a channel in which it cannot write, read what was said, or delete", () => {
    const { guild, at } = place({ everyone: ["ViewChannel"] })
    guild.self = member(ferry)
    const nothing = { send: false, typing: false, history: false, react: false, retract: { others: false }, manage: { can: [] } }
    assert.deepEqual(limitsOf(guild, at), nothing)
  })

  it("a channel in which it may delete", () => {
    const { guild, at } = place({ everyone: [...usual, "ManageMessages", "AttachFiles", "AddReactions"] })
    guild.self = member(ferry)
    assert.deepEqual(limitsOf(guild, at), { manage: { can: ["pin", "unpin"] } })
  })

  it("files as large as the server's tier allows, and where it may not attach them none", () => {
    const bytes = (tier: number, ...more: Name[]): unknown => {
      const { guild, at } = place({ everyone: [...usual, "AddReactions", ...more] })
      const { send } = limitsOf({ ...guild, self: member(ferry), premiumTier: tier }, at)
      return send === false ? send : send?.files?.maxBytes
    }
    assert.equal(bytes(1, "AttachFiles"), undefined)
    assert.equal(bytes(2, "AttachFiles"), 50 * 1024 * 1024)
    // By its webhook.
    assert.equal(bytes(3, "ManageWebhooks"), 100 * 1024 * 1024)
    assert.equal(bytes(3), 0)
  })

  it("reactions where it may add them and read what was said", () => {
    const { guild, at } = place({ everyone: [...usual, "AddReactions"] })
    assert.equal(limitsOf({ ...guild, self: member(ferry) }, at).react, undefined)
    const other = place({ everyone: usual })
    assert.equal(limitsOf({ ...other.guild, self: member(ferry) }, other.at).react, false)
  })

  it("runs forums in which it may post, so that whoever has it can", () => {
    const { guild, at } = place({ channel: { type: 15 } })
    guild.self = member(ferry)
    assert.deepEqual(ownStanding(guild, at), { role: "admin", maySend: true })
    assert.deepEqual(ownStanding({ ...guild, self: undefined }, at), { role: "none", maySend: false })
  })
})
