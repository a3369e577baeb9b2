// What a network tells of rooms: once, in order, archived with the row that tells it.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { RoomOp } from "#src/core/rooms/model.js"
import { count, mint, now, romeo, rows } from "./fixture.js"
import { archived, done, edited, lane, person, roomWorld, said, say, spoken, takenBack, texts, told } from "./room-kit.js"

describe("acceptRoomEvent", () => {
  it("a message: contact, participant, archive, row and cursor in one commit", async () => {
    const { store, room } = await roomWorld()
    const event = told(room, "7", "hi", { cursor: "7", by: person("juliet", {}, "Juliet 🌹") })
    const { outcome, row, met } = await store.acceptRoomEvent(event)
    const op = {
      ...said(event.messageId, "hi"),
      pos: 1,
      by: { nick: "Juliet", occupant: met?.participant.id, name: "Juliet 🌹" },
    }
    assert.deepEqual([outcome, met?.isNew, row?.op], ["accepted", true, op])
    assert.deepEqual(await lane(store, room), [op])
    assert.deepEqual(await archived(store, room), [op])
    assert.equal((await store.loadRooms("sms")).rooms[0]?.cursor, "7")
    const again = await store.acceptRoomEvent({ ...told(room, "7", "hi"), cursor: "8" })
    assert.deepEqual([again.outcome, again.row, again.met?.isNew], ["duplicate", null, false])
    assert.equal((await store.loadRooms("sms")).rooms[0]?.cursor, "8", "the position moves past it")
    assert.deepEqual(await store.roomMessage(room, event.messageId), {
      ...{ id: event.messageId, sender: "juliet", nick: "Juliet", text: "hi", at: now, parts: 1, sent: 1, files: 0, retracted: false },
    })
  })

  it("the same id in another room is another message", async () => {
    const { store, room, account, conversation } = await roomWorld()
    const other = (await store.putRoom(account, { legacyId: "-2" })).room.id
    await store.acceptRoomEvent(told(room, "7", "here"))
    assert.equal((await store.acceptRoomEvent(told(other, "7", "there"))).outcome, "accepted")
    await assert.rejects(store.acceptRoomEvent(told(conversation, "7", "no room")), /no conversation/)
  })

  it("an edit: by revision, naming the original by the id that everybody saw", async () => {
    const { store, room } = await roomWorld()
    const first = told(room, "7", "frist")
    await store.acceptRoomEvent(first)
    const once = await store.acceptRoomEvent(edited(room, "7", "first", "10"))
    const twice = await store.acceptRoomEvent(edited(room, "7", "First", "11"))
    for (const { row } of [once, twice]) assert(row?.op.k === "said" && row.op.replaces === first.messageId)
    for (const revision of ["9", "11"]) assert.equal((await store.acceptRoomEvent(edited(room, "7", "old", revision))).outcome, "duplicate")
    assert.deepEqual(texts(await archived(store, room)), ["frist", "first", "First"])
    const message = await store.roomMessage(room, once.row?.op.id ?? "")
    assert.deepEqual([message?.id, message?.text], [first.messageId, "First"], "an edit's id leads to the message")
  })

  it("an edit of a message nobody knows is a message", async () => {
    const { store, room } = await roomWorld()
    const event = edited(room, "7", "news", "10")
    const { row } = await store.acceptRoomEvent({
      ...event,
      row: { ...event.row, op: said(event.messageId, "news", now, { replaces: "?" }) },
    })
    assert(row?.op.k === "said" && row.op.replaces === undefined && row.op.id === event.messageId)
    assert.equal((await store.acceptRoomEvent(told(room, "7", "old"))).outcome, "duplicate")
    assert.equal((await store.acceptRoomEvent(edited(room, "7", "newer", "11"))).outcome, "accepted")
  })

  it("an edit of what a user of ours said names the id of their client", async () => {
    const { store, room } = await roomWorld()
    await say(store, room, "7", "hello", { xmppId: "from-client" })
    const { row } = await store.acceptRoomEvent(edited(room, "7", "hello!", "3"))
    assert(row?.op.k === "said")
    assert.equal(row.op.replaces, "from-client")
  })

  it("a reply names what it answers by its stanza id, with nick and newest text; of what is unknown what the network told", async () => {
    const { store, room } = await roomWorld()
    const first = told(room, "7", "question?", { by: person("nurse") })
    await store.acceptRoomEvent(first)
    await store.acceptRoomEvent(edited(room, "7", `question! ${"x".repeat(300)}`, "2", { by: person("nurse") }))
    const known = await store.acceptRoomEvent(told(room, "8", "answer", { replyTo: "7" }))
    assert(known.row?.op.k === "said")
    const { reply } = known.row.op
    assert.deepEqual([reply?.id, reply?.nick, reply?.text?.length], [first.messageId, "nurse", 200])
    const event = told(room, "9", "answer", { replyTo: "404" })
    const unknown = await store.acceptRoomEvent({
      ...event,
      row: { ...event.row, op: said(event.messageId, "answer", now, { reply: { id: "" } }) },
    })
    assert(unknown.row?.op.k === "said" && !("reply" in unknown.row.op))
    const quoting = told(room, "10", "answer", { replyTo: "404" })
    const op = said(quoting.messageId, "answer", now, { reply: { id: "", nick: "Paris", text: "long ago" } })
    const quoted = await store.acceptRoomEvent({ ...quoting, row: { ...quoting.row, op } })
    assert(quoted.row?.op.k === "said" && !("reply" in quoted.row.op))
    assert.equal(quoted.row.op.text, "> long ago\nanswer")
  })

  it("a retraction takes the text out of the archive, of all edits too, and is told once", async () => {
    const { store, room, path } = await roomWorld()
    const first = told(room, "7", "secret")
    await store.acceptRoomEvent(first)
    await store.acceptRoomEvent(told(room, "8", "other"))
    await store.acceptRoomEvent(edited(room, "7", "secret!", "2"))
    const { row } = await store.acceptRoomEvent(takenBack(room, "7"))
    const juliet = await store.participant(room, { contact: "juliet" })
    assert(row?.op.k === "retracted")
    assert.deepEqual([row.op.target, row.op.moderated, row.op.by?.occupant, row.op.pos], [first.messageId, false, juliet?.id, 4])
    for (const again of [takenBack(room, "7"), takenBack(room, "404"), edited(room, "7", "back", "3"), told(room, "7", "secret")])
      assert.equal((await store.acceptRoomEvent(again)).outcome, "duplicate")
    const ops = await archived(store, room)
    assert.deepEqual(texts(ops), ["", "other", "", "retracted"])
    const tomb = ops[0]
    assert(tomb?.k === "said" && tomb.by?.nick === "juliet" && tomb.at === now)
    assert.deepEqual(tomb.retracted, { id: row.op.id, by: row.op.by, at: now, moderated: false })
    assert.deepEqual(rows(path, "SELECT 1 FROM archive WHERE op LIKE '%secret%'"), [])
    assert.equal((await store.roomMessage(room, first.messageId))?.retracted, true)
    const live = await store.archivePage({ room, limit: 9, fromEnd: true, live: true })
    assert.deepEqual(texts(live.entries.map(({ op }) => op)), ["other"])
  })

  it("who takes back another's message, or nobody known, is a moderator", async () => {
    const { store, room } = await roomWorld()
    const moderated = async (id: string, over: Parameters<typeof takenBack>[2]) => {
      await store.acceptRoomEvent(told(room, id, "x"))
      const { row } = await store.acceptRoomEvent(takenBack(room, id, over))
      return row?.op.k === "retracted" && row.op.moderated
    }
    assert.equal(await moderated("1", { by: person("nurse") }), true)
    assert.equal(await moderated("2", { by: null, sender: "" }), true)
    assert.equal(await moderated("3", {}), false)
  })

  it("of a message in parts the first part's retraction is the message's", async () => {
    const { store, room } = await roomWorld()
    const long = spoken(room, "long", { texts: 3 })
    await store.acceptAction(long)
    for (const [i, row] of long.rows.entries()) await done(store, room, row, `${i}`)
    const part = await store.acceptRoomEvent(takenBack(room, "1"))
    assert.deepEqual([part.outcome, part.row], ["accepted", null])
    assert.equal((await store.acceptRoomEvent(takenBack(room, "1"))).outcome, "duplicate")
    const { row } = await store.acceptRoomEvent(takenBack(room, "0"))
    assert(row?.op.k === "retracted" && row.op.target === long.messageId && row.op.moderated)
    assert.equal((await store.acceptRoomEvent(takenBack(room, "2"))).outcome, "duplicate")
  })

  it("a subject is told and not archived, a notice is both, each time", async () => {
    const { store, room } = await roomWorld()
    const subject: RoomOp = { k: "subject", id: mint.next(), by: null, text: "love", at: now }
    const first = await store.acceptRoomEvent(told(room, "", "", { kind: "plain", row: { id: mint.next(), op: subject } }))
    assert(first.row?.op.k === "subject" && first.row.op.by?.nick === "juliet")
    for (const [i, id] of [mint.next(), mint.next()].entries()) {
      const event = told(room, "", "ℹ pinned", { kind: "plain", by: null, sender: "", messageId: id })
      const { row, met } = await store.acceptRoomEvent(event)
      assert.deepEqual([row?.op.k === "said" && row.op.by, met], [null, null])
      assert.deepEqual(await store.roomMessage(room, id), {
        ...{ id, sender: "", nick: null, text: "ℹ pinned", at: now + i, parts: 0, sent: 0, files: 0, retracted: false },
      })
    }
    assert.deepEqual(texts(await archived(store, room)), ["ℹ pinned", "ℹ pinned"])
    assert.equal((await lane(store, room)).length, 3)
  })

  it("events at once keep their order, and one that fails harms no other", async () => {
    const { store, room } = await roomWorld()
    const events = Array.from({ length: 300 }, (_, i) => told(room, `${i % 250}`, `${i}`, { by: person(`p${i % 7}`, {}, "Anne") }))
    const broken = told(99, "1", "nowhere")
    const results = await Promise.allSettled(
      [...events.slice(0, 150), broken, ...events.slice(150)].map((event) => store.acceptRoomEvent(event)),
    )
    assert.equal(results.filter(({ status }) => status === "rejected").length, 1)
    const expected = Array.from({ length: 250 }, (_, i) => `${i}`)
    assert.deepEqual(texts(await archived(store, room)), expected)
    assert.deepEqual(texts(await lane(store, room)), expected)
    const people = await store.participants(room, 100)
    assert.equal(new Set(people.map(({ nick }) => nick)).size, 7)
    assert.equal(new Set(people.map(({ id }) => id)).size, 7)
  })
})

describe("retention", () => {
  it("messages of rooms go by their time; what the archive still has can be quoted", async () => {
    const { store, room, path } = await roomWorld()
    const old = told(room, "7", "old", { at: now - 1000 })
    const { row } = await store.acceptRoomEvent(old)
    assert.equal(await store.prune({ messages: now, contacts: 0 }, 10), 0, "it waits to be delivered")
    await store.delivered([row?.id ?? ""])
    assert.equal(await store.prune({ messages: now, contacts: 0 }, 10), 1)
    assert.equal(count(path, "message"), 0)
    assert.deepEqual(await store.roomMessage(room, old.messageId), {
      ...{ id: old.messageId, sender: "", nick: "juliet", text: "old", at: now - 1000, parts: 0, sent: 0, files: 0, retracted: false },
    })
    await store.takeNick(room, romeo, "romeo", "owner", now)
    assert.equal((await store.participants(room, 9)).length, 2)
  })
})
