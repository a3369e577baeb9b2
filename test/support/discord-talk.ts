// The talking parts of the Discord adapter on a fake Discord, without a gateway: the world follows the fake's events by itself.
import assert from "node:assert/strict"
import type { Host, MessageRef, Send } from "xferry"
import { client } from "#discord/connection/rest.js"
import { Addresses } from "#discord/files/addresses.js"
import { type Options, options } from "#discord/options.js"
import { DirectChats } from "#discord/talk/dms.js"
import { talkVerbs } from "#discord/talk/send.js"
import { webhookHandlers, WebhookPool } from "#discord/talk/webhooks.js"
import { BotWorld } from "#discord/world/world.js"
import {
  type Bot,
  type Channel,
  type FakeDiscord,
  type Guild,
  type Message,
  type Person,
  startFakeDiscord,
} from "../fakes/discord/index.js"
import { secret } from "./secrets.js"

const token = secret("MTE2.talk.token-of-the-bot-that-talks")

export const juliet = { id: "juliet@capulet.example", name: "Juliet", avatarUrl: "https://faces.example/juliet.png" }

interface Said extends Partial<Omit<Send, "chat" | "as">> {
  chat?: Channel | Person
  as?: Send["as"] | "nobody"
}

type Verbs = ReturnType<typeof talkVerbs>

export class TalkStage {
  readonly log: string[] = []
  /** What the host keeps for the adapter. */
  readonly state = new Map<string, string>()
  readonly #end = new AbortController()
  readonly signal: AbortSignal = this.#end.signal
  now = Date.now()
  verbs!: Verbs
  pool!: WebhookPool
  #world!: BotWorld
  #keys = 0

  private constructor(
    readonly fake: FakeDiscord,
    readonly bot: Bot,
    readonly guild: Guild,
    readonly square: Channel,
    readonly romeo: Person,
    readonly options: Options,
  ) {}

  static async start(more: Partial<Options> = {}): Promise<TalkStage> {
    const fake = await startFakeDiscord()
    const bot = fake.addBot({ token, username: "ferry" })
    const romeo = fake.person({ username: "romeo", global_name: "Romeo" })
    const guild = fake.makeGuild({ name: "Verona", owner: fake.person({ username: "escalus" }) })
    guild.addBot(bot)
    guild.join(romeo)
    const square = guild.makeChannel({ name: "square" })
    const stage = new TalkStage(fake, bot, guild, square, romeo, { ...options.parse({ apiRoot: fake.apiRoot }), ...more })
    stage.restart()
    fake.world.onDispatch(({ t, d }) => {
      if (t === "WEBHOOKS_UPDATE") void webhookHandlers(stage.pool)["WEBHOOKS_UPDATE"]?.(d)
      else if (/^(GUILD|CHANNEL|THREAD)_/.test(t)) stage.#sync()
    })
    return stage
  }

  /** As after the end of the process: what is not kept by the host is forgotten. */
  restart(): void {
    const { id } = this.bot
    const world = (this.#world = new BotWorld(id))
    const core = {
      self: { id, name: "Ferry" },
      application: this.bot.application.id,
      rest: client({ token }, this.options, this.signal),
      options: this.options,
      host: this.#host(),
      world,
      may: { members: true, presences: true, content: true },
      addresses: new Addresses(),
    }
    this.pool = new WebhookPool(core, () => this.now)
    this.verbs = talkVerbs({ ...core, webhooks: this.pool, dms: new DirectChats(core) })
    this.#sync()
  }

  #sync(): void {
    const { members, ...whole } = this.guild.create(this.bot.id)
    // Of a large guild only the bot itself is told.
    const own = (members as { user: Person }[]).filter(({ user }) => user.id === this.bot.id)
    this.#world.putGuild({ ...whole, members: own })
  }

  #host(): Host {
    const write = (fields: object, text: string): void => void this.log.push(`${text} ${JSON.stringify(fields)}`)
    const { state } = this
    return {
      log: { debug: write, info: write, warn: write },
      signal: this.signal,
      emit: () => Promise.resolve(),
      commands: [],
      run: () => Promise.reject(new Error("nobody runs commands here")),
      state: {
        get: (key) => Promise.resolve(state.get(key)),
        set: (key, value) => {
          if (value === null) state.delete(key)
          else state.set(key, value)
          return Promise.resolve()
        },
      },
    }
  }

  key(): string {
    return `0123456789abcdefghjk${String(++this.#keys).padStart(5, "0")}`
  }

  /** Juliet says it in a channel, unless it is said otherwise. */
  say(text: string, { chat, as = juliet, ...more }: Said = {}): Promise<MessageRef> {
    const who = as === "nobody" ? {} : { as }
    return this.verbs.send({ ...this.#in(chat), body: { text }, key: this.key(), ...who, ...more }, this.signal)
  }

  edit(message: MessageRef, text: string, chat?: Channel | Person): Promise<{ revision?: string } | void> {
    return this.verbs.edit({ ...this.#in(chat), message, body: { text } }, this.signal)
  }

  retract(message: MessageRef, chat?: Channel | Person): Promise<void> {
    return this.verbs.retract({ ...this.#in(chat), message }, this.signal)
  }

  #in(chat: Channel | Person = this.square): Pick<Send, "chat"> {
    return { chat: "username" in chat ? { user: chat.id } : { room: chat.id } }
  }

  /** The last message of a channel. */
  last(channel: Channel = this.square): Message {
    const last = channel.messages.at(-1)
    assert.ok(last)
    return last
  }

  texts(channel: Channel = this.square): string[] {
    return channel.messages.map(({ content }) => content)
  }

  /** «POST /channels/:id/webhooks»: how often it was asked for. */
  asked(method: string, path: RegExp): number {
    return this.fake.requests.filter((request) => request.method === method && path.test(request.path)).length
  }

  /** And no token, of the bot or of a webhook, was logged. */
  async stop(): Promise<void> {
    this.#end.abort()
    await this.fake.stop()
    assert.deepEqual(this.fake.violations, [])
    const kept = [...this.state].flatMap(([key, value]) => (/^(hook|webhook) /.test(key) ? value : []))
    const tokens = [token, ...kept.map((value) => /"token":"(.*?)"/.exec(value)?.[1] ?? value)]
    for (const one of [...tokens, ...[...this.fake.world.webhooks.values()].map(({ token }) => token)])
      assert.ok(!this.log.some((line) => line.includes(one)), "a token is in the log")
  }
}
