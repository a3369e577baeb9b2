// What of an update is a command, what of a press is one, and whose a message of a business account is.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { type ChatMember, type ChatMemberUpdated, type Message, TelegramApiError, type Update } from "node-telegram-bot-api"
import type { Host } from "xferry"
import { commandIn } from "#telegram/commands.js"
import { chosenIn, keyboardOf } from "#telegram/keyboard.js"
import { memberChanged } from "#telegram/members.js"
import { placeIn } from "#telegram/calls.js"
import { explain } from "#telegram/errors.js"
import { assertSound } from "#telegram/sound.js"
import { loginOf, orderKeys, translate } from "#telegram/updates.js"

const self = 4711
const juliet = { id: 5_200_000_001, is_bot: false, first_name: "Juliet" }
const paris = { id: 5_200_000_005, is_bot: false, first_name: "Paris" }
const direct = { id: paris.id, type: "private", first_name: "Paris" }
const verona = { id: -1_001_234_567_890, type: "supergroup", title: "Verona" }
const message = (fields: object): Message => ({ message_id: 7, date: 1_700_000_000, chat: direct, from: paris, ...fields })

describe("a command", () => {
  const offered: Host["commands"] = [{ name: "help", text: "Help." }]
  const rows: [string, object, { name: string; argument: string } | undefined][] = [
    ["/help", {}, { name: "help", argument: "" }],
    ["/Help@Romeo_Bot\n  me now ", {}, { name: "help", argument: "me now" }],
    ["/help", { chat: verona }, { name: "help", argument: "" }],
    ["/start c0de", {}, { name: "start", argument: "c0de" }],
    ["/start", {}, undefined],
    ["/help@other_bot", {}, undefined],
    ["/helpme", {}, undefined],
    ["/help-me", {}, undefined],
    ["/toString", {}, undefined],
    [" /help", {}, undefined],
    ["/help", { via_bot: { id: 9, is_bot: true, first_name: "b" } }, undefined],
    ["/help", { forward_origin: { type: "hidden_user", date: 1, sender_user_name: "x" } }, undefined],
    ["/help", { chat: verona, is_automatic_forward: true }, undefined],
    ["/help", { business_connection_id: "c" }, undefined],
    ["/help", { chat: { ...verona, is_direct_messages: true } }, undefined],
  ]
  for (const [text, fields, wanted] of rows)
    it(`«${text.replace("\n", " ")}» ${Object.keys(fields).join()}`, () => {
      assert.deepEqual(commandIn(message({ text, ...fields }), "romeo_bot", offered), wanted)
    })

  it("is one only where there are some, and where it is a text", () => {
    assert.equal(commandIn(message({ text: "/start c0de" }), "romeo_bot", []), undefined)
    assert.equal(commandIn(message({ caption: "/help", photo: [] }), "romeo_bot", offered), undefined)
    assert.equal(commandIn(message({ text: 7 }), "romeo_bot", offered), undefined)
    assert.ok(commandIn(message({ text: "/help" }), undefined, offered))
    assert.equal(commandIn(message({ text: "/help@romeo_bot" }), undefined, offered), undefined)
  })
})

describe("buttons", () => {
  const choice = (options: { id: string; text: string; url?: string }[], more: object = {}) =>
    keyboardOf([{ type: "choice", as: "buttons", options, ...more }])
  it("take ids of 60 bytes and more, and leave out what fits nowhere", () => {
    const long = "to " + "é".repeat(29)
    const made = choice([
      { id: long, text: "fits" },
      { id: `${long}xx`, text: "does not" },
      { id: "", text: "nothing" },
      { id: "a", text: " " },
    ])
    assert.deepEqual(
      made?.inline_keyboard.flat().map(({ text }) => text),
      ["fits"],
    )
    assert.deepEqual(chosenIn(made.inline_keyboard[0]?.[0]?.callback_data), { name: "to", argument: "é".repeat(29) })
    assert.equal(choice([{ id: "a", text: "A" }], { closed: true }), undefined)
    assert.equal(keyboardOf(undefined), undefined)
    assert.equal(choice(Array.from({ length: 200 }, (_, i) => ({ id: String(i), text: "x" })))?.inline_keyboard.length, 100)
  })
  it("of others, or none", () => {
    for (const data of [undefined, "", "to 3", "x/", "x/ "]) assert.equal(chosenIn(data), undefined)
    assert.deepEqual(chosenIn("x/stop"), { name: "stop", argument: "" })
  })
})

describe("a business account", () => {
  const login = "conn"
  const said = (fields: object) =>
    translate({ update_id: 1, business_message: message({ text: "x", business_connection_id: login, ...fields }) }, self, {
      named: () => undefined,
      pollAt: () => undefined,
      moves: () => true,
      threads: { of: () => undefined },
      ownerOf: (id) => (id === login ? juliet.id : undefined),
    })
  const own = (fields: object): unknown => {
    const result = said(fields)
    assert.ok("events" in result)
    result.events.forEach(assertSound)
    const [event] = result.events
    assert.ok(event?.type === "message")
    assert.deepEqual(event.chat, { user: String(paris.id), login })
    return event.own
  }
  it("its owner's words are its own, and so is what the bot said for them", () => {
    assert.equal(own({}), undefined)
    assert.equal(own({ from: juliet }), true)
    assert.equal(own({ from: juliet, sender_business_bot: { id: self, is_bot: true, first_name: "b" } }), true)
    assert.equal(own({ from: undefined }), undefined)
  })
  it("deletions, and what a broken one is", () => {
    const gone = { business_connection_id: login, chat: direct, message_ids: [1, 2] }
    const update = { update_id: 1, deleted_business_messages: gone } as unknown as Update
    assert.equal(loginOf(update), login)
    const result = translate(update, self)
    assert.deepEqual("events" in result && result.events, [{ type: "retract", chat: { user: String(paris.id), login }, ids: ["1", "2"] }])
    const odd = translate({ update_id: 1, deleted_business_messages: { ...gone, message_ids: ["a"] } } as unknown as Update, self)
    assert.throws(() => ("events" in odd ? odd.events : []).forEach(assertSound), /ids/)
    assert.throws(() => assertSound({ type: "login", id: "c", owner: { id: "x" }, active: true, maySend: true }), /owner/)
  })
  it("is a place of its own", () => {
    assert.deepEqual(placeIn({ user: "5", login }), { chat: 5, login })
    assert.deepEqual(placeIn({ user: "5" }), { chat: 5 })
  })
  it("what is over is so only through it", () => {
    const error = new TelegramApiError(400, "Bad Request: BUSINESS_CONNECTION_INVALID")
    const kind = (login: boolean): string => explain(error, { unsure: true, login }).kind
    assert.deepEqual([kind(true), kind(false)], ["gone", "rejected"])
  })
})

describe("order", () => {
  it("a press belongs to the chat of its message", () => {
    const key = orderKeys([])
    const query = { id: "1", from: paris, chat_instance: "1", data: "x/a" }
    assert.equal(key({ update_id: 1, callback_query: { ...query, message: message({ chat: verona }) } }), verona.id)
    assert.equal(key({ update_id: 1, callback_query: query }), paris.id)
  })
})

describe("rights that change", () => {
  const update = (before: object, after: object, chat: object = verona): ChatMemberUpdated =>
    ({
      chat,
      from: juliet,
      date: 1,
      old_chat_member: { user: paris, ...before } as ChatMember,
      new_chat_member: { user: paris, ...after } as ChatMember,
    }) as ChatMemberUpdated
  const asks = (...args: Parameters<typeof update>): boolean => memberChanged(update(...args)).some(({ type }) => type === "access")
  const channel = { id: -1_009_876_543_210, type: "channel", title: "News" }
  it("are asked for anew, of anybody, if they are others", () => {
    assert.ok(asks({ status: "member" }, { status: "kicked" }))
    assert.ok(asks({ status: "member" }, { status: "restricted", is_member: true, can_send_messages: false }))
    assert.ok(
      asks(
        { status: "restricted", is_member: true, can_send_messages: false },
        { status: "restricted", is_member: true, can_send_messages: true },
      ),
    )
    const admin = (can_post_messages: boolean): object => ({ status: "administrator", can_post_messages })
    assert.ok(asks(admin(true), admin(false), channel), "an administrator still, but without a voice")
    assert.ok(!asks(admin(true), { ...admin(true), custom_title: "x" }, channel))
    assert.ok(!asks({ status: "member" }, { status: "member" }))
  })
})
