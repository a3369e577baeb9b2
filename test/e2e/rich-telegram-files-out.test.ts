// Every kind of file to Telegram, from a direct chat and a group: as what it comes there, and that it is byte by byte what the user shared.
import assert from "node:assert/strict"
import type { Message } from "node-telegram-bot-api"
import { after, before, test } from "node:test"
import type { Sent } from "../fakes/telegram/index.js"
import { cell, type Place } from "../support/cells.js"
import { sample } from "../support/samples.js"
import { linked, shared, type Told } from "../support/shared-file.js"
import { TelegramParlour } from "../support/telegram-parlour.js"

const both = ["direct", "room"] as const

let tg: TelegramParlour
before(async () => {
  tg = await TelegramParlour.open()
})
after(() => tg.close())

/** Romeo shares a file by way of his server's upload service, and Telegram gets it, unchanged: what came. */
async function arrives(place: Place, name: string, mime: string, bytes: Uint8Array, told?: Told): Promise<Partial<Message>> {
  const corner = tg.at(place)
  const url = await tg.parlour.upload(name, bytes, mime)
  const { sent } = await tg.gets(place, () => corner.send(told ? shared([{ url, name, mime, bytes, ...told }]) : linked(url)))
  assert.deepEqual(tg.bytesOf(sent), Buffer.from(bytes))
  assert.equal(sent.text, "")
  return sent.content ?? {}
}

cell("telegram", "photo", "out", both, "native", async (place) => {
  assert.ok("photo" in (await arrives(place, "balcony.png", "image/png", sample.png())))
  assert.ok("photo" in (await arrives(place, "balcony.png", "image/png", sample.png(), { width: 64, height: 64 })))
})

cell("telegram", "video", "out", both, "native", async (place) => {
  const { video } = await arrives(place, "duel.mp4", "video/mp4", sample.mp4(), { width: 320, height: 200, seconds: 7 })
  assert.deepEqual([video?.width, video?.height, video?.duration], [320, 200, 7])
})

cell("telegram", "animation", "out", both, "native", async (place) => {
  assert.ok("animation" in (await arrives(place, "wink.gif", "image/gif", sample.gif())))
})

cell("telegram", "audio", "out", both, "native", async (place) => {
  const { audio } = await arrives(place, "nightingale.mp3", "audio/mpeg", sample.mp3(), { seconds: 61 })
  assert.deepEqual([audio?.file_name, audio?.duration], ["nightingale.mp3", 61])
})

cell("telegram", "voice", "out", both, "native", async (place) => {
  assert.ok("voice" in (await arrives(place, "voice.ogg", "audio/ogg", sample.voice())))
  const { voice } = await arrives(place, "voice.ogg", "audio/ogg", sample.voice(), { seconds: 2 })
  assert.equal(voice?.duration, 2)
})

cell("telegram", "video-note", "out", both, "fallback", async (place) => {
  // No client says that a film is one.
  assert.ok("video" in (await arrives(place, "note.mp4", "video/mp4", sample.mp4(), { width: 240, height: 240, seconds: 5 })))
})

cell("telegram", "document", "out", both, "native", async (place) => {
  const { document } = await arrives(place, "Ünï cødé «1».pdf", "application/pdf", sample.pdf())
  assert.deepEqual([document?.file_name, document?.mime_type], ["Ünï cødé «1».pdf", "application/pdf"])
})

cell("telegram", "sticker", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const bytes = sample.webp()
  const url = await tg.parlour.upload("rose.webp", bytes, "image/webp")
  const sticker = "<sticker xmlns='urn:xmpp:stickers:0' pack='EpRv28DHHzFrE4zd+xaNpVb4'/>"
  // As the XEP has it: no address in the body, but what the sticker says.
  const inner = shared([{ url, mime: "image/webp", bytes, desc: "🌹" }]).replace(/<body>.*?<\/fallback>/s, "<body>🌹</body>")
  const { sent } = await tg.gets(place, () => corner.send(inner + sticker))
  assert.deepEqual(tg.bytesOf(sent), bytes)
  assert.equal(sent.content?.sticker?.emoji, "🌹")
  const { sent: next } = await tg.gets(place, () => corner.say("nothing else was said"))
  assert.equal(next.text, "nothing else was said")
})

cell("telegram", "caption", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const bytes = sample.png()
  const url = await tg.parlour.upload("balcony.png", bytes, "image/png")
  const { sent } = await tg.gets(place, () => corner.send(shared([{ url, mime: "image/png", bytes }], "The *balcony* 🌹")))
  assert.deepEqual(tg.bytesOf(sent), bytes)
  assert.ok(sent.content?.photo)
  assert.equal(sent.text, "The balcony 🌹")
  assert.deepEqual(sent.content.caption_entities, [{ type: "bold", offset: 4, length: 7 }])
})

cell("telegram", "album", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const pictures = Array.from({ length: 3 }, () => sample.png())
  const urls = await Promise.all(pictures.map((bytes, i) => tg.parlour.upload(`${i}.png`, bytes, "image/png")))
  const from = tg.count(place)
  await corner.send(
    shared(
      urls.map((url, i) => ({ url, mime: "image/png", bytes: pictures[i] ?? Buffer.alloc(0) })),
      "Three of them",
    ),
  )
  const sent: Sent[] = []
  for (const i of pictures.keys()) sent.push(await tg.sent(place, from + i))
  assert.deepEqual(
    sent.map((one) => tg.bytesOf(one)),
    pictures,
  )
  assert.deepEqual(
    sent.map(({ text }) => text),
    ["Three of them", "", ""],
  )
  assert.equal(new Set(sent.map(({ content }) => content?.media_group_id)).size, 1)
})

cell("telegram", "large", "out", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const url = tg.parlour.host("opera.flac", Buffer.alloc(51_000_000), "audio/flac")
  const { sent } = await tg.gets(place, () => corner.send(shared([{ url, name: "opera.flac" }], "All of it")))
  assert.ok(!sent.content?.document)
  assert.equal(sent.text, `All of it\n${url}`)
  await corner.told(/«opera\.flac» was sent as a link.*51 MB.*50 MB/s)
})

test("what cannot be had goes as a link, and its author is told", async () => {
  const corner = tg.at("direct")
  const url = `${tg.parlour.host("x", Buffer.alloc(1))}/not-there.png`
  const { sent } = await tg.gets("direct", () => corner.send(linked(url)))
  assert.equal(sent.text, url)
  await corner.told(/was sent as a link/)
})
