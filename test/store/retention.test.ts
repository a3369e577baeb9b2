// Retention, and the order and dedupe of lanes under any interleaving.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "../support/property.js"
import { action, contact, count, edit, event, mint, now, romeo, rows, sent, world } from "./fixture.js"
import { person, roomWorld, told } from "./room-kit.js"

describe("prune", () => {
  it("takes messages from the oldest on, as many as told, with their parts, but none that waits", async () => {
    const w = await world()
    const waits = action(w.conversation, { now: now - 1000 })
    await w.store.acceptAction(waits)
    for (let i = 0; i < 5; i++) await sent(w, `old${i}`, { now: now - 1000 })
    const young = await sent(w, "young", { now })
    const before = { messages: now, contacts: 0 }
    assert.equal(await w.store.prune(before, 2), 2)
    assert.equal(count(w.path, "message"), 5)
    assert.equal(await w.store.prune(before, 2), 2)
    assert.equal(await w.store.prune(before, 2), 1)
    assert.equal(await w.store.prune(before, 2), 0)
    assert.deepEqual(
      rows<{ id: string }>(w.path, "SELECT id FROM message").map(({ id }) => id),
      [waits.messageId, young],
    )
  })

  it("takes people who left a room, once its archive has nothing of theirs, and no others", async () => {
    const w = await roomWorld()
    const { store, room } = w
    for (const who of ["left", "quoted", "here"]) await store.meetParticipant(room, person(who), now - 1000)
    await store.acceptRoomEvent(told(room, "1", "hi", { by: person("quoted"), at: now - 1000, now: now - 1000 }))
    for (const who of ["left", "quoted"]) await store.meetParticipant(room, person(who, { present: false }), now - 1000)
    await store.takeNick(room, romeo, "romeo", "owner", now - 1000)
    const known = () => rows<{ nick: string }>(w.path, "SELECT nick FROM participant ORDER BY nick").map(({ nick }) => nick)
    assert.equal(await store.prune({ messages: 0, contacts: now - 1000 }, 9), 1, "never heard, and gone; not yet the contact")
    assert.deepEqual(known(), ["here", "quoted", "romeo"])
    assert.equal(await store.prune({ messages: 0, contacts: now }, 9), 1, "the contact")
    await store.pruneArchive(now, 9, now)
    assert.equal(await store.prune({ messages: 0, contacts: now }, 9), 2, "with the contact")
    assert.deepEqual(known(), ["here", "romeo"])
  })

  it("takes contacts that nobody has, and no others", async () => {
    const w = await world()
    await w.store.putContact(w.link, contact({ legacyId: "listed" }), now - 1000)
    await w.store.acceptEvent(event(w, { legacyUser: "talker", contact: contact({ legacyId: "talker" }), roster: false, now: now - 1000 }))
    for (const [legacyId, heard] of [
      ["stray", now - 1000],
      ["stray2", now - 1000],
      ["recent", now],
    ] as const)
      rows(w.path, "INSERT INTO contact (network, legacy_id, updated_at) VALUES ('sms', ?, ?)", legacyId, heard)
    assert.equal(await w.store.prune({ messages: 0, contacts: now }, 1), 1)
    assert.equal(await w.store.prune({ messages: 0, contacts: now }, 5), 1)
    assert.deepEqual(
      rows<{ legacy_id: string }>(w.path, "SELECT legacy_id FROM contact ORDER BY id").map((row) => row.legacy_id),
      ["listed", "talker", "recent"],
    )
  })
})

describe("any sequence of events and utterances", () => {
  it("leaves each lane in the order of calls, and each network id once", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("event" as const), chat: fc.nat(2), id: fc.nat(6) }),
      fc.record({ do: fc.constant("edit" as const), chat: fc.nat(2), id: fc.nat(6), revision: fc.nat(4) }),
      fc.record({ do: fc.constant("say" as const), chat: fc.nat(2), id: fc.nat(4) }),
    )
    const w = await world()
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, together) => {
        run++
        const chats = await Promise.all([0, 1, 2].map((chat) => w.store.openDirect(w.account, w.link, `${run}.${chat}`)))
        /** What a store without tables would do. */
        const lanes = new Map<string, string[]>()
        const seen = new Map<string, number>()
        const calls = steps.map((each) => async (): Promise<void> => {
          const { id: conversation, legacyId: legacyUser } = chats[each.chat] ?? { id: 0, legacyId: "" }
          const push = (direction: string, row: string) =>
            void (lanes.get(`${direction}:${conversation}`)?.push(row) ?? lanes.set(`${direction}:${conversation}`, [row]))
          const key = `${each.do === "say" ? "x" : "n"} ${conversation} ${each.id}`
          if (each.do === "say") {
            const said = action(conversation, { xmppId: `${run}.${each.id}` })
            if (!seen.has(key)) push("out", said.rows[0].id)
            seen.set(key, 0)
            await w.store.acceptAction(said)
          } else {
            const over = { conversation, legacyUser, legacyId: String(each.id), roster: false }
            const happened = each.do === "edit" ? edit(w, String(each.revision), over) : event(w, over)
            const known = seen.get(key)
            const fresh = each.do === "edit" ? known === undefined || each.revision > known : known === undefined
            if (fresh) push("in", happened.row.id)
            if (fresh) seen.set(key, each.do === "edit" ? each.revision : -1)
            await w.store.acceptEvent(happened)
          }
        })
        if (together) await Promise.all(calls.map((call) => call()))
        else for (const call of calls) await call()
        for (const { id } of chats)
          for (const lane of [`in:${id}`, `out:${id}`])
            assert.deepEqual(
              (await w.store.laneRows(lane, "", 99)).map((row) => row.id),
              lanes.get(lane) ?? [],
              lane,
            )
      }),
      { numRuns: 60 },
    )
  })

  it("ids of rows ascend as they are minted", () => {
    const ids = Array.from({ length: 3000 }, () => mint.next())
    assert.deepEqual([...ids].sort(), ids)
  })
})
