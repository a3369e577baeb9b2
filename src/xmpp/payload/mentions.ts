// Who is mentioned in a text (XEP-0372 §4.2), by the JID of a contact or of an occupant.
import type { Span } from "../../adapter/contract.js"
import { decode } from "../../core/address.js"
import type { ToldSpan, Whom } from "../../core/content.js"
import { bareOf, domainOf, localOf, resourceOf, sameJid } from "../jid.js"
import type { Feature } from "../types.js"
import { el, join, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"
import { range, toPoints } from "./points.js"
import { note } from "./told.js"

const taken = (formatting: readonly Span["kind"][] = []): readonly string[] => (formatting.includes("mention") ? [ns] : [])
const ns = "urn:xmpp:reference:0"

export const mentions: Feature = {
  xep: { number: 372, version: "0.5.0", name: "References" },
  disco: { contact: ({ send }) => taken(send.formatting), room: ({ capabilities }) => taken(capabilities.send.formatting) },
}

/** `arg`: the JID, until it is known who that is. */
export const reads: Reads = {
  [`reference ${ns}`]({ attrs }, draft) {
    // An anchor: it is about another message (§4.4).
    if (attrs.type !== "mention" || attrs.anchor !== undefined) return
    const place = range(attrs.begin, attrs.end)
    const arg = jidIn(attrs.uri ?? "")
    if (place && arg !== undefined) note(draft, "mention", [{ kind: "mention", ...place, arg }])
  },
}

/** RFC 5122 §2. Undefined: no address of somebody. */
export function jidIn(uri: string): string | undefined {
  const [, path = ""] = /^xmpp:([^?#]+)/i.exec(uri) ?? []
  try {
    const jid = decodeURIComponent(path)
    return localOf(jid) === "" ? undefined : jid
  } catch {
    return undefined
  }
}

/** RFC 5122 §2.7. */
export function uriOf(jid: string): string {
  const resource = resourceOf(jid)
  return `xmpp:${encodeURIComponent(localOf(jid))}@${domainOf(jid)}${resource === "" ? "" : `/${encodeURIComponent(resource)}`}`
}

/** Who that is on our network: an occupant of this room, or a contact. Undefined: nobody there. */
export function whomOf(jid: string, domain: string, room: string | undefined): Whom | undefined {
  const nick = resourceOf(jid)
  if (nick !== "" && room !== undefined) return sameJid(bareOf(jid), room) ? { nick } : undefined
  if (domainOf(jid).toLowerCase() !== domain) return undefined
  const address = decode(localOf(jid).toLowerCase())
  return address?.kind === "contact" ? { contact: address.id } : undefined
}

/** Whom the spans of a draft mean, by its place. `domain`: ours; `room`: bare JID of the room where it was said. Of others nothing is told. */
export function settle(draft: Draft, domain: string, room?: string): Draft {
  const spans = draft.spans?.flatMap((span): ToldSpan[] => {
    if (span.kind !== "mention" || span.whom) return [span]
    const { arg = "", ...rest } = span
    const whom = whomOf(arg, domain, room)
    return whom ? [{ ...rest, whom }] : []
  })
  if (spans) draft.spans = spans
  if (spans?.length === 0) delete draft.spans
  return draft
}

/** `uri`: of who is named by a span's `arg`. */
export function write(text: string, spans: readonly Span[], before: number, uri: (arg: string) => string | undefined): Xml {
  const points = toPoints(text)
  return join(
    spans.map(({ kind, start, end, arg }) => {
      const who = kind === "mention" && arg !== undefined ? uri(arg) : undefined
      return (
        who !== undefined &&
        el("reference", { xmlns: ns, begin: before + points(start), end: before + points(end), type: "mention", uri: who })
      )
    }),
  )
}
