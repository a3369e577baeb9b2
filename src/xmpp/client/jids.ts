// Addresses: of occupants (ours), of rooms, and of the people in these.
import { createHash } from "node:crypto"
import { AdapterError } from "../../adapter/errors.js"
import { bareOf, resourceOf, toBareJid } from "../jid.js"
import { mark } from "./port.js"

/** The id of the network's one account, and of who it is in rooms. */
export const account = "gateway"

/** Of each occupant there is one session; in each room it may be once. */
const resource = "xferry"

/** Listens in every room, and speaks for whoever has no occupant. */
export function listenerJid(domain: string): string {
  return `${mark}${account}@${domain}/${resource}`
}

/** The same for the same speaker. A digest: ids may be longer than a localpart, and are nobody's business in the room. */
export function speakerJid(domain: string, id: string): string {
  return `${mark}${createHash("sha256").update(id).digest("hex").slice(0, 32)}@${domain}/${resource}`
}

/** A room as people write it: its bare JID, or an address such as `xmpp:garden@conference.example.org?join;password=secret` (XEP-0045 §17). */
export function readRoom(text: string): { jid: string; password?: string } {
  const [, path = "", query = ""] = /^xmpp:(?:\/\/[^/]*\/)?([^?]*)\??(.*)$/is.exec(text.trim()) ?? [undefined, text.trim(), ""]
  const isAddress = /^xmpp:/i.test(text.trim())
  const decoded = isAddress ? tryDecode(path) : path
  const jid = toBareJid(decoded)
  if (jid === undefined || resourceOf(decoded) !== "")
    throw new AdapterError("rejected", `«${text}» is not the address of a room. Write it as garden@conference.example.org.`)
  const found = query.split(";").find((part) => part.startsWith("password="))
  const password = found === undefined ? "" : tryDecode(found.slice("password=".length))
  return { jid, ...(password !== "" && { password }) }
}

function tryDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Who somebody is in a room: by the room's own id of them (XEP-0421), else by nick. Both are the room's to give: what one room says of its
 * people must not be taken for what another says of its.
 */
export function personId(room: string, nick: string, occupant: string | undefined): string {
  if (occupant === undefined) return `${room}/nick:${nick}`
  return `${room}/id:${occupant.length <= 128 ? occupant : createHash("sha256").update(occupant).digest("hex")}`
}

/** The room that such an id is of. */
export function roomOfPerson(id: string): string {
  return bareOf(id)
}
