// What was said in a group of the fake: one numbering for everybody, or in a basic group one for each bot.
import type { Message, ReactionType } from "node-telegram-bot-api"
import type { Bot } from "./bot.js"

/** One message. `message` lacks what differs for each bot: ids, and what it points at. */
export class Post {
  readonly #ids = new Map<Bot, number>()
  deleted = false
  /** What people think of it, by their numbers. */
  readonly reactions = new Map<number, ReactionType[]>()

  constructor(
    public message: Omit<Message, "message_id">,
    /** Of supergroups and channels: the id for everybody. */
    private readonly shared: number | undefined,
    readonly replyTo?: Post,
    readonly pins?: Post,
  ) {}

  /** Its id as this bot knows it; asked for the first time, it is given. */
  id(bot: Bot): number {
    const id = this.shared ?? this.#ids.get(bot) ?? bot.newMessageId()
    this.#ids.set(bot, id)
    return id
  }

  /** As this bot sees it. «The Message object in this field will not contain further reply_to_message fields» (Message). */
  seenBy(bot: Bot, deep = true): Message {
    return {
      ...this.message,
      message_id: this.id(bot),
      ...(deep && this.replyTo && !this.replyTo.deleted && { reply_to_message: this.replyTo.seenBy(bot, false) }),
      ...(deep && this.pins && { pinned_message: this.pins.seenBy(bot, false) }),
    }
  }
}

export class Posts {
  #next = 1
  readonly #all: Post[] = []
  readonly #byId = new Map<number, Post>()

  constructor(private readonly basic: boolean) {}

  add(message: Omit<Message, "message_id">, points: { replyTo?: Post | undefined; pins?: Post | undefined } = {}): Post {
    const id = this.basic ? undefined : this.#next++
    const post = new Post(message, id, points.replyTo, points.pins)
    this.#all.push(post)
    if (id !== undefined) this.#byId.set(id, post)
    return post
  }

  /** The id that the next one gets, outside basic groups. */
  get next(): number {
    return this.#next
  }

  /** Undefined: never was, or was deleted. */
  find(bot: Bot, id: unknown): Post | undefined {
    const post = this.basic ? this.#all.find((one) => one.id(bot) === id) : this.#byId.get(id as number)
    return post?.deleted === true ? undefined : post
  }
}
