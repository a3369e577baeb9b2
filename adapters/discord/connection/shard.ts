// One shard of a bot's gateway connection: identifies or resumes, comes back after faults, and says when it cannot.
//
// On `ws` rather than @discordjs/ws 1.2.3, which connects again after it was told to end while it waited for READY, ends the
// process when it is told so while it connects (an error without a listener) or meets malformed frames (unhandled
// rejections), and counts an event as received before anybody has handled it.
import { GatewayCloseCodes, GatewayDispatchEvents, GatewayOpcodes } from "discord.js"
import { AdapterError, type Host } from "xferry"
import { type Json, number, object, text } from "../loose.js"
import { isWebSocket } from "./address.js"
import { revoked } from "./codes.js"
import { redact } from "./redact.js"
import type { Resumable, SavedSessions } from "./session.js"
import { type End, GatewaySocket, KEEP } from "./socket.js"
import type { Timing } from "./timing.js"

/** The session is over; what happened since is known to REST only. */
export class SessionLost extends Error {
  override readonly name = "SessionLost"
}

/** Intents were asked for that are not switched on. */
export class IntentsRefused extends Error {
  override readonly name = "IntentsRefused"
}

export interface ShardParts {
  index: number
  count: number
  url: string
  token: string
  intents: number
  sessions: SavedSessions
  log: Host["log"]
  timing: Timing
  /** In the order of arrival, each once. `s`: undefined where the server does not count. */
  dispatch(t: string, s: number | undefined, d: unknown): void
}

const READY: string = GatewayDispatchEvents.Ready
const RESUMED: string = GatewayDispatchEvents.Resumed
/** The connection broke without a close frame (RFC 6455, 7.1.5). */
const BROKEN = 1006
const mostRefusals = 3

export class Shard {
  /** Resolves when the session is there for the first time. */
  readonly up: Promise<void>
  /** Rejects with an AdapterError, SessionLost or IntentsRefused; never resolves. */
  readonly failed: Promise<never>
  #up!: () => void
  #fail!: (error: Error) => void
  #socket: GatewaySocket | undefined
  #over = false
  #paused = false
  #wasUp = false
  /** The last number that came, which may be ahead of what is committed. */
  #received = 0
  /** RESUME was sent, and what comes may have come before. */
  #replaying = false
  #failures = 0
  #upAt = 0
  #useResumeUrl = true
  /** Connections that ended at RESUME, one after the other. */
  #refusals = 0
  #why = ""
  #giveUp: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | undefined
  #wait: NodeJS.Timeout | undefined

  constructor(private readonly parts: ShardParts) {
    this.up = new Promise((resolve) => (this.#up = resolve))
    this.failed = new Promise((_resolve, reject) => (this.#fail = (error) => this.#finish(() => reject(error))))
    this.failed.catch(() => undefined)
    this.#received = parts.sessions.get(parts.index)?.sequence ?? 0
  }

  start(afterMs = 0): void {
    this.#down()
    this.#again(afterMs)
  }

  /** Reads nothing more for now. A connection that is being made is let in first. */
  pause(): void {
    this.#paused = true
    if (!this.#giveUp) this.#socket?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#socket?.resume()
  }

  /** Nothing happens where there is no connection. */
  send(op: number, d: unknown): void {
    this.#socket?.send(op, d)
  }

  /** `code`: KEEP lets the session be resumed. */
  async close(code: number): Promise<void> {
    this.#finish(() => undefined)
    await this.#socket?.close(code)
  }

  get #session(): Resumable | undefined {
    return this.parts.sessions.get(this.parts.index)
  }

  #finish(tell: () => void): void {
    for (const timer of [this.#giveUp, this.#patience, this.#wait]) clearTimeout(timer)
    if (this.#over) return
    this.#over = true
    tell()
  }

  /** Not up, from now on. */
  #down(): void {
    clearTimeout(this.#patience)
    if (this.#giveUp) return
    if (performance.now() - this.#upAt > this.parts.timing.good) this.#failures = 0
    this.#giveUp = setTimeout(() => {
      const why = this.#why === "" ? "" : ` (${redact(this.#why)})`
      this.#fail(new AdapterError("retry", `Discord's gateway does not let the bot in${why}.`, { blocks: "account" }))
    }, this.parts.timing.giveUp).unref()
  }

  #isUp(): void {
    clearTimeout(this.#giveUp)
    this.#giveUp = undefined
    clearTimeout(this.#patience)
    this.#wasUp = true
    this.#useResumeUrl = true
    this.#refusals = 0
    this.#upAt = performance.now()
    if (this.#paused) this.#socket?.pause()
    this.#up()
  }

  /** Leaves the present connection, if there is one, and makes another. */
  #again(afterMs: number): void {
    if (this.#wasUp && !this.#session) return this.#fail(new SessionLost(this.#why))
    const former = this.#socket
    this.#socket = undefined
    this.#wait = setTimeout(() => {
      void (former?.close(KEEP) ?? Promise.resolve()).then(() => this.#over || this.#connect())
    }, afterMs)
  }

  #connect(): void {
    const session = this.#session
    let greeted = false
    let socket: GatewaySocket
    try {
      const url = address((this.#useResumeUrl ? session?.url : undefined) ?? this.parts.url)
      socket = this.#socket = new GatewaySocket(url, {
        hello: () => {
          greeted = true
          this.#introduce(socket, session)
        },
        frame: (op: GatewayOpcodes, payload) => {
          if (socket === this.#socket && !this.#over) this.#frame(op, payload)
        },
        end: (end) => {
          if (socket !== this.#socket || this.#over) return
          this.#useResumeUrl = greeted
          this.#ended(end, greeted && session !== undefined)
        },
        sequence: () => this.#session?.sequence ?? null,
      })
    } catch {
      this.#fail(new AdapterError("retry", "Discord named no address of its gateway that can be used.", { blocks: "account" }))
    }
  }

  #introduce(socket: GatewaySocket, session: Resumable | undefined): void {
    const { token, intents, index, count, timing } = this.parts
    if (session) {
      this.#replaying = true
      socket.send(GatewayOpcodes.Resume, { token, session_id: session.id, seq: session.sequence })
      this.#patience = setTimeout(() => this.#fail(new SessionLost("no answer to RESUME")), timing.resume).unref()
      return
    }
    this.#replaying = false
    const properties = { os: process.platform, browser: "xferry", device: "xferry" }
    socket.send(GatewayOpcodes.Identify, { token, intents, properties, compress: false, large_threshold: 50, shard: [index, count] })
  }

  #frame(op: GatewayOpcodes, payload: Json): void {
    if (op === GatewayOpcodes.Dispatch) return this.#dispatched(payload)
    if (op === GatewayOpcodes.Reconnect) {
      this.#leave("Discord asked for a new connection")
      this.#again(this.#nextWait())
    } else if (op === GatewayOpcodes.InvalidSession) {
      if (this.#session && payload["d"] !== true) return this.#fail(new SessionLost("Discord ended the session"))
      this.#leave("Discord refused the session for now")
      const [least, most] = this.parts.timing.invalid
      this.#again(least + Math.random() * (most - least))
    }
  }

  #dispatched(payload: Json): void {
    const t: string = text(payload["t"]) ?? ""
    const s = number(payload["s"])
    if (t === READY) {
      // In answer to RESUME, or unasked: a new session, and nobody knows what happened between the two.
      if (this.#replaying || this.#session) return this.#fail(new SessionLost("Discord began a new session"))
      this.#begin(object(payload["d"]), s)
    } else if (this.#replaying) {
      if (this.#giveUp) this.#isUp()
      if (t === RESUMED) this.#replaying = false
      else if (s !== undefined && s <= this.#received) return
    }
    if (s !== undefined) this.#received = s
    this.parts.dispatch(t, s, payload["d"])
  }

  #begin(d: Json, s: number | undefined): void {
    const { index, count, sessions, log } = this.parts
    const id = text(d["session_id"])
    const said = text(d["resume_gateway_url"])
    const url = said !== undefined && isWebSocket(said) ? said : undefined
    if (id === undefined) log.debug({ shard: index }, "the server names no session: it cannot be resumed")
    sessions.begin(index, count, id === undefined ? undefined : { id, url, sequence: s ?? 0 })
    this.#isUp()
  }

  #leave(why: string): void {
    this.#why = why
    this.parts.log.debug({ shard: this.parts.index, why }, "the gateway connection is being renewed")
    this.#down()
  }

  #nextWait(): number {
    const { firstWait, mostWait } = this.parts.timing
    const failures = this.#failures++
    return failures === 0 ? 0 : Math.min(firstWait * 2 ** (failures - 1), mostWait) * (0.5 + Math.random() / 2)
  }

  /** `asked`: RESUME was sent. */
  #ended({ code: said, why }: End, asked: boolean): void {
    const code: GatewayCloseCodes = said
    const wasUp = this.#giveUp === undefined
    this.#leave(why)
    switch (code) {
      case GatewayCloseCodes.AuthenticationFailed:
        return this.#fail(new AdapterError("logged-out", revoked))
      case GatewayCloseCodes.InvalidIntents:
      case GatewayCloseCodes.DisallowedIntents:
        return this.#fail(new IntentsRefused(why))
      case GatewayCloseCodes.InvalidAPIVersion:
        return this.#fail(new AdapterError("unsupported", "The server does not speak version 10 of Discord's gateway."))
      case GatewayCloseCodes.InvalidShard:
      case GatewayCloseCodes.ShardingRequired:
      case GatewayCloseCodes.InvalidSeq:
      case GatewayCloseCodes.SessionTimedOut:
        return this.#fail(new SessionLost(why))
      default:
    }
    // A server that knows no RESUME closes instead of answering; a break without a word is the network's.
    const refused = said < 4000 ? said !== BROKEN : code === GatewayCloseCodes.UnknownOpcode
    // Whatever the reason it gives: who lets nobody resume would be asked for ever.
    if (!wasUp && asked && (refused || ++this.#refusals >= mostRefusals)) return this.#fail(new SessionLost(why))
    // The core waits more patiently than we do, and can say why.
    if (!this.#wasUp && this.#failures > 1)
      return this.#fail(new AdapterError("retry", `Discord's gateway cannot be reached (${redact(why)}).`, { blocks: "account" }))
    this.#again(this.#nextWait())
  }
}

/** Gateway URL Params. Throws where `url` is none. */
function address(url: string): string {
  const full = new URL(url)
  full.searchParams.set("v", "10")
  full.searchParams.set("encoding", "json")
  full.searchParams.delete("compress")
  return full.href
}
