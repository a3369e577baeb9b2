// What an archive keeps of a message that was taken back (XEP-0424 §4, XEP-0425 §4).
import type { Element } from "@xmpp/xml"

export function isTombstone(stanza: Element): boolean {
  return (
    stanza.getChild("retracted", "urn:xmpp:message-retract:1") !== undefined ||
    stanza.getChild("retracted", "urn:xmpp:message-retract:0") !== undefined ||
    stanza.getChild("moderated", "urn:xmpp:message-moderate:0") !== undefined
  )
}
