// An invitation into a room as a stanza: by the room (XEP-0045 §7.8.2), and for clients that know only direct ones (XEP-0249).
import type { Feature } from "../types.js"
import { el, message, textEl, type Xml } from "../stanza.js"
import { nsUser } from "./items.js"

const nsDirect = "jabber:x:conference"

export const directInvitation: Feature = { xep: { number: 249, version: "1.2", name: "Direct MUC Invitations" } }

export interface Invitation {
  /** The room, as the invitee knows it. */
  room: string
  to: string
  /** Who invites. */
  from: string
  /** What people read. */
  text: string
  id?: string
}

/**
 * One message with both: a client shows one invitation for it (XEP-0249 §4), as it does for those of other services, which send the same.
 */
export function invitation({ room, to, from, text, id }: Invitation): Xml {
  return message(
    { from: room, to, id },
    el("x", { xmlns: nsUser }, el("invite", { from }, textEl("reason", text))),
    el("x", { xmlns: nsDirect, jid: room, reason: text }),
    textEl("body", text),
  )
}

export function declined({ room, to, from, why, id }: { room: string; to: string; from: string; why: string; id: string }): Xml {
  const decline = el("decline", { from }, why !== "" && textEl("reason", why))
  return message({ from: room, to, ...(id !== "" && { id }) }, el("x", { xmlns: nsUser }, decline))
}
