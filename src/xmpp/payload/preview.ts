// What a page is about: beside the text that names its address (XEP-0511), or fastened to it where that was found out later (XEP-0422).
import type { Page } from "../../core/content.js"
import { isTelling } from "../../core/extras.js"
import { el, join, textEl, type Xml } from "../stanza.js"

const nsRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
const nsOpenGraph = "https://ogp.me/ns#"
const nsFasten = "urn:xmpp:fasten:0"
const nsXhtml = "http://www.w3.org/1999/xhtml"

/** Pictures are left out: they have no address that clients could fetch. */
export function write(page: Page): Xml | undefined {
  if (!isTelling(page)) return undefined
  const { url, title, text } = page
  return el(
    "rdf:Description",
    { "xmlns:rdf": nsRdf, "xmlns:og": nsOpenGraph, "rdf:about": url },
    title !== undefined && textEl("og:title", title),
    text !== undefined && textEl("og:description", text),
    textEl("og:url", url),
  )
}

/**
 * XEP-0422 §3: in the words that Prosody's mod_ogp fastens and clients show (`meta`), and with those of XEP-0511 beside them, which have to be
 * children of the message (§3.2). There is no body: who knows neither shows nothing. No `og:url`: the address stands in the message and beside,
 * and Converse.js draws nothing where there is one without a picture (14.0.0). `target`: origin id of the message.
 */
export function fasten(target: string, page: Page): Xml {
  const { title, text } = page
  return join([
    el(
      "apply-to",
      { xmlns: nsFasten, id: target },
      title !== undefined && meta("og:title", title),
      text !== undefined && meta("og:description", text),
      el("external", { name: "Description", "element-namespace": nsRdf }),
    ),
    write(page),
    el("store", { xmlns: "urn:xmpp:hints" }),
  ])
}

function meta(property: string, content: string): Xml {
  return el("meta", { xmlns: nsXhtml, property, content })
}
