// Pictures of foreign people, from the network to clients: fetched in the background, told by hash, given by card and node, kept over restarts.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { afterEach, beforeEach, test } from "node:test"
import sharp from "sharp"
import type { Element } from "@xmpp/xml"
import { loopback, standard } from "xferry-adapter-loopback"
import type { FileRef } from "#src/adapter/contract.js"
import { AdapterError } from "#src/adapter/errors.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { domain, Play } from "../support/core-kit.js"

const romeo = "romeo@example.test"
const orchard = `${romeo}/orchard`
const juliet = `juliet@${domain}`
const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(3000, 7)])
const gif = Buffer.concat([Buffer.from("GIF89a"), Buffer.alloc(100, 9)])
const webp = Buffer.concat([Buffer.from("RIFF....WEBP"), Buffer.alloc(100, 3)])
const sha1 = (bytes: Buffer): string => createHash("sha1").update(bytes).digest("hex")

let play: Play
let tap: Tap
let files: Map<string, Buffer | (() => Promise<Buffer>)>
let fetched: string[]
/** What the network answers when it is asked about somebody. */
let asked: (id: string) => Promise<object>

beforeEach(async () => {
  files = new Map<string, Buffer | (() => Promise<Buffer>)>([
    ["png", png],
    ["gif", gif],
    ["webp", webp],
    ["big", Buffer.concat([png, Buffer.alloc(64 * 1024)])],
    ["text", Buffer.from("<svg onload='alert(1)'/>")],
  ])
  fetched = []
  asked = () => Promise.reject(new AdapterError("gone", "Nobody."))
  tap = new Tap(loopback(standard), () => ({
    download: async ({ ref }: FileRef) => {
      fetched.push(ref)
      const held = files.get(ref)
      if (!held) throw new AdapterError("gone", "There is no such file.")
      return { stream: new Blob([new Uint8Array(Buffer.isBuffer(held) ? held : await held())]).stream() }
    },
    contact: (id: string) => asked(id),
  }))
  play = await Play.open({ adapter: tap.adapter })
  await play.register(romeo)
  // The user has the contact in their list.
  await tap.emit({ type: "contact", contact: { id: "juliet", name: "Juliet" } })
  play.server.send(`<presence from='${romeo}' to='${juliet}' type='subscribe'/>`)
  await play.server.expect(`<presence from='${juliet}' to='${romeo}'/>`)
})
afterEach(() => play.close())

const ref = (name: string, stableId?: string): FileRef => ({
  name: "a",
  mime: "image/x",
  ref: name,
  ...(stableId !== undefined && { stableId }),
})
const pictured = (name: string | null, stableId?: string): Promise<void> =>
  tap.emit({ type: "contact", contact: { id: "juliet", avatar: name === null ? null : ref(name, stableId) } })
const ask = (payload: string, to = juliet): Promise<Element> =>
  play.server.ask(`<iq type='get' from='${orchard}' to='${to}'>${payload}</iq>`)

async function photo(to = juliet): Promise<[string | null | undefined, string | null | undefined] | undefined> {
  const found = (await ask("<vCard xmlns='vcard-temp'/>", to)).getChild("vCard", "vcard-temp")?.getChild("PHOTO")
  return found && [found.getChildText("TYPE"), found.getChildText("BINVAL")]
}

/** What a presence tells: a hash, «» for none, undefined for not known yet. */
function told(presence: Element): string | undefined {
  return presence.getChild("x", "vcard-temp:x:update")?.getChild("photo")?.getText()
}
const latest = (from: string): Element | undefined =>
  play.server.received.findLast((el) => el.name === "presence" && el.attrs["from"] === from && !el.attrs["type"])
/** The newest presence from there tells this. */
async function shows(hash: string, from = juliet): Promise<void> {
  const now = latest(from)
  if (now && told(now) === hash) return
  await play.server.expect((el) => el === latest(from) && told(el) === hash)
}

const node = (name: string, item = ""): string =>
  `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${name}'>${item}</items></pubsub>`
const itemOf = (answer: Element): Element | undefined => answer.getChild("pubsub")?.getChild("items")?.getChild("item")
const condition = (answer: Element): string | undefined => answer.getChild("error")?.getChildElements()[0]?.name

test("a picture is told by its hash once it is here, and given by card and by nodes", async () => {
  await pictured("png")
  await shows(sha1(png))
  assert.deepEqual(await photo(), ["image/png", png.toString("base64")])
  const meta = itemOf(await ask(node("urn:xmpp:avatar:metadata")))
  assert.equal(meta?.attrs["id"], sha1(png))
  assert.deepEqual(meta.getChild("metadata", "urn:xmpp:avatar:metadata")?.getChild("info")?.attrs, {
    bytes: String(png.length),
    id: sha1(png),
    type: "image/png",
  })
  for (const item of ["", `<item id='${sha1(png)}'/>`]) {
    const data = itemOf(await ask(node("urn:xmpp:avatar:data", item)))
    assert.equal(data?.getChildText("data", "urn:xmpp:avatar:data"), png.toString("base64"))
  }
  assert.equal(condition(await ask(node("urn:xmpp:avatar:data", "<item id='other'/>"))), "item-not-found")
  const four = itemOf(await ask(node("urn:xmpp:vcard4")))?.getChild("vcard")
  assert.equal(four?.getChild("photo")?.getChildText("uri"), `data:image/png;base64,${png.toString("base64")}`)
  assert.deepEqual(fetched, ["png"])
})

test("another one takes its place, null takes it away, and the same at another place is no change", async () => {
  await pictured("png", "same")
  await shows(sha1(png))
  await pictured("elsewhere", "same")
  await pictured("gif")
  await shows(sha1(gif))
  assert.deepEqual(await photo(), ["image/gif", gif.toString("base64")])
  await pictured("webp")
  await shows(sha1(webp))
  await pictured(null)
  await shows("")
  assert.equal(await photo(), undefined)
  assert.equal(condition(await ask(node("urn:xmpp:avatar:metadata"))), "item-not-found")
  assert.deepEqual(fetched, ["png", "gif", "webp"])
})

test("a real picture that is too large is made small", async () => {
  const large = await sharp({
    create: { width: 900, height: 600, channels: 3, background: "#808080", noise: { type: "gaussian", mean: 128, sigma: 60 } },
  })
    .png()
    .toBuffer()
  assert.ok(large.length > 64 * 1024)
  files.set("large", large)
  await pictured("large")
  await play.server.expect((el) => el === latest(juliet) && (told(el) ?? "") !== "")
  const [type, base64] = (await photo()) ?? []
  assert.equal(type, "image/jpeg")
  const { width, height } = await sharp(Buffer.from(base64 ?? "", "base64")).metadata()
  assert.deepEqual([width, height], [128, 85])
  const info = itemOf(await ask(node("urn:xmpp:avatar:metadata")))
    ?.getChild("metadata")
    ?.getChild("info")?.attrs
  assert.deepEqual([info?.["width"], info?.["height"]], ["128", "85"])
})

test("what is too large or no picture is none, and is not asked for again", async () => {
  await pictured("png")
  await shows(sha1(png))
  for (const name of ["big", "text"]) {
    await pictured(name)
    await shows("")
    assert.equal(await photo(), undefined)
    assert.equal(await photo(), undefined)
    await pictured("png")
    await shows(sha1(png))
  }
  assert.deepEqual(
    fetched.filter((name) => name !== "png"),
    ["big", "text"],
  )
})

test("a picture that cannot be had now leaves the one before it; asked anew, the network may know where it is", async () => {
  await pictured("png")
  await shows(sha1(png))
  await pictured("gone")
  assert.deepEqual(await photo(), ["image/png", png.toString("base64")])
  asked = (id) => Promise.resolve({ id, avatar: ref("gif") })
  await pictured("stale")
  await shows(sha1(gif))
  assert.deepEqual(fetched, ["png", "gone", "stale", "gif"])
})

test("no message waits for a picture, and who asks meanwhile gets it when it is there", async () => {
  let release: (bytes: Buffer) => void = () => undefined
  const begun = new Promise<void>((begin) => {
    files.set("slow", () => {
      begin()
      return new Promise((resolve) => (release = resolve))
    })
  })
  await tap.emit({
    type: "message",
    chat: { user: "juliet" },
    from: { id: "juliet", name: "Juliet", avatar: ref("slow") },
    id: "m1",
    at: new Date(),
    body: { text: "still" },
  })
  await play.server.expect(`<message from='${juliet}'><body>still</body></message>`)
  await begun
  const waiting = photo()
  release(png)
  await shows(sha1(png))
  assert.deepEqual(await waiting, ["image/png", png.toString("base64")])
})

test("hash and picture outlive a restart, and are not fetched again", async () => {
  await pictured("png")
  await shows(sha1(png))
  const before = latest(juliet)
  await play.away(() => undefined)
  await play.server.expect((el) => el === latest(juliet) && el !== before && told(el) === sha1(png))
  assert.deepEqual(await photo(), ["image/png", png.toString("base64")])
  assert.deepEqual(fetched, ["png"])
})

test("told while nobody could fetch it, it is fetched after the next start", async () => {
  files.delete("png")
  await pictured("png")
  await play.sync()
  await play.away(() => void files.set("png", png))
  await shows(sha1(png))
})

test("people in a room have their pictures in their presences and cards", async () => {
  const room = await play.room()
  await play.join(orchard, room, "Romeo")
  const said = (avatar: FileRef | null, id: string): Promise<void> =>
    tap.emit({
      type: "message",
      chat: { room: "g1" },
      from: { id: "tybalt", name: "Tybalt", avatar },
      id,
      at: new Date(),
      body: { text: "peace?" },
    })
  await said(ref("png"), "m1")
  await shows(sha1(png), `${room}/Tybalt`)
  assert.deepEqual(await photo(`${room}/Tybalt`), ["image/png", png.toString("base64")])
  await said(ref("png"), "m2")
  await said(ref("gif"), "m3")
  await shows(sha1(gif), `${room}/Tybalt`)
  assert.deepEqual(await photo(`${room}/Tybalt`), ["image/gif", gif.toString("base64")])
  // Whoever joins is told at once.
  const { faces } = await play.join(`${romeo}/balcony`, room, "Romeo")
  assert.deepEqual(faces.filter(({ attrs }) => attrs["from"] === `${room}/Tybalt`).map(told), [sha1(gif)])
  await said(null, "m4")
  await shows("", `${room}/Tybalt`)
  assert.equal(await photo(`${room}/Tybalt`), undefined)
  assert.deepEqual(fetched, ["png", "gif"])
})

// ---- clients that ask to be told (XEP-0163)

const caps = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://client.example' ver='v1'/>"
async function online(resource: string, features: string[]): Promise<string> {
  const full = `${romeo}/${resource}`
  play.server.send(`<presence from='${full}' to='${domain}'>${caps.replace("v1", resource)}</presence>`)
  const query = await play.server.expect(
    (el) => el.name === "iq" && el.attrs["to"] === full && el.getChild("query")?.attrs["node"] === `https://client.example#${resource}`,
  )
  const told = features.map((feature) => `<feature var='${feature}'/>`).join("")
  play.server.reply(query, `<query xmlns='http://jabber.org/protocol/disco#info' node='https://client.example#${resource}'>${told}</query>`)
  return full
}
const events = (to: string): string[] =>
  play.server.received.flatMap((el) => {
    const items = el.getChild("event", "http://jabber.org/protocol/pubsub#event")?.getChild("items")
    if (el.attrs["to"] !== to || el.attrs["type"] !== "headline" || items?.attrs["node"] !== "urn:xmpp:avatar:metadata") return []
    return items.getChild("item")?.getChild("metadata")?.getChild("info")?.attrs["id"] ?? ""
  })
async function heard(to: string, hash: string): Promise<void> {
  if (events(to).at(-1) === hash) return
  await play.server.expect((el) => el.attrs["to"] === to && events(to).at(-1) === hash)
}

test("a client whose capabilities ask for it is told of what there is, and of what changes; others are not", async () => {
  await pictured("png")
  await shows(sha1(png))
  const [eager, other] = [await online("eager", ["urn:xmpp:avatar:metadata+notify"]), await online("other", ["urn:xmpp:ping"])]
  await heard(eager, sha1(png))
  await pictured("gif")
  await heard(eager, sha1(gif))
  await tap.emit({ type: "presence", from: { id: "juliet" }, show: "away" })
  await play.sync()
  await pictured(null)
  await heard(eager, "")
  assert.deepEqual(events(eager), [sha1(png), sha1(gif), ""])
  assert.deepEqual(events(other), [])
})
