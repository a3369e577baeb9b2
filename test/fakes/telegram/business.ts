// A business account on the fake that lets a bot answer for it: its private chats, as the bot is told of them.
//
// What the description cannot say, and where it is taken from (docs: core.telegram.org/bots/api; api: core.telegram.org/api/business,
// core.telegram.org/method/messages.sendMessage):
// - Message ids are the account's own, over all its private chats, and independent of the bot's (docs, Message.business_connection_id).
// - Answers only for 24 hours after the person last wrote: BUSINESS_PEER_USAGE_MISSING; a connection that is over: BUSINESS_CONNECTION_INVALID (api).
//   The words for a right that was not given are not known: BOT_ACCESS_FORBIDDEN.
// - Whether the bot is told of what it said itself is not documented: `echoes` plays both.
// - Nothing tells of reactions and of what the other side has read (docs, Update).
import type { BusinessBotRights, Message } from "node-telegram-bot-api"
import { type Bot, chatOf, type Person, Refused, userOf } from "./bot.js"
import type { Params } from "./methods.js"

const openMs = 24 * 60 * 60 * 1000
const deletableMs = 48 * 60 * 60 * 1000

export const everyRight: BusinessBotRights = {
  can_reply: true,
  can_read_messages: true,
  can_delete_sent_messages: true,
  can_delete_all_messages: true,
}

export class Business {
  enabled = true
  echoes = true
  readonly messages = new Map<number, Message>()
  /** Ids that the bot marked as read, in order. */
  readonly read: number[] = []
  readonly #heardAt = new Map<number, number>()
  #nextId = 9001

  constructor(
    readonly id: string,
    readonly bot: Bot,
    readonly owner: Person,
    public rights: BusinessBotRights,
  ) {}

  /** As getBusinessConnection shows it. */
  get connection() {
    const { id, owner, enabled: is_enabled, rights } = this
    return { id, user: userOf(owner), user_chat_id: owner.id, date: this.bot.seconds, is_enabled, rights }
  }

  /** The owner connects the bot, changes what it may, or disconnects it. */
  change({ rights = this.rights, enabled = true }: { rights?: BusinessBotRights; enabled?: boolean } = {}): void {
    this.rights = rights
    this.enabled = enabled
    this.bot.push({ business_connection: this.connection })
  }

  /** Somebody writes to the owner. */
  receives(from: Person, what: string | Params): Message {
    this.#heardAt.set(from.id, this.bot.now())
    return this.#tell("business_message", this.add(from, { from: userOf(from), ...contentOf(what) }))
  }

  /** The owner writes in the app. */
  says(to: Person, what: string | Params): Message {
    return this.#tell("business_message", this.add(to, { from: userOf(this.owner), ...contentOf(what) }))
  }

  /** Its author changes it in the app. */
  edit(message: Message, what: string | Params): Message {
    const next = { ...message, ...contentOf(what), edit_date: this.bot.seconds }
    this.messages.set(message.message_id, next)
    return this.#tell("edited_business_message", next)
  }

  /** Either of the two deletes them. */
  delete(chat: Person, ids: readonly number[]): void {
    for (const id of ids) this.messages.delete(id)
    this.bot.push({ deleted_business_messages: { business_connection_id: this.id, chat: chatOf(chat), message_ids: [...ids] } })
  }

  add(peer: Person, fields: Params): Message {
    const head = { message_id: this.#nextId++, date: this.bot.seconds, chat: chatOf(peer), business_connection_id: this.id }
    const message = { ...head, ...fields } as unknown as Message
    this.messages.set(message.message_id, message)
    return message
  }

  /** The bot speaks. */
  sent(peer: Person, content: Params): Message {
    const through = { from: userOf(this.owner), sender_business_bot: this.bot.plainUser }
    const message = this.add(peer, { ...through, ...content })
    if (this.echoes) this.#tell("business_message", message)
    return message
  }

  /** The person, if the bot may write to them now. */
  writable(chat: number): Person {
    const peer = this.#peer(chat)
    this.#allows("can_reply")
    if (this.bot.now() - (this.#heardAt.get(chat) ?? -Infinity) >= openMs)
      throw new Refused(400, "Bad Request: BUSINESS_PEER_USAGE_MISSING")
    return peer
  }

  found(chat: number, id: number, missing: string): Message {
    const message = this.messages.get(id)
    if (message?.chat.id !== chat) throw new Refused(400, `Bad Request: ${missing}`)
    return message
  }

  markRead(chat: number, id: number): void {
    this.#peer(chat)
    this.#allows("can_read_messages")
    this.found(chat, id, "message not found")
    this.read.push(id)
  }

  /** By the bot. */
  deleted(ids: readonly number[]): Message[] {
    this.#checkEnabled()
    const found = ids.map((id) => this.messages.get(id))
    const gone = found.filter((message) => message !== undefined)
    if (gone.length === 0) throw new Refused(400, "Bad Request: message to delete not found")
    const own = gone.every(({ sender_business_bot: by }) => by?.id === this.bot.user.id)
    if (!this.rights.can_delete_all_messages && !(own && this.rights.can_delete_sent_messages))
      throw new Refused(400, "Bad Request: BOT_ACCESS_FORBIDDEN")
    if (gone.some(({ date }) => this.bot.now() - date * 1000 >= deletableMs))
      throw new Refused(400, "Bad Request: message can't be deleted for everyone")
    for (const { message_id } of gone) this.messages.delete(message_id)
    return gone
  }

  #peer(chat: number): Person {
    this.#checkEnabled()
    if (chat === this.owner.id) throw new Refused(400, "Bad Request: messages must not be sent to self")
    const message = [...this.messages.values()].find((one) => one.chat.id === chat)
    if (!message) throw new Refused(400, "Bad Request: chat not found")
    const { first_name = "", last_name, username } = message.chat
    return { id: chat, is_bot: false, first_name, ...(last_name && { last_name }), ...(username && { username }) }
  }

  #checkEnabled(): void {
    if (!this.enabled) throw new Refused(400, "Bad Request: BUSINESS_CONNECTION_INVALID")
  }

  #allows(right: keyof BusinessBotRights): void {
    if (!this.rights[right]) throw new Refused(400, "Bad Request: BOT_ACCESS_FORBIDDEN")
  }

  #tell(kind: string, message: Message): Message {
    if (this.enabled) this.bot.push({ [kind]: message })
    return message
  }
}

/** The business account that a call names. */
export function businessOf(bot: Bot, id: unknown): Business {
  const business = bot.businesses.get(String(id))
  if (!business) throw new Refused(400, "Bad Request: business connection not found")
  return business
}

function contentOf(what: string | Params): Params {
  return typeof what === "string" ? { text: what } : what
}
