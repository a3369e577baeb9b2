// Any name of ours becomes one that Discord lets a webhook have, and stays readable.
import { test } from "node:test"
import assert from "node:assert/strict"
import fc from "../support/property.js"
import { legalName, puppetOf } from "#discord/talk/puppet.js"

const id = "juliet@capulet.example"

/** Webhook Resource, Create Webhook; User Resource, Usernames and Nicknames. */
function faults(name: string): string[] {
  const faults: [string, boolean][] = [
    ["length", name.length < 1 || name.length > 80],
    ["outer blanks", name !== name.trim()],
    ["inner blanks", /\s{2}/.test(name)],
    ["barred inside", /discord|clyde/i.test(name)],
    ["barred as a whole", /^(everyone|here)$/i.test(name)],
    ["barred characters", /[@#:]|```/.test(name)],
    ["invisible", /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u.test(name)],
  ]
  return faults.flatMap(([what, is]) => (is ? [what] : []))
}

void test("names that are legal stay as they are", () => {
  for (const name of ["Juliet", "Ромео", "朱丽叶", "j", "Juliet 🌹", "O'Hara-Smith (work)", "here we are", "a`b``c"])
    assert.equal(legalName(name), name)
})

void test("what Discord bars from a name is made readable in another way", () => {
  assert.equal(legalName("Discord Fan"), "D\u200Aiscord Fan")
  assert.equal(legalName("mcDISCORDclyde"), "mcD\u200AISCORDc\u200Alyde")
  assert.equal(legalName("everyone"), "e\u200Averyone")
  assert.equal(legalName("@everyone"), "＠everyone")
  assert.equal(legalName(" Here "), "H\u200Aere")
  assert.equal(legalName("romeo@montague.example"), "romeo＠montague.example")
  assert.equal(legalName("room#1: ```x```"), "room＃1꞉ ˋˋˋxˋˋˋ")
})

void test("what cannot be seen does not count: neither as a name, nor to smuggle a barred word past", () => {
  assert.equal(legalName("dis\u200Bco\u00ADrd"), "d\u200Aiscord")
  assert.equal(legalName("\u202Ejuliet\u202C"), "juliet")
  assert.equal(legalName("Juliet\n\t  Capulet"), "Juliet Capulet")
  for (const blank of ["", " ", "\u200B", "\u2800", "\u3164", "\u034F\uFE0F", "\uD800"]) assert.equal(legalName(blank), "Somebody")
})

void test("long names are cut between characters as people see them", () => {
  const family = "\u{1F1EB}\u{1F1F7}"
  assert.equal(legalName("x".repeat(81)), "x".repeat(80))
  assert.equal(legalName("x".repeat(78) + family), "x".repeat(78))
  assert.equal(legalName("x".repeat(76) + family + "y"), "x".repeat(76) + family)
  assert.equal(legalName("a" + "\u0301".repeat(200)).length, 80)
})

void test("whatever the name is, something legal comes out", () => {
  const bit = fc.constantFrom(
    "discord",
    "CLYDE",
    "everyone",
    "here",
    "@",
    "#",
    ":",
    "`",
    "\u200B",
    "\u200A",
    " ",
    "\u{1F469}\u200D\u{1F467}",
  )
  const name = fc.array(fc.oneof(bit, fc.string({ unit: "binary", maxLength: 30 })), { maxLength: 12 }).map((bits) => bits.join(""))
  fc.assert(
    fc.property(name, (name) => assert.deepEqual(faults(legalName(name)), [])),
    { numRuns: 2000 },
  )
})

void test("a picture is given only by an address that Discord can fetch", () => {
  const of = (avatarUrl?: string): string | undefined =>
    puppetOf({ id, name: "Juliet", ...(avatarUrl !== undefined && { avatarUrl }) }).avatar_url
  const good = "https://faces.example/juliet.png"
  assert.equal(of(good), good)
  assert.equal(of("http://faces.example/juliet.png"), "http://faces.example/juliet.png")
  for (const bad of [
    undefined,
    "",
    "juliet.png",
    "data:image/png;base64,AAAA",
    "ftp://faces.example/j",
    "https://",
    `https://x.example/${"y".repeat(2048)}`,
  ])
    assert.equal(of(bad), undefined)
})
