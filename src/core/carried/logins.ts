// Logins that an account carries: each becomes an account of its own, tied to the user who has shown to be its owner.
import type { ChatRef, NetworkEvent } from "../../adapter/contract.js"
import type { Accounts } from "../accounts.js"
import type { Audit } from "../admin/ports.js"
import type { Delivery } from "../delivery.js"
import type { Directory } from "../directory.js"
import type { IdMint } from "../ids.js"
import type { Log } from "../log.js"
import type { BareJid, Link } from "../model.js"
import { AdapterError } from "../../adapter/errors.js"
import { invalid } from "../identity/tickets.js"
import { Refusal, type Face } from "../ports.js"
import type { Store } from "../store.js"
import { Turnstile } from "../turnstile.js"
import { both, inLanguage, words, type Said, type Words } from "../words/words.js"
import { nameOf, ownerOf, type Carried } from "./names.js"
import type { LoginChange, LoginChanged } from "./store.js"

export type LoginEvent = Extract<NetworkEvent, { type: "login" }>

/** A session that is about to come up is waited for so long before the owner is told, in ms. */
const sessionMs = 10_000

export interface LoginsParts {
  /** Id and name of the network, and its domain. */
  network: string
  name: string
  domain: string
  store: Store
  directory: Directory
  delivery: Pick<Delivery, "add">
  accounts: Pick<Accounts, "soonLive" | "carriedChanged">
  face: () => Face
  ids: IdMint
  log: Log
  audit: Audit
  /** Names that links of users cannot have. */
  taken: readonly string[]
  /** BCP 47: to tell a user something unasked in. */
  language(user: BareJid): string
  /** Whether this user may be tied to what this foreign person owns. */
  mayTie(user: BareJid, owner: string): boolean
  /** There is somebody who is to have this login's chats. */
  tied(link: Link): void
  /** Epoch ms. */
  now(): number
}

export class Logins {
  /** By carrier and owner. Without bound: what is not acknowledged yet is the back-pressure. */
  readonly #order = new Turnstile(Number.POSITIVE_INFINITY)

  constructor(private readonly parts: LoginsParts) {}

  /** What this account carries under that name and somebody has; undefined: what happens there is nobody's. */
  route(carrier: number, login: string): Carried | undefined {
    const { directory } = this.parts
    const found = directory.carried.byLogin(carrier, login)
    return found && directory.ownerOf(found.id) && found
  }

  /** `Host.emit`: resolves once it is committed. */
  changed(carrier: number, event: LoginEvent): Promise<void> {
    return this.#alone(carrier, event.owner.id, async () => {
      const { directory } = this.parts
      const known = directory.carried.byName(carrier, nameOf(carrier, event.owner.id))
      // A former login of the same owner ends after they have made another.
      if (!event.active && known?.login !== event.id) return
      const login = event.active ? event.id : null
      const user = this.#provenUser(event.owner.id)
      const link = known && directory.ownerOf(known.id)
      const isNews = known?.login !== login || known.maySend !== event.maySend
      if (!isNews && (link || user === null)) return
      const notice = this.#notice(known && { ...known, tied: link !== undefined }, { ...event, login })
      const done = await this.#put({ carrier, owner: event.owner.id, login, maySend: event.maySend, user, notice })
      if (done.outcome !== "changed" || done.link || login === null || known?.login === login) return
      this.parts.log.info({ carrier, owner: event.owner.id }, "a carried login waits for its owner to show who they are in XMPP")
      if (done.account.state !== "logged-out") void this.#tellOwner(carrier, event.owner.id, this.howTo())
    })
  }

  /** This user is that person: what waited for them is theirs. Resolves when it is committed. */
  async proven(user: BareJid, owner: string): Promise<void> {
    for (const one of this.#waiting(owner))
      if (this.#provenUser(owner) === user)
        await this.#tie(one, user).catch((error: unknown) => this.parts.log.warn({ err: error }, "a carried login could not be tied"))
  }

  /** Whether a login of this person is connected, that nobody has. */
  waits(owner: string): boolean {
    return this.#waiting(owner).length > 0
  }

  /** A code was handed in by its owner. Throws `Refusal`. */
  async redeemed(user: BareJid, owner: string, ticket: string): Promise<Link> {
    const { directory, name } = this.parts
    const [first, ...more] = this.#waiting(owner)
    if (!first) {
      // Who has it already has nothing to show again.
      const has = [...directory.carried.all()].some((one) => ownerOf(one) === owner && directory.ownerOf(one.id) !== undefined)
      if (has)
        throw new Refusal(
          "conflict",
          words("Your account is tied to an XMPP address already. Who that is can end it there, with «unregister»."),
        )
      throw new Refusal(
        "unexpected-request",
        words(
          "Your account is not connected with this gateway yet: connect it in the settings of {network}, then hand in the code again.",
          { network: name },
        ),
        "wait",
      )
    }
    const link = await this.#tie(first, user, ticket)
    if (!link) throw invalid()
    for (const one of more) await this.#tie(one, user)
    return link
  }

  /** What its owner is told to do. */
  howTo(): Words {
    return words(
      "Your private chats here can come to you in XMPP. From there, send «carry» to {domain}: you get a code. Then say here: link CODE",
      { domain: this.parts.domain },
    )
  }

  #waiting(owner: string): Carried[] {
    const { directory } = this.parts
    return [...directory.carried.all()].filter(
      (one) => ownerOf(one) === owner && typeof one.login === "string" && !directory.ownerOf(one.id),
    )
  }

  async #tie(known: Carried, user: BareJid, ticket?: string): Promise<Link | undefined> {
    const { carrier } = known
    const owner = ownerOf(known)
    return this.#alone(carrier, owner, async () => {
      const { login = null, maySend = true } = known
      const notice = this.#notice({ login: null, maySend: true, tied: false }, { login, maySend })
      const done = await this.#put({ carrier, owner, login, maySend, user, notice, ...(ticket !== undefined && { ticket }) })
      return done.outcome === "changed" ? (done.link ?? undefined) : undefined
    })
  }

  async #put(
    change: Pick<LoginChange, "carrier" | "login" | "maySend" | "user" | "ticket"> & { owner: string; notice: Said | undefined },
  ): Promise<LoginChanged> {
    const { store, directory, delivery, accounts, face, network, taken, ids, language, audit, tied, now } = this.parts
    const { owner, notice, ...rest } = change
    const name = nameOf(change.carrier, owner)
    const known = directory.carried.byName(change.carrier, name)
    const to = (known && directory.ownerOf(known.id)?.jid) ?? change.user
    const at = now()
    const id = ids.next()
    const row =
      notice === undefined || to === null
        ? null
        : { id, op: { k: "message" as const, id: ids.next(), text: inLanguage(notice, language(to)), at } }
    const done = await store.putLogin({ ...rest, network, name, taken, notice: row, now: at })
    if (done.outcome !== "changed") return done
    // The object is the one that others hold.
    const account = Object.assign(directory.accounts.get(done.account.id) ?? done.account, done.account) as Carried
    directory.put(account)
    if (done.link && !directory.links.has(done.link.id)) directory.add(done.link)
    const link = done.link && directory.links.get(done.link.id)
    if (done.tied && link) {
      audit.note({ actor: `foreign ${owner}`, act: "carried login tied", detail: { jid: link.jid, tag: link.tag, network } })
      tied(link)
      face().linkChanged(link)
    }
    accounts.carriedChanged(account)
    if (done.told) {
      directory.remember(done.told.conversation)
      delivery.add(done.told.conversation.id, done.told.row)
    }
    return done
  }

  /** What its user is told; undefined: nothing is new to them. */
  #notice(
    before: { login?: string | null; maySend?: boolean; tied: boolean } | undefined,
    now: { login: string | null; maySend: boolean },
  ): Said | undefined {
    const network = { network: this.parts.name }
    if (now.login === null)
      return words(
        "Your private chats on {network} do not come here any more: your account is not connected with the gateway. Connect it again in the settings of {network}.",
        network,
      )
    const mute = words("You can only read them: allow the gateway to answer for you in the settings of {network}.", network)
    const here = before?.tied === true ? words("Your private chats on {network} come here again.", network) : hello(this.parts.name)
    if (typeof before?.login !== "string" || !before.tied) return now.maySend ? here : both(here, mute)
    if (before.maySend === now.maySend) return undefined
    if (now.maySend) return words("You can answer in your private chats on {network} again.", network)
    return words(
      "In your private chats on {network} you can only read now: the gateway is not allowed to answer for you any more. Allow it in the settings of {network}.",
      network,
    )
  }

  /** Null: nobody, or it cannot be told who of several. */
  #provenUser(owner: string): BareJid | null {
    const { directory, mayTie } = this.parts
    const users = new Set<BareJid>()
    for (const { jid, identity } of directory.links.values()) if (identity === owner) users.add(jid)
    const [user] = users
    return users.size === 1 && user !== undefined && mayTie(user, owner) ? user : null
  }

  /** In their own talk with the carrier. It is a hint, and not worth a place on disk. */
  async #tellOwner(carrier: number, owner: string, said: Said): Promise<void> {
    const { accounts, ids, log } = this.parts
    const chat: ChatRef = { user: owner }
    try {
      const live = await accounts.soonLive(carrier, sessionMs)
      await live?.session.send({ chat, body: { text: inLanguage(said) }, key: ids.next(), asks: true }, live.signal)
    } catch (error) {
      log.info(
        { owner, reason: error instanceof AdapterError ? error.message : String(error) },
        "the owner of a carried login could not be told how to show who they are",
      )
    }
  }

  #alone<T>(carrier: number, owner: string, work: () => Promise<T>): Promise<T> {
    return this.#order.enter(`${carrier} ${owner}`, work)
  }
}

function hello(network: string): Words {
  return words(
    "Your private chats on {network} come here from now on: people who write to you there are contacts, and what you write to them is said by you.",
    { network },
  )
}
