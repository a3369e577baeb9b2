// A bot's gateway connection from the first word to the end of the session: what is resumed, what begins anew, who is told.
import { GatewayOpcodes, type REST } from "discord.js"
import { AdapterError, type Host, type NetworkEvent } from "xferry"
import { flag, id, type Json, list, object } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Handlers } from "../types.js"
import { type GatewayAddress, gatewayAddress } from "./address.js"
import { type Dispatch, Dispatcher } from "./dispatch.js"
import { redact } from "./redact.js"
import { SavedSessions } from "./session.js"
import { IntentsRefused, SessionLost, Shard } from "./shard.js"
import { GIVE_UP, KEEP } from "./socket.js"
import { type Timing, usual } from "./timing.js"

export interface GatewayParts {
  rest: REST
  token: string
  apiRoot: string
  intents: number
  host: Host
  /** World first. */
  handlers: readonly Handlers[]
  /**
   * Learns by REST what GUILD_CREATE tells after IDENTIFY and nothing tells after RESUME; the core is told the result before
   * anything else. Rejects: not all of it could be learned.
   */
  load(signal: AbortSignal): Promise<NetworkEvent[]>
  /** Learns by REST of servers that were announced and not told of in time, or that READY did not list. */
  missing?: ((signal: AbortSignal) => Promise<NetworkEvent[]>) | undefined
  /** What is asked of the gateway after a resume (Request Guild Members). */
  requests?: (() => readonly { guild_id: Snowflake }[]) | undefined
  timing?: Timing
}

/**
 * Resolves when the session is there and the servers it announced are known.
 *
 * @returns `ended`: as `Session.ended`
 * @throws AdapterError, IntentsRefused
 */
export async function openGateway(parts: GatewayParts): Promise<{ ended: Promise<void> }> {
  const { host, rest, apiRoot, intents, timing = usual } = parts
  const sessions = await SavedSessions.load(host.state, `${intents} ${apiRoot}`)
  let address = await gatewayAddress(rest, apiRoot, sessions.count === 0, host.signal)
  if (sessions.count > 0) {
    if (sessions.count === address.shards) {
      const resumed = new Connection(parts, sessions, address, timing)
      try {
        await resumed.open()
        return { ended: resumed.ended }
      } catch (error) {
        await resumed.close(error instanceof SessionLost ? GIVE_UP : KEEP)
        if (!(error instanceof SessionLost)) throw error
        host.log.debug({ why: redact(error.message) }, "the former gateway session cannot be resumed")
      }
    }
    sessions.forget()
    address = await gatewayAddress(rest, apiRoot, true, host.signal)
  }
  const begun = new Connection(parts, sessions, address, timing)
  try {
    await begun.open()
    return { ended: begun.ended }
  } catch (error) {
    sessions.forget()
    await begun.close(GIVE_UP)
    if (error instanceof SessionLost)
      throw new AdapterError("retry", "Discord ended the session as soon as it began.", { blocks: "account", cause: error })
    throw error
  }
}

class Connection {
  /** Settles once everything is closed and written. */
  readonly ended: Promise<void>
  readonly #shards: readonly Shard[]
  readonly #dispatcher: Dispatcher
  readonly #resuming: boolean
  /** Announced by READY and not heard of. */
  readonly #announced = new Set<Snowflake>()
  /** Told to be away since the session is open. */
  readonly #away = new Set<Snowflake>()
  /** READY did not say where the bot is. */
  #isUnlisted = false
  /** Shards whose READY was handled. */
  readonly #ready = new Set<number>()
  #look: () => void = () => undefined
  #broke!: (error: unknown) => void
  /** Rejects when the core could not commit. */
  readonly #broken: Promise<never>
  #open = false
  #openedAt = 0
  #end!: (outcome: Promise<void>) => void

  constructor(
    private readonly parts: GatewayParts,
    private readonly sessions: SavedSessions,
    private readonly address: GatewayAddress,
    private readonly timing: Timing,
  ) {
    const { host, handlers, token, intents } = parts
    this.#resuming = sessions.count > 0
    this.#broken = new Promise((_resolve, reject) => (this.#broke = reject))
    this.#broken.catch(() => undefined)
    this.ended = new Promise((resolve) => (this.#end = resolve))
    // Whoever waits for it sees the rejection; nobody waiting yet must not end the process.
    this.ended.catch(() => undefined)
    this.#dispatcher = new Dispatcher({
      handlers,
      host,
      committed: (shard, sequence) => sessions.commit(shard, sequence),
      failed: (error) => this.#broke(error),
      pressure: (on) => this.#shards.forEach((shard) => (on ? shard.pause() : shard.resume())),
      handled: (dispatch) => this.#handled(dispatch),
    })
    this.#shards = Array.from(
      { length: address.shards },
      (_, index) =>
        new Shard({
          index,
          count: address.shards,
          url: address.url,
          token,
          intents,
          sessions,
          log: host.log,
          timing,
          dispatch: (t, s, d) => this.#dispatcher.push({ shard: index, t, s, d }),
        }),
    )
  }

  /** Throws an AdapterError, SessionLost or IntentsRefused; `close` is to follow then. */
  async open(): Promise<void> {
    const { host } = this.parts
    const failed = Promise.race([...this.#shards.map(({ failed }) => failed), this.#broken])
    failed.catch(() => undefined)
    const aborted = untilAborted(host.signal)
    const orFailure = <T>(wanted: Promise<T>): Promise<T> => Promise.race([wanted, failed, aborted.promise.then(stopped)])
    try {
      this.#shards.forEach((shard, index) => {
        shard.start(this.#resuming ? 0 : Math.floor(index / this.address.concurrency) * this.timing.identify)
      })
      await orFailure(Promise.all(this.#shards.map(({ up }) => up)))
      const news = this.#resuming ? await orFailure(this.#load()) : []
      const heard = this.#resuming ? Promise.resolve() : this.#allHeard()
      this.#dispatcher.release(news)
      if (this.#resuming) this.#request()
      await orFailure(heard)
      const { missing } = this.parts
      if (missing && (this.#announced.size > 0 || this.#isUnlisted)) this.#dispatcher.tell(await orFailure(missing(host.signal)))
    } finally {
      aborted.forget()
    }
    this.#open = true
    this.#openedAt = performance.now()
    this.#end(this.#live(failed))
  }

  #request(): void {
    for (const asked of this.parts.requests?.() ?? []) {
      const index = Number((BigInt(asked.guild_id) >> 22n) % BigInt(this.#shards.length))
      this.#shards[index]?.send(GatewayOpcodes.RequestGuildMembers, asked)
    }
  }

  /** Before `open` came to its end. */
  async close(code: number): Promise<void> {
    this.#dispatcher.stop()
    await Promise.all(this.#shards.map((shard) => shard.close(code)))
    await this.#save()
  }

  async #live(failed: Promise<never>): Promise<void> {
    const aborted = untilAborted(this.parts.host.signal)
    try {
      await Promise.race([aborted.promise, failed])
      await this.close(KEEP)
    } catch (error) {
      const lost = error instanceof SessionLost || error instanceof IntentsRefused
      if (lost) this.sessions.forget()
      await this.close(lost ? GIVE_UP : KEEP)
      if (this.parts.host.signal.aborted) return
      throw this.#explained(error)
    } finally {
      aborted.forget()
    }
  }

  /** As the core then asks for what was missed; but a server that ends every session must not be stormed. */
  #atOnce(): { retryAfterMs?: number } {
    return performance.now() - this.#openedAt > this.timing.good ? { retryAfterMs: 0 } : {}
  }

  #explained(error: unknown): AdapterError {
    if (error instanceof AdapterError && error.kind !== "unknown-outcome") return error
    if (error instanceof SessionLost || error instanceof IntentsRefused) {
      return new AdapterError("retry", "Discord ended the session; the bot begins a new one.", {
        blocks: "account",
        ...this.#atOnce(),
        cause: error,
      })
    }
    return new AdapterError("retry", "What Discord told could not be stored; the bot asks for it again.", {
      blocks: "account",
      cause: error,
    })
  }

  async #load(): Promise<NetworkEvent[]> {
    const limit = AbortSignal.any([this.parts.host.signal, AbortSignal.timeout(this.timing.load)])
    const late = untilAborted(limit)
    try {
      const tooLate = late.promise.then(() => Promise.reject(new Error("it took too long")))
      return await Promise.race([this.parts.load(limit), tooLate])
    } catch (error) {
      if (this.parts.host.signal.aborted) stopped()
      if (error instanceof AdapterError && error.kind === "logged-out") throw error
      throw new SessionLost(`what the bot sees could not be learned: ${redact(String(error))}`)
    } finally {
      late.forget()
    }
  }

  /** Resolves when everything that was announced is known, or after some time. */
  #allHeard(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.timing.announced)
      this.#look = () => {
        if (this.#ready.size < this.#shards.length || this.#announced.size > 0) return
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #handled({ shard, t, d }: Dispatch): void {
    if (this.#open) return this.#outage(t, object(d))
    if (this.#resuming) return
    if (t === "READY") {
      this.#ready.add(shard)
      if (!Array.isArray(object(d)["guilds"])) this.#isUnlisted = true
      for (const guild of list(object(d)["guilds"])) {
        const announced = id(guild["id"])
        // Some servers tell all of a server here, and nothing later.
        if (announced !== undefined && (guild["unavailable"] === true || !("channels" in guild))) this.#announced.add(announced)
      }
    } else if (t === "GUILD_CREATE" || t === "GUILD_DELETE") {
      this.#announced.delete(id(object(d)["id"]) ?? "")
    } else return
    this.#look()
  }

  /** Of a server that is away nothing is told, and nothing is repeated: when it is back, the next session asks for what was said there. */
  #outage(t: string, guild: Json): void {
    const key = id(guild["id"]) ?? ""
    if (t === "GUILD_DELETE" && flag(guild["unavailable"])) this.#away.add(key)
    else if (t === "GUILD_DELETE") this.#away.delete(key)
    else if (t === "GUILD_CREATE" && this.#away.delete(key))
      this.#broke(
        new AdapterError("retry", "A server of Discord's is back after an outage; the bot asks for what was said there.", {
          blocks: "account",
          ...this.#atOnce(),
        }),
      )
  }

  async #save(): Promise<void> {
    await this.sessions
      .save()
      .catch((error: unknown) => this.parts.host.log.debug({ reason: redact(String(error)) }, "the gateway session was not saved"))
  }
}

function stopped(): never {
  throw new AdapterError("retry", "The connection to Discord was given up.", { blocks: "account" })
}

/** `forget` takes the listener away, as the signal outlives many waits. */
function untilAborted(signal: AbortSignal): { promise: Promise<void>; forget(): void } {
  let stop!: () => void
  const promise = new Promise<void>((resolve) => (stop = resolve))
  if (signal.aborted) stop()
  else signal.addEventListener("abort", stop, { once: true })
  return { promise, forget: () => signal.removeEventListener("abort", stop) }
}
