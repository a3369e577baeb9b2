// What a message between Discord and XMPP may hold beside text and files, in a direct chat and a channel: polls, buttons, pages, where it is from; and faces.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { after, before, test } from "node:test"
import type { Draft } from "../fakes/discord/index.js"
import { endPoll } from "../fakes/discord/index.js"
import { cell } from "../support/cells.js"
import { DiscordParlour, face } from "../support/discord-parlour.js"
import { png } from "../support/pictures.js"
import { sample } from "../support/samples.js"

const both = ["direct", "room"] as const

let dc: DiscordParlour
before(async () => {
  dc = await DiscordParlour.open({ http: true })
})
after(() => dc.close())

const pollOf = (question: string): Draft => ({
  poll: {
    question: { text: question },
    answers: [
      { answer_id: 1, poll_media: { text: "Paris" } },
      { answer_id: 2, poll_media: { text: "Romeo", emoji: { id: null, name: "🌹" } } },
    ],
    expiry: "2036-11-21T12:00:00+00:00",
    allow_multiselect: false,
    layout_type: 1,
  },
})

cell("discord", "poll", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  dc.says(place, pollOf("Whose hand?"))
  await corner.text(/^Whose hand\?\n\(until 2036-11-21 12:00 UTC\)\n1\. Paris\n2\. 🌹 Romeo\nPoll/)
})

cell("discord", "vote", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const poll = dc.says(place, pollOf("Whose heart?"))
  const first = await corner.text(/^Whose heart\?/)
  const replaced = (el: typeof first): string | undefined => el.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]
  dc.channel(place).vote(poll, dc.juliet, 2)
  // Within some seconds, however many vote.
  const tally = await corner.text(/2\. 🌹 Romeo — 1 vote \(100 %\).*Poll: 1 vote/s)
  assert.equal(replaced(tally), first.attrs["id"])
  endPoll(poll)
  const last = await corner.text(/2\. 🌹 Romeo — 1 vote \(100 %\).*Poll, closed: 1 vote/s)
  assert.equal(replaced(last), first.attrs["id"])
})

cell("discord", "buttons", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const components = [
    {
      type: 1,
      components: [
        { type: 2, style: 5, label: "Tickets", url: "https://example.org/t" },
        { type: 2, style: 1, label: "More", custom_id: "more" },
      ],
    },
  ]
  dc.says(place, { content: "Tonight", components })
  await corner.text("Tonight\n1. Tickets: https://example.org/t\n2. More")
})

cell("discord", "forward", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const bytes = sample.png()
  const first = dc.square.say(dc.nurse, { content: "Hie **you** to church", files: [{ name: "church.png", type: "image/png", bytes }] })
  if (place === "room") await corner.text("Hie *you* to church")
  dc.says(place, { forward: first })
  assert.deepEqual((await corner.file()).bytes, bytes)
  await corner.text(/^↪ forwarded from #square \(\d{4}-\d\d-\d\d \d\d:\d\d UTC\)\nHie \*you\* to church$/)
})

cell("discord", "preview", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  const url = `https://news.example/${place}`
  const embed = { type: "article", url, title: "Truce", description: "Both houses" }
  dc.says(place, { content: `See ${url}`, embeds: [embed] })
  const el = await corner.text(`See ${url}`)
  // XEP-0511.
  const page = el.getChildElements().find((child) => child.getName() === "Description")
  assert.equal(Object.entries(page?.attrs ?? {}).find(([name]) => name.endsWith(":about"))?.[1], url, el.toString())
  const said = page?.getChildElements().map((child) => [child.getName(), child.getText()])
  assert.deepEqual(said, [
    ["title", "Truce"],
    ["description", "Both houses"],
    ["url", url],
  ])
})

cell("discord", "preview", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const { post } = await dc.gets(place, () => corner.say("See https://example.org/page"))
  assert.equal(post.content, "See https://example.org/page")
  // Discord makes it, unless it is told not to (Message Flags).
  assert.equal((post.flags ?? 0) & (1 << 2), 0)
})

cell("discord", "location", "out", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const { post } = await dc.gets(place, () => corner.say("geo:45.4419,10.9985"))
  assert.equal(post.content, "geo:45.4419,10.9985")
  const geoloc = "<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>45.5</lat><lon>11</lon><description>Mantua</description></geoloc>"
  const { post: told } = await dc.gets(place, () => corner.say("geo:45.5,11", geoloc))
  assert.equal(told.content, "Mantua\ngeo:45.5,11")
})

cell("discord", "avatar", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  const who = place === "room" ? `${corner.jid}/Juliet` : corner.jid
  const sha = createHash("sha1").update(face).digest("hex")
  const told = `<presence from='${who}'><x xmlns='vcard-temp:x:update'><photo>${sha}</photo></x></presence>`
  await corner.client.waitFor(told, { since: 0, what: `the hash of the picture of ${who}` })
  const card = await corner.client.iq("get", who, "<vCard xmlns='vcard-temp'/>")
  assert.equal(card.getChild("vCard")?.getChild("PHOTO")?.getChildText("BINVAL"), face.toString("base64"))
})

cell("discord", "avatar", "out", ["room"], "native", async (place) => {
  const corner = dc.at(place)
  const picture = png([30, 200, 30], 16)
  const card = `<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>${picture.toString("base64")}</BINVAL></PHOTO></vCard>`
  const answer = await corner.client.iq("set", "", card)
  assert.equal(answer.attrs["type"], "result", answer.toString())
  // As clients tell of a new one (XEP-0153 §3.1).
  const update = `<x xmlns='vcard-temp:x:update'><photo>${createHash("sha1").update(picture).digest("hex")}</photo></x>`
  await corner.client.send(`<presence to='${corner.jid}/Romeo'>${update}</presence>`)
  const { post } = await dc.gets(place, () => corner.say("How do I look?"))
  const shown = await fetch(post.avatarUrl ?? "none")
  assert.deepEqual([shown.headers.get("content-type"), Buffer.from(await shown.arrayBuffer())], ["image/png", picture])
})

test("what bots lay out, invitations to play and calls are told in words", async () => {
  const corner = dc.at("room")
  const helper = dc.fake.addBot({ token: "helper", username: "helper" })
  dc.guild.addBot(helper)
  const embed = { type: "rich", title: "Build", description: "It **failed**", fields: [{ name: "Branch", value: "main", inline: true }] }
  dc.square.say(helper, { embeds: [embed] })
  await corner.text("*Build*\nIt *failed*\n*Branch*: main")
  dc.square.say(dc.juliet, { activity: { type: 3, party_id: "x" }, application: { id: "1", name: "Lute", icon: null, description: "" } })
  await corner.text("[Invitation to listen: Lute]")
})
