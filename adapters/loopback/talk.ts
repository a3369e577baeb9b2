// What people say in direct chats, to an account or to whoever's login it carries: as scripts order it, and as gateways are told of it.
import type { Account } from "./account.js"
import { changeOf, choiceIn, type NewReaction } from "./asides.js"
import type { Chats } from "./chats.js"
import type { LoopExtra, NewRich } from "./content.js"
import type { Files } from "./files.js"
import { chatKey, type LoginEvent, type NewLogin } from "./logins.js"
import { self as accountFace } from "./people.js"
import type { LoopEvent, Person } from "./protocol.js"

interface World {
  account(id: string): Account
  /** Made when first named. */
  person(id: string): Person
  files: Files
  chats: Chats
  now(): number
  revision(): string
}

/** `own`: by the account itself on another device, or by whose login it is. `login`: in the chats of that carried login. */
interface ByWhom {
  account: string
  from: string
  own?: boolean | undefined
  login?: string | undefined
}

export type NewSaying = ByWhom & {
  text: string
  id?: string | undefined
  at?: number | undefined
  reply?: string | undefined
  quote?: string | undefined
  key?: string | undefined
} & NewRich

export type NewEdit = ByWhom & { id: string; text: string; at?: number | undefined; revision?: string | undefined } & NewRich

export class Talk {
  /** Messages that offer something to choose from. */
  readonly #offers = new Map<string, { text: string; extras: LoopExtra[] }>()

  constructor(private readonly world: World) {}

  /** Returns the message's id. An id used before is delivered once more: so a network's double looks. `own`: from another device of the account. */
  say(said: NewSaying): string {
    const { from: chat, text, reply, quote, key, login } = said
    const account = this.world.account(said.account)
    const person = this.world.person(chat)
    const place = chatKey(chat, login)
    // Of whom a login's owner writes to, their own words do not tell.
    if (login !== undefined && said.own && !account.known.has(place)) account.mailbox.push({ type: "contact", contact: person, login })
    if (said.id !== undefined) account.useId(place, said.id)
    const id = said.id ?? account.nextId(place)
    const from = said.own ? this.self(account, login) : person
    const event: LoopEvent = { type: "message", ...placed(chat, login), from, id, at: said.at ?? this.world.now(), text }
    const rich = this.world.files.rich(said)
    Object.assign(event, rich)
    if (reply !== undefined) event.reply = reply
    if (quote !== undefined) event.quote = quote
    if (said.own) event.own = true
    if (key !== undefined) event.key = key
    const { at } = event
    const more = {
      ...rich,
      ...(reply !== undefined && { reply }),
      ...(quote !== undefined && { quote }),
      ...(key !== undefined && { key }),
    }
    this.world.chats.add(account.id, place, { id, from: event.from.id, at, text, ...more })
    this.#offer(account.id, place, id, text, rich.extras)
    this.#tell(account, event)
    return id
  }

  /** A login that the account carries came, changed or went. */
  carry({ account: id, id: login, owner, active = true, maySend = true }: NewLogin): void {
    const account = this.world.account(id)
    const event: LoginEvent = { type: "login", id: login, owner: this.world.person(owner), active, maySend }
    account.logins.set(login, event)
    if (account.attached) account.mailbox.push(event)
  }

  /** Who speaks there as the account: itself, or whose login it is. */
  self(account: Account, login: string | undefined): Person {
    return (login === undefined ? undefined : account.logins.get(login)?.owner) ?? accountFace(account)
  }

  #tell(account: Account, event: LoopEvent): void {
    if (account.attached || !this.world.chats.kept) account.mailbox.push(event)
  }

  /** Returns the revision. */
  edit(edit: NewEdit): string {
    const { from: chat, id, text, at = this.world.now(), revision = this.world.revision(), own, login } = edit
    const rich = this.world.files.rich(edit)
    const account = this.world.account(edit.account)
    const place = chatKey(chat, login)
    this.world.chats.change(account.id, place, id, { text, revision, ...rich })
    this.#offer(account.id, place, id, text, rich.extras)
    const from = own ? this.self(account, login) : this.world.person(chat)
    const said = { type: "edit" as const, ...placed(chat, login), from, id, at, revision, text, ...rich }
    this.#tell(account, { ...said, ...(own && { own: true as const }) })
    return revision
  }

  /** The person takes back what they said; with `own` whoever has the account, or the login. */
  retract({ account: to, from: chat, ids, own, login }: ByWhom & { ids: string[] }): void {
    const account = this.world.account(to)
    for (const id of ids) this.world.chats.change(account.id, chatKey(chat, login), id, { retracted: true })
    const by = own ? this.self(account, login) : this.world.person(chat)
    this.#tell(account, { type: "retract", ...placed(chat, login), ids, by, ...(own && { own: true as const }) })
  }

  #offer(account: string, chat: string, id: string, text: string, extras: LoopExtra[] | undefined): void {
    const key = `${account}\n${chat}\n${id}`
    if (extras && choiceIn(extras)) this.#offers.set(key, { text, extras })
    else this.#offers.delete(key)
  }

  /** `own`: on another device of the account. */
  react(told: ByWhom & { id: string } & NewReaction): void {
    const { from: chat, id, own } = told
    const account = this.world.account(told.account)
    const person = own ? this.self(account, undefined) : this.world.person(chat)
    this.#tell(account, { type: "reactions", chat, id, change: changeOf(told, person), ...(own && { own: true as const }) })
  }

  /** The person has read, or got, all up to a message; with `own` the account has, on another device. */
  read({ account: id, from: chat, upTo, own, login, delivered }: ByWhom & { upTo: string; delivered?: boolean | undefined }): void {
    const account = this.world.account(id)
    const from = own ? this.self(account, login) : this.world.person(chat)
    this.#tell(account, { type: delivered ? "delivered" : "read", ...placed(chat, login), from, upTo })
  }

  typing({ account, from: chat, active = true, login }: ByWhom & { active?: boolean | undefined }): void {
    this.world.account(account).known.add(chatKey(chat, login))
    this.world.account(account).mailbox.push({ type: "typing", ...placed(chat, login), from: this.world.person(chat), active })
  }

  offered(account: string, chat: string, id: string): { text: string; extras: LoopExtra[] } | undefined {
    return this.#offers.get(`${account}\n${chat}\n${id}`)
  }

  reset(): void {
    this.#offers.clear()
  }
}

export function placed(chat: string, login: string | undefined): { chat: string; login?: string } {
  return { chat, ...(login !== undefined && { login }) }
}
