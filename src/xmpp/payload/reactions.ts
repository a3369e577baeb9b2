// Message reactions (XEP-0444): all that somebody thinks of a message now, and what of it a network takes.
import type { Capabilities } from "../../adapter/contract.js"
import type { Form } from "../features/caps.js"
import type { Feature } from "../types.js"
import { el, join, textEl, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"
import { usable } from "./ids.js"

export const nsReactions = "urn:xmpp:reactions:0"

export const reactions: Feature = {
  xep: { number: 444, version: "0.2.1", name: "Message Reactions" },
  disco: {
    contact: ({ react }) => (react ? [nsReactions] : []),
    room: ({ capabilities }) => (capabilities.react ? [nsReactions] : []),
    contactForms: restrictions,
    roomForms: ({ capabilities }) => restrictions(capabilities),
  },
}

/** §3.2. */
function restrictions({ react }: Pick<Capabilities, "react">): Form[] {
  if (!react || (react.max === undefined && react.allowed === undefined)) return []
  const { max, allowed } = react
  const fields = {
    ...(max !== undefined && { max_reactions_per_user: [String(max)] }),
    ...(allowed && { allowlist: allowed }),
  }
  return [{ type: `${nsReactions}:restrictions`, fields }]
}

/** More than any client sends of one message. */
const most = 200

export const reads: Reads = {
  [`reactions ${nsReactions}`](child, draft) {
    const target = usable(child.attrs.id)
    if (target === "" || draft.reactions) return
    const emoji = child
      .getChildren("reaction")
      .slice(0, most)
      .map((one) => one.getText().trim())
    draft.reactions = { target, emoji: emoji.filter((one) => one !== "") }
  },
}

/** Once all children were read: a body that only says the same (XEP-0428) is none; one of its own is said. */
export function settle(draft: Draft): void {
  if (!draft.reactions || draft.body === undefined) return
  if (draft.body.trim() !== "" && draft.fallbacks?.some((one) => one.for === nsReactions) !== true) {
    delete draft.reactions
    return
  }
  delete draft.body
  delete draft.subject
}

/** `target`: id of the message; in a room its stanza id. */
export function write(target: string, emoji: readonly string[]): Xml {
  return join([
    el("reactions", { xmlns: nsReactions, id: target }, join(emoji.map((one) => textEl("reaction", one)))),
    el("store", { xmlns: "urn:xmpp:hints" }),
  ])
}
