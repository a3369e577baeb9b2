// Invite links: a user hands one out, and whoever follows it on the network is a contact of theirs.
import { AdapterError } from "../../adapter/errors.js"
import type { AnyAdapter } from "../../adapter/define.js"
import type { Accounts } from "../accounts.js"
import type { Audit, Rules } from "../admin/ports.js"
import type { Directory } from "../directory.js"
import { refusedBy } from "../errors.js"
import type { Redeemer } from "../identity/redemption.js"
import { invalid, type Tickets } from "../identity/tickets.js"
import type { BareJid, Link } from "../model.js"
import { Refusal } from "../ports.js"
import { short } from "../short.js"
import type { Store } from "../store.js"
import { words } from "../words/words.js"
import type { Consents } from "./consents.js"

const day = 24 * 60 * 60_000
/** What a user may ask for, and so many links may be open at once. */
export const bounds = { uses: 100, days: 90, open: 50 }
/** A user waits so long for a session that is about to come up, in ms. */
const sessionMs = 10_000

/** An open invite link. */
export interface Invitation {
  /** By which it is revoked; the code itself is known to nobody any more. */
  id: string
  /** What the user called it, «» for nothing. */
  label: string
  uses: number
  /** Epoch ms. */
  expiresAt: number
}

export interface InvitesParts {
  network: string
  adapter: AnyAdapter
  store: Pick<Store, "openTickets" | "dropTicket" | "pick">
  directory: Directory
  accounts: Accounts
  consents: Consents
  rules: Rules
  audit: Audit
  tickets?: Tickets
  /** Epoch ms. */
  now(): number
}

export class Invites {
  constructor(private readonly parts: InvitesParts) {}

  /** Whether there can be any on this network. */
  get possible(): boolean {
    const { tickets, adapter } = this.parts
    return tickets !== undefined && adapter.capabilities.entry !== undefined
  }

  /** Throws `Refusal`. */
  async make(link: Link, { uses, days, label }: { uses: number; days: number; label: string }): Promise<{ text: string; url?: string }> {
    const { tickets, accounts, adapter, audit, network } = this.parts
    const { name } = adapter.network
    if (!tickets || !this.possible)
      throw new Refusal("feature-not-implemented", words("There are no invite links on {network}.", { network: name }))
    if (!isBetween(uses, bounds.uses) || !isBetween(days, bounds.days)) {
      const text = words("An invite link is good for 1 to {uses} people and for 1 to {days} days.", {
        uses: bounds.uses,
        days: bounds.days,
      })
      throw new Refusal("not-acceptable", text, "modify")
    }
    if ((await this.list(link.jid)).length >= bounds.open)
      throw new Refusal(
        "resource-constraint",
        words("You have {count} open invite links. Revoke some first: write «invites».", { count: bounds.open }),
        "wait",
      )
    const live = await accounts.soonLive(link.accountId, sessionMs)
    if (!live?.session.entry)
      throw new Refusal(
        "remote-server-timeout",
        accounts.state(link.accountId).text || words("{network} cannot be asked now.", { network: name }),
        "wait",
      )
    const subject = { link: link.id, label: short(label, 100) }
    const code = await tickets.issue({ kind: "invite", network, user: link.jid, subject, uses, forMs: days * day })
    audit.note({ actor: link.jid, act: "invite made", detail: { uses, days } })
    try {
      return await live.session.entry({ code }, live.signal)
    } catch (error) {
      await this.parts.store.dropTicket(link.jid, tickets.hashOf(code))
      if (!(error instanceof AdapterError)) throw error
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(condition, text, type)
    }
  }

  async list(user: BareJid): Promise<Invitation[]> {
    const { store, network, now } = this.parts
    const open = await store.openTickets({ user, kind: "invite", network, now: now() })
    return open.map(({ hash, subject, uses, expiresAt }) => ({ id: hash, label: subjectOf(JSON.parse(subject)).label, uses, expiresAt }))
  }

  /** False: there was no such link (any more). */
  async revoke(user: BareJid, id: string): Promise<boolean> {
    const dropped = await this.parts.store.dropTicket(user, id)
    if (dropped) this.parts.audit.note({ actor: user, act: "invite revoked", detail: {} })
    return dropped
  }

  readonly redeem: Redeemer = async (call, ticket) => {
    const { directory, consents, rules, store, now, audit, adapter } = this.parts
    const { from, account, lang } = call
    const link = directory.links.get(subjectOf(ticket.subject).link)
    if (!link || link.accountId !== account.id || link.jid !== ticket.user) throw invalid()
    if (from.kind !== undefined && from.kind !== "person")
      throw new Refusal("not-allowed", words("Only people can write with people here."))
    if (link.identity === from.id) throw new Refusal("not-allowed", words("This invite link is your own: pass it on."))
    // Whom the user has blocked learns as much as from a code that is none.
    if (consents.isBlocked(link, from.id) || rules.verdict("jid", link.jid) === "block" || rules.verdict("foreign", from.id) === "block")
      throw invalid()
    consents.heard(from.id, lang)
    const jid = { jid: link.jid }
    const welcome = words("You write with {jid} now: what you say here goes to them. To end that, say «stop».", jid)
    // Who follows it once more costs nobody a place.
    if (
      link.role === "guest" &&
      (await consents.isMutual(link, from.id)) &&
      (await store.pick({ link: link.id, legacyId: from.id, at: now() }))
    )
      return welcome
    const name = from.name ?? from.username ?? from.id
    const here = words("{name} has followed your invite link: you can write to them on {network} now.", {
      name,
      network: adapter.network.name,
    })
    const wanted = {
      ...{ to: "both" as const, if: ["none", "asked", "both"] as const, refused: false, anew: true as const },
      ...{ ticket: ticket.hash, ...(link.role === "guest" && { pickedAt: now() }) },
    }
    const changed = await consents.change(link, from, wanted, { here })
    if (changed.outcome !== "changed") throw invalid()
    audit.note({ actor: `foreign ${from.id}`, act: "invite followed", detail: jid })
    return welcome
  }
}

function isBetween(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most
}

function subjectOf(subject: unknown): { link: number; label: string } {
  const { link, label } = (subject ?? {}) as { link?: unknown; label?: unknown }
  return { link: typeof link === "number" ? link : 0, label: typeof label === "string" ? label : "" }
}
