// Discord's messages as readable bodies: one row a kind of content, and of what Discord itself says.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "../support/property.js"
import { bodyOf } from "#discord/text/body.js"
import { describe as describeNotice } from "#discord/text/describe.js"

const general = "41771983423143937"
const names = {
  user: () => undefined,
  role: () => undefined,
  channel: (id: string) => (id === general ? "general" : undefined),
}
const juliet = { id: "2", username: "juliet", global_name: "Juliet" }
const bot = { id: "9", username: "helper", bot: true }
const base = { id: "1", channel_id: general, author: juliet, content: "", type: 0, attachments: [], embeds: [] }
const textOf = (message: object): string => bodyOf({ ...base, ...message }, { names }).text
const address = "https://cdn.discordapp.com/attachments/41771983423143937/5/rose.png"
const signed = `${address}?ex=6543210f&is=65320f8f&hm=00ff&`
const file = { id: "5", filename: "rose.png", content_type: "image/png", size: 1_234_567, url: signed, width: 640, height: 480 }
const ref = `message/${general}/1/5/attachments/41771983423143937/5/rose.png`
const rose = { name: "rose.png", mime: "image/png", kind: "image", width: 640, height: 480, bytes: 1_234_567, ref, stableId: "5" }

describe("what is not plain text becomes readable", () => {
  const rich = {
    type: "rich",
    title: "Build *passed*",
    url: "https://ci.example/7",
    description: "All **green**",
    author: { name: "CI" },
    fields: [
      { name: "Branch", value: "main" },
      { name: "Steps", value: "one\ntwo" },
    ],
    footer: { text: "in 3 s" },
    image: { url: "https://ci.example/7.png" },
  }
  const richText = "CI\nBuild passed\nAll green\nBranch: main\nSteps\none\ntwo\n[Picture] https://ci.example/7.png\nin 3 s"
  const rows: [name: string, message: object, text: string][] = [
    ["file of which little is told", { attachments: [{ id: 5, filename: null }] }, "[File]"],
    ["file without an address", { attachments: [{ ...file, url: "javascript:x" }] }, "[Picture, rose.png, 1.2 MB] javascript:x"],
    ["sticker without a number", { sticker_items: [{ name: "Wumpus waves" }] }, "[Sticker] Wumpus waves"],
    ["embed of a bot", { author: bot, embeds: [rich] }, richText],
    ["embed of a webhook", { webhook_id: "8", embeds: [{ description: "just **this**" }] }, "just this"],
    ["preview of a link", { content: "https://ci.example/7", embeds: [{ ...rich, type: "article" }] }, "https://ci.example/7"],
    [
      "preview of a bot's link",
      { author: bot, content: "https://ci.example/7", embeds: [{ ...rich, type: "link" }] },
      "https://ci.example/7",
    ],
    [
      "laid-out text",
      {
        author: bot,
        flags: 1 << 15,
        components: [
          {
            type: 17,
            components: [
              { type: 10, content: "# News" },
              {
                type: 9,
                components: [{ type: 10, content: "**one**" }],
                accessory: { type: 11, media: { url: "https://x.example/t.png" } },
              },
              { type: 12, items: [{ media: { url: "https://x.example/g.png" }, spoiler: true }] },
              { type: 14 },
            ],
          },
        ],
      },
      "News\none\n[Picture] https://x.example/t.png\n[Picture, hidden as a spoiler] https://x.example/g.png",
    ],
    ["invitation to a game", { activity: { type: 1 }, application: { name: "Chess" } }, "[Invitation to play: Chess]"],
    ["menu of people", { author: bot, components: [{ type: 1, components: [{ type: 5, placeholder: "Whom?" }] }] }, "[Menu] Whom?"],
    ["something else", {}, "[A kind of message that can only be seen on Discord]"],
  ]
  for (const [name, message, text] of rows) it(name, () => assert.equal(textOf(message), text))

  it("with spans where they belong", () => {
    const { text, spans = [] } = bodyOf({ ...base, author: bot, content: "*a*", embeds: [rich] }, { names })
    assert.deepEqual(
      spans.map(({ kind, start, end, arg }) => [kind, text.slice(start, end), arg]),
      [
        ["italic", "a", undefined],
        ["link", "Build passed", "https://ci.example/7"],
        ["bold", "Build passed", undefined],
        ["italic", "passed", undefined],
        ["bold", "green", undefined],
        ["bold", "Branch", undefined],
        ["bold", "Steps", undefined],
      ],
    )
  })

  it("a forwarded message is what was forwarded", () => {
    const snapshot = { content: "**soft**", attachments: [file], timestamp: "2026-11-21T12:00:00Z" }
    const reference = { type: 1, channel_id: general, message_id: "3" }
    const body = bodyOf({ ...base, message_reference: reference, message_snapshots: [{ message: snapshot }] }, { names })
    assert.deepEqual(body, {
      text: "soft",
      spans: [{ kind: "bold", start: 0, end: 4 }],
      files: [rose],
      extras: [{ type: "forward", name: "#general", at: new Date("2026-11-21T12:00:00Z") }],
    })
  })

  it("what the bot may not read is said to be so", () => {
    assert.match(bodyOf(base, { names, content: false }).text, /may not read/)
  })

  it("everybody is called only by those who may", () => {
    const said = { ...base, content: "@everyone" }
    assert.equal(bodyOf(said, { names }).spans, undefined)
    assert.deepEqual(bodyOf({ ...said, mention_everyone: true }, { names }).spans, [{ kind: "everyone", start: 0, end: 9 }])
  })

  it("names of people come with the message", () => {
    const mentions = [{ id: "2", username: "juliet", global_name: "Juliet", member: { nick: "Jule" } }]
    assert.equal(textOf({ content: "<@2> in <#7>", mentions, mention_channels: [{ id: "7", name: "far" }] }), "@Jule in #far")
  })
})

describe("what Discord itself says", () => {
  const mentions = [{ id: "3", username: "romeo", global_name: "Romeo" }]
  const rows: [type: number, fields: object, text: string][] = [
    [1, { mentions }, "Juliet added Romeo."],
    [2, { mentions }, "Juliet removed Romeo."],
    [2, { mentions: [juliet] }, "Juliet left."],
    [3, { call: { participants: ["2"], ended_timestamp: null } }, "Juliet started a call. It can be joined on Discord only."],
    [3, { call: { participants: ["2"], ended_timestamp: "2026-11-21T12:00:00Z" } }, "Juliet called; nobody answered."],
    [4, { content: "balcony" }, "Juliet changed the name to «balcony»."],
    [5, {}, "Juliet changed the picture."],
    [6, {}, "Juliet pinned a message."],
    [6, { referenced_message: { content: "a\nb" } }, "Juliet pinned: a b"],
    [7, {}, "Juliet joined the server."],
    [8, {}, "Juliet boosted the server."],
    [9, { content: "3" }, "Juliet boosted the server 3 times. It has reached level 1."],
    [12, { content: "News #all" }, "Juliet has this channel follow «News #all»: its announcements are shown here."],
    [18, { content: "plans" }, "Juliet started a thread: plans"],
    [
      24,
      { embeds: [{ type: "auto_moderation_message", description: "bad words", fields: [{ name: "rule_name", value: "Manners" }] }] },
      "AutoMod stopped a message (Manners): bad words",
    ],
    [
      25,
      { role_subscription_data: { tier_name: "Gold", total_months_subscribed: 2, is_renewal: true } },
      "Juliet renewed a subscription to Gold, 2 months in all.",
    ],
    [27, { content: "Sonnets" }, "Juliet opened the stage: Sonnets"],
    [28, {}, "Juliet closed the stage."],
    [31, { content: "Odes" }, "Juliet changed the topic of the stage: Odes"],
    [32, { application: { name: "Chess" } }, "Juliet upgraded Chess for the server."],
    [36, { content: "2026-11-21T12:00:00Z" }, "Juliet switched security actions on until 2026-11-21 12:00 UTC."],
    [44, { purchase_notification: { guild_product_purchase: { product_name: "Rose" } } }, "Juliet bought Rose."],
    [
      46,
      {
        embeds: [
          {
            type: "poll_result",
            fields: [
              { name: "poll_question_text", value: "Whose hand?" },
              { name: "victor_answer_text", value: "Romeo" },
              { name: "victor_answer_votes", value: "3" },
              { name: "total_votes", value: "4" },
            ],
          },
        ],
      },
      "The poll «Whose hand?» has ended: Romeo (3 of 4 votes).",
    ],
  ]
  for (const [type, fields, text] of rows)
    it(`${type}: ${text}`, () => assert.deepEqual(describeNotice({ ...base, type, ...fields }, "Juliet", names), { notice: text }))

  it("every type has words, even with nothing in it", () => {
    for (let type = 0; type < 60; type++) {
      const said = describeNotice({ type }, "Juliet", names)
      if (said !== undefined && said !== "nothing") assert.match(said.notice, /\w.*[.:]/, String(type))
    }
  })

  it("the first message of a thread is not said twice", () => {
    assert.equal(describeNotice({ ...base, type: 21 }, "Juliet", names), "nothing")
  })

  it("a type that nobody knows is a message", () => {
    assert.equal(describeNotice({ ...base, type: 99, content: "hm" }, "Juliet", names), undefined)
  })
})

describe("whatever a server sends", () => {
  const keys = [
    ..."id content type flags author webhook_id bot embeds attachments poll components message_reference message_snapshots message".split(
      " ",
    ),
    ..."sticker_items activity title url description fields name value question answers results answer_counts emoji media items options".split(
      " ",
    ),
    ..."accessory component call mentions member channel_id attachment_id filename title url proxy_url image thumbnail file items size width".split(
      " ",
    ),
  ]
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>(null, undefined, "", "x", "**b", 0, 1, 2, 3, 10, 12, 17, true, Number.NaN, 1e300, "https://x.example", "42"),
      fc.array(tie("any"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...keys), tie("any"), { maxKeys: 8 }),
    ),
  }))

  it("is a body that is not empty", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), any), (message) => {
        const { text, spans = [], files = [], extras = [] } = bodyOf(message, { names })
        assert.ok(text.trim() !== "" || files.length > 0 || extras.length > 0)
        for (const { name, mime, ref } of files) assert.ok(name !== "" && mime !== "" && ref !== "")
        for (const extra of extras) if (extra.type === "choice") assert.ok(extra.options.every(({ id, text }) => id !== "" && text !== ""))
        for (const { start, end } of spans) assert.ok(start >= 0 && start < end && end <= text.length)
        describeNotice(message, "Juliet", names)
      }),
      { numRuns: 5000 },
    )
  })
})
