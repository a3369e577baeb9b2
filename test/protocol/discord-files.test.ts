// Files towards Discord and from it, against the fake: forms, voice messages, limits, edits, and addresses that expire.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import { buffer } from "node:stream/consumers"
import type { AdapterError, FileRef } from "xferry"
import { bodyOf } from "#discord/text/body.js"
import type { Message } from "../fakes/discord/index.js"
import { upload, unmeasured } from "../support/discord-files.js"
import { juliet, TalkStage } from "../support/discord-talk.js"
import { oggOpus } from "../support/ogg.js"

const MiB = 1024 * 1024
const nobody = { user: () => undefined, role: () => undefined, channel: () => undefined }
const png = Buffer.from("89504e470d0a1a0a-not-really", "latin1")

let stage: TalkStage
beforeEach(async () => {
  stage = await TalkStage.start()
})
afterEach(() => stage.stop())

const send = (body: Parameters<TalkStage["verbs"]["send"]>[0]["body"], as: "puppet" | "bot", more: object = {}): Promise<{ id: string }> =>
  stage.verbs.send(
    { chat: { room: stage.square.id }, body, key: stage.key(), ...(as === "puppet" && { as: juliet }), ...more },
    stage.signal,
  )

const attached = (message: Message = stage.last()): object[] =>
  message.attachments.map(({ filename, size, content_type: type, description }) => ({
    filename,
    size,
    type,
    ...(description !== undefined && { description }),
  }))

const stored = (message: Message, index = 0): Buffer =>
  Buffer.from(stage.fake.world.files.get(new URL(message.attachments[index]!.url).pathname)!.bytes)

describe("files towards Discord", () => {
  for (const as of ["puppet", "bot"] as const) {
    it(`by the ${as}: several, with text, words for those who cannot see, and a spoiler`, async () => {
      const files = [upload(png, { alt: "a rose" }), upload(300_000, { name: "../a/b: c?.pdf", mime: "application/pdf", spoiler: true })]
      await send({ text: "*look*", files }, as)
      const message = stage.last()
      assert.equal(message.content, "\\*look\\*")
      assert.equal(message.author.username, as === "puppet" ? "Juliet" : "ferry")
      assert.deepEqual(attached(), [
        { filename: "rose.png", size: png.length, type: "image/png", description: "a rose" },
        { filename: "SPOILER__a_b__c_.pdf", size: 300_000, type: "application/pdf" },
      ])
      assert.deepEqual(stored(message), png)
      assert.deepEqual(stored(message, 1), Buffer.alloc(300_000, 0x2a))
    })
  }

  it("without a text, and of unknown length", async () => {
    await send({ text: "", files: [unmeasured(png)] }, "puppet")
    assert.equal(stage.last().content, "")
    assert.deepEqual(stored(stage.last()), png)
  })

  it("that are large say their length beforehand", async () => {
    await send({ text: "", files: [upload(9 * MiB, { name: "film.mp4", mime: "video/mp4" })] }, "bot")
    assert.equal(stage.last().attachments[0]?.size, 9 * MiB)
    const request = stage.fake.requests.findLast(({ files }) => files.size > 0)
    assert.ok(Number(request?.headers["content-length"]) > 9 * MiB)
  })

  it("more often than it is tried again: a webhook that vanished, and a lost answer with its key", async () => {
    await send({ text: "", files: [upload(png)] }, "puppet")
    for (const webhook of [...stage.fake.world.webhooks.values()]) webhook.delete()
    stage.pool.changed("0")
    const file = upload(png)
    await send({ text: "again", files: [file] }, "puppet")
    assert.ok(file.opened >= 1)
    assert.deepEqual(stored(stage.last()), png)

    const key = stage.key()
    stage.fake.faults.next("POST /channels/:id/messages", { kind: "reset-after" })
    const say = (): Promise<unknown> => send({ text: "once", files: [upload(png)] }, "bot", { key })
    await assert.rejects(say(), ({ kind }: AdapterError) => kind === "unknown-outcome")
    await say()
    assert.equal(stage.texts().filter((text) => text === "once").length, 1)
  })

  it("a file that cannot be read is tried again later, and nothing was said", async () => {
    const broken = { ...upload(300_000), open: () => Promise.reject(new Error("the disk is gone")) }
    await assert.rejects(
      send({ text: "x", files: [broken] }, "puppet"),
      ({ kind, message }: AdapterError) => kind === "retry" && /could not be read/.test(message),
    )
    const short = upload(png, { bytes: png.length + 1 })
    await assert.rejects(send({ text: "x", files: [short] }, "bot"), ({ kind }: AdapterError) => kind === "retry")
    assert.deepEqual(stage.texts(), [])
    stage.fake.violations.length = 0 // of what was cut off
  })

  it("what is too large is refused as such, and by the server's tier taken", async () => {
    const tooLarge = upload(11 * MiB)
    await assert.rejects(
      send({ text: "", files: [tooLarge] }, "bot"),
      ({ kind, message }: AdapterError) => kind === "rejected" && /too large/.test(message),
    )
    stage.guild.update({ premiumTier: 2 })
    await send({ text: "", files: [tooLarge] }, "bot")
    assert.equal(stage.last().attachments[0]?.size, 11 * MiB)
  })

  it("a correction of the text keeps the files; one with files has those instead", async () => {
    const ref = await send({ text: "lok", files: [upload(png)] }, "puppet")
    await stage.verbs.edit({ chat: { room: stage.square.id }, message: ref, body: { text: "look" } }, stage.signal)
    assert.equal(stage.last().content, "look")
    assert.equal(stage.last().attachments.length, 1)
    const other = upload(Buffer.from("other"), { name: "other.txt", mime: "text/plain" })
    await stage.verbs.edit({ chat: { room: stage.square.id }, message: ref, body: { text: "look", files: [other] } }, stage.signal)
    assert.deepEqual(attached(), [{ filename: "other.txt", size: 5, type: "text/plain" }])
  })
})

describe("voice notes towards Discord", () => {
  const note = (more: object = {}): ReturnType<typeof upload> =>
    upload(oggOpus(Array.from({ length: 120 }, (_, i) => 20 + (i % 60) * 4)), {
      name: "note.opus",
      mime: "audio/ogg",
      kind: "voice",
      ...more,
    })
  const isVoice = (message = stage.last()): boolean => ((message.flags ?? 0) & 8192) !== 0

  it("are voice messages with their length, where the bot speaks for itself", async () => {
    await send({ text: "", files: [note()] }, "bot")
    assert.ok(isVoice())
    const [file] = stage.last().attachments
    assert.equal(file?.duration_secs, 2.4)
    assert.equal(file.filename, "note.ogg")
    const points = Buffer.from(file.waveform ?? "", "base64")
    assert.equal(points.length, 24)
    assert.ok(points.includes(255) && points.includes(0))
  })

  it("also in direct chats, and as an answer", async () => {
    const dm = stage.fake.dm(stage.bot, stage.romeo)
    const first = dm.say(stage.romeo, "sing")
    await stage.verbs.send(
      {
        chat: { user: stage.romeo.id },
        body: { text: "", files: [note()] },
        key: stage.key(),
        reply: { id: first.id },
        as: { ...juliet, own: true },
      },
      stage.signal,
    )
    assert.ok(isVoice(stage.last(dm)))
    assert.equal(stage.last(dm).message_reference?.message_id, first.id)
  })

  const files: [what: string, send: () => Promise<unknown>][] = [
    ["with a text", () => send({ text: "listen", files: [note()] }, "bot")],
    ["by a webhook", () => send({ text: "", files: [note()] }, "puppet")],
    ["two at once", () => send({ text: "", files: [note(), note()] }, "bot")],
    ["that are none", () => send({ text: "", files: [upload(png, { name: "note.ogg", mime: "audio/ogg", kind: "voice" })] }, "bot")],
    [
      "that are cut off",
      () =>
        send(
          { text: "", files: [{ ...note(), ...upload(oggOpus([30, 30]).subarray(0, 60), { mime: "audio/ogg", kind: "voice" }) }] },
          "bot",
        ),
    ],
  ]
  for (const [what, run] of files)
    it(`${what} are audio files`, async () => {
      await run()
      assert.ok(!isVoice())
      assert.ok(stage.last().attachments.length > 0)
    })

  it("are audio files where voice messages are switched off", async () => {
    const everyone = stage.guild.members.get(stage.bot.id)?.roles[0]
    stage.square.overwrite({ of: { id: everyone ?? stage.guild.id }, deny: ["SendVoiceMessages"] })
    await send({ text: "", files: [note()] }, "bot")
    assert.ok(!isVoice())
    assert.equal(stage.last().attachments.length, 1)
  })
})

describe("files from Discord", () => {
  const says = (): FileRef => {
    const message = stage.square.say(stage.romeo, { files: [{ name: "rose.png", bytes: png, type: "image/png" }] })
    const [file] = bodyOf({ ...message }, { names: nobody }).files ?? []
    assert.ok(file)
    return file
  }
  const bytesOf = async (file: FileRef): Promise<Buffer> => {
    const { stream } = await stage.verbs.download(file, stage.signal)
    return buffer(stream)
  }

  it("by the message, with what is known of them", async () => {
    const file = says()
    const { stream, bytes, mime } = await stage.verbs.download(file, stage.signal)
    assert.deepEqual([bytes, mime], [png.length, "image/png"])
    assert.deepEqual(await buffer(stream), png)
  })

  it("without asking again as long as the address is valid, and anew when it has expired", async () => {
    const file = says()
    const asked = (): number => stage.asked("GET", /\/messages\/\d+$/)
    await bytesOf(file)
    await bytesOf(file)
    assert.equal(asked(), 1)
    stage.fake.world.expire()
    assert.deepEqual(await bytesOf(file), png)
    assert.equal(asked(), 2)
  })

  it("after a restart, weeks later", async () => {
    const file = says()
    stage.restart()
    stage.fake.world.expire()
    assert.deepEqual(await bytesOf({ ...file }), png)
  })

  it("of what was forwarded", async () => {
    const first = stage.square.say(stage.romeo, { files: [{ name: "rose.png", bytes: png, type: "image/png" }] })
    const forwarded = stage.square.say(stage.romeo, { forward: first })
    const [file] = bodyOf({ ...forwarded }, { names: nobody }).files ?? []
    assert.ok(file)
    stage.fake.world.expire()
    assert.deepEqual(await bytesOf(file), png)
  })

  it("where the bot may not read what was said before", async () => {
    const file = says()
    stage.square.overwrite({ of: stage.guild, deny: ["ReadMessageHistory"] })
    stage.square.overwrite({ of: { id: stage.bot.id }, deny: ["ReadMessageHistory"] })
    stage.fake.world.expire()
    assert.deepEqual(await bytesOf(file), png)
    assert.equal(stage.asked("POST", /refresh-urls$/), 1)
  })

  it("not any more, when the message is gone", async () => {
    const file = says()
    stage.square.delete(stage.last())
    await assert.rejects(bytesOf(file), ({ kind }: AdapterError) => kind === "gone")
    await assert.rejects(bytesOf({ ...file, ref: "https://x.example/" }), ({ kind }: AdapterError) => kind === "gone")
    await assert.rejects(bytesOf({ ...file, ref: "avatars/../../secret.png" }), ({ kind }: AdapterError) => kind === "gone")
  })

  it("later, when the file server has trouble", async () => {
    const file = says()
    stage.fake.faults.next(/^GET \/cdn/, { kind: "500" })
    await assert.rejects(bytesOf(file), ({ kind }: AdapterError) => kind === "retry")
    stage.fake.faults.next(/^GET \/cdn/, { kind: "429", retryAfter: 7 })
    await assert.rejects(bytesOf(file), ({ kind, retryAfterMs }: AdapterError) => kind === "retry" && retryAfterMs === 7000)
    stage.fake.faults.next(/^GET \/cdn/, { kind: "reset-before" })
    await assert.rejects(bytesOf(file), ({ kind }: AdapterError) => kind === "retry")
    assert.deepEqual(await bytesOf(file), png)
  })

  it("faces, emoji and stickers by their path, without credentials", async () => {
    const hash = stage.fake.picture(stage.romeo, png)
    const emoji = stage.guild.makeEmoji("wave", true, Buffer.from("gif"))
    const sticker = stage.fake.sticker("Wumpus", 3, Buffer.from("{}"))
    const of = (ref: string): FileRef => ({ name: "x", mime: "image/png", ref })
    assert.deepEqual(await bytesOf(of(`avatars/${stage.romeo.id}/${hash}.png`)), png)
    assert.equal(String(await bytesOf(of(`emojis/${emoji.id}.gif`))), "gif")
    assert.equal(String(await bytesOf(of(`stickers/${sticker.id}.json`))), "{}")
  })

  it("never from where it is neither Discord's nor the admin's", async () => {
    const url = "http://169.254.169.254/attachments/1/77/a.png"
    const message = stage.square.say(stage.romeo, { attachments: [{ id: "77", filename: "a.png", size: 6, url, proxy_url: url }] })
    const [file] = bodyOf({ ...message }, { names: nobody }).files ?? []
    assert.ok(file)
    await assert.rejects(bytesOf(file), ({ kind }: AdapterError) => kind === "unsupported")
  })
})
