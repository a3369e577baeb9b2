// Presences that the gateway and its contacts show: what they are now, never what they were when something asked.
import type { BareJid, ContactRow, Link, RosterEntry } from "../../core/model.js"
import type { Presence } from "../../core/ports.js"
import { write as nick } from "../payload/nick.js"
import { el, join, presence, textEl, type Xml } from "../stanza.js"
import type { Context } from "../types.js"
import { kindOf, type Disco } from "./disco.js"

/** XEP-0153 §4.2: no avatar. */
const noAvatar = el("x", { xmlns: "vcard-temp:x:update" }, el("photo"))

/** Whether the user sees this contact's presence. */
export function isVisible({ subscription }: Pick<RosterEntry, "subscription">): boolean {
  return subscription === "to" || subscription === "both"
}

export class Availability {
  constructor(
    private readonly context: Context,
    private readonly disco: Disco,
  ) {}

  /** What tells clients in a room how to treat a foreign person. */
  personal(kind: "person" | "bot"): Xml {
    return join([this.disco.caps(kind), noAvatar])
  }

  /** `from`: the contact's JID as the user knows it. */
  contact(link: Link, contact: ContactRow, from: string, to: string): Xml {
    const shown = this.context.service.presenceOf(link, contact)
    return stanza(from, to, shown, this.disco.caps(kindOf(contact)), nick(contact.name))
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
      this.disco.caps("gateway"),
      nick(service.name),
    )
  }
}

function stanza(from: string, to: string, { show, status }: Presence, caps: Xml, name: Xml | undefined): Xml {
  const text = status === undefined || status === "" ? undefined : textEl("status", status)
  if (show === "unavailable") return presence({ from, to, type: "unavailable" }, text)
  return presence({ from, to }, show !== "available" && textEl("show", show), text, caps, name, noAvatar)
}
