// Who writes to whom, as both sides want it: every change is one transaction with what the other side is told of it.
import type { Contact } from "../../adapter/contract.js"
import type { Audit } from "../admin/ports.js"
import type { Delivery } from "../delivery.js"
import type { Directory } from "../directory.js"
import type { IdMint } from "../ids.js"
import { asNew } from "../inbound.js"
import { Lru } from "../lru.js"
import type { BareJid, FullJid, Link, OutOp, RosterEntry } from "../model.js"
import { BlockedRefusal, Refusal, type Face } from "../ports.js"
import type { Sender } from "../sender.js"
import type { NewRow, Store } from "../store.js"
import { inLanguage, words, type Said } from "../words/words.js"
import type { ConsentChange, ConsentChanged, Tie } from "./store.js"

/** Whoever was turned away, or has asked, may ask again after so long, in ms. */
export const askAgainMs = 7 * 24 * 60 * 60_000

export interface ConsentsParts {
  /** Id and name of the network, and its domain. */
  network: string
  name: string
  domain: string
  store: Store
  directory: Directory
  delivery: Pick<Delivery, "add">
  sender: Pick<Sender, "lane">
  ids: IdMint
  face: () => Face
  audit: Audit
  /** BCP 47: to tell a user something unasked in. */
  language(user: BareJid): string
  /** Epoch ms. */
  now(): number
}

type Wanted = Omit<ConsentChange, "there" | "here" | "now" | "link" | "legacyId" | "contact">
interface Told {
  /** To the person, on the network. */
  there?: Said
  /** To the user, from the gateway. */
  here?: Said
}

export class Consents {
  /** By link and legacy id. As many as users have blocked. */
  readonly #blocked = new Set<string>()
  /** The language each foreign person last spoke to the gateway in. */
  readonly #tongues = new Lru<string, string>(5000)

  /** A user has to do with a foreign person. */
  onMet: (link: Link, person: string) => void = () => undefined

  constructor(private readonly parts: ConsentsParts) {}

  async load(): Promise<void> {
    for (const { link, legacyId } of await this.parts.store.blockedContacts(this.parts.network)) this.#blocked.add(keyOf(link, legacyId))
  }

  isBlocked({ id }: Link, legacyId: string): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(keyOf(id, legacyId))
  }

  heard(person: string, lang: string): void {
    this.#tongues.set(person, lang)
  }

  languageOf(person: string): string {
    return this.#tongues.get(person) ?? "en"
  }

  /** Undefined at once: the user may write. Resolves with what is said before it, «» for nothing. Throws `Refusal`. */
  admit(link: Link, legacyId: string): Promise<string> | undefined {
    if (this.isBlocked(link, legacyId))
      throw new BlockedRefusal(
        words("You have blocked this person. Write «unblock» to {domain} to end that.", { domain: this.parts.domain }),
      )
    return link.role === "owner" ? undefined : this.#admit(link, legacyId)
  }

  async #admit(link: Link, legacyId: string): Promise<string> {
    const { store, directory } = this.parts
    const ties = await store.ties(link.accountId, legacyId)
    const mine = ties.find((tie) => tie.link === link.id)
    if (!mine || !isMutual(mine)) throw this.notAgreed(mine)
    const others = ties.filter((tie) => tie !== mine && isMutual(tie)).flatMap((tie) => directory.links.get(tie.link)?.jid ?? [])
    return others.some((jid) => jid !== link.jid) ? `${speakerName(link.jid, others)}: ` : ""
  }

  /** Whether user and person write to each other. */
  async isMutual(link: Link, legacyId: string): Promise<boolean> {
    if (this.isBlocked(link, legacyId)) return false
    if (link.role === "owner") return true
    const mine = (await this.parts.store.ties(link.accountId, legacyId)).find((tie) => tie.link === link.id)
    return mine !== undefined && isMutual(mine)
  }

  /** The same for whoever exists and whoever does not. */
  notAgreed(tie?: Tie): Refusal {
    const { domain, name } = this.parts
    if (tie?.consent === "asked")
      return new Refusal(
        "not-allowed",
        words("This person has asked to write with you. Accept their request first, or write «accept» to {domain}.", { domain }),
        "auth",
      )
    return new Refusal(
      "not-allowed",
      words(
        "Not sent: on {network} you can write to those who have agreed to it. Write «invite» to {domain} for a link: whoever follows it can write with you.",
        { network: name, domain },
      ),
      "auth",
    )
  }

  /** A foreign person would like to write with the user. */
  async ask(link: Link, from: Contact): Promise<void> {
    const { now } = this.parts
    const wanted: Wanted = { if: ["none", "asked"], to: "asked", refused: false, notAskedSince: now() - askAgainMs, anew: true }
    await this.change(link, from, wanted)
  }

  /** The user's answer, or a change of their mind. False: there was nothing to answer. */
  async answer(link: Link, legacyId: string, yes: boolean): Promise<boolean> {
    if (link.role === "owner") return false
    const jid = { jid: link.jid }
    if (yes) {
      const there = words("{jid} has agreed: you can write with them here. To choose whom you write to, say: to {jid}", jid)
      const given = await this.change(link, { id: legacyId }, { if: ["asked"], to: "both" }, { there })
      if (given.outcome === "changed") this.#note(link.jid, "consent given", link, legacyId)
      return given.outcome === "changed"
    }
    const turnedAway: Wanted = { to: "none", turnedAway: true, anew: true }
    // Who asked and is not wanted hears nothing: as if there were nobody.
    const declined = await this.change(link, { id: legacyId }, { ...turnedAway, if: ["asked"] })
    const ended =
      declined.outcome === "changed"
        ? declined
        : await this.change(
            link,
            { id: legacyId },
            { ...turnedAway, if: ["both"] },
            { there: words("{jid} does not write with you here any more.", jid) },
          )
    if (ended.outcome !== "changed") return false
    this.#note(link.jid, declined === ended ? "consent declined" : "consent ended", link, legacyId)
    return true
  }

  /** The person wants nothing from the user; `forever`: they would not be asked again. */
  async leave(link: Link, from: Contact, forever: boolean): Promise<void> {
    const wanted: Wanted = { if: ["none", "asked", "both"], to: "none", anew: true, ...(forever && { refused: true }) }
    const known = await this.parts.store.rosterEntry(link.id, from.id)
    const name = from.name ?? known?.contact.name ?? from.id
    const here = known?.consent === "both" && words("{name} does not write with you any more.", { name })
    const left = await this.change(link, from, wanted, here ? { here } : {})
    // Blocked by the user: what the person wants counts when that ends.
    if (left.outcome === "unchanged" && forever) await this.change(link, from, { if: ["blocked"], to: "blocked", refused: true })
    this.#note(`foreign ${from.id}`, forever ? "user blocked" : "consent ended", link, from.id)
  }

  /** Whoever they are: they need not be in the user's list. */
  async block(link: Link, legacyId: string): Promise<void> {
    const key = keyOf(link.id, legacyId)
    const had = this.#blocked.has(key)
    // First here: what comes while it is committed does not get through either.
    this.#blocked.add(key)
    try {
      await this.change(link, { id: legacyId }, { to: "blocked" })
    } catch (error) {
      if (!had) this.#blocked.delete(key)
      throw error
    }
    this.#note(link.jid, "contact blocked", link, legacyId)
  }

  /** False: they were not blocked. */
  async unblock(link: Link, legacyId: string): Promise<boolean> {
    const changed = await this.change(link, { id: legacyId }, { if: ["blocked"], to: "was" })
    this.#blocked.delete(keyOf(link.id, legacyId))
    if (changed.outcome !== "changed") return false
    this.#note(link.jid, "contact unblocked", link, legacyId)
    return true
  }

  /** What is committed is carried on: rows into their lanes, presences. */
  async change(link: Link, from: Contact, wanted: Wanted, { there, here }: Told = {}): Promise<ConsentChanged> {
    const { store, directory, sender, delivery, ids, language, network, now } = this.parts
    const contact = from.name === undefined && from.username === undefined ? null : asNew(from, network, directory.contact(link, from.id))
    const lane = there === undefined ? undefined : sender.lane(await directory.direct(link, from.id))
    lane?.reserve()
    try {
      const at = now()
      const id = ids.next()
      const notice = here !== undefined && {
        here: { id, op: { k: "message" as const, id, text: inLanguage(here, language(link.jid)), at } },
      }
      const word = there !== undefined && { there: this.#word(link, inLanguage(there, this.languageOf(from.id))) }
      const changed = await store.changeConsent({ link: link.id, legacyId: from.id, contact, ...wanted, ...word, ...notice, now: at })
      if (changed.outcome !== "changed") return changed
      if (changed.there) lane?.push(changed.there.row)
      if (changed.here) {
        directory.remember(changed.here.conversation)
        delivery.add(changed.here.conversation.id, changed.here.row)
      }
      this.#changed(link, changed.entry)
      return changed
    } finally {
      lane?.unreserve()
      lane?.run()
    }
  }

  #changed(link: Link, entry: RosterEntry): void {
    this.parts.directory.rememberContact(link, entry.contact)
    this.onMet(link, entry.contact.legacyId)
    this.parts.face().consentChanged(link, entry)
  }

  /** The gateway's own word to a person, in the lane of their talk with the user. */
  #word(link: Link, text: string): NewRow<OutOp> {
    const { ids } = this.parts
    const message = ids.next()
    const origin = { action: message, of: "", to: link.jid as string as FullJid, last: true, receipt: false, quiet: true as const }
    return { id: ids.next(), op: { k: "send", message, ordinal: 0, text, origin, marked: { unstyled: true } } }
  }

  #note(actor: string, act: string, { jid }: Link, person: string): void {
    this.parts.audit.note({ actor, act, detail: { jid, person } })
  }
}

export function isMutual({ consent, refused }: Pick<Tie, "consent" | "refused">): boolean {
  return consent === "both" && !refused
}

/** As short as it is clear to whoever writes with all of these. */
export function speakerName(jid: BareJid, others: readonly BareJid[]): string {
  const local = (one: string): string => one.slice(0, one.indexOf("@"))
  return others.some((other) => other !== jid && local(other) === local(jid)) ? jid : local(jid)
}

function keyOf(link: number, legacyId: string): string {
  return `${link} ${legacyId}`
}
