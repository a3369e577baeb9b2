// A real Prosody with upload, the gateway as a process with both networks, and Juliet, who writes to Romeo on each: alone, and in a room.
import assert from "node:assert/strict"
import type { Message as TelegramMessage } from "node-telegram-bot-api"
import { type Channel, type Message, startFakeDiscord, type FakeDiscord } from "../fakes/discord/index.js"
import { contentOf, type FakeBotApi, type Post, startFakeBotApi } from "../fakes/telegram/index.js"
import type { NetworkId, Place } from "./cells.js"
import { TestClient } from "./client.js"
import { GatewayProcess } from "./gateway-process.js"
import { startProsody } from "./prosody.js"
import { Seat } from "./seat.js"
import { secret } from "./secrets.js"
import type { XmppServer } from "./server.js"

/** What Romeo's bot, or Romeo's puppet, said there. */
export interface Heard {
  text: string
  /** Of what it shows. */
  bytes: Buffer | undefined
  /** Text of what it answers. */
  answers: string | undefined
  /** What it is answered to, reacted to and so on by. */
  it: There
}

/** A message of a network. */
export type There = TelegramMessage | Post | Message

/** One conversation on one network, as its people use it. */
export interface Voice {
  network: NetworkId
  place: Place
  /** Of the contact or room. */
  jid: string
  says(text: string, answering?: There): There
  shows(picture: Buffer, caption?: string): There
  edits(what: There, text: string): void
  /** Undefined: the network does not tell. */
  retracts: ((what: There) => void) | undefined
  reacts(what: There, emoji: string): void
  /** What Romeo said and did not take back, oldest first. */
  heard(): Heard[]
  /** What Romeo thinks of a message now. */
  thought(what: There): string[]
  /** Resolves when it holds. */
  until<T>(holds: () => T, what: string): Promise<NonNullable<T>>
}

export const domains: Readonly<Record<NetworkId, string>> = { telegram: "tg.example.test", discord: "dc.example.test" }
export const password = "password of romeo"
const nick = "romeo"
const juliet = { id: 5_200_000_001, is_bot: false, first_name: "Juliet" }

export class BothNetworks {
  server!: XmppServer
  gateway!: GatewayProcess
  readonly voices: Voice[] = []
  readonly #ends: (() => Promise<unknown>)[] = []

  private constructor(
    readonly api: FakeBotApi,
    readonly discord: FakeDiscord,
  ) {}

  static async open(): Promise<BothNetworks> {
    const api = await startFakeBotApi()
    const discord = await startFakeDiscord()
    const it = new BothNetworks(api, discord)
    it.#ends.push(
      () => api.stop(),
      () => discord.stop(),
    )
    try {
      await it.#open()
      return it
    } catch (error) {
      await it.close().catch((why: unknown) => console.error("while closing:", why))
      throw error
    }
  }

  async #open(): Promise<void> {
    const { api, discord } = this
    const tokens = { telegram: secret("4711002:AAF-the-token-of-the-bot-of-both"), discord: secret("MTE3.both.token-of-the-bot-of-both") }
    const secrets = { telegram: secret("component-secret-of-telegram-of-both"), discord: secret("component-secret-of-discord-of-both") }
    const names = ["telegram", "discord"] as const
    const server = (this.server = await startProsody({
      components: names.map((name) => ({ domain: domains[name], secret: secrets[name], privileged: true })),
      users: { romeo: password },
      upload: true,
    }))
    this.#ends.push(() => server.stop())
    const options = { telegram: { apiRoot: api.url, pollSeconds: 5 }, discord: { apiRoot: discord.url } }
    const gateway = (this.gateway = await GatewayProcess.start({
      server,
      networks: Object.fromEntries(names.map((name) => [name, { domain: domains[name], secret: secrets[name], options: options[name] }])),
      files: { allowPrivate: ["127.0.0.1"] },
    }))
    this.#ends.push(() => gateway.remove())
    const telegramVoices = telegram(api, tokens.telegram)
    const discordVoices = discordOf(discord, tokens.discord)
    const romeo = await TestClient.connect({ server, user: "romeo", password, acceptSubscriptions: true })
    try {
      for (const name of names) {
        await romeo.reachable(domains[name])
        const form = `<x xmlns='jabber:x:data' type='submit'><field var='token'><value>${tokens[name]}</value></field></x>`
        const answer = await romeo.iq("set", domains[name], `<query xmlns='jabber:iq:register'>${form}</query>`)
        assert.equal(answer.attrs["type"], "result", answer.toString())
      }
      this.voices.push(...(await telegramVoices()), ...(await discordVoices()))
      for (const { place, jid, says } of this.voices) {
        const text = `Romeo? (${place})`
        if (place === "direct") {
          says(text)
          await romeo.waitForMessage(jid, text)
        } else await Seat.take(romeo, jid, nick)
      }
    } finally {
      await romeo.disconnect()
    }
  }

  /** Nothing was asked of a network that it would not take, and nothing went wrong in the gateway. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
    assert.deepEqual([...this.api.violations, ...this.discord.violations], [])
    const log = (this.gateway as GatewayProcess | undefined)?.log ?? []
    assert.deepEqual(
      log.filter(({ level }) => level === "error" || level === "fatal"),
      [],
    )
  }
}

function telegram(api: FakeBotApi, token: string): () => Promise<Voice[]> {
  const bot = api.addBot({ token, username: "romeo_bot" })
  const group = api.makeGroup({ title: "Verona", owner: juliet })
  const person = api.person(juliet)
  const picture = (bytes: Buffer, caption?: string): Record<string, unknown> =>
    contentOf(api.files, "photo", { bytes, width: 240, height: 240 }, caption === undefined ? {} : { caption })
  const heard = (chat: number): Heard[] =>
    bot.sent
      .filter((one) => one.chat === chat && !one.deleted)
      .map(({ id, text, content, replyTo }) => {
        const file = content?.photo?.at(-1)?.file_id
        const message = (number: number): TelegramMessage | Post | undefined =>
          chat < 0 ? group.posts.find(bot, number) : bot.chat(chat).messages.get(number)
        const seen = (number: number): string | undefined =>
          (chat < 0 ? group.posts.find(bot, number)?.seenBy(bot) : bot.chat(chat).messages.get(number))?.text
        return {
          text,
          bytes: file === undefined ? undefined : Buffer.from(api.files.bytesOf(file) ?? []),
          answers: replyTo === undefined ? undefined : seen(replyTo),
          it: message(id)!,
        }
      })
  const numberOf = (what: There): number => ("seenBy" in what ? what.id(bot) : (what as TelegramMessage).message_id)
  const thought = (chat: number, what: There): string[] =>
    bot.reactions.findLast((one) => one.chat === chat && one.id === numberOf(what))?.emoji ?? []
  const common = {
    network: "telegram" as const,
    retracts: undefined,
    until: <T>(holds: () => T, what: string) => api.waitFor(holds, what, 30_000),
  }
  const say = (what: string | Record<string, unknown>, answering?: There): TelegramMessage => {
    const content = typeof what === "string" ? { text: what } : what
    return api.say(bot, person, answering ? { ...content, reply_to_message: answering } : content)
  }
  return async () => {
    await api.waitFor(() => bot.polling, "the gateway to listen for the bot", 30_000)
    group.addBot(bot, person, ["can_manage_chat", "can_delete_messages"])
    return [
      {
        ...common,
        place: "direct",
        jid: `${juliet.id}@${domains.telegram}`,
        says: say,
        shows: (bytes, caption) => say(picture(bytes, caption)),
        edits: (what, text) => void api.edit(bot, what as TelegramMessage, text),
        reacts: (what, emoji) => api.react(bot, person, numberOf(what), [emoji]),
        heard: () => heard(juliet.id),
        thought: (what) => thought(juliet.id, what),
      },
      {
        ...common,
        place: "room",
        jid: `#${group.id}@${domains.telegram}`,
        says: (text, answering) => group.say(person, text, answering ? { replyTo: answering as Post } : {}),
        shows: (bytes, caption) => group.say(person, picture(bytes, caption)),
        edits: (what, text) => group.edit(what as Post, text),
        reacts: (what, emoji) => group.react(juliet, what as Post, [emoji]),
        heard: () => heard(group.id),
        thought: (what) => thought(group.id, what),
      },
    ]
  }
}

function discordOf(fake: FakeDiscord, token: string): () => Promise<Voice[]> {
  const bot = fake.addBot({ token, username: "romeo_bot" })
  const person = fake.person({ username: "juliet", global_name: "Juliet" })
  const guild = fake.makeGuild({ name: "Verona", owner: fake.person({ username: "escalus" }) })
  guild.join(person)
  guild.addBot(bot)
  const square = guild.makeChannel({ name: "square" })
  const voice = (place: Place, channel: () => Channel, jid: string): Voice => ({
    network: "discord",
    place,
    jid,
    says: (text, answering) => channel().say(person, { content: text, reply: answering as Message | undefined }),
    shows: (bytes, caption = "") =>
      channel().say(person, { content: caption, files: [{ name: "rose.png", bytes, type: "image/png", width: 240, height: 240 }] }),
    edits: (what, text) => void channel().edit(what as Message, text),
    retracts: (what) => channel().delete(what as Message),
    reacts: (what, emoji) => channel().react(what as Message, person, emoji),
    heard: () =>
      channel()
        .messages.filter(({ author }) => author.id !== person.id)
        .map((message) => {
          const [file] = message.attachments
          return {
            text: message.content,
            bytes: file && Buffer.from(fake.world.fileAt(new URL(file.url))?.bytes ?? []),
            answers: channel().referenced(message)?.content,
            it: message,
          }
        }),
    thought: (what) =>
      (what as Message).reactors.filter(({ users }) => users.some(({ id }) => id === bot.id)).map(({ emoji }) => emoji.name),
    until: (holds, what) => fake.waitFor(holds, what, 30_000),
  })
  return async () => {
    await fake.waitFor(() => fake.gateway.listening(bot) > 0, "the gateway to listen for the bot", 30_000)
    const dm = fake.dm(bot, person)
    return [voice("direct", () => dm, `${person.id}@${domains.discord}`), voice("room", () => square, `#${square.id}@${domains.discord}`)]
  }
}
