// Registration, wiping, contacts, conversations.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { BareJid } from "#src/core/model.js"
import { action, contact, count, event, mint, now, open, receiptRow, romeo, rows, sealed, sent, swept, world } from "./fixture.js"

const tybalt = "tybalt@capulet.example" as BareJid

describe("register", () => {
  it("makes user, account and link, and loads them again", async () => {
    const { store, account, link } = await world()
    const loaded = await store.loadNetwork("sms")
    assert.deepEqual(
      loaded.accounts.map((each) => ({ ...each, sealed: [...(each.sealed ?? [])] })),
      [
        {
          ...{ id: account, network: "sms", legacyId: "bot", sealed: [1, 2, 3], state: "active", reason: null, tag: "" },
          ...{ carrier: null, login: null, maySend: true },
        },
      ],
    )
    assert.deepEqual(loaded.links, [
      {
        ...{ id: link, userId: loaded.links[0]?.userId, jid: romeo, accountId: account, network: "sms", tag: "", role: "owner" },
        ...{ since: now, identity: null },
      },
    ])
    assert.deepEqual(await store.loadNetwork("other"), { accounts: [], links: [] })
  })

  it("renews the credential and forgets why the account was down", async () => {
    const { store, account, link } = await world()
    await store.setAccountState({ account, state: "logged-out", reason: "revoked", notice: null })
    assert.equal((await store.loadNetwork("sms")).accounts[0]?.reason, "revoked")
    const again = await store.register({ network: "sms", jid: romeo, legacyId: "bot", sealed: new Uint8Array([9]), now })
    assert(again.outcome === "renewed")
    assert.deepEqual(
      [again.account.id, again.account.state, again.account.reason, [...(again.account.sealed ?? [])]],
      [account, "active", null, [9]],
    )
    assert.equal(again.link.id, link)
  })

  it("refuses an account that is another user's, and leaves no trace of the asker", async () => {
    const { store, path } = await world()
    assert.deepEqual(await store.register({ network: "sms", jid: tybalt, legacyId: "bot", sealed, now }), { outcome: "taken" })
    assert.equal(count(path, "gateway_user"), 1)
  })

  it("keeps what one has when the other account wanted is taken", async () => {
    const { store } = await world()
    await store.register({ network: "sms", jid: tybalt, legacyId: "his", sealed, now })
    assert.equal((await store.register({ network: "sms", jid: tybalt, legacyId: "bot", sealed, now })).outcome, "taken")
    assert.deepEqual(
      (await store.loadNetwork("sms")).accounts.map(({ legacyId }) => legacyId),
      ["bot", "his"],
    )
  })

  it("replaces: the former account goes with all its rows, and its roster is told", async () => {
    const { store, path, link, account, conversation } = await world()
    await store.putContact(link, contact(), now)
    await store.acceptAction(action(conversation))
    const other = await store.register({ network: "sms", jid: romeo, legacyId: "second", sealed, now })
    assert(other.outcome === "replaced")
    assert.deepEqual(
      other.formerRoster.map((entry) => entry.contact.legacyId),
      ["juliet"],
    )
    assert(other.account.id > account && other.link.id > link, "ids are never used again")
    await swept(store)
    for (const table of ["outbox", "message", "conversation", "roster", "contact"]) assert.equal(count(path, table), 0, table)
    for (const table of ["account", "link", "gateway_user"]) assert.equal(count(path, table), 1, table)
  })
})

describe("unregister", () => {
  it("wipes everything of this link and nothing of others", async () => {
    const { store, path, link, account, conversation } = await world()
    const his = await store.register({ network: "sms", jid: tybalt, legacyId: "his", sealed, now })
    assert(his.outcome === "created")
    const both = { account: his.account.id, link: his.link.id }
    await store.acceptEvent(event(both, { contact: contact() }))
    await store.acceptEvent(event({ account, link }, { contact: contact(), state: { key: "offset", sealed } }))
    await store.acceptEvent(event({ account, link }, { contact: contact({ legacyId: "nurse" }), legacyUser: "nurse" }))
    await sent({ store, conversation }, "55")
    await store.setAccountState({ account, state: "conflict", reason: "x", notice: { link, row: receiptRow(), now } })
    await store.unregister(link)
    assert.deepEqual(
      (await store.loadNetwork("sms")).links.map(({ jid }) => jid),
      [tybalt],
    )
    await swept(store)
    for (const [table, left] of Object.entries({
      gateway_user: 1,
      account: 1,
      link: 1,
      roster: 1,
      contact: 1,
      conversation: 1,
      message: 1,
      message_part: 0,
      outbox: 1,
      adapter_state: 0,
    }))
      assert.equal(count(path, table), left, table)
    assert.equal((await store.rosterEntry(both.link, "juliet"))?.contact.name, "Juliet")
    await store.unregister(link) // again: nothing to do
    assert.equal(count(path, "link"), 1)
  })

  it("lets nothing come back by calls that were under way", async () => {
    const { store, path, link, account, conversation } = await world()
    const pending = action(conversation)
    await store.acceptAction(pending)
    const row = (await store.laneRows(`out:${conversation}`, "", 1))[0]
    assert(row)
    await store.unregister(link)
    const { id } = pending.rows[0]
    await store.completeSend({
      row: id,
      conversation,
      message: pending.messageId,
      ordinal: 0,
      sent: { legacyId: "1", handle: null },
      consequence: receiptRow(),
      next: null,
      now,
    })
    await store.failSend({
      rows: [id],
      conversation,
      message: pending.messageId,
      consequence: receiptRow(),
      next: null,
      now,
      dead: true,
      error: "",
    })
    await store.startSend(id, now)
    await store.reschedule(id, { attempts: 1, due: 1, error: null })
    await store.restore({
      id: mint.next(),
      lane: `in:${conversation}`,
      messageId: null,
      op: receiptRow().op,
      state: "queued",
      attempts: 1,
      attemptedAt: now,
      due: 0,
      error: null,
    })
    await assert.rejects(store.say(conversation, receiptRow()), /no conversation/)
    await assert.rejects(store.acceptAction(action(conversation)), /no conversation/)
    await assert.rejects(store.acceptEvent(event({ account, link }, { conversation, roster: false })), /no conversation/)
    await assert.rejects(store.acceptEvent(event({ account, link })), /no link/)
    await assert.rejects(store.openDirect(account, link, "nurse"), /no link/)
    await swept(store)
    for (const table of ["outbox", "message", "conversation", "contact", "account"]) assert.equal(count(path, table), 0, table)
  })
})

describe("contacts", () => {
  it("are put, found, and keep what is not told again", async () => {
    const { store, link } = await world()
    const entry = await store.putContact(link, contact({ profile: { phone: "1" } }), now)
    assert.deepEqual(
      { ...entry, contact: { ...entry.contact, id: 0 } },
      {
        contact: { id: 0, legacyId: "juliet", name: "Juliet", username: "juliet_c", kind: "person", profile: { phone: "1" } },
        consent: "both",
        subscription: "none",
        name: null,
      },
    )
    const again = await store.putContact(link, contact({ name: null, username: null, kind: "bot" }), now)
    assert.deepEqual(again.contact, { ...entry.contact, kind: "bot" })
    assert.deepEqual(await store.roster(link), [again])
    assert.deepEqual(await store.findContact(link, "@JULIET_C"), again.contact)
    assert.equal(await store.findContact(link, "nobody"), undefined)
    assert.equal(await store.rosterEntry(link, "nobody"), undefined)
    assert.equal(await store.rosterEntry(link + 1, "juliet"), undefined)
    await store.setSubscription(link, entry.contact.id, "both")
    assert.equal((await store.rosterEntry(link, "juliet"))?.subscription, "both")
  })

  it("a username that changed hands is its last owner's", async () => {
    const { store, link } = await world()
    await store.putContact(link, contact({ username: "star" }), now)
    const newer = await store.putContact(link, contact({ legacyId: "nurse", username: "@star" }), now + 1)
    assert.equal((await store.findContact(link, "star"))?.id, newer.contact.id)
  })

  it("are looked for among one's own only", async () => {
    const { store, link } = await world()
    const his = await store.register({ network: "sms", jid: tybalt, legacyId: "his", sealed, now })
    assert(his.outcome === "created")
    await store.putContact(his.link.id, contact(), now)
    assert.equal(await store.findContact(link, "juliet_c"), undefined)
    assert.deepEqual(await store.roster(link), [])
  })
})

describe("conversations", () => {
  it("are made once; the gateway's own is without a name", async () => {
    const { store, account, link, conversation } = await world()
    const expected = { id: conversation, accountId: account, linkId: link, legacyId: "juliet", kind: "direct" }
    assert.deepEqual(await store.openDirect(account, link, "juliet"), expected)
    assert.deepEqual(await store.conversation(conversation), expected)
    assert.equal(await store.conversation(conversation + 1), undefined)
    const row = receiptRow()
    await store.setAccountState({ account, state: "logged-out", reason: "revoked", notice: { link, row, now } })
    const own = await store.openDirect(account, link, "")
    assert.notEqual(own.id, conversation)
    assert.deepEqual(
      (await store.laneRows(`in:${own.id}`, "", 9)).map(({ id }) => id),
      [row.id],
    )
  })
})

describe("state", () => {
  it("is kept an account, and goes with null", async () => {
    const { store, account, path } = await world()
    assert.equal(await store.getState(account, "offset"), undefined)
    await store.setState(account, "offset", new Uint8Array([1]))
    await store.setState(account, "offset", new Uint8Array([2, 3]))
    assert.deepEqual([...((await store.getState(account, "offset")) ?? [])], [2, 3])
    await store.setState(account, "offset", null)
    assert.equal(await store.getState(account, "offset"), undefined)
    await assert.rejects(store.setState(account + 1, "offset", sealed), /FOREIGN KEY/)
    assert.equal(rows(path, "PRAGMA foreign_key_check").length, 0)
  })
})

it("an empty store has no greatest id; later it is that of a message or a row", async () => {
  const store = await open()
  assert.equal(await store.lastId(), "")
  assert.equal(await store.schemaVersion(), 5)
  const w = await world()
  const late = action(w.conversation)
  await w.store.acceptAction(late)
  assert.equal(await w.store.lastId(), late.rows[0].id)
  await w.store.delivered([late.rows[0].id])
  assert.equal(await w.store.lastId(), late.messageId)
})
