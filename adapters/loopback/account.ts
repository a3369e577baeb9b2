// One account on the network: its credential's state, its chats, and the gateway attached to it.
import { AdapterError } from "xferry"
import type { Victim } from "./faults.js"
import type { Logins } from "./logins.js"
import { Mailbox } from "./mailbox.js"
import type { Ear } from "./protocol.js"

export class Account implements Victim {
  readonly mailbox = new Mailbox()
  /** Last message id of each chat; a chat is named by its person. */
  readonly #lastIds = new Map<string, number>()
  /** People this account has dealt with: whose presence and names it is told. */
  readonly known = new Set<string>()
  readonly logins: Logins = new Map()
  #ear: Ear | undefined
  #waiting: (() => void)[] = []
  #floodedUntil = 0
  loggedOut = false

  constructor(
    readonly id: string,
    private readonly firstId: number,
    private readonly now: () => number,
  ) {}

  get attached(): boolean {
    return this.#ear !== undefined
  }

  nextId(chat: string): string {
    const id = (this.#lastIds.get(chat) ?? this.firstId - 1) + 1
    this.#lastIds.set(chat, id)
    this.known.add(chat)
    return String(id)
  }

  /** A message of this id was said in the chat, by whomever. */
  hasSaid(chat: string, id: string): boolean {
    return Number(id) <= (this.#lastIds.get(chat) ?? this.firstId - 1) || !/^\d+$/.test(id)
  }

  /** A script chose the id itself: ours go on above it. */
  useId(chat: string, id: string): void {
    const number = Number(id)
    if (Number.isSafeInteger(number) && number > (this.#lastIds.get(chat) ?? this.firstId - 1)) this.#lastIds.set(chat, number)
    this.known.add(chat)
  }

  /** The newest wins: after a crash the old connection may not have been noticed yet. Returns how to leave. */
  attach(ear: Ear, window: number): () => void {
    this.#end(new AdapterError("retry", "Another session of this account has taken over."))
    this.#ear = ear
    this.mailbox.attach(ear, window)
    for (const resolve of this.#waiting.splice(0)) resolve()
    return () => {
      if (this.#ear !== ear) return
      this.#ear = undefined
      this.mailbox.detach()
    }
  }

  async whenAttached(): Promise<void> {
    if (!this.attached) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  cut(): void {
    this.#end(new AdapterError("retry", "The loopback network hung up."))
  }

  /** The session ends a little later: what it asked last is answered first. */
  logOut(): void {
    this.loggedOut = true
    const ear = this.#ear
    setImmediate(() => {
      if (ear === this.#ear) this.#end(new AdapterError("logged-out", "The loopback network no longer accepts this password."))
    })
  }

  flood(ms: number): void {
    this.#floodedUntil = ms === 0 ? 0 : this.now() + ms
  }

  /** Throws if nothing may be sent just now. */
  mayAct(): void {
    if (this.loggedOut) throw new AdapterError("logged-out", "The loopback network no longer accepts this password.")
    if (this.#floodedUntil === 0) return
    const retryAfterMs = this.#floodedUntil - this.now()
    if (retryAfterMs > 0) throw new AdapterError("retry", "Too many messages: wait.", { retryAfterMs, blocks: "account" })
  }

  #end(error: AdapterError): void {
    const ear = this.#ear
    this.#ear = undefined
    this.mailbox.detach()
    ear?.ended(error)
  }
}
