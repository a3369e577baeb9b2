// What Telegram's Bot API can do, as data for the core.
import type { Capabilities } from "xferry"

export const capabilities = {
  // Bot API, sendMessage: 1-4096 characters; counted in UTF-16 code units.
  send: { maxChars: 4096 },
  // No update tells of a deletion in a private chat, group or channel.
  tells: ["edit", "members"],
  reply: { quote: true },
  // Bot API, sendChatAction: the status is set for 5 seconds or less.
  typing: { lastsSeconds: 5 },
  // A bot may edit its own messages at any time.
  edit: {},
  // Bot API, deleteMessage: only if it was sent less than 48 hours ago; those of others where the bot has the right (rights.ts narrows it).
  retract: { withinSeconds: 48 * 60 * 60, others: true },
  access: {},
  // Bot API, getFile: up to 20 MB.
  download: { maxBytes: 20_000_000 },
  // getChatAdministrators is the only list a bot can get.
  members: { complete: false },
  manage: {
    can: [
      "name",
      "topic",
      "avatar",
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
