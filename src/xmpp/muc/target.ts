// Whom a request means: a nick in the room, a foreign contact by JID, or a user of ours by JID.
import { decode } from "../../core/address.js"
import { Refusal } from "../../core/ports.js"
import type { BareJid } from "../../core/model.js"
import type { Participant } from "../../core/rooms/model.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { bareOf, domainOf, localOf, resourceOf, toBareJid } from "../jid.js"
import type { Context } from "../types.js"
import { words } from "../../core/words/words.js"

/** `participant`: as the room knows them, if it does. */
export type Whom = { participant: Participant | undefined } & ({ contact: string } | { user: BareJid })

/** Throws `item-not-found`, `jid-malformed`. */
export async function resolveTarget(context: Context, view: RoomView, { nick, jid }: { nick?: string; jid?: string }): Promise<Whom> {
  if (jid === undefined) return byNick(context, view, nick ?? "")
  const { rooms } = context.service
  const { room } = view
  if (domainOf(jid) !== context.domain) {
    const user = toBareJid(bareOf(jid))
    if (user === undefined) throw new Refusal("jid-malformed", words("«{jid}» is no JID.", { jid }), "modify")
    return { user, participant: await rooms.participant(room, { user }) }
  }
  const address = decode(localOf(jid))
  if (address?.kind === "room" && resourceOf(jid) !== "") return byNick(context, view, resourceOf(jid))
  if (address?.kind !== "contact" || address.tag !== view.link.tag)
    throw new Refusal("item-not-found", words("«{jid}» is nobody who could be in this room.", { jid }))
  return { contact: address.id, participant: await rooms.participant(room, { contact: address.id }) }
}

async function byNick({ service }: Context, { room }: RoomView, nick: string): Promise<Whom> {
  const participant = await service.rooms.participant(room, { nick })
  if (participant && participant.user !== null) return { user: participant.user, participant }
  if (participant && participant.contact !== null) return { contact: participant.contact, participant }
  throw new Refusal("item-not-found", words("Nobody in this room is called «{nick}».", { nick }))
}
