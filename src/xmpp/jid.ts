// JIDs by indexOf: the server has validated and normalised what it hands us, so reading parts is all that is needed per stanza.
import { parseBareJid } from "../config/address.js"
import type { BareJid } from "../core/model.js"

function bareEnd(jid: string): number {
  const slash = jid.indexOf("/")
  return slash === -1 ? jid.length : slash
}

/** Where the localpart ends, -1 if there is none. A resource may contain `@`. */
function localEnd(jid: string): number {
  const at = jid.indexOf("@")
  return at < bareEnd(jid) ? at : -1
}

export function bareOf(jid: string): BareJid {
  const end = bareEnd(jid)
  return (end === jid.length ? jid : jid.slice(0, end)) as BareJid
}

/** «» if there is none. */
export function localOf(jid: string): string {
  const end = localEnd(jid)
  return end === -1 ? "" : jid.slice(0, end)
}

export function domainOf(jid: string): string {
  return jid.slice(localEnd(jid) + 1, bareEnd(jid))
}

/** «» if there is none. */
export function resourceOf(jid: string): string {
  return jid.slice(bareEnd(jid) + 1)
}

/** Whether both name the same entity. Local and domain part are folded by servers (RFC 7622 §3.2, §3.3), resources are not. */
export function sameJid(a: string, b: string): boolean {
  if (a === b) return true
  return resourceOf(a) === resourceOf(b) && bareOf(a).toLowerCase() === bareOf(b).toLowerCase()
}

/** What people and config files say, as the server would normalise it. Undefined: not `local@domain`. */
export function toBareJid(text: string): BareJid | undefined {
  return parseBareJid(text) as BareJid | undefined
}

export function isValidBareJid(text: string): boolean {
  return toBareJid(text) !== undefined
}

const ESCAPED = /\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)|[ "&'/:<>@]/g
const UNESCAPED = /\\(20|22|26|27|2f|3a|3c|3e|40|5c)/g

/**
 * XEP-0106 §3.2: text as a localpart. A backslash is escaped only where it would read as an escape. Throws for a blank at either end,
 * which cannot be carried (§3.2, the note).
 */
export function escapeLocal(text: string): string {
  if (text.startsWith(" ") || text.endsWith(" ")) throw new RangeError("a localpart cannot begin or end with a blank")
  return text.replace(ESCAPED, (found) => "\\" + found.charCodeAt(0).toString(16))
}

/** XEP-0106 §3.3. */
export function unescapeLocal(local: string): string {
  return local.replace(UNESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
