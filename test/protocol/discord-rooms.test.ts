// The Discord adapter and rooms: what is there, who may what, who is in, and what can be changed; on a fake Discord.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import { AdapterError, type Manage, type NetworkEvent, type Room, type Session } from "xferry"
import { TestHost, within } from "#src/adapter/conformance/host.js"
import type { capabilities } from "#discord/capabilities.js"
import adapter from "#discord/index.js"
import { options } from "#discord/options.js"
import { type Bot, type Channel, ChannelType, type FakeDiscord, type Guild, type Person, startFakeDiscord } from "../fakes/discord/index.js"
import { secret } from "../support/secrets.js"

const token = secret("NDcxNg.protocol.discord-rooms-test-0123456789")

let fake: FakeDiscord
let bot: Bot
let escalus: Person
let juliet: Person
let guild: Guild
let city: Channel
let square: Channel
let crypt: Channel
let questions: Channel
let host: TestHost
let session: Session<typeof capabilities> & { room: (id: string, signal: AbortSignal) => Promise<Room> }

const signal = (): AbortSignal => AbortSignal.timeout(10_000)

beforeEach(async () => {
  fake = await startFakeDiscord()
  bot = fake.addBot({ token, username: "ferry" })
  escalus = fake.person({ username: "escalus", global_name: "Escalus" })
  juliet = fake.person({ username: "juliet", global_name: "Juliet" })
  guild = fake.makeGuild({ name: "Verona", owner: escalus })
  guild.join(juliet)
  guild.addBot(bot)
  city = guild.makeChannel({ name: "City", type: ChannelType.GuildCategory })
  square = guild.makeChannel({ name: "square", parent: city, topic: "Talk" })
  crypt = guild.makeChannel({ name: "crypt", parent: city, overwrites: [{ of: guild, deny: ["ViewChannel"] }] })
  questions = guild.makeChannel({ name: "questions", type: ChannelType.GuildForum, topic: "Be kind" })
  host = new TestHost()
})

afterEach(async () => {
  host.close()
  await session.ended
  await fake.stop()
  assert.deepEqual(fake.violations, [])
  assert.ok(!host.logged.some((line) => line.includes(token)))
})

async function connect(): Promise<void> {
  const connected = await within(adapter.connect({ token }, options.parse({ apiRoot: fake.url }), host), 10_000, "the connection")
  session = connected as typeof session
}

async function restart(meanwhile: () => unknown): Promise<void> {
  host.close()
  await session.ended
  meanwhile()
  host = new TestHost(host.memory)
  await connect()
}

/** The bot's role loses these permissions. */
function without(...names: string[]): void {
  const role = [...guild.roles.values()].find(({ managed }) => managed)!
  const lost = names.reduce((sum, name) => sum | flags[name]!, 0n)
  guild.editRole(role, { permissions: role.permissions & ~lost })
}
const flags: Record<string, bigint> = { ViewChannel: 1n << 10n, ManageThreads: 1n << 34n, ManageChannels: 1n << 4n }

/** As the core walks them: «name in parent's id». */
async function walk(): Promise<string[]> {
  const found: Room[] = []
  const parents: ({ parent: string } | object)[] = [{}]
  for (const query of parents) {
    const { items } = await session.rooms(query, signal())
    found.push(...items)
    for (const { id, kind } of items) if (kind === "container") parents.push({ parent: id })
  }
  const name = (id: string | null | undefined): string => found.find((room) => room.id === id)?.name ?? "-"
  return found.map((room) => `${room.kind} ${room.name} in ${name(room.parent)}`)
}

const told = <T extends NetworkEvent["type"]>(
  type: T,
  wanted: (event: NetworkEvent & { type: T }) => boolean,
): Promise<NetworkEvent & { type: T }> =>
  host.event(`«${type}»`, (event) => event.type === type && wanted(event as NetworkEvent & { type: T })) as Promise<
    NetworkEvent & { type: T }
  >

const manage = (
  room: { id: string } | string,
  what: Manage,
  as?: { id: string; name: string; own?: boolean },
): ReturnType<typeof session.manage> =>
  session.manage({ room: typeof room === "string" ? room : room.id, ...what, ...(as && { as }) }, signal())

async function refused(call: Promise<unknown>, kind: string, says = /./): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof AdapterError, String(error))
    assert.equal(error.kind, kind, error.message)
    assert.match(error.message, says)
    return true
  })
}

describe("rooms", () => {
  it("are the guild, its categories, channels, threads and posts that the bot may see", async () => {
    without("ViewChannel")
    const news = guild.makeChannel({ name: "news", type: ChannelType.GuildAnnouncement })
    guild.makeChannel({ name: "hall", type: ChannelType.GuildVoice, parent: city })
    square.makeThread(juliet, { name: "orchard" })
    news.makeThread(juliet, { name: "comments" })
    questions.makePost(juliet, { name: "Wherefore?", first: "Art thou?" })
    await connect()
    assert.deepEqual((await walk()).sort(), [
      "channel news in Verona",
      "container City in Verona",
      "container Verona in -",
      "container questions in Verona",
      "group hall in City",
      "group square in City",
      "topic Wherefore? in questions",
      "topic comments in news",
      "topic orchard in square",
    ])
    await refused(session.room(crypt.id, signal()), "gone")
    await refused(session.room("999000000000000001", signal()), "gone")
    await refused(session.room("g999000000000000001", signal()), "gone")
    assert.equal((await session.room(questions.id, signal())).topic, "Be kind")
  })

  it("appear, change and go as it happens", async () => {
    without("ViewChannel")
    await connect()
    const tavern = guild.makeChannel({ name: "tavern" })
    const made = await told("room", ({ room }) => room.id === tavern.id)
    assert.deepEqual([made.room.kind, made.room.name, made.room.parent], ["group", "tavern", `g${guild.id}`])
    tavern.update({ topic: "Wine" })
    await told("room", ({ room }) => room.id === tavern.id && room.topic === "Wine")
    tavern.overwrite({ of: bot, deny: ["SendMessages"] })
    await told("access", ({ room }) => room === tavern.id)
    assert.deepEqual(await session.access({ room: tavern.id, user: bot.id }, signal()).then(({ maySend }) => maySend), false)
    crypt.overwrite({ of: bot, allow: ["ViewChannel"] })
    await told("room", ({ room }) => room.id === crypt.id)
    crypt.overwrite({ of: bot, deny: ["ViewChannel"] })
    await told("gone", ({ room, why }) => room === crypt.id && why === "removed")
    const orchard = tavern.makeThread(juliet, { name: "orchard" })
    await told("room", ({ room }) => room.id === orchard.id && room.parent === tavern.id && room.archived === false)
    orchard.archive()
    await told("room", ({ room }) => room.id === orchard.id && room.archived === "idle")
    orchard.destroy()
    await told("gone", ({ room, why }) => room === orchard.id && why === "deleted")
    tavern.destroy()
    await told("gone", ({ room, why }) => room === tavern.id && why === "deleted")
    guild.leave(bot)
    await told("gone", ({ room, why }) => room === `g${guild.id}` && why === "removed")
  })

  it("outlive an outage of their guild", async () => {
    await connect()
    guild.goDown()
    const mantua = fake.makeGuild({ name: "Mantua", owner: escalus })
    mantua.addBot(bot)
    await told("room", ({ room }) => room.id === `g${mantua.id}`)
    await refused(session.room(square.id, signal()), "retry", /down/)
    guild.comeUp()
    // What was said meanwhile only REST knows: the next session has it asked for.
    await refused(session.ended, "retry", /after an outage/)
    assert.equal(host.events.filter(({ type }) => type === "gone").length, 0)
    const tavern = guild.makeChannel({ name: "tavern" })
    host = new TestHost(host.memory)
    await connect()
    assert.equal((await session.room(tavern.id, signal())).name, "tavern")
    assert.equal(host.events.filter(({ type }) => type === "gone").length, 0)
  })

  for (const how of ["resumed", "begun anew"]) {
    it(`that went while the process was away are told of in a session ${how}`, async () => {
      const orchard = square.makeThread(juliet, { name: "orchard" })
      const balcony = square.makeThread(juliet, { name: "balcony" })
      await connect()
      await restart(() => {
        if (how !== "resumed") for (const key of [...host.memory.keys()]) if (!/^(rooms|guilds)/.test(key)) host.memory.delete(key)
        questions.destroy()
        orchard.destroy()
        balcony.archive()
      })
      await told("gone", ({ room, why }) => room === questions.id && why === "deleted")
      await told("gone", ({ room, why }) => room === orchard.id && why === "deleted")
      await told("room", ({ room }) => room.id === balcony.id && room.archived === "idle")
      assert.deepEqual((await walk()).filter((line) => /questions|orchard/.test(line)), []) // prettier-ignore
      assert.equal((await session.room(square.id, signal())).name, "square")
    })
  }
})

describe("who is online", () => {
  it("is told of in a session that is resumed, too, which is a new one to the core", async () => {
    fake.presence(juliet, "dnd")
    await connect()
    await told("presence", ({ from }) => from.id === juliet.id)
    await restart(() => undefined)
    assert.equal(fake.gateway.counts.resumed, 1)
    assert.equal((await told("presence", ({ from }) => from.id === juliet.id)).show, "busy")
  })
})

describe("access", () => {
  const access = (room: Channel | string, user: { id: string }): Promise<unknown> =>
    session.access({ room: typeof room === "string" ? room : room.id, user: user.id }, signal())

  for (const members of [true, false]) {
    it(`says what people may, ${members ? "with" : "without"} the members intent`, async () => {
      bot.flip({ members })
      const guards = guild.makeRole({ name: "Guards", permissions: ["ManageMessages"] })
      const nurse = fake.person({ username: "nurse" })
      guild.join(nurse, { roles: [guards] })
      await connect()
      assert.deepEqual(await access(square, escalus), { role: "owner", maySend: true })
      assert.deepEqual(await access(square, juliet), { role: "member", maySend: true })
      assert.deepEqual(await access(square, nurse), { role: "admin", maySend: true })
      assert.deepEqual(await access(crypt, juliet), { role: "none", maySend: false })
      assert.deepEqual(await access(`g${guild.id}`, juliet), { role: "member", maySend: false })
      assert.deepEqual(await access(square, fake.person({ username: "stranger" })), { role: "none", maySend: false })
      assert.deepEqual(await access(square, { id: "w123.abc" }), { role: "none", maySend: false })
      assert.deepEqual(await access(square, bot), { role: "admin", maySend: true })
      square.overwrite({ of: juliet, deny: ["SendMessages"] })
      guild.ban(nurse)
      const tavern = guild.makeChannel({ name: "tavern" })
      await told("room", ({ room }) => room.id === tavern.id)
      assert.deepEqual(await access(square, juliet), { role: "muted", maySend: false })
      assert.deepEqual(await access(square, nurse), { role: "banned", maySend: false })
      assert.deepEqual(await access(tavern, juliet), { role: "member", maySend: true })
    })
  }

  it("knows who is in a private thread", async () => {
    const secretly = square.makeThread(escalus, { name: "secretly", private: true })
    secretly.addMember(juliet)
    const nurse = fake.person({ username: "nurse" })
    guild.join(nurse)
    await connect()
    assert.deepEqual(await access(secretly, juliet), { role: "member", maySend: true })
    assert.deepEqual(await access(secretly, nurse), { role: "none", maySend: false })
  })
})

describe("a change of access", () => {
  const access = (room: Channel, user: { id: string }): Promise<unknown> => session.access({ room: room.id, user: user.id }, signal())
  /** What is told, in the order of its coming, while this is done. */
  async function doubts(what: () => unknown): Promise<string[]> {
    const before = host.events.length
    what()
    const last = guild.makeChannel({ name: "last" })
    await told("room", ({ room }) => room.id === last.id)
    return host.events.slice(before).flatMap((event) => {
      if (event.type === "access") return [`${event.room ?? "all"} ${event.user ?? "everybody"}`]
      return event.type === "member" ? [`${event.change} ${event.room} ${event.member.contact.id}`] : []
    })
  }

  it("by roles, overwrites and timeouts is told of whom it may concern, and then the answer is another", async () => {
    const guards = guild.makeRole({ name: "Guards", permissions: ["ManageMessages"] })
    const orchard = square.makeThread(escalus, { name: "orchard" })
    await connect()
    const everywhere = `g${guild.id}`
    assert.deepEqual(await doubts(() => guild.give(juliet, guards)), [`${everywhere} ${juliet.id}`])
    assert.deepEqual(await access(square, juliet), { role: "admin", maySend: true })
    assert.deepEqual(await doubts(() => guild.editRole(guards, { permissions: [] })), [`${everywhere} everybody`])
    assert.deepEqual(await access(square, juliet), { role: "member", maySend: true })
    square.overwrite({ of: guards, deny: ["SendMessagesInThreads"] })
    assert.deepEqual(await doubts(() => square.overwrite({ of: juliet, deny: ["SendMessages"] })), [
      ...[square, orchard, square, orchard].map(({ id }) => `${id} everybody`),
    ])
    assert.deepEqual(await access(square, juliet), { role: "muted", maySend: false })
    assert.deepEqual(await access(orchard, juliet), { role: "muted", maySend: false })
    await doubts(() => guild.deleteRole(guards))
    assert.deepEqual(await access(orchard, juliet), { role: "member", maySend: true })
    assert.deepEqual(await doubts(() => orchard.archive(true, true)), [`${orchard.id} everybody`])
    assert.deepEqual(await access(orchard, juliet), { role: "muted", maySend: false })
    const tavern = guild.channels.at(-1)!
    assert.deepEqual(await doubts(() => guild.timeout(juliet, Date.now() + 600_000)), [`${everywhere} ${juliet.id}`])
    assert.deepEqual(await access(tavern, juliet), { role: "muted", maySend: false })
    guild.timeout(juliet, 0)
    assert.deepEqual(await doubts(() => guild.kick(juliet)), [`${everywhere} ${juliet.id}`, `left ${everywhere} ${juliet.id}`])
    assert.deepEqual(await access(tavern, juliet), { role: "none", maySend: false })
  })

  it("of people is not told without the intent, which is said in the log", async () => {
    bot.flip({ members: false })
    const guards = guild.makeRole({ name: "Guards", permissions: ["ManageMessages"] })
    await connect()
    assert.ok(host.logged.some((line) => /Server Members Intent.*noticed only after some minutes/.test(line)))
    assert.deepEqual(await doubts(() => guild.give(juliet, guards)), [])
    assert.deepEqual(await access(square, juliet), { role: "admin", maySend: true }, "but who asks is told")
    assert.deepEqual(await doubts(() => guild.ban(juliet)), [`banned g${guild.id} ${juliet.id}`])
  })
})

describe("members", () => {
  async function all(room: string, limit = 2): Promise<string[]> {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await session.members({ room, limit, ...(cursor !== undefined && { cursor }) }, signal())
      assert.ok(page.items.length <= limit)
      found.push(...page.items.map(({ contact, role }) => `${contact.username ?? contact.id} ${role}`))
      cursor = page.next
    } while (cursor !== undefined)
    return found
  }

  it("come page by page, the owner first, and are those who may see the room", async () => {
    crypt.overwrite({ of: bot, allow: ["ViewChannel"] })
    const nurse = fake.person({ username: "nurse" })
    guild.join(nurse)
    crypt.overwrite({ of: nurse, allow: ["ViewChannel"] })
    await connect()
    assert.deepEqual(await all(square.id), ["escalus owner", "ferry#0001 admin", "juliet member", "nurse member"])
    assert.deepEqual(await all(`g${guild.id}`, 100), ["escalus owner", "ferry#0001 admin", "juliet member", "nurse member"])
    assert.deepEqual(await all(crypt.id, 1), ["escalus owner", "ferry#0001 admin", "nurse member"])
  })

  it("of a thread are those who look at it", async () => {
    const orchard = square.makeThread(juliet, { name: "orchard" })
    orchard.addMember(escalus)
    await connect()
    assert.deepEqual((await all(orchard.id, 1)).sort(), ["escalus owner", "juliet member"])
  })

  it("are, without the intent, those who lead", async () => {
    bot.flip({ members: false })
    await connect()
    assert.deepEqual((await all(square.id)).sort(), ["escalus owner", "ferry#0001 admin"])
  })

  it("come and go", async () => {
    await connect()
    const romeo = fake.person({ username: "romeo" })
    guild.join(romeo)
    await told("member", ({ change, member, room }) => change === "joined" && member.contact.id === romeo.id && room === square.id)
    square.say(romeo, "Hello")
    guild.setNick(romeo, "Montague")
    await told("member", ({ change, member, room }) => change === "changed" && member.name === "Montague" && room === square.id)
    guild.ban(romeo)
    await told("member", ({ change, room }) => change === "banned" && room === `g${guild.id}`)
    assert.ok(!host.events.some((event) => event.type === "member" && event.change === "left"))
  })
})

describe("finding people", () => {
  const find = async (text: string, cursor?: string): Promise<string[]> =>
    (await session.find({ text, ...(cursor !== undefined && { cursor }) }, signal())).items.map(({ username }) => username ?? "")

  it("by number, @username or name", async () => {
    guild.join(fake.person({ username: "juliette" }))
    await connect()
    for (const text of [juliet.id, `<@${juliet.id}>`, `https://discord.com/users/${juliet.id}`, "@juliet", "@JULIET"])
      assert.deepEqual(await find(text), ["juliet"], text)
    assert.deepEqual((await find("juli")).sort(), ["juliet", "juliette"])
    for (const text of ["@juli", "nobody", "@", "999000000000000001"]) assert.deepEqual(await find(text), [], text)
    assert.equal((await session.contact!(juliet.id, signal())).name, "Juliet")
    await refused(session.contact!("999000000000000001", signal()), "gone")
    await refused(session.contact!("w1.x", signal()), "gone")
  })

  it("all of them, each once", async () => {
    const mantua = fake.makeGuild({ name: "Mantua", owner: escalus })
    mantua.addBot(bot)
    mantua.join(juliet)
    mantua.join(fake.person({ username: "apothecary" }))
    await connect()
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await session.find({ text: "", ...(cursor !== undefined && { cursor }) }, signal())
      found.push(...page.items.map(({ username }) => username ?? ""))
      cursor = page.next
    } while (cursor !== undefined)
    assert.deepEqual(found.sort(), ["apothecary", "escalus", "juliet"])
  })

  it("without the intent, whom the bot has met", async () => {
    bot.flip({ members: false })
    await connect()
    square.say(juliet, "Hello")
    await told("message", () => true)
    assert.ok((await find("")).includes("juliet"))
  })
})

describe("changes", () => {
  it("of name, topic and slow mode", async () => {
    await connect()
    assert.equal((await manage(square, { do: "name", text: " piazza " }))?.room?.name, "piazza")
    assert.equal((await manage(square, { do: "topic", text: "New talk" }))?.room?.topic, "New talk")
    assert.equal((await manage(square, { do: "slow", seconds: 30 }))?.room?.slowSeconds, 30)
    assert.deepEqual([square.name, square.topic, square.slow], ["piazza", "New talk", 30])
    await manage(`g${guild.id}`, { do: "name", text: "Fair Verona" })
    assert.equal(guild.name, "Fair Verona")
    assert.equal((await session.room(square.id, signal())).topic, "New talk")
    await refused(manage(square, { do: "slow", seconds: 99_999 }), "rejected")
    await refused(manage(`g${guild.id}`, { do: "topic", text: "x" }), "unsupported")
    const orchard = square.makeThread(juliet, { name: "orchard" })
    await refused(manage(orchard, { do: "topic", text: "x" }), "unsupported")
    await refused(manage(square, { do: "avatar", file: null }), "unsupported")
  })

  it("of pins", async () => {
    const message = square.say(juliet, "But soft")
    await connect()
    await manage(square, { do: "pin", message: { id: message.id } })
    assert.ok(square.pins.has(message.id))
    await manage(square, { do: "unpin", message: { id: message.id } })
    assert.ok(!square.pins.has(message.id))
    await refused(manage(square, { do: "pin", message: { id: "999000000000000001" } }), "gone")
    await refused(manage(square, { do: "pin", message: { id: "nothing" } }), "gone")
  })

  it("of pins on a server that knows only the former route", async () => {
    const message = square.say(juliet, "But soft")
    await connect()
    fake.faults.next("PUT /channels/:id/messages/pins/:id", { kind: "error", status: 404, code: 0, message: "404: Not Found" })
    await manage(square, { do: "pin", message: { id: message.id } })
    assert.ok(square.pins.has(message.id))
  })

  it("of people: out, banned, in timeout", async () => {
    await connect()
    await manage(square, { do: "role", user: juliet.id, role: "muted" })
    assert.ok(guild.members.get(juliet.id)!.mutedUntil > Date.now())
    assert.deepEqual(await session.access({ room: square.id, user: juliet.id }, signal()), { role: "muted", maySend: false })
    await manage(square, { do: "role", user: juliet.id, role: "member" })
    assert.equal(guild.members.get(juliet.id)!.mutedUntil, 0)
    await refused(manage(square, { do: "role", user: juliet.id, role: "admin" }), "unsupported", /roles/)
    await refused(manage(square, { do: "role", user: escalus.id, role: "muted" }), "denied")
    await refused(manage(square, { do: "kick", user: "w1.x" }), "unsupported")
    await manage(square, { do: "kick", user: juliet.id, why: "Too much poetry, «Liebe»" })
    assert.ok(!guild.members.has(juliet.id))
    await refused(manage(square, { do: "role", user: juliet.id, role: "muted" }), "denied", /not on the server/)
    await manage(square, { do: "ban", user: juliet.id })
    assert.ok(guild.bans.has(juliet.id))
    await manage(square, { do: "unban", user: juliet.id })
    await manage(square, { do: "unban", user: juliet.id })
    assert.ok(!guild.bans.has(juliet.id))
    square.overwrite({ of: guild, deny: ["SendMessages"] })
    guild.join(juliet)
    const tavern = guild.makeChannel({ name: "tavern" })
    await told("room", ({ room }) => room.id === tavern.id)
    await refused(manage(square, { do: "role", user: juliet.id, role: "member" }), "denied", /permissions/)
  })

  it("of threads: closed, opened, locked, left, deleted", async () => {
    const orchard = square.makeThread(juliet, { name: "orchard" })
    await connect()
    assert.equal((await manage(orchard, { do: "close" }))?.room?.archived, "idle")
    assert.equal(orchard.thread?.archived, true)
    assert.equal((await manage(orchard, { do: "reopen" }))?.room?.archived, false)
    orchard.archive(true, true)
    const closed = (): number =>
      host.events.filter((event) => event.type === "room" && event.room.id === orchard.id && event.room.archived).length
    await host.until("the lock", () => closed() === 2)
    await manage(orchard, { do: "reopen" })
    assert.deepEqual([orchard.thread?.archived, orchard.thread?.locked], [false, false])
    await refused(manage(square, { do: "close" }), "unsupported")
    await refused(manage(square, { do: "leave" }), "unsupported")
    orchard.addMember(juliet)
    await manage(orchard, { do: "kick", user: juliet.id })
    assert.ok(!orchard.thread?.members.has(juliet.id) && guild.members.has(juliet.id))
    await manage(orchard, { do: "leave" })
    await manage(orchard, { do: "destroy" })
    assert.ok(!fake.world.channels.has(orchard.id))
    await told("gone", ({ room }) => room === orchard.id)
    await manage(square, { do: "destroy" })
    assert.ok(!fake.world.channels.has(square.id))
    await refused(manage(`g${guild.id}`, { do: "destroy" }), "unsupported")
    await manage(`g${guild.id}`, { do: "leave" })
    assert.ok(!guild.members.has(bot.id))
  })

  it("lets only moderators open what is locked", async () => {
    without("ManageThreads")
    const orchard = square.makeThread(juliet, { name: "orchard" })
    orchard.archive(true, true)
    await connect()
    await refused(manage(orchard, { do: "reopen" }), "denied", /locked/)
    await refused(manage(orchard, { do: "destroy" }), "denied")
  })

  it("makes channels, categories, threads and posts", async () => {
    await connect()
    const channel = await manage(`g${guild.id}`, { do: "create", new: { kind: "group", name: "tavern", topic: "Wine" } })
    assert.deepEqual(
      [channel?.room?.kind, channel?.room?.name, channel?.room?.topic, channel?.room?.parent],
      ["group", "tavern", "Wine", `g${guild.id}`],
    )
    const category = await manage(`g${guild.id}`, { do: "create", new: { kind: "container", name: "Outskirts" } })
    assert.equal(category?.room?.kind, "container")
    const inside = await manage(category.room.id, { do: "create", new: { name: "grove" }, first: { text: "Welcome" } })
    assert.equal(inside?.room?.parent, category?.room?.id)
    assert.deepEqual(fake.world.channels.get(inside.room.id)?.messages.map(({ content }) => content), ["Welcome"]) // prettier-ignore
    const thread = await manage(square, { do: "create", new: { kind: "topic", name: "x".repeat(150) }, first: { text: "First" } })
    assert.deepEqual([thread?.room?.kind, thread?.room?.name?.length, thread?.room?.parent], ["topic", 100, square.id])
    assert.deepEqual(fake.world.channels.get(thread!.room!.id)?.messages.map(({ content }) => content), ["First"]) // prettier-ignore
    await refused(manage(square, { do: "create", new: { name: " " } }), "rejected")
    await refused(manage(thread!.room!.id, { do: "create", new: { name: "deeper" } }), "unsupported")
    await refused(manage(category.room.id, { do: "create", new: { kind: "container", name: "deeper" } }), "unsupported")
    await refused(manage("", { do: "create", new: { name: "A server" } }), "unsupported")
  })

  it("makes posts with their first message, in the name of whoever wrote it", async () => {
    await connect()
    const made = await manage(questions, {
      do: "create",
      new: { kind: "topic", name: "Wherefore?" },
      first: { text: "Art thou @everyone?" },
    })
    assert.deepEqual([made?.room?.kind, made?.room?.parent], ["topic", questions.id])
    const first = (id: string): { content: string; by: string; everyone: boolean } => {
      const { content, author, mention_everyone } = fake.world.channels.get(id)!.messages[0]!
      return { content, by: author.username, everyone: mention_everyone }
    }
    assert.deepEqual([first(made!.room!.id).by, first(made!.room!.id).everyone], ["ferry", false])
    const untold = await manage(questions, { do: "create", new: { name: "Only a title" } })
    assert.equal(first(untold!.room!.id).content, "Only a title")
    const romeo = { id: "romeo@montague.example", name: "Romeo" }
    const puppet = await manage(questions, { do: "create", new: { name: "But soft" }, first: { text: "What light?" } }, romeo)
    assert.deepEqual(first(puppet!.room!.id), { content: "What light?", by: "Romeo", everyone: false })
    assert.equal(puppet?.room?.parent, questions.id)
    assert.equal((await session.room(puppet.room.id, signal())).name, "But soft")
    // Nobody is told.
    for (const hook of fake.world.webhooksOf(questions)) fake.world.webhooks.delete(hook.id)
    const again = await manage(questions, { do: "create", new: { name: "Deny thy father" }, first: { text: "O Romeo" } }, romeo)
    assert.equal(first(again!.room!.id).by, "Romeo")
    fake.faults.next("POST /webhooks/:id/:token", { kind: "error", status: 400, code: 50035, message: "Invalid Form Body: username no" })
    const plain = await manage(questions, { do: "create", new: { name: "Farewell" }, first: { text: "Adieu" } }, romeo)
    assert.deepEqual(first(plain!.room!.id), { content: "**Romeo**: Adieu", by: "ferry", everyone: false })
  })

  it("makes invitations", async () => {
    await connect()
    const link = async (room: string, more: { uses?: number; until?: Date } = {}): Promise<string> => {
      const done = await manage(room, { do: "invite", ...more })
      return /^https:\/\/discord\.gg\/([\w-]+)$/.exec(done?.link ?? "")?.[1] ?? assert.fail(`no link: ${done?.link}`)
    }
    const made = fake.world.invites.get(await link(square.id, { uses: 3, until: new Date(Date.now() + 3_600_000) }))
    assert.equal(made?.channel, square)
    assert.equal(made.max_uses, 3)
    assert.ok(made.max_age > 3500 && made.max_age <= 3600)
    assert.equal(fake.world.invites.get(await link(square.id))?.max_age, 0)
    assert.equal(fake.world.invites.get(await link(square.id, { until: new Date(Date.now() + 1e10) }))?.max_age, 604_800)
    const orchard = square.makeThread(juliet, { name: "orchard" })
    assert.equal(fake.world.invites.get(await link(orchard.id))?.channel, square)
    assert.ok(fake.world.invites.get(await link(`g${guild.id}`)))
    await refused(manage(square, { do: "invite", until: new Date(0) }), "rejected")
  })

  it("refuses where there is nothing, and where the bot may not", async () => {
    without("ManageChannels")
    await connect()
    await refused(manage(square, { do: "name", text: "x" }), "denied", /permission/)
    await refused(manage("999000000000000001", { do: "name", text: "x" }), "gone")
    await refused(manage("nowhere", { do: "name", text: "x" }), "gone")
    const { limits } = await session.room(square.id, signal())
    assert.ok(limits?.manage && !limits.manage.can?.includes("name"))
  })
})
