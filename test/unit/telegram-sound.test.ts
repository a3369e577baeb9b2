// Events that cannot be stored are stopped before they leave the adapter.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { NetworkEvent } from "xferry"
import { assertSound } from "#telegram/sound.js"

const message = {
  type: "message",
  chat: { user: "1001" },
  from: { id: "1001", name: "Ann", profile: { language: "en" } },
  id: "5",
  at: new Date(0),
  body: { text: "hello", spans: [{ kind: "link", start: 0, end: 5, arg: "https://example.org/" }] },
  reply: { id: "4", text: "before" },
} satisfies NetworkEvent

test("what is right passes", () => {
  assertSound(message)
  assertSound({ type: "notice", chat: { user: "1" }, at: new Date(), text: "told", by: { id: "1" } })
})

test("a field of a wrong type is named, without what is in it", () => {
  const wrong: [string, object][] = [
    ["at", { at: new Date(NaN) }],
    ["at", { at: undefined }],
    ["id", { id: "undefined" }],
    ["chat.user", { chat: { user: "[object Object]" } }],
    ["body.text", { body: { text: 7 } }],
    ["body.spans.0.start", { body: { text: "", spans: [{ kind: "link", start: 0.5, end: 1 }] } }],
    ["from.name", { from: { id: "1", name: { secret: "word" } } }],
    ["reply.text", { reply: { id: "1", text: null } }],
  ]
  for (const [path, change] of wrong) {
    assert.throws(
      () => assertSound({ ...message, ...change }),
      (error) => error instanceof TypeError && error.message.includes(`message: ${path} (`) && !error.message.includes("word"),
    )
  }
})

test("events of rooms, right and wrong", () => {
  assertSound({ ...message, chat: { room: "-100123/45" }, from: { id: "-100123.a_b-C", kind: "room" } })
  assertSound({ type: "member", room: "-5", member: { contact: { id: "1" }, role: "member" }, change: "joined" })
  assertSound({ type: "moved", from: "-5", to: "-1005" })
  const wrong: [string, object][] = [
    ["message: chat", { ...message, chat: { room: "5" } }],
    ["room: room.id", { type: "room", room: { id: "NaN" } }],
    ["room: room.name", { type: "room", room: { id: "-5", name: 7 } }],
    ["member: member.contact.id", { type: "member", room: "-5", member: { contact: { id: "x" }, role: "member" }, change: "joined" }],
    ["moved: to", { type: "moved", from: "-5", to: "undefined" }],
    ["gone: room", { type: "gone", room: "undefined", why: "removed" }],
  ]
  for (const [path, event] of wrong) {
    assert.throws(
      () => assertSound(event as NetworkEvent),
      (error) => error instanceof TypeError && error.message.startsWith(path),
      path,
    )
  }
})
