// Parts of JIDs, comparison, and XEP-0106.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import { bareOf, domainOf, escapeLocal, isValidBareJid, localOf, resourceOf, sameJid, toBareJid, unescapeLocal } from "#src/xmpp/jid.js"

test("parts", () => {
  const cases: [string, string, string, string, string][] = [
    ["romeo@example.org/or@ch/ard", "romeo@example.org", "romeo", "example.org", "or@ch/ard"],
    ["romeo@example.org", "romeo@example.org", "romeo", "example.org", ""],
    ["example.org", "example.org", "", "example.org", ""],
    ["example.org/a@b", "example.org", "", "example.org", "a@b"],
    ["", "", "", "", ""],
  ]
  for (const [jid, bare, local, domain, resource] of cases) {
    assert.deepEqual([bareOf(jid), localOf(jid), domainOf(jid), resourceOf(jid)], [bare, local, domain, resource], jid)
  }
})

test("resources are compared as they are, the rest folded", () => {
  assert(sameJid("Romeo@Example.org/x", "romeo@example.org/x"))
  assert(!sameJid("romeo@example.org/X", "romeo@example.org/x"))
  assert(!sameJid("romeo@example.org", "romeo@example.org/x"))
  assert(!sameJid("example.org", "romeo@example.org"))
})

test("bare JIDs that people type", () => {
  assert.equal(toBareJid("Romeo@Example.ORG"), "romeo@example.org")
  for (const bad of [
    "",
    "romeo",
    "@example.org",
    "romeo@",
    "romeo@example.org/x",
    "a b@example.org",
    "a@b@c",
    "a'b@example.org",
    `${"x".repeat(1024)}@example.org`,
  ]) {
    assert(!isValidBareJid(bad), bad)
  }
  assert(isValidBareJid("d\\27artagnan@localhost"))
})

test("XEP-0106: the table, and its rule for backslashes", () => {
  assert.equal(escapeLocal(`d'ar "t"&/:<>@`), "d\\27ar\\20\\22t\\22\\26\\2f\\3a\\3c\\3e\\40")
  assert.equal(escapeLocal("\\27"), "\\5c27")
  assert.equal(escapeLocal("\\5c"), "\\5c5c")
  assert.equal(escapeLocal("c:\\net"), "c\\3a\\net")
  assert.equal(unescapeLocal("\\5c27\\99\\2F"), "\\27\\99\\2F")
  assert.throws(() => escapeLocal(" x"), RangeError)
  assert.throws(() => escapeLocal("x "), RangeError)
})

test("XEP-0106 is reversible", () => {
  const pieces = fc.string({ unit: fc.constantFrom("\\", "2", "0", "5", "c", "7", " ", "@", "/", "'", "é", "漢", "x") })
  fc.assert(
    fc.property(
      pieces.filter((text) => text.trim() === text),
      (text) => {
        const escaped = escapeLocal(text)
        assert.doesNotMatch(escaped, /[ "&'/:<>@]/)
        assert.equal(unescapeLocal(escaped), text)
      },
    ),
    { numRuns: 2000 },
  )
})
