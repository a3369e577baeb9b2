// Registering with a shared account: the user gets a code, and whoever hands it in on the network is that user from then on.
import { AdapterError } from "../../adapter/errors.js"
import type { Accounts } from "../accounts.js"
import type { Rules } from "../admin/ports.js"
import type { AskUser } from "../commands/ask.js"
import type { ForeignAnswer, ForeignCall, ForeignCommand } from "../commands/foreign.js"
import type { Delivery } from "../delivery.js"
import type { Directory } from "../directory.js"
import { refusedBy } from "../errors.js"
import type { Account, BareJid, Link } from "../model.js"
import type { NetworkParts } from "../parts.js"
import { Refusal, type Face } from "../ports.js"
import { both, inLanguage, words, type Said } from "../words/words.js"
import { isProven } from "./membership.js"
import type { Redeemer } from "./redemption.js"
import { invalid, type FoundTicket, type Tickets } from "./tickets.js"
import { Waiters } from "./waiters.js"

/** A code is good so long, in ms. */
export const codeMs = 15 * 60_000
/** So many people one user may be on one account. */
const mostIdentities = 5
/** A user waits so long for a session that is about to come up, in ms. */
const sessionMs = 10_000

export interface EnrolmentParts extends Pick<
  NetworkParts,
  "id" | "adapter" | "configured" | "store" | "ids" | "log" | "mayRegister" | "tickets"
> {
  directory: Directory
  delivery: Pick<Delivery, "add">
  accounts: Accounts
  face: () => Face
  /** BCP 47: to talk to the user in. */
  language(user: BareJid): string
  /** Ends a tie, with all that is only there because of it. */
  unlink(link: Link): Promise<void>
  /** What administrators have ruled. Absent: nothing. */
  rules?: Rules
  /** A user has shown who they are. Not awaited. */
  proved?(link: Link): void
  /** What else comes to whoever is tied to this person. */
  besides?(person: string): Said | undefined
  note(actor: string, act: string, detail: Record<string, string>): void
}

export class Enrolment {
  readonly #waiters = new Waiters()

  constructor(private readonly parts: EnrolmentParts) {}

  /** Accounts of the configuration by which users can show who they are. */
  shared(): Account[] {
    const { configured, directory, adapter, tickets } = this.parts
    const { entry, access } = adapter.capabilities
    if (!tickets || entry === undefined || access === undefined) return []
    const tags = new Set(configured.filter(({ join }) => join === "proven").map(({ tag }) => tag))
    return [...directory.accounts.values()].filter(({ tag }) => tags.has(tag))
  }

  /** Resolves when the code was handed in. Throws `Refusal`. */
  async enrol(user: BareJid, account: Account, ask: AskUser): Promise<{ link: Link; text: Said }> {
    const { mayRegister, adapter } = this.parts
    const { name } = adapter.network
    if (!mayRegister(user))
      throw new Refusal("not-allowed", words("This gateway is not open to {jid}. Ask its administrator.", { jid: user }))
    const { hash, text, url } = await this.#issue(user, account)
    const done = this.#waiters.wait(hash, codeMs)
    await ask({
      title: words("Show who you are on {network}", { network: name }),
      text: url === undefined || text.includes(url) ? text : `${text}\n${url}`,
      until: done,
    }).catch((error: unknown) => {
      // The code stays good: whoever hands it in later is told in the chat.
      this.#waiters.leave(hash)
      throw error
    })
    const link = await done
    return { link, text: words("Done: {network} knows you now.", { network: name }) }
  }

  async #issue(user: BareJid, account: Account): Promise<{ hash: string; text: string; url?: string }> {
    const { accounts, adapter, directory, id: network } = this.parts
    const { name } = adapter.network
    const tickets = this.#tickets()
    const own = directory.linksOf(user).filter((link) => link.accountId === account.id && isProven(link))
    if (own.length >= mostIdentities) throw tooMany(name)
    const live = await accounts.soonLive(account.id, sessionMs)
    if (!live?.session.entry)
      throw new Refusal(
        "remote-server-timeout",
        accounts.state(account.id).text || words("{network} cannot be asked now.", { network: name }),
        "wait",
      )
    await tickets.revoke(user, "identity", network)
    const code = await tickets.issue({ kind: "identity", network, user, subject: { account: account.id }, uses: 1, forMs: codeMs })
    try {
      return { hash: tickets.hashOf(code), ...(await live.session.entry({ code }, live.signal)) }
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(condition, text, type)
    }
  }

  #tickets(): Tickets {
    const { tickets } = this.parts
    if (!tickets) throw new Refusal("feature-not-implemented", words("This gateway has no codes."))
    return tickets
  }

  /** Who hands in the code is asked first: whoever sent them here may not be themselves. */
  readonly redeem: Redeemer = async (call, ticket, rest) => {
    const { subject, user } = ticket
    if (user === null || (subject as { account?: unknown } | null)?.account !== call.account.id) throw invalid()
    if (call.from.kind !== undefined && call.from.kind !== "person")
      throw new Refusal("not-allowed", words("Only people can be tied to an XMPP address."))
    if (!this.#waiters.mayConfirm(ticket.hash, call.from.id)) throw invalid()
    const said = rest.toLowerCase()
    if (said === "no") {
      await this.#tickets().take(ticket)
      return words("Nothing was changed, and the code is void.")
    }
    if (said !== "yes") return this.#confirm(call, ticket, user)
    return this.#prove(call, ticket, user)
  }

  #confirm({ from, lang }: ForeignCall, { code, hash }: FoundTicket, jid: BareJid): ForeignAnswer {
    this.#waiters.asked(hash, from.id)
    const asked = words(
      "{jid} wants to be tied to your account here: they will see the rooms that you see, and write there. Only go on if that is your own XMPP address. To go on, say: link {code} yes",
      { jid, code },
    )
    const besides = this.parts.besides?.(from.id)
    const text = besides === undefined ? asked : both(besides, asked)
    return {
      text: inLanguage(text, lang),
      extras: [
        {
          type: "choice",
          as: "buttons",
          options: [
            { id: `link ${code} yes`, text: inLanguage(words("Yes, that is me"), lang) },
            { id: `link ${code} no`, text: inLanguage(words("No"), lang) },
          ],
        },
      ],
    }
  }

  async #prove(call: ForeignCall, { hash }: FoundTicket, user: BareJid): Promise<ForeignAnswer> {
    const { account, from } = call
    const { store, ids, adapter, configured, mayRegister, language, rules, id: network, note } = this.parts
    const { name } = adapter.network
    const settings = configured.find(({ tag }) => tag === account.tag)
    const isBlocked = rules?.verdict("jid", user) === "block" || rules?.verdict("foreign", from.id) === "block"
    if (settings?.join !== "proven" || !mayRegister(user) || isBlocked) throw invalid()
    const id = ids.next()
    const now = Date.now()
    const text = inLanguage(
      words("You are {person} on {network} now. Rooms that they are in are open to you: write «rooms» to see them.", {
        person: from.name ?? from.username ?? from.id,
        network: name,
      }),
      language(user),
    )
    const proof = await store.proveIdentity({
      hash,
      account: account.id,
      tag: account.tag,
      taken: configured.map(({ tag }) => tag),
      identity: from.id,
      shared: settings.sharedIdentities === true,
      most: mostIdentities,
      notice: { id: ids.next(), op: { k: "message", id, text, at: now } },
      now,
    })
    if (proof.outcome === "taken") {
      note(`foreign ${from.id}`, "identity refused", { network, jid: user })
      throw new Refusal("conflict", words("Your account here is tied to another XMPP address already. Say «unlink» to end that first."))
    }
    if (proof.outcome === "many") throw tooMany(name)
    if (proof.outcome === "void") throw invalid()
    this.#linked(proof.link)
    this.parts.directory.remember(proof.conversation)
    this.parts.delivery.add(proof.conversation.id, proof.row)
    note(`foreign ${from.id}`, "identity linked", { network, jid: user, tag: proof.link.tag })
    this.#waiters.done(hash, this.parts.directory.links.get(proof.link.id) ?? proof.link)
    return words("You are {jid} in XMPP now. To end that, say «unlink».", { jid: user })
  }

  #linked(link: Link): void {
    const { directory, face } = this.parts
    const known = directory.links.get(link.id)
    if (known) Object.assign(known, link)
    else directory.add(link)
    face().linkChanged(known ?? link)
    this.parts.proved?.(known ?? link)
  }

  /** Whoever was tied against their will, or not any more wants to be. */
  commands(): ForeignCommand[] {
    return [
      {
        name: "unlink",
        text: words("Ends the tie of this account to an XMPP address."),
        run: async ({ account, from }) => {
          const { directory, unlink, note, id: network } = this.parts
          const links = tiesOf(directory, account.id, from.id)
          if (links.length === 0) return words("Your account is tied to no XMPP address here.")
          for (const link of links) {
            await unlink(link)
            note(`foreign ${from.id}`, "identity unlinked", { network, jid: link.jid })
          }
          return words("Your account is not tied to {jids} any more.", { jids: links.map(({ jid }) => jid).join(", ") })
        },
      },
    ]
  }
}

/** Users who have proven to be this person. */
export function tiesOf(directory: Pick<Directory, "linksOfAccount">, account: number, identity: string): Link[] {
  return directory.linksOfAccount(account).filter((link) => isProven(link) && link.identity === identity)
}

function tooMany(network: string): Refusal {
  return new Refusal("resource-constraint", words("You are too many people on {network} already.", { network }), "wait")
}
