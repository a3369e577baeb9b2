// A contact's own name beside its address (XEP-0172 §4), in messages, presences and requests.
import { textEl, type Xml } from "../stanza.js"

export const nsNick = "http://jabber.org/protocol/nick"

export function write(name: string | null | undefined): Xml | undefined {
  return name ? textEl("nick", name, { xmlns: nsNick }) : undefined
}
