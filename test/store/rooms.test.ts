// Rooms as rows: made, changed, moved to another id, merged, wiped.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { BareJid, FullJid } from "#src/core/model.js"
import { balcony, contact, count, event, mint, now, romeo, rows, sealed, swept } from "./fixture.js"
import { archived, done, lane, person, roomWorld, say, spoken, texts, told } from "./room-kit.js"

describe("putRoom", () => {
  it("makes a room once, and takes what is told of it key by key", async () => {
    const { store, account, room } = await roomWorld()
    const first = await store.putRoom(account, {
      legacyId: "-1",
      topic: "families",
      facts: { memberCount: 3, slowSeconds: 5 },
      state: "gone",
    })
    assert.deepEqual(
      [first.isNew, first.room.id, first.room.name, first.room.topic, first.room.state],
      [false, room, "Verona", "families", "gone"],
    )
    const second = await store.putRoom(account, { legacyId: "-1", kind: "channel", facts: { slowSeconds: undefined, archived: true } })
    assert.deepEqual(second.room, {
      id: room,
      accountId: account,
      legacyId: "-1",
      kind: "channel",
      parentId: null,
      name: "Verona",
      topic: "families",
      facts: { memberCount: 3, archived: true },
      state: "open",
      cursor: null,
    })
    assert.deepEqual((await store.loadRooms("sms")).rooms, [second.room])
    assert.deepEqual((await store.loadRooms("other")).rooms, [])
    assert.deepEqual(await store.conversation(room), { id: room, accountId: account, linkId: null, legacyId: "-1", kind: "channel" })
  })

  it("what is no news of the account's own being there leaves it as it is", async () => {
    const { store, account } = await roomWorld()
    const put = async (state: "gone" | "as-is" | undefined) =>
      (await store.putRoom(account, { legacyId: "-1", facts: { memberCount: 4 }, ...(state && { state }) })).room.state
    assert.deepEqual([await put("as-is"), await put("gone"), await put("as-is"), await put(undefined)], ["open", "gone", "gone", "open"])
    // Nor does it make a room: it was just removed.
    for (const state of ["gone", "as-is"] as const) await assert.rejects(store.putRoom(account, { legacyId: "-9", state }), /no room -9/)
    assert.equal((await store.loadRooms("sms")).rooms.length, 1)
  })

  it("ties a topic to its group, and lets it live on without", async () => {
    const { store, account, room } = await roomWorld()
    const topic = await store.putRoom(account, { legacyId: "-1:5", kind: "topic", parentId: room })
    assert.deepEqual([topic.isNew, topic.room.parentId], [true, room])
    await store.removeRoom(room)
    assert.deepEqual(
      (await store.loadRooms("sms")).rooms.map(({ id, parentId }) => [id, parentId]),
      [[topic.room.id, null]],
    )
    await assert.rejects(store.putRoom(99, { legacyId: "-2" }), /no account 99/)
  })

  it("a person with a room's id has a conversation of their own", async () => {
    const w = await roomWorld()
    const direct = await w.store.openDirect(w.account, w.link, "-1")
    assert.notEqual(direct.id, w.room)
    assert.equal((await w.store.putRoom(w.account, { legacyId: "-1" })).room.id, w.room)
  })
})

describe("moveRoom", () => {
  it("keeps row, archive, participants and occupants; ids of messages start anew; the former id leads here", async () => {
    const w = await roomWorld()
    const { store, room } = w
    await store.acceptRoomEvent(told(room, "7", "old", { cursor: "7" }))
    const long = spoken(room, "long", { texts: 2 })
    await store.acceptAction(long)
    for (const [i, row] of long.rows.entries()) await done(store, room, row, `${8 + i}`)
    await store.putOccupant({ room, full: balcony, user: romeo, via: "-1", joinedAt: now })
    const { room: moved, merged } = await store.moveRoom(room, "-1001")
    assert.deepEqual([moved.id, moved.legacyId, moved.cursor, moved.name, merged], [room, "-1001", null, "Verona", null])
    assert.deepEqual((await store.loadRooms("sms")).aliases, [{ accountId: w.account, legacyId: "-1", room }])
    assert.deepEqual(
      (await store.loadOccupants("sms")).map(({ room, via }) => [room, via]),
      [[room, "-1"]],
    )
    for (const id of ["7", "8", "9"]) {
      const again = await store.acceptRoomEvent(told(room, id, `new ${id}`))
      assert.equal(again.outcome, "accepted", "no new message is a duplicate")
    }
    assert.deepEqual(texts(await archived(store, room)), ["old", "long", "new 7", "new 8", "new 9"])
    assert.equal((await store.putRoom(w.account, { legacyId: "-1", name: "told late" })).room.name, "Verona", "by the former id")
    assert.equal((await store.moveRoom(room, "-1001")).merged, null)
    const back = await store.moveRoom(room, "-1")
    assert.equal(back.room.legacyId, "-1")
    assert.deepEqual(
      (await store.loadRooms("sms")).aliases.map(({ legacyId }) => legacyId),
      ["-1001"],
    )
  })

  it("takes in a room that was made for the new id already", async () => {
    const w = await roomWorld()
    const { store, room, account, path } = w
    await store.acceptRoomEvent(told(room, "1", "one"))
    const juliet = await store.participant(room, { contact: "juliet" })
    await store.acceptRoomEvent(told(room, "2", "two", { by: person("nurse", {}, "Angelica") }))
    const { room: young } = await store.putRoom(account, { legacyId: "-1001", name: "Verona!", facts: { memberCount: 9 } })
    const topic = await store.putRoom(account, { legacyId: "-1001:3", kind: "topic", parentId: young.id })
    await store.acceptRoomEvent(told(young.id, "1", "three", { by: person("paris", {}, "Angelica"), cursor: "1" }))
    const last = await store.acceptRoomEvent(told(young.id, "2", "four", { at: now - 5000, heard: false }))
    await store.putOccupant({ room, full: balcony, user: romeo, via: "-1", joinedAt: now })
    await store.putOccupant({ room: young.id, full: `${romeo}/tomb` as FullJid, user: romeo, via: "-1001", joinedAt: now })
    const waits = spoken(young.id, "waits")
    await store.acceptAction(waits)

    const { room: moved, merged } = await store.moveRoom(room, "-1001")
    assert.deepEqual([merged, moved.id, moved.name, moved.cursor, moved.facts.memberCount], [young.id, room, "Verona!", "1", 9])
    assert.deepEqual(rows(path, "PRAGMA foreign_key_check"), [])
    assert.deepEqual(rows(path, "SELECT 1 FROM conversation WHERE id = ?", young.id), [])
    const ops = await archived(store, room)
    assert.deepEqual(texts(ops), ["one", "two", "three", "four"])
    assert.deepEqual(
      ops.map((op) => ("pos" in op ? op.pos : 0)),
      [1, 2, 3, 4],
    )
    assert.deepEqual(
      (await lane(store, room)).map((op) => ("pos" in op ? op.pos : 0)),
      [1, 2, 3, 4],
      "waiting rows know their new places",
    )
    assert.deepEqual(await lane(store, young.id), [])
    assert.equal((await store.laneRows(`out:${room}`, "", 9)).length, 1)
    // The elder's nick and occupant id stay, of the others a nick that is taken changes.
    assert.deepEqual((await store.participant(room, { contact: "juliet" }))?.id, juliet?.id)
    assert.equal((await store.participant(room, { contact: "nurse" }))?.nick, "Angelica")
    assert.equal((await store.participant(room, { contact: "paris" }))?.nick, "Angelica (paris_u)")
    const hers = await store.archivePage({ room, by: juliet?.id ?? "", limit: 9, fromEnd: false })
    assert.deepEqual(texts(hers.entries.map(({ op }) => op)), ["one", "four"])
    assert.equal((await store.loadOccupants("sms")).length, 2)
    assert.equal((await store.loadRooms("sms")).rooms.find(({ id }) => id === topic.room.id)?.parentId, room)
    assert.equal((await store.acceptRoomEvent(told(room, "2", "four again"))).outcome, "duplicate", "ids of the new chat are known")
    assert.equal((await store.acceptRoomEvent(told(room, "3", "five"))).outcome, "accepted")
    assert.equal((await done(store, room, waits.rows[0], "4"))?.lane, `in:${room}`)
    assert.equal(last.row?.lane, `in:${young.id}`)
  })
})

/** What a user said, as the room would see it. */
function archivedOp(message: string) {
  const by = { nick: "romeo", occupant: "o" }
  return { id: mint.next(), op: { k: "said" as const, id: message, pos: 0, by, text: "late", at: now } }
}

describe("wiping", () => {
  it("removeRoom takes all that is the room's and nothing else", async () => {
    const w = await roomWorld()
    const { store, room, path } = w
    const other = (await store.putRoom(w.account, { legacyId: "-2" })).room.id
    await store.acceptRoomEvent(told(room, "1", "gone"))
    await store.acceptRoomEvent(told(room, "2", "gone too", { by: person("nurse") }))
    await store.acceptRoomEvent(told(other, "1", "stays"))
    await say(store, room, "3")
    await store.acceptAction(spoken(room, "waits"))
    await store.takeNick(room, romeo, "romeo", "owner", now)
    await store.putOccupant({ room, full: balcony, user: romeo, via: "-1", joinedAt: now })
    await store.removeRoom(room)
    assert.deepEqual(
      (await store.loadRooms("sms")).rooms.map(({ id }) => id),
      [other],
    )
    await swept(store)
    assert.deepEqual([count(path, "archive"), count(path, "message"), count(path, "outbox"), count(path, "occupant")], [1, 1, 1, 0])
    assert.deepEqual(
      rows<{ legacy_id: string }>(path, "SELECT legacy_id FROM contact").map((row) => row.legacy_id),
      ["juliet"],
    )
    await assert.rejects(store.acceptRoomEvent(told(room, "4", "late")), /no conversation/)
    assert.deepEqual(rows(path, "PRAGMA foreign_key_check"), [])
  })

  it("of a room that was removed nothing is found any more; what it held goes in small steps, also after a crash between them", async () => {
    const w = await roomWorld()
    const { store, room, path } = w
    const other = (await store.putRoom(w.account, { legacyId: "-2" })).room.id
    for (let i = 0; i < 12; i++) {
      await store.acceptRoomEvent(told(room, `${i}`, "gone"))
      await store.acceptRoomEvent(told(other, `${i}`, "stays"))
    }
    const said = await say(store, room, "mine")
    const waits = spoken(room, "waits")
    await store.acceptAction(waits)
    const inLanes = count(path, "outbox") - 2
    await store.removeRoom(room)
    const again = (await store.putRoom(w.account, { legacyId: "-1" })).room
    assert.notEqual(again.id, room)
    assert.equal((await archived(store, again.id)).length, 0)
    assert.equal(await store.roomMessage(again.id, said), undefined)
    assert.equal((await store.acceptRoomEvent(told(again.id, "1", "anew"))).outcome, "accepted", "ids of the former room are not its own")
    // What was under way in it when it went brings nothing back.
    const { id, op } = archivedOp(waits.messageId)
    assert.equal(await store.reflect(room, waits.messageId, { id, op }), null)
    const { first, steps } = { first: count(path, "archive"), steps: [] as number[] }
    while (await store.sweep(5)) steps.push(count(path, "archive"))
    assert.ok(
      steps.every((left, i) => (steps[i - 1] ?? first) - left <= 5),
      `${first}: ${steps.join()}`,
    )
    assert.deepEqual([count(path, "archive"), count(path, "message"), count(path, "wiped")], [13, 13, 0])
    assert.ok(inLanes >= 12)
    assert.equal((await archived(store, other)).length, 12)
    assert.equal(await store.sweep(5), false)
  })

  it("removeRoom is for rooms alone", async () => {
    const w = await roomWorld()
    await w.store.removeRoom(w.conversation)
    assert.notEqual(await w.store.conversation(w.conversation), undefined)
  })

  it("with the owner's link the account's rooms go", async () => {
    const w = await roomWorld()
    await w.store.acceptRoomEvent(told(w.room, "1", "hi"))
    await w.store.takeNick(w.room, romeo, "romeo", "owner", now)
    await w.store.unregister(w.link)
    await swept(w.store)
    for (const table of ["conversation", "archive", "message", "participant", "contact", "outbox", "account", "gateway_user"])
      assert.equal(count(w.path, table), 0, table)
  })

  it("whom a room knows is nobody's to prune", async () => {
    const w = await roomWorld()
    await w.store.acceptRoomEvent(told(w.room, "1", "hi", { now: now - 1000 }))
    await w.store.acceptEvent(event(w, { contact: contact(), now: now - 1000 }))
    await w.store.unregister(w.link + 1)
    assert.equal(await w.store.prune({ messages: 0, contacts: now }, 10), 0)
    await w.store.removeRoom(w.room)
    assert.equal(count(w.path, "contact"), 1, "still a conversation's")
  })
})

describe("accounts of the configuration", () => {
  const mercutio = "mercutio@verona.example" as BareJid

  it("have a name, and guests as they come", async () => {
    const { store, path } = await roomWorld()
    const account = await store.putConfiguredAccount({ network: "sms", tag: "main", legacyId: "shared", sealed })
    assert.deepEqual([account.tag, account.state, account.legacyId], ["main", "active", "shared"])
    const link = await store.guestLink({ account: account.id, jid: mercutio, now })
    assert.deepEqual([link.jid, link.role, link.tag, link.accountId], [mercutio, "guest", "main", account.id])
    assert.deepEqual(await store.guestLink({ account: account.id, jid: mercutio, now }), link)
    assert.equal((await store.register({ network: "sms", jid: mercutio, legacyId: "shared", sealed, now })).outcome, "taken")
    const hers = await store.guestLink({ account: account.id, jid: romeo, now })
    assert.equal(count(path, "gateway_user"), 2)
    const again = await store.putConfiguredAccount({ network: "sms", tag: "main", legacyId: "shared", sealed: new Uint8Array([8]) })
    assert.deepEqual([again.id, [...(again.sealed ?? [])]], [account.id, [8]])
    await assert.rejects(store.guestLink({ account: 1, jid: mercutio, now }), /no account 1 of the configuration/)
    // Their own accounts go on as before.
    const renewed = await store.register({ network: "sms", jid: romeo, legacyId: "bot", sealed, now })
    assert.equal(renewed.outcome, "renewed")
    const replaced = await store.register({ network: "sms", jid: romeo, legacyId: "bot2", sealed, now })
    assert.equal(replaced.outcome, "replaced")
    assert.equal((await store.register({ network: "sms", jid: mercutio, legacyId: "shared", sealed, now })).outcome, "taken")
    assert.deepEqual(
      (await store.loadNetwork("sms")).links.filter(({ role }) => role === "guest").map(({ id }) => id),
      [link.id, hers.id],
    )
  })

  it("a guest who goes leaves the account and its rooms, and takes their own place in them", async () => {
    const { store, path } = await roomWorld()
    const account = await store.putConfiguredAccount({ network: "sms", tag: "main", legacyId: "shared", sealed })
    const { room } = await store.putRoom(account.id, { legacyId: "-5" })
    for (const jid of [mercutio, romeo]) {
      await store.guestLink({ account: account.id, jid, now })
      await store.takeNick(room.id, jid, jid.split("@")[0] ?? "", "member", now)
      await store.putOccupant({ room: room.id, full: `${jid}/x` as FullJid, user: jid, via: "-5", joinedAt: now })
    }
    const link = await store.guestLink({ account: account.id, jid: romeo, now })
    await store.unregister(link.id)
    assert.deepEqual(
      (await store.participants(room.id, 9)).map(({ nick }) => nick),
      ["mercutio"],
    )
    assert.deepEqual(
      (await store.loadOccupants("sms")).map(({ user }) => user),
      [mercutio],
    )
    await store.unregister((await store.guestLink({ account: account.id, jid: mercutio, now })).id)
    assert.equal((await store.loadNetwork("sms")).accounts.length, 2, "it is the configuration's")
    assert.equal(count(path, "gateway_user"), 1)
    assert.deepEqual(rows(path, "PRAGMA foreign_key_check"), [])
  })

  it("are not a user's, and say whose they are", async () => {
    const { store } = await roomWorld()
    await assert.rejects(
      store.putConfiguredAccount({ network: "sms", tag: "main", legacyId: "bot", sealed }),
      /The account bot is romeo@montague\.example's own/,
    )
  })

  it("a name that stands for another account keeps the former one's history for when it comes back", async () => {
    const { store } = await roomWorld()
    const first = await store.putConfiguredAccount({ network: "sms", tag: "main", legacyId: "a", sealed })
    const { room } = await store.putRoom(first.id, { legacyId: "-5" })
    const link = await store.guestLink({ account: first.id, jid: romeo, now })
    const second = await store.putConfiguredAccount({ network: "sms", tag: "main", legacyId: "b", sealed })
    assert.notEqual(second.id, first.id)
    assert.deepEqual(
      (await store.loadNetwork("sms")).accounts.map(({ tag }) => tag),
      ["", `main (formerly ${first.id})`, "main"],
    )
    assert.equal((await store.guestLink({ account: second.id, jid: romeo, now })).tag, "main")
    const back = await store.putConfiguredAccount({ network: "sms", tag: "main", legacyId: "a", sealed })
    assert.deepEqual([back.id, back.tag], [first.id, "main"])
    assert.deepEqual(await store.guestLink({ account: first.id, jid: romeo, now }), link)
    assert.equal(
      (await store.loadRooms("sms")).rooms.some(({ id }) => id === room.id),
      true,
    )
  })
})

it("backlog counts lanes of rooms too", async () => {
  const w = await roomWorld()
  await w.store.acceptRoomEvent(told(w.room, "1", "hi"))
  await w.store.acceptAction(spoken(w.room))
  const { in: inside, out } = await w.store.backlog(w.account)
  assert.deepEqual([inside, out], [1, 1])
})

it("the greatest id may be one of the archive", async () => {
  const w = await roomWorld()
  const event = told(w.room, "", "ℹ notice", { kind: "plain", by: null, messageId: mint.next() })
  event.row.id = mint.next()
  const id = mint.next()
  const { row } = await w.store.acceptRoomEvent({ ...event, messageId: id, row: { ...event.row, op: { ...event.row.op, id } } })
  await w.store.delivered([row?.id ?? ""])
  assert.equal(await w.store.lastId(), id)
})
