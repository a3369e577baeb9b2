// One cell of the table of features (docs/user/features.md): a test through a real server that shows what the table says.
import { test } from "node:test"

/** What a message may be or hold, what may become of it, and what is told beside it. In the table's order. */
export const features = {
  text: "text",
  formatting: "styled text",
  mention: "mentions",
  spoiler: "spoilers",
  link: "addresses with a text of their own",
  long: "very long text",
  reply: "replies",
  quote: "replies to a part of a message",
  edit: "corrections",
  retract: "taking back one's own",
  moderate: "taking back what others said",
  react: "reactions",
  "custom-react": "reactions with custom emoji",
  typing: "«is typing»",
  photo: "photos",
  video: "videos",
  animation: "animations (GIF)",
  audio: "music",
  voice: "voice notes",
  "video-note": "video notes",
  document: "other files",
  sticker: "stickers",
  caption: "captions",
  album: "albums",
  large: "files that are too large",
  location: "locations",
  contact: "contacts (cards)",
  poll: "polls",
  vote: "voting",
  buttons: "buttons",
  forward: "where something was forwarded from",
  preview: "previews of links",
  emoji: "custom emoji",
  avatar: "pictures of people",
  read: "read marks",
} as const

export type FeatureId = keyof typeof features
export const networks = ["telegram", "discord"] as const
export type NetworkId = (typeof networks)[number]
/** `in`: from the network to XMPP. */
export type Direction = "in" | "out"
export type Place = "direct" | "room"
/** `fallback`: shown in another way, readable. */
export type How = "native" | "fallback"

/** The literal arguments are what the table is made of: this call is found in the sources, so write it out. Several places: once each. */
export function cell(
  network: NetworkId,
  feature: FeatureId,
  direction: Direction,
  places: readonly Place[],
  how: How,
  run: (place: Place) => Promise<void>,
): void {
  for (const place of places) test(`${network}: ${features[feature]}, ${direction}, ${place}: ${how}`, () => run(place))
}
