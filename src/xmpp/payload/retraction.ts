// Message retraction (XEP-0424), also when it is a moderator's doing (XEP-0425).
import type { Feature } from "../types.js"
import { el, join, textEl, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"
import * as fallback from "./fallback.js"
import { usable } from "./ids.js"

export const nsRetract = "urn:xmpp:message-retract:1"
export const nsModerate = "urn:xmpp:message-moderate:1"

export const retraction: Feature = {
  xep: { number: 424, version: "0.4.2", name: "Message Retraction" },
  disco: {
    contact: ({ retract }) => (retract ? [nsRetract] : []),
    room: ({ capabilities }) => (capabilities.retract ? [nsRetract] : []),
  },
}

export const reads: Reads = {
  [`retract ${nsRetract}`](child, draft) {
    const id = usable(child.attrs.id)
    if (id !== "") draft.retracts = id
  },
  // Versions before 0.4: the id is the one that the author's client gave.
  "apply-to urn:xmpp:fasten:0"(child, draft) {
    const id = usable(child.attrs.id)
    if (id !== "" && child.getChild("retract", "urn:xmpp:message-retract:0")) draft.retracts ??= id
  },
}

/** Once all children were read: the body of a retraction is only for clients that do not know it. */
export function settle(draft: Draft): void {
  if (draft.retracts === undefined) return
  delete draft.body
  delete draft.subject
}

/** What a message that takes back `target` (in a room a stanza id) consists of, its body included. */
export function write(
  target: string,
  moderated?: { by?: string | undefined; occupant?: string | undefined; why?: string | undefined },
): Xml {
  const occupant = moderated?.occupant
  const by =
    moderated &&
    el(
      "moderated",
      { xmlns: nsModerate, by: moderated.by },
      occupant !== undefined && el("occupant-id", { xmlns: "urn:xmpp:occupant-id:0", id: occupant }),
    )
  const why = moderated?.why
  const text = moderated ? "A moderator retracted a message" : "/me retracted a previous message"
  return join([
    el("retract", { xmlns: nsRetract, id: target }, by, why !== undefined && why !== "" && textEl("reason", why)),
    fallback.write(nsRetract),
    textEl("body", `${text}, but it's unsupported by your client.`),
    el("store", { xmlns: "urn:xmpp:hints" }),
  ])
}
