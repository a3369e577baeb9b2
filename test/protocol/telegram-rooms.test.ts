// Groups, channels and forums, told by the fake Bot API over HTTP and understood by the real adapter.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { NetworkEvent, Room } from "xferry"
import type { TestHost } from "xferry/conformance"
import { Ground, juliet, type Session, signal } from "../fakes/telegram/ground.js"
import { adminRights, type Group, type GroupFields, type Right } from "../fakes/telegram/index.js"

type Of<T extends NetworkEvent["type"]> = Extract<NetworkEvent, { type: T }>

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
})
afterEach(() => ground.stop())

const connect = async (): Promise<void> => void ({ host, session } = await ground.connect())

/** A group of Juliet's with the bot in it: by default an administrator who may do everything. */
function group(fields: Partial<GroupFields> = {}, rights: readonly Right[] = adminRights): Group {
  const made = ground.fake.makeGroup({ title: "Verona", owner: juliet, ...fields })
  made.join(romeo)
  made.addBot(ground.bot, juliet, rights)
  return made
}

const of = <T extends NetworkEvent["type"]>(type: T): Of<T>[] => host.events.filter((event): event is Of<T> => event.type === type)
const wait = async <T extends NetworkEvent["type"]>(type: T, holds: (event: Of<T>) => boolean = () => true): Promise<Of<T>> =>
  (await host.event(type, (event) => event.type === type && holds(event as Of<T>))) as Of<T>
/** What the core knows of a room by now: all room events on top of each other. */
const known = (id: string): Room =>
  Object.assign(
    {},
    ...of("room")
      .filter(({ room }) => room.id === id)
      .map(({ room }) => room),
  ) as Room
const heard = (text: string): Promise<NetworkEvent> => ground.heard(host, text)

describe("the bot in a group", () => {
  it("is added: the room is told with who did it, then described", async () => {
    await connect()
    const verona = group({ description: "Fair", slowSeconds: 10 })
    const id = String(verona.id)
    const first = await wait("room", ({ by }) => by !== undefined)
    assert.deepEqual(first.room, { id, kind: "group", parent: null, name: "Verona" })
    assert.equal(first.by?.id, String(juliet.id))
    await wait("room", ({ room }) => room.memberCount === 3)
    const { limits, ...rest } = known(id)
    assert.deepEqual(rest, {
      id,
      kind: "group",
      parent: null,
      name: "Verona",
      topic: "Fair",
      avatar: null,
      memberCount: 3,
      slowSeconds: 10,
    })
    assert.ok(limits && !("send" in limits) && !("retract" in limits))
  })

  it("is removed, also from a basic group", async () => {
    await connect()
    for (const type of ["supergroup", "group", "channel"] as const) {
      const verona = group({ type })
      verona.kick(ground.bot.plainUser, juliet)
      assert.deepEqual(await wait("gone", ({ room }) => room === String(verona.id)), {
        type: "gone",
        room: String(verona.id),
        why: "removed",
      })
    }
    assert.equal(of("member").filter(({ member }) => member.contact.id === "4711").length, 0, "of the bot itself nothing else is told")
  })

  it("is promoted or silenced: rights are asked anew", async () => {
    await connect()
    const verona = group({}, [])
    await wait("room", ({ room }) => room.limits !== undefined)
    assert.deepEqual(known(String(verona.id)).limits, { retract: { others: false }, manage: { can: ["leave"] } })
    verona.restrict(ground.bot.plainUser, { can_send_messages: false })
    await wait("access", ({ room }) => room === String(verona.id))
    await wait("room", ({ room }) => room.limits?.send === false)
    verona.promote(ground.bot.plainUser, adminRights)
    const { room } = await wait("room", ({ room }) => (room.limits?.manage as { can: string[] } | undefined)?.can.includes("ban") === true)
    assert.deepEqual(Object.keys(room.limits ?? {}), ["manage"])
  })

  it("says once in each group that privacy mode hides what people say, and what helps", async () => {
    await connect()
    const verona = group({}, [])
    const { text } = await wait("notice")
    assert.match(text, /sees only commands.*administrator here.*\/setprivacy.*add it again/)
    verona.say(romeo, "nobody hears me")
    verona.say(romeo, "/hear me")
    await heard("/hear me")
    verona.promote(ground.bot.plainUser, ["can_manage_chat"])
    verona.promote(ground.bot.plainUser, [])
    verona.say(romeo, "/again")
    await heard("/again")
    assert.equal(of("notice").length, 1)
    assert.equal(of("message").length, 2)
    const { can_read_all_group_messages: _, ...user } = ground.bot.user
    Object.assign(ground.bot.user, { ...user, can_read_all_group_messages: true })
    host.close()
    await session.ended
    await connect()
    group({ title: "Mantua" }, []).say(romeo, "heard at once")
    await heard("heard at once")
    assert.deepEqual(of("notice"), [])
  })

  it("was in it before: the first word introduces the room, once", async () => {
    const verona = group()
    await connect()
    await ground.fake.waitFor(() => ground.bot.pending.length === 0)
    host.close()
    await session.ended
    await connect()
    verona.say(romeo, "But soft!")
    verona.say(romeo, "What light?")
    await heard("What light?")
    assert.deepEqual(
      host.events.map((event) => event.type),
      ["room", "message", "message"],
    )
    assert.equal(known(String(verona.id)).name, "Verona")
  })
})

describe("who speaks", () => {
  it("people, other bots, anonymous administrators, channels, and the linked channel", async () => {
    const verona = group()
    const news = ground.fake.makeGroup({ title: "Verona News", type: "channel", owner: juliet, username: "veronanews" })
    news.linked = verona
    await connect()
    verona.say(romeo, "person")
    verona.say({ id: 99, is_bot: true, first_name: "Weather", username: "weather_bot" }, "bot")
    verona.say(juliet, "nameless", { as: "anonymous" })
    verona.say(juliet, "signed", { as: "anonymous", signature: "Prince" })
    verona.say(juliet, "as channel", { as: news })
    news.addBot(ground.bot, juliet, adminRights)
    news.post("posted", { signature: "Escalus" })
    await host.until("all of it", () => of("message").length === 7)
    const rows = of("message").map(({ chat, from, body }) => [chat, from.kind, from.name, body.text])
    const [here, there] = [{ room: String(verona.id) }, { room: String(news.id) }]
    assert.deepEqual(
      rows.filter(([chat]) => (chat as { room: string }).room === here.room),
      [
        [here, "person", "Romeo", "person"],
        [here, "bot", "Weather", "bot"],
        [here, "room", "Verona", "nameless"],
        [here, "room", "Prince (Verona)", "signed"],
        [here, "room", "Verona News", "as channel"],
        [here, "room", "Verona News", "posted"],
      ],
    )
    assert.deepEqual(
      rows.filter(([chat]) => (chat as { room: string }).room === there.room),
      [[there, "room", "Escalus (Verona News)", "posted"]],
    )
    const ids = of("message").map(({ from }) => from.id)
    assert.equal(new Set(ids).size, 6, "who signs is told apart, the channel is the same everywhere")
    assert.deepEqual([known(there.room).kind, known(here.room).kind], ["channel", "group"])
  })

  it("edits, answers, quotes, and what is answered elsewhere", async () => {
    const verona = group()
    await connect()
    const post = verona.say(romeo, "With love's light wings")
    verona.edit(post, "With love's light wings did I o'erperch these walls")
    const edit = await wait("edit")
    assert.deepEqual([edit.chat, edit.id, edit.from.name], [{ room: String(verona.id) }, String(post.id(ground.bot)), "Romeo"])
    assert.match(edit.revision, /^\d+-/)
    verona.say(juliet, { text: "How?", quote: { text: "light wings", position: 12 } }, { replyTo: post })
    const answer = (await heard("How?")) as Of<"message">
    assert.deepEqual(answer.reply, {
      id: edit.id,
      text: "With love's light wings did I o'erperch these walls",
      author: "Romeo",
      quote: "light wings",
    })
    const origin = { type: "user", date: 1, sender_user: romeo }
    verona.say(juliet, { text: "Indeed.", external_reply: { origin }, quote: { text: "elsewhere", position: 0 } })
    const other = (await heard("Romeo: elsewhere\nIndeed.")) as Of<"message">
    assert.deepEqual(other.body.spans, [{ kind: "quote", start: 0, end: "Romeo: elsewhere".length }])
    assert.ok(!("reply" in other))
    verona.say(romeo, "walls", { replyTo: verona.say(juliet, "nameless", { as: "anonymous", signature: "Prince" }) })
    assert.equal(((await heard("walls")) as Of<"message">).reply?.author, "Prince (Verona)")
  })
})

describe("who comes and goes", () => {
  it("by themselves, added, removed, with roles and titles", async () => {
    const verona = group()
    await connect()
    await wait("room", ({ room }) => room.memberCount !== undefined)
    const told = async (act: () => void, holds: (event: Of<"member">) => boolean): Promise<Of<"member">> => {
      host.events.length = 0
      act()
      return wait("member", holds)
    }
    const joined = await told(
      () => verona.join(nurse),
      ({ change }) => change === "joined",
    )
    assert.deepEqual(
      [joined.room, joined.member.contact.name, joined.member.role, joined.by],
      [String(verona.id), "Nurse", "member", undefined],
    )
    await told(
      () => verona.leave(nurse),
      ({ change, by }) => change === "left" && !by,
    )
    const added = await told(
      () => verona.join(nurse, juliet),
      ({ change }) => change === "joined",
    )
    assert.equal(added.by?.name, "Juliet")
    const admin = await told(
      () => verona.promote(nurse, ["can_manage_chat"], { title: "Nanny" }),
      ({ change }) => change === "changed",
    )
    assert.deepEqual([admin.member.role, admin.member.title], ["admin", "Nanny"])
    await wait("access", ({ user }) => user === String(nurse.id))
    const demoted = await told(
      () => verona.promote(nurse, []),
      ({ member }) => member.role === "member",
    )
    assert.equal(demoted.member.title, "")
    await told(
      () => verona.restrict(nurse, { can_send_messages: false }),
      ({ member }) => member.role === "muted",
    )
    const banned = await told(
      () => verona.ban(nurse),
      ({ change }) => change === "banned",
    )
    assert.deepEqual([banned.member.role, banned.by?.name], ["banned", "Juliet"])
    await told(
      () => verona.unban(nurse),
      ({ change, member }) => change === "changed" && member.role === "none",
    )
    verona.join(nurse)
    const kicked = await told(
      () => verona.kick(nurse),
      ({ change }) => change === "kicked" || change === "banned",
    )
    assert.equal(kicked.by?.name, "Juliet")
  })

  it("without rights only what Telegram says aloud", async () => {
    const verona = group({}, [])
    await connect()
    verona.join(nurse)
    await wait("member", ({ change, member }) => change === "joined" && member.contact.name === "Nurse")
    verona.promote(nurse, ["can_manage_chat"])
    verona.kick(nurse)
    await wait("member", ({ change, by }) => change === "kicked" && by?.name === "Juliet")
    assert.equal(of("member").length, 2)
  })
})

describe("what changes", () => {
  it("title and pins, told to people too", async () => {
    const verona = group()
    await connect()
    verona.setTitle("Fair Verona", juliet)
    await wait("room", ({ room }) => room.name === "Fair Verona")
    await wait("notice", ({ text, by }) => text === "Juliet changed the name to «Fair Verona»." && by?.name === "Juliet")
    verona.pin(juliet, verona.say(romeo, "But soft!\n".repeat(30)))
    const { text } = await wait("notice", ({ text }) => text.includes("pinned"))
    assert.match(text, /^Juliet pinned: But soft! But soft!.*…$/)
    verona.setTitle("Nobody's", juliet, { as: "anonymous" })
    await wait("notice", ({ text }) => text === "Nobody's changed the name to «Nobody's».")
    await session.manage({ room: String(verona.id), do: "name", text: "Ours" }, signal)
    await wait("room", ({ room }) => room.name === "Ours")
    verona.say(romeo, "after")
    await heard("after")
    assert.ok(!of("notice").some(({ text }) => text.includes("Ours")), "our own change is no news")
  })

  for (const how of [{}, { reversed: true }, { tellsLeft: true }]) {
    it(`a basic group becomes a supergroup ${JSON.stringify(how)}`, async () => {
      const verona = group({ type: "group" }, undefined)
      verona.say(romeo, "before")
      const next = verona.migrate(juliet, how)
      next.say(romeo, "after")
      await connect()
      await heard("after")
      assert.ok(of("moved").length > 0)
      for (const moved of of("moved")) assert.deepEqual(moved, { type: "moved", from: String(verona.id), to: String(next.id) })
      const order = host.events
        .map((event) => (event.type === "message" ? event.body.text : event.type))
        .filter((what) => /^(before|moved|after)$/.test(what))
      assert.deepEqual([...new Set(order)], ["before", "moved", "after"], "in this order also within one answer")
      assert.deepEqual(of("gone"), [])
      assert.deepEqual(((await heard("after")) as Of<"message">).chat, { room: String(next.id) })
    })
  }

  it("a move that nobody told of is learnt from the refusal, and nothing is sent into the void", async () => {
    const verona = group({ type: "group" }, undefined)
    await connect()
    const next = verona.migrate(juliet, { silent: true })
    const send = (room: string): Promise<{ id: string }> => session.send({ chat: { room }, body: { text: "hello" }, key: "k" }, signal)
    const error = await ground.failure(send(String(verona.id)))
    assert.equal(error.kind, "retry")
    await wait("moved", ({ to }) => to === String(next.id))
    await send(String(next.id))
    assert.deepEqual(ground.fake.textsTo(ground.bot, next), ["hello"])
  })

  it("the topics of a forum are rooms of their own", async () => {
    const forum = group({ forum: true })
    await connect()
    const thread = forum.makeTopic("Balcony", juliet)
    const id = `${forum.id}/${thread}`
    const made = await wait("room", ({ room }) => room.id === id)
    assert.deepEqual(made.room, { id, kind: "topic", parent: String(forum.id), name: "Balcony", archived: false })
    forum.say(romeo, "in the topic", { thread })
    forum.say(romeo, "in General")
    const inside = (await heard("in the topic")) as Of<"message">
    assert.deepEqual([inside.chat, inside.reply], [{ room: id }, undefined])
    assert.deepEqual(((await heard("in General")) as Of<"message">).chat, { room: String(forum.id) })
    const post = forum.say(romeo, "really", { thread })
    forum.say(juliet, "yes", { thread, replyTo: post })
    assert.equal(((await heard("yes")) as Of<"message">).reply?.text, "really")
    forum.renameTopic(thread, "Orchard", juliet)
    await wait("notice", ({ chat, text }) => "room" in chat && chat.room === id && text === "Juliet renamed the topic to «Orchard».")
    forum.closeTopic(thread, true)
    await wait("room", ({ room }) => room.id === id && room.archived === true)
    assert.equal((await session.room!(id, signal)).archived, true)
    forum.closeTopic(thread, false)
    await wait("room", ({ room }) => room.id === id && room.archived === false && room.name === undefined)
    forum.hideGeneral(true)
    await wait("room", ({ room }) => room.id === String(forum.id) && room.archived === true)
    forum.hideGeneral(false)
    await wait("notice", ({ text }) => text.includes("General topic again"))
    assert.equal(known(id).name, "Orchard")
  })

  it("a topic keeps the name it was given last, over sessions", async () => {
    const forum = group({ forum: true })
    await connect()
    const thread = forum.makeTopic("Balcony", juliet)
    const other = forum.makeTopic("Tomb", juliet)
    forum.renameTopic(thread, "Orchard", juliet)
    await wait("notice")
    host.close()
    await session.ended
    for (const key of ground.memory.keys()) if (key.endsWith(`/${other}`)) ground.memory.delete(key)
    await connect()
    forum.say(romeo, "first", { thread })
    forum.say(romeo, "second", { thread: other })
    await heard("second")
    const names = of("room")
      .filter(({ room }) => room.kind === "topic")
      .map(({ room }) => room.name)
    assert.deepEqual([...new Set(names)], ["Orchard", "Tomb"], "what is not known is read from the topic's first message")
  })
})
