// Discord's markdown both ways: what is read of it, and that what is written shows exactly the text. Judged by a reader of its own.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import type { Body, Span } from "xferry"
import { length } from "#discord/text/length.js"
import { parse } from "#discord/text/parse.js"
import { render, size } from "#discord/text/render.js"
import { shownBy } from "../support/discord-client.js"

const juliet = "80351110224678912"
const general = "41771983423143937"
const mods = "41771983423143938"
const wave = "41771983444115456"
const names = {
  user: (id: string) => (id === juliet ? "Juliet" : undefined),
  role: (id: string) => (id === mods ? "mods of Verona" : undefined),
  channel: (id: string) => (id === general ? "general" : undefined),
  emoji: (name: string) => (name === "wave" ? { id: wave, animated: false } : name === "dance" ? { id: wave, animated: true } : undefined),
  roleNamed: (name: string) => (name === "mods of Verona" ? mods : undefined),
  channelNamed: (name: string) => (name === "general" ? general : undefined),
}
const none = (): undefined => undefined
const nameless = { user: none, role: none, channel: none, emoji: none, roleNamed: none, channelNamed: none }

type Row = [source: string, text: string, ...spans: [kind: Span["kind"], text: string, arg?: string][]]

function spansOf({ text, spans = [] }: Pick<Body, "text" | "spans">): Row[2][] {
  return spans.map(({ kind, start, end, arg }) =>
    arg === undefined ? [kind, text.slice(start, end)] : [kind, text.slice(start, end), arg],
  )
}

describe("Discord's markdown is read", () => {
  const rows: Row[] = [
    ["plain", "plain"],
    [
      "**b** *i* _j_ __u__ ~~s~~ ||h||",
      "b i j u s h",
      ["bold", "b"],
      ["italic", "i"],
      ["italic", "j"],
      ["underline", "u"],
      ["strike", "s"],
      ["spoiler", "h"],
    ],
    ["***both***", "both", ["italic", "both"], ["bold", "both"]],
    ["**a *b* c**", "a b c", ["bold", "a b c"], ["italic", "b"]],
    ["a * b * c", "a * b * c"],
    ["snake_case_name", "snake_case_name"],
    ["5 ** 3", "5 ** 3"],
    ["**a\nb**", "a\nb", ["bold", "a\nb"]],
    ["\\*no\\* \\_no\\_ \\~~no~~ C:\\dir", "*no* _no_ ~~no~~ C:\\dir"],
    ["¯\\_(ツ)_/¯ *x*", "¯\\_(ツ)_/¯ x", ["italic", "x"]],
    ["`a*b*` ``a`b`` `` `c` ``", "a*b* a`b `c`", ["code", "a*b*"], ["code", "a`b"], ["code", "`c`"]],
    ["```js\nlet a = `b`\n\nc\n```", "let a = `b`\n\nc", ["pre", "let a = `b`\n\nc", "js"]],
    ["before ```one``` after", "before \none\n after", ["pre", "one"]],
    ["```js\n```", "js", ["pre", "js"]],
    ["> a\n> **b**\nc", "a\nb\nc", ["quote", "a\nb"], ["bold", "b"]],
    ["a\n>>> b\n\n> c", "a\nb\n\n> c", ["quote", "b\n\n> c"]],
    [">no\nx > y", ">no\nx > y"],
    ["> ```\n> code\n> ```\nout", "code\nout", ["quote", "code"], ["pre", "code"]],
    [
      "# Big\n## Less *so* ##\n#no\n-# small\n- item\n  - below\n1. one",
      "Big\nLess so\n#no\nsmall\n- item\n  - below\n1. one",
      ["heading", "Big"],
      ["heading", "Less so"],
      ["italic", "so"],
    ],
    [
      "[words](https://x.example/a_(b)) and <https://y.example/_z_>",
      "words and https://y.example/_z_",
      ["link", "words", "https://x.example/a_(b)"],
    ],
    ["[https://bank.example](https://evil.example)", "[https://bank.example](https://evil.example)"],
    ["[no](javascript:x) [a] (b)", "[no](javascript:x) [a] (b)"],
    ["https://x.example/_a_*b*, (https://x.example/c)", "https://x.example/_a_*b*, (https://x.example/c)"],
    [
      `<@${juliet}> <@!${juliet}> <@99>`,
      "@Juliet @Juliet @unknown-user",
      ["mention", "@Juliet", juliet],
      ["mention", "@Juliet", juliet],
      ["mention", "@unknown-user", "99"],
    ],
    [
      `<#${general}> <#99> <@&${mods}> <@&9>`,
      "#general #unknown @mods of Verona @unknown-role",
      ["room", "#general", general],
      ["room", "#unknown", "99"],
    ],
    [`<:wave:${wave}> <a:dance:${wave}>`, ":wave: :dance:", ["emoji", ":wave:", wave], ["emoji", ":dance:", wave]],
    [
      "<t:1795262400> <t:1795262400:t> <t:1795262400:D> <t:99999999999999999>",
      "2026-11-21 12:00 UTC 12:00 UTC 2026-11-21 <t:99999999999999999>",
      ["time", "2026-11-21 12:00 UTC", "1795262400"],
      ["time", "12:00 UTC", "1795262400"],
      ["time", "2026-11-21", "1795262400"],
    ],
    ["</settings show:41771983423143939> <id:customize>", "/settings show Channels & Roles"],
    ["@everyone @here a@b", "@everyone @here a@b", ["everyone", "@everyone"], ["everyone", "@here"]],
    ["`<@80351110224678912>` \\<@80351110224678912>", "<@80351110224678912> <@80351110224678912>", ["code", "<@80351110224678912>"]],
    ["👍🏽 **👩‍👩‍👧**", "👍🏽 👩‍👩‍👧", ["bold", "👩‍👩‍👧"]],
  ]
  for (const [source, text, ...spans] of rows)
    it(JSON.stringify(source), () => {
      const read = parse(source, names)
      assert.equal(read.text, text)
      assert.deepEqual(spansOf(read), spans)
    })
})

/** Text of pieces that mean something, beside what people write. */
const pieces = fc.constantFrom(
  ..."\\ * ** *** _ __ ~ ~~ | || ` `` ``` > >> >>> # ## -# - + 1. [ ] ( ) ]( < > @ : ! ´ é ツ ¯ ¯\\_(ツ)_/¯ 😀 a b 12 js .".split(" "),
  " ",
  "  ",
  "\n",
  "\n\n",
  "> ",
  "# ",
  "-# ",
  "- ",
  "1. ",
  ">>> ",
  "a",
  "b",
  "word ",
  "snake_case",
  "@everyone",
  "@here",
  "https://x.example/a_b",
  "https://x.example/*",
  "http://y.example/(a)",
  "steam://z/",
  "<@80351110224678912>",
  "<#41771983423143937>",
  "<@&41771983423143938>",
  "<:wave:41771983444115456>",
  "<t:1795262400:R>",
  ":smile:",
  ":wave:",
  "#general",
  "@mods of Verona",
  "2026-11-21 12:00 UTC",
  "[a](https://x.example/)",
  "```js\n",
  "\n```",
)
const busy = fc.array(pieces, { maxLength: 14 }).map((all) => all.join(""))
const anyText = fc.oneof(busy, busy, fc.string({ unit: "grapheme" }), fc.string({ unit: "binary", maxLength: 60 }))

describe("what is read is what Discord's client shows", () => {
  it("for any text", () => {
    fc.assert(
      fc.property(anyText, (source) => {
        fc.pre(!source.includes(":") || !/:[\w+-]+:/.test(source))
        assert.equal(parse(source.trim(), { user: (id) => id, role: (id) => id, channel: (id) => id }).text, shownBy(source))
      }),
      { numRuns: 20_000 },
    )
  })
})

describe("what is written for Discord shows the text", () => {
  it("for any text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { content, users } = render({ text }, nameless)
        assert.deepEqual(users, [])
        assert.equal(shownBy(content).trim(), text.trim().replace(/\p{Cs}/gu, "\ufffd"))
      }),
      { numRuns: 20_000 },
    )
  })
})
void length
void size
