// How far somebody has read: what people on the network have (XEP-0333, XEP-0184), and what our users have, as far as the network takes it.
import type { ChatRef, NetworkEvent } from "../../adapter/contract.js"
import type { AnySession } from "../../adapter/define.js"
import { AdapterError } from "../../adapter/errors.js"
import type { Delivery } from "../delivery.js"
import type { IdMint } from "../ids.js"
import type { Log } from "../log.js"
import { Lru } from "../lru.js"
import type { Link } from "../model.js"
import { told } from "./settled.js"
import type { Store } from "../store.js"

type Told = Extract<NetworkEvent, { type: "read" | "delivered" }>

/** What a user has read: the message, by the id in the store, and how many parts of it the network has. */
type Read = { id: string; sent: number } | undefined

export interface MarkerParts {
  store: Store
  ids: IdMint
  delivery: Pick<Delivery, "add">
  session(account: number): { session: AnySession; signal: AbortSignal } | undefined
  /** Those under way in a direct chat. */
  calls(link: Link, legacyUser: string): Promise<void>
  log: Log
}

interface Pending {
  account: number
  chat: () => ChatRef
  find: () => Promise<Read>
  busy: boolean
}

/** Chats of which the network is still to be told. What falls out is told with the next marker. */
const most = 2000

export class Markers {
  /** By chat: only the last is of interest. */
  readonly #pending = new Map<string, Pending>()
  /** What was told last of each chat, so that the same is not told again. */
  readonly #told = new Lru<string, string>(20_000)

  constructor(private readonly parts: MarkerParts) {}

  /** A person has got, or read, what our user said. Resolves when it is committed. */
  async accept(link: Link, { type, chat, from, upTo }: Told): Promise<void> {
    const { store, ids, delivery } = this.parts
    const legacyUser = "user" in chat ? chat.user : from.id
    const key = `${link.id} ${legacyUser} ${type}`
    if (this.#told.get(key) === upTo) return
    const what = type === "read" ? "displayed" : "received"
    const id = ids.next()
    const op = { k: "marker" as const, id, target: "", what, at: Date.now() } as const
    const accept = async (): ReturnType<Store["acceptMarker"]> => {
      const done = await store.acceptMarker({ link: link.id, legacyUser, legacyId: upTo, row: { id: ids.next(), op } })
      if (done.row) delivery.add(done.conversation, done.row)
      return done
    }
    await told(accept, () => this.parts.calls(link, legacyUser))
    this.#told.set(key, upTo)
  }

  /** A user of ours has read something. Kept in memory alone: nobody is harmed if it is lost. `find` looks the message up. */
  read(key: string, account: number, chat: () => ChatRef, find: () => Promise<Read>): void {
    const pending = this.#pending.get(key)
    if (pending) {
      pending.find = find
      return
    }
    if (this.#pending.size >= most)
      for (const oldest of this.#pending.keys()) {
        this.#pending.delete(oldest)
        break
      }
    this.#pending.set(key, { account, chat, find, busy: false })
    this.#run(key)
  }

  /** The account can be asked (again). */
  up(account: number): void {
    for (const [key, one] of this.#pending) if (one.account === account) this.#run(key)
  }

  forget(account: number): void {
    for (const [key, one] of this.#pending) if (one.account === account) this.#pending.delete(key)
  }

  #run(key: string): void {
    const pending = this.#pending.get(key)
    const live = pending && this.parts.session(pending.account)
    if (!pending || !live || pending.busy) return
    pending.busy = true
    const { find } = pending
    void this.#tell(pending, live)
      .catch((error: unknown) =>
        this.parts.log.debug({ err: error instanceof AdapterError ? error.message : error }, "what was read was not told"),
      )
      .finally(() => {
        pending.busy = false
        if (this.#pending.get(key) !== pending) return
        // Something newer came meanwhile.
        if (pending.find === find) this.#pending.delete(key)
        else this.#run(key)
      })
  }

  async #tell({ find, chat }: Pending, { session, signal }: { session: AnySession; signal: AbortSignal }): Promise<void> {
    const message = await find()
    if (!message || message.sent === 0) return
    const { store } = this.parts
    const part = (await store.findPart(message.id, message.sent - 1)) ?? (await store.findPart(message.id, 0))
    if (!part) return
    const { legacyId: id, handle } = part
    await session.read?.({ chat: chat(), upTo: { id, ...(handle !== null && { handle }) } }, signal)
  }
}
