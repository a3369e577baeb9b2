// The user's roster: written through privileges where the server grants them, offered by subscription requests elsewhere (docs/adr/0005).
import type { Link, RosterEntry } from "../../core/model.js"
import { write as nick } from "../payload/nick.js"
import { presence } from "../stanza.js"
import type { Context } from "../types.js"
import type { Privileges } from "./privileges.js"

/** Roster removals of one user under way at once. */
const parallel = 10

export class Roster {
  /** Names we wrote: what differs from them the user chose. By link and contact. */
  readonly #written = new Map<string, string>()

  constructor(
    private readonly context: Context,
    private readonly privileges: Privileges,
  ) {}

  /** A contact the user never saw before. Resolves with what is to be remembered; undefined: it has no JID. */
  async introduce(link: Link, entry: RosterEntry): Promise<"both" | "asked" | undefined> {
    const jid = this.context.contactJid(entry.contact.legacyId, link.tag)
    if (jid === null) return undefined
    const name = nameOf(entry)
    if (entry.consent === "asked") {
      // Only the user can agree: nothing of a former subscription may do it for them (RFC 6121 §3.1.3).
      this.context.send(presence({ from: jid, to: link.jid, type: "unsubscribe" }))
    } else if (await this.#put(link, jid, name)) {
      if (name !== undefined) this.#remember(link, entry, name)
      return "both"
    }
    this.context.send(presence({ from: jid, to: link.jid, type: "subscribe" }, nick(name)))
    return "asked"
  }

  /** Follows a new name, unless the user gave the contact one of their own. */
  async rename(link: Link, entry: RosterEntry): Promise<void> {
    const { context, privileges } = this
    const jid = context.contactJid(entry.contact.legacyId, link.tag)
    const name = nameOf(entry)
    if (jid === null || name === undefined || !(await privileges.mayWrite(link.jid))) return
    const item = await privileges.item(link.jid, jid)
    if (!item) return
    const ours = item.name === undefined || item.name === "" || item.name === this.#written.get(key(link, entry))
    if (item.name !== name && (!ours || !(await privileges.put(link.jid, jid, { ...item, name })))) return
    this.#remember(link, entry, name)
  }

  /** The gateway itself, so that its presence and its requests have a place in the user's client. */
  async introduceGateway(link: Link): Promise<void> {
    const { domain, service } = this.context
    if (await this.#put(link, domain, service.name)) return
    this.context.send(presence({ from: domain, to: link.jid, type: "subscribe" }, nick(service.name)))
  }

  /** Takes contacts out of the roster, and the gateway when nothing else ties the user to it (XEP-0100 §4.3). */
  async remove(link: Link, entries: readonly RosterEntry[]): Promise<void> {
    const { context, privileges } = this
    const jids = entries.flatMap((entry) => context.contactJid(entry.contact.legacyId, link.tag) ?? [])
    if (context.service.linksOf(link.jid).length === 0) jids.push(context.domain)
    const mayWrite = await privileges.mayWrite(link.jid)
    for (let at = 0; at < jids.length; at += parallel) {
      const removals = jids.slice(at, at + parallel).map(async (jid) => {
        context.send(presence({ from: jid, to: link.jid, type: "unavailable" }))
        if (mayWrite && (await privileges.remove(link.jid, jid))) return
        for (const type of ["unsubscribe", "unsubscribed"]) context.send(presence({ from: jid, to: link.jid, type }))
      })
      await Promise.all(removals)
    }
    for (const entry of entries) this.#written.delete(key(link, entry))
  }

  async #put(link: Link, jid: string, name: string | undefined): Promise<boolean> {
    const { privileges, context } = this
    if (!(await privileges.mayWrite(link.jid))) return false
    return privileges.put(link.jid, jid, { name, subscription: "both", groups: [context.service.name] })
  }

  #remember(link: Link, entry: RosterEntry, name: string): void {
    if (this.#written.size > 10_000) this.#written.clear()
    this.#written.set(key(link, entry), name)
  }
}

function nameOf({ name, contact }: RosterEntry): string | undefined {
  return name ?? contact.name ?? contact.username ?? undefined
}

function key(link: Link, { contact }: RosterEntry): string {
  return `${link.id} ${contact.id}`
}
