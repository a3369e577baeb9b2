// Who is linked to what, in memory: links and accounts whole, conversations and contacts as far as they were used lately.
import type { Store } from "./store.js"
import { CarriedBook } from "./carried/book.js"
import { Lru } from "./lru.js"
import type { Account, BareJid, ContactRow, Conversation, Link } from "./model.js"

const none: readonly Link[] = []

export class Directory {
  readonly accounts = new Map<number, Account>()
  readonly links = new Map<number, Link>()
  readonly carried = new CarriedBook()
  readonly #byUser = new Map<BareJid, Link[]>()
  readonly #byAccount = new Map<number, Link[]>()
  readonly #conversations = new Lru<number, Conversation>(20_000)
  readonly #direct = new Lru<string, Conversation>(20_000)
  readonly #contacts = new Lru<string, ContactRow>(20_000)
  readonly #rosters = new Lru<number, Promise<Map<string, ContactRow>>>(1000)
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async load(network: string): Promise<void> {
    const { accounts, links } = await this.#store.loadNetwork(network)
    for (const account of accounts) this.put(account)
    for (const link of links) this.add(link)
  }

  /** An account that is new, or another now. */
  put(account: Account): void {
    this.accounts.set(account.id, account)
    this.carried.put(account)
  }

  add(link: Link): void {
    this.links.set(link.id, link)
    for (const [map, key] of [
      [this.#byUser, link.jid],
      [this.#byAccount, link.accountId],
    ] as const) {
      const list = (map as Map<unknown, Link[]>).get(key)
      if (list) list.push(link)
      else (map as Map<unknown, Link[]>).set(key, [link])
    }
  }

  /** Forgets the link and, with its last link, an account that users have made. */
  remove(link: Link): void {
    this.links.delete(link.id)
    const rest = (map: Map<unknown, Link[]>, key: unknown): number => {
      const list = (map.get(key) ?? []).filter((other) => other.id !== link.id)
      if (list.length > 0) map.set(key, list)
      else map.delete(key)
      return list.length
    }
    rest(this.#byUser, link.jid)
    // One of the configuration is there without anybody.
    const account = this.accounts.get(link.accountId)
    if (rest(this.#byAccount, link.accountId) === 0 && account?.tag === "") this.#drop(account)
    // Ids are never used again, but what they name is gone.
    this.#conversations.clear()
    this.#direct.clear()
    this.#rosters.delete(link.id)
  }

  #drop(account: Account): void {
    for (const { id } of this.carried.of(account.id)) this.accounts.delete(id)
    this.carried.remove(account)
    this.accounts.delete(account.id)
  }

  linksOf(user: BareJid): readonly Link[] {
    return this.#byUser.get(user) ?? none
  }

  linksOfAccount(account: number): readonly Link[] {
    return this.#byAccount.get(account) ?? none
  }

  /** The owner's link: own accounts have exactly one. */
  ownerOf(account: number): Link | undefined {
    return this.linksOfAccount(account).find(({ role }) => role === "owner")
  }

  async conversation(id: number): Promise<Conversation | undefined> {
    const known = this.#conversations.get(id)
    if (known) return known
    const found = await this.#store.conversation(id)
    if (found) this.remember(found)
    return found
  }

  /** From memory only: spares the store a look-up where the event goes to the store anyway. */
  knownDirect(link: number, legacyId: string): Conversation | undefined {
    return this.#direct.get(`${link} ${legacyId}`)
  }

  async direct(link: Link, legacyId: string): Promise<Conversation> {
    const known = this.knownDirect(link.id, legacyId)
    if (known) return known
    const opened = await this.#store.openDirect(link.accountId, link.id, legacyId)
    this.remember(opened)
    return opened
  }

  remember(conversation: Conversation): void {
    this.#conversations.set(conversation.id, conversation)
    if (conversation.linkId !== null) this.#direct.set(`${conversation.linkId} ${conversation.legacyId}`, conversation)
  }

  /** As this link was last told of: what is old to one may be new to another. */
  contact(link: Link, legacyId: string): ContactRow | undefined {
    return this.#contacts.get(`${link.id} ${legacyId}`)
  }

  /** Of somebody in the link's list. */
  rememberContact(link: Link, contact: ContactRow): void {
    this.#contacts.set(`${link.id} ${contact.legacyId}`, contact)
    this.#rosters.get(link.id)?.then(
      (roster) => roster.set(contact.legacyId, contact),
      () => undefined,
    )
  }

  /** Not in the link's list any more. */
  forgetContact(link: Link, legacyId: string): void {
    this.#contacts.delete(`${link.id} ${legacyId}`)
    this.#direct.delete(`${link.id} ${legacyId}`)
    this.#rosters.delete(link.id)
  }

  /** Who is in the link's list, by legacy id: read once, for networks tell of thousands who are not. Names may be old. */
  roster(link: Link): Promise<ReadonlyMap<string, ContactRow>> {
    const known = this.#rosters.get(link.id)
    if (known) return known
    const read = this.#store.roster(link.id).then((entries) => new Map(entries.map(({ contact }) => [contact.legacyId, contact])))
    this.#rosters.set(link.id, read)
    read.catch(() => this.#rosters.delete(link.id))
    return read
  }
}
