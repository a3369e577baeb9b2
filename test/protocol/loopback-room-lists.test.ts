// What gateways can look up of the loopback network's rooms: lists, members, history, what they missed.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { afterEach, beforeEach, describe, it } from "node:test"
import fc from "../support/property.js"
import type { Member, MessageEvent, Room } from "xferry"
import adapter, { getNetwork, loopback, unlisted, type Network } from "xferry-adapter-loopback"
import { TestHost } from "xferry/conformance"

type Session = Awaited<ReturnType<typeof adapter.connect>>
const signal = new AbortController().signal
const chat = { room: "ball" }

let name: string
let network: Network
let hosts: TestHost[]

async function open(variant: Pick<typeof adapter, "connect"> = adapter): Promise<{ host: TestHost; session: Session }> {
  const host = new TestHost()
  hosts.push(host)
  return { host, session: await variant.connect({ account: "romeo", password: "x" }, { network: name, window: 256 }, host) }
}
beforeEach(() => {
  name = randomUUID()
  network = getNetwork(name)
  for (const [id, display] of Object.entries({ juliet: "Juliet", tybalt: "Tybalt", nurse: "Nurse" })) network.person({ id, name: display })
  hosts = []
})
afterEach(() => {
  for (const host of hosts) host.close()
})

const ball = (more: { crowd?: number } = {}): Room =>
  network.rooms.make({ room: "ball", name: "The ball", accounts: [{ id: "romeo", role: "admin" }], members: ["juliet", "tybalt"], ...more })

describe("what was missed", () => {
  it("waits, or is in the history alone", async () => {
    ball()
    network.rooms.say({ room: "ball", from: "juliet", text: "waits" })
    network.rooms.missed = true
    network.rooms.say({ room: "ball", from: "juliet", text: "missed" })
    network.rooms.say({ room: "ball", from: "juliet", text: "deleted" })
    network.rooms.retract({ room: "ball", ids: ["3"], by: "juliet" })
    network.rooms.member({ room: "ball", user: "nurse", change: "joined" })
    const { host, session } = await open()
    network.rooms.say({ room: "ball", from: "juliet", text: "live" })
    await host.event("what is said now", (event) => event.type === "message" && event.body.text === "live")
    assert.deepEqual(
      host.events.map((event) => (event.type === "message" ? event.body.text : event.type)),
      ["room", "waits", "member", "live"],
    )
    const { items, more } = await session.history({ chat, after: "1", limit: 10 }, signal)
    assert.deepEqual([items.map(({ body }) => body.text), more], [["missed", "live"], false])
    assert.ok(items.every(({ at, from, type }) => at instanceof Date && from.name === "Juliet" && type === "message"))
  })

  it("pages without gap or double, whatever was deleted, in both directions", async () => {
    const { session } = await open()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 41 }),
        async (deleted, limit, from) => {
          const room = randomUUID()
          network.rooms.make({ room, accounts: ["romeo"] })
          const ids = deleted.map(() => network.rooms.say({ room, from: "juliet", text: "x" }))
          const gone = ids.filter((_, i) => deleted[i])
          if (gone.length > 0) network.rooms.retract({ room, ids: gone })
          const there = ids.filter((_, i) => !deleted[i])
          const page = async (edge: { after?: string; before?: string }): Promise<{ items: MessageEvent[]; more: boolean }> => {
            const { items, more } = await session.history({ chat: { room }, ...edge, limit }, signal)
            assert.ok(items.length <= limit && (items.length === limit || !more))
            return { items, more }
          }
          const onward: string[] = []
          for (let after = String(from), more = true; more; after = onward.at(-1) ?? after) {
            const answer = await page({ after })
            onward.push(...answer.items.map(({ id }) => id))
            more = answer.more
          }
          assert.deepEqual(
            onward,
            there.filter((id) => Number(id) > from),
          )
          const back: string[] = []
          for (let before: string | undefined, more = true; more; before = back[0] ?? before) {
            const answer = await page(before === undefined ? {} : { before })
            back.unshift(...answer.items.map(({ id }) => id))
            more = answer.more
          }
          assert.deepEqual(back, there)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe("what there is", () => {
  it("lists rooms the account is in; what is in a container when that is asked for", async () => {
    const ids = Array.from({ length: 250 }, (_, i) => `room-${i}`)
    for (const room of ids) network.rooms.make({ room, accounts: ["romeo"] })
    network.rooms.make({ room: "not-mine", members: ["juliet"] })
    network.rooms.make({ room: "topic", parent: "room-0" })
    network.rooms.make({ room: "castle", kind: "container", accounts: ["romeo"] })
    network.rooms.make({ room: "hall", parent: "castle" })
    network.rooms.make({ room: "corner", parent: "hall" })
    const { session } = await open()
    const all: string[] = []
    for (let cursor: string | undefined; ;) {
      const { items, next }: { items: Room[]; next?: string } = await session.rooms(cursor === undefined ? {} : { cursor }, signal)
      all.push(...items.map(({ id }) => id))
      if (next === undefined) break
      cursor = next
    }
    assert.deepEqual(all, [...ids, "topic", "castle"])
    const inCastle = await session.rooms({ parent: "castle" }, signal)
    assert.deepEqual(
      inCastle.items.map(({ id, parent }) => [id, parent]),
      [
        ["hall", "castle"],
        ["corner", "hall"],
      ],
    )
    assert.deepEqual((await session.rooms({ parent: "room-0" }, signal)).items, [
      { id: "topic", kind: "topic", parent: "room-0", memberCount: 1 },
    ])
    assert.equal((await session.room!("room-7", signal)).id, "room-7")
    await assert.rejects(session.room!("not-mine", signal), { kind: "denied" })
  })

  it("pages through twenty thousand members without making them", async () => {
    ball({ crowd: 20_000 })
    network.rooms.member({ room: "ball", user: "m5", change: "changed", role: "admin", title: "Fifth" })
    network.rooms.member({ room: "ball", user: "m6", change: "banned" })
    const { session } = await open()
    const all: Member[] = []
    for (let cursor: string | undefined; ;) {
      const page: { items: Member[]; next?: string } = await session.members(
        { room: "ball", limit: 500, ...(cursor !== undefined && { cursor }) },
        signal,
      )
      assert.ok(page.items.length <= 500)
      all.push(...page.items)
      if (page.next === undefined) break
      cursor = page.next
    }
    assert.equal(new Set(all.map(({ contact }) => contact.id)).size, all.length)
    assert.equal(all.length, 20_002) // romeo, juliet, tybalt, and one of the crowd is banned
    assert.equal((await session.room!("ball", signal)).memberCount, 20_002)
    assert.deepEqual(
      all.find(({ contact }) => contact.id === "m5"),
      { contact: { id: "m5", name: "m5" }, role: "admin", title: "Fifth" },
    )
    assert.equal((await session.access({ room: "ball", user: "m19999" }, signal)).role, "member")
    assert.equal((await session.access({ room: "ball", user: "m20000" }, signal)).role, "none")
    assert.equal((await session.contact!("m7", signal)).id, "m7")
  })

  it("is not told by a variant that does not declare it", async () => {
    ball()
    const { host } = await open(loopback(unlisted) as unknown as typeof adapter)
    network.rooms.member({ room: "ball", user: "nurse", change: "joined" })
    network.rooms.say({ room: "ball", from: "nurse", text: "first" })
    network.rooms.retract({ room: "ball", ids: ["1"] })
    network.rooms.access({ room: "ball" })
    network.rooms.say({ room: "ball", from: "nurse", text: "second" })
    await host.event("the second", (event) => event.type === "message" && event.id === "2")
    assert.deepEqual(
      host.events.map(({ type }) => type),
      ["room", "message", "message"],
    )
    assert.deepEqual(
      ["history", "rooms", "members", "access"].filter((verb) => verb in unlisted),
      [],
    )
  })
})
