// What owners do with a room: its configuration, and its end (XEP-0045 §10.2, §10.9).
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { bareOf, toBareJid } from "../jid.js"
import { el, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { viewOf } from "./asked.js"
import { changesOf, configForm } from "./config-form.js"
import { words } from "../../core/words/words.js"

export const nsOwner = "http://jabber.org/protocol/muc#owner"

/** What those who are there are told at the end of a room. */
export interface Ending {
  /** Where it goes on. */
  jid?: string
  reason: string
}

export interface Owners {
  feature: Feature
  /** Why the room is being destroyed, if an owner said so. */
  endingOf(room: number): Ending | undefined
}

export function createOwners(): Owners {
  const endings = new Map<number, Ending>()

  async function set(incoming: Incoming, query: Element, context: Context): Promise<undefined> {
    const view = await ownedView(incoming, context)
    const destroy = query.getChild("destroy")
    if (destroy) return end(view, destroy, context)
    const form = query.getChild("x", "jabber:x:data")
    if (!form || (form.attrs.type !== "submit" && form.attrs.type !== "cancel"))
      throw new Refusal("bad-request", words("Send the form filled in, or cancel it."), "modify")
    if (form.attrs.type === "cancel") return undefined
    const { rooms } = context.service
    for (const change of changesOf(form, view)) await (change.do === "keep" ? rooms.keepFor(view, change.days) : rooms.manage(view, change))
    return undefined
  }

  async function end(view: RoomView, destroy: Element, context: Context): Promise<undefined> {
    const { service } = context
    const said = destroy.getChildText("reason")?.trim()
    const there = view.can.has("destroy")
      ? `It was deleted on ${service.name}.`
      : `The account left the group on ${service.name}, which goes on without this room.`
    const jid = toBareJid(bareOf(destroy.attrs.jid ?? ""))
    endings.set(view.room.id, { ...(jid !== undefined && { jid }), reason: said ? `${said} (${there})` : there })
    try {
      await service.rooms.abandon(view, true)
    } finally {
      endings.delete(view.room.id)
    }
    return undefined
  }

  return {
    endingOf: (room) => endings.get(room),
    feature: {
      xep: { number: 500, version: "0.1.1", name: "MUC Slow Mode" },
      iq: {
        [`get ${nsOwner} query`]: { on: ["room"], handle: show },
        [`set ${nsOwner} query`]: { on: ["room"], handle: set },
      },
    },
  }
}

async function show(incoming: Incoming, _: Element, context: Context): Promise<Xml> {
  const view = await ownedView(incoming, context)
  return el("query", { xmlns: nsOwner }, configForm(view, context.service.name))
}

async function ownedView(incoming: Incoming, context: Context): Promise<RoomView> {
  const view = await viewOf(incoming, context)
  if (view.affiliation !== "owner") throw new Refusal("forbidden", words("Only an owner of the room may do that."), "auth")
  return view
}
