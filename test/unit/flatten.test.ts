// Foreign bodies as plain text.
import assert from "node:assert/strict"
import { test } from "node:test"
import { flatten } from "#src/core/flatten.js"

test("a link text gets its address, offsets count UTF-16 units", () => {
  const text = "👋 see here and there"
  const here = text.indexOf("here")
  const there = text.indexOf("there")
  const spans = [
    { kind: "link", start: here, end: here + 4, arg: "https://a.example/" },
    { kind: "link", start: there, end: there + 5, arg: "https://b.example/" },
    { kind: "bold", start: 0, end: 2 },
  ] as const
  assert.equal(flatten({ text, spans: [...spans] }), "*👋* see here (https://a.example/) and there (https://b.example/)")
})

test("an address that is its own text is not repeated", () => {
  assert.equal(
    flatten({ text: "https://a.example/", spans: [{ kind: "link", start: 0, end: 18, arg: "https://a.example/" }] }),
    "https://a.example/",
  )
})

test("a reply quotes what it answers, shortened", () => {
  assert.equal(flatten({ text: "yes" }, { id: "1", text: "really?\nsure?" }), "> really?\n> sure?\nyes")
  const long = flatten({ text: "yes" }, { id: "1", text: "x".repeat(500) })
  assert.equal(long, `> ${"x".repeat(120)}…\nyes`)
})

test("what has no text is named, never empty", () => {
  assert.equal(flatten({ text: "" }), "[empty message]")
  assert.equal(flatten({ text: "", files: [{ name: "a.png", mime: "image/png", kind: "image", ref: "1" }] }), "[image: a.png]")
  assert.equal(flatten({ text: "", extras: [{ type: "location", lat: 1.5, lon: 2, label: "Home" }] }), "Home\ngeo:1.5,2")
})

test("links inside and beside each other keep their places", () => {
  const span = (start: number, end: number, arg: string) => ({ kind: "link" as const, start, end, arg })
  const nested = [span(0, 9, "https://all/"), span(4, 5, "https://one/"), span(0, 9, "https://too/")]
  assert.equal(flatten({ text: "see a and b", spans: nested }), "see a (https://one/) and (https://all/) (https://too/) b")
})
