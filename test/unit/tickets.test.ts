// One-time codes: what they look like, what is kept of them, and how often one may try.
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import type { NewTicket } from "#src/core/identity/store.js"
import { KeyedTickets } from "#src/core/identity/tickets.js"
import type { BareJid } from "#src/core/model.js"
import { Refusal } from "#src/core/ports.js"

const user = "romeo@example.test" as BareJid
const ticket = { kind: "identity" as const, network: "sms", user, subject: { account: 1 }, uses: 1, forMs: 1000 }

function box(keys = [randomBytes(32)], kept = new Map<string, NewTicket>()) {
  const clock = { now: 1_000_000 }
  const store = {
    putTicket: (one: NewTicket) => Promise.resolve(void kept.set(one.hash, one)),
    findTicket: (hashes: readonly string[], now: number) =>
      Promise.resolve(hashes.flatMap((hash) => kept.get(hash) ?? []).find(({ expiresAt }) => expiresAt > now)),
    takeTicket: (hash: string) => Promise.resolve(kept.delete(hash)),
    revokeTickets: () => Promise.resolve(),
  }
  return { kept, keys, clock, tickets: new KeyedTickets({ store, keys, now: () => clock.now }) }
}

const condition = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: unknown) => (error instanceof Refusal ? error.error.condition : String(error)),
  )

test("codes have no look-alikes, and nothing of them is kept but a keyed hash", async () => {
  const { tickets, kept } = box()
  const codes = await Promise.all(Array.from({ length: 200 }, () => tickets.issue(ticket)))
  assert.equal(new Set(codes).size, 200)
  for (const code of codes) assert.match(code, /^[abcdefghjkmnpqrstuvwxyz2-7]{12}$/)
  assert.ok(!codes.some((code) => JSON.stringify([...kept]).includes(code)))
  const other = box(undefined, kept)
  assert.equal(await condition(other.tickets.find(codes[0] ?? "", "sms 1", ["identity"])), "item-not-found")
})

test("a code is good in any case and spacing, once, for its kinds, and by former keys", async () => {
  const { tickets, keys, kept } = box()
  const code = await tickets.issue(ticket)
  assert.equal(await condition(tickets.redeem(code, "sms 1", ["invite"])), "item-not-found")
  const rotated = box([randomBytes(32), ...keys], kept).tickets
  const found = await rotated.redeem(` ${code.slice(0, 4).toUpperCase()}-${code.slice(4)} `, "sms 1", ["identity"])
  assert.deepEqual(found, { kind: "identity", network: "sms", user, subject: { account: 1 } })
  assert.equal(await condition(rotated.redeem(code, "sms 1", ["identity"])), "item-not-found")
})

test("of many at once one succeeds", async () => {
  const { tickets } = box()
  const code = await tickets.issue(ticket)
  const outcomes = await Promise.all(Array.from({ length: 4 }, (_, i) => condition(tickets.redeem(code, `sms ${i}`, ["identity"]))))
  assert.equal(outcomes.filter((one) => one === "none").length, 1)
})

test("five wrong ones in ten minutes, and then none for an hour; right ones in between change nothing", async () => {
  const { tickets, clock } = box()
  const wrong = (by = "sms 1"): Promise<string> => condition(tickets.redeem("abc", by, ["identity"]))
  const right = async (by = "sms 1"): Promise<string> => condition(tickets.redeem(await tickets.issue(ticket), by, ["identity"]))
  for (let i = 0; i < 4; i++) assert.equal(await wrong(), "item-not-found")
  assert.equal(await right(), "none")
  assert.equal(await wrong(), "item-not-found")
  assert.equal(await right(), "policy-violation")
  assert.equal(await right("sms 2"), "none")
  clock.now += 59 * 60_000
  assert.equal(await right(), "policy-violation")
  clock.now += 2 * 60_000
  assert.equal(await right(), "none")
  for (let i = 0; i < 20; i++) {
    clock.now += 3 * 60_000
    assert.equal(await wrong(), "item-not-found", "slowly, one may err")
  }
  // At once they are counted as well.
  const many = await Promise.all(Array.from({ length: 20 }, () => wrong("sms 3")))
  assert.equal(many.filter((one) => one === "item-not-found").length, 5)
})

test("an expired one is as one that never was", async () => {
  const { tickets, clock } = box()
  const code = await tickets.issue(ticket)
  clock.now += 1000
  assert.equal(await condition(tickets.redeem(code, "sms 1", ["identity"])), "item-not-found")
})
