// What a room tells of who is in it: XEP-0045's `<x/>` with its items and status codes, occupant ids, names and hats.
import type { Role } from "../../adapter/contract.js"
import type { Participant } from "../../core/rooms/model.js"
import type { Affiliation, MucRole } from "../../core/rooms/ports.js"
import { write as nickEl } from "../payload/nick.js"
import { el, join, sendable, textEl, type Xml } from "../stanza.js"

export const nsMuc = "http://jabber.org/protocol/muc"
export const nsUser = `${nsMuc}#user`
export const nsOccupantId = "urn:xmpp:occupant-id:0"
export const nsHats = "urn:xmpp:hats:0"

export interface Item {
  affiliation: Affiliation
  role: MucRole
  /** Full JID, for those who may see it. */
  jid?: string | undefined
  /** The nick to come (303). */
  nick?: string | undefined
  /** Nick of who did it. */
  actor?: string | undefined
  reason?: string | undefined
}

/** `status`: codes, ascending. */
export function userX({ affiliation, role, jid, nick, actor, reason }: Item, status: readonly number[] = [], more?: Xml): Xml {
  return el(
    "x",
    { xmlns: nsUser },
    el(
      "item",
      { affiliation, role, jid, nick },
      actor !== undefined && el("actor", { nick: actor }),
      reason !== undefined && reason !== "" && textEl("reason", reason),
    ),
    more,
    join(status.map((code) => el("status", { code }))),
  )
}

export function occupantId(id: string): Xml {
  return el("occupant-id", { xmlns: nsOccupantId, id })
}

/** XEP-0045 §5: what a foreign role is here. Who may not write has no voice. */
export function standing(role: Role): { affiliation: Affiliation; role: Exclude<MucRole, "none"> } {
  switch (role) {
    case "owner":
      return { affiliation: "owner", role: "moderator" }
    case "admin":
      return { affiliation: "admin", role: "moderator" }
    case "member":
      return { affiliation: "member", role: "participant" }
    case "muted":
      return { affiliation: "member", role: "visitor" }
    case "none":
      return { affiliation: "none", role: "participant" }
    case "banned":
      return { affiliation: "outcast", role: "visitor" }
  }
}

/** What goes with every available presence of a participant, beside the item. */
export function portrait({ id, nick, name, title }: Participant): Xml {
  return join([occupantId(id), name !== nick && nickEl(name), hats(title)])
}

/** XEP-0317: a custom title is a hat that nobody else need wear. */
function hats(title: string | null): Xml | undefined {
  if (title === null || title === "") return undefined
  return el("hats", { xmlns: nsHats }, el("hat", { title, uri: `urn:xferry:title:${encodeURIComponent(sendable(title))}` }))
}
