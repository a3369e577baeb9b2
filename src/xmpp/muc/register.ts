// Registering with a room (XEP-0045 §7.10): the nick is the user's; to take the registration back is to leave the group.
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import type { Participant } from "../../core/rooms/model.js"
import { candidates } from "../../core/rooms/nick.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { readForm } from "../payload/forms.js"
import { el, textEl, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { viewOf } from "./asked.js"
import type { Hall } from "./types.js"
import { words } from "../../core/words/words.js"

const ns = "jabber:iq:register"
const formType = "http://jabber.org/protocol/muc#register"
const nickField = "muc#register_roomnick"

export interface RoomRegistrationParts {
  hall: Hall
  /** Clients of the user that are in the room have another nick now. */
  renamed(room: number, participant: Participant): void
}

export function createRoomRegistration(parts: RoomRegistrationParts): Feature {
  return {
    xep: { number: 77, version: "2.4", name: "In-Band Registration" },
    disco: { room: [ns] },
    iq: {
      [`get ${ns} query`]: { on: ["room"], handle: show },
      [`set ${ns} query`]: { on: ["room"], handle: (incoming, query, context) => change(parts, incoming, query, context) },
    },
  }
}

async function show(incoming: Incoming, _: Element, context: Context): Promise<Xml> {
  const view = await viewOf(incoming, context)
  const known = await context.service.rooms.participant(view.room, { user: incoming.fromBare })
  if (known) return el("query", { xmlns: ns }, el("registered"), textEl("username", known.nick))
  const text = "Choose the nick by which the room is to know you."
  return el(
    "query",
    { xmlns: ns },
    textEl("instructions", text),
    el(
      "x",
      { xmlns: "jabber:x:data", type: "form" },
      textEl("title", view.room.name ?? "Registration"),
      textEl("instructions", text),
      el("field", { var: "FORM_TYPE", type: "hidden" }, textEl("value", formType)),
      el("field", { var: nickField, type: "text-single", label: "Nick" }, el("required")),
    ),
  )
}

async function change(parts: RoomRegistrationParts, incoming: Incoming, query: Element, context: Context): Promise<undefined> {
  const view = await viewOf(incoming, context)
  if (query.getChild("remove")) return leave(parts, view, context)
  const nick = (readForm(query)?.get(nickField) ?? query.getChildText("username") ?? query.getChildText("nick") ?? "").trim()
  if (nick === "") throw new Refusal("bad-request", words("Which nick?"), "modify")
  await refuseIllegal(nick, view, context)
  const { participant, former } = await context.service.rooms.takeNick(view, nick)
  if (former !== null && former !== participant.nick) parts.renamed(view.room.id, participant)
  return undefined
}

/** A nick in a form was looked at by no server: it may be no resource at all, and then whatever they say in the room is lost. */
async function refuseIllegal(nick: string, { room, link }: RoomView, { service }: Context): Promise<void> {
  const legal = candidates(nick, null, link.jid).next().value
  if (nick === legal || (await service.rooms.participant(room, { user: link.jid }))?.nick === nick) return
  throw new Refusal("not-acceptable", words("This nick cannot be had. «{legal}» could.", { legal }), "modify")
}

/** Who owns the account leaves with it; of a guest only the stay here ends. */
async function leave({ hall }: RoomRegistrationParts, view: RoomView, { service }: Context): Promise<undefined> {
  if (view.link.role === "owner") await service.rooms.abandon(view, false)
  else hall.remove(view.room.id, ({ user }) => user === view.link.jid, { status: [321], reason: "You gave up your place in this room." })
  return undefined
}
