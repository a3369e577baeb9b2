// Nicks: legal everywhere, readable, stable, without end.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "../support/property.js"
import { candidates, fold } from "#src/core/rooms/nick.js"
import { isAllowed } from "#src/core/rooms/repertoire.js"

function first(name: string | null, username: string | null = null, id = "4711", count = 1): string[] {
  const found: string[] = []
  for (const nick of candidates(name, username, id)) if (found.push(nick) >= count) break
  return found
}

/** RFC 3454 table D.1: letters from right to left; and letters that are none. */
// prettier-ignore
const rtlLetter = /[\u05be\u05c0\u05c3\u05d0-\u05ea\u05f0-\u05f4\u061b\u061f\u0621-\u063a\u0640-\u064a\u066d-\u066f\u0671-\u06d5\u06dd\u06e5\u06e6\u06fa-\u06fe\u0700-\u070d\u0710\u0712-\u072c\u0780-\u07a5\u07b1]/u
const otherLetter = /(?![\u0590-\u07bf])\p{L}/u

function assertLegal(nick: string): void {
  const shown = JSON.stringify(nick)
  const points = [...nick]
  assert(points.length >= 1 && points.length <= 64 && Buffer.byteLength(nick) <= 256, shown)
  assert.equal(nick.normalize("NFKC"), nick, shown)
  assert(
    points.every((char) => isAllowed(char.codePointAt(0) ?? 0)),
    shown,
  )
  assert.match(nick, /[\p{L}\p{N}]/u)
  assert.doesNotMatch(nick, /^ | $| {2}|^\p{M}/u)
  // RFC 3454 §6.
  if (!points.some((char) => rtlLetter.test(char))) return assert.doesNotMatch(nick, /[\u0590-\u07bf]/u)
  assert.doesNotMatch(nick, otherLetter)
  assert(rtlLetter.test(points[0] ?? "") && rtlLetter.test(points.at(-1) ?? ""), shown)
}

describe("a nick", () => {
  it("is what is readable of the name", () => {
    for (const [name, nick] of [
      ["Alice", "Alice"],
      ["  Alice \n\t von  W. ", "Alice von W."],
      ["Alice ✨🌹", "Alice"],
      ["Al\u0000i\u200bc\ufeffe\u2028", "Alice"],
      ["\u{1d4d0}lice", "Alice"],
      ["Ｊｕｌｉｅｔ", "Juliet"],
      ["Zoe\u0308\u0301\u0301\u0301\u0301\u0301\u0301\u0301", "Zoë\u0301\u0301\u0301\u0301"],
      ["ジョン・スミス", "ジョン・スミス"],
      ["a・b", "a b"],
      ["Юлия", "Юлия"],
      ["朱丽叶", "朱丽叶"],
      ["romeo@montague.example/orchard", "romeo@montague.example/orchard"],
      ["محمد", "محمد"],
      ["\u202eمحمد 12 ✨", "محمد"],
      ["محمد علي Ali", "محمد علي"],
      ["Ali محمد", "محمد"],
      ["Alina محمد", "Alina"],
      ["דוד בן 3 גוריון", "דוד בן 3 גוריון"],
    ] as const)
      assert.equal(first(name)[0], nick, name)
  })

  it("of a name that says nothing is the username, or made of the id", () => {
    for (const name of [null, "", "   ", "👨‍👩‍👧", "\u200b\u202e", "...", "\u0301"]) {
      assert.equal(first(name, "alice_w")[0], "alice_w")
      assert.equal(first(name)[0], "user 4711")
      assert.match(first(name, "🌹", "an id with blanks and / more")[0] ?? "", /^user [0-9a-f]{8}$/)
    }
  })

  it("is short, however long the name is, and cuts no letter apart", () => {
    const long = first("n\u0303x\u0323".repeat(250), "u".repeat(500), "4711", 12)
    for (const nick of long) assertLegal(nick)
    assert.equal(new Set(long).size, 12)
    assert.equal(long[0], `${"n\u0303x\u0323".repeat(21)}n\u0303`.normalize("NFKC"))
    assert.match(long[1] ?? "", / \(u+\)$/)
  })

  it("is soon found in a crowd of namesakes", () => {
    for (const name of ["Alice", "محمد", "דוד"]) {
      const taken = new Set<string>()
      let asked = 0
      for (let person = 0; person < 3000; person++)
        for (const nick of candidates(name, null, `id ${person}`)) {
          asked++
          if (taken.has(fold(nick))) continue
          taken.add(fold(nick))
          assertLegal(nick)
          break
        }
      assert.ok(asked < 3000 * 9, `${name}: ${asked}`)
    }
  })

  it("has others for when it is taken", () => {
    assert.deepEqual(first("Alice", "alice_w", "1", 3), ["Alice", "Alice (alice_w)", "Alice 2"])
    assert.deepEqual(first("Alice", null, "1", 3), ["Alice", "Alice 2", "Alice 3"])
    assert.deepEqual(first("محمد", "mo", "1", 3), ["محمد", "محمد ب", "محمد ج"])
    for (const name of ["דוד", "👻", "Alice", "朱".repeat(500)]) assert.equal(new Set(first(name, "dave", "1", 200)).size, 200, name)
  })
})

describe("any name", () => {
  // prettier-ignore
  const script = fc.constantFrom([0x20, 0x7e], [0x80, 0x24f], [0x300, 0x36f], [0x370, 0x52f], [0x590, 0x7bf], [0x900, 0xdff], [0x1100, 0x11ff], [0xac00, 0xd7a3], [0x2000, 0x206f], [0x3000, 0x30ff], [0x4e00, 0x9fff], [0xd800, 0xdfff], [0xfb00, 0xffff], [0x1f300, 0x1faff], [0, 0x1f], [0, 0x10ffff])
  const char = script.chain(([low = 0, high = 0]) => fc.integer({ min: low, max: high })).map((point) => String.fromCodePoint(point))
  const text = fc.array(char, { maxLength: 90 }).map((chars) => chars.join(""))

  it("gives legal nicks, the same each time", () => {
    fc.assert(
      fc.property(text, fc.option(text), text, (name, username, id) => {
        const nicks = first(name, username, id, 12)
        assert.deepEqual(first(name, username, id, 12), nicks)
        assert(new Set(nicks).size >= 10)
        for (const nick of nicks) assertLegal(nick)
      }),
      { numRuns: 2000 },
    )
  })

  it("is folded to what people take for the same", () => {
    assert.equal(fold("ALICE"), fold("Alice"))
    assert.equal(fold("Ⅷ"), fold("viii"))
    assert.notEqual(fold("Alice"), fold("Alicia"))
    // Letters of other scripts, blanks and what is not seen.
    for (const twin of ["\u0410lice", "alic\u0435", "Alice ", "Al\u200bice", "Alice\u3164", "Alice\u2800", "\u0391lice"])
      assert.equal(fold(twin), fold("Alice"), JSON.stringify(twin))
    assert.equal(fold("Вася"), fold("ВАСЯ"))
    assert.notEqual(fold("Вася"), fold("Ваня"))
  })
})

describe("the repertoire", () => {
  it("takes what Unicode 3.2 had, and nothing younger, hidden or unstable", () => {
    for (const yes of ["a", "Z", " ", "0", "ß", "я", "あ", "朱", "한", "ا", "♥", "€", "\u{20000}"])
      assert(isAllowed(yes.codePointAt(0) ?? 0), yes)
    // Controls, format, blanks, private, surrogates, compatibility forms, younger than 3.2, jamo, tatweel, middle dot, tags.
    // prettier-ignore
    for (const no of [0, 0x1f, 0x7f, 0xa0, 0xad, 0x200b, 0x200d, 0x200e, 0x202e, 0x2028, 0x3000, 0xd800, 0xe000, 0xfe0f, 0xfeff, 0xfffd, 0xfffe, 0xff21, 0xfb01, 0x1d400, 0x1f600, 0x1e9e, 0x20bf, 0x1100, 0x640, 0xb7, 0xe0041, 0x10ffff])
      assert(!isAllowed(no), no.toString(16))
  })
})
