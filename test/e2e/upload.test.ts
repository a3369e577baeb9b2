// Files at the upload service of real servers: room for them is had in the name of a contact or room, and they come back byte by byte.
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { after, before, describe, test } from "node:test"
import { contactJid, roomJid } from "#src/core/address.js"
import { AdapterError } from "#src/adapter/errors.js"
import { Uploads } from "#src/xmpp/features/upload.js"
import { startEjabberd } from "../support/ejabberd.js"
import { LinkUnderTest } from "../support/link-kit.js"
import { attached, mediaStage, read, sharing, type MediaStage } from "../support/media-kit.js"
import { startProsody } from "../support/prosody.js"
import type { ServerConfig, XmppServer } from "../support/server.js"

const domain = "tg.example.test"
const size = 19_000_000

function uploads(name: string, start: (config: ServerConfig) => Promise<XmppServer>): void {
  describe(name, () => {
    let server: XmppServer
    let under: LinkUnderTest
    let stage: MediaStage
    let rooms: Uploads
    before(async () => {
      server = await start({ components: [{ domain, secret: "s1" }], upload: true })
      under = new LinkUnderTest({ service: `xmpp://127.0.0.1:${server.componentPort}` })
      under.link.start()
      await under.state(/^online/)
      rooms = new Uploads({
        link: under.link,
        log: under.log,
        domain,
        contactJid: (legacyId, tag) => contactJid(domain, legacyId, tag),
        roomJid: (legacyId, tag) => roomJid(domain, legacyId, tag),
      })
      stage = await mediaStage({ allowPrivate: ["127.0.0.1"] }, false)
    })
    after(async () => {
      await stage.close()
      await under.link.stop()
      await server.stop()
    })

    for (const [who, by] of [
      ["a contact", { legacyId: "Ann 42", tag: "", room: false }],
      ["a room", { legacyId: "-100", tag: "club", room: true }],
      ["the gateway", { legacyId: "", tag: "", room: false }],
    ] as const) {
      test(`${who} puts a file there, and a user's client and the gateway get it back`, async () => {
        const bytes = randomBytes(who === "a contact" ? size : 1000)
        const file = attached({ name: "Ünï/cødé & 1.jpg", mime: "image/jpeg" })
        const how = sharing(stage, bytes, { slot: (wanted) => rooms.slot(wanted, by) })
        const { url = "", failed } = await stage.media.of("sms").share(file, how)
        assert.equal(failed, undefined)
        assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), bytes)
        const taken = await stage.media.of("sms").take({ url }, { maxBytes: size, signal: how.signal })
        assert.deepEqual(await read(await taken.upload.open(how.signal)), bytes)
        taken.release()
      })
    }

    test("what is larger than it takes is refused with both sizes", async () => {
      const file = { name: "film.mp4", mime: "video/mp4", bytes: 30_000_000 }
      for (let times = 0; times < 2; times++)
        await assert.rejects(rooms.slot(file, { legacyId: "1", tag: "", room: false }), (error: unknown) => {
          assert.ok(error instanceof AdapterError && error.kind === "rejected")
          assert.match(error.message, /30 MB.*21 MB/)
          return true
        })
    })
  })
}

uploads("Prosody", startProsody)
uploads("ejabberd", startEjabberd)

test("a server without an upload service takes none", async () => {
  const server = await startProsody({ components: [{ domain, secret: "s1" }] })
  const under = new LinkUnderTest({ service: `xmpp://127.0.0.1:${server.componentPort}` })
  under.link.start()
  await under.state(/^online/)
  const none = new Uploads({ link: under.link, log: under.log, domain, contactJid: () => domain, roomJid: () => domain })
  assert.equal(await none.slot({ name: "a", mime: "a/b", bytes: 1 }, { legacyId: "", tag: "", room: false }), undefined)
  await under.link.stop()
  await server.stop()
})
