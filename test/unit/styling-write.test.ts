// Foreign texts with spans as text that XMPP clients style.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import type { Span } from "#src/adapter/contract.js"
import { read } from "#src/core/styling/read.js"
import { write } from "#src/core/styling/write.js"

/** «<b>…</b>» and the like → text and spans. */
function parse(marked: string): { text: string; spans: Span[] } {
  const kinds: Record<string, Span["kind"]> = { b: "bold", i: "italic", u: "underline", s: "strike", c: "code", p: "pre", q: "quote", h: "heading", o: "spoiler", l: "link", m: "mention" } // prettier-ignore
  const spans: Span[] = []
  const open: Span[] = []
  let text = ""
  for (const part of marked.split(/(<\/?\w(?:=[^>]*)?>)/)) {
    const tag = /^<(\/?)(\w)(?:=(.*))?>$/.exec(part)
    if (!tag) text += part
    else if (tag[1] === "/") {
      const at = open.findLastIndex(({ kind }) => kind === kinds[tag[2] ?? ""])
      spans.push({ ...open.splice(at, 1)[0]!, end: text.length })
    } else open.push({ kind: kinds[tag[2] ?? ""]!, start: text.length, end: 0, ...(tag[3] !== undefined && { arg: tag[3] }) })
  }
  return { text, spans }
}

const cases: readonly [string, string, string][] = [
  ["each kind has its mark", "<b>b</b> <i>i</i> <u>u</u> <s>s</s> <c>c</c> <o>o</o> <m=7>@m</m>", "*b* _i_ _u_ ~s~ `c` ||o|| @m"],
  ["a heading is a bold line", "<h>Act <b>I</b></h>\nScene", "*Act I*\nScene"],
  ["blanks at the edges stay outside", "a<b> b </b>c", "a *b* c"],
  ["within a word, or behind a mark, there is no beginning", "dis<s>like</s> (<b>b</b>) <i>a</i><b>b</b>", "dislike (b) _a_b"],
  ["a line at a time", "<b>one\ntwo</b> <o>three\nfour</o>", "*one*\n*two* ||three||\n||four||"],
  ["in one another", "<b>a <i>b <s>c</s></i></b> <i><b>d</b></i>", "*a _b ~c~_* *_d_*"],
  ["crossing", "<b>one <i>two</b> three</i>", "*one _two_* _three_"],
  ["bold in bold is no more than bold, underline and italic are one", "<b>a <b>b</b> c</b> <u><i>d</i></u>", "*a b c* _d_"],
  ["what holds the mark itself has none", "<b>2*3</b> <i>snake_case</i> <c>a`b</c> <b>**</b>", "2*3 snake_case a`b **"],
  ["a mark that waits for its end would take ours", "*a <b>b</b> <i>i</i>", "*a b _i_"],
  ["nothing inside code", "<c>a <b>b</b></c> <b><c>both</c></b> <c><i>x</i></c>", "`a b` *`both`* _`x`_"],
  ["a spoiler is innermost, for behind bars nothing begins", "<o><b>x</b></o> <o>a <b>b</b></o>", "*||x||* ||a *b*||"],
  ["code block", "see <p=js>let a\nlet b</p> there", "see \n```js\nlet a\nlet b\n```\n there"],
  ["code block on lines of its own", "see\n<p>a\n</p>there", "see\n```\na\n```\nthere"],
  ["a language is a word", "<p=a b>x</p>", "```\nx\n```"],
  ["nothing is styled in a code block", "<p>a <b>b</b></p>", "```\na b\n```"],
  ["fences within would end it", "<p>a\n```\nb</p>", "a\n```\nb"],
  ["quote", "<q>a\n\n<b>b</b></q>\nc", "> a\n> \n> *b*\nc"],
  ["quote in the middle, in another, and with code", "a<q>b<q>c</q></q><q>d\n<p>e</p></q>", "a\n> b\n> > c\n> d\n> ```\n> e\n> ```"],
  [
    "addresses",
    "<l=https://a/>here</l>, <b><l=https://b/>there</l></b> and <l=https://c/>https://c/</l>",
    "here (https://a/), *there* (https://b/) and https://c/",
  ],
  ["addresses inside", "<b><l=https://b/>there</l> too</b>", "*there (https://b/) too*"],
  ["an address may spoil its style", "<i><l=https://b_c/>there</l> too</i> <c>c</c>", "there (https://b_c/) too `c`"],
  ["an address at the end of a line", "<l=https://a/>a\n</l>b <l=https://c/>c\nd</l>", "a (https://a/)\nb c\nd (https://c/)"],
]

for (const [what, marked, expected] of cases)
  test(what, () => {
    assert.equal(write(parse(marked)), expected)
  })

test("spans that are none harm nothing", () => {
  const spans: Span[] = [
    { kind: "bold", start: -5, end: 2 },
    { kind: "italic", start: 3, end: 99 },
    { kind: "strike", start: 4, end: 2 },
    { kind: "code", start: NaN, end: 3 },
    { kind: "link", start: 0, end: 2 },
    { kind: "link", start: 0, end: 2, arg: "https://a/\n> b" },
  ]
  assert.equal(write({ text: "ab cd", spans }), "*ab* (https://a/ > b) _cd_")
  assert.equal(write({ text: "", spans }), "")
})

const kinds: Span["kind"][] = [
  "bold",
  "italic",
  "underline",
  "strike",
  "code",
  "pre",
  "quote",
  "heading",
  "spoiler",
  "link",
  "mention",
  "time",
]
const span = (length: number): fc.Arbitrary<Span> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    start: fc.nat(length),
    end: fc.nat(length + 2),
    arg: fc.constantFrom("https://x_y/", "js", ""),
  })
const body = fc
  .array(fc.constantFrom("*", "_", "`", "```", ">", "|", "||", " ", "\n", "a", "bc", "😀"), { maxLength: 40 })
  .map((parts) => parts.join(""))
  .chain((text) => fc.record({ text: fc.constant(text), spans: fc.array(span(text.length), { maxLength: 8 }) }))

test("no text and no address is ever lost, whatever the spans are", () => {
  fc.assert(
    fc.property(body, ({ text, spans }) => {
      const written = write({ text, spans })
      let at = 0
      for (const unit of text.split("")) {
        at = written.indexOf(unit, at) + 1
        assert.ok(at > 0, `${JSON.stringify(unit)} is not in ${JSON.stringify(written)}`)
      }
      const links = spans.filter((one) => one.kind === "link" && one.start < Math.min(one.end, text.length) && one.arg && text.slice(one.start, one.end) !== one.arg) // prettier-ignore
      assert.equal(written.split(/ \((?:https:\/\/x_y\/|js)\)/).length - 1, links.length)
    }),
    { numRuns: 5000 },
  )
})

test("what is written is read as it was, where the text has no directives of its own", () => {
  const word = fc.constantFrom("a", "bc", "😀", "(d)", "e.")
  const styled = fc.tuple(fc.constantFrom("bold", "italic", "strike", "code", undefined), fc.array(word, { minLength: 1, maxLength: 3 }))
  const line = fc.array(styled, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), (lines) => {
      let text = ""
      const spans: Span[] = []
      lines.forEach((parts, i) => {
        if (i > 0) text += "\n"
        parts.forEach(([kind, words], j) => {
          if (j > 0) text += " "
          const start = text.length
          text += words.join(" ")
          if (kind) spans.push({ kind: kind, start, end: text.length })
        })
      })
      const read_ = read(write({ text, spans }), ["bold", "italic", "strike", "code"])
      assert.deepEqual({ spans: [], ...read_ }, { text, spans })
    }),
    { numRuns: 2000 },
  )
})

test("a flood of spans takes no time to speak of", () => {
  const length = 200_000
  const spans = (kinds: Span["kind"][], place: (i: number) => [number, number]): Span[] =>
    Array.from({ length: 2000 }, (_, i) => ({ kind: kinds[i % kinds.length]!, start: place(i)[0], end: place(i)[1] }))
  const started = process.cpuUsage().user
  for (const [text, all] of [
    ["abc *_ ", spans(["bold", "italic", "strike", "spoiler"], (i) => [i * 100, i * 100 + 50])],
    ["*a _b ", spans(["bold", "italic"], (i) => [i * 6, i * 6 + 2])],
    ["a\n", spans(["quote"], (i) => [i, length - i])],
    ["a\n", spans(["bold", "pre", "strike", "code"], (i) => [i, length - i])],
  ] as const)
    write({ text: text.repeat(length / text.length), spans: all })
  const seconds = (process.cpuUsage(undefined).user - started) / 1_000_000
  assert.ok(seconds < 4, `${seconds} s`)
})
