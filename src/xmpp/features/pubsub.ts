// The nodes of personal eventing (XEP-0163) that a contact has: nick (XEP-0172 §4.4), vCard4 (XEP-0292 §3.1), avatar (XEP-0084).
import { Refusal } from "../../core/ports.js"
import { nsNick, write as nick } from "../payload/nick.js"
import { el, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { data, metadata, nsData, nsMetadata } from "./avatar.js"
import { avatarOf, contactOf } from "./vcard.js"
import { nodeVcard4, vcard4 } from "./vcard4.js"

const ns = "http://jabber.org/protocol/pubsub"

interface Item {
  id: string
  payload: Xml
}

/** Undefined: there is none. */
type Node = (incoming: Incoming, context: Context) => Promise<Item | undefined>

const current = (payload: Xml | undefined): Item | undefined => payload && { id: "current", payload }
const ofContacts =
  (node: Node): Node =>
  (incoming, context) =>
    incoming.target.kind === "contact" ? node(incoming, context) : Promise.resolve(undefined)

export const nodes: Readonly<Record<string, Node>> = {
  async [nsNick](incoming, context) {
    return current(nick(incoming.target.kind === "gateway" ? context.service.name : (await contactOf(incoming, context)).name))
  },
  [nodeVcard4]: async (incoming, context) => current(await vcard4(incoming, context)),
  [nsMetadata]: ofContacts(async (incoming, context) => {
    const avatar = await avatarOf(incoming, context)
    return avatar && { id: avatar.info.hash, payload: metadata(avatar.info) }
  }),
  [nsData]: ofContacts(async (incoming, context) => {
    const avatar = await avatarOf(incoming, context)
    return avatar && { id: avatar.info.hash, payload: data(avatar) }
  }),
}

/** Clients take a JID for one with nodes by this (XEP-0163 §6). */
export const pepIdentity = { category: "pubsub", type: "pep" }

export const userNick: Feature = {
  xep: { number: 172, version: "1.1", name: "User Nickname" },
  iq: {
    [`get ${ns} pubsub`]: {
      on: ["gateway", "contact"],
      async handle(incoming, pubsub, context) {
        const items = pubsub.getChild("items")
        const node = items?.attrs["node"] ?? ""
        const read = Object.hasOwn(nodes, node) ? nodes[node] : undefined
        const item = await read?.(incoming, context)
        // XEP-0060 §6.5.7: by their ids; what is asked for may be another one by now.
        const ids = items?.getChildren("item").map(({ attrs }) => attrs["id"]) ?? []
        if (!item || (ids.length > 0 && !ids.includes(item.id))) throw new Refusal("item-not-found", "")
        return el("pubsub", { xmlns: ns }, el("items", { node }, el("item", { id: item.id }, item.payload)))
      },
    },
  },
}

export const personalEventing: Feature = {
  xep: { number: 163, version: "1.2.2", name: "Personal Eventing Protocol" },
  // §6.1 of XEP-0163: what such a service must be able to do, as far as one reads from it.
  disco: { contact: ["#last-published", "#presence-notifications", "#retrieve-items"].map((one) => ns + one) },
}
