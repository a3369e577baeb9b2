// Asking for voice (XEP-0045 §7.13): the network alone says who may write.
import { Refusal } from "../../core/ports.js"
import { readForm } from "../payload/forms.js"
import type { Context, Incoming } from "../types.js"
import { viewOf } from "./asked.js"
import { words } from "../../core/words/words.js"

export function isVoiceRequest({ el, type }: Incoming): boolean {
  if (type !== "" && type !== "normal") return false
  return readForm(el)?.get("FORM_TYPE") === "http://jabber.org/protocol/muc#request"
}

/** Throws `Refusal` where there is none to be had. Who has it already gets no answer. */
export async function requestVoice(context: Context, incoming: Incoming): Promise<void> {
  if ((await viewOf(incoming, context)).role === "visitor")
    throw new Refusal("not-allowed", words("Who may write in this room is decided on {network}.", { network: context.service.name }))
}
