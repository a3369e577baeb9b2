// Every kind of file to Discord, from a direct chat and a channel: as what it comes there, and that it is byte by byte what the user shared.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import type { Message } from "../fakes/discord/index.js"
import { cell, type Place } from "../support/cells.js"
import { DiscordParlour } from "../support/discord-parlour.js"
import { sample } from "../support/samples.js"
import { linked, shared, type Told } from "../support/shared-file.js"

const both = ["direct", "room"] as const
/** Message Flags. */
const isVoiceMessage = 1 << 13

let dc: DiscordParlour
before(async () => {
  dc = await DiscordParlour.open()
})
after(() => dc.close())

type Attached = Message["attachments"][number]

/** Romeo shares a file by way of his server's upload service, and Discord gets it, unchanged: what came. */
async function arrives(
  place: Place,
  name: string,
  mime: string,
  bytes: Uint8Array,
  told?: Told,
): Promise<{ file: Attached; post: Message }> {
  const corner = dc.at(place)
  const url = await dc.parlour.upload(name, bytes, mime)
  const { post } = await dc.gets(place, () => corner.send(told ? shared([{ url, name, mime, bytes, ...told }]) : linked(url)))
  assert.deepEqual(dc.bytesOf(post), [Buffer.from(bytes)])
  assert.equal(post.content, "")
  const [file] = post.attachments
  assert.ok(file)
  return { file, post }
}

/** By the ending of its name and its type Discord's clients know what to show. */
const shownAs = ({ file }: { file: Attached }): (string | undefined)[] => [file.filename, file.content_type]

cell("discord", "photo", "out", both, "native", async (place) => {
  assert.deepEqual(shownAs(await arrives(place, "balcony.png", "image/png", sample.png())), ["balcony.png", "image/png"])
  const told = await arrives(place, "balcony.png", "image/png", sample.png(), { width: 64, height: 64, desc: "a balcony" })
  assert.deepEqual([...shownAs(told), told.file.description], ["balcony.png", "image/png", "a balcony"])
})

cell("discord", "video", "out", both, "native", async (place) => {
  const told = { width: 320, height: 200, seconds: 7 }
  assert.deepEqual(shownAs(await arrives(place, "duel.mp4", "video/mp4", sample.mp4(), told)), ["duel.mp4", "video/mp4"])
})

cell("discord", "animation", "out", both, "native", async (place) => {
  assert.deepEqual(shownAs(await arrives(place, "wink.gif", "image/gif", sample.gif())), ["wink.gif", "image/gif"])
})

cell("discord", "audio", "out", both, "native", async (place) => {
  const song = await arrives(place, "nightingale.mp3", "audio/mpeg", sample.mp3(), { seconds: 61 })
  assert.deepEqual(shownAs(song), ["nightingale.mp3", "audio/mpeg"])
})

cell("discord", "voice", "out", ["direct"], "native", async (place) => {
  const { post, file } = await arrives(place, "voice.ogg", "audio/ogg", sample.voice(), { seconds: 2 })
  assert.ok((post.flags ?? 0) & isVoiceMessage)
  assert.equal(file.duration_secs, 2)
  assert.ok(Buffer.from(file.waveform ?? "", "base64").length > 0)
})

// Voice messages are bots' and people's, not webhooks'.
cell("discord", "voice", "out", ["room"], "fallback", async (place) => {
  const { post, file } = await arrives(place, "voice.ogg", "audio/ogg", sample.voice(), { seconds: 2 })
  assert.equal((post.flags ?? 0) & isVoiceMessage, 0)
  assert.deepEqual(shownAs({ file }), ["voice.ogg", "audio/ogg"])
})

cell("discord", "video-note", "out", both, "fallback", async (place) => {
  const note = await arrives(place, "note.mp4", "video/mp4", sample.mp4(), { width: 240, height: 240, seconds: 5 })
  assert.deepEqual(shownAs(note), ["note.mp4", "video/mp4"])
})

cell("discord", "document", "out", both, "native", async (place) => {
  const { file } = await arrives(place, "Ünï cødé «1».pdf", "application/pdf", sample.pdf())
  assert.deepEqual([file.content_type, file.title], ["application/pdf", "Ünï cødé «1»"])
  assert.match(file.filename, /\.pdf$/)
})

cell("discord", "sticker", "out", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const bytes = sample.webp()
  const url = await dc.parlour.upload("rose.webp", bytes, "image/webp")
  const sticker = "<sticker xmlns='urn:xmpp:stickers:0' pack='EpRv28DHHzFrE4zd+xaNpVb4'/>"
  // As the XEP has it: no address in the body, but what the sticker says.
  const inner = shared([{ url, mime: "image/webp", bytes, desc: "🌹" }]).replace(/<body>.*?<\/fallback>/s, "<body>🌹</body>")
  const { post } = await dc.gets(place, () => corner.send(inner + sticker))
  assert.deepEqual(dc.bytesOf(post), [bytes])
  assert.deepEqual([post.content, post.attachments[0]?.content_type, post.attachments[0]?.description], ["", "image/webp", "🌹"])
})

cell("discord", "caption", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const bytes = sample.png()
  const url = await dc.parlour.upload("balcony.png", bytes, "image/png")
  const { post } = await dc.gets(place, () => corner.send(shared([{ url, mime: "image/png", bytes }], "The *balcony* 🌹")))
  assert.deepEqual([post.content, dc.bytesOf(post)], ["The **balcony** 🌹", [bytes]])
})

cell("discord", "album", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const pictures = Array.from({ length: 3 }, () => sample.png())
  const urls = await Promise.all(pictures.map((bytes, i) => dc.parlour.upload(`${i}.png`, bytes, "image/png")))
  const files = urls.map((url, i) => ({ url, mime: "image/png", bytes: pictures[i] ?? Buffer.alloc(0) }))
  const { post } = await dc.gets(place, () => corner.send(shared(files, "Three of them")))
  assert.deepEqual([post.content, dc.bytesOf(post)], ["Three of them", pictures])
})

cell("discord", "large", "out", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const url = dc.parlour.host("opera.flac", Buffer.alloc(11_000_000), "audio/flac")
  const { post } = await dc.gets(place, () => corner.send(shared([{ url, name: "opera.flac" }], "All of it")))
  assert.deepEqual([post.content, post.attachments], [`All of it\n${url}`, []])
  await corner.told(/«opera\.flac» was sent as a link.*11 MB.*10\.5 MB/s)
})

// No client sends cards but as files.
cell("discord", "contact", "out", both, "fallback", async (place) => {
  const card = Buffer.from("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Friar Laurence\r\nEND:VCARD\r\n")
  assert.deepEqual(shownAs(await arrives(place, "friar.vcf", "text/vcard", card)), ["friar.vcf", "text/vcard"])
})

test("the others in a room are shown a picture too, also where its author says no more than its address", async () => {
  const corner = dc.at("room")
  const bytes = sample.png()
  const url = await dc.parlour.upload("balcony.png", bytes, "image/png")
  for (const inner of [linked(url), shared([{ url, mime: "image/png", name: "balcony.png", bytes }])]) {
    const id = await corner.send(inner)
    const seen = await corner.reflected(id)
    assert.deepEqual([seen.getChildText("body"), seen.getChild("x", "jabber:x:oob")?.getChildText("url")], [url, url])
    const sharing = seen.getChild("file-sharing", "urn:xmpp:sfs:0")
    const file = sharing?.getChild("file", "urn:xmpp:file:metadata:0")
    assert.deepEqual([sharing?.attrs["disposition"], file?.getChildText("media-type")], ["inline", "image/png"])
  }
})

test("what cannot be had goes as a link, and its author is told", async () => {
  const corner = dc.at("direct")
  const url = `${dc.parlour.host("x", Buffer.alloc(1))}/not-there.png`
  const { post } = await dc.gets("direct", () => corner.send(linked(url)))
  assert.equal(post.content, url)
  await corner.told(/was sent as a link/)
})
