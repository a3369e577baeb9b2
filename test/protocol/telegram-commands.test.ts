// Commands of people on Telegram, links that hand in a code, and buttons: the real adapter against the fake Bot API.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { Body, Host } from "xferry"
import type { TestHost } from "xferry/conformance"
import { chat, Ground, juliet, type Session, signal } from "../fakes/telegram/ground.js"
import { adminRights, type Group } from "../fakes/telegram/index.js"
import { within } from "../support/deadline.js"

type Run = Parameters<Host["run"]>[0]

const nurse = { id: 5_200_000_003, is_bot: false, first_name: "Nurse" }
const offered: Host["commands"] = [
  { name: "help", text: "What can be said here.", translated: { zh: "可以说什么" } },
  { name: "xmpp", text: "Write to somebody.", where: "direct", translated: { zh: "写信给某人" } },
  { name: "bridge", text: "Bridge this group.", where: "rooms", translated: { zh: "桥接" } },
]
let ground: Ground
let host: TestHost
let session: Session
let runs: Run[]
let answer: (call: Run) => Promise<Body>

beforeEach(async () => {
  ground = new Ground()
  await ground.start()
  runs = []
  answer = () => Promise.resolve({ text: "Done." })
})
afterEach(() => ground.stop())

async function connect(commands = offered): Promise<void> {
  const run = async (call: Run): Promise<Body> => {
    runs.push(call)
    return answer(call)
  }
  ;({ host, session } = await ground.connect({}, (made) => void Object.assign(made, { commands, run })))
}

const says = (text: string, more: object = {}): number => ground.fake.say(ground.bot, juliet, { text, ...more }).message_id
const texts = (): string[] => ground.fake.textsTo(ground.bot, juliet)
const idle = (): Promise<unknown> => ground.fake.waitFor(() => ground.bot.pending.length === 0 && ground.bot.polling, "all updates")
const lastSent = () => ground.bot.sent.at(-1)!

function verona(): Group {
  const group = ground.fake.makeGroup({ title: "Verona", owner: juliet })
  group.join(nurse)
  group.addBot(ground.bot, juliet, adminRights)
  return group
}

describe("commands", () => {
  it("are run and answered, and are no messages", async () => {
    await connect()
    const asked = says("how does one do this?")
    const id = says("/XMPP@romeo_bot  friar@example.org \n", {
      reply_to_message: { message_id: asked, date: 1, chat: { id: juliet.id, type: "private" } },
    })
    await ground.fake.waitFor(() => texts().includes("Done."))
    await idle()
    const from = { id: chat.user, name: "Juliet", username: "juliet", kind: "person", profile: { url: "https://t.me/juliet" } }
    assert.deepEqual(runs, [{ from, chat, name: "xmpp", argument: "friar@example.org", message: { id: String(asked) } }])
    assert.deepEqual(
      host.events.flatMap((event) => (event.type === "message" ? [event.id] : [])),
      [String(asked)],
    )
    const original = ground.bot.chat(juliet.id).messages.get(id)!
    ground.fake.edit(ground.bot, original, "/xmpp other@example.org")
    await idle()
    assert.equal(runs.length, 1, "one that is edited is neither run nor told")
    assert.ok(!host.events.some(({ type }) => type === "edit"))
  })

  it("that are none of ours stay messages", async () => {
    await connect()
    const rows: [string, object?][] = [
      ["/help@other_bot"],
      ["/weather Verona"],
      ["/start"],
      ["/"],
      ["say /help"],
      ["/help me", { forward_origin: { type: "hidden_user", date: 1, sender_user_name: "Somebody" } }],
    ]
    for (const [text, more] of rows) says(text, more)
    says("/help")
    await ground.fake.waitFor(() => texts().includes("Done."))
    assert.deepEqual(
      runs.map(({ name }) => name),
      ["help"],
    )
    await ground.heard(host, "/help me")
    assert.deepEqual(
      host.events.flatMap((event) => (event.type === "message" ? [event.body.text] : [])),
      rows.map(([text]) => text),
    )
  })

  it("do not exist where the core has none", async () => {
    await connect([])
    says("/start c0de")
    await ground.heard(host, "/start c0de")
    assert.deepEqual(ground.bot.commands.size, 0)
  })

  it("are acknowledged when they were carried out, and come again otherwise", async () => {
    let begun!: () => void
    const running = new Promise<void>((resolve) => (begun = resolve))
    answer = () => new Promise(() => begun())
    await connect()
    says("/start c0de-1_x")
    await within(running, 10_000, "the run")
    assert.equal(ground.bot.pending.length, 1)
    host.close()
    await session.ended
    answer = () => Promise.resolve({ text: "You are Romeo's now." })
    await connect()
    await ground.fake.waitFor(() => texts().length > 0)
    assert.deepEqual(
      runs.map(({ name, argument }) => [name, argument]),
      Array(2).fill(["start", "c0de-1_x"]),
    )
    await idle()
  })

  it("whose run fails are told so, and hold up nothing", async () => {
    answer = () => Promise.reject(new Error("disk full"))
    await connect()
    says("/help")
    says("on it goes")
    await ground.heard(host, "on it goes")
    assert.match(texts()[0] ?? "", /did not work/)
    assert.ok(host.logged.some((line) => line.includes("disk full")))
  })

  it("an answer is sent again when Telegram asks for patience, and not when nobody knows whether it arrived", async () => {
    await connect()
    ground.fake.faults.next("sendMessage", { kind: "429", retryAfter: 1 })
    says("/help")
    await ground.fake.waitFor(() => texts().length === 1)
    ground.fake.faults.next("sendMessage", { kind: "reset-after" })
    says("/help")
    says("behind it")
    await ground.heard(host, "behind it")
    assert.equal(texts().length, 2)
  })

  it("in a group are answered beneath, in a topic, too", async () => {
    await connect()
    const group = ground.fake.makeGroup({ title: "Verona", owner: juliet, forum: true })
    group.addBot(ground.bot, juliet, adminRights)
    const thread = group.makeTopic("Balcony", juliet)
    const said = group.say(juliet, "/bridge c0de", { thread })
    await ground.fake.waitFor(() => ground.bot.sent.length > 0)
    assert.deepEqual(runs[0]?.chat, { room: `${group.id}/${thread}` })
    assert.equal(runs[0]?.message, undefined, "what made the topic is no message that it answers")
    assert.deepEqual([lastSent().thread, lastSent().replyTo], [thread, said.id(ground.bot)])
    group.say(juliet, "/help", { as: "anonymous" })
    await ground.fake.waitFor(() => runs.length === 2)
    assert.equal(runs[1]?.from.id, String(group.id))
    assert.deepEqual(await session.access({ room: String(group.id), user: String(group.id) }, signal), { role: "admin", maySend: true })
  })
})

describe("the list of commands", () => {
  it("is told by place and language, once, and taken back", async () => {
    const requests = (): number => ground.fake.requests.filter(({ method }) => method === "setMyCommands").length
    await connect()
    await ground.fake.waitFor(() => ground.bot.commands.size === 4)
    assert.deepEqual(Object.fromEntries([...ground.bot.commands].map(([key, list]) => [key, list.map(({ command }) => command)])), {
      all_private_chats: ["help", "xmpp"],
      "all_private_chats zh": ["help", "xmpp"],
      all_group_chats: ["help", "bridge"],
      "all_group_chats zh": ["help", "bridge"],
    })
    assert.equal(ground.bot.commands.get("all_private_chats zh")?.[1]?.description, "写信给某人")
    says("first")
    await ground.heard(host, "first")
    await ground.fake.waitFor(() => ground.memory.has("menu"))
    host.close()
    await session.ended
    await connect()
    says("again")
    await ground.heard(host, "again")
    assert.equal(requests(), 4, "what is told already is not told again")
    host.close()
    await session.ended
    await connect([])
    await ground.fake.waitFor(() => ground.bot.commands.size === 0)
  })
})

describe("a code", () => {
  it("is handed in by a link or by typing", async () => {
    await connect()
    const { text, url } = await session.entry({ code: "abc-2_z" }, signal)
    assert.equal(url, "https://t.me/romeo_bot?start=abc-2_z")
    assert.match(text, /\/start abc-2_z$/)
    assert.equal((await ground.failure(session.entry({ code: "a b" }, signal))).kind, "rejected")
  })
})

describe("choices", () => {
  const asks: Body = {
    text: "To whom?",
    extras: [
      {
        type: "choice",
        as: "buttons",
        options: [
          { id: "to 3", text: "Romeo" },
          { id: `to ${"9".repeat(80)}`, text: "fits nowhere" },
          { id: "more", text: "Read on", url: "https://example.org/" },
        ],
      },
    ],
  }
  const reads = (): unknown => ground.bot.chat(juliet.id).messages.get(lastSent().id)?.reply_markup?.inline_keyboard
  const answered = (id: string): Promise<{ text: string; alert: boolean }> =>
    ground.fake.waitFor(() => ground.bot.queries.get(id), "the answer to a press")

  it("are buttons, and a press is a command whose answer takes their place", async () => {
    answer = ({ name }) => Promise.resolve(name === "help" ? asks : { text: "Romeo it is." })
    await connect()
    const asked = says("/help")
    await ground.fake.waitFor(() => texts().length === 1)
    assert.deepEqual(reads(), [[{ text: "Romeo", callback_data: "x/to 3" }], [{ text: "Read on", url: "https://example.org/" }]])
    const { id } = lastSent()
    const query = ground.fake.press(ground.bot, juliet, { chat: juliet.id, id }, "Romeo")
    assert.deepEqual(await answered(query), { text: "", alert: false })
    assert.deepEqual(texts(), ["Romeo it is."])
    assert.equal(reads(), undefined)
    const { name, argument, message, chat: where } = runs[1]!
    assert.deepEqual({ name, argument, message, where }, { name: "to", argument: "3", message: { id: String(asked) }, where: chat })
    await idle()
  })

  it("buttons of nobody's are answered with nothing", async () => {
    await connect()
    says("/help")
    await ground.fake.waitFor(() => texts().length === 1)
    const query = ground.fake.pressData(ground.bot, juliet, { chat: juliet.id, id: lastSent().id }, "vote:1")
    assert.deepEqual(await answered(query), { text: "", alert: false })
    assert.equal(runs.length, 1)
    assert.deepEqual(texts(), ["Done."])
  })

  it("in a group only whoever was asked changes the message", async () => {
    answer = ({ name }) => Promise.resolve(name === "help" ? asks : { text: `Not yours. ${"x".repeat(300)}` })
    await connect()
    const group = verona()
    group.say(juliet, "/help")
    await ground.fake.waitFor(() => ground.bot.sent.length === 1)
    const at = { chat: group.id, id: lastSent().id }
    const other = await answered(ground.fake.press(ground.bot, nurse, at, "Romeo"))
    assert.ok(other.alert && other.text.startsWith("Not yours.") && other.text.length === 200)
    assert.equal(lastSent().text, "To whom?")
    assert.equal(runs[1]?.from.id, String(nurse.id))
    await answered(ground.fake.press(ground.bot, juliet, at, "Romeo"))
    assert.match(lastSent().text, /^Not yours/)
  })

  it("stand beneath a question of ours, and beneath nothing else", async () => {
    await connect()
    says("hi")
    await session.send({ chat, body: { text: "To whom?", extras: asks.extras! }, key: "k", asks: true }, signal)
    assert.ok(reads())
    await session.send({ chat, body: { text: "A poll of others", extras: asks.extras! }, key: "k" }, signal)
    assert.equal(reads(), undefined)
  })

  it("where the message is gone, the answer is a message of its own", async () => {
    answer = ({ name }) => Promise.resolve(name === "help" ? asks : { text: "Romeo it is." })
    await connect()
    says("/help")
    await ground.fake.waitFor(() => texts().length === 1)
    ground.fake.faults.next("editMessageText", { kind: "error", code: 400, description: "Bad Request: message to edit not found" })
    await answered(ground.fake.press(ground.bot, juliet, { chat: juliet.id, id: lastSent().id }, "Romeo"))
    assert.deepEqual(texts(), ["To whom?", "Romeo it is."])
  })
})
