// Telegram messages as bodies: the table of contents, marks of forwarding and replies, offsets of spans.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Message } from "node-telegram-bot-api"
import { bodyOf, replyOf, summaryOf } from "#telegram/body.js"
import { spansOf } from "#telegram/spans.js"

const base = {
  message_id: 7,
  date: 1_700_000_000,
  chat: { id: 5, type: "private", first_name: "Juliet" },
  from: { id: 5, is_bot: false, first_name: "Juliet" },
}
const file = { file_id: "f", file_unique_id: "u" }
const picture = [{ ...file, width: 1, height: 1 }]
const text = (fields: Partial<Message>): string | undefined => bodyOf({ ...base, ...fields })?.text
const summary = (fields: Partial<Message>): string | undefined => summaryOf({ ...base, ...fields })

describe("what is not plain text has a readable line, where it is quoted or has no other form", () => {
  const poll = {
    id: "1",
    question: "Whose hand?",
    options: ["Paris", "Romeo"].map((name) => ({ persistent_id: name, text: name, voter_count: 0 })),
    total_voter_count: 0,
    is_closed: false,
    is_anonymous: true,
    type: "regular",
    allows_multiple_answers: false,
    allows_revoting: true,
    members_only: false,
  }
  const rows: [string, Partial<Message>, string][] = [
    ["photo", { photo: picture }, "[Photo]"],
    ["photo with caption", { photo: picture, caption: "The balcony\nat night" }, "The balcony\nat night"],
    ["hidden photo", { photo: picture, has_media_spoiler: true }, "[Photo, hidden as a spoiler]"],
    ["animation, which is a document too", { animation: { ...file, width: 1, height: 1, duration: 3 }, document: file }, "[Animation]"],
    ["live photo, which is a photo too", { live_photo: { ...file, width: 1, height: 1, duration: 3 }, photo: picture }, "[Live photo]"],
    ["video", { video: { ...file, width: 1, height: 1, duration: 75 } }, "[Video, 1:15]"],
    ["video note", { video_note: { ...file, length: 1, duration: 9 } }, "[Video message, 0:09]"],
    ["voice", { voice: { ...file, duration: 61 } }, "[Voice message, 1:01]"],
    ["audio", { audio: { ...file, duration: 180, performer: "Prokofiev", title: "Dance" } }, "[Audio Prokofiev – Dance, 3:00]"],
    ["audio without names", { audio: { ...file, duration: 5 } }, "[Audio, 0:05]"],
    ["file", { document: { ...file, file_name: "letter.pdf" }, caption: "read" }, "read"],
    ["file without a name", { document: file }, "[File]"],
    [
      "sticker",
      { sticker: { ...file, type: "regular", width: 1, height: 1, is_animated: false, is_video: false, emoji: "🌹" } },
      "🌹 [Sticker]",
    ],
    ["location", { location: { latitude: 45.4419, longitude: 10.9985 } }, "[Location] geo:45.4419,10.9985"],
    ["live location", { location: { latitude: 1, longitude: -2, live_period: 60 } }, "[Live location] geo:1,-2"],
    [
      "venue, which is a location too",
      { venue: { location: { latitude: 1, longitude: 2 }, title: "Cell", address: "Verona" }, location: { latitude: 1, longitude: 2 } },
      "[Place] Cell, Verona\ngeo:1,2",
    ],
    ["contact", { contact: { phone_number: "+39045", first_name: "Friar", last_name: "Laurence" } }, "[Contact] Friar Laurence +39045"],
    ["poll", { poll }, "[Poll] Whose hand?\n• Paris\n• Romeo"],
    ["quiz", { poll: { ...poll, type: "quiz" } }, "[Quiz] Whose hand?\n• Paris\n• Romeo"],
    [
      "checklist",
      {
        checklist: {
          title: "Flee",
          tasks: [
            { id: 1, text: "potion", completion_date: 1 },
            { id: 2, text: "letter" },
          ],
        },
      },
      "[Checklist] Flee\n☑ potion\n☐ letter",
    ],
    ["dice", { dice: { emoji: "🎲", value: 6 } }, "🎲 6"],
    ["story", { story: { id: 1, chat: { id: 9, type: "private", first_name: "Paris" } } }, "[Story of Paris]"],
    [
      "story of somebody with a username",
      { story: { id: 7, chat: { id: 9, type: "private", first_name: "Paris", username: "paris" } } },
      "[Story of @paris] https://t.me/paris/s/7",
    ],
    ["game", { game: { title: "Chess", description: "for two", photo: picture } }, "[Game] Chess\nfor two"],
    [
      "invoice",
      { invoice: { title: "Potion", description: "to sleep", start_parameter: "", currency: "JPY", total_amount: 400 } },
      "[Invoice] Potion: to sleep (400 JPY)",
    ],
    [
      "invoice in stars",
      { invoice: { title: "Potion", description: "", start_parameter: "", currency: "XTR", total_amount: 1 } },
      "[Invoice] Potion (1 star)",
    ],
    [
      "giveaway",
      { giveaway: { chats: [], winners_selection_date: 0, winner_count: 2, prize_description: "A ring" } },
      "[Giveaway] A ring, 2 winners, on 1970-01-01",
    ],
    ["what is newer than this table", { hologram: {} } as Partial<Message>, "[A kind of message that can only be seen in Telegram]"],
  ]
  for (const [name, fields, line] of rows) it(name, () => assert.equal(summary(fields), line))

  it("service messages say nothing", () => {
    assert.equal(bodyOf({ ...base, pinned_message: { ...base, date: 0 } }), undefined)
    assert.equal(bodyOf({ ...base, message_auto_delete_timer_changed: { message_auto_delete_time: 60 } }), undefined)
  })

  it("a rich message is read block by block", () => {
    const blocks = [
      { type: "heading", text: "Act II", size: 1 },
      {
        type: "paragraph",
        text: ["But ", { type: "bold", text: "soft" }, ", ", { type: "custom_emoji", custom_emoji_id: "1", alternative_text: "🌅" }],
      },
      {
        type: "list",
        items: [
          { label: "1.", blocks: [{ type: "paragraph", text: "one" }] },
          { label: "", has_checkbox: true, is_checked: true, blocks: [{ type: "paragraph", text: "two" }] },
        ],
      },
      {
        type: "table",
        cells: [
          [
            { text: "a", align: "left", valign: "top" },
            { text: "b", align: "left", valign: "top" },
          ],
        ],
      },
      { type: "blockquote", blocks: [{ type: "paragraph", text: "east" }], credit: "Romeo" },
      { type: "photo", photo: picture, caption: { text: "sun" } },
    ]
    const rich_message = { blocks } as unknown as NonNullable<Message["rich_message"]>
    assert.equal(text({ rich_message }), "Act II\nBut soft, 🌅\n1. one\n☑ two\na | b\n> east\n> Romeo\n[Photo]\nsun")
  })
})

describe("what stands around a text", () => {
  const forward = (forward_origin: object): unknown =>
    bodyOf({ ...base, text: "hi", forward_origin: forward_origin as NonNullable<Message["forward_origin"]> })?.extras
  it("names the author of what is forwarded", () => {
    const date = 1
    const at = new Date(1000)
    const by = (name: string) => [{ type: "forward", name, at }]
    assert.deepEqual(
      forward({ type: "user", date, sender_user: { id: 1, is_bot: false, first_name: "Romeo", last_name: "M" } }),
      by("Romeo M"),
    )
    assert.deepEqual(forward({ type: "user", date, sender_user: { id: 1, is_bot: false, first_name: "" } }), by("a deleted account"))
    assert.deepEqual(forward({ type: "hidden_user", date, sender_user_name: "Someone" }), by("Someone"))
    const news = { type: "channel", date, message_id: 1, chat: { id: -100, type: "channel", title: "Verona news" } }
    assert.deepEqual(forward(news), by("Verona news"))
    assert.deepEqual(forward({ ...news, author_signature: "Friar" }), by("Friar (Verona news)"))
  })

  it("quotes what stands in another chat", () => {
    const origin = { type: "user", date: 1, sender_user: { id: 1, is_bot: false, first_name: "Romeo" } }
    const quoting = bodyOf({
      ...base,
      text: "so?",
      entities: [{ type: "bold", offset: 0, length: 2 }],
      external_reply: { origin, chat: { id: -1, type: "supergroup" } },
      quote: { text: "two\nlines", position: 0 },
    })
    assert.equal(quoting?.text, "Romeo: two\nlines\nso?")
    assert.deepEqual(quoting?.spans, [
      { kind: "quote", start: 0, end: 16 },
      { kind: "bold", start: 17, end: 19 },
    ])
    assert.equal(text({ text: "so?", external_reply: { origin, photo: picture } }), "Romeo: [Photo]\nso?")
  })

  it("fills in the message replied to", () => {
    const quoted = { ...base, message_id: 3, text: "What’s in a name?", from: { id: 8, is_bot: true, first_name: "Bot" } }
    assert.deepEqual(replyOf({ ...base, text: "x", reply_to_message: quoted }), { id: "3", text: "What’s in a name?", author: "Bot" })
    assert.deepEqual(replyOf({ ...base, reply_to_message: quoted, quote: { text: "name", position: 13 } })?.quote, "name")
    assert.equal(replyOf({ ...base, text: "x" }), undefined)
  })
})

describe("spans", () => {
  const of = (body: ReturnType<typeof bodyOf>, i = 0): string => body!.text.slice(body!.spans![i]!.start, body!.spans![i]!.end)

  it("count UTF-16 units, as Telegram does", () => {
    const said = "👩‍❤️‍👨 see here"
    const body = bodyOf({
      ...base,
      text: said,
      entities: [{ type: "text_link", offset: said.indexOf("here"), length: 4, url: "https://example.org/" }],
    })
    assert.equal(of(body), "here")
    assert.deepEqual(body?.spans?.[0], { kind: "link", start: said.indexOf("here"), end: said.length, arg: "https://example.org/" })
  })

  it("move with what is put before the text", () => {
    const body = bodyOf({
      ...base,
      paid_media: { star_count: 5, paid_media: [{ type: "preview" }] },
      caption: "𝒪 bold",
      caption_entities: [{ type: "bold", offset: 3, length: 4 }],
    })
    assert.equal(body?.text, "[Paid media, 5 stars] 𝒪 bold")
    assert.equal(of(body), "bold")
  })

  it("tell whom «@username» means, if we have met them", () => {
    const entities = [{ type: "mention", offset: 3, length: 7 }]
    const named = (name: string): string | undefined => (name === "juliet" ? "42" : undefined)
    assert.deepEqual(spansOf(entities, "hi @juliet", 0, named), [{ kind: "mention", start: 3, end: 10, arg: "42" }])
    assert.deepEqual(spansOf(entities, "hi @tybalt", 0, named), [])
  })

  it("carry their argument, and nothing that lies outside the text", () => {
    const user = { id: 42, is_bot: false, first_name: "R" }
    const entities = [
      { type: "text_mention", offset: 0, length: 1, user },
      { type: "pre", offset: 0, length: 1, language: "ts" },
      { type: "custom_emoji", offset: 0, length: 1, custom_emoji_id: "77" },
      { type: "date_time", offset: 0, length: 1, unix_time: 5 },
      { type: "expandable_blockquote", offset: 0, length: 1 },
      { type: "hashtag", offset: 0, length: 1 },
      { type: "bold", offset: 0, length: 9 },
      { type: "bold", offset: -1, length: 1 },
    ]
    assert.deepEqual(
      spansOf(entities, "abc").map(({ kind, arg }) => [kind, arg]),
      [
        ["mention", "42"],
        ["pre", "ts"],
        ["emoji", "77"],
        ["time", "5"],
        ["quote", undefined],
      ],
    )
  })
})
