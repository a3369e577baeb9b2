// Delivery receipts (XEP-0184): a contact's means that its network has the message.
import type { Feature } from "../types.js"
import { el, join, type Xml } from "../stanza.js"
import type { Reads } from "./draft.js"

const ns = "urn:xmpp:receipts"

export const receipts: Feature = {
  xep: { number: 184, version: "1.4.0", name: "Message Delivery Receipts" },
  disco: { gateway: [ns], contact: [ns] },
}

export const reads: Reads = {
  [`request ${ns}`](_, draft) {
    draft.wantsReceipt = true
  },
}

/** With XEP-0334's hint, so that a client that is off-line now learns of it from its archive. */
export function write(of: string): Xml {
  return join([el("received", { xmlns: ns, id: of }), el("store", { xmlns: "urn:xmpp:hints" })])
}
