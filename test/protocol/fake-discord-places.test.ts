// Webhooks, threads and guilds on the fake Discord, by REST: held to the official description as everything there.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import { type Bot, type Channel, ChannelType, type FakeDiscord, type Guild, type Person } from "../fakes/discord/index.js"
import { type Answer, otherToken, Stage } from "../support/fake-discord-stage.js"

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

describe("webhooks on the fake Discord", () => {
  async function make(channel = room): Promise<{ id: string; token: string; path: string }> {
    const made = await ask("POST", `/channels/${channel.id}/webhooks`, { name: "ferry" })
    const [id, token] = [made.text("id"), made.text("token")]
    return { id, token, path: `/webhooks/${id}/${token}` }
  }

  it("speak under any legal name, and change and delete what they said", async () => {
    const hook = await make()
    const said = await ask(
      "POST",
      `${hook.path}?wait=true`,
      { content: "hi", username: " Ana  B ", avatar_url: "https://example.org/a.png" },
      null,
    )
    assert.equal(said.at("author.username"), "Ana B")
    assert.equal(said.at("application_id"), bot.application.id)
    assert.equal(room.messages[0]?.avatarUrl, "https://example.org/a.png")
    assert.equal((await ask("POST", hook.path, { content: "hi" }, null)).status, 204)
    const path = `${hook.path}/messages/${said.text("id")}`
    assert.equal((await ask("PATCH", path, { content: "ho" }, null)).at("content"), "ho")
    assert.equal((await ask("GET", path, undefined, null)).at("content"), "ho")
    assert.equal((await ask("DELETE", path, undefined, null)).status, 204)
    assert.equal((await ask("DELETE", path, undefined, null)).at("code"), 10008)
    assert.equal((await ask("POST", `/webhooks/${hook.id}/wrong`, { content: "hi" }, null)).at("code"), 50027)
    assert.equal((await ask("POST", hook.path, { content: "hi", username: "everyone" }, null)).status, 400)
    assert.match(violations(), /^.*cannot be .*everyone.*$/)
  })

  it("are counted, listed with the token of one's own, and deleted", async () => {
    const foreign = room.makeWebhook("foreign", ana)
    foreign.say("beep")
    const own = await make()
    const listed = await ask("GET", `/channels/${room.id}/webhooks`)
    assert.deepEqual(listed.all("token"), [undefined, own.token])
    assert.equal((await ask("GET", `/guilds/${guild.id}/webhooks`)).at("length"), 2)
    while (fake.world.webhooks.size < 15) await make()
    assert.deepEqual(await refusal("POST", `/channels/${room.id}/webhooks`, { name: "one more" }), [400, 30007])
    assert.equal((await ask("DELETE", `/webhooks/${own.id}`)).status, 204)
    assert.equal((await ask("POST", own.path, { content: "x" }, null)).at("code"), 10015)
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
    assert.equal((await ask("POST", `${hook.path}?thread_id=${other.id}`, { content: "psst" }, null)).at("code"), 10003)
    assert.equal((await ask("POST", hook.path, { content: "x", thread_name: "x" }, null)).at("code"), 220003)
    const forum = guild.makeChannel({ name: "forum", type: ChannelType.GuildForum })
    const inForum = await make(forum)
    assert.equal((await ask("POST", inForum.path, { content: "x" }, null)).at("code"), 220001)
    const post = await ask("POST", `${inForum.path}?wait=true`, { content: "first", thread_name: "A post" }, null)
    assert.equal(fake.world.channels.get(post.text("channel_id"))?.name, "A post")
  })
})

describe("threads on the fake Discord", () => {
  it("start from a message, by themselves, and in forums", async () => {
    const { id } = room.say(ana, "topic")
    const from = await ask("POST", `${messages()}/${id}/threads`, { name: "from it" })
    assert.deepEqual([from.status, from.at("id"), from.at("type")], [201, id, 11])
    assert.deepEqual(await refusal("POST", `${messages()}/${id}/threads`, { name: "again" }), [400, 160004])
    assert.equal((await ask("GET", `${messages()}/${id}`)).at("thread.name"), "from it")
    const bare = await ask("POST", `/channels/${room.id}/threads`, { name: "bare", type: 11 })
    assert.equal(room.messages.at(-1)?.type, 18)
    const forum = guild.makeChannel({ name: "forum", type: ChannelType.GuildForum, tags: ["help"] })
    const applied_tags = forum.tags.map((tag) => tag.id)
    const post = await ask("POST", `/channels/${forum.id}/threads`, { name: "help!", applied_tags, message: { content: "how?" } })
    assert.equal(post.at("message.id"), post.at("id"))
    assert.deepEqual(post.at("applied_tags"), applied_tags)
    const active = (await ask("GET", `/guilds/${guild.id}/threads/active`)).all("id", "threads")
    assert.deepEqual(new Set(active), new Set([id, bare.at("id"), post.at("id")]))
    assert.deepEqual(await refusal("POST", `/channels/${forum.id}/messages`, { content: "x" }), [400, 50008])
  })

  it("wake when somebody writes, unless they are locked", async () => {
    const thread = room.makeThread(ana, { name: "aside" })
    const plain = fake.addBot({ token: otherToken, username: "tybalt" })
    guild.addBot(plain, { permissions: 0n })
    assert.equal((await ask("PATCH", `/channels/${thread.id}`, { archived: true })).at("thread_metadata.archived"), true)
    const gone = await ask("GET", `/channels/${room.id}/threads/archived/public`)
    assert.deepEqual([gone.at("threads.0.id"), gone.at("has_more")], [thread.id, false])
    events()
    assert.equal((await ask("POST", `/channels/${thread.id}/messages`, { content: "x" }, otherToken)).status, 200)
    assert.deepEqual(events(), ["THREAD_UPDATE", "THREAD_MEMBERS_UPDATE", "MESSAGE_CREATE"])
    const members = await ask("GET", `/channels/${thread.id}/thread-members?with_member=true`)
    assert.deepEqual(members.all("user_id"), [ana.id, plain.id])
    thread.archive(true, true)
    assert.equal((await ask("POST", `/channels/${thread.id}/messages`, { content: "x" }, otherToken)).at("code"), 160005)
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
    assert.equal((await ask("GET", `/channels/${thread.id}`)).at("member.user_id"), bot.id)
  })
})

describe("guilds on the fake Discord", () => {
  it("list themselves, their channels, roles and members", async () => {
    assert.deepEqual((await ask("GET", "/users/@me/guilds")).all("name"), ["Verona"])
    assert.equal((await ask("GET", `/guilds/${guild.id}?with_counts=true`)).at("approximate_member_count"), 3)
    const hidden = guild.makeChannel({ name: "hidden", overwrites: [{ of: bot.user, deny: ["ViewChannel"] }] })
    const listed = (await ask("GET", `/guilds/${guild.id}/channels`)).all("id")
    assert.deepEqual(listed, [room.id, hidden.id])
    assert.equal((await ask("GET", `/guilds/${guild.id}/roles`)).at("length"), 2)
    const all = await ask("GET", `/guilds/${guild.id}/members?limit=1000`)
    assert.deepEqual(all.all("user.username"), ["romeo", "ana", "escalus"])
    assert.equal((await ask("GET", `/guilds/${guild.id}/members?limit=2&after=${all.text("1.user.id")}`)).at("length"), 1)
    assert.equal((await ask("GET", `/guilds/${guild.id}/members/search?query=AN`)).at("0.user.id"), ana.id)
    assert.deepEqual(await refusal("GET", `/guilds/${guild.id}/members/1`), [404, 10013])
    fake.bots[0]!.flip({ members: false })
    assert.deepEqual(await refusal("GET", `/guilds/${guild.id}/members`), [403, 50001])
  })

  it("make, change and delete channels", async () => {
    const category = guild.makeChannel({ name: "Cat", type: ChannelType.GuildCategory })
    const made = await ask("POST", `/guilds/${guild.id}/channels`, { name: "New Room", parent_id: category.id, topic: "t" })
    assert.deepEqual([made.status, made.at("name"), made.at("parent_id")], [201, "new-room", category.id])
    const path = `/channels/${made.text("id")}`
    const changed = await ask("PATCH", path, { topic: "news", rate_limit_per_user: 5 })
    assert.deepEqual([changed.at("topic"), changed.at("rate_limit_per_user")], ["news", 5])
    assert.equal((await ask("PUT", `${path}/permissions/${ana.id}`, { type: 1, deny: "2048" })).status, 204)
    assert.equal((await ask("DELETE", `${path}/permissions/${ana.id}`)).status, 204)
    assert.equal((await ask("DELETE", path)).status, 200)
    for (const type of [2, 5, 13, 15, 16]) guild.makeChannel({ name: `of ${type}`, type })
    assert.equal((await ask("GET", `/guilds/${guild.id}/channels`)).at("length"), 7)
    room.rename("plaza")
    assert.equal((await ask("GET", `/channels/${room.id}`)).at("name"), "plaza")
  })

  it("kick, ban, and give roles", async () => {
    const members = `/guilds/${guild.id}/members`
    const role = guild.makeRole({ name: "friends" })
    assert.equal((await ask("PUT", `${members}/${ana.id}/roles/${role.id}`)).status, 204)
    assert.deepEqual((await ask("GET", `${members}/${ana.id}`)).at("roles"), [role.id])
    assert.equal((await ask("PATCH", `${members}/${ana.id}`, { nick: "Annie", roles: [] })).at("nick"), "Annie")
    assert.equal((await ask("DELETE", `${members}/${ana.id}`)).status, 204)
    guild.join(ana)
    assert.equal((await ask("PUT", `/guilds/${guild.id}/bans/${ana.id}`, {})).status, 204)
    assert.equal((await ask("GET", `/guilds/${guild.id}/bans`)).at("0.user.id"), ana.id)
    assert.equal((await ask("DELETE", `/guilds/${guild.id}/bans/${ana.id}`)).status, 204)
    assert.deepEqual(await refusal("DELETE", `/guilds/${guild.id}/bans/${ana.id}`), [404, 10026])
    assert.equal((await ask("POST", `/guilds/${guild.id}/roles`, { name: "new" })).at("name"), "new")
    const seen = events()
    for (const t of [
      "GUILD_MEMBER_ADD",
      "GUILD_MEMBER_REMOVE",
      "GUILD_MEMBER_UPDATE",
      "GUILD_BAN_ADD",
      "GUILD_BAN_REMOVE",
      "GUILD_ROLE_CREATE",
    ]) {
      assert.ok(seen.includes(t), t)
    }
  })

  it("invite, go down and come up, and are left", async () => {
    const code = (await ask("POST", `/channels/${room.id}/invites`, { max_age: 0 })).text("code")
    assert.equal((await ask("GET", `/invites/${code}`, undefined, null)).at("guild.name"), "Verona")
    assert.equal((await ask("GET", `/channels/${room.id}/invites`)).at("0.code"), code)
    assert.equal((await ask("GET", `/guilds/${guild.id}/invites`)).at("0.code"), code)
    assert.equal((await ask("DELETE", `/invites/${code}`)).status, 200)
    guild.makeEmoji("wave")
    assert.equal((await ask("GET", `/guilds/${guild.id}/emojis`)).at("0.name"), "wave")
    fake.presence(ana, "online")
    room.types(ana)
    guild.goDown()
    guild.comeUp()
    assert.equal((await ask("DELETE", `/users/@me/guilds/${guild.id}`)).status, 204)
    assert.deepEqual((await ask("GET", "/users/@me/guilds")).body, [])
    guild.destroy()
  })
})
