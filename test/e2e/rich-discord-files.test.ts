// Every kind of file from Discord, in a direct chat and a channel: what the client gets, and that it is byte by byte what was sent.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import type { File } from "../fakes/discord/world/world.js"
import { cell, type Place } from "../support/cells.js"
import { DiscordParlour } from "../support/discord-parlour.js"
import type { Draft } from "../fakes/discord/index.js"
import { sample } from "../support/samples.js"
import type { SharedFile } from "../support/shared-file.js"

const both = ["direct", "room"] as const
/** Message Flags, Attachment Flags. */
const isVoiceMessage = 1 << 13
const isSpoiler = 1 << 3

let dc: DiscordParlour
before(async () => {
  dc = await DiscordParlour.open()
})
after(() => dc.close())

/** Juliet shows a file, and the client gets it, unchanged. */
async function arrives(place: Place, file: File, more: Draft = {}): Promise<SharedFile> {
  const corner = dc.at(place)
  dc.says(place, { files: [file], ...more })
  const shown = await corner.file()
  assert.deepEqual(shown.bytes, Buffer.from(file.bytes))
  return shown
}

const seen = ({ mime, disposition, width, height, seconds }: SharedFile): object => ({ mime, disposition, width, height, seconds })

cell("discord", "photo", "in", both, "native", async (place) => {
  const told = { name: "balcony.png", type: "image/png", width: 64, height: 64 }
  const file = await arrives(place, { ...told, bytes: sample.png(), description: "a balcony" })
  assert.deepEqual(seen(file), { mime: "image/png", disposition: "inline", width: 64, height: 64, seconds: undefined })
  assert.deepEqual([file.name, file.desc, file.spoiler], ["balcony.png", "a balcony", false])
  const hidden = await arrives(place, { ...told, name: "SPOILER_balcony.png", bytes: sample.png() })
  assert.deepEqual([hidden.name, hidden.spoiler], ["balcony.png", true])
  const flagged = await arrives(place, { ...told, bytes: sample.png(), flags: isSpoiler })
  assert.equal(flagged.spoiler, true)
})

cell("discord", "video", "in", both, "native", async (place) => {
  const file = await arrives(place, {
    name: "Verona.mp4",
    type: "video/mp4",
    bytes: sample.mp4(),
    width: 320,
    height: 200,
    duration_secs: 7,
  })
  assert.deepEqual(seen(file), { mime: "video/mp4", disposition: "inline", width: 320, height: 200, seconds: 7 })
  assert.equal(file.name, "Verona.mp4")
})

cell("discord", "animation", "in", both, "native", async (place) => {
  const file = await arrives(place, { name: "wink.gif", type: "image/gif", bytes: sample.gif(), width: 1, height: 1 })
  assert.deepEqual(seen(file), { mime: "image/gif", disposition: "inline", width: 1, height: 1, seconds: undefined })
})

cell("discord", "audio", "in", both, "native", async (place) => {
  const file = await arrives(place, { name: "nightingale.mp3", type: "audio/mpeg", bytes: sample.mp3(), duration_secs: 61 })
  assert.deepEqual(seen(file), { mime: "audio/mpeg", disposition: "inline", width: undefined, height: undefined, seconds: 61 })
  assert.equal(file.name, "nightingale.mp3")
})

cell("discord", "voice", "in", both, "native", async (place) => {
  const voice = { name: "voice-message.ogg", type: "audio/ogg; codecs=opus", duration_secs: 2, waveform: "AAAA" }
  const file = await arrives(place, { ...voice, bytes: sample.voice() }, { flags: isVoiceMessage })
  assert.deepEqual(seen(file), { mime: "audio/ogg", disposition: "inline", width: undefined, height: undefined, seconds: 2 })
  assert.equal(file.name, "voice-message.ogg")
})

cell("discord", "document", "in", both, "native", async (place) => {
  const file = await arrives(place, { name: "Ünï cødé & «1».pdf", title: "Ünï cødé & «1»", type: "application/pdf", bytes: sample.pdf() })
  assert.deepEqual([file.mime, file.disposition, file.type], ["application/pdf", "attachment", "application/pdf"])
  assert.equal(file.name, "Ünï cødé & «1».pdf")
})

cell("discord", "sticker", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  const bytes = sample.png()
  dc.says(place, { sticker_items: [dc.fake.sticker("Wumpus waves", 1, bytes)] })
  const still = await corner.file()
  assert.deepEqual([still.mime, still.desc, still.disposition, still.bytes], ["image/png", "Wumpus waves", "inline", bytes])
  const film = sample.gif()
  dc.says(place, { sticker_items: [dc.fake.sticker("Wumpus winks", 4, film)] })
  const moving = await corner.file()
  assert.deepEqual([moving.mime, moving.desc, moving.bytes], ["image/gif", "Wumpus winks", film])
})

test("a drawing that moves comes as something that clients can show, if only as what it is", async () => {
  const lottie = { v: "5.5.2", fr: 60, ip: 0, op: 6, w: 512, h: 512, ddd: 0, nm: "dot", assets: [], layers: [] }
  const bytes = Buffer.from(JSON.stringify(lottie))
  const corner = dc.at("direct")
  dc.says("direct", { sticker_items: [dc.fake.sticker("Wave", 3, bytes)] })
  const file = await corner.file()
  assert.equal(file.desc, "Wave")
  if (file.mime === "image/webp") assert.equal(file.bytes.subarray(8, 12).toString(), "WEBP")
  else assert.deepEqual([file.mime, file.bytes], ["application/json", bytes])
})

cell("discord", "caption", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  dc.says(place, { content: "The **balcony** 🌹 at night", files: [{ name: "balcony.png", type: "image/png", bytes: sample.png() }] })
  const file = await corner.file()
  const text = await corner.text("The *balcony* 🌹 at night")
  // One message: the file's stanza has the text's id with a number behind.
  assert.equal(file.stanza.attrs["id"], `${text.attrs["id"]}.f1`)
})

cell("discord", "album", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const pictures = Array.from({ length: 3 }, () => sample.png())
  dc.says(place, { content: "Three of them", files: pictures.map((bytes, i) => ({ name: `${i}.png`, type: "image/png", bytes })) })
  for (const bytes of pictures) assert.deepEqual((await corner.file()).bytes, bytes)
  await corner.text("Three of them")
})

cell("discord", "large", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const url = dc.fake.world.keep(dc.channel(place).id, "77", { name: "opera.flac", bytes: Buffer.from("fLaC") })
  const opera = { id: "77", filename: "opera.flac", content_type: "audio/flac", size: 600_000_000, url, proxy_url: url }
  dc.says(place, { content: "All of it", attachments: [opera] })
  // 500 · 2^20 bytes are the most that anybody may upload.
  const told = await corner.text(/opera\.flac.*600 MB.*524 MB/s)
  assert.equal(told.getChild("x", "jabber:x:oob"), undefined)
  await corner.text("All of it")
  assert.ok(!dc.fake.fetched.some((path) => path.endsWith("opera.flac")))
})

test("files come although their address has expired, and are told of when the message is gone", async () => {
  const corner = dc.at("direct")
  dc.says("direct", { files: [{ name: "old.png", type: "image/png", bytes: sample.png() }] })
  dc.fake.world.expire()
  await corner.file()
  const gone = dc.says("direct", { content: "Look", files: [{ name: "gone.pdf", type: "application/pdf", bytes: sample.pdf() }] })
  dc.fake.world.expire()
  dc.dm.messages.splice(dc.dm.messages.indexOf(gone), 1)
  await corner.text(/gone\.pdf.*could not be fetched/)
})
