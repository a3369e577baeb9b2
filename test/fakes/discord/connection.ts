// One WebSocket of the gateway: the handshake, heartbeats, and what a client may ask.
import { GatewayCloseCodes as Close, type GatewayIdentifyData, type GatewayResumeData } from "discord-api-types/v10"
import type { RawData, WebSocket } from "ws"
import { chunks, type MembersRequest } from "./chunks.js"
import type { Gateway } from "./gateway.js"
import type { GatewayBot } from "./ground.js"
import { known, narrowed, privileged } from "./intents.js"
import * as payloads from "./payloads.js"
import type { Payload, Session } from "./session.js"

const mostBytes = 4096
const mostPerMinute = 120

export class Connection {
  session: Session | undefined
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
    client.once("close", (code) => this.#closed(code))
    if (!/^(?:9|10)$/.test(query.get("v") ?? "10")) {
      this.close(Close.InvalidAPIVersion)
      return
    }
    const isPlain = (query.get("encoding") ?? "json") === "json" && !query.has("compress")
    if (!isPlain) this.#violation(`asks for an encoding the fake does not have: ${query.toString()}`)
    this.send({ op: 10, d: { heartbeat_interval: gateway.behaviour.heartbeatMs }, s: null, t: null })
    this.#awaitBeat()
  }

  send({ wild, ...payload }: Payload): void {
    if (this.#ended) return
    if (!wild) for (const problem of payloads.received(payload)) this.#violation(`the fake made a wrong payload: ${problem}`)
    this.raw(JSON.stringify(payload))
    if (this.session && payload.op === 0 && this.gateway.chance()) this.break()
  }

  raw(data: string | Uint8Array): void {
    if (!this.#ended) this.client.send(data)
  }

  close(code: number): void {
    this.#leave()
    this.client.close(code)
  }

  break(): void {
    this.#leave()
    this.client.terminate()
  }

  /** The session goes on without this connection. */
  detach(): void {
    if (this.session?.listener === this) {
      this.session.listener = undefined
      this.session.since = this.gateway.ground.now()
    }
    this.session = undefined
  }

  /** From now on nothing is sent and nothing is heard. */
  #leave(): void {
    clearTimeout(this.#beat)
    this.#ended = true
    this.detach()
    this.gateway.connections.delete(this)
    this.gateway.ground.changed()
  }

  #closed(code: number): void {
    if (this.#ended) return
    this.gateway.closed.push(code)
    // «closing with 1000 or 1001 invalidates the session».
    if (this.session && (code === 1000 || code === 1001)) this.gateway.forget(this.session)
    this.#leave()
  }

  #awaitBeat(): void {
    clearTimeout(this.#beat)
    this.#beat = setTimeout(() => {
      this.#violation("does not beat")
      if (this.session) this.gateway.forget(this.session)
      this.close(Close.SessionTimedOut)
    }, this.gateway.behaviour.heartbeatMs * 1.5).unref()
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#ended) return
    const { gateway } = this
    const text = (data as Buffer).toString("utf8")
    let payload: { op: number; d: unknown }
    try {
      payload = JSON.parse(text) as { op: number; d: unknown }
    } catch {
      this.#violation("sends what is no JSON")
      return this.close(Close.DecodeError)
    }
    if (isBinary || text.length > mostBytes || typeof payload !== "object" || payload === null) return this.close(Close.DecodeError)
    if (this.#isTooMuch()) return this.close(Close.RateLimited)
    const problems = payloads.sent(payload)
    for (const problem of problems) this.#violation(`sends a wrong payload: ${problem}`)
    gateway.received.push({ op: payload.op, d: withoutToken(payload.d) })
    if (problems.length > 0) return this.close(problems[0]!.startsWith("no such") ? Close.UnknownOpcode : Close.DecodeError)
    this.#answer(payload)
    gateway.ground.changed()
  }

  #answer({ op, d }: { op: number; d: unknown }): void {
    switch (op) {
      case 1:
        return this.#beaten(d as number | null)
      case 2:
        return this.session ? this.close(Close.AlreadyAuthenticated) : this.#identify(d as GatewayIdentifyData)
      case 6:
        return this.session ? this.close(Close.AlreadyAuthenticated) : this.#resume(d as GatewayResumeData)
    }
    if (!this.session) return this.close(Close.NotAuthenticated)
    if (op === 8) this.#members(this.session, d as MembersRequest)
  }

  #beaten(sequence: number | null): void {
    if (this.session && (sequence ?? 0) > this.session.last) this.#violation(`beats with ${sequence}, which was never sent`)
    this.#awaitBeat()
    if (!this.gateway.behaviour.deaf) this.send({ op: 11, d: null, s: null, t: null })
  }

  #identify({ token, intents, shard }: GatewayIdentifyData): void {
    const { gateway } = this
    const bot = gateway.ground.botOf(token)
    if (!bot) return this.close(Close.AuthenticationFailed)
    if (shard && !(shard[0] < shard[1])) return this.close(Close.InvalidShard)
    if ((intents & ~known) !== 0) return this.close(Close.InvalidIntents)
    if ((intents & privileged & ~bot.intents) !== 0) return this.close(Close.DisallowedIntents)
    if (!gateway.mayStart(bot)) return this.send({ op: 9, d: false, s: null, t: null })
    gateway.counts.identified++
    const session = gateway.begin(bot, intents)
    this.#listen(session)
    const guilds = gateway.ground.guildsOf(bot)
    session.dispatch("READY", {
      v: 10,
      user: bot.user,
      guilds: guilds.map((id) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: gateway.url,
      ...(shard && { shard }),
      application: { ...bot.application, flags_new: String(bot.application.flags) },
    })
    for (const guild of guilds) this.#tellGuild(session, bot, guild)
  }

  #tellGuild(session: Session, bot: GatewayBot, guild: string): void {
    const { ground } = this.gateway
    const d = ground.guildCreate(bot, guild)
    if (!d) return
    const own = narrowed(ground, bot, session.intents, { t: "GUILD_CREATE", d: { ...d }, guild })
    if (own) session.dispatch("GUILD_CREATE", own)
  }

  #resume({ token, session_id, seq }: GatewayResumeData): void {
    const { gateway } = this
    const bot = gateway.ground.botOf(token)
    if (!bot) return this.close(Close.AuthenticationFailed)
    const session = gateway.resumable(session_id, bot)
    if (session && seq > session.last) {
      gateway.forget(session)
      return this.close(Close.InvalidSeq)
    }
    const missed = session?.after(seq)
    if (!session || !missed) {
      if (session) gateway.forget(session)
      return this.send({ op: 9, d: false, s: null, t: null })
    }
    gateway.counts.resumed++
    // Somebody may still be listening on a connection that is broken for the client only.
    if (session.listener instanceof Connection) session.listener.break()
    this.#listen(session)
    for (const payload of missed) this.send(payload)
    // It has a number as every dispatch has.
    if (session.listener === this) session.dispatch("RESUMED", { _trace: [] })
  }

  #listen(session: Session): void {
    this.session = session
    session.listener = this
    session.since = undefined
  }

  #members(session: Session, request: MembersRequest): void {
    const { ground } = this.gateway
    const guild = ground.guildsOf(session.bot).includes(request.guild_id) ? ground.guildCreate(session.bot, request.guild_id) : undefined
    const answer = guild ? chunks(guild, request, session.intents) : "asks for members of a guild it is not in"
    if (typeof answer === "string") return this.#violation(answer)
    for (const chunk of answer) session.dispatch("GUILD_MEMBERS_CHUNK", chunk)
  }

  #isTooMuch(): boolean {
    const now = this.gateway.ground.now()
    if (now - this.#minute.began >= 60_000) this.#minute = { began: now, count: 0 }
    return ++this.#minute.count > mostPerMinute
  }

  #violation(what: string): void {
    const { violations } = this.gateway.ground
    const text = `gateway: ${this.session?.bot.user.username ?? "a client"} ${what}`
    // Once is enough: a wrong field may be in a thousand members.
    if (!violations.includes(text)) violations.push(text)
  }
}

function withoutToken(d: unknown): unknown {
  return typeof d === "object" && d !== null && "token" in d ? { ...d, token: "…" } : d
}
