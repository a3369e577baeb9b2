// Somebody in a room, as the core wants it.
import type { Contact, Member as RoomMember } from "xferry"
import type { Channel, Guild, Member } from "../types.js"
import { topRole } from "./permissions.js"
import { standing } from "./rights.js"

/** `channel` undefined: in the guild itself. The title is the name of their highest role; «»: they have none. */
export function asMember(guild: Guild, channel: Channel | undefined, member: Member, contact: Contact | undefined): RoomMember {
  // Said even where it is the name they have everywhere: they may have had another.
  const name = member.nick ?? contact?.name
  return {
    contact: contact ?? { id: member.user },
    role: standing(guild, channel, member).role,
    title: topRole(guild, member)?.name ?? "",
    ...(name !== undefined && { name }),
  }
}
