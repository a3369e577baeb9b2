// The parlour on Discord: a fake Discord, the user's own bot, Juliet who writes to it, and a server's channel where all are; there the user speaks by a webhook.
import assert from "node:assert/strict"
import { type Bot, type Channel, type Draft, type FakeDiscord, type Guild, type Message } from "../fakes/discord/index.js"
import { type Person, startFakeDiscord } from "../fakes/discord/index.js"
import type { Place } from "./cells.js"
import { type Corner, Parlour } from "./parlour.js"
import { png } from "./pictures.js"
import { freePorts } from "./ports.js"
import { secret } from "./secrets.js"

export const domain = "dc.example.test"

/** What Juliet looks like. */
export const face = png([200, 30, 30], 16)

export interface DiscordParlourOptions {
  /** The gateway has an HTTP server of its own, for pictures of the user. */
  http?: boolean
}

export class DiscordParlour {
  private constructor(
    readonly fake: FakeDiscord,
    readonly bot: Bot,
    readonly juliet: Person,
    readonly nurse: Person,
    readonly guild: Guild,
    readonly square: Channel,
    readonly dm: Channel,
    readonly parlour: Parlour,
  ) {}

  static async open({ http = false }: DiscordParlourOptions = {}): Promise<DiscordParlour> {
    const fake = await startFakeDiscord()
    try {
      const token = secret("MTA.the-token.of-the-bot-in-the-parlour")
      const bot = fake.addBot({ token, username: "romeo_bot" })
      const juliet = fake.person({ username: "juliet", global_name: "Juliet" })
      const nurse = fake.person({ username: "nurse", global_name: "Nurse" })
      juliet.avatar = fake.picture(juliet, face)
      const guild = fake.makeGuild({ name: "Verona", owner: juliet })
      guild.join(nurse)
      const square = guild.makeChannel({ name: "square" })
      guild.addBot(bot)
      const parlour = await Parlour.open({
        network: "discord",
        domain,
        options: { apiRoot: fake.url },
        registration: { token },
        ...(http && { httpPort: (await freePorts("http")).http }),
      })
      parlour.closing(() => fake.stop())
      const it = new DiscordParlour(fake, bot, juliet, nurse, guild, square, fake.dm(bot, juliet), parlour)
      try {
        await it.#begin()
        return it
      } catch (error) {
        await parlour.close()
        throw error
      }
    } catch (error) {
      await fake.stop().catch(() => undefined)
      throw error
    }
  }

  async #begin(): Promise<void> {
    await this.#listens()
    const contact = this.parlour.meet(this.juliet.id)
    this.says("direct", "Romeo?")
    await contact.text("Romeo?")
    const room = await this.parlour.enter(`#${this.square.id}@${domain}`)
    this.says("room", "By and by")
    await room.text("By and by")
  }

  async #listens(): Promise<void> {
    await this.fake.waitFor(() => this.fake.gateway.listening(this.bot) > 0, "the gateway to listen for the bot", 30_000)
  }

  /** The gateway dies and comes back, and listens again. */
  async crash(): Promise<void> {
    await this.parlour.crash()
    await this.#listens()
  }

  at(place: Place): Corner {
    return this.parlour.at(place)
  }

  channel(place: Place): Channel {
    return place === "room" ? this.square : this.dm
  }

  // ---- what Juliet does
  says(place: Place, what: string | Draft): Message {
    return this.channel(place).say(this.juliet, what)
  }

  reacts(place: Place, to: Message, emoji: Parameters<Channel["react"]>[2], on = true): void {
    if (on) this.channel(place).react(to, this.juliet, emoji)
    else this.channel(place).unreact(to, this.juliet, emoji)
  }

  // ---- what Discord got
  /** The messages that come to Discord of what `act` does, in order; with what `act` gave. In channels they are a webhook's, who is called as the user is. */
  async getsAll<T>(place: Place, act: () => Promise<T>, count: number): Promise<{ posts: Message[]; gave: T }> {
    const before = new Set(this.channel(place).messages)
    const gave = await act()
    const fresh = (): Message[] => this.channel(place).messages.filter((one) => one.author.bot && !before.has(one))
    const posts = await this.fake.waitFor(
      () => (fresh().length >= count ? fresh() : undefined),
      `${count} messages to come to ${place}`,
      20_000,
    )
    for (const { webhook_id: webhook, author } of posts)
      if (place === "room") assert.deepEqual([webhook !== undefined, author.username], [true, "Romeo"])
      else assert.deepEqual([webhook, author.id], [undefined, this.bot.id])
    return { posts, gave }
  }

  async gets<T>(place: Place, act: () => Promise<T>): Promise<{ post: Message; gave: T }> {
    const { posts, gave } = await this.getsAll(place, act, 1)
    const [post] = posts
    assert.ok(post)
    return { post, gave }
  }

  async sees(what: string, seen: () => unknown): Promise<void> {
    await this.fake.waitFor(seen, what, 20_000)
  }

  isThere(place: Place, message: Message): boolean {
    return this.channel(place).messages.includes(message)
  }

  /** What was asked of Discord, without ids and tokens: «POST /webhooks/…/…». */
  asked(since = 0): string[] {
    return this.fake.requests
      .slice(since)
      .map(({ method, path }) => `${method} ${decodeURIComponent(path).replace(/\/(?:\d{15,}|[\w-]{60,})(?=\/|$)/g, "/…")}`)
  }

  /** Emoji by which the bot reacted. */
  thoughts({ reactors }: Message): string[] {
    return reactors.filter(({ users }) => users.some(({ id }) => id === this.bot.id)).map(({ emoji }) => emoji.name)
  }

  /** Bytes of what is attached to a message. */
  bytesOf({ attachments }: Message): Buffer[] {
    return attachments.map(({ url }) => Buffer.from(this.fake.world.files.get(new URL(url).pathname)?.bytes ?? []))
  }

  /** Nothing was asked of Discord that it would not take. */
  async close(): Promise<void> {
    try {
      assert.deepEqual(this.fake.violations, [])
      this.parlour.calm()
    } finally {
      await this.parlour.close()
    }
  }
}
