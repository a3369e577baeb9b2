// The real gateway as its users run it: `xferry run` in a process of its own, with a generated configuration.
import { randomBytes } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Child } from "./child.js"
import { within } from "./deadline.js"
import { logPath, removeDir, root, tempDir } from "./paths.js"
import { secret } from "./secrets.js"

export interface NetworkOptions {
  domain: string
  secret: string
  /** Default: the network's name. */
  adapter?: string
  options?: Record<string, unknown>
  admins?: string[]
  register?: { allow: string[] }
  accounts?: Record<string, { login: Record<string, string>; join?: "listed" | "proven"; rooms?: Record<string, string[]> }>
}

export interface GatewayOptions {
  /** Where components connect on loopback. */
  server: { componentPort: number }
  networks: Record<string, NetworkOptions>
  level?: "debug" | "info" | "warn"
  retention?: { messageDays?: number; contactDays?: number }
  /** Port on loopback at which pictures of users are served. Default: none. */
  httpPort?: number
  /** Section `files`; `allowPrivate: ["127.0.0.1"]` lets the gateway fetch from the test's own servers. */
  files?: Record<string, unknown>
  env?: Record<string, string>
}

/** One line of the log. */
export interface LogEntry {
  level: string
  msg: string
  [field: string]: unknown
}

export type LogMatch = (entry: LogEntry) => boolean

export class GatewayProcess {
  /** Everything logged so far, over all starts. */
  readonly log: LogEntry[] = []
  readonly folder = tempDir("gateway")
  readonly configFile = join(this.folder, "config.yaml")
  readonly database = join(this.folder, "data", "gateway.db")
  readonly logFile = logPath("gateway")
  readonly #options: GatewayOptions
  readonly #waiting = new Set<() => void>()
  #child: Child | undefined

  private constructor(options: GatewayOptions) {
    this.#options = options
    mkdirSync(join(this.folder, "data"))
    const key = join(this.folder, "key")
    writeFileSync(key, secret(randomBytes(32).toString("base64")), { mode: 0o600 })
    for (const network of Object.values(options.networks)) secret(network.secret)
    // JSON is YAML, but for the tag.
    const lines = {
      server: `xmpp://127.0.0.1:${options.server.componentPort}`,
      store: this.database,
      log: { level: options.level ?? "debug", format: "json" },
      networks: options.networks,
      ...(options.retention && { retention: options.retention }),
      ...(options.files && { files: options.files }),
      ...(options.httpPort && { http: { listen: `127.0.0.1:${options.httpPort}`, publicUrl: `http://127.0.0.1:${options.httpPort}` } }),
    }
    const yaml = Object.entries(lines).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    writeFileSync(this.configFile, `${[...yaml, `secretKey: !file ${JSON.stringify(key)}`].join("\n")}\n`, { mode: 0o600 })
  }

  /** Starts it and waits until it is ready, which does not mean that a server took it. */
  static async start(options: GatewayOptions): Promise<GatewayProcess> {
    const it = new GatewayProcess(options)
    await it.start()
    return it
  }

  get pid(): number {
    return this.#child?.pid ?? -1
  }

  /** Resolves when this process is gone. */
  get exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (!this.#child) throw new Error("the gateway was not started")
    return this.#child.exited
  }

  async start(): Promise<void> {
    const since = this.log.length
    const child = (this.#child = await Child.start(process.execPath, [join(root, "dist", "cli.js"), "run", "--config", this.configFile], {
      logFile: this.logFile,
      cwd: this.folder,
      env: { NODE_V8_COVERAGE: undefined, ...this.#options.env },
      line: (line) => this.#take(line),
    }))
    const gone = child.exited.then(() => child.check())
    gone.catch(() => undefined)
    await Promise.race([this.waitForLog((entry) => /\bready\b/.test(entry.msg), { since, timeout: 30_000, what: "it to be ready" }), gone])
  }

  /** The first entry that matches since the start (or since this index of `log`), come or to come. */
  async waitForLog(match: LogMatch, options: { since?: number; timeout?: number; what?: string } = {}): Promise<LogEntry> {
    let wake = (): void => undefined
    const found = new Promise<LogEntry>((resolve) => {
      wake = () => {
        const entry = this.log.slice(options.since ?? 0).find(match)
        if (entry) resolve(entry)
      }
      this.#waiting.add(wake)
      wake()
    })
    const what = `the gateway's log: ${options.what ?? String(match)}`
    return within(found, options.timeout ?? 15_000, what).finally(() => this.#waiting.delete(wake))
  }

  /** SIGTERM; gives its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child
    if (!child) return null
    await child.stop()
    return (await child.exited).code
  }

  async kill9(): Promise<void> {
    await this.#child?.kill9()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Stops it and removes its folder. */
  async remove(): Promise<void> {
    await this.stop()
    removeDir(this.folder)
  }

  #take(line: string): void {
    try {
      this.log.push(JSON.parse(line) as LogEntry)
    } catch {
      this.log.push({ level: "none", msg: line })
    }
    for (const wake of [...this.#waiting]) wake()
  }
}
