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
