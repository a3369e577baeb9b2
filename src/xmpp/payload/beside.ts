// What is told beside the text of a message: formatting, names, a spoiler, places, people, pages.
import { contactJid, decode } from "../../core/address.js"
import type { Rich } from "../../core/content.js"
import { clipped } from "../../core/styling/marked.js"
import { domainOf, localOf } from "../jid.js"
import { join, type Child, type Xml } from "../stanza.js"
import * as location from "./location.js"
import * as markup from "./markup.js"
import * as mentions from "./mentions.js"
import * as preview from "./preview.js"
import * as spoiler from "./spoiler.js"
import * as unstyled from "./unstyled.js"
import * as vcard from "./vcard.js"

/** What of an operation's text is in one body, from where to where in UTF-16 units, and how those are addressed whom it names. */
export interface Share {
  text: string
  start: number
  end: number
  names: Names
}

/** Addresses of who is named: by legacy id or, in a room, by nick; and of contacts that are shown, by legacy id. Undefined: nobody. */
export interface Names {
  mentioned(arg: string): string | undefined
  contact(legacyId: string): string | undefined
}

/** In the talk with a contact, or in a room. `address`: its bare JID. */
export function namesFor(address: string, kind: "direct" | "room"): Names {
  const own = decode(localOf(address))
  const tag = own && "tag" in own ? own.tag : ""
  const contact = (legacyId: string): string | undefined => {
    const jid = legacyId === "" ? null : contactJid(domainOf(address), legacyId, tag)
    return jid === null ? undefined : mentions.uriOf(jid)
  }
  return { contact, mentioned: kind === "room" ? (nick) => mentions.uriOf(`${address}/${nick}`) : contact }
}

/**
 * Bytes beside one body. A server ends the stream of who sends it a stanza that is too large (write.ts), and what is told here can be six times
 * as long in XML as when it came: it would be sent again and again.
 */
const most = 40 * 1024

/** What there is no room for is left out: the text says it all. */
function fitting(elements: readonly Child[]): Xml {
  let left = most
  return join(
    elements.filter((one) => {
      const bytes = one ? Buffer.byteLength(one) : 0
      if (bytes > left) return false
      left -= bytes
      return true
    }),
  )
}

/** `before`: code points in the body before the text. Extras stand beside the beginning of a text. */
export function write(rich: Rich | undefined, share: Share | undefined, before = 0): Xml | undefined {
  if (!rich || !share) return undefined
  const { text, start, end, names } = share
  const shown = text.slice(start, end)
  const spans = clipped({ spans: rich.spans ?? [] }, start, end)?.spans ?? []
  const extras = start > 0 ? [] : (rich.extras ?? [])
  return fitting([
    rich.unstyled === true && unstyled.write(),
    spoiler.write(text, rich.spans ?? [], share, before),
    markup.write(shown, spans, before),
    mentions.write(shown, spans, before, (arg) => names.mentioned(arg)),
    ...extras.map((extra) => {
      if (extra.type === "location") return location.write(extra)
      if (extra.type === "contact") return vcard.write(extra, (user) => names.contact(user))
      return extra.type === "preview" && preview.write(extra)
    }),
  ])
}
