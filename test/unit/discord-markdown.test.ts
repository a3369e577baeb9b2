// Discord's markdown both ways: what is read of it, and that what is written shows exactly the text. Judged by a reader of its own.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "../support/property.js"
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
    [">  *\n>   b", " *\n  b", ["quote", " *\n  b"]],
    [">>>   a", "  a", ["quote", "  a"]],
    ["~~a\\~\u2060~~ a\u2060b \\\u2060*c*", "a~ a\u2060b \u2060c", ["strike", "a~"], ["italic", "c"]],
    ["http**s**://a.example/", "https://a.example/", ["bold", "s"]],
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

const shownTo = (text: string): string => text.trim().replace(/\p{Cs}/gu, "\ufffd")

describe("what is written for Discord shows the text", () => {
  it("for any text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { content, users } = render({ text }, nameless)
        assert.deepEqual(users, [])
        assert.equal(shownBy(content).trim(), shownTo(text))
      }),
      { numRuns: 20_000 },
    )
  })

  const kinds = fc.constantFrom<Span["kind"]>(
    ...(["bold", "italic", "underline", "strike", "code", "pre", "heading", "spoiler", "link", "emoji", "time"] as const),
  )
  const spanIn = (text: string): fc.Arbitrary<Span> =>
    fc
      .record({ kind: kinds, start: fc.nat(text.length), end: fc.nat(text.length), arg: fc.constantFrom("js", "https://x.example/", "") })
      .map(({ start, end, ...rest }) => ({ ...rest, start: Math.min(start, end), end: Math.max(start, end) }))
  const written = anyText.chain((text) => fc.record({ text: fc.constant(text), spans: fc.array(spanIn(text), { maxLength: 5 }) }))

  it("for any text in any style", () => {
    fc.assert(
      fc.property(written, (body) => {
        const shown = shownBy(render(body, nameless).content).trim()
        // What has no width keeps marks apart. A block of code stands on lines of its own.
        const seen = (text: string): string => text.replaceAll("\u2060", "").trim()
        const squeezed = (text: string): string => seen(text).replace(/\s+/g, "")
        if (body.spans.some(({ kind }) => kind === "pre")) assert.equal(squeezed(shown), squeezed(shownTo(body.text)))
        else assert.equal(seen(shown), seen(shownTo(body.text)))
      }),
      { numRuns: 20_000 },
    )
  })

  const rows: [name: string, body: { text: string; spans?: Span[] }, content: string][] = [
    [
      "nothing to escape",
      { text: "It's 10:30, snake_case_here (a < b) <3 - C:\\dir https://x.example/_a_*b*" },
      "It's 10:30, snake_case_here (a < b) <3 - C:\\dir https://x.example/_a_*b*",
    ],
    [
      "marks",
      { text: "*no* _no_ ~~no~~ ||no|| `no` <@1> [a](http://b.example)" },
      "\\*no\\* \\_no\\_ \\~\\~no\\~\\~ \\|\\|no\\|\\| \\`no\\` \\<@1> [a]\\(http://b.example)",
    ],
    ["lines", { text: "# no\n> no\n- no\n-# no\n1984. no\n#no" }, "\\# no\n\\> no\n\\- no\n\\-# no\n1984\\. no\n#no"],
    ["everybody", { text: "@everyone @here" }, "\\@everyone \\@here"],
    ["names of emoji", { text: ":smile: at 10:30:45" }, "\\:smile: at 10:30:45"],
    [
      "styles",
      {
        text: "bold and code",
        spans: [
          { kind: "bold", start: 0, end: 4 },
          { kind: "code", start: 9, end: 13 },
        ],
      },
      "**bold** and `code`",
    ],
    ["code with backticks", { text: "`a`", spans: [{ kind: "code", start: 0, end: 3 }] }, "`` `a` ``"],
    [
      "a block of code",
      { text: "see\nlet *a*\nok", spans: [{ kind: "pre", start: 4, end: 11, arg: "js" }] },
      "see\n```js\nlet *a*\n```\nok",
    ],
    ["a block with blank lines", { text: "a\n\nb\n\nc", spans: [{ kind: "pre", start: 2, end: 5 }] }, "a\n\n```\nb\n```\n\nc"],
    ["a block that holds a fence", { text: "a\n```\nb", spans: [{ kind: "pre", start: 0, end: 7 }] }, "```\na\n```\n` ``` `\n```\nb\n```"],
    ["quotations", { text: "he\nsaid\nwhat?", spans: [{ kind: "quote", start: 0, end: 7 }] }, "> he\n> said\nwhat?"],
    [
      "a quotation in one",
      {
        text: "deep\nflat\nme",
        spans: [
          { kind: "quote", start: 0, end: 9 },
          { kind: "quote", start: 0, end: 4 },
        ],
      },
      "> > deep\n> flat\nme",
    ],
    ["a link", { text: "here", spans: [{ kind: "link", start: 0, end: 4, arg: "https://x.example/" }] }, "[here](https://x.example/)"],
    ["blanks at the ends of a style", { text: "a b c", spans: [{ kind: "italic", start: 1, end: 4 }] }, "a *b* c"],
    ["a quotation that is indented", { text: "*\n *", spans: [{ kind: "quote", start: 2, end: 4 }] }, "\\*\n>  \\*"],
    ["a quotation with nothing at its end", { text: "a\n\n", spans: [{ kind: "quote", start: 0, end: 3 }] }, "> a"],
    ["its own mark at the end of a style", { text: "a~", spans: [{ kind: "strike", start: 0, end: 2 }] }, "~~a\\~\u2060~~"],
    ["bars at the end of a spoiler", { text: "a|", spans: [{ kind: "spoiler", start: 0, end: 2 }] }, "||a\\|\u2060||"],
    [
      "styles side by side",
      {
        text: "abc",
        spans: [
          { kind: "bold", start: 0, end: 1 },
          { kind: "italic", start: 1, end: 2 },
        ],
      },
      "**a**\u2060*b*c",
    ],
    [
      "styles that overlap",
      {
        text: "abc",
        spans: [
          { kind: "bold", start: 0, end: 2 },
          { kind: "italic", start: 1, end: 3 },
        ],
      },
      "**a*b***\u2060*c*",
    ],
    ["a backtick at one end of code", { text: "`a", spans: [{ kind: "code", start: 0, end: 2 }] }, "`` `a``"],
    ["code with runs of one and two backticks", { text: "a`b``c", spans: [{ kind: "code", start: 0, end: 6 }] }, "``a`b``\u2060` ``c`"],
    ["code over two lines", { text: "a\nb", spans: [{ kind: "code", start: 0, end: 3 }] }, "`a`\n`b`"],
    [
      "code with bars in a spoiler",
      {
        text: "a||b",
        spans: [
          { kind: "spoiler", start: 0, end: 4 },
          { kind: "code", start: 0, end: 4 },
        ],
      },
      "||`a|`\u2060`|b`||",
    ],
    [
      "a block of code in a spoiler",
      {
        text: "a\nb",
        spans: [
          { kind: "spoiler", start: 2, end: 3 },
          { kind: "pre", start: 2, end: 3 },
        ],
      },
      "a\n||```\nb\n```||",
    ],
    [
      "stars of code in bold",
      {
        text: "a **",
        spans: [
          { kind: "bold", start: 0, end: 4 },
          { kind: "code", start: 2, end: 4 },
        ],
      },
      "**a** `**`",
    ],
    [
      "an address with marks",
      { text: "https://a.example/x_y*z", spans: [{ kind: "bold", start: 0, end: 23 }] },
      "**https://a.example/x_y*z**",
    ],
    [
      "an address that would end it",
      { text: "https://a.example/x~~y", spans: [{ kind: "strike", start: 0, end: 22 }] },
      "~~https\\://a.example/x\\~\\~y~~",
    ],
    [
      "an address before a style",
      { text: "https://a.exampleb", spans: [{ kind: "bold", start: 17, end: 18 }] },
      "<https://a.example>**b**",
    ],
    ["an address styled in part", { text: "https://a.example", spans: [{ kind: "bold", start: 4, end: 5 }] }, "http**s**://a.example"],
    ["half a character", { text: "a\ud83d" }, "a\ufffd"],
  ]
  for (const [name, body, content] of rows) it(name, () => assert.equal(render(body, nameless).content, content))
})

describe("names", () => {
  it("of channels, roles, emoji and times become tags, and are read again as they were written", () => {
    const text = "in #general at 2026-11-21 12:00 UTC, @mods of Verona! :wave: :dance: (a@mods of Verona, x#general, #other)"
    const { content } = render({ text }, names)
    assert.equal(
      content,
      `in <#${general}> at <t:1795262400:f>, <@&${mods}>! <:wave:${wave}> <a:dance:${wave}> (a@mods of Verona, x#general, #other)`,
    )
    assert.equal(parse(content, names).text, text)
  })

  it("in one another are one tag", () => {
    const overlapping = { ...names, roleNamed: (name: string) => (name === "in #general" ? mods : undefined) }
    assert.equal(render({ text: "@in #general" }, overlapping).content, `<@&${mods}>`)
  })

  it("of people are mentioned where the core says whom", () => {
    const spans: Span[] = [{ kind: "mention", start: 3, end: 10, arg: juliet }]
    assert.deepEqual(render({ text: "hi @Juliet!", spans }, names), { content: `hi <@${juliet}>!`, users: [juliet] })
  })

  it("are left alone in code, and where they are no tag", () => {
    const text = "#general @mods of Verona"
    assert.equal(render({ text, spans: [{ kind: "code", start: 0, end: text.length }] }, names).content, `\`${text}\``)
    const spans: Span[] = [{ kind: "mention", start: 0, end: 8, arg: "w1.abc" }]
    assert.deepEqual(render({ text: "@webhook", spans }, names), { content: "@webhook", users: [] })
  })

  it("of a day that there is not stay text", () => {
    assert.equal(render({ text: "2026-02-30 12:00 UTC" }, names).content, "2026-02-30 12:00 UTC")
  })
})

describe("spans", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcxyz éß😀"), minLength: 1, maxLength: 8 }).map((text) => `w${text.trim()}w`)
  const style = fc.constantFrom<Span["kind"] | undefined>(undefined, "bold", "italic", "underline", "strike", "spoiler", "code")
  const line = fc.array(fc.tuple(word, style), { minLength: 1, maxLength: 5 })

  it("are kept on the way to Discord and back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.constantFrom("plain", "quote", "pre")), { minLength: 1, maxLength: 4 }), (all) => {
        let text = ""
        const spans: Span[] = []
        let before = ""
        for (const [words, kind] of all) {
          if (text !== "") text += "\n"
          const start = text.length
          for (const [index, [word, style]] of words.entries()) {
            if (index > 0) text += " "
            if (style && kind !== "pre") spans.push({ kind: style, start: text.length, end: text.length + word.length })
            text += word
          }
          const last = spans.findLast((span) => span.kind === "quote")
          // Neighbouring lines of a quotation are one.
          if (kind === "quote" && before === "quote" && last) last.end = text.length
          else if (kind !== "plain") spans.push({ kind, start, end: text.length })
          before = kind
        }
        const read = parse(render({ text, spans: [...spans] }, nameless).content)
        const sorted = (some: Span[]): string[] => some.map(({ kind, start, end }) => `${start}-${end} ${kind}`).sort()
        assert.equal(read.text, text)
        assert.deepEqual(sorted(read.spans), sorted(spans))
      }),
      { numRuns: 3000 },
    )
  })
})

describe("the length", () => {
  it("is never less than what is sent, whatever names are known", () => {
    const known = {
      ...names,
      emoji: () => ({ id: "18446744073709551615", animated: true }),
      channelNamed: () => "18446744073709551615",
      roleNamed: () => "18446744073709551615",
    }
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, named) => {
        const most = length({ text })
        const sent = size(render({ text }, named ? known : nameless, Math.max(1, most)).content)
        assert.ok(sent <= most, `${sent} > ${most}`)
      }),
      { numRuns: 5000 },
    )
  })

  it("counts code points", () => assert.equal(length({ text: "😀😀 a" }), 4))

  it("is kept by doing with less, rather than by cutting", () => {
    const text = `#general ${"a*".repeat(940)}`
    assert.equal(size(render({ text }, nameless).content), 9 + 940 * 3)
    const words = `#general ${"ab ".repeat(650)}`
    const spans: Span[] = Array.from({ length: 650 }, (_, i) => ({ kind: "bold", start: 9 + 3 * i, end: 11 + 3 * i }))
    assert.equal(render({ text: words, spans }, names).content, `<#${general}> ${"ab ".repeat(650).trim()}`)
  })
})

describe("texts made to take long are read and written all the same", () => {
  const parts = [
    "**a ",
    "*a ",
    "_a",
    "__a ",
    "||a",
    "~~a",
    "`",
    "` ``",
    "```",
    "[",
    "[a](",
    "](",
    "<t:",
    "<https://",
    "https://",
    "\\",
    "> ",
    "\n> ",
    "# ",
    "\n",
    " ",
    "*a **b _c __d ",
    "***",
    "@here",
    ":a",
    "#a",
    "((((",
    "))))",
    "\ud83d",
    "é",
  ]
  for (const part of parts)
    it(JSON.stringify(part), () => {
      const text = part.repeat(100_000 / part.length)
      parse(text)
      parse(`${text}\n${part.split("").reverse().join("")}`)
      render({ text: text.slice(0, 50_000) }, names)
      const styles = (["bold", "italic", "strike", "code", "quote", "spoiler"] as const).flatMap((kind, i): Span[] =>
        Array.from({ length: 80 }, (_, at) => ({ kind, start: 24 * at + i, end: 24 * at + 20 + 2 * i })),
      )
      render({ text: text.slice(0, 2000), spans: styles }, names)
    })
})
