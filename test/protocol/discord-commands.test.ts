// Commands of people on Discord, how a code is handed in, and buttons: the real adapter against the fake Discord.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { Body, Host, NetworkEvent, Session } from "xferry"
import { TestHost } from "xferry/conformance"
import type { capabilities } from "#discord/capabilities.js"
import adapter from "#discord/index.js"
import { options } from "#discord/options.js"
import {
  type Bot,
  buttonsOf,
  type Channel,
  type FakeDiscord,
  type Guild,
  type Interaction,
  type Person,
  startFakeDiscord,
} from "../fakes/discord/index.js"
import * as payloads from "../fakes/discord/payloads.js"
import { patience, within } from "../support/deadline.js"
import { secret } from "../support/secrets.js"

type Run = Parameters<Host["run"]>[0]

const token = secret("NDcxNg.commands.discord-commands-test-0123456789")
const offered: Host["commands"] = [
  { name: "link", text: "Hands in a code.", argument: "CODE", translated: { en: "Hands in a code.", zh: "提交代码", xx: "?" } },
  { name: "xmpp", text: "Write to somebody.", argument: "JID", where: "direct" },
  { name: "whois", text: "Who is it?", argument: "NAME" },
  { name: "help", text: "What can be said here." },
]
const yesOrNo = (...options: { id: string; text: string; url?: string }[]): Body => ({
  text: "Are you *sure*?",
  extras: [{ type: "choice", as: "buttons", options }],
})

let fake: FakeDiscord
let bot: Bot
let juliet: Person
let nurse: Person
let guild: Guild
let square: Channel
let host: TestHost
let session: Session<typeof capabilities>
let runs: Run[]
let answer: (call: Run) => Promise<Body>
const wrong: string[] = []

beforeEach(async () => {
  fake = await startFakeDiscord()
  fake.world.onDispatch(({ t, d }) => void wrong.push(...(t === "INTERACTION_CREATE" ? payloads.received({ op: 0, t, d }) : [])))
  bot = fake.addBot({ token, username: "ferry" })
  juliet = fake.person({ username: "juliet", global_name: "Juliet" })
  nurse = fake.person({ username: "nurse" })
  guild = fake.makeGuild({ name: "Verona", owner: nurse })
  guild.join(juliet)
  guild.addBot(bot)
  square = guild.makeChannel({ name: "square" })
  host = new TestHost(undefined, 10_000 * patience)
  runs = []
  answer = () => Promise.resolve({ text: "Done." })
})

afterEach(async () => {
  host.close()
  await session.ended
  await fake.stop()
  assert.deepEqual(wrong.splice(0), [])
  assert.deepEqual(fake.violations, [])
  for (const one of [token, ...fake.world.interactions.keys()])
    assert.ok(!host.logged.some((line) => line.includes(one)), "a token is logged")
})

async function connect(commands = offered): Promise<void> {
  const run = async (call: Run): Promise<Body> => {
    runs.push(call)
    return answer(call)
  }
  const { get, set } = host.state
  const state = { get, set: (key: string, value: string | null) => set(key, value).then(() => fake.changed()) }
  Object.assign(host, { commands, run, state })
  session = await within(adapter.connect({ token }, options.parse({ apiRoot: fake.url }), host), 10_000, "the connection")
}

async function restart(commands = offered): Promise<void> {
  host.close()
  await session.ended
  host = new TestHost(host.memory, 10_000 * patience)
  await connect(commands)
}

async function ready(commands = offered): Promise<void> {
  await connect(commands)
  await fake.waitFor(() => bot.commands.length > 0, "the commands")
}

const answered = (one: Interaction, text = "Done."): Promise<boolean> => fake.waitFor(() => one.text === text, `«${text}»`)
const asked = (method: string, path: RegExp): number => fake.requests.filter((one) => one.method === method && path.test(one.path)).length
const texts = (channel: Channel): string[] => channel.messages.filter(({ author }) => author.id === bot.id).map(({ content }) => content)
const dm = (): Channel => fake.dm(bot, juliet)
const heard = (text: string): Promise<NetworkEvent> => host.event(`«${text}»`, (event) => "body" in event && event.body.text === text)
const who = { id: "", name: "Juliet", username: "juliet", kind: "person", avatar: null }
const from = (): Run["from"] => ({ ...who, id: juliet.id, profile: { url: `https://discord.com/users/${juliet.id}` } }) as Run["from"]

describe("application commands", () => {
  it("are told to Discord when they are others than before, and taken back", async () => {
    await ready()
    const [all, whois] = bot.commands
    assert.deepEqual([all?.name, all?.type, all?.contexts, all?.["integration_types"]], ["xmpp", 1, [0, 1], [0]])
    assert.deepEqual(all?.options, [
      {
        type: 1,
        name: "link",
        description: "Hands in a code.",
        description_localizations: { "zh-CN": "提交代码" },
        options: [{ type: 3, name: "code", description: "CODE" }],
      },
      { type: 1, name: "write", description: "Write to somebody.", options: [{ type: 3, name: "jid", description: "JID" }] },
      { type: 1, name: "whois", description: "Who is it?", options: [{ type: 3, name: "name", description: "NAME" }] },
      { type: 1, name: "help", description: "What can be said here." },
    ])
    assert.deepEqual([whois?.name, whois?.type, whois?.contexts], ["Who is this?", 3, [0]])
    await fake.waitFor(() => host.memory.has("commands"), "it to be remembered")
    await restart()
    await restart(offered.slice(0, 1))
    await fake.waitFor(() => bot.commands.length === 1, "the others to go")
    assert.equal(asked("PUT", /\/commands$/), 2)
    await restart([])
    await fake.waitFor(() => bot.commands.length === 0, "all to go")
    await fake.waitFor(() => !host.memory.has("commands"), "it to be forgotten")
    await restart([])
    assert.equal(asked("PUT", /\/commands$/), 3)
  })

  it("are told again next time if Discord did not take them, which hinders nothing", async () => {
    fake.faults.next("PUT /applications/:id/commands", { kind: "500" })
    await connect()
    dm().say(juliet, "Romeo?")
    await heard("Romeo?")
    assert.ok(!host.memory.has("commands"))
    await restart()
    await fake.waitFor(() => bot.commands.length > 0, "the commands")
  })
})

describe("a command", () => {
  it("is run where it was given, and answered to that person alone", async () => {
    await ready()
    const link = fake.command(bot, juliet, square, "xmpp link", { code: " c0de-1 " }, "zh-CN")
    await answered(link)
    assert.deepEqual([link.isPrivate, link.answered, link.buttons], [true, 5, []])
    const write = fake.command(bot, juliet, dm(), "xmpp write", { jid: "friar@example.org" })
    await answered(write)
    const help = fake.command(bot, juliet, square.makeThread(juliet, { name: "orchard" }), "xmpp help")
    await answered(help)
    assert.deepEqual(runs, [
      { from: from(), chat: { room: square.id }, name: "start", argument: "c0de-1", lang: "zh-CN" },
      { from: from(), chat: { user: juliet.id }, name: "xmpp", argument: "friar@example.org", lang: "en-US" },
      { from: from(), chat: { room: help.channel.id }, name: "help", argument: "", lang: "en-US" },
    ])
    assert.deepEqual(texts(square), [], "nobody else sees it")
    assert.equal(host.memory.get(`dm ${juliet.id}`), dm().id)
  })

  it("on a message asks who has said it", async () => {
    await ready()
    const said = square.say(nurse, "Peter!")
    const one = fake.messageCommand(bot, juliet, said, "Who is this?")
    await answered(one)
    assert.deepEqual(
      runs.map(({ name, argument, message, chat }) => [name, argument, message, chat]),
      [["whois", "", { id: said.id }, { room: square.id }]],
    )
  })

  it("is answered as it is written, cut to what Discord takes, or with nothing", async () => {
    await ready()
    answer = () => Promise.resolve({ text: "juliet_the_1st_@example.org @everyone" })
    const one = fake.command(bot, juliet, square, "xmpp help")
    await fake.waitFor(() => one.text !== undefined, "an answer")
    assert.match(one.text ?? "", /juliet\\?_the\\?_1st/)
    assert.deepEqual(one.original?.pinged, [])
    answer = () => Promise.resolve({ text: "*x* ".repeat(1000) })
    const long = fake.command(bot, juliet, square, "xmpp help")
    await fake.waitFor(() => long.text !== undefined, "a long answer")
    assert.ok([...(long.text ?? "")].length > 1500 && long.text?.endsWith("…"))
    answer = () => Promise.resolve({ text: " " })
    const none = fake.command(bot, juliet, square, "xmpp help")
    await fake.waitFor(() => none.answered !== undefined && none.original === undefined, "it to go")
  })

  it("is acknowledged while it runs, and holds up nothing", async () => {
    let go!: () => void
    answer = () => new Promise((resolve) => (go = () => resolve({ text: "At last." })))
    await ready()
    const one = fake.command(bot, juliet, square, "xmpp help")
    await fake.waitFor(() => one.isThinking, "the acknowledgement")
    dm().say(juliet, "on it goes")
    await heard("on it goes")
    go()
    await answered(one, "At last.")
  })

  it("that fails is told so", async () => {
    answer = () => Promise.reject(new Error("disk full"))
    await ready()
    const one = fake.command(bot, juliet, square, "xmpp help")
    await fake.waitFor(() => /did not work/.test(one.text ?? ""), "the apology")
    assert.ok(host.logged.some((line) => line.includes("disk full")))
  })

  it("that was acknowledged too late or by somebody else is not run", async () => {
    await ready()
    const callback = "POST /interactions/:id/:token/callback"
    fake.faults.next(callback, { kind: "error", status: 404, code: 10062 })
    fake.faults.next(callback, { kind: "error", status: 400, code: 40060 })
    for (let i = 0; i < 2; i++) fake.command(bot, juliet, square, "xmpp help")
    await fake.waitFor(() => asked("POST", /callback$/) === 2, "both")
    await answered(fake.command(bot, juliet, square, "xmpp whois", { name: "romeo" }))
    assert.deepEqual(
      runs.map(({ name }) => name),
      ["whois"],
    )
  })

  it("is run if the answer to the acknowledgement was lost, and its own answer is sent again", async () => {
    await ready()
    fake.faults.next("POST /interactions/:id/:token/callback", { kind: "reset-after" })
    fake.faults.next("PATCH /webhooks/:id/:token/messages/@original", { kind: "502-after" })
    await answered(fake.command(bot, juliet, square, "xmpp help"))
    assert.equal(runs.length, 1)
  })

  it("that does not exist any more says so", async () => {
    await ready()
    bot.commands.push({ id: "5", version: "5", name: "old", type: 1, description: "", contexts: [0], options: [{ name: "one", type: 1 }] })
    const one = fake.command(bot, juliet, square, "old one")
    await fake.waitFor(() => /not there any more/.test(one.text ?? ""), "the answer")
    assert.ok(one.isPrivate)
    assert.equal(runs.length, 0)
  })
})

describe("a command that is typed to the bot", () => {
  it("is run, answered beneath, and no message", async () => {
    await ready()
    const before = dm().say(juliet, "how does one do this?")
    const typed = dm().say(juliet, { content: " !XMPP link  c0de ", reply: before })
    await fake.waitFor(() => texts(dm()).includes("Done."), "the answer")
    assert.equal(dm().messages.at(-1)?.message_reference?.message_id, typed.id)
    dm().say(juliet, "/xmpp friar@example.org")
    dm().say(juliet, "!xmpp")
    dm().edit(typed, "!xmpp link other")
    for (const text of ["!xmppy", "xmpp help", "say !xmpp help"]) dm().say(juliet, text)
    square.say(juliet, "!xmpp whois")
    await heard("!xmpp whois")
    assert.deepEqual(
      runs.map(({ name, argument, chat, message }) => [name, argument, chat, message?.id]),
      [
        ["start", "c0de", { user: juliet.id }, before.id],
        ["xmpp", "friar@example.org", { user: juliet.id }, undefined],
        ["help", "", { user: juliet.id }, undefined],
      ],
    )
    const told = host.events.flatMap((event) => ("body" in event && !event.own ? [event.body.text] : []))
    assert.deepEqual(told, ["how does one do this?", "!xmppy", "xmpp help", "say !xmpp help", "!xmpp whois"])
    const { items } = await session.history({ chat: { user: juliet.id }, limit: 50 }, AbortSignal.timeout(10_000))
    assert.ok(!items.some(({ body }) => /c0de|friar/.test(body.text)))
  })

  it("is done before what comes behind it is told", async () => {
    const done: string[] = []
    answer = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      done.push("command")
      return { text: "Done." }
    }
    host.commit = (event) => Promise.resolve(void ("body" in event && !event.own && done.push(event.body.text)))
    await ready()
    dm().say(juliet, "!xmpp to 2")
    dm().say(juliet, "Good morrow")
    await heard("Good morrow")
    assert.deepEqual(done, ["command", "Good morrow"])
  })

  it("is a message where the core has none", async () => {
    await connect([])
    dm().say(juliet, "!xmpp link c0de")
    await heard("!xmpp link c0de")
    assert.equal(runs.length, 0)
  })
})

describe("buttons", () => {
  it("of an answer say what is chosen, and go", async () => {
    answer = ({ argument }) =>
      Promise.resolve(
        argument === "c0de"
          ? yesOrNo(
              { id: "link c0de yes", text: "Yes" },
              { id: "link c0de no", text: "No" },
              { id: "", text: "What?", url: "https://x.example/" },
            )
          : { text: "You are." },
      )
    await ready()
    const one = fake.command(bot, juliet, square, "xmpp link", { code: "c0de" })
    await fake.waitFor(() => one.buttons.length === 3, "the buttons")
    assert.equal(one.text, "Are you \\*sure\\*?")
    const pressed = fake.press(bot, juliet, one, "Yes")
    await fake.waitFor(() => one.text === "You are." && one.buttons.length === 0, "the answer in its place")
    assert.equal(pressed.answered, 6)
    assert.deepEqual(
      runs.map(({ name, argument }) => [name, argument]),
      [
        ["start", "c0de"],
        ["link", "c0de yes"],
      ],
    )
  })

  it("under a question of the core's are for whom it was asked", async () => {
    await ready()
    const { body, key } = {
      body: { text: "To whom?", ...extras(yesOrNo({ id: "to 1", text: "Romeo" }, { id: "to 2", text: "Paris" })) },
      key: "q1",
    }
    await session.send({ chat: { user: juliet.id }, body, key, asks: true }, AbortSignal.timeout(10_000))
    const question = dm().messages.at(-1)!
    assert.deepEqual(buttonsOf(question).map(({ label, custom_id }) => [label, custom_id]), [["Romeo", `x/${juliet.id}/to 1`], ["Paris", `x/${juliet.id}/to 2`]]) // prettier-ignore
    fake.press(bot, juliet, question, "Paris")
    await fake.waitFor(() => question.content === "Done." && buttonsOf(question).length === 0, "the answer in its place")
    assert.deepEqual([runs[0]?.name, runs[0]?.argument, runs[0]?.chat], ["to", "2", { user: juliet.id }])
  })

  it("in a room answer each person alone; what is for one, nobody else chooses", async () => {
    await ready()
    const body = { text: "Who comes?", ...extras(yesOrNo({ id: "come yes", text: "I" })) }
    await session.send({ chat: { room: square.id }, body, key: "q2", asks: true, as: { id: "x", name: "X" } }, AbortSignal.timeout(10_000))
    const question = square.messages.at(-1)!
    assert.equal(question.webhook_id, undefined)
    const hers = fake.press(bot, nurse, question, "I")
    await answered(hers)
    assert.deepEqual([hers.isPrivate, question.content, runs[0]?.from.id], [true, "**X**: Who comes?", nurse.id])
    Object.assign(question, { components: [{ type: 1, id: 1, components: [{ type: 2, id: 2, style: 2, label: "me", custom_id: `x/${juliet.id}/to 1` }] }] }) // prettier-ignore
    const theirs = fake.press(bot, nurse, question, "me")
    await fake.waitFor(() => /somebody else/.test(theirs.text ?? ""), "the refusal")
    Object.assign(question, { components: [{ type: 1, id: 1, components: [{ type: 2, id: 2, style: 2, label: "old", custom_id: "vote-7" }] }] }) // prettier-ignore
    const old = fake.press(bot, juliet, question, "old")
    await fake.waitFor(() => old.answered === 6, "the acknowledgement")
    assert.equal(runs.length, 1)
  })

  it("are none under what is only said", async () => {
    await ready()
    await session.send({ chat: { user: juliet.id }, body: { text: "Vote!", ...extras(yesOrNo({ id: "a b", text: "A" })) }, key: "q3" }, AbortSignal.timeout(10_000)) // prettier-ignore
    assert.deepEqual(buttonsOf(dm().messages.at(-1)!), [])
  })

  function extras({ extras: some = [] }: Body): { extras: NonNullable<Body["extras"]> } {
    return { extras: some }
  }
})

describe("entry", () => {
  it("is by the command, or by typing it, and what it says works", async () => {
    await ready()
    const { text } = await session.entry({ code: "c0de-1_x" }, AbortSignal.timeout(1000))
    assert.match(text, /\/xmpp link c0de-1_x/)
    assert.match(text, /share a server/)
    dm().say(juliet, /!xmpp .*/.exec(text)?.[0] ?? "")
    await fake.waitFor(() => runs.length === 1, "the command")
    assert.deepEqual([runs[0]?.name, runs[0]?.argument], ["start", "c0de-1_x"])
    await assert.rejects(session.entry({ code: "c o d e" }, AbortSignal.timeout(1000)))
  })

  it("is by typing where there is no such command", async () => {
    await ready(offered.slice(3))
    const { text } = await session.entry({ code: "c0de" }, AbortSignal.timeout(1000))
    assert.match(text, /: !xmpp start c0de\n/)
    assert.doesNotMatch(text, /link/)
  })
})
