// A real server, the gateway as a process, and a loopback network as another, with an account of the configuration whose rooms all users share.
import { writeFileSync, readFileSync } from "node:fs"
import Database from "better-sqlite3"
import { Driver } from "xferry-adapter-loopback"
import { TestClient, type ClientOptions } from "./client.js"
import { within } from "./deadline.js"
import { GatewayProcess } from "./gateway-process.js"
import { startLoopback } from "./loopback-process.js"
import { startProsody } from "./prosody.js"
import { secret } from "./secrets.js"
import type { ServerConfig, XmppServer } from "./server.js"

export const domain = "lo.example.test"
/** Name of the account in the configuration, and on the network. */
export const club = "club"
const componentSecret = secret("component-secret-of-the-club")

export interface ClubOptions {
  users: readonly string[]
  /** Default: Prosody. */
  start?: (config: ServerConfig) => Promise<XmppServer>
  /** Who may enter which rooms. Default: all of `example.test` all rooms. */
  rooms?: Record<string, string[]>
  /** XEP-0356. Default: true. */
  privileged?: boolean
  /** Before the gateway is there, which then finds it. */
  prepare?: (driver: Driver) => Promise<unknown>
}

export class Club {
  readonly #ends: (() => Promise<unknown>)[] = []
  server!: XmppServer
  driver!: Driver
  gateway!: GatewayProcess

  static async open(options: ClubOptions): Promise<Club> {
    const it = new Club()
    try {
      await it.#open(options)
      return it
    } catch (error) {
      await it.close()
      throw error
    }
  }

  async #open({ users, start = startProsody, rooms = { "*": ["example.test"] }, privileged = true, prepare }: ClubOptions): Promise<void> {
    const network = await startLoopback()
    this.#ends.push(() => network.stop())
    this.driver = await Driver.connect(network.address)
    this.#ends.push(() => Promise.resolve(this.driver.close()))
    await prepare?.(this.driver)
    const passwords = Object.fromEntries(users.map((user) => [user, passwordOf(user)]))
    this.server = await start({ components: [{ domain, secret: componentSecret, privileged }], users: passwords })
    this.#ends.push(() => this.server.stop())
    this.gateway = await GatewayProcess.start({
      server: this.server,
      networks: {
        loopback: {
          domain,
          secret: componentSecret,
          options: { connect: network.address },
          accounts: { [club]: { login: { name: club, password: "x" }, rooms } },
        },
      },
    })
    this.#ends.push(() => this.gateway.remove())
    await this.attached(club)
  }

  /** The gateway listens for this account. */
  async attached(account: string): Promise<void> {
    await within(this.driver.ask({ op: "wait", for: "attached", account }), 15_000, `the gateway to listen for ${account}`)
  }

  /** Another room for all. Resolves when the gateway has taken all that it was told of it. */
  async room(room: string, more: object = {}): Promise<void> {
    await this.driver.ask({ op: "room", room, accounts: [club], ...more })
    await this.drained()
  }

  async drained(account = club): Promise<void> {
    await within(this.driver.ask({ op: "wait", for: "drained", account }), 15_000, `the gateway to take what is for ${account}`)
  }

  /** Resolves when nothing is under way any more: the server has confirmed all that was written to rooms. */
  async quiet(client: TestClient): Promise<void> {
    const database = new Database(this.gateway.database, { readonly: true })
    try {
      const rows = database.prepare("SELECT count(*) AS n FROM outbox")
      while ((rows.get() as { n: number }).n > 0) await client.fence()
    } finally {
      database.close()
    }
  }

  /** It is logged out at the end. */
  async login(user: string, more: Partial<ClientOptions> = {}): Promise<TestClient> {
    const client = await TestClient.connect({ server: this.server, user, password: passwordOf(user), ...more })
    this.#ends.push(() => client.disconnect())
    await client.reachable(domain)
    return client
  }

  /** Changes who may enter which rooms, as after an edit of the file; takes effect at the next start. */
  configure(rooms: Record<string, string[]>): void {
    const { configFile } = this.gateway
    const lines = readFileSync(configFile, "utf8").split("\n")
    const at = lines.findIndex((line) => line.startsWith("networks: "))
    const networks = JSON.parse(lines[at]?.slice("networks: ".length) ?? "{}") as {
      loopback: { accounts: Record<string, { rooms: object }> }
    }
    for (const account of Object.values(networks.loopback.accounts)) account.rooms = rooms
    lines[at] = `networks: ${JSON.stringify(networks)}`
    writeFileSync(configFile, lines.join("\n"), { mode: 0o600 })
  }

  closing(work: () => Promise<unknown>): void {
    this.#ends.push(work)
  }

  async close(): Promise<void> {
    const failed: unknown[] = []
    for (const end of this.#ends.splice(0).reverse()) await end().catch((error: unknown) => failed.push(error))
    for (const error of failed) console.error("while closing:", error)
    if (failed.length > 0) process.exitCode = 1
  }
}

export const passwordOf = (user: string): string => `password of ${user}`

/** Address of a room of the shared account, or with «» as tag of a user's own. */
export function roomJid(room: string, tag: string = club): string {
  return `#${room}${tag && `!${tag}`}@${domain}`
}
