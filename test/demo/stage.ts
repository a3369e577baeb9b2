// Sets the stage of the demo: a real Prosody, the networks (fake or real), the gateway, a user's client. Takes it down again.
import { randomBytes } from "node:crypto"
import type { Element } from "@xmpp/xml"
import {
  startFakeDiscord,
  type Bot as DiscordBot,
  type Channel,
  type FakeDiscord,
  type Person as DiscordPerson,
} from "../fakes/discord/index.js"
import { startFakeBotApi, type Bot, type FakeBotApi, type Person } from "../fakes/telegram/index.js"
import { TestClient } from "../support/client.js"
import { GatewayProcess, type NetworkOptions } from "../support/gateway-process.js"
import { ensureInstalled } from "../support/install.js"
import { startProsody } from "../support/prosody.js"
import { secret } from "../support/secrets.js"
import type { XmppServer } from "../support/server.js"

/** One network of the stage. `fake` undefined: the real service. */
export interface Side<F> {
  /** The component's domain. */
  domain: string
  token: string
  fake: F | undefined
}

export interface FakeTelegram {
  api: FakeBotApi
  bot: Bot
  ana: Person
}

export interface FakeSide {
  api: FakeDiscord
  bot: DiscordBot
  ben: DiscordPerson
  /** A channel that the bot is in. */
  square: Channel
}

export interface Stage {
  server: XmppServer
  gateway: GatewayProcess
  user: string
  password: string
  telegram: Side<FakeTelegram> | undefined
  discord: Side<FakeSide> | undefined
}

/** Tokens of real bots. With one, only what has one is on the stage. */
export interface RealTokens {
  telegram: string | undefined
  discord: string | undefined
}

async function fakeTelegram(): Promise<FakeTelegram> {
  const api = await startFakeBotApi()
  const token = secret(`${4_711_000_000 + randomBytes(2).readUInt16BE()}:AA${randomBytes(25).toString("base64url").slice(0, 33)}`)
  const bot = api.addBot({ token, username: "romeos_demo_bot", first_name: "Romeo's bot" })
  return { api, bot, ana: api.person({ id: 1001, first_name: "Ana", last_name: "Sousa", username: "ana", language_code: "pt" }) }
}

async function fakeDiscord(): Promise<FakeSide> {
  const api = await startFakeDiscord()
  const token = secret(
    `MTIz${randomBytes(15).toString("base64url")}.${randomBytes(4).toString("base64url")}.${randomBytes(20).toString("base64url")}`,
  )
  const bot = api.addBot({ token, username: "romeos-demo-bot" })
  const ben = api.person({ username: "ben", global_name: "Ben" })
  const guild = api.makeGuild({ name: "Verona Beach", owner: ben })
  guild.addBot(bot)
  return { api, bot, ben, square: guild.makeChannel({ name: "square", topic: "Where the prince speaks" }) }
}

export class Theatre {
  readonly #closing: (() => Promise<unknown>)[] = []

  async open(say: (line: string) => void, real: RealTokens): Promise<Stage> {
    ensureInstalled("prosody", say)
    const [user, password, shared] = ["romeo", randomBytes(6).toString("base64url"), randomBytes(12).toString("base64url")]
    const anyReal = real.telegram !== undefined || real.discord !== undefined
    const telegram = await this.#side("telegram", real.telegram, anyReal, fakeTelegram)
    const discord = await this.#side("discord", real.discord, anyReal, fakeDiscord)
    const sides = { ...(telegram && { telegram }), ...(discord && { discord }) }
    const server = await startProsody({
      domain: "localhost",
      c2sPort: 5222,
      components: Object.values(sides).map(({ domain }) => ({ domain, secret: shared, privileged: true })),
      users: { [user]: password },
      upload: true,
    })
    this.#closing.push(() => server.stop())
    const networks = Object.entries(sides).map(([name, { domain, fake }]): [string, NetworkOptions] => [
      name,
      { domain, secret: shared, ...(fake && { options: { apiRoot: fake.api.url } }) },
    ])
    const gateway = await GatewayProcess.start({
      server,
      networks: Object.fromEntries(networks),
      level: "info",
      files: { allowPrivate: ["127.0.0.1"] },
    })
    this.#closing.push(() => gateway.remove())
    return { server, gateway, user, password, telegram, discord }
  }

  async #side<F extends { api: { stop(): Promise<unknown> }; bot: { token: string } }>(
    name: string,
    realToken: string | undefined,
    anyReal: boolean,
    make: () => Promise<F>,
  ): Promise<Side<F> | undefined> {
    const domain = `${name}.localhost`
    if (realToken !== undefined) return { domain, token: realToken, fake: undefined }
    if (anyReal) return undefined
    const fake = await make()
    this.#closing.push(() => fake.api.stop())
    return { domain, token: fake.bot.token, fake }
  }

  async login(stage: Stage, watch: (el: Element) => void): Promise<TestClient> {
    const { server, user, password } = stage
    const client = await TestClient.connect({
      server,
      user,
      password,
      resource: "demo",
      carbons: true,
      acceptSubscriptions: true,
      reconnect: true,
      watch,
    })
    this.#closing.push(() => client.disconnect())
    return client
  }

  /** In the reverse order of how it came. */
  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close().catch(() => undefined)
  }
}

export function sidesOf({ telegram, discord }: Stage): Side<unknown>[] {
  return [telegram, discord].filter((side) => side !== undefined)
}

export function howToLogIn(stage: Stage): string {
  const { server, user, password } = stage
  return `Log in with any XMPP client on this machine:

    JID        ${user}@${server.domain}
    password   ${password}
    host       127.0.0.1, port ${server.c2sPort}
    web        ${server.wsUrl} (XMPP over WebSocket)
    gateway    ${sidesOf(stage)
      .map(({ domain }) => domain)
      .join(", ")}

The connection is loopback only and not encrypted: allow your client to log in without TLS.`
}
