// `carry`: a user gets a code, and the owner of a carried login who hands it in has shown that it is theirs.
import { AdapterError } from "../../adapter/errors.js"
import type { Accounts } from "../accounts.js"
import type { AskUser } from "../commands/ask.js"
import type { ForeignAnswer, ForeignCall } from "../commands/foreign.js"
import type { Directory } from "../directory.js"
import { refusedBy } from "../errors.js"
import { codeMs } from "../identity/enrolment.js"
import type { Redeemer } from "../identity/redemption.js"
import { invalid, type FoundTicket, type Tickets } from "../identity/tickets.js"
import { Waiters } from "../identity/waiters.js"
import type { Account, BareJid, Link } from "../model.js"
import type { NetworkParts } from "../parts.js"
import { Refusal } from "../ports.js"
import { both, inLanguage, words, type Said } from "../words/words.js"
import type { Logins } from "./logins.js"
import { isCarried } from "./names.js"

/** A user waits so long for a session that is about to come up, in ms. */
const sessionMs = 10_000

export interface CarryingParts extends Pick<NetworkParts, "id" | "adapter" | "configured" | "tickets" | "mayRegister"> {
  directory: Directory
  accounts: Pick<Accounts, "soonLive" | "state">
  logins: Pick<Logins, "redeemed">
  mayTie(user: BareJid, owner: string): boolean
}

export class Carrying {
  readonly #waiters = new Waiters()

  constructor(private readonly parts: CarryingParts) {}

  /** Resolves when the code was handed in. Throws `Refusal`. */
  async carry(user: BareJid, ask: AskUser): Promise<{ link: Link; text: Said }> {
    const { adapter, mayRegister, tickets, id: network, directory } = this.parts
    const { name } = adapter.network
    if (!mayRegister(user))
      throw new Refusal("not-allowed", words("This gateway is not open to {jid}. Ask its administrator.", { jid: user }))
    const account = await this.#which(user, ask)
    if (!tickets) throw new Refusal("feature-not-implemented", words("This gateway has no codes."))
    await tickets.revoke(user, "carried", network)
    const code = await tickets.issue({ kind: "carried", network, user, subject: {}, uses: 1, forMs: codeMs })
    const hash = tickets.hashOf(code)
    const entry = await this.#entry(account, code)
    const done = this.#waiters.wait(hash, codeMs)
    await ask({
      title: words("Your own account on {network}", { network: name }),
      text: both(
        words("First connect your account with {bot} in the settings of {network}. Then hand in this code there, from the same account:", {
          bot: this.#nameOf(account),
          network: name,
        }),
        entry.url === undefined || entry.text.includes(entry.url) ? entry.text : `${entry.text}\n${entry.url}`,
      ),
      until: done,
    }).catch((error: unknown) => {
      // The code stays good: whoever hands it in later is told in the chat.
      this.#waiters.leave(hash)
      throw error
    })
    const link = await done
    return {
      link: directory.links.get(link.id) ?? link,
      text: words("Done: your private chats on {network} come here.", { network: name }),
    }
  }

  /** Accounts that can carry: the user's own, and those by which users show who they are. */
  #carriers(user: BareJid): Account[] {
    const { directory, configured } = this.parts
    const own = directory.linksOf(user).flatMap((link) => (link.role === "owner" ? (directory.accounts.get(link.accountId) ?? []) : []))
    const tags = new Set(configured.filter(({ join }) => join === "proven").map(({ tag }) => tag))
    const shared = [...directory.accounts.values()].filter(({ tag }) => tags.has(tag))
    return [...own.filter((account) => !isCarried(account)), ...shared]
  }

  async #which(user: BareJid, ask: AskUser): Promise<Account> {
    const { adapter } = this.parts
    const { name } = adapter.network
    const [first, ...more] = this.#carriers(user)
    if (!first)
      throw new Refusal(
        "item-not-found",
        words("There is no account here with which you could connect yours: register one of your own first.", { network: name }),
      )
    if (more.length === 0) return first
    const all = [first, ...more]
    const { carrier } = await ask({
      title: words("Your own account on {network}", { network: name }),
      fields: [
        {
          name: "carrier",
          label: words("With which account of the gateway do you connect it?"),
          options: all.map((account) => ({ value: String(account.id), label: this.#nameOf(account) })),
        },
      ],
    })
    return all.find(({ id }) => String(id) === carrier) ?? first
  }

  #nameOf({ tag, legacyId }: Account): Said {
    return tag === "" ? words("your own ({name})", { name: legacyId }) : words("«{name}»", { name: tag })
  }

  async #entry(account: Account, code: string): Promise<{ text: string; url?: string }> {
    const { accounts, adapter } = this.parts
    const { name } = adapter.network
    const live = await accounts.soonLive(account.id, sessionMs)
    if (!live?.session.entry)
      throw new Refusal(
        "remote-server-timeout",
        accounts.state(account.id).text || words("{network} cannot be asked now.", { network: name }),
        "wait",
      )
    try {
      return await live.session.entry({ code }, live.signal)
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(condition, text, type)
    }
  }

  /** Who hands in the code is asked first: whoever sent them here may not be themselves. */
  readonly redeem: Redeemer = async (call, ticket, rest) => {
    const { user } = ticket
    const { from } = call
    if (user === null || !this.parts.mayTie(user, from.id) || !this.#waiters.mayConfirm(ticket.hash, from.id)) throw invalid()
    const said = rest.toLowerCase()
    if (said === "no") {
      await (this.parts.tickets as Tickets).take(ticket)
      return words("Nothing was changed, and the code is void.")
    }
    if (said !== "yes") return this.#confirm(call, ticket, user)
    const link = await this.parts.logins.redeemed(user, from.id, ticket.hash)
    this.#waiters.done(ticket.hash, link)
    return words("Your private chats here come to {jid} in XMPP from now on. To end that, disconnect the gateway in your settings here.", {
      jid: user,
    })
  }

  #confirm({ from, lang }: ForeignCall, { code, hash }: FoundTicket, jid: BareJid): ForeignAnswer {
    this.#waiters.asked(hash, from.id)
    const text = words(
      "{jid} wants your private chats here: they will read them, and answer in your name. Only go on if that is your own XMPP address. To go on, say: link {code} yes",
      { jid, code },
    )
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
}
