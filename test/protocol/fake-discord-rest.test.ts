// The fake Discord's REST side is itself held to the official description: it refuses bad requests and cannot make bad answers or events.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import { type Bot, type Channel, type FakeDiscord, type Guild, type Person } from "../fakes/discord/index.js"
import { type Answer, otherToken, Stage, token } from "../support/fake-discord-stage.js"

let stage: Stage
let fake: FakeDiscord
let bot: Bot
let ana: Person
let guild: Guild
let room: Channel

beforeEach(async () => {
  stage = new Stage()
  await stage.set()
  ;({ fake, bot, ana, guild, room } = stage)
})
afterEach(() => stage.strike())

const ask = async (...args: Parameters<Stage["ask"]>): Promise<Answer> => stage.ask(...args)
const refusal = async (...args: Parameters<Stage["refusal"]>): Promise<[number, unknown]> => stage.refusal(...args)
const violations = (): string => stage.violations()
const events = (): string[] => stage.events()
const messages = (): string => `/channels/${room.id}/messages`

describe("the fake Discord's REST refuses", () => {
  it("who has no token, a wrong one, or a revoked one", async () => {
    assert.equal((await ask("GET", "/users/@me", undefined, null)).status, 401)
    assert.deepEqual((await ask("GET", "/users/@me", undefined, otherToken)).body, { message: "401: Unauthorized", code: 0 })
    fake.revoke(bot)
    assert.equal((await ask("GET", "/users/@me")).status, 401)
  })

  it("endpoints that do not exist, and other versions", async () => {
    assert.equal((await ask("GET", "/users/@you/friends")).status, 404)
    assert.match(violations(), /no such endpoint/)
    await fetch(`${fake.url}/v6/users/@me`, { headers: { authorization: `Bot ${token}`, "user-agent": "curl" } })
    assert.match(violations(), /asks for version 6 of the API\n.*calls itself «curl», not «DiscordBot/)
  })

  const bad: [string, string, string, unknown, RegExp][] = [
    ["an unknown key", "POST", "/messages", { content: "x", contents: "x" }, /body\.contents: unknown/],
    ["an unknown key inside", "POST", "/messages", { content: "x", allowed_mentions: { pars: [] } }, /allowed_mentions\.pars: unknown/],
    ["a wrong type", "POST", "/messages", { content: 5 }, /\/content must be string/],
    ["too much text", "POST", "/messages", { content: "x".repeat(2001) }, /2000 or fewer/],
    ["nothing", "POST", "/messages", { content: " " }, /empty message/],
    ["a long nonce", "POST", "/messages", { content: "x", nonce: "x".repeat(26) }, /nonce/],
    ["an unknown query", "GET", "/messages?since=1", undefined, /query since: unknown/],
    ["too long a page", "GET", "/messages?limit=101", undefined, /limit.* <= 100/],
    ["two directions at once", "GET", "/messages?after=1&before=2", undefined, /mutually exclusive/],
    [
      "contradictory mentions",
      "POST",
      "/messages",
      { content: "x", allowed_mentions: { parse: ["users"], users: ["1"] } },
      /mutually exclusive/,
    ],
    ["a thread's field on a channel", "PATCH", "", { archived: true }, /archived: unknown/],
    ["a webhook named as it must not", "POST", "/webhooks", { name: "My Discord friend" }, /cannot contain/],
    ["a body where none is taken", "POST", "/typing", { x: 1 }, /a body where none is taken/],
  ]
  for (const [what, method, path, body, problem] of bad) {
    it(what, async () => {
      assert.equal((await ask(method, `/channels/${room.id}${path}`, body)).status, 400)
      assert.match(violations(), problem)
    })
  }

  it("what it has never heard of, and where the bot is not", async () => {
    assert.deepEqual(await refusal("GET", "/channels/1"), [404, 10003])
    assert.deepEqual(await refusal("GET", `${messages()}/1`), [404, 10008])
    assert.deepEqual(await refusal("GET", "/guilds/1"), [404, 10004])
    assert.deepEqual(await refusal("GET", "/users/1"), [404, 10013])
    assert.deepEqual(await refusal("GET", "/webhooks/1/x"), [404, 10015])
    assert.deepEqual(await refusal("GET", "/invites/x"), [404, 10006])
    const elsewhere = fake.makeGuild({ name: "Mantua", owner: ana })
    assert.deepEqual(await refusal("GET", `/guilds/${elsewhere.id}`), [403, 50001])
    assert.deepEqual(await refusal("GET", `/channels/${elsewhere.makeChannel({ name: "x" }).id}`), [403, 50001])
  })
})

describe("permissions on the fake Discord", () => {
  it("come from roles and overwrites", async () => {
    const role = guild.makeRole({ name: "quiet" })
    const plain = fake.addBot({ token: otherToken, username: "tybalt" })
    guild.addBot(plain, { permissions: 0n })
    const may = async (): Promise<number> => (await ask("POST", messages(), { content: "x" }, otherToken)).status
    assert.equal(await may(), 200)
    room.overwrite({ of: guild, deny: ["SendMessages"] })
    assert.equal(await may(), 403)
    guild.give(plain.user, role)
    room.overwrite({ of: role, allow: ["SendMessages"] })
    assert.equal(await may(), 200)
    room.overwrite({ of: plain.user, deny: ["SendMessages"] })
    assert.equal((await ask("POST", messages(), { content: "x" }, otherToken)).at("code"), 50013)
    room.overwrite({ of: plain.user, deny: ["ViewChannel"] })
    assert.equal((await ask("POST", messages(), { content: "x" }, otherToken)).at("code"), 50001)
    guild.editRole(role, { permissions: ["Administrator"] })
    assert.equal(await may(), 200)
  })

  it("end with a timeout, and who stands above is out of reach", async () => {
    assert.deepEqual(await refusal("DELETE", `/guilds/${guild.id}/members/${guild.owner.id}`), [403, 50013])
    const until = new Date(stage.now + 60_000).toISOString()
    assert.equal((await ask("PATCH", `/guilds/${guild.id}/members/${ana.id}`, { communication_disabled_until: until })).status, 200)
    assert.throws(() => room.say(ana, "x"), /may not write/)
    const above = guild.makeRole({ name: "above", position: 9 })
    assert.deepEqual(await refusal("PUT", `/guilds/${guild.id}/members/${ana.id}/roles/${above.id}`), [403, 50013])
  })

  it("that are gained show the threads of a channel", () => {
    room.overwrite({ of: guild, deny: ["ViewChannel"] })
    room.overwrite({ of: bot.user, deny: ["ViewChannel"] })
    const thread = room.makeThread(guild.owner, { name: "secret" })
    events()
    room.overwrite({ of: bot.user, allow: ["ViewChannel"] })
    const sync = stage.told.find(({ t }) => t === "THREAD_LIST_SYNC")
    assert.deepEqual(sync?.d.all("id", "threads"), [thread.id])
  })
})

describe("messages on the fake Discord", () => {
  it("are made once for a nonce, and carry it only then", async () => {
    const send = async (nonce: string): Promise<Answer> => ask("POST", messages(), { content: " hi ", nonce, enforce_nonce: true })
    const first = await send("a")
    assert.equal(first.at("nonce"), "a")
    assert.equal(first.at("content"), "hi")
    assert.equal((await send("a")).at("id"), first.at("id"))
    assert.notEqual((await send("b")).at("id"), first.at("id"))
    assert.equal(room.messages.length, 2)
    assert.equal((await ask("GET", messages())).at("0.nonce"), undefined)
    assert.deepEqual(
      stage.told.filter(({ t }) => t === "MESSAGE_CREATE").map(({ d }) => d.at("nonce")),
      ["a", "b"],
    )
    stage.now += 600_000
    assert.notEqual((await send("a")).at("id"), first.at("id"))
  })

  it("are listed by pages, the newest first", async () => {
    const ids = [1, 2, 3, 4, 5].map((n) => room.say(ana, `${n}`).id)
    const texts = async (query: string): Promise<string> => (await ask("GET", `${messages()}?${query}`)).all("content").join("")
    assert.equal(await texts("limit=2"), "54")
    assert.equal(await texts(`limit=2&after=${ids[1]}`), "43")
    assert.equal(await texts(`limit=2&before=${ids[3]}`), "32")
    assert.equal(await texts(`limit=3&around=${ids[2]}`), "432")
    assert.equal(await texts(`after=0&limit=3`), "321")
    room.overwrite({ of: bot.user, deny: ["ReadMessageHistory"] })
    assert.equal(await texts(""), "")
  })

  it("reply to others, or are refused or sent without", async () => {
    const { id } = room.say(ana, "hi")
    const reply = await ask("POST", messages(), { content: "ho", message_reference: { message_id: id } })
    assert.equal(reply.at("referenced_message.content"), "hi")
    assert.equal(reply.at("type"), 19)
    assert.deepEqual(room.messages.at(-1)?.pinged, [ana.id])
    const gone = { message_id: "1" }
    const refused = await ask("POST", messages(), { content: "ho", message_reference: gone })
    assert.equal(refused.at("code"), 50035)
    assert.equal(refused.at("errors.message_reference._errors.0.code"), "REPLIES_UNKNOWN_MESSAGE")
    const sent = await ask("POST", messages(), { content: "ho", message_reference: { ...gone, fail_if_not_exists: false } })
    assert.equal(sent.at("type"), 0)
    room.delete(room.messages[0]!)
    assert.equal((await ask("GET", `${messages()}/${reply.text("id")}`)).at("referenced_message"), null)
    room.overwrite({ of: bot.user, deny: ["ReadMessageHistory"] })
    assert.deepEqual(await refusal("POST", messages(), { content: "ho", message_reference: { message_id: reply.at("id") } }), [400, 160002])
  })

  it("ping only whom they are allowed to", async () => {
    const role = guild.makeRole({ name: "all", mentionable: true })
    const content = `@everyone <@${ana.id}> <@&${role.id}> \`<@${bot.id}>\``
    const pinged = async (allowed_mentions?: object): Promise<string[]> => {
      await ask("POST", messages(), { content, ...(allowed_mentions && { allowed_mentions }) })
      return room.messages.at(-1)!.pinged
    }
    assert.deepEqual(await pinged(), [ana.id, `&${role.id}`, "@everyone"])
    assert.deepEqual(await pinged({ parse: [] }), [])
    assert.deepEqual(room.messages.at(-1)!.mentions, [])
    assert.deepEqual(await pinged({ parse: [], users: [ana.id] }), [ana.id])
  })

  it("are edited and deleted by who wrote them, or by who manages them", async () => {
    const id = (await ask("POST", messages(), { content: "teh" })).text("id")
    const path = `${messages()}/${id}`
    assert.notEqual((await ask("PATCH", path, { content: "the" })).at("edited_timestamp"), null)
    const hers = room.say(ana, "hers")
    assert.deepEqual(await refusal("PATCH", `${messages()}/${hers.id}`, { content: "x" }), [403, 50005])
    assert.equal((await ask("DELETE", `${messages()}/${hers.id}`)).status, 204)
    room.say(ana, "1")
    room.say(ana, "2")
    assert.equal((await ask("POST", `${messages()}/bulk-delete`, { messages: room.messages.map((one) => one.id) })).status, 204)
    assert.deepEqual(room.messages, [])
    const kinds = events().filter((t) => /^MESSAGE/.test(t))
    assert.deepEqual(kinds, [
      "MESSAGE_CREATE",
      "MESSAGE_UPDATE",
      "MESSAGE_CREATE",
      "MESSAGE_DELETE",
      "MESSAGE_CREATE",
      "MESSAGE_CREATE",
      "MESSAGE_DELETE_BULK",
    ])
  })

  it("have files, which are served again", async () => {
    const form = new FormData()
    form.append("payload_json", JSON.stringify({ content: "", attachments: [{ id: 0, filename: "a.txt", description: "an A" }] }))
    form.append("files[0]", new Blob(["aaa"], { type: "text/plain" }), "x.txt")
    const sent = await ask("POST", messages(), form)
    assert.deepEqual([sent.at("attachments.0.filename"), sent.at("attachments.0.description")], ["a.txt", "an A"])
    assert.equal(await (await fetch(sent.text("attachments.0.url"))).text(), "aaa")
    room.say(ana, { content: "look", files: [{ name: "b.png", bytes: new Uint8Array(4), type: "image/png" }] })
    assert.equal((await ask("GET", `${messages()}?limit=1`)).at("0.attachments.0.size"), 4)
  })

  it("are forwarded, pinned and announced as such", async () => {
    const { id } = room.say(ana, "wise words")
    const forward = { message_reference: { type: 1, channel_id: room.id, message_id: id } }
    assert.equal((await ask("POST", messages(), forward)).at("message_snapshots.0.message.content"), "wise words")
    assert.equal((await ask("PUT", `${messages()}/pins/${id}`)).status, 204)
    assert.equal((await ask("GET", `${messages()}/pins`)).at("items.0.message.id"), id)
    assert.equal((await ask("GET", `/channels/${room.id}/pins`)).at("0.pinned"), true)
    assert.equal(room.messages.at(-1)?.type, 6)
    assert.ok(events().includes("CHANNEL_PINS_UPDATE"))
    assert.deepEqual(await refusal("PUT", `${messages()}/pins/${room.messages.at(-1)?.id}`), [403, 50021])
    assert.equal((await ask("DELETE", `${messages()}/pins/${id}`)).status, 204)
    assert.deepEqual((await ask("GET", `${messages()}/pins`)).body, { items: [], has_more: false })
  })

  it("come without content for a bot whose switch is off", async () => {
    fake.addBot({ token: otherToken, username: "tybalt", intents: { content: false } })
    guild.addBot(fake.bots[1]!)
    room.say(ana, "secret")
    room.say(ana, `<@${fake.bots[1]!.id}> hi`)
    const texts = (await ask("GET", messages(), undefined, otherToken)).all("content")
    assert.deepEqual(texts, [`<@${fake.bots[1]!.id}> hi`, ""])
  })
})

describe("direct messages on the fake Discord", () => {
  it("go both ways, unless there is no guild in common or the person refuses", async () => {
    const open = await ask("POST", "/users/@me/channels", { recipient_id: ana.id })
    assert.deepEqual(open.all("id", "recipients"), [ana.id])
    const path = `/channels/${open.text("id")}/messages`
    assert.equal((await ask("POST", path, { content: "hi" })).status, 200)
    assert.equal(fake.dm(bot, ana).messages[0]?.content, "hi")
    fake.dm(bot, ana).say(ana, "ho")
    assert.equal((await ask("GET", path)).at("length"), 2)
    fake.block(bot, ana)
    assert.deepEqual(await refusal("POST", path, { content: "hi" }), [403, 50007])
    const bea = fake.person({ username: "bea" })
    assert.deepEqual(await refusal("POST", `/channels/${fake.dm(bot, bea).id}/messages`, { content: "hi" }), [403, 50278])
    assert.deepEqual(await refusal("DELETE", `${path}/${fake.dm(bot, ana).messages[1]!.id}`), [403, 50003])
  })
})

describe("the bot on the fake Discord", () => {
  it("knows itself, its switches and its gateway", async () => {
    assert.equal((await ask("GET", "/users/@me")).at("username"), "romeo")
    assert.equal((await ask("GET", `/users/${ana.id}`)).at("global_name"), "Ana")
    bot.flip({ content: false })
    assert.equal((await ask("GET", "/applications/@me")).at("flags"), (1 << 13) | (1 << 15))
    const gateway = await ask("GET", "/gateway/bot")
    assert.match(gateway.text("url"), /^ws:/)
    assert.equal(gateway.at("session_start_limit.max_concurrency"), 1)
    assert.equal((await ask("POST", `/channels/${room.id}/typing`)).status, 204)
    assert.equal(stage.told.at(-1)?.d.at("user_id"), bot.id)
  })

  it("meets the faults and limits that were ordered", async () => {
    fake.faults.next("POST /channels/:id/messages", { kind: "429", retryAfter: 2 })
    assert.equal((await ask("POST", messages(), { content: "x" })).at("retry_after"), 2)
    assert.deepEqual(room.messages, [])
    fake.faults.next("POST /channels/:id/messages", { kind: "reset-after" })
    await assert.rejects(ask("POST", messages(), { content: "x" }))
    assert.equal(room.messages.length, 1)
    fake.limits.on({ messages: { count: 1, ms: 60_000 } })
    assert.equal((await ask("POST", messages(), { content: "x" })).status, 200)
    assert.equal((await ask("POST", messages(), { content: "x" })).status, 429)
    assert.equal(fake.requests.at(-1)?.status, 429)
  })
})
