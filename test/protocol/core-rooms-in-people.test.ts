// People as a room calls them, and what is told of a place for rooms: it holds below, for those who are known there.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Contact, NetworkEvent } from "#src/adapter/contract.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { Play } from "../support/core-kit.js"
import { RoomRecorder } from "../support/room-recorder.js"

const juliet: Contact = { id: "juliet", name: "Juliet Capulet" }
const tap = new Tap(loopback(standard))
let play: Play
let recorder: RoomRecorder
let messages = 0

before(async () => {
  recorder = new RoomRecorder()
  play = await Play.open({ adapter: tap.adapter, seams: { component: recorder.seam } })
  await play.register("romeo@example.test/orchard")
})
after(() => play.close())

type Said = Extract<NetworkEvent, { type: "message" }>
const say = (room: string, text: string, more: Partial<Said> = {}): Promise<void> =>
  tap.emit({ type: "message", chat: { room }, id: `m${++messages}`, from: juliet, at: new Date(), body: { text }, ...more })
const people = (room: string): unknown[] =>
  play.rows(
    `SELECT p.nick, p.role, p.present FROM participant p JOIN conversation v ON v.id = p.conversation_id WHERE v.legacy_id = '${room}' ORDER BY p.nick`,
  )

test("who speaks is called as the room calls them; what is not said stays; another name is another nick, there alone", async () => {
  await play.room({ room: "g1" })
  await play.room({ room: "g2" })
  await say("g1", "one", { nick: "Jule" })
  await say("g1", "two")
  await say("g2", "three")
  assert.deepEqual(recorder.lines("g1").filter((line) => /Jule|Juliet/.test(line)), ["participant Jule", "said Jule: one", "said Jule: two"]) // prettier-ignore
  await tap.emit({
    type: "edit",
    chat: { room: "g1" },
    id: "m2",
    from: juliet,
    nick: "Jules",
    at: new Date(),
    revision: "2",
    body: { text: "zwei" },
  })
  await say("g1", "four", { nick: "Jules" })
  assert.deepEqual(recorder.lines("g1").slice(-3), ["participant Jule → Jules", "edited Jules: zwei", "said Jules: four"])
  assert.deepEqual(people("g2"), [{ nick: "Juliet Capulet", role: "member", present: 1 }])
  // Everywhere else the name counts; here the room's.
  await tap.emit({ type: "contact", contact: { id: "juliet", name: "Juliet Montague" } })
  assert.deepEqual([people("g1"), people("g2")].map(([one]) => (one as { nick: string }).nick), ["Jules", "Juliet Montague"]) // prettier-ignore
})

test("what is styled is styled for whoever reads it here", async () => {
  await play.room({ room: "g3" })
  await say("g3", "see this", { body: { text: "see this", spans: [{ kind: "bold", start: 4, end: 8 }] } })
  assert.equal(recorder.lines("g3").at(-1), "said Juliet Capulet: see *this*")
  await tap.emit({ type: "message", chat: { user: "juliet" }, id: "d1", from: juliet, at: new Date(), body: { text: "a\nb", spans: [{ kind: "pre", start: 0, end: 3 }] } }) // prettier-ignore
  await play.server.expect((el) => el.getChildText("body") === "```\na\nb\n```")
})

test("what becomes of somebody in a place for rooms becomes of them in its rooms, however deep, if they are known there", async () => {
  await play.room({ room: "guild", kind: "container" })
  await play.room({ room: "shelf", kind: "container", parent: "guild" })
  await play.room({ room: "known", parent: "shelf" })
  await play.room({ room: "thread", parent: "known" })
  await play.room({ room: "unknown", parent: "shelf" })
  await play.room({ room: "elsewhere" })
  for (const room of ["known", "thread", "elsewhere"]) await say(room, "here")
  const member = (change: "joined" | "banned" | "changed", role: "member" | "admin" | "banned"): Promise<void> =>
    tap.emit({
      type: "member",
      room: "guild",
      change,
      member: { contact: juliet, role, name: "Judge" },
      by: { id: "prince", name: "Prince" },
    })
  await member("changed", "admin")
  for (const room of ["known", "thread"]) assert.deepEqual(people(room), [{ nick: "Judge", role: "admin", present: 1 }], room)
  await member("banned", "banned")
  for (const room of ["known", "thread"]) {
    assert.equal(recorder.lines(room).at(-1), "banned Judge")
    assert.deepEqual(people(room), [{ nick: "Judge", role: "banned", present: 0 }], room)
  }
  await member("joined", "admin")
  for (const room of ["guild", "shelf", "unknown"]) assert.deepEqual(people(room), [], room)
  assert.deepEqual(people("elsewhere"), [{ nick: "Juliet Capulet", role: "member", present: 1 }])
})

test("what the account itself may do in a place for rooms is asked anew there and below", async () => {
  const since = recorder.told.length
  await tap.emit({ type: "member", room: "guild", change: "changed", member: { contact: { id: "romeo" }, role: "member" } })
  const told = recorder.told.slice(since).filter(({ line }) => line === "access")
  assert.deepEqual(told.map(({ room }) => room).sort(), ["guild", "known", "shelf", "thread", "unknown"])
})
