// Presences that the gateway and its contacts show: what they are now, never what they were when something asked.
import type { BareJid, ContactRow, Link, RosterEntry } from "../../core/model.js"
import type { AvatarState } from "../../core/faces/picture.js"
import type { Presence } from "../../core/ports.js"
import type { Participant } from "../../core/rooms/model.js"
import { write as nick } from "../payload/nick.js"
import { inLanguage } from "../../core/words/words.js"
import { join, presence, textEl, type Xml } from "../stanza.js"
import type { Context } from "../types.js"
import { update } from "./avatar.js"
import { kindOf, type Disco } from "./disco.js"

/** Whether the user sees this contact's presence. */
export function isVisible({ subscription, consent }: Pick<RosterEntry, "subscription" | "consent">): boolean {
  return consent === "both" && sees(subscription)
}

/** Whether the user's roster says so. */
export function sees(subscription: RosterEntry["subscription"]): boolean {
  return subscription === "to" || subscription === "both"
}

export class Availability {
  constructor(
    private readonly context: Context,
    private readonly disco: Disco,
  ) {}

  /** What tells clients in a room how to treat a foreign person. */
  personal({ room, contact, avatar }: Participant): Xml {
    const { rooms } = this.context.service
    const account = rooms.byId(room)?.accountId
    if (contact !== null && account !== undefined) this.#fetch(account, contact, avatar)
    return join([this.disco.caps("person"), update(avatar)])
  }

  /** `from`: the contact's JID as the user knows it. */
  contact(link: Link, contact: ContactRow, from: string, to: string): Xml {
    const shown = this.context.service.presenceOf(link, contact)
    this.#fetch(link.accountId, contact.legacyId, contact.avatar)
    return stanza(
      from,
      to,
      shown,
      this.context.service.language(link.jid),
      join([this.disco.caps(kindOf(contact)), nick(contact.name), update(contact.avatar)]),
    )
  }

  /** Who is shown gets their picture, when it is here. */
  #fetch(account: number, legacyId: string, avatar: AvatarState | undefined): void {
    if (avatar?.due) this.context.service.wantAvatar(account, legacyId)
  }

  /** The gateway is there for whom one of the user's accounts is up. */
  gateway(user: BareJid, from: string, to: string): Xml {
    const { service } = this.context
    const states = service.linksOf(user).map((link) => service.linkState(link))
    const up = states.some((state) => state.up)
    const text = states.find((state) => state.up === up)?.text ?? ""
    return stanza(
      from,
      to,
      { show: up ? "available" : "unavailable", ...(text !== "" && { status: text }) },
      service.language(user),
      join([this.disco.caps("gateway"), nick(service.name), update(undefined)]),
    )
  }
}

function stanza(from: string, to: string, { show, status }: Presence, lang: string, more: Xml): Xml {
  const text = status === undefined || status === "" ? undefined : textEl("status", inLanguage(status, lang))
  if (show === "unavailable") return presence({ from, to, type: "unavailable" }, text)
  return presence({ from, to }, show !== "available" && textEl("show", show), text, more)
}
