// Somebody who is shown to somebody, as a vCard (XEP-0292, RFC 6351) in a message.
import type { Extra } from "../../adapter/contract.js"
import { el, textEl, type Xml } from "../stanza.js"

const ns = "urn:ietf:params:xml:ns:vcard-4.0"

/** `uri`: of the contact that they are on the network, if they are one. */
export function write({ name, phone, user }: Extract<Extra, { type: "contact" }>, uri: (user: string) => string | undefined): Xml {
  const address = user === undefined ? undefined : uri(user)
  return el(
    "vcard",
    { xmlns: ns },
    el("fn", {}, textEl("text", name)),
    // RFC 6350 §6.4.1: a URI, or text.
    phone !== undefined && el("tel", {}, textEl("text", phone)),
    address !== undefined && el("impp", {}, textEl("uri", address)),
  )
}
