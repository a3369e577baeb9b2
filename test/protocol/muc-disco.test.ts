// Finding rooms and what they tell of themselves (XEP-0045 §6, XEP-0059, XEP-0503), through the whole gateway.
import assert from "node:assert/strict"
import { afterEach, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { errorOf, nsRsm } from "../support/archive-reader.js"
import { domain, Play } from "../support/core-kit.js"

const info = "http://jabber.org/protocol/disco#info"
const items = "http://jabber.org/protocol/disco#items"
const romeo = "romeo@example.test/orchard"
const stranger = "paris@other.test/x"

let play: Play

beforeEach(async () => {
  play = await Play.open()
  await play.register("romeo@example.test")
})
afterEach(() => play.close())

const ask = (to: string, payload: string, from = romeo, type = "get"): Promise<Element> =>
  play.server.ask(`<iq type='${type}' from='${from}' to='${to}'>${payload}</iq>`)

async function query(to: string, ns: string, { node = "", inner = "", from = romeo } = {}): Promise<Element> {
  const answer = await ask(to, `<query xmlns='${ns}'${node && ` node='${node}'`}>${inner}</query>`, from)
  const found = answer.getChild("query", ns)
  assert.ok(answer.attrs["type"] === "result" && found, answer.toString())
  return found
}

const listed = (el: Element): (string | undefined)[][] =>
  el.getChildren("item").map(({ attrs }) => [attrs["jid"], ...(attrs["node"] === undefined ? [] : [attrs["node"]]), attrs["name"]])
const identities = (el: Element): unknown[] =>
  el.getChildren("identity").map(({ attrs }) => [attrs["category"], attrs["type"], attrs["name"]])
const features = (el: Element): Set<string | undefined> => new Set(el.getChildren("feature").map(({ attrs }) => attrs["var"]))
const set = (inner: string): string => `<set xmlns='${nsRsm}'>${inner}</set>`
const commands = [domain, "http://jabber.org/protocol/commands", "Commands"]
const contacts = [domain, "contacts", "Contacts"]

function form(el: Element, type: string): Record<string, string> | undefined {
  for (const x of el.getChildren("x", "jabber:x:data")) {
    const fields = x.getChildren("field").map((field): [string, string] => [field.attrs["var"] ?? "", field.getChildText("value") ?? ""])
    if (fields.some(([name, value]) => name === "FORM_TYPE" && value === type)) return Object.fromEntries(fields)
  }
  return undefined
}

test("the gateway is a gateway first, and a service with rooms", async () => {
  const answer = await query(domain, info)
  assert.deepEqual(
    answer.getChildren("identity").map(({ attrs }) => `${attrs["category"]}/${attrs["type"]}`),
    ["gateway/loopback", "conference/text"],
  )
  for (const feature of ["http://jabber.org/protocol/muc", nsRsm, "vcard-temp"]) assert.ok(features(answer).has(feature), feature)
})

test("its items are the rooms that the asker may see, then the nodes for all else", async () => {
  const one = await play.room({ room: "g1", name: "A Dark Cave" })
  const two = await play.room({ room: "g2" })
  play.network.rooms.make({ room: "t1", parent: "g1", name: "Spells", accounts: ["romeo"] })
  play.network.say({ account: "romeo", from: "juliet", text: "hail" })
  await play.drained()
  assert.deepEqual(listed(await query(domain, items)), [
    [one, "A Dark Cave"],
    [two, undefined],
    [play.roomJid("t1"), "A Dark Cave / Spells"],
    commands,
    contacts,
  ])
  assert.deepEqual(listed(await query(domain, items, { node: "contacts" })), [[`juliet@${domain}`, "juliet"]])
  assert.deepEqual(identities(await query(domain, info, { node: "contacts" })), [["hierarchy", "leaf", "Contacts"]])
  assert.deepEqual(listed(await query(domain, items, { from: stranger })), [commands])
  play.network.rooms.delete({ room: "g2" })
  await play.drained()
  assert.deepEqual(listed(await query(domain, items))[1]?.[0], play.roomJid("t1"))
})

test("the list in pages, both ways", async () => {
  const jids: (string | undefined)[] = []
  for (let i = 0; i < 5; i++) jids.push(await play.room({ room: `g${i}` }))
  const uids = (el: Element): (string | undefined)[] => listed(el).map(([jid, node]) => (jid === domain ? node : jid))
  const all = [...jids, commands[1], contacts[1]]
  const page = async (
    inner: string,
  ): Promise<{ list: (string | undefined)[]; first: string; index: string; last: string; count: string }> => {
    const el = await query(domain, items, { inner: set(inner) })
    const told = el.getChild("set", nsRsm)
    const first = told?.getChild("first")
    return {
      list: uids(el),
      first: first?.getText() ?? "",
      index: first?.attrs["index"] ?? "",
      last: told?.getChildText("last") ?? "",
      count: told?.getChildText("count") ?? "",
    }
  }
  const one = await page("<max>3</max>")
  assert.deepEqual([one.list, one.index, one.count], [all.slice(0, 3), "0", "7"])
  const two = await page(`<max>3</max><after>${one.last}</after>`)
  assert.deepEqual([two.list, two.index], [all.slice(3, 6), "3"])
  const three = await page(`<max>3</max><after>${two.last}</after>`)
  assert.deepEqual([three.list, three.index], [all.slice(6), "6"])
  assert.deepEqual((await page(`<max>3</max><after>${three.last}</after>`)).list, [])
  const end = await page("<max>3</max><before/>")
  assert.deepEqual([end.list, end.index], [all.slice(4), "4"])
  assert.deepEqual((await page(`<max>3</max><before>${end.first}</before>`)).list, all.slice(1, 4))
  assert.deepEqual((await page("<max>2</max><index>3</index>")).list, all.slice(3, 5))
  assert.deepEqual((await page("<max>2</max><index>9</index>")).list, [])
  assert.deepEqual(await page("<max>0</max>"), { list: [], first: "", index: "", last: "", count: "7" })
  const gone = await ask(domain, `<query xmlns='${items}'>${set("<after>gone</after>")}</query>`)
  assert.deepEqual(errorOf(gone), ["cancel", "item-not-found"])
  assert.deepEqual((await query(domain, items)).getChild("set", nsRsm), undefined)
})

test("a list too long for one stanza is cut, and says so", async () => {
  const long = "x".repeat(900)
  for (let i = 0; i < 150; i++) play.network.rooms.make({ room: `g${i}`, name: `${i} ${long}`, accounts: ["romeo"] })
  await play.drained()
  const found: string[] = []
  for (let last = ""; ;) {
    const el = await query(domain, items, { inner: last && set(`<after>${last}</after>`) })
    assert.ok(el.toString().length < 120_000)
    found.push(...el.getChildren("item").map(({ attrs }) => attrs["jid"] ?? ""))
    if (found.at(-1) === domain) break
    const page = el.getChild("set", nsRsm)
    assert.equal(page?.getChildText("count"), "152")
    last = page?.getChildText("last") ?? ""
  }
  assert.deepEqual(
    found.slice(0, 150),
    Array.from({ length: 150 }, (_, i) => play.roomJid(`g${i}`)),
  )
})

test("a room says what it is, what it can do, and what there is in it", async () => {
  const room = await play.room({ name: "A Dark Cave", topic: "The place for all good witches!", members: ["juliet"], crowd: 20 })
  // With it the account's rights are asked.
  await play.join(romeo, room, "Romeo")
  const answer = await query(room, info)
  assert.deepEqual(identities(answer), [["conference", "text", "A Dark Cave"]])
  const found = features(answer)
  for (const feature of [
    "http://jabber.org/protocol/muc",
    "http://jabber.org/protocol/muc#stable_id",
    "http://jabber.org/protocol/muc#self-ping-optimization",
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items",
    "muc_persistent",
    "muc_membersonly",
    "muc_semianonymous",
    "muc_hidden",
    "muc_unsecured",
    "muc_unmoderated",
    "urn:xmpp:mam:2",
    "urn:xmpp:mam:2#extended",
    "urn:xmpp:sid:0",
    "urn:xmpp:occupant-id:0",
    "urn:xmpp:hats:0",
    "urn:xmpp:message-correct:0",
    "urn:xmpp:reply:0",
    "urn:xmpp:message-retract:1",
    "vcard-temp",
    "jabber:iq:register",
    nsRsm,
  ])
    assert.ok(found.has(feature), feature)
  for (const feature of ["muc_moderated", "muc_open", "muc_public", "muc_nonanonymous", "urn:xmpp:spaces:0"])
    assert.ok(!found.has(feature), feature)
  assert.equal(found.size, answer.getChildren("feature").length)
  const fields = form(answer, "http://jabber.org/protocol/muc#roominfo")
  assert.equal(fields?.["muc#roominfo_description"], "The place for all good witches!")
  assert.equal(fields?.["muc#roominfo_subject"], "The place for all good witches!")
  assert.equal(fields?.["muc#roomconfig_roomname"], "A Dark Cave")
  assert.equal(fields?.["muc#roominfo_subjectmod"], "1")
  assert.equal(fields?.["muc#roominfo_occupants"], "22")
  assert.equal(fields?.["muc#maxhistoryfetch"], "100")
})

test("only what really works in this room is told", async () => {
  const limits = { send: false, edit: false, reply: false, retract: false } as const
  const found = features(await query(await play.room({ kind: "channel", limits }), info))
  assert.ok(found.has("muc_moderated"))
  for (const feature of ["urn:xmpp:message-correct:0", "urn:xmpp:reply:0", "urn:xmpp:message-retract:1", "muc_unmoderated"])
    assert.ok(!found.has(feature), feature)
})

test("who may not see a room is told nothing of it", async () => {
  const room = await play.room()
  for (const ns of [info, items]) {
    const refused = await ask(room, `<query xmlns='${ns}'/>`, stranger)
    assert.deepEqual(errorOf(refused), ["auth", "registration-required"])
    assert.deepEqual(errorOf(await ask(play.roomJid("g9"), `<query xmlns='${ns}'/>`)), ["cancel", "item-not-found"])
  }
})

test("nodes: the reserved nick, the traffic, and none else", async () => {
  const room = await play.room()
  assert.deepEqual(identities(await query(room, info, { node: "x-roomuser-item" })), [])
  await play.join(romeo, room, "Romeo")
  assert.deepEqual(identities(await query(room, info, { node: "x-roomuser-item" })), [["conference", "text", "Romeo"]])
  const traffic = `<query xmlns='${info}' node='http://jabber.org/protocol/muc#traffic'/>`
  assert.deepEqual(errorOf(await ask(room, traffic)), ["cancel", "feature-not-implemented"])
  assert.deepEqual(errorOf(await ask(room, `<query xmlns='${info}' node='x'/>`)), ["cancel", "item-not-found"])
  assert.deepEqual(errorOf(await ask(room, `<query xmlns='${items}' node='x'/>`)), ["cancel", "item-not-found"])
  assert.deepEqual(errorOf(await ask(room, `<query xmlns='${info}' node='urn:xmpp:spaces:0'/>`)), ["cancel", "item-not-found"])
})

test("a room's items are its topics, never its people", async () => {
  const room = await play.room({ members: ["juliet"] })
  await play.join(romeo, room, "Romeo")
  assert.deepEqual(listed(await query(room, items)), [])
  play.network.rooms.make({ room: "t1", parent: "g1", name: "Spells", accounts: ["romeo"] })
  play.network.rooms.make({ room: "t2", parent: "g1", name: "Brooms", accounts: ["romeo"] })
  await play.drained()
  const topics = [
    [play.roomJid("t1"), "Spells"],
    [play.roomJid("t2"), "Brooms"],
  ]
  assert.deepEqual(listed(await query(room, items)), [...topics, [room, "urn:xmpp:spaces:0", undefined]])
  assert.deepEqual(listed(await query(room, items, { node: "urn:xmpp:spaces:0" })), topics)
  assert.deepEqual(listed(await query(play.roomJid("t1"), items)), [])
})

test("a group with topics is a space, and its topics name it", async () => {
  const room = await play.room({ name: "Coven", topic: "Witches" })
  play.network.rooms.make({ room: "t1", parent: "g1", name: "Spells", topic: "Of all kinds.", accounts: ["romeo"] })
  await play.drained()
  const iri = `xmpp:%23g1@${domain}?;node=urn%3Axmpp%3Aspaces%3A0`
  const topic = await query(play.roomJid("t1"), info)
  assert.deepEqual(identities(topic), [["conference", "text", "Spells"]])
  assert.ok(features(topic).has("urn:xmpp:spaces:0"))
  assert.equal(form(topic, "urn:xmpp:spaces:0")?.["parent"], iri)
  const fields = form(topic, "http://jabber.org/protocol/muc#roominfo")
  assert.equal(fields?.["muc#roomconfig_pubsub"], iri)
  assert.equal(fields?.["muc#roominfo_description"], "Of all kinds.\nPart of Coven.")

  const group = await query(room, info)
  assert.ok(features(group).has("urn:xmpp:spaces:0"))
  assert.equal(form(group, "urn:xmpp:spaces:0"), undefined)
  const space = await query(room, info, { node: "urn:xmpp:spaces:0" })
  assert.deepEqual(identities(space), [["pubsub", "leaf", undefined]])
  assert.deepEqual(form(space, "http://jabber.org/protocol/pubsub#meta-data"), {
    FORM_TYPE: "http://jabber.org/protocol/pubsub#meta-data",
    "pubsub#type": "urn:xmpp:spaces:0",
    "pubsub#title": "Coven",
    "pubsub#description": "Witches",
    "pubsub#access_model": "whitelist",
  })
  const pubsub = (inner: string): Promise<Element> => ask(room, `<pubsub xmlns='http://jabber.org/protocol/pubsub'>${inner}</pubsub>`)
  const content = await pubsub("<items node='urn:xmpp:spaces:0'/>")
  const item = content.getChild("pubsub")?.getChild("items")?.getChild("item")
  assert.equal(item?.attrs["id"], play.roomJid("t1"))
  assert.deepEqual(item.getChild("conference", "urn:xmpp:bookmarks:1")?.attrs, { xmlns: "urn:xmpp:bookmarks:1", name: "Spells" })
  assert.deepEqual(errorOf(await pubsub("<items node='other'/>")), ["cancel", "item-not-found"])
  assert.deepEqual(errorOf(await pubsub("<subscriptions/>")), ["cancel", "feature-not-implemented"])
})
