// The fake Discord's gateway serves discord.js's own client, an honest one: nothing is lost and nothing comes twice, whatever breaks.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, test } from "node:test"
import { WebSocketManager, WebSocketShardEvents, type SessionInfo } from "@discordjs/ws"
import { GatewayDispatchEvents, GatewayIntentBits as Bits, type APIGatewayBotInfo } from "discord-api-types/v10"
import { startFakeDiscord, type Channel, type FakeDiscord, type Person } from "../fakes/discord/index.js"
import { secret } from "../support/secrets.js"

const token = secret("MTE.fake-discord-client.token-of-the-bot")
const agent = "DiscordBot (https://example.test, 1)"
const intents = Bits.Guilds | Bits.GuildMessages | Bits.MessageContent

let fake: FakeDiscord
let juliet: Person
let square: Channel
const ends: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  fake = await startFakeDiscord()
  const bot = fake.addBot({ token, username: "romeo" })
  juliet = fake.person({ username: "juliet", global_name: "Juliet" })
  const verona = fake.makeGuild({ name: "Verona", owner: juliet })
  verona.addBot(bot)
  square = verona.makeChannel({ name: "square" })
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await fake.stop()
})

const clean = (): void => assert.deepEqual(fake.violations, [])

describe("discord.js's own client", () => {
  interface Honest {
    manager: WebSocketManager
    texts: string[]
    /** Resolves when it has got this text. */
    got(text: string): Promise<void>
  }

  async function honest(): Promise<Honest> {
    const response = await fetch(`${fake.url}/v10/gateway/bot`, { headers: { authorization: `Bot ${token}`, "user-agent": agent } })
    const info = (await response.json()) as APIGatewayBotInfo
    let session: SessionInfo | null = null
    const manager = new WebSocketManager({
      token,
      intents,
      shardCount: 1,
      rest: { get: () => Promise.resolve(info) } as never,
      // Its own waits 5 s between two sessions.
      buildIdentifyThrottler: () => Promise.resolve({ waitForIdentify: () => Promise.resolve() }),
      retrieveSessionInfo: () => session,
      updateSessionInfo: (_shard, next) => void (session = next),
    })
    manager.on(WebSocketShardEvents.Error, () => undefined)
    const texts: string[] = []
    const looks = new Set<() => void>()
    manager.on(WebSocketShardEvents.Dispatch, ({ data }) => {
      if (data.t === GatewayDispatchEvents.MessageCreate) texts.push(data.d.content)
      for (const look of [...looks]) look()
    })
    ends.push(async () => manager.destroy())
    await manager.connect()
    const got = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!texts.includes(text)) return
          looks.delete(look)
          resolve()
        }
        looks.add(look)
        look()
      })
    return { manager, texts, got }
  }

  const breaks: [string, () => void][] = [
    ["a cut", () => fake.gateway.cut()],
    ["op 7", () => fake.gateway.reconnect()],
    ["op 9 that may be resumed", () => fake.gateway.invalidate(true)],
    ["a close with 4000", () => fake.gateway.close(4000)],
    ["a refused connection", () => (fake.gateway.refuse(), fake.gateway.cut())],
  ]
  for (const [what, does] of breaks) {
    test(`loses nothing and gets nothing twice over ${what}`, async () => {
      const { texts, got } = await honest()
      square.say(juliet, "one")
      await got("one")
      does()
      square.say(juliet, "two")
      square.say(juliet, "three")
      await got("three")
      assert.deepEqual(texts, ["one", "two", "three"])
      assert.equal(fake.gateway.counts.identified, 1)
      clean()
    })
  }

  test("begins a new session after op 9 that may not be resumed, and after sessions expired", async () => {
    const { got } = await honest()
    fake.gateway.invalidate(false)
    await fake.waitFor(() => fake.gateway.counts.identified === 2)
    fake.gateway.expire()
    fake.gateway.cut()
    await fake.waitFor(() => fake.gateway.counts.identified === 3)
    square.say(juliet, "anew")
    await got("anew")
    clean()
  })

  test("gets everything over connections that break by chance; the dice fall the same way again", async () => {
    const { texts, got } = await honest()
    fake.gateway.randomCuts({ seed: 4711, probability: 0.1 })
    const said = Array.from({ length: 30 }, (_none, i) => `№${i}`)
    for (const text of said) {
      square.say(juliet, text)
      await got(text)
    }
    assert.deepEqual([...new Set(texts)], said)
    assert.ok(fake.gateway.counts.cuts > 0)
    clean()
  })

  test("stays up over half a frame and over events nobody knows", async () => {
    const { got } = await honest()
    fake.gateway.garbage()
    fake.gateway.wild()
    square.say(juliet, "still here")
    await got("still here")
    assert.equal(fake.gateway.counts.identified, 1)
    clean()
  })
})
