// What a room says of itself (XEP-0045 §6.4): what it can do decides whose word is believed.
import type { Element } from "@xmpp/xml"
import type { Room } from "../../adapter/contract.js"
import { nsInfo } from "../features/disco-answers.js"
import { localOf } from "../jid.js"
import { nsModerate } from "../payload/retraction.js"

export interface RoomInfo {
  name?: string
  description?: string
  occupants?: number
  features: ReadonlySet<string>
}

const nsMam = "urn:xmpp:mam:2"
const nsModerateFormer = "urn:xmpp:message-moderate:0"

export const unknownInfo: RoomInfo = { features: new Set() }

export function readInfo(answer: Element): RoomInfo {
  const query = answer.getChild("query", nsInfo)
  const features = new Set(query?.getChildren("feature").flatMap(({ attrs }) => attrs["var"] ?? []))
  const name = query?.getChildren("identity").find(({ attrs }) => attrs["category"] === "conference")?.attrs["name"]
  const fields = query?.getChildren("x", "jabber:x:data").flatMap((form) => form.getChildren("field")) ?? []
  const field = (key: string): string =>
    fields
      .find(({ attrs }) => attrs["var"] === key)
      ?.getChildText("value")
      ?.trim() ?? ""
  const description = field("muc#roominfo_description")
  const occupants = field("muc#roominfo_occupants")
  return {
    features,
    ...(name !== undefined && name.trim() !== "" && { name: name.trim() }),
    ...(description !== "" && { description }),
    ...(/^\d{1,7}$/.test(occupants) && { occupants: Number(occupants) }),
  }
}

export function hasArchive({ features }: RoomInfo): boolean {
  return features.has(nsMam)
}

/** XEP-0313 §4.1.4: a message can be asked for by its id. */
export function findsById({ features }: RoomInfo): boolean {
  return features.has(`${nsMam}#extended`)
}

/** XEP-0359 §6: only where the room says so does it keep others from giving its ids. */
export function givesIds({ features }: RoomInfo): boolean {
  return features.has("urn:xmpp:sid:0") || features.has(nsMam)
}

export function givesOccupantIds({ features }: RoomInfo): boolean {
  return features.has("urn:xmpp:occupant-id:0")
}

export function isModerated({ features }: RoomInfo): boolean {
  return features.has("muc_moderated")
}

/** Which version of XEP-0425 the room speaks. */
export function moderation({ features }: RoomInfo): 1 | 0 | undefined {
  return features.has(nsModerate) ? 1 : features.has(nsModerateFormer) ? 0 : undefined
}

/** As the core knows it. `moderates`: we are a moderator there. */
export function factsOf(jid: string, info: RoomInfo, topic: string | undefined, moderates: boolean): Room {
  const limits = {
    ...(!hasArchive(info) && info !== unknownInfo && { history: false as const }),
    ...(!(moderates && moderation(info) !== undefined) && { retract: { others: false } }),
  }
  return {
    id: jid,
    kind: "group",
    name: info.name ?? localOf(jid),
    ...(topic !== undefined && { topic }),
    ...(info.occupants !== undefined && { memberCount: info.occupants }),
    limits,
  }
}
