// A text in which nothing is styling, whatever it looks like (XEP-0393 §6.3).
import type { Feature } from "../types.js"
import { el, type Xml } from "../stanza.js"
import type { Reads } from "./draft.js"

const ns = "urn:xmpp:styling:0"

export const unstyled: Feature = {
  xep: { number: 393, version: "1.1.1", name: "Message Styling" },
  disco: { contact: [ns], room: [ns] },
}

export const reads: Reads = {
  [`unstyled ${ns}`](_, draft) {
    draft.unstyled = true
  },
}

export function write(): Xml {
  return el("unstyled", { xmlns: ns })
}
