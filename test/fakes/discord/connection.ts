// One WebSocket of the gateway: the handshake, heartbeats, and what a client may ask.
import { GatewayCloseCodes as Close, GatewayIntentBits as Bits, type GatewayIdentifyData, type GatewayResumeData } from "discord-api-types/v10"
import type { RawData, WebSocket } from "ws"
import { members } from "./chunks.js"
import type { Gateway } from "./gateway.js"
import type { GatewayBot } from "./ground.js"
import { known, narrowed, privileged } from "./intents.js"
import * as payloads from "./payloads.js"
import type { Payload, Session } from "./session.js"

const mostBytes = 4096
const mostPerMinute = 120

export class Connection {
  session: Session | undefined
  /** Tokens are struck out. */
  readonly received: { op: number; d: unknown }[] = []
  #beat: NodeJS.Timeout | undefined
  #minute = { began: 0, count: 0 }
  #ended = false

  constructor(
    private readonly gateway: Gateway,
    private readonly client: WebSocket,
    query: URLSearchParams,
  ) {
    client.on("message", (data, isBinary) => this.#take(data, isBinary))
    client.on("error", () => undefined)
    client.once("close", (code) => this.#end(code))
    if (!/^(?:9|10)$/.test(query.get("v") ?? "10")) return this.close(Close.InvalidAPIVersion)
    if ((query.get("encoding") ?? "json") !== "json" || query.has("compress")) {
      this.#violation(`asks for what the fake does not have: ${query.toString()}`)
    }
    this.send({ op: 10, d: { heartbeat_interval: gateway.behaviour.heartbeatMs }, s: null, t: null })
    this.#awaitBeat()
  }

  send(payload: Payload): void {
    // What tests let loose (`wild`) is not for the types to judge.
    if (this.#ended) return
    if (!wildcards.has(payload.d as object)) for (const problem of payloads.received(payload)) this.#violation(`the fake made a wrong payload: ${problem}`)
    this.raw(JSON.stringify(payload))
    if (this.session && payload.op === 0 && this.gateway.chance()) this.break()
  }

  raw(data: string | Uint8Array): void {
    if (!this.#ended) this.client.send(data)
  }

  close(code: number, reason?: string): void {
    this.#leave()
    this.client.close(code, reason)
  }

  break(): void {
    this.#leave()
    this.client.terminate()
  }
}
