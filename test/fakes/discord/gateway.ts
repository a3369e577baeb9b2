// The gateway: sessions over WebSocket as Discord's documentation has them, and switches for what may go wrong there.
//
// - HELLO, heartbeats and their acknowledgement, IDENTIFY, READY with unavailable guilds, then GUILD_CREATE for each (Gateway, Connections).
// - RESUME replays what was missed, then RESUMED; INVALID_SESSION where it cannot (Gateway, Resuming). A client that closes with 1000 or 1001
//   ends its session, with any other code it stays resumable (Gateway, Initiating a Disconnect).
// - Close codes: Opcodes and Status Codes, Gateway Close Event Codes. Who does not beat is closed with 4009 (seen; documented is only that
//   it is closed), and so is who sends more than 120 payloads a minute (4008) or one of more than 4096 bytes (4002; Gateway, Rate Limiting).
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { WebSocketServer } from "ws"
import { Connection } from "./connection.js"
import { dice } from "./faults.js"
import type { Dispatch, GatewayBot, Ground } from "./ground.js"
import { narrowed } from "./intents.js"
import { Session } from "./session.js"

export interface Behaviour {
  /** Of HELLO, in ms. */
  heartbeatMs: number
  /** How long a session without a connection can be resumed. */
  resumableMs: number
  /** How many events of it are kept. */
  keep: number
  /** No session can ever be resumed. */
  forgetful: boolean
  /** Heartbeats are not acknowledged. */
  deaf: boolean
  /** IDENTIFYs of one bot: so many in so many ms, else op 9 (session_start_limit.max_concurrency). 0 ms: no such limit. */
  concurrency: { count: number; ms: number }
  /** session_start_limit. */
  starts: { total: number; remaining: number; resetAfterMs: number }
}

/** One client, as tests see it. */
export interface Seen {
  op: number
  d: unknown
}

export class Gateway {
  readonly behaviour: Behaviour = {
    heartbeatMs: 41_250,
    resumableMs: 300_000,
    keep: 10_000,
    forgetful: false,
    deaf: false,
    concurrency: { count: 1, ms: 0 },
    starts: { total: 1000, remaining: 1000, resetAfterMs: 86_400_000 },
  }
  readonly sessions = new Map<string, Session>()
  readonly connections = new Set<Connection>()
  /** What clients sent, without tokens. */
  readonly received: Seen[] = []
  /** How often a session was begun, and resumed; and connections that were broken by chance. */
  readonly counts = { identified: 0, resumed: 0, cuts: 0 }
  /** Codes with which clients closed. */
  readonly closed: number[] = []
  url = ""
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  readonly #started: { bot: string; at: number }[] = []
  #refused = 0
  #random: { probability: number; next: () => number } | undefined

  constructor(readonly ground: Ground) {}

  /** For the event «upgrade» of the HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#refused > 0) {
      this.#refused--
      socket.end(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<h1>503</h1>\n",
      )
      return
    }
    this.#server.handleUpgrade(request, socket, head, (client) => {
      this.connections.add(new Connection(this, client, new URL(request.url ?? "/", "http://fake").searchParams))
    })
  }

  /** Something happened: every session gets what is due to it. */
  dispatch(event: Dispatch): void {
    for (const session of this.sessions.values()) {
      const d = narrowed(this.ground, session.bot, session.intents, event)
      if (d) session.dispatch(event.t, d)
    }
    this.ground.changed()
  }

  /** Sessions of this bot that somebody listens to. */
  listening(bot: { user: { id: string } }): number {
    return [...this.sessions.values()].filter((session) => session.listener && session.bot.user.id === bot.user.id).length
  }

  /** session_start_limit of GET /gateway/bot. */
  startLimit(): { total: number; remaining: number; reset_after: number; max_concurrency: number } {
    const { starts, concurrency } = this.behaviour
    return { total: starts.total, remaining: starts.remaining, reset_after: starts.resetAfterMs, max_concurrency: concurrency.count }
  }

  // ---- switches

  /** Breaks connections (of this bot) as they stand, without a word. */
  cut(bot?: GatewayBot): void {
    for (const connection of this.#of(bot)) connection.break()
  }

  close(code: number, bot?: GatewayBot): void {
    for (const connection of this.#of(bot)) connection.close(code)
  }

  /** Op 7. */
  reconnect(bot?: GatewayBot): void {
    for (const connection of this.#of(bot)) connection.send({ op: 7, d: null, s: null, t: null })
  }

  /** Op 9. Resumable: the session is kept. */
  invalidate(resumable: boolean, bot?: GatewayBot): void {
    for (const connection of this.#of(bot)) {
      const { session } = connection
      // The client may resume or identify over the same connection.
      connection.detach()
      if (!resumable && session) this.forget(session)
      connection.send({ op: 9, d: resumable, s: null, t: null })
    }
  }

  /** Sessions end without a word: the next resume fails. */
  expire(bot?: GatewayBot): void {
    for (const session of [...this.sessions.values()]) if (!bot || session.bot.user.id === bot.user.id) this.forget(session)
  }

  /** Asks for a heartbeat at once (op 1). */
  askBeat(bot?: GatewayBot): void {
    for (const connection of this.#of(bot)) connection.send({ op: 1, d: null, s: null, t: null })
  }

  /** What no real server sends: sent as it is, unchecked. Default: half an object. */
  garbage(frame: string | Uint8Array | object = '{"op":', bot?: GatewayBot): void {
    const data = typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame)
    for (const connection of this.#of(bot)) connection.raw(data)
  }

  /** A dispatch nobody has heard of yet, or one of wrong data: with a number of its own, and unchecked. */
  wild(t = "SOMETHING_NEW", d: unknown = { what: null }, bot?: GatewayBot): void {
    for (const session of this.sessions.values()) if (!bot || session.bot.user.id === bot.user.id) session.dispatch(t, d, true)
  }

  /** The next connections are refused before they are WebSockets. */
  refuse(times = 1): void {
    this.#refused = times
  }

  /** From now on connections break by chance after what is sent; null: no longer. */
  randomCuts(options: { seed: number; probability: number } | null): void {
    this.#random = options === null ? undefined : { probability: options.probability, next: dice(options.seed) }
  }

  stop(): void {
    for (const connection of this.connections) connection.break()
    this.#server.close()
  }

  // ---- of connections and sessions

  /** @internal */
  forget(session: Session): void {
    this.sessions.delete(session.id)
    session.listener = undefined
  }

  /** @internal May this bot begin a session now? */
  mayStart(bot: GatewayBot): boolean {
    const { concurrency, starts } = this.behaviour
    const now = this.ground.now()
    const recent = this.#started.filter((start) => start.bot === bot.user.id && now - start.at < concurrency.ms)
    if (recent.length >= concurrency.count || starts.remaining <= 0) return false
    this.#started.push({ bot: bot.user.id, at: now })
    starts.remaining--
    return true
  }

  /** @internal Undefined: unknown, expired, of another bot, or too old for what is kept. */
  resumable(id: string, bot: GatewayBot): Session | undefined {
    const session = this.sessions.get(id)
    const { forgetful, resumableMs } = this.behaviour
    if (!session || forgetful || session.bot !== bot) return undefined
    return session.since !== undefined && this.ground.now() - session.since > resumableMs ? undefined : session
  }

  /** @internal Is it time to break this connection? */
  chance(): boolean {
    if (!this.#random || this.#random.next() >= this.#random.probability) return false
    this.counts.cuts++
    return true
  }

  /** @internal */
  begin(bot: GatewayBot, intents: number): Session {
    const session = new Session(bot, intents, this.behaviour.keep)
    this.sessions.set(session.id, session)
    return session
  }

  #of(bot?: GatewayBot): Connection[] {
    return [...this.connections].filter(({ session }) => !bot || session?.bot.user.id === bot.user.id)
  }
}
