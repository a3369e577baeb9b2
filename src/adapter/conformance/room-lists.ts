// Checks: what can be looked up of rooms comes in pages without gap or double, and in the shape that is due.
import assert from "node:assert/strict"
import type { MessageEvent, Page, Role, Room } from "../contract.js"
import { hearInRoom, roomsOf } from "./rooms.js"
import type { AnySession, Check, Stage } from "./stage.js"

const roles: ReadonlySet<Role> = new Set(["owner", "admin", "member", "muted", "none", "banned"])
/** No list has more pages in a test: an adapter that never ends one must fail, not hang. */
const mostPages = 1000

export function roomListChecks(stage: () => Stage, check: Check): void {
  check("lists rooms, if it says it does", async () => {
    const rooms = roomsOf(stage())
    if (rooms === undefined || stage().capabilities.rooms === undefined) return
    const { session } = await stage().open()
    const found = await allRooms(stage(), session)
    assert.equal(found.find(({ id }) => id === rooms.room.id)?.name, rooms.room.name)
    assertUnique(found.map(({ id }) => id))
    if (session.room === undefined) return
    assert.equal((await session.room(rooms.room.id, stage().signal())).name, rooms.room.name)
  })

  check("lists the members of a room page by page, if it says it does", async () => {
    const rooms = roomsOf(stage())
    const { capabilities } = stage()
    if (rooms === undefined || capabilities.members === undefined) return
    const { session } = await stage().open()
    const query = { room: rooms.room.id, limit: 2 }
    const members = await pages(async (cursor) => {
      const page = await session.members!({ ...query, ...cursor }, stage().signal())
      assert.ok(page.items.length <= query.limit, "a page is longer than was asked for")
      return page
    })
    for (const { role } of members) assert.ok(roles.has(role), `«${role}» is no role`)
    assertUnique(members.map(({ contact }) => contact.id))
    if (capabilities.members.complete !== true) return
    assert.ok(rooms.members, "the adapter lists all members: the fake needs rooms.members")
    assert.deepEqual(members.map(({ contact }) => contact.id).sort(), [...(await rooms.members())].sort())
  })

  check("says what somebody may do in a room, if it says it does", async () => {
    const rooms = roomsOf(stage())
    if (rooms === undefined || stage().capabilities.access === undefined) return
    const { session } = await stage().open()
    const { fake } = stage()
    const there = await session.access!({ room: rooms.room.id, user: fake.person.id }, stage().signal())
    assert.ok(roles.has(there.role) && there.role !== "none" && there.role !== "banned")
    assert.equal(typeof there.maySend, "boolean")
    const own = await session.access!({ room: rooms.room.id, user: session.self.id }, stage().signal())
    assert.equal(own.maySend, true, "the account may write in the fake's room")
    if (fake.nobody === undefined) return
    const stranger = await session.access!({ room: rooms.room.id, user: fake.nobody }, stage().signal()).catch(() => undefined)
    assert.ok(stranger === undefined || !stranger.maySend, "nobody may write")
  })

  check("changes a room's topic, if it says it does", async () => {
    const rooms = roomsOf(stage())
    if (rooms === undefined || !(stage().capabilities.manage?.can.includes("topic") ?? false)) return
    const { session } = await stage().open()
    const text = stage().text("the topic")
    await session.manage!({ room: rooms.room.id, do: "topic", text }, stage().signal())
    if (session.room !== undefined) assert.equal((await session.room(rooms.room.id, stage().signal())).topic, text)
  })

  check("pages through a room's history, oldest first, without gap or double, if it says it does", async (t) => {
    const rooms = roomsOf(stage())
    const { history } = stage().capabilities
    if (rooms === undefined || history === undefined) return
    const open = await stage().open()
    const { session } = open
    const first = await hearInRoom(stage(), rooms, open)
    const said: { id: string; text: string }[] = []
    for (let i = 0; i < 7; i++) {
      const { id, body } = await hearInRoom(stage(), rooms, open)
      said.push({ id, text: body.text })
    }
    const chat = { room: rooms.room.id }
    const limit = Math.min(3, history.maxPage ?? 3)
    const ask = async (edge: { after?: string; before?: string }): Promise<{ items: MessageEvent[]; more: boolean }> => {
      const page = await session.history!({ chat, ...edge, limit }, stage().signal())
      assert.ok(page.items.length <= limit, "a page is longer than was asked for")
      for (const item of page.items) {
        assert.ok(item.type === "message" && item.at instanceof Date)
        assert.deepEqual(item.chat, chat)
      }
      return page
    }
    await t.test("after", async () => {
      const found: MessageEvent[] = []
      for (let after = first.id, more = true; more; after = found.at(-1)!.id) {
        const page = await ask({ after })
        assert.ok(page.items.length > 0 || !page.more, "an empty page with more behind it never ends")
        found.push(...page.items)
        more = page.more
        if (page.items.length === 0) break
      }
      assert.deepEqual(
        found.map(({ id, body }) => ({ id, text: body.text })),
        said,
      )
    })
    if (history.older !== true) return
    await t.test("before", async () => {
      const found: MessageEvent[] = []
      for (let before = said.at(-1)!.id; ; before = found[0]!.id) {
        const page = await ask({ before })
        found.unshift(...page.items)
        if (page.items.length === 0 || page.items.some(({ id }) => id === first.id)) break
      }
      const from = found.findIndex(({ id }) => id === first.id)
      assert.deepEqual(
        found.slice(from).map(({ id }) => id),
        [first, ...said.slice(0, -1)].map(({ id }) => id),
      )
    })
  })
}

/** As the core walks them: without a parent, then what is in each container. */
async function allRooms(stage: Stage, session: AnySession): Promise<Room[]> {
  const found: Room[] = []
  const containers: { parent?: string }[] = [{}]
  for (const place of containers) {
    const here = await pages(async (cursor) => session.rooms!({ ...place, ...cursor }, stage.signal()))
    found.push(...here)
    for (const { id, kind } of here) if (kind === "container") containers.push({ parent: id })
  }
  return found
}

async function pages<T>(ask: (cursor: { cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = []
  let cursor: { cursor?: string } = {}
  for (let count = 0; count < mostPages; count++) {
    const { items, next } = await ask(cursor)
    found.push(...items)
    if (next === undefined) return found
    cursor = { cursor: next }
  }
  return assert.fail(`a list has not ended after ${mostPages} pages`)
}

function assertUnique(ids: string[]): void {
  const doubles = ids.filter((id, i) => ids.indexOf(id) !== i)
  assert.deepEqual(doubles, [], "these come twice")
}
