// Cards of foreign people: what a network tells of them, each where clients look for it, and nothing lost.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { ContactRow } from "#src/core/model.js"
import { cardOf, temp } from "#src/xmpp/features/vcard.js"
import { vcard4El } from "#src/xmpp/features/vcard4.js"

const contact = (more: Partial<ContactRow>): ContactRow => ({
  ...{ id: 1, legacyId: "42", name: "Ana & Sousa", username: "ana", kind: "person", profile: {} },
  ...more,
})
const profile = {
  phone: "+351 21 000-000",
  email: "ana@example.test",
  birthday: "1990-02-03",
  given: "Ana",
  bio: "<3",
  url: "https://a.test",
  language: "pt",
}

test("a profile has its fields, and the rest is the note", () => {
  const card = cardOf(contact({ profile }), "4\\202@lo.example.test")
  assert.equal(card.note, "<3\nlanguage: pt")
  const old = temp(card)
  for (const piece of [
    "<FN>Ana &amp; Sousa</FN>",
    "<N><GIVEN>Ana</GIVEN></N>",
    "<BDAY>1990-02-03</BDAY>",
    "<NUMBER>+351 21 000-000</NUMBER>",
    "<USERID>ana@example.test</USERID>",
    "<DESC>&lt;3\nlanguage: pt</DESC>",
    "<JABBERID>4\\202@lo.example.test</JABBERID>",
  ])
    assert.ok(old.includes(piece), `${piece} in ${old}`)
  const four = vcard4El(card)
  for (const piece of [
    "<kind><text>individual</text></kind>",
    "<tel><uri>tel:+35121000000</uri></tel>",
    "<bday><date>1990-02-03</date></bday>",
    "<impp><uri>xmpp:4%5C202@lo.example.test</uri></impp>",
    "<url><uri>https://a.test</uri></url>",
  ])
    assert.ok(four.includes(piece), `${piece} in ${four}`)
})

test("what does not fit its field is told in words; bots are applications; a number that is none stays text", () => {
  const card = cardOf(contact({ kind: "bot", name: null, profile: { birthday: "3 Feb", phone: "ask me", note: " ", constructor: "x" } }))
  assert.deepEqual([card.kind, card.name, card.note, card.birthday], ["application", "ana", "birthday: 3 Feb\nconstructor: x", undefined])
  assert.ok(vcard4El(card).includes("<tel><text>ask me</text></tel>"))
})
