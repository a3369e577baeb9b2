// What messages offer to choose from (polls, buttons): kept as the network tells it, chosen by a command or by a reply with numbers.
import type { Body, ChatRef } from "../../adapter/contract.js"
import type { AnySession } from "../../adapter/define.js"
import { AdapterError } from "../../adapter/errors.js"
import { refusedBy } from "../errors.js"
import { Refusal, type Chosen, type OpenChoice } from "../ports.js"
import type { NewReactions, Offered } from "./store.js"
import { short } from "../short.js"
import type { Store } from "../store.js"
import { words, type Said } from "../words/words.js"

/** Options of one choice, and choices that are listed. */
const mostOptions = 100
const mostOpen = 20

/** Undefined: the message offers nothing. */
export function offeredIn({ text, extras = [] }: Body): Offered | undefined {
  const choice = extras.find((extra) => extra.type === "choice")
  if (!choice || choice.options.length === 0) return undefined
  const options = choice.options.slice(0, mostOptions).map(({ id, text: label, url }) => ({
    id,
    text: short(label),
    ...(url !== undefined && { url }),
  }))
  const { as, multiple, closed } = choice
  const asked = text.trim().split("\n", 1)[0] ?? ""
  return { as, text: short(asked), options, ...(multiple && { multiple }), ...(closed && { closed }) }
}

/** «2», «1, 3», «#2»: nothing but numbers. Undefined: words. */
export function numbersIn(text: string): number[] | undefined {
  const trimmed = text.trim()
  if (!/^#?\d{1,3}[.)]?(?:[\s,;]+#?\d{1,3}[.)]?)*$/.test(trimmed)) return undefined
  return [...new Set([...trimmed.matchAll(/\d+/g)].map(([digits]) => Number(digits)))]
}

/** Ids of the options with these numbers, from 1. Throws `Refusal`. */
export function chosen({ options, multiple, closed }: Offered, numbers: readonly number[]): string[] {
  if (closed) throw new Refusal("not-allowed", words("This is closed: nothing can be chosen any more."))
  if (numbers.length > 1 && multiple !== true) throw new Refusal("not-acceptable", words("Only one of these can be chosen."), "modify")
  return numbers.map((number) => {
    const option = options[number - 1]
    if (!option)
      throw new Refusal(
        "not-acceptable",
        words("There is no {number} among these: they go from 1 to {length}.", { number, length: options.length }),
        "modify",
      )
    if (option.url !== undefined)
      throw new Refusal("not-acceptable", words("«{text}» is a link: {url}", { text: option.text, url: option.url }), "modify")
    return option.id
  })
}

export interface ChoiceParts {
  store: Store
  /** Whether choices can be made on this network. */
  able: boolean
  name: string
  session(account: number): { session: AnySession; signal: AbortSignal } | undefined
  state(account: number): { up: boolean; text: Said }
}

export class Choices {
  constructor(private readonly parts: ChoiceParts) {}

  /** What a message that was just stored offers; with `edited`, nothing is told as well. */
  async note(where: NewReactions["where"], legacyId: string, body: Body, edited: boolean): Promise<void> {
    if (!this.parts.able) return
    const offered = offeredIn(body) ?? null
    if (offered || edited) await this.parts.store.offer({ where, legacyId, offered })
  }

  open(where: Chosen): Promise<OpenChoice[]> {
    return this.parts.able ? this.parts.store.offered(placeOf(where), mostOpen) : Promise.resolve([])
  }

  /** At once, for who waits for the answer. Throws `Refusal`. */
  async choose(where: Chosen, message: string, options: readonly string[]): Promise<string> {
    const { store, name, session, state } = this.parts
    const offered = await store.offeredBy(placeOf(where), message)
    const part = offered && (await store.findPart(message, 0))
    if (!offered || !part) throw new Refusal("item-not-found", words("This can not be chosen any more."))
    const account = "view" in where ? where.view.room.accountId : where.link.accountId
    const live = session(account)
    if (!live) throw new Refusal("recipient-unavailable", words("Not now: {text}", { text: state(account).text }), "wait")
    const chat: ChatRef = "view" in where ? { room: where.view.room.legacyId } : { user: where.legacyId }
    const { legacyId: id, handle } = part
    try {
      const ref = { id, ...(handle !== null && { handle }) }
      const answer = await live.session.interact?.({ chat, message: ref, choose: [...options] }, live.signal)
      const labels = offered.options.filter((option) => options.includes(option.id)).map(({ text }) => text)
      return answer ?? `Done: ${labels.join(", ")}.`
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(condition, text, type)
    }
  }

  /** What a reply with nothing but numbers chooses; undefined: it is a reply like others. Throws `Refusal` for numbers that mean nothing. */
  async byReply(where: Chosen, message: string, text: string): Promise<string[] | undefined> {
    const numbers = this.parts.able ? numbersIn(text) : undefined
    const offered = numbers && (await this.parts.store.offeredBy(placeOf(where), message))
    return offered && chosen(offered, numbers)
  }
}

function placeOf(where: Chosen): NewReactions["where"] {
  return "view" in where ? { room: where.view.room.id } : { link: where.link.id, legacyUser: where.legacyId }
}
