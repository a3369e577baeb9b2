// Participants: nicks that stay, occupant ids, who is shown first; clients that are in.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { BareJid, FullJid } from "#src/core/model.js"
import { balcony, contact, count, event, now, open, romeo, rows } from "./fixture.js"
import { orchard, person, roomWorld, told } from "./room-kit.js"

describe("meetParticipant", () => {
  it("makes contact and participant, and knows them again", async () => {
    const { store, room, path } = await roomWorld()
    const first = await store.meetParticipant(room, person("juliet", { role: "admin", title: "heiress" }, "Juliet ✨"), now)
    assert.deepEqual([first.isNew, first.former, first.changed], [true, null, true])
    const { id, ...rest } = first.participant
    assert.match(id, /^[\w-]{20}$/)
    assert.deepEqual(rest, {
      ...{
        room,
        nick: "Juliet",
        name: "Juliet ✨",
        contact: "juliet",
        user: null,
        role: "admin",
        title: "heiress",
        seenAt: 0,
        present: true,
      },
    })
    const again = await store.meetParticipant(room, person("juliet", {}, null), now)
    assert.deepEqual(again, { participant: first.participant, isNew: false, former: null, changed: false })
    for (const who of [{ nick: "Juliet" }, { contact: "juliet" }])
      assert.deepEqual(await store.participant(room, who), first.participant, JSON.stringify(who))
    assert.equal(await store.participant(room, { nick: "juliet" }), undefined)
    assert.equal(await store.participant(room, { contact: "nurse" }), undefined)
    assert.equal(count(path, "contact"), 1)
    await assert.rejects(store.meetParticipant(99, person(), now), /no conversation 99/)
  })

  it("takes what is told and leaves the rest as it was", async () => {
    const { store, room } = await roomWorld()
    await store.meetParticipant(room, person("juliet", { title: "heiress" }), now)
    const left = await store.meetParticipant(room, person("juliet", { present: false, role: "banned" }), now)
    assert.deepEqual(
      [left.changed, left.participant.present, left.participant.role, left.participant.title],
      [true, false, "banned", "heiress"],
    )
    const untitled = await store.meetParticipant(room, person("juliet", { title: null }), now)
    assert.deepEqual([untitled.participant.title, untitled.participant.present], [null, false])
    const { met } = await store.acceptRoomEvent(told(room, "1", "hi", { by: person() }))
    assert.deepEqual([met?.participant.present, met?.participant.seenAt, met?.changed], [true, now, true], "who speaks is there")
  })

  it("two Alices have a nick each, and keep it until their name changes", async () => {
    const { store, room } = await roomWorld()
    const nickOf = async (id: string, name: string | null, room_?: string | null) =>
      (await store.meetParticipant(room, person(id, room_ === undefined ? {} : { name: room_ }, name), now)).participant.nick
    assert.equal(await nickOf("1", "Alice"), "Alice")
    assert.equal(await nickOf("2", "Alice"), "Alice (2_u)")
    assert.equal(await nickOf("3", "ALICE"), "ALICE (3_u)", "capitals are no difference")
    assert.equal(await nickOf("1", null), "Alice")
    const renamed = await store.meetParticipant(room, person("1", {}, "Alicia"), now)
    assert.deepEqual([renamed.participant.nick, renamed.former, renamed.changed], ["Alicia", "Alice", true])
    assert.equal(await nickOf("2", "Alice"), "Alice (2_u)", "though the better one is free now")
    assert.equal(await nickOf("1", "Alicia", "The Boss"), "The Boss")
    assert.equal(await nickOf("1", "Alicia Keys"), "The Boss", "the room's name wins")
    assert.equal(await nickOf("1", "Alicia Keys", null), "Alicia Keys")
    assert.equal(await nickOf("4", "👻"), "4_u")
    const one = await store.participant(room, { contact: "4" })
    assert.deepEqual([one?.nick, one?.name], ["4_u", "👻"])
  })

  it("a name changed elsewhere changes the nicks in all rooms", async () => {
    const w = await roomWorld()
    const { store, room, account } = w
    const other = (await store.putRoom(account, { legacyId: "-2" })).room.id
    const own = (await store.putRoom(account, { legacyId: "-3" })).room.id
    for (const each of [room, other]) await store.meetParticipant(each, person(), now)
    await store.meetParticipant(own, person("juliet", { name: "Jules" }), now)
    // A direct message brings the new name first.
    await store.acceptEvent(event(w, { contact: contact({ name: "Juliet M." }) }))
    const met = await store.renameContact(contact({ name: "Juliet M." }), now)
    assert.deepEqual(
      met.map(({ participant, former }) => [participant.room, participant.nick, former]),
      [
        [room, "Juliet M.", "juliet"],
        [other, "Juliet M.", "juliet"],
      ],
    )
    assert.deepEqual(await store.renameContact(contact({ name: "Juliet M." }), now), [])
    assert.deepEqual(await store.renameContact(contact({ legacyId: "nobody" }), now), [])
    assert.equal(count(w.path, "contact"), 1)
  })
})

describe("takeNick", () => {
  it("is the user's until they take another, and nobody else's", async () => {
    const { store, room } = await roomWorld()
    await store.meetParticipant(room, person("juliet", {}, "Juliet"), now)
    assert.equal(await store.takeNick(room, romeo, "Juliet", "owner", now), "taken")
    assert.equal(await store.takeNick(room, romeo, "JULIET", "owner", now), "taken")
    const first = await store.takeNick(room, romeo, "romeo", "owner", now)
    assert(first !== "taken")
    assert.deepEqual([first.isNew, first.participant.user, first.participant.contact, first.participant.role], [true, romeo, null, "owner"])
    const second = await store.takeNick(room, romeo, "Romeo", "owner", now)
    assert(second !== "taken")
    assert.deepEqual([second.former, second.participant.nick, second.participant.id], ["romeo", "Romeo", first.participant.id])
    assert.deepEqual(await store.participant(room, { user: romeo }), second.participant)
    assert.equal((await store.meetParticipant(room, person("r", {}, "romeo"), now)).participant.nick, "romeo (r_u)")
    await assert.rejects(store.takeNick(room, "nobody@example" as BareJid, "n", "member", now), /no user nobody@example/)
  })
})

describe("participants", () => {
  it("shows users of ours and admins first, then who was heard of last, present ones only", async () => {
    const { store, room } = await roomWorld()
    for (let i = 0; i < 30; i++) await store.acceptRoomEvent(told(room, `${i}`, "hi", { by: person(`p${i}`), at: now + i }))
    await store.meetParticipant(room, person("boss", { role: "admin" }), now)
    await store.meetParticipant(room, person("founder", { role: "owner" }), now)
    await store.meetParticipant(room, person("exboss", { role: "admin", present: false }), now)
    await store.meetParticipant(room, person("p29", { present: false }), now)
    await store.takeNick(room, romeo, "romeo", "member", now - 5)
    const nicks = async (limit: number) => (await store.participants(room, limit)).map(({ nick }) => nick)
    assert.deepEqual((await nicks(3))[0], "romeo")
    assert.deepEqual((await nicks(3)).slice(1).sort(), ["boss", "founder"])
    assert.deepEqual((await nicks(6)).slice(3), ["p28", "p27", "p26"])
    assert.equal((await nicks(1000)).length, 32)
    assert.equal(new Set(await nicks(1000)).size, 32)
    assert.deepEqual(await nicks(0), [])
    assert.deepEqual(await nicks(1), ["romeo"])
  })

  it("finds the first 200 of 20,000 by indexes", async () => {
    const { store, room, path } = await roomWorld()
    await store.meetParticipant(room, person(), now)
    rows(
      path,
      `INSERT INTO participant (id, conversation_id, nick, nick_key, role, seen_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
       SELECT 'o' || i, ${room}, 'n' || i, 'n' || i, 'member', i FROM n`,
    )
    const found = await store.participants(room, 200)
    assert.deepEqual([found.length, found[0]?.nick, found[199]?.nick], [200, "n20000", "n19801"])
    for (const [more, index] of [
      ["p.user_id IS NOT NULL AND", "ours"],
      ["p.role IN ('owner', 'admin') AND", "admin"],
      ["", "seen"],
    ] as const) {
      const plan = rows<{ detail: string }>(
        path,
        `EXPLAIN QUERY PLAN SELECT p.nick, c.name, u.jid FROM participant p LEFT JOIN contact c ON c.id = p.contact_id LEFT JOIN gateway_user u ON u.id = p.user_id
         WHERE p.conversation_id = 1 AND ${more} p.present = 1 ORDER BY p.seen_at DESC LIMIT 200`,
      ).map(({ detail }) => detail)
      assert.match(plan[0] ?? "", new RegExp(`USING INDEX participant_${index} `))
      assert(!plan.some((detail) => detail.includes("TEMP B-TREE")), more)
    }
  })
})

describe("occupants", () => {
  it("are there after a restart", async () => {
    const w = await roomWorld()
    const first = { room: w.room, full: balcony, user: romeo, via: "-1", joinedAt: now }
    const second = { ...first, full: orchard, via: "-0", tag: "club", joinedAt: now + 1 }
    await w.store.putOccupant(first)
    await w.store.putOccupant(second)
    await w.store.putOccupant({ ...first, joinedAt: now - 1 })
    await w.store.close()
    const store = await open(w.path)
    assert.deepEqual(await store.loadOccupants("sms"), [{ ...first, tag: null, joinedAt: now - 1 }, second])
    assert.deepEqual(await store.loadOccupants("other"), [])
    await store.dropOccupants([
      { room: w.room, full: balcony },
      { room: 99, full: orchard },
    ])
    assert.deepEqual(await store.loadOccupants("sms"), [second])
    await assert.rejects(store.putOccupant({ ...first, room: w.conversation }), /no room/)
    await assert.rejects(store.putOccupant({ ...first, user: "x@y" as BareJid, full: "x@y/z" as FullJid }), /no user/)
  })
})
