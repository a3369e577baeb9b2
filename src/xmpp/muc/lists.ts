// Who has which affiliation or role in a room, of the network's people and of our users.
import type { Affiliation, MemberPage, RoomView } from "../../core/rooms/ports.js"
import type { Context } from "../types.js"
import { standing } from "./items.js"
import type { Hall } from "./types.js"

/** Attributes of an `<item/>` (XEP-0045 §9.5). */
export interface Listed {
  affiliation: Affiliation
  jid: string
  nick?: string
  role?: string
}

/** Longer lists are cut: no client shows them, and each page is a question to the network. */
const most = 1000

export async function affiliated(context: Context, view: RoomView, affiliation: Affiliation): Promise<Listed[]> {
  // «none» would be all the world.
  if (affiliation === "none") return []
  const ours = await ourUsers(context, view)
  const items: Listed[] = ours.filter((item) => item.affiliation === affiliation)
  const { rooms } = context.service
  let cursor: string | undefined
  do {
    const page: MemberPage = await rooms.members(view, cursor)
    for (const { contact, role, nick } of page.members) {
      const jid = context.contactJid(contact.id, view.link.tag)
      if (jid !== null && standing(role).affiliation === affiliation) items.push({ affiliation, jid, ...(nick !== undefined && { nick }) })
    }
    cursor = page.next
  } while (cursor !== undefined && items.length < most)
  return items.slice(0, most)
}

/** Users of ours, whether they are there or not. */
async function ourUsers({ service }: Context, { room }: RoomView): Promise<Listed[]> {
  const items: Listed[] = []
  for (const { jid, tag } of service.rooms.linksOf(room).slice(0, most)) {
    const seen = await service.rooms.view(jid, room.legacyId, tag).catch(() => undefined)
    if (!seen) continue
    const nick = (await service.rooms.participant(room, { user: jid }))?.nick
    items.push({ affiliation: seen.affiliation, jid, ...(nick !== undefined && { nick }) })
  }
  return items
}

/** Those who are there: each has a nick. */
export async function withRole(context: Context, hall: Hall, view: RoomView, role: string): Promise<Listed[]> {
  const { room, link } = view
  const items: Listed[] = []
  for (const { full, participant, view: seen } of hall.occupants(room.id))
    if (seen.role === role) items.push({ affiliation: seen.affiliation, jid: full, nick: participant.nick, role })
  for (const { contact, nick, role: foreign } of await context.service.rooms.faces(room, most)) {
    const stands = standing(foreign)
    const jid = contact === null || stands.role !== role ? null : context.contactJid(contact, link.tag)
    if (jid !== null) items.push({ affiliation: stands.affiliation, jid, nick, role })
  }
  return items
}
