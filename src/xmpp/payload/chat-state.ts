// Chat states (XEP-0085).
import type { Feature } from "../types.js"
import { el, join, type Xml } from "../stanza.js"
import type { ChatState, Read, Reads } from "./draft.js"

const ns = "http://jabber.org/protocol/chatstates"

export const chatState: Feature = {
  xep: { number: 85, version: "2.1", name: "Chat State Notifications" },
  // In a room there may be others of ours who see it.
  disco: { contact: ({ typing, tells }) => (typing || tells?.includes("typing") ? [ns] : []), room: [ns] },
}

const read =
  (state: ChatState): Read =>
  (_, draft) => {
    draft.chatState = state
  }

export const reads: Reads = {
  [`active ${ns}`]: read("active"),
  [`composing ${ns}`]: read("composing"),
  [`paused ${ns}`]: read("paused"),
  [`inactive ${ns}`]: read("inactive"),
  [`gone ${ns}`]: read("gone"),
}

export function write(state: ChatState): Xml {
  return el(state, { xmlns: ns })
}

/** A stanza of nothing but a chat state is for those who are there: not for off-line storage, archive or carbons (XEP-0334). */
export function alone(state: ChatState): Xml {
  return join([write(state), el("no-store", { xmlns: "urn:xmpp:hints" })])
}
