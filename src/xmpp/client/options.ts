// The options of the network, and what it can do.
import { z } from "zod"
import type { Capabilities } from "../../adapter/contract.js"

const whole = (least: number, text: string) =>
  z
    .number({ error: () => text })
    .int(text)
    .min(least, text)

export const options = z.strictObject({
  /** Nick of the occupant that listens, and speaks for whoever has none of their own. */
  nick: z.string().min(1).max(64).default("bridge"),
  /** Occupants a room besides the listener; 0: it says all, with names before the texts. */
  occupants: whole(0, "must be a whole number, 0 or more.").default(50),
  /** Minutes without a word after which an occupant leaves. */
  idleMinutes: whole(1, "must be a whole number of minutes, at least 1.").default(120),
  /** Minutes of silence after which it is asked whether we are still in the room (XEP-0410). */
  pingMinutes: whole(1, "must be a whole number of minutes, at least 1.").default(10),
})

export type Options = z.output<typeof options>

export const capabilities = {
  send: {
    // Servers end the stream of who sends more than 64 KiB at once, some of them.
    maxChars: 10_000,
    impersonate: "name+avatar",
    files: { maxBytes: 100 * 1024 * 1024, kinds: ["image", "video", "audio", "voice", "animation", "sticker"], perMessage: 10 },
  },
  tells: ["edit", "retract", "reactions", "members"],
  reply: {},
  edit: {},
  retract: { others: true },
  react: {},
  download: {},
  history: { maxPage: 50 },
  rooms: {},
  members: {},
  access: {},
  manage: { can: ["topic", "kick", "ban", "unban", "role", "join", "leave"] },
} satisfies Capabilities
