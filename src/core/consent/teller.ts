// The gateway's own words to foreign people who write to a shared account: refusals and questions, rationed, and not worth a place on disk.
import type { Extra } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import type { Accounts } from "../accounts.js"
import type { IdMint } from "../ids.js"
import type { Log } from "../log.js"
import { Lru } from "../lru.js"
import type { Link } from "../model.js"
import { both, inLanguage, words, type Said } from "../words/words.js"

/** So many of one account in so many ms: strangers by the thousand are not answered one by one. */
const perAccount = { words: 30, ms: 60_000 }
/** More than these are named by hand. */
const mostOptions = 20

export interface TellerParts {
  accounts: Pick<Accounts, "live">
  ids: IdMint
  log: Log
  languageOf(person: string): string
  /** Epoch ms. */
  now(): number
}

export class Teller {
  readonly #last = new Lru<string, number>(10_000)
  readonly #said = new Map<number, { since: number; count: number }>()

  constructor(private readonly parts: TellerParts) {}

  /** At most once in so many ms for each person and `kind`. False: it was said lately. */
  say(account: number, person: string, kind: string, everyMs: number, said: Said, extras: Extra[] = []): boolean {
    const { accounts, ids, log, languageOf, now } = this.parts
    const key = `${account} ${kind} ${person}`
    const last = this.#last.get(key)
    const at = now()
    if (last !== undefined && Math.abs(at - last) < everyMs) return false
    const live = accounts.live(account)
    if (!live || !this.#mayNow(account, at)) return false
    this.#last.set(key, at)
    const body = { text: inLanguage(said, languageOf(person)), ...(extras.length > 0 && { extras }) }
    live.session.send({ chat: { user: person }, body, key: ids.next(), asks: true }, live.signal).catch((error: unknown) => {
      this.#last.delete(key)
      log.info(
        { kind, person, err: error instanceof AdapterError ? error.message : error },
        "a person who writes to a shared account could not be told",
      )
    })
    return true
  }

  /** It may be said again at once. */
  forget(account: number, person: string, kind: string): void {
    this.#last.delete(`${account} ${kind} ${person}`)
  }

  #mayNow(account: number, now: number): boolean {
    const said = this.#said.get(account)
    if (!said || Math.abs(now - said.since) > perAccount.ms) {
      this.#said.set(account, { since: now, count: 1 })
      return true
    }
    return ++said.count <= perAccount.words
  }
}

/** Something to choose from: `verb` and the number of a link. The text names all, for networks without buttons. */
export function choiceOf(
  question: Said,
  verb: string,
  among: readonly Link[],
  more: { id: string; text: Said }[] = [],
  lang = "en",
): { text: Said; extras: Extra[] } {
  const shown = among.slice(0, mostOptions)
  const lines = among.map(({ jid }) => `\n${verb} ${jid}`).join("")
  const options = [
    ...shown.map(({ id, jid }) => ({ id: `${verb} ${id}`, text: jid })),
    ...more.map(({ id, text }) => ({ id, text: inLanguage(text, lang) })),
  ]
  return { text: both(question, words("You can also say: {lines}", { lines })), extras: [{ type: "choice", as: "buttons", options }] }
}
