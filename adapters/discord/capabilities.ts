// What Discord's bot API can do, as data for the core.
import type { Capabilities } from "xferry"
import { usualBytes } from "./files/limits.js"

export const capabilities = {
  send: {
    // Create Message: content up to 2000 characters, counted in Unicode code points; render.ts measures what is really sent.
    maxChars: 2000,
    // Create Message, `nonce` with `enforce_nonce`; Execute Webhook takes none.
    idempotent: "own",
    impersonate: "name+avatar",
    // Create Message, Execute Webhook: ten files. Voice messages where the bot itself speaks, without a text; else they are audio files.
    files: { maxBytes: usualBytes, kinds: ["image", "video", "audio", "voice", "animation"], perMessage: 10 },
    formatting: ["bold", "italic", "underline", "strike", "code", "pre", "quote", "heading", "spoiler", "link", "mention"],
  },
  tells: ["typing", "presence", "edit", "retract", "reactions", "members"],
  reply: {},
  edit: {},
  retract: { others: true },
  // Create Reaction: a bot reacts as itself, with up to 20 different emoji on one message. Emoji of servers as «:name:».
  react: { max: 20, as: "bot" },
  // Trigger Typing Indicator: shown for 10 seconds.
  typing: { lastsSeconds: 10 },
  // What people who pay for it may upload.
  download: { maxBytes: 500 * 1024 * 1024 },
  history: { maxPage: 100, older: true, direct: true },
  find: { contacts: true, hint: "The bot finds people by number, or by @username where they share a server with it." },
  rooms: {},
  members: { complete: true },
  access: {},
  entry: {},
  manage: {
    can: [
      "name",
      "topic",
      "slow",
      "pin",
      "unpin",
      "kick",
      "ban",
      "unban",
      "role",
      "create",
      "close",
      "reopen",
      "leave",
      "destroy",
      "invite",
    ],
  },
} satisfies Capabilities
