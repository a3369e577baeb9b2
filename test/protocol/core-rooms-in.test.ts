// Rooms from the network's side, through the real store: order, doubles, who is there, moves, ends. What XMPP makes of it is not looked at.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { loopback, standard, unlisted } from "xferry-adapter-loopback"
import type { NetworkEvent } from "#src/adapter/contract.js"
import type { Store } from "#src/core/store.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { Play } from "../support/core-kit.js"
import { RoomRecorder } from "../support/room-recorder.js"

const romeo = "romeo@example.test/orchard"

interface Entry {
  text: string | null
  k: string
  by: string | null
  at: number
  moderated: number | null
  retracted: string | null
}

/** A room's archive as it stands. */
export function archived(play: Play, room = "g1"): Entry[] {
  return play.rows<Entry>(
    `SELECT op ->> '$.text' AS text, op ->> '$.k' AS k, op ->> '$.by.nick' AS by, op ->> '$.at' AS at, op ->> '$.moderated' AS moderated,
     op ->> '$.retracted' AS retracted
     FROM archive a JOIN conversation v ON v.id = a.conversation_id WHERE v.legacy_id = '${room}' AND a.kind > 0 ORDER BY pos`,
  )
}

const texts = (play: Play, room?: string): (string | null)[] => archived(play, room).map(({ text }) => text)

describe("what is said in a room", () => {
  let play: Play
  let recorder: RoomRecorder
  const tap = new Tap(loopback(standard))
  before(async () => {
    recorder = new RoomRecorder()
    play = await Play.open({ adapter: tap.adapter, seams: { component: recorder.seam } })
    play.network.person({ id: "juliet", name: "Juliet" })
    play.network.person({ id: "nurse", name: "Nurse" })
    await play.register(romeo)
  })
  after(() => play.close())

  test("goes in the network's order, whoever is new", async () => {
    await play.room({ room: "g1", name: "Verona" })
    for (let i = 0; i < 60; i++) play.network.rooms.say({ room: "g1", from: `p${i % 7}`, text: `line ${i}` })
    await play.drained()
    assert.deepEqual(
      texts(play),
      Array.from({ length: 60 }, (_, i) => `line ${i}`),
    )
    await recorder.line("said p3: line 59")
    const lines = recorder.lines("g1")
    assert.deepEqual(
      lines.filter((line) => line.startsWith("said")).map((line) => line.replace(/.*: /, "")),
      Array.from({ length: 60 }, (_, i) => `line ${i}`),
    )
    // Everybody is there before they speak.
    for (let i = 0; i < 7; i++) assert.ok(lines.indexOf(`participant p${i}`) < lines.indexOf(`said p${i}: line ${i}`), lines.join("\n"))
  })

  test("once, however often the network says so", async () => {
    await play.room({ room: "twice" })
    const id = play.network.rooms.say({ room: "twice", from: "juliet", text: "Wherefore" })
    play.network.rooms.say({ room: "twice", from: "juliet", text: "Wherefore", id })
    play.network.rooms.say({ room: "twice", from: "nurse", text: "Madam!" })
    await play.drained()
    assert.deepEqual(texts(play, "twice"), ["Wherefore", "Madam!"])
  })

  test("two rooms have ids of their own", async () => {
    await play.room({ room: "a" })
    await play.room({ room: "b" })
    play.network.rooms.say({ room: "a", from: "juliet", text: "in a", id: "7" })
    play.network.rooms.say({ room: "b", from: "juliet", text: "in b", id: "7" })
    await play.drained()
    assert.deepEqual([texts(play, "a"), texts(play, "b")], [["in a"], ["in b"]])
  })

  test("edits, replies and retractions name what they are about", async () => {
    await play.room({ room: "g2" })
    const { rooms } = play.network
    const id = rooms.say({ room: "g2", from: "juliet", text: "O Romeo" })
    rooms.say({ room: "g2", from: "nurse", text: "Aye", reply: id })
    rooms.edit({ room: "g2", id, text: "O Romeo, Romeo" })
    rooms.retract({ room: "g2", ids: [id], by: "nurse" })
    await play.drained()
    const ops = play.rows<{ op: string }>(
      "SELECT op FROM archive a JOIN conversation v ON v.id = a.conversation_id WHERE v.legacy_id = 'g2' AND op LIKE '%Aye%'",
    )
    const { reply } = JSON.parse(ops[0]?.op ?? "{}") as { reply: { nick: string; text: string } }
    assert.deepEqual([reply.nick, reply.text], ["Juliet", "O Romeo"])
    const edited = await recorder.line("edited Juliet: O Romeo, Romeo")
    const first = await recorder.line("said Juliet: O Romeo")
    assert.equal(edited.op?.k === "said" && edited.op.replaces, first.op?.id)
    const retracted = await recorder.line(`retracted ${first.op?.id}`)
    assert.ok(retracted.op?.k === "retracted" && retracted.op.moderated)
  })

  test("what answers the unknown keeps what the network told of it", async () => {
    await play.room({ room: "g3" })
    await tap.emit({
      ...{ type: "message", chat: { room: "g3" }, from: { id: "nurse" }, id: "901", at: new Date(), body: { text: "Aye" } },
      reply: { id: "17", text: "Is she gone?" },
    })
    assert.deepEqual(texts(play, "g3"), ["> Is she gone?\nAye"])
  })

  test("another topic is a line among the others; another name is not", async () => {
    await play.room({ room: "g4", name: "Old", topic: "Love" })
    const { rooms } = play.network
    rooms.say({ room: "g4", from: "juliet", text: "before" })
    rooms.change({ room: "g4", topic: "Death", by: "nurse" })
    rooms.say({ room: "g4", from: "juliet", text: "after" })
    rooms.change({ room: "g4", name: "New" })
    await recorder.line("said Juliet: after")
    await play.drained()
    assert.deepEqual(
      recorder.lines("g4").filter((line) => line !== "info"),
      ["new", "participant Juliet", "said Juliet: before", "participant Nurse", "subject Nurse: Death", "said Juliet: after"],
    )
    assert.equal(recorder.lines("g4").filter((line) => line === "info").length, 2)
    assert.deepEqual(texts(play, "g4"), ["before", "after"], "a subject is not archived")
  })

  test("the name of a topic is its subject", async () => {
    await play.room({ room: "g4", name: "Old" })
    play.network.rooms.make({ room: "t4", kind: "topic", parent: "g4", name: "Cauldrons", accounts: [{ id: "romeo" }] })
    play.network.rooms.change({ room: "t4", name: "Newts", by: "nurse" })
    await recorder.line("subject Nurse: Newts")
    const [row] = play.rows<{ by: string }>("SELECT facts ->> '$.topicBy' AS by FROM conversation WHERE legacy_id = 't4'")
    assert.equal(row?.by, "Nurse")
  })

  test("names and topics are cut, whatever their length", async () => {
    await play.room({ room: "long" })
    const { rooms } = play.network
    const long = "😀".repeat(500_000)
    play.network.person({ id: "long", name: long })
    rooms.change({ room: "long", name: long, topic: long })
    rooms.say({ room: "long", from: "long", text: "Hark" })
    rooms.member({ room: "long", user: "long", change: "changed", title: long })
    await play.drained()
    const [room] = play.rows<Record<string, string>>("SELECT name, topic FROM conversation WHERE legacy_id = 'long'")
    assert.match(room?.["name"] ?? "", /^(😀){249}…$/u)
    assert.match(room?.["topic"] ?? "", /^(😀){4999}…$/u)
    const [person] = play.rows<Record<string, string>>(
      "SELECT c.name, p.title FROM participant p JOIN contact c ON c.id = p.contact_id WHERE c.legacy_id = 'long'",
    )
    for (const text of Object.values(person ?? {})) assert.match(text, /^(😀){249}…$/u)
  })

  test("a notice is the room's own line", async () => {
    await play.room({ room: "g5" })
    play.network.rooms.notice({ room: "g5", text: "Juliet pinned «Hark»", by: "juliet" })
    await recorder.line("said (room): ℹ Juliet pinned «Hark»")
  })

  test("who types is told if they are known", async () => {
    await play.room({ room: "g6" })
    play.network.rooms.typing({ room: "g6", from: "nurse" })
    play.network.rooms.say({ room: "g6", from: "nurse", text: "Anon" })
    play.network.rooms.typing({ room: "g6", from: "nurse" })
    await recorder.line("typing Nurse")
    assert.deepEqual(
      recorder.lines("g6").filter((line) => line.startsWith("typing")),
      ["typing Nurse"],
    )
  })

  test("a new name is a new nick in every room", async () => {
    await play.room({ room: "g7" })
    await play.room({ room: "g8" })
    play.network.person({ id: "tybalt", name: "Tybalt" })
    for (const room of ["g7", "g8"]) play.network.rooms.say({ room, from: "tybalt", text: "Peace?" })
    await play.drained()
    play.network.person({ id: "tybalt", name: "Prince of Cats" })
    play.network.rooms.say({ room: "g7", from: "tybalt", text: "I hate the word" })
    await recorder.line("participant Tybalt → Prince of Cats", 2)
    await play.drained()
    for (const room of ["g7", "g8"])
      assert.equal(recorder.lines(room).filter((line) => line === "participant Tybalt → Prince of Cats").length, 1, room)
  })
})

describe("who is in a room", () => {
  let play: Play
  let recorder: RoomRecorder
  const tap = new Tap(loopback(standard))
  before(async () => {
    recorder = new RoomRecorder()
    play = await Play.open({ adapter: tap.adapter, seams: { component: recorder.seam } })
    await play.register(romeo)
  })
  after(() => play.close())

  test("comes, is something else, goes", async () => {
    await play.room({ room: "g1" })
    play.network.rooms.member({ room: "g1", user: "juliet", change: "joined" })
    play.network.rooms.member({ room: "g1", user: "juliet", change: "changed", role: "admin", title: "Lady" })
    play.network.rooms.member({ room: "g1", user: "juliet", change: "kicked", by: "nurse" })
    await recorder.line("kicked juliet")
    assert.deepEqual(recorder.lines("g1"), ["new", "participant juliet", "participant juliet", "kicked juliet"])
    const [row] = play.rows("SELECT role, title, present FROM participant WHERE nick = 'juliet'")
    assert.deepEqual(row, { role: "none", title: "Lady", present: 0 })
  })

  test("of a crowd only who matters is kept", async () => {
    await play.room({ room: "crowd", crowd: 20_000 })
    const { rooms } = play.network
    for (let i = 0; i < 50; i++) rooms.member({ room: "crowd", user: `m${i}`, change: i % 2 === 0 ? "joined" : "left" })
    rooms.member({ room: "crowd", user: "m7", change: "changed", role: "admin" })
    rooms.say({ room: "crowd", from: "m9", text: "Hark" })
    rooms.member({ room: "crowd", user: "m9", change: "left" })
    await recorder.line("left m9")
    await play.drained()
    const nicks = play.rows<{ nick: string }>(
      "SELECT nick FROM participant p JOIN conversation v ON v.id = p.conversation_id WHERE v.legacy_id = 'crowd' AND contact_id IS NOT NULL ORDER BY nick",
    )
    assert.deepEqual(
      nicks.map(({ nick }) => nick).filter((nick) => nick.startsWith("m")),
      ["m7", "m9"],
    )
    assert.equal(play.rows("SELECT 1 FROM contact WHERE legacy_id LIKE 'm%'").length, 2)
  })
})

describe("rooms come, move and go", () => {
  let play: Play
  let recorder: RoomRecorder
  const tap = new Tap(loopback(standard))
  before(async () => {
    recorder = new RoomRecorder()
    play = await Play.open({ adapter: tap.adapter, seams: { component: recorder.seam } })
    await play.register(romeo)
  })
  after(() => play.close())

  test("a room that moves keeps what was said, and its new ids are new", async () => {
    await play.room({ room: "small", name: "Verona" })
    const { rooms } = play.network
    for (const text of ["one", "two", "three"]) rooms.say({ room: "small", from: "juliet", text })
    rooms.move({ room: "small", to: "big" })
    for (const text of ["four", "five", "six"]) rooms.say({ room: "big", from: "juliet", text })
    await recorder.line("moved small → big")
    await play.drained()
    assert.deepEqual(texts(play, "big"), ["one", "two", "three", "four", "five", "six"])
    assert.equal(play.rows("SELECT 1 FROM conversation WHERE link_id IS NULL").length, 1)
    await play.away(() => void rooms.say({ room: "big", from: "juliet", text: "seven" }))
    await play.drained()
    assert.deepEqual(texts(play, "big"), ["one", "two", "three", "four", "five", "six", "seven"])
  })

  test("said in the new room before the move is told: one room in the end", async () => {
    await play.room({ room: "s2" })
    play.network.rooms.say({ room: "s2", from: "juliet", text: "one" })
    await play.drained()
    await tap.emit(message("b2", "1", "two"))
    await tap.emit({ type: "moved", from: "s2", to: "b2" })
    await tap.emit({ type: "moved", from: "s2", to: "b2" })
    await tap.emit(message("b2", "2", "three"))
    await tap.emit(message("b2", "1", "two"))
    assert.deepEqual(texts(play, "b2"), ["one", "two", "three"])
    // What comes late by the old id is not lost, and is no double of the new ids.
    await tap.emit(message("s2", "2", "late"))
    assert.deepEqual(texts(play, "b2"), ["one", "two", "three", "late"])
    await Promise.all([tap.emit(message("s2", "3", "four")), tap.emit(message("b2", "3", "five"))])
    assert.deepEqual(texts(play, "b2").slice(4), ["four", "five"], "it has its place at once")
  })

  test("put out of a room, and in again", async () => {
    await play.room({ room: "g9", name: "Mantua" })
    play.network.rooms.say({ room: "g9", from: "juliet", text: "one" })
    play.network.rooms.remove({ room: "g9", account: "romeo" })
    await recorder.line("gone removed romeo@example.test")
    await play.drained()
    assert.deepEqual(play.rows("SELECT state FROM conversation WHERE legacy_id = 'g9'"), [{ state: "gone" }])
    await play.room({ room: "g9" })
    await recorder.line("new", 3)
    assert.deepEqual(play.rows("SELECT state FROM conversation WHERE legacy_id = 'g9'"), [{ state: "open" }])
    assert.deepEqual(texts(play, "g9"), ["one"])
  })

  test("all rooms of who unregisters are gone, and told of while their link is known", async () => {
    await play.unregister(romeo)
    assert.ok(recorder.lines("g9").includes("gone abandoned romeo@example.test"), recorder.lines("g9").join("\n"))
    assert.equal(play.rows("SELECT 1 FROM conversation").length, 0)
    // Wiped in the background; no room is in the way of that.
    assert.ok(play.rows("SELECT 1 FROM archive").length === 0 || play.rows("SELECT 1 FROM wiped").length > 0)
  })
})

const message = (room: string, id: string, text: string): NetworkEvent => ({
  ...{ type: "message", chat: { room }, from: { id: "juliet" }, id, at: new Date(), body: { text } },
})

test("a room nobody told of is opened by what is said there, and then asked about", async () => {
  const recorder = new RoomRecorder()
  let answer = (): void => undefined
  const asked = new Promise<void>((resolve) => (answer = resolve))
  const room = async (id: string) => {
    await asked
    return { id, name: "Verona" }
  }
  const tap = new Tap(loopback(unlisted), () => ({ room }))
  const play = await Play.open({ adapter: tap.adapter, seams: { component: recorder.seam } })
  try {
    await play.register(romeo)
    await Promise.all([tap.emit(message("g1", "1", "one")), tap.emit(message("g1", "2", "two"))])
    assert.deepEqual(texts(play), ["one", "two"])
    assert.ok(!recorder.lines().includes("new"))
    answer()
    await recorder.line("new")
    assert.deepEqual(play.rows("SELECT name FROM conversation WHERE link_id IS NULL"), [{ name: "Verona" }])
    assert.equal(recorder.lines().filter((line) => line === "new").length, 1)
  } finally {
    await play.close()
  }
})

test("an answer that comes when the account is out of the room again does not bring it back", async () => {
  const recorder = new RoomRecorder()
  let answer = (): void => undefined
  const asked = new Promise<void>((resolve) => (answer = resolve))
  let put = (): void => undefined
  const named = new Promise<void>((resolve) => (put = resolve))
  const store = (real: Store): Store => ({
    ...real,
    async putRoom(account, room) {
      const result = await real.putRoom(account, room)
      if (room.name === "Verona") put()
      return result
    },
  })
  const tap = new Tap(loopback(unlisted), () => ({ room: async (id: string) => asked.then(() => ({ id, name: "Verona" })) }))
  const play = await Play.open({ adapter: tap.adapter, seams: { component: recorder.seam, store } })
  try {
    await play.register(romeo)
    await tap.emit(message("g1", "1", "one"))
    await tap.emit({ type: "gone", room: "g1", why: "removed" })
    answer()
    await named
    // One more turn of the store: what follows from the answer was told by then.
    await tap.emit(message("g2", "1", "elsewhere"))
    await recorder.line("new")
    assert.deepEqual(play.rows("SELECT legacy_id, state FROM conversation WHERE link_id IS NULL ORDER BY legacy_id"), [
      { legacy_id: "g1", state: "gone" },
      { legacy_id: "g2", state: "open" },
    ])
    assert.deepEqual(
      recorder.lines("g1").filter((line) => line === "new"),
      [],
    )
  } finally {
    await play.close()
  }
})

test("what was committed and not acknowledged comes again, and is there once", async () => {
  let fail = true
  const store = (real: Store): Store => ({
    ...real,
    async acceptRoomEvent(event) {
      const result = await real.acceptRoomEvent(event)
      // The process ends here, as far as the network can tell.
      if (fail && event.row.op.k === "said" && event.row.op.text === "two") throw new Error("crash")
      return result
    },
  })
  const play = await Play.open({ seams: { store } })
  try {
    await play.register(romeo)
    await play.room({ room: "g1" })
    const { rooms } = play.network
    for (const text of ["one", "two", "three"]) rooms.say({ room: "g1", from: "juliet", text })
    while (!texts(play).includes("two")) await play.sync()
    assert.ok(play.network.account("romeo").mailbox.size > 0)
    fail = false
    await play.stop()
    await play.start()
    await play.drained()
    assert.deepEqual(texts(play), ["one", "two", "three"])
    await play.empty("SELECT 1 FROM outbox")
  } finally {
    await play.close()
  }
})
