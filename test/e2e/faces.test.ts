// What people look like, on real servers: pictures of contacts and occupants come to real clients by card and by node, and outlive a restart.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { after, before, describe, test } from "node:test"
import { deflateSync, crc32 } from "node:zlib"
import { ClientProcess } from "../support/client-process.js"
import { Club, domain, passwordOf, roomJid } from "../support/club.js"
import { startEjabberd } from "../support/ejabberd.js"
import { startProsody } from "../support/prosody.js"

/** A real picture of one colour, 8 × 8. */
function png(...colour: [number, number, number]): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), body.length + 4)
    return out
  }
  const line = Buffer.from([0, ...Array.from({ length: 8 }, () => colour).flat()])
  const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0])
  const pixels = deflateSync(Buffer.concat(Array.from({ length: 8 }, () => line)))
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("IDAT", pixels),
    chunk("IEND", Buffer.alloc(0)),
  ])
}
const sha = (bytes: Buffer): string => createHash("sha1").update(bytes).digest("hex")
const fileOf = (bytes: Buffer): { name: string; mime: string; base64: string } => ({
  name: "face.png",
  mime: "image/png",
  base64: bytes.toString("base64"),
})

const [red, green, blue] = [png(200, 0, 0), png(0, 200, 0), png(0, 0, 200)]
const juliet = `juliet@${domain}`

for (const [name, start] of [
  ["Prosody", startProsody],
  ["ejabberd", startEjabberd],
] as const) {
  describe(`faces on ${name}`, { timeout: 240_000 }, () => {
    let club: Club

    before(async () => {
      club = await Club.open({ users: ["romeo"], start })
      const { driver } = club
      await driver.ask({ op: "person", id: "juliet", name: "Juliet", avatar: fileOf(red) })
      await driver.ask({ op: "person", id: "tybalt", name: "Tybalt", avatar: fileOf(green) })
      const romeo = await club.login("romeo", { acceptSubscriptions: true })
      const form = `<x xmlns='jabber:x:data' type='submit'><field var='name'><value>romeo</value></field><field var='password'><value>p</value></field></x>`
      const answer = await romeo.iq("set", domain, `<query xmlns='jabber:iq:register'>${form}</query>`)
      assert.equal(answer.attrs["type"], "result", String(answer))
      await club.attached("romeo")
      await driver.ask({ op: "say", account: "romeo", from: "juliet", text: "Ay me!" })
      const told = `<presence from='${juliet}'><x xmlns='vcard-temp:x:update'><photo>${sha(red)}</photo></x></presence>`
      await romeo.waitFor(told, { what: "the hash of the picture" })
      const card = await romeo.iq("get", juliet, "<vCard xmlns='vcard-temp'/>")
      assert.equal(card.getChild("vCard")?.getChild("PHOTO")?.getChildText("BINVAL"), red.toString("base64"))
      const info = await romeo.iq("get", juliet, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
      const identities = info
        .getChild("query")
        ?.getChildren("identity")
        .map(({ attrs }) => `${attrs["category"]}/${attrs["type"]}`)
      assert.ok(identities?.includes("pubsub/pep"), String(info))
      await romeo.disconnect()
      await club.room("verona", { name: "Verona", members: ["tybalt"] })
    })
    after(() => club.close())

    for (const maker of ["slix", "gajim"] as const) {
      test(`${maker} learns of pictures, fetches them, and hears of new ones`, async () => {
        const { driver } = club
        await driver.ask({ op: "person", id: "juliet", avatar: fileOf(red) })
        await club.drained("romeo")
        const client = await ClientProcess.start(maker, club.server, "romeo", passwordOf("romeo"))
        try {
          client.order({ cmd: "faces" })
          await client.sees({ event: "notified", jid: juliet, sha: sha(red) })
          const avatar = await client.ask({ cmd: "avatar", jid: juliet, sha: sha(red) }, "avatar")
          assert.equal(avatar.sha, sha(red))
          const card = await client.ask({ cmd: "vcard", jid: juliet }, "vcard")
          assert.deepEqual([card.name, card.sha, card.type], ["Juliet", sha(red), "image/png"])

          const from = client.seen.length
          await driver.ask({ op: "person", id: "juliet", avatar: fileOf(blue) })
          await client.sees({ event: "notified", jid: juliet, sha: sha(blue) }, { from })
          await client.sees({ event: "hash", jid: juliet, sha: sha(blue) }, { from })

          const room = roomJid("verona")
          await client.ask({ cmd: "join", room, nick: "Romeo" }, "joined")
          await driver.ask({ op: "say", room: "verona", from: "tybalt", text: "What, drawn, and talk of peace?" })
          await client.sees({ event: "hash", jid: `${room}/Tybalt`, sha: sha(green) })
          const other = await client.ask({ cmd: "vcard", jid: `${room}/Tybalt` }, "vcard")
          assert.equal(other.sha, sha(green))
        } finally {
          await client.stop()
        }
      })
    }

    test("after a crash hashes are told at once, and a picture that was taken away is gone", async () => {
      // Nothing can be fetched any more.
      await club.driver.ask({ op: "fault", on: "download", kind: "retry", times: 1000 })
      await club.gateway.kill9()
      await club.gateway.start()
      const romeo = await club.login("romeo")
      const told = (hash: string): string =>
        `<presence from='${juliet}'><x xmlns='vcard-temp:x:update'>${hash === "" ? "<photo/>" : `<photo>${hash}</photo>`}</x></presence>`
      await romeo.waitFor(told(sha(blue)), { what: "the hash of the picture" })
      const card = await romeo.iq("get", juliet, "<vCard xmlns='vcard-temp'/>")
      assert.equal(card.getChild("vCard")?.getChild("PHOTO")?.getChildText("BINVAL"), blue.toString("base64"))
      await club.driver.ask({ op: "person", id: "juliet", avatar: null })
      const none = romeo.waitFor(
        (el) =>
          el.name === "presence" &&
          el.attrs["from"] === juliet &&
          el.getChild("x", "vcard-temp:x:update")?.getChild("photo")?.getText() === "",
        { what: "no picture" },
      )
      await none
      const bare = await romeo.iq("get", juliet, "<vCard xmlns='vcard-temp'/>")
      assert.equal(bare.getChild("vCard")?.getChild("PHOTO"), undefined)
    })
  })
}
