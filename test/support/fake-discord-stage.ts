// A fake Discord with a guild, a bot and a person in it, asked by plain HTTP; all its events are held to the types of discord-api-types.
import assert from "node:assert/strict"
import { type Bot, type Channel, type FakeDiscord, type Guild, type Person, startFakeDiscord } from "../fakes/discord/index.js"
import * as payloads from "../fakes/discord/payloads.js"
import { secret } from "./secrets.js"

export const token = secret("NDcxMQ.GrestA.fake-discord-token-of-the-first")
export const otherToken = secret("NDcxMg.GrestB.fake-discord-token-of-the-other")

/** JSON, read by paths such as «items.0.message.id»; undefined where there is nothing. */
export class Seen {
  constructor(readonly body: unknown) {}

  at(path: string): unknown {
    return path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], this.body)
  }

  text(path: string): string {
    return String(this.at(path))
  }

  /** One field of all items of a list: of the body itself, or of what is at `path`. */
  all(field: string, path?: string): unknown[] {
    const list = (path === undefined ? this.body : this.at(path)) as unknown[]
    return list.map((item) => new Seen(item).at(field))
  }
}

export class Answer extends Seen {
  constructor(
    readonly status: number,
    body: unknown,
  ) {
    super(body)
  }
}

export class Stage {
  now = Date.parse("2026-03-01T12:00:00Z")
  fake!: FakeDiscord
  bot!: Bot
  ana!: Person
  guild!: Guild
  room!: Channel
  readonly told: { t: string; d: Seen }[] = []
  readonly #wrong: string[] = []

  async set(): Promise<void> {
    const fake = (this.fake = await startFakeDiscord({ now: () => this.now++ }))
    fake.world.onDispatch(({ t, d }) => {
      const data = structuredClone(d)
      this.told.push({ t, d: new Seen(data) })
      this.#wrong.push(...payloads.received({ op: 0, t, d: data }))
    })
    this.bot = fake.addBot({ token, username: "romeo" })
    this.ana = fake.person({ username: "ana", global_name: "Ana" })
    this.guild = fake.makeGuild({ name: "Verona", owner: fake.person({ username: "escalus" }) })
    this.guild.join(this.ana)
    this.guild.addBot(this.bot)
    this.room = this.guild.makeChannel({ name: "square" })
  }

  async strike(): Promise<void> {
    await this.fake.stop()
    assert.deepEqual(this.#wrong, [], "events are as the types of discord-api-types have them")
    assert.deepEqual(this.fake.violations, [])
  }

  /** What was noted against the client; forgotten then. */
  violations(): string {
    return this.fake.violations.splice(0).join("\n")
  }

  /** Names of the events since the last look. */
  events(): string[] {
    return this.told.splice(0).map(({ t }) => t)
  }

  async ask(method: string, path: string, body?: unknown, as: string | null = token): Promise<Answer> {
    const headers: Record<string, string> = { "user-agent": "DiscordBot (https://example.org, 1.0)" }
    if (as !== null) headers["authorization"] = `Bot ${as}`
    if (body !== undefined && !(body instanceof FormData)) headers["content-type"] = "application/json"
    const raw = body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }
    const response = await fetch(`${this.fake.url}/v10${path}`, { method, headers, ...raw })
    const text = await response.text()
    return new Answer(response.status, text === "" ? undefined : JSON.parse(text))
  }

  async refusal(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
    const answer = await this.ask(method, path, body)
    return [answer.status, answer.at("code")]
  }
}
