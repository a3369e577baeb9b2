// Updates of the Bot API as events, and what a token looks like.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Message, Update } from "node-telegram-bot-api"
import { tokenIn } from "#telegram/login.js"
import { options } from "#telegram/options.js"
import { contactOf } from "#telegram/people.js"
import { orderKeys, translate, type Translated } from "#telegram/updates.js"
import { secret } from "../support/secrets.js"

const juliet = { id: 5_200_000_001, is_bot: false, first_name: "Juliet", last_name: "Capulet", username: "juliet", language_code: "it" }
const self = 4711
const chat = { id: juliet.id, type: "private", first_name: "Juliet" }
const message = (fields: Partial<Message> = {}): Message => ({
  message_id: 7,
  date: 1_700_000_000,
  chat,
  from: juliet,
  text: "Ay me!",
  ...fields,
})
const contact = {
  id: "5200000001",
  name: "Juliet Capulet",
  username: "juliet",
  kind: "person",
  profile: { url: "https://t.me/juliet", language: "it" },
}
const eventOf = (update: object): unknown => {
  const result: Translated = translate({ update_id: 1, ...update } as Update, self)
  if ("skip" in result) return result
  assert.equal(result.events.length, 1)
  return result.events[0]
}

describe("translate", () => {
  it("a text", () => {
    assert.deepEqual(eventOf({ message: message() }), {
      type: "message",
      chat: { user: "5200000001" },
      from: contact,
      id: "7",
      at: new Date(1_700_000_000_000),
      body: { text: "Ay me!" },
    })
  })

  it("an edit, with a revision that tells two within one second apart", () => {
    const edit = (text: string) =>
      eventOf({ edited_message: message({ text, edit_date: 1_700_000_009 }) }) as { type: string; revision: string; at: Date }
    assert.equal(edit("a").type, "edit")
    assert.deepEqual(edit("a").at, new Date(1_700_000_009_000))
    assert.match(edit("a").revision, /^1700000009-/)
    assert.equal(edit("a").revision, edit("a").revision)
    assert.notEqual(edit("a").revision, edit("b").revision)
  })

  it("parts of an album, and /start as it is", () => {
    assert.equal((eventOf({ message: message({ media_group_id: "g1" }) }) as { group: string }).group, "g1")
    assert.equal((eventOf({ message: message({ text: "/start" }) }) as { body: { text: string } }).body.text, "/start")
  })

  it("who blocks and unblocks the bot", () => {
    const bot = { id: 1, is_bot: true, first_name: "b" }
    const change = (from: string, to: string): Translated =>
      translate(
        {
          update_id: 1,
          my_chat_member: {
            chat,
            from: juliet,
            date: 9,
            old_chat_member: { status: from, user: bot },
            new_chat_member: { status: to, user: bot },
          },
        },
        self,
      )
    const blocked = change("member", "kicked")
    assert.ok("events" in blocked && blocked.once)
    const [notice] = blocked.events
    assert.ok(notice?.type === "notice")
    assert.match(notice.text, /^Juliet Capulet has blocked the bot/)
    assert.match((change("kicked", "member") as { events: { text: string }[] }).events[0]!.text, /unblocked/)
    assert.ok("skip" in change("member", "member"))
  })

  it("leaves out direct messages of channels, service messages, unknown polls, other updates", () => {
    const direct = { id: -100, type: "supergroup", title: "Verona", is_direct_messages: true as const }
    for (const update of [
      { message: message({ chat: direct }) },
      { edited_message: message({ chat: direct }) },
      { message: { ...message({ pinned_message: message() }), text: undefined } },
      { poll: {} },
      {},
    ])
      assert.ok("skip" in translate({ update_id: 1, ...update } as unknown as Update, self), JSON.stringify(update))
  })

  it("keeps what concerns one chat in one order", () => {
    const orderKey = orderKeys([])
    assert.equal(orderKey({ update_id: 1, message: message() }), juliet.id)
    assert.equal(orderKey({ update_id: 1, edited_message: message() }), juliet.id)
  })
})

describe("contacts", () => {
  it("a deleted account has no name, which leaves the known one", () => {
    assert.deepEqual(contactOf({ id: 9, is_bot: false, first_name: "" }), { id: "9", kind: "person" })
  })
  it("emoji and one-sided names", () => {
    assert.equal(contactOf({ id: 9, is_bot: false, first_name: "🌹" }).name, "🌹")
    assert.equal(contactOf({ id: 9, is_bot: true, first_name: "B", last_name: "" }).name, "B")
    assert.equal(contactOf({ id: 9, is_bot: true, first_name: "B" }).kind, "bot")
  })
})

describe("tokens as people paste them", () => {
  const token = secret("4711:AAFunit-test_0123456789-0123456789ab")
  it("with spaces, line breaks, invisible characters, BotFather's words", () => {
    assert.equal(tokenIn(token), token)
    assert.equal(tokenIn(`  ${token.slice(0, 12)} \n\u200b${token.slice(12)}\u00a0`), token)
    assert.equal(tokenIn(`Use this token to access the HTTP API:\n${token}\nKeep your token secure`), token)
  })
  it("nothing else", () => {
    for (const text of ["", "hello", "4711:short", `:${token.slice(5)}`, "4711", "https://t.me/romeo_bot"])
      assert.equal(tokenIn(text), undefined, text)
  })
})

describe("options", () => {
  it("are complete when nothing is given, and described", () => {
    assert.deepEqual(options.parse({}), { apiRoot: "https://api.telegram.org", pollSeconds: 30, timeoutSeconds: 30 })
    for (const [name, field] of Object.entries(options.shape)) assert.ok(field.description, name)
  })
  it("refuse what would break or leak", () => {
    for (const bad of [
      { apiRoot: "localhost:8081" },
      { apiRoot: "ftp://x" },
      { apiRoot: "http://u:p@x" },
      { apiRoot: "http://x/?a" },
      { pollSeconds: 0 },
      { polSeconds: 3 },
    ]) {
      assert.equal(options.safeParse(bad).success, false, JSON.stringify(bad))
    }
    assert.ok(options.safeParse({ apiRoot: "http://127.0.0.1:8081/base" }).success)
  })
})
