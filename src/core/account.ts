// One account: keeps its session alive with backoff, and knows in a sentence why it is not.
import type { Adapter, Capabilities, Host, Session } from "../adapter/contract.js"
import { AdapterError } from "../adapter/errors.js"
import { backoffMs } from "./errors.js"
import type { Log } from "./log.js"
import type { Account } from "./model.js"

/** What the core uses of any adapter: its own types are of no concern here. */
export type AnyAdapter = Adapter<unknown, unknown, Capabilities>
/** Any session: a verb is there if its capability is declared. */
export type AnySession = Session<Capabilities> & Partial<Session<Required<Capabilities>>>

export interface AccountEvents {
  up(session: AnySession): void
  /** `text` tells a person why; `tell`: only they can help. */
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

  /** Tries at once instead of waiting out a backoff. */
  retryNow(): void {
    this.#wake?.()
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
    this.#end(text)
    this.parts.events.loggedOut(text)
  }

  #end(text: string): void {
    this.reason = text
    this.#abort.abort()
    this.session = undefined
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
        if (!this.#abort.signal.aborted) {
          this.session = live
          this.signal = session.signal
          this.reason = ""
          events.up(live)
          await live.ended
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
        this.reason = text
        const wait = known && error.retryAfterMs !== undefined ? error.retryAfterMs : backoffMs(failures)
        const fields = { account: this.account.legacyId, failures, waitMs: Math.round(wait) }
        // One line an outage; its repetitions are of interest only to who looks for them.
        if (failures === 1 || !known) log.warn({ ...fields, err: error }, "account is down")
        else log.debug({ ...fields, reason: text }, "account is still down")
        events.down(text, known && (error.kind === "denied" || error.kind === "rejected" || error.kind === "unsupported"))
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
