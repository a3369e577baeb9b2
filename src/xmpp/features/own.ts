// Which way a user's own words, said elsewhere on the network, reach their clients; and the copies of them that come back to us.
import type { Element } from "@xmpp/xml"
import { Lru } from "../../core/lru.js"
import type { BareJid } from "../../core/model.js"
import type { Outgoing } from "../../core/ports.js"
import { bareOf, domainOf } from "../jid.js"
import { carbon, isOwn, marked, privileged, spoken, type OwnOp } from "../payload/own.js"
import { render, type Envelope } from "../payload/write.js"
import { el, type Xml } from "../stanza.js"
import type { Context, Incoming } from "../types.js"
import type { Privileges } from "./privileges.js"

/** How long a server is waited for that is asked what it is, in ms. */
const patienceMs = 2000
/** Our own words that may come back: servers send them on at once. */
const kept = 5000

/** `ns`: of the server's grant. `carbons`: it tells the user's clients itself. */
type Way = { ns: string; carbons: boolean } | "marked"

export class OwnMessages {
  /** By domain of users, on this stream. */
  readonly #ways = new Map<string, Way>()
  readonly #asking = new Map<string, Promise<void>>()
  readonly #echoes = new Lru<string, true>(kept)

  constructor(
    private readonly context: Context,
    private readonly privileges: Pick<Privileges, "speaksFor">,
  ) {}

  /** What was granted belongs to the stream (XEP-0356 §4.2). */
  reset(): void {
    this.#ways.clear()
    this.#asking.clear()
  }

  /** Undefined: it is known how the users of this domain are reached. Never rejects. */
  ready(domain: string): Promise<void> | undefined {
    if (this.#ways.has(domain)) return undefined
    const asking = this.#asking.get(domain) ?? this.#ask(domain)
    this.#asking.set(domain, asking)
    return asking
  }

  async #ask(domain: string): Promise<void> {
    const ns = await this.privileges.speaksFor(domain).catch(() => undefined)
    const way: Way = ns === undefined ? "marked" : { ns, carbons: await this.#carbons(domain) }
    if (this.#asking.has(domain)) this.#ways.set(domain, way)
  }

  /** ejabberd routes what is sent in a user's name, and tells the user's clients nothing of it. */
  async #carbons(domain: string): Promise<boolean> {
    // What it says of itself; not every server tells its version.
    const told = await this.#query(domain, "http://jabber.org/protocol/disco#info")
    const names = told?.getChildren("identity").flatMap(({ attrs }) => (attrs.category === "server" ? (attrs.name ?? "") : [])) ?? []
    if (names.some((name) => /ejabberd|prosody/i.test(name))) return !names.some((name) => /ejabberd/i.test(name))
    return !/^ejabberd/i.test((await this.#query(domain, "jabber:iq:version"))?.getChildText("name") ?? "")
  }

  async #query(to: string, ns: string): Promise<Element | undefined> {
    const payload = el("query", { xmlns: ns })
    return (await this.context.link.iq({ to, type: "get", payload, timeoutMs: patienceMs }).catch(() => undefined))?.getChild("query")
  }

  /** The stanzas, and from whom to whom they go. */
  write(op: OwnOp, envelope: Envelope): { stanzas: Xml[]; from: string; to: string } {
    const { from, to, domain } = envelope
    const server = domainOf(to)
    const way = this.#ways.get(server) ?? "marked"
    if (way === "marked")
      return { stanzas: marked(op, this.context.service.name, envelope.lang).flatMap((one) => render(one, envelope)), from, to }
    const stanzas = spoken(op, envelope).map((stanza, i) => {
      const id = i === 0 ? op.id : `${op.id}.${i + 1}`
      if (way.carbons) this.#echoes.set(keyOf(id, to, from), true)
      return privileged(way.carbons ? stanza : carbon(stanza, to, id), { id, domain, server, ns: way.ns })
    })
    return { stanzas, from: domain, to: server }
  }

  /** True: nobody says this but ourselves, in the user's name. */
  isEcho({ id, fromBare, to, type }: Incoming): boolean {
    return type !== "error" && this.#echoes.get(keyOf(id, fromBare, bareOf(to))) === true
  }

  /** True: the server does not do what it has granted. It is told the other way from now on. */
  refused({ fromBare }: Incoming, { op, to }: Outgoing): boolean {
    const server = domainOf(to)
    if (!isOwn(op) || (fromBare as string) !== server) return false
    this.#ways.set(server, "marked")
    this.context.log.warn(
      { server },
      "the server granted messages in its users' names and then refused one; they are told by the contact instead",
    )
    return true
  }
}

function keyOf(id: string, from: BareJid | string, to: string): string {
  return `${id}\n${from}\n${to}`
}
