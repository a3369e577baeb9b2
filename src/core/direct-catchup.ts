// What the owner of an account was told in direct chats while it was away.
import type { Capabilities } from "../adapter/contract.js"
import type { Accounts } from "./accounts.js"
import { isCarried } from "./carried/names.js"
import { fill, Gates, logFailure, type Live, type Source } from "./catchup.js"
import type { Directory } from "./directory.js"
import type { Inbound } from "./inbound.js"
import type { Log } from "./log.js"
import type { Conversation, Link } from "./model.js"
import type { Store } from "./store.js"

type Chat = Conversation & { cursor: string }

export interface DirectCatchUpParts {
  store: Store
  directory: Directory
  accounts: Pick<Accounts, "live">
  inbound: Inbound
  capabilities: Capabilities
  log: Log
}

/** Chats of one account that are looked at, those used last first, and how many side by side. */
const most = 200
const parallel = 2
/** With what came since this mostly fits into one page. */
const lookBack = 50

export class DirectCatchUp {
  readonly #gates: Gates<Chat>
  readonly #source: Source<Chat>
  /** Of each account that is connecting or up, its chats, once they are read. */
  readonly #chats = new Map<number, Promise<readonly Chat[]>>()

  constructor(private readonly parts: DirectCatchUpParts) {
    const { accounts, log, inbound, store, directory, capabilities } = parts
    this.#gates = new Gates({ accounts, log, what: "what was missed in a direct chat" })
    this.#source = {
      lookBack,
      maxPage: capabilities.history?.maxPage,
      ref: ({ legacyId }) => ({ user: legacyId }),
      known: ({ id }, limit) => store.recentDirect(id, limit),
      // As with what is told live: its author has it already, but for what the owner of a carried login says elsewhere.
      isForeign: ({ id, accountId }, item) =>
        isCarried(directory.accounts.get(accountId)) ? store.knows(id, item.id).then((known) => !known) : Promise.resolve(false),
      take: async ({ accountId, linkId }, event, cursor) => {
        const link = directory.ownerOf(accountId)
        return link?.id === linkId && link !== undefined && inbound.accept(link, event, cursor)
      },
    }
    inbound.gate = (link, legacyUser) => this.#gate(link, legacyUser)
  }

  /** A session is about to be made: from its first event on there may be a gap. */
  connecting(account: number): void {
    const { capabilities, directory, log } = this.parts
    const link = directory.ownerOf(account)
    if (capabilities.history?.direct !== true || !link) return
    const chats = this.#read(link)
    chats.catch((error: unknown) => logFailure(log, error, "the direct chats of an account could not be read"))
    this.#chats.set(account, chats)
  }

  async #read({ id }: Link): Promise<readonly Chat[]> {
    const { store, directory, inbound } = this.parts
    const chats = await store.directChats(id, most)
    for (const chat of chats) {
      directory.remember(chat)
      inbound.behind.add(chat.id)
      this.#gates.shut(chat)
    }
    return chats
  }

  /** The session is up. Never rejects; what fails is tried again with the next session. */
  up(account: number): void {
    const live = this.parts.accounts.live(account)
    const chats = this.#chats.get(account)
    if (!live || !chats) return
    live.signal.addEventListener("abort", () => this.#gates.release(account), { once: true })
    void this.#catchUp(account, live, chats).catch(() => undefined) // was logged when they were read
  }

  async #catchUp(account: number, live: Live, reading: Promise<readonly Chat[]>): Promise<void> {
    const chats = await reading
    if (this.#chats.get(account) === reading) this.#chats.delete(account)
    // They were shut after the session had ended. If the next one reads them already, it shuts them again.
    if (live.signal.aborted) return this.#gates.release(account)
    this.#gates.queue(account, chats)
    await this.#gates.drain(account, live, parallel, async (chat) => {
      if (await fill(this.#source, chat, live)) this.parts.inbound.behind.delete(chat.id)
    })
  }

  /** Undefined: nothing of this chat is missing. */
  #gate(link: Link, legacyUser: string): Promise<void> | undefined {
    const reading = this.#chats.get(link.accountId)
    const gate = (): Promise<void> | undefined => {
      const known = this.parts.directory.knownDirect(link.id, legacyUser)
      return known && this.#gates.wait(known)
    }
    return reading ? reading.then(gate, () => undefined) : gate()
  }
}
