// Planning what has files: captions, several at once, networks without files, corrections.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import type { Capabilities } from "#src/adapter/contract.js"
import type { Linked as File } from "#src/core/content.js"
import { plan, type Planned } from "#src/core/plan.js"
import { kindOf, linkedInstead, nameOf, reflected, tooLarge, withLinks } from "#src/core/files/showing.js"

const units = (text: string): number => text.length
const [a, b, c] = ["a", "b", "c"].map((name) => ({ url: `https://up.example/${name}` })) as [Linked, Linked, Linked]
type Linked = { url: string }

const network = (files: Capabilities["send"]["files"], more: Partial<Capabilities["send"]> = {}): Capabilities => ({
  send: { ...(files && { files }), ...more },
  edit: {},
})
const parts = ({ parts: all }: Planned): unknown[] => all.map(({ text, marked }) => [text, ...(marked?.files ?? []).map(({ url }) => url)])

describe("a network with files", () => {
  test("takes the text as caption of the last, several in one message where it can", () => {
    const said = { text: "look", marked: { files: [a, b, c] } }
    const planned = plan(said, null, network({ maxBytes: 1, perMessage: 2 }), units)
    assert.deepEqual(parts(planned), [
      ["", a.url, b.url],
      ["look", c.url],
    ])
    assert.equal(planned.files, 2)
    assert.deepEqual(parts(plan(said, null, network({ maxBytes: 1 }), units)), [["", a.url], ["", b.url], ["look", c.url]]) // prettier-ignore
  })

  test("gets a text behind the files that is too long for a caption, or for a caption with the links that may become of them", () => {
    const said = { text: "x".repeat(50), marked: { files: [a] } }
    assert.deepEqual(parts(plan(said, null, network({ maxBytes: 1 }, { maxCaption: 40, maxChars: 100 }), units)), [
      ["", a.url],
      ["x".repeat(50)],
    ])
    assert.deepEqual(parts(plan(said, null, network({ maxBytes: 1 }, { maxChars: 60 }), units)), [["", a.url], ["x".repeat(50)]])
    assert.deepEqual(parts(plan(said, null, network({ maxBytes: 1 }, { maxCaption: 50, maxChars: 100 }), units)), [["x".repeat(50), a.url]])
  })

  test("gets no more files in one message than could be told by their addresses", () => {
    const planned = plan({ text: "", marked: { files: [a, b, c] } }, null, network({ maxBytes: 1, perMessage: 9 }, { maxChars: 45 }), units)
    assert.deepEqual(parts(planned), [
      ["", a.url, b.url],
      ["", c.url],
    ])
  })

  test("is told who shows it", () => {
    assert.deepEqual(parts(plan({ text: "", marked: { files: [a] } }, null, network({ maxBytes: 1 }), units, "Romeo: ")), [
      ["Romeo:", a.url],
    ])
  })

  test("a correction of the text leaves the files alone", () => {
    const files = network({ maxBytes: 1 }, { maxCaption: 10, maxChars: 20 })
    const caption = { ageMs: 0, parts: 2, files: 2 }
    assert.deepEqual(plan({ text: "new" }, caption, files, units), { how: "edit", parts: [{ text: "new" }], from: 1, files: 2 })
    const again = { text: "new", marked: { files: [a, b] } }
    assert.deepEqual(plan(again, caption, files, units), { how: "edit", parts: [{ text: "new" }], from: 1, files: 2 })
    const apart = { ageMs: 0, parts: 3, files: 2 }
    assert.deepEqual(plan({ text: "new" }, apart, files, units), { how: "edit", parts: [{ text: "new" }], from: 2, files: 2 })
    const long = plan({ text: "longer than that" }, caption, files, units)
    assert.deepEqual([long.how, ...parts(long)], ["send", ["✎ longer than that"]])
  })

  test("a correction that brings files to what had none is a message of its own", () => {
    const planned = plan({ text: "t", marked: { files: [a] } }, { ageMs: 0, parts: 1, files: 0 }, network({ maxBytes: 1 }), units)
    assert.deepEqual([planned.how, ...parts(planned)], ["send", ["✎ t", a.url]])
  })
})

test("a network without files is told the addresses, each once", () => {
  const said = { text: `see ${a.url} ok`, marked: { files: [a, { ...b, alt: "the moon" }] } }
  assert.deepEqual(parts(plan(said, null, network(undefined), units)), [[`see ${a.url} ok\nthe moon ${b.url}`]])
  assert.deepEqual(parts(plan({ text: "", marked: { files: [a] } }, null, network(undefined), units)), [[a.url]])
})

test("a place is shown as one where the network knows places, else as text", () => {
  const extras = [{ type: "location" as const, lat: 45.4, lon: 11 }]
  const known = plan({ text: "here", marked: { extras } }, null, network(undefined, { extras: ["location"] }), units)
  assert.deepEqual(known.parts, [{ text: "here" }, { text: "", marked: { extras } }])
  const unknown = plan({ text: "here", marked: { extras } }, null, network(undefined), units)
  assert.equal(unknown.parts.length, 1)
  assert.match(unknown.parts[0]?.text ?? "", /^here\n.*45\.4,11/s)
})

test("a file is shown as what it is, as far as the network has that", () => {
  const kinds = (mime: string, name: string, more: NonNullable<Parameters<typeof kindOf>[1]["kinds"]> = ["image", "video", "audio", "voice", "animation"]) => kindOf({ mime, name }, { maxBytes: 1, kinds: more }) // prettier-ignore
  assert.equal(kinds("image/jpeg", "a.jpg"), "image")
  assert.equal(kinds("image/svg+xml", "a.svg"), undefined)
  assert.equal(kinds("image/gif", "a.gif"), "animation")
  assert.equal(kinds("image/gif", "a.gif", ["image"]), undefined)
  assert.equal(kinds("video/mp4", "a.mp4"), "video")
  assert.equal(kinds("audio/ogg; codecs=opus", "song.ogg"), "voice")
  assert.equal(kinds("audio/mp4", "Wonderwall.m4a"), "audio")
  assert.equal(kinds("audio/mp4", "recording-20260101.m4a"), "voice")
  assert.equal(kinds("audio/mp4", "3f2b1c9d-aaaa-4bbb-8ccc-0123456789ab.m4a"), "voice")
  assert.equal(kinds("audio/mp4", "recording-20260101.m4a", ["audio"]), "audio")
  assert.equal(kinds("application/pdf", "a.pdf"), undefined)
  assert.equal(kindOf({ kind: "sticker", mime: "image/webp", name: "s" }, { maxBytes: 1, kinds: ["image"] }), "image")
})

test("sentences and names", () => {
  assert.equal(nameOf({ url: "https://x/y/tr%C3%A8s%20cool.jpg?a=b#c" }), "très cool.jpg")
  assert.equal(nameOf({ url: "https://x/%E0%A4%A" }), "file")
  assert.equal(nameOf({ url: "https://x/" }), "file")
  assert.equal(tooLarge({ bytes: 30_000_000 }, 20_000_000, "Lo"), "It has 30 MB, and Lo takes 20 MB at most.")
  assert.equal(tooLarge({}, 1, "Lo"), undefined)
  assert.equal(linkedInstead([{ file: a, why: "It is too large." }]), "«a» was sent as a link: it is too large.")
  assert.equal(withLinks("", [a, b]), `${a.url}\n${b.url}`)
})

test("others in the room see every file as a file: one with its text, several apart", () => {
  const seen = { url: a.url, name: "a", mime: "image/png", kind: "image" as const, sha256: "x" }
  const png: File = { ...a, mime: "image/png", hashes: { "sha-256": "x" } }
  assert.deepEqual(reflected("t", { files: [png] }), { text: "t", rich: { file: seen } })
  const { others, ...rest } = reflected("t", { files: [png, b] })
  assert.deepEqual([others?.[0], others?.[1]?.url, others?.length, rest], [seen, b.url, 2, { text: "t" }])
  const silent = reflected("", { files: [b, png] })
  assert.deepEqual([silent.others?.map(({ url }) => url), silent.rich?.file, silent.text], [[b.url], seen, ""])
  assert.deepEqual(reflected("t", undefined), { text: "t" })
})

test("others in the room see what a file is by its name, where only its address was told", () => {
  const kinds = ["rose.JPG", "voice.ogg", "a.pdf", "b.constructor", "c"].map((name) =>
    reflected("", { files: [{ url: `https://x/${name}` }] }),
  )
  assert.deepEqual(
    kinds.map(({ rich }) => [rich?.file?.mime, rich?.file?.kind]),
    [
      ["image/jpeg", "image"],
      ["audio/ogg", "voice"],
      ["application/pdf", undefined],
      ["application/octet-stream", undefined],
      ["application/octet-stream", undefined],
    ],
  )
})
