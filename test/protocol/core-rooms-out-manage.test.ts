// What users change in rooms: asked of the network first, then seen by everybody at once and once only.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Manage } from "#src/adapter/contract.js"
import type { AnyAdapter, AnySession } from "#src/adapter/define.js"
import type { BareJid } from "#src/core/model.js"
import { Refusal, type Service } from "#src/core/ports.js"
import type { RoomView } from "#src/core/rooms/ports.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { RoomCore } from "../support/room-core.js"

const romeo = "romeo@example.test" as BareJid
const plain = loopback(standard) as AnyAdapter

let core: RoomCore
let rooms: Service["rooms"]
afterEach(() => core.close())

/** Romeo's own account is the owner of Verona, or the configuration's account «main» is. */
async function open(adapter = plain, tag = ""): Promise<void> {
  core = await RoomCore.open(adapter, tag === "" ? [] : [{ tag, answers: { name: tag, password: "p" }, mayEnter: () => true }])
  rooms = core.network.rooms
  if (tag === "") await core.register(romeo)
  const id = tag === "" ? "romeo" : tag
  const people = ["juliet", "tybalt"]
  await core.room({ room: "g1", accounts: [{ id, role: "owner" }], members: people, name: "Verona", topic: "A plague" }, id)
  await rooms.takeNick(await view("g1", tag), "Romeo")
}

const variant = (change: object): AnyAdapter => loopback({ ...standard, ...change })
const view = (legacyId = "g1", tag = ""): Promise<RoomView> => rooms.view(romeo, legacyId, tag, true)
const manage = async (what: Manage): ReturnType<Service["rooms"]["manage"]> => rooms.manage(await view(), what)

async function hear(from: string): Promise<void> {
  core.loop.rooms.say({ room: "g1", from, text: "here" })
  await core.drained("romeo")
}

/** The condition of what is refused. */
async function refused(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Refusal, String(error))
  return error.error.condition
}

/** What was told since, of these kinds. */
function told(since: number, ...kinds: string[]): string[] {
  return core.recorder
    .lines()
    .slice(since)
    .filter((line) => kinds.some((kind) => line.startsWith(kind)))
}

describe("a change", () => {
  for (const when of ["before", "after"])
    test(`of the subject is the user's, once, if the network tells of it ${when} it answers`, async () => {
      const tap: Tap = new Tap(plain, (session: AnySession) => ({
        manage: async (...args: Parameters<NonNullable<AnySession["manage"]>>) => {
          const done = await session.manage?.(...args)
          if (when === "before") await core.drained("romeo")
          return done
        },
      }))
      await open(tap.adapter)
      const since = core.recorder.told.length
      await manage({ do: "topic", text: "Both houses" })
      await core.drained("romeo")
      assert.deepEqual(told(since, "subject", "info").sort(), ["info", "subject Romeo: Both houses"])
      assert.equal((await view()).room.facts.topicBy, "Romeo")
    })

  test("of name, slow mode and what is open is known when it is done", async () => {
    await open()
    await manage({ do: "name", text: "Mantua" })
    assert.equal((await view()).room.name, "Mantua")
    await manage({ do: "slow", seconds: 30 })
    assert.equal((await view()).room.facts.slowSeconds, 30)
    await manage({ do: "close" })
    assert.equal((await view()).room.facts.archived, true)
    await manage({ do: "reopen" })
    assert.equal((await view()).room.facts.archived, false)
    assert.equal(core.loop.rooms.get("g1").info.name, "Mantua")
    await core.drained("romeo")
    assert.deepEqual(told(0, "info").length, 4)
  })

  test("of people is told once: roles, kicks, bans", async () => {
    await open()
    for (const from of ["juliet", "tybalt"]) await hear(from)
    const since = core.recorder.told.length
    await manage({ do: "role", user: "juliet", role: "admin" })
    await manage({ do: "role", user: "juliet", role: "admin" })
    assert.equal((await rooms.participant((await view()).room, { contact: "juliet" }))?.role, "admin")
    await manage({ do: "role", user: "juliet", role: "member" })
    await manage({ do: "kick", user: "juliet", why: "go" })
    await manage({ do: "ban", user: "tybalt" })
    await core.drained("romeo")
    assert.deepEqual(told(since, "participant", "kicked", "banned"), [
      "participant juliet",
      "participant juliet",
      "kicked juliet",
      "banned tybalt",
    ])
    const banned = await rooms.participant((await view()).room, { contact: "tybalt" })
    assert.deepEqual([banned?.role, banned?.present], ["banned", false])
  })

  test("makes a topic, which is a room at once", async () => {
    await open()
    const { room: made } = await manage({ do: "create", new: { kind: "topic", name: "Balcony" } })
    assert.equal(made?.name, "Balcony")
    assert.equal(made.parentId, (await view()).room.id)
    await core.drained("romeo")
    assert.equal(told(0, "new").length, 2)
    assert.ok(((await manage({ do: "invite" })).link ?? "") !== "")
  })
})

describe("refused", () => {
  test("what the network cannot, what the account may not, and what the network denies", async () => {
    await open(variant({ manage: { can: ["name", "topic", "kick"] } }))
    assert.equal(await refused(manage({ do: "ban", user: "juliet" })), "feature-not-implemented")
    core.loop.fault({ kind: "denied", on: "manage", text: "Not you." })
    assert.equal(await refused(manage({ do: "name", text: "X" })), "forbidden")
    assert.equal((await view()).room.name, "Verona")
    core.loop.rooms.member({ room: "g1", user: "romeo", change: "changed", role: "member" })
    await core.drained("romeo")
    await view()
    assert.equal(await refused(manage({ do: "name", text: "X" })), "forbidden")
  })

  test("everything, for guests; and while there is no session", async () => {
    await open(plain, "main")
    const guest = await view("g1", "main")
    assert.equal(await refused(rooms.manage(guest, { do: "name", text: "X" })), "forbidden")
    assert.equal(await refused(rooms.abandon(guest, false)), "forbidden")
    await core.close()
    let down = false
    const connect: AnyAdapter["connect"] = (...args) => (down ? Promise.reject(new Error("no")) : plain.connect(...args))
    await open({ ...plain, connect })
    down = true
    const mine = await view()
    core.loop.account("romeo").cut()
    while (core.network.linkState(mine.link).up) await new Promise(setImmediate)
    assert.equal(await refused(rooms.manage(mine, { do: "name", text: "X" })), "remote-server-timeout")
  })
})

describe("the end", () => {
  test("the account leaves the group, and nothing of the room is left here", async () => {
    await open()
    await hear("juliet")
    await rooms.abandon(await view(), false)
    assert.equal(await refused(view()), "item-not-found")
    assert.ok(core.recorder.lines().some((line) => line.startsWith("gone")))
    assert.deepEqual(
      core.loop.sent.list({ kind: "manage" }).map(({ manage: change }) => change?.do),
      ["leave"],
    )
  })

  test("an owner ends it for everybody", async () => {
    await open()
    await rooms.abandon(await view(), true)
    assert.deepEqual(
      core.loop.sent.list({ kind: "manage" }).map(({ manage: change }) => change?.do),
      ["destroy"],
    )
    assert.throws(() => core.loop.rooms.get("g1"))
    assert.equal(await refused(view()), "item-not-found")
  })

  test("what the network does not let go stays", async () => {
    await open()
    core.loop.fault({ kind: "denied", on: "manage", text: "Stay." })
    assert.equal(await refused(rooms.abandon(await view(), false)), "forbidden")
    assert.equal((await view()).room.state, "open")
  })
})

describe("members", () => {
  test("are the network's, page by page, with the nicks they have here", async () => {
    await open()
    core.loop.rooms.make({ room: "g1", crowd: 450 })
    await hear("juliet")
    const mine = await view()
    const ids: string[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = await rooms.members(mine, cursor)
      ids.push(...page.members.map(({ contact }) => contact.id))
      const juliet = page.members.find(({ contact }) => contact.id === "juliet")
      if (juliet) assert.equal(juliet.nick, "juliet")
      cursor = page.next
      pages++
    } while (cursor !== undefined)
    // The account itself is left out: it is its users.
    assert.equal(new Set(ids).size, 452)
    assert.ok(pages >= 3)
  })

  test("are those who are known where the network has no list, or does not give it", async () => {
    const { members: _, ...rest } = standard
    await open(loopback(rest as typeof standard))
    await hear("juliet")
    assert.ok((await rooms.members(await view())).members.some(({ contact }) => contact.id === "juliet"))
    await core.close()
    await open()
    await hear("juliet")
    core.loop.fault({ kind: "denied", on: "members" })
    assert.ok((await rooms.members(await view())).members.some(({ contact }) => contact.id === "juliet"))
  })
})

test("what is told of a room while it is being removed does not bring it back", async () => {
  const tap = new Tap(plain, () => ({ manage: () => Promise.resolve() }))
  await open(tap.adapter)
  const store = core.store as unknown as { removeRoom: (room: number) => Promise<void> }
  const remove = store.removeRoom.bind(core.store)
  store.removeRoom = async (room) => {
    const done = remove(room)
    await tap.emit({ type: "gone", room: "g1", why: "removed" })
    await done
  }
  await rooms.abandon(await view(), false)
  assert.deepEqual(await rooms.visible(romeo), [])
  assert.deepEqual((await core.store.loadRooms("lo")).rooms, [])
})
