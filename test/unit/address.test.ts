// The JID codec: reversible for every id, stable under what servers do to localparts.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import { type Address, contactJid, decode, encode } from "#src/core/address.js"

const anything = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."\\^!#@ /&'\":<>()Aa25c7f0gateway".split("")),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
})
const address: fc.Arbitrary<Address> = fc.record({
  kind: fc.constantFrom("contact" as const, "room" as const),
  id: anything.filter((id) => id !== ""),
  tag: anything,
})

test("every address survives the round trip, also case-folded and normalised as a server does", () => {
  fc.assert(
    fc.property(address, (one) => {
      const localpart = encode(one)
      assert(localpart !== null)
      assert.match(localpart, /^[!-~]+$/)
      assert.doesNotMatch(localpart, /["&'/:<>@A-Z]/)
      assert.equal(localpart.toLowerCase().normalize("NFKC"), localpart)
      assert.doesNotMatch(localpart, /^\\20|\\20$/)
      assert.deepEqual(decode(localpart), { ...one })
    }),
    { numRuns: 2000 },
  )
})

test("two addresses never share a localpart, and what decodes encodes to itself", () => {
  fc.assert(
    fc.property(
      address,
      address,
      (a, b) => void ((encode(a) === encode(b)) === (JSON.stringify(a) === JSON.stringify(b)) || assert.fail()),
    ),
  )
  fc.assert(
    fc.property(anything, (text) => {
      const read = decode(text)
      if (read !== null && read.kind !== "gateway") assert.equal(encode(read), text)
    }),
    { numRuns: 2000 },
  )
})

for (const [id, localpart] of [
  ["4711", "4711"],
  ["Juliet", "^juliet"],
  ["d'artagnan", "d\\27artagnan"],
  ["a b", "a\\20b"],
  [" a ", "^(20)a^(20)"],
  ["\\27", "\\5c27"],
  ["\\foo", "\\foo"],
  ["\u{1f600}", "^(1f600)"],
  ["\ud83d", "^(d83d)"],
  ["#room", "^(23)room"],
  ["a#b", "a#b"],
  ["gateway", "^(67)ateway"],
  ["Gateway", "^gateway"],
  ["a!b^c", "a^(21)b^(5e)c"],
] as const) {
  test(`«${id}» is ${localpart}`, () => {
    assert.equal(encode({ kind: "contact", id, tag: "" }), localpart)
    assert.deepEqual(decode(localpart), { kind: "contact", id, tag: "" })
  })
}

test("rooms and tags", () => {
  assert.equal(encode({ kind: "room", id: "-100", tag: "work" }), "#-100!work")
  assert.deepEqual(decode("#-100!work"), { kind: "room", id: "-100", tag: "work" })
})

test("the gateway has two names", () => {
  assert.deepEqual(decode(""), { kind: "gateway" })
  assert.deepEqual(decode("gateway"), { kind: "gateway" })
  assert.equal(contactJid("sms.example", "", ""), "sms.example")
})

test("what has another spelling, or none, is refused", () => {
  for (const text of ["^(61)", "^(110000)", "^(", "^", "a!", "!t", "#", "^(67)atewax", "A", "é", "\\5cx", "^(d83d)^(de00)"])
    assert.equal(decode(text), null, text)
})

test("a localpart ends at 1023 bytes", () => {
  assert.equal(encode({ kind: "contact", id: "a".repeat(1023), tag: "" })?.length, 1023)
  assert.equal(encode({ kind: "contact", id: "a".repeat(1024), tag: "" }), null)
  assert.equal(encode({ kind: "contact", id: "A".repeat(512), tag: "" }), null)
  assert.equal(decode("a".repeat(1024)), null)
  assert.equal(encode({ kind: "contact", id: "", tag: "" }), null)
})
