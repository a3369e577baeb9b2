// The network's control socket: gateways and drivers attach to it with the same JSON lines.
import { chmodSync, rmSync, statSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { z } from "zod"
import { boundAddress, parseAddress, toNet } from "./address.js"
import { Lines } from "./lines.js"
import type { Network } from "./network.js"
import { obey } from "./ops.js"
import { toFailure, type Ear, type Line, type Request } from "./protocol.js"

const account = z.string().min(1)
const helloSchema = z.discriminatedUnion("hello", [
  z.strictObject({ hello: z.literal("driver") }),
  z.strictObject({ hello: z.literal("gateway"), account, password: z.string().default(""), window: z.int().positive().default(256) }),
  z.strictObject({ hello: z.literal("login"), account, password: z.string() }),
  z.strictObject({ hello: z.literal("logout"), account }),
])
type Hello = z.output<typeof helloSchema>

export interface Listening {
  /** As `parseAddress` reads it, with the port the kernel chose. */
  readonly address: string
  close(): Promise<void>
}

/** Throws where the address is not of this machine, or taken. `hold`: keeps the process alive. */
export async function listen(network: Network, where: string, { hold = true } = {}): Promise<Listening> {
  const address = parseAddress(where)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
    if (!hold) socket.unref()
    new Connection(network, socket)
  })
  if (!hold) server.unref()
  if ("path" in address) await removeStale(address.path)
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(toNet(address), resolve))
  if ("path" in address) chmodSync(address.path, 0o600)
  return {
    address: boundAddress(server),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** A process killed with -9 leaves its socket file behind. */
async function removeStale(path: string): Promise<void> {
  if (!(statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false)) return
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).once("error", () => resolve(false))
    probe.once("connect", () => probe.destroy())
  })
  if (!alive) rmSync(path)
}

/** One peer. The first line says what it is. */
class Connection {
  readonly #lines: Lines
  readonly #closing = new AbortController()
  #handle: (value: unknown) => void = (value) => this.#greet(helloSchema.parse(value))
  #stops: (() => void)[] = []

  constructor(
    private readonly network: Network,
    socket: Socket,
  ) {
    this.#lines = new Lines(socket, {
      line: (value) => this.#handle(value),
      bad: (error) => this.#lines.write({ error: { kind: "rejected", text: sentence(error) } }),
      closed: () => {
        this.#closing.abort()
        for (const stop of this.#stops.splice(0)) stop()
      },
    })
  }

  #greet(hello: Hello): void {
    switch (hello.hello) {
      case "driver":
        this.#handle = (value) => this.#order(value)
        return this.#lines.write({ welcome: { version: 1 } })
      case "gateway":
        return void this.#attach(hello)
      case "login":
        return void this.#answer(this.network.login(hello, this.#closing.signal))
      case "logout":
        this.network.logout(hello.account)
        return void this.#answer(Promise.resolve({}))
    }
  }

  async #answer(outcome: Promise<object>): Promise<void> {
    this.#lines.write(
      await outcome.then(
        (welcome) => ({ welcome }),
        (error: unknown) => ({ error: toFailure(error) }),
      ),
    )
    this.#lines.end()
  }

  // ---- gateways

  async #attach(hello: Hello & { hello: "gateway" }): Promise<void> {
    const early: object[] = []
    let write = (value: object): void => void early.push(value)
    const ear: Ear = {
      event: (n, event) => write({ n, event }),
      ended: (error) => {
        write({ ended: toFailure(error) })
        this.#lines.end()
      },
    }
    let line: Line
    try {
      line = await this.network.attach(hello, ear, hello.window, this.#closing.signal)
    } catch (error) {
      this.#lines.write({ error: toFailure(error) })
      return this.#lines.end()
    }
    if (this.#closing.signal.aborted) return line.close()
    this.#stops.push(() => line.close())
    this.#handle = (value) => this.#request(line, hello.account, value as { ack: number } | (Request & { seq: number }))
    this.#lines.write({ welcome: line.self })
    for (const value of early) this.#lines.write(value)
    write = (value) => this.#lines.write(value)
  }

  /** Gateways are our own code (client.ts): their lines are not checked field by field, for speed. */
  #request(line: Line, id: string, message: { ack: number } | (Request & { seq: number })): void {
    if ("ack" in message) return line.ack(message.ack)
    const { seq } = message
    const failed = (error: unknown): void => this.#lines.write({ seq, error: toFailure(error) })
    try {
      const answer = this.network.perform(this.network.account(id), message, this.#closing.signal)
      if (answer instanceof Promise) answer.then((ok) => this.#lines.write({ seq, ok }), failed)
      else this.#lines.write({ seq, ok: answer })
    } catch (error) {
      failed(error)
    }
  }

  // ---- drivers

  #order(value: unknown): void {
    const seq = (value as { seq?: unknown } | null)?.seq
    const reply = (outcome: object): void => this.#lines.write(seq === undefined ? outcome : { seq, ...outcome })
    const done = (answer: unknown): void => {
      if (seq !== undefined) reply({ ok: answer ?? null })
    }
    const failed = (error: unknown): void => reply({ error: sentence(error) })
    try {
      const answer = obey(this.network, value, {
        told: (sent) => this.#lines.write({ sent }),
        untilClosed: (stop) => this.#stops.push(stop),
      })
      if (answer instanceof Promise) answer.then(done, failed)
      else done(answer)
    } catch (error) {
      failed(error)
    }
  }
}

/** What went wrong, for the person who writes the script. */
function sentence(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map(({ path, message }) => `${path.join(".") || "the line"}: ${message}`).join("; ")
  return error instanceof Error ? error.message : String(error)
}
