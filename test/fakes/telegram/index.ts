// A fake of Telegram's Bot API over real HTTP on loopback, honest because everything is validated against the official description.
//
// What that description cannot say, and where it is taken from (docs: core.telegram.org/bots/api; server: github.com/tdlib/telegram-bot-api, Client.cpp):
// - Token in the path; 401 for an unknown or revoked one, 404 for what is none (docs, «Making requests»; seen at api.telegram.org).
// - getUpdates: `offset` confirms what is below it, negative offsets, at most 100, the rest stays and comes again (docs, getUpdates);
//   an offset from the future confirms nothing and is served from the head (server, do_get_updates; td/tddb TQueue::get).
// - `allowed_updates` is remembered, updates of other kinds are not kept (docs, getUpdates).
// - Two long polls at once: the older gets 409 (server, abort_long_poll); a webhook: 409 for getUpdates (server, process_get_updates_query).
//   Not modelled: repeated 409 are held back for 3 s; updates expire after 24 hours.
// - 429 carries `parameters.retry_after` in seconds (docs, ResponseParameters); only played as a fault, no rates are counted.
// - «message is not modified», «message text is empty», «message is too long» (4,096 UTF-16 units after trimming), «message to edit not found»,
//   «message can't be edited», «message to delete not found» (server, fail_query_with_error and edit/delete handlers).
// - 400 «chat not found» for who never wrote, 403 «bot was blocked by the user» and «user is deactivated» (server).
// - my_chat_member in private chats only when a person blocks or unblocks the bot (docs, Update).
// - deleteMessage only within 48 hours (docs, deleteMessage). Message ids count up for each bot (seen at api.telegram.org).
// - Of groups and channels see groups.ts, of business accounts business.ts, of buttons and commands buttons.ts.
import { patience } from "../../support/deadline.js"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { BusinessBotRights, Message, Update, User } from "node-telegram-bot-api"
import { Bot, chatOf, type Person, type Sent, userOf } from "./bot.js"
import { Business, everyRight } from "./business.js"
import { press, pressData } from "./buttons.js"
import { control } from "./control.js"
import { Faults } from "./faults.js"
import { FileStore } from "./files.js"
import { Group, type GroupFields } from "./groups.js"
import { type Beside, contentOf, type Kind, type Shown } from "./kinds.js"
import type { Params } from "./methods.js"
import { reactionTypes } from "./reacting.js"
import { assertType } from "./schema.js"
import { type Request, serve } from "./server.js"

export type { Bot, Person, Sent } from "./bot.js"
export { everyRight } from "./business.js"
export type { Business } from "./business.js"
export type { Fault, FaultKind, RandomFaults } from "./faults.js"
export type { Group, GroupFields, How, Topic } from "./groups.js"
export type { Beside, Kind, Shown } from "./kinds.js"
export { contentOf, pollOf } from "./kinds.js"
export type { Post } from "./posts.js"
export { adminRights, type Permission, type Right } from "./seats.js"
export type { Request } from "./server.js"

/** Text, or any other fields of a Message: `{ photo: […], caption: "…" }`. */
export type Said = string | Params

export interface Options {
  /** Default: one that is free. */
  port?: number
  /** Epoch ms; default the system's clock. */
  now?: () => number
  /** Serves control.ts under /control/. */
  control?: boolean
}

export class FakeBotApi {
  readonly faults = new Faults()
  /** Every request that a real server would not have taken so, in words. Tests assert that it stays empty. */
  readonly violations: string[] = []
  readonly requests: Request[] = []
  readonly groups = new Map<number, Group>()
  readonly files = new FileStore()
  readonly #bots: Bot[] = []
  readonly #persons = new Map<number, Person>()
  readonly #server: Server
  readonly #now: () => number
  readonly #watching = new Set<() => void>()
  readonly #onSend = new Set<(bot: Bot, message: Sent, what: "sent" | "edited" | "deleted") => void>()
  url = ""

  constructor(options: Options) {
    this.#now = options.now ?? Date.now
    const side = {
      botOf: (token: string) => this.#bots.find((bot) => bot.token === token),
      faults: this.faults,
      violations: this.violations,
      groups: this.groups,
      files: this.files,
      came: (request: Request) => this.requests.push(request) && this.#changed(),
      done: () => this.#changed(),
      sent: (bot: Bot, message: Sent, what: "sent" | "edited" | "deleted") => this.#onSend.forEach((tell) => tell(bot, message, what)),
    }
    this.#server = createServer((request, response) => {
      const handled =
        options.control && request.url?.startsWith("/control/") ? control(this, request, response) : serve(request, response, side)
      handled.catch((error: unknown) => {
        this.violations.push(`the fake broke: ${String(error)}`)
        response.destroy()
      })
    })
  }

  get bots(): readonly Bot[] {
    return this.#bots
  }

  /** @internal */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(port, "127.0.0.1", resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  addBot({ token, username, first_name = username }: { token: string; username: string; first_name?: string }): Bot {
    const abilities = { can_join_groups: true, can_read_all_group_messages: false, supports_inline_queries: false }
    const user = { id: Number.parseInt(token, 10), is_bot: true, first_name, username, ...abilities }
    assertType("User", user)
    const bot = new Bot(token, user, this.#now)
    this.#bots.push(bot)
    return bot
  }

  /** A group, forum or channel; what people do in it are its own methods. */
  makeGroup(fields: GroupFields): Group {
    const type = fields.type ?? "supergroup"
    const number = this.groups.size + 1
    const id = fields.id ?? (type === "group" ? -4_000_000 - number : -1_000_000_000_000 - 2_000_000 - number)
    const group = new Group(id, this.#world, { ...fields, owner: this.person(fields.owner) })
    this.groups.set(id, group)
    return group
  }

  get #world() {
    const now = this.#now
    const bots = this.#bots
    const persons = this.#persons
    return {
      bots,
      get seconds(): number {
        return Math.floor(now() / 1000)
      },
      user: (id: number): User | undefined => persons.get(id) ?? bots.find(({ user }) => user.id === id)?.plainUser,
      groupOf: (fields: GroupFields): Group => this.makeGroup(fields),
    }
  }

  person(fields: Partial<User> & { id: number }): Person {
    const person: Person = { is_bot: false, first_name: `Person ${fields.id}`, ...this.#persons.get(fields.id), ...fields }
    assertType("User", userOf(person))
    this.#persons.set(person.id, person)
    for (const bot of this.#bots) if (bot.chats.has(person.id)) bot.opened(person)
    return person
  }

  /** The person writes to the bot. */
  say(bot: Bot, person: Person, what: Said): Message {
    const chat = bot.opened(this.#persons.get(person.id) ?? person)
    const message = this.#message(bot, chat.person, { message_id: bot.newMessageId(), date: bot.seconds }, what)
    chat.messages.set(message.message_id, message)
    bot.push({ message })
    return message
  }

  /** The person sends a file, a place, a poll … */
  show(bot: Bot, person: Person, kind: Kind, it: Shown = {}, beside: Beside = {}): Message {
    return this.say(bot, person, contentOf(this.files, kind, it, beside))
  }

  /** All that the person thinks now of a message in the chat with the bot: emoji, or numbers of custom ones. */
  react(bot: Bot, person: Person, message_id: number, emoji: readonly string[]): void {
    const chat = bot.opened(this.#persons.get(person.id) ?? person)
    const old_reaction = chat.reactions.get(message_id) ?? []
    const new_reaction = reactionTypes(emoji)
    chat.reactions.set(message_id, new_reaction)
    const user = userOf(chat.person)
    bot.push({ message_reaction: { chat: chatOf(chat.person), message_id, user, date: bot.seconds, old_reaction, new_reaction } })
  }

  /** The person edits what they wrote; a text replaces text or caption. */
  edit(bot: Bot, original: Message, what: Said): Message {
    const old = bot.chat(original.chat.id).messages.get(original.message_id) ?? original
    const changes = typeof what === "string" && old.text === undefined ? { caption: what } : what
    const kept = Object.fromEntries(Object.entries(old).filter(([field]) => typeof what !== "string" || field !== "entities"))
    const message = this.#message(bot, bot.chat(original.chat.id).person, { ...kept, edit_date: bot.seconds }, changes)
    bot.chat(original.chat.id).messages.set(message.message_id, message)
    bot.push({ edited_message: message })
    return message
  }

  /** The person connects their account with the bot, so that it may answer for them. Of one that is `quiet` the bot is not told. */
  connect(bot: Bot, person: Person, rights: BusinessBotRights = everyRight, quiet = false): Business {
    const business = new Business(`conn-${person.id}-${bot.businesses.size + 1}`, bot, this.#persons.get(person.id) ?? person, rights)
    bot.businesses.set(business.id, business)
    if (!quiet) business.change()
    return business
  }

  /** Presses a button under a message of the bot's, by what is on it; the id of the query. */
  press(bot: Bot, person: Person, at: { chat: number; id: number }, button: string): string {
    return press(bot, person, this.#shownAt(bot, at), button)
  }

  /** Presses one with this data, be it there or not. */
  pressData(bot: Bot, person: Person, at: { chat: number; id: number }, data: string): string {
    return pressData(bot, person, this.#shownAt(bot, at), data)
  }

  #shownAt(bot: Bot, { chat, id }: { chat: number; id: number }): Message {
    const message = chat < 0 ? this.groups.get(chat)?.posts.find(bot, id)?.seenBy(bot) : bot.chat(chat).messages.get(id)
    if (!message) throw new Error("no such message")
    return message
  }

  /** Any other update, as it is. */
  push(bot: Bot, body: Params): Update {
    return bot.push(body)
  }

  /** An update that no real server sends: unknown fields and kinds, fields of wrong types. Its chat must have been opened by `say`. */
  wild(bot: Bot, body: Params): Update {
    return bot.push(body, true)
  }

  block(bot: Bot, person: Person): void {
    const chat = bot.opened(person)
    if (chat.blocked) return
    chat.blocked = true
    bot.memberChange(chat, "member", "kicked")
  }

  unblock(bot: Bot, person: Person): void {
    const chat = bot.opened(person)
    if (!chat.blocked) return
    chat.blocked = false
    bot.memberChange(chat, "kicked", "member")
  }

  /** From now on the person has no name, and nothing reaches them. */
  deleteAccount(person: Person): void {
    this.person({ id: person.id })
    Object.assign(this.#persons.get(person.id) as Person, { deleted: true })
    for (const bot of this.#bots) if (bot.chats.has(person.id)) bot.opened(this.#persons.get(person.id) as Person)
  }

  /** @BotFather's /revoke: the token is no longer valid. */
  revoke(bot: Bot): void {
    bot.revoked = true
    bot.endPoll("Unauthorized", 401)
  }

  /** Breaks every connection as it stands. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  /** Texts that the bot sent to this person or group and did not delete, in order, as they read now. */
  textsTo(bot: Bot, to: { id: number }): string[] {
    return bot.sent.filter(({ chat, deleted, login }) => chat === to.id && !deleted && login === undefined).map(({ text }) => text)
  }

  onSend(tell: (bot: Bot, message: Sent, what: "sent" | "edited" | "deleted") => void): () => void {
    this.#onSend.add(tell)
    return () => this.#onSend.delete(tell)
  }

  /** Resolves when `holds` gives something truthy; it is asked after every request. Rejects after `deadlineMs`. */
  async waitFor<T>(holds: () => T, what = "the fake", deadlineMs = 10_000): Promise<NonNullable<T>> {
    const withinMs = deadlineMs * patience
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#watching.delete(look)
      }
      const look = (): void => {
        const value = holds()
        if (!value) return
        end()
        resolve(value)
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`waited ${withinMs} ms for ${what}`))
      }, withinMs)
      this.#watching.add(look)
      look()
    })
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  #message(bot: Bot, person: Person, fields: Params, what: Said): Message {
    const content = typeof what === "string" ? { text: what } : what
    const message = { ...fields, from: userOf(person), chat: chatOf(person), ...content } as unknown as Message
    for (const { offset, length } of message.entities ?? []) {
      if (offset + length > (message.text ?? "").length) throw new TypeError("the fake made an entity beyond the text")
    }
    return message
  }

  #changed(): void {
    for (const look of [...this.#watching]) look()
  }
}

export async function startFakeBotApi(options: Options = {}): Promise<FakeBotApi> {
  const fake = new FakeBotApi(options)
  await fake.listen(options.port ?? 0)
  return fake
}
