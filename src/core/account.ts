// One account: keeps its session alive with backoff, and knows in a sentence why it is not.
import type { Host } from "../adapter/contract.js"
import type { AnyAdapter, AnySession } from "../adapter/define.js"
import { AdapterError } from "../adapter/errors.js"
import { backoffMs } from "./errors.js"
import type { Log } from "./log.js"
import type { Account } from "./model.js"

export interface AccountEvents {
  up(session: AnySession): void
  /** It is up for so long that whatever was wrong before is over. */
  lasted(): void
  /** `text` tells a person why; `tell`: only they can help. Not called again for the same reason met at the next try. */
  down(text: string, tell: boolean): void
  /** The credential is no longer valid: nothing is tried until the user logs in again. */
  loggedOut(text: string): void
}

/** A session that lasted this long was a good one: the next outage starts with a short wait again. */
const goodMs = 60_000
/** How long a session may take to end after its signal, in ms. */
const stopMs = 5000

export class AccountRunner {
  readonly account: Account
  session: AnySession | undefined
  /** Aborts when the session ends; what is under way on it then has no outcome. */
  signal: AbortSignal = AbortSignal.abort()
  /** Why there is no session. */
  reason = ""
  #abort = new AbortController()
  #running: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(
    account: Account,
    private readonly parts: {
      adapter: AnyAdapter
      options: unknown
      /** Opens the sealed secret. */
      secret(): unknown
      host(signal: AbortSignal): Host
      events: AccountEvents
      log: Log
    },
  ) {
    this.account = account
  }

  /** The first try since the start is under way. */
  get connecting(): boolean {
    return this.session === undefined && this.reason === "" && !this.#abort.signal.aborted
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#wake?.()
    // An adapter that ignores its signal must not keep the gateway from stopping.
    let timer: NodeJS.Timeout | undefined
    await Promise.race([this.#running, new Promise((resolve) => (timer = setTimeout(resolve, stopMs)))])
    clearTimeout(timer)
  }

  /** The network said, in answer to a call, that the login is over. */
  logOut(text: string): void {
    if (this.#abort.signal.aborted) return // several calls may meet it
    this.reason = text
    this.#abort.abort()
    this.session = undefined
    this.parts.events.loggedOut(text)
  }

  async #end(ended: Promise<void>): Promise<void> {
    const timer = setTimeout(() => this.parts.events.lasted(), goodMs)
    timer.unref()
    await ended.finally(() => clearTimeout(timer))
  }

  async #run(): Promise<void> {
    const { adapter, options, log, events } = this.parts
    let failures = 0
    while (!this.#abort.signal.aborted) {
      const begun = performance.now()
      const session = new AbortController()
      const stop = (): void => session.abort()
      this.#abort.signal.addEventListener("abort", stop)
      try {
        const live = (await adapter.connect(this.parts.secret(), options, this.parts.host(session.signal))) as AnySession
        // It may end when nobody waits for it any more: that must not end the process.
        live.ended.catch(() => undefined)
        if (!this.#abort.signal.aborted) {
          this.session = live
          this.signal = session.signal
          this.reason = ""
          events.up(live)
          await this.#end(live.ended)
          if (!this.#abort.signal.aborted) throw new AdapterError("retry", "The network ended the connection.")
        }
      } catch (error) {
        this.session = undefined
        if (this.#abort.signal.aborted) return
        if (performance.now() - begun > goodMs) failures = 0
        failures++
        const known = error instanceof AdapterError
        const text = known ? error.message : "Something went wrong inside the gateway. It has been logged."
        if (known && error.kind === "logged-out") return this.logOut(text)
        const isNews = this.reason !== text
        this.reason = text
        const wait = known && error.retryAfterMs !== undefined ? error.retryAfterMs : backoffMs(failures)
        const fields = { account: this.account.legacyId, failures, waitMs: Math.round(wait) }
        // One line an outage; its repetitions are of interest only to who looks for them.
        if (failures === 1 || !known) log.warn({ ...fields, err: error }, "account is down")
        else log.debug({ ...fields, reason: text }, "account is still down")
        if (isNews) events.down(text, known && (error.kind === "denied" || error.kind === "rejected" || error.kind === "unsupported"))
        await this.#sleep(wait)
      } finally {
        this.#abort.signal.removeEventListener("abort", stop)
        session.abort()
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
