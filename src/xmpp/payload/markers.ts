// Displayed markers (XEP-0333): where the network tells what people have read, or takes what our users have.
import type { Capabilities } from "../../adapter/contract.js"
import type { Feature } from "../types.js"
import { el, join, type Xml } from "../stanza.js"
import type { Reads } from "./draft.js"
import { usable } from "./ids.js"
import * as receipts from "./receipts.js"

const ns = "urn:xmpp:chat-markers:0"

export const markers: Feature = {
  xep: { number: 333, version: "1.0.0", name: "Displayed Markers" },
  disco: {
    contact: (capabilities) => (capabilities.tells?.includes("read") === true || isAsked(capabilities) ? [ns] : []),
    room: ({ capabilities }) => (isAsked(capabilities) ? [ns] : []),
  },
}

/** Only where somebody gets to know it is asked whether something was read. */
export function isAsked({ read }: Pick<Capabilities, "read">): boolean {
  return read !== undefined && read.logins !== true
}

export const reads: Reads = {
  [`displayed ${ns}`](child, draft) {
    const id = usable(child.attrs.id)
    if (id !== "") draft.displayed = id
  },
}

/** §4.1. */
export function markable(): Xml {
  return el("markable", { xmlns: ns })
}

/** Somebody has got, or read, what `target` names. That it was got is a receipt's to say (§10). */
export function write(what: "received" | "displayed", target: string): Xml {
  if (what === "received") return receipts.write(target)
  return join([el("displayed", { xmlns: ns, id: target }), el("store", { xmlns: "urn:xmpp:hints" })])
}
