// Last message correction (XEP-0308).
import type { Feature } from "../types.js"
import { el, type Xml } from "../stanza.js"
import type { Reads } from "./draft.js"

const ns = "urn:xmpp:message-correct:0"

export const correction: Feature = {
  xep: { number: 308, version: "1.2.1", name: "Last Message Correction" },
  disco: { contact: ({ edit }) => (edit ? [ns] : []), room: ({ capabilities: { edit } }) => (edit ? [ns] : []) },
}

export const reads: Reads = {
  [`replace ${ns}`](child, draft) {
    if (child.attrs.id) draft.replaces = child.attrs.id
  },
}

export function write(target: string): Xml {
  return el("replace", { xmlns: ns, id: target })
}
