// What a stanza to a room is about: the room as its sender sees it.
import type { RoomView } from "../../core/rooms/ports.js"
import { unknownAddress } from "../router.js"
import type { Context, Incoming } from "../types.js"

/** Throws `Refusal`: there is no such room, or not for them. */
export function viewOf({ target, fromBare }: Incoming, context: Context): Promise<RoomView> {
  if (target.kind !== "room" && target.kind !== "occupant") throw unknownAddress(context)
  return context.service.rooms.view(fromBare, target.legacyId, target.tag)
}
