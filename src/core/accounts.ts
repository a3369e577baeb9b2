// The running accounts of one network: their sessions, what they are told, and what their users are told of them.
import type { Host, NetworkEvent } from "../adapter/contract.js"
import type { AnyAdapter } from "../adapter/define.js"
import type { Store } from "./store.js"
import { AccountRunner } from "./account.js"
import { isCarried, type Carried } from "./carried/names.js"
import { CarriedSessions, type Live } from "./carried/sessions.js"
import type { Delivery } from "./delivery.js"
import type { Directory } from "./directory.js"
import type { IdMint } from "./ids.js"
import type { Log } from "./log.js"
import { isRegistered, type Account, type AccountState, type BareJid, type InOp } from "./model.js"
import type { Vault } from "./parts.js"
import { row } from "./rows.js"
import type { ForeignCommands } from "./commands/foreign.js"
import type { Face } from "./ports.js"
import { inLanguage, words, type Said } from "./words/words.js"

export interface AccountsParts {
  id: string
  adapter: AnyAdapter
  options: unknown
  store: Store
  vault: Vault
  ids: IdMint
  log: Log
  directory: Directory
  delivery: Delivery
  face: () => Face
  emit(account: number, event: NetworkEvent): Promise<void>
  /** The language to tell a user something unasked in. */
  language(user: BareJid): string
  /** What foreign people can say to the gateway. */
  foreign: ForeignCommands
  /** An administrator has switched the network off. */
  isOff?(): boolean
  /** A session is about to be made, and it is up. */
  connecting(account: number): void
  up(account: number): void
}

export class Accounts {
  readonly #runners = new Map<number, AccountRunner>()
  readonly #carried = new CarriedSessions((carrier) => this.#own(carrier))
  /** Who waits for an account to come up, or to fail. */
  readonly #waiting = new Map<number, Set<() => void>>()
  #stopped = false

  constructor(private readonly parts: AccountsParts) {}

  /** Those that are `wanted`. Throws, before anything is started, if a credential does not open: a wrong key is the administrator's to mend. */
  startAll(wanted: (account: Account) => boolean): void {
    const { directory, vault, id } = this.parts
    for (const { sealed, legacyId } of directory.accounts.values()) if (sealed) vault.open({ network: id, account: legacyId }, sealed)
    for (const account of directory.accounts.values()) if (account.state !== "logged-out" && wanted(account)) this.start(account)
  }

  /** What another account carries has nothing to start. */
  start(account: Account): void {
    if (isCarried(account)) return
    if (this.#stopped || this.parts.isOff?.() === true) return
    const { adapter, options, vault, log, id } = this.parts
    const runner = new AccountRunner(account, {
      adapter,
      options,
      secret: () => JSON.parse(vault.open({ network: id, account: account.legacyId }, account.sealed ?? new Uint8Array())) as unknown,
      host: (signal) => {
        for (const id of this.#withCarried(account)) this.parts.connecting(id)
        return this.#host(account, signal)
      },
      log,
      events: {
        up: () => this.#up(account),
        lasted: () => {
          if (account.state !== "active" || account.reason !== null) this.#change(account, "active", null, undefined)
        },
        down: (text, tell) => this.#down(account, text, tell),
        loggedOut: (text) =>
          this.#change(
            account,
            "logged-out",
            text,
            words("The login is no longer valid: {reason} Send «register» to log in again; what waits is kept until then.", {
              reason: text,
            }),
          ),
      },
    })
    this.#runners.set(account.id, runner)
    runner.start()
  }

  /** Ends the session. Returns how to go on as before. */
  async suspend(account: number): Promise<() => void> {
    this.#settled(account)
    const runner = this.#runners.get(account)
    this.#runners.delete(account)
    await runner?.stop()
    return () => {
      if (runner && runner.account.state !== "logged-out") this.start(runner.account)
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const account of [...this.#waiting.keys()]) this.#settled(account)
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop()))
  }

  live(account: number): Live | undefined {
    const known = this.parts.directory.accounts.get(account)
    return isCarried(known) ? this.#carried.live(known) : this.#own(account)
  }

  #own(account: number): Live | undefined {
    const runner = this.#runners.get(account)
    return runner?.session && { session: runner.session, signal: runner.signal }
  }

  /** The session, waited for if it is about to come up: right after a start or a login. Resolves undefined after `ms`. */
  async soonLive(account: number, ms: number): Promise<ReturnType<Accounts["live"]>> {
    const now = this.live(account)
    const known = this.parts.directory.accounts.get(account)
    if (!now && isCarried(known)) return this.soonLive(known.carrier, ms).then(() => this.live(account))
    if (now || !this.#runners.get(account)?.connecting) return now
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      const waiting = this.#waiting.get(account) ?? new Set()
      this.#waiting.set(account, waiting.add(done))
    })
    return this.live(account)
  }

  #settled(account: number): void {
    for (const done of this.#waiting.get(account) ?? []) done()
    this.#waiting.delete(account)
  }

  loggedOut(account: number, text: string): void {
    const known = this.parts.directory.accounts.get(account)
    this.#runners.get(isCarried(known) ? known.carrier : account)?.logOut(text)
  }

  /** A carried login came, changed or went. */
  carriedChanged(account: Carried): void {
    this.#carried.end(account.id)
    this.#tellLinks(account)
    if (!this.live(account.id)) return
    this.parts.connecting(account.id)
    this.parts.up(account.id)
  }

  #withCarried({ id }: Account): number[] {
    return [id, ...[...this.parts.directory.carried.of(id)].map((carried) => carried.id)]
  }

  describe(account: number): { account: Account | undefined; text: string } {
    const known = this.parts.directory.accounts.get(account)
    return { account: known, text: known?.reason ?? "" }
  }

  state(account: number): { up: boolean; text: Said } {
    const { adapter, directory } = this.parts
    const { name } = adapter.network
    const known = directory.accounts.get(account)
    if (isCarried(known)) {
      if (typeof known.login === "string") return this.state(known.carrier)
      return {
        up: false,
        text: words("Your account is not connected with the gateway any more: connect it again in the settings of {network}.", {
          network: name,
        }),
      }
    }
    if (known?.state === "logged-out")
      return { up: false, text: words("Logged out of {network}: {reason}", { network: name, reason: known.reason ?? "" }) }
    const runner = this.#runners.get(account)
    if (runner?.session) return { up: true, text: "" }
    return {
      up: false,
      text:
        runner && !runner.connecting
          ? words("Not connected to {network}: {reason}", { network: name, reason: runner.reason })
          : words("Not connected to {network} yet.", { network: name }),
    }
  }

  #up(account: Account): void {
    this.#settled(account.id)
    const { log, up } = this.parts
    log.info({ account: account.legacyId }, "account is up")
    this.#tellLinks(account)
    for (const id of this.#withCarried(account)) up(id)
  }

  #down(account: Account, text: string, tell: boolean): void {
    this.#settled(account.id)
    // The same reason is told once, however often it is met again, restarts and sessions that soon end included.
    if (tell && account.reason !== text) this.#change(account, "conflict", text, text)
    else this.#tellLinks(account)
  }

  #tellLinks(account: Account): void {
    // To guests by the configuration alone the account is only where their rooms are.
    for (const id of this.#withCarried(account))
      for (const link of this.parts.directory.linksOfAccount(id)) if (isRegistered(link)) this.parts.face().linkChanged(link)
  }

  #change(account: Account, state: AccountState, reason: string | null, notice: Said | undefined): void {
    account.state = state
    account.reason = reason
    if (account.tag !== "" && state !== "active")
      this.parts.log.warn(
        { name: account.tag, account: account.legacyId, reason },
        "an account of the configuration needs its administrator",
      )
    this.#tellLinks(account)
    void this.#persist(account, notice).catch((error: unknown) =>
      this.parts.log.warn({ err: error, account: account.legacyId }, "an account's state could not be stored"),
    )
  }

  async #persist(account: Account, notice: Said | undefined): Promise<void> {
    const { store, directory, ids, delivery } = this.parts
    const link = directory.ownerOf(account.id)
    const { state, reason } = account
    if (notice === undefined || !link) return store.setAccountState({ account: account.id, state, reason, notice: null })
    const conversation = await directory.direct(link, "")
    const now = Date.now()
    const id = ids.next()
    const op: InOp = { k: "message", id, text: inLanguage(notice, this.parts.language(link.jid)), at: now }
    await store.setAccountState({ account: account.id, state, reason, notice: { link: link.id, row: { id, op }, now } })
    delivery.add(conversation.id, row(id, `in:${conversation.id}`, null, op, false, now))
  }

  #host(account: Account, signal: AbortSignal): Host {
    const { id, store, vault, log, emit, foreign } = this.parts
    const fields = { account: account.legacyId }
    const place = (key: string) => ({ network: id, account: account.legacyId, key })
    return {
      log: {
        debug: (more, text) => log.debug({ ...fields, ...more }, text),
        info: (more, text) => log.info({ ...fields, ...more }, text),
        warn: (more, text) => log.warn({ ...fields, ...more }, text),
      },
      signal,
      emit: (event) => emit(account.id, event),
      commands: foreign.menu(),
      run: (command) => foreign.run(account, command),
      state: {
        get: async (key) => {
          const sealed = await store.getState(account.id, key)
          return sealed && vault.open(place(key), sealed)
        },
        set: (key, value) => store.setState(account.id, key, value === null ? null : vault.seal(place(key), value)),
      },
    }
  }
}
