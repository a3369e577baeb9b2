// Updates of groups and channels as events, one row a kind, and what rights come to.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { type Chat, type ChatMember, type Message, TelegramApiError, type Update } from "node-telegram-bot-api"
import type { NetworkEvent } from "xferry"
import { explain } from "#telegram/errors.js"
import { placeOf, roomId } from "#telegram/places.js"
import { limitsOf, maySend, memberOf, topicLimitsOf } from "#telegram/rights.js"
import { assertSound } from "#telegram/sound.js"
import { orderKeys, translate } from "#telegram/updates.js"

const self = 4711
const bot = { id: self, is_bot: true, first_name: "romeo_bot" }
const juliet = { id: 5_200_000_001, is_bot: false, first_name: "Juliet" }
const romeo = { id: 5_200_000_002, is_bot: false, first_name: "Romeo" }
const verona: Chat = { id: -1_001_234_567_890, type: "supergroup", title: "Verona" }
const basic: Chat = { id: -1234, type: "group", title: "Verona" }
const news: Chat = { id: -1_009_876_543_210, type: "channel", title: "News" }
const by = { id: "5200000001", name: "Juliet", kind: "person" }
const contact = { id: "5200000002", name: "Romeo", kind: "person" }
const room = "-1001234567890"
const at = new Date(1_700_000_000_000)

const message = (fields: object): Message => ({ message_id: 7, date: 1_700_000_000, chat: verona, from: juliet, ...fields })
function eventsOf(update: object): NetworkEvent[] {
  const result = translate({ update_id: 1, ...update } as Update, self)
  if ("skip" in result) return []
  result.events.forEach(assertSound)
  return result.events
}
const told = (fields: object): NetworkEvent[] => eventsOf({ message: message(fields) })
const notice = (text: string, where = room): object => ({ type: "notice", chat: { room: where }, at, text, by })

describe("service messages", () => {
  const rows: [string, object, object[]][] = [
    [
      "somebody joins",
      { from: romeo, new_chat_members: [romeo] },
      [{ type: "member", room, member: { contact, role: "member" }, change: "joined" }],
    ],
    [
      "somebody is added",
      { new_chat_members: [romeo, bot] },
      [{ type: "member", room, member: { contact, role: "member" }, change: "joined", by }],
    ],
    ["the bot is added", { new_chat_members: [bot] }, []],
    [
      "somebody leaves",
      { from: romeo, left_chat_member: romeo },
      [{ type: "member", room, member: { contact, role: "none" }, change: "left" }],
    ],
    [
      "somebody is removed",
      { left_chat_member: romeo },
      [{ type: "member", room, member: { contact, role: "none" }, change: "kicked", by }],
    ],
    ["the bot is removed", { left_chat_member: bot }, []],
    [
      "title",
      { new_chat_title: "Mantua" },
      [{ type: "room", room: { id: room, name: "Mantua" }, by }, notice("Juliet changed the name to «Mantua».")],
    ],
    [
      "title, by the bot itself",
      { from: bot, new_chat_title: "Mantua" },
      [{ type: "room", room: { id: room, name: "Mantua" }, by: { id: "4711", name: "romeo_bot", kind: "bot" } }],
    ],
    [
      "picture",
      {
        new_chat_photo: [
          { file_id: "s", file_unique_id: "us", width: 1, height: 1 },
          { file_id: "l", file_unique_id: "ul", width: 9, height: 9 },
        ],
      },
      [
        { type: "room", room: { id: room, avatar: { name: "photo.jpg", mime: "image/jpeg", ref: "s", stableId: "us" } }, by },
        notice("Juliet changed the picture."),
      ],
    ],
    [
      "no picture",
      { delete_chat_photo: true },
      [{ type: "room", room: { id: room, avatar: null }, by }, notice("Juliet removed the picture.")],
    ],
    ["a group is made", { group_chat_created: true }, [{ type: "room", room: { id: room, name: "Verona" }, by }]],
    ["moved on", { chat: basic, migrate_to_chat_id: verona.id }, [{ type: "moved", from: "-1234", to: room }]],
    ["moved here", { migrate_from_chat_id: -1234 }, [{ type: "moved", from: "-1234", to: room }]],
    ["pinned", { pinned_message: message({ text: "But\nsoft!" }) }, [notice("Juliet pinned: But soft!")]],
    ["pinned, and not to be seen", { pinned_message: { chat: verona, message_id: 2, date: 0 } }, [notice("Juliet pinned: a message")]],
    [
      "a topic is made",
      { is_topic_message: true, message_thread_id: 7, forum_topic_created: { name: "Balcony", icon_color: 1 } },
      [{ type: "room", room: { id: `${room}/7`, kind: "topic", parent: room, name: "Balcony", archived: false }, by }],
    ],
    [
      "a topic is renamed",
      { is_topic_message: true, message_thread_id: 7, forum_topic_edited: { name: "Orchard" } },
      [{ type: "room", room: { id: `${room}/7`, name: "Orchard" }, by }, notice("Juliet renamed the topic to «Orchard».", `${room}/7`)],
    ],
    ["a topic has another icon", { is_topic_message: true, message_thread_id: 7, forum_topic_edited: { icon_custom_emoji_id: "1" } }, []],
    [
      "a topic is closed",
      { is_topic_message: true, message_thread_id: 7, forum_topic_closed: {} },
      [{ type: "room", room: { id: `${room}/7`, archived: true }, by }, notice("Juliet closed the topic.", `${room}/7`)],
    ],
    [
      "a topic is reopened",
      { is_topic_message: true, message_thread_id: 7, forum_topic_reopened: {} },
      [{ type: "room", room: { id: `${room}/7`, archived: false }, by }, notice("Juliet reopened the topic.", `${room}/7`)],
    ],
    [
      "General is hidden",
      { general_forum_topic_hidden: {} },
      [{ type: "room", room: { id: room, archived: true }, by }, notice("Juliet hid the General topic.")],
    ],
    ["General is shown", { general_forum_topic_unhidden: {} }, [notice("Juliet shows the General topic again.")]],
    [
      "messages vanish",
      { message_auto_delete_timer_changed: { message_auto_delete_time: 604_800 } },
      [notice("Juliet has Telegram delete messages after 7 days.")],
    ],
    [
      "messages stay",
      { message_auto_delete_timer_changed: { message_auto_delete_time: 0 } },
      [notice("Juliet switched off the automatic deletion of messages.")],
    ],
    ["a call begins", { video_chat_started: {} }, [notice("Juliet started a video chat. It can be joined in Telegram only.")]],
    ["a call ends", { video_chat_ended: { duration: 61 } }, [notice("The video chat has ended after 1:01.")]],
    [
      "another owner",
      { chat_owner_changed: { new_owner: romeo } },
      [{ type: "member", room, member: { contact, role: "owner" }, change: "changed", by }, notice("Romeo owns the group now.")],
    ],
    ["what concerns nobody", { video_chat_participants_invited: { users: [romeo] } }, []],
    ["a kind of later days", { giveaway_created: {} }, []],
  ]
  for (const [name, fields, expected] of rows) it(name, () => assert.deepEqual(told(fields), expected))
})

describe("messages", () => {
  it("of a thread that is no topic belong to the group", () => {
    const [event] = told({ text: "x", message_thread_id: 3 })
    assert.deepEqual(event?.type === "message" && event.chat, { room })
  })

  it("of a channel", () => {
    const post = { message_id: 7, date: 1_700_000_000, chat: news, sender_chat: news, text: "extra" }
    assert.deepEqual(eventsOf({ channel_post: post }), [
      {
        type: "message",
        chat: { room: "-1009876543210" },
        from: { id: "-1009876543210", kind: "room", name: "News" },
        id: "7",
        at,
        body: { text: "extra" },
      },
    ])
    const [edit] = eventsOf({ edited_channel_post: { ...post, edit_date: 1_700_000_009 } })
    assert.ok(edit?.type === "edit" && edit.at.getTime() === 1_700_000_009_000)
  })

  it("answer in a topic only what is not its beginning", () => {
    const topic = { is_topic_message: true as const, message_thread_id: 3 }
    const replying = (to: number): unknown =>
      (told({ ...topic, text: "x", reply_to_message: message({ ...topic, message_id: to, text: "y" }) })[0] as { reply?: object }).reply
    assert.equal(replying(3), undefined)
    assert.deepEqual(replying(4), { id: "4", text: "y", author: "Juliet" })
  })

  it("signed by two are of two, signed by one of one", () => {
    const from = (author_signature: string) =>
      (told({ text: "x", sender_chat: verona, author_signature })[0] as { from: { id: string; name: string } }).from
    assert.equal(from("Prince").name, "Prince (Verona)")
    assert.equal(from("Prince").id, from("Prince").id)
    assert.notEqual(from("Prince").id, from("Count").id)
    assert.match(from("Prince").id, /^-1001234567890\.[\w-]{8}$/)
  })
})

describe("members", () => {
  const member = (status: string, user = romeo, more: object = {}): ChatMember => ({ status, user, ...more })
  const change = (before: ChatMember, after: ChatMember, from = juliet, chat = verona): object => ({
    chat,
    from,
    date: 1_700_000_000,
    old_chat_member: before,
    new_chat_member: after,
  })
  const restricted = (may: boolean, is_member = true): ChatMember => member("restricted", romeo, { is_member, can_send_messages: may })

  const rows: [string, ChatMember, ChatMember, string, string][] = [
    ["joins", member("left"), member("member"), "joined", "member"],
    ["becomes admin", member("member"), member("administrator"), "changed", "admin"],
    ["is silenced", member("member"), restricted(false), "changed", "muted"],
    ["is restricted a little", member("member"), restricted(true), "changed", "member"],
    ["is restricted and out", restricted(false), restricted(false, false), "kicked", "none"],
    ["is removed", member("member"), member("left"), "kicked", "none"],
    ["is banned", member("member"), member("kicked"), "banned", "banned"],
    ["is banned from afar", member("left"), member("kicked"), "banned", "banned"],
    ["is let in again", member("kicked"), member("left"), "changed", "none"],
  ]
  for (const [name, before, after, expected, role] of rows) {
    it(`somebody ${name}`, () => {
      const [event] = eventsOf({ chat_member: change(before, after) })
      assert.ok(event?.type === "member")
      assert.deepEqual([event.room, event.change, event.member.role, event.by?.id], [room, expected, role, by.id])
    })
  }

  it("who acts for themselves is not named twice, and the nameless act as the group", () => {
    const [left] = eventsOf({ chat_member: change(member("member"), member("left"), romeo) })
    assert.ok(left?.type === "member" && left.change === "left" && !("by" in left))
    const anonymous = { id: 1_087_968_824, is_bot: false, first_name: "Group" }
    const [kicked] = eventsOf({ chat_member: change(member("member"), member("left"), anonymous) })
    assert.ok(kicked?.type === "member" && kicked.by?.id === room && kicked.by.kind === "room")
  })

  it("other rights are to be asked for anew, other titles are not", () => {
    const types = (before: ChatMember, after: ChatMember): string[] =>
      eventsOf({ chat_member: change(before, after) }).map(({ type }) => type)
    assert.deepEqual(types(member("member"), member("administrator")), ["member", "access"])
    assert.deepEqual(types(member("administrator"), member("administrator", romeo, { custom_title: "Count" })), ["member"])
    assert.deepEqual(memberOf(member("administrator", romeo, { custom_title: "Count" })), { contact, role: "admin", title: "Count" })
    assert.equal(memberOf(member("member", romeo, { tag: "Montague" })).title, "Montague")
    const nameless = member("administrator", romeo, { is_anonymous: true, custom_title: "Count" })
    assert.deepEqual(memberOf(nameless), { contact, role: "member", title: "" }, "who hides that they run it is not given away")
  })

  it("the bot itself", () => {
    const mine = (before: string, after: string, chat = verona): NetworkEvent[] =>
      eventsOf({ my_chat_member: change(member(before, bot), member(after, bot), juliet, chat) })
    assert.deepEqual(mine("left", "member"), [{ type: "room", room: { id: room, kind: "group", parent: null, name: "Verona" }, by }])
    assert.deepEqual(mine("left", "administrator", news), [
      { type: "room", room: { id: "-1009876543210", kind: "channel", parent: null, name: "News" }, by },
    ])
    assert.deepEqual(mine("member", "kicked"), [{ type: "gone", room, why: "removed" }])
    assert.deepEqual(mine("administrator", "left"), [{ type: "gone", room, why: "removed" }])
    assert.deepEqual(mine("member", "administrator"), [{ type: "access", room }])
    assert.deepEqual(mine("left", "kicked"), [])
  })
})

describe("rights", () => {
  const seat = (status: string, more: object = {}): ChatMember => ({ status, user: bot, ...more })
  const can = (chat: Chat, member: ChatMember): readonly string[] => (limitsOf(chat, member, {}).manage as { can: string[] }).can

  it("who may write", () => {
    const rows: [Chat, ChatMember, object, boolean][] = [
      [verona, seat("member"), {}, true],
      [verona, seat("member"), { can_send_messages: false }, false],
      [verona, seat("administrator"), { can_send_messages: false }, true],
      [verona, seat("restricted", { is_member: true, can_send_messages: false }), {}, false],
      [verona, seat("restricted", { is_member: true, can_send_messages: true }), {}, true],
      [verona, seat("restricted", { is_member: false, can_send_messages: true }), {}, false],
      [verona, seat("left"), {}, false],
      [news, seat("member"), {}, false],
      [news, seat("administrator"), {}, false],
      [news, seat("administrator", { can_post_messages: true }), {}, true],
      [news, seat("creator"), {}, true],
    ]
    for (const [chat, member, permissions, expected] of rows)
      assert.equal(maySend(chat, member, permissions), expected, JSON.stringify([chat.type, member, permissions]))
  })

  it("what the bot may change", () => {
    assert.deepEqual(can(verona, seat("member")), ["leave"])
    assert.deepEqual(can(verona, seat("administrator", { can_restrict_members: true })), ["kick", "ban", "unban", "role", "leave"])
    assert.deepEqual(can(basic, seat("administrator", { can_restrict_members: true })), ["kick", "leave"])
    assert.deepEqual(can({ ...verona, is_forum: true }, seat("administrator", { can_manage_topics: true })), [
      "create",
      "close",
      "reopen",
      "leave",
    ])
    assert.deepEqual(can(verona, seat("administrator", { can_manage_topics: true })), ["leave"])
    assert.deepEqual(can(news, seat("administrator", { can_edit_messages: true })), ["pin", "unpin", "leave"])
    const all = { can_manage_topics: true, can_delete_messages: true, can_pin_messages: true, can_restrict_members: true }
    assert.deepEqual(topicLimitsOf({ ...verona, is_forum: true }, seat("administrator", all), {}), {
      manage: { can: ["name", "close", "reopen", "pin", "unpin", "destroy"] },
    })
  })
})

describe("room ids", () => {
  it("there and back", () => {
    for (const id of ["-1234", "-1001234567890", "-1001234567890/45"]) {
      const { chat, thread } = placeOf(id)!
      assert.equal(roomId(chat, thread), id)
    }
    for (const id of ["", "1234", "-0", "-1/0", "-1/", "-1/2/3", "x", "-99999999999999999"]) assert.equal(placeOf(id), undefined, id)
  })

  it("keep one order over a move", () => {
    const before = { update_id: 1, message: message({ chat: basic, text: "a" }) } as Update
    const moved = { update_id: 2, message: message({ chat: basic, migrate_to_chat_id: verona.id }) } as Update
    const after = { update_id: 3, message: message({ text: "b" }) } as Update
    const key = orderKeys([before, moved, after])
    assert.deepEqual([before, moved, after].map(key), [verona.id, verona.id, verona.id])
    assert.notEqual(orderKeys([before, after])(before), verona.id)
  })
})

describe("what Telegram refuses in rooms", () => {
  const rows: [number, string, string, RegExp][] = [
    [400, "Bad Request: CHAT_ADMIN_REQUIRED", "denied", /no right/],
    [400, "Bad Request: not enough rights to change chat title", "denied", /no right.*not enough rights to change chat title/],
    [400, "Bad Request: need administrator rights in the channel chat", "denied", /no right/],
    [400, "Bad Request: CHAT_WRITE_FORBIDDEN", "denied", /may not write/],
    [400, "Bad Request: not enough rights to send text messages to the chat", "denied", /may not write/],
    [400, "Bad Request: user is an administrator of the chat", "denied", /did not appoint/],
    [400, "Bad Request: can't remove chat owner", "denied", /owns the group/],
    [400, "Bad Request: message thread not found", "gone", /topic has been deleted/],
    [400, "Bad Request: TOPIC_CLOSED", "denied", /closed/],
    [400, "Bad Request: chat not found", "gone", /add the bot again/],
    [403, "Forbidden: bot was kicked from the supergroup chat", "gone", /add the bot again/],
    [403, "Forbidden: bot is not a member of the channel chat", "gone", /add the bot again/],
    [400, "Bad Request: USER_NOT_PARTICIPANT", "gone", /not in the group/],
    [400, "Bad Request: method is available for supergroup and channel chats only", "unsupported", /basic group/],
    [400, "Bad Request: the chat is not a forum", "unsupported", /no topics/],
    [400, "Bad Request: message is too long", "rejected", /too long/],
    [401, "Unauthorized", "logged-out", /token/],
  ]
  for (const [code, description, kind, text] of rows) {
    it(description, () => {
      const error = explain(new TelegramApiError(code, description), { unsure: true, room: true })
      assert.equal(error.kind, kind)
      assert.match(error.message, text)
    })
  }

  it("a flood of one group is no matter of the others", () => {
    const error = explain(new TelegramApiError(429, "Too Many Requests: retry after 3", { retry_after: 3 }), { unsure: true, room: true })
    assert.deepEqual([error.kind, error.retryAfterMs, error.blocks], ["retry", 3000, "chat"])
  })
})
