// The whole gateway for end-to-end tests: a real XMPP server, `xferry run` as a process, a fake Bot API with a bot for each user.
import { startFakeBotApi, type Bot, type FakeBotApi } from "../fakes/telegram/index.js"
import { TestClient, type ClientOptions } from "./client.js"
import { GatewayProcess, type GatewayOptions } from "./gateway-process.js"
import { startProsody } from "./prosody.js"
import { secret } from "./secrets.js"
import type { ServerConfig, XmppServer } from "./server.js"

export const domain = "tg.example.test"
const componentSecret = secret("component-secret-of-the-world")

export interface WorldOptions {
  /** Default: Prosody. */
  start?: (config: ServerConfig) => Promise<XmppServer>
  server?: Partial<ServerConfig>
  /** Each has a bot of its own on the fake. */
  users: readonly string[]
  /** XMPP accounts without a bot. */
  guests?: readonly string[]
  /** XEP-0356. Default: true. */
  privileged?: boolean
  level?: GatewayOptions["level"]
  /** Of the adapter, beside `apiRoot`. */
  options?: Record<string, unknown>
}

export interface World {
  server: XmppServer
  api: FakeBotApi
  gateway: GatewayProcess
  bot(user: string): Bot
  /** Logs in; it is logged out with the world. */
  login(user: string, more?: Partial<ClientOptions>): Promise<TestClient>
  /** Run at the end, last come first. */
  closing(work: () => Promise<unknown>): void
  close(): Promise<void>
}

/** The gateway never learns it, and ejabberd logs the call that sets it: nothing to be searched for. */
export const passwordOf = (user: string): string => `password of ${user}`

export async function startWorld({ start = startProsody, users, privileged = true, ...more }: WorldOptions): Promise<World> {
  const ends: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    const failed: unknown[] = []
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => failed.push(error))
    // Thrown out of a `finally` it would hide what went wrong before.
    for (const error of failed) console.error("while closing:", error)
    if (failed.length > 0) process.exitCode = 1
  }
  try {
    const api = await startFakeBotApi()
    ends.push(() => api.stop())
    const bots = new Map(users.map((user, i) => [user, addBot(api, user, i)]))
    const server = await start({
      ...more.server,
      components: [{ domain, secret: componentSecret, privileged }, ...(more.server?.components ?? [])],
      users: Object.fromEntries([...users, ...(more.guests ?? [])].map((user) => [user, passwordOf(user)])),
    })
    ends.push(() => server.stop())
    const gateway = await GatewayProcess.start({
      server,
      networks: { telegram: { domain, secret: componentSecret, options: { apiRoot: api.url, ...more.options } } },
      ...(more.level && { level: more.level }),
    })
    ends.push(() => gateway.remove())
    return {
      server,
      api,
      gateway,
      bot(user) {
        const bot = bots.get(user)
        if (!bot) throw new Error(`${user} has no bot`)
        return bot
      },
      async login(user, options = {}) {
        const client = await TestClient.connect({ server, user, password: passwordOf(user), ...options })
        ends.push(() => client.disconnect())
        return client
      },
      closing: (work) => void ends.push(work),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function addBot(api: FakeBotApi, user: string, i: number): Bot {
  return api.addBot({ token: secret(`${4711_000 + i}:AAF-the-token-of-the-bot-of-${user}`), username: `${user}_bot` })
}

/** The contact's JID. */
export function jidOf({ id }: { id: number }): string {
  return `${id}@${domain}`
}

/** By form (XEP-0077), and waits until the gateway listens for the bot. */
export async function register({ api, bot }: World, client: TestClient, user: string): Promise<void> {
  await client.reachable(domain)
  const answer = await client.iq("set", domain, registration(bot(user).token))
  if (answer.attrs["type"] !== "result") throw new Error(`not registered: ${String(answer)}`)
  await api.waitFor(() => bot(user).polling, `the gateway to listen for the bot of ${user}`)
}

export function registration(token: string): string {
  const field = `<field var='token'><value>${token}</value></field>`
  return `<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>${field}</x></query>`
}
