// What a message between Telegram and XMPP may hold beside text and files, in a direct chat and a group: places, people, polls, where it is from; and faces.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { after, before, test } from "node:test"
import { pollOf } from "../fakes/telegram/index.js"
import { cell } from "../support/cells.js"
import { TelegramParlour, faces, juliet, nurse } from "../support/telegram-parlour.js"

const both = ["direct", "room"] as const

let tg: TelegramParlour
before(async () => {
  tg = await TelegramParlour.open()
})
after(() => tg.close())

cell("telegram", "location", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  tg.shows(place, "location", { lat: 45.4419, lon: 10.9985 })
  const bare = await corner.text("geo:45.4419,10.9985")
  const geoloc = bare.getChild("geoloc", "http://jabber.org/protocol/geoloc")
  assert.deepEqual([geoloc?.getChildText("lat"), geoloc?.getChildText("lon")], ["45.4419", "10.9985"])
  tg.shows(place, "venue", { title: "Cell of Friar Laurence", text: "Verona" })
  await corner.text("Cell of Friar Laurence, Verona\ngeo:45.4419,10.9985")
})

cell("telegram", "location", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const { sent } = await tg.gets(place, () => corner.say("geo:45.4419,10.9985"))
  assert.deepEqual(sent.content?.location, { latitude: 45.4419, longitude: 10.9985 })
  const geoloc = "<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>45.5</lat><lon>11</lon><description>Mantua</description></geoloc>"
  const { sent: told } = await tg.gets(place, () => corner.say("geo:45.5,11", geoloc))
  assert.deepEqual([told.content?.venue?.title, told.content?.venue?.location.latitude], ["Mantua", 45.5])
})

cell("telegram", "contact", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  tg.shows(place, "contact", { title: "Friar", text: "+39045" })
  const el = await corner.text("Contact: Friar, +39045")
  const card = el.getChild("vcard", "urn:ietf:params:xml:ns:vcard-4.0")
  assert.equal(card?.getChild("fn")?.getChildText("text"), "Friar")
})

cell("telegram", "poll", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  tg.shows(place, "poll", { text: "Whose hand?", options: ["Paris", "Romeo"], poll: `in ${place}` })
  await corner.text(/^Whose hand\?\n1\. Paris\n2\. Romeo\nPoll/)
})

cell("telegram", "vote", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const it = { text: "Whose heart?", options: ["Paris", "Romeo"], poll: `votes in ${place}` }
  tg.shows(place, "poll", it)
  const first = await corner.text(/^Whose heart\?/)
  // Telegram tells of others' polls when they are closed.
  tg.api.push(tg.bot, { poll: pollOf({ ...it, votes: [1, 3], closed: true }) })
  const last = await corner.text(/2\. Romeo — 3 votes \(75 %\).*Poll, closed: 4 votes/s)
  assert.equal(last.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], first.attrs["id"])
})

cell("telegram", "buttons", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const inline_keyboard = [
    [
      { text: "Tickets", url: "https://example.org/t" },
      { text: "More", callback_data: "more" },
    ],
  ]
  tg.says(place, { text: "Tonight", reply_markup: { inline_keyboard } })
  await corner.text("Tonight\n1. Tickets: https://example.org/t\n2. More")
})

cell("telegram", "forward", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const forward_origin = { type: "user", date: 1_790_000_000, sender_user: nurse }
  tg.says(place, { text: "Hie you to church", forward_origin })
  await corner.text("↪ forwarded from Nurse (2026-09-21 14:13 UTC)\nHie you to church")
})

cell("telegram", "preview", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  // Of a page that the text names every client makes its own preview.
  tg.says(place, { text: "See this", link_preview_options: { url: "https://example.org/page" } })
  await corner.text("See this\nhttps://example.org/page")
  tg.says(place, { text: "See https://example.org/page", link_preview_options: { url: "https://example.org/page" } })
  await corner.text("See https://example.org/page")
})

cell("telegram", "preview", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const { sent } = await tg.gets(place, () => corner.say("See https://example.org/page"))
  assert.equal(sent.text, "See https://example.org/page")
  // Telegram makes it, unless it is told not to.
  const { link_preview_options: options } = tg.message(place, sent.id)
  assert.notEqual(options?.is_disabled, true)
  assert.ok(tg.api.requests.every(({ params }) => !JSON.stringify(params).includes("is_disabled")))
})

cell("telegram", "avatar", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const face = faces["Juliet"] ?? Buffer.alloc(0)
  const who = place === "room" ? `${corner.jid}/Juliet` : corner.jid
  const sha = createHash("sha1").update(face).digest("hex")
  const update = (el: { getChild(name: string, ns?: string): { getChild(name: string): { getText(): string } | undefined } | undefined }) =>
    el.getChild("x", "vcard-temp:x:update")?.getChild("photo")?.getText()
  await corner.client.waitFor((el) => el.is("presence") && el.attrs["from"] === who && update(el) === sha, {
    since: 0,
    what: `the hash of the picture of ${who}`,
  })
  const card = await corner.client.iq("get", who, "<vCard xmlns='vcard-temp'/>")
  assert.equal(card.getChild("vCard")?.getChild("PHOTO")?.getChildText("BINVAL"), face.toString("base64"))
})

test("dice, games, invoices and stories are told in words", async () => {
  const corner = tg.at("direct")
  tg.shows("direct", "dice", {})
  await corner.text("🎲 6")
  tg.shows("direct", "invoice", { title: "Potion" })
  await corner.text(/Potion/)
  tg.shows("direct", "story", {})
  await corner.text(/story/i)
  tg.shows("direct", "game", { title: "Chess", bytes: faces["Nurse"] ?? Buffer.alloc(0) })
  await corner.file()
  await corner.text(/Chess/)
})

test("who stands at a live location moves by corrections", async () => {
  const corner = tg.at("direct")
  const first = tg.shows("direct", "location", { lat: 45, lon: 11, live: 600 })
  const told = await corner.text(/^live until .*\ngeo:45,11$/)
  const { message } = first
  assert.ok(message)
  const location = { latitude: 45.6, longitude: 11.6, live_period: 600 }
  tg.api.edit(tg.bot, message, { location })
  const moved = await corner.text(/geo:45\.6,11\.6/)
  assert.equal(moved.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], told.attrs["id"])
  assert.equal(message.chat.id, juliet.id)
})
