// What of the configuration is taken over while the gateway runs, and what needs a restart.
import type { BridgesConfig, Config, NetworkConfig } from "./config/index.js"

export interface Reloaded {
  /** Names of options that are in force from now on. */
  taken: string[]
  /** Names of what differs and needs a restart. */
  restart: string[]
}

/** Read whenever it is needed: never kept elsewhere. */
export type Live = Pick<NetworkConfig, "admins" | "register" | "accounts" | "limits">

export class LiveSettings {
  #now: Config

  constructor(private readonly started: Config) {
    this.#now = started
  }

  network(id: string): Live {
    const found = this.#now.networks.find((one) => one.id === id)
    if (!found) throw new Error(`the configuration has no network ${id}`)
    return found
  }

  get bridges(): BridgesConfig {
    return this.#now.bridges ?? { allow: allowedByDefault(this.#now), fixed: [] }
  }

  /** A network that is new, or gone, is neither begun nor ended. */
  take(fresh: Config): Reloaded {
    const taken: string[] = []
    const networks = this.#now.networks.map((now): NetworkConfig => {
      const next = fresh.networks.find(({ id }) => id === now.id)
      if (!next) return now
      const before = liveParts(now)
      for (const [name, value] of liveParts(next))
        if (!same(value, before.find(([other]) => other === name)?.[1])) taken.push(`networks.${now.id}.${name}`)
      // An account that is new has nobody to log it in before the restart.
      const accounts = now.accounts.map((one) => {
        const other = next.accounts.find(({ name }) => name === one.name)
        return other ? { ...other, login: one.login } : one
      })
      const { admins, register, limits } = next
      return { ...now, admins, register, accounts, ...(limits && { limits }) }
    })
    const bridges = fresh.bridges ?? { allow: allowedByDefault(fresh), fixed: [] }
    if (!same(bridges.allow, this.bridges.allow)) taken.push("bridges.allow")
    if (!same(bridges.fixed, this.bridges.fixed)) taken.push("bridges.fixed")
    this.#now = { ...this.#now, networks, bridges }
    const restart = fixedParts(fresh).flatMap(([name, value], i) => (same(value, fixedParts(this.started)[i]?.[1]) ? [] : [name]))
    return { taken, restart }
  }
}

/** Who may register somewhere may begin with bridges. */
function allowedByDefault({ networks }: Pick<Config, "networks">): readonly string[] {
  return [...new Set(networks.flatMap(({ register }) => register.allow))]
}

type Part = [string, unknown]

function liveParts({ admins, register, accounts, limits }: NetworkConfig): Part[] {
  const open = accounts.map(({ name, rooms, join, sharedIdentities }) => ({ name, rooms, join, sharedIdentities }))
  return [
    ["admins", admins],
    ["register.allow", register.allow],
    ["accounts", open],
    ["limits", limits],
  ]
}

function fixedParts(config: Config): Part[] {
  return [
    ["store", config.store],
    ["secretKey", config.secretKeys.map((key) => key.reveal().toString("base64"))],
    ["log.format", config.log.format],
    ["retention", config.retention],
    ["http", config.http],
    ["files", config.files],
    [
      "networks",
      config.networks.map(({ adapter: _, secret, admins: __, register: ___, limits: ____, accounts, ...rest }) => ({
        ...rest,
        secret: secret.reveal(),
        accounts: accounts.map(({ name, login }) => ({ name, login: Object.entries(login).map(([field, one]) => [field, one.reveal()]) })),
      })),
    ],
  ]
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
