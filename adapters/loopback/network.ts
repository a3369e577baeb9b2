// A whole network in memory: accounts (our side), people (the foreign side), and what they say to each other.
import { AdapterError } from "xferry"
import { Account } from "./account.js"
import { Chats, type ChatMessage } from "./chats.js"
import { Ballots, type AsideRequest } from "./asides.js"
import { Desk } from "./commands.js"
import { besideOf } from "./content.js"
import { Faults, suffer, type FaultOrder } from "./faults.js"
import { asRef, Files } from "./files.js"
import { chatKey, mayThrough, type NewLogin } from "./logins.js"
import { alter, face, named, pageOf, presenceOf, self, type Citizen, type NewPerson } from "./people.js"
import type { Answer, Answers, Credentials, Ear, Line, Person, Request, Saying, Show } from "./protocol.js"
import type { Post } from "./room.js"
import { carryOutInRoom } from "./room-verbs.js"
import { Rooms } from "./rooms.js"
import { SentLog } from "./sent.js"
import { placed, Talk, type NewEdit, type NewSaying } from "./talk.js"

export interface NetworkOptions {
  /** How many records of what gateways did are kept, with their keys. Default 100,000. */
  keep?: number
  /** First message id of every chat. A network that must not repeat ids after a restart begins higher. Default 1. */
  firstId?: number
  /** Epoch ms. */
  now?: () => number
}

export class Network {
  readonly sent: SentLog
  readonly rooms: Rooms
  readonly chats: Chats
  readonly files: Files
  readonly talk: Talk
  readonly desk = new Desk({ account: (id) => this.account(id), person: (id) => face(this.#person(id)) })
  readonly ballots = new Ballots()
  readonly #accounts = new Map<string, Account>()
  readonly #people = new Map<string, Citizen>()
  readonly #faults = new Faults()
  readonly #now: () => number
  readonly #firstId: number
  #revisions = 0

  constructor({ keep = 100_000, firstId = 1, now = Date.now }: NetworkOptions = {}) {
    this.sent = new SentLog(keep)
    this.chats = new Chats(keep)
    this.files = new Files(firstId)
    this.talk = new Talk({
      ...{ files: this.files, chats: this.chats, now, revision: () => String(++this.#revisions) },
      account: (id) => this.account(id),
      person: (id) => face(this.#person(id)),
    })
    this.#firstId = firstId
    this.#now = now
    this.rooms = new Rooms({
      account: (id) => this.account(id),
      isAccount: (id) => this.#accounts.has(id),
      person: (id) => face(this.#people.get(id) ?? { id }),
      knownPerson: (id) => void this.#existing(id),
      now,
      rich: (said) => this.files.rich(said),
      revision: () => String(++this.#revisions),
      firstId,
      keep,
    })
  }

  // ---- the foreign side, for scripts

  /** Made when first named, so that what is said to it waits for the gateway. */
  account(id: string): Account {
    let account = this.#accounts.get(id)
    if (account === undefined) this.#accounts.set(id, (account = new Account(id, this.#firstId, this.#now)))
    return account
  }

  accounts(): Iterable<Account> {
    return this.#accounts.values()
  }

  /** Defines or renames a person. `gone`: deleted; nothing can be sent there any more. */
  person(change: NewPerson): Person {
    const known = this.#people.get(change.id)
    const person = known ?? { id: change.id }
    this.#people.set(change.id, person)
    alter(person, change, this.files)
    if (known !== undefined)
      for (const account of this.#knowing(person.id)) account.mailbox.push({ type: "contact", contact: face(person) })
    return face(person)
  }

  /** Returns the message's id. */
  say(said: NewSaying): string {
    return this.talk.say(said)
  }

  /** Returns the revision. */
  edit(edit: NewEdit): string {
    return this.talk.edit(edit)
  }

  retract(what: Parameters<Talk["retract"]>[0]): void {
    this.talk.retract(what)
  }

  react(told: Parameters<Talk["react"]>[0]): void {
    this.talk.react(told)
  }

  read(told: Parameters<Talk["read"]>[0]): void {
    this.talk.read(told)
  }

  typing(told: Parameters<Talk["typing"]>[0]): void {
    this.talk.typing(told)
  }

  carry(login: NewLogin): void {
    this.talk.carry(login)
  }

  presence({ from, show, status }: { from: string; show: Show; status?: string | undefined }): void {
    const person = this.#person(from)
    person.show = show
    person.status = status
    for (const account of this.#knowing(from)) account.mailbox.push(presenceOf(person, show))
  }

  fault(order: FaultOrder): void {
    this.#faults.add(order)
  }

  /** Forgets the faults that have not befallen anything yet. */
  mend(): void {
    this.#faults.clear()
  }

  /** As new, but that sessions stay, and that ids go on: gateways recognise doubles by them. */
  reset(): void {
    this.#faults.clear()
    this.#people.clear()
    this.sent.clear()
    this.rooms.reset()
    this.files.reset()
    this.ballots.clear()
    this.desk.reset()
    this.talk.reset()
    this.chats.reset()
    for (const account of this.#accounts.values()) {
      account.mailbox.clear()
      account.known.clear()
      account.flood(0)
    }
  }

  // ---- our side, for gateways

  async login({ account: id, password }: Credentials, signal: AbortSignal): Promise<Person> {
    const account = this.account(id)
    return this.#orFault("login", account, signal, () => {
      if (password === "wrong") throw new AdapterError("denied", "The loopback network does not accept this password.")
      account.loggedOut = false
      return self(account)
    })
  }

  logout(id: string): void {
    this.account(id).mailbox.clear()
    this.account(id).logOut()
  }

  /** `window`: how many events may wait for their acknowledgement. */
  async attach({ account: id, password }: Credentials, ear: Ear, window: number, signal: AbortSignal): Promise<Line> {
    const account = this.account(id)
    return this.#orFault("connect", account, signal, () => {
      if (account.loggedOut || password === "wrong")
        throw new AdapterError("logged-out", "The loopback network no longer accepts this password.")
      const close = account.attach(ear, window)
      for (const login of account.logins.values()) account.mailbox.push(login)
      for (const contact of account.known) {
        const person = this.#people.get(contact)
        if (person?.show !== undefined) account.mailbox.push(presenceOf(person, person.show))
      }
      return {
        self: self(account),
        request: async (request, asked) => this.perform(account, request, asked) as Answers[(typeof request)["op"]],
        ack: (n) => account.mailbox.ack(n),
        close,
      }
    })
  }

  /** Answers at once where no fault is ordered: no promise for each of many messages. */
  perform(account: Account, request: Request, signal: AbortSignal): Answer | Promise<Answer> {
    account.mayAct()
    return this.#orFault(request.op, account, signal, () => this.#carryOut(account, request))
  }

  #orFault<T>(on: Parameters<Faults["take"]>[0], account: Account, signal: AbortSignal, work: () => T): T | Promise<T> {
    const fault = this.#faults.take(on, account.id)
    return fault === undefined ? work() : suffer(fault, account, work, signal)
  }

  #carryOut(account: Account, request: Request): Answer {
    if (request.op === "upload") return { upload: this.files.append(request.base64, request.upload) }
    if (request.op === "download") return this.files.read(request.ref, request.offset)
    if (request.op === "rooms" || "room" in request) return carryOutInRoom(this, account, request)
    if ("to" in request) mayThrough(account, request)
    switch (request.op) {
      case "menu":
      case "answer":
        return this.desk.carryOut(account, request)
      case "find":
        return this.#find(account, request)
      case "contact":
        return this.#known(account, request.id)
      case "send":
        return this.#send(account, request)
      case "react":
      case "read":
      case "interact":
        return this.#aside(account, request)
      case "typing":
        this.#known(account, request.to)
        this.sent.add({ kind: "typing", account: account.id, ...sentTo(request), at: this.#now(), active: request.active })
        return {}
      case "history": {
        const { posts, more } = this.chats.page(account.id, chatKey(request.to, request.login), request)
        return { items: posts.map((post) => this.#messageOf(account, request, post)), more }
      }
      case "edit":
        this.#message(account, request).text = request.text
        this.chats.change(account.id, chatKey(request.to, request.login), request.id, { text: request.text, ...besideOf(request) })
        this.sent.add({
          ...{ kind: "edit", account: account.id, ...sentTo(request), at: this.#now(), id: request.id, text: request.text },
          ...besideOf(request),
        })
        return { revision: String(++this.#revisions) }
      case "retract":
        this.#message(account, request).retracted = true
        this.chats.change(account.id, chatKey(request.to, request.login), request.id, { retracted: true })
        this.sent.add({ kind: "retract", account: account.id, ...sentTo(request), at: this.#now(), id: request.id })
        return {}
    }
  }

  #aside(account: Account, request: { to: string; login?: string } & AsideRequest): Answer {
    const { to, id, login } = request
    this.#known(account, to)
    if (!account.hasSaid(chatKey(to, login), id)) throw new AdapterError("gone", "There is no such message.")
    const record = { account: account.id, ...sentTo(request), at: this.#now(), id }
    if (request.op === "read") return (this.sent.add({ ...record, kind: "read" }), {})
    if (request.op === "react") return (this.sent.add({ ...record, kind: "react", emoji: request.emoji }), {})
    const offered = this.talk.offered(account.id, chatKey(to, login), id)
    const { extras, text } = this.ballots.choose(`${account.id}\n${to}\n${id}`, account.id, offered?.extras, request.choose)
    this.sent.add({ ...record, kind: "interact", choose: request.choose })
    this.edit({ account: account.id, from: to, login, id, text: offered?.text ?? "", extras })
    return { text }
  }

  #message(account: Account, { to, id, login }: { to: string; id: string; login?: string }): { text: string; retracted: boolean } {
    const place = chatKey(to, login)
    const message =
      this.sent.message(account.id, place, id) ??
      (login !== undefined && account.hasSaid(place, id) ? { text: "", retracted: false } : undefined)
    if (message === undefined || message.retracted) throw new AdapterError("gone", "There is no such message.")
    return message
  }

  #send(account: Account, request: { to: string; login?: string } & Extract<Saying, { op: "send" }>): Answers["send"] {
    const { to, text, key, once, reply, quote, as, login } = request
    const place = chatKey(to, login)
    this.#known(account, to)
    const first = once ? this.sent.byKey(account.id, key) : undefined
    if (first !== undefined) {
      this.sent.add({ ...first, kind: "repeat", at: this.#now() })
      return { id: first.id!, at: first.at }
    }
    const at = this.#now()
    const id = account.nextId(place)
    const rich = besideOf(request)
    const sent = request.files?.map((file) => this.files.finish(file))
    this.chats.add(account.id, place, {
      id,
      from: this.talk.self(account, login).id,
      at,
      text,
      key,
      ...rich,
      ...(sent && { files: sent.map(asRef) }),
    })
    this.sent.add({
      kind: "send",
      account: account.id,
      ...sentTo(request),
      at,
      id,
      text,
      key,
      ...rich,
      ...(sent && { files: sent }),
      ...(reply !== undefined && { reply }),
      ...(quote !== undefined && { quote }),
      ...(as !== undefined && { as }),
    })
    return { id, at }
  }

  #messageOf(
    account: Account,
    { to: chat, login }: { to: string; login?: string },
    { retracted: _, from, key, ...post }: Post,
  ): ChatMessage {
    const own = from === this.talk.self(account, login).id
    const by = own ? this.talk.self(account, login) : face(this.#person(from))
    return { type: "message", ...placed(chat, login), from: by, ...post, ...(own && { own }), ...(own && key !== undefined && { key }) }
  }

  #find(account: Account, { text, cursor }: { text: string; cursor?: string }): Answers["find"] {
    const found = text === "" ? pageOf(this.#people.values(), cursor) : { items: named(this.#people, text) }
    if (text !== "") for (const { id } of found.items) account.known.add(id)
    return found
  }

  #known(account: Account, id: string): Person {
    const person = this.#existing(id)
    account.known.add(id)
    return face(person)
  }

  #existing(id: string): Citizen {
    const person = this.#people.get(id) ?? (this.rooms.isMember(id) ? this.#person(id) : undefined)
    if (person === undefined || person.gone) throw new AdapterError("gone", "There is no such person (any more).")
    return person
  }

  #person(id: string): Citizen {
    return this.#people.get(id) ?? (this.person({ id }), this.#people.get(id)!)
  }

  *#knowing(person: string): Iterable<Account> {
    for (const account of this.#accounts.values()) if (account.known.has(person)) yield account
  }
}

function sentTo({ to, login }: { to: string; login?: string }): { to: string; login?: string } {
  return { to, ...(login !== undefined && { login }) }
}

const networks = new Map<string, Network>()

/** The network of this name in this process, made when first asked for. */
export function getNetwork(name = "default", options?: NetworkOptions): Network {
  let network = networks.get(name)
  if (network === undefined) networks.set(name, (network = new Network(options)))
  return network
}
