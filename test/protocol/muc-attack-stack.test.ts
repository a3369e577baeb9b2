// What is hostile or merely odd, through the whole gateway: ids, names and nicks from both sides, and who may not be there.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Play } from "../support/core-kit.js"
import { brief } from "../support/room-stage.js"

let play: Play
const romeo = "romeo@example.test/orchard"
const mercutio = "mercutio@example.test/street"
const stranger = "stranger@elsewhere.test/x"

before(async () => {
  play = await Play.open({ accounts: { main: { "*": ["example.test"] } } })
})
after(() => play.close())

test("rooms with any id are found, entered and talked in; what fits no address harms nobody", async () => {
  const ids = ["a!b", "#x", "@who", "-100/7", "with blank ", "Ünï😀", "CAPS", "^(41)", "\\20", "gateway", "'\"&<>:/", "x".repeat(1017)]
  for (const id of [...ids, "x".repeat(1024), "é".repeat(400)]) await play.room({ room: id, account: "main" }, "main")
  for (const id of ids) {
    const address = play.roomJid(id, "main")
    await play.join(romeo, address, "romeo")
    play.network.rooms.say({ room: id, from: "juliet", text: `hail ${id}` })
    await play.muc.heard(romeo, address, `hail ${id}`)
    await play.muc.answered(romeo, address, play.roomSay(romeo, address, "ave"))
  }
  const list = await play.server.ask(
    `<iq type='get' from='${romeo}' to='lo.example.test'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`,
  )
  assert.equal(list.attrs["type"], "result")
})

test("nobody poses as another: neither a user of ours as a foreign person, nor the other way round", async () => {
  const address = await play.room({ room: "masks", account: "main", members: ["admin"] }, "main")
  play.network.person({ id: "admin", name: "Admin" })
  play.network.rooms.say({ room: "masks", from: "admin", text: "I am" })
  await play.drained("main")
  for (const nick of ["Admin", "ADMIN", "\u0410dmin", "Admin ", "Ad\u2800min"])
    await assert.rejects(play.join(mercutio, address, nick), /conflict/, JSON.stringify(nick))
  await play.join(mercutio, address, "mercutio")
  play.network.person({ id: "mask", name: "M\u0435rcutio" })
  play.network.rooms.say({ room: "masks", from: "mask", text: "Who am I?" })
  const said = await play.muc.heard(mercutio, address, "Who am I?")
  assert.notEqual(said.attrs["from"]?.split("/")[1]?.normalize("NFKC").replace("\u0435", "e").toLowerCase(), "mercutio")
})

test("who may not see rooms cannot tell which there are, and makes nothing of them", async () => {
  await play.room({ room: "secret", account: "main" }, "main")
  const answers = async (room: string): Promise<unknown[]> => {
    const address = play.roomJid(room, "main")
    const all: unknown[] = []
    for (const [type, payload] of [
      ["get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"],
      ["get", "<query xmlns='http://jabber.org/protocol/disco#items'/>"],
      ["set", "<query xmlns='urn:xmpp:mam:2'/>"],
      ["get", "<metadata xmlns='urn:xmpp:mam:2'/>"],
      ["get", "<query xmlns='jabber:iq:register'/>"],
      ["set", "<query xmlns='jabber:iq:register'><username>x</username></query>"],
      ["set", "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='juliet' role='none'/></query>"],
      ["set", "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>"],
      ["set", "<moderate xmlns='urn:xmpp:message-moderate:1' id='x'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>"],
      ["get", "<vCard xmlns='vcard-temp'/>"],
      ["get", "<ping xmlns='urn:xmpp:ping'/>"],
    ] as const) {
      const answer = await play.server.ask(`<iq type='${type}' from='${stranger}' to='${address}'>${payload}</iq>`)
      all.push(answer.getChild("error")?.toString())
    }
    const join = await play.muc.join(stranger, address, "x").catch((error: unknown) => String(error).replaceAll(address, "room"))
    return [...all, join]
  }
  const [there, nowhere] = [await answers("secret"), await answers("nowhere")]
  assert.deepEqual(there, nowhere)
  assert.ok(there.every((answer) => /forbidden|service-unavailable/.test(String(answer))))
  assert.equal(play.rows("SELECT 1 FROM gateway_user WHERE jid LIKE 'stranger%'").length, 0)
})

test("who declines what nobody sent makes no tie for anybody", async () => {
  const address = await play.room({ room: "quiet", account: "main" }, "main")
  await play.join(romeo, address, "romeo")
  play.server.send(
    `<message from='${romeo}' id='d' to='${address}'><x xmlns='http://jabber.org/protocol/muc#user'><decline to='victim@example.test'/></x></message>`,
  )
  await play.server.ask(`<iq type='get' from='${romeo}' to='${address}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  play.server.refute((el) => el.attrs["to"] === "victim@example.test")
  assert.equal(play.rows("SELECT 1 FROM gateway_user WHERE jid LIKE 'victim%'").length, 0)
})

test("a hundred thousand letters of a name, a title and a topic reach nobody", async () => {
  const address = await play.room({ room: "loud", account: "main", members: ["crier"] }, "main")
  await play.join(romeo, address, "romeo")
  const long = "<&>\u202e".repeat(100_000)
  play.network.person({ id: "crier", name: long })
  play.network.rooms.change({ room: "loud", topic: long, name: long })
  play.network.rooms.say({ room: "loud", from: "crier", text: "Hear ye" })
  await play.muc.heard(romeo, address, "Hear ye")
  const loudest = Math.max(...play.server.received.filter((el) => el.attrs["to"] === romeo).map((el) => el.toString().length))
  assert.ok(loudest < 60_000, String(loudest))
  assert.ok(play.server.received.some((el) => el.attrs["to"] === romeo && brief(el).startsWith("subject <&>")))
})
