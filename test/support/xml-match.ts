// Partial XML as a pattern for stanzas: what the pattern names must be there, anything else may be.
/// <reference path="../../src/xmpp/xmpp-js.d.ts" />
import xml, { type Element } from "@xmpp/xml"

export type Pattern = string | ((el: Element) => boolean)

/** Parses one element. Throws for anything else. */
export function parseXml(text: string): Element {
  const parser = new xml.Parser()
  let root: Element | undefined
  let ended = false
  let failure: Error | undefined
  parser.on("start", (el: Element) => (root = el))
  parser.on("element", (el: Element) => root?.append(el))
  parser.on("end", () => (ended = true))
  parser.on("error", (error: Error) => (failure ??= error))
  // The parser hands children of the root over one by one and keeps the root's own text: order between the two is not needed for patterns.
  parser.write(text.trim())
  if (failure) throw failure
  if (!root || !ended) throw new Error(`not one XML element: ${text}`)
  return root
}

/**
 * Subset match. The name must be equal; each attribute of the pattern must be there with that value (`*`: any value; `xmlns` is compared
 * with the namespace in force); text that is not only blanks must be equal, blanks at both ends apart; each child of the pattern must match
 * some child of the stanza.
 */
export function matches(el: Element, pattern: Element): boolean {
  if (el.name !== pattern.name) return false
  for (const [key, value] of Object.entries(pattern.attrs)) {
    const has = key === "xmlns" ? el.getNS() : el.attrs[key]
    if (value === "*" ? has === undefined : has !== value) return false
  }
  const text = pattern.getText().trim()
  if (text !== "" && el.getText().trim() !== text) return false
  return pattern.getChildElements().every((wanted) => el.getChildElements().some((child) => matches(child, wanted)))
}

/** The pattern as a predicate. */
export function predicate(pattern: Pattern): (el: Element) => boolean {
  if (typeof pattern === "function") return pattern
  const wanted = parseXml(pattern)
  return (el) => matches(el, wanted)
}
