// The two nodes of personal eventing (XEP-0163) that a contact has: its nick (XEP-0172 §4.4) and its vCard4 (XEP-0292 §3.1).
import { Refusal } from "../../core/ports.js"
import { nsNick, write as nick } from "../payload/nick.js"
import { el, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { contactOf, vcard4 } from "./vcard.js"

const ns = "http://jabber.org/protocol/pubsub"
const nodes: Readonly<Record<string, (incoming: Incoming, context: Context) => Promise<Xml | undefined>>> = {
  async [nsNick](incoming, context) {
    return nick(incoming.target.kind === "gateway" ? context.service.name : (await contactOf(incoming, context)).name)
  },
  "urn:xmpp:vcard4": vcard4,
}

export const userNick: Feature = {
  xep: { number: 172, version: "1.1", name: "User Nickname" },
  iq: {
    [`get ${ns} pubsub`]: {
      on: ["gateway", "contact"],
      async handle(incoming, pubsub, context) {
        const node = pubsub.getChild("items")?.attrs.node ?? ""
        const read = Object.hasOwn(nodes, node) ? nodes[node] : undefined
        const payload = await read?.(incoming, context)
        if (payload === undefined) throw new Refusal("item-not-found", "")
        return el("pubsub", { xmlns: ns }, el("items", { node }, el("item", { id: "current" }, payload)))
      },
    },
  },
}
