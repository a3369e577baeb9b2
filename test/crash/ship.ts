// A gateway that may die at any effect, between a scripted server and a network that both outlive it.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { randomBytes } from "node:crypto"
import Database from "better-sqlite3"
import { Driver, listen, Network, type Listening, type SentRecord } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import { Child } from "../support/child.js"
import { startComponentServer, type ComponentServer } from "../support/component-server.js"
import { within } from "../support/deadline.js"
import { logPath, root, tempDir } from "../support/paths.js"
import { secret } from "../support/secrets.js"
import { bundledChild } from "./bundle.js"

export const domain = "lo.example.test"
export const romeo = "romeo@example.test/orchard"
export const account = "romeo"

export class Ship {
  /** Effects counted by the process that ran last. */
  hits: string[] = []
  #child: Child | undefined
  #starts = 0

  private constructor(
    readonly server: ComponentServer,
    readonly driver: Driver,
    readonly network: Listening,
    readonly folder: string,
    private readonly command: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** `plain`: the network has no idempotency keys. `env`: for child.ts. `more`: options of the network. */
  static async build(
    kind: "loopback" | "plain" = "loopback",
    env: Readonly<Record<string, string>> = {},
    more: object = {},
  ): Promise<Ship> {
    const shared = secret(randomBytes(12).toString("hex"))
    const server = await startComponentServer({ domain, secret: shared })
    const network = await listen(new Network(), "127.0.0.1:0")
    const driver = await Driver.connect(network.address)
    const folder = tempDir("crash")
    mkdirSync(join(folder, "data"))
    const adapter = join(folder, "adapter.cjs")
    writeFileSync(adapter, "module.exports = globalThis.crashAdapter\n")
    const config = {
      server: server.service,
      store: join(folder, "data", "gateway.db"),
      secretKey: secret(randomBytes(32).toString("base64")),
      log: { level: "debug", format: "json" },
      networks: { lo: { domain, secret: shared, adapter, register: { allow: ["*"] }, options: { connect: network.address }, ...more } },
    }
    writeFileSync(
      join(folder, "config.yaml"),
      Object.entries(config)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
        .join("\n"),
    )
    return new Ship(server, driver, network, folder, await bundledChild(), { XFERRY_CRASH_ADAPTER: kind, ...env })
  }

  /** The process that ran last met its mine. */
  killed = false

  get ended(): boolean {
    return this.#child?.ended ?? true
  }

  /** Resolves when the process that runs now is gone. */
  get gone(): Promise<unknown> {
    return this.#child?.exited ?? Promise.resolve()
  }

  /** `mine` 0: it lives. Resolves when the server took it, or it died. */
  async start(mine = 0): Promise<void> {
    await this.server.offline()
    this.killed = false
    this.hits = []
    const hits = this.hits
    const before = this.server.handshakes
    // The first have done all that the others do: the rest load faster what these leave behind.
    const learn = ++this.#starts <= 3 && { XFERRY_CRASH_LEARN: "1" }
    const child = (this.#child = await Child.start(process.execPath, [...this.command, join(this.folder, "config.yaml"), String(mine)], {
      logFile: logPath("crash"),
      cwd: root,
      env: { NODE_V8_COVERAGE: undefined, ...this.env, ...learn },
      line: (line) => {
        if (line.startsWith("hit ")) hits.push(line)
      },
    }))
    void child.exited.then(({ signal }) => {
      if (this.#child === child) this.killed = signal === "SIGKILL"
    })
    const up = this.server.handshakes > before ? Promise.resolve() : this.server.online()
    await within(Promise.race([up, child.exited]), 15_000, "the gateway to connect or die")
  }

  /** An orderly end, as by a service manager. */
  async stop(): Promise<void> {
    await this.#child?.stop()
    await this.#child?.exited
  }

  /** Rows that still wait, read from the file itself. */
  waiting(): { lane: string; op: string }[] {
    const db = new Database(join(this.folder, "data", "gateway.db"), { readonly: true })
    try {
      return db.prepare("SELECT lane, op FROM outbox").all() as { lane: string; op: string }[]
    } finally {
      db.close()
    }
  }

  /** Stanza ids in archives of what begins so. */
  entries(text: string): string[] {
    return this.#read<{ id: string }>("SELECT id FROM archive WHERE kind > 0 AND op ->> '$.text' LIKE ? || '%'", text).map(({ id }) => id)
  }

  /** What archives have of reactions to a stanza, in order, as «who: emoji». */
  reactions(target: string): string[] {
    const rows = this.#read<{ op: string }>(
      "SELECT op FROM archive WHERE op ->> '$.k' = 'reactions' AND op ->> '$.target' = ? ORDER BY pos",
      target,
    )
    return rows.map(({ op }) => {
      const { by, emoji } = JSON.parse(op) as { by: { nick: string } | null; emoji: string[] }
      return `${by?.nick ?? ""}: ${emoji.join(" ")}`
    })
  }

  #read<R>(sql: string, ...params: string[]): R[] {
    const db = new Database(join(this.folder, "data", "gateway.db"), { readonly: true })
    try {
      return db.prepare(sql).all(...params) as R[]
    } finally {
      db.close()
    }
  }

  /** What reached the network for this text or message, in order. */
  async sent(query: { to: string }): Promise<SentRecord[]> {
    return this.driver.ask<SentRecord[]>({ op: "list", account, ...query })
  }

  async sink(): Promise<void> {
    await this.stop()
    this.driver.close()
    await this.network.close()
    await this.server.close()
  }
}

export function textOf(el: Element, name: string): string {
  return el.getChildText(name) ?? ""
}
