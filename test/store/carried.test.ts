// Logins that accounts carry, and what their owners say elsewhere.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { LoginChange, LoginChanged } from "#src/core/carried/store.js"
import type { BareJid } from "#src/core/model.js"
import { edit, event, mint, now, romeo, rows, world, type World } from "./fixture.js"

const change = (w: World, over: Partial<LoginChange> = {}): LoginChange => ({
  ...{
    network: "sms",
    carrier: w.account,
    name: `login:${w.account}:5`,
    login: "L1",
    maySend: true,
    user: null,
    taken: ["me"],
    notice: null,
    now,
  },
  ...over,
})
type Done = Extract<LoginChanged, { outcome: "changed" }>
const put = async (w: World, over: Partial<LoginChange> = {}): Promise<Done> => {
  const done = await w.store.putLogin(change(w, over))
  assert.equal(done.outcome, "changed")
  return done
}

describe("a carried login", () => {
  it("waits for its user, and is tied with a name that is free", async () => {
    const w = await world()
    const first = await put(w)
    assert.deepEqual(
      [first.isNew, first.link, first.tied, first.account.login, first.account.carrier],
      [true, null, false, "L1", w.account],
    )
    const notice = { id: mint.next(), op: { k: "message" as const, id: "n1", text: "Here.", at: now } }
    const tied = await put(w, { user: romeo, notice })
    assert.deepEqual([tied.isNew, tied.tied, tied.link?.tag, tied.link?.role, tied.told?.row.id], [false, true, "me-2", "owner", notice.id])
    // Another connection of the same person is the same account, and stays whose it is.
    const again = await put(w, { login: "L2", maySend: false, user: "tybalt@capulet.example" as BareJid })
    assert.deepEqual([again.account.id, again.tied, again.link?.jid, again.account.maySend], [first.account.id, false, romeo, false])
    const { accounts } = await w.store.loadNetwork("sms")
    assert.deepEqual(
      accounts.map(({ login, maySend, carrier }) => [login, maySend, carrier]),
      [
        [null, true, null],
        ["L2", false, w.account],
      ],
    )
  })

  it("by a code: all of it or nothing", async () => {
    const w = await world()
    await put(w)
    const ticket = { hash: "h", kind: "carried" as const, network: "sms", user: romeo, subject: "{}", uses: 1, expiresAt: now + 1, now }
    assert.equal((await w.store.putLogin(change(w, { user: romeo, ticket: "h" }))).outcome, "void")
    await w.store.putTicket(ticket)
    assert.equal((await put(w, { user: romeo, ticket: "h" })).tied, true)
    await w.store.putTicket({ ...ticket, hash: "g" })
    assert.equal((await w.store.putLogin(change(w, { user: "tybalt@capulet.example" as BareJid, ticket: "g" }))).outcome, "taken")
    assert.ok(await w.store.findTicket(["g"], now))
  })

  it("whose tie was ended is tied again by a code alone; with the carrier all of it goes", async () => {
    const w = await world()
    const { link } = await put(w, { user: romeo })
    await w.store.unregister(link?.id ?? 0)
    assert.deepEqual([(await put(w, { user: romeo })).tied, (await put(w)).account.state], [false, "logged-out"])
    await w.store.putTicket({ hash: "h", kind: "carried", network: "sms", user: romeo, subject: "{}", uses: 1, expiresAt: now + 1, now })
    const back = await put(w, { user: romeo, ticket: "h" })
    assert.deepEqual([back.tied, back.account.state], [true, "active"])
    await w.store.acceptEvent(
      event({ ...w, account: back.account.id, link: back.link?.id ?? 0 }, { conversation: null, legacyUser: "nurse" }),
    )
    await w.store.unregister(w.link)
    for (const table of ["account", "link", "conversation", "outbox"]) assert.deepEqual(rows(w.path, `SELECT * FROM ${table}`), [])
    assert.equal((await w.store.putLogin(change(w, { user: romeo }))).outcome, "gone")
  })

  it("tells when people last wrote, not what the user said", async () => {
    const w = await world()
    await w.store.acceptEvent(event(w, { legacyId: "1", at: now }))
    await w.store.acceptEvent(event(w, { legacyId: "2", at: now + 5 }))
    await w.store.acceptEvent(event(w, { legacyId: "3", at: now + 9, own: true, sender: romeo }))
    assert.deepEqual(await w.store.lastHeard(w.account, now - 1, 9), [{ legacyId: "juliet", at: now + 5 }])
    assert.deepEqual(await w.store.lastHeard(w.account, now + 5, 9), [])
  })
})

describe("what the user said elsewhere", () => {
  it("is theirs as if said here: found by its stanza, changed and taken back by its own", async () => {
    const w = await world()
    const said = event(w, { legacyId: "1", own: true, sender: romeo })
    assert.equal((await w.store.acceptEvent(said)).outcome, "accepted")
    assert.equal((await w.store.acceptEvent({ ...said, messageId: mint.next() })).outcome, "duplicate")
    const found = await w.store.findMessage(w.conversation, said.messageId)
    assert.deepEqual([found?.id, found?.sender, found?.parts, found?.sent], [said.messageId, romeo, 1, 1])
    const changed = await w.store.acceptEvent({ ...edit(w, "2", { legacyId: "1" }), own: true, sender: romeo })
    assert.equal(changed.row?.op.k === "edit" && changed.row.op.target, said.messageId)
    const op = { k: "retract" as const, id: "r", target: "", at: now }
    const taking = { link: w.link, legacyUser: "juliet", legacyId: "1", at: now, row: { id: mint.next(), op } }
    const gone = await w.store.acceptRetraction({ ...taking, own: true })
    assert.deepEqual(gone?.row.op, { ...op, target: said.messageId, own: "there" })
  })
})
