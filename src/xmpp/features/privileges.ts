// Privileged entity (XEP-0356): what a server allows us with its users' rosters and in their names, as it says itself after the handshake.
import { randomUUID } from "node:crypto"
import type { Element } from "@xmpp/xml"
import type { BareJid } from "../../core/model.js"
import { PING, StanzaError } from "../iq.js"
import { domainOf } from "../jid.js"
import { el, textEl, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"

const namespaces = ["urn:xmpp:privilege:2", "urn:xmpp:privilege:1"]
const nsPrivilegedIq = "urn:xmpp:privilege:2"
const nsRoster = "jabber:iq:roster"

export const privilegedEntity: Feature = {
  xep: { number: 356, version: "0.4.1", name: "Privileged Entity" },
  // Roster pushes (§4.4) are confirmed and no more: presences tell what concerns us.
  iq: { [`set ${nsRoster} query`]: { on: ["gateway"], handle: () => undefined } },
}

/** How long a domain is waited for that was asked for its grant, in ms. */
const patienceMs = 10_000

export interface RosterItem {
  name: string | undefined
  subscription: string
  groups: string[]
}

export class Privileges {
  /** By domain: may read (`get`), may write (`set`), both. */
  readonly #granted = new Map<string, string>()
  /** By domain: namespaces of requests in a user's name (§6), each `get`, `set` or `both`. */
  readonly #iqs = new Map<string, Map<string, string>>()
  /** By domain: namespace of the grant to send messages in its users' names (§5). */
  readonly #messages = new Map<string, string>()
  /** Domains that were asked in this stream whether they have anything to say. */
  readonly #asked = new Map<string, Promise<void>>()
  /** Domains whose server grants what it then fails to do (ejabberd before 23.10). */
  readonly #broken = new Set<string>()

  constructor(private readonly context: Context) {}

  /** What was granted belongs to the stream (XEP-0356 §4.2). */
  reset(): void {
    this.#granted.clear()
    this.#iqs.clear()
    this.#messages.clear()
    this.#asked.clear()
    this.#broken.clear()
  }

  /** True: the message was a server's grant. Only a bare domain can grant, and only for its own users. */
  learn({ el: message, from }: Incoming): boolean {
    const privilege = message
      .getChildElements()
      .find((child) => child.getName() === "privilege" && namespaces.includes(child.getNS() ?? ""))
    if (!privilege || from.includes("@") || from.includes("/")) return false
    const perms = descendants(privilege).filter((child) => child.getName() === "perm")
    const messages = perms.find(({ attrs }) => attrs.access === "message")
    if (messages?.attrs.type === "outgoing") this.#messages.set(from, privilege.getNS() ?? "")
    else if (messages) this.#messages.delete(from)
    const roster = perms.find(({ attrs }) => attrs.access === "roster")
    if (roster) this.#granted.set(from, roster.attrs.type ?? "none")
    // Some servers put the namespaces into each other.
    const iqs = perms.flatMap((perm) => (perm.attrs.access === "iq" ? descendants(perm) : []))
    if (iqs.length > 0) this.#iqs.set(from, new Map(iqs.map(({ attrs }) => [attrs.ns ?? "", attrs.type ?? "none"])))
    this.context.log.info({ server: from, roster: roster?.attrs.type ?? "none", iqs: iqs.length }, "the server granted privileges")
    return true
  }

  /** The namespace in which this domain lets us send messages in its users' names; undefined: it does not. */
  async speaksFor(domain: string): Promise<string | undefined> {
    if (!this.#messages.has(domain)) await this.#told(domain)
    return this.#messages.get(domain)
  }

  async mayWrite(user: BareJid): Promise<boolean> {
    const domain = domainOf(user)
    if (!this.#granted.has(domain)) await this.#told(domain)
    return /^(set|both)$/.test(this.#granted.get(domain) ?? "") && !this.#broken.has(domain)
  }

  /** Whether requests of this namespace may be made in the user's name. */
  async mayAsk(user: BareJid, ns: string, type: "get" | "set"): Promise<boolean> {
    const domain = domainOf(user)
    if (!this.#iqs.has(domain)) await this.#told(domain)
    const granted = this.#iqs.get(domain)?.get(ns)
    return granted === "both" || granted === type
  }

  /**
   * A request in the user's name, to the user's own bare JID (§6.3). Resolves the answer to it, undefined where the server does not let us;
   * rejects with `StanzaError`. `payload`: one element, serialised.
   */
  async ask(user: BareJid, type: "get" | "set", ns: string, payload: Xml): Promise<Element | undefined> {
    if (!(await this.mayAsk(user, ns, type))) return undefined
    const inner = el("iq", { xmlns: "jabber:client", type, id: randomUUID(), to: user }, payload)
    const wrapped = el("privileged_iq", { xmlns: nsPrivilegedIq }, inner)
    const answer = await this.context.link.iq({ to: user, type, payload: wrapped }).catch((error: unknown) => {
      const { local, condition } = error as Partial<StanzaError>
      // Granted and then refused: not to be tried for every room anew.
      if (local === undefined && condition === "forbidden") this.#iqs.get(domainOf(user))?.delete(ns)
      throw error
    })
    // A refusal of what was asked comes inside of a result.
    const found = descendants(answer).find((child) => child.getName() === "iq")
    if (!found) throw new StanzaError({ type: "cancel", condition: "undefined-condition", text: "an answer without an answer" }, user)
    if (found.attrs.type === "error") throw StanzaError.of(found)
    return found
  }

  /** The grant comes before any answer to us: after a ping there is nothing left to wait for. */
  async #told(domain: string): Promise<void> {
    const asked = this.#asked.get(domain) ?? this.#ping(domain)
    this.#asked.set(domain, asked)
    await asked
  }

  async #ping(domain: string): Promise<void> {
    await this.context.link.iq({ to: domain, type: "get", payload: PING, timeoutMs: patienceMs }).catch(() => undefined)
  }

  /** Undefined: not in the roster, or it cannot be read. */
  async item(user: BareJid, jid: string): Promise<RosterItem | undefined> {
    if (!/^(get|both)$/.test(this.#granted.get(domainOf(user)) ?? "")) return undefined
    const answer = await this.context.link.iq({ to: user, type: "get", payload: el("query", { xmlns: nsRoster }) }).catch(() => undefined)
    const found = answer
      ?.getChild("query")
      ?.getChildren("item")
      .find((one) => one.attrs.jid === jid)
    if (!found) return undefined
    return {
      name: found.attrs.name,
      subscription: found.attrs.subscription ?? "none",
      groups: found.getChildren("group").map((group) => group.getText()),
    }
  }

  /** False: the server did not do it, and will not be asked again on this stream. */
  async put(user: BareJid, jid: string, { name, subscription, groups }: RosterItem): Promise<boolean> {
    const item = el("item", { jid, name, subscription }, ...groups.map((group) => textEl("group", group)))
    return this.#set(user, item)
  }

  remove(user: BareJid, jid: string): Promise<boolean> {
    return this.#set(user, el("item", { jid, subscription: "remove" }))
  }

  /** One item a request: of two, servers make two results. */
  async #set(user: BareJid, item: Xml): Promise<boolean> {
    try {
      await this.context.link.iq({ to: user, type: "set", payload: el("query", { xmlns: nsRoster }, item) })
      return true
    } catch (error) {
      const { condition, local } = error as { condition?: string; local?: string }
      if (local === undefined && (condition === "internal-server-error" || condition === "forbidden")) {
        this.#broken.add(domainOf(user))
        this.context.log.warn(
          { server: domainOf(user), condition },
          "the server granted roster access and then refused it; contacts are offered by subscription requests instead",
        )
      }
      return false
    }
  }
}

function descendants(element: Element): Element[] {
  return element.getChildElements().flatMap((child) => [child, ...descendants(child)])
}
