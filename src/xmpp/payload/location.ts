// A place in a message: `<geoloc/>` (XEP-0080) beside the text, or a text that is nothing but its address (`geo:`, RFC 5870).
import type { Extra } from "../../adapter/contract.js"
import { dateOf, placeAt, placeIn } from "../../core/extras.js"
import { el, textEl, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"

const ns = "http://jabber.org/protocol/geoloc"

type Place = Extract<Extra, { type: "location" }>

export const reads: Reads = {
  [`geoloc ${ns}`](child, draft) {
    const [lat, lon] = ["lat", "lon"].map((name) => decimal(child.getChildText(name)))
    const label = ["description", "text", "building", "street", "locality", "country"].map((name) => child.getChildText(name)).find(Boolean)
    const place = lat !== undefined && lon !== undefined ? placeAt(lat, lon, label ?? undefined) : undefined
    if (place && !draft.extras?.some(({ type }) => type === "location")) draft.extras = [...(draft.extras ?? []), place]
  },
}

/** xs:decimal */
function decimal(text: string | null): number | undefined {
  return text !== null && /^\s*[+-]?(?:\d{1,3}(?:\.\d{0,30})?|\.\d{1,30})\s*$/.test(text) ? Number(text) : undefined
}

/** Once all children were read: a body that is nothing but the address of a place is that place. */
export function settle(draft: Draft): void {
  const place = placeIn(draft.body ?? "")
  if (!place) return
  if (!draft.extras?.some(({ type }) => type === "location")) draft.extras = [...(draft.extras ?? []), place]
  draft.body = ""
  delete draft.spans
}

export function write({ lat, lon, label, until }: Place): Xml {
  const description = label === undefined ? undefined : textEl("description", label)
  const live = until === undefined ? undefined : dateOf(until)
  const text = live && textEl("text", `live until ${live.toISOString()}`)
  return el("geoloc", { xmlns: ns }, textEl("lat", String(lat)), textEl("lon", String(lon)), description, text)
}
