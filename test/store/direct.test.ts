// Direct chats as something that can be missed and taken back.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Store } from "#src/core/store.js"
import { action, balcony, edit, event, mint, now, origin, rows, sent, world, type World } from "./fixture.js"

const heard = (w: World, user: string, legacyId: string, over: Parameters<typeof event>[1] = {}): ReturnType<Store["acceptEvent"]> =>
  w.store.acceptEvent(event(w, { legacyUser: user, sender: user, legacyId, cursor: legacyId, ...over }))

function taken(w: World, legacyId: string, user = "juliet"): ReturnType<Store["acceptRetraction"]> {
  const [id, rowId] = [mint.next(), mint.next()]
  const row = { id: rowId, op: { k: "retract" as const, id, target: "", at: now } }
  return w.store.acceptRetraction({ link: w.link, legacyUser: user, legacyId, at: now, row })
}

describe("chats that can be missed", () => {
  it("are those where the network's messages are counted, used last first", async () => {
    const w = await world()
    await heard(w, "juliet", "1")
    await heard(w, "nurse", "1")
    await heard(w, "tybalt", "1", { cursor: null })
    await heard(w, "juliet", "2")
    const chats = await w.store.directChats(w.link, 9)
    assert.deepEqual(
      chats.map(({ legacyId, cursor, linkId, accountId, kind }) => [legacyId, cursor, linkId, accountId, kind]),
      [
        ["juliet", "2", w.link, w.account, "direct"],
        ["nurse", "1", w.link, w.account, "direct"],
      ],
    )
    // What our user says is use, too.
    await w.store.acceptAction(action(chats[1]?.id ?? 0))
    assert.deepEqual(
      (await w.store.directChats(w.link, 1)).map(({ legacyId }) => legacyId),
      ["nurse"],
    )
    assert.deepEqual(await w.store.directChats(w.link + 1, 9), [])
  })

  it("move past a duplicate, but not where it is not asked for", async () => {
    const w = await world()
    await heard(w, "juliet", "1")
    await heard(w, "juliet", "1", { cursor: "5" })
    await heard(w, "juliet", "6", { cursor: null })
    assert.equal((await w.store.directChats(w.link, 9))[0]?.cursor, "5")
  })

  it("name what the network has of them, oldest first", async () => {
    const w = await world()
    await heard(w, "juliet", "1", { at: now + 1 })
    await sent(w, "2", { now: now + 2 })
    await w.store.acceptAction(action(w.conversation)) // waits: the network does not have it
    await heard(w, "juliet", "3", { at: now + 3 })
    await heard(w, "juliet", "4", { at: now + 4 })
    await heard(w, "nurse", "9")
    await w.store.acceptEvent(edit(w, "1", { legacyId: "3" }))
    assert.ok(await taken(w, "4"))
    const recent = [
      { legacyId: "1", at: now + 1, ours: false, retracted: false },
      { legacyId: "2", at: now + 2, ours: true, retracted: false },
      { legacyId: "3", at: now + 3, ours: false, retracted: false },
      { legacyId: "4", at: now + 4, ours: false, retracted: true },
    ]
    assert.deepEqual(await w.store.recentDirect(w.conversation, 9), recent)
    assert.deepEqual(await w.store.recentDirect(w.conversation, 2), recent.slice(2))
  })
})

describe("what the network took back", () => {
  it("is told once, by the id of the stanza that told of it", async () => {
    const w = await world()
    const said = event(w, { legacyId: "1" })
    await w.store.acceptEvent(said)
    await w.store.acceptEvent(edit(w, "1", { legacyId: "1" }))
    const told = await taken(w, "1")
    assert(told?.row.op.k === "retract")
    assert.deepEqual([told.conversation, told.row.op.target, told.row.messageId], [w.conversation, said.messageId, said.messageId])
    assert.deepEqual((await w.store.laneRows(`in:${w.conversation}`, "", 9)).at(-1), told.row)
    assert.equal(await taken(w, "1"), null)
    // And cannot be changed any more.
    assert.equal((await w.store.acceptEvent(edit(w, "2", { legacyId: "1" }))).outcome, "duplicate")
  })

  it("of whatever nobody knows nothing is told, and nothing is made", async () => {
    const w = await world()
    assert.equal(await taken(w, "77"), null)
    assert.equal(await taken(w, "77", "stranger"), null)
    assert.deepEqual(rows(w.path, "SELECT legacy_id FROM conversation"), [{ legacy_id: "juliet" }])
    await heard(w, "nurse", "77")
    assert.equal(await taken(w, "77"), null, "ids are a conversation's own")
  })

  it("of our user's own message is kept in mind, and not told in another's name", async () => {
    const w = await world()
    const id = await sent(w, "7", { xmppId: "x7" })
    assert.equal(await taken(w, "7"), null)
    assert.deepEqual(await w.store.directMessage(w.link, "juliet", "x7"), {
      ...{ id, conversation: w.conversation, sender: balcony, at: now, parts: 1, sent: 1, retracted: true },
    })
  })

  it("of one part of several leaves the rest", async () => {
    const w = await world()
    const id = mint.next()
    const part = (ordinal: number) => ({ id: mint.next(), op: { k: "send" as const, message: id, ordinal, text: "x", origin: origin(id) } })
    await sent(w, "7", { messageId: id, xmppId: "x7", parts: 2, rows: [part(0), part(1)] })
    assert.equal(await taken(w, "7.1"), null)
    const left = await w.store.directMessage(w.link, "juliet", "x7")
    assert.deepEqual([left?.sent, left?.retracted], [1, false])
  })
})

describe("a message by its stanza id", () => {
  it("is found by its author's id, by that of an edit, or by ours", async () => {
    const w = await world()
    const mine = await sent(w, "7", { xmppId: "x7" })
    const change = action(w.conversation, { xmppId: "x8", target: mine, rows: [] as never })
    await w.store.acceptAction(change)
    const hers = event(w, { legacyId: "8" })
    await w.store.acceptEvent(hers)
    for (const [asked, found] of [
      ["x7", mine],
      ["x8", mine],
      [change.messageId, mine],
      [mine, mine],
      [hers.messageId, hers.messageId],
    ] as const)
      assert.equal((await w.store.directMessage(w.link, "juliet", asked))?.id, found, asked)
    assert.equal((await w.store.directMessage(w.link, "juliet", hers.messageId))?.sender, "juliet")
    for (const [user, id] of [
      ["juliet", "nothing"],
      ["juliet", ""],
      ["nurse", "x7"],
    ] as const)
      assert.equal(await w.store.directMessage(w.link, user, id), undefined)
  })

  it("is taken back for good when the last call is done", async () => {
    const w = await world()
    const mine = await sent(w, "7", { xmppId: "x7" })
    const rowId = mint.next()
    const retraction = action(w.conversation, { xmppId: "x9", target: mine, rows: [] as never })
    const op = { k: "retract" as const, message: mine, ordinal: 0, origin: { ...origin(retraction.messageId), receipt: false } }
    const isTaken = async (): Promise<boolean | undefined> => (await w.store.directMessage(w.link, "juliet", "x7"))?.retracted
    for (const [row, whole] of [
      [rowId, false],
      [`${rowId}.`, true],
    ] as const) {
      await w.store.acceptAction({ ...retraction, messageId: mint.next(), xmppId: row, rows: [{ id: row, op: { ...op, whole } }] })
      assert.equal(await isTaken(), false)
      const done = { row, conversation: w.conversation, message: mine, ordinal: 0, sent: null, consequence: null, next: null, now }
      await w.store.completeSend(done)
      assert.equal(await isTaken(), whole)
    }
  })
})
