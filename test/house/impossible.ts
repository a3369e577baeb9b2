// What cannot be, and why: the cells of the table of features that no test can fill.
import type { Direction, FeatureId, NetworkId, Place } from "../support/cells.js"

export interface Impossible {
  network: NetworkId
  feature: FeatureId
  direction: Direction
  places: readonly Place[]
  why: string
}

const both = ["direct", "room"] as const

export const impossible: readonly Impossible[] = [
  { network: "telegram", feature: "retract", direction: "in", places: both, why: "Telegram tells bots of no deletion" },
  { network: "telegram", feature: "moderate", direction: "in", places: both, why: "Telegram tells bots of no deletion" },
  { network: "telegram", feature: "moderate", direction: "out", places: ["direct"], why: "only in rooms" },
  { network: "telegram", feature: "typing", direction: "in", places: both, why: "Telegram does not tell bots who types" },
  { network: "telegram", feature: "read", direction: "in", places: both, why: "Telegram does not tell bots what was read" },
  { network: "telegram", feature: "read", direction: "out", places: both, why: "bots have no read marks" },
  { network: "telegram", feature: "vote", direction: "out", places: both, why: "bots cannot vote" },
  { network: "telegram", feature: "vote", direction: "in", places: both, why: "Telegram tells bots of votes in their own polls only" },
  { network: "telegram", feature: "preview", direction: "in", places: both, why: "Telegram does not tell bots what a preview shows" },
  { network: "discord", feature: "moderate", direction: "in", places: ["direct"], why: "only in rooms" },
  { network: "discord", feature: "moderate", direction: "out", places: ["direct"], why: "only in rooms" },
  { network: "discord", feature: "read", direction: "in", places: both, why: "Discord does not tell bots what was read" },
  { network: "discord", feature: "read", direction: "out", places: both, why: "bots have no read marks" },
  { network: "discord", feature: "vote", direction: "out", places: both, why: "bots cannot vote" },
]
