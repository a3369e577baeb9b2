// What of a client's presence the room passes on (XEP-0045 §17.3: a service may block extended presence).
import type { Element } from "@xmpp/xml"
import { namespaceOf } from "../payload/read.js"
import { fromElement, join, textEl, type Xml } from "../stanza.js"

const ours = "jabber:component:accept"
/** Capabilities, avatar, idle time: small and harmless. */
const passed = new Set(["c http://jabber.org/protocol/caps", "x vcard-temp:x:update", "idle urn:xmpp:idle:1"])
const longestStatus = 1024
const longestPayload = 2048

export function shownBy(presence: Element): Xml {
  return join(
    presence.getChildElements().map((child) => {
      const name = child.getName()
      const ns = namespaceOf(child)
      if (ns === ours) return name === "show" || name === "status" ? textEl(name, cut(child.getText())) : undefined
      if (!passed.has(`${name} ${ns}`)) return undefined
      const xml = fromElement(child)
      return xml.length > longestPayload ? undefined : xml
    }),
  )
}

/** A message at leaving. */
export function noteOf(presence: Element): Xml | undefined {
  const text = presence.getChildText("status")
  return text === null || text === "" ? undefined : textEl("status", cut(text))
}

function cut(text: string): string {
  return text.length > longestStatus ? text.slice(0, longestStatus) : text
}
