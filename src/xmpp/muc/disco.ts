// Service discovery (XEP-0030) of rooms and of who is in them (XEP-0045 §6.4 to §6.6, §7.12).
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { nsCommands } from "../features/adhoc.js"
import { capsNode, type Info } from "../features/caps.js"
import { commandInfo, commandItems } from "../features/command-list.js"
import type { Disco } from "../features/disco.js"
import { infoEl, itemsEl, nsInfo, nsItems } from "../features/disco-answers.js"
import { bareOf } from "../jid.js"
import { el, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { viewOf } from "./asked.js"
import type { RoomHall } from "./hall.js"
import { roomInfo } from "./info.js"
import { nsMuc } from "./items.js"
import { nickOf, pass } from "./nicks.js"
import { readSet } from "./rsm.js"
import { childrenOf, spaceInfo, spaceNode } from "./spaces.js"

const reservedNick = "x-roomuser-item"

export interface RoomDiscoParts {
  hall: RoomHall
  /** All features of the gateway but this. */
  list: readonly Feature[]
  disco: Pick<Disco, "person" | "commands">
}

export function createRoomDisco({ hall, list, disco }: RoomDiscoParts): Feature {
  const feature: Feature = {
    xep: { number: 30, version: "2.5.0", name: "Service Discovery" },
    disco: { room: [nsInfo, nsItems] },
    iq: {
      [`get ${nsInfo} query`]: {
        on: ["room", "occupant"],
        handle: (incoming, query, context) =>
          incoming.target.kind === "room" ? ofRoom(incoming, query, context) : ofNick(incoming, query, context),
      },
      [`get ${nsItems} query`]: {
        on: ["room", "occupant"],
        handle: (incoming, query, context) =>
          incoming.target.kind === "room" ? items(incoming, query, context) : itemsOfNick(incoming, query, context),
      },
    },
  }
  const all = [...list, feature]

  async function ofRoom(incoming: Incoming, query: Element, context: Context): Promise<Xml> {
    const view = await viewOf(incoming, context)
    const { node = "" } = query.attrs
    const { info, forms } = await at(node, view, incoming, context)
    return infoEl(query.attrs.node, info, forms)
  }

  async function at(node: string, view: RoomView, incoming: Incoming, context: Context): Promise<{ info: Info; forms: Xml[] }> {
    const { fromBare } = incoming
    switch (node) {
      case "":
        return roomInfo(view, all, await surroundings(view, context))
      case reservedNick: {
        const own = await context.service.rooms.participant(view.room, { user: fromBare })
        const identities = own ? [{ category: "conference", type: "text", name: own.nick }] : []
        return { info: { identities, features: [] }, forms: [] }
      }
      case spaceNode: {
        if ((await childrenOf(view, context)).length === 0) break
        const { info, form } = spaceInfo(view)
        return { info, forms: [form] }
      }
      // §18.1.1: who does not support this says so in these words.
      case `${nsMuc}#traffic`:
        throw new Refusal("feature-not-implemented", "")
    }
    const command = commandInfo(disco.commands, context.service, incoming, "room", node)
    if (command) return { info: command, forms: [] }
    throw new Refusal("item-not-found", "")
  }

  async function surroundings(view: RoomView, context: Context): Promise<Parameters<typeof roomInfo>[2]> {
    const { rooms } = context.service
    const { avatar } = view.room.facts
    // Its hash is told as soon as it is known (104).
    if (avatar && avatar.hash === undefined) void rooms.avatar(view.room)
    const parent = await rooms.parent(view)
    const jid = parent && context.roomJid(parent.room.legacyId, parent.link.tag)
    const floor = hall.floor(view.room.id)
    return {
      parent: parent && jid ? { jid, room: parent.room } : undefined,
      hasChildren: (await childrenOf(view, context)).length > 0,
      occupants: view.room.facts.memberCount ?? (floor && floor.faces.size + floor.users().length),
    }
  }

  /** A group's topics, not its people: those are nobody's business who is not in it (§6.5). */
  async function items(incoming: Incoming, query: Element, context: Context): Promise<Xml> {
    const view = await viewOf(incoming, context)
    const { node } = query.attrs
    if (node === nsCommands) return itemsEl(node, commandItems(disco.commands, context.service, incoming, "room"), readSet(query))
    if (node === reservedNick || node === `${nsMuc}#rooms`) return itemsEl(node, [], undefined)
    if (node !== undefined && node !== "" && node !== spaceNode) throw new Refusal("item-not-found", "")
    const children = await childrenOf(view, context)
    const list = children.map(({ jid, name }) => ({ uid: jid, xml: el("item", { jid, name }) }))
    const to = bareOf(incoming.to)
    if (node !== spaceNode && children.length > 0)
      list.push({ uid: `${to} ${spaceNode}`, xml: el("item", { jid: to, node: spaceNode, name: view.room.name ?? undefined }) })
    return itemsEl(node, list, readSet(query))
  }

  async function ofNick(incoming: Incoming, query: Element, context: Context): Promise<Xml | undefined> {
    const nick = await nickOf(hall, incoming, context)
    if ("client" in nick) return pass(context, query, nick.asker, nick.client, nick.client.full)
    const { node } = query.attrs
    const info = disco.person(node)
    if (!info) throw new Refusal("item-not-found", node?.startsWith(capsNode) === true ? "These capabilities are none of theirs." : "")
    return infoEl(node, info, [])
  }

  async function itemsOfNick(incoming: Incoming, query: Element, context: Context): Promise<Xml> {
    await nickOf(hall, incoming, context)
    return itemsEl(query.attrs.node, [], undefined)
  }

  return feature
}
