// Consent in the store: conditions, what goes with a change, codes used up with it, whom a person means, what is held.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import type { ConsentChange } from "#src/core/consent/store.js"
import type { BareJid, OutOp } from "#src/core/model.js"
import type { Store } from "#src/core/store.js"
import { openStore } from "#src/store/index.js"
import { LogBook } from "../support/link-kit.js"
import { tempDir } from "../support/paths.js"

let store: Store
let account: number
const links: number[] = []

const jid = (name: string): BareJid => `${name}@example.test` as BareJid

beforeEach(async () => {
  store = await openStore({ path: `${tempDir("consent")}/gateway.db`, log: new LogBook() })
  account = (await store.putConfiguredAccount({ network: "net", tag: "main", legacyId: "bot", sealed: new Uint8Array() })).id
  links.length = 0
  for (const [i, name] of ["romeo", "juliet", "paris"].entries()) {
    const user = jid(name)
    await store.putTicket({ hash: `t${i}`, kind: "identity", network: "net", user, subject: "{}", uses: 1, expiresAt: 100, now: 1 })
    const notice = { id: `n${i}`, op: { k: "message" as const, id: `n${i}`, text: "hi", at: 1 } }
    const common = { account, tag: "main", taken: ["main"], identity: `${i}`, shared: false, most: 5, now: 1 }
    const proof = await store.proveIdentity({ hash: `t${i}`, ...common, notice })
    assert.ok("link" in proof)
    links.push(proof.link.id)
  }
})
afterEach(() => store.close())

const change = (to: ConsentChange["to"], more: Partial<ConsentChange> = {}) =>
  store.changeConsent({ link: links[0] ?? 0, legacyId: "99", contact: null, to, now: 50, ...more })
const tie = async (i = 0) => (await store.ties(account, "99")).find(({ link }) => link === links[i])

describe("consent", () => {
  test("changes only from what it is meant to, with all that goes with it", async () => {
    const op: OutOp = {
      k: "send",
      message: "m",
      ordinal: 0,
      text: "x",
      origin: { action: "m", of: "", to: "a@b" as never, last: true, receipt: false },
    }
    assert.equal((await change("both", { if: ["asked"], there: { id: "o1", op } })).outcome, "unchanged")
    assert.deepEqual(await store.openLanes().then((lanes) => lanes.filter(({ lane }) => lane.startsWith("out:"))), [])
    const asked = await change("asked", { if: ["none"], notAskedSince: 10 })
    assert.equal(asked.outcome === "changed" && asked.before, "none")
    assert.equal((await change("asked", { if: ["none", "asked"], notAskedSince: 49 })).outcome, "unchanged")
    const given = await change("both", { if: ["asked"], there: { id: "o1", op } })
    assert.ok(given.outcome === "changed" && given.there?.row.id === "o1")
    assert.equal(given.entry.consent, "both")
  })

  test("a code is used up with it, or nothing happens", async () => {
    await store.putTicket({ hash: "h", kind: "invite", network: "net", user: jid("romeo"), subject: "{}", uses: 1, expiresAt: 60, now: 1 })
    assert.equal((await change("both", { ticket: "h", now: 61 })).outcome, "void")
    assert.equal((await change("both", { ticket: "h" })).outcome, "changed")
    assert.equal((await change("both", { ticket: "h", legacyId: "98" })).outcome, "void")
    assert.deepEqual(await store.ties(account, "98"), [])
  })

  test("what was blocked is again what it was; a request that was blocked is answered", async () => {
    for (const [before, after] of [
      ["both", "both"],
      ["asked", "none"],
      ["none", "none"],
    ] as const) {
      await change(before)
      await change("blocked")
      await change("blocked")
      assert.deepEqual(await store.blockedContacts("net"), [{ link: links[0], legacyId: "99" }])
      await change("was", { if: ["blocked"] })
      assert.equal((await tie())?.consent, after)
    }
  })

  test("the last that was picked is the latest, in whatever tick; with something held nothing is picked by the way", async () => {
    for (const link of links) await change("both", { link, pickedAt: 50 })
    assert.deepEqual(
      (await store.ties(account, "99")).map(({ pickedAt }) => pickedAt),
      [50, 51, 52],
    )
    assert.equal(await store.pick({ link: links[0] ?? 0, legacyId: "99", at: 50 }), true)
    assert.equal((await tie())?.pickedAt, 53)
    await store.hold({ id: "h1", account, legacyUser: "99", legacyId: "7", event: "{}", at: 50, most: 1 })
    await change("both", { link: links[1] ?? 0, pickedAt: 90 })
    assert.equal((await tie(1))?.pickedAt, 51)
    await change("none")
    assert.equal(await store.pick({ link: links[0] ?? 0, legacyId: "99", at: 90 }), false)
  })

  test("who leaves takes along what was meant for them, and only that", async () => {
    for (const link of links) await change("both", { link })
    await store.pick({ link: links[0] ?? 0, legacyId: "99", at: 60 })
    await store.unregister(links[2] ?? 0)
    assert.deepEqual(
      (await store.ties(account, "99")).map(({ pickedAt }) => pickedAt),
      [60, 0],
    )
    await store.unregister(links[0] ?? 0)
    assert.deepEqual(
      (await store.ties(account, "99")).map(({ pickedAt }) => pickedAt),
      [-1],
    )
  })

  test("what is held is known by its id, bounded, changed and dropped", async () => {
    const hold = (id: string, legacyId: string) => store.hold({ id, account, legacyUser: "99", legacyId, event: id, at: 50, most: 2 })
    assert.deepEqual(
      [await hold("a", "1"), await hold("b", "1"), await hold("c", "2"), await hold("d", "3")],
      ["held", "known", "held", "full"],
    )
    assert.equal(await store.changeHeld({ account, legacyUser: "99", legacyId: "2", event: "new" }), true)
    assert.equal(await store.changeHeld({ account, legacyUser: "99", legacyId: "1", event: null }), true)
    assert.equal(await store.changeHeld({ account, legacyUser: "98", legacyId: "2", event: null }), false)
    assert.deepEqual(await store.heldOf(account, "99"), [{ id: "c", event: "new", at: 50 }])
    assert.deepEqual(await store.heldPeople(account), ["99"])
    await store.dropHeld(["c"])
    assert.deepEqual(await store.heldPeople(account), [])
  })
})
