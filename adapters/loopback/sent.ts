// The log of what gateways did on the network: for drivers to read, and to recognise keys and messages again.
import type { LoopExtra, Rich } from "./content.js"
import type { SentFileRecord } from "./files.js"
import { chatKey } from "./logins.js"
import type { Change } from "./room-protocol.js"

export const recordKinds = ["send", "repeat", "edit", "retract", "typing", "manage", "react", "read", "interact"] as const

export interface SentRecord {
  /** Counts over the whole network, from 1, without gaps. */
  ordinal: number
  /** `repeat`: a send whose key was known; `id` and `text` are those of the first. */
  kind: (typeof recordKinds)[number]
  account: string
  /** A person, or a room. */
  to: string
  /** In the name of this carried login. */
  login?: string
  /** The room, if it was in one: the same as `to`. */
  room?: string
  /** Epoch ms. */
  at: number
  id?: string
  text?: string
  key?: string
  reply?: string
  as?: string
  /** The part of the message that is answered. */
  quote?: string
  spans?: NonNullable<Rich["spans"]>
  files?: SentFileRecord[]
  extras?: LoopExtra[]
  active?: boolean
  /** Of «react» all there is now. */
  emoji?: string[]
  /** Of «interact»: ids of options. */
  choose?: string[]
  /** Of «manage»: what was asked for. */
  manage?: Change
}

export interface SentQuery {
  account?: string | undefined
  to?: string | undefined
  room?: string | undefined
  kind?: SentRecord["kind"] | undefined
  id?: string | undefined
  text?: string | undefined
  key?: string | undefined
  /** Only ordinals above this. */
  after?: number | undefined
  limit?: number | undefined
}

interface Message {
  text: string
  retracted: boolean
}

const criteria = ["account", "to", "room", "kind", "id", "text", "key"] as const

export function matches(record: SentRecord, query: SentQuery): boolean {
  return criteria.every((name) => query[name] === undefined || query[name] === record[name])
}

export class SentLog {
  #records: SentRecord[] = []
  #head = 0
  #count = 0
  readonly #byKey = new Map<string, SentRecord>()
  readonly #messages = new Map<string, Message>()
  readonly #listeners = new Set<(record: SentRecord) => void>()

  /** `keep`: how many records, with their keys and messages, are remembered. */
  constructor(private readonly keep: number) {}

  add(fact: Omit<SentRecord, "ordinal">): void {
    const record: SentRecord = { ...fact, ordinal: ++this.#count }
    this.#records.push(record)
    if (record.kind === "send") {
      this.#byKey.set(keyOf(record.account, record.key!), record)
      this.#messages.set(messageKey(record.account, chatKey(record.to, record.login), record.id!), { text: record.text!, retracted: false })
    }
    if (this.#records.length - this.#head > this.keep) this.#forget()
    for (const listener of this.#listeners) listener(record)
  }

  byKey(account: string, key: string): SentRecord | undefined {
    return this.#byKey.get(keyOf(account, key))
  }

  message(account: string, to: string, id: string): Message | undefined {
    return this.#messages.get(messageKey(account, to, id))
  }

  list(query: SentQuery = {}): SentRecord[] {
    const { after = 0, limit = Infinity } = query
    const found: SentRecord[] = []
    for (let i = this.#head; i < this.#records.length && found.length < limit; i++) {
      const record = this.#records[i]!
      if (record.ordinal > after && matches(record, query)) found.push(record)
    }
    return found
  }

  /** Returns how to stop listening. */
  listen(listener: (record: SentRecord) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  clear(): void {
    this.#records = []
    this.#head = 0
    this.#byKey.clear()
    this.#messages.clear()
  }

  #forget(): void {
    const { kind, account, to, login, id, key } = this.#records[this.#head++]!
    if (kind === "send") {
      this.#byKey.delete(keyOf(account, key!))
      this.#messages.delete(messageKey(account, chatKey(to, login), id!))
    }
    if (this.#head > 4096 && this.#head * 2 > this.#records.length) {
      this.#records.splice(0, this.#head)
      this.#head = 0
    }
  }
}

const keyOf = (account: string, key: string): string => `${account}\n${key}`
const messageKey = (account: string, to: string, id: string): string => `${account}\n${to}\n${id}`
