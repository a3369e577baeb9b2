// A room's picture, set and taken away by its owner (XEP-0486 §4.2, §4.4): the whole gateway on the fake Bot API.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { afterEach, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import telegram from "xferry-adapter-telegram"
import type { AnyAdapter } from "#src/adapter/define.js"
import {
  adminRights,
  type Bot,
  type FakeBotApi,
  type Group,
  type GroupFields,
  type Right,
  startFakeBotApi,
} from "../fakes/telegram/index.js"
import { juliet, token } from "../fakes/telegram/ground.js"
import { domain, Play } from "../support/core-kit.js"
import { hasStatus } from "../support/muc-dialogue.js"

const romeo = "romeo@example.test/orchard"
const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(3000, 7)])
const jpeg = Buffer.concat([Buffer.from("ffd8ffe0", "hex"), Buffer.alloc(100, 9)])

let fake: FakeBotApi
let bot: Bot
let play: Play

beforeEach(async () => {
  fake = await startFakeBotApi()
  bot = fake.addBot({ token, username: "romeo_bot" })
  fake.person(juliet)
  const options = { apiRoot: fake.url, pollSeconds: 1, timeoutSeconds: 5 }
  const plain = telegram as unknown as AnyAdapter
  const adapter: AnyAdapter = {
    ...plain,
    login: (ask, _, signal) => plain.login(ask, options, signal),
    connect: (secret, _, host) => plain.connect(secret, options, host),
  }
  play = await Play.open({ adapter })
  const form = `<x xmlns='jabber:x:data' type='submit'><field var='token'><value>${token}</value></field></x>`
  const asked = `<iq type='set' from='${romeo}' to='${domain}'><query xmlns='jabber:iq:register'>${form}</query></iq>`
  assert.equal((await play.server.ask(asked)).attrs["type"], "result")
})
afterEach(async () => {
  await play.close()
  await fake.stop()
  assert.deepEqual(fake.violations, [])
})

/** Romeo is in the group's room. */
async function enter(rights: readonly Right[], more: Partial<GroupFields> = {}) {
  const group = fake.makeGroup({ title: "Verona", owner: juliet, ...more })
  group.addBot(bot, juliet, rights)
  const room = play.roomJid(String(group.id))
  await play.server.expect((el) => el.name === "message" && el.toString().includes(room))
  await play.join(romeo, room, "Romeo")
  return { group, room }
}

const photo = (bytes: Uint8Array, type = "image/png"): string =>
  `<PHOTO><TYPE>${type}</TYPE><BINVAL>${Buffer.from(bytes).toString("base64")}</BINVAL></PHOTO>`
const set = (room: string, inner: string): Promise<Element> =>
  play.server.ask(`<iq type='set' from='${romeo}' to='${room}'><vCard xmlns='vcard-temp'>${inner}</vCard></iq>`)
const get = (room: string, payload: string): Promise<Element> =>
  play.server.ask(`<iq type='get' from='${romeo}' to='${room}'>${payload}</iq>`)

async function shown(room: string): Promise<string | undefined> {
  const card = (await get(room, "<vCard xmlns='vcard-temp'/>")).getChild("vCard", "vcard-temp")
  return card?.getChild("PHOTO")?.getChildText("BINVAL") ?? undefined
}

async function refused(room: string, inner: string): Promise<[string | undefined, string]> {
  const error = (await set(room, inner)).getChild("error")
  return [error?.getChildElements()[0]?.name, error?.getChildText("text") ?? ""]
}

async function done(group: Group, room: string, inner: string): Promise<void> {
  const before = play.server.received.length
  const answer = await set(room, inner)
  assert.equal(answer.attrs["type"], "result", answer.toString())
  await play.server.expect((el) => play.server.received.indexOf(el) >= before && hasStatus(el, "104") && el.attrs["to"] === romeo)
  // What Telegram tells of it itself is told to nobody again.
  await fake.waitFor(() => bot.pending.length === 0, `what was said in ${group.title} to be fetched`)
}

test("an owner sets it, it is the group's, everybody is told, and it can be had; a card without picture takes it away", async () => {
  const { group, room } = await enter(adminRights)
  await done(group, room, photo(png))
  assert.deepEqual(Buffer.from(group.photo ?? []), png)
  assert.equal(await shown(room), png.toString("base64"))
  const sha1 = createHash("sha1").update(png).digest("hex")
  const info = await get(room, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
  assert.ok(info.toString().includes(sha1), info.toString())

  // What a client calls it does not count; base64 may come in lines.
  await done(group, room, photo(jpeg, "text/plain").replace("<BINVAL>", "<BINVAL>\n ").replace("</BINVAL>", "\n</BINVAL>"))
  assert.deepEqual(Buffer.from(group.photo ?? []), jpeg)
  assert.equal(await shown(room), jpeg.toString("base64"))

  await done(group, room, "")
  assert.equal(group.photo, undefined)
  assert.equal(await shown(room), undefined)
  assert.equal((await set(room, "<PHOTO/>")).attrs["type"], "result", "there is none to be taken away")
  assert.ok(!play.bodies().some((body) => body.includes("picture")), "nobody needs to be told what they have done")
})

test("what is no picture, or too large, changes nothing", async () => {
  const { group, room } = await enter(adminRights)
  const before = await refused(room, photo(Buffer.from("But soft, what light!")))
  assert.deepEqual(before, ["not-acceptable", "The picture is neither a PNG nor a JPEG."])
  const large = await refused(room, photo(Buffer.concat([png, Buffer.alloc(1 << 20)])))
  assert.equal(large[0], "not-acceptable")
  assert.match(large[1], /has 1027 KiB, and 1024 KiB is the most/)
  fake.faults.next("setChatPhoto", { kind: "error", code: 400, description: "Bad Request: PHOTO_CROP_SIZE_SMALL" })
  assert.match((await refused(room, photo(png)))[1], /too small/)
  assert.equal(group.photo, undefined)
})

test("who does not run the group, or may not change it, does not set it; a topic has none", async () => {
  const member = await enter([])
  assert.deepEqual(await refused(member.room, photo(png)), ["forbidden", "Only an owner of the room may set its picture."])
  const idle = await enter(["can_manage_chat"])
  const [condition, text] = await refused(idle.room, photo(png))
  assert.equal(condition, "forbidden")
  assert.match(text, /no right/)
  const { group } = await enter(adminRights, { forum: true })
  const topic = play.roomJid(`${group.id}/${group.makeTopic("Balcony")}`)
  await fake.waitFor(() => bot.pending.length === 0, "the topic to be fetched")
  assert.equal((await refused(topic, photo(png)))[0], "forbidden")
  assert.equal((await refused(`${idle.room}/Romeo`, photo(png)))[0], "forbidden", "a nick is no room")
  assert.deepEqual([member.group.photo, idle.group.photo, group.photo], [undefined, undefined, undefined])
})
