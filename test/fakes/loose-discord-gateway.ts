// The loose server's gateway: says HELLO, takes IDENTIFY, tells what happens; forgets everybody whose connection ends.
import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import { WebSocket, WebSocketServer } from "ws"
import type { LooseDiscord } from "./loose-discord.js"
import type { Json } from "./loose-discord-quirks.js"

interface Line {
  socket: WebSocket
  sequence: number
  /** Undefined: nobody yet. */
  bot: (Json & { id: string }) | undefined
}

export class LooseGateway {
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #lines = new Set<Line>()
  /** Paths with queries by which somebody came. */
  readonly paths: string[] = []
  /** What clients said: operation codes. */
  readonly heard: number[] = []
  /** READYs that were sent. */
  sessions = 0

  constructor(private readonly server: LooseDiscord) {}

  get connected(): number {
    return [...this.#lines].filter(({ bot }) => bot).length
  }

  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.paths.push(request.url ?? "")
    this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#come(ws))
  }

  /** All connections end without a word. */
  cut(): void {
    for (const { socket } of this.#lines) socket.terminate()
  }

  /** As a server that restarts says it. */
  close(code: number): void {
    for (const { socket } of this.#lines) socket.close(code)
  }

  /** To everybody who has identified, or to one bot. */
  dispatch(t: string, d: unknown, only?: string): void {
    for (const line of this.#lines)
      if (line.bot && (only === undefined || only === line.bot.id)) this.#tell(line, t, this.server.bent(t, d))
  }

  /** Frames of any content. */
  raw(data: string | Buffer): void {
    for (const { socket } of this.#lines) socket.send(data)
  }

  #come(socket: WebSocket): void {
    const line: Line = { socket, sequence: 0, bot: undefined }
    this.#lines.add(line)
    socket.on("error", () => undefined)
    socket.on("close", () => {
      this.#lines.delete(line)
      this.server.look()
    })
    socket.on("message", (data) => this.#hear(line, JSON.parse((data as Buffer).toString("utf8")) as Json))
    this.#send(line, { op: 10, d: { heartbeat_interval: 45_000, _trace: ["loose"] } })
  }

  #hear(line: Line, { op, d }: Json): void {
    this.heard.push(Number(op))
    if (op === 1 && !this.server.is("never acknowledges")) this.#send(line, { op: 11 })
    if (op === 6) this.#resume(line)
    if (op === 2) this.#identified(line, d as Json)
    this.server.look()
  }

  #resume(line: Line): void {
    const closing = this.server.quirkNamed("resume").at(-1) ?? "op 9"
    if (closing === "op 9") this.#send(line, { op: 9, d: null })
    else if (closing === "cut") line.socket.terminate()
    else line.socket.close(closing)
  }

  #identified(line: Line, { token }: Json): void {
    const { server } = this
    const bot = server.bots.get(token as string)
    if (!bot) return line.socket.close(4004)
    const later = server.is("never tells its guilds")
    const inReady = server.is("guilds in READY")
    this.sessions++
    line.bot = bot
    this.#tell(
      line,
      "READY",
      server.bent("READY", {
        v: 10,
        user: bot,
        guilds: [inReady ? server.guildData() : { id: server.guild, unavailable: true }],
        session_id: `session-${this.sessions}`,
        resume_gateway_url: `ws://127.0.0.1:${server.port}/`,
        application: { id: bot.id, flags: 0 },
        private_channels: [],
        relationships: [],
      }),
    )
    if (!inReady && !later) this.#tell(line, "GUILD_CREATE", server.bent("GUILD_CREATE", server.guildData()))
  }

  #tell(line: Line, t: string, d: unknown): void {
    for (const frame of this.server.quirkNamed("noise")) line.socket.send(frame)
    this.#send(line, { op: 0, t, s: ++line.sequence, d })
  }

  #send(line: Line, payload: Json): void {
    let frame = payload
    for (const bend of this.server.quirkNamed("frame")) frame = bend(frame)
    if (line.socket.readyState === WebSocket.OPEN) line.socket.send(JSON.stringify(frame))
  }
}
