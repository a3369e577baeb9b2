// The Discord adapter against servers that only resemble Discord: every looseness by itself, and all at once.
import assert from "node:assert/strict"
import { text } from "node:stream/consumers"
import { after, before, describe, test } from "node:test"
import type { NetworkEvent } from "xferry"
import { LooseDiscord } from "../fakes/loose-discord.js"
import { quirkNames, together } from "../fakes/loose-discord-quirks.js"
import { upload } from "../support/discord-files.js"
import { Stranger } from "../support/discord-stranger.js"
import { secret } from "../support/secrets.js"

const token = secret("MTE3.loose.token-of-the-bot-among-strangers")

// Where a time without a zone would be another.
process.env["TZ"] = "Asia/Kolkata"

const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

describe("The Discord adapter at servers that resemble Discord", { concurrency: 2 }, () => {
  before(() => void process.on("unhandledRejection", onRejection))
  after(() => {
    process.off("unhandledRejection", onRejection)
    assert.deepEqual(rejections, [])
  })

  for (const name of quirkNames) test(name, async () => play([name]))
  test("all that go together, at once", async () => play(together))

  test("channels that nobody told of, and messages that do not say whose they are", async () => {
    await play(["never tells its guilds", "no guild_id in messages", "members are null", "no application"])
  })

  test("a channel that came unannounced is not taken for a direct chat", async () => {
    const server = await new LooseDiscord(token, ["no guild_id in messages", "members are null"]).start()
    const stranger = new Stranger(server)
    try {
      await stranger.connect()
      const garden = server.channel({ type: 0, name: "garden", guild: server.guild })
      server.say(garden, "It is the lark")
      assert.deepEqual((await stranger.heard("It is the lark")).chat, { room: garden.id })
      server.say(garden, "It is the nightingale")
      assert.deepEqual((await stranger.heard("It is the nightingale")).chat, { room: garden.id })
      assert.equal(server.requests.filter((each) => each === "GET channels/:id").length, 1)
    } finally {
      await stranger.leave()
      await server.stop()
    }
  })
})

/** What users do on a day, with the server gone once in between. */
async function play(names: ConstructorParameters<typeof LooseDiscord>[1]): Promise<void> {
  const server = await new LooseDiscord(token, names).start()
  const stranger = new Stranger(server)
  try {
    await stranger.connect()
    const { dm, square, juliet } = server
    const chat = { user: juliet.id }
    const room = { room: square.id }

    // Heard, in the chat where it was said, by who said it.
    const [first, second] = [server.say(dm, "Ay me!"), server.say(square, "Who calls?")]
    for (const [message, where] of [
      [first, chat],
      [second, room],
    ] as const) {
      const event = await stranger.heard(message.content)
      assert.deepEqual([event.chat, event.from.id, event.own, event.id], [where, juliet.id, undefined, message.id])
      const off = event.at.getTime() - Date.parse(String(message["timestamp"]))
      assert.ok(server.is("no times") || Math.abs(off) < 1000, `${off} ms off`)
    }

    // Said, changed, taken back.
    const direct = await stranger.says(chat, "I am here")
    const public_ = await stranger.says(room, "It is me", { id: "romeo@montague.example", name: "Romeo" })
    const isPuppet = !server.is("no webhooks")
    assert.deepEqual([dm.messages.at(-1)?.content, direct.id], ["I am here", dm.messages.at(-1)?.id])
    assert.equal(square.messages.at(-1)?.content, isPuppet ? "It is me" : "**Romeo**: It is me")
    assert.equal(square.messages.at(-1)?.author["username"], isPuppet ? "Romeo" : server.self["username"])
    await stranger.verb("edit", { chat, message: direct, body: { text: "I am there" } })
    await stranger.verb("edit", { chat: room, message: public_, body: { text: "It was me" } })
    assert.equal(dm.messages.at(-1)?.content, "I am there")
    assert.equal(square.messages.at(-1)?.content, isPuppet ? "It was me" : "**Romeo**: It was me")
    await stranger.verb("retract", { chat, message: direct })
    await stranger.verb("retract", { chat: room, message: public_ })
    assert.deepEqual([dm.messages.length, square.messages.length], [1, 1])
    await stranger.verb("typing", { chat, active: true })
    // What we said is known as ours wherever it is told again.
    assert.deepEqual(stranger.others("I am here", "It is me", "**Romeo**: It is me"), [])

    // Heard of what is done to a message.
    server.edit(square, second, "Who called?")
    await stranger.tells("the edit", (event) => event.type === "edit" && event.id === second.id && event.body.text === "Who called?")
    server.remove(dm, first)
    await stranger.tells("the deletion", (event) => event.type === "retract" && event.ids.includes(first.id) && "user" in event.chat)
    server.types(square)
    await stranger.tells("typing", (event) => event.type === "typing" && event.from.id === juliet.id && event.active)

    // Files, with text or without, kept in memory by nobody.
    const files = [upload(Buffer.from("a rose"), { name: "rose.txt", mime: "text/plain" })]
    const shown = await stranger.verb("send", { chat: room, body: { text: "a file", files }, key: "file 1" })
    const attached = square.messages.at(-1)?.["attachments"] as { filename: string; size: number }[]
    assert.deepEqual(
      attached.map(({ filename, size }) => [filename, size]),
      [["rose.txt", 6]],
    )
    await stranger.verb("retract", { chat: room, message: shown })
    const picture = server.say(square, "look at this", { attachments: [server.keep("sun.png", Buffer.from("the sun"))] })
    const [file] = (await stranger.heard("look at this")).body.files ?? []
    // Some have null for all lists.
    assert.equal(file?.name, server.is("lists null") ? undefined : "sun.png")
    if (file) {
      assert.deepEqual([file.kind, file.mime], ["image", "image/png"])
      const { stream } = await stranger.verb("download", file)
      assert.equal(await text(stream), "the sun")
    }

    // Reactions, heard and given.
    server.react(square, picture, juliet, "🌞")
    const isAdded = (event: NetworkEvent): boolean =>
      event.type === "reactions" &&
      event.id === picture.id &&
      "add" in event.change &&
      event.change.add?.text === "🌞" &&
      event.change.from.id === juliet.id
    await stranger.tells("the reaction", isAdded)
    await stranger.verb("react", { chat: room, message: picture, emoji: ["👍"] })
    await stranger.verb("react", { chat: room, message: picture, emoji: ["🌞"] })
    const reactions = square.messages.at(-1)?.["reactions"] as { emoji: { name: string }; count: number; me: boolean }[]
    assert.deepEqual(
      reactions.map(({ emoji, count, me }) => [emoji.name, count, me]),
      [["🌞", 2, true]],
    )
    server.remove(square, picture)

    // Looked at.
    assert.ok((await stranger.rooms()).includes(square.id), "the channel is no room")
    assert.deepEqual(await stranger.past(room), ["Who called?"])

    // Gone and back: what was said meanwhile comes, by itself or by asking for it.
    await server.stop()
    server.say(square, "said meanwhile")
    await server.start()
    const again = await stranger.back()
    if (again === "anew") assert.deepEqual(await stranger.past(room, second.id), ["said meanwhile"])
    server.say(dm, "There you are")
    await stranger.heard("There you are")
    stranger.assertCalm()
  } finally {
    await stranger.leave()
    await server.stop()
  }
}
