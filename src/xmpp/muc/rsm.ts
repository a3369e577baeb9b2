// Result set management (XEP-0059): which page of a list is asked for, and what is told of the page that was given.
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import { el, textEl, type Xml } from "../stanza.js"
import type { Feature } from "../types.js"
import { words } from "../../core/words/words.js"

export const nsRsm = "http://jabber.org/protocol/rsm"

export const resultSets: Feature = {
  xep: { number: 59, version: "1.0", name: "Result Set Management" },
  disco: { gateway: [nsRsm], room: [nsRsm] },
}

/** `before` «»: the last page. */
export interface PageRequest {
  max?: number
  after?: string
  before?: string
  index?: number
}

/** Number of all, and of the page its first and last ids; an empty page has none. */
export interface PageReport {
  count: number
  index: number
  first: string | undefined
  last: string | undefined
}

/** The `<set/>` inside `query`. Undefined: there is none. Throws `bad-request`. */
export function readSet(query: Element): PageRequest | undefined {
  const set = query.getChild("set", nsRsm)
  if (!set) return undefined
  const [max, index] = [natural(set, "max"), natural(set, "index")]
  const [after, before] = [set.getChildText("after") ?? "", set.getChildText("before")]
  return {
    ...(max !== undefined && { max }),
    ...(index !== undefined && { index }),
    // An empty one asks for what comes after nothing: the first page.
    ...(after !== "" && { after }),
    ...(before !== null && { before }),
  }
}

function natural(set: Element, name: string): number | undefined {
  const text = set.getChildText(name)?.trim() ?? ""
  if (text === "") return undefined
  if (!/^\d{1,9}$/.test(text)) throw new Refusal("bad-request", words("«{field}» is a number.", { field: name }), "modify")
  return Number(text)
}

export function setEl({ count, index, first, last }: PageReport): Xml {
  return el(
    "set",
    { xmlns: nsRsm },
    first !== undefined && textEl("first", first, { index }),
    last !== undefined && textEl("last", last),
    textEl("count", String(count)),
  )
}

export interface Page<T> extends PageReport {
  items: readonly T[]
  complete: boolean
}

/** A page of a list that is at hand; at most `most`. Throws `item-not-found`: what it is to come after or before is not in the list. */
export function pageOf<T>(list: readonly T[], uid: (item: T) => string, { max, after, before, index }: PageRequest, most: number): Page<T> {
  const limit = Math.min(max ?? most, most)
  const placeOf = (id: string): number => {
    const place = list.findIndex((item) => uid(item) === id)
    if (place === -1) throw new Refusal("item-not-found", words("The page before this one has changed: begin anew."))
    return place
  }
  const low = after !== undefined ? placeOf(after) + 1 : before === undefined ? (index ?? 0) : 0
  const high = before === undefined || before === "" ? list.length : placeOf(before)
  const [from, to] = before === undefined ? [low, Math.min(high, low + limit)] : [Math.max(low, high - limit), high]
  const items = list.slice(from, to)
  return { items, complete: before === undefined ? to >= high : from <= low, count: list.length, index: from, ...endsOf(items, uid) }
}

export function endsOf<T>(items: readonly T[], uid: (item: T) => string): Pick<PageReport, "first" | "last"> {
  const [first, last] = [items[0], items.at(-1)]
  return { first: first === undefined ? undefined : uid(first), last: last === undefined ? undefined : uid(last) }
}
