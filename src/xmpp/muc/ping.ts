// Pings to rooms and nicks (XEP-0199): one's own nick is how a client asks whether it is still in (XEP-0410).
import { Refusal } from "../../core/ports.js"
import { bareOf } from "../jid.js"
import type { Feature } from "../types.js"
import type { RoomHall } from "./hall.js"
import { words } from "../../core/words/words.js"

const ns = "urn:xmpp:ping"

export function createPing(hall: RoomHall): Feature[] {
  return [
    {
      xep: { number: 199, version: "2.0.1", name: "XMPP Ping" },
      disco: { room: [ns] },
      iq: {
        [`get ${ns} ping`]: {
          on: ["room", "occupant"],
          async handle({ target, from, fromBare, to }, _, { service }) {
            if (target.kind === "room") await service.rooms.view(fromBare, target.legacyId, target.tag)
            if (target.kind !== "occupant") return undefined
            const stay = hall.find(from, bareOf(to))
            if (!stay) throw new Refusal("not-acceptable", words("You are not in this room."))
            if (stay.participant.nick === target.resource) return undefined
            const floor = hall.floor(stay.view.room.id)
            if (floor?.users().some(({ participant }) => participant.nick === target.resource)) throw new Refusal("service-unavailable", "")
            if (floor?.faces.byNick(target.resource) || (await service.rooms.participant(stay.view.room, { nick: target.resource })))
              return undefined
            throw new Refusal("item-not-found", "")
          },
        },
      },
    },
    {
      xep: { number: 410, version: "1.1.0", name: "MUC Self-Ping (Schrödinger's Chat)" },
      disco: { room: ["http://jabber.org/protocol/muc#self-ping-optimization"] },
    },
  ]
}
