// The link to the server: a stream that comes back by itself, for ever, without storms and without noise in the log.
import type { Element } from "@xmpp/xml"
import { parseServer, type ServerAddress } from "../config/address.js"
import type { Log } from "../core/log.js"
import { Backoff } from "./backoff.js"
import { IqTracker, PING } from "./iq.js"
import { explain, hostPort, type Outage } from "./outage.js"
import { LIMITS, type Limits } from "./parser.js"
import { stanzaError } from "./stanza.js"
import { ComponentStream } from "./stream.js"
import { nodeTimers, type Timers } from "./timers.js"
import { isLoopback, type TlsOptions } from "./tls-socket.js"
import type { IqRequest, Link, LinkEvents } from "./types.js"
import { Watchdog } from "./watchdog.js"

export interface LinkOptions {
  /** `xmpp://host:port`, or `xmpps://host:port` for TLS from the first byte. */
  service: string
  domain: string
  secret: string
  tls?: TlsOptions
  events: LinkEvents
  log: Log
  /** 0 ≤ x < 1, for the jitter. */
  random?: () => number
  timers?: Timers
  limits?: Partial<Limits>
  /** For connecting, opening and authenticating together, ms. Default 10,000. */
  handshakeMs?: number
}

const STOP_MS = 5000
/** Bytes of a stanza. Beyond 512 KiB Prosody ends a component's stream, and what is kept would end it again and again. */
const largest = 480 * 1024

/** Throws for a service that is no address. Nothing happens before `start()`. */
export function createLink(options: LinkOptions): Link {
  const address = parseServer(options.service)
  if (typeof address === "string") throw new TypeError(address)
  return new ComponentLink(options, address)
}

class ComponentLink implements Link {
  readonly domain: string
  private readonly log: Log
  private readonly timers: Timers
  private readonly backoff: Backoff
  private readonly iqs: IqTracker
  private readonly watchdog: Watchdog
  private stream: ComponentStream | undefined
  private up = false
  private paused = false
  private pressed = false
  private retry: unknown
  private stopping: { promise: Promise<void>; done: () => void } | undefined
  /** What this outage was put down to so far; undefined while there is none. */
  private outage: { since: number; attempts: number; keys: Set<string>; slow: boolean } | undefined

  constructor(
    private readonly options: LinkOptions,
    private readonly address: ServerAddress,
  ) {
    const { domain, log, timers = nodeTimers, random = Math.random } = options
    this.domain = domain
    this.log = log
    this.timers = timers
    this.backoff = new Backoff({ random, timers })
    this.iqs = new IqTracker({ domain, timers, log, send: (xml) => this.send(xml) })
    this.watchdog = new Watchdog({
      timers,
      heard: () => this.stream?.heardAt ?? 0,
      // Our own domain is the one that is sure to be reached through our own server alone: it echoes.
      ask: () => void this.iq({ to: domain, type: "get", payload: PING, timeoutMs: 20_000 }).catch(() => undefined),
      dead: (ms) => this.restart(`nothing was heard for ${Math.round(ms / 1000)} s`),
      deaf: () => this.paused,
    })
  }

  get online(): boolean {
    return this.up
  }

  start(): void {
    if (this.stream || this.retry !== undefined || this.stopping) return
    const { address } = this
    if (!address.secure && !isLoopback(address.host)) {
      const text = "goes to another host without TLS: everybody on the way can read and forge it; use xmpps:// or a tunnel"
      this.log.warn({ server: hostPort(address) }, `The link of ${this.domain} ${text}.`)
    }
    this.connect()
  }

  private connect(): void {
    this.retry = undefined
    const { options, address, timers } = this
    const { domain, secret, tls, handshakeMs = 10_000 } = options
    this.log.debug({ server: hostPort(address), attempt: (this.outage?.attempts ?? 0) + 1 }, "connecting")
    const stream = new ComponentStream(
      { address, domain, secret, tls, timers, handshakeMs, limits: { ...LIMITS, ...options.limits } },
      {
        online: () => this.wentOnline(),
        stanza: (el) => this.dispatch(el),
        refused: (el, why) => this.refuse(el, why),
        down: (outage) => this.wentDown(outage),
        closed: () => this.closed(),
        pressure: (on) => {
          this.pressed = on
          this.listen()
        },
      },
    )
    this.stream = stream
    this.pressed = false
    stream.begin()
  }

  private wentOnline(): void {
    const { outage } = this
    this.outage = undefined
    this.up = true
    this.backoff.up()
    this.watchdog.start()
    this.listen()
    const after = outage ? { afterMs: Math.round(this.timers.now() - outage.since), attempts: outage.attempts } : {}
    this.log.info({ server: hostPort(this.address), ...after }, `${this.domain} is connected.`)
    this.guard("online", () => this.options.events.online())
  }

  /** The stream is of no use any more; its socket may live a little longer. */
  private wentDown(outage: Outage): void {
    const was = this.up
    this.up = false
    this.watchdog.stop()
    this.iqs.end()
    if (this.stopping) {
      if (was) this.tellOffline(`${this.domain} is disconnected: this process stops.`)
      return
    }
    const { key, text, slow } = explain(outage, { domain: this.domain, address: this.address })
    const first = this.outage === undefined
    this.outage ??= { since: this.timers.now(), attempts: 0, keys: new Set(), slow: false }
    this.outage.attempts += 1
    this.outage.slow = slow
    if (this.outage.keys.has(key)) this.log.debug({ attempt: this.outage.attempts, cause: key }, text)
    else this.log.warn({ attempt: this.outage.attempts, cause: key }, text)
    this.outage.keys.add(key)
    if (first) this.tellOffline(text)
  }

  private tellOffline(text: string): void {
    this.guard("offline", () => this.options.events.offline(text))
  }

  /** Only now: a server may take the new connection for a conflict while the old one is open. */
  private closed(): void {
    this.stream = undefined
    if (this.stopping) return this.stopping.done()
    const ms = this.backoff.next(this.outage?.slow)
    this.log.debug({ ms }, "waiting before the next connection")
    this.retry = this.timers.set(() => this.connect(), ms)
  }

  private dispatch(el: Element): void {
    if (el.name === "iq") {
      const { type } = el.attrs
      if (type === "result" || type === "error" ? this.iqs.settle(el) : this.iqs.echoed(el)) return
    }
    this.guard("stanza", () => this.options.events.stanza(el))
  }

  /** Whatever a handler does, the stream and the process go on. */
  private guard(event: string, run: () => unknown): void {
    try {
      const outcome = run()
      if (outcome instanceof Promise) outcome.catch((error: unknown) => this.blame(event, error))
    } catch (error) {
      this.blame(event, error)
    }
  }

  private blame(event: string, error: unknown): void {
    this.log.error({ err: error, event }, "a handler of the link threw: this is a bug; the stanza is skipped")
  }

  private refuse(el: Element, why: string): void {
    const { from, id, type } = el.attrs
    this.log.warn({ from, id, stanza: el.name }, `A stanza was refused: ${why}.`)
    const error = { type: "modify", condition: "policy-violation", text: `The stanza has ${why}.` } as const
    if (el.name === "iq" && (type === "result" || type === "error")) {
      this.iqs.settle(el, error)
      return
    }
    // Errors to presence do harm in rosters, and a room takes an error for the occupant's end (XEP-0045 §7.2).
    if (el.name === "presence" || type === "groupchat" || type === "headline") return
    const answer = stanzaError(el, error)
    if (answer !== undefined) this.send(answer)
  }

  send(xml: string): boolean {
    if (xml.length > largest / 6 && Buffer.byteLength(xml) > largest) {
      this.log.error({ bytes: Buffer.byteLength(xml), begin: xml.slice(0, 100) }, "a stanza that would end the stream is dropped: a bug")
      return true
    }
    return this.up && this.stream !== undefined && this.stream.put(xml)
  }

  iq(request: IqRequest): Promise<Element> {
    return this.iqs.ask(request)
  }

  pause(): void {
    this.paused = true
    this.listen()
  }

  resume(): void {
    this.paused = false
    this.listen()
  }

  private listen(): void {
    // Who stops must read on: the end of the stream comes last.
    if (this.up) this.stream?.listen(this.stopping !== undefined || (!this.paused && !this.pressed))
  }

  restart(reason: string): void {
    const { stream } = this
    // Not in the middle of a read: what came with it is still to be handled.
    process.nextTick(() => {
      if (stream && stream === this.stream && !this.stopping) stream.fail({ kind: "restart", reason })
    })
  }

  stop(): Promise<void> {
    if (this.stopping) return this.stopping.promise
    let done = (): void => undefined
    const promise = new Promise<void>((resolve) => (done = resolve))
    this.stopping = { promise, done }
    if (this.retry !== undefined) this.timers.clear(this.retry)
    this.retry = undefined
    const { stream } = this
    if (!stream) {
      done()
      return promise
    }
    this.watchdog.stop()
    const late = this.timers.set(() => stream.fail({ kind: "closed" }), STOP_MS)
    this.listen()
    stream.finish()
    return promise.finally(() => this.timers.clear(late))
  }
}
