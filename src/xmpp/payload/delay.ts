// Delayed delivery (XEP-0203), and its predecessor `jabber:x:delay` (XEP-0091).
import type { Feature } from "../types.js"
import { el, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"

const ns = "urn:xmpp:delay"

export const delay: Feature = { xep: { number: 203, version: "2.0", name: "Delayed Delivery" } }

/** What was said longer ago than this (ms) carries its time. */
const worthTelling = 60_000

export const reads: Reads = {
  [`delay ${ns}`](child, draft) {
    draft.delayedBy = child.attrs.from ?? ""
  },
  "x jabber:x:delay"(child, draft) {
    draft.delayedBy = child.attrs.from ?? ""
  },
}

/** Whether the stanza is history that somebody else repeats. A client that sends late what was written off-line marks it by itself. */
export function isHistory({ delayedBy }: Draft, senderBare: string): boolean {
  return delayedBy !== undefined && delayedBy !== "" && delayedBy !== senderBare && !delayedBy.startsWith(`${senderBare}/`)
}

/** `at`, `now`: epoch ms. */
export function write(by: string, at: number, now: number): Xml | undefined {
  return now - at > worthTelling ? el("delay", { xmlns: ns, from: by, stamp: new Date(at).toISOString() }) : undefined
}
