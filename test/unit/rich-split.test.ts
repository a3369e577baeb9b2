// Long texts with what is told of them, cut to what a network takes; and formatting that is told and typed at once.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import type { Marked } from "#src/core/content.js"
import { resolved } from "#src/core/styling/mentions.js"
import { splitMarked, type Length } from "#src/core/styling/split.js"
import { measured, written } from "#src/core/styling/written.js"

const all = ["bold", "italic", "strike", "code", "pre", "quote", "spoiler", "mention"] as const
const length: Length = (text, marked) => measured(written(text, all, marked)).text.length
const unit = fc.constantFrom(
  "a",
  "word ",
  "👨‍👩‍👧",
  "e\u0301",
  "\n",
  " ",
  "https://a.example/path/x_y ",
  "@Juliet Capulet ",
  "*b* ",
  "> ",
  "```\n",
)

test("parts fit, nothing is lost, no grapheme, address or name is cut, and what is told stays where it is", () => {
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 60 }), fc.integer({ min: 40, max: 90 }), (units, max) => {
      const text = units.join("")
      const spans = [...text.matchAll(/@Juliet Capulet/g)].map(({ index, 0: name }) => ({
        kind: "mention" as const,
        start: index,
        end: index + name.length,
        whom: { nick: "Juliet Capulet" },
      }))
      const parts = splitMarked({ text, marked: { spans } }, max, length, all)
      const bare = (one: string): string => one.replace(/[\s>`]/g, "")
      assert.equal(bare(parts.map((part) => part.text).join("")), bare(text))
      let names = 0
      for (const part of parts) {
        assert.ok(length(part.text, part.marked) <= max)
        for (const span of part.marked?.spans ?? []) {
          assert.equal(part.text.slice(span.start, span.end), "@Juliet Capulet")
          names++
        }
      }
      assert.equal(names, spans.length)
      for (const whole of ["https://a.example/path/x_y", "👨‍👩‍👧", "e\u0301"]) {
        const times = (one: string): number => one.split(whole).length - 1
        assert.equal(
          parts.reduce((sum, part) => sum + times(part.text), 0),
          times(text),
        )
      }
    }),
    { numRuns: 3000 },
  )
})

const rows: readonly [string, string, Marked, ReturnType<typeof written>][] = [
  [
    "told alone",
    "so it is",
    { spans: [{ kind: "bold", start: 3, end: 5 }] },
    { text: "so it is", spans: [{ kind: "bold", start: 3, end: 5 }] },
  ],
  [
    "typed and told",
    "so *it* is",
    { spans: [{ kind: "bold", start: 4, end: 6 }] },
    { text: "so it is", spans: [{ kind: "bold", start: 3, end: 5 }] },
  ],
  ["told, and text that looks like it", "2 *3* so", { spans: [{ kind: "italic", start: 6, end: 8 }] }, { text: "2 *3* so", spans: [{ kind: "italic", start: 6, end: 8 }] }], // prettier-ignore
  ["unstyled", "> _ <", { unstyled: true }, { text: "> _ <" }],
  ["the quotation of XEP-0394", "He said:\n> Thou!\nand", { spans: [{ kind: "quote", start: 9, end: 17 }] }, { text: "He said:\nThou!\nand", spans: [{ kind: "quote", start: 9, end: 14 }] }], // prettier-ignore
  ["its code", "Run:\n$ a *b*", { spans: [{ kind: "pre", start: 5, end: 12, arg: "bash" }] }, { text: "Run:\n$ a *b*", spans: [{ kind: "pre", start: 5, end: 12, arg: "bash" }] }], // prettier-ignore
  ["a spoiler with a hint", "they *die*", { spans: [{ kind: "spoiler", start: 0, end: 10, arg: "End" }] }, { text: "End: they die", spans: [{ kind: "spoiler", start: 5, end: 13 }, { kind: "bold", start: 10, end: 13 }] }], // prettier-ignore
  ["bars", "see ||it|| a||b||c", {}, { text: "see it a||b||c", spans: [{ kind: "spoiler", start: 4, end: 6 }] }],
  ["an address keeps its letters", "_see https://a.example/x_y z_", {}, { text: "see https://a.example/x_y z", spans: [{ kind: "italic", start: 0, end: 27 }] }], // prettier-ignore
]
for (const [what, text, marked, expected] of rows) test(what, () => assert.deepEqual(written(text, all, marked), expected))

test("what a network cannot hide is announced", () => {
  const spans = [{ kind: "spoiler" as const, start: 0, end: 2, arg: "Plot" }]
  assert.deepEqual(written("it", ["bold"], { spans }), { text: "Spoiler (Plot): it" })
  assert.deepEqual(written("a\nb", [], { spans: [{ kind: "spoiler", start: 0, end: 3, arg: "" }] }), { text: "Spoiler:\na\nb" })
})

test("who was told of is asked for once; whoever is nobody is text", async () => {
  const spans = [0, 2, 4].map((start) => ({ kind: "mention" as const, start, end: start + 1, whom: { nick: start < 4 ? "J" : "R" } }))
  const asked: unknown[] = []
  const body = await resolved({ text: "J J R", spans }, (whom) => Promise.resolve(asked.push(whom) === 1 ? "7" : undefined))
  assert.deepEqual(asked, [{ nick: "J" }, { nick: "R" }])
  assert.deepEqual(body.spans, [
    { kind: "mention", start: 0, end: 1, arg: "7" },
    { kind: "mention", start: 2, end: 3, arg: "7" },
  ])
})
