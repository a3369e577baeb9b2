// Service discovery (XEP-0030): what the gateway and its contacts are, from what the features declare of themselves.
import type { Command } from "../../core/commands/command.js"
import type { ContactRow, Link } from "../../core/model.js"
import { Refusal, type Service } from "../../core/ports.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { inLanguage, words } from "../../core/words/words.js"
import { bareOf } from "../jid.js"
import { pathOf } from "../muc/path.js"
import { linkOf } from "../router.js"
import { readSet } from "../muc/rsm.js"
import { spaceNode } from "../muc/spaces.js"
import { el, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { capsEl, capsNode, verification, type Info } from "./caps.js"
import { nsCommands } from "./adhoc.js"
import { commandInfo, commandItems } from "./command-list.js"
import { infoEl, itemsEl, nsInfo, nsItems, type Item } from "./disco-answers.js"
import { pepIdentity } from "./pubsub.js"

/** Where the asker's contacts are listed: clients take whatever the gateway itself lists for rooms to join. */
const nodeContacts = "contacts"

/** The distinct sets; each has one caps hash, computed once. Clients take `client/bot` for a machine: no face, no call buttons. */
export interface Infos {
  gateway: Info
  person: Info
  bot: Info
}

export function infosOf(features: readonly Feature[], service: Service): Infos {
  const own = [nsInfo, nsItems]
  const gateway = unique([...own, ...features.flatMap(({ disco }) => disco?.gateway ?? [])])
  const contact = unique([
    ...own,
    ...features.flatMap(({ disco }) =>
      typeof disco?.contact === "function" ? disco.contact(service.capabilities) : (disco?.contact ?? []),
    ),
  ])
  const forms = features.flatMap(({ disco }) => disco?.contactForms?.(service.capabilities) ?? [])
  return {
    gateway: {
      // The second one says to clients that there are rooms here (XEP-0045 §6.2).
      identities: [
        { category: "gateway", type: service.discoType, name: service.name },
        { category: "conference", type: "text", name: service.name },
      ],
      features: gateway,
    },
    person: { identities: [{ category: "client", type: "pc" }, pepIdentity], features: contact, forms },
    bot: { identities: [{ category: "client", type: "bot" }, pepIdentity], features: contact, forms },
  }
}

/** XEP-0115 §5.4: a feature twice makes the whole answer ill-formed. */
function unique(features: readonly string[]): string[] {
  return [...new Set(features)].sort()
}

export function kindOf(contact: Pick<ContactRow, "kind"> | undefined): "person" | "bot" {
  return contact?.kind === "bot" || contact?.kind === "webhook" ? "bot" : "person"
}

export interface Disco {
  feature: Feature
  /** All there are. */
  commands: readonly Command[]
  /** The `<c/>` of a presence. */
  caps(kind: keyof Infos): Xml
  /** What a foreign person in a room is, at the node of their capabilities or at none. */
  person(node: string | undefined): Info | undefined
}

export function createDisco(infos: Infos, commands: readonly Command[]): Disco {
  const kinds = ["gateway", "person", "bot"] as const
  const vers = { gateway: verification(infos.gateway), person: verification(infos.person), bot: verification(infos.bot) }
  const marks = { gateway: capsEl(vers.gateway), person: capsEl(vers.person), bot: capsEl(vers.bot) }

  async function info(incoming: Incoming, node: string | undefined, context: Context): Promise<Info> {
    const { target } = incoming
    const contact = target.kind === "contact" ? target : undefined
    if (node === undefined || node === "") {
      if (!contact) return infos.gateway
      return infos[kindOf((await context.service.rosterEntry(linkOf(context, incoming), contact.legacyId))?.contact)]
    }
    const asked = kinds.find((kind) => node === `${capsNode}#${vers[kind]}` && (kind === "gateway") === (contact === undefined))
    if (asked) return infos[asked]
    if (!contact && node === nodeContacts)
      return { identities: [{ category: "hierarchy", type: "leaf", name: inLanguage(words("Contacts"), incoming.lang) }], features: [] }
    const command = commandInfo(commands, context.service, incoming, contact ? "contact" : "gateway", node)
    if (!command) throw new Refusal("item-not-found", "")
    return command
  }

  async function items(incoming: Incoming, node: string | undefined, context: Context): Promise<Item[]> {
    const { service } = context
    const { target, fromBare, to } = incoming
    const here = bareOf(to)
    const nodeItem = (name: string, title: string): Item => ({ uid: name, xml: el("item", { jid: here, node: name, name: title }) })
    if (node === nsCommands) return commandItems(commands, service, incoming, target.kind === "contact" ? "contact" : "gateway")
    if (target.kind === "contact") return []
    const links = service.linksOf(fromBare)
    if (node === nodeContacts) return contacts(links, context)
    if (node !== undefined && node !== "") throw new Refusal("item-not-found", "")
    const nodes = [
      nodeItem(nsCommands, inLanguage(words("Commands"), incoming.lang)),
      ...(links.some(({ role }) => role === "owner") ? [nodeItem(nodeContacts, inLanguage(words("Contacts"), incoming.lang))] : []),
    ]
    return [...roomsOf(await service.rooms.visible(fromBare), context), ...nodes]
  }

  return {
    commands,
    caps: (kind) => marks[kind],
    person: (node) => (node === undefined || node === "" || node === `${capsNode}#${vers.person}` ? infos.person : undefined),
    feature: {
      xep: { number: 30, version: "2.5.0", name: "Service Discovery" },
      iq: {
        [`get ${nsInfo} query`]: {
          on: ["gateway", "contact"],
          async handle(incoming, { attrs: { node } }, context) {
            return infoEl(node, await info(incoming, node, context))
          },
        },
        [`get ${nsItems} query`]: {
          on: ["gateway", "contact"],
          async handle(incoming, query, context) {
            const { node } = query.attrs
            return itemsEl(node, await items(incoming, node, context), readSet(query))
          },
        },
      },
    },
  }
}

async function contacts(links: readonly Link[], { service, contactJid }: Context): Promise<Item[]> {
  const list: Item[] = []
  for (const link of links) {
    for (const { contact, name } of await service.roster(link)) {
      const jid = contactJid(contact.legacyId, link.tag)
      if (jid !== null) list.push({ uid: jid, xml: el("item", { jid, name: name ?? contact.name ?? undefined }) })
    }
  }
  return list
}

/** Clients that browse rooms look at this one list and no further: topics are in it beside their groups. */
function roomsOf(views: readonly RoomView[], { roomJid }: Context): Item[] {
  const rooms = new Map(views.map(({ room }) => [room.id, room]))
  return views.flatMap(({ room, link: { tag } }) => {
    const { legacyId, kind, state, name, parentId } = room
    const jid = roomJid(legacyId, tag)
    if (jid === null || state === "gone") return []
    // Nobody talks in a container: it is no room to enter, but where those in it are found (XEP-0503).
    if (kind === "container")
      return parentId !== null && rooms.has(parentId)
        ? []
        : { uid: `${jid} ${spaceNode}`, xml: el("item", { jid, node: spaceNode, name: name ?? undefined }) }
    return { uid: jid, xml: el("item", { jid, name: pathOf(room, (id) => rooms.get(id)) }) }
  })
}
