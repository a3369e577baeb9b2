// vCard4 (XEP-0292, RFC 6351) of the gateway and its contacts, read only: by the node urn:xmpp:vcard4 (pubsub.ts) or asked for directly.
import { el, join, textEl, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { base64, card, type Card } from "./vcard.js"

export const nsVcard4 = "urn:ietf:params:xml:ns:vcard-4.0"
export const nodeVcard4 = "urn:xmpp:vcard4"

export async function vcard4(incoming: Incoming, context: Context): Promise<Xml> {
  return vcard4El(await card(incoming, context))
}

export function vcard4El({ kind, name, given, family, nick, jid, url, phone, email, birthday, note, photo }: Card): Xml {
  const part = (tag: string, type: "text" | "uri" | "date", text: string | undefined): Xml | undefined =>
    text === undefined ? undefined : el(tag, {}, textEl(type, text))
  // RFC 6350 §6.4.1: an address where it is one.
  const number = phone?.replace(/[\s().-]/g, "") ?? ""
  return el(
    "vcard",
    { xmlns: nsVcard4 },
    join([
      part("kind", "text", kind),
      part("fn", "text", name),
      (given !== undefined || family !== undefined) && el("n", {}, textEl("surname", family ?? ""), textEl("given", given ?? "")),
      part("nickname", "text", nick),
      part("bday", "date", birthday),
      part("url", "uri", url),
      /^\+\d{4,15}$/.test(number) ? part("tel", "uri", `tel:${number}`) : part("tel", "text", phone),
      part("email", "text", email),
      part("impp", "uri", jid && `xmpp:${uriOf(jid)}`),
      part("note", "text", note),
      part("photo", "uri", photo && `data:${photo.mime};base64,${base64(photo)}`),
    ]),
  )
}

/** RFC 5122 §2.2: the local part as a URI carries it. */
function uriOf(jid: string): string {
  const at = jid.indexOf("@")
  return at === -1 ? jid : `${encodeURIComponent(jid.slice(0, at))}@${jid.slice(at + 1)}`
}

export const vcard4Direct: Feature = {
  xep: { number: 292, version: "0.12.0", name: "vCard4 Over XMPP" },
  disco: { gateway: [nsVcard4], contact: [nsVcard4] },
  // Clients of before version 0.10 ask for the vCard itself instead of the pubsub node.
  iq: { [`get ${nsVcard4} vcard`]: { on: ["gateway", "contact"], handle: (incoming, _, context) => vcard4(incoming, context) } },
}
