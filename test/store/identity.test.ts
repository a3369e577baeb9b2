// Codes and what they prove, by the store: used once, expired, for one person; the answers of the network that are kept.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { NewProof } from "#src/core/identity/store.js"
import type { BareJid } from "#src/core/model.js"
import type { Store } from "#src/core/store.js"
import { count, mint, newPath, now, open, romeo, rows, sealed } from "./fixture.js"

const tybalt = "tybalt@capulet.example" as BareJid
const minute = 60_000

interface Shared {
  path: string
  store: Store
  account: number
  room: number
}

async function shared(): Promise<Shared> {
  const path = newPath()
  const store = await open(path)
  const account = await store.putConfiguredAccount({ network: "sms", tag: "main", legacyId: "bot", sealed })
  const { room } = await store.putRoom(account.id, { legacyId: "g1" })
  return { path, store, account: account.id, room: room.id }
}

async function ticket(store: Store, hash: string, user: BareJid | null = romeo, uses = 1): Promise<void> {
  await store.putTicket({ hash, kind: "identity", network: "sms", user, subject: "{}", uses, expiresAt: now + minute, now })
}

function proof({ account }: Pick<Shared, "account">, hash: string, identity: string, more: Partial<NewProof> = {}): NewProof {
  const id = mint.next()
  const notice = { id: mint.next(), op: { k: "message" as const, id, text: "You are it.", at: now } }
  return { hash, account, tag: "main", taken: ["main", "main-2"], identity, shared: false, most: 3, notice, now, ...more }
}

test("a ticket is found until it is used up or expired, whichever key it was made with", async () => {
  const { store } = await shared()
  await ticket(store, "new", romeo, 2)
  assert.equal((await store.findTicket(["current", "new"], now))?.user, romeo)
  assert.equal(await store.findTicket(["other"], now), undefined)
  assert.equal(await store.findTicket(["new"], now + minute), undefined)
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => store.takeTicket("new", now))), [true, true, false])
  assert.equal(await store.findTicket(["new"], now), undefined)
})

test("revoking is of one user, and by kind and network", async () => {
  const { store } = await shared()
  await ticket(store, "a")
  await ticket(store, "b", tybalt)
  await store.revokeTickets({ user: romeo, kind: "invite" })
  await store.revokeTickets({ user: romeo, network: "other" })
  assert.ok(await store.findTicket(["a"], now))
  await store.revokeTickets({ user: romeo, kind: "identity", network: "sms" })
  assert.equal(await store.findTicket(["a"], now), undefined)
  assert.ok(await store.findTicket(["b"], now))
})

test("what is expired goes, and users who never came in", async () => {
  const { store, path } = await shared()
  await ticket(store, "a")
  assert.equal(await store.pruneTickets(now, 10), 0)
  assert.equal(await store.pruneTickets(now + 2 * minute, 10), 1)
  assert.equal(count(path, "gateway_user"), 1)
  assert.equal(await store.pruneTickets(now + 25 * 60 * minute, 10), 1)
  assert.equal(count(path, "gateway_user"), 0)
})

test("link, notice and use of the ticket are one", async () => {
  const all = await shared()
  const { store, path } = all
  await ticket(store, "a")
  const proven = await store.proveIdentity(proof(all, "a", "4711"))
  assert(proven.outcome === "linked")
  const { tag, identity, role, jid } = proven.link
  assert.deepEqual({ tag, identity, role, jid }, { tag: "main", identity: "4711", role: "guest", jid: romeo })
  assert.equal(proven.row.lane, `in:${proven.conversation.id}`)
  assert.equal(rows(path, "SELECT * FROM outbox").length, 1)
  assert.equal((await store.proveIdentity(proof(all, "a", "4712"))).outcome, "void")
  assert.equal(count(path, "link"), 1)
  // A failure in the middle leaves the ticket as it was.
  await ticket(store, "b")
  const [row] = rows<{ id: string }>(path, "SELECT id FROM outbox")
  await assert.rejects(store.proveIdentity(proof(all, "b", "4712", { notice: { ...proof(all, "b", "").notice, id: row?.id ?? "" } })))
  assert.equal(count(path, "link"), 1)
  assert.equal((await store.proveIdentity(proof(all, "b", "4712"))).outcome, "linked")
})

test("tags of further people of a user avoid names of other accounts; so many and no more", async () => {
  const all = await shared()
  for (const [i, person] of ["1", "2", "3", "4"].entries()) {
    await ticket(all.store, person)
    const { outcome } = await all.store.proveIdentity(proof(all, person, person))
    assert.equal(outcome, i < 3 ? "linked" : "many")
  }
  assert.deepEqual(
    (await all.store.loadNetwork("sms")).links.map(({ tag }) => tag),
    ["main", "main-3", "main-4"],
  )
  // Renamed in the configuration, they all are.
  await all.store.putConfiguredAccount({ network: "sms", tag: "club", legacyId: "bot", sealed })
  assert.deepEqual(
    (await all.store.loadNetwork("sms")).links.map(({ tag }) => tag),
    ["club", "club-3", "club-4"],
  )
})

test("one person is one user, unless that is allowed; whom the configuration let in goes on as proven", async () => {
  const all = await shared()
  const { store, account } = all
  const guest = await store.guestLink({ account, jid: romeo, now })
  await ticket(store, "a")
  const proven = await store.proveIdentity(proof(all, "a", "4711"))
  assert(proven.outcome === "linked")
  assert.equal(proven.link.id, guest.id)
  await ticket(store, "b", tybalt)
  assert.equal((await store.proveIdentity(proof(all, "b", "4711"))).outcome, "taken")
  assert.equal((await store.proveIdentity(proof(all, "b", "4711", { shared: true }))).outcome, "linked")
  await ticket(store, "c")
  assert.equal((await store.proveIdentity(proof(all, "c", "4711", { shared: true }))).outcome, "known")
  assert.equal((await store.loadNetwork("sms")).links.length, 2)
})

test("access is kept of who may be there, and goes with the link", async () => {
  const all = await shared()
  const { store, room, path } = all
  await ticket(store, "a")
  const proven = await store.proveIdentity(proof(all, "a", "4711"))
  assert(proven.outcome === "linked")
  const granted = { link: proven.link.id, room, role: "member" as const, maySend: true, at: now }
  await store.putAccess({ ...granted, maySend: false })
  await store.putAccess(granted)
  assert.deepEqual(await store.loadAccess("sms"), [granted])
  assert.deepEqual(await store.loadAccess("other"), [])
  await store.putAccess({ ...granted, role: "banned" })
  assert.deepEqual(await store.loadAccess("sms"), [])
  await store.putAccess(granted)
  await store.unregister(proven.link.id)
  assert.equal(count(path, "access"), 0)
  assert.equal(count(path, "account"), 1)
  // What was on its way then brings nothing back.
  await store.putAccess(granted)
  assert.equal(count(path, "access"), 0)
})
