// XMPP text as XEP-0393 reads it, and its spans for networks that have them.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import type { Span } from "#src/adapter/contract.js"
import { read } from "#src/core/styling/read.js"

const all: Span["kind"][] = ["bold", "italic", "strike", "code", "pre", "quote"]

/** The text with each span in brackets, named. */
function shown(text: string, kinds = all): string {
  const { text: plain, spans = [] } = read(text, kinds)
  const marks = spans.flatMap(({ kind, start, end, arg }, i) => [
    { at: start, text: `<${kind}${arg === undefined ? "" : `=${arg}`}>`, order: i },
    { at: end, text: `</${kind}>`, order: -i - 1 },
  ])
  marks.sort((a, b) => a.at - b.at || a.order - b.order)
  let out = ""
  let at = 0
  for (const mark of marks) {
    out += plain.slice(at, mark.at) + mark.text
    at = mark.at
  }
  return out + plain.slice(at)
}

const cases: readonly [string, string][] = [
  // The examples of XEP-0393 §5.2.
  ["*strong*", "<bold>strong</bold>"],
  ["plain *strong* plain", "plain <bold>strong</bold> plain"],
  ["*strong* plain *strong*", "<bold>strong</bold> plain <bold>strong</bold>"],
  ["*strong*plain*", "<bold>strong</bold>plain*"],
  ["* plain *strong*", "* plain <bold>strong</bold>"],
  ["not strong*", "not strong*"],
  ["*not strong", "*not strong"],
  ["*not \n strong*", "*not \n strong*"],
  ["*not *strong", "*not *strong"],
  ["**", "**"],
  ["****", "****"],
  ["Everyone ~dis~likes cake.", "Everyone <strike>dis</strike>likes cake."],
  ["`*monospace*`", "<code>*monospace*</code>"],
  ["*`monospace and bold`*", "<bold><code>monospace and bold</code></bold>"],
  ["_emphasized *strong*_", "<italic>emphasized <bold>strong</bold></italic>"],
  ["_*both*_", "<italic><bold>both</bold></italic>"],
  ["2*3*4 snake_case_name a*b*", "2*3*4 snake_case_name a*b*"],
  ["(*no*) **no** __no__", "(*no*) **no** __no__"],
  ["a *b\u00a0* c*", "a <bold>b\u00a0* c</bold>"],
  // §5.1
  ["```\n*code*\n```\nafter", "<pre>*code*</pre>\nafter"],
  ["```js\nlet a\n\nlet b\n```", "<pre=js>let a\n\nlet b</pre>"],
  ["```ignored words\ncode", "<pre>ignored words\ncode</pre>"],
  ["a ```\nb", "a ```\nb"],
  ["```\n```", "```\n```"],
  ["```one line```", "```one line```"],
  ["> That that is, is.\n\nSaid the old hermit", "<quote>That that is, is.</quote>\n\nSaid the old hermit"],
  [">> That that is, is.\n> Said the old hermit of Prague.\n\nWho?", "<quote><quote>That that is, is.</quote>\nSaid the old hermit of Prague.</quote>\n\nWho?"], // prettier-ignore
  ["> ```\n> (println)\n\nplain", "<quote><pre>(println)</pre></quote>\n\nplain"],
  ["> *a*\n>  b\n*c*", "<quote><bold>a</bold>\n b</quote>\n<bold>c</bold>"],
  ["a > b", "a > b"],
  [">", ""],
]

for (const [text, expected] of cases)
  test(`read ${JSON.stringify(text)}`, () => {
    assert.equal(shown(text), expected)
  })

test("what a network has no kind for stays as it was typed, and what it has is found within", () => {
  assert.equal(shown("*a _b_*", ["italic"]), "*a <italic>b</italic>*")
  assert.equal(shown("> *a*\n```\n*c*\n```", ["bold"]), "> <bold>a</bold>\n```\n*c*\n```")
  assert.equal(shown("> ```\n> c\n> ```", ["pre"]), "> ```\n> c\n> ```")
  assert.deepEqual(read("> *a* ```", []), { text: "> *a* ```" })
  assert.deepEqual(read("> *a* ```", ["mention", "link"]), { text: "> *a* ```" })
})

const typed = fc
  .array(fc.constantFrom("*", "_", "~", "`", "```", ">", "> ", " ", "\n", "a", "bc", "😀", "js", ":"), { maxLength: 60 })
  .map((parts) => parts.join(""))
const bare = (text: string): string => text.replace(/[*_~`>\s]/g, "")

test("nothing but directives goes, and spans are of the text", () => {
  fc.assert(
    fc.property(typed, fc.subarray(all), (text, kinds) => {
      const { text: plain, spans = [] } = read(text, kinds)
      const languages = spans.flatMap(({ arg }) => arg ?? []).join("")
      assert.equal([...bare(plain + languages)].sort().join(""), [...bare(text)].sort().join(""))
      for (const { kind, start, end } of spans) {
        assert.ok(kinds.includes(kind))
        assert.ok(start >= 0 && start < end && end <= plain.length, JSON.stringify({ kind, start, end }))
        if (kind !== "pre" && kind !== "quote") assert.ok(!plain.slice(start, end).includes("\n"))
      }
      if (kinds.length === 0) assert.equal(plain, text)
    }),
    { numRuns: 5000 },
  )
})

test("a flood of directives takes no time to speak of", () => {
  const started = process.cpuUsage().user
  for (const part of ["*a ", "*_~`", "*a* ", "_*~a ", ">", "> ```\n", "`a *b_ "]) read(part.repeat(200_000 / part.length), all)
  assert.ok(process.cpuUsage(undefined).user - started < 10_000_000)
})
