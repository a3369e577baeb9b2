// What is taken for a room's picture in a vCard, and what is not.
import assert from "node:assert/strict"
import { test } from "node:test"
import xml from "@xmpp/xml"
import { Refusal } from "#src/core/ports.js"
import { largestPhoto, photoIn } from "#src/xmpp/muc/photo.js"

const png = Buffer.from("89504e470d0a1a0a0000", "hex")
const card = (...inner: Parameters<typeof xml>[2][]) => xml("vCard", { xmlns: "vcard-temp" }, ...inner)
const binval = (text: string) => card(xml("PHOTO", {}, xml("TYPE", {}, "image/gif"), xml("BINVAL", {}, text)))
const refuses = (vcard: ReturnType<typeof card>, words: RegExp): void => {
  assert.throws(
    () => photoIn(vcard),
    (error) => error instanceof Refusal && error.error.condition === "not-acceptable" && words.test(error.message),
  )
}

test("a picture, in lines or not, is known by its first bytes and can be opened again and again", async () => {
  const text = png.toString("base64")
  for (const given of [text, text.replace(/=+$/, ""), `\n${text.slice(0, 4)}\r\n  ${text.slice(4)}\n`]) {
    const file = photoIn(binval(given))
    assert.ok(file)
    assert.deepEqual([file.name, file.mime, file.bytes], ["avatar.png", "image/png", png.length])
    for (let times = 0; times < 2; times++) {
      const bytes = await new Response(await file.open(new AbortController().signal)).arrayBuffer()
      assert.deepEqual(Buffer.from(bytes), png)
    }
  }
  assert.equal(photoIn(binval(Buffer.from("ffd8ffe0", "hex").toString("base64")))?.mime, "image/jpeg")
})

test("none", () => {
  assert.equal(photoIn(card()), null)
  assert.equal(photoIn(card(xml("FN", {}, "Verona"))), null)
  assert.equal(photoIn(card(xml("PHOTO"))), null)
  assert.equal(photoIn(binval(" \n")), null)
})

test("what is refused, and why", () => {
  refuses(binval("<svg/>"), /not in base64/)
  refuses(binval("iVBO=Rw0KGgo"), /not in base64/)
  refuses(binval(Buffer.from("GIF89a").toString("base64")), /neither a PNG nor a JPEG/)
  refuses(card(xml("PHOTO", {}, xml("EXTVAL", {}, "https://verona.example/rose.png"))), /not an address/)
  const sized = (bytes: number) => binval(Buffer.concat([png, Buffer.alloc(bytes - png.length)]).toString("base64"))
  assert.equal(photoIn(sized(largestPhoto))?.bytes, largestPhoto)
  refuses(sized(largestPhoto + 1), /1025 KiB, and 1024 KiB/)
})
