// The fake Discord's REST side is itself held to the official description: it refuses bad requests and cannot make bad answers or events.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import { type Bot, type Channel, ChannelType, type FakeDiscord, type Guild, type Person, startFakeDiscord } from "../fakes/discord/index.js"
import * as payloads from "../fakes/discord/payloads.js"
import { secret } from "../support/secrets.js"

const token = secret("NDcxMQ.GrestA.fake-discord-token-of-the-first")
const otherToken = secret("NDcxMg.GrestB.fake-discord-token-of-the-other")

interface Answer {
  status: number
  body: any
}

let fake: FakeDiscord
let bot: Bot
let ana: Person
let guild: Guild
let room: Channel
let now: number
/** Names of all events since the last look. */
let told: { t: string; d: any }[]
let wrong: string[]

beforeEach(async () => {
  now = Date.parse("2026-03-01T12:00:00Z")
  fake = await startFakeDiscord({ now: () => now++ })
  told = []
  wrong = []
  fake.world.onDispatch(({ t, d }) => {
    told.push({ t, d: structuredClone(d) })
    wrong.push(...payloads.received({ op: 0, t, d: structuredClone(d) }))
  })
  bot = fake.addBot({ token, username: "romeo" })
  ana = fake.person({ username: "ana", global_name: "Ana" })
  guild = fake.makeGuild({ name: "Verona", owner: fake.person({ username: "escalus" }) })
  guild.join(ana)
  guild.addBot(bot)
  room = guild.makeChannel({ name: "square" })
})
afterEach(async () => {
  await fake.stop()
  assert.deepEqual(wrong, [], "events are as the types of discord-api-types have them")
  assert.deepEqual(fake.violations, [])
})

/** What was noted against a client; forgotten then. */
const violations = (): string[] => fake.violations.splice(0)
const events = (): string[] => told.splice(0).map(({ t }) => t)

async function ask(method: string, path: string, body?: unknown, as: string | null = token): Promise<Answer> {
  const headers: Record<string, string> = { "user-agent": "DiscordBot (https://example.org, 1.0)" }
  if (as !== null) headers["authorization"] = `Bot ${as}`
  if (body !== undefined && !(body instanceof FormData)) headers["content-type"] = "application/json"
  const raw = body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }
  const response = await fetch(`${fake.url}/v10${path}`, { method, headers, ...raw })
  const text = await response.text()
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) }
}
const refusal = async (method: string, path: string, body?: unknown): Promise<[number, number]> => {
  const answer = await ask(method, path, body)
  return [answer.status, answer.body.code]
}
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
    assert.match(violations().join(), /no such endpoint/)
    await fetch(`${fake.url}/v6/users/@me`, { headers: { authorization: `Bot ${token}`, "user-agent": "curl" } })
    assert.deepEqual(violations(), [
      "GET /users/@me: asks for version 6 of the API",
      "GET /users/@me: calls itself «curl», not «DiscordBot (…)»",
    ])
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
    ["contradictory mentions", "POST", "/messages", { content: "x", allowed_mentions: { parse: ["users"], users: ["1"] } }, /mutually exclusive/],
    ["a thread's field on a channel", "PATCH", "", { archived: true }, /archived: unknown/],
    ["a webhook named as it must not", "POST", "/webhooks", { name: "My Discord friend" }, /cannot contain/],
    ["a body where none is taken", "POST", "/typing", { x: 1 }, /a body where none is taken/],
  ]
  for (const [what, method, path, body, problem] of bad) {
    it(what, async () => {
      assert.equal((await ask(method, `/channels/${room.id}${path}`, body)).status, 400)
      assert.match(violations().join(), problem)
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
    assert.equal((await ask("POST", messages(), { content: "x" }, otherToken)).body.code, 50013)
    room.overwrite({ of: plain.user, deny: ["ViewChannel"] })
    assert.equal((await ask("POST", messages(), { content: "x" }, otherToken)).body.code, 50001)
    guild.editRole(role, { permissions: ["Administrator"] })
    assert.equal(await may(), 200)
  })

  it("end with a timeout, and who stands above is out of reach", async () => {
    assert.deepEqual(await refusal("DELETE", `/guilds/${guild.id}/members/${guild.owner.id}`), [403, 50013])
    const until = new Date(now + 60_000).toISOString()
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
    const sync = told.find(({ t }) => t === "THREAD_LIST_SYNC")
    assert.deepEqual(sync?.d.threads.map(({ id }: { id: string }) => id), [thread.id])
  })
})

describe("messages on the fake Discord", () => {
  it("are made once for a nonce, and carry it only then", async () => {
    const send = async (nonce: string): Promise<Answer> => ask("POST", messages(), { content: " hi ", nonce, enforce_nonce: true })
    const first = await send("a")
    assert.equal(first.body.nonce, "a")
    assert.equal(first.body.content, "hi")
    assert.equal((await send("a")).body.id, first.body.id)
    assert.notEqual((await send("b")).body.id, first.body.id)
    assert.equal(room.messages.length, 2)
    assert.equal((await ask("GET", messages())).body[0].nonce, undefined)
    assert.deepEqual(
      told.filter(({ t }) => t === "MESSAGE_CREATE").map(({ d }) => d.nonce),
      ["a", "b"],
    )
    now += 600_000
    assert.notEqual((await send("a")).body.id, first.body.id)
  })

  it("are listed by pages, the newest first", async () => {
    const ids = [1, 2, 3, 4, 5].map((n) => room.say(ana, `${n}`).id)
    const texts = async (query: string): Promise<string> =>
      (await ask("GET", `${messages()}?${query}`)).body.map(({ content }: { content: string }) => content).join("")
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
    assert.equal(reply.body.referenced_message.content, "hi")
    assert.equal(reply.body.type, 19)
    assert.deepEqual(room.messages.at(-1)?.pinged, [ana.id])
    const gone = { message_id: "1" }
    const refused = await ask("POST", messages(), { content: "ho", message_reference: gone })
    assert.equal(refused.body.code, 50035)
    assert.equal(refused.body.errors.message_reference._errors[0].code, "REPLIES_UNKNOWN_MESSAGE")
    const sent = await ask("POST", messages(), { content: "ho", message_reference: { ...gone, fail_if_not_exists: false } })
    assert.equal(sent.body.type, 0)
    room.delete(room.messages[0]!)
    assert.equal((await ask("GET", `${messages()}/${reply.body.id}`)).body.referenced_message, null)
    room.overwrite({ of: bot.user, deny: ["ReadMessageHistory"] })
    assert.deepEqual(await refusal("POST", messages(), { content: "ho", message_reference: { message_id: reply.body.id } }), [400, 160002])
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
    const { id } = (await ask("POST", messages(), { content: "teh" })).body
    const path = `${messages()}/${id}`
    assert.notEqual((await ask("PATCH", path, { content: "the" })).body.edited_timestamp, null)
    const hers = room.say(ana, "hers")
    assert.deepEqual(await refusal("PATCH", `${messages()}/${hers.id}`, { content: "x" }), [403, 50005])
    assert.equal((await ask("DELETE", `${messages()}/${hers.id}`)).status, 204)
    room.say(ana, "1")
    room.say(ana, "2")
    assert.equal((await ask("POST", `${messages()}/bulk-delete`, { messages: room.messages.map((one) => one.id) })).status, 204)
    assert.deepEqual(room.messages, [])
    const kinds = events().filter((t) => /^MESSAGE/.test(t))
    assert.deepEqual(kinds, ["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_CREATE", "MESSAGE_DELETE", "MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_DELETE_BULK"])
  })

  it("have files, which are served again", async () => {
    const form = new FormData()
    form.append("payload_json", JSON.stringify({ content: "", attachments: [{ id: 0, filename: "a.txt", description: "an A" }] }))
    form.append("files[0]", new Blob(["aaa"], { type: "text/plain" }), "x.txt")
    const [file] = (await ask("POST", messages(), form)).body.attachments
    assert.equal(file.filename, "a.txt")
    assert.equal(file.description, "an A")
    assert.equal(await (await fetch(file.url)).text(), "aaa")
    room.say(ana, { content: "look", files: [{ name: "b.png", bytes: new Uint8Array(4), type: "image/png" }] })
    assert.equal((await ask("GET", `${messages()}?limit=1`)).body[0].attachments[0].size, 4)
  })

  it("are forwarded, pinned and announced as such", async () => {
    const { id } = room.say(ana, "wise words")
    const forward = { message_reference: { type: 1, channel_id: room.id, message_id: id } }
    assert.equal((await ask("POST", messages(), forward)).body.message_snapshots[0].message.content, "wise words")
    assert.equal((await ask("PUT", `${messages()}/pins/${id}`)).status, 204)
    assert.equal((await ask("GET", `${messages()}/pins`)).body.items[0].message.id, id)
    assert.equal((await ask("GET", `/channels/${room.id}/pins`)).body[0].pinned, true)
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
    const texts = (await ask("GET", messages(), undefined, otherToken)).body.map(({ content }: { content: string }) => content)
    assert.deepEqual(texts, [`<@${fake.bots[1]!.id}> hi`, ""])
  })
})

describe("direct messages on the fake Discord", () => {
  it("go both ways, unless there is no guild in common or the person refuses", async () => {
    const open = await ask("POST", "/users/@me/channels", { recipient_id: ana.id })
    assert.deepEqual(open.body.recipients.map(({ id }: { id: string }) => id), [ana.id])
    const path = `/channels/${open.body.id}/messages`
    assert.equal((await ask("POST", path, { content: "hi" })).status, 200)
    assert.equal(fake.dm(bot, ana).messages[0]?.content, "hi")
    fake.dm(bot, ana).say(ana, "ho")
    assert.equal((await ask("GET", path)).body.length, 2)
    fake.block(bot, ana)
    assert.deepEqual(await refusal("POST", path, { content: "hi" }), [403, 50007])
    const bea = fake.person({ username: "bea" })
    assert.deepEqual(await refusal("POST", `/channels/${fake.dm(bot, bea).id}/messages`, { content: "hi" }), [403, 50278])
    assert.deepEqual(await refusal("DELETE", `${path}/${fake.dm(bot, ana).messages[1]!.id}`), [403, 50003])
  })
})

describe("webhooks on the fake Discord", () => {
  async function make(channel = room): Promise<{ id: string; token: string; path: string }> {
    const { body } = await ask("POST", `/channels/${channel.id}/webhooks`, { name: "ferry" })
    return { ...body, path: `/webhooks/${body.id}/${body.token}` }
  }

  it("speak under any legal name, and change and delete what they said", async () => {
    const hook = await make()
    const said = await ask("POST", `${hook.path}?wait=true`, { content: "hi", username: " Ana  B ", avatar_url: "https://example.org/a.png" }, null)
    assert.equal(said.body.author.username, "Ana B")
    assert.equal(said.body.application_id, bot.application.id)
    assert.equal(room.messages[0]?.avatarUrl, "https://example.org/a.png")
    assert.equal((await ask("POST", hook.path, { content: "hi" }, null)).status, 204)
    const path = `${hook.path}/messages/${said.body.id}`
    assert.equal((await ask("PATCH", path, { content: "ho" }, null)).body.content, "ho")
    assert.equal((await ask("GET", path, undefined, null)).body.content, "ho")
    assert.equal((await ask("DELETE", path, undefined, null)).status, 204)
    assert.equal((await ask("DELETE", path, undefined, null)).body.code, 10008)
    assert.equal((await ask("POST", `/webhooks/${hook.id}/wrong`, { content: "hi" }, null)).body.code, 50027)
    assert.equal((await ask("POST", hook.path, { content: "hi", username: "everyone" }, null)).status, 400)
    assert.equal(violations().length, 1)
  })

  it("are counted, listed with the token of one's own, and deleted", async () => {
    const foreign = room.makeWebhook("foreign", ana)
    foreign.say("beep")
    const own = await make()
    const listed = (await ask("GET", `/channels/${room.id}/webhooks`)).body
    assert.deepEqual(listed.map(({ token: known }: { token?: string }) => known), [undefined, own.token])
    assert.equal((await ask("GET", `/guilds/${guild.id}/webhooks`)).body.length, 2)
    while (fake.world.webhooks.size < 15) await make()
    assert.deepEqual(await refusal("POST", `/channels/${room.id}/webhooks`, { name: "one more" }), [400, 30007])
    assert.equal((await ask("DELETE", `/webhooks/${own.id}`)).status, 204)
    assert.equal((await ask("POST", own.path, { content: "x" }, null)).body.code, 10015)
    assert.ok(events().includes("WEBHOOKS_UPDATE"))
    room.overwrite({ of: bot.user, deny: ["ManageWebhooks"] })
    assert.deepEqual(await refusal("GET", `/channels/${room.id}/webhooks`), [403, 50013])
  })

  it("reach threads and forums", async () => {
    const hook = await make()
    const thread = room.makeThread(ana, { name: "aside" })
    await ask("POST", `${hook.path}?thread_id=${thread.id}`, { content: "psst" }, null)
    assert.equal(thread.messages.at(-1)?.content, "psst")
    const other = guild.makeChannel({ name: "other" }).makeThread(ana, { name: "not here" })
    assert.equal((await ask("POST", `${hook.path}?thread_id=${other.id}`, { content: "psst" }, null)).body.code, 10003)
    assert.equal((await ask("POST", hook.path, { content: "x", thread_name: "x" }, null)).body.code, 220003)
    const forum = guild.makeChannel({ name: "forum", type: ChannelType.GuildForum })
    const inForum = await make(forum)
    assert.equal((await ask("POST", inForum.path, { content: "x" }, null)).body.code, 220001)
    const post = await ask("POST", `${inForum.path}?wait=true`, { content: "first", thread_name: "A post" }, null)
    assert.equal(fake.world.channels.get(post.body.channel_id)?.name, "A post")
  })
})

describe("threads on the fake Discord", () => {
  it("start from a message, by themselves, and in forums", async () => {
    const { id } = room.say(ana, "topic")
    const from = await ask("POST", `${messages()}/${id}/threads`, { name: "from it" })
    assert.deepEqual([from.status, from.body.id, from.body.type], [201, id, 11])
    assert.deepEqual(await refusal("POST", `${messages()}/${id}/threads`, { name: "again" }), [400, 160004])
    assert.equal((await ask("GET", `${messages()}/${id}`)).body.thread.name, "from it")
    const bare = await ask("POST", `/channels/${room.id}/threads`, { name: "bare", type: 11 })
    assert.equal(room.messages.at(-1)?.type, 18)
    const forum = guild.makeChannel({ name: "forum", type: ChannelType.GuildForum, tags: ["help"] })
    const applied_tags = forum.tags.map((tag) => tag.id)
    const post = await ask("POST", `/channels/${forum.id}/threads`, { name: "help!", applied_tags, message: { content: "how?" } })
    assert.equal(post.body.message.id, post.body.id)
    assert.deepEqual(post.body.applied_tags, applied_tags)
    const active = (await ask("GET", `/guilds/${guild.id}/threads/active`)).body
    assert.deepEqual(new Set(active.threads.map((thread: { id: string }) => thread.id)), new Set([id, bare.body.id, post.body.id]))
    assert.deepEqual(await refusal("POST", `/channels/${forum.id}/messages`, { content: "x" }), [400, 50008])
  })

  it("wake when somebody writes, unless they are locked", async () => {
    const thread = room.makeThread(ana, { name: "aside" })
    const plain = fake.addBot({ token: otherToken, username: "tybalt" })
    guild.addBot(plain, { permissions: 0n })
    assert.equal((await ask("PATCH", `/channels/${thread.id}`, { archived: true })).body.thread_metadata.archived, true)
    const gone = (await ask("GET", `/channels/${room.id}/threads/archived/public`)).body
    assert.deepEqual([gone.threads[0].id, gone.has_more], [thread.id, false])
    events()
    assert.equal((await ask("POST", `/channels/${thread.id}/messages`, { content: "x" }, otherToken)).status, 200)
    assert.deepEqual(events(), ["THREAD_UPDATE", "THREAD_MEMBERS_UPDATE", "MESSAGE_CREATE"])
    const members = (await ask("GET", `/channels/${thread.id}/thread-members?with_member=true`)).body
    assert.deepEqual(members.map(({ user_id }: { user_id: string }) => user_id), [ana.id, plain.id])
    thread.archive(true, true)
    assert.equal((await ask("POST", `/channels/${thread.id}/messages`, { content: "x" }, otherToken)).body.code, 160005)
    assert.deepEqual(await refusal("PUT", `/channels/${thread.id}/thread-members/@me`), [400, 50083])
    assert.equal((await ask("DELETE", `/channels/${thread.id}`)).status, 200)
    assert.deepEqual(await refusal("GET", `/channels/${thread.id}`), [404, 10003])
  })

  it("that are private are seen by their members only", async () => {
    const thread = room.makeThread(ana, { name: "hush", private: true })
    room.overwrite({ of: bot.user, deny: ["ManageThreads"] })
    assert.deepEqual(await refusal("GET", `/channels/${thread.id}`), [403, 50001])
    events()
    thread.addMember(bot.user)
    assert.deepEqual(events(), ["THREAD_CREATE", "THREAD_MEMBERS_UPDATE"])
    assert.equal((await ask("GET", `/channels/${thread.id}`)).body.member.user_id, bot.id)
  })
})

describe("guilds on the fake Discord", () => {
  it("list themselves, their channels, roles and members", async () => {
    assert.deepEqual((await ask("GET", "/users/@me/guilds")).body.map(({ name }: { name: string }) => name), ["Verona"])
    assert.equal((await ask("GET", `/guilds/${guild.id}?with_counts=true`)).body.approximate_member_count, 3)
    const hidden = guild.makeChannel({ name: "hidden", overwrites: [{ of: bot.user, deny: ["ViewChannel"] }] })
    const listed = (await ask("GET", `/guilds/${guild.id}/channels`)).body.map(({ id }: { id: string }) => id)
    assert.deepEqual(listed, [room.id, hidden.id])
    assert.equal((await ask("GET", `/guilds/${guild.id}/roles`)).body.length, 2)
    const all = (await ask("GET", `/guilds/${guild.id}/members?limit=1000`)).body
    assert.deepEqual(all.map(({ user }: { user: { username: string } }) => user.username), ["romeo", "ana", "escalus"])
    assert.equal((await ask("GET", `/guilds/${guild.id}/members?limit=2&after=${all[1].user.id}`)).body.length, 1)
    assert.equal((await ask("GET", `/guilds/${guild.id}/members/search?query=AN`)).body[0].user.id, ana.id)
    assert.deepEqual(await refusal("GET", `/guilds/${guild.id}/members/1`), [404, 10013])
    fake.bots[0]!.flip({ members: false })
    assert.deepEqual(await refusal("GET", `/guilds/${guild.id}/members`), [403, 50001])
  })

  it("make, change and delete channels", async () => {
    const category = guild.makeChannel({ name: "Cat", type: ChannelType.GuildCategory })
    const made = await ask("POST", `/guilds/${guild.id}/channels`, { name: "New Room", parent_id: category.id, topic: "t" })
    assert.deepEqual([made.status, made.body.name, made.body.parent_id], [201, "new-room", category.id])
    const path = `/channels/${made.body.id}`
    const changed = await ask("PATCH", path, { topic: "news", rate_limit_per_user: 5 })
    assert.deepEqual([changed.body.topic, changed.body.rate_limit_per_user], ["news", 5])
    assert.equal((await ask("PUT", `${path}/permissions/${ana.id}`, { type: 1, deny: "2048" })).status, 204)
    assert.equal((await ask("DELETE", `${path}/permissions/${ana.id}`)).status, 204)
    assert.equal((await ask("DELETE", path)).status, 200)
    for (const type of [2, 5, 13, 15, 16]) guild.makeChannel({ name: `of ${type}`, type })
    assert.equal((await ask("GET", `/guilds/${guild.id}/channels`)).body.length, 7)
    room.rename("plaza")
    assert.equal((await ask("GET", `/channels/${room.id}`)).body.name, "plaza")
  })

  it("kick, ban, and give roles", async () => {
    const members = `/guilds/${guild.id}/members`
    const role = guild.makeRole({ name: "friends" })
    assert.equal((await ask("PUT", `${members}/${ana.id}/roles/${role.id}`)).status, 204)
    assert.deepEqual((await ask("GET", `${members}/${ana.id}`)).body.roles, [role.id])
    assert.equal((await ask("PATCH", `${members}/${ana.id}`, { nick: "Annie", roles: [] })).body.nick, "Annie")
    assert.equal((await ask("DELETE", `${members}/${ana.id}`)).status, 204)
    guild.join(ana)
    assert.equal((await ask("PUT", `/guilds/${guild.id}/bans/${ana.id}`, {})).status, 204)
    assert.equal((await ask("GET", `/guilds/${guild.id}/bans`)).body[0].user.id, ana.id)
    assert.equal((await ask("DELETE", `/guilds/${guild.id}/bans/${ana.id}`)).status, 204)
    assert.deepEqual(await refusal("DELETE", `/guilds/${guild.id}/bans/${ana.id}`), [404, 10026])
    assert.equal((await ask("POST", `/guilds/${guild.id}/roles`, { name: "new" })).body.name, "new")
    const seen = events()
    for (const t of ["GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE", "GUILD_MEMBER_UPDATE", "GUILD_BAN_ADD", "GUILD_BAN_REMOVE", "GUILD_ROLE_CREATE"]) {
      assert.ok(seen.includes(t), t)
    }
  })

  it("invite, go down and come up, and are left", async () => {
    const { code } = (await ask("POST", `/channels/${room.id}/invites`, { max_age: 0 })).body
    assert.equal((await ask("GET", `/invites/${code}`, undefined, null)).body.guild.name, "Verona")
    assert.equal((await ask("GET", `/channels/${room.id}/invites`)).body[0].code, code)
    assert.equal((await ask("GET", `/guilds/${guild.id}/invites`)).body[0].code, code)
    assert.equal((await ask("DELETE", `/invites/${code}`)).status, 200)
    guild.makeEmoji("wave")
    assert.equal((await ask("GET", `/guilds/${guild.id}/emojis`)).body[0].name, "wave")
    fake.presence(ana, "online")
    room.types(ana)
    guild.goDown()
    guild.comeUp()
    assert.equal((await ask("DELETE", `/users/@me/guilds/${guild.id}`)).status, 204)
    assert.deepEqual((await ask("GET", "/users/@me/guilds")).body, [])
    guild.destroy()
  })
})

describe("the bot on the fake Discord", () => {
  it("knows itself, its switches and its gateway", async () => {
    assert.equal((await ask("GET", "/users/@me")).body.username, "romeo")
    assert.equal((await ask("GET", `/users/${ana.id}`)).body.global_name, "Ana")
    bot.flip({ content: false })
    assert.equal((await ask("GET", "/applications/@me")).body.flags, (1 << 13) | (1 << 15))
    const gateway = (await ask("GET", "/gateway/bot")).body
    assert.match(gateway.url, /^ws:/)
    assert.equal(gateway.session_start_limit.max_concurrency, 1)
    assert.equal((await ask("POST", `/channels/${room.id}/typing`)).status, 204)
    assert.equal(told.at(-1)?.d.user_id, bot.id)
  })

  it("meets the faults and limits that were ordered", async () => {
    fake.faults.next("POST /channels/:id/messages", { kind: "429", retryAfter: 2 })
    assert.equal((await ask("POST", messages(), { content: "x" })).body.retry_after, 2)
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
