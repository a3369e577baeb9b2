// One bot on the fake server: its updates, its chats, its long poll.
import type { ChatMember, Message, ReactionType, Update, User } from "node-telegram-bot-api"
import type { Business } from "./business.js"
import { assertType } from "./schema.js"

/** A refusal in Telegram's words. */
export class Refused extends Error {
  constructor(
    readonly code: number,
    readonly description: string,
    readonly parameters?: { retry_after?: number; migrate_to_chat_id?: number },
  ) {
    super(`${code}: ${description}`)
  }
}

export interface Person extends User {
  deleted?: boolean
}

/** What a bot sent. `text` is the present one; `first` as it was sent. */
export interface Sent {
  chat: number
  id: number
  text: string
  first: string
  edits: number
  deleted: boolean
  /** Epoch ms. */
  at: number
  /** Topic of a forum. */
  thread?: number
  /** Id of the message it answers. */
  replyTo?: number
  /** The fields of the Message that hold what it shows: `text` above is then the caption. */
  content?: Partial<Message>
  silent?: boolean
  /** Business connection by which it was said. */
  login?: string
}

interface Poll {
  answer(updates: Update[]): void
  fail(refused: Refused): void
  limit: number
}

export interface Chat {
  person: Person
  blocked: boolean
  messages: Map<number, Message>
  /** What the person thinks of each. */
  reactions: Map<number, ReactionType[]>
}

export type UpdateBody = { [field: string]: unknown }

/** Kinds that must be asked for by name (Bot API, getUpdates, `allowed_updates`). */
const notByDefault = new Set(["chat_member", "message_reaction", "message_reaction_count"])

export class Bot {
  readonly user: User
  token: string
  readonly chats = new Map<number, Chat>()
  /** All that was sent, in order. */
  readonly sent: Sent[] = []
  /** Chat actions, in order. */
  readonly actions: { chat: number; action: string; thread?: number; login?: string }[] = []
  /** Reactions it set, in order; none: taken away. */
  readonly reactions: { chat: number; id: number; emoji: string[] }[] = []
  /** Business accounts that it was connected with, by connection. */
  readonly businesses = new Map<string, Business>()
  /** Presses of buttons, and how each was answered. */
  readonly queries = new Map<string, { text: string; alert: boolean } | undefined>()
  /** Lists of commands, by «scope language». */
  readonly commands = new Map<string, readonly { command: string; description: string }[]>()
  /** Updates that are wrong on purpose. */
  readonly wild = new WeakSet<Update>()
  webhook = ""
  revoked = false
  /** Next `update_id`. May be set: after a week's silence Telegram takes a random one. */
  nextUpdateId = 700_000_001
  #nextMessageId = 1
  #allowed: ReadonlySet<string> | undefined
  readonly #queue: Update[] = []
  #poll: Poll | undefined

  constructor(
    token: string,
    user: User,
    /** Epoch ms. */
    readonly now: () => number,
  ) {
    this.token = token
    this.user = user
  }

  /** Updates that the bot has not confirmed. */
  get pending(): readonly Update[] {
    return this.#queue
  }

  get polling(): boolean {
    return this.#poll !== undefined
  }

  get seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  /** As others see it: some fields are «returned only in getMe» (User). */
  get plainUser(): User {
    const { id, is_bot, first_name, username } = this.user
    return { id, is_bot, first_name, ...(username !== undefined && { username }) }
  }

  newMessageId(): number {
    return this.#nextMessageId++
  }

  chat(id: unknown): Chat {
    const chat = this.chats.get(Number(id))
    if (!chat) throw new Refused(400, "Bad Request: chat not found")
    return chat
  }

  /** A chat in which the bot may write. */
  writable(id: unknown): Chat {
    const chat = this.chat(id)
    if (chat.person.deleted) throw new Refused(403, "Forbidden: user is deactivated")
    if (chat.blocked) throw new Refused(403, "Forbidden: bot was blocked by the user")
    return chat
  }

  /** The chat of a person who writes, made at the first message. */
  opened(person: Person): Chat {
    const chat = this.chats.get(person.id) ?? {
      person,
      blocked: false,
      messages: new Map<number, Message>(),
      reactions: new Map<number, ReactionType[]>(),
    }
    chat.person = person
    this.chats.set(person.id, chat)
    return chat
  }

  /** `wild`: not checked, for what no real server sends. */
  push(body: UpdateBody, wild = false): Update {
    const update = { update_id: this.nextUpdateId++, ...body } as unknown as Update
    if (wild) this.wild.add(update)
    else assertType("Update", update)
    const [kind = ""] = Object.keys(body)
    if (wild || (this.#allowed ? this.#allowed.has(kind) : !notByDefault.has(kind))) this.#queue.push(update)
    if (this.#poll && this.#queue.length > 0) this.#answer(this.#poll, this.#queue.slice(0, this.#poll.limit))
    return update
  }

  memberChange(chat: Chat, before: "member" | "kicked", after: "member" | "kicked"): void {
    const status = (is: string): ChatMember => ({ status: is, user: this.user, ...(is === "kicked" && { until_date: 0 }) })
    const from = userOf(chat.person)
    this.push({
      my_chat_member: {
        chat: chatOf(chat.person),
        from,
        date: this.seconds,
        old_chat_member: status(before),
        new_chat_member: status(after),
      },
    })
  }

  /** getUpdates; `gone` aborts when the asking connection closes. */
  getUpdates(
    asked: { offset?: number; limit?: number; timeout?: number; allowed_updates?: string[] },
    gone: AbortSignal,
  ): Promise<Update[]> {
    if (this.webhook !== "") {
      throw new Refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
    }
    const { offset = 0, timeout = 0 } = asked
    const limit = Math.min(Math.max(asked.limit ?? 100, 1), 100)
    if (asked.allowed_updates) this.#allowed = asked.allowed_updates.length === 0 ? undefined : new Set(asked.allowed_updates)
    this.#confirm(offset)
    if (this.#queue.length > 0 || timeout <= 0) return Promise.resolve(this.#queue.slice(0, limit))
    // Who hung up before the request was read takes nobody's place.
    if (gone.aborted) return Promise.resolve([])
    this.endPoll("Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
    return new Promise<Update[]>((resolve, reject) => {
      const end = (): void => this.#answer(poll, [])
      const timer = setTimeout(end, timeout * 1000)
      gone.addEventListener("abort", end, { once: true })
      const settle = (): void => {
        clearTimeout(timer)
        gone.removeEventListener("abort", end)
      }
      const poll: Poll = {
        limit,
        answer: (updates) => (settle(), resolve(updates)),
        fail: (refused) => (settle(), reject(refused)),
      }
      this.#poll = poll
    })
  }

  endPoll(description: string, code = 409): void {
    const poll = this.#poll
    this.#poll = undefined
    poll?.fail(new Refused(code, description))
  }

  forgetUpdates(): void {
    this.#queue.length = 0
  }

  #answer(poll: Poll, updates: Update[]): void {
    if (this.#poll === poll) this.#poll = undefined
    poll.answer(updates)
  }

  #confirm(offset: number): void {
    if (offset < 0) this.#queue.splice(0, Math.max(0, this.#queue.length + offset))
    // An offset from the future is no confirmation: the queue is served from its head.
    if (offset <= 0 || offset > this.nextUpdateId + 10) return
    while (this.#queue[0] && this.#queue[0].update_id < offset) this.#queue.shift()
  }
}

/** A person as Telegram shows them; of a deleted account only the number is left. */
export function userOf({ deleted, ...user }: Person): User {
  return deleted ? { id: user.id, is_bot: user.is_bot, first_name: "" } : user
}

export function chatOf(person: Person): Message["chat"] {
  const { id, first_name, last_name, username } = userOf(person)
  return {
    id,
    type: "private",
    ...(first_name !== "" && { first_name }),
    ...(last_name !== undefined && { last_name }),
    ...(username !== undefined && { username }),
  }
}
