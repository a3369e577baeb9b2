// Every kind of file from Telegram, in a direct chat and a group: what the client gets, and that it is byte by byte what was sent.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { cell, type Place } from "../support/cells.js"
import type { SharedFile } from "../support/shared-file.js"
import { sample } from "../support/samples.js"
import { TelegramParlour } from "../support/telegram-parlour.js"
import type { Beside, Kind, Shown } from "../fakes/telegram/index.js"

const both = ["direct", "room"] as const

let tg: TelegramParlour
before(async () => {
  tg = await TelegramParlour.open()
})
after(() => tg.close())

/** Juliet shows a file, and the client gets it, unchanged. */
async function arrives(place: Place, kind: Kind, it: Shown & { bytes: Uint8Array }, beside: Beside = {}): Promise<SharedFile> {
  const corner = tg.at(place)
  tg.shows(place, kind, it, beside)
  const file = await corner.file()
  assert.deepEqual(file.bytes, Buffer.from(it.bytes))
  return file
}

const seen = ({ mime, disposition, width, height, seconds }: SharedFile): object => ({ mime, disposition, width, height, seconds })

cell("telegram", "photo", "in", both, "native", async (place) => {
  const file = await arrives(place, "photo", { bytes: sample.png() })
  assert.deepEqual(seen(file), { mime: "image/png", disposition: "inline", width: 64, height: 64, seconds: undefined })
  assert.equal(file.spoiler, false)
  const large = await arrives(place, "photo", { bytes: sample.photo() })
  assert.ok(large.thumbnail && large.thumbnail.length > 10, "what it looks like, before it is fetched")
  const hidden = await arrives(place, "photo", { bytes: sample.png() }, { has_media_spoiler: true })
  assert.equal(hidden.spoiler, true)
})

cell("telegram", "video", "in", both, "native", async (place) => {
  const file = await arrives(place, "video", { bytes: sample.mp4(), name: "Verona.mp4", seconds: 7, width: 320, height: 200 })
  assert.deepEqual(seen(file), { mime: "video/mp4", disposition: "inline", width: 320, height: 200, seconds: 7 })
  assert.equal(file.name, "Verona.mp4")
})

cell("telegram", "animation", "in", both, "native", async (place) => {
  const file = await arrives(place, "animation", { bytes: sample.mp4(), seconds: 2 })
  assert.deepEqual(seen(file), { mime: "video/mp4", disposition: "inline", width: 640, height: 480, seconds: 2 })
})

cell("telegram", "audio", "in", both, "native", async (place) => {
  const file = await arrives(place, "audio", { bytes: sample.mp3(), name: "nightingale.mp3", title: "Nightingale", seconds: 61 })
  assert.deepEqual(seen(file), { mime: "audio/mpeg", disposition: "inline", width: undefined, height: undefined, seconds: 61 })
  assert.deepEqual([file.name, file.desc], ["nightingale.mp3", "Nightingale"])
})

cell("telegram", "voice", "in", both, "native", async (place) => {
  const file = await arrives(place, "voice", { bytes: sample.voice(), seconds: 2 })
  assert.deepEqual(seen(file), { mime: "audio/ogg", disposition: "inline", width: undefined, height: undefined, seconds: 2 })
  assert.match(file.name ?? "", /^voice-.*\.ogg$/)
})

cell("telegram", "video-note", "in", both, "fallback", async (place) => {
  const file = await arrives(place, "video_note", { bytes: sample.mp4(), seconds: 5, width: 240 })
  assert.deepEqual(seen(file), { mime: "video/mp4", disposition: "inline", width: 240, height: 240, seconds: 5 })
})

cell("telegram", "document", "in", both, "native", async (place) => {
  const file = await arrives(place, "document", { bytes: sample.pdf(), name: "Ünï/cødé & «1».pdf", mime: "application/pdf" })
  assert.deepEqual([file.mime, file.disposition, file.type], ["application/pdf", "attachment", "application/pdf"])
  assert.match(file.name ?? "", /cødé & «1»\.pdf$/)
})

cell("telegram", "sticker", "in", both, "native", async (place) => {
  const still = await arrives(place, "sticker", { bytes: sample.webp(), emoji: "🌹" })
  assert.deepEqual([still.mime, still.desc, still.disposition], ["image/webp", "🌹", "inline"])
  const film = await arrives(place, "video_sticker", { bytes: sample.webm(), emoji: "🌹" })
  assert.deepEqual([film.mime, film.desc], ["video/webm", "🌹"])
  // What clients cannot play is drawn for them.
  const corner = tg.at(place)
  tg.shows(place, "animated_sticker", { bytes: sample.drawing(), emoji: "🕺" })
  const drawn = await corner.file()
  assert.deepEqual([drawn.mime, drawn.desc, drawn.bytes.subarray(8, 12).toString()], ["image/webp", "🕺", "WEBP"])
})

cell("telegram", "caption", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const caption = "The balcony 🌹 at night"
  const bold = { type: "bold" as const, offset: 4, length: 7 }
  tg.shows(place, "photo", { bytes: sample.png() }, { caption, caption_entities: [bold] })
  const file = await corner.file()
  const text = await corner.text("The *balcony* 🌹 at night")
  // One message: the file's stanza has the text's id with a number behind.
  assert.equal(file.stanza.attrs["id"], `${text.attrs["id"]}.f1`)
})

cell("telegram", "album", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const pictures = Array.from({ length: 3 }, () => sample.png())
  pictures.forEach((bytes, i) =>
    tg.shows(place, "photo", { bytes }, { media_group_id: `album in ${place}`, ...(i === 0 && { caption: "Three of them" }) }),
  )
  for (const [i, bytes] of pictures.entries()) {
    assert.deepEqual((await corner.file()).bytes, bytes)
    if (i === 0) await corner.text("Three of them")
  }
})

cell("telegram", "large", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  tg.shows(place, "document", { size: 25_000_000, name: "opera.flac", mime: "audio/flac" }, { caption: "All of it" })
  // Telegram's limit for bots is 20 · 2^20 bytes.
  const told = await corner.text(/opera\.flac.*25 MB.*21 MB/s)
  assert.equal(told.getChild("x", "jabber:x:oob"), undefined)
  await corner.text("All of it")
})

test("a file that Telegram takes for too large though it did not say so is told of, with its limit", async () => {
  const corner = tg.at("direct")
  const { document } = { document: { ...tg.api.files.add({ size: 25_000_000, name: "late.bin" }), file_name: "late.bin" } }
  const { file_size: _, ...unsized } = document
  tg.says("direct", { document: unsized })
  await corner.text(/late\.bin.*20 MB/s)
})
