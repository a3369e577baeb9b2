// Origin-id (XEP-0359 §3): ours is the stanza's id; another's is used only where the stanza has none.
import type { Feature } from "../types.js"
import { el, longestAttribute, type Xml } from "../stanza.js"
import type { Reads } from "./draft.js"

const ns = "urn:xmpp:sid:0"

export const ids: Feature = {
  xep: { number: 359, version: "0.7.0", name: "Unique and Stable Stanza IDs" },
  disco: { contact: [ns], room: [ns] },
}

/** An id that could not be said back whole is as good as none. */
export function usable(id: string | undefined): string {
  return id === undefined || id.length > longestAttribute ? "" : id
}

export const reads: Reads = {
  [`origin-id ${ns}`](child, draft) {
    if (draft.id === "") draft.id = usable(child.attrs.id)
  },
}

export function write(id: string): Xml {
  return el("origin-id", { xmlns: ns, id })
}
