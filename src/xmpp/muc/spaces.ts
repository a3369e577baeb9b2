// Server-side spaces (XEP-0503): a group with rooms of its own is a space, read only, on its room's address; its rooms name it.
import { Refusal } from "../../core/ports.js"
import type { RoomView } from "../../core/rooms/ports.js"
import type { Info } from "../features/caps.js"
import { domainOf, localOf } from "../jid.js"
import { resultForm } from "../payload/forms.js"
import { el, join, type Xml } from "../stanza.js"
import type { Context, Feature } from "../types.js"
import { viewOf } from "./asked.js"
import { pageOf, readSet, setEl } from "./rsm.js"
import { words } from "../../core/words/words.js"

export const nsSpaces = "urn:xmpp:spaces:0"
/** The one node of a room that is a space. */
export const spaceNode = nsSpaces

const nsPubsub = "http://jabber.org/protocol/pubsub"
/** Rooms of a page. */
const most = 200

/** RFC 5122: `#` begins something else in an IRI. */
export function spaceIri(jid: string): string {
  return `xmpp:${encodeURIComponent(localOf(jid))}@${domainOf(jid)}?;node=${encodeURIComponent(spaceNode)}`
}

/** §6.5, of a room that belongs to the group with this JID. */
export function parentForm(jid: string): Xml {
  return resultForm(nsSpaces, { parent: spaceIri(jid) })
}

/** §6.2: a node for those who may see its room. */
export function spaceInfo({ room }: RoomView): { info: Info; form: Xml } {
  return {
    info: { identities: [{ category: "pubsub", type: "leaf" }], features: [nsPubsub] },
    form: resultForm(`${nsPubsub}#meta-data`, {
      "pubsub#type": nsSpaces,
      "pubsub#title": room.name ?? undefined,
      "pubsub#description": room.topic ?? undefined,
      "pubsub#access_model": "whitelist",
    }),
  }
}

export interface Child {
  jid: string
  name: string | undefined
}

/** The rooms of a group, in order of id. */
export async function childrenOf(view: RoomView, { service, roomJid }: Context): Promise<Child[]> {
  const children = (await service.rooms.children(view)).filter(({ room }) => room.state === "open")
  return children.flatMap(({ room, link }) => {
    const jid = roomJid(room.legacyId, link.tag)
    return jid === null ? [] : { jid, name: room.name ?? undefined }
  })
}

export const spaces: Feature = {
  xep: { number: 503, version: "0.3.0", name: "Server-side spaces" },
  iq: {
    [`get ${nsPubsub} pubsub`]: {
      on: ["room"],
      async handle(incoming, pubsub, context) {
        const children = await childrenOf(await viewOf(incoming, context), context)
        const asked = pubsub.getChild("items")
        if (!asked) throw new Refusal("feature-not-implemented", words("A room's space can be read, no more."))
        const { node = "" } = asked.attrs
        if (node !== spaceNode || children.length === 0) throw new Refusal("item-not-found", "")
        const set = readSet(pubsub)
        const page = pageOf(children, ({ jid }) => jid, set ?? {}, most)
        const items = page.items.map(({ jid, name }) => el("item", { id: jid }, el("conference", { xmlns: "urn:xmpp:bookmarks:1", name })))
        return el("pubsub", { xmlns: nsPubsub }, el("items", { node }, join(items)), (set ?? !page.complete) && setEl(page))
      },
    },
  },
}
