// Acknowledgement where XEP-0114 has none: a ping behind the stanzas, to the domain that must have them (docs/adr/0004).
import type { Log } from "../core/log.js"
import { PING, StanzaError } from "./iq.js"
import { nodeTimers, type Timers } from "./timers.js"
import type { Xml } from "./stanza.js"
import type { Link } from "./types.js"

export interface FenceOptions {
  link: Pick<Link, "domain" | "online" | "iq" | "restart" | "send">
  log: Log
  timers?: Timers
  /** Our own server's domain: its silence means that the link is dead. */
  server?: string
  /** A ping goes after so many stanzas to a domain, or so many ms after the first. Defaults 64 and 50. */
  windowStanzas?: number
  windowMs?: number
  /** Patience with one ping, ms. Default 10,000. */
  answerMs?: number
  /** The domain has these stanzas, in the order of `track`. */
  onDelivered(tokens: string[]): void
  /** Once a trouble: the domain does not answer, though our own server does. Asked again by itself; `onDelivered` may still come. */
  onStuck?(domain: string, tokens: string[]): void
}

export interface Fence {
  /** Right after a stanza to that domain was written. `token` is the caller's name for it. Off-line nothing was, and nothing is tracked. */
  track(domain: string, token: string): void
  /** The stanza bounced: no answer may count for it. */
  forget(domain: string, token: string): void
  /** The stream ended: nothing that was tracked will be told any more. The caller writes it again. */
  reset(): void
  /** Asks at once for all that is tracked; resolves when all of it is answered for, at the latest after `ms`. */
  drain(ms: number): Promise<void>
  /** Stanzas not yet known to have arrived. */
  readonly size: number
}

/**
 * White space behind each ping. A server whose expat defers parsing (CVE-2023-52425) keeps a tag that two reads share until the
 * buffer has doubled; no tag of ours is longer than this, so a ping never waits for the next one.
 */
const PADDING = " ".repeat(1024) as Xml
/** Silence so many times in a row is trouble. */
const TRIES = 3
const ASK_AGAIN_MOST_MS = 300_000
/** Late answers count as well, so a ping is kept much longer than it is waited for. */
const KEEP_MS = 60_000

export function createFence(options: FenceOptions): Fence {
  const gates = new Map<string, Gate>()
  let drained: (() => void) | undefined
  const empty = (domain: string): void => {
    gates.delete(domain)
    if (gates.size === 0) drained?.()
  }
  return {
    track(domain, token) {
      // Or an answer on the next stream would count for what was never sent.
      if (!options.link.online) return
      let gate = gates.get(domain)
      if (!gate) gates.set(domain, (gate = new Gate(domain, options, () => empty(domain))))
      gate.track(token)
    },
    forget(domain, token) {
      gates.get(domain)?.forget(token)
    },
    reset() {
      for (const gate of gates.values()) gate.close()
      gates.clear()
      drained?.()
    },
    async drain(ms) {
      if (gates.size === 0) return
      const timers = options.timers ?? nodeTimers
      await new Promise<void>((resolve) => {
        const timer = timers.set(resolve, ms)
        drained = () => {
          timers.clear(timer)
          resolve()
        }
        for (const gate of gates.values()) gate.askNow()
      })
      drained = undefined
    },
    get size() {
      let size = 0
      for (const gate of gates.values()) size += gate.size
      return size
    },
  }
}

/** What waits for one domain. Positions count from the first stanza ever tracked here. */
class Gate {
  /** In order; undefined where one bounced. */
  private tokens: (string | undefined)[] = []
  /** Position of the first of `tokens`. */
  private base = 0
  /** Position up to which pings were sent. */
  private asked = 0
  private misses = 0
  private troubles = 0
  private closed = false
  private window: unknown
  private patience: unknown
  /** In trouble: when it is asked again. */
  private again: unknown
  private readonly timers: Timers

  constructor(
    private readonly domain: string,
    private readonly options: FenceOptions,
    private readonly empty: () => void,
  ) {
    this.timers = options.timers ?? nodeTimers
  }

  get size(): number {
    return this.waiting().length
  }

  private waiting(): string[] {
    return this.tokens.filter((token) => token !== undefined)
  }

  private get end(): number {
    return this.base + this.tokens.length
  }

  track(token: string): void {
    const { windowStanzas = 64, windowMs = 50 } = this.options
    this.tokens.push(token)
    // A domain that is silent gets no more pings than the repeated one, which covers these too.
    if (this.misses > 0 || this.troubles > 0) return
    if (this.end - this.asked >= windowStanzas) this.ask()
    else this.window ??= this.timers.set(() => this.ask(), windowMs)
  }

  forget(token: string): void {
    // The earliest: if it was written again meanwhile, the bounce is of the first.
    const at = this.tokens.indexOf(token)
    if (at !== -1) this.tokens[at] = undefined
  }

  /** Without waiting for more stanzas. A silent domain is not asked more often than it is. */
  askNow(): void {
    if (this.end > this.asked && this.misses === 0 && this.troubles === 0) this.ask()
  }

  close(): void {
    this.closed = true
    this.halt()
  }

  private halt(): void {
    this.window = this.stop(this.window)
    this.patience = this.stop(this.patience)
    this.again = this.stop(this.again)
  }

  private stop(timer: unknown): undefined {
    if (timer !== undefined) this.timers.clear(timer)
    return undefined
  }

  private ask(): void {
    const { link } = this.options
    const upto = this.end
    this.window = this.stop(this.window)
    this.asked = upto
    this.patience ??= this.wait()
    link.iq({ to: this.domain, type: "get", payload: PING, timeoutMs: KEEP_MS }).then(
      () => this.answered(upto),
      (error: unknown) => this.refused(upto, error),
    )
    link.send(PADDING)
  }

  private wait(): unknown {
    return this.timers.set(() => this.missed(), this.options.answerMs ?? 10_000)
  }

  private answered(upto: number): void {
    if (this.closed) return
    this.misses = this.troubles = 0
    const tokens = this.tokens.splice(0, Math.max(0, upto - this.base)).filter((token) => token !== undefined)
    this.base = Math.max(this.base, upto)
    this.patience = this.stop(this.patience)
    this.again = this.stop(this.again)
    if (this.tokens.length === 0) {
      this.close()
      this.empty()
    } else if (this.asked > this.base) {
      this.patience = this.wait()
    } else {
      this.window ??= this.timers.set(() => this.ask(), 0)
    }
    if (tokens.length > 0) this.guard(() => this.options.onDelivered(tokens))
  }

  /** Any error the domain itself sends is as good as a pong: it proves that the domain read so far. */
  private refused(upto: number, error: unknown): void {
    if (this.closed) return
    if (!(error instanceof StanzaError)) this.options.log.error({ err: error }, "a fence ping failed in an unexpected way")
    else if (error.condition.startsWith("remote-server-") && error.local === undefined) this.stuck(error.condition)
    else if (error.local === undefined) this.answered(upto)
    // Nobody answered: `missed` counts that, or the stream ended and `reset` comes.
  }

  private missed(): void {
    const { domain, options } = this
    this.patience = undefined
    this.misses += 1
    if (this.misses < TRIES && this.troubles === 0) return this.ask()
    const silence = `${domain} answered no ping for ${(TRIES * (options.answerMs ?? 10_000)) / 1000} s`
    if (domain === options.server || domain === options.link.domain) {
      this.misses = 0
      this.patience = this.wait()
      options.link.restart(silence)
    } else {
      this.whose(silence)
    }
  }

  /** Is it that domain which is silent, or our link? Our own domain's echo tells. */
  private whose(silence: string): void {
    const { link, answerMs } = this.options
    link.iq({ to: link.domain, type: "get", payload: PING, timeoutMs: answerMs ?? 10_000 }).then(
      () => this.stuck("silence"),
      (error: unknown) => {
        if (this.closed) return
        if (error instanceof StanzaError && error.local === "timeout") {
          this.patience ??= this.wait()
          link.restart(`${silence}, and neither did our own server`)
        } else if (!(error instanceof StanzaError && error.local === "offline")) {
          this.stuck("silence")
        }
      },
    )
  }

  private stuck(why: string): void {
    // Each ping on its way fails in its turn: one trouble.
    if (this.closed || this.again !== undefined) return
    this.halt()
    const { domain, options } = this
    const ms = Math.min(ASK_AGAIN_MOST_MS, (options.answerMs ?? 10_000) * 2 ** this.troubles)
    this.troubles = Math.min(this.troubles + 1, 20)
    options.log.debug({ domain, why, waiting: this.size, againMs: ms }, "a domain does not confirm")
    this.again = this.timers.set(() => {
      this.again = undefined
      this.ask()
    }, ms)
    if (this.troubles === 1) this.guard(() => options.onStuck?.(domain, this.waiting()))
  }

  private guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.options.log.error({ err: error }, "a handler of the fence threw: this is a bug")
    }
  }
}
