// Files of Discord's messages, what can be chosen in them, and what they link to.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { bodyOf } from "#discord/text/body.js"

const general = "41771983423143937"
const names = {
  user: () => undefined,
  role: () => undefined,
  channel: (id: string) => (id === general ? "general" : undefined),
}
const juliet = { id: "2", username: "juliet", global_name: "Juliet" }
const bot = { id: "9", username: "helper", bot: true }
const base = { id: "1", channel_id: general, author: juliet, content: "", type: 0, attachments: [], embeds: [] }
const address = "https://cdn.discordapp.com/attachments/41771983423143937/5/rose.png"
const signed = `${address}?ex=6543210f&is=65320f8f&hm=00ff&`
const file = { id: "5", filename: "rose.png", content_type: "image/png", size: 1_234_567, url: signed, width: 640, height: 480 }
const ref = `message/${general}/1/5/attachments/41771983423143937/5/rose.png`
const rose = { name: "rose.png", mime: "image/png", kind: "image", width: 640, height: 480, bytes: 1_234_567, ref, stableId: "5" }

describe("files", () => {
  const of = (message: object): unknown => bodyOf({ ...base, ...message }, { names }).files
  const voice = {
    ...file,
    filename: "voice-message.ogg",
    content_type: "audio/ogg; codecs=opus",
    duration_secs: 65.2,
    width: null,
    height: null,
  }
  const { width: _w, height: _h, ...flat } = rose
  const rows: [name: string, message: object, file: object][] = [
    ["picture", { attachments: [file] }, rose],
    ["animation", { attachments: [{ ...file, content_type: "image/gif" }] }, { ...rose, mime: "image/gif", kind: "animation" }],
    [
      "animated picture",
      { attachments: [{ ...file, content_type: "image/webp", flags: 32 }] },
      { ...rose, mime: "image/webp", kind: "animation" },
    ],
    [
      "clip",
      { attachments: [{ ...file, content_type: "video/mp4", flags: 1, title: "Balcony" }] },
      { ...rose, name: "Balcony.png", mime: "video/mp4", kind: "video" },
    ],
    ["by its name", { attachments: [{ ...file, content_type: null }] }, rose],
    [
      "hidden, with words",
      { attachments: [{ ...file, filename: "SPOILER_rose.png", description: " a rose " }] },
      { ...rose, alt: "a rose", spoiler: true },
    ],
    ["hidden by its flag", { attachments: [{ ...file, flags: 8 }] }, { ...rose, spoiler: true }],
    [
      "voice message",
      { flags: 8192, attachments: [voice] },
      { ...flat, name: "voice-message.ogg", mime: "audio/ogg", kind: "voice", seconds: 65.2 },
    ],
    ["audio", { attachments: [voice] }, { ...flat, name: "voice-message.ogg", mime: "audio/ogg", kind: "audio", seconds: 65.2 }],
    [
      "sticker",
      { sticker_items: [{ id: "6", name: "Wumpus waves", format_type: 1 }] },
      { name: "Wumpus waves.png", mime: "image/png", kind: "sticker", alt: "Wumpus waves", ref: "stickers/6.png", stableId: "sticker-6" },
    ],
    [
      "sticker that is drawn by a program",
      { stickers: [{ id: "6", name: "Wave", format_type: 3 }] },
      { name: "Wave.json", mime: "application/json", kind: "sticker", alt: "Wave", ref: "stickers/6.json", stableId: "sticker-6" },
    ],
  ]
  for (const [name, message, told] of rows) it(name, () => assert.deepEqual(of(message), [told]))

  it("the same file is named the same when its address is signed anew", () => {
    assert.deepEqual(of({ attachments: [{ ...file, url: `${address}?ex=7654321f&is=1&hm=ff&` }] }), [rose])
  })

  it("the picture of a bot's embed is a file, if Discord holds it", () => {
    const proxied = "https://images-ext-1.discordapp.net/external/Ab_C/https/ci.example/7.png"
    const embed = (image: object): object => ({ author: bot, embeds: [{ type: "rich", title: "Build", image }] })
    const { text, files = [] } = bodyOf(
      { ...base, ...embed({ url: "https://ci.example/7.png", proxy_url: proxied, width: 8, height: 6 }) },
      { names },
    )
    assert.equal(text, "Build")
    assert.deepEqual(
      files.map(({ name, mime, kind, width, height }) => [name, mime, kind, width, height]),
      [["7.png", "image/png", "image", 8, 6]],
    )
    assert.match(files[0]?.ref ?? "", /^message\/41771983423143937\/1\/[0-9a-f]{24}$/)
    assert.equal(of(embed({ url: "https://ci.example/7.png" })), undefined)
  })

  it("what a bot lays out, once each", () => {
    const media = {
      url: signed,
      proxy_url: signed.replace("cdn.discordapp.com", "media.discordapp.net"),
      attachment_id: "5",
      content_type: "image/png",
      width: 640,
      height: 480,
    }
    const components = [
      {
        type: 17,
        components: [
          { type: 12, items: [{ media, description: "a rose", spoiler: true }] },
          { type: 13, file: media, name: "rose.png", size: 1_234_567 },
        ],
      },
    ]
    assert.deepEqual(of({ author: bot, attachments: [], components }), [rose])
    assert.deepEqual(of({ author: bot, components: components[0]?.components.slice(0, 1) }), [
      { name: "rose.png", mime: "image/png", kind: "image", width: 640, height: 480, alt: "a rose", spoiler: true, ref, stableId: "5" },
    ])
  })
})

describe("what can be chosen, and what is linked to", () => {
  const poll = {
    question: { text: "Whose hand?" },
    answers: [
      { answer_id: 1, poll_media: { text: "Paris", emoji: { name: "🌹", id: null } } },
      { answer_id: 2, poll_media: { text: "Romeo" } },
    ],
    expiry: "2026-11-21T12:00:00+00:00",
    allow_multiselect: true,
  }

  it("poll", () => {
    assert.deepEqual(bodyOf({ ...base, poll }, { names }), {
      text: "Whose hand?\n(until 2026-11-21 12:00 UTC)",
      extras: [
        {
          type: "choice",
          as: "poll",
          options: [
            { id: "1", text: "🌹 Paris" },
            { id: "2", text: "Romeo" },
          ],
          multiple: true,
        },
      ],
    })
  })

  it("closed poll: what nobody voted for has no votes", () => {
    const results = { is_finalized: true, answer_counts: [{ id: 2, count: 3, me_voted: false }] }
    assert.deepEqual(bodyOf({ ...base, poll: { ...poll, allow_multiselect: false, results } }, { names }), {
      text: "Whose hand?",
      extras: [
        {
          type: "choice",
          as: "poll",
          options: [
            { id: "1", text: "🌹 Paris", votes: 0 },
            { id: "2", text: "Romeo", votes: 3 },
          ],
          closed: true,
        },
      ],
    })
  })

  it("buttons and menus", () => {
    const buttons = [
      { type: 2, style: 1, label: "Yes", custom_id: "y", emoji: { name: "✅" } },
      { type: 2, style: 5, label: "Docs", url: "https://docs.example" },
    ]
    const menu = {
      type: 3,
      placeholder: "Colour",
      options: [
        { label: "red", value: "r" },
        { label: "blue", value: "b" },
      ],
    }
    const components = [
      { type: 1, components: buttons },
      { type: 1, components: [menu] },
    ]
    assert.deepEqual(bodyOf({ ...base, author: bot, content: "Choose", components }, { names }), {
      text: "Choose\n[Menu] Colour",
      extras: [
        {
          type: "choice",
          as: "buttons",
          options: [
            { id: "y", text: "✅ Yes" },
            { id: "button-2", text: "Docs", url: "https://docs.example" },
          ],
        },
        {
          type: "choice",
          as: "buttons",
          options: [
            { id: "r", text: "red" },
            { id: "b", text: "blue" },
          ],
        },
      ],
    })
  })

  it("a link's preview", () => {
    const thumbnail = {
      url: "https://news.example/t.jpg",
      proxy_url: "https://images-ext-2.discordapp.net/external/x/https/news.example/t.jpg",
    }
    const embed = { type: "article", url: "https://news.example/7", title: "Truce", description: "Both houses", thumbnail }
    const { text, extras = [] } = bodyOf({ ...base, content: "https://news.example/7", embeds: [embed] }, { names })
    assert.equal(text, "https://news.example/7")
    const [preview] = extras
    assert.ok(preview?.type === "preview")
    const { image, ...words } = preview
    assert.deepEqual(words, { type: "preview", url: "https://news.example/7", title: "Truce", text: "Both houses" })
    assert.deepEqual([image?.name, image?.mime], ["t.jpg", "image/jpeg"])
  })
})
