// The fake Discord's rate limits have the documented shapes, and its fault switches do what they are called.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { REST, RateLimitError, Routes } from "discord.js"
import type { Fault } from "../fakes/discord/faults.js"
import { startFakeDiscord, type Channel, type FakeDiscord } from "../fakes/discord/index.js"
import { secret } from "../support/secrets.js"

const token = secret("MTE.fake-discord-faults.token-of-the-bot")

let fake: FakeDiscord
let square: Channel
let market: Channel

beforeEach(async () => {
  fake = await startFakeDiscord()
  const bot = fake.addBot({ token, username: "romeo" })
  const verona = fake.makeGuild({ name: "Verona", owner: fake.person({ username: "escalus" }) })
  verona.addBot(bot)
  square = verona.makeChannel({ name: "square" })
  market = verona.makeChannel({ name: "market" })
})
afterEach(async () => {
  await fake.stop()
  assert.deepEqual(fake.violations, [])
})

async function post(channel: Channel, content: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${fake.url}/v10/channels/${channel.id}/messages`, {
    method: "POST",
    headers: { authorization: `Bot ${token}`, "user-agent": "DiscordBot (https://example.test, 1)", "content-type": "application/json" },
    body: JSON.stringify({ content }),
    ...(signal && { signal }),
  })
}
const texts = (channel: Channel): string[] => channel.messages.map(({ content }) => content)
const create = "POST /channels/:id/messages"

describe("rate limits", () => {
  test("are told by headers, and kept: 5 messages a channel, each channel for itself", async () => {
    fake.limits.on({ messages: { count: 5, ms: 3_600_000 } })
    const left: (string | null)[] = []
    for (let i = 0; i < 5; i++) left.push((await post(square, `№${i}`)).headers.get("x-ratelimit-remaining"))
    assert.deepEqual(left, ["4", "3", "2", "1", "0"])
    const refused = await post(square, "too much")
    assert.equal(refused.status, 429)
    const { headers } = refused
    const body = (await refused.json()) as { message: string; retry_after: number; global: boolean }
    assert.ok(body.retry_after > 3000 && body.global === false && body.message !== "")
    assert.ok(Number(headers.get("retry-after")) >= body.retry_after)
    assert.ok(Number(headers.get("x-ratelimit-reset-after")) > 3000)
    assert.deepEqual(
      ["limit", "remaining", "scope"].map((name) => headers.get(`x-ratelimit-${name}`)),
      ["5", "0", "user"],
    )
    const elsewhere = await post(market, "not too much")
    assert.equal(elsewhere.status, 200)
    assert.equal(elsewhere.headers.get("x-ratelimit-bucket"), headers.get("x-ratelimit-bucket"))
    assert.deepEqual(texts(square), ["№0", "№1", "№2", "№3", "№4"])
    assert.equal(fake.limits.refused, 1)
  })

  test("of all a bot does: global", async () => {
    fake.limits.on({ global: { count: 1, ms: 3_600_000 } })
    await post(square, "one")
    const refused = await post(market, "two")
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get("x-ratelimit-global"), "true")
    assert.equal(refused.headers.get("x-ratelimit-scope"), "global")
    assert.equal(((await refused.json()) as { global: boolean }).global, true)
  })

  test("are understood by discord.js", async () => {
    fake.limits.on({ messages: { count: 1, ms: 3_600_000 } })
    const rest = new REST({ api: fake.url, version: "10", retries: 0, rejectOnRateLimit: () => true }).setToken(token)
    await rest.post(Routes.channelMessages(square.id), { body: { content: "one" } })
    await assert.rejects(rest.post(Routes.channelMessages(square.id), { body: { content: "two" } }), RateLimitError)
    rest.clearHashSweeper()
    rest.clearHandlerSweeper()
  })

  test("are off unless switched on", async () => {
    for (let i = 0; i < 12; i++) assert.equal((await post(square, `№${i}`)).status, 200)
    assert.equal(texts(square).length, 12)
  })
})

describe("faults", () => {
  /** What the caller sees, and whether the message is there. */
  const cases: [Fault, string, boolean][] = [
    [{ kind: "reset-before" }, "no answer", false],
    [{ kind: "reset-after" }, "no answer", true],
    [{ kind: "cut" }, "no answer", true],
    [{ kind: "500" }, "500 {", false],
    [{ kind: "502-html" }, "502 <", false],
    [{ kind: "502-after" }, "502 <", true],
    [{ kind: "html-200" }, "200 <", false],
    [{ kind: "429", retryAfter: 2.5 }, "429 {", false],
    [{ kind: "429-global" }, "429 {", false],
    [{ kind: "error", status: 403, code: 50013, message: "Missing Permissions" }, "403 {", false],
    [{ kind: "slow", ms: 1 }, "200 {", true],
  ]
  for (const [fault, seen, isThere] of cases) {
    test(fault.kind, async () => {
      fake.faults.next(create, fault)
      const look = async (): Promise<string> => {
        const answer = await post(square, "perhaps")
        return `${answer.status} ${(await answer.text())[0]}`
      }
      assert.equal(await look().catch(() => "no answer"), seen)
      assert.deepEqual(texts(square), isThere ? ["perhaps"] : [])
      assert.equal((await post(square, "certainly")).status, 200)
      assert.equal(fake.faults.played.get(fault.kind), 1)
    })
  }

  for (const [kind, isThere] of [
    ["hang", false],
    ["hang-after", true],
  ] as const) {
    test(kind, async () => {
      fake.faults.next(create, { kind })
      const abort = new AbortController()
      const hanging = post(square, "perhaps", abort.signal)
      await fake.waitFor(() => fake.requests.length === 1 && (!isThere || texts(square).length === 1))
      assert.equal(fake.faults.played.get(kind), 1)
      abort.abort()
      await assert.rejects(hanging)
      assert.deepEqual(texts(square), isThere ? ["perhaps"] : [])
    })
  }

  test("every n-th, only what matches, and by dice that fall the same way again", async () => {
    fake.faults.each(3, create, { kind: "500" })
    const status = async (): Promise<number> => (await post(square, "x")).status
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push(await status())
    assert.deepEqual(statuses, [200, 200, 500, 200, 200, 500])
    fake.faults.clear()
    fake.faults.next("DELETE /channels/:id", { kind: "500" })
    assert.equal(await status(), 200)
    const rolls: number[][] = []
    for (let round = 0; round < 2; round++) {
      fake.faults.random({ seed: 4711, probability: 0.5, kinds: [{ kind: "500" }, { kind: "502-html" }] })
      const roll: number[] = []
      for (let i = 0; i < 10; i++) roll.push(await status())
      rolls.push(roll)
    }
    assert.deepEqual(rolls[0], rolls[1])
    assert.ok(rolls[0]?.includes(500) && rolls[0].includes(200))
    fake.faults.random(null)
    assert.equal(await status(), 200)
  })
})
