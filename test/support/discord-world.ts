// The whole gateway for end-to-end tests on Discord: a real XMPP server, `xferry run` as a process, a fake Discord with a bot for each user.
import type { Element } from "@xmpp/xml"
import { startFakeDiscord, type Bot, type FakeDiscord } from "../fakes/discord/index.js"
import { TestClient, type ClientOptions } from "./client.js"
import { GatewayProcess, type GatewayOptions } from "./gateway-process.js"
import { freePorts } from "./ports.js"
import { startProsody } from "./prosody.js"
import { Seat } from "./seat.js"
import { secret } from "./secrets.js"
import type { ServerConfig, XmppServer } from "./server.js"

export const domain = "dc.example.test"
/** Name of the account in the configuration. */
export const club = "club"
const componentSecret = secret("component-secret-of-the-discord-world")

export interface DiscordWorldOptions {
  /** Default: Prosody. */
  start?: (config: ServerConfig) => Promise<XmppServer>
  server?: Partial<ServerConfig>
  /** Each has a bot of its own on the fake, which is in no guild yet. */
  users: readonly string[]
  /** XMPP accounts without a bot. */
  guests?: readonly string[]
  /** An account of the configuration with a bot of its own: who may enter which rooms, as in the file. Default: there is none. */
  rooms?: Record<string, string[]>
  /** XEP-0356. Default: true. */
  privileged?: boolean
  level?: GatewayOptions["level"]
  /** Serves pictures of the users over HTTP, on loopback. */
  http?: boolean
  /** Of the adapter, beside `apiRoot`. */
  options?: Record<string, unknown>
  /** Privileged intents that are switched off for the bots. */
  intents?: { content?: false; members?: false; presences?: false }
  /** Before the gateway is there, which then finds what was made: guilds, channels, people. */
  prepare?: (fake: FakeDiscord, bot: (user: string) => Bot) => unknown
}

export interface DiscordWorld {
  server: XmppServer
  fake: FakeDiscord
  gateway: GatewayProcess
  /** Of a user, or of `club`. */
  bot(user: string): Bot
  /** Logs in; it is logged out with the world. */
  login(user: string, more?: Partial<ClientOptions>): Promise<TestClient>
  /** Run at the end, last come first. */
  closing(work: () => Promise<unknown>): void
  close(): Promise<void>
}

/** The gateway never learns it. */
export const passwordOf = (user: string): string => `password of ${user}`

export async function startDiscordWorld(options: DiscordWorldOptions): Promise<DiscordWorld> {
  const { start = startProsody, users, guests = [], rooms, privileged = true, intents = {} } = options
  const ends: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    const failed: unknown[] = []
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => failed.push(error))
    // Thrown out of a `finally` it would hide what went wrong before.
    for (const error of failed) console.error("while closing:", error)
    if (failed.length > 0) process.exitCode = 1
  }
  try {
    const fake = await startFakeDiscord()
    ends.push(() => fake.stop())
    const owners = [...users, ...(rooms ? [club] : [])]
    const bots = new Map(
      owners.map((user) => [user, fake.addBot({ token: secret(`MTA.the-token.of-the-bot-of-${user}`), username: `${user}_bot`, intents })]),
    )
    const bot = (user: string): Bot => {
      const found = bots.get(user)
      if (!found) throw new Error(`${user} has no bot`)
      return found
    }
    await options.prepare?.(fake, bot)
    const server = await start({
      ...options.server,
      components: [{ domain, secret: componentSecret, privileged }, ...(options.server?.components ?? [])],
      users: Object.fromEntries([...users, ...guests].map((user) => [user, passwordOf(user)])),
    })
    ends.push(() => server.stop())
    const gateway = await GatewayProcess.start({
      server,
      networks: {
        discord: {
          domain,
          secret: componentSecret,
          options: { apiRoot: fake.url, ...options.options },
          ...(rooms && { accounts: { [club]: { login: { token: bot(club).token }, rooms } } }),
        },
      },
      ...(options.level && { level: options.level }),
      ...(options.http === true && { httpPort: (await freePorts("http")).http }),
    })
    ends.push(() => gateway.remove())
    const world: DiscordWorld = {
      server,
      fake,
      gateway,
      bot,
      async login(user, more = {}) {
        const client = await TestClient.connect({ server, user, password: passwordOf(user), ...more })
        ends.push(() => client.disconnect())
        return client
      },
      closing: (work) => void ends.push(work),
      close,
    }
    if (rooms) await listens(world, club)
    return world
  } catch (error) {
    await close()
    throw error
  }
}

/** Resolves when the gateway has a session for the bot of this user. */
export async function listens({ fake, bot }: DiscordWorld, user: string): Promise<void> {
  await fake.waitFor(() => fake.gateway.listening(bot(user)) > 0, `the gateway to listen for the bot of ${user}`, 20_000)
}

/** The contact's JID. */
export function jidOf({ id }: { id: string }): string {
  return `${id}@${domain}`
}

/** A room's JID: of the account of the configuration, or with «» as tag of a user's own. */
export function roomJid({ id }: { id: string }, tag: string = club): string {
  return `#${id}${tag && `!${tag}`}@${domain}`
}

/** By form (XEP-0077), and waits until the gateway listens for the bot. */
export async function register(world: DiscordWorld, client: TestClient, user: string): Promise<void> {
  await client.reachable(domain)
  const answer = await client.iq("set", domain, registration(world.bot(user).token))
  if (answer.attrs["type"] !== "result") throw new Error(`not registered: ${String(answer)}`)
  await listens(world, user)
}

export function registration(token: string): string {
  const field = `<field var='token'><value>${token}</value></field>`
  return `<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>${field}</x></query>`
}

/** Goes into a channel's room by its JID. `tag`: as in `roomJid`. Tries again while the gateway does not know it yet. */
export async function join(client: TestClient, channel: { id: string }, nick: string, tag?: string): Promise<Seat> {
  return Seat.take(client, roomJid(channel, tag), nick)
}

/** A direct message of this text, come or to come. */
export async function hears(client: TestClient, from: { id: string }, text: string): Promise<Element> {
  return client.waitForMessage(jidOf(from), text)
}
