// People who mean harm, on either side of the Discord adapter: each trick is shown to be harmless.
import assert from "node:assert/strict"
import { after, before, describe, it } from "node:test"
import fc from "../support/property.js"
import type { MessageEvent } from "xferry"
import { parse } from "#discord/text/parse.js"
import { LooseDiscord, now } from "../fakes/loose-discord.js"
import type { Json, QuirkName } from "../fakes/loose-discord-quirks.js"
import { Stranger } from "../support/discord-stranger.js"
import { secret } from "../support/secrets.js"

const token = secret("MTE5.hostile.token-of-the-bot-under-attack")

async function stage(...quirks: QuirkName[]): Promise<{ server: LooseDiscord; stranger: Stranger; end(): Promise<void> }> {
  const server = await new LooseDiscord(token, quirks).start()
  const stranger = new Stranger(server)
  await stranger.connect()
  return {
    server,
    stranger,
    async end() {
      await stranger.leave()
      await server.stop()
    },
  }
}

describe("From Discord", () => {
  let server: LooseDiscord
  let stranger: Stranger
  let end: () => Promise<void>
  before(async () => void ({ server, stranger, end } = await stage()))
  after(async () => end())

  /** A message in the channel as the gateway tells it; resolves when it came through. */
  async function told(more: Json): Promise<MessageEvent> {
    const id = server.id()
    const { square, guild, juliet } = server
    const usual = { id, channel_id: square.id, guild_id: guild, author: juliet, content: "x", timestamp: now(), type: 0 }
    server.tell("MESSAGE_CREATE", { ...usual, ...more })
    return (await stranger.tells(`message ${id}`, (event) => event.type === "message" && event.id === id)) as MessageEvent
  }

  /** What comes after it still comes. */
  async function lives(): Promise<void> {
    const text = `alive ${server.id()}`
    server.say(server.dm, text)
    await stranger.heard(text)
  }

  it("nobody else's nonce is taken for the key of a send", async () => {
    const event = await told({ nonce: "key-1" })
    assert.deepEqual([event.key, event.own], [undefined, undefined])
    const webhook = await told({ nonce: "key-1", webhook_id: "99", author: { id: "99", username: "Juliet" } })
    assert.deepEqual([webhook.key, webhook.own], [undefined, undefined])
  })

  it("a webhook is nobody else, whatever it says of itself", async () => {
    const { self, juliet } = server
    for (const id of [self.id, juliet.id, "99"]) {
      const event = await told({ webhook_id: "99", application_id: "98", author: { ...self, id } })
      assert.match(event.from.id, /^w99\.[0-9a-f]{12}$/)
      assert.deepEqual([event.from.kind, event.own], ["webhook", undefined])
    }
    // As an answer of an app it is that app's, by its author, who is not told to be us.
    const app = await told({ webhook_id: "97", application_id: "97", author: { id: "97", username: String(self["username"]), bot: true } })
    assert.deepEqual([app.from.id, app.own], ["97", undefined])
  })

  it("texts made to be expensive are read", async () => {
    for (const content of [
      Array.from({ length: 50_000 }, (_, i) => `<@${i + 1}>`).join(" "),
      `${"> ".repeat(2000)}x\n${">>> ".repeat(500)}y`,
      ["*", "_", "`", "[", "<", "||", "~~", "\\"].map((mark) => mark.repeat(20_000)).join(""),
      "[".repeat(5000) + "](".repeat(5000) + "http://a".repeat(2000),
    ]) {
      const { body } = await told({ content })
      assert.ok(body.text.length > 0)
      for (const { start, end } of body.spans ?? []) assert.ok(0 <= start && start < end && end <= body.text.length)
    }
    const field = { name: "**".repeat(500), value: "`".repeat(1000) }
    const embed = { type: "rich", title: "*".repeat(2000), description: ">".repeat(6000), fields: Array.from({ length: 25 }, () => field) }
    await told({ content: "", author: { ...server.juliet, bot: true }, embeds: Array.from({ length: 10 }, () => embed) })
    let deep: Json = { type: 10, content: "deep" }
    for (let i = 0; i < 500; i++) deep = { type: 1, components: [deep] }
    await told({ components: [deep], mentions: Array.from({ length: 20_000 }, (_, i) => ({ id: `${i + 1}`, username: "u" })) })
    await lives()
  })

  it("floods pass by", async () => {
    const { guild, square } = server
    const person = (i: number): Json => ({ id: String(5e12 + i), username: `u${i}` })
    const start = stranger.events.length
    for (let i = 0; i < 2000; i++) {
      server.tell("GUILD_MEMBER_ADD", { guild_id: guild, user: person(i), roles: [] })
      server.tell("PRESENCE_UPDATE", { guild_id: guild, user: { id: person(i)["id"] }, status: i % 2 ? "online" : "idle" })
      server.tell("TYPING_START", { guild_id: guild, channel_id: square.id, user_id: person(i)["id"] })
      server.tell("GUILD_MEMBER_REMOVE", { guild_id: guild, user: person(i) })
    }
    for (let i = 0; i < 200; i++) {
      const id = server.id()
      server.tell("CHANNEL_CREATE", { id, type: 0, guild_id: guild, name: `flood\n${i}@example.test/x`, permission_overwrites: [] })
      server.tell("CHANNEL_DELETE", { id, type: 0, guild_id: guild })
    }
    await lives()
    const typing = stranger.events.slice(start).filter(({ type }) => type === "typing")
    assert.ok(typing.length <= 500, `${typing.length} are typing`)
    assert.deepEqual((await stranger.rooms()).filter((id) => server.channels.has(id)).length, 2)
  })
})

describe("From XMPP", () => {
  const nasty = fc.constantFrom(
    ...[
      "@everyone",
      "@here",
      "<@&5>",
      "<@!6>",
      "@\u200beveryone",
      "＠everyone",
      "<@",
      "everyone",
      ">",
      "&",
      "\\",
      "\\\\",
      "`",
      "```",
      "```ansi\n",
    ],
    ...[
      "**",
      "__",
      "||",
      "~~",
      "*",
      "_",
      "\n",
      "> ",
      ">>> ",
      "-# ",
      "# ",
      "[",
      "](",
      "http://evil.example",
      ")",
      "[a](http://evil.example)",
    ],
    ...[
      "<http://a>",
      "<t:1:R>",
      "<#7>",
      "<:a:8>",
      "discord",
      "Clyde",
      "Romeo",
      ":",
      "\u202e",
      "\u2066",
      "\u00ad",
      "\u0007",
      "\ud800",
      "😀",
      " ",
    ],
  )
  const words = fc.array(nasty, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""))

  for (const [how, quirks] of [
    ["by the bot", ["no webhooks"]],
    ["by a webhook", []],
  ] as const)
    it(`nobody is called, nothing is hidden, no one is somebody else, ${how}`, async () => {
      const { server, stranger, end } = await stage(...quirks)
      const room = { room: server.square.id }
      const named = how === "by the bot"
      try {
        await fc.assert(
          fc.asyncProperty(words, words, async (text, name) => {
            await stranger.says(room, text, { id: "romeo@montague.example", name })
            const said = server.bodies.at(-1) ?? {}
            assert.deepEqual(said["allowed_mentions"], { parse: [], users: [], replied_user: false })
            const content = String(said["content"])
            assert.ok([...content].length <= 2000)
            // In an address a backslash would be part of it; that nobody is called is said above.
            assert.doesNotMatch(content.replace(/https?:\/\/[^\s<]+/g, ""), /(?<!\\)@(everyone|here)/)
            const shown = parse(content)
            const kinds = (shown.spans ?? []).filter(({ kind, start, end, arg }) => {
              if (kind === "link") return shown.text.slice(start, end) !== arg
              return ["mention", "everyone", "room", "time", "emoji", "spoiler", "heading"].includes(kind)
            })
            assert.deepEqual(kinds, [], `${JSON.stringify(content)} shows more than what was said`)
            if (named) return assert.match(shown.text, /^[^\n]{1,90}:/)
            const username = String(said["username"])
            assert.doesNotMatch(username, /[@#:]|\p{Cc}|\p{Cf}|\p{Cs}|discord|clyde|^(everyone|here)$|^$/iu)
            assert.ok(username.length <= 80)
          }),
          { numRuns: 150 },
        )
      } finally {
        await end()
      }
    })

  it("a role of the right name calls those who hold it, one by one, and not everybody", async () => {
    const { server, stranger, end } = await stage()
    try {
      const { guild, square, juliet } = server
      const mention = [{ kind: "mention" as const, start: 0, end: 7, arg: juliet.id }]
      const calls = async (): Promise<unknown> => {
        await stranger.verb("send", { chat: { room: square.id }, key: server.id(), body: { text: "@Juliet come", spans: mention } })
        return (server.bodies.at(-1)?.["allowed_mentions"] as Json)["users"]
      }
      assert.deepEqual(await calls(), [])
      // Whoever rules a guild calls its role of everybody so: nobody holds that one by a decision of theirs.
      server.tell("GUILD_ROLE_UPDATE", { guild_id: guild, role: { id: guild, name: "XMPP pings", permissions: "275414854656" } })
      server.say(server.dm, "renamed")
      await stranger.heard("renamed")
      assert.deepEqual(await calls(), [])
      server.tell("GUILD_ROLE_CREATE", { guild_id: guild, role: { id: "8", name: "XMPP pings", permissions: "0" } })
      server.tell("GUILD_MEMBER_UPDATE", { guild_id: guild, user: juliet, roles: ["8"], nick: "Jule" })
      server.say(server.dm, "given")
      await stranger.heard("given")
      assert.deepEqual(await calls(), [juliet.id])
    } finally {
      await end()
    }
  })
})
