// What people say between Telegram and XMPP, in a direct chat and a group: text and all that can be done with it, as each side sees it.
import assert from "node:assert/strict"
import type { MessageEntity } from "node-telegram-bot-api"
import { after, before } from "node:test"
import { cell } from "../support/cells.js"
import { TelegramParlour, domain, juliet, nurse } from "../support/telegram-parlour.js"

const both = ["direct", "room"] as const

let tg: TelegramParlour
before(async () => {
  tg = await TelegramParlour.open()
})
after(() => tg.close())

/** Telegram's entities of what stands in the text so: `{ bold: "night" }`. */
function entities(text: string, marks: Record<string, string>, more: Partial<MessageEntity> = {}): MessageEntity[] {
  return Object.entries(marks).map(([type, part]) => ({ type, offset: text.indexOf(part), length: part.length, ...more }) as MessageEntity)
}

cell("telegram", "text", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const text = "O Romeo 🌹, *wherefore* art thou <Romeo> & «דוד»?\n> not a quotation, é"
  tg.says(place, text)
  const el = await corner.next((one) => /wherefore/.test(one.getChildText("body") ?? ""), "it")
  console.log(el.toString())
})

cell("telegram", "text", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const text = "She speaks 🌹 <again> & «דוד»:\nO speak again, bright angel"
  const { sent } = await tg.gets(place, () => corner.say(text))
  assert.equal(sent.text, text)
})

cell("telegram", "formatting", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const text = "🌹 bold, italic, gone, code, under\nquoted\npre = 1"
  tg.says(place, {
    text,
    entities: entities(text, {
      bold: "bold",
      italic: "italic",
      strikethrough: "gone",
      code: "code",
      underline: "under",
      blockquote: "quoted",
      pre: "pre = 1",
    }),
  })
  const el = await corner.next((one) => /quoted/.test(one.getChildText("body") ?? ""), "it")
  console.log(el.toString())
})

cell("telegram", "formatting", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const { sent } = await tg.gets(place, () => corner.say("🌹 *bold* _italic_ ~gone~ `code`\n> quoted\n```\npre = 1\n```\n2 * 3 * 4"))
  console.log(JSON.stringify(sent))
})

cell("telegram", "mention", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const text = "Ask 🌹 the Nurse and @juliet"
  const user = nurse
  tg.says(place, {
    text,
    entities: [...entities(text, { text_mention: "the Nurse" }, { user }), ...entities(text, { mention: "@juliet" })],
  })
  const el = await corner.text(text)
  console.log(el.toString())
})

cell("telegram", "mention", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const uri = place === "room" ? `xmpp:${encodeURIComponent(`#${tg.group.id}`)}@${domain}/Nurse` : `xmpp:${juliet.id}@${domain}`
  const mention = `<reference xmlns='urn:xmpp:reference:0' type='mention' begin='2' end='7' uri='${uri}'/>`
  const { sent } = await tg.gets(place, () => corner.say("🌹 Nurse, what man is this?", mention))
  console.log(JSON.stringify(sent))
})

cell("telegram", "spoiler", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  tg.says(place, { text: "They die", entities: entities("They die", { spoiler: "They die" }) })
  const el = await corner.with("spoiler", "urn:xmpp:spoiler:0")
  console.log(el.toString())
})

cell("telegram", "spoiler", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const { sent } = await tg.gets(place, () => corner.say("They die", "<spoiler xmlns='urn:xmpp:spoiler:0'/>"))
  console.log(JSON.stringify(sent))
})

cell("telegram", "link", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const text = "Read the play tonight"
  tg.says(place, { text, entities: entities(text, { text_link: "the play" }, { url: "https://example.org/play" }) })
  const el = await corner.next((one) => /play/.test(one.getChildText("body") ?? ""), "it")
  console.log(el.toString())
})

cell("telegram", "long", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const text = Array.from({ length: 4096 }, (_, i) => (i % 7 === 6 ? " " : "a"))
    .join("")
    .trimEnd()
  tg.says(place, text)
  await corner.text(text)
})

cell("telegram", "long", "out", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const words = Array.from({ length: 1800 }, (_, i) => `word${i}`)
  const from = tg.count(place)
  await corner.say(words.join(" "))
  const parts: string[] = []
  while (parts.join(" ").split(/\s+/).length < words.length) parts.push((await tg.sent(place, from + parts.length)).text)
  assert.equal(parts.length, 4)
  assert.equal(parts.join(" ").split(/\s+/).join(" "), words.join(" "))
})

cell("telegram", "emoji", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  tg.says(place, { text: "a 🌹 b", entities: [{ type: "custom_emoji", offset: 2, length: 2, custom_emoji_id: "5368324170671202286" }] })
  console.log((await corner.text(/a 🌹/)).toString())
})

cell("telegram", "typing", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const before = tg.bot.actions.length
  await corner.send("<composing xmlns='http://jabber.org/protocol/chatstates'/>")
  await tg.api.waitFor(() => tg.bot.actions.length > before, "the typing")
  assert.deepEqual(tg.bot.actions.slice(before), [{ chat: tg.chatOf(place), action: "typing" }])
})
