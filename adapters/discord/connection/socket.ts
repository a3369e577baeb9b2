// One WebSocket to Discord's gateway: frames in their order, the heartbeat, and one certain end.
import { GatewayOpcodes } from "discord.js"
import { WebSocket } from "ws"
import { isObject, type Json, number } from "../loose.js"

export interface SocketEvents {
  /** HELLO came: identify or resume now. */
  hello(): void
  /** Any other frame but heartbeats; `d` and `s` as they came. */
  frame(op: number, payload: Json): void
  /** Called once, whatever happened. Nothing is called after it. */
  end(end: End): void
  /** For the heartbeat: of the last event that was committed. */
  sequence(): number | null
}

/** `code`: of the close frame, 1006 without one. `why`: what broke it, for the log. */
export interface End {
  code: number
  why: string
}

/** The closing by which a session stays resumable (1000 and 1001 end it). */
export const KEEP = 4200
export const GIVE_UP = 1000

/** Milliseconds. */
const helloMs = 20_000
const closeMs = 1000
/** HELLO without an interval, or with an absurd one. */
const usualBeatMs = 41_250
const leastBeatMs = 50
const mostBeatMs = 10 * 60 * 1000
const mostBytes = 64 * 1024 * 1024

export class GatewaySocket {
  readonly #socket: WebSocket
  readonly #events: SocketEvents
  readonly #closed: Promise<void>
  #over = false
  #why = ""
  #answered = true
  /** The server is one that answers heartbeats. */
  #answers = false
  /** Anything came since the last heartbeat. */
  #heard = false
  #hello: NodeJS.Timeout
  #beat: NodeJS.Timeout | undefined

  /** Throws where `url` is none. */
  constructor(url: string, events: SocketEvents) {
    this.#events = events
    this.#socket = new WebSocket(url, { handshakeTimeout: helloMs, maxPayload: mostBytes, perMessageDeflate: false })
    this.#hello = setTimeout(() => this.#break("no HELLO came"), helloMs).unref()
    let closed!: () => void
    this.#closed = new Promise((resolve) => (closed = resolve))
    // For ever: an error without a listener would end the process.
    this.#socket.on("error", (error) => (this.#why ||= error.message))
    this.#socket.on("message", (data, binary) => {
      if (!binary && !this.#over) this.#read((data as Buffer).toString("utf8"))
    })
    // Any WebSocket answers these: it is there, though it may know nothing of heartbeats and have nothing to tell.
    this.#socket.on("pong", () => (this.#heard = true))
    this.#socket.on("close", (code, reason) => {
      this.#finish({ code, why: reason.toString("utf8").slice(0, 200) || this.#why || `closed with ${code}` })
      closed()
    })
  }

  send(op: number, d: unknown): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ op, d }))
  }

  /** Nothing is read any more until `resume`; frames wait in Discord's sending window. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends it from our side, without a word to `end`. Resolves when it is closed; who does not answer is cut off. */
  async close(code: number): Promise<void> {
    this.#over = true
    this.#still()
    this.#socket.resume()
    const timer = setTimeout(() => this.#socket.terminate(), closeMs).unref()
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate()
    else this.#socket.close(code)
    await this.#closed
    clearTimeout(timer)
  }

  #read(text: string): void {
    let payload: unknown
    try {
      payload = JSON.parse(text)
    } catch {
      return
    }
    if (!isObject(payload)) return
    this.#heard = true
    const op = number(payload["op"])
    if (op === GatewayOpcodes.Hello) this.#greeted(isObject(payload["d"]) ? payload["d"] : {})
    else if (op === GatewayOpcodes.Heartbeat) this.#sendBeat()
    else if (op === GatewayOpcodes.HeartbeatAck) this.#answers = this.#answered = true
    else if (op !== undefined) this.#events.frame(op, payload)
  }

  #greeted(d: Json): void {
    if (this.#beat) return
    clearTimeout(this.#hello)
    const said = number(d["heartbeat_interval"]) ?? 0
    const everyMs = said <= 0 ? usualBeatMs : Math.min(Math.max(said, leastBeatMs), mostBeatMs)
    // Gateway, Sending Heartbeats: the first one after a random part of the interval.
    this.#beat = setTimeout(() => this.#heartbeat(everyMs), everyMs * Math.random()).unref()
    this.#events.hello()
  }

  #heartbeat(everyMs: number): void {
    // While we do not read we cannot see the answer; and some servers never answer, but talk.
    const isDead = !this.#answered && (this.#answers || !this.#heard) && !this.#socket.isPaused
    if (isDead) return this.#break("no answer to the heartbeat")
    this.#answered = this.#heard = false
    this.#sendBeat()
    if (!this.#answers && this.#socket.readyState === WebSocket.OPEN) this.#socket.ping()
    this.#beat = setTimeout(() => this.#heartbeat(everyMs), everyMs).unref()
  }

  #sendBeat(): void {
    this.send(GatewayOpcodes.Heartbeat, this.#events.sequence())
  }

  /** Half-open connections never answer a close frame. */
  #break(why: string): void {
    this.#why = why
    this.#socket.terminate()
  }

  #still(): void {
    clearTimeout(this.#hello)
    clearTimeout(this.#beat)
  }

  #finish(end: End): void {
    this.#still()
    if (this.#over) return
    this.#over = true
    this.#events.end(end)
  }
}
