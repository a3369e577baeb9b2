// A real XMPP client of another make as a process: orders go in, what it sees comes out, both as lines of JSON.
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { ensureInstalled } from "./install.js"
import { within } from "./deadline.js"
import { logPath, root } from "./paths.js"
import type { XmppServer } from "./server.js"
import { createWriteStream } from "node:fs"

export type Maker = "slix" | "gajim"

export interface Seen {
  event: string
  room?: string
  nick?: string
  body?: string
  type?: string
  codes?: number[]
  bodies?: string[]
  occupants?: string[]
  items?: [string, string | null][]
  pages?: number
  joined?: boolean
  condition?: string
  text?: string
  delayed?: boolean
  id?: string
  replaces?: string | null
  features?: string[]
  name?: string
  jid?: string
  /** SHA-1 of a picture, as told or as it came. */
  sha?: string | null
}

type Order = { cmd: string; room?: string } & Record<string, unknown>

export class ClientProcess {
  /** All that it told, in order. */
  readonly seen: Seen[] = []
  readonly #waiting = new Set<() => void>()
  #ended = false

  private constructor(
    readonly maker: Maker,
    readonly child: ChildProcess,
  ) {
    if (child.stdout)
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (!line.startsWith("{")) return // a library that prints
        this.seen.push(JSON.parse(line) as Seen)
        this.#wake()
      })
    child.once("close", () => {
      this.#ended = true
      this.#wake()
    })
  }

  /** Logs in; resolves when it is on-line. */
  static async start(maker: Maker, server: Pick<XmppServer, "domain" | "c2sPort">, user: string, password: string): Promise<ClientProcess> {
    ensureInstalled(maker)
    const script = join(root, "test/clients", `${maker}.py`)
    const args = [script, `${user}@${server.domain}`, password, "127.0.0.1", String(server.c2sPort)]
    const child = spawn("/usr/bin/python3", args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, PYTHONIOENCODING: "utf-8" } })
    child.stderr.pipe(createWriteStream(logPath(maker), { flags: "a" }))
    const end = (): void => void child.kill("SIGKILL")
    process.once("exit", end)
    child.once("close", () => process.off("exit", end))
    const it = new ClientProcess(maker, child)
    await it.sees({ event: "online" })
    return it
  }

  order(order: Order): void {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`)
  }

  /** An order, and the event that answers it. */
  async ask(order: Order, event: string, deadlineMs?: number): Promise<Seen> {
    const from = this.seen.length
    this.order(order)
    return this.sees({ event }, { from, ...(deadlineMs !== undefined && { deadlineMs }) })
  }

  /** The first event from number `from` on that holds all of `pattern`. An error it tells meanwhile is thrown. */
  async sees(pattern: Partial<Seen>, { from = 0, deadlineMs = 15_000 }: { from?: number; deadlineMs?: number } = {}): Promise<Seen> {
    const find = (): Seen | undefined =>
      this.seen.slice(from).find((seen) => {
        if (seen.event === "error" && pattern.event !== "error") throw new Error(`${this.maker}: ${JSON.stringify(seen)}`)
        return Object.entries(pattern).every(([key, value]) => JSON.stringify(seen[key as keyof Seen]) === JSON.stringify(value))
      })
    const wait = async (): Promise<Seen> => {
      for (;;) {
        const found = find()
        if (found) return found
        if (this.#ended) throw new Error(`${this.maker} ended; its log is ${logPath(this.maker)}`)
        await new Promise<void>((resolve) => this.#waiting.add(resolve))
      }
    }
    return within(
      wait(),
      deadlineMs,
      () => `${this.maker} to see ${JSON.stringify(pattern)}; it saw ${JSON.stringify(this.seen.slice(-5))}`,
    )
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  async stop(): Promise<void> {
    if (this.#ended) return
    const closed = once(this.child, "close")
    this.child.kill("SIGKILL")
    await closed
  }
}
