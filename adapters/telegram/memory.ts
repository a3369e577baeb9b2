// What Telegram tells once and needs again later: the topic of a message, the message of a poll, who has which username.
import type { Message, Update } from "node-telegram-bot-api"
import type { ChatRef, Contact, Host, LegacyMessageId, LegacyUserId } from "xferry"
import { Lru } from "./lru.js"
import { chatRef, threadOf } from "./places.js"
import { senderOf, shortHash } from "./people.js"
import type { Named } from "./spans.js"

/** A poll's message: an update of a poll names neither. */
export interface PollAt {
  chat: ChatRef
  /** Telegram's number of the chat. */
  number: number
  id: LegacyMessageId
  from: Contact
}

/** A moving place is told at most so often: it changes every few seconds, for up to eight hours. */
const liveSeconds = 60
const [threadsKept, pollsKept, namesKept, livesKept] = [2000, 100, 2000, 500]
const [threadsKey, pollsKey] = ["threads", "polls"]

/** In which topic of a forum a message stands: of a reaction Telegram names only the chat. */
export class Threads {
  readonly #known = new Lru<string, number>(threadsKept)
  changed = false

  note(chat: number, message: number, thread: number | undefined): void {
    if (thread === undefined || this.#known.get(`${chat} ${message}`) === thread) return
    this.#known.set(`${chat} ${message}`, thread)
    this.changed = true
  }

  of(chat: number, message: number): number | undefined {
    return this.#known.get(`${chat} ${message}`)
  }

  /** «chat thread message …», a line a topic; the oldest first. */
  toString(): string {
    const lines = new Map<string, string[]>()
    for (const [key, thread] of this.#known.entries()) {
      const [chat = "", message = ""] = key.split(" ")
      lines.set(`${chat} ${thread}`, [...(lines.get(`${chat} ${thread}`) ?? []), message])
    }
    return [...lines].map(([head, messages]) => `${head} ${messages.join(" ")}`).join("\n")
  }

  read(text: string): void {
    for (const line of text.split("\n")) {
      const [chat, thread, ...messages] = line.split(" ").map(Number)
      if (chat && thread) for (const message of messages) this.note(chat, message, thread)
    }
    this.changed = false
  }
}

export class Memory {
  readonly threads = new Threads()
  readonly #polls = new Lru<string, PollAt>(pollsKept)
  readonly #names = new Lru<string, LegacyUserId>(namesKept)
  readonly #lives = new Lru<string, number>(livesKept)
  #pollsChanged = false

  constructor(private readonly state: Host["state"]) {}

  static async load(state: Host["state"]): Promise<Memory> {
    const memory = new Memory(state)
    memory.threads.read((await state.get(threadsKey)) ?? "")
    for (const [id, poll] of JSON.parse((await state.get(pollsKey)) ?? "[]") as [string, PollAt][]) memory.#polls.set(id, poll)
    return memory
  }

  /** To be told of every message before it is translated. */
  heard(message: Message): void {
    const { chat, message_id: id, from, poll } = message
    this.threads.note(chat.id, id, threadOf(message))
    if (typeof from?.username === "string") this.#names.set(from.username.toLowerCase(), String(from.id))
    if (typeof poll?.id !== "string" || poll.is_closed || this.#polls.get(poll.id)) return
    const { avatar: _, profile: __, ...sender } = senderOf(message)
    this.#polls.set(poll.id, { chat: chatRef(message), number: chat.id, id: String(id), from: sender })
    this.#pollsChanged = true
  }

  pollAt = (id: string): PollAt | undefined => this.#polls.get(id)

  /** Telegram's number of the chat that an update is about, where it does not say so. */
  chatOf(update: Update): number | undefined {
    return "poll" in update ? this.#polls.get(update.poll.id)?.number : undefined
  }

  named: Named = (username) => this.#names.get(username.toLowerCase())

  /** Whether this move of a place that moves is told. */
  moves = ({ chat, message_id: id, location, edit_date: at = 0 }: Message): boolean => {
    const key = `${chat.id} ${id}`
    const last = this.#lives.get(key) ?? -Infinity
    if (location?.live_period !== undefined && at - last < liveSeconds) return false
    this.#lives.set(key, at)
    return true
  }

  async save(): Promise<void> {
    if (this.threads.changed) await this.state.set(threadsKey, this.threads.toString())
    this.threads.changed = false
    if (this.#pollsChanged) await this.state.set(pollsKey, JSON.stringify(this.#polls.entries()))
    this.#pollsChanged = false
  }
}

/** Tells apart what a message shows at one time and another. */
export function shownHash(body: object): string {
  return shortHash(JSON.stringify(body))
}
