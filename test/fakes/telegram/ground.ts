// The adapter under test on the fake Bot API: one bot, the sessions a test opens on it, and what must hold at its end.
import assert from "node:assert/strict"
import { inspect } from "node:util"
import { AdapterError, type NetworkEvent } from "xferry"
import { TestHost } from "xferry/conformance"
import adapter from "xferry-adapter-telegram"
import { within } from "../../support/deadline.js"
import { secret } from "../../support/secrets.js"
import { type Bot, type FakeBotApi, startFakeBotApi } from "./index.js"

export const token = secret("4711:AAFadapter-test_0123456789-0123456789")
export const juliet = { id: 5_200_000_001, is_bot: false, first_name: "Juliet", username: "juliet" }
export const chat = { user: String(juliet.id) }
export const signal: AbortSignal = new AbortController().signal
export type Session = Awaited<ReturnType<typeof adapter.connect>>

/** One fake with one bot, and the sessions a test opens on it. */
export class Ground {
  fake!: FakeBotApi
  bot!: Bot
  readonly hosts: TestHost[] = []
  readonly memory = new Map<string, string>()
  readonly errors: unknown[] = []
  #ends: Promise<unknown>[] = []

  async start(): Promise<void> {
    this.fake = await startFakeBotApi()
    this.bot = this.fake.addBot({ token, username: "romeo_bot" })
    this.fake.person(juliet)
  }

  options(more: object = {}): { apiRoot: string; pollSeconds: number; timeoutSeconds: number } {
    return { apiRoot: this.fake.url, pollSeconds: 1, timeoutSeconds: 1, ...more }
  }

  async connect(more: object = {}, prepare: (host: TestHost) => void = () => undefined): Promise<{ session: Session; host: TestHost }> {
    const host = new TestHost(this.memory)
    prepare(host)
    this.hosts.push(host)
    const session = await adapter.connect({ token }, this.options(more), host)
    this.#ends.push(session.ended.catch((error: unknown) => this.errors.push(error)))
    return { session, host }
  }

  async login(answers: Record<string, string>, more: object = {}): Promise<{ id: string; secret: { token: string } }> {
    return adapter.login(
      ({ fields = [] }) => Promise.resolve(Object.fromEntries(fields.map(({ name }) => [name, answers[name] ?? ""]))),
      this.options(more),
      signal,
    )
  }

  /** What `call` fails with. */
  async failure(call: Promise<unknown>): Promise<AdapterError> {
    const error = await within(call, 15_000, "a failure").then(
      () => assert.fail("must fail"),
      (reason: unknown) => reason,
    )
    this.errors.push(error)
    assert.ok(error instanceof AdapterError, inspect(error))
    return error
  }

  say(text: string): string {
    return String(this.fake.say(this.bot, juliet, text).message_id)
  }

  heard(host: TestHost, text: string): Promise<NetworkEvent> {
    return host.event(`«${text}»`, (event) => "body" in event && event.body.text === text)
  }

  /** Everything ends, nothing was said wrongly, and no token is in what was logged or thrown. */
  async stop(): Promise<void> {
    for (const host of this.hosts) host.close()
    await within(Promise.all(this.#ends), 5000, "the sessions to end")
    await this.fake.stop()
    assert.deepEqual(this.fake.violations, [])
    const said = [
      ...this.hosts.flatMap(({ logged }) => logged),
      ...this.errors.map((error) => inspect(error, { depth: 10, showHidden: true })),
    ]
    for (const text of said) assert.ok(!text.includes(token.slice(5)), text.replaceAll(token.slice(5), "<the secret>"))
  }
}
