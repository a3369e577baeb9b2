// The Discord adapter and the fake's gateway: nothing is lost or told twice however connections and sessions end.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import { AdapterError, type NetworkEvent, type Session } from "xferry"
import { TestHost, within } from "#src/adapter/conformance/host.js"
import adapter from "#discord/index.js"
import { options } from "#discord/options.js"
import type { capabilities } from "#discord/capabilities.js"
import { type Bot, type Channel, type FakeDiscord, type Guild, type Person, startFakeDiscord } from "../fakes/discord/index.js"
import { secret } from "../support/secrets.js"

const token = secret("NDcxNQ.protocol.discord-gateway-test-0123456789")

let fake: FakeDiscord
let bot: Bot
let juliet: Person
let guild: Guild
let square: Channel
let host: TestHost
let session: Session<typeof capabilities>
const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

beforeEach(async () => {
  process.on("unhandledRejection", onRejection)
  fake = await startFakeDiscord()
  bot = fake.addBot({ token, username: "ferry" })
  juliet = fake.person({ username: "juliet", global_name: "Juliet" })
  guild = fake.makeGuild({ name: "Verona", owner: fake.person({ username: "escalus" }) })
  guild.join(juliet)
  guild.addBot(bot, { permissions: ["Administrator"] })
  square = guild.makeChannel({ name: "square" })
  host = new TestHost()
})

afterEach(async () => {
  host.close()
  await session.ended.catch(() => undefined)
  const { violations } = fake
  await fake.stop()
  process.off("unhandledRejection", onRejection)
  assert.deepEqual(rejections.splice(0), [])
  assert.deepEqual(violations, [])
  assert.deepEqual(host.late, [])
  assert.ok(!host.logged.some((line) => line.includes(token)))
})

async function connect(): Promise<void> {
  session = await within(adapter.connect({ token }, options.parse({ apiRoot: fake.url }), host), 10_000, "the connection")
}

/** Ends the session as a restart does, and begins the next. */
async function restart(): Promise<void> {
  host.close()
  await session.ended
  host = new TestHost(host.memory)
}

const textOf = (event: NetworkEvent): string | undefined => (event.type === "message" ? event.body.text : undefined)
const heard = (): string[] => host.events.flatMap((event) => textOf(event) ?? [])
const until = (text: string): Promise<void> => host.until(`«${text}»`, () => heard().includes(text))
const ending = (): Promise<AdapterError> =>
  within(
    session.ended.then(
      () => assert.fail("it must reject"),
      (error: unknown) => error as AdapterError,
    ),
    10_000,
    "the end of the session",
  )
const say = (text: string): unknown => square.say(juliet, text)

describe("connections", () => {
  it("knows its rooms when the connection is there", async () => {
    await connect()
    assert.equal(session.self.id, bot.user.id)
    const { items } = await session.rooms({}, AbortSignal.timeout(5000))
    assert.deepEqual(
      items.map(({ name }) => name),
      ["Verona"],
    )
  })

  it("loses nothing when they are cut in the middle of everything", async () => {
    await connect()
    fake.gateway.randomCuts({ seed: 4711, probability: 0.05 })
    const texts = Array.from({ length: 400 }, (_, index) => `№ ${index}`)
    for (const [index, text] of texts.entries()) {
      say(text)
      if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await fake.waitFor(() => fake.gateway.counts.cuts > 2, "some cuts")
    fake.gateway.randomCuts(null)
    await until(texts.at(-1)!)
    assert.deepEqual(heard(), texts)
    assert.equal(fake.gateway.counts.identified, 1)
  })

  it("a server that was away: the session ends, and the next one may ask for what was said there", async () => {
    await connect()
    guild.goDown()
    guild.comeUp()
    const error = await ending()
    assert.equal(error.kind, "retry")
    host = new TestHost(host.memory)
    await connect()
    say("back")
    await until("back")
    assert.equal(fake.gateway.counts.identified, 1, "it resumed")
  })

  for (const [what, end] of Object.entries({
    "op 7": () => fake.gateway.reconnect(),
    "a cut": () => fake.gateway.cut(),
    "close code 4000": () => fake.gateway.close(4000),
    "a gateway that refuses for a moment": () => {
      fake.gateway.refuse(3)
      fake.gateway.cut()
    },
  }))
    it(`${what}: resumes`, async () => {
      await connect()
      say("before")
      await until("before")
      end()
      say("while away")
      await until("while away")
      say("after")
      await until("after")
      assert.deepEqual(heard(), ["before", "while away", "after"])
      assert.deepEqual([fake.gateway.counts.identified, fake.gateway.counts.resumed], [1, 1])
    })

  it("an invalid session ends ours, and the next identifies", async () => {
    await connect()
    fake.gateway.invalidate(false)
    assert.equal((await ending()).kind, "retry")
    host.close()
    host = new TestHost(host.memory)
    await connect()
    say("after")
    await until("after")
    assert.deepEqual([fake.gateway.counts.identified, fake.gateway.counts.resumed], [2, 0])
  })

  it("a token that is no longer valid logs us out", async () => {
    await connect()
    fake.revoke(bot)
    assert.equal((await ending()).kind, "logged-out")
    host.close()
    host = new TestHost(host.memory)
    await assert.rejects(connect(), (error) => error instanceof AdapterError && error.kind === "logged-out")
  })

  it("lives with frames and events that no server should send", async () => {
    await connect()
    for (const frame of [
      "",
      "{",
      "null",
      { op: 10 },
      { op: 10, d: {} },
      { op: 0, t: "GUILD_CREATE", d: null, s: null },
      { op: 0, t: null },
      { op: 4711 },
    ])
      fake.gateway.garbage(frame)
    for (const t of [
      "MESSAGE_CREATE",
      "GUILD_CREATE",
      "CHANNEL_CREATE",
      "THREAD_LIST_SYNC",
      "GUILD_ROLE_CREATE",
      "TYPING_START",
      "SOMETHING_NEW",
    ])
      for (const d of [null, [], "text", {}, { id: 5, guild_id: null, channel_id: {}, author: 7, user: [], member: "x", role: null }])
        fake.gateway.wild(t, d)
    say("still here")
    await until("still here")
    assert.equal(fake.gateway.counts.resumed, 0)
    fake.gateway.garbage({ op: 9, d: null })
    assert.equal((await ending()).kind, "retry")
  })
})

describe("restarts", () => {
  it("go on where the last session ended, with the rooms known", async () => {
    await connect()
    say("before")
    await until("before")
    await restart()
    say("while away")
    const garden = guild.makeChannel({ name: "garden" })
    await connect()
    await until("while away")
    assert.deepEqual(heard(), ["while away"])
    assert.deepEqual([fake.gateway.counts.identified, fake.gateway.counts.resumed], [1, 1])
    const { items } = await session.rooms({ parent: `g${guild.id}` }, AbortSignal.timeout(5000))
    assert.ok(items.some(({ id }) => id === garden.id))
  })

  it("bring what was not committed again", async () => {
    await connect()
    let offered = 0
    host.commit = (event) => {
      if (textOf(event) !== "second") return Promise.resolve()
      offered++
      return new Promise(() => undefined)
    }
    for (const text of ["first", "second", "third"]) say(text)
    await until("third")
    assert.equal(offered, 1)
    await restart()
    await connect()
    await until("third")
    assert.deepEqual(heard(), ["second", "third"])
  })

  it("begin anew where the session is gone", async () => {
    await connect()
    await restart()
    fake.gateway.expire()
    await connect()
    say("after")
    await until("after")
    assert.deepEqual([fake.gateway.counts.identified, fake.gateway.counts.resumed], [2, 0])
  })

  it("begin anew where the world cannot be learned by REST", async () => {
    await connect()
    await restart()
    fake.faults.next("GET /users/@me/guilds", { kind: "500", times: 10 })
    await connect()
    say("after")
    await until("after")
    assert.deepEqual(fake.gateway.counts.identified, 2)
  })
})

describe("switches", () => {
  it("that are off are done without, and named", async () => {
    bot = fake.addBot({
      token: secret("NDcxNg.protocol.discord-gateway-plain-0123456789"),
      username: "plain",
      intents: { members: false, presences: false },
    })
    guild.addBot(bot)
    session = await adapter.connect({ token: bot.token }, options.parse({ apiRoot: fake.url }), host)
    say("heard all the same")
    await until("heard all the same")
    assert.ok(host.logged.some((line) => line.includes("Server Members Intent")))
  })

  it("that the server does not tell are found out", async () => {
    bot = fake.addBot({
      token: secret("NDcxNw.protocol.discord-gateway-mute-01234567890"),
      username: "mute",
      intents: { members: false, presences: false },
    })
    guild.addBot(bot)
    fake.faults.next("GET /applications/@me", { kind: "error", status: 404, times: 9 })
    session = await adapter.connect({ token: bot.token }, options.parse({ apiRoot: fake.url }), host)
    say("heard all the same")
    await until("heard all the same")
  })

  it("of what people write cannot be done without", async () => {
    await connect()
    const deaf = fake.addBot({
      token: secret("NDcxOA.protocol.discord-gateway-deaf-01234567890"),
      username: "deaf",
      intents: { content: false },
    })
    await assert.rejects(
      adapter.connect({ token: deaf.token }, options.parse({ apiRoot: fake.url }), new TestHost()),
      (error) => error instanceof AdapterError && error.kind === "denied" && /Message Content Intent/.test(error.message),
    )
  })
})

describe("the end", () => {
  it("is quiet, closes with a code that keeps the session, and holds nothing", async () => {
    await connect()
    host.close()
    await session.ended
    await fake.waitFor(() => fake.gateway.closed.length > 0, "the close frame")
    assert.deepEqual(fake.gateway.closed, [4200])
    assert.equal(fake.gateway.listening(bot), 0)
  })
})
