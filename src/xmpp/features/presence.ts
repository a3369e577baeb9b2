// Presence from both sides: subscriptions as RFC 6121 §3 wants them of a contact's server, probes answered at once, and who of our users is there.
import type { BareJid, ContactRow, FullJid, Link, RosterEntry, Subscription } from "../../core/model.js"
import { howToRegister } from "../../core/commands/command.js"
import { Lru } from "../../core/lru.js"
import { Refusal } from "../../core/ports.js"
import { inLanguage, words } from "../../core/words/words.js"
import { bareOf } from "../jid.js"
import { write as nick } from "../payload/nick.js"
import { refuse, unknownAddress } from "../router.js"
import { presence, textEl } from "../stanza.js"
import type { Context, Incoming } from "../types.js"
import { notice } from "./avatar.js"
import { isVisible, sees, type Availability } from "./availability.js"
import type { Interests } from "./interests.js"
import type { Roster } from "./roster.js"
import { Serial } from "./serial.js"
import type { Sessions } from "./sessions.js"

export interface PresenceParts {
  context: Context
  availability: Availability
  interests: Interests
  roster: Roster
  sessions: Sessions
  /** A client went off-line. */
  gone(full: FullJid): void
  /** Says something to a user from the gateway's JID. */
  tell(to: string, text: string): void
}

export class Presences {
  readonly #parts: PresenceParts
  readonly #serial: Serial
  /** Counts streams: what was begun for an earlier one is not finished on the next. */
  #stream = 0
  /** What the gateway told each user (not a single resource) last on this stream: told once, however many reasons there are. */
  readonly #told = new Map<BareJid, string>()

  /** What the clients that want it were told last of each contact's picture. By link and contact; «» for none. */
  readonly #pictures = new Lru<string, string>(50_000)

  constructor(parts: PresenceParts) {
    this.#parts = parts
    parts.interests.onWanted = (full) => this.#wanted(full)
    this.#serial = new Serial((error) =>
      parts.context.log.error({ err: error, network: parts.context.service.id }, "a presence could not be handled"),
    )
  }

  // ---- from users
  handle(incoming: Incoming): void {
    const { service } = this.#parts.context
    const { type, fromBare, from, target } = incoming
    const links = service.linksOf(fromBare)
    // RFC 6120 §8.3.1: an error is not answered, and a server's about one stanza says nothing of a resource.
    if (type === "error") return
    if (type === "" || type === "unavailable") {
      if (target.kind === "unknown") return this.#noRoom(incoming)
      if (links.length === 0) return
      const told = target.kind === "gateway" ? "" : `${target.tag}!${target.legacyId}`
      if (type === "") return this.#came(from, told, links)
      for (const gone of this.#parts.sessions.left(from, told)) {
        service.userPresence(gone, false)
        this.#parts.gone(gone)
      }
      return
    }
    void this.#serial.run(fromBare, async () => {
      if (incoming.target.kind === "gateway") return this.#gateway(incoming)
      const link = target.kind === "contact" ? service.linksOf(fromBare).find(({ tag }) => tag === target.tag) : undefined
      if (target.kind !== "contact" || !link) return this.#stranger(incoming)
      return this.#contact(incoming, link, target.legacyId)
    })
  }

  /** Somebody who tries to join waits for an answer; other presences to nobody are passed over. */
  #noRoom({ el, type }: Incoming): void {
    const { context } = this.#parts
    if (type === "" && el.getChild("x", "http://jabber.org/protocol/muc")) context.send(refuse(context, el, unknownAddress(context)))
  }

  #came(from: FullJid, told: string, links: readonly Link[]): void {
    const { sessions, context } = this.#parts
    if ((from as string) === bareOf(from) || !sessions.came(from, told)) return
    context.service.userPresence(from, true)
    void this.#serial.run(bareOf(from), () => this.#showAll(links, from))
  }

  /** Who is not registered, or asks for somebody who cannot be: not subscribed (RFC 6121 §4.3.2), whoever it may be. */
  #stranger({ type, to, fromBare }: Incoming): Promise<void> {
    if (type === "probe" || type === "subscribe") this.#send(bareOf(to), fromBare, "unsubscribed")
    return Promise.resolve()
  }

  async #gateway(incoming: Incoming): Promise<void> {
    const { context, availability } = this.#parts
    const { type, to, from, fromBare, lang } = incoming
    if (context.service.linksOf(fromBare).length === 0) {
      await this.#stranger(incoming)
      if (type === "subscribe") this.#parts.tell(fromBare, inLanguage(howToRegister(context.service), lang))
      return
    }
    const me = bareOf(to)
    if (type === "probe") context.send(availability.gateway(fromBare, me, from))
    if (type !== "subscribe") return
    this.#send(me, fromBare, "subscribed")
    context.send(availability.gateway(fromBare, me, fromBare))
  }

  async #contact(incoming: Incoming, link: Link, legacyId: string): Promise<void> {
    const { context, availability } = this.#parts
    const { service } = context
    const { type, to, from, fromBare } = incoming
    const jid = bareOf(to)
    const entry = await service.rosterEntry(link, legacyId)
    if (type === "subscribe") return this.#subscribe(link, entry, legacyId, incoming)
    if (!entry) return this.#stranger(incoming)
    const { contact, subscription } = entry
    if (type === "probe") {
      // Who is blocked only seems not to be there: the subscription stays for when that ends.
      if (entry.consent === "blocked") return this.#send(jid, from, "unavailable")
      if (entry.consent !== "both") return this.#stranger(incoming)
      // The user's server probes for whom its roster shows a subscription: it knows better than we (complaints of contacts that vanish).
      await this.#remember(link, contact, subscription, sees(subscription) ? subscription : subscription === "from" ? "both" : "to")
      context.send(availability.contact(link, contact, jid, from))
    } else if (entry.consent === "none") {
      // An answer to what nobody asks any more.
      return
    } else if (type === "subscribed") {
      await service.people.answer(link, legacyId, true)
      await this.#remember(link, contact, subscription, sees(subscription) ? "both" : "from")
    } else if (type === "unsubscribe") {
      await this.#remember(link, contact, subscription, subscription === "both" || subscription === "from" ? "from" : "asked")
      this.#send(jid, fromBare, "unavailable")
    } else if (type === "unsubscribed") {
      // A guest's: they do not write to each other any more, and nobody sees anybody.
      if (await service.people.answer(link, legacyId, false)) return
      // «asked», not «none»: whom the user turned away is not offered again.
      await this.#remember(link, contact, subscription, sees(subscription) ? "to" : "asked")
    }
  }

  async #subscribe(link: Link, entry: RosterEntry | undefined, legacyId: string, { to, fromBare, lang }: Incoming): Promise<void> {
    const { context, availability } = this.#parts
    const jid = bareOf(to)
    let contact: ContactRow
    try {
      // Who asks back has agreed.
      if (entry?.consent === "asked") await context.service.people.answer(link, legacyId, true)
      contact = entry && entry.consent !== "none" ? entry.contact : await context.service.resolve(link, legacyId)
      if (entry?.consent === "blocked")
        throw new Refusal(
          "not-acceptable",
          words("You have blocked this person. Write «unblock» to {domain} to end that.", { domain: context.domain }),
        )
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      context.send(
        presence(
          { from: jid, to: fromBare, type: "unsubscribed" },
          textEl("status", inLanguage(error.error.said ?? error.error.text, lang)),
        ),
      )
      return
    }
    const subscription = entry?.subscription ?? (await context.service.rosterEntry(link, legacyId))?.subscription ?? "none"
    this.#send(jid, fromBare, "subscribed")
    const mutual = subscription === "from" || subscription === "both"
    if (!mutual) context.send(presence({ from: jid, to: fromBare, type: "subscribe" }, nick(contact.name)))
    await this.#remember(link, contact, subscription, mutual ? "both" : "to")
    context.send(availability.contact(link, contact, jid, fromBare))
    this.#pictureAtLast(link, contact, jid)
  }

  async #remember(link: Link, contact: ContactRow, old: Subscription, next: Subscription): Promise<void> {
    if (next !== old) await this.#parts.context.service.setSubscription(link, contact, next)
  }

  #send(from: string, to: string, type: string): void {
    this.#parts.context.send(presence({ from, to, type }))
  }

  // ---- to users
  /** A new stream: nothing is known of anybody, and nobody knows of us. */
  streamUp(): void {
    const { context, sessions, interests } = this.#parts
    const stream = ++this.#stream
    sessions.clear()
    interests.clear()
    this.#pictures.clear()
    this.#told.clear()
    const users = new Map<BareJid, Link[]>()
    for (const link of context.service.allLinks()) users.set(link.jid, [...(users.get(link.jid) ?? []), link])
    for (const user of users.keys()) {
      this.#send(context.domain, user, "probe")
      // Before anything else: a client learns from it that what has no receipt may be lost, before a receipt lets it go on (docs/adr/0004).
      this.#showGateway(user, user)
    }
    void this.#showEverybody(stream, users)
  }

  /** The contacts, one user after the other: a restart must not be a flood. */
  async #showEverybody(stream: number, users: ReadonlyMap<BareJid, readonly Link[]>): Promise<void> {
    for (const [user, links] of users) {
      await this.#serial.run(user, async () => {
        if (stream === this.#stream) await this.#showContacts(links, user, true)
      })
    }
  }

  linkChanged(link: Link): void {
    void this.#serial.run(link.jid, () => this.#showAll([link], link.jid))
  }

  presenceChanged(link: Link, contact: ContactRow): void {
    void this.#serial.run(link.jid, async () => {
      const entry = await this.#parts.context.service.rosterEntry(link, contact.legacyId)
      if (entry && isVisible(entry)) this.#show(link, entry.contact, link.jid)
    })
  }

  contactChanged(link: Link, entry: RosterEntry): void {
    void this.#serial.run(link.jid, async () =>
      this.#changed(link, (await this.#parts.context.service.rosterEntry(link, entry.contact.legacyId)) ?? entry),
    )
  }

  /** They write to each other from now on, or not any more; or the contact asks for it. */
  consentChanged(link: Link, entry: RosterEntry): void {
    void this.#serial.run(link.jid, async () => {
      const { context } = this.#parts
      const now = (await context.service.rosterEntry(link, entry.contact.legacyId)) ?? entry
      const jid = context.contactJid(now.contact.legacyId, link.tag)
      if (jid === null) return
      if (now.consent === "both" || now.consent === "asked") return this.#changed(link, now)
      this.#send(jid, link.jid, "unavailable")
      if (now.consent === "none") for (const type of ["unsubscribe", "unsubscribed"]) this.#send(jid, link.jid, type)
    })
  }

  async #changed(link: Link, entry: RosterEntry): Promise<void> {
    const { context, roster } = this.#parts
    if (entry.consent === "blocked" || entry.consent === "none") return
    if (entry.subscription === "none") {
      const next = await roster.introduce(link, entry)
      if (next === undefined)
        return context.log.warn({ network: context.service.id, contact: entry.contact.id }, "a contact's address is too long for XMPP")
      await context.service.setSubscription(link, entry.contact, next)
      if (next === "both") this.#show(link, entry.contact, link.jid)
    } else if (isVisible(entry)) {
      await roster.rename(link, entry)
      this.#show(link, entry.contact, link.jid)
    }
  }

  linkRemoved(link: Link, entries: readonly RosterEntry[]): void {
    this.#told.delete(link.jid)
    void this.#serial.run(link.jid, () => this.#parts.roster.remove(link, entries))
  }

  /** Somebody has just registered. */
  welcome(link: Link): void {
    const { context, roster } = this.#parts
    void this.#serial.run(link.jid, async () => {
      await roster.introduceGateway(link)
      this.#send(context.domain, link.jid, "probe")
      // What was told before the roster had the gateway, nobody may have seen.
      this.#told.delete(link.jid)
      this.#showGateway(link.jid, link.jid)
    })
  }

  /** Before the stream ends: nobody shall believe that anybody is still there. */
  async farewell(): Promise<void> {
    const { context, sessions } = this.#parts
    await this.#serial.idle()
    for (const user of sessions.usersOnline()) {
      for (const link of context.service.linksOf(user)) {
        const entries = await context.service.roster(link).catch(() => [])
        for (const entry of entries) {
          const jid = isVisible(entry) ? context.contactJid(entry.contact.legacyId, link.tag) : null
          if (jid !== null) this.#send(jid, user, "unavailable")
        }
      }
      this.#send(context.domain, user, "unavailable")
    }
  }

  async #showAll(links: readonly Link[], to: string): Promise<void> {
    const [first] = links
    if (!first || !this.#parts.context.link.online) return
    this.#showGateway(first.jid, to)
    await this.#showContacts(links, to)
  }

  #showGateway(user: BareJid, to: string): void {
    const { context, availability } = this.#parts
    const shown = availability.gateway(user, context.domain, to)
    if (to === user) {
      const text = shown.toString()
      if (this.#told.get(user) === text) return
      this.#told.set(user, text)
    }
    context.send(shown)
  }

  /** `introduce`: also offers contacts that are new since the last stream. */
  async #showContacts(links: readonly Link[], to: string, introduce = false): Promise<void> {
    const { context } = this.#parts
    for (const link of links) {
      for (const entry of await context.service.roster(link)) {
        if (isVisible(entry)) this.#show(link, entry.contact, to)
        else if (introduce && entry.subscription === "none") await this.#changed(link, entry)
      }
    }
  }

  #show(link: Link, contact: ContactRow, to: string): void {
    const { context, availability } = this.#parts
    const from = context.contactJid(contact.legacyId, link.tag)
    if (from === null) return
    context.send(availability.contact(link, contact, from, to))
    if (to === link.jid) this.#picture(link, contact, from)
  }

  // ---- pictures, to clients that want to be told (XEP-0163 §4.3)
  /** All that there are, to a client that has just said so. */
  #wanted(full: FullJid): void {
    const { context } = this.#parts
    const { service } = context
    const user = bareOf(full)
    void this.#serial.run(user, async () => {
      for (const link of service.linksOf(user)) {
        for (const entry of await service.roster(link)) {
          const { shown } = entry.contact.avatar ?? {}
          const from = shown && isVisible(entry) ? context.contactJid(entry.contact.legacyId, link.tag) : null
          if (from !== null) context.send(notice(from, full, shown))
        }
      }
    })
  }

  /** To all who want it, if it is another than they know. */
  #picture(link: Link, contact: ContactRow, from: string): void {
    const { context, interests, sessions } = this.#parts
    const { avatar } = contact
    if (!avatar || (avatar.due && !avatar.shown)) return
    const key = `${link.id} ${contact.id}`
    const hash = avatar.shown?.hash ?? ""
    const before = this.#pictures.get(key)
    if (before === hash) return
    this.#pictures.set(key, hash)
    // Who came on-line since was told of what there was then.
    if (before === undefined && hash === "") return
    for (const full of sessions.of(link.jid)) if (interests.wants(full) === true) context.send(notice(from, full, avatar.shown))
  }

  /** The user has just subscribed: also clients of which nothing is known are told once (XEP-0163 §4.3.1). */
  #pictureAtLast(link: Link, { avatar }: ContactRow, from: string): void {
    const { context, interests, sessions } = this.#parts
    if (!avatar?.shown) return
    const clients = sessions.of(link.jid)
    for (const full of clients) if (interests.wants(full) !== false) context.send(notice(from, full, avatar.shown))
    if (clients.length === 0) context.send(notice(from, link.jid, avatar.shown))
  }
}
