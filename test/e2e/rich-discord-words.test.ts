// What people say between Discord and XMPP, in a direct chat and a channel: text and all that can be done with it, as each side sees it.
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { cell } from "../support/cells.js"
import { DiscordParlour, domain } from "../support/discord-parlour.js"

const both = ["direct", "room"] as const
const chatStates = "http://jabber.org/protocol/chatstates"

let dc: DiscordParlour
before(async () => {
  dc = await DiscordParlour.open()
})
after(() => dc.close())

cell("discord", "text", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  dc.says(place, "O Romeo 🌹, \\*wherefore\\* art thou <Romeo> & «דוד»?\n\\> not a quotation, é")
  const el = await corner.text("O Romeo 🌹, *wherefore* art thou <Romeo> & «דוד»?\n> not a quotation, é")
  assert.ok(el.getChild("unstyled", "urn:xmpp:styling:0"), el.toString())
})

cell("discord", "text", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const since = dc.fake.requests.length
  const text = "She speaks 🌹 & «דוד»:\nO speak again, bright angel"
  const { post } = await dc.gets(place, () => corner.say(text))
  assert.equal(post.content, text)
  // What Discord would take for something else is shown as it was written.
  const { post: odd } = await dc.gets(place, () => corner.say("<again> @everyone 1. **no**"))
  assert.equal(odd.content.replaceAll("\\", ""), "<again> @everyone 1. **no**")
  assert.deepEqual([odd.pinged, /\\\*/.test(odd.content)], [[], true])
  const route = place === "room" ? "POST /webhooks/…/…" : "POST /channels/…/messages"
  assert.ok(dc.asked(since).includes(route), dc.asked(since).join("\n"))
})

cell("discord", "formatting", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  dc.says(place, "🌹 **bold**, *italic*, ~~gone~~, `code`, __under__\n> quoted\n```\npre = 1\n```")
  // XEP-0393; it has no underlining.
  await corner.text("🌹 *bold*, _italic_, ~gone~, `code`, _under_\n> quoted\n```\npre = 1\n```")
})

cell("discord", "formatting", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const { post } = await dc.gets(place, () => corner.say("🌹 *bold* _italic_ ~gone~ `code`\n> quoted\n```\npre = 1\n```\n2 ** 3, __all__"))
  assert.equal(post.content, "🌹 **bold** *italic* ~~gone~~ `code`\n> quoted\n```\npre = 1\n```\n2 \\*\\* 3, \\_\\_all\\_\\_")
  // XEP-0394: beside the text, which is left alone.
  const markup = "<markup xmlns='urn:xmpp:markup:0'><span start='2' end='6'><strong/></span></markup>"
  const { post: told } = await dc.gets(place, () => corner.say("🌹 bold *not*", markup))
  assert.equal(told.content, "🌹 **bold** \\*not\\*")
})

cell("discord", "mention", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  dc.says(place, `Ask 🌹 <@${dc.nurse.id}> and <@${dc.juliet.id}>`)
  const el = await corner.text("Ask 🌹 @Nurse and @Juliet")
  const found = el.getChildren("reference", "urn:xmpp:reference:0").map(({ attrs }) => [attrs["begin"], attrs["end"], attrs["uri"]])
  const room = corner.jid.replace("#", "%23")
  const uri = ({ id, global_name: name }: typeof dc.nurse): string => (place === "room" ? `xmpp:${room}/${name}` : `xmpp:${id}@${domain}`)
  // In code points, as XEP-0372 counts.
  assert.deepEqual(found, [
    ["6", "12", uri(dc.nurse)],
    ["17", "24", uri(dc.juliet)],
  ])
})

cell("discord", "mention", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const who = place === "room" ? dc.nurse : dc.juliet
  const uri = place === "room" ? `xmpp:${corner.jid.replace("#", "%23")}/Nurse` : `xmpp:${who.id}@${domain}`
  const mention = `<reference xmlns='urn:xmpp:reference:0' type='mention' begin='2' end='7' uri='${uri}'/>`
  const { post } = await dc.gets(place, () => corner.say("🌹 Nurse, what man is this?", mention))
  assert.equal(post.content, `🌹 <@${who.id}>, what man is this?`)
  // Nobody is pinged who did not ask for it.
  assert.deepEqual(post.pinged, [])
})

cell("discord", "spoiler", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  dc.says(place, "||They die||")
  const el = await corner.with("spoiler", "urn:xmpp:spoiler:0")
  assert.equal(el.getChildText("body"), "||They die||")
  const marked = el.getChild("fallback", "urn:xmpp:fallback:0")
  assert.equal(marked?.attrs["for"], "urn:xmpp:spoiler:0", "the bars are for those who know no spoilers")
})

cell("discord", "spoiler", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const { post } = await dc.gets(place, () => corner.say("They die", "<spoiler xmlns='urn:xmpp:spoiler:0'/>"))
  assert.equal(post.content, "||They die||")
})

cell("discord", "link", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  dc.says(place, "Read [the play](https://example.org/play) tonight")
  await corner.text("Read the play (https://example.org/play) tonight")
})

cell("discord", "long", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  // What people who pay for it may write.
  const text = Array.from({ length: 4000 }, (_, i) => (i % 7 === 6 ? " " : "a"))
    .join("")
    .trimEnd()
  dc.says(place, text)
  await corner.text(text)
})

cell("discord", "long", "out", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const words = Array.from({ length: 800 }, (_, i) => `word${i}`)
  const { posts } = await dc.getsAll(place, () => corner.say(words.join(" ")), 4)
  const parts = posts.map(({ content }) => content)
  assert.ok(parts.every((part) => part.length <= 2000))
  assert.equal(parts.join(" ").split(/\s+/).join(" "), words.join(" "))
})

cell("discord", "emoji", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const rose = dc.guild.makeEmoji(`rose_in_${place}`)
  dc.says(place, `a <:${rose.name}:${rose.id}> b`)
  await corner.text(`a :${rose.name}: b`)
})

cell("discord", "emoji", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const rose = dc.guild.makeEmoji(`rose_out_${place}`)
  // The gateway is told of it before this comes.
  dc.says(place, "There is one more")
  await corner.text("There is one more")
  const { post } = await dc.gets(place, () => corner.say(`a :${rose.name}: b, :nothing: c`))
  assert.equal(post.content, `a <:${rose.name}:${rose.id}> b, \\:nothing: c`)
})

cell("discord", "typing", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  dc.channel(place).types(dc.juliet)
  const el = await corner.with("composing", chatStates)
  assert.equal(el.attrs["from"], place === "room" ? `${corner.jid}/Juliet` : corner.jid)
})

cell("discord", "typing", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const since = dc.fake.requests.length
  await corner.send(`<composing xmlns='${chatStates}'/>`)
  const typing = (): string[] => dc.fake.requests.slice(since).flatMap(({ path }) => (path.endsWith("/typing") ? [path] : []))
  await dc.sees("the typing", () => typing().length > 0)
  assert.deepEqual(typing(), [`/channels/${dc.channel(place).id}/typing`])
})
