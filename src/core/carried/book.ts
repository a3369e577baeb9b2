// The accounts that others carry: found by their carrier, and by what the network calls them now.
import type { Account } from "../model.js"
import { isCarried, type Carried } from "./names.js"

export class CarriedBook {
  readonly #byCarrier = new Map<number, Map<number, Carried>>()
  readonly #byLogin = new Map<string, Carried>()
  /** Under which login each account is in `#byLogin`. */
  readonly #logins = new Map<number, string>()

  /** New, or changed. Passes over what nobody carries. */
  put(account: Account): void {
    if (!isCarried(account)) return
    this.#forgetLogin(account.id)
    const all = this.#byCarrier.get(account.carrier) ?? new Map<number, Carried>()
    this.#byCarrier.set(account.carrier, all.set(account.id, account))
    if (typeof account.login !== "string") return
    const key = keyOf(account.carrier, account.login)
    this.#byLogin.set(key, account)
    this.#logins.set(account.id, key)
  }

  /** With all that it carries. */
  remove(account: Account): void {
    for (const one of this.#byCarrier.get(account.id)?.values() ?? []) this.#forgetLogin(one.id)
    this.#byCarrier.delete(account.id)
    this.#forgetLogin(account.id)
    if (isCarried(account)) this.#byCarrier.get(account.carrier)?.delete(account.id)
  }

  of(carrier: number): Iterable<Carried> {
    return this.#byCarrier.get(carrier)?.values() ?? []
  }

  *all(): Iterable<Carried> {
    for (const some of this.#byCarrier.values()) yield* some.values()
  }

  byLogin(carrier: number, login: string): Carried | undefined {
    return this.#byLogin.get(keyOf(carrier, login))
  }

  byName(carrier: number, name: string): Carried | undefined {
    for (const account of this.of(carrier)) if (account.legacyId === name) return account
    return undefined
  }

  #forgetLogin(account: number): void {
    const key = this.#logins.get(account)
    if (key === undefined) return
    this.#logins.delete(account)
    if (this.#byLogin.get(key)?.id === account) this.#byLogin.delete(key)
  }
}

function keyOf(carrier: number, login: string): string {
  return `${carrier} ${login}`
}
