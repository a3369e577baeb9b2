// Rooms through the whole gateway: its store, a network in memory, several users with several clients; a crash in between.
import assert from "node:assert/strict"
import { afterEach, beforeEach, test } from "node:test"
import type { Component } from "#src/xmpp/component.js"
import { Play } from "../support/core-kit.js"
import { hasStatus, stanzaId } from "../support/muc-dialogue.js"
import { brief } from "../support/room-stage.js"

let play: Play
let room: string
let component: Component
const romeo = ["romeo@example.test/orchard", "romeo@example.test/phone", "romeo@example.test/tablet"] as const
const mercutio = ["mercutio@other.test/a", "mercutio@other.test/b", "mercutio@other.test/c"] as const
const all = [...romeo, ...mercutio]

beforeEach(async () => {
  play = await Play.open({ accounts: { main: { "*": ["*"] } }, seams: { component: (made) => (component = made) } })
  room = await play.room({ account: "main", members: ["juliet", "nurse"] }, "main")
})
afterEach(() => play.close())

async function everybody(): Promise<void> {
  for (const full of romeo) await play.join(full, room, "romeo")
  for (const full of mercutio) await play.join(full, room, "mercutio")
}

test("two users with three clients each talk with the network in one order", async () => {
  await everybody()
  play.network.rooms.say({ room: "g1", from: "juliet", text: "hail" })
  for (const full of all) await play.muc.heard(full, room, "hail")
  const ids: string[] = []
  for (let i = 0; i < 6; i++) ids.push(play.roomSay(all[i]!, room, `word ${i}`))
  const orders = []
  for (const full of all) {
    const heard = []
    for (const id of ids) heard.push(stanzaId(await play.muc.answered(full, room, id)))
    orders.push(heard)
  }
  assert.equal(new Set(orders.map((order) => order.join())).size, 1)
  await play.empty("SELECT id FROM outbox")
})

test("a crash: who had joined hears the next word without joining again, after its speaker was shown", async () => {
  await everybody()
  // Nobody is told anything: as if the process had been killed.
  await play.server.down()
  while (component.face.online) await new Promise(setImmediate)
  await play.stop()
  assert.equal(play.rows("SELECT * FROM occupant").length, 6)
  const since = play.server.received.length
  await play.server.up()
  await play.start()
  await play.network.account("main").whenAttached()
  play.network.rooms.say({ room: "g1", from: "juliet", text: "hail" })
  for (const full of all) await play.muc.heard(full, room, "hail")
  const told = play.server.received
    .slice(since)
    .filter((el) => el.attrs["to"] === mercutio[1] && el.name !== "iq" && el.attrs["from"] !== "lo.example.test")
  assert.deepEqual(told.map(brief), ["+juliet", "juliet: hail"])
  // Those still talk, by the nicks they had.
  const ping = await play.server.ask(`<iq type='get' from='${romeo[2]}' to='${room}/romeo'><ping xmlns='urn:xmpp:ping'/></iq>`)
  assert.equal(ping.attrs["type"], "result")
  for (const full of romeo) {
    const asked = await play.server.expect(`<iq type='get' to='${full}' from='${room}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    play.server.error(asked, "cancel", "recipient-unavailable")
  }
  await play.server.expect((el) => el.attrs["to"] === mercutio[0] && brief(el) === "-romeo 333")
  await play.empty("SELECT * FROM occupant WHERE full_jid LIKE 'romeo%'")
})

test("an orderly end tells everybody, and forgets who was there", async () => {
  await everybody()
  const since = play.server.received.length
  await play.stop()
  const told = play.server.received.slice(since).filter((el) => hasStatus(el, "332"))
  assert.deepEqual(told.map((el) => el.attrs["to"]).sort(), [...all].sort())
  assert.deepEqual(play.rows("SELECT * FROM occupant"), [])
})

test("who was away finds what was said in the history, and rejoins by it", async () => {
  await play.join(romeo[0], room, "romeo")
  await play.roomSaid(romeo[0], room, "one")
  play.network.rooms.say({ room: "g1", from: "juliet", text: "two" })
  await play.muc.heard(romeo[0], room, "two")
  const { history, faces } = await play.join(mercutio[0], room, "mercutio")
  assert.deepEqual(history.map(brief), ["romeo: one", "juliet: two"])
  assert.ok(faces.map(brief).includes("+juliet"))
  assert.ok(faces.map(brief).includes("+romeo"))
})

test("corrections and retractions are seen by all", async () => {
  await everybody()
  const first = await play.roomSaid(romeo[0], room, "bad")
  await play.roomSaid(romeo[0], room, "good", { replaces: first.attrs["id"]! })
  const corrected = await play.muc.heard(mercutio[2], room, "good")
  assert.equal(corrected.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], first.attrs["id"])
  play.server.send(
    `<message from='${romeo[1]}' to='${room}' type='groupchat' id='r1'><retract id='${stanzaId(first)}' xmlns='urn:xmpp:message-retract:1'/></message>`,
  )
  const retracted = await play.muc.answered(mercutio[0], room, "r1")
  assert.equal(retracted.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"], stanzaId(first))
})

test("people of the network come, go and are put out before everybody's eyes; the room ends", async () => {
  await everybody()
  const { rooms } = play.network
  rooms.member({ room: "g1", user: "paris", change: "joined" })
  await play.server.expect((el) => el.attrs["to"] === mercutio[1] && brief(el) === "+paris")
  rooms.member({ room: "g1", user: "paris", change: "banned", by: "juliet" })
  const gone = await play.server.expect((el) => el.attrs["to"] === mercutio[1] && brief(el) === "-paris 301")
  assert.equal(gone.getChild("x")?.getChild("item")?.getChild("actor")?.attrs["nick"], "juliet")
  rooms.delete({ room: "g1" })
  for (const full of all) {
    await play.server.expect((el) => el.attrs["to"] === full && el.getChild("x")?.getChild("destroy") !== undefined)
  }
})

test("a group that moved keeps its clients, by the address they joined by", async () => {
  await everybody()
  play.network.rooms.move({ room: "g1", to: "g2" })
  await play.drained("main")
  play.network.rooms.say({ room: "g2", from: "juliet", text: "here" })
  for (const full of all) await play.muc.heard(full, room, "here")
  await play.roomSaid(romeo[0], room, "there")
  const { history } = await play.join("romeo@example.test/new", play.roomJid("g2", "main"), "romeo")
  assert.deepEqual(history.map(brief), ["juliet: here", "romeo: there"])
})
