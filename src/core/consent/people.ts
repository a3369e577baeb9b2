// Consent on one network, put together: what users ask for (`PeopleService`), what foreign people say, and whose a direct event is.
import type { Accounts } from "../accounts.js"
import type { AuditLog } from "../admin/audit-log.js"
import type { Rules } from "../admin/ports.js"
import type { ForeignCommands } from "../commands/foreign.js"
import type { Redemption } from "../identity/redemption.js"
import type { NetworkEvent } from "../../adapter/contract.js"
import type { BareJid, Link } from "../model.js"
import type { NetworkParts } from "../parts.js"
import { tellUser } from "../personal/telling.js"
import { Refusal } from "../ports.js"
import type { Sender } from "../sender.js"
import { short } from "../short.js"
import { inLanguage, words } from "../words/words.js"
import { Consents, type ConsentsParts } from "./consents.js"
import { ForeignPeople } from "./foreign.js"
import { Invites, type Invitation } from "./invites.js"
import type { Listed, PeopleService, Report } from "./ports.js"
import { SharedChats } from "./shared.js"
import { Teller } from "./teller.js"

/** A list of more than this nobody keeps. */
const mostBlocked = 1000
/** Of what a user says to a report, in UTF-16 units; and of messages that are named. */
const longestText = 1000
const mostMessages = 20

export interface PeopleParts
  extends
    Pick<NetworkParts, "id" | "domain" | "adapter" | "store" | "ids" | "log" | "tickets" | "admins">,
    Pick<ConsentsParts, "directory" | "delivery" | "face" | "language" | "now"> {
  accounts: Accounts
  sender: Sender
  rules: Rules
  audit: AuditLog
  foreign: ForeignCommands
  redemption: Redemption
  /** As if the account were this user's own. */
  tell(link: Link, event: NetworkEvent): Promise<void>
}

export class People implements PeopleService {
  readonly consents: Consents
  readonly shared: SharedChats
  readonly #invites: Invites

  constructor(private readonly parts: PeopleParts) {
    const { id: network, adapter, foreign, redemption } = parts
    const { name } = adapter.network
    this.consents = new Consents({ ...parts, network, name })
    const { consents } = this
    const languageOf = (person: string): string => consents.languageOf(person)
    this.shared = new SharedChats({ ...parts, network, name, languageOf, teller: new Teller({ ...parts, languageOf }) })
    this.#invites = new Invites({ ...parts, network, consents })
    const chosen = (account: number, person: string): Promise<number> => this.shared.chosen(account, person)
    foreign.add(...new ForeignPeople({ ...parts, consents, chosen }).commands())
    redemption.on("invite", this.#invites.redeem)
    consents.onMet = ({ accountId }, person) => this.shared.met(accountId, person)
  }

  load(): Promise<void> {
    return this.consents.load()
  }

  /** By an administrator. */
  isShutOut(person: string): boolean {
    return this.parts.rules.verdict("foreign", person) === "block"
  }

  get invitable(): boolean {
    return this.#invites.possible
  }

  invite(link: Link, how: { uses: number; days: number; label: string }): Promise<{ text: string; url?: string }> {
    return this.#invites.make(link, how)
  }

  invitations(user: BareJid): Promise<Invitation[]> {
    return this.#invites.list(user)
  }

  revoke(user: BareJid, invitation: string): Promise<boolean> {
    return this.#invites.revoke(user, invitation)
  }

  async requests(user: BareJid): Promise<Listed[]> {
    const { directory, store } = this.parts
    const of = async (link: Link): Promise<Listed[]> => (await store.requests(link.id)).map((entry) => ({ link, entry }))
    return (await Promise.all(directory.linksOf(user).map(of))).flat()
  }

  answer(link: Link, legacyId: string, yes: boolean): Promise<boolean> {
    return this.consents.answer(link, legacyId, yes)
  }

  async blocked(user: BareJid): Promise<Listed[]> {
    const { directory, store } = this.parts
    const of = async (link: Link): Promise<Listed[]> =>
      (await store.roster(link.id)).filter(({ consent }) => consent === "blocked").map((entry) => ({ link, entry }))
    return (await Promise.all(directory.linksOf(user).map(of))).flat()
  }

  async block(link: Link, legacyId: string, report?: Report): Promise<void> {
    if (!this.consents.isBlocked(link, legacyId) && (await this.blocked(link.jid)).length >= mostBlocked)
      throw new Refusal("resource-constraint", words("You have blocked {count} people already.", { count: mostBlocked }), "wait")
    await this.consents.block(link, legacyId)
    if (report) await this.#report(link, legacyId, report)
  }

  unblock(link: Link, legacyId: string): Promise<boolean> {
    return this.consents.unblock(link, legacyId)
  }

  /** It is in the audit log when this resolves. */
  async #report(link: Link, legacyId: string, { reason, text, messages }: Report): Promise<void> {
    const { audit, adapter, admins, directory, language, face } = this.parts
    const said = short(text, longestText)
    const detail = { person: legacyId, reason, text: said, messages: messages.slice(0, mostMessages).join(" ") }
    audit.note({ actor: link.jid, act: "contact reported", detail })
    await audit.flushed()
    const name = directory.contact(link, legacyId)?.name ?? legacyId
    const sentence = words("{user} has blocked {name} ({id}) of {network} and reported them: {reason}. {text}", {
      ...{ user: link.jid, name, id: legacyId, network: adapter.network.name },
      ...{ reason: reason === "spam" ? words("unwanted messages") : words("abuse"), text: said },
    })
    for (const admin of admins?.() ?? []) {
      const line = inLanguage(sentence, language(admin)).trim()
      const tied = directory.linksOf(admin)[0]
      if (tied) await tellUser(this.parts, tied, line)
      else face().say(admin, line)
    }
  }
}
