// Pictures of rooms (XEP-0486): the hash in the room's information, the picture in its card, fetched when somebody asks.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { afterEach, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { loopback, standard } from "xferry-adapter-loopback"
import type { FileRef, Manage } from "#src/adapter/contract.js"
import { AdapterError } from "#src/adapter/errors.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { Play } from "../support/core-kit.js"
import { hasStatus } from "../support/muc-dialogue.js"

const romeo = "romeo@example.test/orchard"
const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(3000, 7)])
const jpeg = Buffer.concat([Buffer.from("ffd8ffe0", "hex"), Buffer.alloc(100, 9)])
const sha1 = (bytes: Buffer): string => createHash("sha1").update(bytes).digest("hex")

let play: Play
let tap: Tap
let room: string
let files: Map<string, Buffer>
let fetched: string[]
/** What the network answers when it is asked about the room. */
let asked: () => Promise<object>

beforeEach(async () => {
  files = new Map([
    ["png", png],
    ["jpeg", jpeg],
    ["big", Buffer.concat([png, Buffer.alloc(64 * 1024)])],
    ["text", Buffer.from("no picture")],
  ])
  fetched = []
  asked = () => Promise.reject(new AdapterError("retry", "Not now."))
  tap = new Tap({ ...loopback(standard), capabilities: { ...standard, download: {} } }, () => ({
    download: ({ ref }: FileRef) => {
      fetched.push(ref)
      const bytes = files.get(ref)
      if (!bytes) return Promise.reject(new AdapterError("gone", "There is no such file."))
      return Promise.resolve({ stream: new Blob([new Uint8Array(bytes)]).stream() })
    },
    async manage(what: Manage) {
      assert.equal(what.do, "avatar")
      if (what.file) files.set("set", Buffer.from(await new Response(await what.file.open(new AbortController().signal)).arrayBuffer()))
    },
    room: () => asked(),
  }))
  play = await Play.open({ adapter: tap.adapter })
  await play.register("romeo@example.test")
  room = await play.room()
})
afterEach(() => play.close())

const pictured = (ref: string | null, stableId = ref ?? ""): Promise<void> =>
  tap.emit({ type: "room", room: { id: "g1", avatar: ref === null ? null : { name: "a", mime: "image/x", ref, stableId } } })
const get = (payload: string): Promise<Element> => play.server.ask(`<iq type='get' from='${romeo}' to='${room}'>${payload}</iq>`)

async function hash(): Promise<string | undefined> {
  const fields = (await get("<query xmlns='http://jabber.org/protocol/disco#info'/>"))
    .getChild("query")
    ?.getChildren("x")
    .flatMap((x) => x.getChildren("field"))
  return fields?.find(({ attrs }) => attrs["var"] === "muc#roominfo_avatarhash")?.getChildText("value") ?? undefined
}

async function photo(): Promise<[string | null | undefined, string | null | undefined] | undefined> {
  const found = (await get("<vCard xmlns='vcard-temp'/>")).getChild("vCard", "vcard-temp")?.getChild("PHOTO")
  return found && [found.getChildText("TYPE"), found.getChildText("BINVAL")]
}

const changed = (): Promise<Element> =>
  play.server.expect((el) => el.name === "message" && el.attrs["to"] === romeo && hasStatus(el, "104"))

test("a room without a picture", async () => {
  assert.equal(await hash(), undefined)
  assert.equal(await photo(), undefined)
})

test("whoever is in the room is told of a picture, and once more of its hash", async () => {
  await play.join(romeo, room, "Romeo")
  await pictured("png")
  await changed()
  assert.equal(await hash(), undefined)
  await changed()
  assert.equal(await hash(), sha1(png))
  assert.deepEqual(await photo(), ["image/png", png.toString("base64")])
  const four = (await get("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>")).getChild("vcard")
  assert.equal(four?.getChild("photo")?.getChildText("uri"), `data:image/png;base64,${png.toString("base64")}`)
  assert.deepEqual(fetched, ["png"])

  await pictured("jpeg")
  await changed()
  assert.deepEqual(await photo(), ["image/jpeg", jpeg.toString("base64")])
  assert.equal(await hash(), sha1(jpeg))

  await changed()
  await pictured(null)
  await changed()
  assert.deepEqual([await hash(), await photo()], [undefined, undefined])
})

test("the same picture at another place is no change; after a restart it is still here", async () => {
  await pictured("png", "same")
  assert.deepEqual(await photo(), ["image/png", png.toString("base64")])
  await play.join(romeo, room, "Romeo")
  files.set("elsewhere", png)
  await pictured("elsewhere", "same")
  await pictured("elsewhere", "same")
  await play.sync()
  play.server.refute((el) => hasStatus(el, "104"))
  assert.equal(await hash(), sha1(png))
  await play.away(() => undefined)
  assert.equal(await hash(), sha1(png))
  assert.deepEqual(await photo(), ["image/png", png.toString("base64")])
  assert.deepEqual(fetched, ["png"])
})

test("what is too large, no picture, or not to be had is none", async () => {
  for (const ref of ["big", "text", "gone"]) {
    await pictured(ref)
    assert.equal(await photo(), undefined)
    assert.equal(await photo(), undefined)
    assert.equal(await hash(), undefined)
  }
  // Only what may come right is asked for again.
  assert.deepEqual(fetched.slice(0, 3), ["big", "text", "gone"])
  assert.equal(new Set(fetched.slice(2)).size, 1)
})

const set = async (inner: string): Promise<string | undefined> => {
  const answer = await play.server.ask(`<iq type='set' from='${romeo}' to='${room}'><vCard xmlns='vcard-temp'>${inner}</vCard></iq>`)
  return answer.getChild("error")?.getChildElements()[0]?.name
}
const jpegCard = `<PHOTO><BINVAL>${jpeg.toString("base64")}</BINVAL></PHOTO>`

test("where no event follows, the network is asked what the picture that an owner has set is called", async () => {
  await play.join(romeo, room, "Romeo")
  asked = () => Promise.resolve({ id: "g1", avatar: { name: "a", mime: "image/x", ref: "set" } })
  assert.equal(await set(jpegCard), undefined)
  await changed()
  assert.deepEqual(await photo(), ["image/jpeg", jpeg.toString("base64")])
  await changed()
  assert.equal(await set(""), undefined)
  await changed()
  assert.equal(await photo(), undefined)
})

test("set is set, even if the network cannot be asked then", async () => {
  await play.join(romeo, room, "Romeo")
  assert.equal(await set(jpegCard), undefined)
  assert.equal(await photo(), undefined)
  await pictured("set")
  assert.deepEqual(await photo(), ["image/jpeg", jpeg.toString("base64")])
})

test("a network whose rooms get no picture from the gateway says so", async () => {
  await play.close()
  const can = (standard.manage?.can ?? []).filter((what) => what !== "avatar")
  play = await Play.open({ adapter: { ...loopback(standard), capabilities: { ...standard, manage: { can } } } })
  await play.register("romeo@example.test")
  room = await play.room()
  await play.join(romeo, room, "Romeo")
  assert.equal(await set(jpegCard), "feature-not-implemented")
})
