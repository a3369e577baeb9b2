// Invitations that occupants send through the room (XEP-0045 §7.8.2): to users of ours, and to people on the network.
import type { Element } from "@xmpp/xml"
import { decode } from "../../core/address.js"
import { Refusal } from "../../core/ports.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { bareOf, domainOf, localOf, toBareJid } from "../jid.js"
import { message, textEl } from "../stanza.js"
import type { Context, Incoming } from "../types.js"
import { viewOf } from "./asked.js"
import { declined, invitation } from "./invitation.js"
import { nsUser } from "./items.js"
import type { Ration } from "./ration.js"
import { inLanguage, words, type Said } from "../../core/words/words.js"

/** So many people are invited by one stanza, and so many invitations and refusals of one user are passed on in an hour. */
const most = 10
const mostAnHour = 30

/** The `<x/>` of a stanza that invites or declines. */
export function invitesOf({ el, type }: Incoming): Element | undefined {
  if (type !== "" && type !== "normal") return undefined
  const x = el.getChild("x", nsUser)
  return x?.getChild("invite") || x?.getChild("decline") ? x : undefined
}

/** Throws `Refusal`. */
export async function handleInvites(context: Context, ration: Ration, incoming: Incoming, x: Element): Promise<void> {
  const view = await viewOf(incoming, context)
  const decline = x.getChild("decline")
  const invites = decline ? [] : x.getChildren("invite")
  if (invites.length > most) throw new Refusal("policy-violation", words("At most {most} people at a time.", { most }), "wait")
  for (const one of decline ? [decline] : invites) {
    // Who is invited has not asked for it.
    if (ration.next(incoming.fromBare) > mostAnHour)
      throw new Refusal("resource-constraint", words("At most {mostAnHour} invitations an hour.", { mostAnHour }), "wait")
    if (decline) forwardDecline(context, incoming, view, one)
    else await forward(context, incoming, view, one)
  }
}

async function forward(context: Context, incoming: Incoming, view: RoomView, invite: Element): Promise<void> {
  const { service, domain } = context
  const to = invite.attrs.to ?? ""
  const why = invite.getChildText("reason")?.trim() ?? ""
  if (domainOf(to) === domain) return inviteForeign(context, incoming, view, to, why)
  const user = toBareJid(bareOf(to))
  if (user === undefined) throw new Refusal("jid-malformed", words("«{to}» is no JID that could be invited.", { to }), "modify")
  const theirs = await service.rooms.view(user, view.room.legacyId, view.link.tag).catch((error: unknown) => {
    if (error instanceof Refusal) return undefined
    throw error
  })
  const room = theirs && context.roomJid(theirs.room.legacyId, theirs.link.tag)
  if (room === undefined || room === null)
    throw new Refusal(
      "forbidden",
      words("{jid} may not enter this room. Who may is for the gateway to say, not for its users.", { jid: user }),
      "auth",
    )
  const [jid, { name }] = [incoming.fromBare, view.room]
  const said = name === null ? words("{jid} invites you to a room.", { jid }) : words("{jid} invites you to {room}.", { jid, room: name })
  const text = why === "" ? inLanguage(said, service.language(user)) : why
  context.send(invitation({ room, to: user, from: incoming.fromBare, text, ...(incoming.id !== "" && { id: incoming.id }) }))
}

async function inviteForeign(context: Context, { from, to: room, lang }: Incoming, view: RoomView, to: string, why: string): Promise<void> {
  const { service } = context
  const address = decode(localOf(to))
  if (address?.kind !== "contact" || address.tag !== view.link.tag)
    throw new Refusal("item-not-found", words("«{to}» is nobody who could be in this room.", { to }))
  const tell = (said: Said): void =>
    context.send(message({ from: bareOf(room), to: from, type: "groupchat" }, textEl("body", inLanguage(said, lang))))
  const network = service.name
  if (view.can.has("add")) {
    await service.rooms.manage(view, { do: "add", user: address.id, ...(why !== "" && { why }) })
    return tell(words("{jid} was added to the group on {network}.", { jid: to, network }))
  }
  if (!view.can.has("invite"))
    throw new Refusal("forbidden", words("On {network} the account has no right to invite anybody.", { network }), "auth")
  const { link } = await service.rooms.manage(view, { do: "invite" })
  if (link === undefined) return tell(words("{network} gave no link.", { network }))
  tell(words("{network} lets nobody be added from here. Send them this link, by which they can join: {link}", { network, link }))
}

/** To who invited; to nobody else can a stranger make us write. */
function forwardDecline(context: Context, { id, fromBare, to: room }: Incoming, view: RoomView, decline: Element): void {
  const inviter = toBareJid(bareOf(decline.attrs.to ?? ""))
  const theirs = context.service.rooms.linksOf(view.room).find(({ jid }) => jid === inviter)
  if (inviter === undefined || !theirs) return
  const why = decline.getChildText("reason")?.trim() ?? ""
  context.send(declined({ room: context.roomJid(view.room.legacyId, theirs.tag) ?? bareOf(room), to: inviter, from: fromBare, why, id }))
}
