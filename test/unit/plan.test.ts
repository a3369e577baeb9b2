// Splitting and planning: nothing is lost between parts, nothing is cut inside a character.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { maxText, plan, split } from "#src/core/plan.js"
import { Refusal } from "#src/core/ports.js"

const units = (text: string): number => text.length
const lone = /\p{Surrogate}/u

test("a text within the limit stays whole", () => {
  assert.deepEqual(split("hello", 5, units), ["hello"])
  assert.deepEqual(split("hello", undefined, units), ["hello"])
})

test("a text is cut at a paragraph, a line or a word", () => {
  assert.deepEqual(split("aaaa aaaa\n\nbbbb", 12, units), ["aaaa aaaa\n\n", "bbbb"])
  assert.deepEqual(split("aaaa aaaa\nbbbbbb", 12, units), ["aaaa aaaa\n", "bbbbbb"])
  assert.deepEqual(split("aaaa aaaa bbbbbb", 12, units), ["aaaa aaaa ", "bbbbbb"])
})

test("no part is over the limit, no surrogate pair is cut, and joined they are the text", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(text, fc.integer({ min: 20, max: 60 }), (value, max) => {
      const parts = split(value, max, units)
      for (const part of parts) {
        assert.ok(part.length <= max)
        assert.ok(!lone.test(part) || lone.test(value))
      }
      if (!/\s/.test(value)) assert.equal(parts.join(""), value)
      else assert.equal(parts.join("").replace(/\s/g, ""), value.replace(/\s/g, ""))
    }),
  )
})

test("a family emoji at the edge goes over whole", () => {
  const family = "👨‍👩‍👧‍👦"
  const [first, second] = split("x".repeat(95) + family, 100, units)
  assert.equal(first, "x".repeat(95))
  assert.equal(second, family)
})

test("the network's own measure is respected", () => {
  const bytes = (text: string): number => Buffer.byteLength(text)
  for (const part of split("あ".repeat(100), 50, bytes)) assert.ok(bytes(part) <= 50)
})

test("an edit becomes an edit where the network can, in time; else a visible new message", () => {
  assert.deepEqual(plan("b", { ageMs: 1000 }, { send: {}, edit: {} }, units), { how: "edit", texts: ["b"] })
  assert.deepEqual(plan("b", { ageMs: 11_000 }, { send: {}, edit: { withinSeconds: 10 } }, units), { how: "send", texts: ["✎ b"] })
  assert.deepEqual(plan("b", { ageMs: 0 }, { send: {} }, units), { how: "send", texts: ["✎ b"] })
  assert.deepEqual(plan("b", undefined, { send: {}, edit: {} }, units), { how: "send", texts: ["✎ b"] })
})

test("an empty message and a flood are refused with a sentence", () => {
  assert.throws(
    () => plan(" \n", null, { send: {} }, units),
    (error) => error instanceof Refusal && error.error.condition === "bad-request",
  )
  assert.throws(
    () => plan("x".repeat(maxText + 1), null, { send: {} }, units),
    (error) => error instanceof Refusal && /200000/.test(error.message),
  )
})
