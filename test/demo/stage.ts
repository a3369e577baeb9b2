// Sets the stage of the demo: a real Prosody, the network (fake or real), the gateway, a user's client. Takes it down again.
import { randomBytes } from "node:crypto"
import type { Element } from "@xmpp/xml"
import { startFakeBotApi, type Bot, type FakeBotApi, type Person } from "../fakes/telegram/index.js"
import { TestClient } from "../support/client.js"
import { GatewayProcess } from "../support/gateway-process.js"
import { ensureInstalled } from "../support/install.js"
import { startProsody } from "../support/prosody.js"
import { secret } from "../support/secrets.js"
import type { XmppServer } from "../support/server.js"

export interface FakeSide {
  api: FakeBotApi
  bot: Bot
  ana: Person
}

export interface Stage {
  server: XmppServer
  gateway: GatewayProcess
  /** The component's domain. */
  domain: string
  user: string
  password: string
  token: string
  /** Undefined: the real service. */
  fake: FakeSide | undefined
}

async function startFake(): Promise<FakeSide & { token: string }> {
  const api = await startFakeBotApi()
  const token = secret(`${4_711_000_000 + randomBytes(2).readUInt16BE()}:AA${randomBytes(25).toString("base64url").slice(0, 33)}`)
  const bot = api.addBot({ token, username: "romeos_demo_bot", first_name: "Romeo's bot" })
  return { api, bot, token, ana: api.person({ id: 1001, first_name: "Ana", last_name: "Sousa", username: "ana", language_code: "pt" }) }
}

export class Theatre {
  readonly #closing: (() => Promise<unknown>)[] = []

  /** `realToken`: of a bot on the real service. */
  async open(say: (line: string) => void, realToken: string | undefined): Promise<Stage> {
    ensureInstalled("prosody", say)
    const [user, password, shared] = ["romeo", randomBytes(6).toString("base64url"), randomBytes(12).toString("base64url")]
    const domain = "telegram.localhost"
    const server = await startProsody({
      domain: "localhost",
      c2sPort: 5222,
      components: [{ domain, secret: shared, privileged: true }],
      users: { [user]: password },
    })
    this.#closing.push(() => server.stop())
    const fake = realToken === undefined ? await startFake() : undefined
    if (fake) this.#closing.push(() => fake.api.stop())
    const gateway = await GatewayProcess.start({
      server,
      networks: { telegram: { domain, secret: shared, ...(fake && { options: { apiRoot: fake.api.url } }) } },
      level: "info",
    })
    this.#closing.push(() => gateway.remove())
    return { server, gateway, domain, user, password, token: fake?.token ?? realToken ?? "", fake }
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

export function howToLogIn({ server, user, password, domain }: Stage): string {
  return `Log in with any XMPP client on this machine:

    JID        ${user}@${server.domain}
    password   ${password}
    host       127.0.0.1, port ${server.c2sPort}
    web        ${server.wsUrl} (XMPP over WebSocket)
    gateway    ${domain}

The connection is loopback only and not encrypted: allow your client to log in without TLS.`
}
