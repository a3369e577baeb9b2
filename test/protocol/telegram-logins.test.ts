// Business accounts that let the bot answer for them: the real adapter against the fake Bot API.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { NetworkEvent, Upload } from "xferry"
import type { TestHost } from "xferry/conformance"
import { Ground, juliet, type Session, signal } from "../fakes/telegram/ground.js"
import { type Business, everyRight } from "../fakes/telegram/index.js"

type Of<T extends NetworkEvent["type"]> = Extract<NetworkEvent, { type: T }>

const paris = { id: 5_200_000_005, is_bot: false, first_name: "Paris", username: "paris" }
const owner = { id: String(juliet.id), name: "Juliet", username: "juliet", kind: "person", profile: { url: "https://t.me/juliet" } }
let ground: Ground
let host: TestHost
let session: Session

beforeEach(async () => {
  ground = new Ground()
  await ground.start()
  ground.fake.person(paris)
})
afterEach(() => ground.stop())

const connect = async (): Promise<void> => void ({ host, session } = await ground.connect())
const of = <T extends NetworkEvent["type"]>(type: T): Of<T>[] => host.events.filter((event): event is Of<T> => event.type === type)
const chatOf = ({ id: login }: Business) => ({ user: String(paris.id), login })
const at = async (count: number): Promise<Of<"login">> => {
  await host.until(`login ${count}`, () => of("login").length >= count)
  return of("login")[count - 1]!
}
const picture: Upload = {
  name: "rose.png",
  mime: "image/png",
  kind: "image",
  open: () => Promise.resolve(new Blob([Buffer.from("89504e470d0a1a0a", "hex")]).stream()),
}

describe("a connection", () => {
  it("comes, changes and goes", async () => {
    await connect()
    const business = ground.fake.connect(ground.bot, juliet)
    const id = business.id
    assert.deepEqual(await at(1), { type: "login", id, owner, active: true, maySend: true })
    business.change({ rights: { can_read_messages: true } })
    assert.deepEqual(await at(2), { type: "login", id, owner, active: true, maySend: false })
    business.change({ enabled: false })
    assert.deepEqual(await at(3), { type: "login", id, owner, active: false, maySend: false })
  })

  it("is asked for at each connect, and told as it is then", async () => {
    await connect()
    const business = ground.fake.connect(ground.bot, juliet)
    await at(1)
    await ground.fake.waitFor(() => ground.memory.has("logins"))
    host.close()
    await session.ended
    business.rights = { can_reply: true }
    await connect()
    assert.equal((await at(1)).maySend, true)
    host.close()
    await session.ended
    ground.bot.businesses.clear()
    await connect()
    assert.deepEqual(await at(1), {
      type: "login",
      id: business.id,
      owner,
      active: false,
      maySend: false,
    })
    host.close()
    await session.ended
    await connect()
    ground.say("hi")
    await ground.heard(host, "hi")
    assert.deepEqual(of("login"), [], "what is over is forgotten")
  })

  it("that nobody heard of is asked for before its first message; one that is over brings nothing", async () => {
    const business = ground.fake.connect(ground.bot, juliet, everyRight, true)
    await connect()
    business.receives(paris, "madam?")
    await ground.heard(host, "madam?")
    assert.deepEqual(
      host.events.map(({ type }) => type).filter((type) => type !== "contact"),
      ["login", "message"],
    )
    const other = ground.fake.connect(ground.bot, paris, everyRight, true)
    ground.bot.businesses.delete(other.id)
    other.receives(juliet, "lost")
    ground.say("hi")
    await ground.heard(host, "hi")
    await ground.fake.waitFor(() => ground.bot.pending.length === 0)
    assert.equal(of("message").length, 2)
  })

  it("told in another shape than today's stops nothing", async () => {
    const business = ground.fake.connect(ground.bot, juliet)
    const login = business.id
    business.receives(paris, "hail")
    for (const broken of [
      { business_connection: {} },
      { business_connection: { id: "c", user: { id: "x" }, is_enabled: true } },
      { business_message: { business_connection_id: login } },
      { business_message: { business_connection_id: login, message_id: "x", chat: { id: paris.id, type: "private" }, text: "x" } },
      { edited_business_message: null },
      { deleted_business_messages: { business_connection_id: login } },
      { deleted_business_messages: { business_connection_id: login, chat: { id: paris.id, type: "private" }, message_ids: "x" } },
      { callback_query: {} },
      { callback_query: { id: "1", data: "x/stop", message: {} } },
      { message: { text: "/help" } },
    ])
      ground.fake.wild(ground.bot, broken)
    business.receives(paris, "and on")
    ;({ host, session } = await ground.connect({}, (made) => void Object.assign(made, { commands: [{ name: "help", text: "Help." }] })))
    await ground.heard(host, "and on")
    assert.equal(of("message").length, 2)
  })

  it("stands in its place among messages of many chats", async () => {
    const business = ground.fake.connect(ground.bot, juliet)
    business.receives(paris, "before")
    business.change({ rights: {} })
    business.receives(paris, "after")
    await connect()
    await ground.heard(host, "after")
    assert.deepEqual(
      host.events.flatMap((event) =>
        event.type === "login" ? [String(event.maySend)] : event.type === "message" ? [event.body.text] : [],
      ),
      // At the start what it was is not known: the first in the queue is the first that counts.
      ["true", "before", "false", "after"],
    )
  })
})

describe("what is said in a business account's chats", () => {
  let business: Business
  beforeEach(async () => {
    await connect()
    business = ground.fake.connect(ground.bot, juliet)
    await at(1)
  })

  it("by the other person, by the owner in the app, changed and deleted", async () => {
    const first = business.receives(paris, "madam")
    const own = business.says(paris, "my lord")
    await ground.heard(host, "my lord")
    business.edit(own, "my good lord")
    business.delete(paris, [first.message_id, own.message_id])
    await host.event("the deletion", ({ type }) => type === "retract")
    const chat = chatOf(business)
    const [heard, said] = of("message")
    assert.deepEqual([heard?.chat, heard?.own, heard?.from.id], [chat, undefined, chat.user])
    assert.deepEqual([said?.chat, said?.own, said?.from.id], [chat, true, owner.id])
    const [edit] = of("edit")
    assert.deepEqual([edit?.chat, edit?.own, edit?.id], [chat, true, String(own.message_id)])
    assert.deepEqual(of("retract"), [{ type: "retract", chat, ids: [String(first.message_id), String(own.message_id)] }])
  })

  it("first by the owner: whom they write to is told", async () => {
    business.says(paris, "good morrow")
    await ground.heard(host, "good morrow")
    const [contact] = of("contact")
    assert.deepEqual([contact?.contact.id, contact?.contact.name], [String(paris.id), "Paris"])
    assert.ok(host.events.indexOf(contact!) < host.events.findIndex(({ type }) => type === "message"))
  })

  it("a command there is no command of ours", async () => {
    host.close()
    await session.ended
    ;({ host, session } = await ground.connect({}, (made) => void Object.assign(made, { commands: [{ name: "help", text: "Help." }] })))
    business.receives(paris, "/help")
    await ground.heard(host, "/help")
  })

  it("by us, with answers, files and albums; the echo is our own", async () => {
    const chat = chatOf(business)
    const asked = business.receives(paris, "will you?")
    await ground.heard(host, "will you?")
    const sent = await session.send({ chat, body: { text: "no" }, key: "1", reply: { id: String(asked.message_id) } }, signal)
    const echo = await ground.heard(host, "no")
    assert.ok(echo.type === "message" && echo.own === true && echo.id === sent.id)
    assert.deepEqual(echo.chat, chat)
    const file = await session.send({ chat, body: { text: "a rose", files: [picture] }, key: "2" }, signal)
    const album = await session.send({ chat, body: { text: "", files: [picture, picture] }, key: "3" }, signal)
    assert.equal(album.parts?.length, 1)
    await session.edit({ chat, message: { id: sent.id }, body: { text: "never" } }, signal)
    const { handle } = file
    await session.edit({ chat, message: { id: file.id, ...(handle !== undefined && { handle }) }, body: { text: "a thorn" } }, signal)
    await session.typing({ chat, active: true }, signal)
    assert.deepEqual(ground.bot.actions.at(-1), { chat: paris.id, action: "typing", login: business.id })
    assert.deepEqual(
      ground.bot.sent.map(({ login, text }) => [login, text]),
      [
        [business.id, "never"],
        [business.id, "a thorn"],
        [business.id, ""],
        [business.id, ""],
      ],
    )
    assert.equal(ground.bot.sent[0]?.replyTo, asked.message_id)
    await session.retract({ chat, message: { id: sent.id } }, signal)
    await session.retract({ chat, message: { id: sent.id } }, signal)
    assert.ok(ground.bot.sent[0]?.deleted)
    await session.retract({ chat, message: { id: String(asked.message_id) } }, signal)
    assert.ok(!business.messages.has(asked.message_id), "with the right to, theirs as well")
    const refused = await ground.failure(session.react({ chat, message: { id: file.id }, emoji: ["❤"] }, signal))
    assert.equal(refused.kind, "unsupported")
  })

  it("is marked as read where the owner lets us", async () => {
    const chat = chatOf(business)
    const { message_id } = business.receives(paris, "read me")
    await ground.heard(host, "read me")
    await session.read({ chat, upTo: { id: String(message_id) } }, signal)
    assert.deepEqual(business.read, [message_id])
    await session.read({ chat: { user: chat.user }, upTo: { id: "1" } }, signal)
    business.change({ rights: { can_reply: true } })
    await at(2)
    await session.read({ chat, upTo: { id: String(message_id) } }, signal)
    assert.deepEqual(business.read, [message_id])
  })

  it("rights and limits are sentences", async () => {
    const chat = chatOf(business)
    const { message_id } = business.receives(paris, "hail")
    await ground.heard(host, "hail")
    const send = () => session.send({ chat, body: { text: "x" }, key: "k" }, signal)
    const rows: [string, RegExp][] = [
      ["BUSINESS_PEER_USAGE_MISSING", /within 24 hours/],
      ["BUSINESS_PEER_INVALID", /not opened this chat/],
      ["BOT_ACCESS_FORBIDDEN", /not given the bot the right/],
    ]
    for (const [description, text] of rows)
      for (const [code, head] of [
        [400, "Bad Request"],
        [403, "Forbidden"],
      ] as const) {
        ground.fake.faults.next("sendMessage", { kind: "error", code, description: `${head}: ${description}` })
        const error = await ground.failure(send())
        assert.equal(error.kind, "denied")
        assert.match(error.message, text)
      }
    business.change({ rights: {} })
    await at(2)
    const before = ground.fake.requests.length
    assert.match((await ground.failure(send())).message, /does not let the bot answer/)
    const retract = session.retract({ chat, message: { id: String(message_id) } }, signal)
    assert.match((await ground.failure(retract)).message, /does not let the bot delete/)
    await session.typing({ chat, active: true }, signal)
    const since = ground.fake.requests.slice(before).map(({ method }) => method)
    assert.deepEqual(
      since.filter((method) => method !== "getUpdates" && method !== "getUserProfilePhotos"),
      [],
    )
  })

  it("a connection that is over, without a word, is found out when it is used", async () => {
    business.receives(paris, "hail")
    await ground.heard(host, "hail")
    ground.bot.businesses.clear()
    const error = await ground.failure(session.send({ chat: chatOf(business), body: { text: "x" }, key: "k" }, signal))
    assert.equal(error.kind, "gone")
    assert.match(error.message, /not connected with the bot any more/)
    assert.equal((await at(2)).active, false)
  })
})
