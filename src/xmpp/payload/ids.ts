// Origin-id (XEP-0359 §3): ours is the stanza's id; another's is used only where the stanza has none.
import type { Feature } from "../types.js"
import { el, type Xml } from "../stanza.js"
import type { Reads } from "./draft.js"

const ns = "urn:xmpp:sid:0"

export const ids: Feature = {
  xep: { number: 359, version: "0.7.0", name: "Unique and Stable Stanza IDs" },
  disco: { contact: [ns] },
}

export const reads: Reads = {
  [`origin-id ${ns}`](child, draft) {
    if (draft.id === "") draft.id = child.attrs.id ?? ""
  },
}

export function write(id: string): Xml {
  return el("origin-id", { xmlns: ns, id })
}
