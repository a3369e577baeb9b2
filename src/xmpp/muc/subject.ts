// Changing a room's subject (XEP-0045 §8.1): the network's description or topic, where the account may; of a room that is a topic its name.
import type { Manage } from "../../adapter/contract.js"
import { Refusal } from "../../core/ports.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { subjectOf } from "../../core/rooms/subject.js"
import type { Draft } from "../payload/draft.js"
import type { Context } from "../types.js"
import type { Occupant } from "./types.js"
import { words } from "../../core/words/words.js"

/** Resolves when the network has it; everybody sees it as the room's operation. Throws `Refusal`. */
export async function changeSubject({ service }: Context, { view }: Occupant, { subject = "" }: Draft): Promise<void> {
  const what = subjectChange(view)
  if (!what) throw new Refusal("forbidden", words("The account has no right to change the subject of this room."), "auth")
  if (subject === subjectOf(view.room)) return
  if (what === "name" && subject.trim() === "")
    throw new Refusal("not-acceptable", words("The subject is the room's name: it needs one."), "modify")
  await service.rooms.manage(view, { do: what, text: subject })
}

/** What on the network the subject is, if the account may change it. */
export function subjectChange({ can, room }: Pick<RoomView, "can" | "room">): Extract<Manage["do"], "topic" | "name"> | undefined {
  if (can.has("topic")) return "topic"
  return room.kind === "topic" && can.has("name") ? "name" : undefined
}
