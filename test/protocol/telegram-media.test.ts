// Files, places and people between the real adapter and the fake Bot API, both ways.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, it } from "node:test"
import { Api } from "node-telegram-bot-api"
import { sendFile } from "#telegram/media.js"
import type { FileInfo, FileRef, NetworkEvent, Upload } from "xferry"
import type { TestHost } from "xferry/conformance"
import { chat, Ground, juliet, type Session, signal, token } from "../fakes/telegram/ground.js"
import type { Sent } from "../fakes/telegram/index.js"

const jpeg = Buffer.from("ffd8ffe000104a46494600", "hex")
let ground: Ground
let session: Session
let host: TestHost

beforeEach(async () => {
  ground = new Ground()
  await ground.start()
  ;({ session, host } = await ground.connect())
  ground.say("hello")
  await ground.heard(host, "hello")
})
afterEach(() => ground.stop())

const upload = (bytes: Buffer, more: Partial<FileInfo> & { mime: string }): Upload & { opened: () => number } => {
  let opened = 0
  return {
    name: "file",
    ...more,
    opened: () => opened,
    open: () => {
      opened++
      return Promise.resolve(new Blob([new Uint8Array(bytes)]).stream())
    },
  }
}
const send = (text: string, ...files: Upload[]) => session.send({ chat, key: "k", body: { text, files } }, signal)
const last = (): Sent => ground.bot.sent.at(-1)!
const kindsOf = (sent: Sent | undefined): string[] =>
  Object.keys(sent?.content ?? {}).filter((field) => !/caption|spoiler|group/.test(field))
const message = (id: string): Promise<NetworkEvent & { type: "message" }> =>
  host.event(`message ${id}`, (event) => event.type === "message" && event.id === id) as Promise<NetworkEvent & { type: "message" }>

describe("from Telegram", () => {
  it("each kind of file can be had, byte for byte", async () => {
    for (const kind of [
      "photo",
      "video",
      "animation",
      "audio",
      "voice",
      "video_note",
      "document",
      "sticker",
      "animated_sticker",
      "video_sticker",
    ] as const) {
      const bytes = Buffer.from(`bytes of a ${kind}`)
      const { message_id } = ground.fake.show(ground.bot, juliet, kind, { bytes, name: "a b#c?.bin" }, { caption: "see" })
      const { body } = await message(String(message_id))
      assert.equal(body.text, "see", kind)
      const [file] = body.files ?? []
      assert.equal(file?.bytes, bytes.length, kind)
      const { stream, bytes: length } = await session.download(file, signal)
      assert.equal(length, bytes.length)
      assert.deepEqual(Buffer.from(await new Response(stream).arrayBuffer()), bytes)
    }
  })

  it("19 MB come as a stream; of more than 20 MB Telegram has nothing, and why is said", async () => {
    const id = String(ground.fake.show(ground.bot, juliet, "document", { size: 19_000_000 }).message_id)
    const { stream } = await session.download((await message(id)).body.files![0]!, signal)
    let length = 0
    for await (const chunk of stream) length += chunk.length
    assert.equal(length, 19_000_000)
    const large = String(ground.fake.show(ground.bot, juliet, "document", { size: 25_000_000 }).message_id)
    const error = await ground.failure(session.download((await message(large)).body.files![0]!, signal))
    assert.deepEqual([error.kind, error.message], ["rejected", "Telegram lets bots have files of up to 20 MB. This one has 23.8 MB."])
  })

  it("a download ends with its signal", async () => {
    const id = String(ground.fake.show(ground.bot, juliet, "document", { size: 19_000_000 }).message_id)
    const stop = new AbortController()
    const { stream } = await session.download((await message(id)).body.files![0]!, stop.signal)
    stop.abort()
    await assert.rejects(new Response(stream).arrayBuffer())
  })

  it("albums name their group; edits bring caption and file as they are then", async () => {
    const beside = { media_group_id: "77", caption: "first" }
    const first = ground.fake.show(ground.bot, juliet, "photo", { bytes: jpeg }, beside)
    const { group, body } = await message(String(first.message_id))
    assert.deepEqual([group, body.text], ["77", "first"])
    ground.fake.edit(ground.bot, first, { caption: "second" })
    const edit = await host.event("the edit", (event) => event.type === "edit")
    assert.ok(edit.type === "edit")
    assert.deepEqual([edit.body.text, edit.body.files?.[0]?.kind], ["second", "image"])
  })

  it("a moving place is told now and then, and when it stands still", async () => {
    const edits = () => host.events.flatMap((event) => (event.type === "edit" ? (event.body.extras ?? []) : []))
    const live = ground.fake.show(ground.bot, juliet, "location", { live: 3600 })
    const move = (latitude: number, edit_date: number, live_period?: number) =>
      ground.fake.push(ground.bot, {
        edited_message: { ...live, edit_date, location: { latitude, longitude: 1, ...(live_period && { live_period }) } },
      })
    for (const [second, latitude] of [10, 20, 30].entries()) move(latitude, live.date + second, 3600)
    move(40, live.date + 90, 3600)
    move(50, live.date + 95)
    ground.say("there")
    await ground.heard(host, "there")
    assert.deepEqual(
      edits().map((extra) => extra.type === "location" && [extra.lat, extra.until !== undefined]),
      [
        [10, true],
        [40, true],
        [50, false],
      ],
    )
  })

  it("a poll that is stopped is an edit of its message, also after a restart", async () => {
    const poll = ground.fake.show(ground.bot, juliet, "poll", { poll: "9", votes: [0, 0] })
    await message(String(poll.message_id))
    host.close()
    ;({ host } = await ground.connect())
    ground.fake.push(ground.bot, {
      poll: { ...poll.poll, is_closed: true, options: poll.poll!.options.map((one) => ({ ...one, voter_count: 3 })) },
    })
    const edit = await host.event("the tally", (event) => event.type === "edit")
    assert.ok(edit.type === "edit" && edit.id === String(poll.message_id))
    assert.deepEqual([edit.chat, edit.from.name, edit.body.text], [chat, "Juliet", "Whose hand?"])
    const [choice] = edit.body.extras ?? []
    assert.ok(choice?.type === "choice" && choice.closed)
    assert.deepEqual(
      choice.options.map(({ votes }) => votes),
      [3, 3],
    )
  })
})

describe("files on the disk of a Bot API server with --local", () => {
  let folder: string
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "xferry-telegram-"))))
  afterEach(() => rm(folder, { recursive: true }))
  const shown = async (): Promise<FileRef> => {
    const id = String(ground.fake.show(ground.bot, juliet, "document", { bytes: Buffer.from("on disk"), name: "a.txt" }).message_id)
    return (await message(id)).body.files![0]!
  }

  it("are read where they are", async () => {
    ground.fake.files.local = folder
    const { stream, bytes } = await session.download(await shown(), signal)
    assert.deepEqual([await new Response(stream).text(), bytes], ["on disk", 7])
  })

  it("but an answer cannot name just any file", async () => {
    ground.fake.files.local = folder
    const secret = join(folder, "passwd")
    await writeFile(secret, "root")
    for (const path of [secret, join(folder, token, "..", "passwd")]) {
      ground.fake.files.file = () => Promise.resolve({ file_id: "x", file_unique_id: "x", file_size: 4, file_path: path })
      const error = await ground.failure(session.download(await shown(), signal))
      assert.equal(error.kind, "rejected")
      assert.match(error.message, /filesRoot/)
    }
    // Where the admin says so, it may.
    ;({ session, host } = await ground.connect({ filesRoot: folder }))
    const { stream } = await session.download(await shown(), signal)
    assert.equal(await new Response(stream).text(), "root")
  })
})

describe("to Telegram", () => {
  it("each goes as what it is, whole, with its caption", async () => {
    const rows: [Partial<FileInfo> & { mime: string }, string][] = [
      [{ mime: "image/jpeg", spoiler: true }, "photo"],
      [{ mime: "video/mp4", seconds: 4.4, width: 640, height: 480 }, "video"],
      [{ mime: "image/gif" }, "animation"],
      [{ mime: "audio/mpeg" }, "audio"],
      [{ mime: "audio/ogg", kind: "voice", seconds: 3 }, "voice"],
      [{ mime: "application/pdf", name: "../let\u0000ter.pdf" }, "document"],
    ]
    for (const [info, field] of rows) {
      const sent = await send("see *this*", upload(jpeg, info))
      const { content, text, id } = last()
      assert.deepEqual([text, String(id), sent.handle], ["see *this*", sent.id, "caption"])
      assert.ok(kindsOf(last()).includes(field), `${field}: ${kindsOf(last()).join()}`)
      const it = content?.[field as "document"] as { file_id: string; file_name?: string }
      const held = Array.isArray(it) ? (it as { file_id: string }[]).at(-1)! : it
      assert.deepEqual(Buffer.from(ground.fake.files.bytesOf(held.file_id)!), jpeg)
      if (field === "photo") assert.equal(content?.has_media_spoiler, true)
      if (field === "document") assert.equal(it.file_name, "letter.pdf")
    }
  })

  it("captions with formatting, in UTF-16 units", async () => {
    const spans = [{ kind: "bold" as const, start: 3, end: 7 }]
    await session.send({ chat, key: "k", body: { text: "👩 bold", spans, files: [upload(jpeg, { mime: "image/jpeg" })] } }, signal)
    assert.deepEqual(last().content?.caption_entities, [{ type: "bold", offset: 3, length: 4 }])
  })

  it("what Telegram takes for no picture goes as a document; a refusal of the chat is a refusal", async () => {
    const text = upload(Buffer.from("no picture"), { mime: "image/jpeg", name: "a.jpg" })
    await send("see", text)
    assert.deepEqual([kindsOf(last()), text.opened()], [["document"], 2])
    const description = "Bad Request: not enough rights to send photos to the chat"
    ground.fake.faults.next("sendPhoto", { kind: "error", code: 400, description })
    assert.equal((await ground.failure(send("see", upload(jpeg, { mime: "image/jpeg" })))).kind, "denied")
    ground.fake.faults.next("sendVoice", { kind: "error", code: 400, description: "Bad Request: VOICE_MESSAGES_FORBIDDEN" })
    await send("", upload(jpeg, { mime: "audio/ogg", kind: "voice" }))
    assert.deepEqual(kindsOf(last()), ["document"])
  })

  it("beside stickers and video messages the text stands before them", async () => {
    const webp = Buffer.from("RIFF0000WEBPVP8 ")
    const sent = await send("Romeo:", upload(webp, { mime: "image/webp", kind: "sticker", alt: "🌹" }))
    const [text, sticker] = ground.bot.sent.slice(-2)
    assert.deepEqual([text?.text, kindsOf(sticker), sent.id], ["Romeo:", ["sticker"], String(sticker?.id)])
    assert.equal(sticker?.content?.sticker?.emoji, "🌹")
    await session.edit({ chat, message: sent, body: { text: "Paris:" } }, signal)
    assert.equal(text?.text, "Paris:")
    assert.deepEqual(sent.parts, [{ id: String(text?.id) }])
    for (const message of [sent, ...(sent.parts ?? [])]) await session.retract({ chat, message }, signal)
    assert.deepEqual([text?.deleted, sticker?.deleted], [true, true])
    const mute = await send("", upload(webp, { mime: "image/webp", kind: "sticker" }))
    assert.equal((await ground.failure(session.edit({ chat, message: mute, body: { text: "x" } }, signal))).kind, "unsupported")
  })

  it("a text too long for a caption follows its file", async () => {
    const sent = await send("x".repeat(1025), upload(jpeg, { mime: "image/jpeg" }))
    const [photo, text] = ground.bot.sent.slice(-2)
    assert.deepEqual([photo?.text, text?.text.length, sent.id], ["", 1025, String(photo?.id)])
    assert.deepEqual(sent.parts, [{ id: String(text?.id) }])
    await session.edit({ chat, message: sent, body: { text: "short" } }, signal)
    assert.equal(text?.text, "short")
  })

  it("several are one album: one message to edit, and all of its messages are named", async () => {
    const files = ["a", "b", "c"].map((name) => upload(jpeg, { mime: "image/jpeg", name: `${name}.jpg` }))
    const sent = await send("three", ...files)
    const album = ground.bot.sent.slice(-3)
    assert.deepEqual(
      album.map(({ text }) => text),
      ["three", "", ""],
    )
    assert.equal(new Set(album.map(({ content }) => content?.media_group_id)).size, 1)
    await session.edit({ chat, message: sent, body: { text: "still three" } }, signal)
    assert.equal(album[0]?.text, "still three")
    assert.deepEqual(
      [sent.id, ...(sent.parts ?? []).map(({ id }) => id)],
      album.map(({ id }) => String(id)),
    )
    for (const message of [sent, ...(sent.parts ?? [])]) await session.retract({ chat, message }, signal)
    assert.ok(album.every(({ deleted }) => deleted))
    await send("mixed", upload(jpeg, { mime: "image/jpeg" }), upload(jpeg, { mime: "application/pdf", name: "b.pdf" }))
    assert.deepEqual(ground.bot.sent.slice(-2).map(kindsOf), [["document"], ["document"]])
  })

  it("captions are edited as captions, another file takes the place of the first", async () => {
    const sent = await send("before", upload(jpeg, { mime: "image/jpeg" }))
    await session.edit({ chat, message: sent, body: { text: "after", spans: [{ kind: "code", start: 0, end: 5 }] } }, signal)
    assert.deepEqual([last().text, last().content?.caption_entities], ["after", [{ type: "code", offset: 0, length: 5 }]])
    assert.deepEqual(
      await session.edit({ chat, message: sent, body: { text: "after", spans: [{ kind: "code", start: 0, end: 5 }] } }, signal),
      {},
    )
    // Of a message of which no handle was kept Telegram says what it is.
    await session.edit({ chat, message: { id: sent.id }, body: { text: "once more" } }, signal)
    assert.equal(last().text, "once more")
    const pdf = upload(Buffer.from("%PDF"), { mime: "application/pdf", name: "b.pdf" })
    await session.edit({ chat, message: sent, body: { text: "a letter", files: [pdf] } }, signal)
    assert.deepEqual([last().text, last().content?.document?.file_name], ["a letter", "b.pdf"])
    const long = await ground.failure(session.edit({ chat, message: sent, body: { text: "x".repeat(1025) } }, signal))
    assert.deepEqual([long.kind, /1024.*1025/.test(long.message)], ["rejected", true])
  })

  it("places, named places and people", async () => {
    const give = (extra: object) => session.send({ chat, key: "k", body: { text: "", extras: [extra as never] } }, signal)
    await give({ type: "location", lat: 45.4419, lon: 10.9985 })
    assert.deepEqual(last().content, { location: { latitude: 45.4419, longitude: 10.9985 } })
    await give({ type: "location", lat: 1, lon: 2, label: "Cell" })
    assert.deepEqual([last().content?.venue?.title, last().content?.venue?.address], ["Cell", "1, 2"])
    await give({ type: "contact", name: "Friar", phone: "+39045" })
    assert.deepEqual(last().content, { contact: { phone_number: "+39045", first_name: "Friar" } })
  })

  it("in a topic, as an answer to a part of something, silently", async () => {
    const verona = ground.fake.makeGroup({ title: "Verona", owner: juliet, forum: true })
    verona.addBot(ground.bot, juliet)
    const thread = verona.makeTopic("Balcony")
    const post = verona.say(juliet, "What light", { thread })
    const room = { room: `${verona.id}/${thread}` }
    const reply = { id: String(post.id(ground.bot)), quote: "no such words" }
    const body = { text: "this", files: [upload(jpeg, { mime: "image/jpeg" })] }
    await session.send({ chat: room, key: "k", body, reply, silent: true }, signal)
    assert.deepEqual([last().thread, last().replyTo, last().silent, last().text], [thread, post.id(ground.bot), true, "this"])
  })

  it("formatting that is refused does not keep the text back", async () => {
    const description = "Bad Request: can't parse entities"
    ground.fake.faults.next("sendMessage", { kind: "error", code: 400, description })
    await session.send({ chat, key: "k", body: { text: "soft", spans: [{ kind: "bold", start: 0, end: 4 }] } }, signal)
    assert.deepEqual([last().text, last().content?.entities], ["soft", undefined])
  })
})

describe("when an upload breaks", () => {
  const large = (): Upload & { opened: () => number } => upload(Buffer.alloc(8_000_000, 1), { mime: "application/pdf", name: "l.pdf" })
  it("before all of it was read, nothing can have come of it", async () => {
    let read = 0
    const half = pattern(40_000_000, (chunk) => {
      // By then the connection stands.
      if ((read += chunk.length) > 1_000_000) ground.fake.cut()
    })
    assert.equal((await ground.failure(send("", half))).kind, "retry")
    assert.deepEqual(ground.bot.sent, [])
  })

  it("after it, nobody knows", async () => {
    for (const kind of ["reset-after", "cut", "502-after"] as const) {
      ground.fake.faults.next("sendDocument", { kind })
      assert.equal((await ground.failure(send("", large()))).kind, "unknown-outcome", kind)
    }
    assert.equal(ground.bot.sent.length, 3)
  })

  it("nobody waits for ever: neither for an answer nor for a file that does not move", async () => {
    ground.fake.faults.next("sendDocument", { kind: "hang" })
    assert.equal((await ground.failure(send("", large()))).kind, "unknown-outcome")
    const stuck: Upload = { name: "stuck", mime: "application/pdf", open: () => Promise.resolve(new ReadableStream<Uint8Array>({})) }
    assert.equal((await ground.failure(send("", stuck))).kind, "retry")
  })

  it("what cannot be read here is not sent; a flood wait is that of texts", async () => {
    const broken: Upload = { name: "a", mime: "application/pdf", open: () => Promise.reject(new Error("the disk is gone")) }
    assert.equal((await ground.failure(send("", broken))).kind, "retry")
    ground.fake.faults.next("sendDocument", { kind: "429", retryAfter: 7 })
    const flood = await ground.failure(send("", large()))
    assert.deepEqual([flood.kind, flood.retryAfterMs, flood.blocks], ["retry", 7000, "account"])
    ground.fake.faults.next("sendDocument", { kind: "error", code: 413, description: "Request Entity Too Large" })
    assert.match((await ground.failure(send("", large()))).message, /50 MB/)
    assert.deepEqual(ground.bot.sent, [])
  })

  it("the first half of a message is taken back when the second fails", async () => {
    ground.fake.faults.next("sendMessage", { kind: "429", retryAfter: 1 })
    assert.equal((await ground.failure(send("x".repeat(1025), upload(jpeg, { mime: "image/jpeg" })))).kind, "retry")
    assert.deepEqual(
      ground.bot.sent.map(({ deleted }) => deleted),
      [true],
    )
  })

  it("19 MB arrive whole, and are never ahead of the network", async () => {
    const hash = createHash("sha256")
    const film = pattern(19_000_000, (chunk) => hash.update(chunk))
    await send("", film)
    const { file_id } = last().content!.video!
    assert.equal(createHash("sha256").update(ground.fake.files.bytesOf(file_id)!).digest("hex"), hash.digest("hex"))

    // A server that reads nothing: what is read here is what fits into the buffers between.
    const sockets: Socket[] = []
    const deaf = createServer({ pauseOnConnect: true }, (socket) => void sockets.push(socket.on("error", () => undefined)))
    await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve))
    const apiRoot = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`
    let read = 0
    const api = new Api(token, { apiRoot, timeoutMs: 0, maxRetries: 0 })
    const endless = pattern(Infinity, (chunk) => void (read += chunk.length))
    const failure = await ground.failure(sendFile({ api, patienceMs: 500 }, { chat_id: 1 }, endless, undefined, signal))
    assert.equal(failure.kind, "retry")
    assert.ok(read > 0 && read < 16_000_000, `${read} bytes were read ahead`)
    for (const socket of sockets) socket.destroy()
    deaf.close()
  })
})

function pattern(bytes: number, each: (chunk: Uint8Array) => void): Upload {
  let left = bytes
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    if (left <= 0) return controller.close()
    const chunk = new Uint8Array(Math.min(64 * 1024, left))
    left -= chunk.length
    each(chunk)
    controller.enqueue(chunk)
  }
  return { name: "film.mp4", mime: "video/mp4", open: () => Promise.resolve(new ReadableStream<Uint8Array>({ pull })) }
}
