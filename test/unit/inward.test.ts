// What the network says, stanza by stanza; pure.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { FileRef } from "#src/adapter/contract.js"
import { awaited, carriageOf, describe, fileId, fileNumber, keyOf, messageOf, piecesOf, settled, stanzasOf } from "#src/core/inward.js"
import type { InOp } from "#src/core/model.js"
import { asNew, quoting, revise } from "#src/store/stanzas.js"

const photo: FileRef = { name: "a.jpg", mime: "image/jpeg", kind: "image", bytes: 1500, ref: "r", stableId: "s" }
const all = { maxBytes: 2000 }

test("each file is a piece, and then the text, which is never empty", () => {
  const pieces = piecesOf({ text: "hi", files: [photo, { ...photo, name: "b.jpg" }] }, all)
  assert.deepEqual(
    pieces.map(({ text, rich }) => [text, rich?.file?.name]),
    [
      ["", "a.jpg"],
      ["", "b.jpg"],
      ["hi", undefined],
    ],
  )
  assert.equal(piecesOf({ text: " ", files: [photo] }, all).length, 1)
  assert.deepEqual(piecesOf({ text: "" }, all), [{ text: "[empty message]" }])
  assert.deepEqual(
    stanzasOf("m", { text: "hi", files: [photo] }, all).map(({ id }) => id),
    ["m.f1", "m"],
  )
})

test("where files are not carried they are named in the text", () => {
  assert.deepEqual(piecesOf({ text: "hi", files: [photo] }, undefined), [{ text: "hi\n[image: a.jpg]" }])
  assert.equal(carriageOf(undefined, { download: {} }), undefined)
  assert.equal(carriageOf({}, {}), undefined)
  assert.deepEqual(carriageOf({}, { download: {} }), { maxBytes: Infinity })
})

test("more files than anybody sends are named, a thousand of them too", () => {
  const files = Array.from({ length: 1000 }, (_, i) => ({ ...photo, name: `${i}.jpg` }))
  const pieces = piecesOf({ text: "hi", files }, all)
  assert.equal(pieces.length, 33)
  assert.match(pieces.at(-1)?.text ?? "", /999\.jpg/)
})

test("what cannot be had is said at once, what is absurd is cut", () => {
  const [large] = piecesOf({ text: "", files: [{ ...photo, bytes: 5000 }] }, all)
  assert.match(large.text, /^\[image: a\.jpg, 5 kB\] could not be fetched: it is larger than the 2 kB/)
  assert.equal(large.rich?.file?.source, undefined)
  const [strange] = piecesOf({ text: "", files: [{ ...photo, ref: "x".repeat(20_000) }] }, all)
  assert.match(strange.text, /could not be fetched/)
  const [long] = piecesOf({ text: "", files: [{ ...photo, name: "n".repeat(9000), alt: "a".repeat(9000) }] }, all)
  assert.ok(JSON.stringify(long).length < 2000)
})

test("an operation waits for a file that is neither there nor failed", () => {
  const op = (file: object): InOp => ({ k: "message", id: "m.f1", text: "", at: 0, rich: { file: { ...photo, ...file } } })
  assert.ok(awaited(op({ source: { ref: "r" } })))
  assert.equal(awaited(op({ source: { ref: "r" }, url: "https://a.example/" })), undefined)
  assert.equal(awaited(op({ source: { ref: "r" }, failed: "gone" })), undefined)
  assert.equal(awaited(op({})), undefined)
  assert.equal(settled({ ...photo, url: "https://a.example/", source: { ref: "r" } }).rich?.file?.source, undefined)
  assert.equal(describe({ name: "x", mime: "", alt: " " }), "[file: x]")
})

test("ids of stanzas lead to their message and are never given twice", () => {
  assert.deepEqual([fileId("m", 3), fileNumber("m.f3"), fileNumber("m.3"), fileNumber("m")], ["m.f3", 3, undefined, undefined])
  assert.deepEqual(["m", "m.f1", "m.f12", "m.2", "m.x", "m.f"].map(messageOf), ["m", "m", "m", "m", "m.x", "m.f"])
  const known = [{ id: "m.f1", file: "s" }, { id: "m.f4", file: "t" }, { id: "m" }]
  const row = (file?: string, text = ""): { id: string; op: InOp } => ({
    id: "r",
    op: {
      k: "message",
      id: "?",
      text,
      at: 0,
      ...(file !== undefined && { rich: { file: { ...photo, source: { ref: "r", stableId: file } } } }),
    },
  })
  const edit = revise("m", known, [row("s"), row("u"), row("v"), row(undefined, "text")], true)
  assert.deepEqual(
    edit.files.map(({ op }) => op.id),
    ["m.f5", "m.f6"],
  )
  assert.deepEqual(edit.gone, ["m.f4"])
  assert.equal(edit.text?.isNew, false)
  assert.deepEqual(
    edit.shown.map(({ id }) => id),
    ["m.f1", "m", "m.f5", "m.f6"],
  )
  // Who tells of the text alone says nothing of the files.
  assert.deepEqual(revise("m", known, [row(undefined, "text")], false).gone, [])
  assert.deepEqual(revise("m", known, [row("s"), row("t")], true).gone, ["m"])
  assert.deepEqual(
    asNew("n", [row("s"), row(undefined, "text")]).map(({ op }) => op.id),
    ["n.f1", "n"],
  )
})

test("a file is known again by its stable id, else by what it is", () => {
  const attached = { name: "a", mime: "b" }
  assert.equal(
    keyOf({ ...attached, source: { ref: "1", stableId: "x" } }),
    keyOf({ ...attached, name: "c", source: { ref: "2", stableId: "x" } }),
  )
  assert.equal(keyOf({ ...attached, source: { ref: "1" } }), keyOf({ ...attached, source: { ref: "2" } }))
  assert.notEqual(keyOf(attached), keyOf({ ...attached, bytes: 3 }))
})

test("what cannot be pointed to is quoted: before the text, else as the text", () => {
  const reply = { id: "", own: false, text: "what was" }
  const text = quoting([{ id: "r1", op: { k: "message", id: "m", text: "yes", at: 0, reply } as const }], "m")
  assert.deepEqual(text, [{ id: "r1", op: { k: "message", id: "m", text: "> what was\nyes", at: 0 } }])
  const shown = quoting([{ id: "r1", op: { k: "message", id: "m.f1", text: "", at: 0, rich: { file: photo }, reply } as const }], "m")
  assert.deepEqual(
    shown.map(({ op }) => [op.id, op.text]),
    [
      ["m.f1", ""],
      ["m", "> what was"],
    ],
  )
})
