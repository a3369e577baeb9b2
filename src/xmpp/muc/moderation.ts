// Moderated message retraction (XEP-0425): a moderator takes back what somebody else said.
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import { nsModerate, nsRetract } from "../payload/retraction.js"
import type { Context, Feature, Incoming } from "../types.js"
import { viewOf } from "./asked.js"
import { words } from "../../core/words/words.js"

export const moderation: Feature = {
  xep: { number: 425, version: "0.3.0", name: "Moderated Message Retraction" },
  disco: { room: ({ capabilities }) => (capabilities.retract && capabilities.retract.others === true ? [nsModerate] : []) },
  iq: { [`set ${nsModerate} moderate`]: { on: ["room"], handle: moderate } },
}

async function moderate(incoming: Incoming, request: Element, context: Context): Promise<undefined> {
  const { rooms } = context.service
  const view = await viewOf(incoming, context)
  const target = request.attrs.id ?? ""
  if (target === "") throw new Refusal("bad-request", words("Which message?"), "modify")
  if (!request.getChild("retract", nsRetract)) throw new Refusal("feature-not-implemented", words("Messages can be retracted, no more."))
  if (view.role !== "moderator")
    throw new Refusal("forbidden", words("Only moderators are allowed to moderate other participants' messages"), "auth")
  const speaker = await rooms.participant(view.room, { user: incoming.fromBare })
  if (!speaker) throw new Refusal("not-acceptable", words("Join the room first."), "modify")
  const why = request.getChildText("reason")?.trim()
  await rooms.retract({ view, from: incoming.from, speaker, xmppId: "", target, moderate: true, ...(why && { why }) })
  return undefined
}
