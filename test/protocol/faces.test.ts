// Pictures of our users: from the vCard, else from the avatar node; asked for once, and again when a presence tells of another.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { afterEach, test } from "node:test"
import type { BareJid } from "#src/core/model.js"
import { Faces } from "#src/xmpp/features/faces.js"
import { StanzaError } from "#src/xmpp/iq.js"
import type { Context } from "#src/xmpp/types.js"
import { domain, orchard, romeo, Stage } from "../support/component-kit.js"

let open: Stage | undefined
afterEach(async () => {
  const stage = open
  open = undefined
  await stage?.close()
})

const png = Buffer.from("89504e470d0a1a0a0001", "hex")
const other = Buffer.from("ffd8ffe00002", "hex")
const sha1 = (bytes: Buffer): string => createHash("sha1").update(bytes).digest("hex")
const vcard = (bytes?: Buffer): string =>
  `<vCard xmlns='vcard-temp'>${bytes ? `<PHOTO><TYPE>image/gif</TYPE><BINVAL>${bytes.toString("base64")}</BINVAL></PHOTO>` : "<FN>R</FN>"}</vCard>`
const nothing = `<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`

async function stage(): Promise<Stage> {
  open = await Stage.open()
  await open.sync()
  return open
}

function pictureOf(stage: Stage): Promise<Buffer | undefined> {
  return stage.component.face.pictureOf(romeo as BareJid).then((picture) => picture && Buffer.from(picture.bytes))
}

/** The next question for a picture, answered. */
async function answer(stage: Stage, what: string, payload: string): Promise<void> {
  const asked = await stage.server.expect(`<iq type='get' from='${domain}' to='${romeo}'>${what}</iq>`)
  const type = payload === nothing ? "error" : "result"
  stage.server.send(`<iq type='${type}' id='${asked.attrs.id}' from='${romeo}' to='${domain}'>${payload}</iq>`)
}

function hash(stage: Stage, told: string): Promise<void> {
  stage.server.send(`<presence from='${orchard}' to='${domain}'><x xmlns='vcard-temp:x:update'><photo>${told}</photo></x></presence>`)
  return stage.sync()
}

const card = "<vCard xmlns='vcard-temp'/>"

test("the vCard's picture, by what it is and not by what it is called, asked for once", async () => {
  const it = await stage()
  const [first, second] = [pictureOf(it), pictureOf(it)]
  await answer(it, card, vcard(png))
  assert.deepEqual(await first, png)
  assert.deepEqual(await second, png)
  assert.equal((await it.component.face.pictureOf(romeo as BareJid))?.mime, "image/png")
})

test("the avatar node's where the vCard has none", async () => {
  const it = await stage()
  const picture = pictureOf(it)
  await answer(it, card, vcard())
  const node = (name: string, inner: string): string =>
    `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${name}'>${inner}</items></pubsub>`
  const info = `<item id='x'><metadata xmlns='urn:xmpp:avatar:metadata'><info id='id-1' url='https://example.test/x' bytes='1' type='image/png'/><info id='id-2' bytes='9' type='image/png'/></metadata></item>`
  await answer(
    it,
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:metadata'/></pubsub>",
    node("urn:xmpp:avatar:metadata", info),
  )
  const data = `<item id='id-2'><data xmlns='urn:xmpp:avatar:data'>${other.toString("base64")}</data></item>`
  await answer(
    it,
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:data'><item id='id-2'/></items></pubsub>",
    node("urn:xmpp:avatar:data", data),
  )
  assert.deepEqual(await picture, other)
})

test("none at all, and what is no picture, is none", async () => {
  for (const payload of [nothing, vcard(Buffer.from("<svg onload='alert(1)'/>"))]) {
    const it = await stage()
    const picture = pictureOf(it)
    await answer(it, card, payload)
    await answer(it, "<pubsub xmlns='http://jabber.org/protocol/pubsub'/>", nothing)
    assert.equal(await picture, undefined)
    await it.close()
    open = undefined
  }
})

test("asked for again when a presence tells of another picture, and not before", async () => {
  const it = await stage()
  const first = pictureOf(it)
  await answer(it, card, vcard(png))
  await first
  await hash(it, sha1(png))
  assert.deepEqual(await pictureOf(it), png)
  await hash(it, sha1(other))
  const second = pictureOf(it)
  await answer(it, card, vcard(other))
  assert.deepEqual(await second, other)
  // A hash that does not fit what the vCard has is no reason to ask without end.
  await hash(it, "0".repeat(40))
  const third = pictureOf(it)
  await answer(it, card, vcard(other))
  await third
  await hash(it, "0".repeat(40))
  assert.deepEqual(await pictureOf(it), other)
})

test("who does not answer is not asked with each word, who could not be asked is", async () => {
  for (const [local, expected] of [
    ["timeout", 2],
    ["offline", 4],
  ] as const) {
    let asked = 0
    const iq = (): Promise<never> => {
      asked++
      return Promise.reject(new StanzaError({ type: "wait", condition: "remote-server-timeout", text: "" }, undefined, local))
    }
    const faces = new Faces({ link: { iq }, log: { debug() {} } } as unknown as Context)
    for (let word = 0; word < 2; word++) assert.equal(await faces.of(romeo as BareJid), undefined)
    assert.equal(asked, expected, local)
  }
})
