// Checks: what is said in rooms arrives and leaves with the room's name on it; refusals are refusals.
import assert from "node:assert/strict"
import type { LegacyMessageId, LegacyRoomId, LegacyUserId, Manage, NetworkEvent } from "../contract.js"
import type { FakeRooms } from "./fake-rooms.js"
import type { Check, Open, Stage } from "./stage.js"

/** The fake's rooms; undefined where the network has none. */
export function roomsOf({ fake, capabilities }: Stage): FakeRooms | undefined {
  const declared = (["rooms", "members", "access", "manage"] as const).find((name) => capabilities[name] !== undefined)
  if (fake.rooms === undefined && declared !== undefined) assert.fail(`the adapter declares «${declared}»: the fake needs rooms`)
  return fake.rooms
}

export async function hearInRoom(
  stage: Stage,
  rooms: FakeRooms,
  { host }: Open,
  text = stage.text("in the room"),
): Promise<NetworkEvent & { type: "message" }> {
  const id = await rooms.says(text)
  const isIt = (event: NetworkEvent): boolean => event.type === "message" && event.id === id && "room" in event.chat
  return (await host.event(`«${text}» in the room`, isIt)) as NetworkEvent & { type: "message" }
}

export function roomChecks(stage: () => Stage, check: Check): void {
  check("brings what is said in a room, whole, once, and as said there", async () => {
    const rooms = roomsOf(stage())
    if (rooms === undefined) return
    const open = await stage().open()
    const text = stage().text("hear, hear")
    const { chat, from, at, body, own, id } = await hearInRoom(stage(), rooms, open, text)
    assert.deepEqual(chat, { room: rooms.room.id }, "a message in a room names the room and nobody else")
    assert.equal(from.id, stage().fake.person.id)
    assert.ok(body.text === text && own !== true && at instanceof Date)
    await hearInRoom(stage(), rooms, open)
    assert.equal(open.host.events.filter((event) => event.type === "message" && event.id === id && "room" in event.chat).length, 1)
  })

  check("tells edits, deletions and members of a room, if it says it does", async (t) => {
    const rooms = roomsOf(stage())
    if (rooms === undefined) return
    const tells = stage().capabilities.tells ?? []
    const open = await stage().open()
    const chat = { room: rooms.room.id }
    if (tells.includes("edit")) {
      await t.test("edit", async () => {
        assert.ok(rooms.edits, "the fake needs rooms.edits")
        const { id } = await hearInRoom(stage(), rooms, open)
        const text = stage().text("edited")
        await rooms.edits(id, text)
        const edit = await open.host.event("the edit", (event) => event.type === "edit" && event.id === id && "room" in event.chat)
        assert.ok(edit.type === "edit" && edit.body.text === text && edit.revision !== "")
        assert.deepEqual(edit.chat, chat)
      })
    }
    if (tells.includes("retract")) {
      await t.test("retract", async () => {
        assert.ok(rooms.deletes, "the fake needs rooms.deletes")
        const { id } = await hearInRoom(stage(), rooms, open)
        await rooms.deletes(id)
        const gone = await open.host.event("the deletion", (event) => event.type === "retract" && event.ids.includes(id))
        assert.ok(gone.type === "retract")
        assert.deepEqual(gone.chat, chat)
      })
    }
    if (tells.includes("members")) {
      await t.test("members", async () => {
        assert.ok(rooms.joins, "the fake needs rooms.joins")
        const who = await rooms.joins()
        const joined = await open.host.event("who joined", (event) => event.type === "member" && event.member.contact.id === who)
        assert.ok(joined.type === "member" && joined.change === "joined" && joined.room === rooms.room.id)
      })
    }
  })

  check("sends to a room, and edits and retracts there, if it says it does", async (t) => {
    const rooms = roomsOf(stage())
    if (rooms === undefined) return
    const { capabilities, deadlineMs } = stage()
    const signal = AbortSignal.timeout(deadlineMs * 4)
    const open = await stage().open()
    const { session } = open
    const chat = { room: rooms.room.id }
    const text = stage().text("to the room")
    const message = await stage().send(open, chat, text)
    assert.equal((await rooms.sent()).find(({ id }) => id === message.id)?.text, text)
    if (capabilities.edit !== undefined) {
      await t.test("edit", async () => {
        const next = stage().text("edited in the room")
        await session.edit!({ chat, message, body: { text: next } }, signal)
        assert.equal((await rooms.sent()).find(({ id }) => id === message.id)?.text, next)
      })
    }
    if (capabilities.retract !== undefined) {
      await t.test("retract", async () => {
        await session.retract!({ chat, message }, signal)
        assert.ok(!(await rooms.sent()).some(({ id }) => id === message.id))
      })
    }
    await hearInRoom(stage(), rooms, open)
    const strange = open.host.events.some((event) => event.type === "message" && event.id === message.id && isOthers(event, rooms.room.id))
    assert.ok(!strange, "what it sent came back as somebody else's")
  })

  check("fails in rooms where it may do nothing, and where there is none, with a refusal", async () => {
    const rooms = roomsOf(stage())
    if (rooms === undefined) return
    const open = await stage().open()
    const { id } = await hearInRoom(stage(), rooms, open)
    for (const room of [rooms.readOnly, rooms.nowhere]) {
      if (room === undefined) continue
      await refused(stage(), `a send to «${room}»`, () => stage().send(open, { room }, stage().text("hush")))
      for (const what of attempts(stage().capabilities.manage?.can ?? [], stage().fake.person.id, id))
        await refused(stage(), `«${what.do}» in «${room}»`, async () => open.session.manage!({ room, ...what }, stage().signal()))
    }
  })
}

const refusals: ReadonlySet<string> = new Set(["denied", "unsupported", "rejected", "gone"])

async function refused(stage: Stage, what: string, call: () => Promise<unknown>): Promise<void> {
  const { kind } = await stage.failure(what, call)
  assert.ok(refusals.has(kind), `${what}: «${kind}» would have the core try for ever`)
}

function attempts(can: readonly Manage["do"][], user: LegacyUserId, id: LegacyMessageId): Manage[] {
  const all: Manage[] = [
    { do: "name", text: "Usurped" },
    { do: "topic", text: "Usurped" },
    { do: "slow", seconds: 30 },
    { do: "pin", message: { id } },
    { do: "kick", user },
    { do: "ban", user },
    { do: "role", user, role: "admin" },
    { do: "invite" },
  ]
  return all.filter((what) => can.includes(what.do))
}

const isOthers = (event: NetworkEvent & { type: "message" }, room: LegacyRoomId): boolean =>
  "room" in event.chat && event.chat.room === room && event.own !== true
