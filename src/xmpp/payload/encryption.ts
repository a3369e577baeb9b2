// End-to-end encryption ends here: nothing behind the gateway could read it, so it is recognised and refused, never its fallback text relayed.
import type { Element } from "@xmpp/xml"
import { words, type Words } from "../../core/words/words.js"
import type { Feature } from "../types.js"
import type { Read, Reads } from "./draft.js"

export const encryption: Feature = { xep: { number: 380, version: "0.4.0", name: "Explicit Message Encryption" } }

/** XEP-0380 §3.2. */
const names = new Map([
  ["eu.siacs.conversations.axolotl", "OMEMO"],
  ["urn:xmpp:omemo:1", "OMEMO"],
  ["urn:xmpp:omemo:2", "OMEMO"],
  ["urn:xmpp:openpgp:0", "OpenPGP"],
  ["jabber:x:encrypted", "OpenPGP"],
  ["urn:xmpp:otr:0", "OTR"],
])

const unknown = words("a method unknown to the gateway")

/** OMEMO also sends keys alone, without anything to read: no message is lost with them. */
const omemo: Read = (child, draft) => {
  if (child.getChild("payload")) draft.encrypted = "OMEMO"
}
const openpgp: Read = (_, draft) => {
  draft.encrypted = "OpenPGP"
}

export const reads: Reads = {
  "encrypted eu.siacs.conversations.axolotl": omemo,
  "encrypted urn:xmpp:omemo:1": omemo,
  "encrypted urn:xmpp:omemo:2": omemo,
  "openpgp urn:xmpp:openpgp:0": openpgp,
  "x jabber:x:encrypted": openpgp,
  "encryption urn:xmpp:eme:0"(child: Element, draft) {
    const { namespace = "", name } = child.attrs
    // An OMEMO key transport is marked as well; the payload decides there.
    if (names.get(namespace) !== "OMEMO") draft.encrypted ??= names.get(namespace) ?? name ?? unknown.text
    else if (child.parent?.getChild("body")) draft.encrypted ??= "OMEMO"
  },
}

/** OTR hides in the body (OTR protocol, version 3, «?OTR» as the mark of all its messages). */
export const isOtr = (body: string | undefined): boolean => body?.startsWith("?OTR") === true

export function refusal(method: string, network: string): Words {
  return words(
    "Your message was encrypted with {method}, which ends at this gateway: nobody on {network} could read it, so it was not sent. Turn encryption off in this chat and send it again.",
    { method: method === unknown.text ? unknown : method, network },
  )
}
