// Questions to who is in a room, and to the room's card: answered for foreign people, passed on to users of ours (XEP-0045 §17.4).
import assert from "node:assert/strict"
import { afterEach, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { errorOf } from "../support/archive-reader.js"
import { Play } from "../support/core-kit.js"

const info = "http://jabber.org/protocol/disco#info"
const items = "http://jabber.org/protocol/disco#items"
const romeo = "romeo@example.test/orchard"
const mercutio = "mercutio@other.test/phone"
const tablet = "mercutio@other.test/tablet"

let play: Play
let room: string

beforeEach(async () => {
  play = await Play.open({ accounts: { main: { "*": ["*"] } } })
  room = await play.room({ account: "main", name: "Coven", topic: "Witches", members: [{ id: "juliet", name: "Juliet C." }] }, "main")
  await play.join(romeo, room, "Romeo")
  await play.join(mercutio, room, "Mercutio")
})
afterEach(() => play.close())

const ask = (to: string, payload: string, { from = romeo, type = "get" } = {}): Promise<Element> =>
  play.server.ask(`<iq type='${type}' from='${from}' to='${to}'>${payload}</iq>`)

/** A nick of the room whose contact this is. */
async function nickOf(text: string): Promise<string> {
  play.network.rooms.say({ room: "g1", from: "juliet", text })
  return (await play.muc.heard(romeo, room, text)).attrs["from"] ?? ""
}

test("a foreign person is a client, whose capabilities are what their presence says", async () => {
  const juliet = await nickOf("hail")
  const answer = (await ask(juliet, `<query xmlns='${info}'/>`)).getChild("query", info)
  assert.equal(answer?.getChild("identity")?.attrs["category"], "client")
  const { faces } = await play.join("romeo@example.test/balcony", room, "Romeo")
  const shown = faces.find(({ attrs }) => attrs["from"] === juliet)
  const { node, ver } = shown?.getChild("c", "http://jabber.org/protocol/caps")?.attrs ?? {}
  const caps = (await ask(juliet, `<query xmlns='${info}' node='${node}#${ver}'/>`)).getChild("query", info)
  assert.equal(caps?.attrs["node"], `${node}#${ver}`)
  assert.deepEqual(caps?.getChildren("feature").map(String), answer?.getChildren("feature").map(String))
  assert.deepEqual(errorOf(await ask(juliet, `<query xmlns='${info}' node='other'/>`)), ["cancel", "item-not-found"])
  const list = await ask(juliet, `<query xmlns='${items}'/>`)
  assert.equal(list.getChild("query", items)?.getChildElements().length, 0)
})

test("what a foreign person is said to have is there", async () => {
  const juliet = await nickOf("hail")
  assert.equal((await ask(juliet, "<vCard xmlns='vcard-temp'/>")).getChild("vCard", "vcard-temp")?.getChildText("FN"), "Juliet C.")
  const four = await ask(juliet, "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>")
  assert.equal(four.getChild("vcard")?.getChild("fn")?.getChildText("text"), "Juliet C.")
  assert.equal((await ask(juliet, "<query xmlns='jabber:iq:version'/>")).getChild("query")?.getChildText("name"), "xferry")
  assert.equal((await ask(juliet, "<ping xmlns='urn:xmpp:ping'/>")).attrs["type"], "result")
})

test("who is not in the room, and who is not there", async () => {
  const outside = { from: "paris@other.test/x" }
  for (const payload of [`<query xmlns='${info}'/>`, `<query xmlns='${items}'/>`, "<vCard xmlns='vcard-temp'/>"])
    assert.deepEqual(errorOf(await ask(`${room}/Romeo`, payload, outside)), ["modify", "bad-request"])
  assert.deepEqual(errorOf(await ask(`${room}/nobody`, `<query xmlns='${info}'/>`)), ["cancel", "item-not-found"])
  await play.muc.leave(mercutio, room, "Mercutio")
  assert.deepEqual(errorOf(await ask(`${room}/Mercutio`, `<query xmlns='${info}'/>`)), ["wait", "recipient-unavailable"])
})

test("a user of ours is asked by the room, from a nick, and only what is meant for clients", async () => {
  const answer = ask(`${room}/Mercutio`, `<query xmlns='${info}' node='n#v'><evil xmlns='x' jid='${romeo}'/></query>`)
  const asked = await play.server.expect(`<iq type='get' from='${room}/Romeo' to='${mercutio}'><query xmlns='${info}' node='n#v'/></iq>`)
  assert.ok(!asked.toString().includes("romeo@"))
  play.server.reply(asked, `<query xmlns='${info}' node='n#v'><identity category='client' type='phone'/></query>`)
  const got = await answer
  assert.equal(got.attrs["from"], `${room}/Mercutio`)
  assert.equal(got.getChild("query", info)?.getChild("identity")?.attrs["type"], "phone")
  assert.ok(!got.toString().includes("mercutio@"))
})

test("of a user's clients the latest is asked; of their card their server; errors come back without an address", async () => {
  await play.join(tablet, room, "Mercutio")
  const version = ask(`${room}/Mercutio`, "<query xmlns='jabber:iq:version'/>")
  const asked = await play.server.expect(`<iq type='get' from='${room}/Romeo' to='${tablet}'><query xmlns='jabber:iq:version'/></iq>`)
  play.server.error(asked, "cancel", "service-unavailable")
  const refused = await version
  assert.deepEqual(errorOf(refused), ["cancel", "service-unavailable"])
  assert.ok(!refused.toString().includes("mercutio@"))
  const card = ask(`${room}/Mercutio`, "<vCard xmlns='vcard-temp'/>")
  const atHome = await play.server.expect(`<iq type='get' from='${room}/Romeo' to='mercutio@other.test'><vCard xmlns='vcard-temp'/></iq>`)
  play.server.reply(atHome, "<vCard xmlns='vcard-temp'><FN>M.</FN></vCard>")
  assert.equal((await card).getChild("vCard", "vcard-temp")?.getChildText("FN"), "M.")
})

test("a room's card has its name and topic, and cannot be written", async () => {
  const card = (await ask(room, "<vCard xmlns='vcard-temp'/>")).getChild("vCard", "vcard-temp")
  assert.deepEqual([card?.getChildText("FN"), card?.getChildText("DESC")], ["Coven", "Witches"])
  const four = (await ask(room, "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>")).getChild("vcard")
  assert.equal(four?.getChild("note")?.getChildText("text"), "Witches")
  assert.deepEqual(errorOf(await ask(room, "<vCard xmlns='vcard-temp'/>", { type: "set" })), ["auth", "forbidden"])
})

test("guests see the rooms that are open to them, with and without having joined", async () => {
  const query = (await ask("lo.example.test", `<query xmlns='${items}'/>`, { from: "paris@other.test/x" })).getChild("query", items)
  assert.deepEqual(
    query?.getChildren("item").map(({ attrs }) => attrs["jid"]),
    [room, "lo.example.test"],
  )
  const own = (await ask(room, `<query xmlns='${info}' node='x-roomuser-item'/>`, { from: mercutio })).getChild("query", info)
  assert.equal(own?.getChild("identity")?.attrs["name"], "Mercutio")
})

test("a room that is not open to somebody is forbidden, and not in their list", async () => {
  const closed = await Play.open({ accounts: { main: { g1: ["*@example.test"] } } })
  try {
    const coven = await closed.room({ account: "main" }, "main")
    const tell = (to: string, payload: string, type = "get"): Promise<Element> =>
      closed.server.ask(`<iq type='${type}' from='${mercutio}' to='${to}'>${payload}</iq>`)
    for (const payload of [`<query xmlns='${info}'/>`, `<query xmlns='${items}'/>`, "<vCard xmlns='vcard-temp'/>"])
      assert.deepEqual(errorOf(await tell(coven, payload)), ["auth", "forbidden"])
    assert.deepEqual(errorOf(await tell(coven, "<query xmlns='urn:xmpp:mam:2'/>", "set")), ["auth", "forbidden"])
    const list = (await tell("lo.example.test", `<query xmlns='${items}'/>`)).getChild("query", items)
    assert.deepEqual(
      list?.getChildren("item").map(({ attrs }) => attrs["name"]),
      ["Commands"],
    )
  } finally {
    await closed.close()
  }
})
