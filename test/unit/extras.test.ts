// Places, people, polls, pages and forwards as text.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { Extra } from "#src/adapter/contract.js"
import { linesOf, placeIn } from "#src/core/extras.js"
import { said } from "#src/core/flatten.js"

const shown = (text: string, ...extras: Extra[]): string => said({ text, extras }).text

test("a place is its address alone, or below its name", () => {
  assert.equal(shown("", { type: "location", lat: 45.4386, lon: 10.9928 }), "geo:45.4386,10.9928")
  assert.equal(shown("here", { type: "location", lat: -0.0000001, lon: 1e-7, label: "Null\nIsland" }), "here\nNull Island\ngeo:0,0")
  const until = new Date(Date.UTC(2026, 4, 1, 12, 30))
  assert.equal(shown("", { type: "location", lat: 1, lon: 2, until }), "live until 2026-05-01 12:30 UTC\ngeo:1,2")
})

test("the address of a place is read, and nothing else is", () => {
  assert.deepEqual(placeIn(" geo:45.43,-10.9;u=35 "), { type: "location", lat: 45.43, lon: -10.9 })
  for (const text of ["geo:91,0", "geo:1,181", "geo:1", "see geo:1,2", "geo:1,2 there", "geo:1e5,2"]) assert.equal(placeIn(text), undefined)
})

test("a poll has numbers, tallies and its state", () => {
  const options = [
    { id: "a", text: "Yes", votes: 3 },
    { id: "b", text: "No", votes: 1 },
    { id: "c", text: "Perhaps", votes: 0 },
  ]
  assert.equal(
    shown("Shall we?", { type: "choice", as: "poll", options, multiple: true }),
    "Shall we?\n1. Yes — 3 votes (75 %)\n2. No — 1 vote (25 %)\n3. Perhaps\nPoll: 4 votes, several can be chosen",
  )
  assert.match(shown("Shall we?", { type: "choice", as: "poll", options, closed: true }), /\nPoll, closed: 4 votes$/)
})

test("buttons have numbers, and addresses where they lead to", () => {
  const options = [
    { id: "1", text: "Go" },
    { id: "2", text: "Site", url: "https://a.example/" },
  ]
  assert.equal(shown("Menu", { type: "choice", as: "buttons", options }), "Menu\n1. Go\n2. Site: https://a.example/")
})

test("a page is told of only if the text does not name it", () => {
  const page: Extra = { type: "preview", url: "https://a.example/", title: "A", text: "about a" }
  assert.equal(shown("see https://a.example/", page), "see https://a.example/")
  assert.equal(shown("see", page), "see\nA: about a\nhttps://a.example/")
})

test("a forward says from whom and when, and moves what is told of the text", () => {
  const { text, spans } = said({
    text: "unbelievable",
    spans: [{ kind: "bold", start: 2, end: 9 }],
    extras: [{ type: "forward", name: "Romeo", at: new Date(Date.UTC(2026, 0, 2, 3, 4)) }],
  })
  assert.equal(text, "↪ forwarded from Romeo (2026-01-02 03:04 UTC)\nunbelievable")
  assert.deepEqual(
    spans?.map(({ start, end }) => text.slice(start, end)),
    ["believa"],
  )
})

test("what was stored has dates as text", () => {
  const stored = JSON.parse(JSON.stringify([{ type: "forward", name: "R", at: new Date(0) }])) as Extra[]
  assert.deepEqual(linesOf(stored).before, ["↪ forwarded from R (1970-01-01 00:00 UTC)"])
})

test("a contact is a name and a number", () => {
  assert.equal(shown("", { type: "contact", name: "Juliet", phone: "+39 1" }), "Contact: Juliet, +39 1")
})
