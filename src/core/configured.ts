// Accounts of the configuration: logged in with the answers it gives, at the start and whenever those changed.
import type { Ask } from "../adapter/contract.js"
import { AdapterError } from "../adapter/errors.js"
import type { Accounts } from "./accounts.js"
import type { Directory } from "./directory.js"
import { backoffMs } from "./errors.js"
import type { Account } from "./model.js"
import type { ConfiguredAccount, NetworkParts } from "./parts.js"

interface ConfiguredParts extends Pick<NetworkParts, "id" | "adapter" | "options" | "store" | "vault" | "log" | "configured"> {
  directory: Directory
  accounts: Accounts
  /** The name stands for another account from now on: the former one's rooms are nobody's. */
  replaced(account: number): void
}

/** One login may take this long, in ms. */
const patienceMs = 60_000

export class ConfiguredAccounts {
  readonly #end = new AbortController()
  readonly #running: Promise<void>[] = []

  constructor(private readonly parts: ConfiguredParts) {}

  /** Whether an account may run: one of a user's, or one that the configuration still names. */
  isWanted({ tag }: Pick<Account, "tag">): boolean {
    return tag === "" || this.parts.configured.some((one) => one.tag === tag)
  }

  /** Logs in, each for itself and until it succeeds or is refused. Accounts known from the last run are up meanwhile. */
  start(): void {
    for (const one of this.parts.configured) this.#running.push(this.#keepTrying(one))
    for (const { tag, legacyId } of this.parts.directory.accounts.values())
      if (!this.isWanted({ tag }))
        this.parts.log.warn(
          { account: legacyId, name: tag },
          "the configuration no longer names this account: it is not used, its history is kept",
        )
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#running)
  }

  async #keepTrying(one: ConfiguredAccount): Promise<void> {
    const { log } = this.parts
    for (let failures = 1; !this.#end.signal.aborted; failures++) {
      try {
        return await this.#login(one)
      } catch (error) {
        if (this.#end.signal.aborted) return
        const again = error instanceof AdapterError && (error.kind === "retry" || error.kind === "unknown-outcome")
        const fields = {
          name: one.tag,
          ...(error instanceof AdapterError || error instanceof AnswerMissing ? { reason: error.message } : { err: error }),
        }
        if (!again) return log.error(fields, "an account of the configuration cannot log in; mend it and restart")
        log.warn(fields, "an account of the configuration cannot log in yet; trying again")
        await this.#sleep(error.retryAfterMs ?? backoffMs(failures))
      }
    }
  }

  async #login({ tag, answers }: ConfiguredAccount): Promise<void> {
    const { id: network, adapter, options, store, vault, directory, accounts } = this.parts
    const ask: Ask = ({ fields = [] }) =>
      Promise.resolve(
        Object.fromEntries(
          fields.map(({ name, label }) => {
            const answer = answers[name]
            if (answer === undefined) throw new AnswerMissing(`networks.${network}.accounts.${tag}.login.${name} is missing: ${label}`)
            return [name, answer]
          }),
        ),
      )
    const { id, secret } = await adapter.login(ask, options, AbortSignal.any([this.#end.signal, AbortSignal.timeout(patienceMs)]))
    if (this.#end.signal.aborted) return
    const text = JSON.stringify(secret)
    const place = { network, account: id }
    const known = [...directory.accounts.values()].find((account) => account.tag === tag)
    if (known?.legacyId === id && known.sealed && known.state === "active" && vault.open(place, known.sealed) === text) return
    const account = await store.putConfiguredAccount({ network, tag, legacyId: id, sealed: vault.seal(place, text) })
    if (known) await accounts.suspend(known.id)
    if (known && known.id !== account.id) {
      this.parts.replaced(known.id)
      directory.accounts.delete(known.id)
    }
    directory.accounts.set(account.id, account)
    accounts.start(account)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#end.signal.addEventListener("abort", done, { once: true })
    })
  }
}

/** The adapter asks for something that the configuration does not answer. */
class AnswerMissing extends Error {}
