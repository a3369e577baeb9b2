// What a proven person may do in rooms: asked at the join, when they speak, when something changed and now and then; put out when it is lost.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import Database from "better-sqlite3"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { clock, type Clock } from "#src/core/clock.js"
import { domain, type Play } from "../support/core-kit.js"
import { hasStatus } from "../support/muc-dialogue.js"
import { chat, juliet, prove, romeo, sharedPlay } from "../support/identity-kit.js"

const minute = 60_000
let play: Play
let ahead = 0
afterEach(async () => {
  ahead = 0
  await play.close()
})

/** Time that passes at the test's word. */
const moved: Clock = { ...clock, set: (run, ms) => clock.set(run, ms / 50), now: () => Date.now() + ahead }
/** The network says nothing of its members by itself. */
const silent = loopback({ ...standard, tells: ["typing"] }) as unknown as AnyAdapter

async function open(options: Parameters<typeof sharedPlay>[0] = {}, members: (string | object)[] = ["4711"]): Promise<string> {
  play = await sharedPlay({ seams: { clock: moved }, ...options })
  const room = await play.room({ room: "g1", account: "main", members: members as string[] }, "main")
  await prove(play, romeo, "4711")
  return room
}

const out = (to = romeo): Promise<Element> =>
  play.server.expect((el) => el.name === "presence" && el.attrs["type"] === "unavailable" && el.attrs["to"] === to && hasStatus(el, "110"))
const leaves = (change: "left" | "kicked" | "banned", by?: string): void =>
  play.network.rooms.member({ room: "g1", user: "4711", change, by })
const answered = async (room: string, id: string): Promise<string> =>
  (await play.muc.answered(romeo, room, id, "error")).getChild("error")?.toString() ?? ""

describe("at the join", () => {
  test("who is not in the group is refused, and does not learn whether there is one", async () => {
    const room = await open({}, [])
    const refused = async (address: string): Promise<string> =>
      play.join(romeo, address, "Romeo").then(
        () => "",
        (error: unknown) => String(error).replaceAll(/'[^']*'|"[^"]*"/g, ""),
      )
    const [there, nowhere] = [await refused(room), await refused(play.roomJid("nowhere", "main"))]
    assert.match(there, /forbidden/)
    assert.equal(there, nowhere)
    // Who has proven nothing is told how.
    await assert.rejects(play.join(juliet, room, "Juliet"), /registration-required[\s\S]*register/)
    // Nor is anything of it read.
    const archive = await play.server.ask(`<iq type='set' from='${romeo}' to='${room}'><query xmlns='urn:xmpp:mam:2'/></iq>`)
    assert.equal(archive.attrs["type"], "error")
  })

  test("what was refused is asked again when they have come in", async () => {
    const room = await open({}, [])
    await assert.rejects(play.join(romeo, room, "Romeo"), /forbidden/)
    play.network.rooms.member({ room: "g1", user: "4711", change: "joined" })
    await play.drained("main")
    await play.join(romeo, room, "Romeo")
  })

  test("the configuration narrows what the network allows", async () => {
    const room = await open({ rooms: { g1: ["capulet.example"] } })
    await assert.rejects(play.join(romeo, room, "Romeo"), /forbidden/)
    assert.match(await chat(play, romeo, "rooms"), /no rooms/)
  })

  test("where the network cannot be asked, what is not known is no access, and what is known lasts an hour", async () => {
    const room = await open()
    play.network.fault({ kind: "retry", on: "access", times: 1 })
    await assert.rejects(play.join(romeo, room, "Romeo"), /remote-server-timeout/)
    await play.join(romeo, room, "Romeo")
    await play.muc.leave(romeo, room, "Romeo")
    play.network.fault({ kind: "retry", on: "access", times: 100 })
    ahead = 50 * minute
    await play.join(romeo, room, "Romeo")
    await play.muc.leave(romeo, room, "Romeo")
    ahead = 70 * minute
    await assert.rejects(play.join(romeo, room, "Romeo"), /remote-server-timeout/)
    play.network.mend()
    await play.join(romeo, room, "Romeo")
  })
})

describe("what was lost", () => {
  for (const [change, code] of [
    ["left", "321"],
    ["kicked", "307"],
    ["banned", "301"],
  ] as const)
    test(`by having been «${change}» puts all clients out, with ${code}`, async () => {
      const room = await open()
      const other = "romeo@example.test/garden"
      await play.join(romeo, room, "Romeo")
      await play.join(other, room, "Romeo")
      leaves(change)
      for (const client of [romeo, other]) {
        const end = await out(client)
        assert.ok(hasStatus(end, code), end.toString())
        const item = end.getChild("x", "http://jabber.org/protocol/muc#user")?.getChild("item")
        assert.equal(item?.attrs["role"], "none")
        assert.equal(item?.attrs["affiliation"], code === "307" ? "member" : code === "301" ? "outcast" : "none")
      }
      await assert.rejects(play.join(romeo, room, "Romeo"), /forbidden/)
      assert.deepEqual(play.rows("SELECT * FROM access"), [])
    })

  test("is noticed when they speak, if the network did not tell", async () => {
    const room = await open({ adapter: silent })
    await play.join(romeo, room, "Romeo")
    await play.roomSaid(romeo, room, "one")
    leaves("left")
    await play.drained("main")
    ahead = 6 * minute
    const id = play.roomSay(romeo, room, "two")
    assert.match(await answered(room, id), /forbidden/)
    assert.ok(hasStatus(await out(), "321"))
    assert.deepEqual(
      (await play.told("send", 1)).map(({ text }) => text),
      ["Romeo: one"],
    )
  })

  test("is noticed after a while, if they say nothing", async () => {
    const room = await open({ adapter: silent })
    await play.join(romeo, room, "Romeo")
    leaves("left")
    ahead = 13 * minute
    assert.ok(hasStatus(await out(), "321"))
  })

  test("is noticed when the network says that something has changed, for one or for all", async () => {
    const room = await open({ adapter: loopback({ ...standard, tells: ["typing"] }) as unknown as AnyAdapter })
    await play.join(romeo, room, "Romeo")
    leaves("left")
    play.network.rooms.access({ room: "g1", user: "4711" })
    assert.ok(hasStatus(await out(), "321"))
    play.network.rooms.member({ room: "g1", user: "4711", change: "joined" })
    play.network.rooms.access({ room: "g1", user: "4711" })
    await play.drained("main")
    await play.join(romeo, room, "Romeo")
    leaves("left")
    play.network.rooms.access({ room: "g1" })
    assert.ok(hasStatus(await out(), "322"))
  })

  test("while the session was down is noticed when it is up", async () => {
    const room = await open({ adapter: silent })
    await play.join(romeo, room, "Romeo")
    play.network.account("main").cut()
    leaves("left")
    assert.ok(hasStatus(await out(), "321"))
  })

  test("while the gateway was dead is noticed when it is back", async () => {
    const room = await open({ adapter: silent })
    await play.join(romeo, room, "Romeo")
    await play.sync()
    const rows = play.rows<Record<string, string | number>>("SELECT * FROM occupant")
    assert.deepEqual(
      rows.map(({ tag }) => tag),
      ["main"],
    )
    await play.stop()
    // As a kill leaves it: nobody was told anything.
    const db = new Database(play.path)
    for (const row of rows)
      db.prepare(`INSERT OR REPLACE INTO occupant (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row).fill("?").join(", ")})`).run(
        ...Object.values(row),
      )
    db.close()
    leaves("left")
    await play.start()
    await play.server.expect((el) => el.attrs["type"] === "unavailable" && el.attrs["to"] === romeo && hasStatus(el, "321"))
    await play.empty("SELECT * FROM occupant")
  })
})

test("a client that comes again as another of its user's people is told that it left, and goes with that person", async () => {
  const room = await open({}, ["4711", "4712"])
  await prove(play, romeo, "4712")
  await play.join(romeo, room, "Romeo")
  const other = play.roomJid("g1", "main-2")
  const left = play.server.expect(
    (el) => el.attrs["from"] === `${room}/Romeo` && el.attrs["type"] === "unavailable" && hasStatus(el, "110"),
  )
  await play.join(romeo, other, "Romeo")
  await left
  play.network.rooms.member({ room: "g1", user: "4712", change: "kicked" })
  const end = await play.server.expect(
    (el) => el.attrs["from"] === `${other}/Romeo` && el.attrs["type"] === "unavailable" && hasStatus(el, "307"),
  )
  assert.equal(end.attrs["to"], romeo)
})

test("the voice goes and comes back, and is told", async () => {
  const room = await open()
  await play.join(romeo, room, "Romeo")
  const role = (is: string): Promise<Element> =>
    play.server.expect(
      (el) => el.name === "presence" && el.attrs["to"] === romeo && hasStatus(el, "110") && el.toString().includes(`role="${is}"`),
    )
  play.network.rooms.member({ room: "g1", user: "4711", change: "changed", role: "muted" })
  await role("visitor")
  const id = play.roomSay(romeo, room, "But soft!")
  assert.match(await answered(room, id), /no voice/)
  play.network.rooms.member({ room: "g1", user: "4711", change: "changed", role: "member" })
  await role("participant")
  await play.roomSaid(romeo, room, "But soft!")
})

test("what is said while it is asked keeps its order", async () => {
  const room = await open({ adapter: silent })
  await play.join(romeo, room, "Romeo")
  ahead = 6 * minute
  play.network.fault({ kind: "delay", on: "access", delayMs: 50 })
  const said = Array.from({ length: 20 }, (_, i) => `line ${i}`)
  for (const text of said) play.roomSay(romeo, room, text)
  const sent = await play.told("send", said.length, { room: "g1" })
  assert.deepEqual(
    sent.map(({ text }) => text),
    said.map((text) => `Romeo: ${text}`),
  )
})

test("rooms are listed where they are a member, in the chat and in service discovery", async () => {
  await open()
  await play.room({ room: "castle", kind: "container", account: "main", name: "Castle" }, "main")
  await play.room({ room: "hall", parent: "castle", account: "main", members: ["4711"], name: "Hall" }, "main")
  await play.room({ room: "crypt", kind: "container", account: "main", name: "Crypt" }, "main")
  await play.room({ room: "cellar", parent: "crypt", account: "main", name: "Cellar" }, "main")
  const listed = await chat(play, romeo, "rooms")
  assert.match(listed, /castle!main@[\s\S]*hall!main@[\s\S]*g1!main@/i)
  assert.doesNotMatch(listed, /cellar|crypt/i)
  const items = await play.server.ask(
    `<iq type='get' from='${romeo}' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`,
  )
  assert.match(items.toString(), /#hall!main@/)
  assert.doesNotMatch(items.toString(), /cellar|crypt/)
})
