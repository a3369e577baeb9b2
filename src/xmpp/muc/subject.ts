// Changing a room's subject (XEP-0045 §8.1): the network's description or topic, where the account may.
import { Refusal } from "../../core/ports.js"
import type { Draft } from "../payload/draft.js"
import type { Context } from "../types.js"
import type { Occupant } from "./types.js"

/** Resolves when the network has it; everybody sees it as the room's operation. Throws `Refusal`. */
export async function changeSubject({ service }: Context, { view }: Occupant, { subject = "" }: Draft): Promise<void> {
  if (!view.can.has("topic")) throw new Refusal("forbidden", "The account has no right to change the subject of this room.", "auth")
  if (subject === (view.room.topic ?? "")) return
  await service.rooms.manage(view, { do: "topic", text: subject })
}
