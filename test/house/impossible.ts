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
  { network: "telegram", feature: "quote", direction: "out", places: both, why: "in XMPP whole messages are answered (XEP-0461)" },
  { network: "telegram", feature: "link", direction: "out", places: both, why: "in XMPP an address has no text of its own (XEP-0393)" },
  { network: "telegram", feature: "custom-react", direction: "out", places: both, why: "in XMPP reactions are Unicode emoji (XEP-0444)" },
  { network: "telegram", feature: "emoji", direction: "out", places: both, why: "XMPP has no custom emoji" },
  { network: "telegram", feature: "contact", direction: "out", places: both, why: "no XMPP client sends cards within messages" },
  { network: "telegram", feature: "poll", direction: "out", places: both, why: "XMPP has no polls" },
  { network: "telegram", feature: "buttons", direction: "out", places: both, why: "bots cannot press the buttons of others" },
  {
    network: "telegram",
    feature: "forward",
    direction: "out",
    places: both,
    why: "what XMPP clients forward is a copy that does not say whose it is",
  },
  { network: "telegram", feature: "avatar", direction: "out", places: both, why: "a bot has one picture, its own" },
  { network: "discord", feature: "moderate", direction: "in", places: ["direct"], why: "only in rooms" },
  { network: "discord", feature: "moderate", direction: "out", places: ["direct"], why: "only in rooms" },
  { network: "discord", feature: "read", direction: "in", places: both, why: "Discord does not tell bots what was read" },
  { network: "discord", feature: "read", direction: "out", places: both, why: "bots have no read marks" },
  { network: "discord", feature: "vote", direction: "out", places: both, why: "bots cannot vote" },
  { network: "discord", feature: "quote", direction: "in", places: both, why: "on Discord whole messages are answered" },
  { network: "discord", feature: "quote", direction: "out", places: both, why: "in XMPP whole messages are answered (XEP-0461)" },
  { network: "discord", feature: "link", direction: "out", places: both, why: "in XMPP an address has no text of its own (XEP-0393)" },
  { network: "discord", feature: "video-note", direction: "in", places: both, why: "Discord has no video notes" },
  { network: "discord", feature: "location", direction: "in", places: both, why: "Discord has no locations" },
  { network: "discord", feature: "contact", direction: "in", places: both, why: "Discord has no cards" },
  { network: "discord", feature: "poll", direction: "out", places: both, why: "XMPP has no polls" },
  { network: "discord", feature: "buttons", direction: "out", places: both, why: "bots cannot press the buttons of others" },
  {
    network: "discord",
    feature: "forward",
    direction: "out",
    places: both,
    why: "what XMPP clients forward is a copy that does not say whose it is",
  },
  { network: "discord", feature: "avatar", direction: "out", places: ["direct"], why: "a bot has one picture, its own" },
]
