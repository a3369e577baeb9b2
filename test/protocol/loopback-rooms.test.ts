// Rooms of the loopback network: what gateways are told, and what they may do.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { Manage, NetworkEvent, Room } from "xferry"
import adapter, { getNetwork, type Network } from "xferry-adapter-loopback"
import { TestHost } from "xferry/conformance"

type Session = Awaited<ReturnType<typeof adapter.connect>>
const signal = new AbortController().signal
const chat = { room: "ball" }

let name: string
let network: Network
let hosts: TestHost[]

async function open(account = "romeo"): Promise<{ host: TestHost; session: Session }> {
  const host = new TestHost()
  hosts.push(host)
  return { host, session: await adapter.connect({ account, password: "x" }, { network: name, window: 256 }, host) }
}
const send = (session: Session, text: string, key: string = randomUUID()) => session.send({ chat, body: { text }, key }, signal)
const manage = (session: Session, what: Manage, room = "ball") => session.manage({ room, ...what }, signal)
/** The first event after those there are. */
async function told<T extends NetworkEvent["type"]>(host: TestHost, type: T, act: () => unknown): Promise<NetworkEvent & { type: T }> {
  const before = new Set(host.events)
  await act()
  return (await host.event(type, (event) => event.type === type && !before.has(event))) as NetworkEvent & { type: T }
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

const ball = (role: "owner" | "admin" | "member" | "muted" = "admin", more: Partial<Parameters<Network["rooms"]["make"]>[0]> = {}): Room =>
  network.rooms.make({ room: "ball", name: "The ball", accounts: [{ id: "romeo", role }], members: ["juliet", "tybalt"], ...more })

describe("what happens in a room", () => {
  it("is told: the room itself, what is said, edited, deleted, noticed, who types", async () => {
    ball()
    const { host } = await open()
    const { room } = await told(host, "room", () => undefined)
    assert.deepEqual(room, { id: "ball", kind: "group", memberCount: 3, name: "The ball" })
    const said = await told(host, "message", () => network.rooms.say({ room: "ball", from: "juliet", text: "Ay me!" }))
    const { at, ...rest } = said
    assert.ok(at instanceof Date)
    assert.deepEqual(rest, { type: "message", id: "1", chat, from: { id: "juliet", name: "Juliet" }, body: { text: "Ay me!" } })
    const reply = await told(host, "message", () => network.rooms.say({ room: "ball", from: "tybalt", text: "What?", reply: "1" }))
    assert.deepEqual(reply.reply, { id: "1" })
    const edit = await told(host, "edit", () => network.rooms.edit({ room: "ball", id: "1", text: "O me!" }))
    assert.deepEqual([edit.id, edit.body.text, edit.chat, edit.from.id], ["1", "O me!", chat, "juliet"])
    const gone = await told(host, "retract", () => network.rooms.retract({ room: "ball", ids: ["2"], by: "juliet", why: "rude" }))
    assert.deepEqual(gone, { type: "retract", chat, ids: ["2"], by: { id: "juliet", name: "Juliet" }, why: "rude" })
    const notice = await told(host, "notice", () => network.rooms.notice({ room: "ball", text: "Juliet pinned «O me!»", by: "juliet" }))
    assert.deepEqual([notice.chat, notice.text, notice.by?.id], [chat, "Juliet pinned «O me!»", "juliet"])
    const typing = await told(host, "typing", () => network.rooms.typing({ room: "ball", from: "juliet" }))
    assert.deepEqual(typing, { type: "typing", chat, from: { id: "juliet", name: "Juliet" }, active: true })
  })

  it("may be said by the account elsewhere, or by the room itself", async () => {
    ball()
    const { host } = await open()
    const own = await told(host, "message", () => network.rooms.say({ room: "ball", from: "romeo", text: "from my telephone" }))
    assert.ok(own.own === true && own.from.id === "romeo")
    const anonymous = await told(host, "message", () => network.rooms.say({ room: "ball", from: "ball", text: "Welcome" }))
    assert.deepEqual(anonymous.from, { id: "ball", name: "The ball", kind: "room" })
  })

  it("tells of people coming, going, rising and being put out", async () => {
    ball()
    const { host } = await open()
    const changes = [
      { change: "joined", user: "nurse", role: "member" },
      { change: "changed", user: "nurse", role: "admin", title: "Confidante" },
      { change: "left", user: "nurse", role: "none" },
      { change: "kicked", user: "juliet", role: "none", by: "tybalt" },
      { change: "banned", user: "tybalt", role: "banned" },
    ] as const
    for (const { role, ...change } of changes) {
      const event = await told(host, "member", () =>
        network.rooms.member({ room: "ball", ...change, ...(change.change === "changed" && { role }) }),
      )
      assert.deepEqual([event.room, event.change, event.member.role, event.member.contact.id], ["ball", change.change, role, change.user])
      if ("title" in change) assert.equal(event.member.title, change.title)
      if ("by" in change) assert.equal(event.by?.id, change.by)
    }
  })

  it("tells the account of its own comings, rights and goings", async () => {
    network.rooms.make({ room: "ball", members: ["juliet"] })
    network.rooms.make({ room: "terrace", parent: "ball" })
    const { host } = await open()
    const { room, by } = await told(host, "room", () => network.rooms.add({ room: "ball", account: "romeo", by: "juliet" }))
    assert.deepEqual([room.id, by?.id], ["ball", "juliet"])
    const topic = await host.event("the topic", (event) => event.type === "room" && event.room.id === "terrace")
    assert.ok(topic.type === "room" && topic.room.parent === "ball" && topic.room.kind === "topic")
    const rights = await told(host, "access", () => network.rooms.member({ room: "ball", user: "romeo", change: "changed", role: "muted" }))
    assert.deepEqual(rights, { type: "access", room: "ball" })
    await told(host, "gone", () => network.rooms.remove({ room: "ball", account: "romeo", by: "juliet" }))
    await host.until("both rooms to be gone", () => host.events.filter(({ type }) => type === "gone").length === 2)
    assert.deepEqual(
      host.events.filter(({ type }) => type === "gone"),
      ["terrace", "ball"].map((id) => ({ type: "gone", room: id, why: "removed" })),
    )
    network.rooms.say({ room: "ball", from: "juliet", text: "among ourselves" })
    network.say({ account: "romeo", from: "juliet", text: "to you alone" })
    await host.event("a direct message", (event) => event.type === "message" && "user" in event.chat)
    assert.ok(!host.events.some((event) => event.type === "message" && "room" in event.chat))
  })

  it("moves to another id with all its members, and message ids begin anew", async () => {
    ball()
    const { host, session } = await open()
    await send(session, "before")
    const moved = await told(host, "moved", () => network.rooms.move({ room: "ball", to: "grand-ball" }))
    assert.deepEqual(moved, { type: "moved", from: "ball", to: "grand-ball" })
    assert.equal(network.rooms.say({ room: "grand-ball", from: "juliet", text: "after" }), "1")
    await assert.rejects(send(session, "late"), { kind: "retry", blocks: "chat" })
    assert.equal((await session.send({ chat: { room: "grand-ball" }, body: { text: "x" }, key: "k" }, signal)).id, "2")
    network.rooms.make({ room: "ahead", accounts: ["romeo"] })
    network.rooms.say({ room: "ahead", from: "juliet", text: "the new room was faster" })
    const again = await told(host, "moved", () => network.rooms.move({ room: "grand-ball", to: "ahead" }))
    assert.deepEqual([again.from, again.to], ["grand-ball", "ahead"])
    assert.equal(network.rooms.say({ room: "ahead", from: "tybalt", text: "goes on" }), "2")
    assert.equal(network.rooms.get("ahead").role("romeo"), "admin")
  })

  it("ends with the room", async () => {
    ball()
    network.rooms.make({ room: "terrace", parent: "ball" })
    const { host, session } = await open()
    network.rooms.delete({ room: "ball" })
    await host.event("the end", (event) => event.type === "gone" && event.room === "ball" && event.why === "deleted")
    assert.ok(host.events.some((event) => event.type === "gone" && event.room === "terrace"))
    await assert.rejects(send(session, "anybody?"), { kind: "gone" })
  })
})

describe("what gateways do in rooms", () => {
  it("is recorded, and heard by the other accounts there", async () => {
    ball("admin", { accounts: [{ id: "romeo", role: "admin" }, "mercutio"] })
    const { host, session } = await open()
    const { host: other } = await open("mercutio")
    const speaker = { id: "benvolio@example.test", name: "Benvolio" }
    const heard = await told(other, "message", () =>
      session.send({ chat, body: { text: "Part, fools!" }, key: "k", reply: { id: "7" }, as: speaker }, signal),
    )
    assert.ok(heard.own !== true && heard.from.id === "romeo" && heard.body.text === "Part, fools!")
    assert.equal((await send(session, "Part, fools!", "k")).id, heard.id)
    const message = { id: heard.id }
    assert.ok((await told(other, "edit", () => session.edit({ chat, message, body: { text: "Part!" } }, signal))).own !== true)
    await told(other, "typing", () => session.typing({ chat, active: true }, signal))
    await told(other, "retract", () => session.retract({ chat, message, why: "too rash" }, signal))
    const records = network.sent.list({ room: "ball" })
    assert.deepEqual(
      records.map(({ kind }) => kind),
      ["send", "repeat", "edit", "typing", "retract"],
    )
    const { at: _at, ordinal: _ordinal, ...first } = records[0]!
    assert.deepEqual(first, {
      kind: "send",
      account: "romeo",
      to: "ball",
      room: "ball",
      id: "1",
      text: "Part, fools!",
      key: "k",
      reply: "7",
      as: "Benvolio",
    })
    assert.deepEqual(
      host.events.map(({ type }) => type),
      ["room"],
      "an answer is all that who asked gets",
    )
  })

  it("comes back with its key where the network echoes, before the answer", async () => {
    ball()
    network.rooms.echo = true
    const { host, session } = await open()
    const { id } = await send(session, "hello", "k")
    const echo = await host.event("the echo", (event) => event.type === "message" && event.id === id)
    assert.ok(echo.type === "message" && echo.own === true && echo.key === "k")
  })

  it("is denied where the account's role does not allow it", async () => {
    ball("member")
    network.rooms.make({ room: "news", kind: "channel", accounts: ["romeo"] })
    network.rooms.make({ room: "castle", kind: "container", accounts: [{ id: "romeo", role: "owner" }] })
    network.rooms.make({ room: "private" })
    const { session } = await open()
    const denied = { kind: "denied" }
    const id = network.rooms.say({ room: "ball", from: "juliet", text: "mine" })
    await assert.rejects(session.retract({ chat, message: { id } }, signal), denied)
    await assert.rejects(session.edit({ chat, message: { id }, body: { text: "x" } }, signal), denied)
    for (const room of ["news", "castle", "private"])
      await assert.rejects(session.send({ chat: { room }, body: { text: "x" }, key: room }, signal), denied)
    const asked: Manage[] = [
      { do: "name", text: "x" },
      { do: "kick", user: "juliet" },
      { do: "role", user: "juliet", role: "admin" },
      { do: "pin", message: { id } },
      { do: "invite" },
      { do: "destroy" },
    ]
    for (const what of asked) await assert.rejects(manage(session, what), denied)
    assert.equal(network.sent.list().length, 0)
    network.rooms.change({ room: "ball", archived: true })
    await assert.rejects(send(session, "x"), denied)
    network.rooms.change({ room: "ball", archived: false, limits: { send: false } })
    await assert.rejects(send(session, "x"), denied)
    assert.deepEqual(await session.access({ room: "ball", user: "juliet" }, signal), { role: "member", maySend: false })
    assert.deepEqual(await session.access({ room: "ball", user: "nobody" }, signal), { role: "none", maySend: false })
  })

  it("waits in a slow room, unless the account leads it", async () => {
    let now = 1_000_000
    const { Network } = await import("xferry-adapter-loopback")
    const slow = new Network({ now: () => now })
    slow.rooms.make({ room: "ball", slowSeconds: 30, accounts: ["romeo", { id: "escalus", role: "admin" }] })
    const ask = (account: string) => slow.perform(slow.account(account), { op: "send", room: "ball", text: "x", key: "k" }, signal)
    await ask("romeo")
    now += 10_000
    assert.throws(() => ask("romeo"), { kind: "retry", retryAfterMs: 20_000, blocks: "chat" })
    now += 20_000
    await ask("romeo")
    await ask("escalus")
    await ask("escalus")
  })

  it("changes the room for everybody in it", async () => {
    ball("owner")
    const { host, session } = await open()
    assert.equal((await manage(session, { do: "name", text: "The feast" }))?.room?.name, "The feast")
    await host.event("the new name", (event) => event.type === "room" && event.room.name === "The feast")
    const { room, by } = await told(host, "room", () => manage(session, { do: "topic", text: "Masks" }))
    assert.deepEqual([room.name, room.topic, by?.id], ["The feast", "Masks", "romeo"])
    assert.equal((await told(host, "room", () => manage(session, { do: "slow", seconds: 10 }))).room.slowSeconds, 10)
    assert.equal((await told(host, "room", () => manage(session, { do: "close" }))).room.archived, true)
    assert.equal((await told(host, "room", () => manage(session, { do: "reopen" }))).room.archived, false)
    const change = async (what: Manage): Promise<string[]> => {
      const { member, change } = await told(host, "member", () => manage(session, what))
      return [change, member.contact.id, member.role]
    }
    assert.deepEqual(await change({ do: "add", user: "nurse" }), ["joined", "nurse", "member"])
    assert.deepEqual(await change({ do: "role", user: "nurse", role: "admin" }), ["changed", "nurse", "admin"])
    assert.deepEqual(await change({ do: "kick", user: "nurse" }), ["kicked", "nurse", "none"])
    assert.deepEqual(await change({ do: "ban", user: "tybalt", why: "duel" }), ["banned", "tybalt", "banned"])
    assert.deepEqual(await change({ do: "unban", user: "tybalt" }), ["changed", "tybalt", "none"])
    const { id } = await send(session, "hear ye")
    assert.match((await told(host, "notice", () => manage(session, { do: "pin", message: { id } }))).text, /hear ye/)
    await manage(session, { do: "unpin", message: { id } })
    assert.match((await manage(session, { do: "invite", uses: 1, until: new Date(5) }))?.link ?? "", /ball/)
    const picture = { name: "mask.png", mime: "image/png", open: () => Promise.resolve(new Blob(["png"]).stream()) }
    await manage(session, { do: "avatar", file: picture })
    assert.deepEqual(network.sent.list({ kind: "manage" }).at(-1)?.manage, {
      do: "avatar",
      file: { name: "mask.png", mime: "image/png", bytes: 3 },
    })
    await assert.rejects(manage(session, { do: "kick", user: "romeo" }), { kind: "denied" })
    await assert.rejects(manage(session, { do: "kick", user: "rosaline" }), { kind: "gone" })
    await assert.rejects(manage(session, { do: "add", user: "rosaline" }), { kind: "gone" })
  })

  it("makes rooms and topics, leaves, joins and destroys them", async () => {
    ball()
    const { host, session } = await open()
    const topic = (await manage(session, { do: "create", new: { name: "Masks" }, first: { text: "Which?" } }))?.room
    assert.ok(topic?.parent === "ball" && topic.kind === "topic")
    assert.equal(network.rooms.get(topic.id).posts[0]?.text, "Which?")
    const own = (await manage(session, { do: "create", new: { name: "Mine", kind: "group" } }, ""))?.room
    assert.ok(own && own.parent === undefined && own.id !== topic.id)
    await manage(session, { do: "destroy" }, own.id)
    await host.event("its end", (event) => event.type === "gone" && event.room === own.id && event.why === "deleted")
    await manage(session, { do: "leave" })
    await host.event("having left", (event) => event.type === "gone" && event.room === "ball" && event.why === "removed")
    await assert.rejects(send(session, "x"), { kind: "denied" })
    await manage(session, { do: "join" })
    await send(session, "back again")
    network.rooms.member({ room: "ball", user: "romeo", change: "banned" })
    await assert.rejects(manage(session, { do: "join" }), { kind: "denied" })
  })
})
