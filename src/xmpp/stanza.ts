// Stanzas as strings: the only place where text becomes XML. Whatever goes in, what comes out is well-formed XML 1.0.
import type { Element } from "@xmpp/xml"
import type { Refused } from "../core/model.js"
import { inLanguage, languageUsed } from "../core/words/words.js"

declare const brand: unique symbol
/** Serialised, well-formed XML. Made here only, so that unescaped text cannot be passed for it. */
export type Xml = string & { readonly [brand]: "xml" }

export type Attrs = Readonly<Record<string, string | number | undefined>>
export type Child = Xml | undefined | false

export const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"

// XML 1.0 §2.2: besides these and lone surrogates every character may stand in a document. A raw CR would be read as LF (§2.11).
/* eslint-disable no-control-regex */
const SUSPECT = /[&<>"'\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/
const SUSPECTS = /[\ud800-\udbff][\udc00-\udfff]|[&<>"'\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/g
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/
const FORBIDDENS = /[\ud800-\udbff][\udc00-\udfff]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/g
/* eslint-enable no-control-regex */

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#13;" }

function entity(found: string): string {
  // Two code units: a proper pair.
  return found.length === 2 ? found : (ENTITIES[found] ?? "\ufffd")
}

/** Text for the inside of an element. What XML 1.0 forbids, and lone surrogates, become U+FFFD. */
export function escape(text: string): Xml {
  // Testing first is what makes the common case cheap.
  return (SUSPECT.test(text) ? text.replace(SUSPECTS, entity) : text) as Xml
}

/** Text for an attribute value, where a raw tab or line feed would be read as a space (XML 1.0 §3.3.3). */
export function escapeAttribute(text: string): Xml {
  const escaped = escape(text)
  return (/[\t\n]/.test(escaped) ? escaped.replace(/\t/g, "&#9;").replace(/\n/g, "&#10;") : escaped) as Xml
}

/** Text without what a stanza could not carry: for what is measured or compared before it is escaped. */
export function sendable(text: string): string {
  return FORBIDDEN.test(text) ? text.replace(FORBIDDENS, (found) => (found.length === 2 ? found : "\ufffd")) : text
}

/**
 * Longer attributes, but for JIDs, are cut. What we repeat of others (ids, nodes) could be of any length, and a server whose expat
 * defers parsing (CVE-2023-52425) lets a tag that takes several reads wait for as many bytes again: with it all of the stream.
 */
export const longestAttribute = 1024
const addresses = new Set(["from", "to", "jid", "by"])

function shortened(key: string, value: string): string {
  if (value.length <= longestAttribute || addresses.has(key)) return value
  return value.slice(0, longestAttribute)
}

function opening(name: string, attrs: Attrs): string {
  let out = "<" + name
  for (const key in attrs) {
    const value = attrs[key]
    if (value !== undefined) out += " " + key + "='" + (typeof value === "number" ? value : escapeAttribute(shortened(key, value))) + "'"
  }
  return out
}

/**
 * One element. Names are the caller's constants; attribute values are escaped here, `undefined` ones left out.
 * ```ts
 * el("query", { xmlns: NS_DISCO, node }, el("feature", { var: "urn:xmpp:ping" }), note && el("note", {}, escape(note)))
 * ```
 */
export function el(name: string, attrs: Attrs = {}, ...children: readonly Child[]): Xml {
  const inner = join(children)
  return (opening(name, attrs) + (inner === "" ? "/>" : ">" + inner + "</" + name + ">")) as Xml
}

/** One stanza for many: all but its addresses is serialised once. These come as `escapeAttribute` made them. */
export function addressed(name: string, attrs: Attrs, ...children: readonly Child[]): (from: Xml, to: Xml) => Xml {
  const inner = join(children)
  const head = opening(name, attrs)
  const tail = inner === "" ? "/>" : `>${inner}</${name}>`
  return (from, to) => `${head} from='${from}' to='${to}'${tail}` as Xml
}

/** An element with nothing but text in it. */
export function textEl(name: string, text: string, attrs: Attrs = {}): Xml {
  return el(name, attrs, escape(text))
}

/** Several pieces of XML as one. */
export function join(children: readonly Child[]): Xml {
  let out = ""
  for (const child of children) if (child) out += child
  return out as Xml
}

/** A parsed element, to be sent on. */
export function fromElement(element: Element): Xml {
  return sendable(element.toString()) as Xml
}

/** A stanza as it is inside of another one: it does not belong to our stream (XEP-0297 §3). */
export function asClient(stanza: Xml): Xml {
  return stanza.replace(/^<(message|presence|iq)/, "<$1 xmlns='jabber:client'") as Xml
}

export function message(attrs: Attrs & { from: string; to: string }, ...children: readonly Child[]): Xml {
  return el("message", attrs, ...children)
}

export function presence(attrs: Attrs & { from: string; to: string }, ...children: readonly Child[]): Xml {
  return el("presence", attrs, ...children)
}

export function iq(
  attrs: Attrs & { from: string; to: string; type: "get" | "set" | "result"; id: string },
  ...children: readonly Child[]
): Xml {
  return el("iq", attrs, ...children)
}

/** The result of an IQ request (RFC 6120 §8.2.3). Undefined where nobody is to be answered. */
export function result(request: Element, payload?: Xml): Xml | undefined {
  const { id, from, to, type } = request.attrs
  if (from === undefined || to === undefined || (type !== "get" && type !== "set")) return undefined
  return el("iq", { type: "result", id, from: to, to: from }, payload)
}

/** The defined conditions of RFC 6120 §8.3.3. */
const CONDITIONS = new Set(
  (
    "bad-request conflict feature-not-implemented forbidden gone internal-server-error item-not-found jid-malformed not-acceptable not-allowed " +
    "not-authorized policy-violation recipient-unavailable redirect registration-required remote-server-not-found remote-server-timeout " +
    "resource-constraint service-unavailable subscription-required undefined-condition unexpected-request"
  ).split(" "),
)

/** The `<error/>` child alone, in this language as far as we have it. An unknown condition is sent as `undefined-condition`. */
export function errorEl(error: Refused, extra?: Child, lang = "en"): Xml {
  const condition = CONDITIONS.has(error.condition) ? error.condition : "undefined-condition"
  const said = error.said ?? error.text
  const text =
    error.text === "" ? undefined : textEl("text", inLanguage(said, lang), { xmlns: NS_STANZAS, "xml:lang": languageUsed(said, lang) })
  return el("error", { type: error.type }, el(condition, { xmlns: NS_STANZAS }), text, extra)
}

/**
 * The error answer to a stanza (RFC 6120 §8.3.1). Undefined where none may be sent: the stanza is itself an error or a result
 * (§8.3.1: an error must not be answered by an error), or has no sender. `extra` goes into the `<error/>`, `beside` before it. `lang`: by
 * default the stanza's own.
 */
export function stanzaError(
  incoming: Element,
  error: Refused,
  extra?: Child,
  beside?: Child,
  lang = languageOf(incoming),
): Xml | undefined {
  const { id, from, to, type } = incoming.attrs
  if (from === undefined || to === undefined || type === "error" || type === "result") return undefined
  return el(incoming.name, { type: "error", id, from: to, to: from }, beside, errorEl(error, extra, lang))
}

/** What a stanza says of its language (RFC 6120 §8.1.5), or else its text. */
export function languageOf(stanza: Element): string | undefined {
  const { "xml:lang": own } = stanza.attrs
  return own ?? stanza.getChild("body")?.attrs["xml:lang"]
}
