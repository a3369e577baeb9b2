// What hostile or loose networks and clients tell beside texts: numbers that are none, ranges without end.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { stepOf } from "#src/core/asides/reactions.js"
import { told } from "#src/core/styling/told.js"
import { reflected } from "#src/core/files/showing.js"
import { render } from "#src/xmpp/muc/render.js"
import { markedOf, textOf } from "#src/xmpp/payload/body.js"
import { cut } from "#src/xmpp/payload/fallback.js"
import * as mentions from "#src/xmpp/payload/mentions.js"
import { readMessage } from "#src/xmpp/payload/read.js"
import { parseXml } from "../support/xml-match.js"

describe("of a network", () => {
  it("counts are whole numbers that can be stored", () => {
    const counts = [NaN, -3, 1.7, 1e300, Infinity].map((count, i) => ({ emoji: { text: `e${i}` }, count }))
    const step = stepOf({ counts })
    assert.deepEqual(step && "counts" in step && step.counts.map(({ count }) => count), [0, 0, 1, 2_000_000_000, 2_000_000_000])
  })

  it("a mention that is nowhere names nobody, and of a million the first are told", () => {
    const spans = [NaN, -1, Infinity].flatMap((start) => [{ kind: "mention" as const, start, end: NaN, arg: "juliet" }])
    assert.deepEqual(told({ text: "hello", spans }), { text: "hello" })
    const many = Array.from({ length: 1_000_000 }, () => ({ kind: "mention" as const, start: 0, end: 5, arg: "juliet" }))
    assert.equal(told({ text: "hello", spans: many }).spans?.length, 200)
  })
})

describe("ranges of a body that stand for something else", () => {
  it("may overlap, come in any order and reach beyond the end", () => {
    const text = "0123😀56789"
    const range = (start: number, end: number): { start: number; end: number } => ({ start, end })
    assert.equal(cut(text, [range(6, 8), range(0, 2), range(1, 3), range(5, 6), range(9, 99)]), "3😀89")
    assert.equal(cut(text, [range(4, 5), range(4, 5)]), "012356789")
    assert.equal(cut(text, [range(0, 10)]), "")
    assert.equal(cut(text, []), text)
  })

  it("the same as character by character", () => {
    let seed = 7
    const random = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most
    for (let round = 0; round < 500; round++) {
      const points = Array.from({ length: random(20) }, (_, i) => (i % 3 ? String.fromCharCode(97 + i) : "😀"))
      const ranges = Array.from({ length: random(6) }, () => {
        const start = random(20)
        return { start, end: start + 1 + random(8) }
      })
      const kept = points.filter((_, at) => !ranges.some(({ start, end }) => end <= points.length && at >= start && at < end))
      assert.equal(cut(points.join(""), ranges), kept.join(""))
    }
  })
})

describe("what somebody tells beside a text in a room", () => {
  const room = "#g1@lo.example"
  const quotes = (count: number): string => `"`.repeat(count)
  const list = (count: number, one: (i: number) => string): string => Array.from({ length: count }, (_, i) => one(i)).join("")

  /** As the others in the room get it. */
  function shown(inner: string): string {
    const draft = mentions.settle(readMessage(parseXml(`<message id='a' from='a@b' to='${room}'>${inner}</message>`)), "lo.example", room)
    const text = textOf(draft)
    return render({ k: "said", id: "x", pos: 1, by: null, at: 1, ...reflected(text, markedOf(draft, text)) }, room).inner
  }

  const body = `<body>${"x".repeat(500)}</body>`
  const hint = `<spoiler xmlns='urn:xmpp:spoiler:0'>${quotes(150_000)}</spoiler>`
  const languages = list(200, (i) => `<bcode start='${i * 2}' end='${i * 2 + 1}' language='${quotes(900)}'/>`)
  const names = list(200, (i) => {
    const uri = `xmpp:${room}/${"é".repeat(300)}${i}`
    return `<reference xmlns='urn:xmpp:reference:0' type='mention' begin='${i * 2}' end='${i * 2 + 1}' uri='${uri}'/>`
  })
  const long = `<body>${quotes(33_000)}</body>`
  for (const [what, inner] of Object.entries({
    "a hint": body + hint,
    languages: `${body}<markup xmlns='urn:xmpp:markup:0'>${languages}</markup>`,
    "names beside a long text": long + names,
  }))
    it(`never makes a stanza that ends our stream: ${what}`, () => {
      const out = shown(inner)
      assert.ok(Buffer.byteLength(out) < 256 * 1024, `${Buffer.byteLength(out)} bytes`)
      assert.match(out, /<body>(x{500}|(&quot;){33000})<\/body>/)
    })

  it("stays hidden, however much is told besides", () => {
    assert.match(shown(`${body}${hint}<markup xmlns='urn:xmpp:markup:0'>${languages}</markup>`), /<spoiler xmlns='urn:xmpp:spoiler:0'>/)
  })
})
