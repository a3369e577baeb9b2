// Direct chats through an account that several users share: each event finds the user it is meant for, or its author is asked or told.
import type { MessageEvent, NetworkEvent } from "../../adapter/contract.js"
import type { Log } from "../log.js"
import type { IdMint } from "../ids.js"
import type { Link } from "../model.js"
import type { Store } from "../store.js"
import { Turnstile } from "../turnstile.js"
import { words } from "../words/words.js"
import { frozen, longestHeld, thawed } from "./held.js"
import { choiceOf, type Teller } from "./teller.js"
import { saidBy, whose, type WhoseParts } from "./whose.js"

/** So many messages of one person wait for them to choose, for so long (ms). */
const mostHeld = 20
const holdMs = 24 * 60 * 60_000
const hour = 60 * 60_000
const minute = 60_000

export interface SharedParts extends Omit<WhoseParts, "store"> {
  store: Store
  ids: IdMint
  log: Log
  teller: Teller
  /** As if the account were this user's own. */
  tell(link: Link, event: NetworkEvent): Promise<void>
  /** Name of the network, for sentences. */
  name: string
  network: string
  languageOf(person: string): string
  /** Epoch ms. */
  now(): number
}

type Event<K extends NetworkEvent["type"]> = Extract<NetworkEvent, { type: K }>

export class SharedChats {
  /** Of what each person says to each account. Without bound: what is not acknowledged yet is the back-pressure. */
  readonly #order = new Turnstile(Number.POSITIVE_INFINITY)
  /** By account: people of whom something is held. */
  readonly #waiting = new Map<number, Promise<Set<string>>>()
  /** By account: people with whom some user has to do; networks tell of thousands more. Nobody is taken out. */
  #people: Promise<Set<string>> | undefined

  constructor(private readonly parts: SharedParts) {}

  /** Resolves when it is committed, or nobody's. */
  async emit(account: number, event: NetworkEvent): Promise<void> {
    if (event.type === "presence" || event.type === "contact") return this.#toAll(account, event)
    const person = "chat" in event && "user" in event.chat ? event.chat.user : undefined
    if (person === undefined || ("own" in event && event.own === true)) return
    return this.#order.enter(`${account} ${person}`, async (through) => {
      const told = await this.#one(account, person, event)
      if (!told) return
      const telling = this.parts.tell(told, event)
      through()
      await telling
    })
  }

  /** Undefined: it is settled. */
  async #one(account: number, person: string, event: NetworkEvent): Promise<Link | undefined> {
    switch (event.type) {
      case "message":
        return this.#message(account, person, event)
      case "edit":
      case "reactions":
      case "previews":
        return this.#about(account, person, event.id, event)
      case "retract":
        return this.#about(account, person, event.ids[0] ?? "", event)
      case "read":
      case "delivered":
        return this.#about(account, person, event.upTo, event)
      case "typing":
      case "notice": {
        const found = await whose(this.parts, account, person)
        return found.k === "link" ? found.link : undefined
      }
      default:
        return undefined
    }
  }

  async #message(account: number, person: string, event: MessageEvent): Promise<Link | undefined> {
    const { log, teller, name } = this.parts
    const waits = (await this.#held(account)).has(person) && !(await this.#drain(account, person))
    const found = await whose(this.parts, account, person, event.reply?.id)
    if (found.k === "link" && (found.chosen || !waits)) return found.link
    if (found.k === "link") return this.#hold(account, person, event, [found.link])
    if (found.k === "ask") return this.#hold(account, person, event, found.among)
    log.info({ id: event.id, person, why: found.k }, "a direct message for nobody who writes with its author was refused")
    if (found.k === "ended")
      teller.say(
        account,
        person,
        "ended",
        minute,
        words("Not delivered: whoever said that does not write with you here any more. Say «to» to see who does."),
      )
    else
      teller.say(
        account,
        person,
        "stranger",
        hour,
        words(
          "Not delivered: this account belongs to a gateway to XMPP, and nobody there has agreed to write with you on {network} yet. Say «help» to see how to begin.",
          { network: name },
        ),
      )
    return undefined
  }

  /** It waits on disk until its author has said for whom it is. */
  async #hold(account: number, person: string, event: MessageEvent, among: Link[]): Promise<undefined> {
    const { store, ids, teller, now } = this.parts
    const json = frozen(event)
    const held =
      json.length > longestHeld
        ? "full"
        : await store.hold({ id: ids.next(), account, legacyUser: person, legacyId: event.id, event: json, at: now(), most: mostHeld })
    if (held === "full") {
      const text = words("Not delivered: first say for whom your messages are, and then this one again. Say «to» to choose.")
      teller.say(account, person, "full", minute, text)
      return
    }
    ;(await this.#held(account)).add(person)
    this.#askWhom(account, person, among)
  }

  #askWhom(account: number, person: string, among: readonly Link[]): void {
    const { teller, languageOf } = this.parts
    const question = words("For whom is this? It waits until you have chosen; what you say then goes to the same.")
    const { text, extras } = choiceOf(question, "to", among, [], languageOf(person))
    teller.say(account, person, "whom", 10 * minute, text, extras)
  }

  /** Of a message that was relayed; of one that is held, which then is another; of any other nobody needs to know. */
  async #about(account: number, person: string, id: string, event: NetworkEvent): Promise<Link | undefined> {
    const { directory, log } = this.parts
    const said = await saidBy(this.parts, account, person, id)
    const link = said === undefined ? undefined : directory.links.get(said)
    if (link) {
      // What was said can be taken back from whoever has it.
      if (event.type === "retract") return link
      const found = await whose(this.parts, account, person, id)
      return found.k === "link" && found.link === link ? link : undefined
    }
    if (event.type === "edit") await this.#changeHeld(account, person, event)
    else if (event.type === "retract")
      for (const legacyId of event.ids) await this.parts.store.changeHeld({ account, legacyUser: person, legacyId, event: null })
    else log.debug({ type: event.type, id }, "about nothing that was relayed")
    return undefined
  }

  async #changeHeld(account: number, person: string, { id, body, at }: Event<"edit">): Promise<void> {
    const { store } = this.parts
    const of = { account, legacyUser: person, legacyId: id }
    const held = await store.heldMessage(of)
    if (!held) return
    const before = thawed(held.event)
    const files = body.files ?? before.body.files
    await store.changeHeld({ ...of, event: frozen({ ...before, at, body: { ...body, ...(files && { files }) } }) })
  }

  // ---- what is held

  #held(account: number): Promise<Set<string>> {
    const known = this.#waiting.get(account) ?? this.parts.store.heldPeople(account).then((people) => new Set(people))
    this.#waiting.set(account, known)
    known.catch(() => this.#waiting.delete(account))
    return known
  }

  /** The person has chosen: what waited goes there. Resolves with how many messages that were. */
  async chosen(account: number, person: string): Promise<number> {
    if (!(await this.#held(account)).has(person)) return 0
    return this.#order.enter(`${account} ${person}`, async () => {
      const before = (await this.parts.store.heldOf(account, person)).length
      return (await this.#drain(account, person)) ? before : 0
    })
  }

  /** In the person's order. True: nothing is held any more. What is cut short here goes on when the session is up again, or with the next word. */
  async #drain(account: number, person: string): Promise<boolean> {
    const { store, tell, now, teller } = this.parts
    const all = await store.heldOf(account, person)
    const late = all.filter(({ at }) => now() - at > holdMs)
    if (late.length > 0) {
      const text = words("{count} of your messages were not delivered: you did not say for whom they were.", { count: late.length })
      teller.say(account, person, "late", 0, text)
      await store.dropHeld(late.map(({ id }) => id))
    }
    const found = await whose(this.parts, account, person)
    const rest = all.filter((one) => !late.includes(one))
    if (rest.length > 0 && !(found.k === "link" && found.chosen)) {
      if (found.k === "ask") this.#askWhom(account, person, found.among)
      return false
    }
    if (found.k === "link")
      for (const { id, event } of rest) {
        // Known by its id: a crash between these two does not tell it twice.
        await tell(found.link, thawed(event))
        await store.dropHeld([id])
      }
    ;(await this.#held(account)).delete(person)
    teller.forget(account, person, "whom")
    return true
  }

  /** The session is up (again): whoever has chosen meanwhile, or was not asked yet. */
  up(account: number): void {
    void this.#resume(account).catch((error: unknown) =>
      this.parts.log.warn({ err: error }, "messages that are held could not be looked at"),
    )
  }

  async #resume(account: number): Promise<void> {
    for (const person of [...(await this.#held(account))])
      await this.#order.enter(`${account} ${person}`, () => this.#drain(account, person))
  }

  // ---- of a person, whoever they write with

  /** A user has to do with this person from now on. */
  met(account: number, person: string): void {
    void this.#people?.then((people) => people.add(`${account} ${person}`)).catch(() => undefined)
  }

  async #toAll(account: number, event: Event<"presence" | "contact">): Promise<void> {
    const { store, network, directory, tell } = this.parts
    const person = event.type === "presence" ? event.from.id : event.contact.id
    this.#people ??= store.peopleOfGuests(network).then((all) => new Set(all.map((one) => `${one.account} ${one.legacyId}`)))
    this.#people.catch(() => (this.#people = undefined))
    if (!(await this.#people).has(`${account} ${person}`)) return
    for (const { link: id, consent } of await store.ties(account, person)) {
      const link = directory.links.get(id)
      if (link && consent !== "none") await tell(link, event)
    }
  }
}
