// What the core asks of rooms on Telegram: every verb and refusal, by the real adapter on the fake Bot API over HTTP.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { Manage, NetworkEvent } from "xferry"
import type { TestHost } from "xferry/conformance"
import { Ground, juliet, type Session, signal } from "../fakes/telegram/ground.js"
import { adminRights, type Group, type GroupFields, type Right } from "../fakes/telegram/index.js"

const romeo = { id: 5_200_000_002, is_bot: false, first_name: "Romeo" }
const nurse = { id: 5_200_000_003, is_bot: false, first_name: "Nurse" }
let ground: Ground
let host: TestHost
let session: Session

beforeEach(async () => {
  ground = new Ground()
  await ground.start()
  ground.fake.person(romeo)
  ground.fake.person(nurse)
  ;({ host, session } = await ground.connect())
})
afterEach(() => ground.stop())

/** A group of Juliet's with Romeo and the bot in it. */
function group(fields: Partial<GroupFields> = {}, rights: readonly Right[] = adminRights): Group {
  const made = ground.fake.makeGroup({ title: "Verona", owner: juliet, ...fields })
  made.join(romeo)
  made.addBot(ground.bot, juliet, rights)
  return made
}
const idOf = ({ id }: Group, thread?: number): string => (thread === undefined ? String(id) : `${id}/${thread}`)
const send = (room: string, text = "hello", more: object = {}) =>
  session.send({ chat: { room }, body: { text }, key: "k", ...more }, signal)
const manage = (room: string, what: Manage) => session.manage({ room, ...what }, signal)
const told = (type: NetworkEvent["type"], room: string): Promise<NetworkEvent> =>
  host.event(`${type} of ${room}`, (event) => event.type === type && "room" in event && event.room === room)

async function fails(call: Promise<unknown>, kind: string, text: RegExp): Promise<void> {
  const error = await ground.failure(call)
  assert.equal(error.kind, kind, error.message)
  assert.match(error.message, text)
}

describe("messages", () => {
  it("into a group: sent, answering, edited, deleted, typed", async () => {
    const verona = group()
    const room = idOf(verona)
    const { id } = await send(room)
    const asked = String(verona.say(romeo, "Where is Juliet?").id(ground.bot))
    await send(room, "there", { reply: { id: asked, quote: "Juliet" } })
    await send(room, "a quote that is not in it", { reply: { id: asked, quote: "Rosaline" } })
    await send(room, "to what is gone", { reply: { id: "9999" } })
    await send(room, "to what never was Telegram's", { reply: { id: "x" } })
    assert.deepEqual(
      ground.bot.sent.map(({ replyTo }) => replyTo),
      [undefined, Number(asked), Number(asked), undefined, undefined],
    )
    await session.edit({ chat: { room }, message: { id }, body: { text: "good morrow" } }, signal)
    assert.equal(ground.fake.textsTo(ground.bot, verona)[0], "good morrow")
    assert.deepEqual(await session.edit({ chat: { room }, message: { id }, body: { text: "good morrow" } }, signal), {})
    await session.retract({ chat: { room }, message: { id } }, signal)
    await session.retract({ chat: { room }, message: { id } }, signal)
    assert.equal(ground.fake.textsTo(ground.bot, verona).length, 4)
    await session.typing({ chat: { room }, active: true }, signal)
    assert.deepEqual(ground.bot.actions, [{ chat: verona.id, action: "typing" }])
    assert.equal(ground.bot.sent.length, 5, "the quote that did not fit cost no second message")
  })

  it("into a topic and into General", async () => {
    const forum = group({ forum: true })
    const thread = forum.makeTopic("Balcony")
    await send(idOf(forum, thread), "up here")
    await send(idOf(forum), "down here")
    await session.typing({ chat: { room: idOf(forum, thread) }, active: true }, signal)
    assert.deepEqual(
      ground.bot.sent.map(({ text, thread: where }) => [text, where]),
      [
        ["up here", thread],
        ["down here", undefined],
      ],
    )
    assert.equal(ground.bot.actions[0]?.thread, thread)
  })

  it("into a channel", async () => {
    const news = group({ type: "channel", title: "News" })
    const { id } = await send(idOf(news), "extra")
    await session.edit({ chat: { room: idOf(news) }, message: { id }, body: { text: "extra!" } }, signal)
    assert.deepEqual(ground.fake.textsTo(ground.bot, news), ["extra!"])
    news.promote(ground.bot.plainUser, ["can_manage_chat"])
    await fails(send(idOf(news)), "denied", /may not write here.*administrator rights/)
    await told("access", idOf(news))
  })

  it("of others are deleted with the right for it only", async () => {
    const verona = group()
    const delete_ = (post: ReturnType<Group["say"]>) =>
      session.retract({ chat: { room: idOf(verona) }, message: { id: String(post.id(ground.bot)) } }, signal)
    const post = verona.say(romeo, "rude")
    await delete_(post)
    assert.ok(post.deleted)
    verona.promote(ground.bot.plainUser, ["can_manage_chat"])
    await fails(delete_(verona.say(romeo, "ruder")), "denied", /does not let the bot/)
  })
})

describe("a room that is no more", () => {
  it("is told and refused: the bot was removed, or never there", async () => {
    const verona = group()
    verona.ban(ground.bot.plainUser)
    await fails(send(idOf(verona)), "gone", /not in this group any more/)
    await told("gone", idOf(verona))
    await fails(send("-1009999999999"), "gone", /not in this group any more/)
    await fails(send("-1/0"), "gone", /not the number of a group/)
    const basic = group({ type: "group" }, undefined)
    basic.deleted = true
    await fails(send(idOf(basic)), "gone", /not in this group/)
    const event = await told("gone", idOf(basic))
    assert.ok(event.type === "gone" && event.why === "deleted")
  })

  it("a deleted topic, and not its forum", async () => {
    const forum = group({ forum: true })
    const thread = forum.makeTopic("Balcony")
    forum.deleteTopic(thread)
    await fails(send(idOf(forum, thread)), "gone", /topic has been deleted/)
    const event = await told("gone", idOf(forum, thread))
    assert.ok(event.type === "gone" && event.why === "deleted")
    await send(idOf(forum))
    assert.ok(!host.events.some((event) => event.type === "gone" && event.room === idOf(forum)))
  })

  it("a closed topic, silence, slow mode", async () => {
    const forum = group({ forum: true }, [])
    const thread = forum.makeTopic("Balcony")
    forum.closeTopic(thread, true)
    await fails(send(idOf(forum, thread)), "denied", /topic is closed/)
    forum.permissions.can_send_messages = false
    await fails(send(idOf(forum)), "denied", /may not write here/)
    ground.fake.faults.next("sendMessage", { kind: "429", retryAfter: 9 })
    const error = await ground.failure(send(idOf(forum)))
    assert.deepEqual([error.kind, error.retryAfterMs, error.blocks], ["retry", 9000, "chat"], "private chats need not wait")
  })

  it("an answer that got lost is nobody's to repeat", async () => {
    const verona = group()
    ground.fake.faults.next("sendMessage", { kind: "reset-after" })
    await fails(send(idOf(verona)), "unknown-outcome", /broke/)
    assert.equal(ground.bot.sent.length, 1)
  })
})

describe("what a room is, and who may do what", () => {
  it("a group, a topic of it, a channel without the right to post", async () => {
    const forum = group({ forum: true, description: "Fair", slowSeconds: 30 })
    const thread = forum.makeTopic("Balcony")
    await host.event("the topic", (event) => event.type === "room" && event.room.id === idOf(forum, thread))
    const { limits, ...rest } = await session.room!(idOf(forum), signal)
    assert.deepEqual(rest, {
      id: idOf(forum),
      kind: "group",
      parent: null,
      name: "Verona",
      topic: "Fair",
      avatar: null,
      memberCount: 3,
      slowSeconds: 30,
      archived: false,
    })
    const can = (from: typeof limits): string[] => (from?.manage as { can: string[] }).can
    assert.deepEqual([...can(limits)].sort(), [
      "avatar",
      "ban",
      "close",
      "create",
      "invite",
      "kick",
      "leave",
      "name",
      "pin",
      "reopen",
      "role",
      "topic",
      "unban",
      "unpin",
    ])
    const topic = await session.room!(idOf(forum, thread), signal)
    assert.deepEqual([topic.kind, topic.parent, topic.name, topic.archived], ["topic", idOf(forum), "Balcony", false])
    assert.deepEqual([...can(topic.limits)].sort(), ["close", "destroy", "name", "pin", "reopen", "unpin"])
    const news = group({ type: "channel", title: "News" }, ["can_manage_chat"])
    const channel = await session.room!(idOf(news), signal)
    assert.deepEqual([channel.kind, channel.limits?.send, channel.limits?.typing], ["channel", false, false])
    await fails(session.room!("-1009999999999", signal), "gone", /not in this group/)
  })

  it("access: by role, restriction, the group's permissions, closed topics", async () => {
    const forum = group({ forum: true })
    const thread = forum.makeTopic("Balcony")
    const access = (user: { id: number } | string, room = idOf(forum)) =>
      session.access({ room, user: typeof user === "string" ? user : String(user.id) }, signal)
    assert.deepEqual(await access(juliet), { role: "owner", maySend: true })
    assert.deepEqual(await access(romeo), { role: "member", maySend: true })
    assert.deepEqual(await access(ground.bot.user), { role: "admin", maySend: true })
    assert.deepEqual(await access(nurse), { role: "none", maySend: false })
    assert.deepEqual(await access({ id: 12 }), { role: "none", maySend: false }, "nobody Telegram knows")
    assert.deepEqual(await access(idOf(forum)), { role: "admin", maySend: true }, "whoever speaks in the name of the group")
    assert.deepEqual(await access("-1002000009999"), { role: "none", maySend: false }, "another group that speaks")
    forum.restrict(romeo, { can_send_messages: false })
    assert.deepEqual(await access(romeo), { role: "muted", maySend: false })
    forum.promote(romeo, [])
    forum.permissions.can_send_messages = false
    assert.deepEqual(await access(romeo), { role: "member", maySend: false })
    assert.deepEqual(await access(ground.bot.user), { role: "admin", maySend: true })
    forum.permissions.can_send_messages = true
    forum.closeTopic(thread, true)
    await host.event("closing", (event) => event.type === "room" && event.room.archived === true)
    assert.deepEqual(await access(romeo, idOf(forum, thread)), { role: "member", maySend: false })
    assert.deepEqual(await access(juliet, idOf(forum, thread)), { role: "owner", maySend: true })
    forum.ban(romeo)
    assert.deepEqual(await access(romeo), { role: "banned", maySend: false })
    const news = group({ type: "channel" }, ["can_manage_chat"])
    assert.deepEqual(await access(ground.bot.user, idOf(news)), { role: "admin", maySend: false })
    assert.deepEqual(await access(romeo, idOf(news)), { role: "member", maySend: false })
    const closed = group({ type: "channel" }, [])
    await fails(access(romeo, idOf(closed)), "denied", /no right.*administrator rights/)
  })

  it("members: those who run it, the owner first", async () => {
    const verona = group()
    verona.promote(romeo, ["can_manage_chat"], { title: "Count" })
    verona.join(nurse)
    verona.promote(nurse, ["can_manage_chat"], { anonymous: true })
    const { items, next } = await session.members({ room: idOf(verona), limit: 100 }, signal)
    assert.deepEqual(
      items.map(({ contact, role, title }) => [contact.name, role, title]),
      [
        ["Juliet", "owner", ""],
        ["Romeo", "admin", "Count"],
        ["romeo_bot", "admin", ""],
      ],
    )
    assert.equal(next, undefined)
    const page = await session.members({ room: idOf(verona), limit: 2 }, signal)
    assert.deepEqual([page.items.length, page.next], [2, "2"])
    const last = await session.members({ room: idOf(verona), limit: 2, cursor: page.next! }, signal)
    assert.deepEqual([last.items[0]?.contact.name, last.next], ["romeo_bot", undefined])
  })
})

describe("changes", () => {
  it("of a group: name, description, pins, invitations, leaving", async () => {
    const verona = group()
    const room = idOf(verona)
    assert.deepEqual(await manage(room, { do: "name", text: " Fair Verona " }), { room: { id: room, name: "Fair Verona" } })
    await manage(room, { do: "name", text: "Fair Verona" })
    assert.deepEqual(await manage(room, { do: "topic", text: "where we lay our scene" }), {
      room: { id: room, topic: "where we lay our scene" },
    })
    await manage(room, { do: "topic", text: "where we lay our scene" })
    assert.deepEqual([verona.title, verona.description], ["Fair Verona", "where we lay our scene"])
    const post = verona.say(romeo, "But soft!")
    const message = { id: String(post.id(ground.bot)) }
    await manage(room, { do: "pin", message })
    assert.ok(verona.pinned.has(post))
    await manage(room, { do: "unpin", message })
    assert.equal(verona.pinned.size, 0)
    const until = new Date(1_900_000_000_000)
    const made = await manage(room, { do: "invite", uses: 2, until })
    assert.deepEqual(verona.links, [{ link: made?.link, limit: 2, until: 1_900_000_000 }])
    await manage(room, { do: "leave" })
    await told("gone", room)
  })

  it("of people: kicked, banned, let in again, silenced, appointed", async () => {
    const verona = group()
    const room = idOf(verona)
    const user = String(romeo.id)
    const status = (): string => verona.seat(romeo).status
    await manage(room, { do: "kick", user })
    assert.equal(status(), "left", "who is kicked can come back")
    await manage(room, { do: "ban", user })
    await manage(room, { do: "unban", user })
    assert.equal(status(), "left")
    verona.join(romeo)
    await manage(room, { do: "unban", user })
    assert.equal(status(), "member", "who is not banned is not sent away either")
    await manage(room, { do: "role", user, role: "muted" })
    assert.deepEqual([status(), verona.seat(romeo).permissions?.can_send_messages], ["restricted", false])
    await manage(room, { do: "role", user, role: "member" })
    assert.equal(status(), "member")
    await manage(room, { do: "role", user, role: "admin" })
    assert.equal(status(), "administrator")
    assert.ok(!verona.seat(romeo).rights.has("can_promote_members"), "appointing is not handed on")
    await manage(room, { do: "role", user, role: "muted" })
    assert.equal(status(), "restricted")
    await manage(room, { do: "role", user, role: "banned" })
    assert.equal(status(), "kicked")
    await fails(manage(room, { do: "role", user, role: "admin" }), "denied", /not in the group/)
    await fails(manage(room, { do: "role", user, role: "owner" }), "unsupported", /only the owner/)
    await fails(manage(room, { do: "role", user: String(juliet.id), role: "muted" }), "denied", /owns the group/)
    await fails(manage(room, { do: "ban", user: String(juliet.id) }), "denied", /owns the group/)
    await fails(manage(room, { do: "ban", user: room }), "unsupported", /not a person/)
    await fails(manage(room, { do: "kick", user: "12" }), "gone", /not in the group/)
    verona.join(nurse)
    verona.promote(nurse, ["can_manage_chat"])
    await fails(manage(room, { do: "ban", user: String(nurse.id) }), "denied", /did not appoint/)
  })

  it("of topics: made, renamed, closed, reopened, deleted", async () => {
    const forum = group({ forum: true })
    const made = await manage(idOf(forum), { do: "create", new: { name: "Balcony" }, first: { text: "O Romeo" } })
    const room = made!.room!.id
    const thread = Number(room.split("/")[1])
    assert.deepEqual(made?.room, { id: room, kind: "topic", parent: idOf(forum), name: "Balcony" })
    assert.deepEqual(
      ground.bot.sent.map(({ text, thread: where }) => [text, where]),
      [["O Romeo", thread]],
    )
    await manage(room, { do: "name", text: "Orchard" })
    await manage(room, { do: "name", text: "Orchard" })
    await manage(room, { do: "close" })
    await manage(room, { do: "close" })
    assert.deepEqual([forum.topics.get(thread)?.name, forum.topics.get(thread)?.closed], ["Orchard", true])
    await manage(room, { do: "reopen" })
    assert.equal(forum.topics.get(thread)?.closed, false)
    await manage(idOf(forum), { do: "close" })
    assert.equal(forum.generalClosed, true)
    await manage(idOf(forum), { do: "reopen" })
    await fails(manage(room, { do: "topic", text: "x" }), "unsupported", /no description/)
    await fails(manage(room, { do: "kick", user: String(romeo.id) }), "unsupported", /whole group/)
    await fails(manage(room, { do: "leave" }), "unsupported", /whole group/)
    await manage(room, { do: "destroy" })
    assert.equal(forum.topics.size, 0)
    await fails(manage(room, { do: "name", text: "x" }), "gone", /deleted/)
  })

  it("that Telegram lets no bot do", async () => {
    const verona = group()
    const room = idOf(verona)
    await fails(manage("", { do: "create", new: { name: "Mantua" } }), "unsupported", /make one in Telegram/)
    await fails(manage(room, { do: "create", new: { name: "Mantua" } }), "unsupported", /no topics/)
    await fails(manage(room, { do: "create", new: {} }), "rejected", /needs a name/)
    await fails(manage(room, { do: "close" }), "unsupported", /no topics/)
    await fails(manage(room, { do: "destroy" }), "unsupported", /no bot delete/)
    await fails(manage(room, { do: "slow", seconds: 3 }), "unsupported", /no bot/)
    await fails(manage("nowhere", { do: "leave" }), "gone", /not the number of a group/)
    await fails(manage(room, { do: "pin", message: { id: "x" } }), "gone", /no longer exists/)
    await fails(manage(room, { do: "pin", message: { id: "9999" } }), "gone", /no longer exists/)
  })

  it("without the right for it: what is missing and who can grant it", async () => {
    const forum = group({ forum: true }, ["can_manage_chat"])
    const thread = forum.makeTopic("Balcony")
    const room = idOf(forum)
    const user = String(romeo.id)
    const post = String(forum.say(romeo, "hi").id(ground.bot))
    const rows: [string, Manage][] = [
      [room, { do: "name", text: "x" }],
      [room, { do: "topic", text: "x" }],
      [room, { do: "pin", message: { id: post } }],
      [room, { do: "kick", user }],
      [room, { do: "ban", user }],
      [room, { do: "role", user, role: "muted" }],
      [room, { do: "role", user, role: "admin" }],
      [room, { do: "create", new: { name: "x" } }],
      [room, { do: "invite" }],
      [idOf(forum, thread), { do: "name", text: "x" }],
      [idOf(forum, thread), { do: "close" }],
      [idOf(forum, thread), { do: "destroy" }],
    ]
    for (const [where, what] of rows) await fails(manage(where, what), "denied", /no right.*can grant this.*Telegram said: /)
    await told("access", room)
    const plain = group({}, [])
    await fails(manage(idOf(plain), { do: "role", user, role: "admin" }), "denied", /no administrator here/)
  })

  it("of a basic group: people can be removed, and no more", async () => {
    const basic = group({ type: "group" })
    const room = idOf(basic)
    const user = String(romeo.id)
    const { limits } = await session.room!(room, signal)
    assert.deepEqual((limits?.manage as { can: string[] }).can, ["name", "topic", "avatar", "pin", "unpin", "kick", "invite", "leave"])
    await manage(room, { do: "kick", user })
    assert.equal(basic.seat(romeo).status, "left")
    for (const what of [
      { do: "ban", user },
      { do: "unban", user },
      { do: "role", user, role: "muted" },
    ] as const)
      await fails(manage(room, what), "unsupported", /basic group.*supergroup/)
  })
})
