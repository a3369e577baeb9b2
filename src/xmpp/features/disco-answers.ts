// Answers of service discovery (XEP-0030), paged where a list is long (XEP-0059).
import { pageOf, setEl, type PageRequest } from "../muc/rsm.js"
import { resultForm } from "../payload/forms.js"
import { el, join, type Xml } from "../stanza.js"
import type { Info } from "./caps.js"

export const nsInfo = "http://jabber.org/protocol/disco#info"
export const nsItems = "http://jabber.org/protocol/disco#items"

/** Items of a page, and their characters: servers close the stream of who sends them too long a stanza. */
const most = 500
const longest = 100_000

/** `forms`: XEP-0128. */
export function infoEl(node: string | undefined, { identities, features, forms: told = [] }: Info, forms: readonly Xml[] = []): Xml {
  return el(
    "query",
    { xmlns: nsInfo, node },
    ...identities.map(({ category, type, name }) => el("identity", { category, type, name })),
    ...features.map((feature) => el("feature", { var: feature })),
    ...told.map(({ type, fields }) => resultForm(type, fields)),
    ...forms,
  )
}

/** `uid`: nobody else's in the list, and the same as long as the item is there. */
export interface Item {
  uid: string
  xml: Xml
}

/** `asked`: what the request says of pages; undefined: nothing. */
export function itemsEl(node: string | undefined, list: readonly Item[], asked: PageRequest | undefined): Xml {
  const uid = (item: Item): string => item.uid
  let page = pageOf(list, uid, asked ?? {}, most)
  const fits = fitting(page.items, asked?.before !== undefined)
  if (fits < page.items.length) page = pageOf(list, uid, { ...asked, max: fits }, most)
  // Of an empty list the answer is as empty as without pages.
  const paged = list.length > 0 && (asked !== undefined || !page.complete)
  return el("query", { xmlns: nsItems, node }, join(page.items.map(({ xml }) => xml)), paged && setEl(page))
}

function fitting(items: readonly Item[], fromEnd: boolean): number {
  let left = longest
  const over = (fromEnd ? items.toReversed() : items).findIndex(({ xml }) => (left -= xml.length) < 0)
  return over === -1 ? items.length : Math.max(1, over)
}
