// What a page is about, beside the text that names its address (XEP-0511).
import type { Extra } from "../../adapter/contract.js"
import { el, textEl, type Xml } from "../stanza.js"

const nsRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
const nsOpenGraph = "https://ogp.me/ns#"

/** Pictures are left out: they have no address that clients could fetch. */
export function write({ url, title, text }: Extract<Extra, { type: "preview" }>): Xml | undefined {
  if (!/^https?:/i.test(url) || (title === undefined && text === undefined)) return undefined
  return el(
    "rdf:Description",
    { "xmlns:rdf": nsRdf, "xmlns:og": nsOpenGraph, "rdf:about": url },
    title !== undefined && textEl("og:title", title),
    text !== undefined && textEl("og:description", text),
    textEl("og:url", url),
  )
}
