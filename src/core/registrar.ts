// Registering and unregistering: a user's login on the network, proven by the adapter, sealed, and wiped.
import type { Ask } from "../adapter/contract.js"
import { AdapterError } from "../adapter/errors.js"
import type { Accounts } from "./accounts.js"
import type { Directory } from "./directory.js"
import { refusedBy } from "./errors.js"
import type { Account, BareJid, Link } from "./model.js"
import type { NetworkParts } from "./parts.js"
import { Refusal, type Face } from "./ports.js"
import { sweep, swept } from "./sweep.js"

interface RegistrarParts extends NetworkParts {
  directory: Directory
  accounts: Accounts
  face: () => Face
  /** Drops a link's lanes and its account's rooms. */
  forget(link: Link): void
}

interface Login {
  id: string
  secret: unknown
  next?: string
}

/** A person may take this long to answer all questions of a login, in ms. */
const patienceMs = 15 * 60_000

export class Registrar {
  /** One change of a user at a time. */
  readonly #busy = new Map<BareJid, Promise<unknown>>()

  constructor(private readonly parts: RegistrarParts) {}

  async register(user: BareJid, ask: Ask): Promise<{ link: Link; text: string }> {
    const { adapter, mayRegister } = this.parts
    const { name } = adapter.network
    if (!mayRegister(user)) throw new Refusal("not-allowed", `This gateway is not open to ${user}. Ask its administrator.`)
    let refused: unknown
    const asked: Ask = (step) =>
      ask(step).catch((error: unknown) => {
        refused = error // the person left: not the adapter's failure
        throw error
      })
    let login: Login
    try {
      login = await adapter.login(asked, this.parts.options, AbortSignal.timeout(patienceMs))
    } catch (error) {
      if (error === refused || error instanceof Refusal) throw error
      if (!(error instanceof AdapterError)) {
        this.parts.log.error({ err: error }, "a bug while logging in")
        throw new Refusal(
          "internal-server-error",
          `Something went wrong inside the gateway while logging in to ${name}. It has been logged.`,
        )
      }
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(error.kind === "logged-out" ? "not-acceptable" : condition, text, error.kind === "logged-out" ? "modify" : type)
    }
    return this.#alone(user, () => this.#store(user, login))
  }

  async #store(user: BareJid, login: Login): Promise<{ link: Link; text: string }> {
    const { store, vault, directory, accounts, adapter, id, face } = this.parts
    const { name } = adapter.network
    const { members, access, manage } = adapter.capabilities
    const groups = (members ?? access ?? manage) ? ` The groups it is in are rooms for you: write «rooms» to see them.` : ""
    const former = directory.linksOf(user).find(({ role }) => role === "owner")
    const sealed = vault.seal({ network: id, account: login.id }, JSON.stringify(login.secret))
    // The old session ends first: a network that allows one connection would refuse the new one.
    const resume = former && (await accounts.suspend(former.accountId))
    const result = await store.register({ network: id, jid: user, legacyId: login.id, sealed, now: Date.now() }).catch((error: unknown) => {
      resume?.()
      throw error
    })
    if (result.outcome === "taken") {
      resume?.()
      throw new Refusal("conflict", `This ${name} account is in use here already, by another user or by the gateway itself.`)
    }
    const { account, link } = result
    if (former && result.outcome === "replaced") this.#drop(former, result.formerRoster)
    if (result.outcome === "replaced") void sweep(store, this.parts.log)
    if (!directory.links.has(link.id)) directory.add(link)
    directory.accounts.set(account.id, account)
    accounts.start(account)
    face().linkChanged(link)
    const text =
      result.outcome === "created"
        ? `You are registered with ${name}. People who write to your account there appear among your contacts.${groups}`
        : result.outcome === "renewed"
          ? `The login was renewed. Your contacts stay.`
          : `You now use another ${name} account. The former one and its contacts were removed.`
    return { link, text: login.next === undefined ? text : `${text} ${login.next}` }
  }

  unregister(user: BareJid): Promise<boolean> {
    return this.#alone(user, async () => {
      const { directory, store, accounts, log } = this.parts
      // What a guest may enter is the configuration's to say.
      const links = directory.linksOf(user).filter(({ role }) => role === "owner")
      for (const link of links) {
        const account = directory.accounts.get(link.accountId)
        const entries = await store.roster(link.id)
        const resume = await accounts.suspend(link.accountId)
        // Neither the network nor a lost key keeps a user from leaving.
        await this.#logOut(account).catch((error: unknown) => log.info({ err: error }, "the network did not take the logout"))
        await store.unregister(link.id).catch((error: unknown) => {
          resume()
          throw error
        })
        this.#drop(link, entries)
        await swept(sweep(store, log))
      }
      return links.length > 0
    })
  }

  async #logOut(account: Account | undefined): Promise<void> {
    const { adapter, vault, id, options } = this.parts
    if (!account?.sealed || !adapter.logout) return
    const secret = JSON.parse(vault.open({ network: id, account: account.legacyId }, account.sealed)) as unknown
    await adapter.logout(secret, options, AbortSignal.timeout(10_000))
  }

  #drop(link: Link, entries: Awaited<ReturnType<NetworkParts["store"]["roster"]>>): void {
    this.parts.forget(link)
    this.parts.face().linkRemoved(link, entries)
    this.parts.directory.remove(link)
  }

  async #alone<T>(user: BareJid, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(user)
    const mine = (before ?? Promise.resolve()).catch(() => undefined).then(work)
    this.#busy.set(user, mine)
    try {
      return await mine
    } finally {
      if (this.#busy.get(user) === mine) this.#busy.delete(user)
    }
  }
}
