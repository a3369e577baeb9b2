// The Discord adapter at a loose server, with what the core does for it: tries again what may be tried again, connects anew.
import assert from "node:assert/strict"
import { setTimeout } from "node:timers/promises"
import adapter from "xferry-adapter-discord"
import { AdapterError, type ChatRef, type MessageEvent, type MessageRef, type NetworkEvent, type Session, type Speaker } from "xferry"
import { TestHost, within } from "#src/adapter/conformance/host.js"
import type { capabilities } from "#discord/capabilities.js"
import { options } from "#discord/options.js"
import type { LooseDiscord } from "../fakes/loose-discord.js"

type Whole = Session<typeof capabilities>
type Retried = "send" | "edit" | "retract" | "typing" | "history" | "rooms" | "members" | "access" | "react" | "download"

export class Stranger {
  /** Of all sessions. */
  readonly events: NetworkEvent[] = []
  readonly warnings: string[] = []
  host = new TestHost()
  session!: Whole
  /** Kept over sessions, as the core does. */
  readonly #memory = new Map<string, string>()
  #ended: Promise<unknown> = Promise.resolve()
  #hasEnded = false
  #keys = 0

  constructor(private readonly server: LooseDiscord) {}

  async connect(): Promise<void> {
    this.session = await patiently("to connect", async () => {
      const host = (this.host = new TestHost(this.#memory, 15_000))
      const note = host.log.warn
      Object.assign(host.log, {
        warn: (fields: object, text: string) => {
          this.warnings.push(`${this.server.gateway.sessions}: ${text} ${JSON.stringify(fields)}`)
          note(fields, text)
        },
      })
      host.commit = (event) => Promise.resolve(void this.events.push(event))
      return adapter.connect({ token: this.server.token }, options.parse({ apiRoot: this.server.root, timeoutSeconds: 5 }), host)
    })
    this.#hasEnded = false
    this.#ended = this.session.ended.then(
      () => (this.#hasEnded = true),
      (error: unknown) => {
        this.#hasEnded = true
        assert.ok(error instanceof AdapterError && error.kind === "retry", `it must be to be retried: ${String(error)}`)
      },
    )
    this.#ended.catch(() => undefined)
  }

  /** After the server was away. «anew»: in a new session, so that the core asks for what was missed. */
  async back(): Promise<"anew"> {
    // None of these servers resumes.
    await within(this.#ended, 15_000, "the end of the session")
    this.host.close()
    await this.connect()
    return "anew"
  }

  async leave(): Promise<void> {
    this.host.close()
    await within(this.#ended, 15_000, "the orderly end")
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  async heard(text: string): Promise<MessageEvent> {
    const wanted = (event: NetworkEvent): event is MessageEvent => event.type === "message" && event.body.text === text
    return (await this.tells(`«${text}»`, wanted)) as MessageEvent
  }

  async tells(what: string, wanted: (event: NetworkEvent) => boolean): Promise<NetworkEvent> {
    await this.host.until(what, () => this.events.some(wanted))
    return this.events.find(wanted)!
  }

  /** Messages of these texts that are not told as our own. */
  others(...texts: string[]): NetworkEvent[] {
    return this.events.filter((event) => event.type === "message" && texts.includes(event.body.text) && event.own !== true)
  }

  async says(chat: ChatRef, text: string, as?: Speaker): Promise<MessageRef> {
    return this.verb("send", { chat, body: { text }, key: `key-${++this.#keys}`, ...(as && { as }) })
  }

  async verb<V extends Retried>(name: V, op: Parameters<Whole[V]>[0]): Promise<Awaited<ReturnType<Whole[V]>>> {
    const run = this.session[name] as unknown as (op: unknown, signal: AbortSignal) => Promise<Awaited<ReturnType<Whole[V]>>>
    return patiently(name, () => run(op, this.host.signal))
  }

  /** All that are there, through containers. */
  async rooms(parent?: string): Promise<string[]> {
    const { items } = await this.verb("rooms", parent === undefined ? {} : { parent })
    const below = items.filter(({ kind }) => kind === "container").map(({ id }) => this.rooms(id))
    return [...items.map(({ id }) => id), ...(await Promise.all(below)).flat()]
  }

  async past(chat: ChatRef, after?: string): Promise<string[]> {
    const { items } = await this.verb("history", { chat, limit: 50, ...(after !== undefined && { after }) })
    return items.map(({ body }) => body.text)
  }

  /** Of each kind of oddity one warning at most, in each session. */
  assertCalm(): void {
    assert.deepEqual([...new Set(this.warnings)], this.warnings)
    assert.ok(!this.host.logged.some((line) => line.includes(this.server.token)), "the token is in the log")
  }
}

/** As the core: again after the time that was named, a few times. */
async function patiently<T>(what: string, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      const again = error instanceof AdapterError && (error.kind === "retry" || error.kind === "unknown-outcome")
      if (!again || attempt === 6) throw new Error(`${what}: ${String(error)}`, { cause: error })
      await setTimeout(Math.min(error.retryAfterMs ?? 20, 2000))
    }
  }
}
