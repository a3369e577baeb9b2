// Requests to a nick (XEP-0045 §6.6, §17.4): foreign people are answered for; those to users of ours go on to them, and no JID with them.
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import type { BareJid } from "../../core/model.js"
import type { Participant } from "../../core/rooms/model.js"
import { bareOf } from "../jid.js"
import { StanzaError } from "../iq.js"
import { namespaceOf } from "../payload/read.js"
import { el, fromElement, type Xml } from "../stanza.js"
import type { Context, Incoming } from "../types.js"
import type { RoomHall } from "./hall.js"
import type { Stay } from "./stay.js"
import { words } from "../../core/words/words.js"

/** `foreign` is a person of the network. Throws `bad-request` (not in the room), `item-not-found` (nobody has this nick). */
export type Nick = { asker: Stay; foreign: Participant } | { asker: Stay; client: Stay }

export async function nickOf(hall: RoomHall, { target, from, to }: Incoming, { service }: Context): Promise<Nick> {
  const asker = hall.find(from, bareOf(to))
  if (target.kind !== "occupant" || !asker) throw new Refusal("bad-request", words("Join the room first."), "modify")
  const { resource: nick } = target
  const { room } = asker.view
  const floor = hall.floor(room.id)
  const client = floor?.users().find(({ participant }) => participant.nick === nick)
  if (client) return { asker, client }
  const foreign = floor?.faces.byNick(nick) ?? (await service.rooms.participant(room, { nick }))
  if (!foreign) throw new Refusal("item-not-found", words("Nobody in this room is called «{nick}».", { nick }))
  if (foreign.user !== null) throw new Refusal("recipient-unavailable", words("{nick} is not here now.", { nick }), "wait")
  return { asker, foreign }
}

/** Asks a user of ours, or their server, the same. `to`: client or account of `client`. Throws what they answer. */
export async function pass(
  context: Context,
  payload: Element,
  asker: Stay,
  client: Stay,
  to: Stay["full"] | BareJid,
): Promise<Xml | undefined> {
  const from = `${client.address}/${asker.participant.nick}`
  const asked = el(payload.getName(), { xmlns: namespaceOf(payload), node: payload.attrs.node })
  try {
    const [answer] = (await context.link.iq({ to, from, type: "get", payload: asked })).getChildElements()
    return answer && fromElement(answer)
  } catch (error) {
    if (error instanceof StanzaError) throw new Refusal(error.condition, error.text, error.type)
    throw error
  }
}
