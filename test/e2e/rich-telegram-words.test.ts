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
  return Object.entries(marks).map(([type, part]) => ({ type, offset: text.indexOf(part), length: part.length, ...more }))
}

cell("telegram", "text", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const text = "O Romeo 🌹, *wherefore* art thou <Romeo> & «דוד»?\n> not a quotation, é"
  tg.says(place, text)
  const el = await corner.text(text)
  assert.ok(el.getChild("unstyled", "urn:xmpp:styling:0"), el.toString())
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
  // XEP-0393; it has no underlining.
  await corner.text("🌹 *bold*, _italic_, ~gone~, `code`, _under_\n> quoted\n```\npre = 1\n```")
})

cell("telegram", "formatting", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const styled = "🌹 *bold* _italic_ ~gone~ `code`\n> quoted\n```\npre = 1\n```\n2 * 3 * 4"
  const { sent } = await tg.gets(place, () => corner.say(styled))
  assert.equal(sent.text, "🌹 bold italic gone code\nquoted\npre = 1\n2 * 3 * 4")
  const expected = ["bold bold", "italic italic", "strikethrough gone", "code code", "blockquote quoted", "pre pre = 1"]
  assert.deepEqual(tg.marks(place, sent), expected)
  // XEP-0394: beside the text, which is left alone.
  const markup = "<markup xmlns='urn:xmpp:markup:0'><span start='2' end='6'><strong/></span></markup>"
  const { sent: told } = await tg.gets(place, () => corner.say("🌹 bold *not*", markup))
  assert.deepEqual([told.text, tg.marks(place, told)], ["🌹 bold *not*", ["bold bold"]])
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
  const [at, whom] = place === "room" ? [corner.jid.replace("#", "%23"), ["/Nurse", "/Juliet"]] : [domain, [nurse.id, juliet.id]]
  const found = el.getChildren("reference", "urn:xmpp:reference:0").map(({ attrs }) => [attrs["begin"], attrs["end"], attrs["uri"]])
  const uri = (who: string | number | undefined): string => (place === "room" ? `xmpp:${at}${who}` : `xmpp:${who}@${at}`)
  // In code points, as XEP-0372 counts.
  assert.deepEqual(found, [
    ["6", "15", uri(whom[0])],
    ["20", "27", uri(whom[1])],
  ])
})

cell("telegram", "mention", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const uri = place === "room" ? `xmpp:${encodeURIComponent(`#${tg.group.id}`)}@${domain}/Nurse` : `xmpp:${juliet.id}@${domain}`
  const mention = `<reference xmlns='urn:xmpp:reference:0' type='mention' begin='2' end='7' uri='${uri}'/>`
  const { sent } = await tg.gets(place, () => corner.say("🌹 Nurse, what man is this?", mention))
  assert.equal(sent.text, "🌹 Nurse, what man is this?")
  const [entity] = tg.message(place, sent.id).entities ?? []
  const who = place === "room" ? nurse.id : juliet.id
  assert.deepEqual([entity?.type, entity?.offset, entity?.length, entity?.user?.id], ["text_mention", 3, 5, who])
})

cell("telegram", "spoiler", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  tg.says(place, { text: "They die", entities: entities("They die", { spoiler: "They die" }) })
  const el = await corner.with("spoiler", "urn:xmpp:spoiler:0")
  assert.equal(el.getChildText("body"), "||They die||")
  const marked = el.getChild("fallback", "urn:xmpp:fallback:0")
  assert.equal(marked?.attrs["for"], "urn:xmpp:spoiler:0", "the bars are for those who know no spoilers")
})

cell("telegram", "spoiler", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const { sent } = await tg.gets(place, () => corner.say("They die", "<spoiler xmlns='urn:xmpp:spoiler:0'/>"))
  assert.deepEqual([sent.text, tg.marks(place, sent)], ["They die", ["spoiler They die"]])
})

cell("telegram", "link", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const text = "Read the play tonight"
  tg.says(place, { text, entities: entities(text, { text_link: "the play" }, { url: "https://example.org/play" }) })
  await corner.text("Read the play (https://example.org/play) tonight")
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
  // The emoji that Telegram itself shows in its place.
  await corner.text("a 🌹 b")
})

cell("telegram", "typing", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const before = tg.bot.actions.length
  await corner.send("<composing xmlns='http://jabber.org/protocol/chatstates'/>")
  await tg.api.waitFor(() => tg.bot.actions.length > before, "the typing")
  assert.deepEqual(tg.bot.actions.slice(before), [{ chat: tg.chatOf(place), action: "typing" }])
})
