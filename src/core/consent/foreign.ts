// What foreign people say to a shared account about whom they write with: `xmpp`, `to`, `stop`, `block`.
import { parseBareJid } from "../jid.js"
import type { Contact } from "../../adapter/contract.js"
import type { Audit, Rules } from "../admin/ports.js"
import type { ForeignAnswer, ForeignCall, ForeignCommand } from "../commands/foreign.js"
import type { Directory } from "../directory.js"
import { isProven } from "../identity/membership.js"
import { Lru } from "../lru.js"
import type { BareJid, Link } from "../model.js"
import { Refusal } from "../ports.js"
import type { Store } from "../store.js"
import { inLanguage, words } from "../words/words.js"
import { isMutual, type Consents } from "./consents.js"
import { choiceOf } from "./teller.js"

/** A person may ask for so many addresses in so many ms, and each user be asked by so many. */
const asks = { perPerson: 5, perUser: 20, ms: 60 * 60_000 }

export interface ForeignParts {
  store: Pick<Store, "ties" | "pick">
  directory: Directory
  consents: Consents
  rules: Rules
  /** `flushed`: all that was noted is on disk. */
  audit: Audit & { flushed(): Promise<void> }
  /** What waited for the person's choice goes there. Resolves with how much that was. */
  chosen(account: number, person: string): Promise<number>
  /** Epoch ms. */
  now(): number
}

export class ForeignPeople {
  readonly #asked = new Lru<string, readonly number[]>(20_000)

  constructor(private readonly parts: ForeignParts) {}

  commands(): ForeignCommand[] {
    const where = "direct" as const
    return [
      {
        ...{ name: "xmpp", argument: "ADDRESS", where },
        text: words("Asks somebody with an XMPP address whether they would like to write with you."),
        run: (call) => this.#ask(call),
      },
      {
        ...{ name: "to", argument: "ADDRESS", where },
        text: words("Chooses whom your messages go to, if you write with several."),
        run: (call) => this.#to(call),
      },
      {
        ...{ name: "stop", argument: "ADDRESS", where },
        text: words("Ends writing with somebody, or with «all»."),
        run: (call) => this.#leave(call, "stop"),
      },
      {
        ...{ name: "block", argument: "ADDRESS", where },
        text: words("Ends writing with somebody for good: they cannot reach you any more."),
        run: (call) => this.#leave(call, "block"),
      },
    ]
  }

  /** The same answer, after as much work, whether there is such a user, whether they were asked before, and whatever they said. */
  async #ask(call: ForeignCall): Promise<ForeignAnswer> {
    const { consents, audit, directory, rules } = this.parts
    const { account, from, argument } = begun(call, this.parts.consents)
    if (from.kind !== undefined && from.kind !== "person")
      throw new Refusal("not-allowed", words("Only people can write with people here."))
    const jid = parseBareJid(argument) as BareJid | undefined
    if (jid === undefined) throw new Refusal("bad-request", words("Say it with an address, as in: xmpp juliet@example.org"), "modify")
    if (!this.#mayAsk(`from ${account.id} ${from.id}`, asks.perPerson))
      throw new Refusal("resource-constraint", words("You have asked for many people. Try again in an hour."), "wait")
    const link = directory.linksOfAccount(account.id).find((one) => one.jid === jid && isProven(one) && one.identity !== from.id)
    const isWelcome = link && rules.verdict("jid", jid) !== "block" && !consents.isBlocked(link, from.id)
    if (link && isWelcome && (await consents.isMutual(link, from.id))) return this.#chosen(call, link)
    audit.note({ actor: `foreign ${from.id}`, act: "consent asked", detail: { jid } })
    const mayReach = isWelcome && this.#mayAsk(`to ${link.id}`, asks.perUser)
    await Promise.all([mayReach ? consents.ask(link, from) : undefined, audit.flushed()])
    return words(
      "If {jid} can be reached here, they are asked now. You are told when they agree; until then nothing you write goes to them.",
      { jid },
    )
  }

  /** One more within this time. */
  #mayAsk(key: string, most: number): boolean {
    const now = this.parts.now()
    const lately = (this.#asked.get(key) ?? []).filter((at) => Math.abs(now - at) < asks.ms)
    if (lately.length >= most) return false
    this.#asked.set(key, [...lately, now])
    return true
  }

  async #to(call: ForeignCall): Promise<ForeignAnswer> {
    const { argument, lang } = begun(call, this.parts.consents)
    const among = await this.#mutual(call)
    if (among.length === 0) throw nobody()
    if (argument === "") return answer(choiceOf(words("Whom do you want to write to?"), "to", among, [], lang), lang)
    return this.#chosen(call, named(among, argument))
  }

  async #chosen({ account, from }: ForeignCall, link: Link): Promise<ForeignAnswer> {
    const { store, now, chosen } = this.parts
    if (!(await store.pick({ link: link.id, legacyId: from.id, at: now() }))) throw nobody()
    const count = await chosen(account.id, from.id)
    const jid = { jid: link.jid }
    if (count > 0) return words("What you say goes to {jid} now, and so did {count} messages that waited.", { ...jid, count })
    return words("What you say goes to {jid} now. To say something to somebody else once, answer to a message of theirs.", jid)
  }

  async #leave(call: ForeignCall, verb: "stop" | "block"): Promise<ForeignAnswer> {
    const { argument, from, lang, account } = begun(call, this.parts.consents)
    const { directory, consents, audit } = this.parts
    const forever = verb === "block"
    const among = await this.#mutual(call)
    const question = forever ? words("Whom do you want to block?") : words("With whom do you want to end it?")
    const all = { id: `${verb} all`, text: words("all of them") }
    if (argument === "" && among.length > 1) return answer(choiceOf(question, verb, among, [all], lang), lang)
    if (argument === "" && among.length === 0) throw nobody()
    const typed = parseBareJid(argument)
    const leaving = argument === "" || argument.toLowerCase() === "all" ? among : [found(among, argument)].flatMap((link) => link ?? [])
    // Who is not known to write with them can be kept away as well; whether there is such a user is told to nobody.
    const stranger =
      forever && leaving.length === 0 && directory.linksOfAccount(account.id).find((one) => one.jid === typed && isProven(one))
    const links = stranger ? [stranger] : leaving
    if (links.length === 0 && (typed === undefined || argument.toLowerCase() === "all")) throw nobody()
    for (const link of links) await consents.leave(link, from, forever)
    if (links.length === 0) audit.note({ actor: `foreign ${from.id}`, act: "user blocked", detail: { jid: typed ?? "" } })
    await audit.flushed()
    const jids = links.length > 0 ? links.map(({ jid }) => jid).join(", ") : (typed ?? "")
    return forever
      ? words("{jids} cannot reach you here any more. To undo that, say: xmpp ADDRESS", { jids })
      : words("You do not write with {jids} any more.", { jids })
  }

  /** Users who write with this person, by this account. */
  async #mutual({ account, from }: ForeignCall): Promise<Link[]> {
    const { store, directory } = this.parts
    const ties = await store.ties(account.id, from.id)
    return ties.filter(isMutual).flatMap(({ link }) => directory.links.get(link) ?? [])
  }
}

/** Throws `Refusal` where there is nothing to choose. */
function begun(call: ForeignCall, consents: Consents): ForeignCall & { from: Contact } {
  if ("room" in call.chat) throw new Refusal("not-allowed", words("Say this to me alone, in a direct chat."))
  if (call.account.tag === "" || call.chat.login !== undefined)
    throw new Refusal("not-allowed", words("This account is one person's alone: what you write here goes to them."))
  consents.heard(call.from.id, call.lang)
  return call
}

/** By number of the link, address, or what stands before its «@». */
function found(among: readonly Link[], said: string): Link | undefined {
  const wanted = said.toLowerCase()
  const local = among.filter(({ jid }) => jid.slice(0, jid.indexOf("@")) === wanted)
  return (
    among.find(({ jid }) => jid === (parseBareJid(said) ?? wanted)) ??
    (local.length === 1 ? local[0] : undefined) ??
    among.find(({ id }) => String(id) === said)
  )
}

function named(among: readonly Link[], said: string): Link {
  const link = found(among, said)
  if (!link)
    throw new Refusal(
      "item-not-found",
      words("You write with nobody called «{name}» here. Say «to» to see them all.", { name: said.slice(0, 100) }),
    )
  return link
}

function nobody(): Refusal {
  return new Refusal(
    "item-not-found",
    words("You write with nobody of XMPP here yet. Follow an invitation of theirs, or say: xmpp ADDRESS"),
  )
}

function answer({ text, extras }: ReturnType<typeof choiceOf>, lang: string): ForeignAnswer {
  return { text: inLanguage(text, lang), extras }
}
