// What rooms can do by how they are made: served by joins, presences and messages themselves.
import type { Feature } from "../types.js"
import { nsHats, nsMuc, nsOccupantId } from "./items.js"

export const woven: readonly Feature[] = [
  {
    xep: { number: 45, version: "1.35.5", name: "Multi-User Chat" },
    disco: { gateway: [nsMuc, `${nsMuc}#stable_id`], room: [nsMuc, `${nsMuc}#stable_id`] },
  },
  { xep: { number: 317, version: "0.3.1", name: "Hats" }, disco: { room: [nsHats] } },
  {
    xep: { number: 421, version: "1.0.1", name: "Occupant identifiers for semi-anonymous MUCs" },
    disco: { gateway: [nsOccupantId], room: [nsOccupantId] },
  },
]
