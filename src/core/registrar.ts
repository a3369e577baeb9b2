// Registering and unregistering: a user's login on the network, proven by the adapter, sealed, and wiped.
import type { Ask } from "../adapter/contract.js"
import { AdapterError } from "../adapter/errors.js"
import type { Accounts } from "./accounts.js"
import type { Directory } from "./directory.js"
import type { AskUser } from "./commands/ask.js"
import type { Enrolment } from "./identity/enrolment.js"
import { refusedBy } from "./errors.js"
import { isCarried } from "./carried/names.js"
import { isRegistered, type Account, type BareJid, type Link, type RosterEntry } from "./model.js"
import type { NetworkParts } from "./parts.js"
import { Refusal, type Face } from "./ports.js"
import type { RoomRow } from "./rooms/model.js"
import { sweep, swept } from "./sweep.js"
import { both, words, type Said } from "./words/words.js"

interface RegistrarParts extends NetworkParts {
  directory: Directory
  accounts: Accounts
  /** Absent: there are no shared accounts. */
  enrolment?: Pick<Enrolment, "shared" | "enrol">
  face: () => Face
  /** Rooms of an account. */
  roomsOf(account: number): readonly RoomRow[]
  /** Drops a link's lanes and its account's rooms. */
  forget(link: Link): void
}

/** Asked only where there is a choice. Undefined: an account of the user's own. */
async function whichAccount(network: string, shared: readonly Account[], ask: AskUser): Promise<Account | undefined> {
  if (shared.length === 0) return undefined
  const { account } = await ask({
    title: words("Register with {network}", { network }),
    text: words("With an account of your own, or by showing who you are to one that the gateway has already."),
    fields: [
      {
        name: "account",
        label: words("Account"),
        preset: own,
        options: [
          ...shared.map(({ tag }) => ({ value: tag, label: words("{name}: I show who I am", { name: tag }) })),
          { value: own, label: words("An account of my own") },
        ],
      },
    ],
  })
  return shared.find(({ tag }) => tag === account)
}

/** No name that a configuration can give. */
const own = "own account"

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

  async register(user: BareJid, ask: AskUser): Promise<{ link: Link; text: Said }> {
    const { adapter, mayRegister, enrolment } = this.parts
    const { name } = adapter.network
    if (!mayRegister(user))
      throw new Refusal("not-allowed", words("This gateway is not open to {jid}. Ask its administrator.", { jid: user }))
    const shared = await whichAccount(name, enrolment?.shared() ?? [], ask)
    if (shared && enrolment) return enrolment.enrol(user, shared, ask)
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
          words("Something went wrong inside the gateway while logging in to {network}. It has been logged.", { network: name }),
        )
      }
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(error.kind === "logged-out" ? "not-acceptable" : condition, text, error.kind === "logged-out" ? "modify" : type)
    }
    return this.#alone(user, () => this.#store(user, login))
  }

  async #store(user: BareJid, login: Login): Promise<{ link: Link; text: Said }> {
    const { store, vault, directory, accounts, adapter, id, face } = this.parts
    const { name } = adapter.network
    const { members, access, manage } = adapter.capabilities
    const former = directory.linksOf(user).find((link) => link.role === "owner" && !isCarried(directory.accounts.get(link.accountId)))
    const sealed = vault.seal({ network: id, account: login.id }, JSON.stringify(login.secret))
    // The old session ends first: a network that allows one connection would refuse the new one.
    const resume = former && (await accounts.suspend(former.accountId))
    const carried = former ? await this.#carriedBy(former.accountId) : []
    const result = await store.register({ network: id, jid: user, legacyId: login.id, sealed, now: Date.now() }).catch((error: unknown) => {
      resume?.()
      throw error
    })
    if (result.outcome === "taken") {
      resume?.()
      throw new Refusal(
        "conflict",
        words("This {network} account is in use here already, by another user or by the gateway itself.", { network: name }),
      )
    }
    const { account, link } = result
    if (former && result.outcome === "replaced") {
      for (const one of carried) this.#drop(one.link, one.entries)
      this.#drop(former, result.formerRoster)
    }
    if (result.outcome === "replaced") void sweep(store, this.parts.log)
    if (!directory.links.has(link.id)) directory.add(link)
    directory.accounts.set(account.id, account)
    accounts.start(account)
    face().linkChanged(link)
    const created = words("You are registered with {network}. People who write to your account there appear among your contacts.", {
      network: name,
    })
    const groups = words("The groups it is in are rooms for you: write «rooms» to see them.")
    const text =
      result.outcome === "created"
        ? (members ?? access ?? manage)
          ? both(created, groups)
          : created
        : result.outcome === "renewed"
          ? words("The login was renewed. Your contacts stay.")
          : words("You now use another {network} account. The former one and its contacts were removed.", { network: name })
    return { link, text: login.next === undefined ? text : both(text, login.next) }
  }

  /** All of the user's ties, or that of this tag alone. False: there was none. */
  unregister(user: BareJid, tag?: string): Promise<boolean> {
    return this.#alone(user, async () => {
      const { directory, store, accounts, log } = this.parts
      // What other guests may enter is the configuration's to say.
      const links = directory.linksOf(user).filter((link) => isRegistered(link) && (tag === undefined || link.tag === tag))
      for (const link of links) {
        // With the carrier of theirs, before.
        if (!directory.links.has(link.id)) continue
        if (link.role === "guest" || isCarried(directory.accounts.get(link.accountId))) {
          await this.#unlink(link)
          continue
        }
        const account = directory.accounts.get(link.accountId)
        const entries = await store.roster(link.id)
        const resume = await accounts.suspend(link.accountId)
        const carried = await this.#carriedBy(link.accountId)
        // Neither the network nor a lost key keeps a user from leaving.
        await this.#logOut(account).catch((error: unknown) => log.info({ err: error }, "the network did not take the logout"))
        await store.unregister(link.id).catch((error: unknown) => {
          resume()
          throw error
        })
        for (const one of carried) this.#drop(one.link, one.entries)
        this.#drop(link, entries)
        await swept(sweep(store, log))
      }
      return links.length > 0
    })
  }

  /** All ties of the user, also those that the configuration alone makes. False: there were none. */
  async forget(user: BareJid): Promise<boolean> {
    const { directory, face, roomsOf } = this.parts
    const had = await this.unregister(user)
    const others = [...directory.linksOf(user)]
    for (const link of others) {
      for (const room of roomsOf(link.accountId)) face().rooms.changed(room, { k: "lost", link, why: "unlinked" })
      await this.unlink(link)
    }
    return had || others.length > 0
  }

  /** Ends the tie of a guest; the account and its rooms stay. */
  unlink(link: Link): Promise<void> {
    return this.#alone(link.jid, async () => {
      if (this.parts.directory.links.get(link.id) === link) await this.#unlink(link)
    })
  }

  async #unlink(link: Link): Promise<void> {
    const { store, log } = this.parts
    const entries = await store.roster(link.id)
    await store.unregister(link.id)
    this.#drop(link, entries)
    await swept(sweep(store, log))
  }

  async #logOut(account: Account | undefined): Promise<void> {
    const { adapter, vault, id, options } = this.parts
    if (!account?.sealed || !adapter.logout) return
    const secret = JSON.parse(vault.open({ network: id, account: account.legacyId }, account.sealed)) as unknown
    await adapter.logout(secret, options, AbortSignal.timeout(10_000))
  }

  /** What ends with this account: ties to the logins that it carries. */
  #carriedBy(account: number): Promise<{ link: Link; entries: RosterEntry[] }[]> {
    const { directory, store } = this.parts
    const links = [...directory.carried.of(account)].flatMap(({ id }) => directory.linksOfAccount(id))
    return Promise.all(links.map(async (link) => ({ link, entries: await store.roster(link.id) })))
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
