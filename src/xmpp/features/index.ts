// Every feature of this gateway, in one list: what disco tells, the router dispatches and the documentation names comes from here.
import type { Command } from "../../core/commands/command.js"
import type { Service } from "../../core/ports.js"
import type { Muc } from "../muc/index.js"
import { chatState } from "../payload/chat-state.js"
import { correction } from "../payload/correction.js"
import { delay } from "../payload/delay.js"
import { encryption } from "../payload/encryption.js"
import { ids } from "../payload/ids.js"
import { fallback } from "../payload/fallback.js"
import { markers } from "../payload/markers.js"
import { markup } from "../payload/markup.js"
import { mentions } from "../payload/mentions.js"
import { reactions } from "../payload/reactions.js"
import { receipts } from "../payload/receipts.js"
import { reply } from "../payload/reply.js"
import { retraction } from "../payload/retraction.js"
import { spoiler } from "../payload/spoiler.js"
import { unstyled } from "../payload/unstyled.js"
import type { Feature } from "../types.js"
import { createAdhoc } from "./adhoc.js"
import { createBlocking } from "./blocking.js"
import { avatarConversion, userAvatar } from "./avatar.js"
import { caps } from "./caps.js"
import { createDisco, infosOf, type Disco } from "./disco.js"
import { iqGateway } from "./iq-gateway.js"
import { last } from "./last.js"
import { ping } from "./ping.js"
import { privilegedEntity } from "./privileges.js"
import { personalEventing, userNick } from "./pubsub.js"
import { createRegistration } from "./registration.js"
import { reporting } from "./reporting.js"
import { vcardTemp } from "./vcard.js"
import { vcard4Direct } from "./vcard4.js"
import { version } from "./version.js"

/** Served by the messages and presences themselves, or by how addresses are made. */
const woven: readonly Feature[] = [
  { xep: { number: 4, version: "2.13.2", name: "Data Forms" }, disco: { gateway: ["jabber:x:data"] } },
  { xep: { number: 106, version: "1.1.1", name: "JID Escaping" }, disco: { gateway: ["jid\\20escaping"] } },
  { xep: { number: 114, version: "1.6", name: "Jabber Component Protocol" } },
  { xep: { number: 153, version: "1.1.1", name: "vCard-Based Avatars" } },
  { xep: { number: 245, version: "1.0", name: "The /me Command" } },
  { xep: { number: 334, version: "1.0.0", name: "Message Processing Hints" } },
]

/** Beside the text of messages. */
const told: readonly Feature[] = [
  mentions,
  spoiler,
  unstyled,
  markup,
  { xep: { number: 80, version: "1.10.0", name: "User Location" } },
  { xep: { number: 511, version: "0.1.1", name: "Link Metadata" } },
]

export interface FeatureParts {
  commands: readonly Command[]
  service: Service
  /** What the MUC service has; `discovery` is told of all features. */
  rooms: Pick<Muc, "features" | "discovery">
  bug(error: unknown): void
}

/** `list` has the disco feature in it, which knows all the others. */
export function createFeatures(parts: FeatureParts): { list: readonly Feature[]; disco: Disco } {
  const plain = [
    ping,
    version,
    last,
    iqGateway,
    vcardTemp,
    vcard4Direct,
    userNick,
    userAvatar,
    avatarConversion,
    personalEventing,
    privilegedEntity,
    createBlocking(),
    reporting,
    caps,
  ]
  const payload = [chatState, correction, delay, encryption, fallback, ids, markers, reactions, receipts, reply, retraction, ...told]
  const list = [...parts.rooms.features, ...plain, ...payload, ...woven, createAdhoc(parts), createRegistration(parts.service)]
  const disco = createDisco(infosOf(list, parts.service), parts.commands)
  return { list: [...list, disco.feature, parts.rooms.discovery(list, disco)], disco }
}
