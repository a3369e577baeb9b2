// Spans as Telegram's entities: nested, never overlapping, whole characters, and back again.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "../support/property.js"
import type { MessageEntity } from "node-telegram-bot-api"
import type { Span } from "xferry"
import { entitiesOf, formatting, written } from "#telegram/entities.js"
import { spansOf } from "#telegram/spans.js"

const shown = (entities: readonly MessageEntity[]): unknown[] => entities.map(({ type, offset, length }) => [type, offset, length])

describe("entities", () => {
  it("carry what a kind needs", () => {
    const spans: Span[] = [
      { kind: "link", start: 0, end: 4, arg: "https://example.org/" },
      { kind: "mention", start: 5, end: 9, arg: "42" },
      { kind: "pre", start: 10, end: 14, arg: "ts" },
      { kind: "quote", start: 15, end: 19 },
    ]
    assert.deepEqual(entitiesOf(spans, "this that then them"), [
      { type: "text_link", offset: 0, length: 4, url: "https://example.org/" },
      { type: "text_mention", offset: 5, length: 4, user: { id: 42, is_bot: false, first_name: "" } },
      { type: "pre", offset: 10, length: 4, language: "ts" },
      { type: "blockquote", offset: 15, length: 4 },
    ])
  })

  it("that overlap are cut so that one stands in the other", () => {
    const spans: Span[] = [
      { kind: "bold", start: 0, end: 5 },
      { kind: "italic", start: 3, end: 8 },
    ]
    assert.deepEqual(shown(entitiesOf(spans, "abcdefgh")), [
      ["bold", 0, 5],
      ["italic", 3, 2],
      ["italic", 5, 3],
    ])
  })

  it("leave code alone, and stay within a quotation", () => {
    const spans: Span[] = [
      { kind: "bold", start: 0, end: 9 },
      { kind: "code", start: 3, end: 6 },
      { kind: "quote", start: 2, end: 8 },
    ]
    assert.deepEqual(shown(entitiesOf(spans, "abcdefghi")), [
      ["bold", 0, 2],
      ["blockquote", 2, 6],
      ["bold", 2, 1],
      ["code", 3, 3],
      ["bold", 6, 2],
      ["bold", 8, 1],
    ])
  })

  it("never cut a character in two, nor reach beyond the text", () => {
    assert.deepEqual(shown(entitiesOf([{ kind: "bold", start: 1, end: 99 }], "🌹a")), [["bold", 0, 3]])
    assert.deepEqual(entitiesOf([{ kind: "bold", start: 5, end: 9 }], "abc"), [])
    assert.deepEqual(entitiesOf([{ kind: "bold", start: Number.NaN, end: 2 }], "abc"), [])
  })

  it("an address that Telegram makes no link of is spelled out", () => {
    const link = (arg: string): Span[] => [
      { kind: "link", start: 0, end: 4, arg },
      { kind: "bold", start: 0, end: 4 },
      { kind: "bold", start: 5, end: 9 },
    ]
    assert.deepEqual(written({ text: "Romeo".slice(0, 4) + " here", spans: link("xmpp:romeo@montague.lit") }), {
      text: "Rome (xmpp:romeo@montague.lit) here",
      entities: [
        { type: "bold", offset: 0, length: 4 },
        { type: "bold", offset: 31, length: 4 },
      ],
    })
    assert.equal(written({ text: "Rome here", spans: link("https://example.org") }).text, "Rome here")
  })

  it("whatever comes in, what goes out is nested and in bounds, and every character keeps its formatting", () => {
    const span = fc.record({ kind: fc.constantFrom(...formatting), start: fc.nat(40), end: fc.nat(40) }).map((it): Span => {
      const arg = it.kind === "link" ? "https://example.org/" : it.kind === "mention" ? "42" : undefined
      return { ...it, ...(arg !== undefined && { arg }) }
    })
    const text = fc.string({ unit: "grapheme", maxLength: 30 })
    fc.assert(
      fc.property(text, fc.array(span, { maxLength: 8 }), (said, spans) => {
        const entities = entitiesOf(spans, said)
        for (const [i, a] of entities.entries()) {
          assert.ok(a.offset >= 0 && a.length > 0 && a.offset + a.length <= said.length)
          assert.ok(!/[\udc00-\udfff]/.test(said[a.offset] ?? "") || !/[\ud800-\udbff]/.test(said[a.offset - 1] ?? ""))
          for (const b of entities.slice(i + 1)) {
            const apart = b.offset >= a.offset + a.length
            assert.ok(apart || b.offset + b.length <= a.offset + a.length, "nested")
            if (!apart) assert.ok(!/^(code|pre)$/.test(a.type), "nothing within code")
          }
        }
        const back = spansOf(entities, said)
        const holds = (list: readonly Span[], kind: string, at: number): boolean =>
          list.some((one) => one.kind === kind && one.start <= at && at < one.end)
        for (let at = 0; at < said.length; at++) {
          if (/[\udc00-\udfff]/.test(said[at] ?? "")) continue
          const code = holds(back, "code", at) || holds(back, "pre", at)
          for (const kind of ["bold", "italic", "spoiler", "underline", "strike"] as const)
            if (!code && holds(spans, kind, at)) assert.ok(holds(back, kind, at), `${kind} at ${at}`)
          if (holds(spans, "quote", at)) assert.ok(holds(back, "quote", at))
        }
      }),
    )
  })
})
