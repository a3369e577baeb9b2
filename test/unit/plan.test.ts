// Splitting and planning: nothing is lost between parts, nothing is cut inside a character.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import fc from "../support/property.js"
import type { Body } from "#src/adapter/contract.js"
import { lengthOf, maxText, plan } from "#src/core/plan.js"
import { Refusal } from "#src/core/ports.js"
import { read } from "#src/core/styling/read.js"
import { split } from "#src/core/styling/split.js"

const units = (text: string): number => text.length
const old = (ageMs: number, files = 0, parts = 1): { ageMs: number; files: number; parts: number } => ({ ageMs, files, parts })
const planned = (how: "send" | "edit", text: string): object => ({ how, parts: [{ text }], from: 0, files: 0 })
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
  assert.deepEqual(plan({ text: "b" }, old(1000), { send: {}, edit: {} }, units), planned("edit", "b"))
  assert.deepEqual(plan({ text: "b" }, old(11_000), { send: {}, edit: { withinSeconds: 10 } }, units), planned("send", "✎ b"))
  assert.deepEqual(plan({ text: "b" }, old(0), { send: {} }, units), planned("send", "✎ b"))
  assert.deepEqual(plan({ text: "b" }, undefined, { send: {}, edit: {} }, units), planned("send", "✎ b"))
})

test("an empty message and a flood are refused with a sentence", () => {
  assert.throws(
    () => plan({ text: " \n" }, null, { send: {} }, units),
    (error) => error instanceof Refusal && error.error.condition === "bad-request",
  )
  assert.throws(
    () => plan({ text: "x".repeat(maxText + 1) }, null, { send: {} }, units),
    (error) => error instanceof Refusal && /200000/.test(error.message),
  )
})

describe("what is styled", () => {
  const formatting = ["bold", "italic", "strike", "code", "pre", "quote"] as const
  /** As a network counts that writes two marks for each of bold, and fences around code. */
  const measure = ({ text, spans = [] }: Pick<Body, "text" | "spans">): number =>
    spans.reduce((sum, { kind, arg = "" }) => sum + (kind === "pre" ? 8 + arg.length : kind === "quote" ? 2 : 4), text.length)
  const length = lengthOf({ capabilities: { send: { formatting: [...formatting] } }, length: measure })
  const parts = (text: string, max: number): string[] => split(text, max, length, formatting)

  test("is measured as the network will have it", () => {
    assert.equal(length("*ab*"), 6)
    assert.equal(lengthOf({ capabilities: { send: {} }, length: measure })("*ab*"), 4)
  })

  test("a code block that goes over is closed, and opened again in its language", () => {
    assert.deepEqual(parts("see\n```js\nlet a = 1\nlet b = 2\nlet c = 3\n```\nthere", 30), [
      "see\n```js\nlet a = 1\n```",
      "```js\nlet b = 2\nlet c = 3\n```\n",
      "there",
    ])
    // Nothing of it is said before its first line of code, and none is empty.
    assert.deepEqual(parts("words and words\n```\ncode and\n```\nwords", 25), ["words and words\n", "```\ncode and\n```\nwords"])
    assert.deepEqual(parts("```js\nlet a = 1\n```\nwords that follow", 21), ["```js\nlet a = 1\n```\n", "words that follow"])
    assert.deepEqual(parts("> ```\n> let a = 1\n> let b = 2\n> ```", 24), ["> ```\n> let a = 1\n> ```", "> ```\n> let b = 2\n> ```"])
  })

  test("a line of code or a quotation that goes over is still one", () => {
    assert.deepEqual(parts("```\nlet a = 1, b = 2\n```", 18), ["```\nlet a = \n```", "```\n1, b = 2\n```"])
    assert.deepEqual(parts("> one two three\n> four", 14), ["> one two ", "> three\n> four"])
    assert.deepEqual(parts("> one\n> two\nthree", 9), ["> one\n", "> two\n", "three"])
  })

  test("no span is cut where there is a blank before it", () => {
    assert.deepEqual(parts("one two three *four five*", 22), ["one two three ", "*four five*"])
    assert.deepEqual(split("one two three *four five*", 22, units), ["one two three *four ", "five*"])
    // But not at any price.
    assert.deepEqual(parts("one *two three four five*", 22), ["one *two three four ", "five*"])
  })

  test("a network that cannot style gets what was typed, in parts that are the text", () => {
    const text = "```js\nlet a = 1\nlet b = 2\n```"
    assert.equal(split(text, 20, units).join(""), text)
  })

  test("there is an end, no part is too long and no letter is lost", () => {
    const pieces = fc.constantFrom("*", "_", "`", "```", "```js", "\n", "\n", "> ", " ", "aa", "bbbb bb", "😀", "c".repeat(30))
    const text = fc.array(pieces, { minLength: 1, maxLength: 60 }).map((all) => all.join(""))
    const letters = (all: string): string => all.replace(/[^abc😀]/gu, "")
    fc.assert(
      fc.property(text, fc.integer({ min: 40, max: 90 }), (value, max) => {
        const found = parts(value, max)
        // A language may be there again.
        let at = 0
        const said = letters(found.join(""))
        for (const letter of letters(value)) assert.ok((at = said.indexOf(letter, at) + 1) > 0, JSON.stringify(found))
        for (const part of found) assert.ok(length(part) <= max, JSON.stringify(part))
      }),
      { numRuns: 3000 },
    )
    for (const max of [1, 2, 5, 9]) assert.match(parts("> ```js\n> abc\n> def\n*x* y", max).join(""), /a[^]*b[^]*c[^]*f[^]*x[^]*y/)
  })

  test("who speaks stands before a block, not in it", () => {
    const { parts } = plan({ text: "```\na\n```" }, null, { send: { formatting: [...formatting] } }, units, "Romeo: ")
    const texts = parts.map(({ text }) => text)
    assert.deepEqual(texts, ["Romeo:\n```\na\n```"])
    assert.deepEqual(read(texts[0] ?? "", formatting), { text: "Romeo:\na", spans: [{ kind: "pre", start: 7, end: 8 }] })
    assert.deepEqual(plan({ text: "> a" }, null, { send: {} }, units, "Romeo: "), planned("send", "Romeo: > a"))
  })
})
