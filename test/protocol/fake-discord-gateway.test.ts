// The fake Discord's gateway does what Discord's documentation says, frame by frame.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { GatewayIntentBits as Bits, type APIMessage } from "discord-api-types/v10"
import { startFakeDiscord, type Bot, type Channel, type FakeDiscord, type Guild, type Person } from "../fakes/discord/index.js"
import { RawGateway } from "../support/raw-gateway.js"
import { secret } from "../support/secrets.js"

const token = secret("MTE.fake-discord-gateway.token-of-the-first-bot")
const other = secret("MTI.fake-discord-gateway.token-of-the-other-bot")
const none = { content: false, members: false, presences: false }
const talk = Bits.Guilds | Bits.GuildMessages | Bits.DirectMessages | Bits.MessageContent

let fake: FakeDiscord
let bot: Bot
let juliet: Person
let verona: Guild
let square: Channel
const ends: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  fake = await startFakeDiscord()
  bot = fake.addBot({ token, username: "romeo" })
  juliet = fake.person({ username: "juliet", global_name: "Juliet" })
  verona = fake.makeGuild({ name: "Verona", owner: juliet })
  verona.addBot(bot)
  square = verona.makeChannel({ name: "square" })
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await fake.stop()
})

async function connect(): Promise<RawGateway> {
  const client = await RawGateway.connect(fake.gateway.url)
  ends.push(() => client.close())
  return client
}
const clean = (): void => assert.deepEqual(fake.violations, [])

describe("a session", () => {
  test("HELLO, READY with guilds that are not there yet, GUILD_CREATE, then what happens, numbered", async () => {
    const client = await connect()
    assert.equal(typeof (client.frames[0]?.d as { heartbeat_interval: unknown }).heartbeat_interval, "number")
    const ready = await client.ready(token, talk)
    assert.deepEqual(ready["guilds"], [{ id: verona.id, unavailable: true }])
    assert.equal(ready.resume_gateway_url, fake.gateway.url)
    const guild = (await client.event<{ id: string; members: { user: { id: string } }[] }>("GUILD_CREATE")).d
    assert.equal(guild.id, verona.id)
    assert.deepEqual(
      guild.members.map(({ user }) => user.id),
      [bot.user.id],
      "without presences only the bot itself",
    )
    square.say(juliet, "Ay me!")
    assert.equal((await client.event<APIMessage>("MESSAGE_CREATE")).d.content, "Ay me!")
    const numbers = client.frames.flatMap(({ s }) => s ?? [])
    assert.deepEqual(
      numbers,
      numbers.map((_number, i) => i + 1),
    )
    clean()
  })

  test("heartbeats are acknowledged, and asked for; who does not beat is closed, and its session is over", async () => {
    fake.gateway.behaviour.heartbeatMs = 60
    const client = await connect()
    const { session_id } = await client.ready(token, talk)
    await client.fence()
    fake.gateway.askBeat()
    await client.next(1)
    assert.equal(await client.closed, 4009)
    assert.match(fake.violations.join(), /does not beat/)
    fake.gateway.behaviour.heartbeatMs = 41_250
    const next = await connect()
    next.resume(token, session_id, 1)
    assert.equal((await next.next(9)).d, false)
  })

  test("told not to, it does not acknowledge", async () => {
    const client = await connect()
    await client.ready(token, talk)
    fake.gateway.behaviour.deaf = true
    client.send(1, client.last)
    await fake.waitFor(() => fake.gateway.received.some(({ op }) => op === 1))
    fake.gateway.reconnect()
    await client.next(7)
    assert.ok(!client.frames.some(({ op }) => op === 11))
    clean()
  })

  const refusals: [string, number, (client: RawGateway) => void][] = [
    ["an unknown token", 4004, (client) => client.identify(secret("MTM.fake-discord-gateway.of-nobody-at-all"), talk)],
    ["bits that are no intents", 4013, (client) => client.identify(token, 1 << 30)],
    ["intents that are switched off", 4014, (client) => client.identify(other, Bits.Guilds | Bits.GuildMembers)],
    ["a shard that cannot be", 4010, (client) => client.identify(token, talk, { shard: [1, 1] })],
    ["asking before identifying", 4003, (client) => client.send(8, { guild_id: "1", query: "", limit: 0 })],
    ["an unknown opcode", 4001, (client) => client.send(99, {})],
    ["a payload of wrong shape", 4002, (client) => client.send(2, { token })],
    ["no JSON", 4002, (client) => client.raw("{")],
    ["more than 4096 bytes", 4002, (client) => client.identify(token, talk, { presence: "x".repeat(5000) })],
  ]
  for (const [what, code, does] of refusals) {
    test(`closes with ${code} for ${what}`, async () => {
      fake.addBot({ token: other, username: "tybalt", intents: none })
      const client = await connect()
      does(client)
      assert.equal(await client.closed, code)
    })
  }

  test("closes with 4005 for a second IDENTIFY, with 4012 for another version, with 4008 for too much", async () => {
    const client = await connect()
    await client.ready(token, talk)
    client.identify(token, talk)
    assert.equal(await client.closed, 4005)
    assert.equal(await RawGateway.open(fake.gateway.url, "?v=5").closed, 4012)
    const eager = await connect()
    for (let i = 0; i < 121; i++) eager.send(1, null)
    assert.equal(await eager.closed, 4008)
  })

  test("what the fake itself says wrongly is a violation, but for what a test lets loose", async () => {
    const client = await connect()
    await client.ready(token, talk)
    fake.gateway.wild("MESSAGE_CREATE", { id: 5 })
    await client.event("MESSAGE_CREATE")
    clean()
    fake.dispatch("MESSAGE_DELETE", { id: 5, guild_id: verona.id }, { guild: verona.id })
    fake.dispatch("GUILD_SINGS", {}, { guild: verona.id })
    await client.event("GUILD_SINGS")
    assert.deepEqual(
      fake.violations.map((text) => text.replace(/^gateway: romeo the fake made a wrong payload: /, "")),
      ["MESSAGE_DELETE.id: no text", "MESSAGE_DELETE.channel_id: missing", "no such payload: GUILD_SINGS"],
    )
  })

  test("a session that begins too soon after another, or when there are none left, is invalid", async () => {
    fake.gateway.behaviour.concurrency = { count: 1, ms: 60_000 }
    await (await connect()).ready(token, talk)
    const second = await connect()
    second.identify(token, talk)
    assert.equal((await second.next(9)).d, false)
    fake.gateway.behaviour.concurrency = { count: 1, ms: 0 }
    fake.gateway.behaviour.starts.remaining = 0
    const third = await connect()
    third.identify(token, talk)
    assert.equal((await third.next(9)).d, false)
    clean()
  })
})

describe("a resume", () => {
  test("replays what was missed, in order, then RESUMED; also what came before and was not yet taken", async () => {
    const client = await connect()
    const { session_id } = await client.ready(token, talk)
    square.say(juliet, "one")
    const { s } = await client.event("MESSAGE_CREATE")
    square.say(juliet, "two")
    await client.close()
    square.say(juliet, "three")
    const next = await connect()
    next.resume(token, session_id, s!)
    await next.event("RESUMED")
    square.say(juliet, "four")
    await next.event<APIMessage>("MESSAGE_CREATE", ({ content }) => content === "four")
    const texts = next.frames.flatMap(({ t, d }) => (t === "MESSAGE_CREATE" ? [(d as APIMessage).content] : (t ?? [])))
    assert.deepEqual(texts, ["two", "three", "RESUMED", "four"])
    assert.equal(fake.gateway.counts.identified, 1)
    clean()
  })

  const ended: [string, (client: RawGateway) => Promise<void>][] = [
    ["closed by the client with 1000", (client) => client.close(1000)],
    ["closed by the client with 1001", (client) => client.close(1001)],
    ["of which nothing is known any more", () => Promise.resolve(fake.gateway.expire())],
  ]
  for (const [what, does] of ended) {
    test(`of a session ${what}: op 9, not resumable`, async () => {
      const client = await connect()
      const { session_id } = await client.ready(token, talk)
      await does(client)
      await fake.waitFor(() => fake.gateway.sessions.size === 0)
      const next = await connect()
      next.resume(token, session_id, 1)
      assert.equal((await next.next(9)).d, false)
      await next.ready(token, talk)
      clean()
    })
  }

  test("of a session that the client closed with another code goes on", async () => {
    const client = await connect()
    const { session_id } = await client.ready(token, talk)
    const { last } = client
    await client.close(4200)
    const next = await connect()
    next.resume(token, session_id, last)
    await next.event("RESUMED")
    clean()
  })

  test("with a number that was never sent: 4007; from too long ago, or another bot's: op 9", async () => {
    fake.gateway.behaviour.keep = 2
    fake.addBot({ token: other, username: "tybalt", intents: none })
    const client = await connect()
    const { session_id } = await client.ready(token, talk)
    for (let i = 0; i < 5; i++) square.say(juliet, `${i}`)
    const thief = await connect()
    thief.resume(other, session_id, client.last)
    assert.equal((await thief.next(9)).d, false)
    const late = await connect()
    late.resume(token, session_id, 1)
    assert.equal((await late.next(9)).d, false)
    const { session_id: second } = await late.ready(token, talk)
    const ahead = await connect()
    ahead.resume(token, second, 1000)
    assert.equal(await ahead.closed, 4007)
    clean()
  })

  test("after op 7, and after op 9 that may be resumed, over the same connection", async () => {
    const client = await connect()
    const { session_id } = await client.ready(token, talk)
    fake.gateway.reconnect()
    await client.next(7)
    const { last } = client
    fake.gateway.invalidate(true)
    assert.equal((await client.next(9)).d, true)
    square.say(juliet, "missed")
    client.resume(token, session_id, last)
    await client.event("RESUMED")
    assert.equal(client.events("MESSAGE_CREATE").length, 1)
    clean()
  })
})

describe("what a bot gets", () => {
  test("without the message content intent: nothing of it, but in direct chats, where it is mentioned, and of its own", async () => {
    const client = await connect()
    await client.ready(token, talk & ~Bits.MessageContent)
    square.say(juliet, "hidden")
    square.say(juliet, `<@${bot.user.id}> shown`)
    fake.dm(bot, juliet).say(juliet, "direct")
    await client.event<APIMessage>("MESSAGE_CREATE", ({ content }) => content === "direct")
    const texts = client.events("MESSAGE_CREATE").map(({ d }) => (d as APIMessage).content)
    assert.deepEqual(texts, ["", `<@${bot.user.id}> shown`, "direct"])
    clean()
  })

  test("only what its intents name", async () => {
    const deaf = await connect()
    const { guilds } = await deaf.ready(token, 0)
    assert.equal((guilds as unknown[]).length, 1)
    const direct = await connect()
    await direct.ready(token, Bits.DirectMessages)
    square.say(juliet, "in the square")
    square.types(juliet)
    const note = fake.dm(bot, juliet).say(juliet, "direct")
    await direct.event<APIMessage>("MESSAGE_CREATE", ({ id }) => id === note.id)
    await deaf.fence()
    assert.deepEqual(
      deaf.frames.flatMap(({ t }) => t ?? []),
      ["READY"],
    )
    assert.deepEqual(
      direct.frames.flatMap(({ t }) => t ?? []),
      ["READY", "MESSAGE_CREATE"],
    )
    clean()
  })

  test("nothing of channels it may not view", async () => {
    const crypt = verona.makeChannel({ name: "crypt", overwrites: [{ of: bot, deny: ["ViewChannel"] }] })
    const client = await connect()
    await client.ready(token, talk)
    crypt.say(juliet, "thy drugs are quick")
    const seen = square.say(juliet, "seen")
    await client.event<APIMessage>("MESSAGE_CREATE", ({ id }) => id === seen.id)
    assert.equal(client.events("MESSAGE_CREATE").length, 1)
    clean()
  })

  test("a guild it is added to, and one it is removed from", async () => {
    const client = await connect()
    await client.ready(token, talk)
    const mantua = fake.makeGuild({ name: "Mantua", owner: juliet })
    mantua.addBot(bot)
    await client.event<{ id: string }>("GUILD_CREATE", ({ id }) => id === mantua.id)
    mantua.leave(bot)
    await client.event<{ id: string }>("GUILD_DELETE", ({ id }) => id === mantua.id)
    clean()
  })

  test("members it asks for, in chunks, and by id; all of them only with the intent", async () => {
    for (let i = 0; i < 1500; i++) verona.join(fake.person({ username: `capulet${i}` }))
    const client = await connect()
    await client.ready(token, Bits.Guilds | Bits.GuildMembers)
    client.send(8, { guild_id: verona.id, query: "", limit: 0, nonce: "all" })
    await client.until("two chunks", () => client.events("GUILD_MEMBERS_CHUNK").length === 2)
    const chunks = client.events("GUILD_MEMBERS_CHUNK").map(({ d }) => d as { members: unknown[]; chunk_index: number; nonce: string })
    assert.deepEqual(
      chunks.map(({ members, chunk_index, nonce }) => [members.length, chunk_index, nonce]),
      [
        [1000, 0, "all"],
        [502, 1, "all"],
      ],
    )
    client.send(8, { guild_id: verona.id, user_ids: [juliet.id, "1"], nonce: "some" })
    const some = await client.event<{ nonce: string; members: { user: { id: string } }[]; not_found: string[] }>(
      "GUILD_MEMBERS_CHUNK",
      ({ nonce }) => nonce === "some",
    )
    assert.deepEqual([some.d.members.map(({ user }) => user.id), some.d.not_found], [[juliet.id], ["1"]])
    clean()
    const without = await connect()
    await without.ready(token, Bits.Guilds)
    without.send(8, { guild_id: verona.id, query: "", limit: 0 })
    await fake.waitFor(() => fake.violations.length > 0)
    assert.match(fake.violations.join(), /without the intent/)
  })
})
