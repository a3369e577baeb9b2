// Pictures of contacts as clients ask for them and are told of them: hashes in presences (XEP-0153), the nodes of user avatars (XEP-0084).
import type { Avatar, AvatarInfo, AvatarState } from "../../core/faces/picture.js"
import { el, message, textEl, type Xml } from "../stanza.js"
import type { Feature } from "../types.js"

export const nsMetadata = "urn:xmpp:avatar:metadata"
export const nsData = "urn:xmpp:avatar:data"
const nsUpdate = "vcard-temp:x:update"
const nsEvent = "http://jabber.org/protocol/pubsub#event"

const none = el("x", { xmlns: nsUpdate }, el("photo"))
/** XEP-0153 §4.1: not known yet; clients keep what they have. */
const awaited = el("x", { xmlns: nsUpdate })

/** What a presence tells of its sender's picture. */
export function update(avatar: AvatarState | undefined): Xml {
  if (avatar?.shown) return el("x", { xmlns: nsUpdate }, textEl("photo", avatar.shown.hash))
  return avatar?.due ? awaited : none
}

/** XEP-0084 §4.2; of none an empty one. */
export function metadata(info: AvatarInfo | undefined): Xml {
  if (!info) return el("metadata", { xmlns: nsMetadata })
  const { hash: id, bytes, mime: type, width, height } = info
  return el("metadata", { xmlns: nsMetadata }, el("info", { bytes, id, type, width, height }))
}

/** XEP-0084 §4.1. */
export function data({ data: bytes }: Avatar): Xml {
  return textEl("data", Buffer.from(bytes).toString("base64"), { xmlns: nsData })
}

/** What the node tells who asked for it by their capabilities (XEP-0163 §4.3.2). */
export function notice(from: string, to: string, info: AvatarInfo | undefined): Xml {
  const item = el("item", { id: info?.hash ?? "none" }, metadata(info))
  return message({ from, to, type: "headline" }, el("event", { xmlns: nsEvent }, el("items", { node: nsMetadata }, item)))
}

export const userAvatar: Feature = { xep: { number: 84, version: "1.1.4", name: "User Avatar" } }

/** What the card says and what the nodes say is one: clients need not look at both. */
export const avatarConversion: Feature = {
  xep: { number: 398, version: "1.0.0", name: "User Avatar to vCard-Based Avatars Conversion" },
  disco: { contact: ["urn:xmpp:pep-vcard-conversion:0"] },
}
